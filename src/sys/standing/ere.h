/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ere: extended regular expressions, compared with texts of any user, as command lines, for as long
 * as watch runs. regexec(3) of glibc is not fit for that: it keeps each state of its automaton, so
 * that its time and memory grow without bound with some patterns. PCRE2's alternative algorithm
 * follows all ways through the pattern at once, in a table of fixed size and without heap memory.
 * Only the syntax of POSIX is passed to it, which it then decides as regexec(3) does.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define ERE_WHY  256  /* bytes of a reason */
#define ERE_TEXT 4095 /* bytes of a text that are compared */

/* A compiled expression; zeroed: none. */
struct ere {
	void *compiled;
};

/*
 * Compiles a pattern that regcomp(3) accepts. 0; -EINVAL: what POSIX leaves undefined, or is not
 * supported; -ELIBACC: there is no PCRE2; then why is the reason. -ENOMEM.
 */
int ere_compile(struct ere *e, const char *pattern, char why[ERE_WHY]);

/*
 * 1: a part of the text matches; 0: none does. -E2BIG: it is unknown, because there are more ways
 * through the pattern than fit in the table. In a UTF-8 locale, a byte that is part of no character
 * counts as one. is_cut: text has no end, so '$' does not match there; so it is too with more than
 * ERE_TEXT bytes.
 */
int ere_matches(const struct ere *e, const char *text, bool is_cut);

void ere_free(struct ere *e);
