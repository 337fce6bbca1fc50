/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kills: OOM kills during the run. A process of its own runs log --follow, with its sandbox, and
 * this one reads its lines.
 */
#pragma once

#include "cmd/cmd.h"

#define KILLS_FOLLOW_MAX  8
#define KILLS_FOLLOW_TEXT 128

struct kills_follow {
	int fd; /* from the process; -1: none */
	pid_t pid;
	char line[512]; /* the beginning of a line that is not complete */
	size_t len;
	char texts[KILLS_FOLLOW_MAX][KILLS_FOLLOW_TEXT]; /* the last kills, escaped; a ring */
	size_t n;                                        /* so far */
	bool has_failed;                                 /* the kernel's log cannot be read */
	int64_t counted; /* kills by the kernel's counter at the start; -1: unknown */
};

/* Starts the process, while this one still has its privileges. 0 or a negative errno. */
int kills_follow_begin(struct kills_follow *k, struct ctx *cx);

/* Reads what there is. Whether there is a new kill. */
bool kills_follow_read(struct kills_follow *k);

/* The nth of the last kills that are kept, the oldest first; NULL: there are fewer. */
const char *kills_follow_text(const struct kills_follow *k, size_t nth, size_t n);

/* Adds a line about a kill: "TIME PID NAME RSS ADJ", as log prints raw values. */
void kills_follow_add(struct kills_follow *k, const char *line);

/*
 * Where the log cannot be read: adds a line if the kernel's counter of kills has grown. Whether it
 * has. counter: -1: unknown.
 */
bool kills_follow_count(struct kills_follow *k, int64_t counter);

void kills_follow_end(struct kills_follow *k);
