/* SPDX-License-Identifier: GPL-2.0-or-later */
/* log_file: reads a file, standard input or a pipe; plain, gzip or zstd, by their first bytes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct log_file;

/*
 * path: "-" is standard input. -EISDIR for a directory, -ENOTSUP for a device, -ENODEV without
 * /proc, -ENOMEM, or the error of open(2).
 */
int log_file_open(const char *path, struct log_file **file);

/*
 * Loads the library that decompresses it, before a sandbox forbids that. Reads the first bytes of a
 * regular file; for a pipe, which could block, both libraries are loaded.
 */
void log_file_load(struct log_file *f);

/*
 * Fills buf; a short count is the end so far, 0 the end. -EBADMSG: compressed data is corrupt or
 * truncated, after what could be read. -ELIBACC: the library can't be loaded. -EPROTONOSUPPORT: xz,
 * bzip2 or lz4. Else the error of read(2).
 */
ssize_t log_file_read(struct log_file *f, void *buf, size_t size);

/* Calls fn after each read, with the bytes of the file that were read, and its size; 0: unknown. */
void log_file_watch(struct log_file *f, void (*fn)(void *arg, uint64_t done, uint64_t size),
		    void *arg);

void log_file_close(struct log_file *f);
