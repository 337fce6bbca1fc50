/* SPDX-License-Identifier: GPL-2.0-or-later */
/* changes: notices changes in a few directories (inotify). */
#include "sys/watch/changes.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define OF_DIRECTORY                                                                        \
	(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ATTRIB | \
	 IN_DELETE_SELF | IN_MOVE_SELF)

/* Less, because /etc and /run change often for other reasons. */
#define OF_PARENT (IN_CREATE | IN_MOVED_TO)

/* The last component of a path, and its length: without a slash at the end. */
static const char *base_name(const char *path, size_t *len)
{
	size_t end = strlen(path), begin;

	while (end > 1 && path[end - 1] == '/')
		end--;
	for (begin = end; begin && path[begin - 1] != '/';)
		begin--;
	*len = end - begin;
	return path + begin;
}

void changes_renew(struct changes *c)
{
	char parent[PATH_MAX];
	size_t len;

	/* What is watched already stays so. Parents first: nothing is missed between. */
	for (size_t i = 0; c->fd >= 0 && i < c->n; i++) {
		const char *path = c->directories[i];

		snprintf(parent, sizeof(parent), "%.*s.", (int)(base_name(path, &len) - path),
			 path);
		inotify_add_watch(c->fd, parent, OF_PARENT | IN_ONLYDIR | IN_MASK_ADD);
		c->ids[i] = inotify_add_watch(c->fd, path, OF_DIRECTORY | IN_ONLYDIR | IN_MASK_ADD);
	}
}

int changes_open(struct changes *c, const char *const *directories, size_t n)
{
	c->directories = directories;
	c->n = n;
	c->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (c->fd < 0)
		return -errno;
	changes_renew(c);
	return 0;
}

/* Of a parent only the creation of one of the directories counts. */
static bool concerns(const struct changes *c, const struct inotify_event *e)
{
	if (e->mask & IN_Q_OVERFLOW)
		return true;
	for (size_t i = 0; i < c->n; i++) {
		size_t len;
		const char *name = base_name(c->directories[i], &len);

		if (e->wd == c->ids[i] ||
		    (e->len && strlen(e->name) == len && memcmp(e->name, name, len) == 0))
			return true;
	}
	return false;
}

bool changes_read(struct changes *c)
{
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	const struct inotify_event *e;
	bool has_changed = false;
	ssize_t n;

	n = c->fd < 0 ? 0 : read(c->fd, buf, sizeof(buf));
	for (ssize_t at = 0; at < n; at += (ssize_t)(sizeof(*e) + e->len)) {
		e = (const struct inotify_event *)(buf + at);
		has_changed = has_changed || concerns(c, e);
	}
	return has_changed;
}

void changes_close(struct changes *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}
