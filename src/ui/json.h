/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json: writes nested JSON directly to a stream. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json_writer {
	FILE *out;
	bool has_member; /* a comma is due */
};

/* key NULL: an element of an array. */
void json_write_open(struct json_writer *j, const char *key, char bracket);
void json_write_close(struct json_writer *j, char bracket);
void json_write_number(struct json_writer *j, const char *key, int64_t value);
void json_write_tenths(struct json_writer *j, const char *key, int64_t tenths);
void json_write_bool(struct json_writer *j, const char *key, bool value);
void json_write_null(struct json_writer *j, const char *key);
/*
 * Any bytes: each that is not part of a UTF-8 character becomes U+FFFD, an unprintable character
 * \uXXXX; in a locale of another charset, all but ASCII.
 */
void json_write_text(struct json_writer *j, const char *key, const char *value);
