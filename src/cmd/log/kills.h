/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kills: the list of log: a row for each victim, or for a report without one. */
#pragma once

#include "cmd/shared/output.h"
#include "oom/report/analysis.h"

/* How many rows are kept at most; beyond that the oldest are dropped. */
#define KILLS_MAX 65536

enum kills_text {
	EVENT_FILE,
	EVENT_HOST,
	EVENT_KERNEL,
	EVENT_MEMCG,
	EVENT_TASK_MEMCG,
	EVENT_UNIT, /* or container */
	EVENT_CPUSET,
	EVENT_GFP,
	EVENT_POD,
	EVENT_QOS,
	EVENT_CONTAINER,
	EVENT_OPENVZ, /* the container of OpenVZ that was at its limit */
	EVENT_TEXTS
};

enum kills_needs { KILLS_NEED_USER = 1 };

/* A row of the list. */
struct kills_row {
	int64_t nr; /* of its report */
	char time[40];
	bool has_seconds;
	int64_t seconds; /* since 1970; without has_seconds: a neighbour's, for sorting */
	int64_t uptime_usec;
	enum report_kind kind;
	const char *result, *by; /* static; by NULL: the kernel */
	char asker[TASK_NAME_MAX];
	int64_t asker_pid, asker_adj, order;
	struct report_kill kill; /* pid REPORT_ABSENT: there is no victim */
	bool is_own;             /* uid is a user of this machine */
	const char *largest;     /* "yes", "no" or NULL */
	int64_t swap_kib, place, n_tasks, points, points_bytes;
	int64_t limit_kib, usage_kib;
	char *texts[EVENT_TEXTS]; /* owned; NULL: unknown */
	const char *user;         /* NULL: unknown, or not filled */
};

struct kills {
	struct kills_row *rows; /* owned */
	size_t n;
	uint64_t n_dropped;
	size_t *order;    /* of the rows shown; owned, NULL before kills_sort() */
	void *names;      /* of users; see user_cached_name() */
	struct list list; /* of the rows shown */
};

/* The list without rows, for its columns. */
extern const struct list kills_columns;

void kills_begin(struct kills *e);

/*
 * Adds the victims of a report, or one row if it has none. file: "": the ring buffer. Returns the
 * number of rows, which are the last ones.
 */
size_t kills_add(struct kills *e, const struct report *r, const struct analysis *w,
		 const char *file, bool has_seconds, int64_t seconds);

/*
 * Sorts by time, a row without a date beside its neighbour in the file, files without dates first;
 * or by the victims' memory. last: shows the last of them only; 0: all. -ENOMEM.
 */
int kills_sort(struct kills *e, bool is_by_size, size_t last);

/* Looks up users' names if a column needs them, and prints. ST_OK or ST_BROKEN. */
enum status kills_print(struct kills *e, const struct output_options *options);

enum kills_key {
	KILLS_BY_NONE,
	KILLS_BY_HOUR,
	KILLS_BY_DAY,
	KILLS_BY_NAME,
	KILLS_BY_UNIT,
	KILLS_BY_CGROUP
};

/* Prints the number of kernel kills per hour or day, or per name, unit or cgroup. */
void kills_print_histogram(const struct kills *e, enum kills_key key, const struct list_view *view);

void kills_end(struct kills *e);

/* Whether both rows were read from the same file, or from the ring buffer. */
bool kills_same_file(const struct kills_row *a, const struct kills_row *b);

/* Whether a row shown has another result than "killed". */
bool kills_differ(const struct kills *e);

/* Whether a row shown was not killed by the kernel. */
bool kills_have_others(const struct kills *e);

/* "/batch", "cpuset c1", "machine", "" */
void kills_where(const struct kills_row *row, char *buf, size_t size);

/*
 * "12 kills from ... to ...; names: java 5, chrome 4; where: machine 8, /batch 4" of the rows that
 * are shown, on lines of at most width columns; width 0: on one line.
 */
void kills_summarize(const struct kills *e, size_t width, FILE *out);
