/* SPDX-License-Identifier: GPL-2.0-or-later */
/* settinglist: the kernel's out-of-memory settings, what they mean, and what follows from them now. */
#include "cmd/settinglist.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "cmd/shared/processes.h"
#include "sys/sysctl/sysctl.h"

enum { COL_NAME, COL_VALUE, COL_MEANING, COL_NOW, N_COLUMNS };

static const struct column columns[] = {
	[COL_NAME] = { "name", NULL, 0, "the setting, below vm" },
	[COL_VALUE] = { "value", NULL, COLUMN_RIGHT, "its value" },
	[COL_MEANING] = { "meaning", NULL, 0, "what the kernel does then" },
	[COL_NOW] = { "now", NULL, COLUMN_TRUNC, "what that means on this machine now" },
};

struct values {
	const struct setting *settings[SETTINGLIST_MAX];
	long value[SETTINGLIST_MAX];
	size_t n;
	long panic_on_oom;
	struct snapshot snapshot;
};

const char *settinglist_meaning(const struct setting *s, long value)
{
	if (value < 0)
		return value == SETTINGLIST_MISSING ? "this kernel does not have it"
						    : "it can't be seen from here";
	return value <= s->max ? s->meanings[value] : "unknown";
}

/* What the dump has: all with memory, but for init. */
static size_t count_listed(const struct scan *scan)
{
	size_t n = 0;

	for (size_t i = 0; i < scan->n_tasks; i++)
		n += scan->tasks[i].spared == SPARED_NOT || scan->tasks[i].spared == SPARED_ADJ ||
		     scan->tasks[i].spared == SPARED_KERNEL;
	return n;
}

/* The rule as it falls out at this moment. */
static void tell_now(const struct values *v, size_t row, struct cell *c)
{
	const struct scan *scan = &v->snapshot.scan;
	const struct task *first = scan->n_tasks && scan->tasks[0].place == 1 ? &scan->tasks[0]
									      : NULL;
	const char *name = v->settings[row]->name, *seen = scan->n_unseen ? " of those seen" : "";
	size_t n_listed = count_listed(scan);

	c->kind = CELL_TEXT;
	if (v->value[row] < 0)
		c->kind = CELL_UNKNOWN;
	else if (strcmp(name, "oom_dump_tasks") == 0)
		snprintf(c->text, sizeof(c->text), "%zu %s%s would%s be listed", n_listed,
			 n_listed == 1 ? "process" : "processes", seen,
			 v->value[row] ? "" : " not");
	else if (v->panic_on_oom > 0)
		snprintf(c->text, sizeof(c->text), "out of memory, this machine panics");
	else if (strcmp(name, "oom_kill_allocating_task") == 0 && v->value[row] > 0)
		snprintf(c->text, sizeof(c->text), "any process may die");
	else if (!first && scan->n_unseen)
		snprintf(c->text, sizeof(c->text), "nothing of what is seen can be killed");
	else if (!first)
		snprintf(c->text, sizeof(c->text),
			 "nothing killable: out of memory, this machine panics");
	else
		snprintf(c->text, sizeof(c->text), "pid %d (%s) would die first%s", (int)first->pid,
			 first->name, seen);
}

static void fill_cell(const void *arg, size_t row, size_t column, struct cell *c)
{
	const struct values *v = arg;

	switch (column) {
	case COL_VALUE:
		c->kind = v->value[row] < 0 ? CELL_UNKNOWN : CELL_NUMBER;
		c->num = v->value[row];
		break;
	case COL_NOW:
		tell_now(v, row, c);
		break;
	default:
		c->kind = CELL_TEXT;
		snprintf(c->text, sizeof(c->text), "%s",
			 column == COL_NAME ? v->settings[row]->name
					    : settinglist_meaning(v->settings[row], v->value[row]));
	}
}

/* For eyes: a paragraph each, for meanings are long. */
static void print_paragraphs(const struct ctx *cx, const struct values *v)
{
	char text[CELL_TEXT_MAX];
	struct cell c;

	for (size_t i = 0; i < v->n; i++) {
		c.kind = CELL_UNKNOWN;
		if (v->value[i] < 0)
			fprintf(cx->out, "%-24s  -  %s\n", v->settings[i]->name,
				settinglist_meaning(v->settings[i], v->value[i]));
		else
			fprintf(cx->out, "%-24s %2ld  %s\n", v->settings[i]->name, v->value[i],
				settinglist_meaning(v->settings[i], v->value[i]));
		tell_now(v, i, &c);
		if (c.kind == CELL_UNKNOWN)
			continue;
		text_escape(text, sizeof(text), c.text, strlen(c.text), 0);
		fprintf(cx->out, "%29snow: %s\n", "", text);
	}
}

enum status settinglist_show(struct ctx *cx, const struct args *a, struct listing *listing,
			     const struct census *census, const struct setting *const *shown,
			     size_t n_shown)
{
	const struct scan_want want = { .top = SCAN_ALL, .spared = true, .census = census };
	struct values v = { .snapshot = { .proc = -1 } };
	struct list list = { .name = "settings", .columns = columns, .n_columns = N_COLUMNS };
	size_t n_all;
	int err;
	const struct setting *all = setting_table(&n_all);
	enum status st = listing_set_columns(listing, cx, a, &list, "name,value,meaning,now");

	if (st == ST_OK)
		st = survey_take(&want, &v.snapshot);
	if (st != ST_OK)
		return st;
	v.n = n_shown ? n_shown : n_all;
	v.panic_on_oom = v.snapshot.machine.panic_on_oom;
	for (size_t i = 0; i < v.n; i++) {
		v.settings[i] = n_shown ? shown[i] : &all[i];
		err = sysctl_read(v.snapshot.proc, v.settings[i], &v.value[i]);
		if (err)
			v.value[i] = err == -ENOENT ? SETTINGLIST_MISSING : SETTINGLIST_UNSEEN;
	}
	list.arg = &v;
	list.cell = fill_cell;
	list.n_rows = v.n;
	if (listing->view.mode == VIEW_TABLE && !listing->output && !listing->has_all)
		print_paragraphs(cx, &v);
	else
		st = listing_print(listing, &list);
	survey_report_unseen(&v.snapshot);
	snapshot_free(&v.snapshot);
	return st;
}
