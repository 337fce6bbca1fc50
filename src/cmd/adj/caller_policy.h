/* SPDX-License-Identifier: GPL-2.0-or-later */
/* caller_policy: what the policy permits the caller, why, and which line would permit more. */
#pragma once

#include "sys/priv/policy_file.h"

struct caller_policy {
	/*
	 * 0: the policy was read. -ENOENT: there is none. -EPERM: it is ignored, why says so.
	 * -EINVAL: it has mistakes. Others: it can't be read.
	 */
	int err;
	const char *why;
	struct policy policy;
	const struct policy_rule *rule;    /* the one that decides; NULL: none */
	const struct policy_rule *unknown; /* the one whose name is unknown: then none decides */
	int unknown_err;
	/* The caller's name, or the uid where no line can name the caller so. */
	char user[POLICY_NAME_MAX + 1];
};

/* Reads the policy and finds the caller's rule. Whatever fails permits nothing. */
void caller_policy_read(struct caller_policy *v);

bool caller_policy_permits(const struct caller_policy *v, int value);

/* Why a rule's name has no number; err as policy_file_find_id() returned it. */
void caller_policy_say_unknown(const struct policy_rule *rule, int err, char *text, size_t size);

/* Why nothing, or not more, is permitted: one line without a full stop. */
void caller_policy_explain(const struct caller_policy *v, char *text, size_t size);

/* What to ask the administrator for, so that value is permitted: "for a last line '...'". */
#define CALLER_POLICY_PROPOSAL (POLICY_NAME_MAX + 96)

void caller_policy_propose(const struct caller_policy *v, int value, char *text, size_t size);
