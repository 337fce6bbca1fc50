/* SPDX-License-Identifier: GPL-2.0-or-later */
/* time: times of logs and of people, as seconds since 1970. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "oom/report/report.h"

/*
 * The time of a stamp. Without a zone it is taken as local, without a year as the latest that is
 * not after now. false: it can't be known.
 */
bool log_time_of(const struct timestamp *s, time_t now, int64_t *seconds);

/*
 * The time of a report. boot_usec: what added to the kernel's clock gives the time since 1970, 0:
 * not known. Where it or the report tells it, stamps without a date get one, of local time.
 */
bool log_time_date(struct report *r, int64_t boot_usec, time_t now, int64_t *seconds);

/*
 * What a person writes: a date and time as logs have it, "2024-05-26", "2024-05-26 06:17", "06:17"
 * of today, "today", "yesterday", "90m" or "2 days ago". -EINVAL.
 */
int log_time_parse(const char *text, time_t now, int64_t *seconds);
