/* SPDX-License-Identifier: GPL-2.0-or-later */
/* targets_take: the options that name targets; no process is looked for yet. */
#include <string.h>

#include "base/msg.h"
#include "cmd/shared/targets.h"
#include "sys/cgroup/path.h"
#include "sys/proc/user.h"

#define NAME_LENGTH 15 /* TASK_COMM_LEN less the NUL */

enum { OPT_NAME = OPT_LONG + 100, OPT_USER, OPT_CGROUP, OPT_PIDFILE, OPT_TREE };

const struct opt targets_opts[] = {
	{ 'p', "pid", "PID", "the process PID, as if it were an operand" },
	{ OPT_NAME, "name", "PATTERN", "processes whose name matches, as in pgrep(1)" },
	{ OPT_USER, "user", "USER", "processes of a user, by name or number" },
	{ OPT_CGROUP, "cgroup", "PATH", "processes of a memory cgroup and of those below it" },
	{ OPT_PIDFILE, "pidfile", "FILE", "the process whose PID is in FILE" },
	{ OPT_TREE, "tree", NULL, "their descendants too" },
	{ 0, NULL, NULL, NULL },
};

static int take_name(struct match *m, const struct args *a)
{
	char why[MATCH_PATTERN_MAX];

	if (match_compile(&m->names[m->n_names], a->value, why)) {
		args_error(a, "--name '%.*s': %s", MATCH_PATTERN_MAX, a->value, why);
		return -1;
	}
	m->n_names++;
	if (strlen(a->value) > NAME_LENGTH && !strpbrk(a->value, "^$.*+?()[]{}|\\"))
		msg_warn("--name '%s': the kernel keeps %d characters of a name, so that none can match",
			 a->value, NAME_LENGTH);
	return 1;
}

static int take_user(struct match *m, const struct args *a)
{
	if (user_find(a->value, &m->users[m->n_users])) {
		args_error(a, "--user: there is no user '%s'", a->value);
		return -1;
	}
	m->n_users++;
	return 1;
}

static int take_cgroup(struct match *m, const struct args *a)
{
	const char *path = cgroup_strip_mount(a->value);

	if (*path != '/') {
		args_error(a, "--cgroup: '%s' does not begin with '/'", a->value);
		return -1;
	}
	m->cgroups[m->n_cgroups++] = path;
	return 1;
}

static bool is_full(const struct targets *t)
{
	return t->match.n_names == MATCH_MAX || t->match.n_users == MATCH_MAX ||
	       t->match.n_cgroups == MATCH_MAX || t->n_pidfiles == MATCH_MAX ||
	       t->n_pid_words == MATCH_MAX;
}

int targets_take(struct targets *t, const struct args *a, int key)
{
	if (key != 'p' && (key < OPT_NAME || key > OPT_TREE))
		return 0;
	if (is_full(t)) {
		args_error(a, "more than %d selectors of a kind", MATCH_MAX);
		return -1;
	}
	switch (key) {
	case 'p':
		t->pid_words[t->n_pid_words++] = a->value;
		break;
	case OPT_NAME:
		return take_name(&t->match, a);
	case OPT_USER:
		return take_user(&t->match, a);
	case OPT_CGROUP:
		return take_cgroup(&t->match, a);
	case OPT_PIDFILE:
		t->pidfiles[t->n_pidfiles++] = a->value;
		break;
	default:
		t->has_tree = true;
	}
	return 1;
}

bool targets_are_given(const struct targets *t, const struct args *a)
{
	return a->n_operands || t->n_pid_words || t->n_pidfiles || t->match.n_names ||
	       t->match.n_users || t->match.n_cgroups;
}
