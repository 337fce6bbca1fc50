/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bpfparts: what each CPU keeps to itself of the counts of a process' memory, added to them. */
#include "sys/bpf/bpfstep.h"

/* No kernel is built for more (CONFIG_NR_CPUS); it knows its own end. */
enum { MAX_CPUS = 8192 };

/* bpf_iter_num_new(&cpus, 0, MAX_CPUS); */
static void begin_cpus(const struct writer *w)
{
	bpfasm_copy(w->a, R1, STACK);
	bpfasm_add(w->a, R1, STACK_CPUS);
	bpfasm_set(w->a, R2, 0);
	bpfasm_set(w->a, R3, MAX_CPUS);
	bpfasm_call_kernel(w->a, w->p->ids[ID_NUM_NEW].id);
}

/*
 * other = what is to be added to the address of a variable of each CPU for that of the CPU *r0; if there is none, goto the
 * jump that is returned. Any such variable tells.
 */
static size_t find_cpu(const struct writer *w)
{
	uint32_t any = w->p->ids[ID_EACH_CPU].id;
	size_t none;

	bpfasm_load(w->a, 4, R2, R0, 0);
	bpfasm_set_variable(w->a, R1, any);
	bpfasm_call(w->a, BPF_FUNC_per_cpu_ptr);
	none = bpfasm_jump_if_zero(w->a, R0);
	bpfasm_set_variable(w->a, R1, any);
	bpfasm_subtract(w->a, R0, R1);
	bpfasm_copy(w->a, OTHER, R0);
	return none;
}

/* row->counts[i] += *(s32 *)(part + other); where nothing can be read it is 0 */
static void add_part(const struct writer *w, int i)
{
	int count = (int)(AT(counts) + (size_t)i * SIZE(counts[0]));

	bpfasm_copy(w->a, R1, STACK);
	bpfasm_add(w->a, R1, STACK_KEY);
	bpfasm_set(w->a, R2, 4);
	bpfasm_load(w->a, 8, R3, STACK, STACK_PARTS + 8 * i);
	bpfasm_add_from(w->a, R3, OTHER);
	bpfasm_call(w->a, BPF_FUNC_probe_read_kernel);
	bpfasm_load(w->a, 4, R0, STACK, STACK_KEY);
	bpfasm_extend_sign(w->a, R0);
	bpfasm_load(w->a, 8, R1, ROW, count);
	bpfasm_add_from(w->a, R1, R0);
	bpfasm_store(w->a, 8, ROW, count, R1);
}

void bpfparts_add(const struct writer *w)
{
	const struct bpfprog *p = w->p;
	uint32_t first = p->fields[MM_RSS_NEW].offset + p->fields[COUNTER_PARTS].offset;
	size_t loop, end, none;

	for (int i = 0; i < N_COUNTS; i++)
		bpfstep_copy_at(w, STACK, STACK_PARTS + 8 * i, OTHER,
				first + (uint32_t)i * p->ids[ID_COUNTER].size, 8);
	begin_cpus(w);
	loop = bpfasm_here(w->a);
	bpfstep_call_iterator(w, STACK_CPUS, ID_NUM_NEXT);
	end = bpfasm_jump_if_zero(w->a, R0);
	none = find_cpu(w);
	for (int i = 0; i < N_COUNTS; i++)
		add_part(w, i);
	bpfasm_jump_back(w->a, loop);
	bpfasm_land(w->a, end);
	bpfasm_land(w->a, none);
	bpfstep_call_iterator(w, STACK_CPUS, ID_NUM_DESTROY);
}
