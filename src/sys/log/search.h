/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * search: takes a log of any length to a report parser. Only around reports is it split into lines;
 * elsewhere it is searched for a few rare bytes, at about the speed at which it can be read. Memory
 * is constant, whatever the lengths of the log and of its lines.
 */
#pragma once

#include "oom/report/report.h"
#include "sys/log/log_file.h"

/*
 * Reads f to its end. Reports that are still open are not flushed: the next file may go on with
 * them. 0, -ENOMEM, or what log_file_read() gave; what could be read before was taken.
 */
int log_search_run(struct log_file *f, struct report_parser *p);
