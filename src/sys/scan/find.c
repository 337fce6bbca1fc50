/* SPDX-License-Identifier: GPL-2.0-or-later */
/* find: finds processes by what people know of them, with libproc2's eyes. */
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
 * The length of the pattern when each of its repetitions multiplies the whole of it, as nested ones
 * do: glibc makes two of a+ and four of a{3,}. Any { and + counts, and backslashes among the digits
 * do not, as {1\0} is {10} there: the result may be too much, but never too little.
 */
static size_t written_out(const char *pattern)
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

	/* An unset variable in a script must not mean everybody. */
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
	return written_out(pattern) > FIND_SIZE_MAX ? "the pattern repeats too much" : NULL;
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
	/* The library hides processes when this is set, whoever set it. */
	unsetenv("LIBPROC_HIDE_KERNEL");
	/* It keeps buffers of its own for the next time: unloaded, they would be lost. */
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

struct seen {
	pid_t pid;
	uid_t user;
	const char *name; /* the library's, valid during the call */
};

/* Calls each for all processes; stops at its first non-zero result and returns that. */
static int each_process(int (*each)(void *arg, const struct seen *p), void *arg, const char **why)
{
	struct library lib = { 0 };
	struct pids_info *info = NULL;
	struct pids_stack *stack;
	int err = load_library(&lib, why);

	if (!err && lib.create(&info, items, N_ITEMS) < 0)
		err = -EIO;
	while (!err && (stack = lib.get(info, PIDS_FETCH_TASKS_ONLY))) {
		struct seen p = {
			.pid = PIDS_VAL(ITEM_PID, s_int, stack, info),
			.name = PIDS_VAL(ITEM_NAME, str, stack, info),
			.user = PIDS_VAL(ITEM_USER, u_int, stack, info),
		};

		err = each(arg, &p);
	}
	if (info)
		lib.release(&info);
	if (lib.handle)
		dlclose(lib.handle);
	return err;
}

struct find_search {
	int proc;
	const struct find_patterns *m;
	struct find_found *found;
};

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

/* dir: /proc/PID */
static bool fits_cgroup(const struct find_patterns *m, int dir)
{
	char path[CGROUP_PATH_MAX];

	if (m->n_cgroups == 0)
		return true;
	if (cgroup_path_read(dir, path, sizeof(path)))
		return false;
	for (size_t i = 0; i < m->n_cgroups; i++)
		if (cgroup_path_is_below(path, m->cgroups[i]))
			return true;
	return false;
}

static bool fits_cgroup_of(const struct find_search *s, pid_t pid)
{
	char name[16];
	bool fits;
	int dir;

	if (s->m->n_cgroups == 0)
		return true;
	snprintf(name, sizeof(name), "%d", (int)pid);
	dir = openat(s->proc, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fits = dir >= 0 && fits_cgroup(s->m, dir);
	if (dir >= 0)
		close(dir);
	return fits;
}

static int try_process(void *arg, const struct seen *p)
{
	const struct find_search *s = arg;
	struct find_found *found = s->found;

	if (!fits_name(s->m, p->name) || !fits_user(s->m, p->user) || !fits_cgroup_of(s, p->pid))
		return 0;
	if (array_grow(&found->pids, &found->room, found->n + 1))
		return -ENOMEM;
	found->pids[found->n++] = p->pid;
	return 0;
}

bool find_still_fits(const struct find_patterns *m, const struct pidref *ref)
{
	return fits_name(m, ref->name) && fits_user(m, ref->uid) && fits_cgroup(m, ref->dir);
}

int find_find(int proc, const struct find_patterns *m, struct find_found *found, const char **why)
{
	struct find_search s = { proc, m, found };

	return each_process(try_process, &s, why);
}

void find_free(struct find_patterns *m)
{
	for (size_t i = 0; i < m->n_names; i++)
		regfree(&m->names[i]);
	m->n_names = 0;
}
