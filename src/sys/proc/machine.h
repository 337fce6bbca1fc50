/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * machine: what a choice of the kernel depends on beyond the processes: memory, settings, its
 * version.
 */
#pragma once

#include "oom/rules/rules.h"

struct machine {
	char release[72];     /* as uname -r */
	int version;          /* VERSION() of release; the highest if it has none */
	struct totals totals; /* RAM that the kernel manages + swap, from sysinfo(2) */
	uint64_t ram_bytes, swap_bytes;
	uint64_t ram_used_bytes, swap_used_bytes; /* used: what is not available to a new program */
	long panic_on_oom, kill_allocating;       /* -1: not known */
	int64_t oom_kills;     /* victims since boot; -1: not counted before 4.13 */
	uint64_t ns_per_tick;  /* of the times in /proc/PID/stat */
	bool is_initial_pidns; /* /proc shows the whole machine, not a container */
	bool has_score_adj;    /* oom_score_adj, not oom_adj alone */
};

/*
 * The running kernel's VERSION(), also where personality(2) makes uname(2) say another; the highest
 * if it has none. Or a negative errno.
 */
int machine_read_version(int proc);

/*
 * proc: a handle of /proc. 0, or a negative errno if not even sysinfo(2) or the release can be had.
 */
int machine_read(int proc, struct machine *m);

/*
 * Whether this process, of which /proc tells, is in the first PID namespace, that of the whole
 * machine.
 */
bool machine_is_initial_pidns(int proc);

/*
 * The number of the PID namespace whose PIDs /proc shows; 0: the first one, or the kernel has none.
 */
unsigned int machine_read_pidns(int proc);

/*
 * When the machine was started, in seconds since 1970; 0: not known. Not a part of struct machine:
 * where there are many CPUs and interrupts the kernel takes its time to write the file that it is
 * in.
 */
uint64_t machine_read_boot(int proc);

/*
 * Whether /proc/PID/status counts RSS in another way than /proc/PID/stat (the kernel has
 * 82241a83cd1, from 6.12.39, 6.15.7 and 6.16 on): tried on this process, which touches a page to
 * see who notices.
 */
bool machine_has_two_rss(int proc);
