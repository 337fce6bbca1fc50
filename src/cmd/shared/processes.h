/* SPDX-License-Identifier: GPL-2.0-or-later */
/* processes: a snapshot for a command, of the machine or of its TARGETs; says what fails. */
#pragma once

#include "cmd/cmd.h"
#include "sys/bpf/tasks.h"
#include "cmd/shared/targets.h"
#include "sys/scan/snapshot.h"

/*
 * Finds the TARGETs. A named PID without a process is said and left out; a thread's id is said and
 * becomes that of its process. Returns the worst status.
 */
enum status processes_targets(struct targets *t, const struct args *a);

/*
 * The process that an id belongs to. A thread's id is said. ST_MISSED, ST_DENIED: none, which is
 * said. proc: a handle of /proc.
 */
enum status processes_find_process(int proc, pid_t id, pid_t *pid);

/* After the last file that may need the caller's own capabilities. ST_BROKEN, which is said. */
enum status processes_forbid_privilege(const struct ctx *cx);

/* Says why the processes can't be read; ST_BROKEN. err: a negative errno. */
enum status processes_say_unreadable(int err);

/* For -v: how the processes were read, by whose rules they are weighed, and how many there are. */
void processes_say_source(const struct snapshot *s, const struct bpf_tasks *census);

/* A snapshot as wanted. ST_OK or ST_BROKEN; s is to be freed in any case. */
enum status processes_take(const struct scan_want *want, struct snapshot *s);

/* A snapshot in which the targets have details and exact places, others as far as want says. */
enum status processes_take_targets(const struct targets *t, const struct scan_want *want,
				   struct snapshot *s);

/* The target's process; NULL: none. */
const struct task *processes_find(const struct snapshot *s, pid_t pid);

/* Whether the kernel's task dump lists it: all with memory, even at -1000, but not init. */
bool processes_is_dumped(const struct task *t);

/* Says which named targets have exited since they were found. ST_OK or ST_MISSED. */
enum status processes_report_ended(const struct targets *t, const struct snapshot *s);

/* Says how many processes were hidden, where there are any. */
void processes_say_hidden(const struct snapshot *s);

/*
 * With this many processes BPF takes less time than /proc: 3 ms for the program and next to nothing
 * for a process, /proc 5 to 18 us a process. Where exact counts matter it is always worth it.
 */
#define PROCESSES_SCAN_BREAK_EVEN ((size_t)500)
#define PROCESSES_SCAN_EXACT      ((size_t)0)

enum processes_scan_way { PROCESSES_SCAN_AUTO, PROCESSES_SCAN_PROC, PROCESSES_SCAN_BPF };

struct scan_options {
	enum processes_scan_way way;
	struct bpf_tasks taken;
	const struct bpf_tasks *census; /* for struct scan_want; NULL: read /proc */
};

extern const struct cmd_group processes_scan_group;

/*
 * Reads the processes by BPF where that is possible and pays, from so many processes on, or was
 * asked for. Needs the caller's own capabilities. Only with --scan=bpf a failure is an error: it is
 * said, and ST_DENIED or ST_BROKEN. The group frees it, or processes_scan_free().
 */
enum status processes_scan_count(struct scan_options *o, const struct ctx *cx, size_t pays_from);

/* The same from PROCESSES_SCAN_BREAK_EVEN on, and processes_forbid_privilege(). */
enum status processes_scan_alone(struct scan_options *o, const struct ctx *cx);

void processes_scan_free(void *scan_options);
