/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sysctl_table: the sysctls of the OOM killer, and the meaning of their values. */
#include "oom/rules/sysctl_table.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct sysctl_setting settings[SYSCTL_TABLE_N] = {
	{ "vm",
	  "panic_on_oom",
	  0,
	  2,
	  { "kill a process", "panic, unless only a cgroup or cpuset is short", "always panic" },
	  NULL },
	{ "vm",
	  "oom_kill_allocating_task",
	  0,
	  1,
	  { "kill the process with the most points",
	    "kill the process that requests memory, if killable" },
	  NULL },
	{ "vm",
	  "oom_dump_tasks",
	  0,
	  1,
	  { "list no processes in OOM reports", "list the processes in OOM reports" },
	  NULL },
	{ "kernel", "panic", INT_MIN, INT_MAX, { NULL }, NULL },
	{ "vm",
	  "overcommit_memory",
	  0,
	  2,
	  { "refuse only requests for more than RAM plus swap", "refuse no request",
	    "refuse requests above the commit limit" },
	  NULL },
	{ "vm", "overcommit_ratio", 0, INT_MAX, { NULL }, "overcommit_kbytes" },
	{ "vm", "overcommit_kbytes", 0, INT_MAX, { NULL }, "overcommit_ratio" },
	{ "vm", "min_free_kbytes", 0, INT_MAX, { NULL }, NULL },
};

const struct sysctl_setting *sysctl_table_table(size_t *n)
{
	*n = SYSCTL_TABLE_N;
	return settings;
}

const struct sysctl_setting *sysctl_table_find(const char *name, size_t len)
{
	size_t prefix = 0;

	while (prefix < len && name[prefix] != '.' && name[prefix] != '/')
		prefix++;
	for (size_t i = 0; i < SYSCTL_TABLE_N; i++) {
		const char *dir = settings[i].dir, *rest = name;
		size_t left = len;

		if (prefix < len) {
			if (strlen(dir) != prefix || memcmp(dir, name, prefix) != 0)
				continue;
			rest = name + prefix + 1;
			left = len - prefix - 1;
		}
		if (strlen(settings[i].name) == left && memcmp(settings[i].name, rest, left) == 0)
			return &settings[i];
	}
	return NULL;
}

const char *sysctl_table_meaning(const struct sysctl_setting *s, int64_t value,
				 char text[SYSCTL_TABLE_TEXT])
{
	const char *unknown = "unknown";

	/* A switch is on with any other value; the kernel accepts them all. */
	if (*s->meanings && s->max == 1)
		return s->meanings[value != 0];
	if (*s->meanings)
		return value >= 0 && value <= s->max ? s->meanings[value] : unknown;
	if (value < s->min || value > s->max)
		return unknown;
	if (strcmp(s->name, "panic") == 0 && value <= 0)
		return value ? "after a panic, reboot immediately"
			     : "after a panic, stay down until a reset";
	if (strcmp(s->name, "overcommit_kbytes") == 0 && !value)
		return "the commit limit is set by overcommit_ratio";
	if (strcmp(s->name, "panic") == 0)
		snprintf(text, SYSCTL_TABLE_TEXT, "after a panic, reboot in %" PRId64 " second%s",
			 value, value == 1 ? "" : "s");
	else if (strcmp(s->name, "overcommit_ratio") == 0)
		snprintf(text, SYSCTL_TABLE_TEXT,
			 "the commit limit is %" PRId64 "%% of RAM, plus swap", value);
	else if (strcmp(s->name, "overcommit_kbytes") == 0)
		snprintf(text, SYSCTL_TABLE_TEXT, "the commit limit is %" PRId64 " KiB, plus swap",
			 value);
	else
		snprintf(text, SYSCTL_TABLE_TEXT, "keep %" PRId64 " KiB free for urgent requests",
			 value);
	return text;
}

int64_t sysctl_table_commit_limit(const struct sysctl_memory *m, int64_t ratio, int64_t kbytes)
{
	if (m->ram < 0 || m->swap < 0 || m->hugetlb < 0 || ratio < 0 || ratio > INT_MAX)
		return -1;
	return m->swap + (kbytes > 0 ? kbytes : (m->ram - m->hugetlb) / 100 * ratio);
}

enum sysctl_min_free sysctl_table_check_min_free(const struct sysctl_memory *m, int64_t before,
						 int64_t value)
{
	int64_t more = value - (before > 0 ? before : 0);

	if (m->ram >= 0 && value > m->ram / 4)
		return SYSCTL_MIN_FREE_SHARE;
	if (m->available >= 0 && more > 0 && more + more / 2 > m->available)
		return SYSCTL_MIN_FREE_NOW;
	if (m->ram >= 0 && value > m->ram / 20)
		return SYSCTL_MIN_FREE_HIGH;
	return value < 1024 ? SYSCTL_MIN_FREE_LOW : SYSCTL_MIN_FREE_OK;
}

/* "-vm.panic_on_oom = 1": a leading '-' makes sysctl(8) ignore errors. */
int sysctl_table_parse_line(const char *line, size_t len, const struct sysctl_setting *s,
			    int64_t *value)
{
	const char *key, *equals = memchr(line, '=', len), *stop;
	const struct sysctl_setting *found;

	if (!equals)
		return -ENOENT;
	key = line + strspn(line, " \t");
	key += *key == '-';
	stop = equals;
	while (stop > key && (stop[-1] == ' ' || stop[-1] == '\t'))
		stop--;
	/* A name without its prefix is another setting in such a file. */
	if (stop <= key || strcspn(key, "./") >= (size_t)(stop - key))
		return -ENOENT;
	found = sysctl_table_find(key, (size_t)(stop - key));
	if (!found || (found != s && (!s->rival || strcmp(found->name, s->rival) != 0)))
		return -ENOENT;
	*value = strtol(equals + 1, NULL, 10);
	if (found != s && *value)
		*value = SYSCTL_TABLE_RIVAL;
	return 0;
}

/* Appends a line at *at, for which there is room. */
static void add_line(char *text, size_t size, size_t *at, const char *line, int len)
{
	*at += (size_t)snprintf(text + *at, size - *at, "%.*s\n", len, line);
}

char *sysctl_table_edit(const char *old, const struct sysctl_setting *s, int64_t value)
{
	static const char heading[] =
		"# Written by 'oomctl sysctl --persist', which keeps other lines.";
	size_t size = (old ? strlen(old) : 0) + 256, at = 0, len;
	char *text = malloc(size), own[96];
	bool is_set = false;
	int64_t was;

	if (!text)
		return NULL;
	text[0] = '\0';
	snprintf(own, sizeof(own), "%s.%s = %" PRId64, s->dir, s->name, value);
	if (!old)
		add_line(text, size, &at, heading, sizeof(heading));
	for (const char *line = old; line && *line; line += len + (line[len] == '\n')) {
		len = strcspn(line, "\n");
		if (sysctl_table_parse_line(line, len, s, &was)) {
			add_line(text, size, &at, line, (int)len);
			continue;
		}
		if (!is_set)
			add_line(text, size, &at, own, sizeof(own));
		is_set = true;
	}
	if (!is_set)
		add_line(text, size, &at, own, sizeof(own));
	return text;
}
