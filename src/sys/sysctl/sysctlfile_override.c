/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sysctlfile_override: the files, read after ours at boot, that give a setting another value. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/sysctl/sysctl_file.h"

#define MAX_FILES 4096

/* NULL: it is no regular file, and sets nothing, or *fault says why it can't be read. */
static char *read_other(const char *path, const char **fault)
{
	char *text = NULL;
	struct stat st;
	int fd, err;

	*fault = NULL;
	if (stat(path, &st) || !S_ISREG(st.st_mode))
		return NULL;
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	err = fd < 0 ? -errno : sysctlfile_read_text(fd, &text, fault);
	if (err && err != -ENOENT && !*fault)
		*fault = strerror(-err);
	if (fd >= 0)
		close(fd);
	return text;
}

/* What the last line of a file that sets it sets it to. false: none does, or *fault says why that can't be told. */
static bool find_value(const char *path, const struct setting *s, long *value, const char **fault)
{
	char *text = read_other(path, fault);
	bool is_set = false;

	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (setting_parse_line(line, strcspn(line, "\n"), s, value) == 0)
			is_set = true;
	}
	free(text);
	return is_set;
}

/*
 * sysctl --system and systemd-sysctl(8) read the files of all these in the order of their names. Of files of one name
 * they take that of the first directory alone: an empty one, or a link to /dev/null, masks the others.
 */
static const char *const dirs[] = { SYSCTLFILE_DIR, "/run/sysctl.d", "/usr/local/lib/sysctl.d",
				    "/usr/lib/sysctl.d", "/lib/sysctl.d" };

struct file {
	char name[NAME_MAX + 1];
	size_t dir;
};

struct files {
	struct file *list;
	size_t n;
};

static bool is_after_ours(const char *name)
{
	size_t len = strlen(name);

	return len > 5 && strcmp(name + len - 5, ".conf") == 0 &&
	       strcmp(name, strrchr(SYSCTLFILE, '/') + 1) > 0;
}

static bool has_name(const struct files *f, const char *name)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->list[i].name, name) == 0)
			return true;
	return false;
}

/* Of a directory that can't be read to its end it is not known what its files set. */
static void add_directory(struct files *f, size_t dir, struct sysctlfile_override *o)
{
	DIR *stream = opendir(dirs[dir]);
	struct dirent *d = NULL;
	struct file *grown;

	while (stream && (errno = 0, d = readdir(stream))) {
		if (!is_after_ours(d->d_name) || has_name(f, d->d_name))
			continue;
		errno = EFBIG;
		grown = f->n < MAX_FILES ? reallocarray(f->list, f->n + 1, sizeof(*grown)) : NULL;
		if (!grown)
			break;
		f->list = grown;
		snprintf(grown[f->n].name, sizeof(grown->name), "%s", d->d_name);
		grown[f->n++].dir = dir;
	}
	if (errno && errno != ENOENT && !o->fault) {
		o->fault = errno == EFBIG ? "it holds too many files" : strerror(errno);
		snprintf(o->path, sizeof(o->path), "%s", dirs[dir]);
	}
	if (stream)
		closedir(stream);
}

static int compare_last_first(const void *va, const void *vb)
{
	const struct file *a = va, *b = vb;

	return strcmp(b->name, a->name);
}

/* Whether it sets the setting, no matter to what; *is_other: to another value. The first in doubt is kept. */
static bool look_into(struct sysctlfile_override *o, const char *path,
		      const struct sysctl_change *change, bool *is_other)
{
	const char *fault;
	long value;
	bool is_set = find_value(path, change->setting, &value, &fault);

	*is_other = is_set && value != change->value;
	if (*is_other || (fault && !o->fault)) {
		snprintf(o->path, sizeof(o->path), "%s", path);
		o->fault = fault;
	}
	return is_set;
}

bool sysctlfile_find_override(const struct sysctl_change *change, struct sysctlfile_override *o)
{
	char path[SYSCTLFILE_PATH_MAX];
	struct files f = { .n = 0 };
	bool is_set = false, is_other;

	o->fault = NULL;
	/* sysctl --system alone reads this one, at the very end. */
	look_into(o, "/etc/sysctl.conf", change, &is_other);
	if (is_other)
		return true;
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		add_directory(&f, i, o);
	if (f.n)
		qsort(f.list, f.n, sizeof(*f.list), compare_last_first);
	for (size_t i = 0; !is_set && i < f.n; i++) {
		snprintf(path, sizeof(path), "%s/%s", dirs[f.list[i].dir], f.list[i].name);
		is_set = look_into(o, path, change, &is_other);
	}
	free(f.list);
	return is_other || o->fault;
}
