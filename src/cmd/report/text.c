/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text: one report as text: what happened, then sections on memory, processes and reason. */
#include "cmd/report/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cmd/report/internal.h"
#include "oom/report/gfp.h"
#include "oom/report/pod.h"
#include "sys/cgroup/path.h"
#include "ui/wrap.h"

#define MAX_OTHERS 10 /* that are named */

static void format_cause(const struct report *r, char *buf, size_t size)
{
	if (r->is_sysrq)
		snprintf(buf, size, "A user triggered the OOM killer by sysrq-f");
	else if (r->is_openvz)
		snprintf(buf, size, "The OpenVZ container %s was at its limit", r->container);
	else if (r->kind == REPORT_MEMCG && *r->memcg)
		snprintf(buf, size, "The memory cgroup %s was at its limit", r->memcg);
	else if (r->kind == REPORT_MEMCG)
		snprintf(buf, size, "A memory cgroup was at its limit");
	else if (r->kind == REPORT_CPUSET)
		snprintf(buf, size, "The memory nodes%s%s of cpuset %s ran out",
			 *r->mems ? " " : "", r->mems, r->cpuset);
	else if (r->kind == REPORT_MEMPOLICY)
		snprintf(buf, size, "The memory nodes allowed by a memory policy ran out");
	else if (r->kind == REPORT_GLOBAL)
		snprintf(buf, size, "The machine ran out of memory");
	else
		snprintf(buf, size, "Memory ran out");
}

static void print_missing_victim(const struct report_output *o, const char *cause)
{
	const struct report *r = o->r;
	char process[PHRASES_PROCESS];

	if (r->is_group && r->n_kills)
		phrases_print(o, "%s, so the kernel killed the processes of %s (memory.oom.group).",
			      cause, r->group_memcg);
	else if (*r->panic)
		phrases_print(o, "%s, and the kernel panicked: %s.", cause, r->panic);
	else if (r->has_no_victim)
		phrases_print(o, "%s, and there was no killable process.", cause);
	else if (r->is_exiting)
		phrases_print(o, "%s. No process was killed: %s was exiting already.", cause,
			      phrases_process(r->chosen_name, r->chosen_pid, process));
	else
		phrases_print(o,
			      "%s. The log names no process that was killed: the report's end "
			      "is missing, or a process was exiting already.",
			      cause);
}

/* A kill by another program than the kernel. */
static void print_other_killer(const struct report_output *o, const struct report_kill *k)
{
	const struct report *r = o->r;
	char process[PHRASES_PROCESS], size[FORMAT_TEXT_MAX];

	if (*r->task_memcg)
		phrases_print(o, "%s killed the cgroup %s%s%s.", r->by, r->task_memcg,
			      *r->memcg ? ", because of the memory pressure in " : "", r->memcg);
	else if (r->is_relayed && k->pid >= 0)
		phrases_print(o, "%s reports that the kernel killed %s.", r->by,
			      phrases_process(k->name, k->pid, process));
	else if (r->is_relayed)
		phrases_print(o, "%s reports an OOM kill%s.",
			      strcmp(r->by, "container") == 0 ? "A container runtime" : r->by,
			      strcmp(r->by, "kubelet") == 0 ? "" : " in a container");
	else if (report_resident_kib(k) > 0)
		phrases_print(o, "%s killed %s, which had %s of memory.", r->by,
			      phrases_process(k->name, k->pid, process),
			      phrases_kib(report_resident_kib(k), size));
	else
		phrases_print(o, "%s killed %s.", r->by, phrases_process(k->name, k->pid, process));
	phrases_print(o, r->is_relayed ? "The details are in the kernel's log of its host."
				       : "This was not the kernel's OOM killer: its rules and adj "
					 "did not decide.");
}

static void print_outcome(const struct report_output *o)
{
	const struct report_kill *k = report_victim(o->r);
	char cause[1200], victim[PHRASES_PROCESS], chosen[PHRASES_PROCESS], size[FORMAT_TEXT_MAX];

	if (o->r->by) {
		print_other_killer(o, k);
		return;
	}
	format_cause(o->r, cause, sizeof(cause));
	if (!k) {
		print_missing_victim(o, cause);
		return;
	}
	phrases_process(k->name, k->pid, victim);
	if (!k->is_killed)
		phrases_print(o,
			      "%s, and the kernel chose %s. The line that confirms the kill is "
			      "missing.",
			      cause, victim);
	else if (k->chosen_pid != REPORT_ABSENT)
		phrases_print(o, "%s. The kernel chose %s, and killed its child %s in its place.",
			      cause, phrases_process(k->chosen_name, k->chosen_pid, chosen),
			      victim);
	else if (report_resident_kib(k) != REPORT_ABSENT)
		phrases_print(o, "%s, so the kernel killed %s, which had %s of %smemory.", cause,
			      victim, phrases_kib(report_resident_kib(k), size),
			      k->anon_kib != REPORT_ABSENT && k->file_kib == REPORT_ABSENT
				      ? "anonymous "
				      : "");
	else
		phrases_print(o, "%s, so the kernel killed %s.", cause, victim);
}

static void print_others(const struct report_output *o)
{
	const struct report *r = o->r;
	size_t n[3] = { 0, 0, 0 }, shown = 0;
	char process[PHRASES_PROCESS];

	for (size_t i = 0; i < r->n_kills; i++)
		n[r->kills[i].role] += !r->kills[i].is_repeated;
	if (r->is_group && report_victim(r))
		phrases_print(o,
			      "The kernel also killed %zu other process%s of %s "
			      "(memory.oom.group)%s",
			      n[REPORT_GROUP], n[REPORT_GROUP] == 1 ? "" : "es", r->group_memcg,
			      n[REPORT_GROUP] ? ":" : ".");
	if (n[REPORT_SHARER])
		phrases_print(o, "The kernel also killed %zu process%s that shared its memory:",
			      n[REPORT_SHARER], n[REPORT_SHARER] == 1 ? "" : "es");
	for (size_t i = 0; i < r->n_kills && shown < MAX_OTHERS; i++) {
		const struct report_kill *k = &r->kills[i];

		if (k->role == REPORT_VICTIM || k->is_repeated)
			continue;
		shown++;
		phrases_print(o, "%s", phrases_process(k->name, k->pid, process));
	}
	shown = n[REPORT_GROUP] + n[REPORT_SHARER] + r->n_kills_dropped - shown;
	if (shown)
		phrases_print(o, "and %zu more", shown);
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
		phrases_print(o, "Its memory could not be reaped: it was stuck inside the kernel.");
	else if (k->left_kib > 0)
		phrases_print(o,
			      "Its memory was reaped at once, except %s that is shared or locked.",
			      phrases_kib(k->left_kib, left));
	else
		phrases_print(o, "Its memory was reaped at once.");
}

static void print_title(const struct report_output *o)
{
	const struct report *r = o->r;
	char when[64];

	timestamp_format(&r->time, when, sizeof(when));
	wrap_line_print(o->out, "Report %zu%s%s%s%s%s%s%s", r->nr, *when ? ", " : "", when,
			*when && !r->time.has_date && !*r->time.text ? " s after boot" : "",
			*r->host ? ", on " : "", r->host, *r->release ? ", Linux " : "",
			r->release);
	putc('\n', o->out);
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

/* What it did then is not in the kernel's log. */
static void print_effect(const struct report_output *o)
{
	char text[UNIT_EFFECTS_TEXT], more[UNIT_EFFECTS_MORE];

	for (size_t i = 0; i < o->units->n && i < UNIT_EFFECTS_SHOWN; i++)
		phrases_print(o, "%s%s.",
			      i ? "" : "After such a kill, by the present configuration: ",
			      unit_effects_format(&o->units->list[i], text));
	if (unit_effects_have_more(o->units, more))
		phrases_print(o, "%s.", more);
}

static void print_pod(const struct report_output *o)
{
	struct pod pod;

	pod_find_victim(o->r, &pod);
	if (pod.qos)
		phrases_print(o, "Kubernetes pod %s, QoS class %s.", pod.uid, pod.qos);
	if (strlen(pod.container) > 12)
		phrases_print(o, "Container %.12s (%s).", pod.container, pod.container);
	else if (*pod.container && !o->r->is_openvz)
		phrases_print(o, "Container %s.", pod.container);
}

static void print_request(const struct report_output *o)
{
	const struct report *r = o->r;
	char process[PHRASES_PROCESS], gfp[256], size[FORMAT_TEXT_MAX], amount[96] = "memory";
	const char *purpose;

	if (!r->has_header)
		return;
	phrases_heading(o, "Request");
	if (r->is_sysrq) {
		phrases_print(o, "None: the kill was triggered by sysrq-f (or by writing f to "
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
	phrases_print(o, "%s requested %s%s%s%s%s%s.",
		      phrases_process(r->asker, r->asker_pid, process), amount,
		      *purpose ? ", for " : "", purpose, *gfp ? " (" : "", gfp, *gfp ? ")" : "");
}

/* A section that has only a heading is left out. */
static void print_section(const struct report_output *o,
			  void (*section)(const struct report_output *o))
{
	struct report_output buffered = *o;
	char *text = NULL, *end;
	size_t len;

	buffered.out = open_memstream(&text, &len);
	if (!buffered.out)
		mem_check(-ENOMEM);
	section(&buffered);
	if (fclose(buffered.out))
		mem_check(-ENOMEM);
	end = *text == '\n' ? strchr(text + 1, '\n') : NULL;
	if (!end || end[1])
		fwrite(text, 1, len, o->out);
	free(text);
}

void report_text_print(FILE *out, size_t width, const struct report *r, const struct analysis *a,
		       const struct unit_effects_kills *units)
{
	static void (*const sections[])(const struct report_output *o) = {
		print_title,   memory_print_futility, print_outcome,      print_unit,
		print_pod,     print_others,          print_reaper,       print_effect,
		print_request, memory_print_limits,   memory_print_usage, memory_print_zones,
		tasks_print,   reason_print,          advice_print,
	};
	const struct report_output o = { .out = out,
					 .width = width,
					 .r = r,
					 .a = a,
					 .units = units };

	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		print_section(&o, sections[i]);
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
