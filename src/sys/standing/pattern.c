/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pattern: regular expressions and globs that are compared with many processes. */
#include "sys/standing/pattern.h"

#include <errno.h>
#include <string.h>

static const char specials[] = "\\.[()*+?{^$|";

/* Plain texts, separated by '|' if there are several: none is empty. */
static bool is_list(const char *text, size_t len)
{
	char before = '|';

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '|' ? before == '|' : strchr(specials, text[i]) != NULL)
			return false;
		before = text[i];
	}
	return before != '|';
}

/* Such as TEXT, A|B, ^TEXT$ and ^(A|B)$. */
static bool take_plain(struct pattern *p, const char *text)
{
	size_t len = strlen(text);
	bool is_group;

	p->at_start = *text == '^';
	text += p->at_start;
	len -= p->at_start;
	p->at_end = len && text[len - 1] == '$';
	len -= p->at_end;
	is_group = len > 2 && text[0] == '(' && text[len - 1] == ')';
	p->list = text + is_group;
	p->len = len - (is_group ? 2 : 0);
	if (!is_list(p->list, p->len))
		return false;
	/* ^A|B$ anchors only one side of each. */
	return is_group || (!p->at_start && !p->at_end) || !memchr(p->list, '|', p->len);
}

/* The bytes that follow '^' in each match; the last one can be optional. */
static void take_prefix(struct pattern *p, const char *text)
{
	p->list = text + 1;
	p->len = 0;
	if (*text != '^' || strchr(text, '|'))
		return;
	p->len = strcspn(p->list, specials);
	if (p->len && p->list[p->len] && strchr("*+?{", p->list[p->len])) {
		/* All bytes of the character. */
		while (p->len > 1 && ((unsigned char)p->list[p->len - 1] & 0xc0) == 0x80)
			p->len--;
		p->len--;
	}
}

int pattern_compile(struct pattern *p, const char *text, size_t *size, char why[FIND_PATTERN_MAX])
{
	regex_t checked;
	int err;

	*size = 0;
	p->re.compiled = NULL;
	p->is_plain = *text && take_plain(p, text);
	if (p->is_plain)
		return 0;
	take_prefix(p, text);
	/* What the selectors accept, and no more. */
	err = find_compile(&checked, text, why);
	if (err)
		return err;
	regfree(&checked);
	err = ere_compile(&p->re, text, why);
	*size = err ? 0 : find_pattern_size(text);
	return err == -ELIBACC ? -EINVAL : err;
}

static bool fits_plain(const struct pattern *p, const char *text, size_t n, const char *word,
		       size_t len)
{
	if (len > n || ((p->at_start && p->at_end) && len != n))
		return false;
	if (p->at_start)
		return memcmp(text, word, len) == 0;
	if (p->at_end)
		return memcmp(text + n - len, word, len) == 0;
	return memmem(text, n, word, len) != NULL;
}

int pattern_fits(const struct pattern *p, const char *text, bool is_cut)
{
	const char *word = p->list, *end = p->list + p->len;
	size_t n;

	if (!p->is_plain)
		return strncmp(text, p->list, p->len) == 0 ? ere_matches(&p->re, text, is_cut) : 0;
	if (is_cut && p->at_end)
		return 0;
	/* Most have one word and begin with another byte. */
	if (p->at_start && *word != *text && !memchr(word, '|', p->len))
		return 0;
	n = strlen(text);
	while (word < end) {
		const char *bar = memchr(word, '|', (size_t)(end - word));
		const char *stop = bar ? bar : end;

		if (fits_plain(p, text, n, word, (size_t)(stop - word)))
			return 1;
		word = stop + 1;
	}
	return 0;
}

void pattern_free(struct pattern *p)
{
	ere_free(&p->re);
}

size_t pattern_glob_prefix(const char *glob, bool *is_plain)
{
	size_t len = strcspn(glob, FIND_GLOB_CHARACTERS);

	*is_plain = !glob[len];
	return len;
}
