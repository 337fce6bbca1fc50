/* SPDX-License-Identifier: GPL-2.0-or-later */
/* task: reads the details of one process from the files of /proc that take no mmap lock. */
#include "sys/proc/task.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "oom/rules/adj.h"
#include "oom/rules/version.h"
#include "sys/proc/parse.h"

/* Before 2.6.36 a score is a number of pages, up to ULONG_MAX; this leaves room for sums. */
#define MAX_SCORE (1LL << 50)

struct task_reader *task_new(int proc, const struct machine *m)
{
	struct task_reader *r = malloc(sizeof(*r));

	if (r) {
		r->proc = proc;
		r->m = m;
		r->stat = false;
	}
	return r;
}

static int read_error(ssize_t n)
{
	return n == 0 || n == -ENOENT ? -ESRCH : (int)n;
}

/*
 * n: the result of reading a status file. Returns whether the process has memory, 1 or 0; or a
 * negative errno: it is unreadable or incomplete.
 */
static int take_status(const struct task_reader *r, ssize_t n, struct task *t)
{
	bool has_mm;

	if (n <= 0)
		return read_error(n);
	has_mm = parse_status(r->buf, r->m->version, r->m->totals.page_size, t);
	return task_has(t, TASK_ADMIN_KNOWN) ? has_mm : -EIO;
}

/* If the first thread has ended: the first one that has memory (find_lock_task_mm()). */
struct thread_search {
	struct task_reader *r;
	struct task *t;
};

static int try_thread(void *arg, pid_t tid)
{
	struct thread_search *search = arg;
	struct task_reader *r = search->r;
	struct task thread = *search->t;
	ssize_t n = procfs_read_pid(r->proc, thread.pid, tid, "status", r->buf, sizeof(r->buf));
	int found;

	/* Each thread's text must have the last line. */
	thread.has &= ~(uint32_t)TASK_ADMIN_KNOWN;
	found = take_status(r, n, &thread);
	if (found <= 0)
		return found == -ESRCH ? 0 : found;
	thread.mm_pid = tid;
	thread.state = search->t->state;
	*search->t = thread;
	return 1;
}

/* From oom_score_adj; from oom_adj before 2.6.36. */
static int read_adj(struct task_reader *r, struct task *t)
{
	bool is_new = r->m->has_score_adj;
	const char *name = is_new ? "oom_score_adj" : "oom_adj";
	ssize_t n = procfs_read_pid(r->proc, t->pid, 0, name, r->buf, sizeof(r->buf));
	int64_t value;

	if (n <= 0)
		return read_error(n);
	r->buf[strcspn(r->buf, "\n")] = '\0';
	if (num_parse(r->buf, is_new ? ADJ_NEVER : OLD_ADJ_NEVER, is_new ? ADJ_MAX : OLD_ADJ_MAX,
		      &value))
		return -EINVAL;
	*(is_new ? &t->adj : &t->oom_adj) = (int16_t)value;
	t->has |= is_new ? TASK_ADJ : TASK_OOM_ADJ;
	return 0;
}

enum task_unkillable task_read_killable(const struct machine *m, const struct task *t, bool has_mm)
{
	if (t->pid == 1 && m->is_initial_pidns)
		return UNKILLABLE_INIT;
	if (!has_mm)
		return t->pid == 2 || t->ppid == 2 ? UNKILLABLE_KTHREAD : UNKILLABLE_NO_MM;
	return (task_has(t, TASK_ADJ) && t->adj == ADJ_NEVER) ||
			       (task_has(t, TASK_OOM_ADJ) && t->oom_adj == OLD_ADJ_NEVER)
		       ? UNKILLABLE_ADJ
		       : KILLABLE;
}

int task_stat(struct task_reader *r, struct task *t)
{
	struct task parsed = *t, first = *t;
	pid_t tid = t->mm_pid != t->pid ? t->mm_pid : 0;
	bool is_kthread;
	ssize_t n = procfs_read_pid(r->proc, t->pid, tid, "stat", r->buf, sizeof(r->buf));

	if (n <= 0)
		return read_error(n);
	if (!parse_stat(r->buf, &parsed, &is_kthread))
		return -EIO;
	/* Memory is the thread's; the start is the first thread's, which keeps its place. */
	if (tid) {
		n = procfs_read_pid(r->proc, t->pid, 0, "stat", r->buf, sizeof(r->buf));
		if (n <= 0)
			return read_error(n);
		if (!parse_stat(r->buf, &first, &is_kthread))
			return -EIO;
		parsed.start_ticks = first.start_ticks;
	}
	/* Not all members: while ties are resolved, other threads read the rest. */
	t->start_ticks = parsed.start_ticks;
	t->rss_stat = parsed.rss_stat;
	t->cpu = parsed.cpu;
	t->has = parsed.has;
	return 0;
}

int task_read(struct task_reader *r, pid_t pid, struct task *t)
{
	struct thread_search search = { r, t };
	ssize_t n = procfs_read_pid(r->proc, pid, 0, "status", r->buf, sizeof(r->buf));
	int has_mm, err;

	memset(t, 0, sizeof(*t));
	t->pid = t->mm_pid = pid;
	t->state = '?';
	has_mm = take_status(r, n, t);
	if (!has_mm && t->threads > 1)
		has_mm = procfs_each_thread(r->proc, pid, try_thread, &search);
	if (has_mm < 0)
		return read_error(has_mm);
	err = read_adj(r, t);
	if (!err && r->stat)
		err = task_stat(r, t);
	if (err)
		return err;
	t->unkillable = (uint8_t)task_read_killable(r->m, t, has_mm);
	return 0;
}

int task_score(struct task_reader *r, pid_t pid, int64_t *score)
{
	ssize_t n = procfs_read_pid(r->proc, pid, 0, "oom_score", r->buf, sizeof(r->buf));

	if (n <= 0)
		return read_error(n);
	*score = strtoll(r->buf, NULL, 10);
	if (*score < 0 || *score > MAX_SCORE)
		*score = *score < 0 ? 0 : MAX_SCORE;
	return 0;
}

void task_take_score(const struct machine *m, struct task *t, int64_t score)
{
	t->score = score;
	t->has |= TASK_SCORE;
	/* Since 5.9 the score of a killable process is not 0: that needs an adj below -999. */
	if (t->unkillable == KILLABLE && m->version >= VERSION(5, 9, 0) && score == 0)
		t->unkillable = UNKILLABLE_KERNEL;
}
