/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the standing rules: a file with a mistake has no rule, and each rule is read again as it is shown. */
#include "fuzz.h"

#include "oom/standing/standing.h"
#include "sys/standing/match.h"

static void check_rule(const struct standing_rule *r)
{
	static char text[STANDING_TEXT_MAX + 1], again[STANDING_TEXT_MAX];
	static struct standing_errors errors;
	struct standing_rule read;
	size_t n, len, size = 0;
	bool has_condition = false, has_both = false;
	struct match_rule m;

	fuzz_check(r->adj >= -1000 && r->adj <= 1000);
	fuzz_check(!r->has_children || (r->children >= -999 && r->children <= 1000));
	for (size_t i = 0; i < STANDING_N_KINDS; i++) {
		const char *value = r->values[i];

		has_condition |= value != NULL;
		fuzz_check(!value || (*value && strlen(value) <= STANDING_MAX_VALUE));
		/* What was written without quotes can contain both, and is not shown as one word. */
		has_both |= value && strchr(value, '"') && strchr(value, '\'');
	}
	fuzz_check(has_condition);
	len = standing_format(r, text, sizeof(text) - 1);
	fuzz_check(len == strlen(text));
	if (!has_both) {
		errors.n = 0;
		fuzz_check(standing_parse(text, len, &read, 1, &n, &errors) == 0 && n == 1);
		fuzz_check(read.action == r->action && read.adj == r->adj &&
			   read.has_children == r->has_children && read.children == r->children &&
			   read.is_enforced == r->is_enforced);
		for (size_t i = 0; i < STANDING_N_KINDS; i++)
			fuzz_check(!r->values[i] == !read.values[i] &&
				   (!r->values[i] || strcmp(r->values[i], read.values[i]) == 0));
		standing_format(&read, again, sizeof(again));
	}
	errors.n = 0;
	read = *r;
	/* No lookup of users. */
	read.values[STANDING_USER] = NULL;
	if (match_compile(&read, &m, &size, &errors) == 0) {
		fuzz_check(!errors.n && size <= MATCH_SIZE_MAX);
		match_free(&m);
	} else {
		fuzz_check(errors.n > 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct standing_rule rules[64];
	static struct standing_errors errors;
	char *text = malloc(size + 1);
	size_t n;
	int err;

	fuzz_check(text != NULL);
	if (size)
		memcpy(text, data, size);
	errors.n = 0;
	err = standing_parse(text, size, rules, sizeof(rules) / sizeof(rules[0]), &n, &errors);
	fuzz_check((err == 0) == (errors.n == 0));
	fuzz_check(err == 0 || n == 0);
	for (size_t i = 0; i < errors.n && i < STANDING_MAX_ERRORS; i++)
		fuzz_check(strlen(errors.list[i].what) < sizeof(errors.list[i].what) &&
			   errors.list[i].what[0]);
	for (size_t i = 0; i < n; i++)
		check_rule(&rules[i]);
	free(text);
	return 0;
}
