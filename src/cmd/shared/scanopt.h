/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scanopt: the option on how the processes are read, and the census where that is the way. */
#pragma once

#include "cmd/cmd.h"
#include "sys/bpf/tasks.h"

/*
 * From so many processes on a census takes less time than /proc: it takes 3 ms for the program and next to nothing for a process,
 * and /proc 5 to 18 us a process. Where it matters how exact the counts are it pays in any case.
 */
#define SCANOPT_BREAK_EVEN ((size_t)500)
#define SCANOPT_EXACT      ((size_t)0)

enum scanopt_way { SCANOPT_AUTO, SCANOPT_PROC, SCANOPT_BPF };

struct scanopt {
	enum scanopt_way way;
	struct census census;
	bool has_census;
};

extern const struct opt scanopt_opts[];

/* 1: key was the option and is taken. 0: it is another. -1: its word is wrong, and that was said. */
int scanopt_take(struct scanopt *o, const struct args *a, int key);

/*
 * Takes a census where it can be had and pays, from so many processes on, or was asked for; to be called while the caller's own
 * capabilities are there.
 * With --scan=bpf alone its lack is an error: said, and ST_DENIED or ST_BROKEN. To be freed by scanopt_free().
 */
enum status scanopt_count(struct scanopt *o, const struct ctx *cx, size_t pays_from);

/* For struct scan_want: NULL: to be read from /proc. */
const struct census *scanopt_census(const struct scanopt *o);

void scanopt_free(struct scanopt *o);
