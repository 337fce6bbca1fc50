/* SPDX-License-Identifier: GPL-2.0-or-later */
/* decode: undoes what terminals and mail changed in a line. Pure. */
#pragma once

#include "oom/logline/slice.h"

/*
 * Copies a line to scratch without dmesg's colours (only if it begins with one, as names can
 * contain them), with blanks for U+00A0, which HTML mail has for every second blank, and with "="
 * for "=3D". A line without these is not copied.
 */
void decode_line(struct slice *s, char *scratch);
