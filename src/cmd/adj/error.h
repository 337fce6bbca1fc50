/* SPDX-License-Identifier: GPL-2.0-or-later */
/* error: explains why an adj can't be set. */
#pragma once

#include "base/status.h"
#include "sys/proc/pidref.h"

/*
 * Says who, with which value and why, and once a run and a reason what would help.
 * wanted, of the file oom_adj if is_old; was_opened: the write failed, not the opening;
 * err: a negative errno. floor_hint: what helps against the floor better than what is true
 * everywhere; "": nothing. The status.
 */
enum status adj_error_say(const struct pidref *ref, int wanted, bool is_old, bool was_opened,
			  int err, const char *floor_hint);
