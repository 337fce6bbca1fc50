/* SPDX-License-Identifier: GPL-2.0-or-later */
/* internal: what the parts of watch share. */
#pragma once

#include "cmd/standing/files.h"
#include "cmd/watch/log.h"
#include "sys/standing/late.h"
#include "sys/standing/lineage.h"
#include "sys/standing/rule_files.h"
#include "sys/watch/changes.h"
#include "sys/watch/connector.h"

struct watch_options {
	struct files_options files;
	size_t interval_s;   /* between passes; 0: the default */
	size_t buffer_bytes; /* of the kernel, for events; 0: the default */
};

/* A running watch. It is large: not on the stack. */
struct watch {
	struct ctx *cx;
	struct watch_options o;
	int proc;    /* handle of /proc */
	int claim;   /* of records_claim(), or an error */
	int signals; /* signalfd(2) */
	struct connector connector;
	uint32_t events;         /* that the connector sends; 0: it is closed */
	const char *const *dirs; /* of rules */
	size_t n_dirs;
	struct changes changes;
	struct rule_files rules;
	struct records records;
	struct lineage lineage; /* places NULL: no rule has children, or there are no events */
	int64_t swept_ms;       /* when lineage was full, and what has exited was removed */
	struct command_reader reader;
	/* For all processes, and for one, which can be looked at during the former. */
	struct pass all, one;
	struct late late;
	struct watch_log log;
	int64_t pass_due_ms, reload_due_ms, save_due_ms; /* INT64_MAX: not due */
	int64_t events_ms;                               /* when events were read last */
	int64_t pass_next_ms;                            /* when the next pass may begin */
	int64_t since_ns; /* when the pass before began, on CLOCK_BOOTTIME; 0: none did */
	size_t n_failed, n_failed_before; /* processes that the pass could not change, the last */
	int records_error;                /* why they could not be saved */
	bool needs_all_forks;             /* a rule that gives no value has children */
	bool is_stopping, was_overrun, has_told_way;
	/* Since the last reload. */
	bool has_told_full, has_told_failed, has_told_unknown, has_told_lineage;
};

/* CLOCK_BOOTTIME. */
int64_t watch_boot_ns(void);

/* Reads the rules, and subscribes to the events that they need. is_first: at the start. */
void watch_load(struct watch *w, bool is_first);

/* Makes a pass over all processes due in in_ms, unless it is due earlier. */
void watch_want_pass(struct watch *w, int64_t in_ms);

/* Reads the events that have arrived, in a bounded number, and applies the rules. */
void watch_read_events(struct watch *w);

/* Applies the rules to all processes. Reads events meanwhile. */
void watch_pass(struct watch *w);

/*
 * Saves what tells later changes by others, for 'oomctl apply' and the next run. waits: for another
 * run that has the lock; else it is tried again when save_due_ms has come.
 */
void watch_save_records(struct watch *w, bool waits);

/* Sets what watch_read_events() and watch_pass() need, after the rules are loaded. */
void watch_prepare(struct watch *w);

/* Runs until a signal ends it. */
enum status watch_run(struct watch *w);
