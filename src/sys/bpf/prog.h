/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * prog: the program that walks the processes inside the kernel and writes a row of each into a map,
 * for the structs of the running kernel.
 */
#pragma once

#include <stdbool.h>

#include "sys/bpf/asm.h"
#include "sys/bpf/syscall.h"
#include "sys/bpf/btf.h"

/*
 * The kernel's counters of a process' memory, in its order (include/linux/mm_types_task.h, since
 * 4.5).
 */
enum prog_count { COUNT_FILE, COUNT_ANON, COUNT_SWAP, COUNT_SHMEM, N_COUNTS };

/*
 * What the program writes of a process; what is not there is 0. Row 0 holds the number of the
 * others instead. Where the program is called for each thread, the threads of a process of which
 * the first has ended have rows too.
 */
struct prog_row {
	union {
		struct {
			int32_t pid, ppid;
		};
		uint64_t n; /* processes that the walk met, also beyond the end of the map */
	};
	uint32_t uid, threads;
	uint32_t flags;             /* PF_ */
	uint16_t state, exit_state; /* TASK_ */
	/* the thread that all but the states and the start is of: the first that has memory */
	int32_t mm_pid;
	int32_t cpu;
	uint64_t start_ns;                /* since boot */
	uint16_t pending, shared_pending; /* signals 1 to 16, a bit each */
	uint32_t caps;                    /* effective, 0 to 31 */
	int16_t adj;
	uint16_t is_vfork; /* in_vfork() of mm/oom_kill.c */
	uint32_t mm_flags; /* MMF_ */
	char name[16];
	uint64_t mm; /* its memory: not an address to be shown, only the same or another; 0: none */
	uint64_t total_vm; /* pages */
	uint64_t pgtables_bytes;
	int64_t counts[N_COUNTS]; /* pages, as the kernel's choice reads them: may be negative */
};

/* How the program gets at the tasks. */
enum prog_variant {
	PROG_WALK,  /* one run with an iterator of its own, in the order of forks (since 6.7) */
	PROG_CAST,  /* called for each thread; reads through typed pointers (since 6.2) */
	PROG_PROBE, /* called for each thread; asks a helper for each member (since 5.8) */
	N_BPFPROG_VARIANTS,
};

#define PROG_FIELDS 32
#define PROG_IDS    16

struct prog {
	bool adds_up; /* the kernel's choice adds what each CPU keeps to itself of a count */
	struct btf_field fields[PROG_FIELDS];
	struct btf_id ids[PROG_IDS];
};

/* Finds the layout in the kernel's BTF. 0, or what btf_resolve() gave. */
int prog_find(struct prog *p, bool adds_up);

/*
 * The first member that the program can't do without and that is not there, or of another size;
 * NULL: all are there.
 */
const struct btf_field *prog_missing(const struct prog *p);

/* Whether this kernel has what the variant calls. */
bool prog_can(const struct prog *p, enum prog_variant variant);

enum bpf_syscall_way prog_way(enum prog_variant variant);

/* The id to load it with. */
uint32_t prog_iter(const struct prog *p);

/* Whether the kernel tells on which CPU a process ran last. */
bool prog_has_cpu(const struct prog *p);

/* Writes the program for a map of rows. */
void prog_write(const struct prog *p, enum prog_variant variant, int map, struct bpf_asm *code);
