/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * btf_file: a large file of the kernel's read here and there: mapped where the kernel permits it,
 * else by a window, so that it never lies in memory as a whole.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* How much is read at once: for passes from one end to the other, and for jumps. */
#define BTF_FILE_FAR  ((size_t)65536)
#define BTF_FILE_NEAR ((size_t)8192)

struct btf_file {
	int fd;
	uint64_t size;
	const char *map; /* NULL: there is a window */
	char *window;    /* BTF_FILE_FAR bytes */
	uint64_t begin;  /* what is in it: len bytes from there on */
	size_t len;
	size_t step; /* BTF_FILE_FAR or BTF_FILE_NEAR */
};

/* 0, or a negative errno; to be closed in any case. */
int btf_file_open(struct btf_file *b, const char *path);

void btf_file_close(struct btf_file *b);

/*
 * What lies at a place, *len bytes of it or as many as are in reach before end: the window's rest,
 * but never less than half a window. Valid until the next call. NULL: beyond the end, or it can't
 * be read.
 */
const char *btf_file_chunk(struct btf_file *b, uint64_t at, uint64_t end, size_t *len);

/* len bytes, at most BTF_FILE_NEAR / 2. 0 or -EIO. */
int btf_file_copy(struct btf_file *b, uint64_t at, void *to, size_t len);

/* A number; 0 also where there is none. */
uint32_t btf_file_u32(struct btf_file *b, uint64_t at);
