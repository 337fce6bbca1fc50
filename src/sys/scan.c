/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scan: reads the processes of the machine, as much of each as was asked for. */
#include "sys/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "oom/adj.h"
#include "oom/version.h"
#include "sys/procfs.h"
#include "sys/status.h"

/* One run: the caller's wishes, the result so far, and the one buffer. */
struct run {
	int proc;
	const struct machine *m;
	const struct scan_want *want;
	struct scan *s;
	size_t max_scores, max_tasks;
	char buf[PROCFS_BUF];
};

static bool has_ended(ssize_t err)
{
	return err == -ENOENT || err == -ESRCH;
}

/* Makes room for one more element; list doubles. */
static int make_room(void **list, size_t n, size_t *max, size_t size)
{
	size_t more = *max ? *max * 2 : 256;
	void *grown;

	if (n < *max)
		return 0;
	grown = reallocarray(*list, more, size);
	if (!grown)
		return -ENOMEM;
	*list = grown;
	*max = more;
	return 0;
}

static int add_score(void *arg, pid_t pid)
{
	struct run *r = arg;
	struct scan *s = r->s;
	ssize_t n = procfs_read_pid(r->proc, pid, 0, "oom_score", r->buf, sizeof(r->buf));
	int err;

	if (n == -EACCES || n == -EPERM) {
		s->n_unseen++;
		return 0;
	}
	if (n <= 0)
		return 0;
	err = make_room((void **)&s->scores, s->n_scores, &r->max_scores, sizeof(*s->scores));
	if (err)
		return err;
	s->scores[s->n_scores++] =
		(struct scan_score){ .pid = pid, .score = strtoll(r->buf, NULL, 10) };
	return 0;
}

static int compare_scores(const void *va, const void *vb)
{
	const struct scan_score *a = va, *b = vb;

	return (a->score < b->score) - (a->score > b->score);
}

/* The first thread that still has memory, where the process's first has ended (find_lock_task_mm()). */
struct thread_search {
	struct run *r;
	struct task *t;
};

static int try_thread(void *arg, pid_t tid)
{
	struct thread_search *search = arg;
	struct task thread = *search->t;
	struct run *r = search->r;

	if (procfs_read_pid(r->proc, search->t->pid, tid, "status", r->buf, sizeof(r->buf)) <= 0 ||
	    !status_parse(r->buf, r->m->version, r->m->totals.page_size, &thread))
		return 0;
	thread.mm_pid = tid;
	/* The kernel prints that thread's name and CPU, but the process's place in the order. */
	thread.state = search->t->state;
	*search->t = thread;
	return 1;
}

static bool find_living_thread(struct run *r, struct task *t)
{
	struct thread_search search = { r, t };
	char path[32];
	int dir, found;

	snprintf(path, sizeof(path), "%d/task", (int)t->pid);
	dir = openat(r->proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return false;
	found = procfs_each(dir, try_thread, &search, NULL);
	close(dir);
	return found == 1;
}

/* adj from oom_score_adj; from oom_adj alone before 2.6.36. */
static ssize_t read_adj(struct run *r, struct task *t)
{
	long value;
	ssize_t n = -ENOENT;

	if (r->m->has_score_adj)
		n = procfs_read_pid(r->proc, t->pid, 0, "oom_score_adj", r->buf, sizeof(r->buf));
	if (n > 0) {
		r->buf[strcspn(r->buf, "\n")] = '\0';
		if (num_parse(r->buf, ADJ_NEVER, ADJ_MAX, &value) == 0) {
			t->adj = (int16_t)value;
			t->has |= TASK_ADJ;
		}
		return n;
	}
	if (r->m->has_score_adj)
		return n;
	n = procfs_read_pid(r->proc, t->pid, 0, "oom_adj", r->buf, sizeof(r->buf));
	if (n > 0) {
		r->buf[strcspn(r->buf, "\n")] = '\0';
		if (num_parse(r->buf, OLD_ADJ_NEVER, OLD_ADJ_MAX, &value) == 0) {
			t->oom_adj = (int16_t)value;
			t->has |= TASK_OOM_ADJ;
		}
	}
	return n;
}

static bool is_never(const struct task *t)
{
	return (task_has(t, TASK_ADJ) && t->adj == ADJ_NEVER) ||
	       (task_has(t, TASK_OOM_ADJ) && t->oom_adj == OLD_ADJ_NEVER);
}

static enum task_spared judge(const struct machine *m, const struct task *t, bool has_mm)
{
	if (t->pid == 1 && m->is_initial_pidns)
		return SPARED_INIT;
	if (!has_mm)
		return t->pid == 2 || t->ppid == 2 ? SPARED_KTHREAD : SPARED_NO_MM;
	if (is_never(t))
		return SPARED_ADJ;
	/* Since 5.9 no score of a process that may be killed is 0: it would take an adj below -999. */
	if (m->version >= VERSION(5, 9, 0) && t->score == 0)
		return SPARED_KERNEL;
	return SPARED_NOT;
}

bool scan_read_stat(int proc, struct task *t)
{
	char buf[2048];
	struct task parsed = *t;
	pid_t tid = t->mm_pid != t->pid ? t->mm_pid : 0;
	bool is_kthread;

	if (procfs_read_pid(proc, t->pid, tid, "stat", buf, sizeof(buf)) <= 0)
		return false;
	if (status_parse_stat(buf, &parsed, &is_kthread)) {
		parsed.state = t->state;
		*t = parsed;
	}
	return true;
}

/* 0: t is filled. -ESRCH: it has ended. Else what reading gave. */
static int read_task(struct run *r, const struct scan_score *score, struct task *t)
{
	bool has_mm;
	ssize_t n;

	memset(t, 0, sizeof(*t));
	t->pid = t->mm_pid = score->pid;
	t->score = score->score;
	t->state = '?';
	t->has = TASK_SCORE;
	n = procfs_read_pid(r->proc, t->pid, 0, "status", r->buf, sizeof(r->buf));
	if (n <= 0)
		return n == 0 || has_ended(n) ? -ESRCH : (int)n;
	has_mm = status_parse(r->buf, r->m->version, r->m->totals.page_size, t);
	if (!has_mm && t->threads > 1)
		has_mm = find_living_thread(r, t);
	n = read_adj(r, t);
	if (has_ended(n))
		return -ESRCH;
	if (r->want->stat && !scan_read_stat(r->proc, t))
		return -ESRCH;
	t->spared = (uint8_t)judge(r->m, t, has_mm);
	return 0;
}

static int add_task(struct run *r, struct scan_score *score)
{
	struct scan *s = r->s;
	int err;

	if (score->is_done)
		return 0;
	err = make_room((void **)&s->tasks, s->n_tasks, &r->max_tasks, sizeof(*s->tasks));
	if (err)
		return err;
	err = read_task(r, score, &s->tasks[s->n_tasks]);
	if (err == -EACCES || err == -EPERM)
		s->n_unseen++;
	score->is_done = err != -EACCES && err != -EPERM;
	if (err)
		return 0;
	if (r->want->spared || s->tasks[s->n_tasks].spared == SPARED_NOT)
		s->n_tasks++;
	return 0;
}

/* Since 5.9 a score of 0 says that the kernel never kills the process; before, a small one has it too. */
static bool may_be_skipped(const struct run *r, const struct scan_score *score)
{
	return !r->want->spared && r->m->version >= VERSION(5, 9, 0) && score->score == 0;
}

/*
 * From the top down, group by group of equal scores, until enough that may be killed are there: the edge's ties
 * are read to the last.
 */
static int add_top(struct run *r)
{
	struct scan *s = r->s;
	int err;

	for (size_t i = 0; i < s->n_scores; i++) {
		bool is_new_group = i == 0 || s->scores[i].score != s->scores[i - 1].score;

		if (is_new_group && s->n_tasks >= r->want->top)
			break;
		if (may_be_skipped(r, &s->scores[i]))
			continue;
		err = add_task(r, &s->scores[i]);
		if (err)
			return err;
	}
	return 0;
}

static int add_group(struct run *r, int64_t score)
{
	struct scan *s = r->s;
	int err;

	for (size_t i = 0; i < s->n_scores; i++) {
		if (s->scores[i].score != score)
			continue;
		err = add_task(r, &s->scores[i]);
		if (err)
			return err;
	}
	return 0;
}

static int add_named(struct run *r)
{
	struct scan *s = r->s;
	int err = 0;

	for (size_t k = 0; !err && k < r->want->n_pids; k++) {
		for (size_t i = 0; !err && i < s->n_scores; i++) {
			if (s->scores[i].pid != r->want->pids[k] || s->scores[i].is_done)
				continue;
			err = add_task(r, &s->scores[i]);
			if (!err && s->n_tasks && s->tasks[s->n_tasks - 1].spared == SPARED_NOT)
				err = add_group(r, s->scores[i].score);
		}
	}
	return err;
}

int scan_read(int proc, const struct machine *m, const struct scan_want *want, struct scan *s)
{
	struct run *r = calloc(1, sizeof(*r));
	int err;

	memset(s, 0, sizeof(*s));
	if (!r)
		return -ENOMEM;
	r->proc = proc;
	r->m = m;
	r->want = want;
	r->s = s;
	err = procfs_each(proc, add_score, r, NULL);
	if (!err) {
		if (s->n_scores)
			qsort(s->scores, s->n_scores, sizeof(*s->scores), compare_scores);
		err = add_top(r);
	}
	if (!err)
		err = add_named(r);
	free(r);
	return err;
}

void scan_free(struct scan *s)
{
	free(s->scores);
	free(s->tasks);
	memset(s, 0, sizeof(*s));
}
