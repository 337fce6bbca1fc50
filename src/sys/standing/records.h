/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * records: the adj that processes had after the rules were last applied to them, to recognize later
 * changes by others. A table of fixed size; between runs in /run/oomctl/rules, with a line
 * "PID START VALUE SEEN CHILD_OF PROGRAM" for each process; watch appends a line for each change,
 * and of several for a process the last counts. A record belongs to a PID of one PID
 * namespace and a start time, so another process with the same PID has none.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define RECORDS_MAX 131072 /* processes in the file */
#define RECORDS_LOG 65536  /* bytes of changes that were not appended yet */

struct record {
	pid_t pid;         /* 0: an empty place */
	int16_t value;     /* adj after the rules were applied */
	int16_t seen;      /* the last adj by others that was reported; value: none */
	uint64_t start;    /* in ticks, as pidref_read_start() gives it */
	uint32_t child_of; /* the id of a rule, a match of which forked it; 0: none */
	uint32_t program;  /* a hash of its executable's path; 0: unknown */
	bool is_used;      /* in this pass */
};

struct records {
	struct record *places; /* n_places, a power of two; at most half of them are used */
	size_t n_places, n;
	size_t n_refused; /* that did not fit */
	/* With records_keep_log(): lines that records_append() must write. */
	char *log;
	size_t log_len;
	size_t n_appended; /* lines since the last records_save() */
	bool must_save;    /* by records_save(): the file has too many lines, or lacks some */
};

/* A table for up to most processes. 0 or -ENOMEM. Only this function takes memory. */
int records_init(struct records *r, size_t most);

/* Notes each change from now on, for records_append(). After records_load(). 0 or -ENOMEM. */
int records_keep_log(struct records *r);

void records_free(struct records *r);

/* The record of a process. NULL: there is none. Valid until the next change of the table. */
struct record *records_find(const struct records *r, pid_t pid, uint64_t start);

/* Whether there is a record of any process with this PID. */
bool records_has(const struct records *r, pid_t pid);

/* Adds or changes a record; it is used and its seen is value. false: the table is full. */
bool records_put(struct records *r, pid_t pid, uint64_t start, int value, uint32_t child_of,
		 uint32_t program);

/* Changes seen of a record. */
void records_see(struct records *r, struct record *record, int adj);

void records_remove(struct records *r, pid_t pid);

/* Keeps the record of a process that a pass cannot compare, if it has one. */
void records_keep(struct records *r, pid_t pid);

/* Before a pass over all processes, and after it: removes the records that it did not use. */
void records_begin_pass(struct records *r);
void records_end_pass(struct records *r);

/*
 * Claims the records for a watch, which is the only one in this PID namespace then; waits up to 5 s
 * for one that is about to end. Returns a descriptor, whose close(2) ends the claim. -EBUSY:
 * another watch runs. Others as saved_adj_open_dir() and root_file_lock(). proc: a handle of /proc.
 */
int records_claim(int proc);

/*
 * Replaces the table by the file. Hold saved_adj_lock() until records_save(). 0, also if there is
 * no file; -EBADF: users other than root can write to it, or it is damaged: the table is empty.
 * Others as open(2). proc: a handle of /proc.
 */
int records_load(struct records *r, int proc);

/*
 * Replaces the file by the table. 0 or a negative errno, as saved_adj_open_dir() and
 * root_file_replace().
 */
int records_save(struct records *r, int proc);

/*
 * Appends the changes since the last time to the file; none: does nothing. Hold the lock. 0 or a
 * negative errno; then, and if the file would be too long, must_save is set.
 */
int records_append(struct records *r, int proc);
