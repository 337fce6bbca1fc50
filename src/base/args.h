/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * args: the options and operands of one command, parsed from tables of typed rows.
 * A '-' followed by digits is an operand; "--" ends the options; options and operands can be mixed,
 * unless the command runs another command (ARGS_WRAPPER).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/text.h"

struct args;

enum opt_kind {
	OPT_KIND_FLAG,   /* a bool becomes true */
	OPT_KIND_STRING, /* a const char * becomes the value; the last one is used */
	OPT_KIND_COUNT,  /* a size_t becomes the value, a number from 1 to max */
	OPT_KIND_CALL,   /* parse() does it */
	OPT_KIND_REST,   /* its value and all words after it are a command: a->rest */
};

/* One option. Tables are made of the macros below; OPT_END ends them. */
struct opt {
	char letter;      /* the short option; 0: none */
	const char *name; /* the long option */
	const char *arg;  /* its argument's name; NULL: none */
	const char *help; /* one phrase for --help */
	enum opt_kind kind;
	size_t offset; /* of the field in the struct that the table fills */
	int64_t max;
	/* Reads a->option and a->value. ST_OK, or ST_USAGE after an args_error(). */
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
#define OPT_REST(letter, name, arg, help) \
	OPT_ROW(letter, name, arg, help, OPT_KIND_REST, 0, 0, NULL)
#define OPT_END OPT_ROW(0, NULL, NULL, NULL, OPT_KIND_FLAG, 0, 0, NULL)

#define ARGS_MAX_GROUPS 6

enum args_flags {
	ARGS_WRAPPER = 1, /* the first operand ends the options */
};

/* A table and the struct that it fills. */
struct args_group {
	const struct opt *opts; /* NULL: no more groups */
	void *target;
};

struct args {
	const char *command; /* for messages; NULL: none */
	const char *hint;    /* printed after an error; NULL: where the help is */
	struct args_group groups[ARGS_MAX_GROUPS];
	unsigned int flags;
	int argc;                 /* the arguments after the command's name */
	char **argv;              /* ends with NULL */
	const struct opt *option; /* for parse() */
	const char *value;        /* of this option; NULL: it takes none */
	char **operands;          /* ends with NULL */
	size_t n_operands;
	char **rest;       /* of OPT_KIND_REST, ends with NULL like argv; NULL: not given */
	unsigned int used; /* a bit for each group of which an option was given */
	struct args_given *given;
	size_t n_given;
};

/*
 * Reads all arguments. Stores the options of the first group at once; args_store() stores the
 * others, which can depend on these. ST_OK, or ST_USAGE after an error message.
 */
enum status args_read(struct args *a);

/* Whether the short option was given with this value. */
bool args_is_given(const struct args *a, char letter, const char *value);

/* Stores the options of the other groups, in order. ST_OK, or ST_USAGE after an error message. */
enum status args_store(struct args *a);

/* Removes the first operand and returns it; NULL: there is none. */
const char *args_shift(struct args *a);

/* Frees what args_read() allocated, including the operands. */
void args_free(struct args *a);

/* Reports an unknown word, with the nearest name if there is one; returns ST_USAGE. */
enum status args_unknown(const struct args *a, const char *what, const struct text_nearest *n);

/*
 * Finds the option's value in words, which end with NULL; *nth is its index. ST_USAGE: an error
 * that lists the words and names the nearest was printed.
 */
enum status args_choose(const struct args *a, const char *const *words, size_t *nth);

/* Reports that the option's value is not what it takes, with the nearest word; returns ST_USAGE. */
enum status args_bad_value(const struct args *a, const char *takes, const char *const *words);

/* Prints the error and how to get help; returns ST_USAGE. */
__attribute__((format(printf, 2, 3))) enum status args_error(const struct args *a, const char *fmt,
							     ...);
