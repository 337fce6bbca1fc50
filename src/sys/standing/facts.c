/* SPDX-License-Identifier: GPL-2.0-or-later */
/* facts: what rules compare of one process. */
#include "sys/standing/facts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "sys/proc/procfs.h"
#include "sys/scan/find.h"

static void begin(struct facts *f, int proc, struct command_reader *reader)
{
	const struct facts_state unread = { false, 0 };

	f->proc = proc;
	f->reader = reader;
	f->uid_state = f->ppid_state = f->parent_state = unread;
	f->cgroup_state = f->exe_state = f->line_state = unread;
}

int facts_open(struct facts *f, int proc, pid_t pid, struct command_reader *reader)
{
	int err;

	begin(f, proc, reader);
	err = pidref_open(proc, pid, &f->ref);
	f->dir = f->ref.dir;
	f->at = 0;
	if (err)
		return err;
	f->uid_state.is_known = f->ppid_state.is_known = true;
	return f->ref.unkillable != KILLABLE || find_is_excluded(&f->ref);
}

int facts_glance(struct facts *f, int proc, pid_t pid)
{
	ssize_t n;

	begin(f, proc, NULL);
	f->ref = (struct pidref){ .pid = pid, .dir = -1, .unkillable = KILLABLE };
	f->dir = proc;
	f->at = pid;
	n = procfs_read_pid(proc, pid, 0, "comm", f->ref.name, sizeof(f->ref.name));
	if (n <= 0)
		return n == 0 || n == -ENOENT ? -ESRCH : (int)n;
	if (f->ref.name[n - 1] == '\n')
		f->ref.name[n - 1] = '\0';
	return 0;
}

void facts_begin(struct facts *f, int proc, pid_t pid, uint32_t uid)
{
	begin(f, proc, NULL);
	f->ref = (struct pidref){ .pid = pid, .uid = uid, .dir = -1, .unkillable = KILLABLE };
	f->dir = proc;
	f->at = pid;
	f->uid_state.is_known = true;
}

void facts_rename(struct facts *f, const char name[FACTS_NAME], const char parent[FACTS_NAME],
		  pid_t ppid)
{
	text_copy(f->ref.name, sizeof(f->ref.name), name, strnlen(name, FACTS_NAME));
	text_copy(f->parent, sizeof(f->parent), parent, strnlen(parent, FACTS_NAME));
	f->ref.ppid = ppid;
	f->ppid_state.is_known = f->parent_state.is_known = true;
}

void facts_close(struct facts *f)
{
	pidref_close(&f->ref);
}

/* Whether the fact was tried before; then *err is the result. */
static bool is_known(struct facts_state *s, int *err)
{
	bool was_known = s->is_known;

	s->is_known = true;
	*err = s->err;
	return was_known;
}

int facts_read_uid(struct facts *f)
{
	char buf[PROCFS_BUF];
	uint64_t uid;
	ssize_t n;
	int err;

	if (is_known(&f->uid_state, &err))
		return err;
	n = procfs_read_pid(f->proc, f->ref.pid, 0, "status", buf, sizeof(buf));
	if (n > 0 && procfs_find_number(buf, "Uid", &uid))
		f->ref.uid = (uint32_t)uid;
	else
		err = n < 0 ? (int)n : -EIO;
	return f->uid_state.err = err;
}

static int read_stat(const struct facts *f, struct identity *id)
{
	char path[24] = "stat";

	if (f->at)
		snprintf(path, sizeof(path), "%d/stat", (int)f->at);
	return identity_read_stat(f->dir, path, id);
}

int facts_read_ppid(struct facts *f)
{
	struct identity id;
	int err;

	if (is_known(&f->ppid_state, &err))
		return err;
	err = read_stat(f, &id);
	if (!err)
		f->ref.ppid = id.ppid;
	return f->ppid_state.err = err;
}

static int read_parent(struct facts *f)
{
	struct identity now;
	ssize_t n;
	int err = facts_read_ppid(f);

	if (err)
		return err;

	*f->parent = '\0';
	if (f->ref.ppid <= 0)
		return 0;
	n = procfs_read_pid(f->proc, f->ref.ppid, 0, "comm", f->parent, sizeof(f->parent));
	/* If it is still the parent, its PID was not reused meanwhile. */
	if (read_stat(f, &now))
		return -ESRCH;
	if (now.ppid != f->ref.ppid)
		return -EAGAIN;
	if (n < 0)
		return (int)n;
	if (n > 0 && f->parent[n - 1] == '\n')
		f->parent[n - 1] = '\0';
	return 0;
}

int facts_read_parent(struct facts *f)
{
	int err;

	if (!is_known(&f->parent_state, &err))
		err = f->parent_state.err = read_parent(f);
	return err;
}

int facts_read_cgroup(struct facts *f)
{
	int err;

	if (is_known(&f->cgroup_state, &err))
		return err;
	err = cgroup_path_read_both(f->dir, f->at, f->memory, f->systemd);
	/* A kernel without cgroups, or a process in none. */
	if (err == -ENODATA || err == -ENOENT)
		err = 0;
	return f->cgroup_state.err = err;
}

int facts_read_exe(struct facts *f)
{
	int err;

	if (is_known(&f->exe_state, &err))
		return err;
	err = command_read_exe(f->dir, f->at, f->exe, sizeof(f->exe));
	*f->bare_exe = '\0';
	if (err == -ENOENT)
		err = 0;
	memcpy(f->bare_exe, f->exe, strlen(f->exe) + 1);
	if (!find_remove_deleted(f->bare_exe))
		*f->bare_exe = '\0';
	return f->exe_state.err = err;
}

/* By PID, because another process reads it: the handle shows that the PID was not reused. */
static int read_line(struct facts *f)
{
	struct identity id;
	size_t len;
	int err;

	*f->line = '\0';
	f->line_is_cut = false;
	if (!f->reader)
		return -EOPNOTSUPP;
	err = command_read_line(f->reader, f->proc, f->ref.pid);
	if (err == -ENOENT)
		return 0;
	if (!err)
		err = identity_read_stat(f->ref.dir, "stat", &id);
	if (err)
		return err;
	len = strlen(f->reader->text);
	f->line_is_cut = f->reader->is_cut || len >= sizeof(f->line);
	text_copy(f->line, sizeof(f->line), f->reader->text, len);
	return 0;
}

int facts_read_line(struct facts *f)
{
	int err;

	if (!is_known(&f->line_state, &err))
		err = f->line_state.err = read_line(f);
	return err;
}
