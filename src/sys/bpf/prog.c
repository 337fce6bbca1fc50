/* SPDX-License-Identifier: GPL-2.0-or-later */
/* prog: the instructions of the BPF program. */
#include <string.h>

#include "sys/bpf/internal.h"

_Static_assert(sizeof(struct prog_row) == 128, "no padding");

#define AT(member)   offsetof(struct prog_row, member)
#define SIZE(member) sizeof(((struct prog_row *)NULL)->member)

/* No kernel is built for more (CONFIG_NR_CPUS); per_cpu_ptr() fails beyond its own number. */
#define MAX_CPUS 8192

/* BPF_TASK_ITER_ALL_PROCS and BPF_TASK_ITER_PROC_THREADS of kernel/bpf/task_iter.c. */
enum { ITER_PROCESSES = 0, ITER_THREADS = 2 };

/* ctx->task, the second member of struct bpf_iter__task. */
#define CONTEXT_TASK 8

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

/* The program under construction. */
struct writer {
	struct bpf_asm *a;
	const struct prog *p;
	bool probes; /* members are read by a helper, not by loads */
	int map;
};

/* *(to + at) = *(from + offset), of size bytes */
static void copy(const struct writer *w, int to, int at, size_t size, int from, uint32_t offset)
{
	if (w->probes) {
		/* bpf_probe_read_kernel(to + at, size, from + offset); */
		bpf_asm_set_address(w->a, R1, to, at);
		bpf_asm_set(w->a, R2, (int32_t)size);
		bpf_asm_set_address(w->a, R3, from, (int32_t)offset);
		bpf_asm_call(w->a, BPF_FUNC_probe_read_kernel);
		return;
	}
	for (size_t done = 0; done < size; done += 8) {
		size_t n = size - done < 8 ? size - done : 8;

		bpf_asm_load(w->a, n, R0, from, (int)(offset + done));
		bpf_asm_store(w->a, n, to, at + (int)done, R0);
	}
}

#define COPY(w, member, from, f) \
	copy(w, ROW, AT(member), SIZE(member), from, (w)->p->fields[f].offset)

/* other = from->f */
static void follow(const struct writer *w, int from, enum prog_field f)
{
	uint32_t offset = w->p->fields[f].offset;

	if (w->probes) {
		copy(w, STACK, STACK_KEY, 8, from, offset);
		bpf_asm_load(w->a, 8, OTHER, STACK, STACK_KEY);
	} else {
		bpf_asm_load(w->a, 8, OTHER, from, (int)offset);
	}
}

/* to = the row of the key that is on the stack; jumps if there is none */
static void find_row(const struct writer *w, int to, size_t *none)
{
	bpf_asm_set_map(w->a, R1, w->map);
	bpf_asm_set_address(w->a, R2, STACK, STACK_KEY);
	bpf_asm_call(w->a, BPF_FUNC_map_lookup_elem);
	bpf_asm_jump_if_zero(w->a, none, R0);
	bpf_asm_copy(w->a, to, R0);
}

static void find_header(const struct writer *w, size_t *none)
{
	bpf_asm_set(w->a, R0, 0);
	bpf_asm_store(w->a, 4, STACK, STACK_KEY, R0);
	find_row(w, HEADER, none);
}

/* task = (struct task_struct *)r0 */
static void cast_task(const struct writer *w)
{
	bpf_asm_copy(w->a, R1, R0);
	bpf_asm_set(w->a, R2, (int32_t)w->p->ids[ID_TASK].id);
	bpf_asm_call_kernel(w->a, w->p->ids[ID_CAST].id);
	bpf_asm_copy(w->a, TASK, R0);
}

static void call_iterator(const struct writer *w, int iterator, enum prog_id id)
{
	bpf_asm_set_address(w->a, R1, STACK, iterator);
	bpf_asm_call_kernel(w->a, w->p->ids[id].id);
}

/*
 * row->counts[] += their per-CPU parts, as percpu_counter_sum() does, but of all possible CPUs: a
 * removed one has none left (lib/percpu_counter.c). other = mm is lost.
 */
static void add_percpu_parts(const struct writer *w)
{
	const struct prog *p = w->p;
	struct bpf_asm *a = w->a;
	uint32_t any = p->ids[ID_EACH_CPU].id;
	size_t loop, end = 0;

	for (int i = 0; i < N_COUNTS; i++)
		copy(w, STACK, STACK_PARTS + 8 * i, 8, OTHER,
		     p->parts_at + (uint32_t)i * p->rss_step);
	/* bpf_iter_num_new(&cpus, 0, MAX_CPUS); while ((r0 = bpf_iter_num_next(&cpus))) { */
	bpf_asm_set_address(a, R1, STACK, STACK_CPUS);
	bpf_asm_set(a, R2, 0);
	bpf_asm_set(a, R3, MAX_CPUS);
	bpf_asm_call_kernel(a, p->ids[ID_NUM_NEW].id);
	loop = a->n;
	call_iterator(w, STACK_CPUS, ID_NUM_NEXT);
	bpf_asm_jump_if_zero(a, &end, R0);

	/* other = per_cpu_ptr(&any, *r0) - &any, for any per-CPU variable; no such CPU: break; */
	bpf_asm_load(a, 4, R2, R0, 0);
	bpf_asm_set_variable(a, R1, any);
	bpf_asm_call(a, BPF_FUNC_per_cpu_ptr);
	bpf_asm_jump_if_zero(a, &end, R0);
	bpf_asm_set_variable(a, R1, any);
	bpf_asm_subtract(a, R0, R1);
	bpf_asm_copy(a, OTHER, R0);

	/* row->counts[i] += *(s32 *)(part + other); 0 if unreadable } */
	for (int i = 0; i < N_COUNTS; i++) {
		int count = (int)(AT(counts) + (size_t)i * SIZE(counts[0]));

		bpf_asm_set_address(a, R1, STACK, STACK_KEY);
		bpf_asm_set(a, R2, 4);
		bpf_asm_load(a, 8, R3, STACK, STACK_PARTS + 8 * i);
		bpf_asm_add_from(a, R3, OTHER);
		bpf_asm_call(a, BPF_FUNC_probe_read_kernel);
		bpf_asm_load(a, 4, R0, STACK, STACK_KEY);
		bpf_asm_extend_sign(a, R0);
		bpf_asm_load(a, 8, R1, ROW, count);
		bpf_asm_add_from(a, R1, R0);
		bpf_asm_store(a, 8, ROW, count, R1);
	}
	bpf_asm_jump_back(a, loop);
	bpf_asm_land(a, end);
	call_iterator(w, STACK_CPUS, ID_NUM_DESTROY);
}

static void copy_task(const struct writer *w)
{
	COPY(w, pid, TASK, TASK_TGID);
	COPY(w, mm_pid, TASK, TASK_TID);
	COPY(w, flags, TASK, TASK_FLAGS);
	COPY(w, pending, TASK, TASK_PENDING);
	COPY(w, name, TASK, TASK_COMM);
	COPY(w, mm, TASK, TASK_MM);
	if (w->p->has_cpu)
		COPY(w, cpu, TASK, TASK_LAST_CPU);

	/* signal = task->signal; */
	follow(w, TASK, TASK_SIGNAL);
	COPY(w, threads, OTHER, SIGNAL_THREADS);
	COPY(w, adj, OTHER, SIGNAL_ADJ);
	COPY(w, shared_pending, OTHER, SIGNAL_PENDING);

	/* cred = task->real_cred; */
	follow(w, TASK, TASK_CRED);
	COPY(w, uid, OTHER, CRED_UID);
	COPY(w, caps, OTHER, CRED_CAPS);

	/* parent = task->real_parent; row->ppid = parent->tgid; */
	follow(w, TASK, TASK_PARENT);
	COPY(w, ppid, OTHER, TASK_TGID);
}

/* if (row->mm) what memory it has */
static void copy_memory(const struct writer *w)
{
	const struct prog *p = w->p;
	struct bpf_asm *a = w->a;
	size_t none = 0, is_no_vfork = 0;

	bpf_asm_load(a, 8, R0, ROW, AT(mm));
	bpf_asm_jump_if_zero(a, &none, R0);
	/*
	 * if (task->vfork_done && task->real_parent->mm == row->mm) row->is_vfork = 1; total_vm and
	 * pgtables_bytes are scratch, filled later.
	 */
	COPY(w, total_vm, TASK, TASK_VFORK);
	bpf_asm_load(a, 8, R0, ROW, AT(total_vm));
	bpf_asm_jump_if_zero(a, &is_no_vfork, R0);
	follow(w, TASK, TASK_PARENT);
	COPY(w, pgtables_bytes, OTHER, TASK_MM);
	bpf_asm_load(a, 8, R0, ROW, AT(pgtables_bytes));
	bpf_asm_load(a, 8, R1, ROW, AT(mm));
	bpf_asm_jump_if_differ(a, &is_no_vfork, R0, R1);
	bpf_asm_set(a, R0, 1);
	bpf_asm_store(a, SIZE(is_vfork), ROW, AT(is_vfork), R0);
	bpf_asm_land(a, is_no_vfork);

	/* mm = task->mm; */
	follow(w, TASK, TASK_MM);
	COPY(w, total_vm, OTHER, MM_TOTAL);
	COPY(w, pgtables_bytes, OTHER, MM_TABLES);
	COPY(w, mm_flags, OTHER, MM_FLAGS);
	for (uint32_t i = 0; i < N_COUNTS; i++)
		copy(w, ROW, (int)(AT(counts) + i * SIZE(counts[0])), SIZE(counts[0]), OTHER,
		     p->rss_at + i * p->rss_step);
	if (p->sums_percpu)
		add_percpu_parts(w);
	bpf_asm_land(a, none);
}

/* What processes can share: row->mm decides whether there is an executable. */
static void copy_class(const struct writer *w)
{
	size_t none = 0;

	COPY(w, cgroups, TASK, TASK_CGROUPS);
	COPY(w, exec_before, TASK, TASK_EXEC_ID);
	bpf_asm_load(w->a, 8, R0, ROW, AT(mm));
	bpf_asm_jump_if_zero(w->a, &none, R0);
	/* file = task->mm->exe_file; */
	follow(w, TASK, TASK_MM);
	follow(w, OTHER, MM_EXE);
	COPY(w, exe_mount, OTHER, FILE_MOUNT);
	COPY(w, exe_entry, OTHER, FILE_ENTRY);
	COPY(w, exec_after, TASK, TASK_EXEC_ID);
	bpf_asm_land(w->a, none);
}

/* bpf_iter_task_new(&iterator, r2, kind); */
static void begin_iterator(const struct writer *w, int iterator, int32_t kind)
{
	bpf_asm_set_address(w->a, R1, STACK, iterator);
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
	struct bpf_asm *a = w->a;
	size_t none = 0, end = 0, loop;

	bpf_asm_load(a, 8, R0, ROW, AT(mm));
	bpf_asm_jump_if_set(a, &none, R0);
	bpf_asm_load(a, 4, R0, ROW, AT(threads));
	bpf_asm_add(a, R0, -1);
	bpf_asm_jump_if_zero(a, &none, R0);
	bpf_asm_load(a, 8, R1, STACK, STACK_TASK);
	bpf_asm_call_kernel(a, ids[ID_ACQUIRE].id);
	bpf_asm_jump_if_zero(a, &none, R0);
	bpf_asm_store(a, 8, STACK, STACK_TASK, R0);
	bpf_asm_copy(a, R2, R0);
	begin_iterator(w, STACK_THREADS, ITER_THREADS);
	loop = a->n;
	call_iterator(w, STACK_THREADS, ID_NEXT);
	bpf_asm_jump_if_zero(a, &end, R0);
	cast_task(w);
	copy_task(w);
	bpf_asm_load(a, 8, R0, ROW, AT(mm));
	bpf_asm_jump_if_set(a, &end, R0);
	bpf_asm_jump_back(a, loop);
	bpf_asm_land(a, end);
	call_iterator(w, STACK_THREADS, ID_DESTROY);
	bpf_asm_load(a, 8, R1, STACK, STACK_TASK);
	bpf_asm_call_kernel(a, ids[ID_RELEASE].id);
	bpf_asm_land(a, none);
}

/* task = ctx->task; jumps at the end of the list, and if the row of another thread is enough */
static void take_thread(const struct writer *w, size_t *end)
{
	const struct prog *p = w->p;
	struct bpf_asm *a = w->a;
	size_t needed = 0;

	bpf_asm_load(a, 8, R0, R1, CONTEXT_TASK);
	bpf_asm_jump_if_zero(a, end, R0);
	if (w->probes)
		bpf_asm_copy(a, TASK, R0);
	else
		cast_task(w);
	/* if (task->pid != task->tgid && task->group_leader->mm) return; */
	copy(w, STACK, STACK_KEY, 4, TASK, p->fields[TASK_TID].offset);
	copy(w, STACK, STACK_KEY + 4, 4, TASK, p->fields[TASK_TGID].offset);
	bpf_asm_load(a, 4, R0, STACK, STACK_KEY);
	bpf_asm_load(a, 4, R1, STACK, STACK_KEY + 4);
	bpf_asm_jump_if_equal(a, &needed, R0, R1);
	follow(w, TASK, TASK_LEADER);
	copy(w, STACK, STACK_KEY, 8, OTHER, p->fields[TASK_MM].offset);
	bpf_asm_load(a, 8, R0, STACK, STACK_KEY);
	bpf_asm_jump_if_set(a, end, R0);
	bpf_asm_land(a, needed);
}

void prog_write(const struct prog *p, enum prog_variant variant, int map, int ahead,
		struct bpf_asm *code)
{
	const struct writer w = { code, p, variant == PROG_PROBE, map };
	size_t none = 0, end = 0, full = 0, loop = 0;

	memset(code, 0, sizeof(*code));
	if (variant == PROG_WALK) {
		find_header(&w, &none);
		bpf_asm_call_kernel(code, p->ids[ID_LOCK].id);
		bpf_asm_set(code, R2, 0);
		begin_iterator(&w, STACK_PROCESSES, ITER_PROCESSES);
		/* while ((r0 = bpf_iter_task_next(&iterator))) { */
		loop = code->n;
		call_iterator(&w, STACK_PROCESSES, ID_NEXT);
		bpf_asm_jump_if_zero(code, &end, R0);
		bpf_asm_store(code, 8, STACK, STACK_TASK, R0);
		cast_task(&w);
	} else {
		/* A row for each process, and for all threads if the first one has ended. */
		take_thread(&w, &end);
		find_header(&w, &none);
	}
	/* The number is in the map: the verifier would check each value of a register. */
	bpf_asm_load(code, 8, R1, HEADER, AT(n));
	bpf_asm_add(code, R1, 1);
	bpf_asm_store(code, 8, HEADER, AT(n), R1);
	if (variant == PROG_WALK && ahead >= 0) {
		ahead_write(p, ahead, &(struct ahead_use){ TASK, HEADER, OTHER, STACK_KEY }, code);
		bpf_asm_load(code, 8, R1, HEADER, AT(n));
	}
	bpf_asm_store(code, 4, STACK, STACK_KEY, R1);
	find_row(&w, ROW, &full);
	copy_task(&w);
	/* Always of the first thread, which determines the place in the kernel's list. */
	COPY(&w, state, TASK, TASK_STATE);
	COPY(&w, exit_state, TASK, TASK_EXIT);
	COPY(&w, start_ns, TASK, TASK_START_NS);
	if (variant == PROG_WALK && p->kind == BPF_TASKS_MEMORY)
		find_thread(&w);
	if (p->kind == BPF_TASKS_CLASSES)
		copy_class(&w);
	else
		copy_memory(&w);
	bpf_asm_land(code, full);
	if (variant == PROG_WALK)
		bpf_asm_jump_back(code, loop);
	/* } */
	bpf_asm_land(code, end);
	if (variant == PROG_WALK) {
		call_iterator(&w, STACK_PROCESSES, ID_DESTROY);
		bpf_asm_call_kernel(code, p->ids[ID_UNLOCK].id);
	}
	bpf_asm_land(code, none);
	/* r0 = 0; return; */
	bpf_asm_set(code, R0, 0);
	bpf_asm_exit(code);
}
