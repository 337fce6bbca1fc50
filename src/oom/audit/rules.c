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

static bool has_same_conditions(const struct standing_rule *a, const struct standing_rule *b)
{
	for (size_t i = 0; i < STANDING_N_KINDS; i++)
		if (!a->values[i] != !b->values[i] ||
		    (a->values[i] && strcmp(a->values[i], b->values[i]) != 0))
			return false;
	return true;
}

static bool has_same_effect(const struct standing_rule *a, const struct standing_rule *b)
{
	return a->action == b->action && (a->action == STANDING_LEAVE || a->adj == b->adj) &&
	       a->has_children == b->has_children &&
	       (!a->has_children || a->children == b->children);
}

/*
 * Only rules with the same conditions contradict each other: a later rule for some of the processes
 * of an earlier one is an exception. The last one decides.
 */
int audit_check_rule_contradiction(const struct audit_facts *f, struct audit_findings *found)
{
	for (size_t i = 0; i < f->n_rules; i++) {
		const struct standing_rule *rule = f->rules[i].rule;
		size_t last = f->n_rules - 1;
		struct audit_finding *new;

		while (last > i && !has_same_conditions(rule, f->rules[last].rule))
			last--;
		if (last == i || has_same_effect(rule, f->rules[last].rule))
			continue;
		new = audit_add(found, AUDIT_RULE_CONTRADICTION);
		if (!new)
			return -ENOMEM;
		new->rule = i;
		new->other = last;
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
