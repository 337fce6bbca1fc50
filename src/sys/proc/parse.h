/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * parse: parses the text of /proc/PID/status and /proc/PID/stat. Pure: text in, members of a task
 * out.
 */
#pragma once

#include "oom/rules/task.h"

/*
 * Takes what is there from the text of a status file, ended by a NUL: name, state, ppid, uid,
 * threads, the memory counts in pages of page_size bytes, whether SIGKILL is pending and
 * CAP_SYS_ADMIN effective. What is missing, or no number, stays unknown. version: VERSION() of the
 * kernel that wrote it (VmPTE means all levels of page tables since 4.15). Returns whether the task
 * has memory of its own (a VmRSS line). Without TASK_ADMIN_KNOWN, the last line that is taken, the
 * text is torn: that it has none is not known then.
 */
bool parse_parse(const char *text, int version, uint64_t page_size, struct task *t);

/*
 * Takes state, start_ticks, cpu and rss_stat from the text of a stat file. The name in it may hold
 * anything, so the fields are counted from the last ')'. Returns whether the text is whole;
 * *is_kthread is then set.
 */
bool parse_parse_stat(const char *text, struct task *t, bool *is_kthread);
