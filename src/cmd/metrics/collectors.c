/* SPDX-License-Identifier: GPL-2.0-or-later */
/* collectors: parts of the metrics. */
#include "cmd/metrics/collectors.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/msg.h"
#include "cmd/metrics/kernel_log.h"
#include "cmd/predict/text.h"
#include "cmd/shared/processes.h"
#include "cmd/standing/counts.h"
#include "oom/rules/adj.h"
#include "sys/predict/numa.h"
#include "sys/scan/hidden.h"
#include "sys/sysctl/sysctl.h"
#include "ui/prometheus.h"

bool collectors_print_kills(const struct candidates *a, FILE *out)
{
	if (a->s.machine.oom_kills < 0) {
		msg_error("cannot read the number of kills: /proc/vmstat has no oom_kill, "
			  "which needs Linux 4.13 and CONFIG_VM_EVENT_COUNTERS");
		return false;
	}
	prometheus_metric(out, "oomctl_kills_total", "counter",
			  "Processes killed by the kernel's OOM killer since boot.",
			  a->s.machine.oom_kills);
	return true;
}

bool collectors_print_log(const struct ctx *cx, struct kill_counts *c, bool is_kept, FILE *out)
{
	bool is_read = kernel_log_count(cx, c) == 0;

	if (is_read || is_kept)
		kill_counts_print(c, is_kept, is_read, out);
	return is_read;
}

enum adj_class { CLASS_NEVER, CLASS_LOWERED, CLASS_DEFAULT, CLASS_RAISED, CLASS_N };

static enum adj_class class_of(int adj)
{
	if (adj == ADJ_NEVER)
		return CLASS_NEVER;
	return adj < 0 ? CLASS_LOWERED : adj == 0 ? CLASS_DEFAULT : CLASS_RAISED;
}

/* What points count, without adj: resident memory, swap, and page tables. */
static uint64_t count_bytes(const struct snapshot *s, const struct task *t)
{
	uint64_t page_size = s->machine.totals.page_size;
	uint64_t pages = snapshot_rss(s, t) + rules_table_pages(s->rules, t, page_size);

	return (pages + (task_has(t, TASK_SWAP) ? t->swap : 0)) * page_size;
}

static void print_classes(FILE *out, const char *name, const char *help, const uint64_t *values)
{
	static const char *const names[CLASS_N] = { "never", "lowered", "default", "raised" };

	prometheus_family(out, name, "gauge", help);
	for (size_t i = 0; i < CLASS_N; i++)
		prometheus_sample(out, name, &(struct prometheus_label){ "adj", names[i] }, 1,
				  (int64_t)values[i]);
}

bool collectors_print_processes(const struct candidates *a, FILE *out)
{
	const struct scan *scan = &a->s.scan;
	uint64_t n[CLASS_N] = { 0 }, bytes[CLASS_N] = { 0 };
	size_t n_unread = scan->n_unseen, n_killable = 0, n_hidden = hidden_count(a->s.proc);

	for (size_t i = 0; i < scan->n_tasks; i++) {
		const struct task *t = &scan->tasks[i];

		if (!processes_is_dumped(t) || t->pid == scan->self)
			continue;
		if (!task_has(t, TASK_ADJ) || !task_has(t, TASK_RSS)) {
			n_unread++;
			continue;
		}
		n_killable += t->unkillable == KILLABLE;
		n[class_of(t->adj)]++;
		bytes[class_of(t->adj)] += count_bytes(&a->s, t);
	}
	prometheus_metric(out, "oomctl_unread_processes", "gauge",
			  "Processes that could not be read, and count nowhere else.",
			  (int64_t)n_unread);
	if (n_hidden) {
		msg_error("cannot count the processes: %zu %s not visible here", n_hidden,
			  n_hidden == 1 ? "is" : "are");
		return false;
	}
	print_classes(out, "oomctl_processes",
		      "Processes by oom_score_adj: -1000, lower than 0, 0, higher than 0.", n);
	print_classes(out, "oomctl_processes_memory_bytes",
		      "Resident memory, swap and page tables of these processes.", bytes);
	prometheus_metric(out, "oomctl_killable_processes", "gauge",
			  "Processes that the OOM killer can choose from.", (int64_t)n_killable);
	return true;
}

/* With a setting that overrides points, or without a killable process, there is no victim. */
bool collectors_print_victim(struct candidates *a, FILE *out)
{
	struct predict *p = &a->p;
	struct kill_choice choice;
	const char *effect;
	bool is_certain;
	int err;

	if (p->rules->weight == WEIGHT_HEURISTIC) {
		msg_error("cannot predict the next victim: points of this kernel are no memory");
		return false;
	}
	if (hidden_count(a->s.proc)) {
		msg_error("cannot predict the next victim: it may be a process that is not visible "
			  "here");
		return false;
	}
	candidates_finish(a, p, 1);
	err = mem_check(predict_weigh(p));
	if (err) {
		msg_error("cannot predict the next victim: %s", strerror(-err));
		return false;
	}
	predict_text_decided_by(&a->s.machine, NULL, &effect);
	if (effect || !predict_next(p, &choice))
		return true;
	is_certain = choice.doubt == DOUBT_NONE &&
		     !numa_are_closed_to(a->s.proc, p->candidates[choice.chosen].task.mm_pid);
	prometheus_metric(out, "oomctl_next_victim_points_bytes", "gauge",
			  "Points of the process that the OOM killer would choose, as memory.",
			  rules_points_bytes(p->rules, p->candidates[choice.victim].task.points,
					     &p->totals));
	if (choice.next != PREDICT_NONE)
		prometheus_metric(out, "oomctl_next_victim_margin_bytes", "gauge",
				  "Lead of the next victim over the process after it.",
				  rules_points_bytes(p->rules, choice.margin, &p->totals));
	prometheus_metric(out, "oomctl_next_victim_certain", "gauge",
			  "1 if the prediction of the next victim is certain, otherwise 0.",
			  is_certain);
	return true;
}

/* false: not all processes are visible, so that what the rules match is unknown. */
static bool print_rules(const struct rule_files *r, const struct counts *counts,
			const struct counts_missing *missing, FILE *out)
{
	size_t n_differ = 0, n_unmatched = 0, n_processes = 0, n_changed = 0;

	for (size_t i = 0; i < r->set.n; i++) {
		n_differ += counts[i].differ > 0;
		n_unmatched += counts[i].matches == 0;
		n_processes += counts[i].differ;
		n_changed += counts[i].changed;
	}
	prometheus_metric(out, "oomctl_rules", "gauge", "Standing rules.", (int64_t)r->set.n);
	prometheus_metric(out, "oomctl_rules_errors", "gauge",
			  "Errors in the files of rules; files with one have no effect.",
			  (int64_t)r->n_errors);
	prometheus_metric(out, "oomctl_rules_unread_processes", "gauge",
			  "Processes that could not be compared with all rules.",
			  (int64_t)missing->n);
	if (missing->are_hidden)
		return false;
	prometheus_metric(out, "oomctl_rules_not_in_effect", "gauge",
			  "Rules that would change the adj of a process now.", (int64_t)n_differ);
	prometheus_metric(out, "oomctl_rules_unmatched", "gauge", "Rules that match no process.",
			  (int64_t)n_unmatched);
	prometheus_metric(out, "oomctl_rules_differing_processes", "gauge",
			  "Processes whose adj the rules would change now.", (int64_t)n_processes);
	prometheus_metric(out, "oomctl_rules_changed_processes", "gauge",
			  "Processes whose adj something else changed after a rule set it.",
			  (int64_t)n_changed);
	return true;
}

bool collectors_print_rules(const struct ctx *cx, const struct files_options *o,
			    struct scan_options *scan, FILE *out)
{
	struct rule_files r;
	struct counts *counts;
	struct counts_missing missing = { 0 };
	bool is_read = false;
	enum status st = files_load(o, &r);

	if (st == ST_BROKEN)
		return false;
	counts = mem_alloc(r.set.n, sizeof(*counts));
	st = r.set.n ? counts_read(cx, scan, &r, counts, &missing) : ST_OK;
	if (st == ST_OK)
		is_read = print_rules(&r, counts, &missing, out);
	free(counts);
	rule_files_free(&r);
	return is_read;
}

bool collectors_print_settings(const struct candidates *a, FILE *out)
{
	static const char name[] = "oomctl_setting";
	size_t n, n_read = 0;
	const struct sysctl_setting *all = sysctl_table_table(&n);
	int64_t *values = mem_alloc(n, sizeof(*values));
	const char **names = mem_alloc(n, sizeof(*names));
	int err = 0;

	for (size_t i = 0; !err && i < n; i++) {
		err = sysctl_read(a->s.proc, &all[i], &values[n_read]);
		if (!err)
			names[n_read++] = all[i].name;
		else if (err == -ENOENT) /* not in this kernel */
			err = 0;
		else
			msg_error("cannot read the setting %s: %s", all[i].name,
				  err == -ENODEV ? "/proc has no settings" : strerror(-err));
	}
	if (!err && n_read)
		prometheus_family(out, name, "gauge", "The kernel's OOM settings.");
	for (size_t i = 0; !err && i < n_read; i++)
		prometheus_sample(out, name, &(struct prometheus_label){ "name", names[i] }, 1,
				  values[i]);
	free(values);
	free(names);
	return !err;
}
