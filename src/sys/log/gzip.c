/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gzip: decompresses gzip, also several members, by zlib, which is loaded when it is needed. */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

#include "sys/log/decompress.h"

#define GZIP_ONLY (MAX_WBITS + 16)

static struct {
	__typeof__(&inflateInit2_) init;
	__typeof__(&inflate) run;
	__typeof__(&inflateReset) reset;
	__typeof__(&inflateEnd) end;
} zlib;

static int load(void)
{
	void *library = zlib.init ? NULL : dlopen("libz.so.1", RTLD_NOW | RTLD_LOCAL);

	if (library) {
		*(void **)&zlib.run = dlsym(library, "inflate");
		*(void **)&zlib.reset = dlsym(library, "inflateReset");
		*(void **)&zlib.end = dlsym(library, "inflateEnd");
		if (zlib.run && zlib.reset && zlib.end)
			*(void **)&zlib.init = dlsym(library, "inflateInit2_");
	}
	return zlib.init ? 0 : -ELIBACC;
}

static int begin(void **state)
{
	z_stream *z;
	int err = load();

	if (err)
		return err;
	z = calloc(1, sizeof(*z));
	if (!z || zlib.init(z, GZIP_ONLY, ZLIB_VERSION, (int)sizeof(*z)) != Z_OK) {
		free(z);
		return -ENOMEM;
	}
	*state = z;
	return 0;
}

static int run(void *state, struct decompress_buf *b, bool *is_between)
{
	z_stream *z = state;
	int result = Z_OK;

	while (result == Z_OK && b->out_len) {
		/* Members may be padded with zero bytes; gzip(1) skips them, too. */
		for (; *is_between && b->in_len && *b->in == 0; b->in++)
			b->in_len--;
		if (!b->in_len)
			break;
		z->next_in = (Bytef *)b->in;
		z->avail_in = (uInt)b->in_len;
		z->next_out = b->out;
		z->avail_out = (uInt)b->out_len;
		result = zlib.run(z, Z_NO_FLUSH);
		b->in = z->next_in;
		b->in_len = z->avail_in;
		b->out = z->next_out;
		b->out_len = z->avail_out;
		*is_between = result == Z_STREAM_END;
		if (result == Z_STREAM_END)
			result = zlib.reset(z);
	}
	return result == Z_OK || result == Z_BUF_ERROR ? 0 : -EBADMSG;
}

static void end(void *state)
{
	zlib.end(state);
	free(state);
}

const struct decompress decompress_gzip = { load, begin, run, end };
