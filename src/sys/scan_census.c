/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scan_census: the processes as a census counted them, as much of each as was asked for. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/scan_run.h"

/* Of task_struct's flags and state, and of mm_struct's flags: what has had its place since before 5.8. */
#define PF_WORKER     0x00000020U /* PF_WQ_WORKER */
#define PF_KTHREAD    0x00200000U
#define STATE_REPORT  0x7fU
#define STATE_IDLE    0x402U  /* TASK_UNINTERRUPTIBLE | TASK_NOLOAD */
#define STATE_HIDDEN  0x9000U /* TASK_RTLOCK_WAIT, TASK_FROZEN */
#define MM_OOM_SKIP   (1U << 21)
#define SIGKILL_BIT   (1U << (SIGKILL - 1))
#define SYS_ADMIN_BIT (1U << 21)

struct counted {
	struct scan_run *r;
	struct taskread *reader;
	const struct rules *rules;
	uint64_t ns_per_tick;
};

/* As get_task_state() of fs/proc/array.c: the highest bit has the letter. */
static char state_letter(const struct bpfprog_row *row)
{
	static const char letters[] = "RSDTtXZP";
	uint32_t state = (row->state | row->exit_state) & STATE_REPORT;
	size_t at = 0;

	if ((row->state & STATE_IDLE) == STATE_IDLE && !row->exit_state)
		return 'I';
	if (row->state & STATE_HIDDEN)
		return 'D';
	for (; state; state >>= 1)
		at++;
	return letters[at];
}

static uint64_t pages(int64_t count)
{
	return count > 0 ? (uint64_t)count : 0;
}

static void take_memory(const struct bpfprog_row *row, struct task *t)
{
	t->total_vm = row->total_vm;
	t->rss_file = pages(row->counts[COUNT_FILE]);
	t->rss_anon = pages(row->counts[COUNT_ANON]);
	t->rss_shmem = pages(row->counts[COUNT_SHMEM]);
	t->rss = t->rss_file + t->rss_anon + t->rss_shmem;
	t->swap = pages(row->counts[COUNT_SWAP]);
	t->pgtables_bytes = row->pgtables_bytes;
	t->has |= TASK_TOTAL_VM | TASK_RSS | TASK_RSS_SPLIT | TASK_SWAP | TASK_TABLES;
}

/* A kernel thread has no memory of its own, also while it looks at that of another (get_task_mm()). */
static bool has_memory(const struct bpfprog_row *row)
{
	return row->mm && !(row->flags & PF_KTHREAD);
}

/* What the kernel passes over without a word: in /proc it is a score of 0. */
static bool is_passed_over(const struct counted *c, const struct bpfprog_row *row)
{
	int64_t score;

	if (row->is_vfork)
		return true;
	return (row->mm_flags & MM_OOM_SKIP) &&
	       (taskread_score(c->reader, row->pid, &score) || score == 0);
}

/* The row of a thread that has the memory where the first has ended; the row itself if there is none. */
static const struct bpfprog_row *find_thread(const struct census *c, const struct bpfprog_row *row)
{
	if (c->is_fork_order || row->mm || row->threads < 2)
		return row;
	for (size_t i = 0; i < c->n; i++)
		if (c->rows[i].pid == row->pid && c->rows[i].mm)
			return &c->rows[i];
	return row;
}

static void take_row(const struct counted *c, const struct bpfprog_row *row, struct task *t)
{
	t->pid = row->pid;
	t->mm_pid = row->mm_pid;
	t->ppid = row->ppid;
	t->uid = row->uid;
	t->threads = row->threads;
	t->adj = row->adj;
	t->is_admin = row->caps & SYS_ADMIN_BIT;
	t->is_dying = (row->pending | row->shared_pending) & SIGKILL_BIT;
	t->start_ticks = row->start_ns / c->ns_per_tick;
	t->has = TASK_UID | TASK_ADJ | TASK_START | TASK_ADMIN_KNOWN;
	if (c->r->want->census->has_cpu) {
		t->cpu = row->cpu;
		t->has |= TASK_CPU;
	}
	memcpy(t->name, row->name, sizeof(row->name));
	if (has_memory(row))
		take_memory(row, t);
	t->spared = (uint8_t)taskread_judge(c->r->m, t, has_memory(row));
	if (t->spared == SPARED_NOT && is_passed_over(c, row))
		t->spared = SPARED_KERNEL;
}

/* false: it is no process. */
static bool take(const struct counted *c, size_t nth, struct task *t)
{
	const struct census *census = c->r->want->census;
	const struct bpfprog_row *row = &census->rows[nth];

	/* PID 0 is what a CPU does while there is nothing to do. */
	if (row->pid <= 0 || (!census->is_fork_order && row->pid != row->mm_pid))
		return false;
	memset(t, 0, sizeof(*t));
	t->state = state_letter(row);
	take_row(c, find_thread(census, row), t);
	if (census->is_fork_order) {
		t->fork_id = nth + 1;
		t->has |= TASK_FORK_ID;
	}
	return true;
}

static int compare_scores(const void *va, const void *vb)
{
	const struct scan_score *a = va, *b = vb;

	return (a->score < b->score) - (a->score > b->score);
}

/* The points of all that may be killed, most first. */
static int weigh_all(struct counted *c)
{
	const struct census *census = c->r->want->census;
	struct scan *s = c->r->s;
	struct task t;

	s->scores = calloc(census->n + 1, sizeof(*s->scores));
	if (!s->scores)
		return -ENOMEM;
	for (size_t i = 0; i < census->n; i++) {
		struct scan_score *score = &s->scores[s->n_scores];

		if (!take(c, i, &t))
			continue;
		s->n_seen++;
		s->sees_init |= t.pid == 1;
		score->pid = t.pid;
		if (t.spared == SPARED_NOT &&
		    !rules_points(c->rules, RSS_STATUS, &t, &c->r->m->totals, &score->score))
			s->n_scores++;
	}
	if (s->n_scores)
		qsort(s->scores, s->n_scores, sizeof(*s->scores), compare_scores);
	return 0;
}

static bool is_named(const struct scan_want *want, pid_t pid)
{
	for (size_t i = 0; i < want->n_pids; i++)
		if (want->pids[i] == pid)
			return true;
	return false;
}

/* Marks the scores of which the details are wanted: the first, to the last that ties with them, and who ties with a named one. */
static void mark_wanted(struct counted *c)
{
	const struct scan_want *want = c->r->want;
	struct scan *s = c->r->s;
	size_t end;

	for (size_t i = 0; i < s->n_scores; i = end) {
		bool is_wanted = i < want->top;

		for (end = i; end < s->n_scores && s->scores[end].score == s->scores[i].score;
		     end++)
			is_wanted |= want->n_pids && is_named(want, s->scores[end].pid);
		for (size_t k = i; k < end; k++)
			s->scores[k].is_done = is_wanted;
	}
}

static int compare_pids(const void *va, const void *vb)
{
	const pid_t *a = va, *b = vb;

	return (*a > *b) - (*a < *b);
}

/* PIDs of the scores that are marked, rising. */
static pid_t *list_wanted(const struct scan *s, size_t *n)
{
	pid_t *pids = calloc(s->n_scores + 1, sizeof(*pids));

	*n = 0;
	for (size_t i = 0; pids && i < s->n_scores; i++)
		if (s->scores[i].is_done)
			pids[(*n)++] = s->scores[i].pid;
	if (pids && *n)
		qsort(pids, *n, sizeof(*pids), compare_pids);
	return pids;
}

/* The full name of a kernel thread is longer than what the row holds (kernel/kthread.c, get_kthread_comm()). */
static void complete_name(const struct counted *c, const struct bpfprog_row *row, struct task *t)
{
	char *buf = c->reader->buf;
	ssize_t n;

	if (!(row->flags & PF_KTHREAD) ||
	    (!(row->flags & PF_WORKER) && strlen(t->name) < sizeof(row->name) - 1))
		return;
	n = procfs_read_pid(c->reader->proc, t->pid, 0, "comm", buf, sizeof(c->reader->buf));
	if (n <= 1)
		return;
	buf[n - 1] = '\0';
	buf[TASK_NAME_MAX - 1] = '\0';
	memcpy(t->name, buf, strlen(buf) + 1);
}

static int add_tasks(struct counted *c, const pid_t *pids, size_t n_pids)
{
	const struct scan_want *want = c->r->want;
	struct scan *s = c->r->s;
	struct task t;
	int err = 0;

	for (size_t i = 0; !err && i < want->census->n; i++) {
		bool is_wanted = want->top == SCAN_ALL;

		if (!take(c, i, &t))
			continue;
		if (t.spared != SPARED_NOT)
			is_wanted = want->spared && (is_wanted || is_named(want, t.pid));
		else if (!is_wanted)
			is_wanted = bsearch(&t.pid, pids, n_pids, sizeof(t.pid), compare_pids);
		if (!is_wanted)
			continue;
		err = scan_make_room((void **)&s->tasks, s->n_tasks + 1, &c->r->max_tasks,
				     sizeof(*s->tasks));
		if (err)
			continue;
		complete_name(c, &want->census->rows[i], &t);
		s->tasks[s->n_tasks++] = t;
	}
	return err;
}

/* To see whether the kernel's rules are those of its version. A process that has ended has a score of 0 too. */
static void sample_scores(const struct counted *c)
{
	struct scan *s = c->r->s;
	size_t step = s->n_tasks / SCAN_SAMPLE + 1;
	int64_t score;

	for (size_t i = 0; i < s->n_tasks; i += step) {
		struct task *t = &s->tasks[i];

		if (t->spared == SPARED_NOT && taskread_score(c->reader, t->pid, &score) == 0 &&
		    score > 0)
			taskread_take_score(c->r->m, t, score);
	}
}

static int count_all(struct counted *c)
{
	int err = weigh_all(c);
	pid_t *pids = NULL;
	size_t n_pids = 0;

	if (err)
		return err;
	if (c->r->want->top == SCAN_ALL) {
		c->r->s->n_scores = 0;
	} else {
		mark_wanted(c);
		pids = list_wanted(c->r->s, &n_pids);
		err = pids ? 0 : -ENOMEM;
	}
	if (!err)
		err = add_tasks(c, pids, n_pids);
	free(pids);
	if (!err)
		sample_scores(c);
	return err;
}

int scan_counted(struct scan_run *r)
{
	struct counted c = { .r = r, .rules = rules_find(r->m->version) };

	c.ns_per_tick = 1000000000ULL / (uint64_t)sysconf(_SC_CLK_TCK);
	int err = -ENOMEM;

	c.reader = taskread_new(r->proc, r->m);
	if (c.reader) {
		err = count_all(&c);
	}
	r->s->has_points = true;
	r->s->counted_ms = r->want->census->taken_ms;
	free(c.reader);
	return err;
}
