/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * task: the facts of a process that the kernel's choice uses, and those that its task dump prints.
 * Filled by the scan of a live machine, or the parser of a report.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Enough for names in /proc: at most 15 bytes of a process, more of a kernel worker. */
#define TASK_NAME_MAX 64

/* Which members are known. Unknown values are shown as '-', never as 0. */
enum task_has {
	TASK_UID = 1 << 0,
	TASK_TOTAL_VM = 1 << 1,
	TASK_RSS = 1 << 2,       /* rss */
	TASK_RSS_SPLIT = 1 << 3, /* rss_anon, rss_file, rss_shmem */
	TASK_RSS_STAT = 1 << 4,  /* rss_stat */
	TASK_SWAP = 1 << 5,
	TASK_PTES = 1 << 6,     /* nr_ptes: only the lowest level of page tables (before 4.15) */
	TASK_PMDS = 1 << 7,     /* nr_pmds (4.0 to 4.14) */
	TASK_PGTABLES = 1 << 8, /* pgtables_bytes: all levels (since 4.15) */
	TASK_ADJ = 1 << 9,
	TASK_OOM_ADJ = 1 << 10, /* the old scale, if the kernel has no other or it was read */
	TASK_SCORE = 1 << 11,   /* read, unless TASK_SCORE_COMPUTED */
	TASK_START = 1 << 12,
	TASK_FORK_ID = 1 << 13,
	TASK_CPU = 1 << 14,
	TASK_POINTS = 1 << 15,
	TASK_ADMIN_KNOWN = 1 << 16,    /* is_admin */
	TASK_MOVED = 1 << 17,          /* score and counts were read at different moments */
	TASK_SCORE_COMPUTED = 1 << 18, /* by the rules, so that it is no evidence for them */
};

/* Why a process is unkillable, in the order of lists: reasons that can change come first. */
enum task_unkillable {
	KILLABLE = 0,
	UNKILLABLE_ADJ,     /* adj -1000 (-17 on the old scale) */
	UNKILLABLE_KERNEL,  /* the kernel gives it score 0: already reaped, or inside vfork() */
	UNKILLABLE_NO_MM,   /* has exited: a zombie */
	UNKILLABLE_INIT,    /* PID 1 of the initial PID namespace */
	UNKILLABLE_KTHREAD, /* a kernel thread */
};

struct task {
	int32_t pid;    /* process ID, also that of its first thread */
	int32_t mm_pid; /* the thread that holds the memory: pid, unless that has exited */
	int32_t ppid;
	uint32_t uid; /* real */
	uint32_t threads;
	uint32_t has; /* enum task_has */
	int16_t adj;
	int16_t oom_adj;
	char state;         /* as in /proc/PID/status; '?' unknown */
	uint8_t unkillable; /* enum task_unkillable */
	bool is_admin;      /* has CAP_SYS_ADMIN */
	bool is_dying;      /* SIGKILL is pending */
	int32_t cpu;
	uint32_t place; /* rank, 1: the next victim; 0: unkillable, or not ranked */
	int64_t score;  /* as /proc/PID/oom_score prints it */
	int64_t points; /* the kernel's badness: pages since 3.5, permille before; rules.h */
	uint64_t total_vm, rss, rss_stat, rss_anon, rss_file, rss_shmem, swap; /* pages */
	uint64_t nr_ptes, nr_pmds;                                             /* pages */
	uint64_t pgtables_bytes;
	uint64_t start_ticks; /* since boot, in ticks of sysconf(_SC_CLK_TCK) */
	uint64_t fork_id;     /* grows with each fork (the inode number in pidfs, since 6.9) */
	uint64_t mm_id;       /* not 0: processes with equal values share memory; never shown */
	char name[TASK_NAME_MAX];
};

static inline bool task_has(const struct task *t, unsigned int what)
{
	return (t->has & what) == what;
}

/* Whether a thread in this state, as in proc_pid_stat(5), sleeps, is stopped or has exited. */
static inline bool task_state_is_idle(char state)
{
	return state && strchr("STtIZX", state);
}
