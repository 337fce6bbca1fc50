/* SPDX-License-Identifier: GPL-2.0-or-later */
/* match: which rule decides for a process. */
#include "sys/standing/match.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
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

void match_renew(struct match_rule *m)
{
	const char *exe = m->rule.values[STANDING_EXE], *user = m->rule.values[STANDING_USER];
	char *real;
	uid_t uid;

	if (exe && find_resolve_exe(exe, &real) == 0) {
		free(m->real_exe_glob);
		m->real_exe_glob = real;
		set_exe(&m->real_exe, real);
	}
	if (user && !m->has_user && user_find(user, &uid) == 0) {
		m->has_user = true;
		m->uid = uid;
	}
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

enum match_owner {
	OWNER_SYSTEM,
	OWNER_USER,  /* below the service manager of the rule's user */
	OWNER_OTHER, /* of another user, or the rule has none */
};

/* Who has chosen the names at the end of a cgroup path. */
static enum match_owner find_owner(const struct match_rule *m, const char *path)
{
	char unit[CGROUP_PATH_NAME];
	size_t len;
	uid_t uid;

	if (cgroup_path_find_managed(path, unit, &len) || !cgroup_path_is_user_manager(unit, &uid))
		return OWNER_SYSTEM;
	return m->has_user && m->uid == uid ? OWNER_USER : OWNER_OTHER;
}

/* A unit of the system; or, if the rule has a user, of that user's manager. */
static bool fits_unit(const struct match_rule *m, const char *path)
{
	char own[CGROUP_PATH_MAX];

	/* A name in the path begins with what the glob begins with. */
	if (!memmem(path, strlen(path), m->unit, m->unit_prefix))
		return false;
	if (find_owner(m, path) == OWNER_USER)
		return cgroup_path_has_unit(path, m->unit);
	text_copy(own, sizeof(own), path, cgroup_path_managed_len(path));
	return cgroup_path_has_unit(own, m->unit);
}

static int fits_container(const struct match_rule *m, struct facts *f)
{
	const char *const paths[] = { f->memory, f->systemd };
	int unknown = 0;

	for (size_t i = 0; i < 2; i++) {
		int result = find_owner(m, paths[i]) == OWNER_OTHER
				     ? 0
				     : container_matches_known(paths[i], m->container, &f->names);

		if (result > 0)
			return 1;
		unknown |= result;
	}
	return unknown ? -EACCES : 0;
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
	fits = fits && (!m->unit || fits_unit(m, f->systemd));
	result = fits && m->container ? fits_container(m, f) : fits;
	/* The beginning of a path is enough for a match, but not for the opposite. */
	return result || !err ? result : err;
}

/* Cgroups in which users have processes, UID is theirs; the last are of their jobs. */
static const char *const open_paths[] = {
	"/user.slice/user-%1$u.slice/session-%1$u.scope",
	"/user.slice/user-%1$u.slice/user@%1$u.service/app.slice/app-%1$u.scope",
	"/user.slice/user-%1$u.slice/user@%1$u.service/app.slice/app-%1$u.service",
	"/system.slice/cron.service",
	"/system.slice/crond.service",
	"/system.slice/cronie.service",
	"/system.slice/atd.service",
};

static bool fits_path_of(const struct match_rule *m, struct facts *f, const char *format,
			 unsigned int uid)
{
	snprintf(f->memory, sizeof(f->memory), format, uid);
	memcpy(f->systemd, f->memory, strlen(f->memory) + 1);
	return fits_paths(m, f) == 1;
}

bool match_is_open(const struct match_rule *m)
{
	struct facts f = { .cgroup_state = { .is_known = true } };

	if (m->rule.values[STANDING_USER])
		return false;
	if (!m->unit && !m->cgroup && !m->container)
		return true;
	/* What matches the processes of two users is for any user; globs can begin with a digit. */
	for (unsigned int uid = 1000; uid < 10000; uid += 1000)
		for (size_t i = 0; i < sizeof(open_paths) / sizeof(open_paths[0]); i++)
			if (fits_path_of(m, &f, open_paths[i], uid) &&
			    fits_path_of(m, &f, open_paths[i], uid + 1))
				return true;
	return false;
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

/* The byte with which all names begin that the pattern of the rule matches; 0: unknown. */
static char first_byte(const struct match_rule *m)
{
	const struct pattern *p = &m->name;

	if (!m->rule.values[STANDING_NAME] || !p->len ||
	    (p->is_plain && (!p->at_start || memchr(p->list, '|', p->len))))
		return '\0';
	return *p->list;
}

size_t match_narrow(const struct match_set *s, struct facts *f,
		    struct match_candidate list[STANDING_MAX_RULES])
{
	size_t n = 0;

	for (size_t i = 0; i < s->n && i < STANDING_MAX_RULES; i++) {
		const struct match_rule *m = &s->rules[i];

		/* Names of containers are read only if the rest matches. */
		if (fits_user(m, f) && fits_exe(m, f) && (m->container || fits_paths(m, f)))
			list[n++] = (struct match_candidate){ (uint16_t)i, first_byte(m) };
	}
	return n;
}

size_t match_last_of(const struct match_set *s, const struct match_candidate *list, size_t *below,
		     struct facts *f, int *err)
{
	/* A longer name may be unknown. */
	const bool is_whole = strlen(f->ref.name) < FIND_NAME_LENGTH;

	*err = 0;
	while (*below > 0) {
		const struct match_candidate *c = &list[--*below];
		int result;

		if (is_whole && c->first && c->first != *f->ref.name)
			continue;
		result = fits(&s->rules[c->rule], f);
		if (result < 0)
			*err = result;
		if (result)
			return c->rule;
	}
	return MATCH_NONE;
}
