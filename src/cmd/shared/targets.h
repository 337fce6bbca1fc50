/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * targets: turns TARGETs, PIDs and selectors, into processes. Selectors of one kind add up,
 * different kinds narrow each other down, as in pgrep(1); PIDs and pidfiles come on top.
 */
#pragma once

#include "cmd/cmd.h"
#include "sys/scan/find.h"
#include "sys/proc/pidref.h"

struct target {
	pid_t pid;
	/* who had the PID when it was found, if it is pinned; 0: it had ended */
	struct identity id;
	bool is_pinned;
	/* by its PID or a pidfile: its end is an error; who was selected may end unnoticed */
	bool is_named;
	bool is_descendant; /* found by --tree alone */
	bool has_before;
	/* its adj before any target was changed, for those that share memory change together */
	int before;
};

struct targets {
	struct find_patterns match;
	const char *pidfiles[FIND_MAX];
	size_t n_pidfiles;
	bool has_tree;
	/*
	 * identifies each that is found, as --tree does: for a caller who looks at them more than
	 * once
	 */
	bool pins;
	const char *pid_words[FIND_MAX]; /* of --pid */
	size_t n_pid_words;
	struct target *list;
	size_t n;
	struct identity *pinned; /* with --tree those that are parents, by PID */
	size_t n_pinned;
	unsigned char *
		/* a bit for each PID in the list, so that ten thousand take no quadratic time */
		seen;
};

/* The selectors as options, which fill a struct targets. The group frees it, or targets_free(). */
extern const struct cmd_group targets_group;
void targets_free(void *targets);

/* Whether any PID or selector was given. */
bool targets_are_given(const struct targets *t, const struct args *a);

/*
 * Finds all of them; proc: a handle of /proc. What can't be had is said, a line each, and the rest
 * is still found. The status is the worst: ST_USAGE for a word that is no PID, ST_MISSED where a
 * pidfile has no process or nothing matches, ST_BROKEN. Whether a PID that was named is a process
 * at all is not asked: that is found when it is read.
 */
enum status targets_find(struct targets *t, const struct args *a, int proc);

/*
 * Adds the descendants that were born since, if --tree was given, behind the others. ST_OK or
 * ST_BROKEN, which is said.
 */
enum status targets_add_new_children(struct targets *t, int proc);

/*
 * Whether what was opened for a target is the process that was found. A descendant must still have
 * a parent that was found, too, and that must exist after the child named it.
 */
bool targets_is_same(const struct targets *t, const struct target *target, int proc,
		     const struct pidref *ref);

/* Whether pid is still the process of that PID that was found; with --tree alone. */
bool targets_exists(const struct targets *t, int proc, pid_t pid);

/* Whether pid is among those found. */
bool targets_has(const struct targets *t, pid_t pid);

/*
 * The nth target was a thread's id: it becomes the process, which is not identified, or is dropped
 * if that is 0. The list keeps its length.
 */
void targets_replace(struct targets *t, size_t nth, pid_t pid);
