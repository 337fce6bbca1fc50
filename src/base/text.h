/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text: makes untrusted bytes fit to be shown. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum text_flags {
	TEXT_BLANKS = 1, /* escape blanks too: one word, for a line that is split at blanks */
	TEXT_LINES = 2,  /* leave newlines alone: a message of several lines */
};

/*
 * Copies len bytes of src to dst (size bytes, at least 1; always NUL-terminated). Each byte of what
 * is no character in the locale's charset, or is not printable, becomes \xNN. A backslash before an
 * x becomes \x5c, so that a name can't imitate an escape. A character that does not fit is left
 * out whole. Returns the length written.
 *
 * Everything that comes from /proc, a file, the environment or the command line MUST pass through
 * here or through json_write_text() on its way to a terminal (tests/cli/hostile.bats).
 */
size_t text_escape(char *dst, size_t size, const char *src, size_t len, unsigned int flags);

/* Copies len bytes, cut to what fits, and ends them with a NUL. */
void text_copy(char *dst, size_t size, const char *src, size_t len);

/* Whether a character is neither a control nor a format character, by Unicode in every locale. */
bool text_is_printable(uint32_t code);

/* Whether the locale's charset is UTF-8. */
bool text_is_utf8(void);

/* The length of the UTF-8 character at src, which has len bytes (at least 1); 0: it is none. */
size_t text_decode(const char *src, size_t len, uint32_t *code);
