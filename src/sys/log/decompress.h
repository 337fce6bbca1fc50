/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * decompress: the two kinds of compressed logs behind one interface; each library in a file of its
 * own.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* What is to be unpacked, and where to; both move on as it is. */
struct decompress_buf {
	const unsigned char *in;
	size_t in_len;
	unsigned char *out;
	size_t out_len;
};

struct decompress {
	/* Loads its library, once, as begin() does too; before a sandbox forbids it. -ELIBACC */
	int (*load)(void);
	/* -ENOMEM, -ELIBACC */
	int (*begin)(void **state);
	/*
	 * Goes on as long as there is input and room. -EBADMSG: broken. *is_between: the input
	 * ended where a member or a frame did, so that it may end there.
	 */
	int (*run)(void *state, struct decompress_buf *b, bool *is_between);
	void (*end)(void *state);
};

extern const struct decompress unpack_gzip, decompress_zstd;
