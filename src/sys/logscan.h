/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * logscan: takes a log of any length to a report parser. Only around reports is it split into lines; elsewhere it is
 * searched for a few rare bytes, at about the speed at which it can be read. Memory is constant, whatever the lengths
 * of the log and of its lines.
 */
#ifndef SYS_LOGSCAN_H
#define SYS_LOGSCAN_H

#include "oom/report.h"
#include "sys/logfile.h"

/*
 * Reads f to its end. Reports that are still open are not flushed: the next file may go on with them. 0, -ENOMEM, or
 * what logfile_read() gave; what could be read before was taken.
 */
int logscan_run(struct logfile *f, struct report_parser *p);

#endif
