/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text: one report in words: what happened, in the order in which one would ask. */
#include "cmd/report/text.h"

#include <string.h>

#include "base/text.h"
#include "oom/report/gfp.h"
#include "oom/rules/version.h"
#include "sys/cgroup/path.h"
#include "ui/format.h"

static const char *reason(const struct report *r, char *buf, size_t size)
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
	return buf;
}

static void print_outcome(const struct report_text *s)
{
	const struct report *r = s->r;
	const struct report_kill *k = report_victim(r);
	char why[1200], who[REPORT_TEXT_WHO], freed[FORMAT_TEXT_MAX], chosen[REPORT_TEXT_WHO];

	reason(r, why, sizeof(why));
	if (!k && *r->panic)
		report_text_say(s, "%s, and the kernel stopped the machine: %s.", why, r->panic);
	else if (!k && r->has_no_victim)
		report_text_say(s,
				"%s, and there was no process that the kernel could have killed.",
				why);
	else if (!k)
		report_text_say(s,
				"%s. The report says of no process that it was killed: its end is missing, or somebody "
				"was dying already.",
				why);
	else if (!k->is_killed)
		report_text_say(
			s,
			"%s, and the kernel chose %s to be killed. The line that would confirm it is missing.",
			why, report_text_who(k->name, k->pid, who));
	else if (k->chosen_pid != REPORT_ABSENT)
		report_text_say(s, "%s. The kernel chose %s, and killed its child %s in its place.",
				why, report_text_who(k->chosen_name, k->chosen_pid, chosen),
				report_text_who(k->name, k->pid, who));
	else if (report_resident_kib(k) != REPORT_ABSENT)
		report_text_say(s, "%s, so the kernel killed %s, which had %s of memory.", why,
				report_text_who(k->name, k->pid, who),
				report_text_size(report_resident_kib(k), freed));
	else
		report_text_say(s, "%s, so the kernel killed %s.", why,
				report_text_who(k->name, k->pid, who));
}

static void print_others(const struct report_text *s)
{
	const struct report *r = s->r;
	size_t n[3] = { 0, 0, 0 };
	char who[REPORT_TEXT_WHO];

	for (size_t i = 0; i < r->n_kills; i++)
		n[r->kills[i].role] += !r->kills[i].is_repeated;
	if (r->is_group)
		report_text_say(s,
				"All processes of %s had to die with it (memory.oom.group): %zu more%s",
				r->group_memcg, n[REPORT_GROUP], n[REPORT_GROUP] ? ":" : ".");
	if (n[REPORT_SHARER])
		report_text_say(s, "It shared its memory with %zu more, which had to die too:",
				n[REPORT_SHARER]);
	for (size_t i = 0, shown = 0; i < r->n_kills; i++) {
		const struct report_kill *k = &r->kills[i];

		if (k->role == REPORT_VICTIM || k->is_repeated)
			continue;
		if (++shown > 10) {
			report_text_say(s, "and more.");
			break;
		}
		report_text_say(s, "%s", report_text_who(k->name, k->pid, who));
	}
}

static void print_aftermath(const struct report_text *s)
{
	const struct report_kill *k = report_victim(s->r);
	char left[FORMAT_TEXT_MAX];

	for (size_t i = 0; k && i < s->r->n_kills; i++)
		if (s->r->kills[i].pid == k->pid && s->r->kills[i].reaped)
			k = &s->r->kills[i];
	if (k && k->reaped == REPORT_REAPED)
		report_text_say(s, "Its memory was taken back at once%s%s%s.",
				k->left_kib > 0 ? ", but for " : "",
				k->left_kib > 0 ? report_text_size(k->left_kib, left) : "",
				k->left_kib > 0 ? " that others use or that was locked" : "");
	else if (k && k->reaped == REPORT_STUCK)
		report_text_say(s,
				"Its memory could not be taken back: it was stuck inside the kernel.");
}

static void print_title(const struct report_text *s)
{
	const struct report *r = s->r;
	char when[64], unit[256], title[512];

	timestamp_format(&r->time, when, sizeof(when));
	snprintf(title, sizeof(title), "Report %zu%s%s%s%s%s%s%s", r->nr, *when ? ", " : "", when,
		 *when && !r->time.has_date && !*r->time.text ? " s after boot" : "",
		 *r->host ? ", on " : "", r->host, *r->release ? ", Linux " : "", r->release);
	/* No indent, and the same escapes as everything else. */
	text_escape(unit, sizeof(unit), title, strlen(title), 0);
	fprintf(s->out, "%s\n\n", unit);
}

static void print_unit(const struct report_text *s)
{
	const struct report *r = s->r;
	char unit[256];

	if (!report_victim(r) || !*r->task_memcg || strcmp(r->task_memcg, "/") == 0)
		return;
	if (cgroup_path_find_container_or_unit(r->task_memcg, unit, sizeof(unit)) == 0)
		report_text_say(s, "It belonged to %s (cgroup %s).", unit, r->task_memcg);
	else if (strcmp(r->task_memcg, r->memcg) != 0)
		report_text_say(s, "It belonged to the cgroup %s.", r->task_memcg);
}

static void print_request(const struct report_text *s)
{
	const struct report *r = s->r;
	char who[REPORT_TEXT_WHO], gfp[256], size[FORMAT_TEXT_MAX], amount[96] = "memory";
	const char *purpose;
	int version = 0;

	if (!r->has_header)
		return;
	report_text_head(s, "What was asked for");
	version_parse(r->release, &version);
	gfp_spell(r->gfp_mask, version, gfp, sizeof(gfp));
	if (*r->gfp_text)
		snprintf(gfp, sizeof(gfp), "%s", r->gfp_text);
	purpose = gfp_purpose(gfp);
	if (!*gfp && r->gfp_mask != REPORT_ABSENT)
		snprintf(gfp, sizeof(gfp), "gfp_mask 0x%llx", (unsigned long long)r->gfp_mask);
	if (r->is_sysrq) {
		report_text_say(
			s,
			"Nothing: the kill was ordered, by sysrq-f (or writing f to /proc/sysrq-trigger).");
		return;
	}
	if (r->order == 0)
		snprintf(amount, sizeof(amount), "one page%s%s", s->w->assumes_4k ? "" : " of ",
			 s->w->assumes_4k ? "" : report_text_size(report_text_kib(s, 1), size));
	else if (r->order > 0 && r->order < 16)
		snprintf(amount, sizeof(amount), "%lld pages in one piece (%s, order %lld)",
			 1LL << r->order,
			 report_text_size(report_text_kib(s, (int64_t)1 << r->order), size),
			 (long long)r->order);
	report_text_say(s, "%s asked for %s%s%s%s%s%s.",
			report_text_who(r->asker, r->asker_pid, who), amount,
			*purpose ? ", for " : "", purpose, *gfp ? " (" : "", gfp, *gfp ? ")" : "");
}

void report_text_print(const struct report_text *s)
{
	print_title(s);
	print_outcome(s);
	print_unit(s);
	print_others(s);
	print_aftermath(s);
	print_request(s);
	report_text_print_limits(s);
	report_text_print_memory(s);
	report_text_print_zones(s);
	report_text_print_tasks(s);
	report_text_print_why(s);
	report_text_print_advice(s);
}
