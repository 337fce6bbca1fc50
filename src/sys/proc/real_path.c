/* SPDX-License-Identifier: GPL-2.0-or-later */
/* real_path: the path of a directory without symbolic links. */
#include "sys/proc/real_path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_LINKS 40 /* as the kernel follows */

/* A walk from the root directory root. real: what was walked, without links; rest: what was not. */
struct real_path_walk {
	int root;
	char *real;
	char rest[PATH_MAX];
	size_t n_links;
};

/* Puts the target of a link before the rest. 0 or a negative errno. */
static int follow(struct real_path_walk *w, const char *target, const char *rest)
{
	char joined[2 * PATH_MAX];

	if (++w->n_links > MAX_LINKS)
		return -ELOOP;
	if (snprintf(joined, sizeof(joined), "%s/%s", target, rest) >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(w->rest, joined, strlen(joined) + 1);
	if (*target == '/')
		*w->real = '\0';
	return 0;
}

/* Appends a component, or follows it. Those before it are no links. 0 or a negative errno. */
static int step(struct real_path_walk *w, const char *name, size_t len, const char *rest)
{
	size_t before = strlen(w->real);
	char target[PATH_MAX], *slash;
	ssize_t n;

	if (len == 0 || (len == 1 && *name == '.'))
		return 0;
	if (len == 2 && strncmp(name, "..", 2) == 0) {
		slash = strrchr(w->real, '/');
		if (slash)
			*slash = '\0';
		return 0;
	}
	if (before + len + 2 > PATH_MAX)
		return -ENAMETOOLONG;
	snprintf(w->real + before, PATH_MAX - before, "/%.*s", (int)len, name);
	n = readlinkat(w->root, w->real + 1, target, sizeof(target) - 1);
	if (n < 0)
		return errno == EINVAL ? 0 : -errno;
	target[n] = '\0';
	w->real[before] = '\0';
	return follow(w, target, rest);
}

/*
 * Links are followed as in the root directory of init, which is that of the whole machine. Not by
 * openat2(2), which RestrictSUIDSGID= forbids.
 */
static int find_at_init(const char *dir, char real[PATH_MAX])
{
	struct real_path_walk w = { .root = open("/proc/1/root", O_PATH | O_DIRECTORY | O_CLOEXEC),
				    .real = real };
	char rest[PATH_MAX];
	int err = 0;

	if (w.root < 0)
		return -errno;
	*real = '\0';
	if (snprintf(w.rest, sizeof(w.rest), "%s", dir) >= PATH_MAX)
		err = -ENAMETOOLONG;
	while (!err && *w.rest) {
		size_t len = strcspn(w.rest, "/"), next = len + (w.rest[len] == '/');
		char name[PATH_MAX];

		memcpy(name, w.rest, len);
		memcpy(rest, w.rest + next, strlen(w.rest + next) + 1);
		memcpy(w.rest, rest, strlen(rest) + 1);
		err = step(&w, name, len, rest);
	}
	close(w.root);
	if (!err && !*real)
		memcpy(real, "/", 2);
	return err;
}

int real_path_of_dir(const char *dir, char real[PATH_MAX])
{
	int err;

	if (realpath(dir, real))
		return 0;
	err = -errno;
	return err != -ENOMEM && find_at_init(dir, real) == 0 ? 0 : err;
}
