/* SPDX-License-Identifier: GPL-2.0-or-later */
/* policy: which users are allowed to lower adj, and how far. */
#include "oom/policy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "oom/rules/adj.h"

#define MAX_WORDS 5 /* one more than a rule has */

static void note_error(struct policy *p, unsigned int line, const char *what)
{
	if (p->n_errors < POLICY_MAX_ERRORS)
		p->errors[p->n_errors] = (struct policy_error){ line, what };
	p->n_errors++;
}

/* NULL, or the error in the bytes of a line. */
static const char *check_bytes(const char *line, size_t len)
{
	if (len > POLICY_MAX_LINE)
		return "the line is longer than 255 bytes";
	for (size_t i = 0; i < len; i++) {
		if (line[i] == '\0')
			return "NUL byte";
		if (line[i] == '\r')
			return "carriage return: lines must end with a newline only";
		if ((unsigned char)line[i] < ' ' && line[i] != '\t')
			return "control character";
	}
	return NULL;
}

static const char *parse_who(const char *word, struct policy_rule *r)
{
	int64_t id;

	r->is_group = *word == '@';
	word += r->is_group;
	if (!*word)
		return "no group name after '@'";
	if (strlen(word) > POLICY_NAME_MAX)
		return "the name is longer than 64 bytes";
	/* An ID is not looked up: a server that is down must not change the meaning of a rule. */
	if (word[strspn(word, "0123456789")] == '\0') {
		/* The highest number is not an ID (setresuid(2)). */
		if (num_parse(word, 0, 0xfffffffe, &id))
			return "ID out of range";
		r->has_id = true;
		r->id = (uint32_t)id;
	}
	memcpy(r->name, word, strlen(word) + 1);
	return NULL;
}

bool policy_can_name(const char *user)
{
	struct policy_rule r = { 0 };

	if (check_bytes(user, strlen(user)) || user[strcspn(user, " \t")] || *user == '#')
		return false;
	return !parse_who(user, &r) && !r.is_group && !r.has_id;
}

static const char *parse_rule(char *words[MAX_WORDS], size_t n, struct policy_rule *r)
{
	int64_t floor;

	r->is_permit = strcmp(words[0], "permit") == 0;
	if (!r->is_permit && strcmp(words[0], "deny") != 0)
		return "a rule must begin with 'permit' or 'deny'";
	if (!r->is_permit)
		return n == 2 ? parse_who(words[1], r) : "a deny rule must be: deny WHO";
	if (n != 4 || strcmp(words[2], "floor") != 0)
		return "a permit rule must be: permit WHO floor ADJ";
	if (num_parse(words[3], ADJ_NEVER, ADJ_MAX, &floor))
		return "the floor must be a number from -1000 to 1000";
	r->floor = (int)floor;
	return parse_who(words[1], r);
}

static void parse_line(struct policy *p, unsigned int number, const char *line, size_t len)
{
	const char *wrong = check_bytes(line, len);
	struct policy_rule rule = { .line = number };
	char buf[POLICY_MAX_LINE + 1], *words[MAX_WORDS], *rest = buf;
	size_t n = 0;

	if (!wrong) {
		memcpy(buf, line, len);
		buf[len] = '\0';
		/* Words above MAX_WORDS are not counted. */
		while (n < MAX_WORDS && (words[n] = strtok_r(rest, " \t", &rest)) &&
		       *words[n] != '#')
			n++;
		if (n == 0)
			return;
		wrong = parse_rule(words, n, &rule);
	}
	if (!wrong && p->n_rules == POLICY_MAX_RULES)
		wrong = "more than 256 rules";
	if (wrong)
		note_error(p, number, wrong);
	else
		p->rules[p->n_rules++] = rule;
}

int policy_parse(const char *text, size_t len, struct policy *p)
{
	const char *end = text + len;
	unsigned int number = 0;

	memset(p, 0, sizeof(*p));
	if (len > POLICY_MAX_BYTES) {
		note_error(p, 0, "longer than 65536 bytes");
		return -EINVAL;
	}
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *stop = newline ? newline : end;

		parse_line(p, ++number, text, (size_t)(stop - text));
		text = stop + 1;
	}
	if (!p->n_errors)
		return 0;
	/* The invalid line might be a deny rule. */
	p->n_rules = 0;
	return -EINVAL;
}

const struct policy_rule *policy_decide(const struct policy *p, policy_ask *ask, void *arg,
					const struct policy_rule **unknown)
{
	*unknown = NULL;
	for (size_t i = p->n_rules; i-- > 0;) {
		const struct policy_rule *r = &p->rules[i];
		enum policy_match match = ask(arg, r);

		if (match == POLICY_MATCHES)
			return r;
		if (match != POLICY_OTHER) {
			*unknown = r;
			return NULL;
		}
	}
	return NULL;
}

bool policy_permits(const struct policy_rule *rule, int value)
{
	return rule && rule->is_permit && value >= rule->floor;
}

void policy_format(const struct policy_rule *rule, char *text, size_t size)
{
	const char *at = rule->is_group ? "@" : "";

	if (rule->is_permit)
		snprintf(text, size, "permit %s%s floor %d", at, rule->name, rule->floor);
	else
		snprintf(text, size, "deny %s%s", at, rule->name);
}
