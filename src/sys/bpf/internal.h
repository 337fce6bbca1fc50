/* SPDX-License-Identifier: GPL-2.0-or-later */
/* internal: the BPF program, for the running kernel. */
#pragma once

#include <stdbool.h>

#include "sys/bpf/asm.h"
#include "sys/bpf/btf.h"
#include "sys/bpf/prog.h"

/* Members of the kernel's structs. */
enum prog_field {
	TASK_TGID,
	TASK_TID,
	TASK_PARENT,
	TASK_LEADER,
	TASK_SIGNAL,
	TASK_CRED,
	TASK_MM,
	TASK_VFORK,
	TASK_FLAGS,
	TASK_EXIT,
	TASK_START_NS,
	TASK_PENDING,
	TASK_COMM,
	SIGNAL_THREADS,
	SIGNAL_ADJ,
	SIGNAL_PENDING,
	CRED_UID,
	CRED_CAPS,
	MM_TOTAL,
	MM_TABLES,
	MM_FLAGS,
	N_CERTAIN, /* those before it have one name in every kernel */
	TASK_STATE_OLD = N_CERTAIN,
	TASK_STATE_NEW,
	TASK_CPU_OLD,
	TASK_CPU_NEW,
	MM_RSS_OLD,
	MM_RSS_NEW,
	COUNTER_COUNT,
	N_WITHOUT_PARTS,
	COUNTER_PARTS = N_WITHOUT_PARTS,
	N_FIELDS
};

/* Its types and functions. */
enum prog_id {
	ID_COUNTER,
	ID_TASK,
	ID_ITERATOR,
	ID_LOCK,
	ID_UNLOCK,
	ID_NEW,
	ID_NEXT,
	ID_DESTROY,
	ID_ACQUIRE,
	ID_RELEASE,
	ID_CAST,
	ID_ITER_TASK,
	N_IDS_WITHOUT_PARTS,
	ID_EACH_CPU = N_IDS_WITHOUT_PARTS,
	ID_NUM_NEW,
	ID_NUM_NEXT,
	ID_NUM_DESTROY,
	N_IDS
};

/* How the program finds the tasks. */
enum prog_variant {
	PROG_WALK,  /* one run with its own iterator, in the order of forks (since 6.7) */
	PROG_CAST,  /* called for each thread; reads through typed pointers (since 6.2) */
	PROG_PROBE, /* called for each thread; reads through a helper (since 5.8) */
	N_PROG_VARIANTS,
};

struct prog {
	bool adds_up; /* the OOM killer adds the per-CPU parts of counters */
	struct btf_field fields[N_FIELDS];
	struct btf_id ids[N_IDS];
};

/* Finds the layout in the kernel's BTF. Returns what btf_resolve() does. */
int prog_find(struct prog *p, bool adds_up);

/* The first necessary member that is missing or has another size; NULL: none. */
const struct btf_field *prog_missing(const struct prog *p);

/* Whether this kernel has the functions that the variant calls. */
bool prog_can(const struct prog *p, enum prog_variant variant);

/* Whether the kernel has the member, with at least the size that is read. */
bool prog_has_field(const struct prog *p, enum prog_field f);

/* The one of two members that this kernel has. */
enum prog_field prog_one_of(const struct prog *p, enum prog_field one, enum prog_field other);

/* Whether rss_stat is four counters. */
bool prog_has_counters(const struct prog *p);

/* Whether the per-CPU parts of counters have to be added, and exist. */
bool prog_sums_percpu(const struct prog *p);

/* Whether the kernel knows on which CPU a process ran last. */
bool prog_has_cpu(const struct prog *p);

/* Writes the program for a map of rows. */
void prog_write(const struct prog *p, enum prog_variant variant, int map, struct bpf_asm *code);
