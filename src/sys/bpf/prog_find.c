/* SPDX-License-Identifier: GPL-2.0-or-later */
/* prog_find: the members, types and functions of this kernel that the BPF program needs. */
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
	[TASK_NEXT] = { .in = ID_TASK, .path = "tasks.next", .least = 8 },
	[COUNTER_COUNT] = { .in = ID_COUNTER, .path = "count", .least = 8 },
	[TASK_CGROUPS] = { .in = ID_TASK, .path = "cgroups", .least = 8 },
	[MM_EXE] = { .in = ID_MM, .path = "exe_file", .least = 8 },
	[FILE_MOUNT] = { .in = ID_FILE, .path = "f_path.mnt", .least = 8 },
	[FILE_ENTRY] = { .in = ID_FILE, .path = "f_path.dentry", .least = 8 },
	/* 8 bytes since 5.7. */
	[TASK_EXEC_ID] = { .in = ID_TASK, .path = "self_exec_id", .least = 8 },
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
	[ID_FILE] = { .kind = BTF_STRUCT, .name = "file" },
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

int prog_find(struct prog *p, enum bpf_tasks_kind kind, bool adds_up,
	      const struct btf_field **missing)
{
	/* A search takes time, so only needed members are searched. */
	bool has_classes = kind == BPF_TASKS_CLASSES;
	size_t n_fields = has_classes ? N_WITHOUT_PARTS : adds_up ? N_FIELDS : N_FOR_MEMORY;
	size_t n_ids = has_classes ? N_IDS_WITHOUT_PARTS : adds_up ? N_IDS : N_IDS_FOR_MEMORY;
	struct btf_field *f = p->fields;
	int err;

	memset(p, 0, sizeof(*p));
	p->kind = kind;
	memcpy(f, wanted, sizeof(wanted));
	memcpy(p->ids, wanted_ids, sizeof(wanted_ids));
	*missing = NULL;
	err = btf_resolve(BTF_KERNEL, f, n_fields, p->ids, n_ids);
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
		p->sums_percpu = adds_up && !has_classes && f[COUNTER_PARTS].size;
	} else {
		p->rss_step = sizeof(uint64_t);
		p->rss_at = f[MM_RSS_OLD].offset;
		if (f[MM_RSS_OLD].size != N_COUNTS * p->rss_step)
			*missing = &f[MM_RSS];
	}
	for (size_t i = N_WITHOUT_PARTS; has_classes && i > N_FOR_MEMORY; i--)
		if (!f[i - 1].size)
			*missing = &f[i - 1];
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
