/* SPDX-License-Identifier: GPL-2.0-or-later */
/* targets: finds the processes that PIDs and selectors select. */
#include "cmd/shared/targets.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/msg.h"
#include "base/num.h"
#include "cmd/shared/selectors.h"
#include "sys/cgroup/memcg.h"
#include "sys/cgroup/path.h"
#include "sys/priv/root_file.h"
#include "sys/proc/procfs.h"
#include "sys/scan/descendants.h"
#include "sys/scan/hidden.h"

static void note(struct targets *t, enum status st)
{
	t->status = status_worse(t->status, st);
	t->has_usage_error |= st == ST_USAGE;
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
	return pid > 0 && pid <= SELECTORS_PID_MAX && t->seen && t->seen[pid / 8] & 1 << pid % 8;
}

static void add(struct targets *t, struct target target)
{
	if (target.pid < 1 || target.pid > SELECTORS_PID_MAX || targets_has(t, target.pid))
		return;
	mark(t, target.pid, true);
	t->list = mem_grow(t->list, t->n, sizeof(*t->list));
	t->list[t->n++] = target;
}

/* A list of PIDs such as 1,2,3. Of the words that are no numbers, the first is reported. */
static void add_list(struct targets *t, const char *list)
{
	char *copy = mem_copy(list), *rest = copy, *word, why[SELECTORS_WHY_MAX];
	bool is_reported = false;
	pid_t pid;

	while ((word = strsep(&rest, ","))) {
		int err = selectors_parse_pid(word, &pid, why);

		if (!err) {
			add(t, (struct target){ .pid = pid, .is_named = true });
			continue;
		}
		if (err == -ERANGE || !is_reported)
			msg_error("%s", why);
		is_reported |= err != -ERANGE;
		note(t, err == -ERANGE ? ST_MISSED : ST_USAGE);
	}
	free(copy);
}

/* A hint for words that are not PIDs, such as "get firefox", "-q set 5 1", "set 700 -500". */
static void print_word_hint(const struct args *a)
{
	for (size_t i = 0; i < a->n_operands; i++) {
		const char *word = a->operands[i];

		if (strcmp(a->command, "set") == 0 && num_is_negative(word)) {
			msg_error("put the adj before the PIDs: " PROGRAM_NAME " set %s PID", word);
			return;
		}
		if (!isalpha((unsigned char)*word))
			continue;
		if (strcmp(a->command, "rank") == 0 && cmd_find(word))
			msg_error("'%s' is a command: put it before all options", word);
		else
			msg_error("to select processes by name, use --name '%s'", word);
		return;
	}
}

/* Reads the beginning of FILE, which can be anything, such as a FIFO. */
static int read_pidfile(const char *file, char *buf, size_t size, uid_t *owner)
{
	int fd = getuid() == 0
			 ? root_file_open(file, owner)
			 : procfs_reopen(open(file, O_PATH | O_CLOEXEC), procfs_check_regular);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read(fd, buf, size - 1);
	buf[n > 0 ? n : 0] = '\0';
	close(fd);
	return n < 0 ? -EIO : 0;
}

/* A pidfile can be stale, or from another PID namespace: its process must match the selectors. */
static void add_pid_of_file(struct targets *t, const char *file, uid_t owner, pid_t pid, int proc)
{
	char why_owner[96];
	const char *why = NULL;
	struct pidref ref;
	int err = pidref_open(proc, pid, &ref);
	bool is_others = !err && owner != 0 && ref.uid != owner;

	/* Root must not act on a process because another user made a file name it. */
	if (is_others) {
		snprintf(why_owner, sizeof(why_owner),
			 "user %u can change the file, and does not own the process", owner);
		why = why_owner;
	} else if (err == -ESRCH)
		why = hidden_count_here(proc) ? "no such process, or it is not visible here"
					      : "no such process";
	else if (err)
		why = strerror(-err);
	else if (find_is_excluded(&ref))
		why = "init, a kernel thread, or " PROGRAM_NAME ", which only a PID selects";
	else if (!find_still_matches(proc, &t->match, &ref))
		why = "does not match the selectors";
	if (why && *ref.name)
		msg_error("pidfile %s: pid %d (%s): %s", file, (int)pid, ref.name, why);
	else if (why)
		msg_error("pidfile %s: pid %d: %s", file, (int)pid, why);
	if (why)
		note(t, is_others ? ST_USAGE : err && err != -ESRCH ? ST_DENIED : ST_MISSED);
	else
		add(t, (struct target){ .pid = ref.pid,
					.is_named = true,
					.is_selected = true,
					.owner = owner });
	pidref_close(&ref);
}

static void add_pidfile(struct targets *t, const char *file, int proc)
{
	char buf[64], *p = buf;
	uid_t owner = 0;
	int err = read_pidfile(file, buf, sizeof(buf), &owner);
	int64_t pid;

	if (err) {
		msg_error("pidfile %s: %s", file,
			  err == -EINVAL    ? "not a regular file"
			  : err == -ENOTSUP ? "its path leads through /proc"
			  : err == -EPERM   ? "users other than root can write to it or to a "
					      "directory above it"
					    : strerror(-err));
		note(t, ST_MISSED);
		return;
	}
	p += strspn(p, " \t");
	p[strcspn(p, " \t\r\n")] = '\0';
	if (num_parse(p, 1, SELECTORS_PID_MAX, &pid)) {
		msg_error("pidfile %s: no PID in its first line", file);
		note(t, ST_USAGE);
		return;
	}
	add_pid_of_file(t, file, owner, (pid_t)pid, proc);
}

/* A misspelt path must not look like an empty cgroup, nor a kernel without cgroups like both. */
static void report_no_cgroup(const struct find_patterns *m, int proc)
{
	struct memcg_tree tree;

	if ((m->n_cgroups || m->n_units || m->n_containers) && !cgroup_path_is_supported(proc))
		msg_error("this kernel has no cgroups (CONFIG_CGROUPS), so neither units nor "
			  "containers can be selected");
	if (memcg_open(proc, &tree))
		return;
	for (size_t i = 0; i < m->n_cgroups; i++)
		/* Paths of processes have no component "..", but at the beginning. */
		if (strstr(m->cgroups[i] + 1, "/..") || !memcg_exists(&tree, m->cgroups[i]))
			msg_error("cgroup %s: no such memory cgroup", m->cgroups[i]);
	memcg_close(&tree);
}

/* Reports the processes that could not be compared. */
static void report_unread(struct targets *t, const struct find_found *found)
{
	const struct {
		size_t n;
		const char *what;
		enum status st;
	} unread[] = {
		{ found->n_long, "cgroup: the path is too long for the kernel", ST_MISSED },
		{ found->n_denied, "executable: permission denied", ST_DENIED },
		{ found->n_cut, "full name, that of the executable: permission denied", ST_DENIED },
		{ found->n_unnamed, "container's name: permission denied", ST_DENIED },
		{ found->n_blocked, "command line: the read blocks", ST_MISSED },
	};

	for (size_t i = 0; i < sizeof(unread) / sizeof(unread[0]); i++) {
		if (!unread[i].n)
			continue;
		msg_error("%zu %s skipped, cannot read the %s", unread[i].n,
			  unread[i].n == 1 ? "process" : "processes", unread[i].what);
		note(t, unread[i].st);
	}
}

/* The process that the caller intended can be hidden. */
static void report_no_match(int proc, size_t n_excluded)
{
	const char *except = n_excluded ? " except init, kernel threads, or " PROGRAM_NAME
					  ", which only a PID selects"
					: "";
	size_t n = hidden_count(proc);

	if (n)
		msg_error("no process matches%s; %zu more %s not visible here", except, n,
			  n == 1 ? "process is" : "processes are");
	else
		msg_error("no process matches%s", except);
}

const struct bpf_tasks *targets_scan_again(const struct targets *t, struct bpf_tasks *tasks)
{
	uint64_t taken_ms;

	return t->program && bpf_tasks_run(t->program, &taken_ms) == 0 &&
			       bpf_tasks_view(t->program, taken_ms, tasks) == 0
		       ? tasks
		       : NULL;
}

/* is_again: this is a later search, so it may find no match. */
static void add_selected(struct targets *t, int proc, bool is_again)
{
	struct find_found found = { 0 };
	const char *why = NULL;
	struct bpf_tasks again;
	int err;

	err = mem_check(find_processes(proc, &t->match,
				       is_again ? targets_scan_again(t, &again) : t->bpf, &found,
				       &why));
	if (err) {
		msg_error("cannot search the processes: %s", why ? why : strerror(-err));
		note(t, ST_BROKEN);
	}
	if (!is_again)
		report_unread(t, &found);
	for (size_t i = 0; i < found.n; i++)
		add(t, (struct target){ .pid = found.pids[i], .is_selected = true });
	if (!err && found.n == 0 && !is_again && !t->may_match_none) {
		report_no_cgroup(&t->match, proc);
		report_no_match(proc, found.n_excluded);
		if (found.n_unsure)
			msg_error("%zu %s cut to %d bytes, and the whole one is unknown: cannot "
				  "read the executable: permission denied",
				  found.n_unsure, found.n_unsure == 1 ? "name is" : "names are",
				  FIND_NAME_LENGTH);
		if (t->has_long_name && !found.n_cut)
			msg_error("names of more than %d bytes match executables only: for a "
				  "script, use --cmdline",
				  FIND_NAME_LENGTH);
		note(t, ST_MISSED);
	}
	free(found.pids);
}

/* Whether a process is still what was selected: its PID can have been reused since. */
static bool still_matches(const struct targets *t, const struct target *target,
			  const struct pidref *ref, int proc)
{
	return (target->owner == 0 || ref->uid == target->owner) && !find_is_excluded(ref) &&
	       find_still_matches(proc, &t->match, ref);
}

/*
 * Identifies the process that has the target's PID now. A selected process must still match. A
 * process that is not settled is not pinned, because a later one could look the same.
 */
static void pin(const struct targets *t, struct target *target, int proc)
{
	const int64_t clock = identity_clock();
	struct identity id = { 0 };
	struct pidref ref;
	int err;

	if (!target->is_selected) {
		err = identity_read(proc, target->pid, &id);
	} else {
		err = pidref_open(proc, target->pid, &ref);
		if (!err)
			err = still_matches(t, target, &ref, proc) ? pidref_identify(&ref, &id)
								   : -ESRCH;
		pidref_close(&ref);
	}
	if (!err && !identity_is_settled(&id, clock))
		return;
	target->is_pinned = true;
	target->id = id;
	if (err)
		target->id.pid = 0;
}

/* Processes that are too young the first time are settled after the wait. */
static void pin_all(struct targets *t, int proc)
{
	size_t n_young = 0;

	for (size_t i = 0; i < t->n; i++) {
		if (!t->list[i].is_pinned)
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

/* is_again: a later search; processes forked since the first can have lost their parents. */
static enum status add_new_children(struct targets *t, int proc, bool is_again)
{
	struct descendants found;
	int err;

	if (!t->has_tree || !t->n)
		return t->status;
	list_pinned(t);
	err = mem_check(descendants_find(proc, t->pinned, t->n_pinned, is_again, &found));
	for (size_t i = 0; i < found.n; i++)
		add(t, (struct target){ .pid = found.list[i].pid,
					.id = found.list[i],
					.is_pinned = true,
					.is_descendant = i < found.n - found.n_orphans,
					.is_orphan = i >= found.n - found.n_orphans });
	free(t->doubtful);
	t->doubtful = mem_alloc(found.n_doubtful, sizeof(*t->doubtful));
	t->n_doubtful = found.n_doubtful;
	if (found.n_doubtful)
		memcpy(t->doubtful, found.list + found.n, found.n_doubtful * sizeof(*t->doubtful));
	free(found.list);
	if (err) {
		msg_error("cannot search the processes: %s", strerror(-err));
		note(t, ST_BROKEN);
	} else if (found.n) {
		list_pinned(t);
	}
	return t->status;
}

bool targets_have_selector(const struct targets *t)
{
	return !t->pidfiles.n && find_has_patterns(&t->match);
}

enum status targets_find_new(struct targets *t, int proc)
{
	if (targets_have_selector(t))
		add_selected(t, proc, true);
	if (t->has_tree || t->pins || t->pidfiles.n)
		pin_all(t, proc);
	return add_new_children(t, proc, true);
}

/* With --tree: whether the process that was found under this PID still exists. */
static bool exists(const struct targets *t, int proc, pid_t pid)
{
	const struct identity *id = descendants_lookup(t->pinned, t->n_pinned, pid);

	return id && identity_exists(proc, id);
}

bool targets_is_same(const struct targets *t, const struct target *target, int proc,
		     const struct pidref *ref)
{
	if (target->is_pinned && (!target->id.pid || !pidref_is(ref, &target->id)))
		return false;
	return !target->is_descendant || exists(t, proc, ref->ppid);
}

enum status targets_find(struct targets *t, const struct args *a, int proc)
{
	t->seen = mem_alloc(SELECTORS_PID_MAX / 8 + 1, 1);
	for (size_t i = 0; i < a->n_operands; i++)
		add_list(t, a->operands[i]);
	for (size_t i = 0; i < t->pid_words.n; i++)
		add_list(t, t->pid_words.list[i]);
	for (size_t i = 0; i < t->n_exact; i++)
		add(t, (struct target){ .pid = t->exact[i].pid,
					.id = t->exact[i],
					.is_pinned = true,
					.is_named = true });
	print_word_hint(a);
	for (size_t i = 0; i < t->pidfiles.n; i++)
		add_pidfile(t, t->pidfiles.list[i], proc);
	if (targets_have_selector(t))
		add_selected(t, proc, false);
	/* The process of a pidfile must be the one that matched. */
	if (t->has_tree || t->pins || t->pidfiles.n)
		pin_all(t, proc);
	return add_new_children(t, proc, false);
}

void targets_free(void *targets)
{
	struct targets *t = targets;

	find_free(&t->match);
	free(t->list);
	free(t->seen);
	free(t->pinned);
	free(t->doubtful);
}

const struct cmd_group targets_group = { selectors_options, targets_free };

const struct target *targets_find_parent(const struct targets *t, int proc, pid_t ppid, int adj)
{
	const struct target *similar = NULL;

	for (const struct target *target = t->list; target < t->list + t->n; target++) {
		if (!target->is_changed)
			continue;
		if (target->pid == ppid && identity_exists(proc, &target->id))
			return target;
		if (target->before == adj || (!similar && target->after == adj))
			similar = target;
	}
	return similar;
}

bool targets_are_given(const struct targets *t, const struct args *a)
{
	return a->n_operands || t->pid_words.n || t->pidfiles.n || find_has_patterns(&t->match);
}
