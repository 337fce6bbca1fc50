/* SPDX-License-Identifier: GPL-2.0-or-later */
/* prog: the BPF program: the members, types and functions that it needs, and its instructions. */
#include <string.h>

#include "sys/bpf/internal.h"

#define MAX_ITERATOR 48 /* bytes */

static const struct btf_field wanted[N_FIELDS] = {
	[TASK_TGID] = { .in = ID_TASK, .path = "tgid", .least = 4 },
	[TASK_TID] = { .in = ID_TASK, .path = "pid", .least = 4 },
	[TASK_PARENT] = { .in = ID_TASK, .path = "real_parent", .least = 8 },
	[TASK_LEADER] = { .in = ID_TASK, .path = "group_leader", .least = 8 },
	[TASK_SIGNAL] = { .in = ID_TASK, .path = "signal", .least = 8 },
	[TASK_CRED] = { .in = ID_TASK, .path = "real_cred", .least = 8 },
	[TASK_MM] = { .in = ID_TASK, .path = "mm", .least = 8 },
	[TASK_VFORK] = { .in = ID_TASK, .path = "vfork_done", .least = 8 },
	[TASK_FLAGS] = { .in = ID_TASK, .path = "flags", .least = 4 },
	[TASK_EXIT] = { .in = ID_TASK, .path = "exit_state", .least = 2 },
	[TASK_START_NS] = { .in = ID_TASK, .path = "start_boottime", .least = 8 },
	[TASK_PENDING] = { .in = ID_TASK, .path = "pending.signal", .least = 2 },
	[TASK_COMM] = { .in = ID_TASK, .path = "comm", .least = 16 },
	[SIGNAL_THREADS] = { .in = ID_SIGNAL, .path = "nr_threads", .least = 4 },
	[SIGNAL_ADJ] = { .in = ID_SIGNAL, .path = "oom_score_adj", .least = 2 },
	[SIGNAL_PENDING] = { .in = ID_SIGNAL, .path = "shared_pending.signal", .least = 2 },
	[CRED_UID] = { .in = ID_CRED, .path = "uid", .least = 4 },
	[CRED_CAPS] = { .in = ID_CRED, .path = "cap_effective", .least = 4 },
	[MM_TOTAL] = { .in = ID_MM, .path = "total_vm", .least = 8 },
	[MM_TABLES] = { .in = ID_MM, .path = "pgtables_bytes.counter", .least = 8 },
	[MM_FLAGS] = { .in = ID_MM, .path = "flags", .least = 4 },
	/* Renamed in 5.14, and now an int. */
	[TASK_STATE_OLD] = { .in = ID_TASK, .path = "state", .least = 2 },
	[TASK_STATE] = { .in = ID_TASK, .path = "__state", .least = 2 },
	/* Moved in 5.16. */
	[TASK_LAST_CPU_OLD] = { .in = ID_TASK, .path = "cpu", .least = 4 },
	[TASK_LAST_CPU] = { .in = ID_TASK, .path = "thread_info.cpu", .least = 4 },
	/* Until 6.1 an array of numbers; then four counters with a part for each CPU. */
	[MM_RSS_OLD] = { .in = ID_MM, .path = "rss_stat.count", .least = 32 },
	[MM_RSS] = { .in = ID_MM, .path = "rss_stat", .least = 32 },
	[COUNTER_COUNT] = { .in = ID_COUNTER, .path = "count", .least = 8 },
	/* On a kernel for more than one CPU. */
	[COUNTER_PARTS] = { .in = ID_COUNTER, .path = "counters", .least = 8 },
};

static const struct btf_id wanted_ids[N_IDS] = {
	[ID_SIGNAL] = { .kind = BTF_STRUCT, .name = "signal_struct" },
	[ID_CRED] = { .kind = BTF_STRUCT, .name = "cred" },
	[ID_MM] = { .kind = BTF_STRUCT, .name = "mm_struct" },
	[ID_COUNTER] = { .kind = BTF_STRUCT, .name = "percpu_counter" },
	[ID_TASK] = { .kind = BTF_STRUCT, .name = "task_struct" },
	[ID_ITERATOR] = { .kind = BTF_STRUCT, .name = "bpf_iter_task" },
	[ID_LOCK] = { .kind = BTF_FUNC, .name = "bpf_rcu_read_lock" },
	[ID_UNLOCK] = { .kind = BTF_FUNC, .name = "bpf_rcu_read_unlock" },
	[ID_NEW] = { .kind = BTF_FUNC, .name = "bpf_iter_task_new" },
	[ID_NEXT] = { .kind = BTF_FUNC, .name = "bpf_iter_task_next" },
	[ID_DESTROY] = { .kind = BTF_FUNC, .name = "bpf_iter_task_destroy" },
	[ID_ACQUIRE] = { .kind = BTF_FUNC, .name = "bpf_task_acquire" },
	[ID_RELEASE] = { .kind = BTF_FUNC, .name = "bpf_task_release" },
	[ID_CAST] = { .kind = BTF_FUNC, .name = "bpf_rdonly_cast" },
	/* To attach iterators of tasks to (kernel/bpf/task_iter.c, DEFINE_BPF_ITER_FUNC()). */
	[ID_ITER_TASK] = { .kind = BTF_FUNC, .name = "bpf_iter_task" },
	/* Any per-CPU variable. */
	[ID_EACH_CPU] = { .kind = BTF_VAR, .name = "runqueues" },
	[ID_NUM_NEW] = { .kind = BTF_FUNC, .name = "bpf_iter_num_new" },
	[ID_NUM_NEXT] = { .kind = BTF_FUNC, .name = "bpf_iter_num_next" },
	[ID_NUM_DESTROY] = { .kind = BTF_FUNC, .name = "bpf_iter_num_destroy" },
};

/* A member with another name in older kernels. */
static void choose(struct btf_field *field, const struct btf_field *old)
{
	if (!field->size && old->size)
		*field = *old;
}

int prog_find(struct prog *p, bool adds_up, const struct btf_field **missing)
{
	struct btf_field *f = p->fields;
	int err;

	memset(p, 0, sizeof(*p));
	memcpy(f, wanted, sizeof(wanted));
	memcpy(p->ids, wanted_ids, sizeof(wanted_ids));
	*missing = NULL;
	/* A search takes time, so only needed members are searched. */
	err = btf_resolve(BTF_KERNEL, f, adds_up ? N_FIELDS : N_WITHOUT_PARTS, p->ids,
			  adds_up ? N_IDS : N_IDS_WITHOUT_PARTS);
	if (err)
		return err;
	choose(&f[TASK_STATE], &f[TASK_STATE_OLD]);
	choose(&f[TASK_LAST_CPU], &f[TASK_LAST_CPU_OLD]);
	p->has_cpu = f[TASK_LAST_CPU].size;
	/* mm->rss_stat[i].count; until 6.1 mm->rss_stat.count[i].counter */
	p->rss_step = p->ids[ID_COUNTER].size;
	p->rss_at = f[MM_RSS].offset + f[COUNTER_COUNT].offset;
	p->parts_at = f[MM_RSS].offset + f[COUNTER_PARTS].offset;
	if (f[COUNTER_COUNT].size && p->rss_step && f[MM_RSS].size == N_COUNTS * p->rss_step) {
		p->sums_percpu = adds_up && f[COUNTER_PARTS].size;
	} else {
		p->rss_step = sizeof(uint64_t);
		p->rss_at = f[MM_RSS_OLD].offset;
		if (f[MM_RSS_OLD].size != N_COUNTS * p->rss_step)
			*missing = &f[MM_RSS];
	}
	for (size_t i = N_CERTAIN; i > 0; i--)
		if (!f[i - 1].size)
			*missing = &f[i - 1];
	return 0;
}

static bool has_ids(const struct prog *p, enum prog_id first, enum prog_id last)
{
	for (enum prog_id i = first; i <= last; i++)
		if (!p->ids[i].id)
			return false;
	return true;
}

bool prog_can(const struct prog *p, enum prog_variant variant)
{
	/* Only the variant PROG_WALK has loops. */
	if (p->sums_percpu && (variant != PROG_WALK || !has_ids(p, ID_EACH_CPU, ID_NUM_DESTROY)))
		return false;
	if (variant == PROG_WALK)
		return has_ids(p, ID_TASK, ID_CAST) && p->ids[ID_ITERATOR].size &&
		       p->ids[ID_ITERATOR].size <= MAX_ITERATOR;
	return p->ids[ID_ITER_TASK].id &&
	       (variant == PROG_PROBE || (p->ids[ID_CAST].id && p->ids[ID_TASK].id));
}

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

void prog_write(const struct prog *p, enum prog_variant variant, int map, struct bpf_asm *code)
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
	bpf_asm_store(code, 4, STACK, STACK_KEY, R1);
	find_row(&w, ROW, &full);
	copy_task(&w);
	/* Always of the first thread, which determines the place in the kernel's list. */
	COPY(&w, state, TASK, TASK_STATE);
	COPY(&w, exit_state, TASK, TASK_EXIT);
	COPY(&w, start_ns, TASK, TASK_START_NS);
	if (variant == PROG_WALK)
		find_thread(&w);
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
