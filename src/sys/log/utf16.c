/* SPDX-License-Identifier: GPL-2.0-or-later */
/* utf16: converts a log in UTF-16, as editors of Windows save it, to UTF-8. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "sys/log/decompress.h"

struct utf16 {
	bool is_begun, is_big, has_byte;
	unsigned char byte; /* the first byte of a unit, with has_byte */
	uint32_t high;      /* the first surrogate of a pair; 0 */
};

static int load(void)
{
	return 0;
}

static int begin(void **state)
{
	*state = calloc(1, sizeof(struct utf16));
	return *state ? 0 : -ENOMEM;
}

static void put(struct decompress_buf *b, uint32_t c)
{
	static const unsigned char marks[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = n; i-- > 1; c >>= 6)
		b->out[i] = (unsigned char)(0x80 | (c & 0x3f));
	b->out[0] = (unsigned char)(marks[n] | c);
	b->out += n;
	b->out_len -= n;
}

static void take_unit(struct utf16 *u, struct decompress_buf *b, uint32_t c)
{
	/* A byte order mark. */
	if (!u->is_begun) {
		u->is_begun = true;
		u->is_big = c == 0xfffe;
	} else if (c >= 0xd800 && c < 0xdc00) {
		u->high = c;
	} else if (c >= 0xdc00 && c < 0xe000) {
		put(b, u->high ? 0x10000 + ((u->high - 0xd800) << 10) + (c - 0xdc00) : '?');
		u->high = 0;
	} else {
		put(b, c);
		u->high = 0;
	}
}

static int run(void *state, struct decompress_buf *b, bool *is_between)
{
	struct utf16 *u = state;

	while (b->in_len && b->out_len >= 4) {
		unsigned char c = *b->in++;

		b->in_len--;
		if (u->has_byte)
			take_unit(u, b, u->is_big ? u->byte * 256U + c : c * 256U + u->byte);
		u->byte = c;
		u->has_byte = !u->has_byte;
	}
	*is_between = true;
	return 0;
}

const struct decompress decompress_utf16 = { load, begin, run, free };
