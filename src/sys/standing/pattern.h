/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pattern: regular expressions and globs that are compared with many processes. Most are plain
 * texts, which take neither PCRE2 nor fnmatch(3).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sys/scan/find.h"
#include "sys/standing/ere.h"

struct pattern {
	const char *list; /* plain texts separated by '|', or what each match begins with */
	size_t len;       /* of list */
	bool is_plain;    /* list is all of it */
	bool at_start, at_end;
	struct ere re; /* unless is_plain */
};

/*
 * Compiles an extended regular expression, which must stay valid. *size: the bytes that count for a
 * limit of memory, 0 if it is plain. 0, -EINVAL with the reason in why, or -ENOMEM.
 */
int pattern_compile(struct pattern *p, const char *text, size_t *size, char why[FIND_PATTERN_MAX]);

/*
 * 1 or 0, as regexec(3) would decide, or a negative errno: unknown. is_cut: text is only the
 * beginning, so '$' does not match at its end. Takes no heap memory.
 */
int pattern_fits(const struct pattern *p, const char *text, bool is_cut);

void pattern_free(struct pattern *p);

/* The bytes of a glob before its first special character; *is_plain: it has none. */
size_t pattern_glob_prefix(const char *glob, bool *is_plain);
