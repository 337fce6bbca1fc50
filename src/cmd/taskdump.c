/* SPDX-License-Identifier: GPL-2.0-or-later */
/* taskdump: a list of processes as a kernel would print it into its log. */
#include "cmd/taskdump.h"

#include <string.h>

#include "base/text.h"
#include "oom/rules/task_dump.h"

int taskdump_check(const struct args *a)
{
	const struct layout *layout;

	if (strcmp(a->value, "kernel") == 0)
		return 0;
	if (strncmp(a->value, "kernel=", 7) || layout_find(a->value + 7, &layout))
		args_error(a, "--format takes kernel or kernel=VERSION, not '%s'", a->value);
	else if (!layout)
		args_error(a, "--format: Linux %s had no task dump: the first is 2.6.25's",
			   a->value + 7);
	else
		return 0;
	return -1;
}

/* What the kernel's dump lists: all with memory, init and kernel threads not, -1000 among the others. */
static bool is_dumped(const struct task *t)
{
	return t->spared == SPARED_NOT || t->spared == SPARED_ADJ || t->spared == SPARED_KERNEL;
}

void taskdump_print(FILE *out, const char *format, bool no_headings, const struct tasklist *tl)
{
	const struct snapshot *s = tl->snapshot;
	const char *release = strchr(format, '=');
	const struct layout *layout;
	char row[512], shown[2048];

	release = release ? release + 1 : s->machine.release;
	if (layout_find(release, &layout) || !layout)
		layout_find("2.6.25", &layout);
	if (layout->title && !no_headings)
		fprintf(out, "%s\n", layout->title);
	if (!no_headings)
		fprintf(out, "%s\n", layout->header);
	for (size_t i = 0; i < view_count(&tl->list); i++) {
		const struct task *t = tl->rows[view_row(&tl->list, i)];
		size_t len;

		if (!is_dumped(t))
			continue;
		len = layout_row(layout, t, s->rss == RSS_STAT, row, sizeof(row));
		text_escape(shown, sizeof(shown), row, len, 0);
		fprintf(out, "%s\n", shown);
	}
}
