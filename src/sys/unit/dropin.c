/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dropin: a file of this program in UNIT.d, which sets one setting of a systemd unit. */
#include "sys/unit/dropin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "oom/rules/adj.h"
#include "oom/rules/unit_effect.h"
#include "sys/priv/root_file.h"

#define LOCK_FILE "." DROPIN_FILE ".lock"

#define FILE_NAME_MAX 48

#define TEXT_SIZE 512
#define MARK      "# Written by oomctl for "
#define VALUE_MAX 16

#define DIRECTORY (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static const char *const policies[] = {
	[OOM_POLICY_NONE] = "",
	[OOM_POLICY_STOP] = "stop",
	[OOM_POLICY_KILL] = "kill",
	[OOM_POLICY_CONTINUE] = "continue",
};

const struct dropin_setting dropin_adj = { DROPIN_FILE, "OOMScoreAdjust", "adj",
					   NULL,        ADJ_NEVER,        ADJ_MAX };
const struct dropin_setting dropin_policy = { DROPIN_GROUP_FILE, "OOMPolicy",
					      "OOMPolicy",       policies,
					      OOM_POLICY_STOP,   OOM_POLICY_CONTINUE };

static void format_value(const struct dropin_setting *s, int value, char text[VALUE_MAX])
{
	if (s->words)
		snprintf(text, VALUE_MAX, "%s", s->words[value]);
	else
		snprintf(text, VALUE_MAX, "%d", value);
}

static void print(const struct dropin *d, int value, bool owns_dir, char text[TEXT_SIZE])
{
	char word[VALUE_MAX];

	format_value(d->setting, value, word);
	snprintf(text, TEXT_SIZE,
		 MARK "%s %s. It is replaced or removed only if it is unchanged.\n"
		      "# Other settings belong in another file, such as 70-local.conf.\n"
		      "%s[%s]\n%s=%s\n",
		 d->setting->mark, word, owns_dir ? "# Its directory was made for it.\n" : "",
		 d->section, d->setting->key, word);
}

/* The name of the file, or of another beside it. Returns buf. */
static const char *file_name(const struct dropin *d, const char *suffix, char buf[FILE_NAME_MAX])
{
	snprintf(buf, FILE_NAME_MAX, "%s%s", d->setting->file, suffix);
	return buf;
}

/* Why a directory is refused; NULL: it is accepted. */
static const char *find_fault(const struct stat *st, uid_t owner)
{
	if (S_ISLNK(st->st_mode))
		return "is a symbolic link";
	if (!S_ISDIR(st->st_mode))
		return "is not a directory";
	if (st->st_uid != owner)
		return owner ? "belongs to another user" : "does not belong to root";
	if (owner == 0 && st->st_mode & (S_IWGRP | S_IWOTH))
		return "can be written to by users other than root";
	return NULL;
}

/*
 * A handle of the directory name in at. -ENOENT: there is none. -EPERM: it is refused. why: the
 * reason. path: for why.
 */
static int open_directory(int at, const char *name, uid_t owner, const char *path,
			  char why[DROPIN_WHY])
{
	int dir = openat(at, name, DIRECTORY), err = dir < 0 ? -errno : 0;
	const char *fault = NULL;
	struct stat st;

	if (dir < 0 && err == -ENOENT)
		return err;
	/* Of what could not be opened, such as a link, the kind is the reason. */
	if (dir >= 0 ? fstat(dir, &st) : fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW))
		err = err ? err : -errno;
	else
		fault = find_fault(&st, owner);
	if (fault)
		err = -EPERM;
	if (!err)
		return dir;
	snprintf(why, DROPIN_WHY, "%.200s%s %s", path, fault ? "" : ":",
		 fault ? fault : strerror(-err));
	if (dir >= 0)
		close(dir);
	return err;
}

/* Root follows no link. Another user acts with no rights but its own, and can have links there. */
static int open_base(const struct dropin_base *b, char why[DROPIN_WHY])
{
	char path[PATH_MAX], shown[PATH_MAX], *rest, *name;
	int dir, next;

	if (b->owner) {
		dir = open(b->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (dir < 0) {
			int err = -errno;

			snprintf(why, DROPIN_WHY, "%.200s: %s", b->path, strerror(-err));
			return err;
		}
		next = open_directory(dir, ".", b->owner, b->path, why);
		close(dir);
		return next;
	}
	snprintf(path, sizeof(path), "%s", b->path);
	dir = open_directory(AT_FDCWD, "/", 0, "/", why);
	for (rest = path; dir >= 0 && (name = strsep(&rest, "/"));) {
		if (!*name)
			continue;
		snprintf(shown, sizeof(shown), "%.*s", (int)(name - path + (int)strlen(name)),
			 b->path);
		next = open_directory(dir, name, 0, shown, why);
		close(dir);
		dir = next;
	}
	return dir;
}

int dropin_base_open(struct dropin_base *b, const char *path, uid_t owner, char why[DROPIN_WHY])
{
	*b = (struct dropin_base){ .owner = owner, .dir = -1, .lock = -1 };
	snprintf(b->path, sizeof(b->path), "%s", path);
	b->dir = open_base(b, why);
	if (b->dir >= 0)
		return 0;
	return b->dir == -ENOENT ? 0 : b->dir;
}

/* Makes the directories of the path that do not exist, for the user who owns the last. */
static int make_base(struct dropin_base *b)
{
	char path[PATH_MAX];

	for (const char *end = b->path; end;) {
		end = strchr(end + 1, '/');
		snprintf(path, sizeof(path), "%.*s",
			 (int)(end ? (size_t)(end - b->path) : strlen(b->path)), b->path);
		if (mkdir(path, 0755) == 0)
			b->n_made++;
		else if (errno != EEXIST)
			return -errno;
	}
	return 0;
}

int dropin_base_lock(struct dropin_base *b, char why[DROPIN_WHY])
{
	int err = 0;

	if (b->dir < 0 && b->owner)
		err = make_base(b);
	if (!err && b->dir < 0) {
		b->dir = open_base(b, why);
		if (b->dir < 0 && b->dir != -ENOENT)
			return b->dir;
		err = b->dir < 0 ? b->dir : 0;
	}
	if (!err) {
		b->lock = root_file_lock(b->dir, LOCK_FILE);
		err = b->lock < 0 ? b->lock : 0;
	}
	if (err)
		snprintf(why, DROPIN_WHY, "%.200s: %s", b->path,
			 err == -EBUSY    ? "another run of " PROGRAM_NAME " is changing it"
			 : err == -EEXIST ? LOCK_FILE " exists and is not a lock file"
					  : strerror(-err));
	return err;
}

void dropin_base_close(struct dropin_base *b, bool undo)
{
	if (b->lock >= 0)
		root_file_remove_lock(b->dir, LOCK_FILE, b->lock);
	if (b->dir >= 0)
		close(b->dir);
	b->dir = b->lock = -1;
	for (; undo && b->n_made; b->n_made--) {
		rmdir(b->path);
		*strrchr(b->path, '/') = '\0';
	}
}

/* -EEXIST: not what this program writes. */
static int parse(struct dropin *d, const char *text, char why[DROPIN_WHY])
{
	bool is_marked = strncmp(text, MARK, strlen(MARK)) == 0;
	char again[TEXT_SIZE];

	for (int value = d->setting->min; is_marked && value <= d->setting->max; value++) {
		for (int owns = 0; owns < 2; owns++) {
			print(d, value, owns, again);
			d->value = value;
			d->owns_dir = owns;
			if (strcmp(text, again) == 0)
				return 0;
		}
	}
	snprintf(why, DROPIN_WHY, "%s",
		 is_marked ? "it was edited since " PROGRAM_NAME
			     " wrote it; rename it, or remove it"
			   : PROGRAM_NAME " did not write it; rename it, or remove it");
	return -EEXIST;
}

/* 0, also if there is no file. */
static int read_file(struct dropin *d, const char *name, char why[DROPIN_WHY])
{
	char text[TEXT_SIZE + 1];
	struct stat st;
	ssize_t n = 0;
	int fd, err = 0;

	d->has_file = false;
	if (fstatat(d->dir, name, &st, AT_SYMLINK_NOFOLLOW)) {
		err = errno == ENOENT ? 0 : -errno;
	} else if (!S_ISREG(st.st_mode)) {
		snprintf(why, DROPIN_WHY, "it is not a regular file");
		return -EEXIST;
	} else {
		fd = openat(d->dir, name,
			    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		n = fd < 0 ? -1 : read(fd, text, TEXT_SIZE);
		err = n < 0 ? -errno : 0;
		if (fd >= 0)
			close(fd);
		if (!err) {
			text[n] = '\0';
			d->has_file = true;
			return parse(d, text, why);
		}
	}
	if (err)
		snprintf(why, DROPIN_WHY, "%s", strerror(-err));
	return err;
}

/*
 * An earlier run was killed before it removed the copy of the file, or before it said that its
 * change is final. What it wrote is kept, and what it removed comes back.
 */
static int recover(struct dropin *d, char why[DROPIN_WHY])
{
	char old[FILE_NAME_MAX], ignored[DROPIN_WHY];
	struct dropin earlier = *d;

	file_name(d, DROPIN_OLD, old);
	if (read_file(&earlier, old, ignored) || !earlier.has_file)
		return 0;
	d->was_interrupted = true;
	d->earlier_value = earlier.value;
	if (d->has_file || d->base->lock < 0)
		return d->base->lock >= 0 && unlinkat(d->dir, old, 0) ? -errno : 0;
	if (renameat(d->dir, old, d->dir, d->setting->file))
		return -errno;
	return read_file(d, d->setting->file, why);
}

int dropin_open(struct dropin *d, const struct dropin_base *b, const struct dropin_setting *setting,
		const char *unit, const char *section, char why[DROPIN_WHY])
{
	int err;

	*d = (struct dropin){ .base = b, .setting = setting, .section = section, .dir = -1 };
	snprintf(d->unit, sizeof(d->unit), "%.253s.d", unit);
	snprintf(d->path, sizeof(d->path), "%s/%s/%s", b->path, d->unit, setting->file);
	if (!text_quote(d->shown, sizeof(d->shown), d->path))
		text_copy(d->shown, sizeof(d->shown), d->path, strlen(d->path));
	if (b->dir < 0)
		return 0;
	d->dir = open_directory(b->dir, d->unit, b->owner, d->unit, why);
	if (d->dir == -ENOENT) {
		d->dir = -1;
		return 0;
	}
	err = d->dir < 0 ? d->dir : read_file(d, setting->file, why);
	if (!err && (err = recover(d, why)) && err != -EEXIST)
		snprintf(why, DROPIN_WHY, "%s", strerror(-err));
	return err;
}

bool dropin_is_at(const struct dropin *d, const char *path)
{
	struct stat own, other;

	if (strcmp(path, d->path) == 0)
		return true;
	return d->dir >= 0 && fstatat(d->dir, d->setting->file, &own, AT_SYMLINK_NOFOLLOW) == 0 &&
	       lstat(path, &other) == 0 && own.st_dev == other.st_dev && own.st_ino == other.st_ino;
}

int dropin_try(const struct dropin *d)
{
	const char *path = d->base->path;
	char above[PATH_MAX];

	if (d->dir >= 0 || d->base->dir >= 0)
		return faccessat(d->dir >= 0 ? d->dir : d->base->dir, ".", W_OK | X_OK, AT_EACCESS)
			       ? -errno
			       : 0;
	/* The nearest directory that exists. */
	snprintf(above, sizeof(above), "%s", path);
	while (faccessat(AT_FDCWD, *above ? above : "/", W_OK | X_OK, AT_EACCESS)) {
		if (errno != ENOENT || !*above)
			return -errno;
		*strrchr(above, '/') = '\0';
	}
	return 0;
}

/* A new name in the directory is on disk only after this. */
static int sync_directory(int dir)
{
	return fsync(dir) && errno != EINVAL ? -errno : 0;
}

static int make_directory(struct dropin *d)
{
	char why[DROPIN_WHY];

	if (mkdirat(d->base->dir, d->unit, 0755) == 0)
		d->is_made = d->owns_dir = true;
	else if (errno != EEXIST)
		return -errno;
	d->dir = open_directory(d->base->dir, d->unit, d->base->owner, d->unit, why);
	if (d->dir < 0) {
		int err = d->dir;

		d->dir = -1;
		return err;
	}
	/* The caller's umask does not matter. */
	if (d->is_made && fchmod(d->dir, 0755))
		return -errno;
	return d->is_made ? sync_directory(d->base->dir) : 0;
}

int dropin_write(struct dropin *d, int value)
{
	const struct stat like = { .st_mode = 0644, .st_gid = getegid() };
	const char *file = d->setting->file;
	char text[TEXT_SIZE], old[FILE_NAME_MAX];
	int err = d->dir < 0 ? make_directory(d) : 0;

	if (err)
		return err;
	print(d, value, d->owns_dir, text);
	file_name(d, DROPIN_OLD, old);
	unlinkat(d->dir, old, 0);
	if (d->has_file && linkat(d->dir, file, d->dir, old, 0))
		return -errno;
	d->is_saved = d->has_file;
	err = root_file_replace(d->dir, file, text, &like);
	if (err)
		return err;
	d->is_written = true;
	return sync_directory(d->dir);
}

int dropin_remove(struct dropin *d)
{
	char old[FILE_NAME_MAX];

	if (renameat(d->dir, d->setting->file, d->dir, file_name(d, DROPIN_OLD, old)))
		return -errno;
	d->is_saved = d->is_removed = true;
	return sync_directory(d->dir);
}

int dropin_undo(struct dropin *d)
{
	const char *file = d->setting->file;
	char old[FILE_NAME_MAX];
	int err = 0;

	file_name(d, DROPIN_OLD, old);
	if (d->is_written || d->is_removed) {
		if (d->is_saved ? renameat(d->dir, old, d->dir, file) : unlinkat(d->dir, file, 0))
			err = -errno;
	} else if (d->is_saved) {
		unlinkat(d->dir, old, 0);
	}
	if (d->is_made && unlinkat(d->base->dir, d->unit, AT_REMOVEDIR) && !err)
		err = -errno;
	d->is_made = d->is_saved = d->is_written = d->is_removed = false;
	return err;
}

void dropin_keep(struct dropin *d)
{
	char name[FILE_NAME_MAX];

	if (d->is_saved)
		unlinkat(d->dir, file_name(d, DROPIN_OLD, name), 0);
	if (d->is_removed && d->owns_dir) {
		unlinkat(d->dir, file_name(d, ROOT_FILE_NEW, name), 0);
		unlinkat(d->base->dir, d->unit, AT_REMOVEDIR);
	}
	d->is_made = d->is_saved = d->is_written = d->is_removed = false;
}

void dropin_close(struct dropin *d)
{
	if (d->dir >= 0)
		close(d->dir);
	d->dir = -1;
}
