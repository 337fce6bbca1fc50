/* SPDX-License-Identifier: GPL-2.0-or-later */
/* layout: which columns and rows a terminal has room for. */
#include "cmd/top/layout.h"

#include <stdio.h>
#include <string.h>

const struct layout_heading layout_headings[LAYOUT_N] = {
	[LAYOUT_PLACE] = { "#", "kill order", true },
	[LAYOUT_PID] = { "PID", "PID", true },
	[LAYOUT_USER] = { "USER", "user", false },
	[LAYOUT_NAME] = { "NAME", "name", false },
	[LAYOUT_ADJ] = { "ADJ", "adj", true },
	[LAYOUT_POINTS] = { "POINTS", "points", true },
	[LAYOUT_RSS] = { "RSS", "RSS", true },
	[LAYOUT_SWAP] = { "SWAP", "swap", true },
	[LAYOUT_GROWTH] = { "GROWTH", "growth", true },
	[LAYOUT_UNIT] = { "UNIT", "unit", false },
};

#define NAME_MAX_WIDTH 32
#define UNIT_MAX_WIDTH 40

/* The most important ones first. */
static const struct {
	enum layout_column column;
	size_t width;
} columns[] = {
	{ LAYOUT_NAME, 8 },   { LAYOUT_PID, 7 },   { LAYOUT_ADJ, 5 }, { LAYOUT_POINTS, 6 },
	{ LAYOUT_GROWTH, 7 }, { LAYOUT_PLACE, 5 }, { LAYOUT_RSS, 6 }, { LAYOUT_USER, 8 },
	{ LAYOUT_SWAP, 6 },   { LAYOUT_UNIT, 12 },
};

void layout_columns(size_t width, bool has_swap, struct layout_columns *l)
{
	size_t used = LAYOUT_MARKS, name = 15;

	memset(l, 0, sizeof(*l));
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		size_t more = columns[i].width + 1;

		if (columns[i].column == LAYOUT_SWAP && !has_swap)
			continue;
		/* A name needs its 15 characters before less important columns come. */
		if (l->widths[LAYOUT_NAME] && used + more + name - 8 > width)
			break;
		if (used + more > width)
			break;
		l->widths[columns[i].column] = columns[i].width;
		used += more;
	}
	/* The rest is for names and units. */
	while (used < width && l->widths[LAYOUT_NAME] && l->widths[LAYOUT_NAME] < name) {
		l->widths[LAYOUT_NAME]++;
		used++;
	}
	while (used < width && l->widths[LAYOUT_UNIT] && l->widths[LAYOUT_UNIT] < UNIT_MAX_WIDTH) {
		l->widths[LAYOUT_UNIT]++;
		used++;
	}
	while (used < width && l->widths[LAYOUT_NAME] && l->widths[LAYOUT_NAME] < NAME_MAX_WIDTH) {
		l->widths[LAYOUT_NAME]++;
		used++;
	}
}

void layout_rows(size_t rows, size_t head, size_t kills, size_t message, struct layout_rows *l)
{
	size_t left = rows;

	if (message == 0)
		message = 1;
	/* In this order: the keys, the heading and three processes, then what is above. */
	l->message = message < left ? message : left;
	left -= l->message;
	l->list = left < 4 ? left : 4;
	left -= l->list;
	l->head = head < left ? head : left;
	left -= l->head;
	l->kills = left / 4 < kills ? left / 4 : kills;
	/* One kill is shown even where there is little room. */
	if (kills && !l->kills && left)
		l->kills = 1;
	left -= l->kills;
	l->list += left;
	/* Without the heading. */
	l->list = l->list > 1 ? l->list - 1 : 1;
}

/* The cell of a value, from 0 to cells - 1. */
static size_t cell_of(uint64_t value, uint64_t total, size_t cells)
{
	size_t at = total ? (size_t)((double)value / (double)total * (double)cells) : 0;

	return at < cells ? at : cells - 1;
}

void layout_bar(char *buf, size_t size, uint64_t used, uint64_t mark, uint64_t total, size_t cells,
		bool is_utf8)
{
	size_t at = 0, marked = cells ? cell_of(mark, total, cells) : 0;
	size_t filled = total ? (size_t)((double)used / (double)total * (double)cells + 0.5) : 0;

	buf[0] = '\0';
	for (size_t i = 0; i < cells && at + 4 < size; i++) {
		const char *cell = i == marked && mark ? "|" : i >= filled ? " " : "#";

		if (is_utf8 && *cell == '#')
			cell = "\u2588";
		at += (size_t)snprintf(buf + at, size - at, "%s", cell);
	}
}

void layout_time(char buf[LAYOUT_TIME_MAX], double seconds)
{
	if (seconds < 120)
		snprintf(buf, LAYOUT_TIME_MAX, "%.0f s", seconds);
	else if (seconds < 120 * 60.0)
		snprintf(buf, LAYOUT_TIME_MAX, "%.0f min", seconds / 60);
	else if (seconds < 48 * 3600.0)
		snprintf(buf, LAYOUT_TIME_MAX, "%.0f h", seconds / 3600);
	else if (seconds < 1000 * 86400.0)
		snprintf(buf, LAYOUT_TIME_MAX, "%.0f days", seconds / 86400);
	else
		snprintf(buf, LAYOUT_TIME_MAX, "years");
}
