/* SPDX-License-Identifier: GPL-2.0-or-later */
/* btf_strings: offsets of wanted names in the string table of a BTF. */
#include "sys/bpf/btf_strings.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define BLOCK 64 /* bytes searched at once, a bit each in a word */

/* A bit for the first and last letter: it rules out most names of a kernel. */
static uint64_t ends_bit(const char *text, size_t len)
{
	return 1ULL << (((unsigned char)text[0] + 5U * (unsigned char)text[len - 1]) % 64);
}

struct btf_string *btf_strings_find(struct btf_strings *names, const char *text, size_t len)
{
	for (size_t i = 0; i < names->n; i++)
		if (names->list[i].len == len && memcmp(names->list[i].text, text, len) == 0)
			return &names->list[i];
	return NULL;
}

int btf_strings_want(struct btf_strings *names, const char *text, size_t len)
{
	struct btf_string *name;

	if (len == 0 || len >= BTF_STRINGS_LENGTH)
		return -EINVAL;
	if (btf_strings_find(names, text, len))
		return 0;
	if (names->n == BTF_STRINGS_MAX)
		return -E2BIG;
	name = &names->list[names->n++];
	memcpy(name->text, text, len);
	name->len = len;
	names->ends[len] |= ends_bit(text, len);
	return 0;
}

static void take_name(struct btf_strings *names, const char *text, size_t len, uint64_t at)
{
	struct btf_string *name;

	if (len == 0 || len >= BTF_STRINGS_LENGTH || !(names->ends[len] & ends_bit(text, len)))
		return;
	name = btf_strings_find(names, text, len);
	if (name && !name->offset) {
		name->offset = (uint32_t)at;
		names->n_found++;
	}
}

#ifdef __SSE2__
static uint64_t zero_bytes_of(const char *text)
{
	uint64_t zeros = 0;

	for (unsigned int i = 0; i < BLOCK; i += 16) {
		__m128i bytes = _mm_loadu_si128((const __m128i *)(text + i));

		bytes = _mm_cmpeq_epi8(bytes, _mm_setzero_si128());
		zeros |= (uint64_t)(unsigned int)_mm_movemask_epi8(bytes) << i;
	}
	return zeros;
}
#else
/* A bit for each of eight bytes that is 0, the first byte's the lowest. */
static uint64_t zero_bytes(uint64_t word)
{
	const uint64_t low = 0x7f7f7f7f7f7f7f7f;
	uint64_t zeros = ~(((word & low) + low) | word | low);

	/* Only highest bits are set now: the product collects them in its highest byte. */
	return ((zeros >> 7) * 0x0102040810204080) >> 56;
}

static uint64_t zero_bytes_of(const char *text)
{
	uint64_t zeros = 0;

	for (size_t i = 0; i < BLOCK / 8; i++) {
		uint64_t word;

		memcpy(&word, text + 8 * i, 8);
		zeros |= zero_bytes(le64toh(word)) << 8 * i;
	}
	return zeros;
}
#endif

/*
 * Takes the names that end within len bytes; at: the offset of text in the table. Returns how many
 * bytes were used. Searches by blocks, as calls of memchr(3) for 100,000 short names are slow.
 */
static size_t take_names(struct btf_strings *names, const char *text, size_t len, uint64_t at)
{
	size_t begin = 0, i = 0;

	for (; i + BLOCK <= len; i += BLOCK) {
		for (uint64_t ends = zero_bytes_of(text + i); ends; ends &= ends - 1) {
			size_t end = i + (size_t)__builtin_ctzll(ends);

			take_name(names, text + begin, end - begin, at + begin);
			begin = end + 1;
		}
	}
	for (; i < len; i++) {
		if (text[i])
			continue;
		take_name(names, text + begin, i - begin, at + begin);
		begin = i + 1;
	}
	return begin;
}

int btf_strings_read(struct btf_strings *names, struct btf_file *blob, uint64_t begin, uint64_t end)
{
	uint64_t at = begin;

	while (at < end && names->n_found < names->n) {
		size_t room = 0, taken;
		const char *text = btf_file_chunk(blob, at, end, &room);

		if (!text)
			return -EIO;
		taken = take_names(names, text, room, at - begin);
		/* A name that the window cuts is read again; a longer one is not wanted. */
		at += taken ? taken : room;
	}
	return 0;
}
