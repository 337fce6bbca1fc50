/* SPDX-License-Identifier: GPL-2.0-or-later */
/* format: amounts of memory as people read them. */
#include "ui/format.h"

#include <math.h>
#include <stdio.h>

char *format_format(int64_t bytes, char *buf)
{
	static const char units[] = "BKMGTPE";
	double value = (double)bytes;
	size_t unit = 0;

	/* 1023.5 would be printed as 1024 of the smaller unit. */
	while (fabs(value) >= 1023.5 && unit + 2 < sizeof(units)) {
		value /= 1024;
		unit++;
	}
	if (bytes == 0)
		snprintf(buf, FORMAT_TEXT_MAX, "0");
	else if (unit == 0 || fabs(value) >= 99.95)
		snprintf(buf, FORMAT_TEXT_MAX, "%.0f%c", value, units[unit]);
	else
		snprintf(buf, FORMAT_TEXT_MAX, "%.1f%c", value, units[unit]);
	return buf;
}
