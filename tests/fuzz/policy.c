/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzes the policy: a file with a mistake has no rule, and each rule that is printed and parsed
 * again is unchanged.
 */
#include "fuzz.h"

#include "oom/policy.h"

struct asker {
	const uint8_t *answers;
	size_t n, at;
};

static enum policy_match ask(void *arg, const struct policy_rule *rule)
{
	struct asker *a = arg;

	fuzz_check(strlen(rule->name) <= POLICY_NAME_MAX);
	return a->n ? (enum policy_match)(a->answers[a->at++ % a->n] % 3) : POLICY_MATCHES;
}

static void check_rule(const struct policy_rule *r)
{
	static struct policy again;
	char text[128];

	fuzz_check(r->floor >= -1000 && r->floor <= 1000 && r->name[0]);
	policy_format(r, text, sizeof(text));
	fuzz_check(policy_parse(text, strlen(text), &again) == 0 && again.n_rules == 1);
	fuzz_check(again.rules[0].is_permit == r->is_permit &&
		   again.rules[0].is_group == r->is_group && again.rules[0].has_id == r->has_id &&
		   again.rules[0].id == r->id && again.rules[0].floor == r->floor &&
		   strcmp(again.rules[0].name, r->name) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct policy p;
	struct asker asker = { data, size, 0 };
	const struct policy_rule *decides, *unknown;
	char *text = malloc(size ? size : 1);
	int err;

	fuzz_check(text != NULL);
	if (size)
		memcpy(text, data, size);
	err = policy_parse(text, size, &p);
	fuzz_check((err == 0) == (p.n_errors == 0));
	fuzz_check(err == 0 || p.n_rules == 0);
	for (size_t i = 0; i < p.n_rules; i++)
		check_rule(&p.rules[i]);
	decides = policy_decide(&p, ask, &asker, &unknown);
	fuzz_check(!decides || !unknown);
	fuzz_check(!decides || (decides >= p.rules && decides < p.rules + p.n_rules));
	fuzz_check(!policy_permits(decides, -1001));
	free(text);
	return 0;
}
