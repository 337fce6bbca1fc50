/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bpfstep: the steps of which the program that walks the processes is made. */
#include "sys/bpf/bpfstep.h"

void bpfstep_copy_at(const struct writer *w, int to, int at, int from, uint32_t offset, size_t size)
{
	if (w->probes) {
		/* bpf_probe_read_kernel(to + at, size, from + offset); */
		bpfasm_copy(w->a, R1, to);
		bpfasm_add(w->a, R1, at);
		bpfasm_set(w->a, R2, (int32_t)size);
		bpfasm_copy(w->a, R3, from);
		bpfasm_add(w->a, R3, (int32_t)offset);
		bpfasm_call(w->a, BPF_FUNC_probe_read_kernel);
		return;
	}
	for (size_t done = 0; done < size; done += 8) {
		size_t n = size - done < 8 ? size - done : 8;

		bpfasm_load(w->a, n, R0, from, (int)(offset + done));
		bpfasm_store(w->a, n, to, at + (int)done, R0);
	}
}

void bpfstep_copy(const struct writer *w, size_t member, size_t size, int from, enum field f)
{
	bpfstep_copy_at(w, ROW, (int)member, from, w->p->fields[f].offset, size);
}

void bpfstep_follow(const struct writer *w, int from, enum field f)
{
	if (!w->probes) {
		bpfasm_load(w->a, 8, OTHER, from, (int)w->p->fields[f].offset);
		return;
	}
	bpfstep_copy_at(w, STACK, STACK_KEY, from, w->p->fields[f].offset, 8);
	bpfasm_load(w->a, 8, OTHER, STACK, STACK_KEY);
}

/* r0 = the row of the key that is on the stack, or NULL */
static void look_up(const struct writer *w)
{
	bpfasm_set_map(w->a, R1, w->map);
	bpfasm_copy(w->a, R2, STACK);
	bpfasm_add(w->a, R2, STACK_KEY);
	bpfasm_call(w->a, BPF_FUNC_map_lookup_elem);
}

size_t bpfstep_find_header(const struct writer *w)
{
	size_t none;

	bpfasm_set(w->a, R0, 0);
	bpfasm_store(w->a, 4, STACK, STACK_KEY, R0);
	look_up(w);
	none = bpfasm_jump_if_zero(w->a, R0);
	bpfasm_copy(w->a, HEADER, R0);
	return none;
}

/* The number is kept in the map and not in a register, of which the verifier would follow each value. */
size_t bpfstep_next_row(const struct writer *w)
{
	size_t full;

	bpfasm_load(w->a, 8, R1, HEADER, AT(n));
	bpfasm_add(w->a, R1, 1);
	bpfasm_store(w->a, 8, HEADER, AT(n), R1);
	bpfasm_store(w->a, 4, STACK, STACK_KEY, R1);
	look_up(w);
	full = bpfasm_jump_if_zero(w->a, R0);
	bpfasm_copy(w->a, ROW, R0);
	return full;
}

void bpfstep_cast_task(const struct writer *w)
{
	bpfasm_copy(w->a, R1, R0);
	bpfasm_set(w->a, R2, (int32_t)w->p->ids[ID_TASK].id);
	bpfasm_call_kernel(w->a, w->p->ids[ID_CAST].id);
	bpfasm_copy(w->a, TASK, R0);
}

void bpfstep_call_iterator(const struct writer *w, int iterator, enum id id)
{
	bpfasm_copy(w->a, R1, STACK);
	bpfasm_add(w->a, R1, iterator);
	bpfasm_call_kernel(w->a, w->p->ids[id].id);
}
