/* SPDX-License-Identifier: GPL-2.0-or-later */
/* targets: finds the processes that PIDs and selectors name. */
#include "cmd/targets.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/msg.h"
#include "base/num.h"
#include "sys/memcg.h"
#include "sys/procfs.h"

#define PID_MAX_LIMIT 4194304 /* include/linux/threads.h, 64 bits */

static bool has_selector(const struct targets *t)
{
	return t->match.n_names || t->match.n_users || t->match.n_cgroups;
}

/* A PID as a word; else said: ST_MISSED for a number that no process can have, ST_USAGE for what is no number. */
static enum status parse_pid(const char *word, pid_t *pid)
{
	long value;
	int err = num_parse(word, 1, PID_MAX_LIMIT, &value);

	if (err == -ERANGE)
		msg_error("pid %s: out of range: a PID is 1 to %d", word, PID_MAX_LIMIT);
	else if (err)
		msg_error("'%s' is not a PID", word);
	if (err)
		return err == -ERANGE ? ST_MISSED : ST_USAGE;
	*pid = (pid_t)value;
	return ST_OK;
}

/* The list under construction. */
struct finding {
	struct targets *t;
	enum status status;
};

static void note(struct finding *f, enum status st)
{
	f->status = status_worse(f->status, st);
}

static void mark(struct targets *t, pid_t pid, bool is_in)
{
	unsigned char bit = (unsigned char)(1 << pid % 8), *byte = &t->seen[pid / 8];

	*byte = (unsigned char)(is_in ? *byte | bit : *byte & ~bit);
}

void targets_replace(struct targets *t, size_t nth, pid_t pid)
{
	mark(t, t->list[nth].pid, false);
	t->list[nth].pid = pid;
	if (pid)
		mark(t, pid, true);
}

bool targets_has(const struct targets *t, pid_t pid)
{
	return pid > 0 && pid <= PID_MAX_LIMIT && t->seen && t->seen[pid / 8] & 1 << pid % 8;
}

static void add(struct finding *f, struct target target)
{
	struct targets *t = f->t;
	struct target *grown;

	if (target.pid < 1 || target.pid > PID_MAX_LIMIT || targets_has(t, target.pid))
		return;
	if (t->n == t->max) {
		grown = reallocarray(t->list, t->max ? 2 * t->max : 64, sizeof(*grown));
		if (!grown) {
			note(f, ST_BROKEN);
			return;
		}
		t->max = t->max ? 2 * t->max : 64;
		t->list = grown;
	}
	mark(t, target.pid, true);
	t->list[t->n++] = target;
}

static void add_word(struct finding *f, const char *word)
{
	pid_t pid;
	enum status st = parse_pid(word, &pid);

	if (st == ST_OK)
		add(f, (struct target){ .pid = pid, .is_named = true });
	note(f, st);
}

/* "get firefox", "-q set 5 1", "set 700 -500": the first such word tells what was meant. */
static void say_what_words_mean(const struct args *a)
{
	for (size_t i = 0; i < a->n_operands; i++) {
		const char *word = a->operands[i];

		if (strcmp(a->command, "set") == 0 && num_is_negative(word)) {
			msg_error("an adj comes before the PIDs: " PROGRAM_NAME " set %s PID",
				  word);
			return;
		}
		if (!isalpha((unsigned char)*word))
			continue;
		if (strcmp(a->command, "rank") == 0 && cmd_find(word))
			msg_error("'%s' is a command: it comes before all options", word);
		else
			msg_error("processes are found by their name with --name '%s'", word);
		return;
	}
}

/* The first line, a PID between blanks, as daemons write it; their directory is theirs, so that it may be anything. */
static int read_pidfile(const char *file, char *buf, size_t size)
{
	int fd = open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return -EINVAL;
	}
	n = read(fd, buf, size - 1);
	buf[n > 0 ? n : 0] = '\0';
	close(fd);
	return n < 0 ? -EIO : 0;
}

static void add_pidfile(struct finding *f, const char *file)
{
	char buf[64], *p = buf;
	int err = read_pidfile(file, buf, sizeof(buf));
	long pid;

	if (err) {
		msg_error("pidfile %s: %s", file,
			  err == -EINVAL ? "not a regular file" : strerror(-err));
		note(f, ST_MISSED);
		return;
	}
	p += strspn(p, " \t");
	p[strcspn(p, " \t\r\n")] = '\0';
	if (num_parse(p, 1, PID_MAX_LIMIT, &pid)) {
		msg_error("pidfile %s: holds no PID", file);
		note(f, ST_USAGE);
		return;
	}
	add(f, (struct target){ .pid = (pid_t)pid, .is_named = true });
}

static void say_library(struct finding *f, int err, const char *why)
{
	msg_error("cannot search the processes: %s", why ? why : strerror(-err));
	note(f, ST_BROKEN);
}

/* A misspelt path must not look like an empty cgroup. */
static void say_no_cgroup(const struct finding *f, int proc)
{
	const struct match *m = &f->t->match;
	struct memcg_tree tree;

	if (memcg_open(proc, &tree))
		return;
	for (size_t i = 0; i < m->n_cgroups; i++)
		if (!memcg_exists(&tree, m->cgroups[i]))
			msg_error("cgroup %s: there is no such memory cgroup", m->cgroups[i]);
	memcg_close(&tree);
}

static void add_selected(struct finding *f, int proc)
{
	struct match_found found = { 0 };
	const char *why = NULL;
	int err = match_find(proc, &f->t->match, &found, &why);

	if (err)
		say_library(f, err, why);
	for (size_t i = 0; i < found.n; i++)
		add(f, (struct target){ .pid = found.pids[i] });
	if (!err && found.n == 0) {
		say_no_cgroup(f, proc);
		msg_error("no process matches");
		note(f, ST_MISSED);
	}
	free(found.pids);
}

static void add_descendants(struct finding *f)
{
	struct match_found found = { 0 };
	const char *why = NULL;
	size_t n_known;
	int err;

	found.pids = reallocarray(NULL, f->t->n + 1, sizeof(*found.pids));
	if (!found.pids) {
		note(f, ST_BROKEN);
		return;
	}
	for (size_t i = 0; i < f->t->n; i++)
		if (f->t->list[i].pid)
			found.pids[found.n++] = f->t->list[i].pid;
	n_known = found.n;
	err = match_add_descendants(&found, &why);
	if (err)
		say_library(f, err, why);
	for (size_t i = n_known; i < found.n; i++)
		add(f, (struct target){ .pid = found.pids[i], .is_descendant = true });
	free(found.pids);
}

enum status targets_add_newborn(struct targets *t)
{
	struct finding f = { .t = t, .status = ST_OK };

	if (t->has_tree && t->n)
		add_descendants(&f);
	return f.status;
}

enum status targets_find(struct targets *t, const struct args *a, int proc)
{
	struct finding f = { .t = t, .status = ST_OK };

	t->seen = calloc(PID_MAX_LIMIT / 8 + 1, 1);
	if (!t->seen)
		return ST_BROKEN;
	for (size_t i = 0; i < a->n_operands; i++)
		add_word(&f, a->operands[i]);
	for (size_t i = 0; i < t->n_pid_words; i++)
		add_word(&f, t->pid_words[i]);
	say_what_words_mean(a);
	for (size_t i = 0; i < t->n_pidfiles; i++)
		add_pidfile(&f, t->pidfiles[i]);
	if (has_selector(t))
		add_selected(&f, proc);
	if (t->has_tree && t->n)
		add_descendants(&f);
	return f.status;
}

void targets_free(struct targets *t)
{
	match_free(&t->match);
	free(t->list);
	free(t->seen);
	t->seen = NULL;
	t->list = NULL;
	t->n = t->max = 0;
}
