/* SPDX-License-Identifier: GPL-2.0-or-later */
/* search: feeds a log to a report parser. */
#include "sys/log/search.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#if __has_include(<sys/platform/x86.h>)
#include <sys/platform/x86.h>
#endif

#include "oom/logline/dmesg_json.h"
#include "oom/logline/journal_entry.h"

/* A chunk fits into the cache. The rest is moved only when there is no more room. */
#define CHUNK    131072
#define ROOM     524288
#define LOOKBACK 65536 /* before a line that can't be the first of its report */
#define NEEDLE   3

#define LOOKBACK_MEMBER 256 /* before the text of a JSON record: priority, time and caller */

struct log_search {
	struct report_parser *parser;
	char *buf; /* ROOM */
	size_t len;
	size_t at;        /* searched, or given to the parser, up to here */
	size_t fed;       /* given to the parser, or dropped, up to here */
	size_t needle;    /* if it is not below at: none begins between at and here */
	bool is_skipping; /* the rest of a line that was too long */
	int err;
};

/*
 * In "oom-killer", "oom-kill:", "Kill process", "Killed process", "killable", and "B blob data]" of
 * journalctl; rare elsewhere.
 */
static bool is_needle(const char *p)
{
	return memcmp(p, "B b", NEEDLE) == 0 ||
	       ((p[0] | 0x20) == 'k' && p[1] == 'i' && p[2] == 'l');
}

/*
 * Wide registers, eight for one test: 0.024 s for 1 GiB in memory, against 0.039 s with two, 0.14 s
 * with 16 bytes and all three letters, and 0.15 s for reading it.
 */
typedef unsigned char block __attribute__((vector_size(32), aligned(1), may_alias));
typedef signed char flags __attribute__((vector_size(32)));

#define BLOCKS 8
#define STEP   (BLOCKS * sizeof(block))

/* Two of three letters are enough. Macros, as not every machine can pass blocks to functions. */
#define FIND(n)                                                           \
	(((flags)((first[n] | 0x20) == 'k') & (flags)(third[n] == 'l')) | \
	 ((flags)(first[n] == 'B') & (flags)(third[n] == 'b')))
#define FIND_FOUR(n) ((FIND(n) | FIND((n) + 1)) | (FIND((n) + 2) | FIND((n) + 3)))

/* The first needle between two places, or NULL. */
static inline __attribute__((always_inline)) const char *find(const char *p, const char *end)
{
	for (; end - p >= (ptrdiff_t)(STEP + NEEDLE - 1); p += STEP) {
		const block *first = (const block *)p, *third = (const block *)(p + 2);
		union {
			flags wide;
			uint64_t words[4];
		} found = { FIND_FOUR(0) | FIND_FOUR(4) };

		if (!(found.words[0] | found.words[1] | found.words[2] | found.words[3]))
			continue;
		for (const char *q = p; q < p + STEP; q++)
			if (is_needle(q))
				return q;
	}
	for (; end - p >= NEEDLE; p++)
		if (is_needle(p))
			return p;
	return NULL;
}

/* The C library knows the processor; target_clones would detect it again at each start. */
#ifdef CPU_FEATURE_ACTIVE
__attribute__((target("avx2"))) static const char *find_by_wide(const char *p, const char *end)
{
	return find(p, end);
}
#endif

static const char *find_needle(const char *p, const char *end)
{
#ifdef CPU_FEATURE_ACTIVE
	if (CPU_FEATURE_ACTIVE(AVX2))
		return find_by_wide(p, end);
#endif
	return find(p, end);
}

/* Whether a needle may begin between at and stop. */
static bool may_have_needle(struct log_search *s, size_t stop)
{
	if (s->needle < s->at) {
		const char *hit = find_needle(s->buf + s->at, s->buf + s->len);

		s->needle = hit ? (size_t)(hit - s->buf) : s->len;
	}
	return s->needle < stop;
}

static void feed(struct log_search *s, size_t from, size_t to)
{
	int err = report_feed(s->parser, s->buf + from, to - from);

	if (err)
		s->err = err;
}

static bool wants_lines(const struct log_search *s)
{
	return report_wants(s->parser) != REPORT_WANTS_ENTRIES;
}

/* The start of the line that holds place, at most LOGLINE_MAX before it. */
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
	if (memmem(s->buf + line, len, " invoked oom-killer", 19)) {
		/* What is indented, or a field, may belong to the entry before. */
		bool is_part = s->buf[line] == ' ' || journal_entry_is_field(s->buf + line, len);
		bool is_member = dmesg_json_is_member(s->buf + line, len);

		if (!is_part && !is_member)
			return;
		/* The time of a JSON record is before its text. */
		if (is_member && line > LOOKBACK_MEMBER && from < line - LOOKBACK_MEMBER)
			from = line - LOOKBACK_MEMBER;
	}
	if (from >= line)
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
	/* A row that lost its name must not look like one without a name. */
	while (len && line[len - 1] == ' ')
		len--;
	return len;
}

/* Whether a line between reports has to be parsed. */
static bool is_wanted_note(struct log_search *s, size_t stop)
{
	const char *line = s->buf + s->at;

	return (may_have_needle(s, stop) && report_is_entry(line, stop - s->at)) ||
	       report_is_note(line, stop - s->at) || dmesg_json_is_member(line, stop - s->at);
}

/* One line to the parser. false: its end is not there yet. */
static bool take_line(struct log_search *s, bool is_end)
{
	size_t len = s->len - s->at;
	const char *newline = memchr(s->buf + s->at, '\n', len);

	if (newline) {
		size_t stop = (size_t)(newline - s->buf);

		if (!s->is_skipping && report_wants(s->parser) == REPORT_WANTS_NOTES &&
		    !is_wanted_note(s, stop))
			report_skip(s->parser);
		else if (!s->is_skipping)
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

	if (!wants_lines(s)) {
		size_t line = line_start(s, s->at);

		begin = line > LOOKBACK ? next_line(s, line - LOOKBACK, line) : 0;
	}
	if (begin < s->fed)
		begin = s->fed;
	if (begin > s->at)
		begin = s->at;
	memmove(s->buf, s->buf + begin, s->len - begin);
	s->len -= begin;
	s->at -= begin;
	s->fed = s->fed > begin ? s->fed - begin : 0;
	s->needle = 0;
}

static void take_chunk(struct log_search *s, bool is_end)
{
	while (s->at < s->len && !s->err)
		if (!(wants_lines(s) || s->is_skipping ? take_line(s, is_end)
						       : search_entry(s, is_end)))
			break;
}

int log_search_run(struct log_file *f, struct report_parser *p)
{
	struct log_search s = { .parser = p, .buf = malloc(ROOM) };
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
		s.needle = 0;
		if (!is_begun)
			report_begin_file(p, s.buf, s.len);
		is_begun = true;
		take_chunk(&s, n <= 0);
	}
	free(s.buf);
	return s.err ? s.err : n < 0 ? (int)n : 0;
}
