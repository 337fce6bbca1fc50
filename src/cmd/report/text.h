/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text: one report in words for people who do not know the kernel. Each part is left out where
 * nothing is known.
 */
#pragma once

#include <stdio.h>

#include "oom/report/analysis.h"

struct report_text {
	FILE *out;
	size_t width; /* of the text, at most WRAP_PROSE_WIDTH */
	const struct report *r;
	const struct analysis *w;
};

/* The whole story. */
void report_text_print(const struct report_text *s);

/* Its parts: logmemory.c, logtasks.c, logwhy.c */
void report_text_print_limits(const struct report_text *s);
void report_text_print_memory(const struct report_text *s);
void report_text_print_zones(const struct report_text *s);
void report_text_print_tasks(const struct report_text *s);
void report_text_print_why(const struct report_text *s);
void report_text_print_advice(const struct report_text *s);

/*
 * The table as it stood there, but in the kernel's order. The texts of the rows must have been
 * kept.
 */
void report_text_print_table(const struct report_text *s, bool has_no_heading);

/* A heading, and a paragraph, wrapped and escaped. */
void report_text_head(const struct report_text *s, const char *text);
__attribute__((format(printf, 2, 3))) void report_text_say(const struct report_text *s,
							   const char *fmt, ...);

/* A name as "chrome (pid 12)", or what is known of it; buf of REPORT_TEXT_WHO bytes, returned. */
#define REPORT_TEXT_WHO 128
char *report_text_who(const char *name, int64_t pid, char *buf);

/* Of so many cells as many as the terminal has room for. */
int report_text_cells(const struct report_text *s, int cells);

/* A bar of thousandths, cells wide, filled with blanks. */
#define REPORT_TEXT_BAR 128
char *report_text_bar(int64_t thousandths, int cells, char *buf);

/* part of whole in thousandths */
int64_t report_text_share(int64_t part, int64_t whole);

/* KiB as people read it; "-" for REPORT_ABSENT; buf of FORMAT_TEXT_MAX bytes, returned. */
char *report_text_size(int64_t kib, char *buf);

/* Page tables of a process in KiB. */
int64_t report_text_tables(const struct report_text *s, const struct task *t);

/* Pages of the report's machine in KiB. */
int64_t report_text_kib(const struct report_text *s, int64_t pages);
