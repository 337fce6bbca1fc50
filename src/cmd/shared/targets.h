/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * targets: finds the processes that PIDs and selectors select. A process must match one selector
 * of each kind that is used, as in pgrep(1); a pidfile is a selector. PIDs add their processes.
 */
#pragma once

#include "cmd/cmd.h"
#include "sys/scan/find.h"
#include "sys/proc/pidref.h"

struct target {
	pid_t pid;
	struct identity id; /* if is_pinned: the process that was found; id.pid 0: it had exited */
	bool is_pinned;
	bool is_named;      /* by PID or pidfile: its exit is an error */
	bool is_selected;   /* by a selector or pidfile: it must still match when it is opened */
	uid_t owner;        /* of a pidfile: the process must be this user's; 0: any user's */
	bool is_descendant; /* only --tree found it */
	bool is_orphan;     /* found by --tree after its parent had exited */
	bool has_before, is_changed;
	int before, after; /* adj before any target was changed, and after this one was changed */
};

struct target_words {
	const char *list[FIND_MAX];
	size_t n;
};

struct targets {
	struct find_patterns match;
	struct target_words pid_words, pidfiles; /* of --pid and --pidfile */
	const struct identity *exact;            /* processes that were identified; borrowed */
	size_t n_exact;
	bool has_tree;
	bool has_long_name;  /* a pattern that a name of the kernel cannot match */
	bool pins;           /* identify each process, as --tree does */
	bool may_match_none; /* that no process matches is no error */
	/* For selectors: a scan, and what takes it again for later searches. NULL: none. */
	const struct bpf_tasks *bpf;
	const struct bpf_tasks_program *program;
	enum status status; /* worst so far */
	bool has_usage_error;
	struct target *list;
	size_t n;
	struct identity *pinned; /* with --tree: possible parents, by PID */
	size_t n_pinned;
	struct identity *doubtful; /* of the last search with --tree: perhaps descendants */
	size_t n_doubtful;
	unsigned char *seen; /* a bit for each PID in the list, for linear time */
};

/* The options, which fill a struct targets. */
extern const struct cmd_group targets_group;
void targets_free(void *targets);

/* Whether any PID or selector was given. */
bool targets_are_given(const struct targets *t, const struct args *a);

/*
 * Finds all targets; proc: a handle of /proc. Each failure is reported, and the others are found.
 * Returns the worst status: ST_USAGE for a word or pidfile without a PID, ST_MISSED if nothing
 * matches, ST_DENIED, ST_BROKEN. A named PID can have no process.
 */
enum status targets_find(struct targets *t, const struct args *a, int proc);

/* Appends processes that match now, and with --tree new descendants. Returns the worst status. */
enum status targets_find_new(struct targets *t, int proc);

/* Scans again, if a program is loaded; valid until the next time. NULL: read /proc. */
const struct bpf_tasks *targets_scan_again(const struct targets *t, struct bpf_tasks *tasks);

/* Whether processes are searched by selectors. */
bool targets_have_selector(const struct targets *t);

/*
 * Whether ref, which was opened for a target, is the process that was found. The parent of a
 * descendant must be a target too, and must still exist after the child was read.
 */
bool targets_is_same(const struct targets *t, const struct target *target, int proc,
		     const struct pidref *ref);

/* The changed target whose adj, before or after, a new process with this adj has inherited. */
const struct target *targets_find_parent(const struct targets *t, int proc, pid_t ppid, int adj);

/* Whether pid is a target. */
bool targets_has(const struct targets *t, pid_t pid);

/* Replaces the PID of the nth target, a thread's, by pid, not pinned; 0: it stays as 0. */
void targets_replace(struct targets *t, size_t nth, pid_t pid);
