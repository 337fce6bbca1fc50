/* SPDX-License-Identifier: GPL-2.0-or-later */
/* args: the options and operands of one command; getopt_long(3) splits the words. */
#include "base/args.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/msg.h"
#include "base/num.h"

#define LONG_KEY 256 /* getopt's key of a long option: this plus the number of its row */

struct args_given {
	size_t group;
	const struct opt *option;
	const char *value;
};

/* What getopt_long(3) is called with. */
struct words {
	int n;
	char **list; /* the command's name, then its arguments */
	struct option *longs;
	char *shorts;
	struct args_given *rows; /* all options with their last values, in the order of longs */
	size_t n_rows;
};

/* '+': getopt must not reorder, it would take -500 for an option. ':' reports a missing value. */
static struct words begin(const struct args *a)
{
	struct words w = { .n = a->argc + 1 };
	char *s;

	for (size_t g = 0; g < ARGS_MAX_GROUPS && a->groups[g].opts; g++)
		for (const struct opt *o = a->groups[g].opts; o->name; o++) {
			w.rows = mem_grow(w.rows, w.n_rows, sizeof(*w.rows));
			w.rows[w.n_rows++] = (struct args_given){ g, o, NULL };
		}
	w.longs = mem_alloc(w.n_rows + 1, sizeof(*w.longs));
	w.shorts = s = mem_alloc(2 * w.n_rows + 3, 1);
	*s++ = '+';
	*s++ = ':';
	for (size_t i = 0; i < w.n_rows; i++) {
		const struct opt *o = w.rows[i].option;

		w.longs[i] = (struct option){ o->name, o->arg ? 1 : 0, NULL, LONG_KEY + (int)i };
		if (o->letter)
			*s++ = o->letter;
		if (o->letter && o->arg)
			*s++ = ':';
	}
	w.list = mem_alloc((size_t)a->argc + 2, sizeof(*w.list));
	w.list[0] = (char *)a->command;
	for (int i = 0; i < a->argc; i++)
		w.list[i + 1] = a->argv[i];
	/* optind 0 makes the next call of glibc's getopt start again. */
	optind = 0;
	opterr = 0;
	(void)getopt_long(1, w.list, w.shorts, w.longs, NULL);
	return w;
}

enum status args_error(const struct args *a, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	msg_error("%s", text);
	if (a->hint)
		msg_error("%s", a->hint);
	else
		msg_error("see '" PROGRAM_NAME " help%s%s'", a->command ? " " : "",
			  a->command ? a->command : "");
	return ST_USAGE;
}

enum status args_unknown(const struct args *a, const char *what, const struct text_nearest *n)
{
	int len = n->len < 256 ? (int)n->len : 256;

	if (n->name)
		return args_error(a, "unknown %s '%.*s'; did you mean '%s'?", what, len, n->word,
				  n->name);
	return args_error(a, "unknown %s '%.*s'", what, len, n->word);
}

enum status args_bad_value(const struct args *a, const char *takes, const char *const *words)
{
	struct text_nearest n = { a->value, strlen(a->value), NULL, 0 };

	for (size_t i = 0; words[i]; i++)
		text_nearest_try(&n, words[i]);
	if (n.name)
		return args_error(a, "--%s takes %s, not '%s'; did you mean '%s'?", a->option->name,
				  takes, a->value, n.name);
	return args_error(a, "--%s takes %s, not '%s'", a->option->name, takes, a->value);
}

enum status args_choose(const struct args *a, const char *const *words, size_t *nth)
{
	char takes[256] = "";

	for (size_t i = 0, at = 0; words[i]; i++) {
		if (strcmp(a->value, words[i]) == 0) {
			*nth = i;
			return ST_OK;
		}
		at += (size_t)snprintf(takes + at, sizeof(takes) - at, "%s%s",
				       i == 0         ? ""
				       : words[i + 1] ? ", "
						      : " or ",
				       words[i]);
	}
	return args_bad_value(a, takes, words);
}

/* getopt_long(3) would accept abbreviations, which change their meaning with new options. */
static enum status check_long(const struct args *a, const struct words *w, const char *word)
{
	struct text_nearest n = { word + 2, strcspn(word + 2, "="), NULL, 0 };

	for (size_t i = 0; i < w->n_rows; i++) {
		const char *name = w->rows[i].option->name;

		if (strlen(name) == n.len && strncmp(name, n.word, n.len) == 0)
			return ST_OK;
		text_nearest_try(&n, name);
	}
	/* Without its value, which can be long, or secret. */
	if (n.name)
		return args_error(a, "unknown option '--%.*s'; did you mean '--%s'?", (int)n.len,
				  n.word, n.name);
	return args_error(a, "unknown option '--%.*s'", (int)n.len, n.word);
}

static enum status bad_option(const struct args *a, int found, const char *word)
{
	bool is_long = word[0] == '-' && word[1] == '-';

	if (found == ':' && is_long)
		return args_error(a, "option '%s' needs an argument", word);
	if (found == ':')
		return args_error(a, "option '-%c' needs an argument", optopt);
	if (is_long)
		return args_error(a, "option '%.*s' takes no argument", (int)strcspn(word, "="),
				  word);
	return args_error(a, "unknown option '-%c'", optopt);
}

static enum status store(struct args *a, const struct args_given *given)
{
	const struct opt *o = given->option;
	void *target = a->groups[given->group].target, *field = (char *)target + o->offset;
	int64_t n;

	a->option = o;
	a->value = given->value;
	a->used |= 1U << given->group;
	switch (o->kind) {
	case OPT_KIND_FLAG:
		*(bool *)field = true;
		return ST_OK;
	case OPT_KIND_STRING:
		*(const char **)field = a->value;
		return ST_OK;
	case OPT_KIND_COUNT:
		if (num_parse(a->value, 1, o->max, &n))
			return args_error(a,
					  "--%s must be a number from 1 to %" PRId64 ", not '%s'",
					  o->name, o->max, a->value);
		*(size_t *)field = (size_t)n;
		return ST_OK;
	case OPT_KIND_REST:
		return ST_OK;
	case OPT_KIND_CALL:
		break;
	}
	return o->parse(target, a);
}

static enum status read_words(struct args *a, const struct words *w)
{
	bool is_done = false;
	enum status st = ST_OK;

	while (st == ST_OK && (optind < w->n || !is_done)) {
		int at = optind, key = -1;
		size_t i = 0;

		if (!is_done && at < w->n && strncmp(w->list[at], "--", 2) == 0 && w->list[at][2])
			st = check_long(a, w, w->list[at]);
		if (st != ST_OK)
			return st;
		/* Inside a group such as -qv this is not a number, so no group is split. */
		if (!is_done && (at == w->n || !num_is_negative(w->list[at]))) {
			optopt = 0;
			key = getopt_long(w->n, w->list, w->shorts, w->longs, NULL);
		}
		if (key == '?' || key == ':')
			return bad_option(a, key, w->list[at]);
		if (key == -1 && (optind > at || at == w->n)) {
			is_done = true; /* "--", or the end */
			continue;
		}
		if (key == -1) {
			a->operands[a->n_operands++] = w->list[optind++];
			is_done = is_done || a->flags & ARGS_WRAPPER;
			continue;
		}
		while (LONG_KEY + (int)i != key && w->rows[i].option->letter != key)
			i++;
		w->rows[i].value = optarg;
		if (w->rows[i].option->kind == OPT_KIND_REST) {
			/* The value can follow '=' in its word. */
			a->rest = a->argv + optind - 2;
			a->rest[0] = optarg;
			optind = w->n;
			is_done = true;
		}
		if (w->rows[i].group == 0) {
			st = store(a, &w->rows[i]);
			continue;
		}
		a->given = mem_grow(a->given, a->n_given, sizeof(*a->given));
		a->given[a->n_given++] = w->rows[i];
	}
	return st;
}

enum status args_read(struct args *a)
{
	struct words w = begin(a);
	enum status st;

	a->operands = mem_alloc((size_t)a->argc + 1, sizeof(*a->operands));
	st = read_words(a, &w);
	free(w.list);
	free(w.longs);
	free(w.shorts);
	free(w.rows);
	return st;
}

bool args_is_given(const struct args *a, char letter, const char *value)
{
	for (size_t i = 0; i < a->n_given; i++)
		if (a->given[i].option->letter == letter && strcmp(a->given[i].value, value) == 0)
			return true;
	return false;
}

enum status args_store(struct args *a)
{
	enum status st = ST_OK;

	for (size_t i = 0; st == ST_OK && i < a->n_given; i++)
		st = store(a, &a->given[i]);
	return st;
}

const char *args_shift(struct args *a)
{
	const char *first = a->operands[0];

	if (a->n_operands)
		memmove(a->operands, a->operands + 1, a->n_operands-- * sizeof(*a->operands));
	return first;
}

void args_free(struct args *a)
{
	free(a->given);
	free(a->operands);
	a->given = NULL;
	a->operands = NULL;
	a->n_operands = a->n_given = 0;
}
