/* SPDX-License-Identifier: GPL-2.0-or-later */
/* decompress: one interface for gzip, zstd and UTF-16. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Input and output; both advance. */
struct decompress_buf {
	const unsigned char *in;
	size_t in_len;
	unsigned char *out;
	size_t out_len;
};

struct decompress {
	int (*load)(void);          /* loads the library, before a sandbox forbids it. -ELIBACC */
	int (*begin)(void **state); /* also loads it. -ENOMEM, -ELIBACC */
	/* While there is input and room. -EBADMSG: corrupt. *is_between: the input may end here. */
	int (*run)(void *state, struct decompress_buf *b, bool *is_between);
	void (*end)(void *state);
};

extern const struct decompress decompress_gzip, decompress_zstd, decompress_utf16;
