/* SPDX-License-Identifier: GPL-2.0-or-later */
/* prometheus: metrics in Prometheus' text format, version 0.0.4. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct prometheus_label {
	const char *name, *value;
};

/* The lines HELP and TYPE. help: without a backslash. type: "counter" or "gauge". */
void prometheus_family(FILE *out, const char *name, const char *type, const char *help);

/* One sample. Label values can have any bytes; see prometheus_write_value(). */
void prometheus_sample(FILE *out, const char *name, const struct prometheus_label *labels, size_t n,
		       int64_t value);

/* A family with one sample, which has no labels. */
void prometheus_metric(FILE *out, const char *name, const char *type, const char *help,
		       int64_t value);

/*
 * A label value without its quotes. Bytes that are not part of a printable UTF-8 character are
 * written as the four characters \xNN, and the format's own escapes are used.
 */
void prometheus_write_value(FILE *out, const char *value);

/*
 * Reads a sample as prometheus_sample() writes it, with exactly these labels: their values go to
 * values[], which have size bytes each. 0; -ENOENT: the line is of another metric; -EINVAL: it is
 * malformed, too long, or its value is negative.
 */
int prometheus_read_sample(const char *line, const char *name, const char *const *labels, size_t n,
			   char **values, size_t size, uint64_t *value);
