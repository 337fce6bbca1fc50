/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text: makes untrusted bytes printable. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum text_flags {
	TEXT_BLANKS = 1, /* escape blanks too, for a line that is split at blanks */
	TEXT_LINES = 2,  /* keep newlines: a message of several lines */
	TEXT_UTF8 = 4,   /* the charset is UTF-8, whatever the locale is */
	TEXT_AGAIN = 8,  /* names in the text are escaped already: their escapes are kept */
};

/*
 * Copies len bytes of src to dst (size bytes, at least 1; always NUL-terminated). Each byte that is
 * not part of a printable character in the locale's charset becomes \xNN. The backslash of a name
 * that has such an escape becomes \x5c, so that no name can imitate one. A character that does not
 * fit is omitted.
 * Returns the length written.
 *
 * Everything that comes from /proc, a file, the environment or the command line MUST pass through
 * here or through json_write_text() on its way to a terminal (tests/cli/hostile.bats).
 */
size_t text_escape(char *dst, size_t size, const char *src, size_t len, unsigned int flags);

/*
 * Writes a word as a shell takes it: as it is, in quotes, or as $'...' with octal escapes, which
 * bash, ksh and zsh know. The text is printable, and text_escape() does not change it.
 * false: it does not fit, and dst is empty; 4 bytes for each of src and 4 more always fit.
 */
bool text_quote(char *dst, size_t size, const char *src);

/* Copies len bytes, or as many as fit, and adds a NUL. */
void text_copy(char *dst, size_t size, const char *src, size_t len);

/* Whether a character is neither a control nor a format character, by Unicode in every locale. */
bool text_is_printable(uint32_t code);

/* The name most similar to a mistyped word; name NULL: none is similar. Set word and len. */
struct text_nearest {
	const char *word;
	size_t len;
	const char *name;
	size_t distance;
};

/* Compares one more name, ignoring case. */
void text_nearest_try(struct text_nearest *n, const char *name);

/* Whether the locale's charset is UTF-8. */
bool text_is_utf8(void);

/* The length of the UTF-8 character at src, which has len bytes (at least 1); 0: not valid. */
size_t text_decode(const char *src, size_t len, uint32_t *code);
