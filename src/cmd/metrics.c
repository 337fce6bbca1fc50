/* SPDX-License-Identifier: GPL-2.0-or-later */
/* metrics: prints metrics for Prometheus, or writes them to a file for node_exporter. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/msg.h"
#include "cmd/metrics/collectors.h"
#include "cmd/metrics/textfile.h"
#include "cmd/predict/text.h"
#include "cmd/shared/processes.h"
#include "ui/prometheus.h"

struct metrics_options {
	struct scan_options scan;
	struct files_options files;
	const char *file;
};

static enum status take_file(void *target, const struct args *a)
{
	const char *slash = strrchr(a->value, '/'), *name = slash ? slash + 1 : a->value;

	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return args_error(a, "--write takes the name of a file, not '%s'", a->value);
	((struct metrics_options *)target)->file = a->value;
	return ST_OK;
}

static const struct opt opts[] = {
	OPT_CALL(0, "write", "FILE", "replace FILE at once, and keep its counters", take_file),
	OPT_END,
};

/* Which collectors could read what they needed. */
struct success {
	const char *names[8];
	bool is_ok[8];
	size_t n;
};

static void note(struct success *s, const char *name, bool is_ok)
{
	s->names[s->n] = name;
	s->is_ok[s->n++] = is_ok;
}

static void print_success(const struct success *s, FILE *out)
{
	static const char name[] = "oomctl_collector_success";

	prometheus_family(out, name, "gauge",
			  "1 if this part could be read; otherwise its metrics are missing.");
	for (size_t i = 0; i < s->n; i++)
		prometheus_sample(out, name, &(struct prometheus_label){ "collector", s->names[i] },
				  1, s->is_ok[i]);
}

/* What needs the processes. They are freed before the log is read. */
static enum status print_machine(struct ctx *cx, struct metrics_options *o, struct success *s,
				 FILE *out)
{
	enum status st = processes_scan_bpf(&o->scan, cx, PROCESSES_SCAN_EXACT);
	struct candidates a;

	if (st != ST_OK)
		return st;
	st = predict_text_take(&a, NULL, false, 0, o->scan.bpf);
	if (st == ST_OK) {
		note(s, "kills", collectors_print_kills(&a, out));
		note(s, "processes", collectors_print_processes(&a, out));
		note(s, "victim", collectors_print_victim(&a, out));
		note(s, "settings", collectors_print_settings(&a, out));
	}
	candidates_free(&a);
	processes_scan_free(&o->scan);
	return st;
}

/* ST_MISSED: some collectors failed. */
static enum status print_all(struct ctx *cx, struct metrics_options *o, const struct textfile *f,
			     FILE *out)
{
	struct kill_counts *counts = mem_alloc(1, sizeof(*counts));
	struct success s = { .n = 0 };
	enum status st = print_machine(cx, o, &s, out);

	if (st == ST_OK) {
		note(&s, "rules", collectors_print_rules(cx, &o->files, &o->scan, out));
		if (f)
			textfile_read_counts(f, counts);
		note(&s, "log", collectors_print_log(cx, counts, f != NULL, out));
		print_success(&s, out);
	}
	for (size_t i = 0; i < s.n; i++)
		st = status_worse(st, s.is_ok[i] ? ST_OK : ST_MISSED);
	free(counts);
	return st;
}

/* Gives up the caller's capabilities: nothing more is read or written but standard output. */
static enum status print_text(struct ctx *cx, const char *text)
{
	enum status st = processes_forbid_privilege(cx);

	if (st == ST_OK)
		fputs(text, cx->out);
	return st;
}

static enum status run(struct ctx *cx, struct args *a, void *options)
{
	struct metrics_options *o = options;
	struct textfile f = { .dir = -1, .lock = -1 };
	enum status st = o->file ? textfile_open(&f, o->file) : ST_OK;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)a;
	if (!out)
		mem_check(-ENOMEM);
	if (st == ST_OK)
		st = print_all(cx, o, o->file ? &f : NULL, out);
	if (fclose(out))
		mem_check(-ENOMEM);
	/* With ST_MISSED it says what is missing. */
	if (st == ST_OK || st == ST_MISSED)
		st = status_worse(st, o->file ? textfile_replace(&f, text) : print_text(cx, text));
	if (o->file)
		textfile_close(&f);
	free(text);
	return st;
}

const struct cmd cmd_metrics = {
	.name = "metrics",
	.synopsis = "[OPTION]...",
	.summary = "Print metrics for Prometheus",
	.opts = opts,
	.shared = { { &files_group, offsetof(struct metrics_options, files) },
		    { &processes_scan_group, offsetof(struct metrics_options, scan) } },
	.options_size = sizeof(struct metrics_options),
	.flags = CMD_OWN, /* the kernel's log, and all that predict and rules read */
	.run = run,
};
