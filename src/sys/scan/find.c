/* SPDX-License-Identifier: GPL-2.0-or-later */
/* find: finds processes by name, user and cgroup. */
#include "sys/scan/find.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <libproc2/pids.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "sys/cgroup/path.h"

#ifndef LIBPROC2_SONAME
#define LIBPROC2_SONAME "libproc2.so.0"
#endif

/*
 * An upper bound of the pattern's size in glibc, as if each repetition multiplied all of it: a+ is
 * stored twice, a{3,} four times. Every { and + counts; backslashes between digits are skipped, as
 * glibc takes {1\0} as {10}.
 */
static size_t expanded_size(const char *pattern)
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

static const char *why_refused(const char *pattern)
{
	size_t groups = 0;

	/* An unset variable in a script must not match every process. */
	if (!*pattern)
		return "the pattern is empty; '.' matches every name";
	if (strlen(pattern) > FIND_PATTERN_MAX)
		return "the pattern is longer than 256 bytes";
	for (const char *p = pattern; *p; p++) {
		groups += *p == '(';
		if (p[0] == '\\' && p[1] >= '1' && p[1] <= '9')
			return "back-references are not supported";
	}
	if (groups > FIND_GROUPS_MAX)
		return "the pattern has more than 16 groups";
	return expanded_size(pattern) > FIND_SIZE_MAX ? "the pattern repeats too much" : NULL;
}

int find_compile(regex_t *re, const char *pattern, char why[FIND_PATTERN_MAX])
{
	const char *refused = why_refused(pattern);
	int err = refused ? 0 : regcomp(re, pattern, REG_EXTENDED | REG_NOSUB);

	if (refused)
		snprintf(why, FIND_PATTERN_MAX, "%s", refused);
	else if (err)
		regerror(err, re, why, FIND_PATTERN_MAX);
	return refused || err ? -EINVAL : 0;
}

struct library {
	void *handle;
	__typeof__(&procps_pids_new) create;
	__typeof__(&procps_pids_get) get;
	__typeof__(&procps_pids_unref) release;
};

static int load_library(struct library *lib, const char **why)
{
	/* The library hides kernel threads when this is set. */
	unsetenv("LIBPROC_HIDE_KERNEL");
	/* Unloading would leak the buffers that it keeps. */
	lib->handle = dlopen(LIBPROC2_SONAME, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (lib->handle) {
		*(void **)&lib->create = dlsym(lib->handle, "procps_pids_new");
		*(void **)&lib->get = dlsym(lib->handle, "procps_pids_get");
		*(void **)&lib->release = dlsym(lib->handle, "procps_pids_unref");
	}
	if (lib->handle && lib->create && lib->get && lib->release)
		return 0;
	*why = dlerror();
	return -ELIBACC;
}

enum { ITEM_PID, ITEM_NAME, ITEM_USER, N_ITEMS };

static enum pids_item items[N_ITEMS] = { PIDS_ID_PID, PIDS_CMD, PIDS_ID_RUID };

static bool fits_name(const struct find_patterns *m, const char *name)
{
	for (size_t i = 0; i < m->n_names; i++)
		if (regexec(&m->names[i], name, 0, NULL, 0) == 0)
			return true;
	return m->n_names == 0;
}

static bool fits_user(const struct find_patterns *m, uid_t user)
{
	for (size_t i = 0; i < m->n_users; i++)
		if (m->users[i] == user)
			return true;
	return m->n_users == 0;
}

/* dir: /proc/PID. 1, 0, or a negative errno: it cannot be told. */
static int fits_cgroup(const struct find_patterns *m, int dir)
{
	char path[CGROUP_PATH_MAX];
	int err;

	if (m->n_cgroups == 0)
		return 1;
	err = cgroup_path_read(dir, path, sizeof(path));
	/* No path that is looked for is so long: the beginning decides. */
	if (err && (err != -ENAMETOOLONG || !*path))
		return err;
	for (size_t i = 0; i < m->n_cgroups; i++)
		if (cgroup_path_is_below(path, m->cgroups[i]))
			return 1;
	return 0;
}

static int fits_cgroup_of(int proc, const struct find_patterns *m, pid_t pid)
{
	char name[16];
	int dir, fits;

	if (m->n_cgroups == 0)
		return 1;
	snprintf(name, sizeof(name), "%d", (int)pid);
	dir = openat(proc, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	fits = fits_cgroup(m, dir);
	close(dir);
	return fits;
}

bool find_still_matches(const struct find_patterns *m, const struct pidref *ref)
{
	return fits_name(m, ref->name) && fits_user(m, ref->uid) && fits_cgroup(m, ref->dir) > 0;
}

int find_processes(int proc, const struct find_patterns *m, struct find_found *found,
		   const char **why)
{
	struct library lib = { 0 };
	struct pids_info *info = NULL;
	struct pids_stack *stack;
	int err = load_library(&lib, why);

	if (!err && lib.create(&info, items, N_ITEMS) < 0)
		err = -EIO;
	while (!err && (stack = lib.get(info, PIDS_FETCH_TASKS_ONLY))) {
		pid_t pid = PIDS_VAL(ITEM_PID, s_int, stack, info);
		int fits;

		if (!fits_name(m, PIDS_VAL(ITEM_NAME, str, stack, info)) ||
		    !fits_user(m, PIDS_VAL(ITEM_USER, u_int, stack, info)))
			continue;
		fits = fits_cgroup_of(proc, m, pid);
		found->n_unread += fits == -ENAMETOOLONG;
		if (fits <= 0)
			continue;
		err = array_grow(&found->pids, &found->room, found->n + 1);
		if (!err)
			found->pids[found->n++] = pid;
	}
	if (info)
		lib.release(&info);
	if (lib.handle)
		dlclose(lib.handle);
	return err;
}

void find_free(struct find_patterns *m)
{
	for (size_t i = 0; i < m->n_names; i++)
		regfree(&m->names[i]);
	m->n_names = 0;
}
