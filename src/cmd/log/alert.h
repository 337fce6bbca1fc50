/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * alert: runs a command for each kill. The parser of the log is a child process in a sandbox, and
 * sends each kill as a message; its parent runs the command, and trusts no message.
 */
#pragma once

#include <stdint.h>

#include "base/args.h"
#include "cmd/cmd.h"
#include "cmd/log/kills.h"

/* The options, and what parser and parent know of each other. */
struct alert {
	char **words; /* the command; NULL: none */
	const char *state_name;
	size_t timeout_s;  /* 0: the default */
	int socket;        /* to the other process */
	int64_t after;     /* the parser: only kills in later records are sent */
	bool is_new_only;  /* the parser: kills that are in the ring at first are not sent */
	bool is_late;      /* the parser: the parent did not read the last message in time */
	uint64_t n_unsent; /* the parser: kills that could not be sent */
	int64_t sent;      /* the parser: the last position that was sent */
};

/* Checks the command and the state's name. ST_OK, or a status after an error message. */
enum status alert_check(struct alert *al, const struct ctx *cx, const struct args *a);

/*
 * Starts the parser. In the parser, true: continue. In the parent, false: the command was run until
 * the parser or a signal ended it; *st is the result.
 */
bool alert_begin(struct alert *al, enum status *st);

/* The parser: sends a kill, unless it was handled before. */
void alert_send_kill(struct alert *al, const struct kills_row *row);

/* The parser: all kills up to this record were sent. */
void alert_send_position(struct alert *al, int64_t record);
