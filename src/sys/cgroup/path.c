/* SPDX-License-Identifier: GPL-2.0-or-later */
/* path: which memory cgroup and which systemd unit a process belongs to. */
#include "sys/cgroup/path.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "sys/proc/procfs.h"

/* Version 1 has a line for each hierarchy, up to 16. */
#define FILE_MAX (16 * (CGROUP_PATH_MAX + 256))

/* One of the comma-separated controllers between begin and end. */
static bool has_controller(const char *begin, const char *end, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = begin; p < end; p += strcspn(p, ",:") + 1)
		if (strcspn(p, ",:") == len && memcmp(p, name, len) == 0)
			return true;
	return false;
}

int cgroup_path_parse(const char *text, char *path, size_t size)
{
	const char *best = NULL;
	size_t len;

	/* Lines such as "9:memory:/a" (version 1) and "0::/a" (version 2). */
	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		const char *controllers, *end;

		line += *line == '\n';
		controllers = strpbrk(line, ":\n");
		if (!controllers || *controllers != ':')
			continue;
		controllers++;
		end = strpbrk(controllers, ":\n");
		if (!end || *end != ':')
			continue;
		if (has_controller(controllers, end, "memory")) {
			best = end + 1;
			break;
		}
		if (end == controllers && strncmp(line, "0:", 2) == 0)
			best = end + 1;
	}
	if (!best)
		return -ENODATA;
	len = strcspn(best, "\n");
	/* Some kernels refuse a path of more than 4 KiB, some cut it off. */
	snprintf(path, size, "%.*s", (int)(len < size ? len : size - 1), best);
	return len >= size || len >= CGROUP_PATH_MAX - 1 ? -ENAMETOOLONG : 0;
}

int cgroup_path_read(int dir, char *path, size_t size)
{
	char buf[FILE_MAX];
	ssize_t n = procfs_read(dir, "cgroup", buf, sizeof(buf));

	*path = '\0';
	return n < 0 ? (int)n : cgroup_path_parse(buf, path, size);
}

int cgroup_path_read_pid(int proc, pid_t pid, char *path, size_t size)
{
	char buf[FILE_MAX];
	ssize_t n = procfs_read_pid(proc, pid, 0, "cgroup", buf, sizeof(buf));

	return n < 0 ? (int)n : cgroup_path_parse(buf, path, size);
}

static bool is_unit(const char *name, size_t len)
{
	static const char *const kinds[] = { ".service", ".scope", ".socket", ".mount", ".swap" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t n = strlen(kinds[i]);

		if (len > n && memcmp(name + len - n, kinds[i], n) == 0)
			return true;
	}
	return false;
}

int cgroup_path_find_unit(const char *path, char *unit, size_t size)
{
	const char *best = NULL;
	size_t best_len = 0;

	for (const char *p = path + strspn(path, "/"); *p; p += strspn(p, "/")) {
		size_t len = strcspn(p, "/");

		if (is_unit(p, len)) {
			best = p;
			best_len = len;
		}
		p += len;
	}
	if (!best)
		return -ENODATA;
	snprintf(unit, size, "%.*s", (int)best_len, best);
	return 0;
}

/* 64 hexadecimal digits, perhaps within "docker-" and ".scope"; the first 12 identify it. */
static bool find_container(const char *path, char *name, size_t size)
{
	const char *last = strrchr(path, '/');
	size_t len, digits = 0;

	last = last ? last + 1 : path;
	len = strcspn(last, ".");
	while (digits < len && isxdigit((unsigned char)last[len - 1 - digits]))
		digits++;
	if (digits < 32 || (digits < len && last[len - digits - 1] != '-'))
		return false;
	snprintf(name, size, "%.*s%.12s", (int)(len - digits), last, last + len - digits);
	return true;
}

int cgroup_path_find_container_or_unit(const char *path, char *name, size_t size)
{
	return find_container(path, name, size) ? 0 : cgroup_path_find_unit(path, name, size);
}

const char *cgroup_path_strip_mount(const char *path)
{
	static const char *const mounts[] = { "/sys/fs/cgroup/memory", "/sys/fs/cgroup/unified",
					      "/sys/fs/cgroup" };

	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		size_t len = strlen(mounts[i]);

		if (strncmp(path, mounts[i], len) == 0 && (path[len] == '/' || !path[len]))
			return path[len] ? path + len : "/";
	}
	return path;
}

bool cgroup_path_is_below(const char *path, const char *top)
{
	size_t len = strlen(top);

	while (len && top[len - 1] == '/')
		len--;
	return *path == '/' && strncmp(path, top, len) == 0 &&
	       (path[len] == '/' || path[len] == '\0');
}
