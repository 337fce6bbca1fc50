/* SPDX-License-Identifier: GPL-2.0-or-later */
/* prog_write: writes the BPF program. */
#include <string.h>

#include "sys/bpf/internal.h"

#define AT(member)   offsetof(struct prog_row, member)
#define SIZE(member) sizeof(((struct prog_row *)NULL)->member)

/* The stack: a key of the map, a task, iterators, and four addresses. */
enum {
	STACK_KEY = -8,
	STACK_TASK = -16,
	STACK_PROCESSES = -64,
	STACK_THREADS = -112,
	STACK_CPUS = -120,
	STACK_PARTS = -152,
};

/* What the registers hold in the whole program. */
enum { R0, R1, R2, R3, TASK = 6, ROW = 7, OTHER = 8, HEADER = 9, STACK = 10 };

/* The program being written. */
struct writer {
	struct bpf_asm *a;
	const struct prog *p;
	bool probes; /* members are read by a helper, not by loads */
	int map;
};

#define COPY(w, member, from, f) step_copy(w, AT(member), SIZE(member), from, f)

static void step_copy_at(const struct writer *w, int to, int at, int from, uint32_t offset,
			 size_t size)
{
	if (w->probes) {
		/* bpf_probe_read_kernel(to + at, size, from + offset); */
		bpf_asm_copy(w->a, R1, to);
		bpf_asm_add(w->a, R1, at);
		bpf_asm_set(w->a, R2, (int32_t)size);
		bpf_asm_copy(w->a, R3, from);
		bpf_asm_add(w->a, R3, (int32_t)offset);
		bpf_asm_call(w->a, BPF_FUNC_probe_read_kernel);
		return;
	}
	for (size_t done = 0; done < size; done += 8) {
		size_t n = size - done < 8 ? size - done : 8;

		bpf_asm_load(w->a, n, R0, from, (int)(offset + done));
		bpf_asm_store(w->a, n, to, at + (int)done, R0);
	}
}

static void step_copy(const struct writer *w, size_t member, size_t size, int from,
		      enum prog_field f)
{
	step_copy_at(w, ROW, (int)member, from, w->p->fields[f].offset, size);
}

static void step_follow(const struct writer *w, int from, enum prog_field f)
{
	if (!w->probes) {
		bpf_asm_load(w->a, 8, OTHER, from, (int)w->p->fields[f].offset);
		return;
	}
	step_copy_at(w, STACK, STACK_KEY, from, w->p->fields[f].offset, 8);
	bpf_asm_load(w->a, 8, OTHER, STACK, STACK_KEY);
}

/* r0 = the row of the key that is on the stack, or NULL */
static void look_up(const struct writer *w)
{
	bpf_asm_set_map(w->a, R1, w->map);
	bpf_asm_copy(w->a, R2, STACK);
	bpf_asm_add(w->a, R2, STACK_KEY);
	bpf_asm_call(w->a, BPF_FUNC_map_lookup_elem);
}

static size_t step_find_header(const struct writer *w)
{
	size_t none;

	bpf_asm_set(w->a, R0, 0);
	bpf_asm_store(w->a, 4, STACK, STACK_KEY, R0);
	look_up(w);
	none = bpf_asm_jump_if_zero(w->a, R0);
	bpf_asm_copy(w->a, HEADER, R0);
	return none;
}

/* The number is in the map: the verifier would check each value of a register. */
static size_t step_next_row(const struct writer *w)
{
	size_t full;

	bpf_asm_load(w->a, 8, R1, HEADER, AT(n));
	bpf_asm_add(w->a, R1, 1);
	bpf_asm_store(w->a, 8, HEADER, AT(n), R1);
	bpf_asm_store(w->a, 4, STACK, STACK_KEY, R1);
	look_up(w);
	full = bpf_asm_jump_if_zero(w->a, R0);
	bpf_asm_copy(w->a, ROW, R0);
	return full;
}

static void step_cast_task(const struct writer *w)
{
	bpf_asm_copy(w->a, R1, R0);
	bpf_asm_set(w->a, R2, (int32_t)w->p->ids[ID_TASK].id);
	bpf_asm_call_kernel(w->a, w->p->ids[ID_CAST].id);
	bpf_asm_copy(w->a, TASK, R0);
}

static void step_call_iterator(const struct writer *w, int iterator, enum prog_id id)
{
	bpf_asm_copy(w->a, R1, STACK);
	bpf_asm_add(w->a, R1, iterator);
	bpf_asm_call_kernel(w->a, w->p->ids[id].id);
}

/* No kernel is built for more (CONFIG_NR_CPUS); per_cpu_ptr() fails beyond its own number. */
enum { MAX_CPUS = 8192 };

/*
 * other = the offset of the variables of CPU *r0, from any per-CPU variable; if there is no such
 * CPU, takes the jump that is returned.
 */
static size_t find_cpu(const struct writer *w)
{
	uint32_t any = w->p->ids[ID_EACH_CPU].id;
	size_t none;

	bpf_asm_load(w->a, 4, R2, R0, 0);
	bpf_asm_set_variable(w->a, R1, any);
	bpf_asm_call(w->a, BPF_FUNC_per_cpu_ptr);
	none = bpf_asm_jump_if_zero(w->a, R0);
	bpf_asm_set_variable(w->a, R1, any);
	bpf_asm_subtract(w->a, R0, R1);
	bpf_asm_copy(w->a, OTHER, R0);
	return none;
}

/* row->counts[i] += *(s32 *)(part + other); 0 if unreadable */
static void add_part(const struct writer *w, int i)
{
	int count = (int)(AT(counts) + (size_t)i * SIZE(counts[0]));

	bpf_asm_copy(w->a, R1, STACK);
	bpf_asm_add(w->a, R1, STACK_KEY);
	bpf_asm_set(w->a, R2, 4);
	bpf_asm_load(w->a, 8, R3, STACK, STACK_PARTS + 8 * i);
	bpf_asm_add_from(w->a, R3, OTHER);
	bpf_asm_call(w->a, BPF_FUNC_probe_read_kernel);
	bpf_asm_load(w->a, 4, R0, STACK, STACK_KEY);
	bpf_asm_extend_sign(w->a, R0);
	bpf_asm_load(w->a, 8, R1, ROW, count);
	bpf_asm_add_from(w->a, R1, R0);
	bpf_asm_store(w->a, 8, ROW, count, R1);
}

/*
 * row->counts[] += their per-CPU parts, as percpu_counter_sum() does, but of all possible CPUs: a
 * removed one has none left (lib/percpu_counter.c). other = mm is lost.
 */
static void add_percpu_parts(const struct writer *w)
{
	const struct prog *p = w->p;
	uint32_t first = p->fields[MM_RSS_NEW].offset + p->fields[COUNTER_PARTS].offset;
	size_t loop, end, none;

	for (int i = 0; i < N_COUNTS; i++)
		step_copy_at(w, STACK, STACK_PARTS + 8 * i, OTHER,
			     first + (uint32_t)i * p->ids[ID_COUNTER].size, 8);
	/* bpf_iter_num_new(&cpus, 0, MAX_CPUS); */
	bpf_asm_copy(w->a, R1, STACK);
	bpf_asm_add(w->a, R1, STACK_CPUS);
	bpf_asm_set(w->a, R2, 0);
	bpf_asm_set(w->a, R3, MAX_CPUS);
	bpf_asm_call_kernel(w->a, p->ids[ID_NUM_NEW].id);
	loop = w->a->n;
	step_call_iterator(w, STACK_CPUS, ID_NUM_NEXT);
	end = bpf_asm_jump_if_zero(w->a, R0);
	none = find_cpu(w);
	for (int i = 0; i < N_COUNTS; i++)
		add_part(w, i);
	bpf_asm_jump_back(w->a, loop);
	bpf_asm_land(w->a, end);
	bpf_asm_land(w->a, none);
	step_call_iterator(w, STACK_CPUS, ID_NUM_DESTROY);
}

_Static_assert(sizeof(struct prog_row) == 128, "no padding");

/* BPF_TASK_ITER_ALL_PROCS and BPF_TASK_ITER_PROC_THREADS of kernel/bpf/task_iter.c. */
enum { ITER_PROCESSES = 0, ITER_THREADS = 2 };

/* Members of the first thread in any case: the process has its place in the kernel's list. */
static void copy_first(const struct writer *w)
{
	COPY(w, state, TASK, prog_one_of(w->p, TASK_STATE_NEW, TASK_STATE_OLD));
	COPY(w, exit_state, TASK, TASK_EXIT);
	COPY(w, start_ns, TASK, TASK_START_NS);
}

static void copy_task(const struct writer *w)
{
	const struct prog *p = w->p;

	COPY(w, pid, TASK, TASK_TGID);
	COPY(w, mm_pid, TASK, TASK_TID);
	COPY(w, flags, TASK, TASK_FLAGS);
	COPY(w, pending, TASK, TASK_PENDING);
	COPY(w, name, TASK, TASK_COMM);
	COPY(w, mm, TASK, TASK_MM);
	if (prog_has_cpu(p))
		COPY(w, cpu, TASK, prog_one_of(p, TASK_CPU_NEW, TASK_CPU_OLD));

	/* signal = task->signal; */
	step_follow(w, TASK, TASK_SIGNAL);
	COPY(w, threads, OTHER, SIGNAL_THREADS);
	COPY(w, adj, OTHER, SIGNAL_ADJ);
	COPY(w, shared_pending, OTHER, SIGNAL_PENDING);

	/* cred = task->real_cred; */
	step_follow(w, TASK, TASK_CRED);
	COPY(w, uid, OTHER, CRED_UID);
	COPY(w, caps, OTHER, CRED_CAPS);

	/* parent = task->real_parent; row->ppid = parent->tgid; */
	step_follow(w, TASK, TASK_PARENT);
	COPY(w, ppid, OTHER, TASK_TGID);
}

/*
 * if (task->vfork_done && task->real_parent->mm == row->mm) row->is_vfork = 1; total_vm and
 * pgtables_bytes are scratch, filled later.
 */
static void copy_vfork(const struct writer *w)
{
	size_t none, other;

	COPY(w, total_vm, TASK, TASK_VFORK);
	bpf_asm_load(w->a, 8, R0, ROW, AT(total_vm));
	none = bpf_asm_jump_if_zero(w->a, R0);
	step_follow(w, TASK, TASK_PARENT);
	COPY(w, pgtables_bytes, OTHER, TASK_MM);
	bpf_asm_load(w->a, 8, R0, ROW, AT(pgtables_bytes));
	bpf_asm_load(w->a, 8, R1, ROW, AT(mm));
	other = bpf_asm_jump_if_differ(w->a, R0, R1);
	bpf_asm_set(w->a, R0, 1);
	bpf_asm_store(w->a, SIZE(is_vfork), ROW, AT(is_vfork), R0);
	bpf_asm_land(w->a, none);
	bpf_asm_land(w->a, other);
}

/* if (row->mm) what memory it has */
static void copy_memory(const struct writer *w)
{
	const struct prog *p = w->p;
	bool is_new = prog_has_counters(p);
	uint32_t first = p->fields[is_new ? MM_RSS_NEW : MM_RSS_OLD].offset;
	uint32_t step = is_new ? p->ids[ID_COUNTER].size : 8, at = 0;
	size_t none;

	bpf_asm_load(w->a, 8, R0, ROW, AT(mm));
	none = bpf_asm_jump_if_zero(w->a, R0);
	copy_vfork(w);
	/* mm = task->mm; */
	step_follow(w, TASK, TASK_MM);
	COPY(w, total_vm, OTHER, MM_TOTAL);
	COPY(w, pgtables_bytes, OTHER, MM_TABLES);
	COPY(w, mm_flags, OTHER, MM_FLAGS);
	/* row->counts[i] = mm->rss_stat[i].count; until 6.1 mm->rss_stat.count[i].counter */
	if (is_new)
		at = p->fields[COUNTER_COUNT].offset;
	for (uint32_t i = 0; i < N_COUNTS; i++)
		step_copy_at(w, ROW, (int)(AT(counts) + i * SIZE(counts[0])), OTHER,
			     first + i * step + at, SIZE(counts[0]));
	if (prog_sums_percpu(p))
		add_percpu_parts(w);
	bpf_asm_land(w->a, none);
}

/* bpf_iter_task_new(&iterator, r2, kind); */
static void begin_iterator(const struct writer *w, int iterator, int32_t kind)
{
	bpf_asm_copy(w->a, R1, STACK);
	bpf_asm_add(w->a, R1, iterator);
	bpf_asm_set(w->a, R3, kind);
	bpf_asm_call_kernel(w->a, w->p->ids[ID_NEW].id);
}

/*
 * if (!row->mm && row->threads != 1) copy the first thread with memory, as find_lock_task_mm()
 * does; kernel threads have one thread. The iterator of threads takes only an acquired process.
 */
static void find_thread(const struct writer *w)
{
	const struct btf_id *ids = w->p->ids;
	size_t has_mm, alone, gone, end, found, loop;

	bpf_asm_load(w->a, 8, R0, ROW, AT(mm));
	has_mm = bpf_asm_jump_if_set(w->a, R0);
	bpf_asm_load(w->a, 4, R0, ROW, AT(threads));
	bpf_asm_add(w->a, R0, -1);
	alone = bpf_asm_jump_if_zero(w->a, R0);
	bpf_asm_load(w->a, 8, R1, STACK, STACK_TASK);
	bpf_asm_call_kernel(w->a, ids[ID_ACQUIRE].id);
	gone = bpf_asm_jump_if_zero(w->a, R0);
	bpf_asm_store(w->a, 8, STACK, STACK_TASK, R0);
	bpf_asm_copy(w->a, R2, R0);
	begin_iterator(w, STACK_THREADS, ITER_THREADS);
	loop = w->a->n;
	step_call_iterator(w, STACK_THREADS, ID_NEXT);
	end = bpf_asm_jump_if_zero(w->a, R0);
	step_cast_task(w);
	copy_task(w);
	bpf_asm_load(w->a, 8, R0, ROW, AT(mm));
	found = bpf_asm_jump_if_set(w->a, R0);
	bpf_asm_jump_back(w->a, loop);
	bpf_asm_land(w->a, end);
	bpf_asm_land(w->a, found);
	step_call_iterator(w, STACK_THREADS, ID_DESTROY);
	bpf_asm_load(w->a, 8, R1, STACK, STACK_TASK);
	bpf_asm_call_kernel(w->a, ids[ID_RELEASE].id);
	bpf_asm_land(w->a, gone);
	bpf_asm_land(w->a, has_mm);
	bpf_asm_land(w->a, alone);
}

static void write_walk(const struct writer *w)
{
	const struct btf_id *ids = w->p->ids;
	size_t none = step_find_header(w), end, full, loop;

	bpf_asm_call_kernel(w->a, ids[ID_LOCK].id);
	bpf_asm_set(w->a, R2, 0);
	begin_iterator(w, STACK_PROCESSES, ITER_PROCESSES);

	/* while ((r0 = bpf_iter_task_next(&iterator))) { */
	loop = w->a->n;
	step_call_iterator(w, STACK_PROCESSES, ID_NEXT);
	end = bpf_asm_jump_if_zero(w->a, R0);
	bpf_asm_store(w->a, 8, STACK, STACK_TASK, R0);
	step_cast_task(w);
	full = step_next_row(w);
	copy_task(w);
	copy_first(w);
	find_thread(w);
	copy_memory(w);
	bpf_asm_land(w->a, full);
	bpf_asm_jump_back(w->a, loop);

	/* } */
	bpf_asm_land(w->a, end);
	step_call_iterator(w, STACK_PROCESSES, ID_DESTROY);
	bpf_asm_call_kernel(w->a, ids[ID_UNLOCK].id);
	bpf_asm_land(w->a, none);
}

/* r0 = ctx->task, the second member of struct bpf_iter__task */
enum { CONTEXT_TASK = 8 };

/* A row for each process, and for each thread of a process whose first thread has ended. */
static void write_each(const struct writer *w)
{
	size_t end, first, unneeded, none, full;

	/* if (!ctx->task) return; the end of the list */
	bpf_asm_load(w->a, 8, R0, R1, CONTEXT_TASK);
	end = bpf_asm_jump_if_zero(w->a, R0);
	if (w->probes)
		bpf_asm_copy(w->a, TASK, R0);
	else
		step_cast_task(w);
	/* if (task->pid != task->tgid && task->group_leader->mm) return; */
	step_copy_at(w, STACK, STACK_KEY, TASK, w->p->fields[TASK_TID].offset, 4);
	step_copy_at(w, STACK, STACK_KEY + 4, TASK, w->p->fields[TASK_TGID].offset, 4);
	bpf_asm_load(w->a, 4, R0, STACK, STACK_KEY);
	bpf_asm_load(w->a, 4, R1, STACK, STACK_KEY + 4);
	first = bpf_asm_jump_if_equal(w->a, R0, R1);
	step_follow(w, TASK, TASK_LEADER);
	step_copy_at(w, STACK, STACK_KEY, OTHER, w->p->fields[TASK_MM].offset, 8);
	bpf_asm_load(w->a, 8, R0, STACK, STACK_KEY);
	unneeded = bpf_asm_jump_if_set(w->a, R0);
	bpf_asm_land(w->a, first);
	none = step_find_header(w);
	full = step_next_row(w);
	copy_task(w);
	copy_first(w);
	copy_memory(w);
	bpf_asm_land(w->a, end);
	bpf_asm_land(w->a, unneeded);
	bpf_asm_land(w->a, none);
	bpf_asm_land(w->a, full);
}

void prog_write(const struct prog *p, enum prog_variant variant, int map, struct bpf_asm *code)
{
	struct writer w = { .a = code, .p = p, .probes = variant == PROG_PROBE, .map = map };

	memset(code, 0, sizeof(*code));
	if (variant == PROG_WALK)
		write_walk(&w);
	else
		write_each(&w);
	/* r0 = 0; return; */
	bpf_asm_set(code, R0, 0);
	bpf_asm_exit(code);
}
