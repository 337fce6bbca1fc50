/* SPDX-License-Identifier: GPL-2.0-or-later */
/* internal: shared by the parts of live. */
#pragma once

#include "sys/live/live.h"

/* Begins a refresh: no row is seen yet. */
void table_begin(struct live *l, int64_t now_ms);

/* The row of a process that was found, new or known; ORDER_NONE: counted as missing, no room. */
uint32_t table_take(struct live *l, pid_t pid, uint64_t start_ticks, bool *is_new);

/* Its task was read into the row. */
void table_update(struct live *l, uint32_t row, bool is_new);

/* The process of this row was found again, and nothing of it has changed. */
void table_keep(struct live *l, uint32_t row, pid_t pid);

/* Removes those that were not found, and sorts the others. */
void table_finish(struct live *l);

/* Makes room for l->room processes. 0 or -ENOMEM. */
int counted_allocate(struct live *l);

/* Takes the processes of a BPF scan. */
void counted_read(struct live *l, const struct bpf_tasks *tasks);

void counted_free(struct live *l);

/* Linux has no higher PIDs (PID_MAX_LIMIT). */
#define LIVE_PIDS ((size_t)4 << 20)

/* Whether a process is read: all are, or those of the cgroup. */
static inline bool live_is_wanted(const struct live *l, pid_t pid)
{
	return !l->is_member ||
	       ((size_t)pid < LIVE_PIDS && l->is_member[(size_t)pid / 64] >> (size_t)pid % 64 & 1);
}

/* Finds the victim now, from the sorted rows. begun_ms: when reading began. */
void live_victim_find(struct live *l, int64_t begun_ms);

/* Notes what is left, and finds the time until nothing is, and the victim then. */
void live_later_find(struct live *l, int64_t now_ms);
