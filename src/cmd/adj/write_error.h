/* SPDX-License-Identifier: GPL-2.0-or-later */
/* write_error: explains why an adj can't be set. */
#pragma once

#include "base/status.h"
#include "sys/proc/pidref.h"

/*
 * Prints process, value and error, and each hint once per run. wanted: of the file oom_adj if
 * is_old. was_opened: the write failed, not open(2). err: a negative errno. floor_hint: replaces
 * the general hint about the floor; "": none. Returns the status.
 */
enum status write_error_say(const struct pidref *ref, int wanted, bool is_old, bool was_opened,
			    int err, const char *floor_hint);

/* The value that was read back is not the one that was written. */
void write_error_say_differs(const struct pidref *ref, int wanted, int adj);
