/* SPDX-License-Identifier: GPL-2.0-or-later */
/* msg: messages on standard error, one line per call, escaped because parts can be untrusted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#ifndef PROGRAM_NAME
#define PROGRAM_NAME "oomctl"
#endif

/* -1: errors only (-q). 1: also details (-v). */
extern int msg_verbosity;

/* Width at which messages are wrapped; 0: standard error is not a terminal. */
extern size_t msg_width;

/* Begin each line with its level, as in "<3>", instead of the program's name; see sd-daemon(3). */
extern bool msg_is_journal;

enum msg_level {
	MSG_ERROR,
	MSG_WARN,   /* unless -q */
	MSG_INFO,   /* unless -q */
	MSG_DETAIL, /* with -v */
};

#define msg_error(...)  msg_print(MSG_ERROR, __VA_ARGS__)
#define msg_warn(...)   msg_print(MSG_WARN, __VA_ARGS__)
#define msg_info(...)   msg_print(MSG_INFO, __VA_ARGS__)
#define msg_detail(...) msg_print(MSG_DETAIL, __VA_ARGS__)

/* Whether -q and -v let messages of this level be printed. */
bool msg_is_shown(enum msg_level level);

__attribute__((format(printf, 2, 3))) void msg_print(enum msg_level level, const char *fmt, ...);
