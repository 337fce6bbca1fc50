/* SPDX-License-Identifier: GPL-2.0-or-later */
/* targets: finds the processes that PIDs and selectors name. */
#include "cmd/shared/targets.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/msg.h"
#include "base/num.h"
#include "sys/cgroup/memcg.h"
#include "sys/cgroup/path.h"
#include "sys/proc/procfs.h"
#include "sys/proc/user.h"
#include "sys/scan/descendants.h"

#define PID_MAX_LIMIT 4194304 /* include/linux/threads.h, 64 bits */

static bool has_selector(const struct targets *t)
{
	return t->match.n_names || t->match.n_users || t->match.n_cgroups;
}

/* ST_MISSED: a number that no process can have. ST_USAGE: no number. Both are said. */
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
	t->list[nth].id.pid = 0;
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

	if (target.pid < 1 || target.pid > PID_MAX_LIMIT || targets_has(t, target.pid))
		return;
	mark(t, target.pid, true);
	t->list = mem_grow(t->list, t->n, sizeof(*t->list));
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

/* A hint for words that are no PID, such as "get firefox", "-q set 5 1", "set 700 -500". */
static void say_word_hint(const struct args *a)
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

/* The first line: a PID between blanks. FILE may be anything, also a FIFO of a daemon. */
static int read_pidfile(const char *file, char *buf, size_t size, uid_t *owner)
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
	*owner = st.st_uid;
	n = read(fd, buf, size - 1);
	buf[n > 0 ? n : 0] = '\0';
	close(fd);
	return n < 0 ? -EIO : 0;
}

/* Root must not act on a process because another user's file names it. */
static bool may_name(uid_t owner, pid_t pid, int proc)
{
	char name[16];
	struct stat st;

	snprintf(name, sizeof(name), "%d", (int)pid);
	return getuid() != 0 || owner == 0 ||
	       (fstatat(proc, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_uid == owner);
}

static void add_pidfile(struct finding *f, const char *file, int proc)
{
	char buf[64], *p = buf;
	uid_t owner = 0;
	int err = read_pidfile(file, buf, sizeof(buf), &owner);
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
	if (!may_name(owner, (pid_t)pid, proc)) {
		msg_error("pidfile %s: belongs to user %u, and pid %ld does not", file, owner, pid);
		note(f, ST_USAGE);
		return;
	}
	add(f, (struct target){ .pid = (pid_t)pid, .is_named = true });
}

static void say_search(struct finding *f, int err, const char *why)
{
	msg_error("cannot search the processes: %s", why ? why : strerror(-err));
	note(f, ST_BROKEN);
}

/* A misspelt path must not look like an empty cgroup. */
static void say_no_cgroup(const struct finding *f, int proc)
{
	const struct find_patterns *m = &f->t->match;
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
	struct find_found found = { 0 };
	const char *why = NULL;
	int err = mem_check(find_processes(proc, &f->t->match, &found, &why));

	if (err)
		say_search(f, err, why);
	if (found.n_unread) {
		msg_error("the kernel tells no cgroup of %zu processes: its path is too long",
			  found.n_unread);
		note(f, ST_MISSED);
	}
	for (size_t i = 0; i < found.n; i++)
		add(f, (struct target){ .pid = found.pids[i] });
	if (!err && found.n == 0) {
		say_no_cgroup(f, proc);
		msg_error("no process matches");
		note(f, ST_MISSED);
	}
	free(found.pids);
}

/*
 * Identifies the process that has the target's PID now. A selected process must still match. A
 * process that is not settled is not pinned: another could be mistaken for it.
 */
static void pin(const struct targets *t, struct target *target, int proc)
{
	const int64_t clock = identity_clock();
	struct identity id = { 0 };
	struct pidref ref;
	int err;

	if (target->is_named) {
		err = identity_read(proc, target->pid, &id);
	} else {
		err = pidref_open(proc, target->pid, &ref);
		if (!err)
			err = find_still_matches(&t->match, &ref) ? pidref_identify(&ref, &id)
								  : -ESRCH;
		pidref_close(&ref);
	}
	if (!err && !identity_is_settled(&id, clock))
		return;
	target->is_pinned = true;
	target->id.pid = err ? 0 : id.pid;
	target->id.start = id.start;
}

/* Processes that were too young the first time are settled after the wait. */
static void pin_all(struct targets *t, int proc)
{
	size_t n_young = 0;

	for (size_t i = 0; i < t->n; i++) {
		pin(t, &t->list[i], proc);
		n_young += !t->list[i].is_pinned;
	}
	if (n_young)
		identity_wait();
	for (size_t i = 0; n_young && i < t->n; i++) {
		if (!t->list[i].is_pinned)
			pin(t, &t->list[i], proc);
		t->list[i].is_pinned = true;
	}
}

/* Lists the targets that are pinned and have not ended, sorted by PID. */
static void list_pinned(struct targets *t)
{
	free(t->pinned);
	t->pinned = mem_alloc(t->n, sizeof(*t->pinned));
	t->n_pinned = 0;
	for (size_t i = 0; i < t->n; i++)
		if (t->list[i].pid && t->list[i].id.pid)
			t->pinned[t->n_pinned++] = t->list[i].id;
	descendants_sort(t->pinned, t->n_pinned);
}

static void add_descendants(struct finding *f, int proc)
{
	struct targets *t = f->t;
	struct identity *found = NULL;
	size_t n = 0;
	int err;

	list_pinned(t);
	err = mem_check(descendants_find(proc, t->pinned, t->n_pinned, &found, &n));
	for (size_t i = 0; i < n; i++)
		add(f, (struct target){ .pid = found[i].pid,
					.id = found[i],
					.is_pinned = true,
					.is_descendant = true });
	free(found);
	if (!err && n)
		list_pinned(t);
	if (err)
		say_search(f, err, NULL);
}

enum status targets_add_new_children(struct targets *t, int proc)
{
	struct finding f = { .t = t, .status = ST_OK };

	if (t->has_tree && t->n)
		add_descendants(&f, proc);
	return f.status;
}

bool targets_exists(const struct targets *t, int proc, pid_t pid)
{
	const struct identity *id = descendants_lookup(t->pinned, t->n_pinned, pid);

	return id && identity_exists(proc, id);
}

bool targets_is_same(const struct targets *t, const struct target *target, int proc,
		     const struct pidref *ref)
{
	if (target->is_pinned && (!target->id.pid || !pidref_is(ref, &target->id)))
		return false;
	return !target->is_descendant || targets_exists(t, proc, ref->ppid);
}

enum status targets_find(struct targets *t, const struct args *a, int proc)
{
	struct finding f = { .t = t, .status = ST_OK };

	t->seen = mem_alloc(PID_MAX_LIMIT / 8 + 1, 1);
	for (size_t i = 0; i < a->n_operands; i++)
		add_word(&f, a->operands[i]);
	for (size_t i = 0; i < t->n_pid_words; i++)
		add_word(&f, t->pid_words[i]);
	say_word_hint(a);
	for (size_t i = 0; i < t->n_pidfiles; i++)
		add_pidfile(&f, t->pidfiles[i], proc);
	if (has_selector(t))
		add_selected(&f, proc);
	if (t->has_tree || t->pins)
		pin_all(t, proc);
	if (t->has_tree && t->n)
		add_descendants(&f, proc);
	return f.status;
}

#define NAME_LENGTH 15 /* TASK_COMM_LEN less the NUL */

static enum status too_many(const struct args *a)
{
	return args_error(a, "more than %d selectors of a kind", FIND_MAX);
}

static enum status take_name(void *target, const struct args *a)
{
	struct find_patterns *m = &((struct targets *)target)->match;
	char why[FIND_PATTERN_MAX];

	if (m->n_names == FIND_MAX)
		return too_many(a);
	if (find_compile(&m->names[m->n_names], a->value, why))
		return args_error(a, "--name '%.*s': %s", FIND_PATTERN_MAX, a->value, why);
	m->n_names++;
	if (strlen(a->value) > NAME_LENGTH && !strpbrk(a->value, "^$.*+?()[]{}|\\"))
		msg_warn("--name '%s': the kernel keeps %d characters of a name, so that none can "
			 "match",
			 a->value, NAME_LENGTH);
	return ST_OK;
}

static enum status take_user(void *target, const struct args *a)
{
	struct find_patterns *m = &((struct targets *)target)->match;

	if (m->n_users == FIND_MAX)
		return too_many(a);
	if (user_find(a->value, &m->users[m->n_users]))
		return args_error(a, "--user: there is no user '%s'", a->value);
	m->n_users++;
	return ST_OK;
}

static enum status take_cgroup(void *target, const struct args *a)
{
	struct find_patterns *m = &((struct targets *)target)->match;
	const char *path = cgroup_path_strip_mount(a->value);

	if (m->n_cgroups == FIND_MAX)
		return too_many(a);
	if (*path != '/')
		return args_error(a, "--cgroup: '%s' does not begin with '/'", a->value);
	m->cgroups[m->n_cgroups++] = path;
	return ST_OK;
}

static enum status take_pid(void *target, const struct args *a)
{
	struct targets *t = target;

	if (t->n_pid_words == FIND_MAX)
		return too_many(a);
	t->pid_words[t->n_pid_words++] = a->value;
	return ST_OK;
}

static enum status take_pidfile(void *target, const struct args *a)
{
	struct targets *t = target;

	if (t->n_pidfiles == FIND_MAX)
		return too_many(a);
	t->pidfiles[t->n_pidfiles++] = a->value;
	return ST_OK;
}

static const struct opt rows[] = {
	OPT_CALL('p', "pid", "PID", "the process PID, as if it were an operand", take_pid),
	OPT_CALL(0, "name", "PATTERN", "processes whose name matches, as in pgrep(1)", take_name),
	OPT_CALL(0, "user", "USER", "processes of a user, by name or number", take_user),
	OPT_CALL(0, "cgroup", "PATH", "processes of a memory cgroup and of those below it",
		 take_cgroup),
	OPT_CALL(0, "pidfile", "FILE", "the process whose PID is in FILE", take_pidfile),
	OPT_FLAG(0, "tree", "their descendants too", struct targets, has_tree),
	OPT_END,
};

void targets_free(void *targets)
{
	struct targets *t = targets;

	find_free(&t->match);
	free(t->list);
	free(t->seen);
	free(t->pinned);
}

const struct cmd_group targets_group = { rows, targets_free };

bool targets_are_given(const struct targets *t, const struct args *a)
{
	return a->n_operands || t->n_pid_words || t->n_pidfiles || has_selector(t);
}
