/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * targets: turns PIDs and selectors into processes. Selectors of one kind add up, different kinds
 * must all match, as in pgrep(1); PIDs and pidfiles are added to the result.
 */
#pragma once

#include "cmd/cmd.h"
#include "sys/scan/find.h"
#include "sys/proc/pidref.h"

struct target {
	pid_t pid;
	struct identity id; /* if is_pinned: the process that was found; id.pid 0: it had exited */
	bool is_pinned;
	bool is_named;      /* by PID or pidfile: its exit is an error; others may exit */
	bool is_descendant; /* found by --tree alone */
	bool has_before;
	int before; /* adj before any target was changed */
};

struct targets {
	struct find_patterns match;
	const char *pidfiles[FIND_MAX];
	size_t n_pidfiles;
	bool has_tree;
	bool pins;                       /* identify each process, as --tree does */
	const char *pid_words[FIND_MAX]; /* of --pid */
	size_t n_pid_words;
	struct target *list;
	size_t n;
	struct identity *pinned; /* with --tree: possible parents, by PID */
	size_t n_pinned;
	unsigned char *seen; /* a bit for each PID in the list, which keeps the time linear */
};

/* The selectors as options, which fill a struct targets; freed with the options struct. */
extern const struct cmd_group targets_group;
void targets_free(void *targets);

/* Whether any PID or selector was given. */
bool targets_are_given(const struct targets *t, const struct args *a);

/*
 * Finds all of them; proc: a handle of /proc. Each failure is a message, and the rest is still
 * found. Returns the worst status: ST_USAGE for a word that is no PID, ST_MISSED where a pidfile
 * holds none or nothing matches, ST_BROKEN. A named PID may have no process: reading it tells.
 */
enum status targets_find(struct targets *t, const struct args *a, int proc);

/* With --tree: appends the descendants that are new. ST_OK or ST_BROKEN, which is said. */
enum status targets_add_new_children(struct targets *t, int proc);

/*
 * Whether what was opened for a target is the process that was found. The parent of a descendant
 * must have been found too, and must still exist after the child named it.
 */
bool targets_is_same(const struct targets *t, const struct target *target, int proc,
		     const struct pidref *ref);

/* With --tree: whether the process that was found under this PID still exists. */
bool targets_exists(const struct targets *t, int proc, pid_t pid);

/* Whether pid is among those found. */
bool targets_has(const struct targets *t, pid_t pid);

/* The nth target was a thread's id: pid replaces it, not pinned; 0: it stays in the list as 0. */
void targets_replace(struct targets *t, size_t nth, pid_t pid);
