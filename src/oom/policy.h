/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * policy: which users are allowed to lower adj, and how far. Pure: text in, rules out; a callback
 * looks up names.
 *
 * One rule per line; '#' begins a comment. WHO is a user or, after '@', a group; digits are an ID.
 *     permit WHO floor ADJ
 *     deny WHO
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POLICY_MAX_BYTES  65536
#define POLICY_MAX_LINE   255 /* bytes, without the newline */
#define POLICY_MAX_RULES  256
#define POLICY_MAX_ERRORS 16
#define POLICY_NAME_MAX   64

struct policy_rule {
	unsigned int line;
	bool is_permit;
	bool is_group;
	bool has_id; /* WHO is id, else name */
	uint32_t id;
	int floor; /* of permit: the lowest adj */
	char name[POLICY_NAME_MAX + 1];
};

struct policy_error {
	unsigned int line;
	const char *what; /* static */
};

struct policy {
	struct policy_rule rules[POLICY_MAX_RULES];
	size_t n_rules;
	struct policy_error errors[POLICY_MAX_ERRORS];
	size_t n_errors; /* all; the first POLICY_MAX_ERRORS are listed */
};

/* 0, or -EINVAL for any error: then there are no rules, and nothing is permitted. */
int policy_parse(const char *text, size_t len, struct policy *p);

enum policy_match { POLICY_OTHER, POLICY_MATCHES, POLICY_UNKNOWN };

/* Whether a rule's WHO is the caller; POLICY_UNKNOWN: the lookup of the name failed. */
typedef enum policy_match policy_ask(void *arg, const struct policy_rule *rule);

/*
 * The last rule that matches the caller decides; NULL: none matches. An unknown name after it ends
 * the search with NULL, and *unknown is its rule: the name might be the caller's, and a caller can
 * make a lookup fail. Names before the deciding rule have no effect and are not looked up.
 */
const struct policy_rule *policy_decide(const struct policy *p, policy_ask *ask, void *arg,
					const struct policy_rule **unknown);

/* Whether a rule can name this user: not only digits, no bytes that a rule cannot contain. */
bool policy_can_name(const char *user);

/* Whether a rule permits lowering adj to value; NULL: no. */
bool policy_permits(const struct policy_rule *rule, int value);

/* Formats the rule as a line of the file, up to 127 bytes. */
void policy_format(const struct policy_rule *rule, char *text, size_t size);
