/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * match: the rules of all files, compiled, and which of them decides for a process: the last one
 * that matches.
 */
#pragma once

#include "oom/standing/standing.h"
#include "sys/standing/facts.h"
#include "sys/standing/pattern.h"

struct match_exe {
	const char *glob; /* NULL: none */
	bool is_plain;
	size_t prefix; /* bytes before the first '*' */
};

/* A rule as it is compared. */
struct match_rule {
	struct standing_rule rule;
	uint32_t id;     /* of its text, the same in all runs; never 0 */
	bool has_user;   /* uid is that of the user condition */
	uint32_t uid;    /* real */
	bool needs_init; /* parent init */
	struct pattern name, parent, cmdline;
	const char *unit, *container, *cgroup; /* NULL: no such condition */
	struct match_exe exe, real_exe;        /* as written, and of find_resolve_exe() */
	char *real_exe_glob;                   /* owned */
	bool has_plain_cgroup;
	size_t unit_prefix, cgroup_prefix; /* bytes before the first '*' */
};

struct match_set {
	struct match_rule *rules; /* in the order of the files and lines; the last match decides */
	size_t n;
	bool has_children;   /* a rule has the modifier children */
	size_t pattern_size; /* of all regular expressions */
};

#define MATCH_NONE ((size_t)-1)

/* The most that regular expressions can need, in bytes of find_pattern_size(). */
#define MATCH_SIZE_MAX 65536

/*
 * Compiles a parsed rule into *m. 0, or -EINVAL: an error is added to e. -ENOENT: the user is
 * unknown, so the rule matches nothing. Others: no memory, or the user could not be looked up.
 * Values must stay valid. size: is added to.
 */
int match_compile(const struct standing_rule *rule, struct match_rule *m, size_t *size,
		  struct standing_errors *e);

/*
 * Follows links of the executable again, and looks up a user that did not exist before: both can
 * have changed since the rule was compiled. After an error it is as before. m: compiled.
 */
void match_renew(struct match_rule *m);

/*
 * Whether any user can start a process that matches: no condition is one that only root, or the
 * user that the rule names, can fulfil. m: compiled.
 */
bool match_is_open(const struct match_rule *m);

/* The text for the error of match_last(): as strerror(3), except for patterns. */
const char *match_error(int err);

/* A hash of a text, never 0. */
uint32_t match_hash(const char *text);

/* A hash of the path of the executable; 0: unknown. */
uint32_t match_hash_program(struct facts *f);

void match_free(struct match_rule *m);

/*
 * The last rule before number below that matches, or MATCH_NONE. *err: 0, or why a condition cannot
 * be compared, as a negative errno: then the result is the rule with this condition, and it is
 * unknown whether it matches. Begin with below = s->n. Takes heap memory only to list the names of
 * containers, and to read command lines that can block.
 */
size_t match_last(const struct match_set *s, size_t below, struct facts *f, int *err);

/* A rule that can match processes with one user, executable and cgroup. */
struct match_candidate {
	uint16_t rule;
	char first; /* of all names that match; 0: unknown */
};

/* Lists those for f, whatever its name is, in the order of the rules. Returns their number. */
size_t match_narrow(const struct match_set *s, struct facts *f,
		    struct match_candidate list[STANDING_MAX_RULES]);

/*
 * As match_last(), for rules of such a list. *below: begin with their number; it is then the place
 * of the result in the list.
 */
size_t match_last_of(const struct match_set *s, const struct match_candidate *list, size_t *below,
		     struct facts *f, int *err);
