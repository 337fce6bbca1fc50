/* SPDX-License-Identifier: GPL-2.0-or-later */
/* zstd: unpacks zstd, several frames behind each other too; libzstd does it. */
#include <errno.h>
#include <zstd.h>

#include "sys/unpack.h"

/* 128 MiB: what zstd itself needs for its highest level; a frame that asks for more is refused. */
#define MAX_WINDOW_LOG 27

static int begin(void **state)
{
	ZSTD_DStream *z = ZSTD_createDStream();

	if (!z)
		return -ENOMEM;
	ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, MAX_WINDOW_LOG);
	*state = z;
	return 0;
}

static int run(void *state, struct unpack_buf *b, bool *is_between)
{
	ZSTD_inBuffer in = { b->in, b->in_len, 0 };
	ZSTD_outBuffer out = { b->out, b->out_len, 0 };
	size_t result = 1;

	while (!ZSTD_isError(result) && in.pos < in.size && out.pos < out.size) {
		result = ZSTD_decompressStream(state, &out, &in);
		*is_between = result == 0;
	}
	b->in += in.pos;
	b->in_len -= in.pos;
	b->out += out.pos;
	b->out_len -= out.pos;
	return ZSTD_isError(result) ? -EBADMSG : 0;
}

static void end(void *state)
{
	ZSTD_freeDStream(state);
}

const struct unpack unpack_zstd = { begin, run, end };
