/* SPDX-License-Identifier: GPL-2.0-or-later */
/* user: names and numbers of users, by the C library. */
#include "sys/proc/user.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/calls.h"
#include "base/num.h"

/* A larger entry counts as missing. */
#define ENTRY_MAX 16384

/* Kept bytes of a line of a local file: a name, a password's hash and a number. */
#define LINE_KEPT 512

/* Socket of the process that looks up names; 0: this process does. */
static int server;

static void look_up(uid_t uid, char *name, size_t size)
{
	struct passwd entry, *found = NULL;
	char buf[ENTRY_MAX];

	if (getpwuid_r(uid, &entry, buf, sizeof(buf), &found) == 0 && found)
		snprintf(name, size, "%s", found->pw_name);
	else
		snprintf(name, size, "%u", (unsigned int)uid);
}

static _Noreturn void serve(int socket)
{
	char name[USER_NAME_MAX] = "";
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	uid_t uid;

	/* A reader of the output must not wait for this process. */
	if (dup2(socket, 3) != 3 || dup2(null, 0) || dup2(null, 1) != 1 || dup2(null, 2) != 2)
		_exit(1);
	calls_close_from(4);
	while (read(3, &uid, sizeof(uid)) == sizeof(uid)) {
		look_up(uid, name, sizeof(name));
		if (send(3, name, sizeof(name), MSG_NOSIGNAL) != sizeof(name))
			break;
	}
	_exit(0);
}

int user_serve(void)
{
	int ends[2], err;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	pid = fork();
	err = -errno;
	if (pid == 0)
		serve(ends[1]);
	close(ends[1]);
	server = ends[0];
	return pid < 0 ? err : server;
}

void user_name(uid_t uid, char *name, size_t size)
{
	char answer[USER_NAME_MAX];

	if (!server) {
		look_up(uid, name, size);
	} else if (calls_send(server, &uid, sizeof(uid), MSG_NOSIGNAL) == sizeof(uid) &&
		   read(server, answer, sizeof(answer)) == sizeof(answer)) {
		snprintf(name, size, "%.*s", (int)sizeof(answer) - 1, answer);
	} else {
		snprintf(name, size, "%u", (unsigned int)uid);
	}
}

struct cached_name {
	uid_t uid;
	char name[USER_NAME_MAX];
};

static int compare_uids(const void *va, const void *vb)
{
	const struct cached_name *a = va, *b = vb;

	return (a->uid > b->uid) - (a->uid < b->uid);
}

const char *user_cached_name(void **names, uid_t uid)
{
	struct cached_name key = { .uid = uid }, *added;
	struct cached_name *const *found = tfind(&key, names, compare_uids);

	if (found)
		return (*found)->name;
	added = malloc(sizeof(*added));
	if (!added)
		return NULL;
	added->uid = uid;
	user_name(uid, added->name, sizeof(added->name));
	if (tsearch(added, names, compare_uids))
		return added->name;
	free(added);
	return NULL;
}

void user_free_names(void *names)
{
	tdestroy(names, free);
}

int user_find(const char *name, uid_t *uid)
{
	struct passwd entry, *found = NULL;
	char buf[ENTRY_MAX];
	int64_t number;
	int err = getpwnam_r(name, &entry, buf, sizeof(buf), &found);

	if (!err && found) {
		*uid = found->pw_uid;
		return 0;
	}
	/* With a sign it is a name. The largest number means "none" in system calls. */
	if (*name == '+' || *name == '-' || num_parse(name, 0, 0xfffffffe, &number)) {
		/* What getpwnam(3) lists for a name that was not found. */
		bool is_unknown = !err || err == ENOENT || err == ESRCH || err == EBADF ||
				  err == EPERM;

		if (!is_unknown)
			return -err;
		/* One service failed, and the next one does not know the name: it looks unknown. */
		err = user_find_local(false, name, uid);
		return err == -EINVAL ? -ENOENT : err;
	}
	*uid = (uid_t)number;
	return 0;
}

int user_find_group(const char *name, gid_t *gid)
{
	/* cppcheck-suppress getgrnamCalled; its buffer grows, and only one thread calls it */
	const struct group *found = getgrnam(name);

	if (found)
		*gid = found->gr_gid;
	return found ? 0 : -ENOENT;
}

struct line_reader {
	int fd;
	size_t at, n;
	char buf[4096];
};

/* The start of the next line: 1, at the end 0, or a negative errno. Needs no heap memory. */
static int read_line(struct line_reader *r, char line[LINE_KEPT])
{
	size_t kept = 0;

	for (bool is_empty = true;; is_empty = false) {
		char c;

		if (r->at == r->n) {
			ssize_t n = read(r->fd, r->buf, sizeof(r->buf));

			if (n < 0)
				return -errno;
			r->at = 0;
			r->n = (size_t)n;
		}
		c = r->at < r->n ? r->buf[r->at++] : '\n';
		if (c == '\n') {
			line[kept] = '\0';
			return !is_empty || r->n > 0;
		}
		if (kept < LINE_KEPT - 1)
			line[kept++] = c;
	}
}

/* Splits the line "name:password:id:..." after the name. -EINVAL: no valid number. */
static int parse_entry(char *line, uint32_t *id)
{
	char *password = strchr(line, ':'), *start, *end;
	int64_t number;

	if (!password)
		return -EINVAL;
	*password = '\0';
	start = strchr(password + 1, ':');
	end = start ? strchr(start + 1, ':') : NULL;
	if (!end)
		return -EINVAL;
	*end = '\0';
	if (start[1 + strspn(start + 1, "0123456789")] ||
	    num_parse(start + 1, 0, 0xfffffffe, &number))
		return -EINVAL;
	*id = (uint32_t)number;
	return 0;
}

/* The first entry of name or, without a name, of *id; line then begins with its name. */
static int find_local(const char *path, const char *name, uint32_t *id, char line[LINE_KEPT])
{
	struct line_reader r = { .fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) };
	uint32_t found;
	int err, bad;

	if (r.fd < 0)
		return -errno;
	while ((err = read_line(&r, line)) > 0) {
		bad = parse_entry(line, &found);
		if (name ? strcmp(line, name) == 0 : !bad && found == *id) {
			if (!bad)
				*id = found;
			close(r.fd);
			return bad;
		}
	}
	close(r.fd);
	return err ? err : -ENOENT;
}

int user_find_local(bool is_group, const char *name, uint32_t *id)
{
	char line[LINE_KEPT];

	return find_local(is_group ? USER_GROUPS : USER_USERS, name, id, line);
}

int user_name_local(uid_t uid, char *name, size_t size)
{
	char line[LINE_KEPT];
	int err = find_local(USER_USERS, NULL, &uid, line);

	if (!err)
		snprintf(name, size, "%s", line);
	return err;
}
