/* SPDX-License-Identifier: GPL-2.0-or-later */
/* version: a kernel's version as a number that can be compared. */
#include "oom/rules/version.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

int version_parse(const char *release, int *version)
{
	const char *p = release;
	int part[3] = { 0, 0, 0 };
	int n = 0;

	while (n < 3 && isdigit((unsigned char)*p)) {
		for (; isdigit((unsigned char)*p); p++)
			if (part[n] < 255)
				part[n] = part[n] * 10 + (*p - '0');
		if (part[n] > 255)
			part[n] = 255;
		n++;
		if (*p != '.')
			break;
		p++;
	}
	if (n < 2)
		return -EINVAL;
	*version = VERSION(part[0], part[1], part[2]);
	return 0;
}
