/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * msg: what the program says on standard error, one line a call, after the program's name.
 * Every message is escaped as a whole (base/text.h): its parts may come from untrusted sources.
 */
#pragma once

#ifndef PROGRAM_NAME
#define PROGRAM_NAME "oomctl"
#endif

/* -1: errors alone (-q). 1: also what was tried and chosen (-v). */
extern int msg_verbosity;

#define msg_error(...)  msg_print(-1, __VA_ARGS__)
#define msg_warn(...)   msg_print(0, __VA_ARGS__) /* unless -q */
#define msg_detail(...) msg_print(1, __VA_ARGS__) /* with -v */

/* least: the verbosity from which on it is said. */
__attribute__((format(printf, 2, 3))) void msg_print(int least, const char *fmt, ...);
