/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cursor: the basic steps of reading a line from its left end. */
#include "oom/logline/internal.h"

#include <string.h>

bool cursor_starts(const struct logline *l, const char *text)
{
	size_t n = strlen(text);

	return l->len >= n && memcmp(l->text, text, n) == 0;
}

void cursor_skip(struct logline *l, size_t n)
{
	l->text += n;
	l->len -= n;
}

bool cursor_skip_text(struct logline *l, const char *text)
{
	if (!cursor_starts(l, text))
		return false;
	cursor_skip(l, strlen(text));
	return true;
}

void cursor_skip_blanks(struct logline *l)
{
	while (l->len && (*l->text == ' ' || *l->text == '\t'))
		cursor_skip(l, 1);
}

size_t cursor_count_digits(const struct logline *l, size_t at)
{
	size_t n = 0;

	while (cursor_is_digit(cursor_at(l, at + n)))
		n++;
	return n;
}

size_t cursor_count_blanks(const struct logline *l, size_t at)
{
	size_t n = 0;

	while (cursor_at(l, at + n) == ' ')
		n++;
	return n;
}

size_t cursor_count_word(const struct logline *l, size_t at)
{
	size_t n = 0;

	while (at + n < l->len && l->text[at + n] != ' ' && l->text[at + n] != '\t')
		n++;
	return n;
}

bool cursor_is_kernel_line(const struct logline *l)
{
	static const char *const begins[] = { "oom-kill:",
					      "Out of memory",
					      "Out of Memory",
					      "Memory cgroup ",
					      "Memory limit reached of cgroup ",
					      "Task in /",
					      "Tasks in /",
					      "Killed process ",
					      "Kill process ",
					      "kill process ",
					      "No available memory",
					      "oom_reaper: ",
					      "Kernel panic - ",
					      "CPU: ",
					      "Pid: " };

	if (!l->len || !strchr("oOMTKkNCP", *l->text))
		return false;
	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (cursor_starts(l, begins[i]))
			return true;
	return false;
}

bool cursor_is_kernel_tag(const char *tag, size_t len)
{
	static const char *const tags[] = { "kernel", "vmunix", "klogd", "dmesg" };

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (len == strlen(tags[i]) && memcmp(tag, tags[i], len) == 0)
			return true;
	return false;
}

size_t cursor_count_date(const struct logline *l, size_t at, bool is_whole)
{
	struct timestamp found;
	size_t n;

	timestamp_clear(&found);
	n = timestamp_parse(l->text + at, l->len - at, &found);
	return found.has_date || !is_whole ? n : 0;
}
