/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * change: a process of its own that changes adj and explains processes, with the functions of set,
 * protect, unprotect and explain and with exactly their privileges. The process with the terminal
 * has none. Nothing that it asks for exceeds what its user can do with these commands.
 */
#pragma once

#include "cmd/cmd.h"
#include "sys/proc/identity.h"

enum change_kind {
	CHANGE_BY,        /* adds value */
	CHANGE_SET,       /* value */
	CHANGE_PROTECT,   /* -999 */
	CHANGE_UNPROTECT, /* the saved adj */
	CHANGE_UNDO,      /* the last change */
	CHANGE_EXPLAIN,   /* changes nothing; value: columns of the text */
};

#define CHANGE_TARGETS 256   /* of one request */
#define CHANGE_TEXT    30000 /* bytes of an answer */

struct change {
	int socket; /* -1: none */
	pid_t pid;
	bool is_waiting; /* for an answer */
	enum change_kind kind;
};

/* Starts the process, while this one still has its privileges. 0 or a negative errno. */
int change_begin(struct change *c, struct ctx *cx);

/* Asks for a change of n settled processes. -EBUSY: the last one is not done; or an errno. */
int change_ask(struct change *c, enum change_kind kind, int value, const struct identity *targets,
	       size_t n);

/*
 * The answer, when the socket can be read. text: what the command printed, as lines, escaped. 0 or
 * a negative errno; -EPIPE: the process has ended.
 */
int change_read(struct change *c, enum status *status, char text[CHANGE_TEXT]);

/* Ends the process, after a change that it has begun. */
void change_end(struct change *c);
