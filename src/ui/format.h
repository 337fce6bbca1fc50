/* SPDX-License-Identifier: GPL-2.0-or-later */
/* format: sizes with a unit, and bars. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define FORMAT_TEXT_MAX 24

/*
 * Bytes as three or four digits and a power of 1024: 0, 512B, 4.0K, 118M, -22.3G. Rounded to the
 * nearest. Returns buf, which holds at least FORMAT_TEXT_MAX bytes.
 */
char *format_format(int64_t bytes, char *buf);

/*
 * A bar of thousandths of a full one, which has this many cells: in eighths of a block in UTF-8,
 * otherwise of '#'. buf has at least 3 * cells + 1 bytes. Returns the number of cells drawn.
 */
int format_bar(int64_t thousandths, int cells, char *buf, size_t size);
