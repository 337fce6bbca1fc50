/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text: makes bytes that others wrote fit to be shown. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stddef.h>

enum text_flags {
	TEXT_BLANKS = 1, /* escape blanks too: one word, for a line that is split at blanks */
	TEXT_LINES = 2,  /* leave newlines alone: a message of several lines */
};

/*
 * Copies len bytes of src to dst (of size bytes, at least 1; always ended by a NUL). What could steer a
 * terminal becomes \xNN, a byte at a time: control characters (C0, DEL, C1), bytes that are no character
 * in the current locale, and Unicode's marks that turn the direction of writing. A backslash before an
 * x becomes \x5c, so that a name can't imitate an escape. A character that no longer fits is left out
 * whole. Returns the length written.
 *
 * Everything that comes from /proc, a file, the environment or the command line MUST pass through here on
 * its way to a terminal (tests/cli/hostile.bats).
 */
size_t text_escape(char *dst, size_t size, const char *src, size_t len, unsigned int flags);

#endif
