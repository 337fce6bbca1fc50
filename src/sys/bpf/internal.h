/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * internal: what the program needs to know of the kernel's structs and functions (bpfprog.c), for
 * who writes it.
 */
#pragma once

#include "sys/bpf/prog.h"

/* The members, as they are numbered in struct prog. */
enum field {
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
	N_CERTAIN, /* those before it every kernel has under one name */
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

/* The types and functions. */
enum id {
	ID_TASK,
	ID_COUNTER,
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

/* The bytes that the program takes for an iterator, some words that the kernel alone knows. */
enum { MAX_ITERATOR = 48 };

/* Whether the kernel has the member, and of the size that is read. */
bool prog_has_field(const struct prog *p, enum field f);

/* The one of two names that this kernel has. */
enum field prog_one_of(const struct prog *p, enum field one, enum field other);

/* Four counters, of which each has its count. */
bool prog_has_counters(const struct prog *p);

/* What each CPU keeps to itself is to be added: to be, and there. */
bool prog_sums_percpu(const struct prog *p);
