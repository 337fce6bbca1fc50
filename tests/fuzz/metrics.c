/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the counters that metrics reads back, and the units of kills in a log. */
#include "fuzz.h"

#include "cmd/metrics/kill_counts.h"

static struct kill_counts counts, again;

static void add_report(void *arg, struct report *r)
{
	kill_counts_add_report(arg, r);
}

static char *print(const struct kill_counts *c)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fuzz_check(out != NULL);
	kill_counts_print(c, true, true, out);
	fclose(out);
	return text;
}

/* What is written is read back as the same. */
static void check_round_trip(const struct kill_counts *c)
{
	char *first = print(c), *second;

	fuzz_check(c->n <= KILL_COUNTS_PAIRS + KILL_COUNTS_KINDS);
	fuzz_check(kill_counts_parse(&again, first) == 0);
	second = print(&again);
	fuzz_check(strcmp(first, second) == 0);
	free(first);
	free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct report_options o = { .done = add_report, .arg = &counts };
	struct report_parser *p = report_begin(&o);
	char *text = fuzz_text(data, size);

	if (kill_counts_parse(&counts, text) == 0)
		check_round_trip(&counts);
	memset(&counts, 0, sizeof(counts));
	memcpy(counts.boot, "01234567-89ab-cdef-0123-456789abcdef", sizeof(counts.boot));
	fuzz_check(p != NULL);
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n')
		fuzz_check(report_feed(p, line, strcspn(line, "\n")) == 0);
	report_flush(p);
	report_end(p);
	check_round_trip(&counts);
	free(text);
	return 0;
}
