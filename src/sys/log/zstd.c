/* SPDX-License-Identifier: GPL-2.0-or-later */
/* zstd: decompresses zstd, also several frames, by libzstd, which is loaded when it is needed. */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <zstd.h>

#include "sys/log/decompress.h"

/* 128 MiB, as zstd's highest level needs; a frame that needs more is refused. */
#define MAX_WINDOW_LOG 27

static struct {
	__typeof__(&ZSTD_createDStream) create;
	__typeof__(&ZSTD_DCtx_setParameter) set;
	__typeof__(&ZSTD_decompressStream) run;
	__typeof__(&ZSTD_isError) is_error;
	__typeof__(&ZSTD_freeDStream) end;
} zstd;

static int load(void)
{
	void *library = zstd.create ? NULL : dlopen("libzstd.so.1", RTLD_NOW | RTLD_LOCAL);

	if (library) {
		*(void **)&zstd.set = dlsym(library, "ZSTD_DCtx_setParameter");
		*(void **)&zstd.run = dlsym(library, "ZSTD_decompressStream");
		*(void **)&zstd.is_error = dlsym(library, "ZSTD_isError");
		*(void **)&zstd.end = dlsym(library, "ZSTD_freeDStream");
		if (zstd.set && zstd.run && zstd.is_error && zstd.end)
			*(void **)&zstd.create = dlsym(library, "ZSTD_createDStream");
	}
	return zstd.create ? 0 : -ELIBACC;
}

static int begin(void **state)
{
	int err = load();

	if (err)
		return err;
	*state = zstd.create();
	if (!*state)
		return -ENOMEM;
	zstd.set(*state, ZSTD_d_windowLogMax, MAX_WINDOW_LOG);
	return 0;
}

static int run(void *state, struct decompress_buf *b, bool *is_between)
{
	ZSTD_inBuffer in = { b->in, b->in_len, 0 };
	ZSTD_outBuffer out = { b->out, b->out_len, 0 };
	size_t result = 1;

	while (!zstd.is_error(result) && in.pos < in.size && out.pos < out.size) {
		result = zstd.run(state, &out, &in);
		*is_between = result == 0;
	}
	b->in += in.pos;
	b->in_len -= in.pos;
	b->out += out.pos;
	b->out_len -= out.pos;
	return zstd.is_error(result) ? -EBADMSG : 0;
}

static void end(void *state)
{
	zstd.end(state);
}

const struct decompress decompress_zstd = { load, begin, run, end };
