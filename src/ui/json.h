/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json: writes nested JSON piece by piece, without building it in memory first. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct jsonout {
	FILE *out;
	bool has_member; /* a comma is due */
};

/* key NULL: an element of an array. */
void jsonout_open(struct jsonout *j, const char *key, char bracket);
void jsonout_close(struct jsonout *j, char bracket);
void jsonout_number(struct jsonout *j, const char *key, int64_t value);
void jsonout_tenths(struct jsonout *j, const char *key, int64_t tenths);
void jsonout_bool(struct jsonout *j, const char *key, bool value);
void jsonout_null(struct jsonout *j, const char *key);
/*
 * Bytes of anybody's: what is no UTF-8 becomes U+FFFD, a byte at a time, and what is not printable \uXXXX. In a locale of
 * another charset all but ASCII does.
 */
void jsonout_text(struct jsonout *j, const char *key, const char *value);
