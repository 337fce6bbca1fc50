/* SPDX-License-Identifier: GPL-2.0-or-later */
/* policy_file: reads the policy, and resolves its names. */
#include "sys/priv/policy_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/priv/root_file.h"
#include "sys/proc/procfs.h"
#include "sys/proc/user.h"

static bool is_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* NULL, or why a file must not be trusted or read. */
static const char *find_fault(const struct stat *st, bool is_trusted)
{
	static const char *const faults[] = {
		[ROOT_FILE_KIND] = "is not a regular file",
		[ROOT_FILE_OWNER] = "is not owned by root",
		[ROOT_FILE_WRITABLE] = "is writable by users other than root",
	};
	enum root_file_fault fault = root_file_check(st, S_IFREG);

	if (fault == ROOT_FILE_KIND || (is_trusted && fault != ROOT_FILE_OK))
		return faults[fault];
	/* Other users get an error from open(2). */
	if (is_trusted && geteuid() == 0 && !(st->st_mode & S_IROTH) &&
	    (st->st_gid == 0 || !(st->st_mode & S_IRGRP)))
		return "is readable only by root";
	if (st->st_size > POLICY_MAX_BYTES)
		return "is longer than 65536 bytes";
	return NULL;
}

bool policy_file_is(const char *path)
{
	struct stat policy, st;

	if (lstat(POLICY_FILE_PATH, &policy))
		return false;
	/* POLICY_FILE_PATH can be a link, which is refused later. */
	return (lstat(path, &st) == 0 && is_file(&st, &policy)) ||
	       (stat(path, &st) == 0 && is_file(&st, &policy));
}

static int read_checked(int fd, bool is_trusted, char *buf, size_t *len, const char **why)
{
	struct stat before, after;
	size_t at = 0;
	ssize_t n = 1;

	if (fstat(fd, &before))
		return -errno;
	*why = find_fault(&before, is_trusted);
	if (*why)
		return -EPERM;
	/* One byte more than the limit shows a file that grows. */
	while (n && at <= POLICY_MAX_BYTES) {
		n = read(fd, buf + at, POLICY_MAX_BYTES + 1 - at);
		if (n < 0 && errno != EINTR)
			return -errno;
		at += n > 0 ? (size_t)n : 0;
	}
	*len = at;
	if (fstat(fd, &after))
		return -errno;
	/* A partial policy may lack a line that denies. */
	if (before.st_size != after.st_size || before.st_mtim.tv_sec != after.st_mtim.tv_sec ||
	    before.st_mtim.tv_nsec != after.st_mtim.tv_nsec || (off_t)*len != after.st_size) {
		*why = "changed while it was read";
		return -EPERM;
	}
	return 0;
}

int policy_file_read(const char *path, bool is_trusted, char *buf, size_t *len, const char **why)
{
	/* A FIFO must not block, and a terminal must not become the controlling terminal. */
	const int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW;
	int fd, err;

	if (is_trusted) {
		fd = open(path, flags);
		fd = fd < 0 ? -errno : fd;
	} else {
		fd = procfs_reopen(open(path, O_PATH | O_CLOEXEC), procfs_check_regular);
	}
	*why = fd == -ELOOP && is_trusted ? "is a symbolic link"
	       : fd == -EINVAL            ? "is not a regular file"
					  : NULL;
	if (fd < 0)
		return *why ? -EPERM : fd;
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
	bool is_match;
	uint32_t id;

	c->err = policy_file_find_id(rule, &id);
	if (c->err)
		return POLICY_UNKNOWN;
	is_match = id == (rule->is_group ? c->gid : c->uid);
	for (size_t i = 0; !is_match && rule->is_group && i < c->n_groups; i++)
		is_match = c->groups[i] == id;
	return is_match ? POLICY_MATCHES : POLICY_OTHER;
}
