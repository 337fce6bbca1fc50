/* SPDX-License-Identifier: GPL-2.0-or-later */
/* prefix_tools: what grep, cat -n and docker compose put before the prefix of a line: a file, a line's number, a service. */
#include <string.h>

#include "oom/logline/internal.h"

#define LONGEST_LEAD 256

/* A whole date, for a time of day alone is found in too many words. */
static bool is_date(const struct logline *l)
{
	struct stamp found;
	size_t digits = line_count_digits(l, 0);

	if (digits && (digits != 4 || l->len < 6 || (l->text[4] != '-' && l->text[4] != '/')))
		return false;
	stamp_clear(&found);
	return stamp_parse(l->text, l->len, &found) > 0 && found.has_date;
}

/* Whether l goes on with a mark that no name of a process can be taken for. */
static bool is_mark(const struct logline *l)
{
	struct logline try = *l;

	if (!l->len)
		return false;
	if (*l->text == '[')
		return logmark_take_uptime(&try) || logmark_take_bracketed_date(&try);
	if (*l->text == '<')
		return logmark_take_priority(&try) && logmark_take_uptime(&try);
	return is_date(l) || logmark_take_kmsg(&try) || logmark_take_epoch(&try) ||
	       logmark_take_decoded_priority(&try);
}

/* "web-1" and "web_1", as docker compose calls a container of a service: words that no process stands before a bar with. */
static bool is_numbered(const struct logline *l, size_t word)
{
	size_t at = word;

	while (at > 0 && line_is_digit(l->text[at - 1]))
		at--;
	return at > 1 && at < word && (l->text[at - 1] == '-' || l->text[at - 1] == '_');
}

/* "web-1  | " */
static bool take_service(struct logline *l, size_t word)
{
	struct logline rest = *l;

	line_skip(&rest, word);
	line_skip_blanks(&rest);
	if (!line_starts(&rest, "| "))
		return false;
	line_skip(&rest, 2);
	line_skip_blanks(&rest);
	if (!is_mark(&rest) && !is_numbered(l, word))
		return false;
	*l = rest;
	return true;
}

/* "123:" of grep -n, "123-" around it, and the "123<TAB>" of cat -n before words without a mark. */
static bool take_number(struct logline *l)
{
	size_t n = line_count_digits(l, 0);
	struct stamp time;

	if (!n || n > 9 || n + 1 >= l->len || !memchr(":-\t", l->text[n], 3) ||
	    (l->text[n] == '-' && line_is_digit(l->text[n + 1])))
		return false;
	stamp_clear(&time);
	if (stamp_parse(l->text, l->len, &time))
		return false;
	line_skip(l, n + 1);
	return true;
}

void loglead_take(struct logline *l)
{
	size_t word = 0;

	line_skip_blanks(l);
	if (is_mark(l) || take_number(l))
		return;
	while (word < l->len && word < LONGEST_LEAD && l->text[word] != ' ' &&
	       l->text[word] != '\t')
		word++;
	if (!word || take_service(l, word))
		return;
	/* "123:", "kern.log:", "kern.log:123:", and "kern.log-123-" of a line around the one that was found */
	for (size_t i = 1; i <= word && i < l->len; i++) {
		struct logline rest = *l;

		if (l->text[i - 1] != ':' && l->text[i - 1] != '-')
			continue;
		line_skip(&rest, i);
		if (is_mark(&rest)) {
			*l = rest;
			return;
		}
	}
}
