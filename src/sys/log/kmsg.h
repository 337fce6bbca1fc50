/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kmsg: the kernel's ring buffer: /dev/kmsg or, if that is missing, syslog(2). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "oom/report/report.h"

struct kmsg {
	int fd;     /* of /dev/kmsg; -1: syslog(2) */
	char *text; /* by syslog(2), at the time of opening */
	int len;
	uint64_t n_lost; /* how often records were overwritten before they were read */
	/* With /dev/kmsg, which numbers the records since boot from 0. */
	uint64_t begin;      /* set by the caller: earlier records are skipped */
	uint64_t next;       /* the number after that of the last record */
	uint64_t n_missing;  /* records from begin to next that were not there any more */
	int64_t first, last; /* numbers of the first and last record that were read; -1: none yet */
	bool ends_in_report; /* the last record that was read can be a part of a report */
};

/*
 * The other functions need no rights. -EPERM, -EACCES: kernel.dmesg_restrict, or a container.
 * -ENOENT, -ENOSYS: the kernel or the container has no ring buffer. -ENOMEM.
 */
int kmsg_open(struct kmsg *k);

/* Feeds all present records to the parser. 0, -ENOMEM, or the error of reading. */
int kmsg_read(struct kmsg *k, struct report_parser *p);

/*
 * Waits for the next record. 1: there is one; 0: timeout or signal; -ENOTSUP: no /dev/kmsg; -EPIPE:
 * the other end of out or peer is closed, a pipe, terminal, or socket, or -1; or another negative
 * errno.
 */
int kmsg_wait(const struct kmsg *k, int out, int peer, int milliseconds);

void kmsg_close(struct kmsg *k);

/* Why one of these failed. */
const char *kmsg_error(int err);

/*
 * Microseconds to add to a record's time to get the time since 1970. The kernel's clock stops
 * during suspend: earlier records get a time that is too late.
 */
int64_t kmsg_boot_usec(void);
