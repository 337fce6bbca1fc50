/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report: any bytes as the lines of a log, and what is made of the reports found in them. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "oom/gfp.h"
#include "oom/version.h"
#include "oom/why.h"

/* What a reader of the report relies on. */
static void take_report(void *arg, struct report *r)
{
	char when[64], gfp[256];
	struct why w;

	(void)arg;
	if (r->n_rows > REPORT_MAX_ROWS || r->n_kills > REPORT_MAX_KILLS ||
	    r->n_zones > REPORT_MAX_ZONES || r->n_counts > REPORT_MAX_COUNTS ||
	    r->n_stats > REPORT_MAX_STATS || !r->nr)
		abort();
	for (size_t i = 0; i < r->n_rows; i++)
		if ((size_t)r->rows[i].text + r->rows[i].text_len > r->n_texts)
			abort();
	for (size_t i = 0; i < r->n_kills; i++)
		if (r->kills[i].row != REPORT_ABSENT && (size_t)r->kills[i].row >= r->n_rows)
			abort();
	stamp_format(&r->stamp, when, sizeof(when));
	gfp_spell(r->gfp_mask, VERSION(3, 10, 0), gfp, sizeof(gfp));
	gfp_purpose(r->gfp_text);
	if (why_find(r, &w) == 0) {
		if (w.n_order != r->n_rows || w.place > r->n_rows)
			abort();
		for (size_t i = 0; i < r->n_rows; i++)
			why_pages(&w, &r->rows[i]);
	}
	why_free(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct report_options options = { .keeps_text = true, .done = take_report };
	struct report_parser *p = report_begin(&options);
	const char *at = (const char *)data, *end = at + size;

	while (p && at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *stop = newline ? newline : end;

		report_feed(p, at, (size_t)(stop - at));
		report_is_note(at, (size_t)(stop - at));
		at = stop + 1;
	}
	if (p)
		report_flush(p);
	report_end(p);
	return 0;
}
