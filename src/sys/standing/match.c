/* SPDX-License-Identifier: GPL-2.0-or-later */
/* match: which rule decides for a process. */
#include "sys/standing/match.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "sys/proc/user.h"

static int compile_regex(const struct standing_rule *rule, enum standing_kind kind,
			 struct pattern *p, size_t *size, struct standing_errors *e)
{
	char why[FIND_PATTERN_MAX];
	size_t more;
	int err;

	if (!rule->values[kind])
		return 0;
	err = pattern_compile(p, rule->values[kind], &more, why);
	if (err == -ENOMEM)
		return err;
	if (err) {
		standing_note(e, rule->line, rule->columns[kind], "%s: %s",
			      standing_kind_name(kind), why);
		return -EINVAL;
	}
	*size += more;
	if (*size <= MATCH_SIZE_MAX)
		return 0;
	standing_note(e, rule->line, rule->columns[kind],
		      "the regular expressions of all files are too long");
	return -EINVAL;
}

const char *match_error(int err)
{
	return err == -E2BIG ? "the regular expression has too many ways to match it"
			     : strerror(-err);
}

/* FNV-1a. */
uint32_t match_hash(const char *text)
{
	uint32_t hash = 2166136261U;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619U;
	return hash ? hash : 1;
}

uint32_t match_hash_program(struct facts *f)
{
	if (facts_read_exe(f) || !*f->exe)
		return 0;
	return match_hash(*f->bare_exe ? f->bare_exe : f->exe);
}

/* Two rules of a machine with the same one are unlikely, and do little harm. */
static uint32_t find_id(const struct standing_rule *rule)
{
	char text[STANDING_TEXT_MAX];

	standing_format(rule, text, sizeof(text));
	return match_hash(text);
}

static void set_exe(struct match_exe *e, const char *glob)
{
	e->glob = glob;
	if (glob)
		e->prefix = pattern_glob_prefix(glob, &e->is_plain);
}

int match_compile(const struct standing_rule *rule, struct match_rule *m, size_t *size,
		  struct standing_errors *e)
{
	const char *const *values = rule->values;
	const struct {
		enum standing_kind kind;
		struct pattern *p;
	} regexes[] = {
		{ STANDING_NAME, &m->name },
		{ STANDING_PARENT, &m->parent },
		{ STANDING_CMDLINE, &m->cmdline },
	};
	bool is_plain_unit;
	uid_t uid = 0;
	int err = 0;

	memset(m, 0, sizeof(*m));
	m->rule = *rule;
	m->id = find_id(rule);
	m->needs_init = values[STANDING_PARENT] && strcmp(values[STANDING_PARENT], "init") == 0;
	for (size_t i = 0; i < sizeof(regexes) / sizeof(regexes[0]); i++) {
		int failed = compile_regex(rule, regexes[i].kind, regexes[i].p, size, e);

		if (failed && err != -ENOMEM)
			err = failed;
	}
	if (!err && values[STANDING_EXE])
		err = find_resolve_exe(values[STANDING_EXE], &m->real_exe_glob);
	if (err) {
		match_free(m);
		return err;
	}
	m->unit = values[STANDING_UNIT];
	m->container = values[STANDING_CONTAINER];
	m->cgroup = values[STANDING_CGROUP] ? cgroup_path_strip_mount(values[STANDING_CGROUP])
					    : NULL;
	if (m->unit)
		m->unit_prefix = pattern_glob_prefix(m->unit, &is_plain_unit);
	set_exe(&m->exe, values[STANDING_EXE]);
	set_exe(&m->real_exe, m->real_exe_glob);
	if (m->cgroup)
		m->cgroup_prefix = pattern_glob_prefix(m->cgroup, &m->has_plain_cgroup);
	if (!values[STANDING_USER])
		return 0;
	err = user_find(values[STANDING_USER], &uid);
	m->has_user = !err;
	m->uid = uid;
	if (err && err != -ENOENT)
		match_free(m);
	return err;
}

void match_free(struct match_rule *m)
{
	pattern_free(&m->name);
	pattern_free(&m->parent);
	pattern_free(&m->cmdline);
	free(m->real_exe_glob);
	m->real_exe_glob = NULL;
}

/* The functions below return 1, 0, or a negative errno: unknown. */

static int fits_user(const struct match_rule *m, struct facts *f)
{
	int err;

	if (!m->rule.values[STANDING_USER])
		return 1;
	err = m->has_user ? facts_read_uid(f) : 0;
	return err ? err : m->has_user && m->uid == f->ref.uid;
}

static int fits_name(const struct match_rule *m, struct facts *f)
{
	const char *name;
	int err, result;

	if (!m->rule.values[STANDING_NAME])
		return 1;
	result = pattern_fits(&m->name, f->ref.name, false);
	if (result)
		return result;
	if (strlen(f->ref.name) < FIND_NAME_LENGTH)
		return 0;
	err = facts_read_exe(f);
	/* As for selectors: then the short name is all there is, unless a longer one may match. */
	if (err)
		return (err == -EACCES || err == -EPERM) &&
				       find_may_continue(m->rule.values[STANDING_NAME], f->ref.name)
			       ? err
			       : 0;
	name = find_long_name(f->ref.name, *f->bare_exe ? f->bare_exe : f->exe);
	return name ? pattern_fits(&m->name, name, false) : 0;
}

static int fits_parent(const struct match_rule *m, struct facts *f)
{
	int err;

	if (!m->rule.values[STANDING_PARENT])
		return 1;
	if (m->needs_init) {
		err = facts_read_ppid(f);
		return err ? err : f->ref.ppid == 1;
	}
	err = facts_read_parent(f);
	return err || !*f->parent ? err : pattern_fits(&m->parent, f->parent, false);
}

static bool fits_cgroup(const struct match_rule *m, const char *path)
{
	if (m->has_plain_cgroup)
		return cgroup_path_is_below(path, m->cgroup);
	return strncmp(path, m->cgroup, m->cgroup_prefix) == 0 &&
	       fnmatch(m->cgroup, path, FNM_PATHNAME | FNM_LEADING_DIR | FNM_NOESCAPE) == 0;
}

static int fits_container(const struct match_rule *m, struct facts *f)
{
	int in_memory = container_matches_known(f->memory, m->container, &f->names);
	int in_systemd = container_matches_known(f->systemd, m->container, &f->names);

	if (in_memory > 0 || in_systemd > 0)
		return 1;
	return in_memory < 0 || in_systemd < 0 ? -EACCES : 0;
}

static int fits_paths(const struct match_rule *m, struct facts *f)
{
	int err, result;
	bool fits;

	if (!m->unit && !m->cgroup && !m->container)
		return 1;
	err = facts_read_cgroup(f);
	if (err && err != -ENAMETOOLONG)
		return err;
	fits = !m->cgroup || fits_cgroup(m, f->memory) || fits_cgroup(m, f->systemd);
	/* A name in the path begins with what the glob begins with. */
	if (fits && m->unit)
		fits = memmem(f->systemd, strlen(f->systemd), m->unit, m->unit_prefix) &&
		       cgroup_path_has_unit(f->systemd, m->unit);
	result = fits && m->container ? fits_container(m, f) : fits;
	/* The beginning of a path is enough for a match, but not for the opposite. */
	return result || !err ? result : err;
}

static bool fits_glob(const struct match_exe *e, const char *path)
{
	if (!e->glob)
		return false;
	if (e->is_plain)
		return strcmp(e->glob, path) == 0;
	return strncmp(path, e->glob, e->prefix) == 0 && find_fits_exe(e->glob, path);
}

static bool fits_one_exe(const struct match_rule *m, const char *path)
{
	return fits_glob(&m->exe, path) || fits_glob(&m->real_exe, path);
}

static int fits_exe(const struct match_rule *m, struct facts *f)
{
	int err;

	if (!m->exe.glob)
		return 1;
	err = facts_read_exe(f);
	if (err)
		return err;
	return fits_one_exe(m, f->exe) || (*f->bare_exe && fits_one_exe(m, f->bare_exe));
}

static int fits_line(const struct match_rule *m, struct facts *f)
{
	int err;

	if (!m->rule.values[STANDING_CMDLINE])
		return 1;
	err = facts_read_line(f);
	return err ? err : pattern_fits(&m->cmdline, f->line, f->line_is_cut);
}

/* What costs least comes first. */
static int fits(const struct match_rule *m, struct facts *f)
{
	static int (*const tests[])(const struct match_rule *, struct facts *) = {
		fits_name, fits_exe, fits_paths, fits_parent, fits_user, fits_line,
	};
	int result = 1, unknown = 0;

	if (m->rule.values[STANDING_USER] && f->uid_state.is_known)
		result = fits_user(m, f) != 0;
	/* A condition that surely does not match decides, even after one that is unknown. */
	for (size_t i = 0; result && i < sizeof(tests) / sizeof(tests[0]); i++) {
		result = tests[i](m, f);
		if (result < 0 && !unknown)
			unknown = result;
	}
	return result && unknown ? unknown : result;
}

size_t match_last(const struct match_set *s, size_t below, struct facts *f, int *err)
{
	*err = 0;
	while (below-- > 0) {
		int result = fits(&s->rules[below], f);

		if (result < 0)
			*err = result;
		if (result)
			return below;
	}
	return MATCH_NONE;
}
