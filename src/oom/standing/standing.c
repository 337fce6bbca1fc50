/* SPDX-License-Identifier: GPL-2.0-or-later */
/* standing: the standing rules of oomctl.rules(5). */
#include "oom/standing/standing.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/text.h"
#include "oom/rules/adj.h"

/* How the value of a condition is written. */
enum value_form {
	FORM_TEXT,
	FORM_REGEX, /* blanks between parentheses or brackets are part of it */
	FORM_PATH,  /* begins with '/' */
	FORM_NAME,  /* without '/' */
};

static const struct {
	const char *name;
	enum value_form form;
} kinds[STANDING_N_KINDS] = {
	[STANDING_USER] = { "user", FORM_TEXT },
	[STANDING_NAME] = { "name", FORM_REGEX },
	[STANDING_PARENT] = { "parent", FORM_REGEX },
	[STANDING_UNIT] = { "unit", FORM_NAME },
	[STANDING_CGROUP] = { "cgroup", FORM_PATH },
	[STANDING_CONTAINER] = { "container", FORM_NAME },
	[STANDING_EXE] = { "exe", FORM_PATH },
	[STANDING_CMDLINE] = { "cmdline", FORM_REGEX },
};

static const char *const actions[] = {
	[STANDING_ADJ] = "adj",
	[STANDING_PROTECT] = "protect",
	[STANDING_NEVER] = "never",
	[STANDING_LEAVE] = "leave",
};

#define N_ACTIONS (sizeof(actions) / sizeof(actions[0]))

static const char word_children[] = "children", word_enforce[] = "enforce";

/* The line that is parsed; words end with a NUL, which replaces the blank after them. */
struct line {
	char *begin, *at, *end;
	unsigned int number;
	char *word;
	struct standing_errors *errors;
};

void standing_note(struct standing_errors *e, unsigned int line, unsigned int column,
		   const char *fmt, ...)
{
	struct standing_error *error;
	va_list args;

	if (e->n++ >= STANDING_MAX_ERRORS)
		return;
	error = &e->list[e->n - 1];
	error->line = line;
	error->column = column;
	va_start(args, fmt);
	vsnprintf(error->what, sizeof(error->what), fmt, args);
	va_end(args);
}

const char *standing_kind_name(enum standing_kind kind)
{
	return kinds[kind].name;
}

/* In characters, as editors count: not the later bytes of UTF-8. */
static unsigned int column_of(const struct line *l, const char *at)
{
	unsigned int column = 1;

	for (const char *p = l->begin; p < at; p++)
		column += ((unsigned char)*p & 0xc0) != 0x80;
	return column;
}

#define fail(l, at, ...) \
	(standing_note((l)->errors, (l)->number, column_of((l), (at)), __VA_ARGS__), false)

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Moves to the next word. false: there is none, or only a comment. */
static bool skip_blanks(struct line *l)
{
	while (l->at < l->end && is_blank(*l->at))
		l->at++;
	return l->at < l->end && *l->at != '#';
}

const char *standing_skip_brackets(const char *p, const char *end)
{
	p++;
	p += p < end && *p == '^';
	p += p < end && *p == ']';
	for (; p < end && *p != ']'; p++) {
		char kind = p[0] == '[' && p + 1 < end && strchr(":.=", p[1]) ? p[1] : '\0';

		if (!kind)
			continue;
		for (p += 2; p + 1 < end && !(p[0] == kind && p[1] == ']'); p++)
			;
		p++;
	}
	return p < end ? p : end;
}

/* The end of a regular expression without quotes. NULL: a group or bracket has no end. */
static char *skip_regex(struct line *l)
{
	char *open = NULL, *p = l->at;
	size_t depth = 0;

	for (; p < l->end && (depth || !is_blank(*p)); p++) {
		if (*p == '\\' && p + 1 < l->end) {
			p++;
		} else if (*p == '[') {
			const char *closed = standing_skip_brackets(p, l->end);

			if (closed == l->end) {
				standing_note(l->errors, l->number, column_of(l, p),
					      "there is no ']' for this '['");
				return NULL;
			}
			p += closed - p;
		} else if (*p == '(') {
			open = depth++ ? open : p;
		} else if (*p == ')' && depth) {
			depth--;
		}
	}
	if (depth) {
		standing_note(l->errors, l->number, column_of(l, open),
			      "there is no ')' for this '('");
		return NULL;
	}
	return p;
}

/* Takes the next word, which must exist. has_quotes: it may be a value in quotes. */
static bool take_word(struct line *l, bool has_quotes, bool is_regex)
{
	char quote = has_quotes && (*l->at == '"' || *l->at == '\'') ? *l->at : '\0', *end;

	l->word = l->at + (quote != '\0');
	if (quote)
		end = memchr(l->word, quote, (size_t)(l->end - l->word));
	else if (is_regex)
		end = skip_regex(l);
	else
		for (end = l->at; end < l->end && !is_blank(*end);)
			end++;
	if (quote && !end)
		return fail(l, l->at, "there is no closing %c for this quote", quote);
	if (!end)
		return false;
	if (quote && end + 1 < l->end && !is_blank(end[1]))
		return fail(l, end + 1, "a blank is missing after the closing quote");
	l->at = end < l->end ? end + 1 : end;
	*end = '\0';
	return true;
}

/* A quoted part of an error, which is short. */
#define SHOWN 40

static bool take_number(struct line *l, const char *what, int *value)
{
	int64_t number;

	if (!skip_blanks(l))
		return fail(l, l->at, "a number is missing after '%s'", what);
	if (!take_word(l, false, false))
		return false;
	if (num_parse(l->word, ADJ_NEVER, ADJ_MAX, &number))
		return fail(l, l->word, "%s must be a number from %d to %d, not '%.*s'", what,
			    ADJ_LAST, ADJ_MAX, SHOWN, l->word);
	if (number == ADJ_NEVER && strcmp(what, actions[STANDING_ADJ]) == 0)
		return fail(l, l->word, "-1000 means never killed: write 'never' instead");
	if (number == ADJ_NEVER)
		return fail(l, l->word, "%s must be at least %d", what, ADJ_LAST);
	*value = (int)number;
	return true;
}

static bool take_action(struct line *l, struct standing_rule *r)
{
	struct text_nearest near = { NULL, 0, NULL, 0 };
	size_t i = 0;

	if (!take_word(l, false, false))
		return false;
	while (i < N_ACTIONS && strcmp(l->word, actions[i]) != 0)
		i++;
	r->action = (enum standing_action)i;
	switch (r->action) {
	case STANDING_ADJ:
		return take_number(l, actions[i], &r->adj);
	case STANDING_PROTECT:
		r->adj = ADJ_LAST;
		return true;
	case STANDING_NEVER:
		r->adj = ADJ_NEVER;
		return true;
	case STANDING_LEAVE:
		return true;
	}
	near.word = l->word;
	near.len = strlen(l->word);
	for (i = 0; i < N_ACTIONS; i++)
		text_nearest_try(&near, actions[i]);
	if (near.name)
		return fail(l, l->word, "unknown action '%.*s'; did you mean '%s'?", SHOWN, l->word,
			    near.name);
	return fail(l, l->word, "a rule must begin with adj, protect, never or leave, not '%.*s'",
		    SHOWN, l->word);
}

static bool take_value(struct line *l, enum standing_kind kind, struct standing_rule *r)
{
	const char *name = kinds[kind].name;
	enum value_form form = kinds[kind].form;

	if (r->values[kind])
		return fail(l, l->word, "'%s' can be given only once in a rule", name);
	if (!skip_blanks(l))
		return fail(l, l->at, "a value is missing after '%s'", name);
	r->quotes[kind] = '\0';
	if (*l->at == '"' || *l->at == '\'')
		r->quotes[kind] = *l->at;
	if (!take_word(l, true, form == FORM_REGEX))
		return false;
	if (!*l->word)
		return fail(l, l->word, "the value of '%s' is empty", name);
	if (strlen(l->word) > STANDING_MAX_VALUE)
		return fail(l, l->word, "the value of '%s' is longer than %d bytes", name,
			    STANDING_MAX_VALUE);
	if (form == FORM_PATH && *l->word != '/')
		return fail(l, l->word, "'%.*s' does not begin with '/'", SHOWN, l->word);
	if (form == FORM_NAME && strchr(l->word, '/'))
		return fail(l, l->word, "'%.*s' is not a name: it contains '/'", SHOWN, l->word);
	if (kind == STANDING_PARENT && !l->word[strspn(l->word, "0123456789")])
		return fail(l, l->word, "'parent' takes a name, not a PID; process 1 is 'init'");
	r->values[kind] = l->word;
	r->order[r->n_order++] = (uint8_t)kind;
	r->columns[kind] = column_of(l, l->word);
	return true;
}

/* A condition or a modifier. */
static bool take_clause(struct line *l, struct standing_rule *r)
{
	struct text_nearest near = { NULL, 0, NULL, 0 };
	size_t i = 0;

	if (!take_word(l, false, false))
		return false;
	while (i < STANDING_N_KINDS && strcmp(l->word, kinds[i].name) != 0)
		i++;
	if (i < STANDING_N_KINDS)
		return take_value(l, (enum standing_kind)i, r);
	if (strcmp(l->word, word_children) == 0) {
		if (r->has_children)
			return fail(l, l->word, "'children' can be given only once in a rule");
		r->has_children = true;
		r->order[r->n_order++] = STANDING_CHILDREN;
		return take_number(l, word_children, &r->children);
	}
	if (strcmp(l->word, word_enforce) == 0) {
		if (r->action == STANDING_LEAVE)
			return fail(l, l->word, "'leave' has no value that could be enforced");
		if (r->is_enforced)
			return fail(l, l->word, "'enforce' can be given only once in a rule");
		r->is_enforced = true;
		r->order[r->n_order++] = STANDING_ENFORCE;
		return true;
	}
	near.word = l->word;
	near.len = strlen(l->word);
	for (i = 0; i < STANDING_N_KINDS; i++)
		text_nearest_try(&near, kinds[i].name);
	text_nearest_try(&near, word_children);
	text_nearest_try(&near, word_enforce);
	return fail(l, l->word, "unknown condition '%.*s'%s%s%s", SHOWN, l->word,
		    near.name ? "; did you mean '" : "", near.name ? near.name : "",
		    near.name ? "'?" : "");
}

/* Bytes that no line may contain. */
static bool check_bytes(struct line *l)
{
	if (l->end - l->begin > STANDING_MAX_LINE)
		return fail(l, l->begin, "the line is longer than %d bytes", STANDING_MAX_LINE);
	for (const char *p = l->begin; p < l->end; p++) {
		if (*p == '\r')
			return fail(l, p, "carriage return: lines must end with a newline only");
		if (((unsigned char)*p < ' ' && *p != '\t') || *p == 0x7f)
			return fail(l, p, "control character");
	}
	return true;
}

/* Whether the line is a rule; false also after an error. */
static bool parse_line(struct line *l, struct standing_rule *r)
{
	bool has_condition = false;
	const char *begin;

	*r = (struct standing_rule){ .line = l->number };
	if (!check_bytes(l) || !skip_blanks(l))
		return false;
	begin = l->at;
	if (!take_action(l, r))
		return false;
	while (skip_blanks(l))
		if (!take_clause(l, r))
			return false;
	for (size_t i = 0; i < STANDING_N_KINDS; i++)
		has_condition |= r->values[i] != NULL;
	if (!has_condition)
		return fail(l, begin, "the rule has no condition; 'name .' matches all processes");
	return true;
}

int standing_parse(char *text, size_t len, struct standing_rule *rules, size_t room, size_t *n,
		   struct standing_errors *e)
{
	struct line l = { .errors = e, .end = text };
	size_t n_before = e->n;
	struct standing_rule r;

	*n = 0;
	if (len > STANDING_MAX_BYTES) {
		standing_note(e, 0, 0, "longer than %d bytes", STANDING_MAX_BYTES);
		return -EINVAL;
	}
	for (char *at = text; at < text + len; at = l.end + 1) {
		char *newline = memchr(at, '\n', (size_t)(text + len - at));

		l.begin = l.at = at;
		l.end = newline ? newline : text + len;
		l.number++;
		if (!parse_line(&l, &r))
			continue;
		if (*n == room) {
			standing_note(e, l.number, 1, "more than %d rules in all files",
				      STANDING_MAX_RULES);
			break;
		}
		rules[(*n)++] = r;
	}
	if (e->n == n_before)
		return 0;
	*n = 0;
	return -EINVAL;
}

__attribute__((format(printf, 4, 5))) static size_t add(char *text, size_t size, size_t at,
							const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(text + at, size - at, fmt, args);
	va_end(args);
	return n < 0 || (size_t)n >= size - at ? size - 1 : at + (size_t)n;
}

unsigned int standing_cgroup_column(const struct standing_rule *rule)
{
	const enum standing_kind of_cgroups[] = { STANDING_UNIT, STANDING_CGROUP,
						  STANDING_CONTAINER };
	unsigned int column = 0;

	for (size_t i = 0; i < sizeof(of_cgroups) / sizeof(of_cgroups[0]) && !column; i++)
		column = rule->columns[of_cgroups[i]];
	return column;
}

size_t standing_format(const struct standing_rule *rule, char *text, size_t size)
{
	size_t at = add(text, size, 0, "%s", actions[rule->action]);

	if (rule->action == STANDING_ADJ)
		at = add(text, size, at, " %d", rule->adj);
	for (size_t i = 0; i < rule->n_order; i++) {
		unsigned int part = rule->order[i];

		if (part == STANDING_CHILDREN) {
			at = add(text, size, at, " %s %d", word_children, rule->children);
		} else if (part == STANDING_ENFORCE) {
			at = add(text, size, at, " %s", word_enforce);
		} else {
			const char quote[] = { rule->quotes[part], '\0' };

			at = add(text, size, at, " %s %s%s%s", kinds[part].name, quote,
				 rule->values[part], quote);
		}
	}
	return at;
}

bool standing_has_value(const struct standing_rule *rule, bool is_child)
{
	return is_child ? rule->has_children : rule->action != STANDING_LEAVE;
}

int standing_value(const struct standing_rule *rule, bool is_child, int current)
{
	if (is_child)
		return rule->children;
	/* As the command, it never makes a process easier to kill. */
	return rule->action == STANDING_PROTECT && current < rule->adj ? current : rule->adj;
}

enum standing_plan standing_plan(int wanted, int current, const int *last, bool enforces)
{
	if (current == wanted)
		return STANDING_KEEP;
	return last && *last != current && !enforces ? STANDING_RESPECT : STANDING_WRITE;
}
