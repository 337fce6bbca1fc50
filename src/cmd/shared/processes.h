/* SPDX-License-Identifier: GPL-2.0-or-later */
/* processes: a snapshot for a command, of the machine or of its TARGETs; reports errors. */
#pragma once

#include "cmd/cmd.h"
#include "sys/bpf/tasks.h"
#include "cmd/shared/targets.h"
#include "sys/scan/snapshot.h"

/*
 * From this many processes on, a BPF scan is faster than /proc: it takes 3 ms and almost nothing
 * per process, /proc 5 to 18 us per process. Where exact counts matter, it is always used.
 */
#define PROCESSES_SCAN_BREAK_EVEN ((size_t)500)
#define PROCESSES_SCAN_EXACT      ((size_t)0)

enum processes_scan_way { PROCESSES_SCAN_AUTO, PROCESSES_SCAN_PROC, PROCESSES_SCAN_BPF };

struct scan_options {
	enum processes_scan_way way;
	struct bpf_tasks tasks;
	struct bpf_tasks_program loaded;
	const struct bpf_tasks *bpf;             /* for struct scan_want; NULL: read /proc */
	const struct bpf_tasks_program *program; /* NULL: read /proc */
	bool is_done;
};

/*
 * Finds the TARGETs, by a scan that was done before, or in /proc. A named PID without a process is
 * reported and left out; a thread ID is reported and replaced by that of its process. Returns the
 * worst status.
 */
enum status processes_targets(struct targets *t, const struct args *a,
			      const struct scan_options *scan);

/* Reports that a PID has no process here. proc: a handle of /proc. */
void processes_say_gone(int proc, pid_t pid);

/* The process of a process or thread ID. ST_MISSED, ST_DENIED: none, which is reported. */
enum status processes_find_process(int proc, pid_t id, pid_t *pid);

/* Call it when no more file needs the caller's capabilities. ST_BROKEN: reported. */
enum status processes_forbid_privilege(const struct ctx *cx);

/* Reports why processes cannot be read. err: a negative errno. Returns ST_BROKEN. */
enum status processes_say_unreadable(int err);

/* For -v: how processes were read, which rules apply, and how many there are. */
void processes_say_source(const struct snapshot *s, const struct bpf_tasks *bpf);

/*
 * Takes a snapshot. t: NULL, or targets, which get details and exact ranks. ST_OK or ST_BROKEN,
 * which is reported. The caller frees s in any case.
 */
enum status processes_take(const struct targets *t, const struct scan_want *want,
			   struct snapshot *s);

/* The processes of a snapshot by PID. */
struct processes_by_pid {
	const struct task **list; /* the caller frees it */
	size_t n;
};

struct processes_by_pid processes_sort(const struct snapshot *s);

/* NULL: none. */
const struct task *processes_find(const struct processes_by_pid *by, pid_t pid);

/* Whether the kernel's task dump lists it: all with memory, also adj -1000, but not init. */
bool processes_is_dumped(const struct task *t);

/* Reports why a process is not in the snapshot. */
void processes_report_missing(const struct snapshot *s, pid_t pid);

/* Reports named targets that have exited since they were found. ST_OK or ST_MISSED. */
enum status processes_report_ended(const struct targets *t, const struct snapshot *s);

/* Reports how many processes were hidden, if any. */
void processes_say_hidden(const struct snapshot *s);

extern const struct cmd_group processes_scan_group;

/*
 * Does a BPF scan, with the caller's own capabilities, if there are pays_from processes or --scan
 * requires it; only then a failure is an error. The group frees it, or processes_scan_free(). Does
 * nothing the second time.
 */
enum status processes_scan_bpf(struct scan_options *o, const struct ctx *cx, size_t pays_from);

/*
 * The same if the caller can see all processes; and the program stays loaded, to scan again without
 * capabilities. least: room for as many processes, and for twice as many as there are, however few;
 * 0: for some more than there are, and from PROCESSES_SCAN_BREAK_EVEN on.
 */
enum status processes_load_bpf(struct scan_options *o, const struct ctx *cx,
			       enum bpf_tasks_kind kind, size_t least);

/* The same from PROCESSES_SCAN_BREAK_EVEN on, and processes_forbid_privilege(). */
enum status processes_scan_alone(struct scan_options *o, const struct ctx *cx);

void processes_scan_free(void *scan_options);
