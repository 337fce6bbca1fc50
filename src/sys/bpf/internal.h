/* SPDX-License-Identifier: GPL-2.0-or-later */
/* internal: the kernel's structs and functions, found by prog.c, for prog_write.c. */
#pragma once

#include "sys/bpf/prog.h"

/* The members, as they are numbered in struct prog. */
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

/* The types and functions. */
enum prog_id {
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

enum { MAX_ITERATOR = 48 }; /* bytes */

/* Whether the kernel has the member, with at least the size that is read. */
bool prog_has_field(const struct prog *p, enum prog_field f);

/* The one of two members that this kernel has. */
enum prog_field prog_one_of(const struct prog *p, enum prog_field one, enum prog_field other);

/* Whether rss_stat is four counters. */
bool prog_has_counters(const struct prog *p);

/* Whether the per-CPU parts of counters have to be added, and exist. */
bool prog_sums_percpu(const struct prog *p);
