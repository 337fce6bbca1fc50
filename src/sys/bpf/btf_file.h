/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * btf_file: a large file of the kernel's read here and there: mapped where the kernel permits it, else by a window, so that it
 * never lies in memory as a whole.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* How much is read at once: for passes from one end to the other, and for jumps. */
#define BLOB_FAR  ((size_t)65536)
#define BLOB_NEAR ((size_t)8192)

struct blob {
	int fd;
	uint64_t size;
	const char *map; /* NULL: there is a window */
	char *window;    /* BLOB_FAR bytes */
	uint64_t begin;  /* what is in it: len bytes from there on */
	size_t len;
	size_t step; /* BLOB_FAR or BLOB_NEAR */
};

/* 0, or a negative errno; to be closed in any case. */
int blob_open(struct blob *b, const char *path);

void blob_close(struct blob *b);

/*
 * What lies at a place, *len bytes of it or as many as are in reach before end: the window's rest, but never less than half
 * a window. Valid until the next call. NULL: beyond the end, or it can't be read.
 */
const char *blob_chunk(struct blob *b, uint64_t at, uint64_t end, size_t *len);

/* len bytes, at most BLOB_NEAR / 2. 0 or -EIO. */
int blob_copy(struct blob *b, uint64_t at, void *to, size_t len);

/* A number; 0 also where there is none. */
uint32_t blob_u32(struct blob *b, uint64_t at);
