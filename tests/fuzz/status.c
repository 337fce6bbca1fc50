/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzes the parsers of /proc/PID/status and /proc/PID/stat: any text, kernel version and page
 * size.
 */
#include "fuzz.h"

#include "oom/rules/version.h"
#include "sys/proc/parse.h"

static void check_task(const struct task *t)
{
	fuzz_check(memchr(t->name, '\0', sizeof(t->name)) != NULL);
	fuzz_check(!task_has(t, TASK_RSS_SPLIT) || t->rss_anon <= UINT64_MAX / 4);
	/* The kernel version alone decides which count of page tables is set. */
	fuzz_check(!(task_has(t, TASK_PGTABLES) && task_has(t, TASK_PTES)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int versions[] = { 0, VERSION(2, 6, 32), VERSION(3, 10, 0), VERSION(4, 9, 0),
					VERSION(6, 1, 0) };
	struct task t;
	bool is_kthread = false, has_memory;
	char *text;

	if (!size)
		return 0;
	text = fuzz_text(data + 1, size - 1);
	memset(&t, 0, sizeof(t));
	has_memory = parse_status(text, versions[data[0] % 5], data[0] & 128 ? 65536 : 4096, &t);
	fuzz_check(has_memory == task_has(&t, TASK_RSS));
	check_task(&t);
	memset(&t, 0, sizeof(t));
	if (parse_stat(text, &t, &is_kthread))
		fuzz_check(task_has(&t, TASK_START) && task_has(&t, TASK_RSS_STAT));
	check_task(&t);
	free(text);
	return 0;
}
