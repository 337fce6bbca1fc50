/* SPDX-License-Identifier: GPL-2.0-or-later */
/* parse: parses the text of /proc/PID/status and /proc/PID/stat. */
#pragma once

#include "oom/rules/task.h"

/*
 * Takes name, state, ppid, uid, threads, memory counts in pages of page_size bytes, pending SIGKILL
 * and effective CAP_SYS_ADMIN from the text of a status file. Missing or malformed values stay
 * unknown. version: VERSION() of the kernel that wrote it (VmPTE means all levels of page tables
 * since 4.15). Returns whether the task has memory of its own (a VmRSS line). Without
 * TASK_ADMIN_KNOWN, the last line, the text is torn, and the result is not known.
 */
bool parse_status(const char *text, int version, uint64_t page_size, struct task *t);

/*
 * Takes state, start_ticks, cpu and rss_stat from the text of a stat file. The name may contain any
 * byte, so fields count from the last ')'. Returns whether the text is whole and *is_kthread set.
 */
bool parse_stat(const char *text, struct task *t, bool *is_kthread);
