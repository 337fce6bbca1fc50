/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ere: extended regular expressions, by PCRE2, which is loaded when it is needed. */
#include "sys/standing/ere.h"

#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/text.h"
#include "oom/standing/standing.h"

/* Ways through a pattern that are followed at once; the time for a byte is at most their square. */
#define WAYS 64

/* Of PCRE2: for all ways at this byte and at the next, three numbers each; and some of its own. */
#define TABLE_SIZE (2 * 3 * WAYS + 32)

static struct {
	__typeof__(&pcre2_compile) compile;
	__typeof__(&pcre2_dfa_match) match;
	__typeof__(&pcre2_code_free) end;
	__typeof__(&pcre2_get_error_message) explain;
	__typeof__(&pcre2_general_context_create) make_context;
	__typeof__(&pcre2_match_data_create) make_data;
} pcre2;

static int load(char why[ERE_WHY])
{
	void *library = pcre2.compile ? NULL : dlopen("libpcre2-8.so.0", RTLD_NOW | RTLD_LOCAL);

	if (library) {
		*(void **)&pcre2.match = dlsym(library, "pcre2_dfa_match_8");
		*(void **)&pcre2.end = dlsym(library, "pcre2_code_free_8");
		*(void **)&pcre2.explain = dlsym(library, "pcre2_get_error_message_8");
		*(void **)&pcre2.make_context = dlsym(library, "pcre2_general_context_create_8");
		*(void **)&pcre2.make_data = dlsym(library, "pcre2_match_data_create_8");
		if (pcre2.match && pcre2.end && pcre2.explain && pcre2.make_context &&
		    pcre2.make_data)
			*(void **)&pcre2.compile = dlsym(library, "pcre2_compile_8");
	}
	if (pcre2.compile)
		return 0;
	snprintf(why, ERE_WHY, "a pattern that is not plain text needs PCRE2: %.160s", dlerror());
	return -ELIBACC;
}

/* What the pattern is translated to, while it is read. */
struct translation {
	const char *at, *end;
	char text[2048];
	size_t len;
	size_t atom; /* where the character or bracket expression before this begins; 0: none */
};

/* A pattern has up to 256 bytes; each becomes at most five. */
static void put(struct translation *t, const char *text, size_t len)
{
	if (t->len + len < sizeof(t->text)) {
		memcpy(t->text + t->len, text, len);
		t->len += len;
		t->text[t->len] = '\0';
	}
}

/* In POSIX a backslash between brackets is one of the characters. */
static void put_brackets(struct translation *t)
{
	const char *close = standing_skip_brackets(t->at, t->end);

	for (; t->at < close; t->at++)
		put(t, *t->at == '\\' ? "\\\\" : t->at, *t->at == '\\' ? 2 : 1);
}

/* {N}, {N,} or {N,M}. is_open: {N,}. */
static bool is_bound(const char *p, bool *is_open)
{
	size_t digits = strspn(++p, "0123456789");

	p += digits;
	*is_open = p[0] == ',' && p[1] == '}';
	p += *p == ',' ? 1 + strspn(p + 1, "0123456789") : 0;
	return digits && *p == '}';
}

/*
 * Makes a group of the atom. PCRE2 counts repetitions of one character, and each number would be a
 * way of its own; those of a group it does not.
 */
static void make_group(struct translation *t)
{
	size_t len = t->len - t->atom;
	char atom[sizeof(t->text)];

	if (!t->atom)
		return;
	memcpy(atom, t->text + t->atom, len);
	t->len = t->atom;
	put(t, "(?:", 3);
	put(t, atom, len);
	put(t, ")", 1);
}

/* A repetition, at t->at. false: it is not valid. */
static bool put_repetition(struct translation *t)
{
	bool is_open = *t->at == '+';

	if (*t->at == '{' && !is_bound(t->at, &is_open))
		return false;
	if (is_open)
		make_group(t);
	if (*t->at == '{')
		while (*t->at != '}')
			put(t, t->at++, 1);
	put(t, t->at, 1);
	return true;
}

/* One character, all of its bytes; or an escape, or a bracket expression. */
static void put_atom(struct translation *t)
{
	t->atom = t->len;
	if (*t->at == '\\')
		put(t, t->at++, 1);
	else if (*t->at == '[')
		put_brackets(t);
	put(t, t->at, 1);
	while (text_is_utf8() && ((unsigned char)t->at[1] & 0xc0) == 0x80)
		put(t, ++t->at, 1);
}

/* \w is a letter, a digit or '_' in every implementation, \s a blank; others differ. */
static bool is_escape(char c)
{
	if (isalnum((unsigned char)c))
		return strchr("wWsS", c) != NULL;
	return !strchr("<>`'", c);
}

/* NULL, or what of the pattern POSIX leaves undefined, so that implementations differ. */
static const char *translate(struct translation *t)
{
	bool is_repeated = false;
	size_t depth = 0;

	for (; t->at < t->end; t->at++) {
		bool is_repetition = strchr("*+?{", *t->at) != NULL;

		if (is_repetition && is_repeated)
			return "a repetition of a repetition needs parentheses";
		is_repeated = is_repetition;
		if (*t->at == ')' && depth-- == 0)
			return "there is no '(' for a ')', which can be written \\)";
		depth += *t->at == '(';
		if (*t->at == '\\' && !is_escape(t->at[1]))
			return "a backslash must precede a special character, or w, W, s or S";
		if (is_repetition) {
			if (!put_repetition(t))
				return "'{' must be written \\{, or begin {N}, {N,} or {N,M}";
		} else if (strchr("()|^$", *t->at)) {
			t->atom = 0;
			put(t, t->at, 1);
		} else {
			put_atom(t);
		}
	}
	return NULL;
}

int ere_compile(struct ere *e, const char *pattern, char why[ERE_WHY])
{
	uint32_t flags = PCRE2_ANCHORED | PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY |
			 PCRE2_NO_AUTO_CAPTURE | (text_is_utf8() ? PCRE2_UTF | PCRE2_UCP : 0);
	struct translation t = { pattern, pattern + strlen(pattern), "", 0, 0 };
	const char *fault;
	PCRE2_SIZE at;
	int err;

	e->compiled = NULL;
	/* All places where a match can begin are followed at once, not in turn. */
	put(&t, ".*(?:", 5);
	fault = translate(&t);
	put(&t, ")", 1);
	if (fault) {
		snprintf(why, ERE_WHY, "%s", fault);
		return -EINVAL;
	}
	err = load(why);
	if (err)
		return err;
	e->compiled = pcre2.compile((PCRE2_SPTR)t.text, t.len, flags, &err, &at, NULL);
	if (e->compiled)
		return 0;
	pcre2.explain(err, (PCRE2_UCHAR *)why, ERE_WHY);
	return err == PCRE2_ERROR_HEAP_FAILED ? -ENOMEM : -EINVAL;
}

/* PCRE2 refuses a text with such bytes: a process must not hide so. */
static void replace_invalid(char *text, size_t len)
{
	uint32_t code;

	for (size_t at = 0, n; at < len; at += n) {
		n = (unsigned char)text[at] < 0x80 ? 1 : text_decode(text + at, len - at, &code);
		if (!n) {
			text[at] = '\1';
			n = 1;
		}
	}
}

/* Memory on the stack for what PCRE2 wants to allocate: two small structures. */
struct ere_memory {
	_Alignas(max_align_t) char bytes[1024];
	size_t used;
};

static void *take(size_t size, void *memory)
{
	struct ere_memory *m = memory;
	size_t at = (m->used + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);

	if (size > sizeof(m->bytes) - at)
		return NULL;
	m->used = at + size;
	return m->bytes + at;
}

static void give(void *memory, void *arg)
{
	(void)memory;
	(void)arg;
}

int ere_matches(const struct ere *e, const char *text, bool is_cut)
{
	uint32_t flags = PCRE2_DFA_SHORTEST;
	size_t len = strnlen(text, ERE_TEXT);
	pcre2_general_context *context;
	pcre2_match_data *data = NULL;
	char copy[ERE_TEXT + 1];
	struct ere_memory m;
	int table[TABLE_SIZE], result;

	memcpy(copy, text, len);
	if (text_is_utf8())
		replace_invalid(copy, len);
	m.used = 0;
	context = pcre2.make_context(take, give, &m);
	if (context)
		data = pcre2.make_data(1, context);
	if (!data)
		return -ENOMEM;
	if (is_cut || text[len])
		flags |= PCRE2_NOTEOL;
	result = pcre2.match(e->compiled, (PCRE2_SPTR)copy, len, 0, flags, data, NULL, table,
			     TABLE_SIZE);
	if (result == PCRE2_ERROR_NOMATCH)
		return 0;
	return result < 0 ? -E2BIG : 1;
}

void ere_free(struct ere *e)
{
	if (e->compiled)
		pcre2.end(e->compiled);
	e->compiled = NULL;
}
