/* SPDX-License-Identifier: GPL-2.0-or-later */
/* version: a kernel's version as a number that can be compared. */
#include "oom/rules/version.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

int version_parse(const char *release, int *version)
{
	const char *p = release;
	int part[3] = { 0, 0, 0 }, n = 0;

	while (n < 3 && isdigit((unsigned char)*p)) {
		char *end;
		unsigned long value = strtoul(p, &end, 10);

		part[n++] = value < 255 ? (int)value : 255;
		if (*end != '.')
			break;
		p = end + 1;
	}
	if (n < 2)
		return -EINVAL;
	*version = VERSION(part[0], part[1], part[2]);
	return 0;
}
