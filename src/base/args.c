/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * args: the options and operands of one command, parsed from tables; getopt_long(3) does the words.
 */
#include "base/args.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/msg.h"
#include "base/num.h"

#define MAX_OPTIONS 64

struct args_state {
	struct option longs[MAX_OPTIONS + 1];
	char shorts[3 * MAX_OPTIONS + 3];
	char **words; /* getopt's argv: a program's name, then the words */
	bool done;
};

static int has_arg(const struct opt *o)
{
	if (!o->arg)
		return no_argument;
	return o->arg[0] == '[' ? optional_argument : required_argument;
}

/*
 * '+': getopt must not reorder, for it would take -500 for an option. ':' tells a missing argument
 * apart.
 */
static int build_tables(const struct args *a, struct args_state *st)
{
	size_t n = 0, s = 0;

	st->shorts[s++] = '+';
	st->shorts[s++] = ':';
	for (size_t g = 0; g < ARGS_MAX_GROUPS && a->groups[g]; g++) {
		for (const struct opt *o = a->groups[g]; o->key; o++) {
			if (n == MAX_OPTIONS)
				return -EINVAL;
			st->longs[n++] = (struct option){ o->name, has_arg(o), NULL, o->key };
			if (o->key >= OPT_LONG)
				continue;
			st->shorts[s++] = (char)o->key;
			for (int colons = has_arg(o); colons > 0; colons--)
				st->shorts[s++] = ':';
		}
	}
	return 0;
}

int args_begin(struct args *a)
{
	int err;

	args_end(a);
	a->state = calloc(1, sizeof(*a->state));
	a->operands = calloc((size_t)a->argc + 1, sizeof(*a->operands));
	if (!a->state || !a->operands) {
		args_end(a);
		return -ENOMEM;
	}
	a->state->words = calloc((size_t)a->argc + 2, sizeof(char *));
	err = a->state->words ? build_tables(a, a->state) : -ENOMEM;
	if (err) {
		args_end(a);
		return err;
	}
	a->state->words[0] = (char *)a->command;
	for (int i = 0; i < a->argc; i++)
		a->state->words[i + 1] = a->argv[i];
	a->n_operands = 0;
	a->value = NULL;
	/* optind 0 makes glibc's getopt begin anew, but only when it is called. */
	optind = 0;
	(void)getopt_long(1, a->state->words, a->state->shorts, a->state->longs, NULL);
	return 0;
}

void args_end(struct args *a)
{
	if (a->state)
		free(a->state->words);
	free(a->state);
	free(a->operands);
	a->state = NULL;
	a->operands = NULL;
	a->n_operands = 0;
}

const char *args_shift(struct args *a)
{
	const char *first = a->operands[0];

	if (a->n_operands == 0)
		return NULL;
	memmove(a->operands, a->operands + 1, --a->n_operands * sizeof(*a->operands));
	return first;
}

enum status args_error(const struct args *a, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	msg_error("%s", text);
	msg_error("see '" PROGRAM_NAME " help %s'", a->command);
	return ST_USAGE;
}

static int bad_option(const struct args *a, int found, const char *word)
{
	bool is_long = word[0] == '-' && word[1] == '-';

	if (found == ':' && is_long)
		args_error(a, "option '%s' needs an argument", word);
	else if (found == ':')
		args_error(a, "option '-%c' needs an argument", optopt);
	else if (is_long && optopt)
		args_error(a, "option '%s' takes no argument", word);
	else if (is_long)
		args_error(a, "%s: unknown option '%s'", a->command, word);
	else
		args_error(a, "%s: unknown option '-%c'", a->command, optopt);
	return -1;
}

/* The word at optind as an operand. */
static void take_operand(struct args *a)
{
	a->operands[a->n_operands++] = a->state->words[optind++];
}

int args_next(struct args *a)
{
	int argc = a->argc + 1, at, key;
	struct args_state *st = a->state;

	opterr = 0;
	for (;;) {
		at = optind;
		if (st->done) {
			if (at >= argc)
				return 0;
			take_operand(a);
			continue;
		}
		/*
		 * In the middle of a word such as -qv the word is no number, so this never splits
		 * one.
		 */
		if (at < argc && num_is_negative(st->words[at])) {
			st->done = a->flags & ARGS_WRAPPER;
			take_operand(a);
			continue;
		}
		optopt = 0;
		key = getopt_long(argc, st->words, st->shorts, st->longs, NULL);
		if (key == '?' || key == ':')
			return bad_option(a, key, st->words[at]);
		if (key != -1) {
			a->value = optarg;
			return key;
		}
		/* The end of all words, a "--" that getopt has passed, or an operand. */
		if (optind >= argc || optind > at || a->flags & ARGS_WRAPPER)
			st->done = true;
		else
			take_operand(a);
	}
}
