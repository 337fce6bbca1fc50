/* SPDX-License-Identifier: GPL-2.0-or-later */
/* find: finds processes by selectors. */
#include "sys/scan/find.h"

#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oom/rules/adj.h"
#include "sys/cgroup/container.h"
#include "sys/proc/command.h"
#include "sys/proc/procfs.h"
#include "sys/proc/real_path.h"
#include "sys/scan/internal.h"

/*
 * An upper bound of the pattern's size in glibc, as if each repetition multiplied all of it: a+ is
 * stored twice, a{3,} four times. Every { and + counts. Backslashes between digits are skipped,
 * because glibc reads {1\0} as {10}.
 */
size_t find_pattern_size(const char *pattern)
{
	size_t size = strlen(pattern);

	for (const char *p = strpbrk(pattern, "{+"); p; p = strpbrk(p, "{+")) {
		size_t bound = *p == '+', most = bound;

		for (p++; p[-1] != '+' && *p && strchr("0123456789,\\", *p); p++) {
			if (*p == ',')
				bound = 0;
			else if (*p != '\\' && bound <= FIND_SIZE_MAX)
				bound = 10 * bound + (size_t)(*p - '0');
			most = bound > most ? bound : most;
		}
		size = size > FIND_SIZE_MAX / (most + 1) ? FIND_SIZE_MAX + 1 : size * (most + 1);
	}
	return size;
}

int find_compile(regex_t *re, const char *pattern, char why[FIND_PATTERN_MAX])
{
	const char *refused = NULL;
	size_t groups = 0;
	int err;

	/* An unset variable in a script must not match every process. */
	if (!*pattern)
		refused = "the pattern is empty; '.' matches every process";
	else if (strlen(pattern) > FIND_PATTERN_MAX)
		refused = "the pattern is longer than 256 bytes";
	for (const char *p = pattern; !refused && *p; p++) {
		groups += *p == '(';
		if (p[0] == '\\' && p[1] >= '1' && p[1] <= '9')
			refused = "back-references are not supported";
	}
	if (!refused && groups > FIND_GROUPS_MAX)
		refused = "the pattern has more than 16 groups";
	if (!refused && find_pattern_size(pattern) > FIND_SIZE_MAX)
		refused = "the pattern repeats too much";
	if (refused) {
		snprintf(why, FIND_PATTERN_MAX, "%s", refused);
		return -EINVAL;
	}
	err = regcomp(re, pattern, REG_EXTENDED | REG_NOSUB);
	if (err)
		regerror(err, re, why, FIND_PATTERN_MAX);
	return err ? -EINVAL : 0;
}

bool find_has_patterns(const struct find_patterns *m)
{
	return m->n_names || m->n_cmdlines || m->n_users || m->n_cgroups || m->n_units ||
	       m->n_containers || m->n_exes || m->n_parents || m->n_adjs;
}

bool find_remove_deleted(char *path)
{
	static const char mark[] = " (deleted)";
	size_t len = strlen(path), n = strlen(mark);

	if (len <= n || strcmp(path + len - n, mark) != 0)
		return false;
	path[len - n] = '\0';
	return true;
}

const char *find_long_name(const char *name, const char *exe)
{
	const char *base = strrchr(exe, '/');

	return strlen(name) == FIND_NAME_LENGTH && base &&
			       strncmp(base + 1, name, FIND_NAME_LENGTH) == 0
		       ? base + 1
		       : NULL;
}

bool find_may_continue(const char *pattern, const char *name)
{
	if (strlen(name) != FIND_NAME_LENGTH)
		return false;
	for (; *pattern; pattern++) {
		size_t n = 0;

		/* A backslash makes the next character plain. */
		for (const char *p = pattern + (*pattern == '\\'); name[n] && *p == name[n]; n++)
			p += p[1] == '\\' ? 2 : 1;
		if (!name[n])
			return true;
	}
	return false;
}

int find_resolve_exe(const char *glob, char **real)
{
	size_t len = strcspn(glob, FIND_GLOB_CHARACTERS), n;
	char dir[PATH_MAX], found[PATH_MAX], *to;
	int err;

	*real = NULL;
	while (len && glob[len - 1] != '/')
		len--;
	if (!len || len >= sizeof(dir))
		return 0;
	memcpy(dir, glob, len);
	dir[len] = '\0';
	err = real_path_of_dir(dir, found);
	if (err)
		return err == -ENOMEM ? err : 0;
	/* The root directory has a slash already. */
	n = found[1] ? strlen(found) : 0;
	to = *real = malloc(2 * n + strlen(glob + len) + 2);
	for (size_t i = 0; to && i < n; i++) {
		if (strchr(FIND_GLOB_CHARACTERS, found[i]))
			*to++ = '\\';
		*to++ = found[i];
	}
	if (!to)
		return -ENOMEM;
	*to = '/';
	strcpy(to + 1, glob + len);
	if (strcmp(*real, glob) == 0) {
		free(*real);
		*real = NULL;
	}
	return 0;
}

bool find_fits_exe(const char *glob, const char *path)
{
	return strcmp(glob, path) == 0 || fnmatch(glob, path, FNM_PATHNAME) == 0;
}

/* is_cut: the end of text is not that of what is compared, so '$' does not match there. */
static bool fits_regex(const regex_t *list, size_t n, const char *text, bool is_cut)
{
	for (size_t i = 0; i < n; i++)
		if (regexec(&list[i], text, 0, NULL, is_cut ? REG_NOTEOL : 0) == 0)
			return true;
	return false;
}

static bool fits_number(const struct find_patterns *m, const struct find_process *p)
{
	bool fits_user = !m->n_users, fits_parent = !m->n_parents;

	for (size_t i = 0; i < m->n_users; i++)
		fits_user |= m->users[i] == p->uid;
	for (size_t i = 0; i < m->n_parents; i++)
		fits_parent |= m->parents[i] == p->ppid;
	return fits_user && fits_parent;
}

/* Whether a pattern can match the end of a name whose 15 bytes do not match. */
static bool can_match_end(const char *pattern)
{
	return *pattern != '^' || strchr(pattern, '|');
}

/*
 * The functions below return 1, 0, or a negative errno: unknown. -EOVERFLOW: the full name, -EDOM:
 * the same, but it probably does not match, -ENOKEY: a container's name.
 */

static int fits_name(const struct find_patterns *m, const struct find_process *p)
{
	char path[PATH_MAX];
	const char *name;
	int err;

	if (!m->n_names || fits_regex(m->names, m->n_names, p->name, false))
		return 1;
	if (strlen(p->name) != FIND_NAME_LENGTH)
		return 0;
	err = command_read_exe(p->dir, p->at, path, sizeof(path));
	for (size_t i = 0; (err == -EACCES || err == -EPERM) && i < m->n_names; i++)
		if (find_may_continue(m->name_texts[i], p->name))
			return -EOVERFLOW;
	for (size_t i = 0; (err == -EACCES || err == -EPERM) && i < m->n_names; i++)
		if (can_match_end(m->name_texts[i]))
			return -EDOM;
	if (err)
		return 0;
	find_remove_deleted(path);
	name = find_long_name(p->name, path);
	return name && fits_regex(m->names, m->n_names, name, false);
}

static int fits_adj(const struct find_patterns *m, const struct find_process *p)
{
	char prefix[16] = "", name[32];
	int err;
	int64_t adj = p->adj;

	if (!m->n_adjs)
		return 1;
	if (p->at)
		snprintf(prefix, sizeof(prefix), "%d/", (int)p->at);
	snprintf(name, sizeof(name), "%soom_score_adj", prefix);
	err = p->has_adj ? 0 : procfs_read_number(p->dir, name, &adj);
	if (err == -ENOENT) { /* before Linux 2.6.36 */
		snprintf(name, sizeof(name), "%soom_adj", prefix);
		err = procfs_read_number(p->dir, name, &adj);
		if (!err)
			adj = adj_from_old((int)adj);
	}
	for (size_t i = 0; !err && i < m->n_adjs; i++)
		if (adj >= m->adjs[i].low && adj <= m->adjs[i].high)
			return 1;
	return err;
}

/* memory, systemd: paths of the process; equal but with version 1. */
static int fits_paths(const struct find_patterns *m, const char *memory, const char *systemd)
{
	bool fits_cgroup = !m->n_cgroups, fits_unit = !m->n_units;
	int fits_container = !m->n_containers;

	for (size_t i = 0; i < m->n_cgroups; i++)
		fits_cgroup |= cgroup_path_is_below(memory, m->cgroups[i]) ||
			       cgroup_path_is_below(systemd, m->cgroups[i]);
	for (size_t i = 0; i < m->n_units; i++)
		fits_unit |= cgroup_path_has_unit(systemd, m->units[i]);
	if (!fits_cgroup || !fits_unit)
		return 0;
	for (size_t i = 0; i < m->n_containers; i++) {
		int in_memory = container_matches(memory, m->containers[i]);
		int in_systemd = container_matches(systemd, m->containers[i]);

		if (in_memory > 0 || in_systemd > 0)
			return 1;
		if (in_memory < 0 || in_systemd < 0)
			fits_container = -ENOKEY;
	}
	return fits_container;
}

static int fits_cgroup(const struct find_patterns *m, const struct find_process *p)
{
	char memory[CGROUP_PATH_MAX], systemd[CGROUP_PATH_MAX];
	int err, result;

	if (!m->n_cgroups && !m->n_units && !m->n_containers)
		return 1;
	err = cgroup_path_read_both(p->dir, p->at, memory, systemd);
	/* The beginning is enough for a match. */
	result = fits_paths(m, memory, systemd);
	return result <= 0 && err == -ENAMETOOLONG ? err : result;
}

static int fits_exe(const struct find_patterns *m, const struct find_process *p)
{
	char path[PATH_MAX];
	int err;

	if (!m->n_exes)
		return 1;
	err = command_read_exe(p->dir, p->at, path, sizeof(path));
	for (int round = 0; !err && round < 2; round++) {
		for (size_t i = 0; i < m->n_exes; i++)
			if (find_fits_exe(m->exes[i], path) ||
			    (m->real_exes[i] && find_fits_exe(m->real_exes[i], path)))
				return 1;
		find_remove_deleted(path);
	}
	return err;
}

/* By PID, because another process reads it: the handle shows that the PID was not reused. */
static int fits_cmdline(const struct find_patterns *m, const struct find_process *p,
			struct command_reader *reader)
{
	struct identity id;
	int err;

	if (!m->n_cmdlines)
		return 1;
	err = command_read_line(reader, p->proc, p->pid);
	if (!err && !p->at)
		err = identity_read_stat(p->dir, "stat", &id);
	return err ? err : fits_regex(m->cmdlines, m->n_cmdlines, reader->text, reader->is_cut);
}

/* The cheapest comparison comes first. One that surely fails decides, also after an unknown one. */
int find_fits(const struct find_patterns *m, const struct find_process *p,
	      struct command_reader *reader)
{
	static int (*const tests[])(const struct find_patterns *,
				    const struct find_process *) = { fits_name, fits_adj,
								     fits_cgroup, fits_exe };
	int result = fits_number(m, p), unknown = 0;

	for (size_t i = 0; result && i < sizeof(tests) / sizeof(tests[0]); i++) {
		result = tests[i](m, p);
		if (result < 0 && !unknown)
			unknown = result;
	}
	if (result)
		result = fits_cmdline(m, p, reader);
	return result > 0 && unknown ? unknown : result;
}

bool find_is_excluded(const struct pidref *ref)
{
	return ref->unkillable == UNKILLABLE_KTHREAD || ref->unkillable == UNKILLABLE_INIT ||
	       ref->pid == getpid() || ref->ppid == getpid();
}

bool find_still_matches(int proc, const struct find_patterns *m, const struct pidref *ref)
{
	struct find_process p = { .pid = ref->pid,
				  .ppid = ref->ppid,
				  .uid = ref->uid,
				  .name = ref->name,
				  .dir = ref->dir,
				  .proc = proc };
	struct command_reader reader = { 0 };
	bool is_match = !find_is_excluded(ref) && find_fits(m, &p, &reader) > 0;

	command_close(&reader);
	return is_match;
}

void find_free(struct find_patterns *m)
{
	for (size_t i = 0; i < m->n_names; i++)
		regfree(&m->names[i]);
	for (size_t i = 0; i < m->n_cmdlines; i++)
		regfree(&m->cmdlines[i]);
	for (size_t i = 0; i < m->n_exes; i++)
		free(m->real_exes[i]);
	m->n_names = m->n_cmdlines = m->n_exes = 0;
}
