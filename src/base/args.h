/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * args: the options and operands of one command, parsed from tables of typed rows.
 * Words of '-' and digits are operands; "--" ends the options; options and operands mix, unless the
 * command takes over another command's words (ARGS_WRAPPER).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

struct args;

enum opt_kind {
	OPT_KIND_FLAG,   /* a bool becomes true */
	OPT_KIND_STRING, /* a const char * becomes the value; the last one counts */
	OPT_KIND_COUNT,  /* a size_t becomes the value, a number from 1 to max */
	OPT_KIND_CALL,   /* parse() does it */
};

/* One option. Tables are made of the macros below; OPT_END ends them. */
struct opt {
	char letter;      /* the short option; 0: none */
	const char *name; /* the long option */
	const char *arg;  /* its argument's name; NULL: none */
	const char *help; /* one phrase for --help */
	enum opt_kind kind;
	size_t offset; /* of the field in the struct that the table fills */
	long max;
	/* a->option and a->value are what was given. ST_OK, or ST_USAGE after an args_error(). */
	enum status (*parse)(void *target, const struct args *a);
};

/* The offset of a field; a field of another type than the kind's does not compile. */
#define OPT_OFFSET(field_type, type, field) \
	_Generic(((type *)0)->field, field_type : offsetof(type, field))

#define OPT_ROW(letter, name, arg, help, kind, offset, max, parse) \
	{                                                          \
		letter, name, arg, help, kind, offset, max, parse  \
	}
#define OPT_FLAG(letter, name, help, type, field) \
	OPT_ROW(letter, name, NULL, help, OPT_KIND_FLAG, OPT_OFFSET(bool, type, field), 0, NULL)
#define OPT_STRING(letter, name, arg, help, type, field)                                         \
	OPT_ROW(letter, name, arg, help, OPT_KIND_STRING, OPT_OFFSET(const char *, type, field), \
		0, NULL)
#define OPT_COUNT(letter, name, arg, help, type, field, max) \
	OPT_ROW(letter, name, arg, help, OPT_KIND_COUNT, OPT_OFFSET(size_t, type, field), max, NULL)
#define OPT_CALL(letter, name, arg, help, parse) \
	OPT_ROW(letter, name, arg, help, OPT_KIND_CALL, 0, 0, parse)
#define OPT_END OPT_ROW(0, NULL, NULL, NULL, OPT_KIND_FLAG, 0, 0, NULL)

#define ARGS_MAX_GROUPS 6

enum args_flags {
	ARGS_WRAPPER = 1, /* the first operand ends the options */
};

/* A table and the struct that it fills. */
struct args_group {
	const struct opt *opts; /* NULL: no group, nor any behind it */
	void *target;
};

struct args {
	const char *command; /* for messages */
	struct args_group groups[ARGS_MAX_GROUPS];
	unsigned int flags;
	int argc; /* the words behind the command's name */
	char **argv;
	const struct opt *option; /* for parse() */
	const char *value;        /* of this option; NULL: it takes none */
	char **operands;          /* ends with NULL */
	size_t n_operands;
	unsigned int used; /* a bit for each group that an option was of */
	struct args_given *given;
	size_t n_given;
};

/*
 * Reads all words. The options of the first group are stored at once, the others by args_store():
 * what holds for all of them is known by then. ST_OK, or ST_USAGE, which is said.
 */
enum status args_read(struct args *a);

/* Whether the short option was read with this value. */
bool args_is_given(const struct args *a, char letter, const char *value);

/* Stores the options of the other groups, in their order. ST_OK, or ST_USAGE, which is said. */
enum status args_store(struct args *a);

/* Takes the first operand out of the list; NULL: there is none. */
const char *args_shift(struct args *a);

/* Frees what args_read() allocated; operands are gone then. */
void args_free(struct args *a);

/* Says what is wrong and how to get help; returns ST_USAGE. */
__attribute__((format(printf, 2, 3))) enum status args_error(const struct args *a, const char *fmt,
							     ...);
