/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lineage: which processes were forked by a match of a rule with children, also if the processes
 * between them have exited. It follows the kernel's events, each of which precedes those of the
 * process that it reports. A table of fixed size, by PID.
 */
#pragma once

#include "sys/standing/pass.h"

struct lineage_entry {
	pid_t pid;             /* 0: an empty place */
	uint32_t rule;         /* an index: a rule with children */
	bool is_match;         /* the process matches rule itself */
	bool is_forked;        /* a match forked it, or one of its ancestors */
	bool is_done;          /* the rules were applied to it */
	int16_t before, after; /* adj of the match, before it had the value of the rule, and then */
	pid_t match; /* if is_forked: that match, and its start time in ticks since boot */
	uint64_t match_start;
	uint64_t start;   /* if is_match: of the process itself, in ticks since boot */
	int64_t since_ns; /* if is_forked: when it was forked, on CLOCK_BOOTTIME */
};

struct lineage {
	struct lineage_entry *places; /* n_places, a power of two; at most half of them are used */
	size_t n_places, n;
	size_t n_refused; /* that did not fit */
};

/* A table for up to most processes. 0 or -ENOMEM. Only this function takes memory. */
int lineage_init(struct lineage *l, size_t most);

void lineage_free(struct lineage *l);

/* Forgets all, as after events were lost, or when there are other rules. */
void lineage_clear(struct lineage *l);

/* The entry of a PID. NULL: there is none. Valid until the next change of the table. */
const struct lineage_entry *lineage_find(const struct lineage *l, pid_t pid);

/*
 * parent has forked child at since_ns, on CLOCK_BOOTTIME; what was known of an earlier process with
 * the child's PID is forgotten. Whether a match is among the ancestors of child.
 */
bool lineage_fork(struct lineage *l, pid_t child, pid_t parent, int64_t since_ns);

/*
 * The rules were applied to a process, with the result r. is_event: it was executed or changed, so
 * that it need not match any more what it matched before.
 */
void lineage_note(struct lineage *l, const struct match_set *s, const struct pass_result *r,
		  bool is_event);

/*
 * Removes the processes that have exited, if they were forked before until_ns: events of their own
 * children may follow otherwise. proc: a handle of /proc.
 */
void lineage_sweep(struct lineage *l, int proc, int64_t until_ns);
