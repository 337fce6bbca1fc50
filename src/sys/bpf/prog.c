/* SPDX-License-Identifier: GPL-2.0-or-later */
/* prog: what the BPF program needs of the running kernel, and whether it is there. */
#include <string.h>

#include "sys/bpf/internal.h"

#define MAX_ITERATOR 48 /* bytes */

static const struct {
	const char *type, *path;
	size_t size; /* bytes that are read of it */
} wanted[N_FIELDS] = {
	[TASK_TGID] = { "task_struct", "tgid", 4 },
	[TASK_TID] = { "task_struct", "pid", 4 },
	[TASK_PARENT] = { "task_struct", "real_parent", 8 },
	[TASK_LEADER] = { "task_struct", "group_leader", 8 },
	[TASK_SIGNAL] = { "task_struct", "signal", 8 },
	[TASK_CRED] = { "task_struct", "real_cred", 8 },
	[TASK_MM] = { "task_struct", "mm", 8 },
	[TASK_VFORK] = { "task_struct", "vfork_done", 8 },
	[TASK_FLAGS] = { "task_struct", "flags", 4 },
	[TASK_EXIT] = { "task_struct", "exit_state", 2 },
	[TASK_START_NS] = { "task_struct", "start_boottime", 8 },
	[TASK_PENDING] = { "task_struct", "pending.signal", 2 },
	[TASK_COMM] = { "task_struct", "comm", 16 },
	[SIGNAL_THREADS] = { "signal_struct", "nr_threads", 4 },
	[SIGNAL_ADJ] = { "signal_struct", "oom_score_adj", 2 },
	[SIGNAL_PENDING] = { "signal_struct", "shared_pending.signal", 2 },
	[CRED_UID] = { "cred", "uid", 4 },
	[CRED_CAPS] = { "cred", "cap_effective", 4 },
	[MM_TOTAL] = { "mm_struct", "total_vm", 8 },
	[MM_TABLES] = { "mm_struct", "pgtables_bytes.counter", 8 },
	[MM_FLAGS] = { "mm_struct", "flags", 4 },
	/* Renamed in 5.14, and shrunk to an int. */
	[TASK_STATE_OLD] = { "task_struct", "state", 2 },
	[TASK_STATE_NEW] = { "task_struct", "__state", 2 },
	/* Moved in 5.16. */
	[TASK_CPU_OLD] = { "task_struct", "cpu", 4 },
	[TASK_CPU_NEW] = { "task_struct", "thread_info.cpu", 4 },
	/* Until 6.1 an array of numbers; then four counters with a part for each CPU. */
	[MM_RSS_OLD] = { "mm_struct", "rss_stat.count", 32 },
	[MM_RSS_NEW] = { "mm_struct", "rss_stat", 32 },
	[COUNTER_COUNT] = { "percpu_counter", "count", 8 },
	/* On a kernel for more than one CPU. */
	[COUNTER_PARTS] = { "percpu_counter", "counters", 8 },
};

static const struct btf_id wanted_ids[N_IDS] = {
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

int prog_find(struct prog *p, bool adds_up)
{
	memset(p, 0, sizeof(*p));
	p->adds_up = adds_up;
	for (size_t i = 0; i < N_FIELDS; i++)
		p->fields[i] = (struct btf_field){ wanted[i].type, wanted[i].path, 0, 0 };
	memcpy(p->ids, wanted_ids, sizeof(wanted_ids));
	/* A search takes time: only what is needed. */
	return btf_resolve(BTF_KERNEL, p->fields, adds_up ? N_FIELDS : N_WITHOUT_PARTS, p->ids,
			   adds_up ? N_IDS : N_IDS_WITHOUT_PARTS);
}

bool prog_has_field(const struct prog *p, enum prog_field f)
{
	return p->fields[f].size >= wanted[f].size;
}

enum prog_field prog_one_of(const struct prog *p, enum prog_field one, enum prog_field other)
{
	return prog_has_field(p, one) ? one : other;
}

bool prog_has_counters(const struct prog *p)
{
	return prog_has_field(p, COUNTER_COUNT) && prog_has_field(p, MM_RSS_NEW) &&
	       p->ids[ID_COUNTER].size &&
	       p->fields[MM_RSS_NEW].size == N_COUNTS * p->ids[ID_COUNTER].size;
}

bool prog_sums_percpu(const struct prog *p)
{
	return p->adds_up && prog_has_counters(p) && prog_has_field(p, COUNTER_PARTS);
}

const struct btf_field *prog_missing(const struct prog *p)
{
	for (enum prog_field f = 0; f < N_CERTAIN; f++)
		if (!prog_has_field(p, f))
			return &p->fields[f];
	if (!prog_has_field(p, prog_one_of(p, TASK_STATE_NEW, TASK_STATE_OLD)))
		return &p->fields[TASK_STATE_NEW];
	if (!prog_has_counters(p) && p->fields[MM_RSS_OLD].size != wanted[MM_RSS_OLD].size)
		return &p->fields[MM_RSS_NEW];
	return NULL;
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
	/* Only the walk has loops. */
	if (prog_sums_percpu(p) &&
	    (variant != PROG_WALK || !has_ids(p, ID_EACH_CPU, ID_NUM_DESTROY)))
		return false;
	if (variant == PROG_WALK)
		return has_ids(p, ID_TASK, ID_CAST) && p->ids[ID_ITERATOR].size &&
		       p->ids[ID_ITERATOR].size <= MAX_ITERATOR;
	return p->ids[ID_ITER_TASK].id &&
	       (variant == PROG_PROBE || (p->ids[ID_CAST].id && p->ids[ID_TASK].id));
}

bool prog_has_cpu(const struct prog *p)
{
	return prog_has_field(p, prog_one_of(p, TASK_CPU_NEW, TASK_CPU_OLD));
}
