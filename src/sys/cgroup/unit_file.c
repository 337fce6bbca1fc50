/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit_file: the OOMScoreAdjust= that the files of a systemd unit declare. */
#include "sys/cgroup/unit_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/num.h"
#include "oom/rules/adj.h"

#define MAX_SIZE  65536
#define MAX_NAMES 64

/* In descending priority. */
static const char *const system_dirs[] = {
	"/etc/systemd/system.control",   "/run/systemd/system.control", "/run/systemd/transient",
	"/etc/systemd/system",           "/run/systemd/system",         "/run/systemd/generator",
	"/usr/local/lib/systemd/system", "/usr/lib/systemd/system",     NULL,
};
static const char *const user_dirs[] = {
	"/etc/systemd/user",
	"/run/systemd/user",
	"/usr/local/lib/systemd/user",
	"/usr/lib/systemd/user",
	NULL,
};

/* Takes the next line of *text, with its continuation lines; comments between these are omitted. */
static char *next_line(char **text)
{
	char *line = *text, *end = line;
	bool is_open = line;

	while (is_open && *text) {
		char *part = strsep(text, "\n"), *first = part + strspn(part, " \t");
		bool is_comment = *first == '#' || *first == ';';
		size_t len = strlen(part);

		/* The line still ends with the blank that replaced a backslash. */
		if (end > line && is_comment)
			continue;
		is_open = !is_comment && len && part[len - 1] == '\\';
		if (is_open)
			part[len - 1] = ' ';
		memmove(end, part, len + 1);
		end += len;
	}
	return line;
}

/*
 * The section of a unit file, or of a drop-in in TYPE.d or NAME.TYPE.d, in which OOMScoreAdjust= is
 * valid; see systemd.exec(5). systemd ignores it elsewhere. NULL: there is none.
 */
static const char *section_of(const char *path)
{
	static const struct {
		const char *type, *section;
	} list[] = {
		{ "service", "[Service]" },
		{ "socket", "[Socket]" },
		{ "mount", "[Mount]" },
		{ "swap", "[Swap]" },
	};
	const char *base = strrchr(path, '/'), *dot = base ? strrchr(base, '.') : NULL;
	const char *end = path + strlen(path), *type;

	if (dot && strcmp(dot, ".conf") == 0)
		end = base - (base - path > 2 ? 2 : 0); /* without ".d" */
	for (type = end; type > path && type[-1] != '.' && type[-1] != '/';)
		type--;
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if ((size_t)(end - type) == strlen(list[i].type) &&
		    strncmp(type, list[i].type, strlen(list[i].type)) == 0)
			return list[i].section;
	return NULL;
}

/* The last assignment in a file takes effect; an empty one cancels earlier ones. */
static void parse(char *text, struct unit_file *f, const char *path, time_t changed)
{
	static const char key[] = "OOMScoreAdjust";
	const char *section = section_of(path);
	bool is_valid = false;

	for (char *line; (line = next_line(&text));) {
		char *value;
		int64_t adj;

		line += strspn(line, " \t");
		if (*line == '[')
			is_valid = section && strncmp(line, section, strlen(section)) == 0;
		value = line + sizeof(key) - 1;
		if (!is_valid || strncmp(line, key, sizeof(key) - 1) ||
		    (value += strspn(value, " \t"), *value != '='))
			continue;
		value += 1 + strspn(value + 1, " \t");
		value[strcspn(value, " \t\r")] = '\0';
		f->has_line |= !*value;
		if (!*value)
			*f->path = '\0';
		if (num_parse(value, ADJ_NEVER, ADJ_MAX, &adj))
			continue;
		f->has_line = true;
		f->adj = (int)adj;
		f->changed = changed;
		snprintf(f->path, sizeof(f->path), "%s", path);
	}
}

/* false: there is no such regular file. */
static bool read_file(const char *path, struct unit_file *f)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *text = malloc(MAX_SIZE);
	struct stat st;
	ssize_t n = -1;

	if (fd >= 0 && text && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		n = read(fd, text, MAX_SIZE - 1);
	if (n >= 0) {
		text[n] = '\0';
		/* A package manager sets the time of the contents to that of the package. */
		parse(text, f, path, st.st_ctime);
	}
	if (fd >= 0)
		close(fd);
	free(text);
	return n >= 0;
}

static const char *base_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

/* Of drop-ins with the same name, the first that is found takes effect. */
static void add_dropins(struct unit_file_list *d, const char *dir)
{
	DIR *stream = opendir(dir);
	const struct dirent *entry;

	while (stream && d->n_dropins < UNIT_FILE_DROPINS && (entry = readdir(stream))) {
		size_t len = strlen(entry->d_name), i = 0;

		while (i < d->n_dropins && strcmp(base_name(d->dropins[i]), entry->d_name) != 0)
			i++;
		if (i == d->n_dropins && len > 5 && strcmp(entry->d_name + len - 5, ".conf") == 0 &&
		    asprintf(&d->dropins[d->n_dropins], "%s/%s", dir, entry->d_name) > 0)
			d->n_dropins++;
	}
	if (stream)
		closedir(stream);
}

static int compare_names(const void *va, const void *vb)
{
	char *const *a = va, *const *b = vb;

	return strcmp(base_name(*a), base_name(*b));
}

struct unit_names {
	char names[MAX_NAMES][NAME_MAX + 1];
	size_t n;
};

/*
 * Adds the names whose drop-ins apply to a unit, in descending priority: its own; those of its
 * template; and those of a name that is cut after a dash, "a-.service" for "a-b.service" and for
 * the template "a-b@.service". The order is systemd's.
 */
static void add_names(struct unit_names *u, const char *name)
{
	const char *type = strrchr(name, '.'), *at = strchr(name, '@');
	int len = (int)((at ? at : type) - name), dash = len - 1;
	bool is_instance = at && at + 1 < type;
	char other[NAME_MAX + 1];

	if (u->n == MAX_NAMES)
		return;
	snprintf(u->names[u->n++], sizeof(u->names[0]), "%s", name);
	if (is_instance) {
		snprintf(other, sizeof(other), "%.*s@%s", len, name, type);
		add_names(u, other);
	}
	while (dash > 0 && name[dash - 1] != '-')
		dash--;
	if (dash > 0) {
		snprintf(other, sizeof(other), "%.*s%s", dash, name, is_instance ? at : type);
		add_names(u, other);
	}
}

void unit_file_find(const char *const *dirs, const char *unit, struct unit_file_list *d)
{
	const char *at = strchr(unit, '@'), *type = strrchr(unit, '.');
	bool is_instance = at && type && at + 1 < type;
	struct unit_names u = { .n = 0 };
	char path[PATH_MAX];
	struct stat st;

	if (strchr(unit, '/') || !type || (at && at > type) || strlen(unit) > NAME_MAX)
		return;
	add_names(&u, unit);
	/* The unit file is its own or that of its template, which is the second name. */
	for (size_t k = 0; k < (is_instance ? 2 : 1); k++)
		for (size_t i = 0; dirs[i] && !*d->fragment; i++) {
			snprintf(path, sizeof(path), "%s/%s", dirs[i], u.names[k]);
			if (stat(path, &st) == 0)
				snprintf(d->fragment, sizeof(d->fragment), "%s", path);
		}
	/* Those of "service.d" apply to all services. */
	for (size_t k = 0; k <= u.n; k++)
		for (size_t i = 0; dirs[i]; i++) {
			snprintf(path, sizeof(path), "%s/%s.d", dirs[i],
				 k < u.n ? u.names[k] : type + 1);
			add_dropins(d, path);
		}
	if (d->n_dropins)
		qsort(d->dropins, d->n_dropins, sizeof(d->dropins[0]), compare_names);
}

void unit_file_list_free(struct unit_file_list *d)
{
	while (d->n_dropins)
		free(d->dropins[--d->n_dropins]);
}

bool unit_file_is_mask(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISDIR(st.st_mode) && st.st_size == 0;
}

int unit_file_read_adj(const char *unit, bool is_user, struct unit_file *f)
{
	struct unit_file_list d = { .n_dropins = 0 };

	memset(f, 0, sizeof(*f));
	unit_file_find(is_user ? user_dirs : system_dirs, unit, &d);
	if (*d.fragment)
		read_file(d.fragment, f);
	for (size_t i = 0; i < d.n_dropins; i++)
		read_file(d.dropins[i], f);
	unit_file_list_free(&d);
	return *f->path ? 0 : -ENOENT;
}

bool unit_file_is_newer(const struct unit_file *f, uint64_t boot, uint64_t start_ticks)
{
	uint64_t start = boot + start_ticks / (uint64_t)sysconf(_SC_CLK_TCK) + 1;

	return boot && f->changed > (time_t)start;
}

int unit_file_read_one(const char *path, int *adj)
{
	struct unit_file f = { .adj = 0 };

	if (!read_file(path, &f) || !f.has_line)
		return -ENOENT;
	*adj = f.adj;
	return *f.path ? 0 : -ENODATA;
}
