/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * btf_file: random access to a large file of the kernel: mapped if the kernel permits it, else by a
 * window.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Bytes read at once: for sequential passes, and for jumps. */
#define BTF_FILE_FAR  ((size_t)65536)
#define BTF_FILE_NEAR ((size_t)8192)

struct btf_file {
	int fd;
	uint64_t size;
	const char *map; /* NULL: there is a window */
	char *window;    /* BTF_FILE_FAR bytes */
	uint64_t begin;  /* offset of the len bytes in it */
	size_t len;
	size_t step; /* BTF_FILE_FAR or BTF_FILE_NEAR */
};

/* 0 or a negative errno. Close it in any case. */
int btf_file_open(struct btf_file *b, const char *path);

void btf_file_close(struct btf_file *b);

/*
 * The bytes at an offset; *len: how many are available before end, at least BTF_FILE_NEAR / 2 if
 * end is not nearer. Valid until the next call. NULL: beyond the end, or unreadable.
 */
const char *btf_file_chunk(struct btf_file *b, uint64_t at, uint64_t end, size_t *len);

/* len bytes, at most BTF_FILE_NEAR / 2. 0 or -EIO. */
int btf_file_copy(struct btf_file *b, uint64_t at, void *to, size_t len);

/* A 32-bit number; 0, too, if it can't be read. */
uint32_t btf_file_u32(struct btf_file *b, uint64_t at);
