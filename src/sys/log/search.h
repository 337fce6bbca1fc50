/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * search: feeds a log to a report parser. It is split into lines only around reports, and elsewhere
 * searched for a few rare bytes, about as fast as it can be read. Memory is constant.
 */
#pragma once

#include "oom/report/report.h"
#include "sys/log/log_file.h"

/*
 * Reads f to its end, and does not flush open reports. 0, -ENOMEM, or the error of
 * log_file_read(), after what could be read.
 */
int log_search_run(struct log_file *f, struct report_parser *p);
