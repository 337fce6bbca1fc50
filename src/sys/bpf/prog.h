/* SPDX-License-Identifier: GPL-2.0-or-later */
/* prog: the BPF program that writes a row for each process into a map, for the running kernel. */
#pragma once

#include <stdbool.h>

#include "sys/bpf/asm.h"
#include "sys/bpf/syscall.h"
#include "sys/bpf/btf.h"

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

/* How the program finds the tasks. */
enum prog_variant {
	PROG_WALK,  /* one run with its own iterator, in the order of forks (since 6.7) */
	PROG_CAST,  /* called for each thread; reads through typed pointers (since 6.2) */
	PROG_PROBE, /* called for each thread; reads through a helper (since 5.8) */
	N_PROG_VARIANTS,
};

#define PROG_FIELDS 32
#define PROG_IDS    16

struct prog {
	bool adds_up; /* the OOM killer adds the per-CPU parts of counters */
	struct btf_field fields[PROG_FIELDS];
	struct btf_id ids[PROG_IDS];
};

/* Finds the layout in the kernel's BTF. Returns what btf_resolve() does. */
int prog_find(struct prog *p, bool adds_up);

/* The first necessary member that is missing or has another size; NULL: none. */
const struct btf_field *prog_missing(const struct prog *p);

/* Whether this kernel has the functions that the variant calls. */
bool prog_can(const struct prog *p, enum prog_variant variant);

enum bpf_syscall_way prog_way(enum prog_variant variant);

/* The BTF id to load it with. */
uint32_t prog_iter(const struct prog *p);

/* Whether the kernel knows on which CPU a process ran last. */
bool prog_has_cpu(const struct prog *p);

/* Writes the program for a map of rows. */
void prog_write(const struct prog *p, enum prog_variant variant, int map, struct bpf_asm *code);
