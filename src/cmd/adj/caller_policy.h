/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * caller_policy: what the policy says of the caller, and in words why, and which line would allow
 * more.
 */
#pragma once

#include "sys/priv/policy_file.h"

struct caller_policy {
	/* 0: the policy was read. -ENOENT: there is none. -EPERM: it does not count, because of */
	int err;
	const char *why; /* this. -EINVAL: it has mistakes. Others: it can't be read */
	struct policy policy;
	const struct policy_rule *rule;    /* the one that decides; NULL: none */
	const struct policy_rule *unknown; /* the one whose name is unknown, so that none decides */
	int unknown_err;
	/* The caller's name, or the uid where no line can name the caller so. */
	char user[POLICY_NAME_MAX + 1];
};

/* Reads the policy and finds the caller's rule. Whatever fails permits nothing. */
void caller_policy_read(struct caller_policy *v);

bool caller_policy_permits(const struct caller_policy *v, int value);

/* Says that the number of a rule's name is unknown: err as policy_file_find_id() gave it. */
void caller_policy_say_unknown(const struct policy_rule *rule, int err, char *text, size_t size);

/* Why nothing, or no more than it does, is permitted: one line without a stop. */
void caller_policy_explain(const struct caller_policy *v, char *text, size_t size);

/* What to ask the administrator for, that value be permitted: "for a last line '...'". */
#define CALLER_POLICY_PROPOSAL (POLICY_NAME_MAX + 96)

void caller_policy_propose(const struct caller_policy *v, int value, char *text, size_t size);
