/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * audit: finds what makes no sense in the OOM configuration of a machine. Pure: facts in, findings
 * out. An unknown fact leads to no finding.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "oom/rules/task.h"
#include "oom/standing/standing.h"

#define AUDIT_NONE SIZE_MAX

/* adj from here down is far below 0: half of all memory does not make up for it. */
#define AUDIT_FAR_BELOW (-500)

/* Processes that are many, if they are killed or stopped together. */
#define AUDIT_MANY 20

/* A process is large from this share of RAM on, in percent. */
#define AUDIT_LARGE_PERCENT 10

/* Committed memory near its limit, in percent. */
#define AUDIT_COMMIT_PERCENT 90

enum audit_severity {
	AUDIT_LOW,    /* works, but hides or weakens something */
	AUDIT_MEDIUM, /* the OOM killer does not choose as it was configured or expected */
	AUDIT_HIGH,   /* the machine or the way into it can be lost */
};

/* What facts come from. */
enum audit_source {
	AUDIT_PROCESSES,
	AUDIT_ALL_PROCESSES, /* of the machine: hidden ones lead to no finding */
	AUDIT_CGROUPS,
	AUDIT_UNITS,
	AUDIT_SETTINGS,
	AUDIT_RULES,
	AUDIT_N_SOURCES,
};

/* Checks, in the order of the list. */
enum audit_check {
	AUDIT_INHERITED,
	AUDIT_UNKILLABLE_CGROUP,
	AUDIT_UNKILLABLE_MEMORY,
	AUDIT_REMOTE_ACCESS,
	AUDIT_PANIC,
	AUDIT_RULE_ERROR,
	AUDIT_FIRST_VICTIM,
	AUDIT_OLD_SCALE,
	AUDIT_DECLARED,
	AUDIT_GROUP_KILL,
	AUDIT_COMMIT,
	AUDIT_ALLOCATING,
	AUDIT_RULE_CONTRADICTION,
	AUDIT_RULE_EFFECT,
	AUDIT_RULE_UNMATCHED,
	AUDIT_DAEMON,
	AUDIT_NO_DUMP,
	AUDIT_N_CHECKS,
};

struct audit_process {
	const struct task *task;
	size_t parent;     /* an index, or AUDIT_NONE */
	size_t group;      /* its memory cgroup; AUDIT_NONE: unknown */
	size_t unit;       /* of the system manager; AUDIT_NONE: none */
	bool is_contained; /* in a container */
	bool is_ruled;     /* a standing rule decides its adj */
};

/* A memory cgroup with processes in it or below it. */
struct audit_group {
	size_t parent;       /* a lower index; AUDIT_NONE: the root */
	char *name;          /* last component of its path, "" for the root */
	uint64_t limit;      /* bytes; UINT64_MAX: none, or unknown */
	bool kills_together; /* memory.oom.group */
	bool is_incomplete;  /* some of its processes are not among those of the audit */
	bool is_contained;   /* of a container */
	size_t unit;         /* of the system manager; AUDIT_NONE: none */
	size_t n;            /* processes in it and below it */
	size_t n_killable;
	size_t largest; /* the process with the most memory; AUDIT_NONE: none */
};

enum audit_policy { AUDIT_POLICY_OTHER, AUDIT_POLICY_STOP, AUDIT_POLICY_KILL };

/* A unit of the system manager that has processes. */
struct audit_unit {
	char *name;
	size_t main;       /* its main process; AUDIT_NONE: unknown */
	char *file;        /* that declares adj; NULL: none */
	int declared;      /* OOMScoreAdjust= in it */
	bool is_transient; /* its files are lost when it stops */
	bool is_changed;   /* the file was changed after the main process started */
	size_t n;          /* processes */
	size_t n_killable;
	enum audit_policy policy; /* OOMPolicy= */
	bool keeps_others;        /* KillMode=process or none: a stop leaves other processes */
};

/* A standing rule, and the processes that it concerns. */
struct audit_rule {
	const struct standing_rule *rule;
	const char *file;
	size_t n_matches, n_unknown; /* n_unknown: cannot be compared with it */
	size_t n_differ, n_changed;  /* as in the list of rules */
};

/* A rules file, or a line of it, that is ignored. */
struct audit_problem {
	const char *file, *what;
	unsigned int line; /* 0: the whole file */
};

struct audit_facts {
	struct audit_process *processes; /* in kill order */
	size_t n_processes;
	size_t n_unseen; /* processes that are not among them */
	bool is_host;    /* of the whole machine, not of a container */
	bool has_score_adj;
	uint64_t ram_pages, page_size;
	struct audit_group *groups;
	size_t n_groups;
	struct audit_unit *units;
	size_t n_units;
	struct audit_rule *rules;
	size_t n_rules;
	struct audit_problem *problems;
	size_t n_problems;
	/* Settings; -1: unknown, or the kernel does not have it. */
	long panic_on_oom, kill_allocating, dump_tasks, panic, overcommit;
	bool has_kdump;
	uint64_t commit_kib, commit_limit_kib; /* limit 0: unknown */
};

/* Which members are set depends on the check. */
struct audit_finding {
	enum audit_check check;
	size_t process, group, unit, rule, problem; /* indices; AUDIT_NONE: none */
	size_t other;                               /* a second one of the same kind */
	size_t n;                                   /* processes */
	uint32_t uid;
	int adj;        /* that the fix sets */
	uint64_t pages; /* memory */
	const char *word;
};

struct audit_findings {
	struct audit_finding *list;
	size_t n, room;
};

/* The stable name, such as "old-scale". */
const char *audit_name(enum audit_check check);
enum audit_severity audit_severity(enum audit_check check);

/* "low", "medium", or "high". */
const char *audit_severity_name(enum audit_severity severity);

/* A bit for each enum audit_source that the check reads. */
unsigned int audit_sources(enum audit_check check);

/*
 * Makes all checks but those whose bit is set in ignored. 0 or -ENOMEM; the caller frees
 * found->list in any case.
 */
int audit_run(const struct audit_facts *f, uint32_t ignored, struct audit_findings *found);

/*
 * The oldest of the ancestors from which the process has inherited its adj, as far as visible: all
 * between them have the same. AUDIT_NONE: its parent has another adj.
 */
size_t audit_find_origin(const struct audit_facts *f, size_t process);

/*
 * Whether an ordinary user can have chosen the name and adj of the process: no command may propose
 * to protect it. The main process of a service of the system is root's choice.
 */
bool audit_is_of_user(const struct audit_facts *f, size_t process);

/* The path of a cgroup, from the root of the hierarchy. Returns its length; size or more: cut. */
size_t audit_group_path(const struct audit_facts *f, size_t group, char *path, size_t size);
