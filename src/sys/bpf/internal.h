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
	size_t size;
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
	TASK_NEXT,
	N_FOR_MEMORY,
	TASK_CGROUPS = N_FOR_MEMORY, /* for BPF_TASKS_CLASSES */
	MM_EXE,
	FILE_MOUNT,
	FILE_ENTRY,
	TASK_EXEC_ID,
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
	N_IDS_FOR_MEMORY,
	ID_FILE = N_IDS_FOR_MEMORY,
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
	enum bpf_tasks_kind kind;
	struct btf_field fields[N_FIELDS];
	struct btf_id ids[N_IDS];
	uint32_t rss_at, rss_step,
		parts_at; /* in struct mm_struct: the first count, and its parts */
	bool sums_percpu; /* the per-CPU parts of counters exist, and have to be added */
	bool has_cpu;     /* the kernel knows on which CPU a process ran last */
};

/*
 * Finds the layout in the kernel's BTF, for rows of this kind. adds_up: the OOM killer adds the
 * per-CPU parts of counters. *missing: a necessary member that is missing or has another size, or
 * NULL. Returns what btf_resolve() does.
 */
int prog_find(struct prog *p, enum bpf_tasks_kind kind, bool adds_up,
	      const struct btf_field **missing);

/* Whether this kernel has the functions that the variant calls. */
bool prog_can(const struct prog *p, enum prog_variant variant);

/*
 * Writes the program for a map of rows. ahead: a map for ahead_write(), used by PROG_WALK, or -1 if
 * it runs only once.
 */
void prog_write(const struct prog *p, enum prog_variant variant, int map, int ahead,
		struct bpf_asm *code);

/* Tasks that follow each other in the kernel's list: addresses of them and of their structs. */
#define AHEAD_SHIFT   3
#define AHEAD_GROUP   (1 << AHEAD_SHIFT)
#define AHEAD_STRUCTS 4

struct ahead_group {
	uint64_t addresses[AHEAD_STRUCTS][AHEAD_GROUP];
};

/* What the program has, for ahead_write(). */
struct ahead_use {
	int task, header; /* registers: the task, as its type; where its number is, 8 bytes */
	int group;        /* a register that is lost */
	int key;          /* on the stack, 4 bytes that are lost */
};

/*
 * Loads what the next tasks need, and notes the addresses of this one. map: an array of struct
 * ahead_group. Registers 0 to 5 are lost.
 */
void ahead_write(const struct prog *p, int map, const struct ahead_use *u, struct bpf_asm *a);
