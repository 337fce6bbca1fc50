/* SPDX-License-Identifier: GPL-2.0-or-later */
/* log_file: reads a file, standard input or a pipe; plain, gzip or zstd, by their first bytes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct log_file;

/* path: "-" is standard input. -EISDIR for a directory, -ENOMEM, or what open(2) gave. */
int log_file_open(const char *path, struct log_file **file);

/*
 * Loads the library that decompresses it, before a sandbox forbids that. is_next: it is read next.
 * For a pipe that is read later, which would block, both libraries are loaded.
 */
void log_file_load(struct log_file *f, bool is_next);

/*
 * Fills buf; a short count is the present end, 0 the end. -EBADMSG: compressed data is corrupt or
 * truncated, after what could be read. -ELIBACC: the library can't be loaded. -EPROTONOSUPPORT: xz,
 * bzip2 or lz4. Else what read(2) gave.
 */
ssize_t log_file_read(struct log_file *f, void *buf, size_t size);

void log_file_close(struct log_file *f);
