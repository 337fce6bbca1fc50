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

/* The most points so far, as many as are wanted: a heap with the least of them on top. */
struct first {
	int64_t *points;
	size_t n, most;
};

static void sink(const struct first *f, size_t at)
{
	for (size_t child; (child = 2 * at + 1) < f->n; at = child) {
		int64_t upper = f->points[at];

		if (child + 1 < f->n && f->points[child + 1] < f->points[child])
			child++;
		if (upper <= f->points[child])
			return;
		f->points[at] = f->points[child];
		f->points[child] = upper;
	}
}

static void consider(struct first *f, int64_t points)
{
	if (f->n < f->most) {
		f->points[f->n++] = points;
		for (size_t i = f->n == f->most ? f->n / 2 : 0; i > 0; i--)
			sink(f, i - 1);
	} else if (f->most && points > f->points[0]) {
		f->points[0] = points;
		sink(f, 0);
	}
}

static bool is_named(const struct scan_want *want, pid_t pid)
{
	for (size_t i = 0; i < want->n_pids; i++)
		if (want->pids[i] == pid)
			return true;
	return false;
}

/*
 * Whose details are wanted, by points: the first ones, to the last that ties with them, and who ties with a named process. All
 * where edge is the least that there is.
 */
struct wanted {
	int64_t edge;
	int64_t *named;
	size_t n_named;
	int64_t lowest; /* of all these */
};

static int64_t weigh(const struct counted *c, const struct task *t)
{
	int64_t points = 0;

	rules_points(c->rules, RSS_STATUS, t, &c->r->m->totals, &points);
	return points;
}

static void find_wanted(const struct counted *c, struct first *f, struct wanted *w)
{
	const struct scan_want *want = c->r->want;
	struct task t;

	w->edge = w->lowest = INT64_MAX;
	for (size_t i = 0; i < want->census->n; i++) {
		int64_t points;

		if (!take(c, i, &t) || t.spared != SPARED_NOT)
			continue;
		points = weigh(c, &t);
		consider(f, points);
		if (!is_named(want, t.pid) || w->n_named == want->n_pids)
			continue;
		w->named[w->n_named++] = points;
		if (points < w->lowest)
			w->lowest = points;
	}
	if (f->most)
		w->edge = f->n < f->most ? INT64_MIN : f->points[0];
	if (w->edge < w->lowest)
		w->lowest = w->edge;
}

static bool is_wanted(const struct wanted *w, int64_t points)
{
	for (size_t i = 0; i < w->n_named; i++)
		if (w->named[i] == points)
			return true;
	return points >= w->edge;
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

static int add_task(const struct counted *c, const struct bpfprog_row *row, struct task *t)
{
	struct scan *s = c->r->s;
	int err = scan_make_room((void **)&s->tasks, s->n_tasks + 1, &c->r->max_tasks,
				 sizeof(*s->tasks));

	if (err)
		return err;
	complete_name(c, row, t);
	s->tasks[s->n_tasks++] = *t;
	return 0;
}

/* Known by its points alone. */
static int add_score(const struct counted *c, pid_t pid, int64_t points)
{
	struct scan *s = c->r->s;
	int err = scan_make_room((void **)&s->scores, s->n_scores + 1, &c->r->max_scores,
				 sizeof(*s->scores));

	if (!err)
		s->scores[s->n_scores++] = (struct scan_score){ .pid = pid, .score = points };
	return err;
}

static int add_tasks(const struct counted *c, const struct wanted *w)
{
	const struct scan_want *want = c->r->want;
	struct scan *s = c->r->s;
	struct task t;
	int err = 0;

	for (size_t i = 0; !err && i < want->census->n; i++) {
		const struct bpfprog_row *row = &want->census->rows[i];
		int64_t points;

		if (!take(c, i, &t))
			continue;
		s->n_seen++;
		s->sees_init |= t.pid == 1;
		if (t.spared != SPARED_NOT) {
			if (want->spared && (want->top == SCAN_ALL || is_named(want, t.pid)))
				err = add_task(c, row, &t);
			continue;
		}
		points = weigh(c, &t);
		if (is_wanted(w, points))
			err = add_task(c, row, &t);
		else if (points > w->lowest)
			err = add_score(c, t.pid, points);
	}
	return err;
}

static bool has_task(const struct scan *s, pid_t pid)
{
	for (size_t i = 0; i < s->n_tasks; i++)
		if (s->tasks[i].pid == pid)
			return true;
	return false;
}

/*
 * A process that was born behind the census, or that the kernel keeps out of it, is read from /proc. Where stat and status
 * differ in their count of RSS it is that of stat which the choice reads, and its parts nobody knows.
 */
static int add_missing(const struct counted *c, pid_t pid)
{
	struct scan *s = c->r->s;
	struct task t;
	int err;

	if (has_task(s, pid) || taskread_read(c->reader, pid, &t))
		return 0;
	if (task_has(&t, TASK_RSS_STAT) && t.rss_stat != t.rss) {
		t.rss = t.rss_stat;
		t.has &= ~(uint32_t)TASK_RSS_SPLIT;
	}
	t.has &= ~(uint32_t)TASK_RSS_STAT;
	err = scan_make_room((void **)&s->tasks, s->n_tasks + 1, &c->r->max_tasks,
			     sizeof(*s->tasks));
	if (err)
		return err;
	s->tasks[s->n_tasks++] = t;
	s->n_seen++;
	return 0;
}

/* Those that were asked for by name, and init, which is there in any case. */
static int add_all_missing(const struct counted *c)
{
	const struct scan_want *want = c->r->want;
	int err = 0;

	for (size_t i = 0; !err && want->spared && i < want->n_pids; i++)
		err = add_missing(c, want->pids[i]);
	if (!err && want->spared && want->top == SCAN_ALL)
		err = add_missing(c, 1);
	return err;
}

static int compare_scores(const void *va, const void *vb)
{
	const struct scan_score *a = va, *b = vb;

	return (a->score < b->score) - (a->score > b->score);
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

static int count_some(const struct counted *c)
{
	const struct scan_want *want = c->r->want;
	struct first f = { .most = want->top < want->census->n ? want->top : want->census->n };
	struct wanted w = { .n_named = 0 };
	int err = -ENOMEM;

	f.points = calloc(f.most + 1, sizeof(*f.points));
	w.named = calloc(want->n_pids + 1, sizeof(*w.named));
	if (f.points && w.named) {
		find_wanted(c, &f, &w);
		err = add_tasks(c, &w);
	}
	free(f.points);
	free(w.named);
	return err;
}

static int count_all(const struct counted *c)
{
	const struct wanted everything = { .edge = INT64_MIN, .lowest = INT64_MIN };
	struct scan *s = c->r->s;
	int err = scan_make_room((void **)&s->tasks, c->r->want->census->n, &c->r->max_tasks,
				 sizeof(*s->tasks));

	return err ? err : add_tasks(c, &everything);
}

int scan_counted(struct scan_run *r)
{
	struct counted c = { .r = r, .rules = rules_find(r->m->version) };

	c.ns_per_tick = 1000000000ULL / (uint64_t)sysconf(_SC_CLK_TCK);
	int err = -ENOMEM;

	c.reader = taskread_new(r->proc, r->m);
	if (c.reader) {
		c.reader->stat = true;
		err = r->want->top == SCAN_ALL ? count_all(&c) : count_some(&c);
		if (!err)
			err = add_all_missing(&c);
		if (!err)
			sample_scores(&c);
	}
	if (r->s->n_scores)
		qsort(r->s->scores, r->s->n_scores, sizeof(*r->s->scores), compare_scores);
	r->s->has_points = true;
	r->s->counted_ms = r->want->census->taken_ms;
	free(c.reader);
	return err;
}
