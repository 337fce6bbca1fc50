/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rule_files: finds, checks and reads the *.rules files. */
#include "sys/standing/rule_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/array.h"
#include "base/text.h"
#include "sys/cgroup/path.h"
#include "sys/priv/root_file.h"
#include "sys/proc/procfs.h"

static int add_problem(struct rule_files *r, const char *path, const struct standing_error *e,
		       bool is_warning)
{
	struct rule_files_problem *p;

	r->n_errors += !is_warning;
	if (r->n_problems >= RULE_FILES_MAX_PROBLEMS) {
		r->n_problems++;
		return 0;
	}
	if (array_grow(&r->problems, &r->problems_room, r->n_problems + 1))
		return -ENOMEM;
	p = &r->problems[r->n_problems];
	*p = (struct rule_files_problem){ .path = strdup(path),
					  .err = *e,
					  .is_warning = is_warning };
	if (!p->path)
		return -ENOMEM;
	r->n_problems++;
	return 0;
}

__attribute__((format(printf, 3, 4))) static int refuse(struct rule_files *r, const char *path,
							const char *fmt, ...)
{
	struct standing_error e = { 0 };
	va_list args;

	va_start(args, fmt);
	vsnprintf(e.what, sizeof(e.what), fmt, args);
	va_end(args);
	return add_problem(r, path, &e, false);
}

static int refuse_unsafe(struct rule_files *r, const char *path, bool is_dir)
{
	size_t n = r->n_problems;
	int err =
		refuse(r, path, "ignored, because users other than root can change or replace it");

	if (!err && n < RULE_FILES_MAX_PROBLEMS) {
		r->problems[n].is_unsafe = true;
		r->problems[n].is_dir = is_dir;
	}
	return err;
}

/* Appends a file, which owns text. */
static int add_file(struct rule_files *r, const char *path, char *text, bool is_disabled)
{
	struct rule_files_file *f;

	if (array_grow(&r->files, &r->files_room, r->n_files + 1)) {
		free(text);
		return -ENOMEM;
	}
	f = &r->files[r->n_files++];
	*f = (struct rule_files_file){ .path = strdup(path),
				       .text = text,
				       .is_disabled = is_disabled };
	return f->path ? 0 : -ENOMEM;
}

/* Adds a warning if the rule depends on cgroups and the kernel has none. */
static int check_cgroups(struct rule_files *r, const char *path, const struct standing_rule *rule)
{
	struct standing_error none = { rule->line, standing_cgroup_column(rule),
				       "this kernel has no cgroups (CONFIG_CGROUPS): the rule "
				       "matches nothing" };
	int proc = none.column ? procfs_open() : -1;
	bool has_cgroups = proc < 0 || cgroup_path_is_supported(proc);

	if (proc >= 0)
		close(proc);
	return has_cgroups ? 0 : add_problem(r, path, &none, true);
}

/* Compiles n parsed rules. All or none are added. */
static int add_rules(struct rule_files *r, const char *path, const struct standing_rule *parsed,
		     size_t n, struct standing_errors *e)
{
	struct match_set *s = &r->set;
	size_t size = s->pattern_size, n_before = e->n, done = 0;
	struct match_rule *grown = reallocarray(s->rules, s->n + n, sizeof(*grown));
	int err = 0;

	if (!grown)
		return -ENOMEM;
	s->rules = grown;
	for (; done < n; done++) {
		struct match_rule *m = &s->rules[s->n + done];
		struct standing_error unknown = { parsed[done].line,
						  parsed[done].columns[STANDING_USER], "" };

		err = match_compile(&parsed[done], m, &size, e);
		/* All errors are listed, but of patterns that are too long together one. */
		if (err == -EINVAL && size > MATCH_SIZE_MAX)
			break;
		if (err == -EINVAL)
			err = 0;
		m->rule.file = (uint16_t)(r->n_files - 1);
		if (err == -ENOENT) {
			snprintf(unknown.what, sizeof(unknown.what),
				 "no such user: '%.64s': the rule matches nothing",
				 parsed[done].values[STANDING_USER]);
			err = add_problem(r, path, &unknown, true);
		}
		err = err ? err : check_cgroups(r, path, &parsed[done]);
		if (err)
			break;
	}
	if (e->n == n_before && !err) {
		for (size_t i = 0; i < n; i++)
			s->has_children |= parsed[i].has_children;
		s->n += n;
		s->pattern_size = size;
		return 0;
	}
	while (done-- > 0)
		match_free(&s->rules[s->n + done]);
	return err == -EINVAL ? 0 : err;
}

int rule_files_add(struct rule_files *r, const char *path, char *text, size_t len)
{
	struct standing_errors e = { .n = 0 };
	struct standing_error more = { 0 };
	size_t n, room = STANDING_MAX_RULES - r->set.n, listed;
	struct standing_rule *parsed = malloc((room + 1) * sizeof(*parsed));
	int err = add_file(r, path, text, false);
	struct rule_files_file *f = err ? NULL : &r->files[r->n_files - 1];

	if (!err && !parsed)
		err = -ENOMEM;
	/* Parsing changes the text. */
	if (!err) {
		f->source = malloc(len + 1);
		f->len = len;
		if (f->source)
			memcpy(f->source, text, len);
		else
			err = -ENOMEM;
	}
	if (!err && standing_parse(text, len, parsed, room, &n, &e) == 0 && n)
		err = add_rules(r, path, parsed, n, &e);
	free(parsed);
	listed = e.n < STANDING_MAX_ERRORS ? e.n : STANDING_MAX_ERRORS;
	for (size_t i = 0; !err && i < listed; i++)
		err = add_problem(r, path, &e.list[i], false);
	if (!err && e.n > listed) {
		snprintf(more.what, sizeof(more.what), "%zu more errors", e.n - listed);
		err = add_problem(r, path, &more, false);
	}
	return err;
}

/* Reads a whole file of rules. *text: the caller frees it. *why: the reason of -EINVAL. */
static int read_text(int fd, char **text, size_t *len, const char **why)
{
	struct stat before, after;
	size_t at = 0;
	ssize_t n = 1;

	*text = NULL;
	*why = NULL;
	if (fstat(fd, &before))
		return -errno;
	if (before.st_size > STANDING_MAX_BYTES) {
		*why = "longer than 262144 bytes";
		return -EINVAL;
	}
	/* One byte more than the size shows a file that grows. */
	*text = malloc((size_t)before.st_size + 2);
	if (!*text)
		return -ENOMEM;
	while (n && at <= (size_t)before.st_size) {
		n = read(fd, *text + at, (size_t)before.st_size + 1 - at);
		if (n < 0 && errno != EINTR)
			return -errno;
		at += n > 0 ? (size_t)n : 0;
	}
	*len = at;
	if (fstat(fd, &after))
		return -errno;
	/* A partial file may lack the rule that should decide. */
	if (after.st_size != before.st_size || (off_t)at != after.st_size ||
	    after.st_mtim.tv_sec != before.st_mtim.tv_sec ||
	    after.st_mtim.tv_nsec != before.st_mtim.tv_nsec) {
		*why = "changed while it was read";
		return -EAGAIN;
	}
	return 0;
}

int rule_files_read(const char *path, char **text, size_t *len, const char **why)
{
	int fd = procfs_reopen(open(path, O_PATH | O_CLOEXEC), procfs_check_regular), err;

	*text = NULL;
	if (fd == -EINVAL)
		*why = "is not a regular file";
	if (fd < 0)
		return fd;
	err = read_text(fd, text, len, why);
	close(fd);
	if (err) {
		free(*text);
		*text = NULL;
	}
	return err;
}

/* An error that says nothing about the file. */
static bool can_pass(int err)
{
	switch (err) {
	case -EMFILE:
	case -ENFILE:
	case -ENOMEM:
	case -EIO:
	case -EINTR:
	case -EAGAIN:
	case -ESTALE:
	case -ETIMEDOUT:
		return true;
	default:
		return false;
	}
}

static const struct rule_files_file *find_file(const struct rule_files *r, const char *path)
{
	for (size_t i = 0; r && i < r->n_files; i++)
		if (strcmp(r->files[i].path, path) == 0)
			return &r->files[i];
	return NULL;
}

/* Takes the rules that the file had before. */
static int keep_file(struct rule_files *r, const char *path, const struct rule_files *before,
		     const char *why)
{
	const struct rule_files_file *f = find_file(before, path);
	char *text;
	int err;

	r->must_load_again = true;
	if (!f || !f->source || f->len > RULE_FILES_MAX_BYTES - r->bytes)
		return refuse(r, path, "ignored: %s", why);
	err = refuse(r, path, "cannot be read: %s; its rules from before stay in effect", why);
	text = malloc(f->len + 1);
	if (err || !text) {
		free(text);
		return -ENOMEM;
	}
	memcpy(text, f->source, f->len);
	r->bytes += f->len;
	return rule_files_add(r, path, text, f->len);
}

static bool is_trusted(uid_t owner, bool takes_own)
{
	return owner == 0 || (takes_own && owner == geteuid());
}

static int read_file(struct rule_files *r, const char *path, bool takes_own,
		     const struct rule_files *before)
{
	const char *why = NULL;
	uid_t owner = 0;
	char *text = NULL;
	size_t len = 0;
	int fd = root_file_open(path, &owner), err;

	if (fd == -EPERM || (fd >= 0 && !is_trusted(owner, takes_own))) {
		if (fd >= 0)
			close(fd);
		return refuse_unsafe(r, path, false);
	}
	if (fd == -EINVAL)
		return refuse(r, path, "ignored: it is not a regular file");
	if (can_pass(fd))
		return keep_file(r, path, before, strerror(-fd));
	if (fd < 0)
		return refuse(r, path, "ignored: %s", strerror(-fd));
	err = read_text(fd, &text, &len, &why);
	close(fd);
	if (!err && len > RULE_FILES_MAX_BYTES - r->bytes) {
		why = "with it, all files are longer than 4194304 bytes";
		err = -EINVAL;
	}
	if (!err) {
		r->bytes += len;
		return rule_files_add(r, path, text, len);
	}
	free(text);
	if (can_pass(err))
		return keep_file(r, path, before, why ? why : strerror(-err));
	return refuse(r, path, "ignored: %s", why ? why : strerror(-err));
}

struct file_name {
	char name[NAME_MAX + 1];
	const char *dir;
	bool is_disabled;
};

struct file_names {
	struct file_name *list;
	size_t n, room;
};

static bool has_suffix(const char *name)
{
	size_t len = strlen(name), n = strlen(RULE_FILES_SUFFIX);

	return *name != '.' && len > n && strcmp(name + len - n, RULE_FILES_SUFFIX) == 0;
}

static bool has_name(const struct file_names *f, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(f->list[i].name, name) == 0)
			return true;
	return false;
}

/* Adds a name, unless an earlier directory has it. */
static int add_name(struct file_names *f, size_t n_earlier, const char *dir, const char *name)
{
	if (!has_suffix(name) || has_name(f, n_earlier, name))
		return 0;
	if (array_grow(&f->list, &f->room, f->n + 1))
		return -ENOMEM;
	text_copy(f->list[f->n].name, sizeof(f->list->name), name, strlen(name));
	f->list[f->n].dir = dir;
	f->list[f->n++].is_disabled = false;
	return 0;
}

/* A directory that cannot be read has the files from before. */
static int keep_names(struct rule_files *r, const char *dir, int reason, struct file_names *f,
		      const struct rule_files *before)
{
	size_t n_earlier = f->n, len = strlen(dir);
	bool passes = can_pass(reason);
	int err = refuse(r, dir, "%s: %s%s", passes && before ? "cannot be read" : "ignored",
			 strerror(-reason),
			 passes && before ? "; its files from before are used" : "");

	r->must_load_again |= passes;
	for (size_t i = 0; !err && passes && before && i < before->n_files; i++) {
		const char *path = before->files[i].path;
		size_t n = f->n;

		if (strncmp(path, dir, len) != 0 || path[len] != '/' || strchr(path + len + 1, '/'))
			continue;
		err = add_name(f, n_earlier, dir, path + len + 1);
		if (f->n > n)
			f->list[n].is_disabled = before->files[i].is_disabled;
	}
	return err;
}

/* Adds the names in a directory that no earlier one has. */
static int list_names(struct rule_files *r, const char *dir, DIR *stream, struct file_names *f,
		      const struct rule_files *before)
{
	size_t n_earlier = f->n;
	struct dirent *d;
	struct stat st;
	int err;

	while ((errno = 0, d = readdir(stream))) {
		size_t n = f->n;

		if (add_name(f, n_earlier, dir, d->d_name))
			return -ENOMEM;
		if (f->n - n_earlier > RULE_FILES_MAX) {
			f->n = n_earlier;
			return refuse(r, dir, "ignored: it contains more than %d files",
				      RULE_FILES_MAX);
		}
		if (f->n > n)
			f->list[n].is_disabled = fstatat(dirfd(stream), d->d_name, &st, 0) == 0 &&
						 S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
	}
	if (!errno)
		return 0;
	err = -errno;
	f->n = n_earlier;
	return keep_names(r, dir, err, f, before);
}

/* Who can write to a directory can also hide files of the later ones. */
static int list_dir(struct rule_files *r, const char *dir, bool takes_own, struct file_names *f,
		    const struct rule_files *before)
{
	uid_t owner = 0;
	int fd = root_file_open_dir(dir, &owner), err;
	struct stat st;
	DIR *stream;

	if (fd == -ENOENT)
		return takes_own ? refuse(r, dir, "there is no such directory") : 0;
	/* In a sticky directory others can create files, and so hide those of later directories. */
	if (fd >= 0 && (fstat(fd, &st) || (owner == 0 && st.st_mode & (S_IWGRP | S_IWOTH)))) {
		close(fd);
		fd = -EPERM;
	}
	if (fd == -EPERM || (fd >= 0 && !is_trusted(owner, takes_own))) {
		if (fd >= 0)
			close(fd);
		return refuse_unsafe(r, dir, true);
	}
	if (fd < 0)
		return keep_names(r, dir, fd, f, before);
	stream = fdopendir(fd);
	if (!stream) {
		err = -errno;
		close(fd);
		return keep_names(r, dir, err, f, before);
	}
	err = list_names(r, dir, stream, f, before);
	closedir(stream);
	return err;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct file_name *)a)->name, ((const struct file_name *)b)->name);
}

int rule_files_load(struct rule_files *r, const char *const *dirs, size_t n_dirs, bool takes_own,
		    const struct rule_files *before)
{
	struct file_names f = { .n = 0 };
	char path[2 * PATH_MAX];
	int err = 0;

	memset(r, 0, sizeof(*r));
	for (size_t i = 0; !err && i < n_dirs; i++)
		err = list_dir(r, dirs[i], takes_own, &f, before);
	if (f.n)
		qsort(f.list, f.n, sizeof(*f.list), compare_names);
	for (size_t i = 0; !err && i < f.n; i++) {
		snprintf(path, sizeof(path), "%s/%s", f.list[i].dir, f.list[i].name);
		err = f.list[i].is_disabled ? add_file(r, path, NULL, true)
					    : read_file(r, path, takes_own, before);
	}
	free(f.list);
	return err;
}

void rule_files_free(struct rule_files *r)
{
	for (size_t i = 0; i < r->set.n; i++)
		match_free(&r->set.rules[i]);
	for (size_t i = 0; i < r->n_files; i++) {
		free(r->files[i].path);
		free(r->files[i].text);
		free(r->files[i].source);
	}
	for (size_t i = 0; i < r->n_problems && i < RULE_FILES_MAX_PROBLEMS; i++)
		free(r->problems[i].path);
	free(r->set.rules);
	free(r->files);
	free(r->problems);
	memset(r, 0, sizeof(*r));
}
