/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * prefix_tools: what grep, cat -n and docker compose put before the prefix of a line: a file, a
 * line's number, a service.
 */
#include <string.h>

#include "oom/logline/internal.h"

#define LONGEST_LEAD 256

/* A whole date, for a time of day alone is found in too many words. */
static bool is_date(const struct logline *l)
{
	struct timestamp found;
	size_t digits = cursor_count_digits(l, 0);

	if (digits && (digits != 4 || l->len < 6 || (l->text[4] != '-' && l->text[4] != '/')))
		return false;
	timestamp_clear(&found);
	return timestamp_parse(l->text, l->len, &found) > 0 && found.has_date;
}

/* Whether l goes on with a mark that no name of a process can be taken for. */
static bool is_mark(const struct logline *l)
{
	struct logline try = *l;

	if (!l->len)
		return false;
	if (*l->text == '[')
		return prefix_kernel_take_uptime(&try) || prefix_kernel_take_bracketed_date(&try);
	if (*l->text == '<')
		return prefix_kernel_take_priority(&try) && prefix_kernel_take_uptime(&try);
	return is_date(l) || prefix_kernel_take_kmsg(&try) || prefix_kernel_take_epoch(&try) ||
	       prefix_kernel_take_decoded_priority(&try);
}

/*
 * "web-1" and "web_1", as docker compose calls a container of a service: words that no process
 * stands before a bar with.
 */
static bool is_numbered(const struct logline *l, size_t word)
{
	size_t at = word;

	while (at > 0 && cursor_is_digit(l->text[at - 1]))
		at--;
	return at > 1 && at < word && (l->text[at - 1] == '-' || l->text[at - 1] == '_');
}

/* "web-1  | " */
static bool take_service(struct logline *l, size_t word)
{
	struct logline rest = *l;

	cursor_skip(&rest, word);
	cursor_skip_blanks(&rest);
	if (!cursor_starts(&rest, "| "))
		return false;
	cursor_skip(&rest, 2);
	cursor_skip_blanks(&rest);
	if (!is_mark(&rest) && !is_numbered(l, word))
		return false;
	*l = rest;
	return true;
}

/* "123:" of grep -n, "123-" around it, and the "123<TAB>" of cat -n before words without a mark. */
static bool take_number(struct logline *l)
{
	size_t n = cursor_count_digits(l, 0);
	struct timestamp time;

	if (!n || n > 9 || n + 1 >= l->len || !memchr(":-\t", l->text[n], 3) ||
	    (l->text[n] == '-' && cursor_is_digit(l->text[n + 1])))
		return false;
	timestamp_clear(&time);
	if (timestamp_parse(l->text, l->len, &time))
		return false;
	cursor_skip(l, n + 1);
	return true;
}

void prefix_tools_take(struct logline *l)
{
	size_t word = 0;

	cursor_skip_blanks(l);
	if (is_mark(l) || take_number(l))
		return;
	while (word < l->len && word < LONGEST_LEAD && l->text[word] != ' ' &&
	       l->text[word] != '\t')
		word++;
	if (!word || take_service(l, word))
		return;
	/*
	 * "123:", "kern.log:", "kern.log:123:", and "kern.log-123-" of a line around the one that
	 * was found
	 */
	for (size_t i = 1; i <= word && i < l->len; i++) {
		struct logline rest = *l;

		if (l->text[i - 1] != ':' && l->text[i - 1] != '-')
			continue;
		cursor_skip(&rest, i);
		if (is_mark(&rest)) {
			*l = rest;
			return;
		}
	}
}
