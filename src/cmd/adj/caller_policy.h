/* SPDX-License-Identifier: GPL-2.0-or-later */
/* caller_policy: what the policy permits the caller, why, and which rule would permit more. */
#pragma once

#include "sys/priv/policy_file.h"

struct caller_policy {
	/*
	 * 0: the policy was read. -ENOENT: it does not exist. -EPERM: it is ignored; why is the
	 * reason. -EINVAL: it has errors. Others: it cannot be read.
	 */
	int err;
	const char *why;
	struct policy policy;
	const struct policy_rule *rule;    /* decides; NULL: none */
	const struct policy_rule *unknown; /* its name is unknown, so no rule decides */
	int unknown_err;
	/* The caller's name, or the uid if no rule can contain the name. */
	char user[POLICY_NAME_MAX + 1];
};

/* Reads the policy and finds the caller's rule. Every failure permits nothing. */
void caller_policy_read(struct caller_policy *v);

bool caller_policy_permits(const struct caller_policy *v, int value);

/* Why a rule's name has no ID; err: from policy_file_find_id(). */
void caller_policy_say_unknown(const struct policy_rule *rule, int err, char *text, size_t size);

/* Why nothing, or not more, is permitted: one line without a period. */
void caller_policy_explain(const struct caller_policy *v, char *text, size_t size);

/* What the administrator can do to permit value: "to append '...'". */
#define CALLER_POLICY_PROPOSAL (POLICY_NAME_MAX + 96)

void caller_policy_propose(const struct caller_policy *v, int value, char *text, size_t size);
