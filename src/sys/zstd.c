/* SPDX-License-Identifier: GPL-2.0-or-later */
/* zstd: unpacks zstd, several frames behind each other too; libzstd does it, loaded when it is needed. */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <zstd.h>

#include "sys/unpack.h"

/* 128 MiB: what zstd itself needs for its highest level; a frame that asks for more is refused. */
#define MAX_WINDOW_LOG 27

struct zstd {
	ZSTD_DStream *stream;
	void *library;
	__typeof__(&ZSTD_decompressStream) run;
	__typeof__(&ZSTD_isError) is_error;
	__typeof__(&ZSTD_freeDStream) end;
};

static int load(struct zstd *z)
{
	__typeof__(&ZSTD_createDStream) create;
	__typeof__(&ZSTD_DCtx_setParameter) set;

	z->library = dlopen("libzstd.so.1", RTLD_NOW | RTLD_LOCAL);
	if (!z->library)
		return -ELIBACC;
	*(void **)&create = dlsym(z->library, "ZSTD_createDStream");
	*(void **)&set = dlsym(z->library, "ZSTD_DCtx_setParameter");
	*(void **)&z->run = dlsym(z->library, "ZSTD_decompressStream");
	*(void **)&z->is_error = dlsym(z->library, "ZSTD_isError");
	*(void **)&z->end = dlsym(z->library, "ZSTD_freeDStream");
	if (!create || !set || !z->run || !z->is_error || !z->end)
		return -ELIBACC;
	z->stream = create();
	if (!z->stream)
		return -ENOMEM;
	set(z->stream, ZSTD_d_windowLogMax, MAX_WINDOW_LOG);
	return 0;
}

static int begin(void **state)
{
	struct zstd *z = calloc(1, sizeof(*z));
	int err = z ? load(z) : -ENOMEM;

	if (err) {
		if (z && z->library)
			dlclose(z->library);
		free(z);
		return err;
	}
	*state = z;
	return 0;
}

static int run(void *state, struct unpack_buf *b, bool *is_between)
{
	struct zstd *z = state;
	ZSTD_inBuffer in = { b->in, b->in_len, 0 };
	ZSTD_outBuffer out = { b->out, b->out_len, 0 };
	size_t result = 1;

	while (!z->is_error(result) && in.pos < in.size && out.pos < out.size) {
		result = z->run(z->stream, &out, &in);
		*is_between = result == 0;
	}
	b->in += in.pos;
	b->in_len -= in.pos;
	b->out += out.pos;
	b->out_len -= out.pos;
	return z->is_error(result) ? -EBADMSG : 0;
}

static void end(void *state)
{
	struct zstd *z = state;

	z->end(z->stream);
	dlclose(z->library);
	free(z);
}

const struct unpack unpack_zstd = { begin, run, end };
