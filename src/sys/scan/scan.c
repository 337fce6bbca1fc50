/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scan: reads the processes of the machine, as much of each as was asked for. */
#include "sys/scan/scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "oom/rules/version.h"
#include "sys/proc/procfs.h"
#include "sys/scan/internal.h"
#include "sys/proc/workers.h"

static int add_pid(void *arg, pid_t pid)
{
	struct scan_run *r = arg;
	struct scan *s = r->s;
	int err = array_grow(&s->scores, &r->scores_room, s->n_scores + 1);

	if (err)
		return err;
	s->sees_init |= pid == 1;
	s->scores[s->n_scores++] = (struct scan_score){ .pid = pid };
	return 0;
}

/*
 * The links of /proc are its own directories and one a process of the whole machine, whatever
 * hidepid or a PID namespace leaves to be seen (fs/proc/root.c, proc_root_getattr()).
 */
static int list_processes(struct scan_run *r)
{
	size_t n_own = 0;
	struct stat st;
	int err = procfs_each(r->proc, add_pid, r, &n_own);

	if (!err && fstat(r->proc, &st) == 0 && st.st_nlink > n_own + 2)
		r->s->n_machine = st.st_nlink - n_own - 2;
	return err;
}

static int64_t failed_score(struct scan_run *r, int err)
{
	if (err == -ESRCH)
		return GONE;
	if (err != -EACCES && err != -EPERM)
		r->error = err;
	return UNSEEN;
}

struct task_reader *scan_new_reader(const struct scan_run *r)
{
	struct task_reader *reader = task_new(r->proc, r->m);

	if (reader)
		reader->stat = r->want->stat;
	return reader;
}

static void read_scores(void *arg, size_t first, size_t end)
{
	struct scan_run *r = arg;
	struct task_reader *reader = scan_new_reader(r);

	for (size_t i = first; i < end; i++) {
		struct scan_score *score = &r->s->scores[i];
		int err = reader ? task_score(reader, score->pid, &score->score) : -ENOMEM;

		if (err)
			score->score = failed_score(r, err);
	}
	free(reader);
}

/* Takes out of the list those that have ended or are hidden, and counts the latter. */
static void drop_failed(struct scan *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n_scores; i++) {
		if (s->scores[i].score == UNSEEN)
			s->n_unseen++;
		if (s->scores[i].score >= 0)
			s->scores[kept++] = s->scores[i];
	}
	s->n_scores = kept;
}

static int compare_scores(const void *va, const void *vb)
{
	const struct scan_score *a = va, *b = vb;

	return (a->score < b->score) - (a->score > b->score);
}

/*
 * Details of the scores from r->first on, each to the task of its number; one that failed has pid
 * 0.
 */
void scan_read_details(void *arg, size_t first, size_t end)
{
	struct scan_run *r = arg;
	struct task_reader *reader = scan_new_reader(r);

	for (size_t i = first; i < end; i++) {
		struct scan_score *score = &r->s->scores[r->first + i];
		struct task *t = &r->s->tasks[r->s->n_tasks + i];
		int err = reader ? task_read(reader, score->pid, t) : -ENOMEM;

		if (err) {
			t->pid = 0;
			t->score = failed_score(r, err);
		}
	}
	free(reader);
}

/* Keeps of n tasks behind the list those that were read and are wanted. */
static void keep_tasks(struct scan_run *r, size_t n)
{
	struct scan *s = r->s;
	size_t end = s->n_tasks + n;

	for (size_t i = s->n_tasks; i < end; i++) {
		const struct task *t = &s->tasks[i];

		if (t->pid == 0)
			s->n_unseen += t->score == UNSEEN;
		else if (r->want->spared || t->spared == KILLABLE)
			s->tasks[s->n_tasks++] = *t;
	}
}

/* The scores from first to end have details wanted. */
static int add_details(struct scan_run *r, size_t first, size_t end)
{
	struct scan *s = r->s;
	size_t n = end - first;
	int err = array_grow(&s->tasks, &r->tasks_room, s->n_tasks + n);

	if (err)
		return err;
	r->first = first;
	workers_run(n, scan_read_details, r);
	for (size_t i = 0; i < n; i++) {
		struct scan_score *score = &s->scores[first + i];
		struct task *t = &s->tasks[s->n_tasks + i];

		score->is_done = t->pid || t->score != UNSEEN;
		if (t->pid)
			task_take_score(r->m, t, score->score);
	}
	keep_tasks(r, n);
	return 0;
}

static size_t group_end(const struct scan *s, size_t first)
{
	size_t end = first + 1;

	while (end < s->n_scores && s->scores[end].score == s->scores[first].score)
		end++;
	return end;
}

/*
 * Since 5.9 a score of 0 says that the kernel never kills the process; before, a small one has it
 * too.
 */
static bool may_be_skipped(const struct scan_run *r, const struct scan_score *score)
{
	return !r->want->spared && r->m->version >= VERSION(5, 9, 0) && score->score == 0;
}

/*
 * From the top down, group by group of equal scores, until enough that may be killed are there: the
 * edge's ties are read to the last.
 */
static int add_top(struct scan_run *r)
{
	struct scan *s = r->s;
	int err = 0;

	for (size_t i = 0, end; !err && i < s->n_scores && s->n_tasks < r->want->top; i = end) {
		end = group_end(s, i);
		if (!may_be_skipped(r, &s->scores[i]))
			err = add_details(r, i, end);
	}
	return err;
}

/* The groups of equal scores that the wanted processes are in. */
static int add_named(struct scan_run *r)
{
	struct scan *s = r->s;
	int err = 0;

	for (size_t k = 0; !err && k < r->want->n_pids; k++) {
		size_t at = 0, first = 0;

		while (at < s->n_scores && s->scores[at].pid != r->want->pids[k])
			at++;
		if (at == s->n_scores || s->scores[at].is_done)
			continue;
		/* Who is never killed has no place: nobody needs those that share the score. */
		if (s->scores[at].score == 0 && r->m->version >= VERSION(5, 9, 0)) {
			err = add_details(r, at, at + 1);
			continue;
		}
		while (s->scores[first].score != s->scores[at].score)
			first++;
		err = add_details(r, first, group_end(s, first));
	}
	return err;
}

static int read_by_score(struct scan_run *r)
{
	struct scan *s = r->s;
	int err;

	workers_run(s->n_scores, read_scores, r);
	drop_failed(s);
	s->n_seen = s->n_scores + s->n_unseen;
	if (s->n_scores)
		qsort(s->scores, s->n_scores, sizeof(*s->scores), compare_scores);
	err = add_top(r);
	return err ? err : add_named(r);
}

int scan_read(int proc, const struct machine *m, const struct scan_want *want, struct scan *s)
{
	struct scan_run r = { .proc = proc, .m = m, .want = want, .s = s };
	int err;

	memset(s, 0, sizeof(*s));
	if (want->census)
		return scan_counted(&r);
	err = list_processes(&r);
	if (err)
		return err;
	if (want->top == SCAN_ALL && m->version >= VERSION(5, 9, 0))
		err = scan_everything(&r);
	else
		err = read_by_score(&r);
	s->unseen_error = r.error;
	return !err && s->n_seen == s->n_unseen ? r.error : err;
}

void scan_free(struct scan *s)
{
	free(s->scores);
	free(s->tasks);
	memset(s, 0, sizeof(*s));
}
