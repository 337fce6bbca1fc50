/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks of the standing rules. */
#include <errno.h>
#include <string.h>

#include "oom/audit/internal.h"

int audit_check_rule_error(const struct audit_facts *f, struct audit_findings *found)
{
	for (size_t i = 0; i < f->n_problems; i++) {
		struct audit_finding *new = audit_add(found, AUDIT_RULE_ERROR);

		if (!new)
			return -ENOMEM;
		new->problem = i;
	}
	return 0;
}

/* Hidden processes may match; a program may run later, so this is only a hint. */
int audit_check_rule_unmatched(const struct audit_facts *f, struct audit_findings *found)
{
	for (size_t i = 0; !f->n_unseen && i < f->n_rules; i++) {
		struct audit_finding *new;

		if (f->rules[i].n_matches || f->rules[i].n_unknown)
			continue;
		new = audit_add(found, AUDIT_RULE_UNMATCHED);
		if (!new)
			return -ENOMEM;
		new->rule = i;
	}
	return 0;
}

/* Whether one condition of both is the same; of users, by number. */
static bool has_same(const struct audit_rule *a, const struct audit_rule *b, size_t kind)
{
	if (kind == STANDING_USER && a->has_uid && b->has_uid)
		return a->uid == b->uid;
	return strcmp(a->rule->values[kind], b->rule->values[kind]) == 0;
}

/*
 * Whether rule a matches all processes that b matches, as far as the conditions show: b has all
 * conditions of a. *is_wider: and more.
 */
static bool covers(const struct audit_rule *a, const struct audit_rule *b, bool *is_wider)
{
	*is_wider = false;
	for (size_t i = 0; i < STANDING_N_KINDS; i++) {
		if (a->rule->values[i] && (!b->rule->values[i] || !has_same(a, b, i)))
			return false;
		*is_wider |= !a->rule->values[i] && b->rule->values[i];
	}
	return true;
}

static bool has_same_effect(const struct standing_rule *a, const struct standing_rule *b)
{
	return a->action == b->action && (a->action == STANDING_LEAVE || a->adj == b->adj) &&
	       a->has_children == b->has_children &&
	       (!a->has_children || a->children == b->children);
}

/*
 * The last matching rule decides. A later rule for some of the processes of an earlier one is an
 * exception; one for all of them makes the earlier one useless.
 */
int audit_check_rule_contradiction(const struct audit_facts *f, struct audit_findings *found)
{
	for (size_t i = 0; i < f->n_rules; i++) {
		const struct audit_rule *rule = &f->rules[i];
		size_t last = f->n_rules - 1;
		struct audit_finding *new;
		bool is_wider = false;

		while (last > i && !covers(&f->rules[last], rule, &is_wider))
			last--;
		if (last == i || has_same_effect(rule->rule, f->rules[last].rule))
			continue;
		new = audit_add(found, AUDIT_RULE_CONTRADICTION);
		if (!new)
			return -ENOMEM;
		new->rule = i;
		new->other = last;
		new->is_wider = is_wider;
	}
	return 0;
}

int audit_check_rule_effect(const struct audit_facts *f, struct audit_findings *found)
{
	for (size_t i = 0; i < f->n_rules; i++) {
		struct audit_finding *new;

		if (!f->rules[i].n_differ && !f->rules[i].n_changed)
			continue;
		new = audit_add(found, AUDIT_RULE_EFFECT);
		if (!new)
			return -ENOMEM;
		new->rule = i;
		new->n = f->rules[i].n_differ;
	}
	return 0;
}
