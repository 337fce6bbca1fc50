/* SPDX-License-Identifier: GPL-2.0-or-later */
/* prefix_tools: the file, line number or service that grep, cat -n and docker compose prepend. */
#include <string.h>

#include "oom/logline/internal.h"

#define MAX_LENGTH 256

/* A whole date: a time of day alone is found in too many words. */
static bool is_date(const struct logline *l)
{
	size_t digits = cursor_count_digits(l, 0);

	if (digits && (digits != 4 || l->len < 6 || (l->text[4] != '-' && l->text[4] != '/')))
		return false;
	return cursor_count_date(l, 0, true);
}

/* Whether l continues with a prefix that cannot be the name of a process. */
static bool is_prefix(const struct logline *l)
{
	struct logline rest = *l;

	if (!l->len)
		return false;
	if (*l->text == '[')
		return prefix_kernel_read_uptime(&rest) || prefix_kernel_read_bracketed_date(&rest);
	if (*l->text == '<')
		return prefix_kernel_read_priority(&rest) && prefix_kernel_read_uptime(&rest);
	return is_date(l) || prefix_kernel_read_kmsg(&rest) || prefix_kernel_read_epoch(&rest) ||
	       prefix_kernel_read_decoded_priority(&rest);
}

/* "web-1" and "web_1", as docker compose names containers; no process has one before a bar. */
static bool is_numbered(const struct logline *l, size_t word)
{
	size_t at = word;

	while (at > 0 && cursor_is_digit(l->text[at - 1]))
		at--;
	return at > 1 && at < word && (l->text[at - 1] == '-' || l->text[at - 1] == '_');
}

/* "web-1  | " */
static bool skip_service(struct logline *l, size_t word)
{
	struct logline rest = *l;

	cursor_skip(&rest, word);
	cursor_skip_blanks(&rest);
	if (!cursor_skip_text(&rest, "| "))
		return false;
	cursor_skip_blanks(&rest);
	if (!is_prefix(&rest) && !is_numbered(l, word))
		return false;
	*l = rest;
	return true;
}

/* "123:" of grep -n, "123-" of its context, "123<TAB>" of cat -n, before text without a prefix. */
static bool skip_number(struct logline *l)
{
	size_t n = cursor_count_digits(l, 0);

	if (!n || n > 9 || n + 1 >= l->len || !memchr(":-\t", l->text[n], 3) ||
	    (l->text[n] == '-' && cursor_is_digit(l->text[n + 1])))
		return false;
	if (cursor_count_date(l, 0, false))
		return false;
	cursor_skip(l, n + 1);
	return true;
}

void prefix_tools_skip(struct logline *l)
{
	size_t word;

	cursor_skip_blanks(l);
	if (is_prefix(l) || skip_number(l))
		return;
	word = cursor_count_word(l, 0);
	if (word > MAX_LENGTH)
		word = MAX_LENGTH;
	if (!word || skip_service(l, word))
		return;
	/* "123:", "kern.log:", "kern.log:123:", and "kern.log-123-" of grep's context. */
	for (size_t i = 1; i <= word && i < l->len; i++) {
		struct logline rest = *l;

		if (l->text[i - 1] != ':' && l->text[i - 1] != '-')
			continue;
		cursor_skip(&rest, i);
		if (is_prefix(&rest)) {
			*l = rest;
			return;
		}
	}
}
