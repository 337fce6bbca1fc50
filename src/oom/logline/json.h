/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json: the members of JSON objects in a log line, also of inner objects. Pure. */
#pragma once

#include "oom/logline/slice.h"

#define JSON_NAME 64 /* bytes of a member's name; a longer one is cut */

/*
 * Removes from s the next member whose value is a string, a number, a word or an array of bytes.
 * Returns the length of the value, cut to size; -ENOENT: none is left; -EINVAL: s is broken.
 */
int json_next(struct slice *s, char *name, char *value, size_t size);

/* Reads a string after its first quote. Returns the length of what fits into buf, or -EINVAL. */
int json_read_string(struct slice *s, char *buf, size_t size);
