/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * live: all processes with their growth, read again and again. All memory is allocated by
 * live_begin() and the first refresh; later ones allocate none, unless the tree of a cgroup grows.
 */
#pragma once

#include "oom/top/forecast.h"
#include "oom/top/growth.h"
#include "oom/top/order.h"
#include "sys/live/counter.h"
#include "sys/live/memory.h"
#include "sys/cgroup/path.h"
#include "sys/predict/candidates.h"
#include "sys/proc/identity.h"

#define LIVE_UNIT_MAX 64

#define LIVE_TIMES   GROWTH_SIZES
#define LIVE_TOP_MAX 256 /* processes from which the victim is predicted */
#define LIVE_SCORES  8   /* of so many the score is read, without BPF */

/* One process; its number is that of its row in struct live, as long as it lives. */
struct live_task {
	struct task task;         /* with points; place is not set */
	bool is_tagged;           /* by the user */
	bool has_unit;            /* unit was read */
	char unit[LIVE_UNIT_MAX]; /* short name of its container or unit; "": none */
};

/* What sorting needs, by row. */
struct live_sorted {
	int64_t points;
	int64_t growth_pages; /* of RSS, swap and page tables, in the window or since it is known */
	double pages_per_s;   /* the rate of that */
};

/* What each refresh needs of all processes, by row: small, so that it stays in the cache. */
struct live_rank {
	uint32_t place;    /* 0: unkillable or new */
	int8_t moved;      /* 1: up, nearer to its kill; -1: down; 0: neither */
	uint8_t moved_for; /* refreshes for which this is still shown */
	bool is_moving;    /* it is new, or its points have changed */
	bool has_growth;   /* growth_pages is not 0 */
};

/* The last BPF scan. */
struct counted {
	struct prog_row *copies; /* by row */
	uint32_t *order;         /* n rows, in fork order */
	size_t n;
	uint64_t n_forks;     /* processes that were ever found */
	struct totals totals; /* of the machine then */
};

struct live_victim {
	bool is_known;
	struct task task;
	enum predict_doubt doubt; /* DOUBT_NONE: certain */
	bool has_rival;
	struct task rival;
	size_t n_killed; /* with those that share its memory */
};

/* What would be killed when memory is exhausted, if the growth goes on. */
struct live_later {
	struct forecast at;
	bool has_victim, is_sure; /* the same within the error of the time */
	int32_t pid;
	char name[TASK_NAME_MAX];
};

struct live {
	struct machine machine; /* at the last refresh */
	struct memory memory;
	struct live_victim victim;
	struct live_later later;
	struct live_task *tasks;
	struct live_sorted *sorted;
	struct live_rank *ranks;
	uint32_t *rows; /* the n rows that are in use, in kill order */
	size_t n, n_killable, room;
	size_t n_missing; /* processes that had no room at the last refresh */
	size_t n_unseen;  /* processes that are hidden */
	int64_t clock;    /* of identity_clock(), before the last refresh */
	int64_t window_ms;
	uint32_t refresh;   /* number of the last refresh, from 1 */
	bool has_bpf;       /* the last refresh used BPF */
	const char *cgroup; /* borrowed; NULL: the machine */

	/* Only for live.c and its siblings. */
	int proc;
	const struct rules *rules;
	enum rules_rss rss, proc_rss; /* at the last refresh; of /proc */
	struct counter *counter;      /* borrowed; NULL: /proc */
	struct task_reader *reader;
	struct candidates top; /* those with the most points, or all of a cgroup, with its state */
	uint64_t *is_member;   /* a bit for each PID of the cgroup; NULL: the machine */
	struct growth growth;
	struct counted counted;
	uint32_t *moving; /* rows that are new or get another place; n_moving of them */
	size_t n_moving, n_before;
	uint32_t *seen; /* by row: the last refresh that found it */
	uint32_t *next; /* by row: the next with the same hash, or the next free row */
	uint32_t *heads, *spare, *places;
	uint64_t *keys, *ages;
	uint32_t free_row;
	size_t hash_mask;
	struct forecast_point points[LIVE_TIMES];
	size_t n_points;
	int64_t times_ms[LIVE_TIMES]; /* of the last refreshes, by their number */
	uint64_t min_free_kib;
	bool sees_init, is_dying;
	size_t n_seen;
};

/*
 * Opens what is needed and allocates room for so many processes. cgroup: NULL for the machine.
 * Errors of snapshot_take() and candidates_read_cgroup(). Call live_end() in any case.
 */
int live_begin(struct live *l, const char *cgroup, size_t room);

/* How much room live_begin() should get: more than the machine has now. */
size_t live_choose_room(void);

/* From now on processes are counted by c; its room should be that of l. 0 or -ENOMEM. */
int live_use_counter(struct live *l, struct counter *c);

/* Reads everything again. 0, or a negative errno: what was there is unchanged or older. */
int live_refresh(struct live *l);

/* The row of a process; ORDER_NONE: it is not there. */
uint32_t live_find(const struct live *l, pid_t pid);

/* Reads the cgroup of a process: its unit, and path if that is not NULL. 0 or a negative errno. */
int live_read_unit(const struct live *l, struct live_task *t, char path[CGROUP_PATH_MAX]);

/* What identifies the process, or false: it is so young that its PID could be taken for another. */
bool live_identify(const struct live *l, const struct live_task *t, struct identity *id);

void live_end(struct live *l);
