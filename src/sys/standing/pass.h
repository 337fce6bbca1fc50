/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pass: applies the rules, to one process or to all. A write reaches the process that was compared
 * and no other, because its files are opened through a handle of its directory in /proc.
 */
#pragma once

#include "sys/standing/classes.h"
#include "sys/standing/match.h"
#include "sys/standing/records.h"
#include "sys/standing/survey.h"

enum pass_outcome {
	PASS_NONE,    /* no rule wants a value; rule MATCH_NONE: none matches */
	PASS_KEPT,    /* it has the value of its rule */
	PASS_WRITTEN, /* it was changed; in a dry run: it would be */
	PASS_CHANGED, /* something else changed it later, and the rule does not enforce its value */
	PASS_SHARED,  /* a child shares the memory of the match, so both have one adj: unchanged */
	PASS_ENDED,   /* it has exited, or became another program meanwhile */
	PASS_UNKNOWN, /* err: rule has a condition that cannot be compared: nothing was changed */
	PASS_FAILED,  /* err: adj cannot be read or written */
	PASS_EXCLUDED, /* init, a kernel thread, a zombie, this program */
};

struct pass_result {
	pid_t pid, ppid;
	uint32_t uid;
	char name[TASK_NAME_MAX];
	enum pass_outcome outcome;
	int err;
	size_t rule;      /* that decides, or MATCH_NONE; for a child that of its parent */
	bool is_child;    /* rule gives it the value of children */
	bool is_new;      /* of PASS_CHANGED and PASS_SHARED: this was not reported before */
	bool is_recorded; /* before is what the adj was after the rules were last applied */
	int before, wanted, after; /* adj; before is after unless PASS_WRITTEN */
	/* In ticks since boot, if the rule wants a value or has children; else 0. */
	uint64_t start;
};

struct lineage;

/* What a pass over all knows of a process, for those that it forked. */
struct pass_seen {
	bool is_done;
	bool is_known; /* the members below */
	bool is_match; /* it matches rule; else an ancestor does, and nothing between them */
	pid_t ppid;
	uint32_t rule;         /* or PASS_SEEN_NONE */
	int16_t before, after; /* adj of the match, before this pass and now */
};

#define PASS_SEEN_NONE UINT32_MAX

/*
 * Zeroed at first; then set proc, set, and what else is wanted. Large: not on the stack of a
 * thread. pass_process() allocates nothing; pass_all() only seen, pids, surveyed and classes, which
 * it keeps.
 */
struct pass {
	int proc; /* a handle of /proc */
	const struct match_set *set;
	struct records *records;       /* NULL: no change counts as one by others */
	const struct lineage *lineage; /* NULL: only the parent that a process has now is known */
	bool is_dry_run;               /* write nothing, and change no record */
	bool has_workers;              /* pass_all() starts threads for many processes */
	bool enforces;                 /* as if each rule had enforce */
	bool keeps_records; /* also those of processes that no rule matches: rules are missing */
	/* Says nothing of children that share memory: most execute a program at once. */
	bool is_quiet_about_shared;
	/* pass_process() is for a program that was just executed: no change before it counts. */
	bool is_exec;
	struct privilege *privilege;   /* to lower adj; NULL: only as the kernel permits */
	struct command_reader *reader; /* of the caller; NULL: command lines are unknown */
	size_t *n_matches; /* NULL, or a counter for each rule: processes that match it */
	/*
	 * For pass_all(), with rows of BPF_TASKS_CLASSES, if the caller can see all processes.
	 * NULL, or it fails: /proc is read.
	 */
	const struct bpf_tasks_program *program;
	bool is_scanned; /* it has just been run; pass_all() resets this */
	/* Own data. */
	struct facts facts, parent;
	pid_t *pids; /* of pass_all(), sorted */
	size_t n_pids, pids_room;
	struct survey_result *surveyed; /* of pids */
	struct classes classes;
	bool has_classes;       /* they are of pids */
	int classes_error;      /* why not, though there is a program; or 0 */
	struct pass_seen *seen; /* of pids */
	size_t surveyed_room, seen_room;
	int64_t clock; /* when pass_all() began */
};

/*
 * Applies the rules to a process; a thread ID counts for its process. Also looks at its parent, if
 * a rule has children. Sets *r. A record is kept for each process that a rule wants a value for.
 */
void pass_process(struct pass *p, pid_t pid, struct pass_result *r);

/*
 * Applies the rules to all processes, and calls found, which can be NULL, for each that a rule
 * matches or might match, but for PASS_ENDED and PASS_EXCLUDED. 0, or a negative errno, as when
 * /proc cannot be read: other processes were not reached.
 */
int pass_all(struct pass *p, void (*found)(void *arg, const struct pass_result *r), void *arg);

/* Makes room for n processes, so that pass_all() allocates only if there are more. 0 or -ENOMEM. */
int pass_reserve(struct pass *p, size_t n);

/* Reads the adj of a process; on the present scale, whatever file the kernel has. */
int pass_read(const struct pidref *ref, int *adj);

/* Writes and reads back the adj of a process. 0 or a negative errno, as adj_file_write(). */
int pass_write(struct pass *p, const struct pidref *ref, int wanted, int *after);

/* Frees its own data. */
void pass_free(struct pass *p);
