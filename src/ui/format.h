/* SPDX-License-Identifier: GPL-2.0-or-later */
/* format: amounts of memory as people read them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define FORMAT_TEXT_MAX 24

/*
 * Bytes as three or four digits and a power of 1024: 0, 512B, 4.0K, 118M, -22.3G. Rounded to the
 * nearest. Returns buf, which holds at least FORMAT_TEXT_MAX bytes.
 */
char *format_format(int64_t bytes, char *buf);
