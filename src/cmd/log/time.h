/* SPDX-License-Identifier: GPL-2.0-or-later */
/* time: times of logs and of options, as seconds since 1970. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "oom/report/report.h"

/* Without a zone the time is local, without a year the latest before now. false: unknown. */
bool log_time_of(const struct timestamp *s, time_t now, int64_t *seconds);

/*
 * The time of a report. boot_usec: the time since 1970 at which the kernel's clock was 0; 0:
 * unknown. With it, or with both clocks in the report, r's times without a date get a local one.
 */
bool log_time_date(struct report *r, int64_t boot_usec, time_t now, int64_t *seconds);

/*
 * A date and time as in logs, "2024-05-26", "2024-05-26 06:17", "06:17" of today, "now", "today",
 * "yesterday", "90m" or "2 days ago". -EINVAL.
 */
int log_time_parse(const char *text, time_t now, int64_t *seconds);
