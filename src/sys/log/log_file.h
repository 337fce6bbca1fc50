/* SPDX-License-Identifier: GPL-2.0-or-later */
/* log_file: the bytes of a log: a file, standard input or a pipe; plain, gzip or zstd, told by their first bytes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct logfile;

/* path: "-" is standard input. -EISDIR for a directory, -ENOMEM, or what open(2) gave. */
int logfile_open(const char *path, struct logfile **file);

/*
 * Loads the library that unpacks it, before a sandbox forbids that. Of a file, and of what is read next, its first
 * bytes tell which; a pipe that is read later is not waited for, and both libraries are loaded.
 */
void logfile_load(struct logfile *f, bool is_next);

/*
 * Fills buf as far as it can: a short count is the end of what is there now. 0: the end. -EBADMSG: compressed
 * data that are broken or cut; what could be had was given out before. -ELIBACC: the library that unpacks can't be
 * loaded. -EPROTONOSUPPORT: packed by xz, bzip2 or lz4. Else what read(2) gave.
 */
ssize_t logfile_read(struct logfile *f, void *buf, size_t size);

void logfile_close(struct logfile *f);
