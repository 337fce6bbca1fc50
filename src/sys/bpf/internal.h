/* SPDX-License-Identifier: GPL-2.0-or-later */
/* internal: the kernel's BTF, and the BPF program for the running kernel. */
#pragma once

#include <stdbool.h>

#include "sys/bpf/asm.h"
#include "sys/bpf/btf.h"
#include "sys/bpf/tasks.h"

#define BTF_FILE_FAR  ((size_t)65536) /* bytes read at once: in sequential passes, and for jumps */
#define BTF_FILE_NEAR ((size_t)8192)

struct btf_file {
	int fd;
	uint64_t size;
	const char *map; /* the file, if the kernel permits it; NULL: there is a window */
	char *window;    /* BTF_FILE_FAR bytes */
	uint64_t begin;  /* offset of the len bytes in it */
	size_t len, step;
};

/* 0 or a negative errno; close f in both cases. */
int btf_file_open(struct btf_file *f, const char *path);

/*
 * The bytes at an offset; *len: how many are available before end, at least BTF_FILE_NEAR / 2 if
 * end is not nearer. Valid until the next call. NULL: beyond the end, or unreadable.
 */
const char *btf_file_chunk(struct btf_file *f, uint64_t at, uint64_t end, size_t *len);

/* At most BTF_FILE_NEAR / 2 bytes. 0 or -EIO. */
int btf_file_read(struct btf_file *f, uint64_t at, void *to, size_t len);
void btf_file_close(struct btf_file *f);

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
	TASK_STATE,
	N_CERTAIN, /* the members before it must exist */
	TASK_STATE_OLD = N_CERTAIN,
	TASK_LAST_CPU,
	TASK_LAST_CPU_OLD,
	MM_RSS_OLD,
	MM_RSS,
	COUNTER_COUNT,
	N_WITHOUT_PARTS,
	COUNTER_PARTS = N_WITHOUT_PARTS,
	N_FIELDS
};

/* Its types and functions. */
enum prog_id {
	ID_SIGNAL,
	ID_CRED,
	ID_MM,
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
	struct btf_field fields[N_FIELDS];
	struct btf_id ids[N_IDS];
	uint32_t rss_at, rss_step,
		parts_at; /* in struct mm_struct: the first count, and its parts */
	bool sums_percpu; /* the per-CPU parts of counters exist, and have to be added */
	bool has_cpu;     /* the kernel knows on which CPU a process ran last */
};

/*
 * Finds the layout in the kernel's BTF. adds_up: the OOM killer adds the per-CPU parts of counters.
 * *missing: a necessary member that is missing or has another size, or NULL. Returns what
 * btf_resolve() does.
 */
int prog_find(struct prog *p, bool adds_up, const struct btf_field **missing);

/* Whether this kernel has the functions that the variant calls. */
bool prog_can(const struct prog *p, enum prog_variant variant);

/* Writes the program for a map of rows. */
void prog_write(const struct prog *p, enum prog_variant variant, int map, struct bpf_asm *code);
