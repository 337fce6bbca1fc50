/* SPDX-License-Identifier: GPL-2.0-or-later */
/* policy_file: reads the policy, and resolves its names. */
#include "sys/priv/policy_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/priv/root_file.h"
#include "sys/proc/user.h"

static bool is_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* NULL, or why a file must not be trusted or read. */
static const char *find_fault(const struct stat *st, bool is_trusted)
{
	static const char *const faults[] = {
		[ROOT_FILE_KIND] = "is no regular file",
		[ROOT_FILE_OWNER] = "is not root's",
		[ROOT_FILE_WRITABLE] = "is writable by others than root",
	};
	enum root_file_fault fault = root_file_check(st, S_IFREG);

	if (fault == ROOT_FILE_KIND || (is_trusted && fault != ROOT_FILE_OK))
		return faults[fault];
	/* Other users get an error from open(2). */
	if (is_trusted && geteuid() == 0 && !(st->st_mode & S_IROTH) &&
	    (st->st_gid == 0 || !(st->st_mode & S_IRGRP)))
		return "can be read by root alone";
	if (st->st_size > POLICY_MAX_BYTES)
		return "is longer than 65536 bytes";
	return NULL;
}

bool policy_file_is(const char *path)
{
	struct stat policy, st;

	if (lstat(POLICY_FILE_PATH, &policy))
		return false;
	/* POLICY_FILE_PATH may be a link, which is refused later. */
	return (lstat(path, &st) == 0 && is_file(&st, &policy)) ||
	       (stat(path, &st) == 0 && is_file(&st, &policy));
}

static int read_whole(int fd, char *buf, size_t *len)
{
	size_t at = 0;
	ssize_t n;

	/* One byte more than the limit shows a file that grows. */
	while (at <= POLICY_MAX_BYTES) {
		n = read(fd, buf + at, POLICY_MAX_BYTES + 1 - at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		at += (size_t)n;
	}
	*len = at;
	return 0;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static int read_checked(int fd, bool is_trusted, char *buf, size_t *len, const char **why)
{
	struct stat before, after;
	int err;

	if (fstat(fd, &before))
		return -errno;
	*why = find_fault(&before, is_trusted);
	if (*why)
		return -EPERM;
	err = read_whole(fd, buf, len);
	if (err)
		return err;
	if (fstat(fd, &after))
		return -errno;
	/* A partial policy may lack a line that denies. */
	if (!is_same(&before, &after) || (off_t)*len != after.st_size) {
		*why = "was changed while it was read";
		return -EPERM;
	}
	return 0;
}

int policy_file_read(const char *path, bool is_trusted, char *buf, size_t *len, const char **why)
{
	/* A fifo must not block, a terminal not become the controlling one. */
	int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (is_trusted ? O_NOFOLLOW : 0);
	int fd = open(path, flags), err;

	*why = NULL;
	if (fd < 0 && errno == ELOOP && is_trusted) {
		*why = "is a symbolic link";
		return -EPERM;
	}
	if (fd < 0)
		return -errno;
	err = read_checked(fd, is_trusted, buf, len, why);
	close(fd);
	return err;
}

int policy_file_caller_read(struct policy_file_caller *c)
{
	int n = getgroups(0, NULL);

	c->uid = getuid();
	c->gid = getgid();
	c->n_groups = 0;
	c->groups = NULL;
	if (n < 0)
		return -errno;
	c->groups = calloc((size_t)n + 1, sizeof(*c->groups));
	if (!c->groups)
		return -ENOMEM;
	n = getgroups(n, c->groups);
	if (n < 0)
		return -errno;
	c->n_groups = (size_t)n;
	return 0;
}

void policy_file_caller_free(struct policy_file_caller *c)
{
	free(c->groups);
	c->groups = NULL;
	c->n_groups = 0;
}

int policy_file_find_id(const struct policy_rule *rule, uint32_t *id)
{
	*id = rule->id;
	return rule->has_id ? 0 : user_find_local(rule->is_group, rule->name, id);
}

enum policy_match policy_file_ask(void *caller, const struct policy_rule *rule)
{
	struct policy_file_caller *c = caller;
	uint32_t id;

	c->err = policy_file_find_id(rule, &id);
	if (c->err)
		return POLICY_UNKNOWN;
	if (!rule->is_group)
		return id == c->uid ? POLICY_MATCHES : POLICY_OTHER;
	if (id == c->gid)
		return POLICY_MATCHES;
	for (size_t i = 0; i < c->n_groups; i++)
		if (c->groups[i] == id)
			return POLICY_MATCHES;
	return POLICY_OTHER;
}
