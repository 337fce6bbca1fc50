/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * classes: processes with equal facts, which a BPF program tells, so that the rules are compared
 * with each class once. It gives no paths: the files of one process of each group, which has one
 * real user, executable and cgroup, are read between two counts. That process must be the same in
 * both, and have executed no program between them: then what its files contain was true of the
 * whole group. The kernel counts no moves between cgroups, and no changes of the executable by
 * prctl(2): a process that changes one and changes it back meanwhile can mislead about its group.
 * So it can hide others, but only those of its real user, executable and cgroup. It can make no
 * rule apply to them: each process is compared again, on its own, before its adj is written.
 */
#pragma once

#include "sys/bpf/tasks.h"
#include "sys/standing/match.h"
#include "sys/standing/survey.h"

/* Without padding, as struct class_key. */
struct class_group_key {
	uint64_t cgroups, exe_mount, exe_entry, uid;
};

struct class_group {
	struct class_group_key key;
	pid_t pid; /* the process whose files are read */
	uint64_t start_ns, exec_id;
	bool is_confirmed; /* it was the same in both counts */
	uint32_t first;    /* 1 and the index of a class */
};

struct class_key {
	char name[FACTS_NAME], parent[FACTS_NAME]; /* parent: only if a rule needs it */
	uint32_t group, is_of_init;                /* is_of_init: its parent is PID 1 */
};

#define CLASSES_MATCHES 6

struct class
{
	struct class_key key;
	uint32_t next; /* 1 and the index of the next one of its group; 0: none */
	/* Of each process: SURVEY_NONE, or SURVEY_LOOK. */
	enum survey_kind kind;
	/* The rules that match, the deciding one first; 0: see kind, or some are unknown. */
	size_t n_matches;
	uint32_t matches[CLASSES_MATCHES];
	uint32_t program; /* as match_hash_program(); 0 without matches */
};

#define CLASSES_NONE UINT32_MAX

struct classes {
	struct class *list;
	struct class_group *groups;
	size_t n, n_groups;
	/* n_places, a power of two: 0, or 1 and an index of list or groups. */
	uint32_t *places, *group_places;
	size_t n_places;
	uint64_t seed; /* of hashes, so that names do not decide about collisions */
	/* The processes of the last count, by PID, and the class of each or CLASSES_NONE. */
	const struct prog_row **rows;
	uint32_t *of;
	size_t n_rows, room; /* room: of all but places */
};

/* Makes room for n processes, once. 0 or -ENOMEM. Only this function takes memory. */
int classes_reserve(struct classes *c, size_t n);

/*
 * Finds the class of each process of a scan, whose rows must stay. is_first: all classes are new;
 * else those of before are confirmed. needs_parent: processes with parents of different names
 * differ.
 */
void classes_take(struct classes *c, const struct bpf_tasks *tasks, bool needs_parent,
		  bool is_first);

enum classes_flags {
	CLASSES_COUNT = 1,   /* find all rules that match, not only the deciding one */
	CLASSES_WORKERS = 2, /* with threads, if there are many groups */
	CLASSES_SCANNED = 4, /* the program has just been run; that counts as the first time */
};

/*
 * Runs the program, which has rows of BPF_TASKS_CLASSES, twice, and compares each class with the
 * rules. 0, -ENOBUFS: more processes than room; or the error of bpf_tasks_run().
 */
int classes_read(struct classes *c, const struct bpf_tasks_program *program, int proc,
		 const struct match_set *s, enum classes_flags flags);

/* The class of the nth process. NULL: it has none, or nothing is known of it. */
const struct class *classes_find(const struct classes *c, size_t nth);

/* What to do with the nth process. */
struct survey_result classes_result(const struct classes *c, size_t nth);

void classes_free(struct classes *c);
