/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gzip: unpacks gzip, several members behind each other too; zlib does it. */
#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

#include "sys/unpack.h"

#define GZIP_ONLY (MAX_WBITS + 16)

static int begin(void **state)
{
	z_stream *z = calloc(1, sizeof(*z));

	if (!z || inflateInit2(z, GZIP_ONLY) != Z_OK) {
		free(z);
		return -ENOMEM;
	}
	*state = z;
	return 0;
}

static int run(void *state, struct unpack_buf *b, bool *is_between)
{
	z_stream *z = state;
	int result = Z_OK;

	while (result == Z_OK && b->in_len && b->out_len) {
		z->next_in = (Bytef *)b->in;
		z->avail_in = (uInt)b->in_len;
		z->next_out = b->out;
		z->avail_out = (uInt)b->out_len;
		result = inflate(z, Z_NO_FLUSH);
		b->in = z->next_in;
		b->in_len = z->avail_in;
		b->out = z->next_out;
		b->out_len = z->avail_out;
		*is_between = result == Z_STREAM_END;
		if (result == Z_STREAM_END)
			result = inflateReset(z);
	}
	return result == Z_OK || result == Z_BUF_ERROR ? 0 : -EBADMSG;
}

static void end(void *state)
{
	inflateEnd(state);
	free(state);
}

const struct unpack unpack_gzip = { begin, run, end };
