/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sysctl_table: the sysctls of the OOM killer, and the meaning of their values. */
#include "oom/rules/sysctl_table.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct sysctl_setting settings[] = {
	{ "panic_on_oom",
	  2,
	  { "kill a process", "panic, unless only a cgroup or cpuset is short", "always panic" } },
	{ "oom_kill_allocating_task",
	  1,
	  { "kill the process with the most points",
	    "kill the process that requests memory, if killable" } },
	{ "oom_dump_tasks",
	  1,
	  { "list no processes in OOM reports", "list the processes in OOM reports" } },
};

const struct sysctl_setting *sysctl_table_table(size_t *n)
{
	*n = sizeof(settings) / sizeof(settings[0]);
	return settings;
}

const struct sysctl_setting *sysctl_table_find(const char *name, size_t len)
{
	if (len > 3 && (strncmp(name, "vm.", 3) == 0 || strncmp(name, "vm/", 3) == 0)) {
		name += 3;
		len -= 3;
	}
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (strlen(settings[i].name) == len && memcmp(settings[i].name, name, len) == 0)
			return &settings[i];
	return NULL;
}

/* "-vm.panic_on_oom = 1": a leading '-' makes sysctl(8) ignore errors. */
int sysctl_table_parse_line(const char *line, size_t len, const struct sysctl_setting *s,
			    long *value)
{
	const char *key, *equals = memchr(line, '=', len), *stop;

	if (!equals)
		return -ENOENT;
	key = line + strspn(line, " \t");
	key += *key == '-';
	stop = equals;
	while (stop > key && (stop[-1] == ' ' || stop[-1] == '\t'))
		stop--;
	if (stop <= key || strncmp(key, "vm", 2) ||
	    sysctl_table_find(key, (size_t)(stop - key)) != s)
		return -ENOENT;
	*value = strtol(equals + 1, NULL, 10);
	return 0;
}

/* Appends a line at *at, for which there is room. */
static void add_line(char *text, size_t size, size_t *at, const char *line, int len)
{
	*at += (size_t)snprintf(text + *at, size - *at, "%.*s\n", len, line);
}

char *sysctl_table_edit(const char *old, const struct sysctl_setting *s, int value)
{
	static const char heading[] =
		"# Written by 'oomctl sysctl --persist', which keeps other lines.";
	size_t size = (old ? strlen(old) : 0) + 256, at = 0, len;
	char *text = malloc(size), own[64];
	bool is_set = false;
	long was;

	if (!text)
		return NULL;
	text[0] = '\0';
	snprintf(own, sizeof(own), "vm.%s = %d", s->name, value);
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
