/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit_file: the OOMScoreAdjust= that the files of a systemd unit declare; see systemd.unit(5). */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct unit_file {
	int adj;
	time_t changed; /* when the file was written, renamed, or installed */
	bool has_line;  /* a file sets it, perhaps to an empty value */
	char path[PATH_MAX];
};

#define UNIT_FILE_DROPINS 256

/* The files of a unit. */
struct unit_file_list {
	char fragment[PATH_MAX]; /* "": none */
	char *dropins[UNIT_FILE_DROPINS];
	size_t n_dropins; /* in the order of reading */
};

/*
 * Adds the files that systemd would read for one name of a unit from directories, given in
 * descending priority, up to NULL. Begin with an empty list, and free it.
 */
void unit_file_find(const char *const *dirs, const char *unit, struct unit_file_list *d);
void unit_file_list_free(struct unit_file_list *d);

/* Whether a unit file masks the unit: it is empty, or a link to /dev/null. */
bool unit_file_is_mask(const char *path);

/*
 * Reads the files of the system, of the system manager or of user managers: the unit file, or that
 * of its template, and drop-ins. Files in home directories are not read. -ENOENT: none declares it.
 */
int unit_file_read_adj(const char *unit, bool is_user, struct unit_file *f);

/*
 * Whether the file was certainly changed after a process started. boot: seconds since 1970, 0:
 * unknown; start_ticks: since boot. Both are rounded down, so the start was before the end of the
 * second after their sum.
 */
bool unit_file_is_newer(const struct unit_file *f, uint64_t boot, uint64_t start_ticks);

/*
 * Whether one file has a line OOMScoreAdjust=, and the value of the last: 0; -ENODATA: it is empty,
 * so it cancels earlier files. -ENOENT: no line, or the file is unreadable.
 */
int unit_file_read_one(const char *path, int *adj);
