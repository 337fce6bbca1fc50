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

enum audit_severity {
	AUDIT_LOW,    /* works, but hides or weakens something */
	AUDIT_MEDIUM, /* the OOM killer does not choose as it was configured or expected */
	AUDIT_HIGH,   /* the machine or the way into it can be lost */
};

/* What facts come from. */
enum audit_source {
	AUDIT_PROCESSES,     /* of the container, or of the machine if this is none */
	AUDIT_ALL_PROCESSES, /* of the machine, also from inside a container */
	AUDIT_CGROUPS,
	AUDIT_UNITS,
	AUDIT_POLICIES, /* OOMPolicy= of scopes and of the units of users */
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
	bool is_rootless; /* in a container below a user's manager, which the user can have named */
	bool is_ruled;    /* a standing rule decides its adj */
};

/* A memory cgroup with processes in it or below it. */
struct audit_group {
	size_t parent;       /* a lower index; AUDIT_NONE: the root */
	char *name;          /* last component of its path, "" for the root */
	uint64_t limit;      /* bytes; UINT64_MAX: none, or unknown */
	bool kills_together; /* memory.oom.group */
	bool is_incomplete;  /* some of its processes are not among those of the audit */
	bool is_contained;   /* of a container */
	size_t unit;         /* of the system or of a user's manager; AUDIT_NONE: none */
	size_t n;            /* processes in it and below it */
	size_t n_killable;
	size_t largest; /* the process with the most memory; AUDIT_NONE: none */
};

enum audit_policy { AUDIT_POLICY_OTHER, AUDIT_POLICY_STOP, AUDIT_POLICY_KILL };

/* A unit that has processes. */
struct audit_unit {
	char *name;
	size_t owner; /* the unit of the user's manager that has it; AUDIT_NONE: the system's */
	size_t main;  /* its main process; AUDIT_NONE: unknown */
	char *file;   /* that declares adj; NULL: none */
	int declared; /* OOMScoreAdjust= in it */
	bool is_transient; /* its files are lost when it stops */
	bool is_changed;   /* the file was changed after the main process started */
	bool is_manager;   /* user@UID.service: its processes are units of a user's manager */
	bool is_known;     /* systemd says which its main process is, or that it has none */
	bool is_of_root;   /* systemd starts its processes as root */
	size_t n;          /* processes */
	size_t n_killable;
	enum audit_policy policy; /* OOMPolicy= */
	bool keeps_others;        /* KillMode=process or none: a stop leaves other processes */
};

/* A standing rule, and the processes that it concerns. */
struct audit_rule {
	const struct standing_rule *rule;
	const char *file;
	bool has_uid; /* uid is that of its user condition */
	uint32_t uid;
	size_t n_matches, n_unknown; /* n_unknown: cannot be compared with it */
	size_t n_differ, n_changed;  /* as in the list of rules */
};

/* A rules file, or a line of it, that is ignored. */
struct audit_problem {
	const char *file, *what;
	unsigned int line; /* 0: the whole file */
	bool is_unsafe;    /* users other than root can change or replace it */
	bool is_dir;
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
	int64_t panic_on_oom, kill_allocating, dump_tasks, panic, overcommit;
	bool has_kdump;
	uint64_t commit_kib, commit_limit_kib; /* limit 0: unknown */
};

/* Which members are set depends on the check. */
struct audit_finding {
	enum audit_check check;
	size_t process, group, unit, rule, problem; /* indices; AUDIT_NONE: none */
	size_t other;                               /* a second one of the same kind */
	size_t n;                                   /* processes */
	size_t member;         /* one of them; before they are merged, the only one */
	const size_t *members; /* all n of them, by PID; NULL: a check that merges none */
	uint32_t uid;
	int adj;        /* that the fix sets */
	uint64_t pages; /* memory */
	const char *word;
	bool is_wider;   /* other is a rule for more processes */
	bool is_own;     /* no visible process of another user has the adj of the processes */
	bool is_of_user; /* audit_is_of_user() */
	bool restores;   /* a server that restores the adj of its start for its sessions */
};

struct audit_findings {
	struct audit_finding *list;
	size_t n, room;
	size_t *members; /* of all findings */
	size_t n_members, members_room;
};

static inline const struct task *audit_task(const struct audit_facts *f, size_t process)
{
	return f->processes[process].task;
}

/* The stable name, such as "old-scale". */
const char *audit_name(enum audit_check check);
enum audit_severity audit_severity(enum audit_check check);

/* "low", "medium", or "high". */
const char *audit_severity_name(enum audit_severity severity);

/* A bit for each enum audit_source that the check reads. */
unsigned int audit_sources(enum audit_check check);

/*
 * Makes all checks but those whose bit is set in ignored. 0 or -ENOMEM; the caller frees found by
 * audit_free() in any case.
 */
int audit_run(const struct audit_facts *f, uint32_t ignored, struct audit_findings *found);
void audit_free(struct audit_findings *found);

/*
 * Whether the members of a finding are exactly the processes with the same adj, if unit is not
 * AUDIT_NONE in this unit of the system manager, and if has_uid of the same user.
 */
bool audit_is_exactly(const struct audit_facts *f, const struct audit_finding *a, size_t unit,
		      bool has_uid);

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
