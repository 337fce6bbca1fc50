/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ahead: a part of the BPF program for one that runs again and again. Its time is that of waiting
 * for memory, and each task is known only from the one before it. So what the next few tasks need
 * is loaded at once, by the addresses of the run before: these loads do not wait for each other.
 * What was loaded is not used, and an address that is no longer valid reads as 0.
 */
#include <string.h>

#include "sys/bpf/internal.h"

#define CACHE_LINE 64
#define MAX_LINES  16 /* of one struct */

enum { R0, R1, R2, STACK = 10 };

static const struct {
	enum prog_id type;
	enum prog_field pointer; /* in the task */
} structs[AHEAD_STRUCTS] = {
	{ .type = ID_TASK },
	{ ID_SIGNAL, TASK_SIGNAL },
	{ ID_CRED, TASK_CRED },
	{ ID_MM, TASK_MM },
};

/* A member in each cache line of a struct that the program reads. */
struct lines {
	size_t n;
	struct {
		uint32_t offset;
		size_t size;
	} list[MAX_LINES];
};

static void add_line(struct lines *l, uint32_t offset, size_t size)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->list[i].offset / CACHE_LINE == offset / CACHE_LINE)
			return;
	if (l->n == MAX_LINES)
		return;
	l->list[l->n].offset = offset;
	l->list[l->n++].size = size;
}

static void find_lines(const struct prog *p, enum prog_id type, struct lines *l)
{
	l->n = 0;
	/* The kernel's iterator needs it first. */
	if (type == ID_TASK && p->fields[TASK_NEXT].size)
		add_line(l, p->fields[TASK_NEXT].offset, 8);
	for (size_t i = 0; i < N_WITHOUT_PARTS; i++) {
		const struct btf_field *f = &p->fields[i];

		if (f->in == type && f->size && f->least <= 16)
			add_line(l, f->offset, f->least < 8 ? f->least : 8);
	}
	for (uint32_t i = 0; type == ID_MM && i < N_COUNTS; i++)
		add_line(l, p->rss_at + i * p->rss_step, 8);
}

/* group = the group of n / AHEAD_GROUP + more; jumps if there is none */
static void find_group(const struct ahead_use *u, int map, int32_t more, struct bpf_asm *a,
		       size_t *none)
{
	bpf_asm_load(a, 8, R1, u->header, 0);
	bpf_asm_right(a, R1, AHEAD_SHIFT);
	bpf_asm_add(a, R1, more);
	bpf_asm_store(a, 4, STACK, u->key, R1);
	bpf_asm_set_map(a, R1, map);
	bpf_asm_set_address(a, R2, STACK, u->key);
	bpf_asm_call(a, BPF_FUNC_map_lookup_elem);
	bpf_asm_jump_if_zero(a, none, R0);
	bpf_asm_copy(a, u->group, R0);
}

/* r1 = n % AHEAD_GROUP */
static void find_place(const struct ahead_use *u, struct bpf_asm *a)
{
	bpf_asm_load(a, 8, R1, u->header, 0);
	bpf_asm_mask(a, R1, AHEAD_GROUP - 1);
}

/* Loads lines from first to end of all structs of a group. */
static void load_lines(const struct prog *p, const struct ahead_use *u, size_t first, size_t end,
		       struct bpf_asm *a)
{
	for (int place = 0; place < AHEAD_GROUP; place++) {
		for (int i = 0; i < AHEAD_STRUCTS; i++) {
			struct lines l;

			find_lines(p, structs[i].type, &l);
			if (l.n <= first)
				continue;
			bpf_asm_load(a, 8, R1, u->group, 8 * (i * AHEAD_GROUP + place));
			bpf_asm_set(a, R2, (int32_t)p->ids[structs[i].type].id);
			bpf_asm_call_kernel(a, p->ids[ID_CAST].id);
			for (size_t at = first; at < l.n && at < end; at++)
				bpf_asm_load(a, l.list[at].size, R1, R0, (int)l.list[at].offset);
		}
	}
}

void ahead_write(const struct prog *p, int map, const struct ahead_use *u, struct bpf_asm *a)
{
	size_t is_inside = 0, none = 0;

	/* if (n % AHEAD_GROUP == 0) */
	find_place(u, a);
	bpf_asm_jump_if_set(a, &is_inside, R1);
	find_group(u, map, 1, a, &is_inside);
	/* The first lines also find the pages; a processor waits for few loads at a time. */
	load_lines(p, u, 0, 1, a);
	load_lines(p, u, 1, MAX_LINES, a);
	bpf_asm_land(a, is_inside);

	/* The addresses of this task, for the next run. */
	find_group(u, map, 0, a, &none);
	find_place(u, a);
	bpf_asm_left(a, R1, 3);
	bpf_asm_add_from(a, u->group, R1);
	bpf_asm_store(a, 8, u->group, 0, u->task);
	for (int i = 1; i < AHEAD_STRUCTS; i++) {
		bpf_asm_load(a, 8, R0, u->task, (int)p->fields[structs[i].pointer].offset);
		bpf_asm_store(a, 8, u->group, 8 * i * AHEAD_GROUP, R0);
	}
	bpf_asm_land(a, none);
}
