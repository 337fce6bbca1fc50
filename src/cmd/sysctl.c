/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sysctl: shows and sets the kernel's OOM settings. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/msg.h"
#include "base/num.h"
#include "base/text.h"
#include "cmd/shared/output.h"
#include "cmd/shared/processes.h"
#include "cmd/sysctl/effect.h"
#include "oom/rules/sysctl_table.h"
#include "sys/proc/procfs.h"
#include "sys/sysctl/sysctl.h"
#include "ui/wrap.h"

/* A setting and the meaning of its value. */
struct setting_row {
	const struct sysctl_setting *setting;
	const char *name, *meaning;
	int64_t value;  /* LIST_UNKNOWN: missing in this kernel, or unreadable */
	char now[256];  /* "": unknown */
	bool has_rival; /* its rival is in effect in its place */
	char text[SYSCTL_TABLE_TEXT];
};

static const struct column columns[] = {
	{ "name", NULL, COLUMN_TEXT, list_get_text, offsetof(struct setting_row, name), 0,
	  "setting, without the prefix vm. or kernel." },
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

static void fill_row(struct setting_row *row, const struct sysctl_setting *setting,
		     const struct effect *e, const struct snapshot *s)
{
	size_t n;
	size_t at = (size_t)(setting - sysctl_table_table(&n));
	int err = e->errors[at];

	row->setting = setting;
	row->name = setting->name;
	row->value = err ? LIST_UNKNOWN : e->values[at];
	row->meaning = err == -ENOENT ? "this kernel does not have it"
		       : err          ? "not visible here"
				      : sysctl_table_meaning(setting, e->values[at], row->text);
	row->has_rival = effect_has_rival(e, setting);
	effect_describe(e, s, setting, row->now, sizeof(row->now));
}

#define NAME_WIDTH 24

static int print_value(char text[24], int64_t value)
{
	return value == LIST_UNKNOWN ? snprintf(text, 24, "-")
				     : snprintf(text, 24, "%lld", (long long)value);
}

/* As paragraphs, because meanings are long. */
static void print_paragraphs(const struct ctx *cx, const struct setting_row *rows, size_t n)
{
	char text[4 * sizeof(rows->now)], value[24];
	size_t width = cx->width ? cx->width : SIZE_MAX, indent;
	int most = 2, len;

	for (size_t i = 0; i < n; i++) {
		len = print_value(value, rows[i].value);
		most = len > most ? len : most;
	}
	indent = NAME_WIDTH + 1 + (size_t)most + 2;
	for (size_t i = 0; i < n; i++) {
		print_value(value, rows[i].value);
		fprintf(cx->out, "%-*s %*s  ", NAME_WIDTH, rows[i].name, most, value);
		wrap_wrap(cx->out, rows[i].meaning, indent, indent, width);
		if (!*rows[i].now)
			continue;
		text_escape(text, sizeof(text), rows[i].now, strlen(rows[i].now), 0);
		fprintf(cx->out, "%*snow: ", (int)indent, "");
		wrap_wrap(cx->out, text, indent + 5, indent, width);
	}
}

/* Only values, as 'sysctl -n'; or lines that 'sysctl -p' reads. */
static void print_lines(const struct ctx *cx, const struct setting_row *rows, size_t n,
			bool has_names)
{
	for (size_t i = 0; i < n; i++) {
		const struct setting_row *row = &rows[i];
		const struct sysctl_setting *s = row->setting;
		char value[24];

		print_value(value, row->value);
		if (!has_names)
			fprintf(cx->out, "%s\n", value);
		else if (row->value == LIST_UNKNOWN)
			fprintf(cx->out, "# %s.%s: %s\n", s->dir, s->name, row->meaning);
		else if (row->has_rival)
			/* Setting it would disable its rival. */
			fprintf(cx->out, "# %s.%s = %s: %s\n", s->dir, s->name, value, row->now);
		else
			fprintf(cx->out, "%s.%s = %s\n", s->dir, s->name, value);
	}
}

struct sysctl_options {
	struct output_options listing;
	struct scan_options scan;
	bool is_persistent, is_dry_run, is_write, has_values;
	struct sysctl_change changes[SYSCTL_TABLE_N];
	size_t n_changes;
	const struct sysctl_setting *shown[SYSCTL_TABLE_N];
	size_t n_shown;
};

/* As paragraphs, or as a list if an output option is given. */
static enum status show(struct ctx *cx, const struct args *a, struct sysctl_options *o)
{
	struct setting_row rows[SYSCTL_TABLE_N] = { 0 };
	struct effect e;
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
	effect_read(&e, s.proc);
	for (size_t i = 0; i < list.n_rows; i++)
		fill_row(&rows[i], o->n_shown ? o->shown[i] : &all[i], &e, &s);
	if (v->mode == LIST_JSON || o->listing.output || o->listing.has_all)
		list_print(v, &list);
	else if (v->mode == LIST_RAW || o->has_values)
		print_lines(cx, rows, list.n_rows, !o->has_values);
	else
		print_paragraphs(cx, rows, list.n_rows);
	processes_say_hidden(&s);
	snapshot_free(&s);
	return ST_OK;
}

static const struct opt opts[] = {
	OPT_FLAG(0, "persist", "also store the values in " SYSCTLFILE, struct sysctl_options,
		 is_persistent),
	OPT_FLAG('w', "write", "all arguments set values, as in sysctl(8)", struct sysctl_options,
		 is_write),
	OPT_FLAG('n', "values", "print only values, as in sysctl(8)", struct sysctl_options,
		 has_values),
	OPT_FLAG(0, "dry-run", "only show what would change", struct sysctl_options, is_dry_run),
	OPT_END,
};

/* The groups after the command's own: output and scan options. */
#define LIST_GROUPS (~0U << 2)

static enum status parse_operand(struct sysctl_options *o, const struct args *a, const char *word)
{
	size_t len = strcspn(word, "=");
	const struct sysctl_setting *s = sysctl_table_find(word, len);
	int64_t value;

	if (!s) {
		struct text_nearest n = { word, len, NULL, 0 };
		struct args with_hint = *a;
		size_t n_all;
		const struct sysctl_setting *all = sysctl_table_table(&n_all);

		for (size_t i = 0; i < n_all; i++)
			text_nearest_try(&n, all[i].name);
		with_hint.hint = "settings: panic_on_oom, oom_kill_allocating_task, "
				 "oom_dump_tasks, panic, overcommit_memory, overcommit_ratio, "
				 "overcommit_kbytes, min_free_kbytes";
		args_unknown(&with_hint, "setting", &n);
		return ST_USAGE;
	}
	if (o->n_changes == SYSCTL_TABLE_N || o->n_shown == SYSCTL_TABLE_N)
		return args_error(a, "at most %d settings are allowed", SYSCTL_TABLE_N);
	if (!word[len]) {
		o->shown[o->n_shown++] = s;
		return ST_OK;
	}
	if (num_parse(word + len + 1, s->min, s->max, &value))
		return args_error(a, "%s must be %" PRId64 " to %" PRId64 ", not '%s'", s->name,
				  s->min, s->max, word + len + 1);
	for (size_t i = 0; i < o->n_changes; i++) {
		const struct sysctl_setting *other = o->changes[i].setting;

		if (other == s)
			return args_error(a, "%s is set twice", s->name);
		if (s->rival && strcmp(s->rival, other->name) == 0)
			return args_error(a, "%s and %s are mutually exclusive", other->name,
					  s->name);
	}
	o->changes[o->n_changes++] = (struct sysctl_change){ s, value };
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

static void report_files(const struct sysctl_options *o)
{
	struct sysctl_file_override found;

	for (size_t i = 0; i < o->n_changes && o->is_persistent; i++) {
		const struct sysctl_setting *s = o->changes[i].setting;

		if (!sysctl_file_find_override(&o->changes[i], &found))
			continue;
		if (found.fault)
			msg_warn("%s is read later at boot and could override %s.%s: %s",
				 found.path, s->dir, s->name, found.fault);
		else
			msg_warn("%s overrides %s.%s at boot with a different value", found.path,
				 s->dir, s->name);
	}
}

/* Reports what was set, its dangers, and which files override it at boot. */
static void report(struct ctx *cx, const struct sysctl_options *o, const struct effect *before)
{
	const char *dry_run = o->is_dry_run ? " (dry run)" : "";
	char text[SYSCTL_TABLE_TEXT];
	struct effect after = *before;

	for (size_t i = 0; i < o->n_changes && msg_verbosity >= 0; i++) {
		const struct sysctl_setting *s = o->changes[i].setting;
		int64_t value = o->changes[i].value;

		if (o->has_values) {
			fprintf(cx->out, "%" PRId64 "\n", value);
			continue;
		}
		wrap_line_print(cx->out, "%s %" PRId64 " -> %" PRId64 ": %s%s", s->name,
				effect_value(before, s->name, -1), value,
				s->rival && !value ? "the commit limit is only swap"
						   : sysctl_table_meaning(s, value, text),
				dry_run);
		if (effect_has_rival(before, s))
			wrap_line_print(cx->out, "%s %" PRId64 " -> 0: %s%s%s%s", s->rival,
					effect_value(before, s->rival, 0), value ? "" : "writing ",
					s->name, value ? " is used instead" : " clears it",
					dry_run);
	}
	if (o->is_persistent && msg_verbosity >= 0 && !o->has_values)
		wrap_line_print(cx->out, "%s" SYSCTLFILE "%s",
				o->is_dry_run ? "would be stored in " : "stored in ", dry_run);
	effect_apply(&after, o->changes, o->n_changes);
	effect_warn(&after, o->changes, o->n_changes);
	report_files(o);
}

/* The changes that restore the settings; where a rival was in effect, it is written. */
static void find_way_back(const struct sysctl_options *o, const struct effect *before,
			  struct sysctl_change *back)
{
	for (size_t i = 0; i < o->n_changes; i++) {
		const struct sysctl_setting *s = o->changes[i].setting;

		if (effect_has_rival(before, s))
			s = sysctl_table_find(s->rival, strlen(s->rival));
		back[i] = (struct sysctl_change){ s, effect_value(before, s->name, -1) };
	}
}

static enum status set_values(struct ctx *cx, const struct sysctl_options *o, int proc,
			      const struct effect *before)
{
	const struct sysctl_setting *failed = o->changes[0].setting;
	struct sysctl_change back[SYSCTL_TABLE_N];
	int err = 0;
	enum status st;

	find_way_back(o, before, back);
	for (size_t i = 0; !err && i < o->n_changes; i++) {
		failed = o->changes[i].setting;
		err = sysctl_try(proc, failed);
	}
	if (!err && !o->is_dry_run)
		err = sysctl_write(proc, o->changes, o->n_changes, &failed);
	if (err)
		return report_failed(failed->name, err);
	/* If it cannot be stored, it is undone. */
	st = o->is_persistent ? persist(o) : ST_OK;
	if (st != ST_OK && !o->is_dry_run && sysctl_write(proc, back, o->n_changes, &failed))
		msg_error("cannot restore %s", failed->name);
	if (st == ST_OK)
		report(cx, o, before);
	return st;
}

static enum status set(struct ctx *cx, const struct args *a, const struct sysctl_options *o)
{
	struct effect before;
	int proc = procfs_open();
	enum status st;

	if (proc < 0)
		return processes_say_unreadable(proc);
	effect_read(&before, proc);
	st = effect_check(&before, a, o->changes, o->n_changes);
	if (st == ST_OK)
		st = set_values(cx, o, proc, &before);
	close(proc);
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
	if (o->is_write && (o->n_shown || !o->n_changes))
		return args_error(a, "--write needs SETTING=VALUE");
	if (o->n_changes && o->n_shown)
		return args_error(a, "settings with and without '=VALUE' cannot be combined");
	if (o->has_values && (o->listing.has_json || o->listing.output || o->listing.has_all))
		return args_error(a, "--values and -J, -o or --output-all are mutually exclusive");
	if (o->n_changes && a->used & LIST_GROUPS)
		return args_error(a, "output and scan options cannot be used with '=VALUE'");
	if (!o->n_changes && (o->is_persistent || o->is_dry_run))
		return args_error(a, "--persist and --dry-run need SETTING=VALUE");
	return o->n_changes ? set(cx, a, o) : show(cx, a, o);
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
