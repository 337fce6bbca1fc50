/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tasks: all processes of the machine at one moment, by a BPF program. It takes no lock of a
 * process, opens no file of /proc, and reads the counts that the OOM killer reads.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The kernel's counters of memory, in its order (include/linux/mm_types_task.h, since 4.5). */
enum prog_count { COUNT_FILE, COUNT_ANON, COUNT_SWAP, COUNT_SHMEM, N_COUNTS };

/*
 * A process; what is missing is 0. Row 0 holds the number of the others instead. If the program is
 * called for each thread, and the first has ended, the other threads have rows, too.
 */
struct prog_row {
	union {
		struct {
			int32_t pid, ppid;
		};
		uint64_t n; /* processes that were found, also beyond the end of the map */
	};
	uint32_t uid, threads;
	uint32_t flags;             /* PF_ */
	uint16_t state, exit_state; /* TASK_ */
	int32_t mm_pid; /* the first thread with memory: all but states and start is from it */
	int32_t cpu;
	uint64_t start_ns;                /* since boot */
	uint16_t pending, shared_pending; /* signals 1 to 16, a bit each */
	uint32_t caps;                    /* effective, 0 to 31 */
	int16_t adj;
	uint16_t is_vfork; /* in_vfork() of mm/oom_kill.c */
	uint32_t mm_flags; /* MMF_ */
	char name[16];
	uint64_t mm; /* address of its memory, only to compare, never shown; 0: none */
	union {
		struct {
			uint64_t total_vm; /* pages */
			uint64_t pgtables_bytes;
			int64_t counts[N_COUNTS]; /* pages; as the OOM killer, may be negative */
		};
		/* BPF_TASKS_CLASSES: addresses, as mm; of the first thread, even if it has ended */
		struct {
			uint64_t cgroups; /* equal: the same cgroup in each hierarchy */
			uint64_t exe_mount, exe_entry; /* equal: one path of the executable */
			/* Programs executed, as counted before and after exe_ were read. */
			uint64_t exec_before, exec_after;
		};
	};
};

/* What rows contain besides. */
enum bpf_tasks_kind {
	BPF_TASKS_MEMORY,
	BPF_TASKS_CLASSES, /* all is of the first thread; what has equal values in /proc */
};

#define BPF_TASKS_WORDS 400

#define BPF_TASKS_KTHREAD 0x00200000U /* PF_KTHREAD: the same bit since before 5.8 */

struct bpf_tasks {
	const struct prog_row *rows; /* one for each process */
	size_t n;
	void *map;
	size_t map_size;
	uint64_t taken_ms;  /* when it began, on CLOCK_MONOTONIC */
	bool is_fork_order; /* the rows are in the order of forks, as in the kernel's list */
	bool has_cpu;
	const char *way; /* how they were read, as text */
};

/*
 * Whether a row is that of a process. The others are the idle tasks of CPUs, PID 0, and further
 * threads. mm_pid differs in the order of forks, if the first thread has ended.
 */
static inline bool bpf_tasks_is_process(const struct bpf_tasks *c, const struct prog_row *row)
{
	return row->pid > 0 && (c->is_fork_order || row->pid == row->mm_pid);
}

/*
 * Whether /proc shows the processes that BPF counts, under the same PIDs: 0, and *n is about the
 * number of processes; or a negative errno and words.
 */
int bpf_tasks_check(size_t *n, char words[BPF_TASKS_WORDS]);

/*
 * n: the expected number of processes, which may be too small. Needs CAP_BPF and CAP_PERFMON, or
 * CAP_SYS_ADMIN, only during the call: no descriptor stays open. 0: this process is in it as /proc
 * shows it; or a negative errno, and words has the failed step and the verifier's message. Free c
 * by bpf_tasks_free() in any case.
 */
int bpf_tasks_take(struct bpf_tasks *c, size_t n, char words[BPF_TASKS_WORDS]);

void bpf_tasks_free(struct bpf_tasks *c);

/* A program that stays loaded, with a map for a fixed number of processes. */
struct bpf_tasks_program {
	int program, map;      /* descriptors; -1: none */
	size_t room;           /* processes */
	struct prog_row *rows; /* row 0, and one for each process; shared with a forked process */
	size_t size;           /* of rows, in bytes */
	int variant;           /* enum prog_variant */
	bool has_cpu;
};

/*
 * Loads it and runs it once, with the checks of bpf_tasks_take(). Free p by bpf_tasks_unload() in
 * any case.
 */
int bpf_tasks_load(struct bpf_tasks_program *p, enum bpf_tasks_kind kind, size_t room,
		   char words[BPF_TASKS_WORDS]);

/*
 * Runs it again, without allocating memory. *taken_ms: when it began, on CLOCK_MONOTONIC. 0 or a
 * negative errno; -EPERM: before Linux 5.19 it needs the same capabilities as bpf_tasks_load().
 */
int bpf_tasks_run(const struct bpf_tasks_program *p, uint64_t *taken_ms);

/*
 * Makes c the result of the last run; it is valid until the next one, and must not be freed.
 * Returns the number of processes that had no room.
 */
size_t bpf_tasks_view(const struct bpf_tasks_program *p, uint64_t taken_ms, struct bpf_tasks *c);

void bpf_tasks_unload(struct bpf_tasks_program *p);
