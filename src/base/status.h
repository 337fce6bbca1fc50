/* SPDX-License-Identifier: GPL-2.0-or-later */
/* status: the exit statuses of the program, which are also the results of its commands. */
#pragma once

#include <errno.h>

enum status {
	ST_OK = 0,              /* done, or the answer is yes */
	ST_MISSED = 1,          /* ran; nothing matched, or a target was not done */
	ST_USAGE = 2,           /* wrong usage or a bad file; nothing was changed */
	ST_DENIED = 3,          /* the kernel or the policy said no */
	ST_BROKEN = 4,          /* the machine can't: no /proc, a write error, a broken install */
	ST_RUN_FAILED = 125,    /* run: failed before COMMAND */
	ST_RUN_NO_EXEC = 126,   /* run: COMMAND is there, but can't be executed */
	ST_RUN_NOT_FOUND = 127, /* run: there is no COMMAND */
};

/* The status of a failed call: what was not permitted is ST_DENIED, all else is other. */
static inline enum status status_of_error(int err, enum status other)
{
	return err == -EACCES || err == -EPERM || err == -EROFS ? ST_DENIED : other;
}

/* Of two results the one to exit with: the worse. */
static inline enum status status_worse(enum status a, enum status b)
{
	return a > b ? a : b;
}
