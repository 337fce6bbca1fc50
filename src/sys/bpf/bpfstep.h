/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpfstep: the steps of which the program that walks the processes is made. Each writes a few instructions, and says in C what
 * they do.
 */
#pragma once

#include "sys/bpf/internal.h"

#define AT(member)   offsetof(struct bpfprog_row, member)
#define SIZE(member) sizeof(((struct bpfprog_row *)NULL)->member)

/* Of the stack: a key of the map, a task, and iterators, which are some words that the kernel alone knows. */
enum {
	STACK_KEY = -8,
	STACK_TASK = -16,
	STACK_PROCESSES = -64,
	STACK_THREADS = -112,
	STACK_CPUS = -120,
	STACK_PARTS = -152, /* four addresses */
};

/* What the registers hold all through. */
enum { R0, R1, R2, R3, TASK = 6, ROW = 7, OTHER = 8, HEADER = 9, STACK = 10 };

/* The program being written. */
struct writer {
	struct bpfasm *a;
	const struct bpfprog *p;
	bool probes; /* members are read by a helper, not by loads */
	int map;
};

/* *(to + at) = *(from + offset), of size bytes; to is the stack or a row, from anything of the kernel's. */
void bpfstep_copy_at(const struct writer *w, int to, int at, int from, uint32_t offset,
		     size_t size);

/* row->member = from->field; */
void bpfstep_copy(const struct writer *w, size_t member, size_t size, int from, enum field f);
#define COPY(w, member, from, f) bpfstep_copy(w, AT(member), SIZE(member), from, f)

/* other = from->field; a pointer. */
void bpfstep_follow(const struct writer *w, int from, enum field f);

/* header = the row 0; if (!header) goto the jump that is returned; */
size_t bpfstep_find_header(const struct writer *w);

/* row = the row ++header->n; if (!row) goto the jump that is returned; */
size_t bpfstep_next_row(const struct writer *w);

/* task = bpf_rdonly_cast(r0, type of task_struct): its pointers can be followed, and what goes wrong reads as 0. */
void bpfstep_cast_task(const struct writer *w);

/* r0 = bpf_iter_..._next(&iterator), or the end of it: bpf_iter_..._destroy(&iterator); */
void bpfstep_call_iterator(const struct writer *w, int iterator, enum id id);

/*
 * bpfparts: row->counts[] += what each CPU keeps to itself of them, as percpu_counter_sum() does, but of all CPUs that there
 * can be: one that is taken away leaves nothing behind (lib/percpu_counter.c). other = mm is lost.
 */
void bpfparts_add(const struct writer *w);
