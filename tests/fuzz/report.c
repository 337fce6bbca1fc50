/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the parser of logs, the analysis of reports, and everything that log prints about them. */
#include "fuzz.h"

#include <stdio.h>

#include "cmd/shared/output.h"
#include "cmd/log/kills.h"
#include "cmd/report/json.h"
#include "cmd/report/text.h"
#include "cmd/log/time.h"

#define NOW 1700000000 /* a fixed time, so that a crash can be repeated */

struct run {
	FILE *out;
	size_t width;
	struct kills events;
};

static void check_report(const struct report *r, const struct analysis *a)
{
	fuzz_check(r->n_rows <= REPORT_MAX_ROWS && r->n_kills <= REPORT_MAX_KILLS &&
		   r->n_zones <= REPORT_MAX_ZONES && r->n_counts <= REPORT_MAX_COUNTS &&
		   r->n_stats <= REPORT_MAX_STATS && r->nr);
	for (size_t i = 0; i < r->n_rows; i++)
		fuzz_check((size_t)r->rows[i].text + r->rows[i].text_len <= r->n_texts);
	for (size_t i = 0; i < r->n_kills; i++)
		fuzz_check(r->kills[i].row == REPORT_ABSENT || (size_t)r->kills[i].row < r->n_rows);
	fuzz_check(a->n_order == r->n_rows && a->place <= r->n_rows);
}

/* The analysis, then everything that log can print of one report. */
static void take_report(void *arg, struct report *r)
{
	struct run *run = arg;
	const struct unit_effects_kills no_units = { .n = 0 };
	int64_t seconds = 0;
	bool has_seconds = log_time_date(r, 0, NOW, &seconds);
	struct analysis a;

	if (analysis_find(r, &a) == 0) {
		check_report(r, &a);
		report_text_print(run->out, run->width, r, &a, &no_units);
		report_text_print_table(run->out, r, &a, false);
		report_json_print(run->out, r, &a, "file", has_seconds, seconds, &no_units);
		kills_add(&run->events, r, &a, "file", has_seconds, seconds);
	}
	analysis_free(&a);
}

static void print_list(struct run *run, enum list_mode mode)
{
	struct output_options ls = { .has_all = mode != LIST_TABLE, .view.mode = mode };
	struct ctx cx = { .out = run->out, .width = run->width };

	fuzz_check(output_set_columns(&ls, &cx, NULL, &kills_columns,
				      "nr,time,where,asked,pid,name,user,unit,rss,adj,largest") ==
		   ST_OK);
	fuzz_check(kills_print(&run->events, &ls) == ST_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *out;
	struct run run = { .width = 40 + (size ? data[size - 1] % 41 : 40) };
	struct report_options options = { .keeps_text = true, .done = take_report, .arg = &run };
	struct report_parser *p = report_begin(&options);
	const char *at = (const char *)data, *end = at + size;

	if (!out)
		out = fopen("/dev/null", "w");
	fuzz_check(out && p);
	run.out = out;
	kills_begin(&run.events);
	report_begin_file(p, at, size);
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *stop = newline ? newline : end;

		report_feed(p, at, (size_t)(stop - at));
		report_is_entry(at, (size_t)(stop - at));
		at = stop + 1;
	}
	report_flush(p);
	report_end(p);
	fuzz_check(kills_sort(&run.events, size & 1, 0) == 0);
	for (enum list_mode mode = LIST_TABLE; mode <= LIST_JSON; mode++)
		print_list(&run, mode);
	kills_summarize(&run.events, run.width, out);
	kills_end(&run.events);
	return 0;
}
