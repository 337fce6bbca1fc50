/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * log_file: the bytes of a log: a file, standard input or a pipe; plain, gzip or zstd, told by
 * their first bytes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct log_file;

/* path: "-" is standard input. -EISDIR for a directory, -ENOMEM, or what open(2) gave. */
int log_file_open(const char *path, struct log_file **file);

/*
 * Loads the library that unpacks it, before a sandbox forbids that. Of a file, and of what is read
 * next, its first bytes tell which; a pipe that is read later is not waited for, and both libraries
 * are loaded.
 */
void log_file_load(struct log_file *f, bool is_next);

/*
 * Fills buf as far as it can: a short count is the end of what is there now. 0: the end. -EBADMSG:
 * compressed data that are broken or cut; what could be had was given out before. -ELIBACC: the
 * library that unpacks can't be loaded. -EPROTONOSUPPORT: packed by xz, bzip2 or lz4. Else what
 * read(2) gave.
 */
ssize_t log_file_read(struct log_file *f, void *buf, size_t size);

void log_file_close(struct log_file *f);
