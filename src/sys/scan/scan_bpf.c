/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scan_bpf: the processes that the BPF program counted, as tasks as /proc shows them. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "sys/scan/internal.h"

/* Bits of task_struct and mm_struct that have had the same place since before 5.8. */
#define PF_WORKER     0x00000020U /* PF_WQ_WORKER */
#define STATE_REPORT  0x7fU
#define STATE_IDLE    0x402U  /* TASK_UNINTERRUPTIBLE | TASK_NOLOAD */
#define STATE_HIDDEN  0x9000U /* TASK_RTLOCK_WAIT, TASK_FROZEN */
#define MM_OOM_SKIP   (1U << 21)
#define SIGKILL_BIT   (1U << (SIGKILL - 1))
#define SYS_ADMIN_BIT (1U << 21)

/* As get_task_state() of fs/proc/array.c: the highest bit has the letter. */
static char state_letter(const struct prog_row *row)
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

/* A kernel thread can borrow memory, but has none of its own (get_task_mm()). */
static bool has_memory(const struct prog_row *row)
{
	return row->mm && !(row->flags & BPF_TASKS_KTHREAD);
}

bool scan_bpf_task(const struct bpf_tasks *bpf, size_t nth, struct task_reader *reader,
		   struct task *t)
{
	const struct prog_row *first = &bpf->rows[nth], *row = first;
	int64_t score;

	if (!bpf_tasks_is_process(bpf, row))
		return false;
	/* If the first thread has ended: the row of a thread with memory. */
	if (!bpf->is_fork_order && !row->mm && row->threads > 1)
		for (size_t i = 0; i < bpf->n && row == first; i++)
			if (bpf->rows[i].pid == first->pid && bpf->rows[i].mm)
				row = &bpf->rows[i];
	memset(t, 0, sizeof(*t));
	t->pid = row->pid;
	t->mm_pid = row->mm_pid;
	t->ppid = row->ppid;
	t->uid = row->uid;
	t->threads = row->threads;
	t->adj = row->adj;
	t->is_admin = row->caps & SYS_ADMIN_BIT;
	t->is_dying = (row->pending | row->shared_pending) & SIGKILL_BIT;
	t->has = TASK_UID | TASK_ADJ | TASK_START | TASK_ADMIN_KNOWN;
	t->state = state_letter(first);
	t->start_ticks = first->start_ns / reader->m->ns_per_tick;
	if (bpf->is_fork_order) {
		t->fork_id = nth + 1;
		t->has |= TASK_FORK_ID;
	}
	if (bpf->has_cpu) {
		t->cpu = row->cpu;
		t->has |= TASK_CPU;
	}
	memcpy(t->name, row->name, sizeof(row->name));
	if (has_memory(row)) {
		t->mm_id = row->mm;
		t->total_vm = row->total_vm;
		t->rss_file = pages(row->counts[COUNT_FILE]);
		t->rss_anon = pages(row->counts[COUNT_ANON]);
		t->rss_shmem = pages(row->counts[COUNT_SHMEM]);
		t->rss = t->rss_file + t->rss_anon + t->rss_shmem;
		t->swap = pages(row->counts[COUNT_SWAP]);
		t->pgtables_bytes = row->pgtables_bytes;
		t->has |= TASK_TOTAL_VM | TASK_RSS | TASK_RSS_SPLIT | TASK_SWAP | TASK_PGTABLES;
	}
	t->unkillable = (uint8_t)task_read_killable(reader->m, t, has_memory(row));
	/* Skipped by the OOM killer for a reason that only the score 0 shows in /proc. */
	if (t->unkillable == KILLABLE &&
	    (row->is_vfork || ((row->mm_flags & MM_OOM_SKIP) &&
			       (task_score(reader, row->pid, &score) || score == 0))))
		t->unkillable = UNKILLABLE_KERNEL;
	return true;
}

bool scan_bpf_is_settled(const struct prog_row *row)
{
	return !(row->mm_flags & MM_OOM_SKIP) &&
	       !((row->pending | row->shared_pending) & SIGKILL_BIT);
}

static bool take_row(const struct scan_run *r, size_t nth, struct task *t)
{
	return scan_bpf_task(r->want->bpf, nth, r->reader, t);
}

static bool has_moved(const struct scan_run *r, const struct task *t)
{
	const struct rules *rules = r->rules;
	const struct totals *of = &r->m->totals;
	int64_t then, now_points;
	struct task now;

	return task_read(r->reader, t->pid, &now) ||
	       rules_points(rules, RSS_STATUS, t, of, &then) ||
	       rules_points(rules, RSS_STATUS, &now, of, &now_points) ||
	       rules_score(rules, then, of) != rules_score(rules, now_points, of);
}

/*
 * Reads the present score. If it does not follow from the row, and /proc has other counts by now,
 * the process gets TASK_MOVED: its score tells nothing about the rules.
 */
static void read_score(const struct scan_run *r, struct task *t)
{
	size_t n_evidence;
	int64_t score;

	/* A process that has ended since then has a score of 0, too, which tells nothing. */
	if (task_score(r->reader, t->pid, &score) || score <= 0)
		return;
	task_take_score(r->m, t, score);
	if (rules_explained(r->rules, t, 1, &r->m->totals, &n_evidence) < n_evidence &&
	    has_moved(r, t))
		t->has |= TASK_MOVED;
}

/* The full name of a kernel thread, which may be longer than a row holds (get_kthread_comm()). */
static void read_name(const struct scan_run *r, const struct prog_row *row, struct task *t)
{
	char *buf = r->reader->buf;
	ssize_t n;

	if (!(row->flags & BPF_TASKS_KTHREAD) ||
	    (!(row->flags & PF_WORKER) && strlen(t->name) < sizeof(row->name) - 1))
		return;
	n = procfs_read_pid(r->reader->proc, t->pid, 0, "comm", buf, sizeof(r->reader->buf));
	if (n <= 1)
		return;
	buf[n - 1] = '\0';
	buf[TASK_NAME_MAX - 1] = '\0';
	memcpy(t->name, buf, strlen(buf) + 1);
}

/*
 * Reads a process without a row from /proc, as if it had one. If stat and status have different
 * counts of RSS, the OOM killer reads that of stat.
 */
static int read_other(const struct scan_run *r, pid_t pid, struct task *t)
{
	bool had_stat = r->reader->stat;
	int err;

	r->reader->stat = true;
	err = task_read(r->reader, pid, t);
	r->reader->stat = had_stat;
	if (!err && task_has(t, TASK_RSS_STAT) && t->rss_stat != t->rss) {
		t->rss = t->rss_stat;
		t->has &= ~(uint32_t)TASK_RSS_SPLIT;
	}
	t->has &= ~(uint32_t)TASK_RSS_STAT;
	return err;
}

/* Adds row nth, whose details are t. */
static int add_task(struct scan_run *r, size_t nth, struct task *t)
{
	struct scan *s = r->s;

	if (array_grow(&s->tasks, &r->tasks_room, s->n_tasks + 1))
		return -ENOMEM;
	read_name(r, &r->want->bpf->rows[nth], t);
	s->tasks[s->n_tasks++] = *t;
	return 0;
}

static int add_and_reduce(struct scan_run *r, size_t nth, struct task *t)
{
	int err = add_task(r, nth, t);

	return err ? err : scan_reduce(r);
}

/* Adds details of the scores from first to end. */
static int add_details(struct scan_run *r, size_t first, size_t end)
{
	struct task t;
	int err = 0;

	for (size_t i = first; !err && i < end; i++) {
		struct scan_score *score = &r->s->scores[i];

		score->is_done = true;
		if (take_row(r, score->row, &t) && t.unkillable == KILLABLE)
			err = add_and_reduce(r, score->row, &t);
	}
	return err;
}

/* Adds a row: its details, if they are always wanted, else its points. */
static int add_row(struct scan_run *r, size_t nth)
{
	const struct scan_want *want = r->want;
	struct scan *s = r->s;
	struct task t;
	bool is_named = want->top == SCAN_ALL;
	int64_t points = 0;

	if (!take_row(r, nth, &t) || t.pid == s->self)
		return 0;
	s->n_seen++;
	s->sees_init |= t.pid == 1;
	if (t.unkillable != KILLABLE) {
		for (size_t i = 0; !is_named && i < want->n_pids; i++)
			is_named = want->pids[i] == t.pid;
		return want->unkillable && is_named ? add_and_reduce(r, nth, &t) : 0;
	}
	if (want->top == SCAN_ALL)
		return add_and_reduce(r, nth, &t);
	scan_drop_scores(r);
	if (array_grow(&s->scores, &r->scores_room, s->n_scores + 1))
		return -ENOMEM;
	rules_points(r->rules, RSS_STATUS, &t, &r->m->totals, &points);
	s->scores[s->n_scores++] = (struct scan_score){ .pid = t.pid,
							.row = (uint32_t)nth & SCAN_MAX_ROW,
							.score = points };
	return 0;
}

static int add_missing(struct scan_run *r, pid_t pid)
{
	struct scan *s = r->s;
	struct task t;
	int err;

	for (size_t i = 0; i < s->n_tasks; i++)
		if (s->tasks[i].pid == pid)
			return 0;
	if (pid == s->self)
		return 0;
	err = read_other(r, pid, &t);
	if (err) {
		s->n_unseen += err != -ESRCH;
		return 0;
	}
	if (array_grow(&s->tasks, &r->tasks_room, s->n_tasks + 1))
		return -ENOMEM;
	s->tasks[s->n_tasks++] = t;
	s->n_seen++;
	return 0;
}

/*
 * Reads scores, to see whether the kernel's rules are those of its version. A file takes as long as
 * a hundred rows: if the first few scores all follow from the points, no more are read.
 */
static void sample_scores(const struct scan_run *r)
{
	/* Enough even if a few processes have ended. */
	static const size_t samples[] = { RULES_EVIDENCE + 3, SCAN_SAMPLE };
	const struct scan *s = r->s;
	size_t n_evidence = 0, n_explained = 0;

	for (size_t k = 0; k < 2 && (n_evidence < RULES_EVIDENCE || n_explained < n_evidence);
	     k++) {
		size_t step = s->n_tasks / samples[k] + 1;

		for (size_t i = 0; i < s->n_tasks; i += step)
			if (s->tasks[i].unkillable == KILLABLE &&
			    !task_has(&s->tasks[i], TASK_SCORE))
				read_score(r, &s->tasks[i]);
		n_explained =
			rules_explained(r->rules, s->tasks, s->n_tasks, &r->m->totals, &n_evidence);
	}
}

int scan_bpf(struct scan_run *r)
{
	const struct scan_want *want = r->want;
	struct scan *s = r->s;
	int err = 0;

	r->rules = rules_find(r->m->version);
	r->reader = task_new(r->proc, r->m);
	s->has_points = true;
	s->counted_ms = want->bpf->taken_ms;
	if (!r->reader)
		return -ENOMEM;
	for (size_t i = 0; !err && i < want->bpf->n; i++)
		err = add_row(r, i);
	if (!err)
		err = scan_add_wanted(r, add_details);
	/* Named processes and init, which always exists. */
	for (size_t i = 0; !err && want->unkillable && i < want->n_pids; i++)
		err = add_missing(r, want->pids[i]);
	if (!err && want->unkillable && want->top == SCAN_ALL)
		err = add_missing(r, 1);
	if (!err && s->n_others)
		err = want->reduce(want->reduce_arg, s);
	if (!err)
		sample_scores(r);
	free(r->reader);
	return err;
}

int scan_bpf_add_others(struct scan_run *r)
{
	const struct bpf_tasks *bpf = r->want->bpf;
	int err = 0;

	r->reader = task_new(r->proc, r->m);
	if (!r->reader)
		return -ENOMEM;
	for (size_t i = 0; !err && i < bpf->n; i++) {
		const struct scan_other *other = scan_find_other(r->s, bpf->rows[i].pid);
		struct task t;

		if (other && other->is_wanted && take_row(r, i, &t))
			err = add_task(r, i, &t);
	}
	free(r->reader);
	return err;
}

static int compare_rows(const void *va, const void *vb)
{
	const struct prog_row *const *a = va, *const *b = vb;

	return ((*a)->pid > (*b)->pid) - ((*a)->pid < (*b)->pid);
}

/* The rows of processes, sorted by PID, which the caller frees. NULL: no memory. */
static const struct prog_row **sort_rows(const struct bpf_tasks *c, size_t *n)
{
	const struct prog_row **rows = calloc(c->n + 1, sizeof(*rows));

	for (size_t i = 0; rows && i < c->n; i++)
		if (bpf_tasks_is_process(c, &c->rows[i]))
			rows[(*n)++] = &c->rows[i];
	if (*n)
		qsort(rows, *n, sizeof(*rows), compare_rows);
	return rows;
}

int scan_pids(struct scan_run *r)
{
	const struct bpf_tasks *bpf = r->want->bpf;
	const struct prog_row **rows = NULL;
	struct scan *s = r->s;
	size_t n_rows = 0;

	r->rules = rules_find(r->m->version);
	r->reader = task_new(r->proc, r->m);
	s->tasks = calloc(r->want->n_pids + 1, sizeof(*s->tasks));
	if (bpf) {
		s->has_points = true;
		s->counted_ms = bpf->taken_ms;
		rows = sort_rows(bpf, &n_rows);
	}
	if (!s->tasks || !r->reader || (bpf && !rows)) {
		free(rows);
		free(r->reader);
		return -ENOMEM;
	}
	r->reader->stat = r->want->stat;
	for (size_t i = 0; i < r->want->n_pids; i++) {
		const struct prog_row wanted = { .pid = r->want->pids[i] }, *key = &wanted;
		const struct prog_row *const *found;
		struct task *t = &s->tasks[s->n_tasks];
		int err = -EACCES;
		int64_t score;

		if (wanted.pid > 0 && !bpf) {
			err = task_read(r->reader, wanted.pid, t);
			if (!err && task_score(r->reader, wanted.pid, &score) == 0)
				task_take_score(r->m, t, score);
		} else if (wanted.pid > 0) {
			found = bsearch(&key, rows, n_rows, sizeof(*rows), compare_rows);
			err = found && take_row(r, (size_t)(*found - bpf->rows), t)
				      ? 0
				      : read_other(r, wanted.pid, t);
			if (!err)
				read_score(r, t);
		}
		s->n_tasks += !err;
		s->n_unseen += err && err != -ESRCH;
	}
	s->n_seen = s->n_tasks;
	free(rows);
	free(r->reader);
	return 0;
}
