/* SPDX-License-Identifier: GPL-2.0-or-later */
/* num: decimal numbers without blanks or separators. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* -EINVAL: not a decimal number (an optional sign, then digits). -ERANGE: outside min..max. */
int num_parse(const char *text, int64_t min, int64_t max, int64_t *value);

/*
 * A size in bytes: a number, which can have a fraction, then K, M, G, T, P or E (powers of 1024;
 * "KiB", "KB" and "k" are the same) or nothing. -EINVAL, -ERANGE as above; never negative.
 */
int num_parse_size(const char *text, unsigned long long *bytes);

/* A '-' followed by digits: an operand, not an option. */
bool num_is_negative(const char *text);
