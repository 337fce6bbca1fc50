/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cursor: the small steps by which a line is taken apart. */
#include "oom/logline/internal.h"

#include <string.h>

bool cursor_starts(const struct logline *l, const char *what)
{
	size_t n = strlen(what);

	return l->len >= n && memcmp(l->text, what, n) == 0;
}

void cursor_skip(struct logline *l, size_t n)
{
	l->text += n;
	l->len -= n;
}

void cursor_skip_blanks(struct logline *l)
{
	while (l->len && (*l->text == ' ' || *l->text == '\t'))
		cursor_skip(l, 1);
}

size_t cursor_count_digits(const struct logline *l, size_t at)
{
	size_t n = 0;

	while (at + n < l->len && cursor_is_digit(l->text[at + n]))
		n++;
	return n;
}

size_t cursor_count_blanks(const struct logline *l, size_t at)
{
	size_t n = 0;

	while (at + n < l->len && l->text[at + n] == ' ')
		n++;
	return n;
}

void cursor_copy(char *dst, size_t size, const char *src, size_t len)
{
	if (len >= size)
		len = size - 1;
	memcpy(dst, src, len);
	dst[len] = '\0';
}

bool cursor_is_kernel_tag(const char *tag, size_t len)
{
	static const char *const tags[] = { "kernel", "vmunix", "klogd", "dmesg" };

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (len == strlen(tags[i]) && memcmp(tag, tags[i], len) == 0)
			return true;
	return false;
}
