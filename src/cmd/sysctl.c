/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sysctl: shows and sets the kernel's out-of-memory settings. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/msg.h"
#include "base/num.h"
#include "base/text.h"
#include "cmd/shared/output.h"
#include "cmd/shared/processes.h"
#include "oom/rules/sysctl_table.h"
#include "sys/bpf/tasks.h"
#include "sys/proc/procfs.h"
#include "sys/sysctl/sysctl.h"
#include "sys/sysctl/sysctl_file.h"

/* The most settings that are shown or set at once. */
#define SETTING_LIST_MAX 8

/* In place of a value. */
#define SETTING_LIST_MISSING (-1) /* this kernel does not have the setting */
#define SETTING_LIST_UNSEEN  (-2) /* it is not to be seen, or no number */

/*
 * Shows n settings, SETTING_LIST_MAX at most, or with 0 all of them: paragraphs for eyes, else as
 * listing has it. census: NULL: what follows from them now is told from /proc.
 */
enum status setting_list_show(struct ctx *cx, const struct args *a, struct output_options *listing,
			      const struct bpf_tasks *census,
			      const struct sysctl_setting *const *shown, size_t n_shown);

enum { COL_NAME, COL_VALUE, COL_MEANING, COL_NOW, N_COLUMNS };

static const struct column columns[] = {
	[COL_NAME] = { "name", NULL, 0, "the setting, below vm" },
	[COL_VALUE] = { "value", NULL, COLUMN_RIGHT, "its value" },
	[COL_MEANING] = { "meaning", NULL, 0, "what the kernel does then" },
	[COL_NOW] = { "now", NULL, COLUMN_TRUNC, "what that means on this machine now" },
};

struct values {
	const struct sysctl_setting *settings[SETTING_LIST_MAX];
	long value[SETTING_LIST_MAX];
	size_t n;
	long panic_on_oom;
	struct snapshot snapshot;
};

static const char *setting_list_meaning(const struct sysctl_setting *s, long value)
{
	if (value < 0)
		return value == SETTING_LIST_MISSING ? "this kernel does not have it"
						     : "it can't be seen from here";
	return value <= s->max ? s->meanings[value] : "unknown";
}

/* What the dump has: all with memory, but for init. */
static size_t count_listed(const struct scan *scan)
{
	size_t n = 0;

	for (size_t i = 0; i < scan->n_tasks; i++)
		n += scan->tasks[i].spared == KILLABLE || scan->tasks[i].spared == UNKILLABLE_ADJ ||
		     scan->tasks[i].spared == UNKILLABLE_KERNEL;
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
			 column == COL_NAME
				 ? v->settings[row]->name
				 : setting_list_meaning(v->settings[row], v->value[row]));
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
				setting_list_meaning(v->settings[i], v->value[i]));
		else
			fprintf(cx->out, "%-24s %2ld  %s\n", v->settings[i]->name, v->value[i],
				setting_list_meaning(v->settings[i], v->value[i]));
		tell_now(v, i, &c);
		if (c.kind == CELL_UNKNOWN)
			continue;
		text_escape(text, sizeof(text), c.text, strlen(c.text), 0);
		fprintf(cx->out, "%29snow: %s\n", "", text);
	}
}

enum status setting_list_show(struct ctx *cx, const struct args *a, struct output_options *listing,
			      const struct bpf_tasks *census,
			      const struct sysctl_setting *const *shown, size_t n_shown)
{
	const struct scan_want want = { .top = SCAN_ALL, .spared = true, .census = census };
	struct values v = { .snapshot = { .proc = -1 } };
	struct list list = { .name = "settings", .columns = columns, .n_columns = N_COLUMNS };
	size_t n_all;
	int err;
	const struct sysctl_setting *all = sysctl_table_table(&n_all);
	enum status st = output_set_columns(listing, cx, a, &list, "name,value,meaning,now");

	if (st == ST_OK)
		st = processes_take(&want, &v.snapshot);
	if (st != ST_OK)
		return st;
	v.n = n_shown ? n_shown : n_all;
	v.panic_on_oom = v.snapshot.machine.panic_on_oom;
	for (size_t i = 0; i < v.n; i++) {
		v.settings[i] = n_shown ? shown[i] : &all[i];
		err = sysctl_read(v.snapshot.proc, v.settings[i], &v.value[i]);
		if (err)
			v.value[i] = err == -ENOENT ? SETTING_LIST_MISSING : SETTING_LIST_UNSEEN;
	}
	list.arg = &v;
	list.cell = fill_cell;
	list.n_rows = v.n;
	if (listing->view.mode == LIST_TABLE && !listing->output && !listing->has_all)
		print_paragraphs(cx, &v);
	else
		st = output_print(listing, &list);
	processes_say_hidden(&v.snapshot);
	snapshot_free(&v.snapshot);
	return st;
}

struct sysctl_options {
	struct output_options listing;
	struct scan_options scan;
	bool is_persistent, is_dry_run;
	struct sysctl_change changes[SETTING_LIST_MAX];
	size_t n_changes;
	const struct sysctl_setting *shown[SETTING_LIST_MAX];
	size_t n_shown;
};

static const struct opt opts[] = {
	OPT_FLAG(0, "persist", "also at boot, in " SYSCTLFILE, struct sysctl_options,
		 is_persistent),
	OPT_FLAG(0, "dry-run", "say what would change", struct sysctl_options, is_dry_run),
	OPT_END,
};

/* The groups behind the command's own, whose options are on what is shown. */
#define LIST_GROUPS (~0U << 2)

static enum status parse_operand(struct sysctl_options *o, const struct args *a, const char *word)
{
	size_t len = strcspn(word, "=");
	const struct sysctl_setting *s = sysctl_table_find(word, len);
	long value;

	if (!s) {
		args_error(a, "unknown setting '%.*s'", (int)(len < 64 ? len : 64), word);
		msg_error("settings: panic_on_oom, oom_kill_allocating_task, oom_dump_tasks");
		return ST_USAGE;
	}
	if (o->n_changes == SETTING_LIST_MAX || o->n_shown == SETTING_LIST_MAX)
		return args_error(a, "more than %d settings at once", SETTING_LIST_MAX);
	if (!word[len]) {
		o->shown[o->n_shown++] = s;
		return ST_OK;
	}
	if (num_parse(word + len + 1, 0, s->max, &value))
		return args_error(a, "%s must be 0 to %d, not '%s'", s->name, s->max,
				  word + len + 1);
	for (size_t i = 0; i < o->n_changes; i++)
		if (o->changes[i].setting == s)
			return args_error(a, "%s is given twice", s->name);
	o->changes[o->n_changes++] = (struct sysctl_change){ s, (int)value };
	return ST_OK;
}

static enum status parse_operands(struct sysctl_options *o, const struct args *a)
{
	enum status st = ST_OK;

	for (size_t i = 0; st == ST_OK && i < a->n_operands; i++)
		st = parse_operand(o, a, a->operands[i]);
	if (st != ST_OK)
		return st;
	if (o->n_changes && o->n_shown)
		return args_error(a,
				  "sysctl: give either settings to show or settings with '=VALUE'");
	if (o->n_changes && a->used & LIST_GROUPS)
		return args_error(a, "sysctl: options on lists go with settings to show, not with "
				     "'=VALUE'");
	if (!o->n_changes && (o->is_persistent || o->is_dry_run))
		return args_error(a, "sysctl: nothing to set: give SETTING=VALUE");
	return ST_OK;
}

static enum status say_failed(const char *what, int err)
{
	msg_error("cannot set %s: %s", what,
		  err == -ENODEV   ? "this /proc shows no settings (subset=pid)"
		  : err == -ENOENT ? "this kernel does not have it"
				   : strerror(-err));
	if (err == -EACCES || err == -EPERM)
		msg_error("the kernel's settings are root's alone");
	return status_of_error(err, ST_BROKEN);
}

static enum status persist(const struct sysctl_options *o)
{
	const char *fault;
	int err = sysctl_file_persist(o->changes, o->n_changes, o->is_dry_run, &fault);

	if (fault) {
		msg_error(SYSCTLFILE " is left alone: %s", fault);
		return err == -EBUSY ? ST_BROKEN : ST_DENIED;
	}
	if (err) {
		msg_error("cannot write " SYSCTLFILE ": %s", strerror(-err));
		return status_of_error(err, ST_BROKEN);
	}
	return ST_OK;
}

static void report_overrides(const struct sysctl_options *o)
{
	struct sysctl_file_override found;

	for (size_t i = 0; i < o->n_changes; i++) {
		const char *name = o->changes[i].setting->name;

		if (!sysctl_file_find_override(&o->changes[i], &found))
			continue;
		if (found.fault)
			msg_warn("%s is read later at boot, and whether it sets vm.%s too can't "
				 "be told: %s",
				 found.path, name, found.fault);
		else
			msg_warn("%s sets vm.%s too, to another value, and is read later at boot",
				 found.path, name);
	}
}

static void restore(int proc, const struct sysctl_options *o, const long *before)
{
	struct sysctl_change back[SETTING_LIST_MAX];
	const struct sysctl_setting *failed;

	for (size_t i = 0; i < o->n_changes; i++)
		back[i] = (struct sysctl_change){ o->changes[i].setting, (int)before[i] };
	if (sysctl_write(proc, back, o->n_changes, &failed))
		msg_error("cannot put %s back", failed->name);
}

static enum status set(struct ctx *cx, const struct sysctl_options *o)
{
	const struct sysctl_setting *failed = o->changes[0].setting;
	long before[SETTING_LIST_MAX];
	int proc = procfs_open(), err = 0;
	enum status st;

	if (proc < 0) {
		msg_error("there is no /proc here: mount it first");
		return ST_BROKEN;
	}
	for (size_t i = 0; i < o->n_changes; i++)
		if (sysctl_read(proc, o->changes[i].setting, &before[i]))
			before[i] = -1;
	for (size_t i = 0; !err && i < o->n_changes; i++) {
		failed = o->changes[i].setting;
		err = sysctl_try(proc, failed);
	}
	if (!err && !o->is_dry_run)
		err = sysctl_write(proc, o->changes, o->n_changes, &failed);
	/* A change that can't be kept is undone. */
	st = !err && o->is_persistent ? persist(o) : ST_OK;
	if (st != ST_OK) {
		if (!o->is_dry_run)
			restore(proc, o, before);
		close(proc);
		return st;
	}
	close(proc);
	if (err)
		return say_failed(failed->name, err);
	for (size_t i = 0; i < o->n_changes && msg_verbosity >= 0; i++)
		fprintf(cx->out, "%s %ld -> %d: %s%s\n", o->changes[i].setting->name, before[i],
			o->changes[i].value,
			setting_list_meaning(o->changes[i].setting, o->changes[i].value),
			o->is_dry_run ? " (dry run)" : "");
	if (o->is_persistent && msg_verbosity >= 0)
		fprintf(cx->out, "%s" SYSCTLFILE "%s\n",
			o->is_dry_run ? "would be kept in " : "kept in ",
			o->is_dry_run ? " (dry run)" : "");
	if (o->is_persistent)
		report_overrides(o);
	return ST_OK;
}

static enum status show(struct ctx *cx, const struct args *a, struct sysctl_options *o)
{
	enum status st = processes_scan_count(&o->scan, cx, PROCESSES_SCAN_BREAK_EVEN);

	if (st == ST_OK)
		st = processes_forbid_privilege(cx);
	if (st == ST_OK)
		st = setting_list_show(cx, a, &o->listing, processes_scan_census(&o->scan),
				       o->shown, o->n_shown);
	return st;
}

static enum status run(struct ctx *cx, struct args *a, void *options)
{
	struct sysctl_options *o = options;
	enum status st = parse_operands(o, a);

	if (st != ST_OK)
		return st;
	return o->n_changes ? set(cx, o) : show(cx, a, o);
}

const struct cmd cmd_sysctl = {
	.name = "sysctl",
	.synopsis = "[OPTION]... [SETTING[=VALUE]]...",
	.summary = "Show or set vm.panic_on_oom and its like",
	.opts = opts,
	.shared = { { &output_group, offsetof(struct sysctl_options, listing) },
		    { &processes_scan_group, offsetof(struct sysctl_options, scan) } },
	.options_size = sizeof(struct sysctl_options),
	.max_args = CMD_ANY_NUMBER,
	.flags = CMD_OWN | CMD_WHOLE,
	.run = run,
};
