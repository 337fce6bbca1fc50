/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report_feed: the sample logs as lines in any style, and all facts of a report as text, for the tests of report. */
#ifndef REPORT_FEED_H
#define REPORT_FEED_H

#include "unit.h"

#include "oom/report/report.h"

#define FEED_MAX 65536

/* All samples. */
static const char *const feed_logs[] __attribute__((unused)) = {
	"2.6.09-global", "2.6.18-global",    "2.6.24-global",         "2.6.27-cpuset",
	"2.6.32-memcg",  "2.6.34-mempolicy", "2.6.32-el6-classic",    "3.2-panic",
	"3.4-global",    "3.9-memcg",        "3.10-global",           "3.16-memcg-torn",
	"4.3-sharing",   "4.6-global",       "4.8-giving-up",         "4.9-memcg-panic",
	"4.12-memcg",    "4.17-global",      "4.19-oom-group",        "5.0-memcg",
	"5.2-cpuset",    "5.4-bytes",        "5.6-no-killable-panic", "5.9-exiting",
	"5.10-memcg-v2", "5.14-sysrq",       "5.15-allocating",       "6.8-global",
	"6.12-memcg-v2", "7.9-new-column",
};

/* The log that was loaded last. */
static char feed_text[FEED_MAX];
static size_t feed_len;

static inline void feed_load_path(const char *path)
{
	FILE *f = fopen(path, "r");

	if (!f)
		fail_msg("%s: cannot be opened", path);
	feed_len = fread(feed_text, 1, sizeof(feed_text) - 1, f);
	fclose(f);
	assert_true(feed_len > 0 && feed_len < sizeof(feed_text) - 1);
	feed_text[feed_len] = '\0';
}

static inline void feed_load(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "tests/logs/%s.log", name);
	feed_load_path(path);
}

/* Each line of text, to its NUL, with style around it, in which %s is the kernel's line. */
static inline void feed_lines(struct report_parser *p, const char *text, const char *style)
{
	const char *hole = strstr(style, "%s");
	char line[8192];

	for (const char *at = text; *at;) {
		size_t len = strcspn(at, "\n");
		int n = snprintf(line, sizeof(line), "%.*s%.*s%s", (int)(hole - style), style,
				 (int)len, at, hole + 2);

		assert_true(n > 0 ? (size_t)n < sizeof(line) : n == 0);
		for (char *one = line, *end; one; one = end ? end + 1 : NULL) {
			end = memchr(one, '\n', (size_t)(line + n - one));
			assert_int_equal(report_feed(p, one,
						     (size_t)((end ? end : line + n) - one)),
					 0);
		}
		at += len + (at[len] == '\n');
	}
}

/* The bytes of a file. */
static inline void feed_as_file(const char *text, size_t len, void (*done)(void *, struct report *),
				void *arg)
{
	struct report_options o = { .done = done, .arg = arg };
	struct report_parser *p = report_begin(&o);

	assert_non_null(p);
	report_begin_file(p, text, len);
	for (const char *end = text + len, *stop; text < end; text = stop + 1) {
		stop = memchr(text, '\n', (size_t)(end - text));
		stop = stop ? stop : end;
		assert_int_equal(report_feed(p, text, (size_t)(stop - text)), 0);
	}
	report_flush(p);
	report_end(p);
}

static inline void feed_text_to(const char *text, const char *style,
				void (*done)(void *, struct report *), void *arg)
{
	struct report_options o = { .done = done, .arg = arg };
	struct report_parser *p = report_begin(&o);

	assert_non_null(p);
	report_begin_file(p, style, strlen(style));
	feed_lines(p, text, style);
	report_flush(p);
	report_end(p);
}

static inline void feed_all(const char *style, void (*done)(void *, struct report *), void *arg)
{
	feed_text_to(feed_text, style, done, arg);
}

#endif
