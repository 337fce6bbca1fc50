/* SPDX-License-Identifier: GPL-2.0-or-later */
/* path: the memory cgroup and the systemd unit of a process. */
#include "sys/cgroup/path.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "base/text.h"
#include "sys/proc/procfs.h"

/* Version 1 has a line for each hierarchy, up to 16. */
#define FILE_MAX (16 * (CGROUP_PATH_MAX + 256))

bool cgroup_path_is_supported(int proc)
{
	return faccessat(proc, "self/cgroup", F_OK, 0) == 0 || errno != ENOENT;
}

/* One of the comma-separated controllers between begin and end. */
static bool has_controller(const char *begin, const char *end, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = begin; p < end; p += strcspn(p, ",:") + 1)
		if (strcspn(p, ",:") == len && memcmp(p, name, len) == 0)
			return true;
	return false;
}

/*
 * The path in the line of a hierarchy, such as "9:memory:/a" (version 1) and "0::/a" (version 2,
 * controller is ""). NULL: there is none.
 */
static const char *find_line(const char *text, const char *controller)
{
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
		if (*controller ? has_controller(controllers, end, controller)
				: end == controllers && strncmp(line, "0:", 2) == 0)
			return end + 1;
	}
	return NULL;
}

int cgroup_path_parse(const char *text, enum cgroup_path_kind kind, char *path, size_t size)
{
	const char *found = kind == CGROUP_PATH_UNIT ? find_line(text, "name=systemd") : NULL;
	size_t len;

	if (!found)
		found = find_line(text, "memory");
	if (!found)
		found = find_line(text, "");
	if (!found)
		return -ENODATA;
	len = strcspn(found, "\n");
	/* Some kernels refuse a path of more than 4 KiB, some truncate it. */
	snprintf(path, size, "%.*s", (int)(len < size ? len : size - 1), found);
	return len >= size || len >= CGROUP_PATH_MAX - 1 ? -ENAMETOOLONG : 0;
}

static int read_file(int dir, pid_t pid, char buf[FILE_MAX])
{
	ssize_t n = pid ? procfs_read_pid(dir, pid, 0, "cgroup", buf, FILE_MAX)
			: procfs_read(dir, "cgroup", buf, FILE_MAX);

	return n < 0 ? (int)n : 0;
}

int cgroup_path_read_pid(int dir, pid_t pid, char *path, size_t size)
{
	char buf[FILE_MAX];
	int err = read_file(dir, pid, buf);

	*path = '\0';
	return err ? err : cgroup_path_parse(buf, CGROUP_PATH_MEMORY, path, size);
}

int cgroup_path_read_both(int dir, pid_t pid, char memory[CGROUP_PATH_MAX],
			  char unit[CGROUP_PATH_MAX])
{
	char buf[FILE_MAX];
	int err = read_file(dir, pid, buf), other;

	*memory = *unit = '\0';
	if (err)
		return err;
	err = cgroup_path_parse(buf, CGROUP_PATH_MEMORY, memory, CGROUP_PATH_MAX);
	other = cgroup_path_parse(buf, CGROUP_PATH_UNIT, unit, CGROUP_PATH_MAX);
	return other == -ENAMETOOLONG ? other : err;
}

bool cgroup_path_next(const char **path, char name[CGROUP_PATH_NAME])
{
	const char *p = *path + strspn(*path, "/");
	size_t len = strcspn(p, "/");

	*path = p + len;
	/* systemd writes '_' before a name that is also a file of the directory. */
	if (len > 1 && *p == '_') {
		p++;
		len--;
	}
	text_copy(name, CGROUP_PATH_NAME, p, len);
	return len > 0;
}

static bool is_unit(const char *name, bool is_slice_too)
{
	static const char *const kinds[] = { ".service", ".scope", ".socket",
					     ".mount",   ".swap",  ".slice" };
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) - !is_slice_too; i++) {
		size_t n = strlen(kinds[i]);

		if (len > n && strcmp(name + len - n, kinds[i]) == 0)
			return true;
	}
	return false;
}

int cgroup_path_find_unit(const char *path, char *unit, size_t size)
{
	char name[CGROUP_PATH_NAME];
	bool is_found = false;

	while (cgroup_path_next(&path, name)) {
		if (is_unit(name, false)) {
			text_copy(unit, size, name, strlen(name));
			is_found = true;
		}
	}
	return is_found ? 0 : -ENODATA;
}

size_t cgroup_path_managed_len(const char *path)
{
	const char *rest = path;
	char name[CGROUP_PATH_NAME];
	size_t len = 0;

	while (cgroup_path_next(&rest, name) && is_unit(name, true)) {
		len = (size_t)(rest - path);
		if (is_unit(name, false))
			break;
	}
	return len;
}

int cgroup_path_find_managed(const char *path, char unit[CGROUP_PATH_NAME], size_t *len)
{
	const char *rest = path, *end = path + cgroup_path_managed_len(path);

	*unit = '\0';
	while (rest < end)
		cgroup_path_next(&rest, unit);
	*len = (size_t)(end - path);
	return is_unit(unit, false) ? 0 : -ENODATA;
}

bool cgroup_path_is_user_manager(const char *unit, uid_t *uid)
{
	char number[CGROUP_PATH_NAME];
	int64_t n;
	size_t len = strlen(unit);

	if (strncmp(unit, "user@", 5) != 0 || len <= 13 || len - 13 >= sizeof(number) ||
	    strcmp(unit + len - 8, ".service") != 0)
		return false;
	text_copy(number, sizeof(number), unit + 5, len - 13);
	if (num_parse(number, 0, 0xfffffffe, &n))
		return false;
	*uid = (uid_t)n;
	return true;
}

static bool fits_unit(const char *pattern, const char *name)
{
	size_t len = strlen(pattern);

	if (strpbrk(pattern, "*?["))
		return fnmatch(pattern, name, FNM_NOESCAPE) == 0;
	return strncmp(name, pattern, len) == 0 &&
	       strcmp(name + len, is_unit(pattern, true) ? "" : ".service") == 0;
}

bool cgroup_path_has_unit(const char *path, const char *pattern)
{
	const char *suffix = strrchr(pattern, '.');
	bool is_slice = suffix && strcmp(suffix, ".slice") == 0;
	char name[CGROUP_PATH_NAME], shown[4 * CGROUP_PATH_NAME];

	while (cgroup_path_next(&path, name)) {
		if (!is_unit(name, is_slice))
			continue;
		if (fits_unit(pattern, name))
			return true;
		/* As it is escaped in a table, and in raw values. */
		for (size_t i = 0; i < 2 && strstr(pattern, "\\x"); i++) {
			text_escape(shown, sizeof(shown), name, strlen(name), i ? TEXT_BLANKS : 0);
			if (fits_unit(pattern, shown))
				return true;
		}
	}
	return false;
}

/* 64 hexadecimal digits, perhaps between "docker-" and ".scope"; 12 are shown. */
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
					      "/sys/fs/cgroup/systemd", "/sys/fs/cgroup" };

	while (path[0] == '/' && path[1] == '/')
		path++;
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		size_t len = strlen(mounts[i]);

		if (strncmp(path, mounts[i], len) == 0 && (path[len] == '/' || !path[len]))
			return path[len] ? path + len : "/";
	}
	return path;
}

/* Skips slashes and components "." of a path, which change nothing. */
static const char *skip_empty(const char *path)
{
	while (*path == '/' || (*path == '.' && (path[1] == '/' || !path[1])))
		path++;
	return path;
}

bool cgroup_path_is_below(const char *path, const char *top)
{
	if (*path != '/')
		return false;
	while (*(top = skip_empty(top))) {
		size_t len = strcspn(top, "/");

		if (*path != '/' || strncmp(path + 1, top, len) != 0 ||
		    (path[1 + len] != '/' && path[1 + len] != '\0'))
			return false;
		path += 1 + len;
		top += len;
	}
	return true;
}
