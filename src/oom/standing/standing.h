/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * standing: the standing rules of oomctl.rules(5), which give each new process its adj. Pure: text
 * in, rules out; and what a rule wants for a process.
 *
 * One rule per line; '#' at the start of a word begins a comment.
 *     ACTION CONDITION... [MODIFIER]...
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STANDING_MAX_BYTES  262144 /* of a file */
#define STANDING_MAX_LINE   2047   /* bytes, without the newline */
#define STANDING_MAX_VALUE  256    /* bytes of a condition's value */
#define STANDING_MAX_RULES  1024   /* of all files */
#define STANDING_MAX_ERRORS 8      /* that are listed for a file */

enum standing_action {
	STANDING_ADJ,     /* adj N */
	STANDING_PROTECT, /* -999, or what is lower already */
	STANDING_NEVER,   /* -1000 */
	STANDING_LEAVE,   /* changes nothing */
};

/* The kinds of conditions. */
enum standing_kind {
	STANDING_USER,      /* name or number of the real user */
	STANDING_NAME,      /* regular expression */
	STANDING_PARENT,    /* "init": process 1; else a regular expression for its name */
	STANDING_UNIT,      /* glob */
	STANDING_CGROUP,    /* glob over the path of the cgroup or of one above it */
	STANDING_CONTAINER, /* glob over name or ID */
	STANDING_EXE,       /* glob */
	STANDING_CMDLINE,   /* regular expression */
	STANDING_N_KINDS,
};

/* The modifiers in standing_rule.order. */
enum standing_modifier {
	STANDING_CHILDREN = STANDING_N_KINDS,
	STANDING_ENFORCE,
	STANDING_N_PARTS,
};

struct standing_rule {
	unsigned int line;
	uint16_t file; /* an index, for the owner of several files */
	enum standing_action action;
	int adj; /* of STANDING_ADJ, PROTECT and NEVER */
	bool is_enforced;
	bool has_children;
	int children;                           /* adj of forked processes */
	const char *values[STANDING_N_KINDS];   /* NULL: no such condition; in the parsed text */
	unsigned int columns[STANDING_N_KINDS]; /* where the value begins, from 1 */
	char quotes[STANDING_N_KINDS];          /* around the value; '\0': none */
	/* The conditions (enum standing_kind) and modifiers, as in the file. */
	uint8_t order[STANDING_N_PARTS];
	size_t n_order;
};

struct standing_error {
	unsigned int line, column; /* from 1, in characters; 0: the whole file */
	char what[160];
};

struct standing_errors {
	struct standing_error list[STANDING_MAX_ERRORS];
	size_t n; /* all; the first STANDING_MAX_ERRORS are listed */
};

/* Adds an error; what is cut if it is too long. */
__attribute__((format(printf, 4, 5))) void standing_note(struct standing_errors *e,
							 unsigned int line, unsigned int column,
							 const char *fmt, ...);

/*
 * Parses a file. text has len bytes and room for a NUL after them; it is changed, and the rules
 * point into it. rules: room for room rules. *n: their number; 0 after an error. 0, or -EINVAL with
 * one or more errors added.
 */
int standing_parse(char *text, size_t len, struct standing_rule *rules, size_t room, size_t *n,
		   struct standing_errors *e);

/* The ']' of the bracket expression that begins at p; end: it has none. */
const char *standing_skip_brackets(const char *p, const char *end);

/* The word of a condition, such as "name". */
const char *standing_kind_name(enum standing_kind kind);

/* The column of the first condition that depends on cgroups; 0: the rule has none. */
unsigned int standing_cgroup_column(const struct standing_rule *rule);

/* Formats a rule as its line in the file, without comment. Returns the length, less than size. */
size_t standing_format(const struct standing_rule *rule, char *text, size_t size);

/* Bytes that a line of standing_format() needs, with the NUL. */
#define STANDING_TEXT_MAX (STANDING_MAX_LINE + 64)

/* Whether the rule wants an adj, of the matching process or, if is_child, of one it forked. */
bool standing_has_value(const struct standing_rule *rule, bool is_child);

/* That adj, for a process whose adj is current. */
int standing_value(const struct standing_rule *rule, bool is_child, int current);

enum standing_plan {
	STANDING_KEEP,    /* it has the value */
	STANDING_WRITE,   /* it must be changed */
	STANDING_RESPECT, /* something else changed it later: it stays */
};

/*
 * What to do with a process whose adj is current. last: what its adj was after the rules were last
 * applied to it; NULL: they never were. enforces: restore the value if something else changed it.
 */
enum standing_plan standing_plan(int wanted, int current, const int *last, bool enforces);
