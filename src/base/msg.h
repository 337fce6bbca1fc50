/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * msg: what the program says on standard error, one line a call, after the program's name.
 * Every message is escaped as a whole (base/text.h): its parts may come from untrusted sources.
 */
#pragma once

#ifndef PROGRAM_NAME
#define PROGRAM_NAME "oomctl"
#endif

/* Below 0: errors alone (-q). Above 0: also what was tried and chosen (-v). */
extern int msg_verbosity;

__attribute__((format(printf, 1, 2))) void msg_error(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void msg_warn(const char *fmt, ...);   /* unless -q */
__attribute__((format(printf, 1, 2))) void msg_detail(const char *fmt, ...); /* with -v */
