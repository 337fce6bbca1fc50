/* SPDX-License-Identifier: GPL-2.0-or-later */
/* format: sizes with a unit, and bars. */
#include "ui/format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

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

int format_bar(int64_t thousandths, int cells, char *buf, size_t size)
{
	static const char *const blocks[] = { "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█" };
	int64_t whole = thousandths < 0 ? 0 : thousandths > 1000 ? 1000 : thousandths;
	int64_t eighths = (whole * cells * 8 + 500) / 1000;
	int drawn = 0;
	size_t at = 0;

	if (whole > 0 && eighths == 0 && cells > 0)
		eighths = 1;
	buf[0] = '\0';
	for (; eighths > 0; eighths -= 8) {
		const char *block = MB_CUR_MAX > 1 ? blocks[eighths >= 8 ? 7 : eighths - 1]
				    : eighths >= 4 ? "#"
						   : "";

		at += (size_t)snprintf(buf + at, size - at, "%s", block);
		drawn += *block != '\0';
	}
	return drawn;
}
