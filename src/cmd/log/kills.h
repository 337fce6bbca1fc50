/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kills: what the list of log keeps of each victim, and its columns. */
#pragma once

#include "oom/report/analysis.h"
#include "ui/list.h"

/* The most that are kept; when there are more, the oldest go. */
#define KILLS_MAX 65536

enum logevent_text {
	EVENT_FILE,
	EVENT_HOST,
	EVENT_KERNEL,
	EVENT_MEMCG,
	EVENT_TASK_MEMCG,
	EVENT_CPUSET,
	EVENT_GFP,
	EVENT_TEXTS
};

struct logevent {
	size_t nr; /* of its report */
	char time[40];
	bool has_seconds;
	int64_t seconds; /* since 1970; without has_seconds what it is sorted by, or INT64_MIN */
	int64_t uptime_usec;
	enum report_kind kind;
	const char *result; /* static */
	char asker[TASK_NAME_MAX];
	int64_t asker_pid, asker_adj, order;
	struct report_kill kill; /* pid is REPORT_ABSENT: nobody died */
	bool is_own;             /* uid is a user of this machine */
	const char *largest;     /* "yes", "no" or NULL */
	int64_t swap_kib, place, n_tasks, points;
	int64_t limit_kib, usage_kib;
	char *texts[EVENT_TEXTS];
};

struct kills {
	struct logevent *list; /* its own */
	size_t n, room;
	uint64_t n_dropped;
	size_t *order; /* the rows shown; its own, NULL: as they are */
	size_t n_order;
	struct list view;
};

/* The list without rows, for its columns. */
extern const struct list kills_columns;

void kills_begin(struct kills *e);

/* Adds the victims of a report, or one row if it has none. file: "" for the ring. -ENOMEM */
int kills_add(struct kills *e, const struct report *r, const struct analysis *w, const char *file,
	      bool has_seconds, int64_t seconds);

/*
 * Sorts: by time, and what tells none beside what was read with it, files that tell none at all
 * first; or by the victims' memory. last: how many to keep, 0 all. -ENOMEM
 */
int kills_sort(struct kills *e, bool is_by_size, size_t last);

void kills_end(struct kills *e);

/* Whether both were read from one file, or from the ring. */
bool kills_same_file(const struct logevent *a, const struct logevent *b);

/* Whether a row shown is anything but a victim that was killed. */
bool kills_differ(const struct kills *e);

/* "/batch", "cpuset c1", "machine", "-" */
void kills_where(enum report_kind kind, const char *memcg, const char *cpuset, char *buf,
		 size_t size);

/*
 * "12 kills from ... to ...; java 5, chrome 4; machine 8, /batch 4" of the rows shown, on lines of
 * at most width columns of the terminal; width 0: on one line.
 */
void kills_summarize(const struct kills *e, size_t width, FILE *out);
