/* SPDX-License-Identifier: GPL-2.0-or-later */
/* search: feeds a log to a report parser. */
#include "sys/log/search.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#if __has_include(<sys/platform/x86.h>)
#include <immintrin.h>
#include <sys/platform/x86.h>
#endif

#include "oom/logline/logline.h"

/*
 * A chunk fits into the cache. The rest is moved only when there is no more room, and by pages: the
 * kernel copies to a place that is not aligned in 1.4 times the time.
 */
#define PAGE     4096
#define CHUNK    524288
#define ROOM     1048576
#define LOOKBACK 65536 /* before a line that can't be the first of its report */
#define NEEDLE   3

struct log_search {
	struct report_parser *parser;
	char *buf; /* ROOM */
	size_t len;
	size_t at;        /* searched, or given to the parser, up to here */
	size_t fed;       /* given to the parser, or dropped, up to here */
	bool is_skipping; /* the rest of a line that was too long */
	int err;
};

/*
 * In "oom-killer", "oom-kill:", "Kill process", "killable", "OOMKilled"; "B blob data]" of
 * journalctl; "oom_reaper: "; "oom_score_adj"; "Kernel panic - "; "SIGTERM", "System OOM" and
 * "container oom" of other programs; "/tasks/oom {"; "timeNano" of docker; "__CURSOR=", and
 * "invoked oom"; rare elsewhere. The first byte is compared without its case. No two of the third
 * may have the same low four bits: they are the index of all three in a table.
 */
#define CASE 0x20
#define NEEDLES(use)                                                                        \
	use('k', 'i', 'l') use('b', ' ', 'd') use('m', '_', 'r') use('a', 'd', 'j')         \
		use('n', 'i', 'c') use('s', 'I', 'G') use('o', 'O', 'M') use(' ', 'o', 'o') \
			use('m', ' ', '{') use('m', 'e', 'N') use('_' | CASE, 'C', 'U')

#define IS_NEEDLE(a, b, c) || ((p[0] | CASE) == (a) && p[1] == (b) && p[2] == (c))

static bool is_needle(const char *p)
{
	return false NEEDLES(IS_NEEDLE);
}

#define STEP 256 /* bytes for one test */

/* Of 16 bytes: compilers split a wider one into bytes where the processor has no such register. */
typedef unsigned char block __attribute__((vector_size(16), aligned(1), may_alias));
typedef signed char flags __attribute__((vector_size(16)));

#define ADD_NEEDLE(a, b, c)                                                           \
	found.wide |= (flags)((first[i] | CASE) == (a)) & (flags)(second[i] == (b)) & \
		      (flags)(third[i] == (c));

static bool has_needle(const char *p)
{
	const block *first = (const block *)p, *second = (const block *)(p + 1),
		    *third = (const block *)(p + 2);
	union {
		flags wide;
		uint64_t words[2];
	} found = { { 0 } };

	for (size_t i = 0; i < STEP / sizeof(block); i++) {
		NEEDLES(ADD_NEEDLE)
	}
	return found.words[0] | found.words[1];
}

/* The C library knows the processor; target_clones would detect it again on each start. */
#ifdef CPU_FEATURE_ACTIVE
#define FIRST_OF(a, b, c)  [(c) % 16] = (a),
#define SECOND_OF(a, b, c) [(c) % 16] = (b),
#define THIRD_OF(a, b, c)  [(c) % 16] = (c),

static const unsigned char first_of[16] = { NEEDLES(FIRST_OF) };
static const unsigned char second_of[16] = { NEEDLES(SECOND_OF) };
static const unsigned char third_of[16] = { NEEDLES(THIRD_OF) };

/*
 * In the functions below, a byte of least is 0 if a needle begins at its place in any block of a
 * step. They return the first place from p on after which a needle is; at least STEP + 2 bytes
 * before end.
 */

/* 10 operations for 32 bytes, where comparing with each needle takes 60. */
__attribute__((target("avx2"))) static const char *skip_avx2(const char *p, const char *end)
{
	const __m256i firsts = _mm256_broadcastsi128_si256(*(const __m128i_u *)first_of);
	const __m256i seconds = _mm256_broadcastsi128_si256(*(const __m128i_u *)second_of);
	const __m256i thirds = _mm256_broadcastsi128_si256(*(const __m128i_u *)third_of);

	for (; end - p >= (ptrdiff_t)(STEP + NEEDLE - 1); p += STEP) {
		__m256i least = _mm256_set1_epi8(-1);

#pragma GCC unroll 8
		for (size_t i = 0; i < STEP / sizeof(least); i++) {
			__m256i one = *((const __m256i_u *)p + i) | _mm256_set1_epi8(CASE);
			__m256i two = *((const __m256i_u *)(p + 1) + i);
			__m256i three = *((const __m256i_u *)(p + 2) + i);

			one ^= _mm256_shuffle_epi8(firsts, three);
			two ^= _mm256_shuffle_epi8(seconds, three);
			three ^= _mm256_shuffle_epi8(thirds, three);
			least = _mm256_min_epu8(least, one | two | three);
		}
		if (_mm256_movemask_epi8(_mm256_cmpeq_epi8(least, _mm256_setzero_si256())))
			break;
	}
	return p;
}

/* 8 operations for 64 bytes. */
__attribute__((target("avx512bw"))) static const char *skip_avx512(const char *p, const char *end)
{
	const __m512i firsts = _mm512_broadcast_i32x4(*(const __m128i_u *)first_of);
	const __m512i seconds = _mm512_broadcast_i32x4(*(const __m128i_u *)second_of);
	const __m512i thirds = _mm512_broadcast_i32x4(*(const __m128i_u *)third_of);

	for (; end - p >= (ptrdiff_t)(STEP + NEEDLE - 1); p += STEP) {
		__m512i least = _mm512_set1_epi8(-1);

#pragma GCC unroll 4
		for (size_t i = 0; i < STEP / sizeof(least); i++) {
			__m512i one = *((const __m512i_u *)p + i) | _mm512_set1_epi8(CASE);
			__m512i two = *((const __m512i_u *)(p + 1) + i);
			__m512i three = *((const __m512i_u *)(p + 2) + i);

			one ^= _mm512_shuffle_epi8(firsts, three);
			two ^= _mm512_shuffle_epi8(seconds, three);
			three ^= _mm512_shuffle_epi8(thirds, three);
			least = _mm512_min_epu8(least, one | two | three);
		}
		if (_mm512_testn_epi8_mask(least, least))
			break;
	}
	return p;
}
#endif

static const char *skip(const char *p, const char *end)
{
#ifdef CPU_FEATURE_ACTIVE
	/* Older processors with AVX512BW lower their frequency for it. */
	if (CPU_FEATURE_ACTIVE(AVX512BW) && CPU_FEATURE_ACTIVE(AVX512_VBMI))
		return skip_avx512(p, end);
	if (CPU_FEATURE_ACTIVE(AVX2))
		return skip_avx2(p, end);
#endif
	while (end - p >= (ptrdiff_t)(STEP + NEEDLE - 1) && !has_needle(p))
		p += STEP;
	return p;
}

/* The first needle between two places, or NULL. */
static const char *find_needle(const char *p, const char *end)
{
	while (end - p >= NEEDLE) {
		const char *stop = skip(p, end);

		for (p = stop; p < stop + STEP && end - p >= NEEDLE; p++)
			if (is_needle(p))
				return p;
	}
	return NULL;
}

static void feed(struct log_search *s, size_t from, size_t to)
{
	int err = report_feed(s->parser, s->buf + from, to - from);

	if (err)
		s->err = err;
}

/* The start of the line that contains place, at most LOGLINE_MAX before it. */
static size_t line_start(const struct log_search *s, size_t place)
{
	size_t floor = place > LOGLINE_MAX ? place - LOGLINE_MAX : 0;
	const char *newline = memrchr(s->buf + floor, '\n', place - floor);

	return newline ? (size_t)(newline + 1 - s->buf) : floor;
}

/* The start of the first line after from, or to. */
static size_t next_line(const struct log_search *s, size_t from, size_t to)
{
	const char *newline = memchr(s->buf + from, '\n', to - from);

	return newline ? (size_t)(newline + 1 - s->buf) : to;
}

/* Lines before a hit may belong to a report whose first line is missing. */
static void feed_before(struct log_search *s, size_t line, size_t len)
{
	size_t from = line > LOOKBACK ? line - LOOKBACK : 0;

	if (from < s->fed)
		from = s->fed;
	if (from >= line || report_is_first(s->buf + line, len))
		return;
	if (from > s->fed) {
		from = next_line(s, from, line);
		report_skip(s->parser);
	}
	while (from < line) {
		const char *end = memchr(s->buf + from, '\n', line - from);
		size_t stop = end ? (size_t)(end - s->buf) : line;

		feed(s, from, stop);
		from = stop + 1;
	}
}

/* The length of a last line without newline that is complete: a number may lack digits. */
static size_t trim_cut(const char *line, size_t len)
{
	if (len && strchr(").\"}", line[len - 1]))
		return len;
	if (len >= 2 && memcmp(line + len - 2, "kB", 2) == 0)
		return len;
	while (len && line[len - 1] != ' ' && line[len - 1] != ',')
		len--;
	/* A row whose name is cut off must not look like one without a name. */
	while (len && line[len - 1] == ' ')
		len--;
	return len;
}

/* Passes one line to the parser. false: its end is not read yet. */
static bool take_line(struct log_search *s, bool is_end)
{
	size_t len = s->len - s->at;
	const char *newline = memchr(s->buf + s->at, '\n', len);

	if (newline) {
		size_t stop = (size_t)(newline - s->buf);

		if (!s->is_skipping)
			feed(s, s->at, stop);
		else
			report_feed_rest(s->parser, stop - s->at);
		s->is_skipping = false;
		s->at = s->fed = stop + 1;
		return true;
	}
	if (len > LOGLINE_MAX || (is_end && len)) {
		if (!s->is_skipping)
			feed(s, s->at, s->at + (is_end ? trim_cut(s->buf + s->at, len) : len));
		else
			report_feed_rest(s->parser, len);
		s->is_skipping = !is_end;
		s->at = s->fed = s->len;
		return true;
	}
	return false;
}

/* Searches the next line that can begin a report. false: there is none in what was read. */
static bool search_entry(struct log_search *s, bool is_end)
{
	const char *hit = find_needle(s->buf + s->at, s->buf + s->len), *newline;
	size_t line, stop;

	if (!hit) {
		if (s->len - s->at >= NEEDLE)
			s->at = s->len - (NEEDLE - 1);
		return false;
	}
	line = line_start(s, (size_t)(hit - s->buf));
	if (line < s->fed)
		line = s->fed;
	newline = memchr(hit, '\n', s->len - (size_t)(hit - s->buf));
	if (!newline && !is_end && s->len - line <= LOGLINE_MAX) {
		s->at = (size_t)(hit - s->buf);
		return false;
	}
	stop = newline ? (size_t)(newline - s->buf) : s->len;
	if (report_is_entry(s->buf + line, stop - line)) {
		feed_before(s, line, stop - line);
		feed(s, line,
		     newline || !is_end ? stop : line + trim_cut(s->buf + line, stop - line));
		s->is_skipping = !newline;
		s->fed = newline ? stop + 1 : stop;
	}
	s->at = newline ? stop + 1 : stop;
	return true;
}

/* Makes room, and keeps the lookback. */
static void keep_tail(struct log_search *s)
{
	size_t begin = s->at;

	if (!report_wants_lines(s->parser)) {
		size_t line = line_start(s, s->at);

		begin = line > LOOKBACK ? next_line(s, line - LOOKBACK, line) : 0;
	}
	if (begin < s->fed)
		begin = s->fed;
	if (begin > s->at)
		begin = s->at;
	begin -= begin % PAGE;
	memmove(s->buf, s->buf + begin, s->len - begin);
	s->len -= begin;
	s->at -= begin;
	s->fed = s->fed > begin ? s->fed - begin : 0;
}

static void take_chunk(struct log_search *s, bool is_end)
{
	while (s->at < s->len && !s->err)
		if (!(report_wants_lines(s->parser) || s->is_skipping ? take_line(s, is_end)
								      : search_entry(s, is_end)))
			break;
}

int log_search_run(struct log_file *f, struct report_parser *p)
{
	struct log_search s = { .parser = p, .buf = aligned_alloc(PAGE, ROOM) };
	ssize_t n = 1;
	bool is_begun = false;

	if (!s.buf)
		return -ENOMEM;
	while (n > 0 && !s.err) {
		if (s.len + CHUNK > ROOM)
			keep_tail(&s);
		n = log_file_read(f, s.buf + s.len, CHUNK);
		if (n > 0)
			s.len += (size_t)n;
		if (!is_begun)
			report_begin_file(p, s.buf, s.len);
		is_begun = true;
		take_chunk(&s, n <= 0);
	}
	free(s.buf);
	return s.err ? s.err : n < 0 ? (int)n : 0;
}
