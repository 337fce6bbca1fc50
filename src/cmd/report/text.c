/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text: one report as text: what happened, then sections on memory, processes and reason. */
#include "cmd/report/text.h"

#include <string.h>

#include "base/text.h"
#include "cmd/report/internal.h"
#include "oom/report/gfp.h"
#include "sys/cgroup/path.h"

static void format_cause(const struct report *r, char *buf, size_t size)
{
	if (r->is_sysrq)
		snprintf(buf, size, "Someone asked the kernel by sysrq-f to kill a process");
	else if (r->kind == REPORT_MEMCG && *r->memcg)
		snprintf(buf, size, "The memory cgroup %s was at its limit", r->memcg);
	else if (r->kind == REPORT_MEMCG)
		snprintf(buf, size, "A memory cgroup was at its limit");
	else if (r->kind == REPORT_CPUSET)
		snprintf(buf, size, "The memory nodes of cpuset %s%s%s ran out", r->cpuset,
			 *r->mems ? ", " : "", r->mems);
	else if (r->kind == REPORT_MEMPOLICY)
		snprintf(buf, size, "The memory nodes of a program's own choice ran out");
	else if (r->kind == REPORT_GLOBAL)
		snprintf(buf, size, "The machine ran out of memory");
	else
		snprintf(buf, size, "Memory ran out");
}

static void print_missing_victim(const struct report_output *o, const char *cause)
{
	const struct report *r = o->r;

	if (*r->panic)
		phrases_print(o, "%s, and the kernel stopped the machine: %s.", cause, r->panic);
	else if (r->has_no_victim)
		phrases_print(o, "%s, and there was no process that the kernel could have killed.",
			      cause);
	else
		phrases_print(o,
			      "%s. The report says of no process that it was killed: its end is "
			      "missing, or somebody was dying already.",
			      cause);
}

static void print_outcome(const struct report_output *o)
{
	const struct report_kill *k = report_victim(o->r);
	char cause[1200], victim[PHRASES_PROCESS], chosen[PHRASES_PROCESS], size[FORMAT_TEXT_MAX];

	format_cause(o->r, cause, sizeof(cause));
	if (!k) {
		print_missing_victim(o, cause);
		return;
	}
	phrases_process(k->name, k->pid, victim);
	if (!k->is_killed)
		phrases_print(o,
			      "%s, and the kernel chose %s to be killed. The line that would "
			      "confirm it is missing.",
			      cause, victim);
	else if (k->chosen_pid != REPORT_ABSENT)
		phrases_print(o, "%s. The kernel chose %s, and killed its child %s in its place.",
			      cause, phrases_process(k->chosen_name, k->chosen_pid, chosen),
			      victim);
	else if (report_resident_kib(k) != REPORT_ABSENT)
		phrases_print(o, "%s, so the kernel killed %s, which had %s of memory.", cause,
			      victim, phrases_kib(report_resident_kib(k), size));
	else
		phrases_print(o, "%s, so the kernel killed %s.", cause, victim);
}

static void print_others(const struct report_output *o)
{
	const struct report *r = o->r;
	size_t n[3] = { 0, 0, 0 };
	char process[PHRASES_PROCESS];

	for (size_t i = 0; i < r->n_kills; i++)
		n[r->kills[i].role] += !r->kills[i].is_repeated;
	if (r->is_group)
		phrases_print(o,
			      "All processes of %s had to die with it (memory.oom.group): %zu "
			      "more%s",
			      r->group_memcg, n[REPORT_GROUP], n[REPORT_GROUP] ? ":" : ".");
	if (n[REPORT_SHARER])
		phrases_print(o, "It shared its memory with %zu more, which had to die too:",
			      n[REPORT_SHARER]);
	for (size_t i = 0, shown = 0; i < r->n_kills; i++) {
		const struct report_kill *k = &r->kills[i];

		if (k->role == REPORT_VICTIM || k->is_repeated)
			continue;
		if (++shown > 10) {
			phrases_print(o, "and more.");
			break;
		}
		phrases_print(o, "%s", phrases_process(k->name, k->pid, process));
	}
}

static void print_reaper(const struct report_output *o)
{
	const struct report_kill *k = report_victim(o->r);
	char left[FORMAT_TEXT_MAX];

	for (size_t i = 0; k && i < o->r->n_kills; i++)
		if (o->r->kills[i].pid == k->pid && o->r->kills[i].reaped)
			k = &o->r->kills[i];
	if (!k || !k->reaped)
		return;
	if (k->reaped == REPORT_STUCK)
		phrases_print(o, "Its memory could not be taken back: it was stuck inside the "
				 "kernel.");
	else if (k->left_kib > 0)
		phrases_print(o,
			      "Its memory was taken back at once, but for %s that others use or "
			      "that was locked.",
			      phrases_kib(k->left_kib, left));
	else
		phrases_print(o, "Its memory was taken back at once.");
}

static void print_title(const struct report_output *o)
{
	const struct report *r = o->r;
	char when[64], title[512], shown[256];

	timestamp_format(&r->time, when, sizeof(when));
	snprintf(title, sizeof(title), "Report %zu%s%s%s%s%s%s%s", r->nr, *when ? ", " : "", when,
		 *when && !r->time.has_date && !*r->time.text ? " s after boot" : "",
		 *r->host ? ", on " : "", r->host, *r->release ? ", Linux " : "", r->release);
	text_escape(shown, sizeof(shown), title, strlen(title), 0);
	fprintf(o->out, "%s\n\n", shown);
}

static void print_unit(const struct report_output *o)
{
	const struct report *r = o->r;
	char unit[256];

	if (!report_victim(r) || !*r->task_memcg || strcmp(r->task_memcg, "/") == 0)
		return;
	if (cgroup_path_find_container_or_unit(r->task_memcg, unit, sizeof(unit)) == 0)
		phrases_print(o, "It belonged to %s (cgroup %s).", unit, r->task_memcg);
	else if (strcmp(r->task_memcg, r->memcg) != 0)
		phrases_print(o, "It belonged to the cgroup %s.", r->task_memcg);
}

static void print_request(const struct report_output *o)
{
	const struct report *r = o->r;
	char process[PHRASES_PROCESS], gfp[256], size[FORMAT_TEXT_MAX], amount[96] = "memory";
	const char *purpose;

	if (!r->has_header)
		return;
	phrases_heading(o, "What was asked for");
	if (r->is_sysrq) {
		phrases_print(o, "Nothing: the kill was ordered, by sysrq-f (or writing f to "
				 "/proc/sysrq-trigger).");
		return;
	}
	purpose = gfp_purpose(gfp_names(r, gfp, sizeof(gfp)));
	if (!*gfp && r->gfp_mask != REPORT_ABSENT)
		snprintf(gfp, sizeof(gfp), "gfp_mask 0x%llx", (unsigned long long)r->gfp_mask);
	if (r->order == 0)
		snprintf(amount, sizeof(amount), "one page%s%s", o->a->assumes_4k ? "" : " of ",
			 o->a->assumes_4k ? "" : phrases_pages(o, 1, size));
	else if (r->order > 0 && r->order < 16)
		snprintf(amount, sizeof(amount), "%lld pages in one piece (%s, order %lld)",
			 1LL << r->order, phrases_pages(o, (int64_t)1 << r->order, size),
			 (long long)r->order);
	phrases_print(o, "%s asked for %s%s%s%s%s%s.",
		      phrases_process(r->asker, r->asker_pid, process), amount,
		      *purpose ? ", for " : "", purpose, *gfp ? " (" : "", gfp, *gfp ? ")" : "");
}

void report_text_print(FILE *out, size_t width, const struct report *r, const struct analysis *a)
{
	static void (*const sections[])(const struct report_output *o) = {
		print_title,        print_outcome, print_unit,          print_others,
		print_reaper,       print_request, memory_print_limits, memory_print_usage,
		memory_print_zones, tasks_print,   reason_print,        reason_print_advice,
	};
	const struct report_output o = { .out = out, .width = width, .r = r, .a = a };

	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		sections[i](&o);
}

void report_text_print_table(FILE *out, const struct report *r, const struct analysis *a,
			     bool has_no_heading)
{
	char shown[1024];

	if (!has_no_heading) {
		text_escape(shown, sizeof(shown), r->heading, strlen(r->heading), 0);
		fprintf(out, "%s\n", shown);
	}
	for (size_t i = 0; i < a->n_order; i++) {
		const struct report_row *row = &r->rows[a->order[i]];

		text_escape(shown, sizeof(shown), r->texts + row->text, row->text_len, 0);
		fprintf(out, "%s\n", shown);
	}
}
