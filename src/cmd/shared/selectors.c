/* SPDX-License-Identifier: GPL-2.0-or-later */
/* selectors: the options that select processes. */
#include "cmd/shared/selectors.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "cmd/shared/targets.h"
#include "oom/rules/adj.h"
#include "sys/cgroup/path.h"
#include "sys/proc/user.h"

int selectors_parse_pid(const char *word, pid_t *pid, char why[SELECTORS_WHY_MAX])
{
	int64_t value;
	int err = num_parse(word, 1, SELECTORS_PID_MAX, &value);

	*pid = err ? 0 : (pid_t)value;
	if (err == -ERANGE)
		snprintf(why, SELECTORS_WHY_MAX, "pid %.64s: out of range, 1 to %d", word,
			 SELECTORS_PID_MAX);
	else if (err)
		snprintf(why, SELECTORS_WHY_MAX, "'%.64s' is not a PID", word);
	return err;
}

/* Whether one more entry fits; otherwise *st is set. */
static bool has_room(const struct args *a, size_t n, enum status *st)
{
	*st = n < FIND_MAX ? ST_OK : args_error(a, "more than %d selectors of a kind", FIND_MAX);
	return *st == ST_OK;
}

/* --name, --cmdline */
static enum status take_regex(void *target, const struct args *a)
{
	struct targets *t = target;
	bool is_name = strcmp(a->option->name, "name") == 0;
	regex_t *list = is_name ? t->match.names : t->match.cmdlines;
	size_t *n = is_name ? &t->match.n_names : &t->match.n_cmdlines;
	char why[FIND_PATTERN_MAX];
	enum status st;

	if (!has_room(a, *n, &st))
		return st;
	if (find_compile(&list[*n], a->value, why))
		return args_error(a, "--%s '%.*s': %s", a->option->name, FIND_PATTERN_MAX, a->value,
				  why);
	if (is_name)
		t->match.name_texts[*n] = a->value;
	++*n;
	t->has_long_name |= is_name && strcspn(a->value, "*+?()[]{}|\\") > FIND_NAME_LENGTH;
	return ST_OK;
}

static enum status take_user(void *target, const struct args *a)
{
	struct find_patterns *m = &((struct targets *)target)->match;
	enum status st;

	if (!has_room(a, m->n_users, &st))
		return st;
	if (user_find(a->value, &m->users[m->n_users]))
		return args_error(a, "--user: no such user: '%s'", a->value);
	m->n_users++;
	return ST_OK;
}

enum status selectors_read_cgroup(const struct args *a, const char **path)
{
	*path = cgroup_path_strip_mount(a->value);
	if (**path != '/')
		return args_error(a, "--cgroup: '%s' does not begin with '/'", a->value);
	if (strlen(*path) >= CGROUP_PATH_MAX)
		return args_error(a, "--cgroup: longer than %d bytes", CGROUP_PATH_MAX - 1);
	return ST_OK;
}

static enum status take_cgroup(void *target, const struct args *a)
{
	struct find_patterns *m = &((struct targets *)target)->match;
	enum status st;

	if (!has_room(a, m->n_cgroups, &st))
		return st;
	return selectors_read_cgroup(a, &m->cgroups[m->n_cgroups++]);
}

/* --exe: an absolute path; --unit, --container: a name. */
static enum status take_text(void *target, const struct args *a)
{
	struct find_patterns *m = &((struct targets *)target)->match;
	const struct {
		const char *option;
		const char **list;
		size_t *n;
		bool is_path;
	} kinds[] = {
		{ "exe", m->exes, &m->n_exes, true },
		{ "unit", m->units, &m->n_units, false },
		{ "container", m->containers, &m->n_containers, false },
	}, *kind = kinds;
	const char *value = a->value;
	enum status st;

	while (strcmp(a->option->name, kind->option) != 0)
		kind++;
	if (!has_room(a, *kind->n, &st))
		return st;
	if (kind->is_path && *value != '/')
		return args_error(a, "--%s: '%s' does not begin with '/'", kind->option, value);
	if (!kind->is_path && (!*value || strchr(value, '/')))
		return args_error(a, "--%s: '%s' is not a name", kind->option, value);
	/* fnmatch(3) calls itself for each asterisk. */
	if (strlen(value) > FIND_PATTERN_MAX)
		return args_error(a, "--%s: longer than %d bytes", kind->option, FIND_PATTERN_MAX);
	if (kind->is_path)
		mem_check(find_resolve_exe(value, &m->real_exes[m->n_exes]));
	kind->list[(*kind->n)++] = value;
	return ST_OK;
}

static enum status take_parent(void *target, const struct args *a)
{
	struct find_patterns *m = &((struct targets *)target)->match;
	char *copy = mem_copy(a->value), *rest = copy, *word, why[SELECTORS_WHY_MAX];
	enum status st = ST_OK;
	pid_t pid;

	while (st == ST_OK && (word = strsep(&rest, ","))) {
		if (selectors_parse_pid(word, &pid, why))
			st = args_error(a, "--parent: %s", why);
		else if (has_room(a, m->n_parents, &st))
			m->parents[m->n_parents++] = pid;
	}
	free(copy);
	return st;
}

/* A..B, A.., ..B, or A alone. */
static enum status take_with_adj(void *target, const struct args *a)
{
	struct find_patterns *m = &((struct targets *)target)->match;
	char *low = mem_copy(a->value), *high = strstr(low, "..");
	struct find_range range = { ADJ_NEVER, ADJ_MAX };
	int64_t value;
	bool is_bad;
	enum status st;

	if (high)
		*high = '\0';
	high = high ? high + 2 : low;
	is_bad = !*low && !*high;
	if (*low) {
		is_bad |= num_parse(low, ADJ_NEVER, ADJ_MAX, &value) != 0;
		range.low = (int)value;
	}
	if (*high && !is_bad) {
		is_bad |= num_parse(high, ADJ_NEVER, ADJ_MAX, &value) != 0;
		range.high = (int)value;
	}
	free(low);
	if (is_bad || range.low > range.high)
		return args_error(a, "--with-adj: '%s' is not a range A..B in %d..%d", a->value,
				  ADJ_NEVER, ADJ_MAX);
	if (has_room(a, m->n_adjs, &st))
		m->adjs[m->n_adjs++] = range;
	return st;
}

static enum status take_word(void *target, const struct args *a)
{
	struct targets *t = target;
	struct target_words *words = a->option->letter == 'p' ? &t->pid_words : &t->pidfiles;
	enum status st;

	if (has_room(a, words->n, &st))
		words->list[words->n++] = a->value;
	return st;
}

const struct opt selectors_options[] = {
	OPT_CALL('p', "pid", "PID", "these PIDs, separated by commas, like operands", take_word),
	OPT_CALL(0, "name", "PATTERN", "processes whose name matches, as in pgrep(1)", take_regex),
	OPT_CALL(0, "user", "USER", "processes of a user, by name or number", take_user),
	OPT_CALL(0, "unit", "NAME", "processes of a systemd unit; * and ? are allowed", take_text),
	OPT_CALL(0, "container", "NAME", "processes of a container, by name or ID; * is allowed",
		 take_text),
	OPT_CALL(0, "cgroup", "PATH", "processes of a cgroup and below", take_cgroup),
	OPT_CALL(0, "exe", "PATH", "processes of an executable; * and ? are allowed", take_text),
	OPT_CALL(0, "cmdline", "PATTERN", "processes whose command line matches, as pgrep -f",
		 take_regex),
	OPT_CALL(0, "parent", "PID", "children of these PIDs, separated by commas", take_parent),
	OPT_CALL(0, "with-adj", "A..B", "processes with an adj in this range", take_with_adj),
	OPT_CALL(0, "pidfile", "FILE", "the process whose PID is in FILE", take_word),
	OPT_FLAG(0, "tree", "include their descendants", struct targets, has_tree),
	OPT_END,
};
