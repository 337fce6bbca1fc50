/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * alert_state: which records of the kernel's ring buffer were handled, in a file of /run/oomctl
 * that only root can write to. A record belongs to one boot: after the next, none is handled.
 */
#pragma once

#include <stdint.h>

#define ALERT_STATE_NAME_MAX 32
#define ALERT_STATE_BOOT     37 /* of /proc/sys/kernel/random/boot_id, with a NUL */

struct alert_state {
	int fd;                      /* -1: none; while it is open, no other run can use the file */
	int64_t handled;             /* the last handled record; -1: none of this boot */
	char boot[ALERT_STATE_BOOT]; /* this boot */
};

/*
 * Opens, and creates, the file of a name and reads it. name: of letters, digits, '_' and '-'.
 * proc: a handle of /proc. -EPERM: the caller is not root. -EBADF: the file is damaged, or others
 * can write to it or its directory. -EBUSY: another run uses it. -ENOTSUP: /proc does not identify
 * the boot. Others as open(2), and -ENOSPC if it cannot be written.
 */
int alert_state_open(struct alert_state *s, int proc, const char *name);

/*
 * All records up to this one are handled. Overwrites the file in place, by one write(2), which
 * needs no memory; a killed process leaves the old or the new text. 0 or a negative errno: the old
 * one remains.
 */
int alert_state_write(struct alert_state *s, int64_t handled);

void alert_state_close(struct alert_state *s);
