/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kmsg: the kernel's ring of messages: /dev/kmsg, or syslog(2) where that is not there. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "oom/report/report.h"

struct kmsg {
	int fd; /* of /dev/kmsg; -1: syslog(2), of which this is all there was when it was opened */
	char *text;
	int len;
	uint64_t n_lost; /* records that were overwritten before they were read */
};

/*
 * Nothing behind it takes a right. -EPERM, -EACCES: kernel.dmesg_restrict, or a container. -ENOENT,
 * -ENOSYS: this kernel, or this container, has no ring. -ENOMEM.
 */
int kmsg_open(struct kmsg *k);

/* Takes all records that are there now to the parser. 0, -ENOMEM, or what reading gave. */
int kmsg_read(struct kmsg *k, struct report_parser *p);

/*
 * Waits for the next record. 1: there is one, 0: timeout or a signal, or a negative errno
 * (-ENOTSUP: no /dev/kmsg; -EPIPE: the other end of the pipe or terminal out is gone).
 */
int kmsg_wait(const struct kmsg *k, int out, int milliseconds);

void kmsg_close(struct kmsg *k);

/*
 * Microseconds to add to a record's time to get the time since 1970. The kernel's clock stands
 * still while the machine sleeps: what was logged before its last sleep gets a time that is too
 * late.
 */
int64_t kmsg_boot_usec(void);
