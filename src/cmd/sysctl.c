/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sysctl: shows and sets the kernel's OOM settings. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/msg.h"
#include "base/num.h"
#include "base/text.h"
#include "cmd/shared/output.h"
#include "cmd/shared/processes.h"
#include "oom/rules/sysctl_table.h"
#include "sys/proc/procfs.h"
#include "sys/sysctl/sysctl.h"
#include "ui/wrap.h"

/* The maximum number of settings in one call. */
#define SETTINGS_MAX 8

/* A setting and the meaning of its value. */
struct setting_row {
	const char *name, *meaning;
	int64_t value; /* LIST_UNKNOWN: missing in this kernel, or unreadable */
	char now[256]; /* "": unknown */
};

static const struct column columns[] = {
	{ "name", NULL, COLUMN_TEXT, list_get_text, offsetof(struct setting_row, name), 0,
	  "setting, without the prefix vm." },
	{ "value", NULL, COLUMN_NUMBER, list_get_number, offsetof(struct setting_row, value), 0,
	  "its value" },
	{ "meaning", NULL, COLUMN_CUT, list_get_text, offsetof(struct setting_row, meaning), 0,
	  "what the kernel does with this value" },
	{ "now", NULL, COLUMN_CUT, list_get_chars, offsetof(struct setting_row, now), 0,
	  "the effect on this machine now" },
};

static const struct list setting_columns = {
	.name = "settings",
	.columns = columns,
	.n_columns = sizeof(columns) / sizeof(columns[0]),
	.row_size = sizeof(struct setting_row),
};

static const char *setting_meaning(const struct sysctl_setting *s, long value)
{
	return value >= 0 && value <= s->max ? s->meanings[value] : "unknown";
}

/* The effect of the value on the current processes. */
static void fill_now(struct setting_row *row, const struct snapshot *s)
{
	const struct scan *scan = &s->scan;
	const struct task *first = scan->n_tasks && scan->tasks[0].place == 1 ? &scan->tasks[0]
									      : NULL;
	const char *seen = scan->n_unseen ? " (visible processes only)" : "";
	size_t n_listed = 0, size = sizeof(row->now);

	for (size_t i = 0; i < scan->n_tasks; i++)
		n_listed += processes_is_dumped(&scan->tasks[i]);
	if (strcmp(row->name, "oom_dump_tasks") == 0)
		snprintf(row->now, size, "%zu %s would%s be listed%s", n_listed,
			 n_listed == 1 ? "process" : "processes", row->value ? "" : " not", seen);
	else if (s->machine.panic_on_oom > 0)
		snprintf(row->now, size, "the machine would panic");
	else if (s->machine.kill_allocating > 0)
		snprintf(row->now, size, "any process can be killed");
	else if (!first && scan->n_unseen)
		snprintf(row->now, size, "no visible process is killable");
	else if (!first)
		snprintf(row->now, size, "no process is killable: the machine would panic");
	else
		snprintf(row->now, size, "pid %d (%s) would be killed first%s", (int)first->pid,
			 first->name, seen);
}

static void fill_row(struct setting_row *row, const struct sysctl_setting *setting,
		     const struct snapshot *s)
{
	long value;
	int err = sysctl_read(s->proc, setting, &value);

	if (!err && value < 0)
		err = -EINVAL;
	row->name = setting->name;
	row->value = err ? LIST_UNKNOWN : value;
	row->meaning = err == -ENOENT ? "this kernel does not have it"
		       : err          ? "not visible here"
				      : setting_meaning(setting, value);
	if (!err)
		fill_now(row, s);
}

#define INDENT 29

/* As paragraphs, because meanings are long. */
static void print_paragraphs(const struct ctx *cx, const struct setting_row *rows, size_t n)
{
	char text[4 * sizeof(rows->now)], value[24];
	size_t width = cx->width ? cx->width : SIZE_MAX;

	for (size_t i = 0; i < n; i++) {
		snprintf(value, sizeof(value), "%lld", (long long)rows[i].value);
		fprintf(cx->out, "%-24s %2s  ", rows[i].name,
			rows[i].value == LIST_UNKNOWN ? "-" : value);
		wrap_wrap(cx->out, rows[i].meaning, INDENT, INDENT, width);
		if (!*rows[i].now)
			continue;
		text_escape(text, sizeof(text), rows[i].now, strlen(rows[i].now), 0);
		fprintf(cx->out, "%*snow: ", INDENT, "");
		wrap_wrap(cx->out, text, INDENT + 5, INDENT, width);
	}
}

struct sysctl_options {
	struct output_options listing;
	struct scan_options scan;
	bool is_persistent, is_dry_run;
	struct sysctl_change changes[SETTINGS_MAX];
	size_t n_changes;
	const struct sysctl_setting *shown[SETTINGS_MAX];
	size_t n_shown;
};

/* As paragraphs, or as a list if an output option is given. */
static enum status show(struct ctx *cx, const struct args *a, struct sysctl_options *o)
{
	struct setting_row rows[SETTINGS_MAX] = { 0 };
	struct scan_want want = { .top = SCAN_ALL, .unkillable = true };
	struct snapshot s = { .proc = -1 };
	struct list list = setting_columns;
	struct list_view *v = &o->listing.view;
	size_t n_all;
	const struct sysctl_setting *all = sysctl_table_table(&n_all);
	enum status st = processes_scan_alone(&o->scan, cx);

	want.bpf = o->scan.bpf;
	if (st == ST_OK)
		st = output_set_columns(&o->listing, cx, a, &list, "name,value,meaning,now");
	if (st == ST_OK)
		st = processes_take(NULL, &want, &s);
	if (st != ST_OK)
		return st;
	list.rows = rows;
	list.n_rows = o->n_shown ? o->n_shown : n_all;
	for (size_t i = 0; i < list.n_rows; i++)
		fill_row(&rows[i], o->n_shown ? o->shown[i] : &all[i], &s);
	if (v->mode == LIST_TABLE && !o->listing.output && !o->listing.has_all)
		print_paragraphs(cx, rows, list.n_rows);
	else
		list_print(v, &list);
	processes_say_hidden(&s);
	snapshot_free(&s);
	return ST_OK;
}

static const struct opt opts[] = {
	OPT_FLAG(0, "persist", "also store the values in " SYSCTLFILE, struct sysctl_options,
		 is_persistent),
	OPT_FLAG(0, "dry-run", "only show what would change", struct sysctl_options, is_dry_run),
	OPT_END,
};

/* The groups after the command's own: output and scan options. */
#define LIST_GROUPS (~0U << 2)

static enum status parse_operand(struct sysctl_options *o, const struct args *a, const char *word)
{
	size_t len = strcspn(word, "=");
	const struct sysctl_setting *s = sysctl_table_find(word, len);
	long value;

	if (!s) {
		struct text_nearest n = { word, len, NULL, 0 };
		struct args with_hint = *a;
		size_t n_all;
		const struct sysctl_setting *all = sysctl_table_table(&n_all);

		for (size_t i = 0; i < n_all; i++)
			text_nearest_try(&n, all[i].name);
		with_hint.hint = "settings: panic_on_oom, oom_kill_allocating_task, oom_dump_tasks";
		args_unknown(&with_hint, "setting", &n);
		return ST_USAGE;
	}
	if (o->n_changes == SETTINGS_MAX || o->n_shown == SETTINGS_MAX)
		return args_error(a, "at most %d settings are allowed", SETTINGS_MAX);
	if (!word[len]) {
		o->shown[o->n_shown++] = s;
		return ST_OK;
	}
	if (num_parse(word + len + 1, 0, s->max, &value))
		return args_error(a, "%s must be 0 to %d, not '%s'", s->name, s->max,
				  word + len + 1);
	for (size_t i = 0; i < o->n_changes; i++)
		if (o->changes[i].setting == s)
			return args_error(a, "%s is set twice", s->name);
	o->changes[o->n_changes++] = (struct sysctl_change){ s, (int)value };
	return ST_OK;
}

static enum status report_failed(const char *what, int err)
{
	msg_error("cannot set %s: %s", what,
		  err == -ENODEV   ? "/proc does not contain the settings (subset=pid)"
		  : err == -ENOENT ? "this kernel does not have it"
				   : strerror(-err));
	if (err == -EACCES || err == -EPERM)
		msg_error("only root can change kernel settings");
	return status_of_error(err, ST_BROKEN);
}

/* Stores the values for the next boot. ST_BROKEN or ST_DENIED after an error message. */
static enum status persist(const struct sysctl_options *o)
{
	const char *fault;
	int err = sysctl_file_persist(o->changes, o->n_changes, o->is_dry_run, &fault);

	if (fault) {
		msg_error("cannot write " SYSCTLFILE ": %s", fault);
		return err == -EBUSY ? ST_BROKEN : ST_DENIED;
	}
	if (err) {
		msg_error("cannot write " SYSCTLFILE ": %s", strerror(-err));
		return status_of_error(err, ST_BROKEN);
	}
	return ST_OK;
}

/* Reports what was set, and which files override it at boot. */
static void report(struct ctx *cx, const struct sysctl_options *o, const long *before)
{
	const char *dry_run = o->is_dry_run ? " (dry run)" : "";
	struct sysctl_file_override found;

	for (size_t i = 0; i < o->n_changes && msg_verbosity >= 0; i++)
		wrap_line_print(cx->out, "%s %ld -> %d: %s%s", o->changes[i].setting->name,
				before[i], o->changes[i].value,
				setting_meaning(o->changes[i].setting, o->changes[i].value),
				dry_run);
	if (o->is_persistent && msg_verbosity >= 0)
		wrap_line_print(cx->out, "%s" SYSCTLFILE "%s",
				o->is_dry_run ? "would be stored in " : "stored in ", dry_run);
	for (size_t i = 0; i < o->n_changes && o->is_persistent; i++) {
		const char *name = o->changes[i].setting->name;

		if (!sysctl_file_find_override(&o->changes[i], &found))
			continue;
		if (found.fault)
			msg_warn("%s is read later at boot and could override vm.%s: %s",
				 found.path, name, found.fault);
		else
			msg_warn("%s overrides vm.%s at boot with a different value", found.path,
				 name);
	}
}

static enum status set(struct ctx *cx, const struct sysctl_options *o)
{
	const struct sysctl_setting *failed = o->changes[0].setting;
	struct sysctl_change back[SETTINGS_MAX];
	long before[SETTINGS_MAX];
	int proc = procfs_open(), err = 0;
	enum status st;

	if (proc < 0)
		return processes_say_unreadable(proc);
	for (size_t i = 0; i < o->n_changes; i++) {
		if (sysctl_read(proc, o->changes[i].setting, &before[i]))
			before[i] = -1;
		back[i] = (struct sysctl_change){ o->changes[i].setting, (int)before[i] };
	}
	for (size_t i = 0; !err && i < o->n_changes; i++) {
		failed = o->changes[i].setting;
		err = sysctl_try(proc, failed);
	}
	if (!err && !o->is_dry_run)
		err = sysctl_write(proc, o->changes, o->n_changes, &failed);
	/* If it cannot be stored, it is undone. */
	st = !err && o->is_persistent ? persist(o) : ST_OK;
	if (st != ST_OK && !o->is_dry_run && sysctl_write(proc, back, o->n_changes, &failed))
		msg_error("cannot restore %s", failed->name);
	close(proc);
	if (err)
		return report_failed(failed->name, err);
	if (st == ST_OK)
		report(cx, o, before);
	return st;
}

static enum status run(struct ctx *cx, struct args *a, void *options)
{
	struct sysctl_options *o = options;
	enum status st = ST_OK;

	for (size_t i = 0; st == ST_OK && i < a->n_operands; i++)
		st = parse_operand(o, a, a->operands[i]);
	if (st != ST_OK)
		return st;
	if (o->n_changes && o->n_shown)
		return args_error(a, "settings with and without '=VALUE' cannot be combined");
	if (o->n_changes && a->used & LIST_GROUPS)
		return args_error(a, "output and scan options cannot be used with '=VALUE'");
	if (!o->n_changes && (o->is_persistent || o->is_dry_run))
		return args_error(a, "--persist and --dry-run need SETTING=VALUE");
	return o->n_changes ? set(cx, o) : show(cx, a, o);
}

const struct cmd cmd_sysctl = {
	.name = "sysctl",
	.synopsis = "[OPTION]... [SETTING[=VALUE]]...",
	.summary = "Show or set the kernel's OOM settings",
	.opts = opts,
	.shared = { { &output_group, offsetof(struct sysctl_options, listing) },
		    { &processes_scan_group, offsetof(struct sysctl_options, scan) } },
	.list = &setting_columns,
	.options_size = sizeof(struct sysctl_options),
	.max_args = CMD_ANY_NUMBER,
	.flags = CMD_OWN | CMD_WHOLE,
	.run = run,
};
