/* SPDX-License-Identifier: GPL-2.0-or-later */
/* internal: the sections of a report's text, and the phrases that they share. */
#pragma once

#include <stdio.h>

#include "cmd/shared/unit_effects.h"
#include "oom/report/analysis.h"
#include "ui/format.h"

struct report_output {
	FILE *out;
	size_t width;
	const struct report *r;
	const struct analysis *a;
	const struct unit_effects_kills *units; /* as they are now */
};

void memory_print_limits(const struct report_output *o);
void memory_print_usage(const struct report_output *o);
void memory_print_zones(const struct report_output *o);
void tasks_print(const struct report_output *o);
void reason_print(const struct report_output *o);
void advice_print(const struct report_output *o);
/* Printed first: that killing could not free much. */
void memory_print_futility(const struct report_output *o);

/* The largest process, if its adj gave it as few points as the chosen one had; or NULL. */
const struct report_row *tasks_find_protected(const struct report_output *o);

/* Page tables of a process in KiB, or REPORT_ABSENT. */
int64_t tasks_page_tables_kib(const struct report_output *o, const struct task *t);

void phrases_heading(const struct report_output *o, const char *text);

/* A paragraph, wrapped and escaped. */
__attribute__((format(printf, 2, 3))) void phrases_print(const struct report_output *o,
							 const char *fmt, ...);

/* "chrome (pid 12)", or the part that is known. Returns buf, of PHRASES_PROCESS bytes. */
#define PHRASES_PROCESS 128
char *phrases_process(const char *name, int64_t pid, char *buf);

/*
 * text in a cell of width columns: padded, and on a terminal cut with an ellipsis. Returns buf, of
 * PHRASES_CELL bytes.
 */
#define PHRASES_CELL 256
char *phrases_cell(const char *text, size_t width, char *buf);

/* The number of a bar's cells for which the terminal has room. */
int phrases_bar_cells(const struct report_output *o, int cells);

/* A bar of thousandths, padded to cells. Returns buf, of PHRASES_BAR bytes. */
#define PHRASES_BAR 128
char *phrases_bar(int64_t thousandths, int cells, char *buf);

/* part of whole in thousandths */
int64_t phrases_share(int64_t part, int64_t whole);

/* Memory in a readable unit; "-" for REPORT_ABSENT. Return buf, of FORMAT_TEXT_MAX bytes. */
char *phrases_kib(int64_t kib, char *buf);
char *phrases_pages(const struct report_output *o, int64_t pages, char *buf);

/* Points as memory if they mean memory, else as a number. */
char *phrases_points(const struct report_output *o, int64_t points, char *buf);

/* Pages in KiB, or REPORT_ABSENT. */
int64_t phrases_pages_kib(const struct report_output *o, int64_t pages);
