/* SPDX-License-Identifier: GPL-2.0-or-later */
/* num: decimal numbers without blanks or separators. */
#include "base/num.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int num_parse(const char *text, int64_t min, int64_t max, int64_t *value)
{
	const char *digits = text + (*text == '-' || *text == '+');
	char *end;
	long long v;

	if (!is_digit(*digits))
		return -EINVAL;
	errno = 0;
	v = strtoll(text, &end, 10);
	if (*end)
		return -EINVAL;
	if (errno == ERANGE || v < min || v > max)
		return -ERANGE;
	*value = v;
	return 0;
}

int num_parse_size(const char *text, unsigned long long *bytes)
{
	static const char units[] = "KMGTPE";
	unsigned long long whole = 0, unit = 1;
	double fraction = 0, place = 0.1;
	const char *p = text;

	if (!is_digit(*p))
		return -EINVAL;
	for (; is_digit(*p); p++)
		if (__builtin_mul_overflow(whole, 10ULL, &whole) ||
		    __builtin_add_overflow(whole, (unsigned long long)(*p - '0'), &whole))
			return -ERANGE;
	if (*p == '.')
		for (p++; is_digit(*p); p++, place /= 10)
			fraction += (*p - '0') * place;
	if (*p && strcasecmp(p, "B")) {
		const char *u = strchr(units, *p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p);

		if (!u || (p[1] && strcasecmp(p + 1, "iB") && strcasecmp(p + 1, "B")))
			return -EINVAL;
		unit = 1ULL << (10 * (u - units + 1));
	}
	if (__builtin_mul_overflow(whole, unit, &whole) ||
	    __builtin_add_overflow(whole, (unsigned long long)(fraction * (double)unit), bytes))
		return -ERANGE;
	return 0;
}

bool num_is_negative(const char *text)
{
	if (*text != '-' || !text[1])
		return false;
	return text[1 + strspn(text + 1, "0123456789")] == '\0';
}
