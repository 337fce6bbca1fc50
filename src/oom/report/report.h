/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report: what the kernel wrote about one OOM event, collected from the lines of any log. Pure:
 * lines go in, reports come out by a callback; no file, no clock.
 *
 * Only what is in the log is reported: a missing number is REPORT_ABSENT, a missing text "". The
 * content decides the format, never a version (mm/oom_kill.c, dump_header() and
 * __oom_kill_process(), since 2.6.9).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "oom/logline/slice.h"
#include "oom/logline/timestamp.h"
#include "oom/rules/task.h"

#define REPORT_ABSENT SLICE_ABSENT

/*
 * Larger numbers are not read, so that no sum or product overflows. The kernel prints this many KiB
 * if there is no limit; the number of bytes fits too.
 */
#define REPORT_MAX SLICE_NUMBER_MAX
/* The most pages of a process, at least 16 PiB; more count as this many. */
#define REPORT_MAX_PAGES (1LL << 42)

/* More than these are counted and dropped. */
#define REPORT_MAX_ROWS   200000
#define REPORT_MAX_KILLS  4096
#define REPORT_MAX_ZONES  64
#define REPORT_MAX_COUNTS 96
#define REPORT_MAX_STATS  96
#define REPORT_MAX_EXTRA  4
#define REPORT_PATH       1024 /* no kernel record is longer */

enum report_kind {
	REPORT_UNKNOWN,
	REPORT_GLOBAL, /* the machine */
	REPORT_MEMCG,  /* a memory cgroup */
	REPORT_CPUSET,
	REPORT_MEMPOLICY,
};

enum report_role {
	REPORT_VICTIM, /* chosen */
	REPORT_GROUP,  /* died with the victim: memory.oom.group */
	REPORT_SHARER, /* died with the victim: it shares its memory */
};

enum report_reaped {
	REPORT_NOT_SEEN,
	REPORT_REAPED, /* its memory was freed at once */
	REPORT_STUCK,  /* the reaper gave up */
};

struct report_kill {
	enum report_role role;
	enum report_reaped reaped;
	bool is_killed;   /* "Killed process" was read; else it was only chosen */
	bool is_repeated; /* the report listed the process earlier */
	int64_t pid, uid, adj;
	int64_t score; /* of "Kill process": permille, or points of the heuristic before 2.6.36 */
	int64_t total_vm_kib, anon_kib, file_kib, shmem_kib, pgtables_kib;
	int64_t rss_kib;    /* if only the sum is known */
	int64_t swap_kib;   /* printed by OpenVZ only; else it is in the table */
	int64_t left_kib;   /* memory that the reaper left */
	int64_t chosen_pid; /* of "Kill process", if a child was killed instead */
	int64_t row;        /* its index in the table; REPORT_ABSENT */
	char name[TASK_NAME_MAX], chosen_name[TASK_NAME_MAX];
	struct timestamp time;
};

struct report_limit {
	int64_t usage_kib, limit_kib, failcnt;
};

/* A name and its number, in the unit of its list. */
struct report_count {
	char name[28];
	int64_t value;
};

struct report_zone {
	int64_t node;
	char name[16];
	int64_t free_kib, min_kib, low_kib, high_kib, managed_kib, present_kib;
	int64_t reserve[8]; /* lowmem_reserve: pages kept from requests for each of the zones */
	size_t n_reserve;
	int64_t blocks[16];    /* free blocks of 1, 2, 4... pages */
	unsigned int reserved; /* bit n: blocks of 2^n pages are for atomic requests or CMA only */
	size_t n_blocks;
};

struct report_row {
	struct task task;
	int64_t extra[REPORT_MAX_EXTRA]; /* values of the columns extra_names */
	uint32_t text;                   /* offset of the row in texts */
	uint16_t text_len;
	bool was_killed; /* an earlier report in the same log killed it */
};

struct report {
	size_t nr;             /* 1, 2, 3... in the order of the reports' first lines */
	bool is_taken;         /* set by the callback, which must then call report_free() */
	struct timestamp time; /* of the first kill; until done() is called, of the first line */
	char host[64], caller[16];
	const char *by;  /* the program that killed or reported it; NULL: the kernel */
	bool is_relayed; /* the kernel killed, and by reported it */
	bool has_header; /* "invoked oom-killer" */
	bool is_sure;    /* has a line that only the OOM killer writes */
	bool is_sysrq;
	bool is_allocating; /* oom_kill_allocating_task */
	bool is_group;      /* memory.oom.group */
	bool is_openvz;     /* container was at its limit, which is not a cgroup's */
	bool has_no_victim; /* "no killable processes" */
	bool is_exiting;    /* the chosen process was exiting already */
	enum report_kind kind;
	char panic[128]; /* the kernel's message; "" */

	char asker[TASK_NAME_MAX]; /* the process that asked for memory */
	int64_t asker_pid, asker_adj, asker_old_adj;
	int64_t gfp_mask, order;
	char gfp_text[256]; /* the names of the flags, since 4.6 */
	char nodemask[64], cpuset[256], mems[64];
	char release[72]; /* of the kernel, as in "Not tainted 5.3.0" */

	char memcg[REPORT_PATH];      /* at its limit */
	char task_memcg[REPORT_PATH]; /* of the victim */
	char container[65];           /* of the victim, if its cgroup is unknown */
	char group_memcg[REPORT_PATH];
	struct report_limit memory, memsw, kmem, swap;
	struct report_count stats[REPORT_MAX_STATS]; /* memory.stat of memcg, bytes */
	size_t n_stats;

	struct report_count counts[REPORT_MAX_COUNTS]; /* Mem-Info, pages */
	size_t n_counts;
	struct report_zone zones[REPORT_MAX_ZONES];
	size_t n_zones;
	int64_t ram_pages, reserved_pages, highmem_pages, pagecache_pages, swapcache_pages;
	int64_t swap_free_kib, swap_total_kib;
	int64_t kernel_stack_kib, huge_kib; /* of all zones; of hugetlb pages */
	int64_t page_kib;

	/* from the line "oom-kill:" */
	char chosen_name[TASK_NAME_MAX];
	int64_t chosen_pid, chosen_uid;

	struct report_kill *kills; /* owned */
	size_t n_kills, n_kills_dropped;

	bool has_table;
	size_t n_bare_rows;              /* without a heading, so that their columns are unknown */
	char heading[256], row_tail[16]; /* that follows the heading and each row */
	char extra_names[REPORT_MAX_EXTRA][24];
	size_t n_extra;
	unsigned int columns;         /* enum task_has: what the table shows */
	unsigned char column_ids[24]; /* for the parser only, as the sizes of the arrays */
	size_t n_columns, rows_room, texts_room, kills_room;
	struct report_row *rows; /* in the table's order; owned */
	size_t n_rows, n_rows_dropped;
	char *texts; /* the original rows, with keeps_text */
	size_t n_texts;
};

struct report_parser;

struct report_options {
	bool keeps_text; /* keep the original rows */
	/* Called for each complete report, in the order of their first lines; then r is freed. */
	void (*done)(void *arg, struct report *r);
	void *arg;
};

/* NULL: no memory. */
struct report_parser *report_begin(const struct report_options *options);

/* One line without its newline. -ENOMEM; the parser can continue. */
int report_feed(struct report_parser *p, const char *line, size_t len);

/* The number of kernel messages that journalctl replaced by "[123B blob data]". */
size_t report_hidden(const struct report_parser *p);

/* n more bytes of the last line, which was too long. */
void report_feed_rest(struct report_parser *p, size_t n);

/*
 * Call it before the first line of a file, with its beginning: some forms must be read completely.
 * Only a line with a date is taken as one about a victim of an earlier file.
 */
void report_begin_file(struct report_parser *p, const char *text, size_t len);

/*
 * Whether each line is needed now; else lines that are not report_is_entry() can be skipped. Call
 * report_skip() after a long gap.
 */
bool report_wants_lines(const struct report_parser *p);
void report_skip(struct report_parser *p);

/* Whether a line, with its prefix, can begin a report or be a complete one. */
bool report_is_entry(const char *line, size_t len);

/* Whether an entry is the first line of its report, and needs no line before it. */
bool report_is_first(const char *line, size_t len);

/* Ends all reports and passes them on; the numbering continues. */
void report_flush(struct report_parser *p);

/* Whether report_flush() would pass on a report, or end one that is incomplete. */
bool report_is_pending(const struct report_parser *p);

/* The number of lines that were about reports, or may have been. */
uint64_t report_n_used(const struct report_parser *p);

/* Frees the parser, and the reports that were not flushed. */
void report_end(struct report_parser *p);

void report_free(struct report *r);

/* A victim with all numbers absent. */
void report_kill_clear(struct report_kill *k);

/* The victim, or NULL. */
const struct report_kill *report_victim(const struct report *r);

/* "killed", "group", "shared", "chosen"; k NULL: "panic", "none"; NULL: the end is missing. */
const char *report_result(const struct report *r, const struct report_kill *k);

/*
 * Resident memory of a victim when it was killed, in KiB, as far as its line shows it, or
 * REPORT_ABSENT.
 */
int64_t report_resident_kib(const struct report_kill *k);

/* The sum of what is known, within REPORT_MAX; REPORT_ABSENT if neither is. */
int64_t report_add(int64_t a, int64_t b);

/* A number by its name; REPORT_ABSENT. */
int64_t report_find_count(const struct report_count *counts, size_t n, const char *name);
