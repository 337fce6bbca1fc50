/* SPDX-License-Identifier: GPL-2.0-or-later */
/* status: the exit statuses of the program and results of its commands. */
#pragma once

#include <errno.h>

enum status {
	ST_OK = 0,     /* success */
	ST_MISSED = 1, /* nothing matched, or a target failed */
	ST_USAGE = 2,  /* usage error or bad file; nothing was changed */
	ST_DENIED = 3, /* refused by the kernel or the policy */
	ST_BROKEN =
		4, /* the machine cannot do it: no /proc, a write error, a broken installation */
	ST_RUN_FAILED = 125,    /* run: failed before COMMAND */
	ST_RUN_NO_EXEC = 126,   /* run: COMMAND exists, but cannot be executed */
	ST_RUN_NOT_FOUND = 127, /* run: COMMAND does not exist */
};

/* The status of a failed call: ST_DENIED if it was not permitted, otherwise other. */
static inline enum status status_of_error(int err, enum status other)
{
	return err == -EACCES || err == -EPERM || err == -EROFS ? ST_DENIED : other;
}

/* The worse of two results. */
static inline enum status status_worse(enum status a, enum status b)
{
	return a > b ? a : b;
}
