/* SPDX-License-Identifier: GPL-2.0-or-later */
/* textfile: the file that metrics writes: it is replaced as a whole, and keeps the counters. */
#pragma once

#include "cmd/cmd.h"
#include "cmd/metrics/kill_counts.h"

struct textfile {
	const char *path; /* borrowed */
	char *name;       /* without the directory; owned */
	char *lock_name;  /* owned */
	int dir, lock;    /* -1: not open */
};

/*
 * Opens the directory and locks the file, so that runs at the same time do not lose a count. ST_OK,
 * or another status after an error message. Close f in any case.
 */
enum status textfile_open(struct textfile *f, const char *path);

/*
 * Fills *c with the counts that the file keeps. It stays empty, with a warning if counts are lost,
 * if there are none, or if users other than the caller's can write to the file.
 */
void textfile_read_counts(const struct textfile *f, struct kill_counts *c);

/*
 * Replaces the file, with mode 0644. Nothing is left behind if it fails. A name that is a link or a
 * device is not replaced. ST_OK, or another status after an error message.
 */
enum status textfile_replace(const struct textfile *f, const char *text);

void textfile_close(struct textfile *f);
