/* SPDX-License-Identifier: GPL-2.0-or-later */
/* late: children that a process forked before the rules changed its adj. */
#include "sys/standing/late.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "sys/adj/adj_file.h"

#define NS_PER_S 1000000000LL

static int note_child(void *arg, pid_t child)
{
	struct late *l = arg;

	if (l->n_children == LATE_MAX)
		return 1;
	l->children[l->n_children++] = child;
	return 0;
}

static bool add_parent(struct late *l, const struct pass_result *r, size_t rule)
{
	if (l->n_parents == LATE_MAX)
		return false;
	l->parents[l->n_parents++] =
		(struct late_parent){ r->pid, r->start, r->before, r->after, rule };
	return true;
}

static bool is_same(const struct late *l, const struct late_parent *m)
{
	struct identity now;

	return identity_read(l->p->proc, m->pid, &now) == 0 && now.start == m->start;
}

/* Opens the child, if it is one and was forked since then; a tick is as exact as can be told. */
static int open_child(const struct late *l, const struct late_parent *m, pid_t pid,
		      struct pidref *ref, struct identity *id)
{
	int64_t tick = NS_PER_S / sysconf(_SC_CLK_TCK);
	int err = pidref_open(l->p->proc, pid, ref);

	if (!err)
		err = pidref_identify(ref, id);
	/* The parent is still the same, so its PID was not reused before the child named it. */
	if (!err && (ref->is_thread || id->ppid != m->pid || !is_same(l, m) ||
		     (int64_t)id->start * tick <= l->since_ns - tick))
		err = -ESRCH;
	return err;
}

/* The child of m without a rule. */
static void inherit(struct late *l, const struct late_parent *m, struct pass_result *r)
{
	struct pidref ref = { .dir = -1 };
	struct identity id;
	int err = open_child(l, m, r->pid, &ref, &id);

	r->rule = m->rule;
	r->wanted = m->after;
	if (!err)
		err = pass_read(&ref, &r->before);
	r->after = r->before;
	r->start = err ? 0 : id.start;
	if (!err && r->before == m->before && r->before != r->wanted) {
		err = pass_write(l->p, &ref, r->wanted, &r->after);
		r->outcome = PASS_WRITTEN;
	}
	if (err) {
		r->outcome = err == -ESRCH ? PASS_ENDED : PASS_FAILED;
		r->err = err;
	}
	pidref_close(&ref);
}

static bool take_child(struct late *l, const struct late_parent *m, pid_t pid)
{
	struct pidref ref = { .dir = -1 };
	struct pass_result r;
	struct identity id;
	bool has_inherited;
	int err = open_child(l, m, pid, &ref, &id);

	pidref_close(&ref);
	if (err)
		return true;
	pass_process(l->p, pid, &r);
	has_inherited = r.outcome == PASS_NONE && r.rule == MATCH_NONE;
	if (has_inherited)
		inherit(l, m, &r);
	if (r.outcome == PASS_WRITTEN || r.outcome == PASS_FAILED)
		l->found(l->arg, &r, has_inherited);
	return r.outcome != PASS_WRITTEN || add_parent(l, &r, r.rule);
}

bool late_apply(struct late *l, const struct pass_result *r)
{
	bool is_complete = true;

	l->n_parents = 0;
	add_parent(l, r, r->rule);
	for (size_t i = 0; i < l->n_parents; i++) {
		struct pidref ref = { .dir = -1 };

		l->n_children = 0;
		if (pidref_open(l->p->proc, l->parents[i].pid, &ref) == 0 &&
		    pidref_each_child(&ref, note_child, l) > 0)
			is_complete = false;
		pidref_close(&ref);
		for (size_t k = 0; k < l->n_children; k++)
			is_complete = take_child(l, &l->parents[i], l->children[k]) && is_complete;
	}
	return is_complete;
}
