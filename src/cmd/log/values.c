/* SPDX-License-Identifier: GPL-2.0-or-later */
/* values: the environment of the command that is run for a kill. */
#include "cmd/log/values.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "sys/unit/unit_name.h"

static void add_text(struct values *v, const char *name, const char *value)
{
	char *text = v->texts[v->n];
	size_t len = (size_t)snprintf(text, VALUES_MAX, "%s=", name);

	text_escape(text + len, VALUES_MAX - len, value, strlen(value), TEXT_UTF8);
	v->list[v->n++] = text;
}

/*
 * Not escaped, so that 'systemctl status "$OOM_UNIT"' finds it: a backslash is part of the name,
 * even if what follows looks like an escape. A cgroup with other bytes is of no unit.
 */
static void add_unit(struct values *v, const char *unit)
{
	char *text = v->texts[v->n];

	snprintf(text, VALUES_MAX, "OOM_UNIT=%s", unit_name_has_valid_bytes(unit) ? unit : "");
	v->list[v->n++] = text;
}

static void add_number(struct values *v, const char *name, int64_t number)
{
	char text[24] = "";

	if (number != REPORT_ABSENT)
		snprintf(text, sizeof(text), "%lld", (long long)number);
	add_text(v, name, text);
}

/* 2026-05-26T06:17:40+02:00 */
static void add_time(struct values *v, int64_t seconds)
{
	time_t t = (time_t)seconds;
	char text[64] = "";
	struct tm tm;
	size_t len;

	if (seconds != REPORT_ABSENT && localtime_r(&t, &tm)) {
		len = strftime(text, sizeof(text) - 1, "%Y-%m-%dT%H:%M:%S%z", &tm);
		if (len > 2) {
			memmove(text + len - 1, text + len - 2, 3);
			text[len - 2] = ':';
		}
	}
	add_text(v, "OOM_TIME", text);
}

void values_fill(struct values *v, const struct message *m, uint64_t n_skipped)
{
	v->n = 0;
	add_text(v, "PATH", VALUES_PATH);
	add_time(v, m->seconds);
	add_number(v, "OOM_PID", m->pid);
	add_text(v, "OOM_NAME", m->name);
	add_number(v, "OOM_UID", m->uid);
	add_unit(v, m->unit);
	add_text(v, "OOM_CONTAINER", m->container);
	add_text(v, "OOM_CGROUP", m->cgroup);
	add_text(v, "OOM_CONSTRAINT", m->constraint);
	add_number(v, "OOM_ADJ", m->adj);
	add_number(v, "OOM_SIZE", m->size_bytes);
	add_text(v, "OOM_BY", m->by);
	add_number(v, "OOM_SKIPPED", (int64_t)n_skipped);
	v->list[v->n] = NULL;
}
