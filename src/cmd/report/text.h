/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text: one report in words for people who do not know the kernel. Each part is left out where nothing is known. */
#pragma once

#include <stdio.h>

#include "oom/report/analysis.h"

struct logstory {
	FILE *out;
	size_t width; /* of the text, at most WRAP_PROSE_WIDTH */
	const struct report *r;
	const struct analysis *w;
};

/* The whole story. */
void logstory_print(const struct logstory *s);

/* Its parts: logmemory.c, logtasks.c, logwhy.c */
void logstory_print_limits(const struct logstory *s);
void logstory_print_memory(const struct logstory *s);
void logstory_print_zones(const struct logstory *s);
void logstory_print_tasks(const struct logstory *s);
void logstory_print_why(const struct logstory *s);
void logstory_print_advice(const struct logstory *s);

/* The table as it stood there, but in the kernel's order. The texts of the rows must have been kept. */
void logstory_print_table(const struct logstory *s, bool has_no_heading);

/* A heading, and a paragraph, wrapped and escaped. */
void logstory_head(const struct logstory *s, const char *text);
__attribute__((format(printf, 2, 3))) void logstory_say(const struct logstory *s, const char *fmt,
							...);

/* A name as "chrome (pid 12)", or what is known of it; buf of LOGSTORY_WHO bytes, returned. */
#define LOGSTORY_WHO 128
char *logstory_who(const char *name, int64_t pid, char *buf);

/* Of so many cells as many as the terminal has room for. */
int logstory_cells(const struct logstory *s, int cells);

/* A bar of thousandths, cells wide, filled with blanks. */
#define LOGSTORY_BAR 128
char *logstory_bar(int64_t thousandths, int cells, char *buf);

/* part of whole in thousandths */
int64_t logstory_share(int64_t part, int64_t whole);

/* KiB as people read it; "-" for REPORT_ABSENT; buf of FORMAT_TEXT_MAX bytes, returned. */
char *logstory_size(int64_t kib, char *buf);

/* Page tables of a process in KiB. */
int64_t logstory_tables(const struct logstory *s, const struct task *t);

/* Pages of the report's machine in KiB. */
int64_t logstory_kib(const struct logstory *s, int64_t pages);
