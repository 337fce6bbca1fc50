/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gzip: unpacks gzip, several members behind each other too; zlib does it. It is loaded when it is needed, as the other
 * commands run where memory is short.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

#include "sys/unpack.h"

#define GZIP_ONLY (MAX_WBITS + 16)

struct gzip {
	z_stream z;
	void *library;
	__typeof__(&inflate) run;
	__typeof__(&inflateReset) reset;
	__typeof__(&inflateEnd) end;
};

static int load(struct gzip *g)
{
	__typeof__(&inflateInit2_) init;

	g->library = dlopen("libz.so.1", RTLD_NOW | RTLD_LOCAL);
	if (!g->library)
		return -ELIBACC;
	*(void **)&init = dlsym(g->library, "inflateInit2_");
	*(void **)&g->run = dlsym(g->library, "inflate");
	*(void **)&g->reset = dlsym(g->library, "inflateReset");
	*(void **)&g->end = dlsym(g->library, "inflateEnd");
	if (!init || !g->run || !g->reset || !g->end)
		return -ELIBACC;
	return init(&g->z, GZIP_ONLY, ZLIB_VERSION, (int)sizeof(g->z)) == Z_OK ? 0 : -ENOMEM;
}

static int begin(void **state)
{
	struct gzip *g = calloc(1, sizeof(*g));
	int err = g ? load(g) : -ENOMEM;

	if (err) {
		if (g && g->library)
			dlclose(g->library);
		free(g);
		return err;
	}
	*state = g;
	return 0;
}

/* Members may be padded with zero bytes, to blocks of a tape or a disk; gzip(1) skips them too. */
static void skip_padding(struct unpack_buf *b)
{
	while (b->in_len && *b->in == 0) {
		b->in++;
		b->in_len--;
	}
}

static int run(void *state, struct unpack_buf *b, bool *is_between)
{
	struct gzip *g = state;
	int result = Z_OK;

	while (result == Z_OK && b->out_len) {
		if (*is_between)
			skip_padding(b);
		if (!b->in_len)
			break;
		g->z.next_in = (Bytef *)b->in;
		g->z.avail_in = (uInt)b->in_len;
		g->z.next_out = b->out;
		g->z.avail_out = (uInt)b->out_len;
		result = g->run(&g->z, Z_NO_FLUSH);
		b->in = g->z.next_in;
		b->in_len = g->z.avail_in;
		b->out = g->z.next_out;
		b->out_len = g->z.avail_out;
		*is_between = result == Z_STREAM_END;
		if (result == Z_STREAM_END)
			result = g->reset(&g->z);
	}
	return result == Z_OK || result == Z_BUF_ERROR ? 0 : -EBADMSG;
}

static void end(void *state)
{
	struct gzip *g = state;

	g->end(&g->z);
	dlclose(g->library);
	free(g);
}

const struct unpack unpack_gzip = { begin, run, end };
