/* SPDX-License-Identifier: GPL-2.0-or-later */
/* prog: the rows that the BPF program writes. */
#pragma once

#include <stdint.h>

/* The kernel's counters of memory, in its order (include/linux/mm_types_task.h, since 4.5). */
enum prog_count { COUNT_FILE, COUNT_ANON, COUNT_SWAP, COUNT_SHMEM, N_COUNTS };

/*
 * A process; what is missing is 0. Row 0 holds the number of the others instead. If the program is
 * called for each thread, and the first has ended, the other threads have rows, too.
 */
struct prog_row {
	union {
		struct {
			int32_t pid, ppid;
		};
		uint64_t n; /* processes that were found, also beyond the end of the map */
	};
	uint32_t uid, threads;
	uint32_t flags;             /* PF_ */
	uint16_t state, exit_state; /* TASK_ */
	int32_t mm_pid; /* the first thread with memory: all but states and start is from it */
	int32_t cpu;
	uint64_t start_ns;                /* since boot */
	uint16_t pending, shared_pending; /* signals 1 to 16, a bit each */
	uint32_t caps;                    /* effective, 0 to 31 */
	int16_t adj;
	uint16_t is_vfork; /* in_vfork() of mm/oom_kill.c */
	uint32_t mm_flags; /* MMF_ */
	char name[16];
	uint64_t mm;       /* address of its memory, only to compare, never shown; 0: none */
	uint64_t total_vm; /* pages */
	uint64_t pgtables_bytes;
	int64_t counts[N_COUNTS]; /* pages, as the OOM killer reads them; may be negative */
};
