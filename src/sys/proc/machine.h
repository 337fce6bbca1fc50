/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine: memory, settings and version of the kernel. */
#pragma once

#include <stdint.h>

#include "oom/rules/rules.h"

struct machine {
	char release[72];     /* as uname -r */
	int version;          /* VERSION() of release; the highest if it has none */
	struct totals totals; /* RAM that the kernel manages + swap, from sysinfo(2) */
	uint64_t ram_bytes, swap_bytes;
	uint64_t ram_used_bytes, swap_used_bytes; /* used: not available to a new program */
	bool is_used_with_cache;                  /* used RAM includes the page cache */
	uint64_t unreclaimable_bytes; /* of RAM: neither free nor in files or reclaimable caches */
	int64_t panic_on_oom, kill_allocating; /* -1: not known */
	int64_t overcommit_memory;             /* -1: not known */
	bool stays_down;       /* after a panic: kernel.panic is 0, and no crash kernel is loaded */
	int64_t oom_kills;     /* victims since boot; -1: not counted before 4.13 */
	uint64_t ns_per_tick;  /* of the times in /proc/PID/stat */
	bool is_initial_pidns; /* /proc shows the whole machine, not a container */
	bool has_score_adj;    /* oom_score_adj, not oom_adj alone */
};

/*
 * The running kernel's VERSION(), even if personality(2) makes uname(2) report another; the highest
 * if it has none. Or a negative errno.
 */
int machine_read_version(int proc);

/* proc: a handle of /proc. 0, or a negative errno if sysinfo(2) or the release is missing. */
int machine_read(int proc, struct machine *m);

/* Reads memory and the number of OOM kills again. 0 or a negative errno. */
int machine_read_memory(int proc, struct machine *m);

/* Whether a kernel is loaded that a panic starts (kdump), and that then reboots the machine. */
bool machine_has_crash_kernel(void);

/*
 * The number of a namespace; name: such as "self/ns/pid". 0: before 3.8, this kernel has none, or
 * it cannot be read; then errno says why.
 */
unsigned int machine_read_ns(int proc, const char *name);

/* Whether this process is in the first PID namespace, that of the whole machine. */
bool machine_is_initial_pidns(int proc);

/* The number of the PID namespace that /proc shows; 0: the first one, or the kernel has none. */
unsigned int machine_read_pidns(int proc);

/*
 * Boot time in seconds since 1970; 0: unknown. Not in struct machine: with many CPUs and interrupts
 * the file is slow to read.
 */
uint64_t machine_read_boot(int proc);

/*
 * Whether /proc/PID/status and /proc/PID/stat count RSS differently (kernel commit 82241a83cd1, in
 * 6.12.39, 6.15.7 and 6.16): tested on this process, by touching a page.
 */
bool machine_has_two_rss(int proc);
