/* SPDX-License-Identifier: GPL-2.0-or-later */
/* num: numbers that people write. Decimal alone; nothing before, between or behind. */
#pragma once

#include <stdbool.h>

/* -EINVAL: not a decimal number (an optional sign, then digits). -ERANGE: outside min..max. */
int num_parse(const char *text, long min, long max, long *value);

/*
 * A size in bytes: a number, perhaps with a fraction, and K, M, G, T (powers of 1024; "KiB", "KB"
 * and "k" are the same) or none for bytes. -EINVAL, -ERANGE as above; never negative.
 */
int num_parse_size(const char *text, unsigned long long *bytes);

/* A word of '-' and digits: an operand, not an option. */
bool num_is_negative(const char *text);
