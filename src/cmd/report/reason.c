/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reason: the parts of a report's story on why the kernel chose as it did, and on what one can do.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/msg.h"
#include "base/text.h"
#include "cmd/report/text.h"
#include "sys/cgroup/path.h"
#include "ui/format.h"

/* "1.2G of memory, 300M in swap, 2.0M of page tables, and 9000 pages for adj 100" */
static void say_sum(const struct report_text *s, const struct report_row *row)
{
	const struct task *t = &row->task;
	char rss[FORMAT_TEXT_MAX], swap[FORMAT_TEXT_MAX], tables[FORMAT_TEXT_MAX], parts[256];
	int64_t bonus = (int64_t)t->adj * (int64_t)(s->w->totals.total_pages / 1000);
	int n;

	n = snprintf(parts, sizeof(parts), "%s of memory",
		     report_text_size(report_text_kib(s, (int64_t)t->rss), rss));
	if (task_has(t, TASK_SWAP) && t->swap)
		n += snprintf(parts + n, sizeof(parts) - (size_t)n, ", %s in swap",
			      report_text_size(report_text_kib(s, (int64_t)t->swap), swap));
	if (s->w->rules->tables != TABLES_NONE && report_text_tables(s, t) > 0)
		n += snprintf(parts + n, sizeof(parts) - (size_t)n, ", %s of page tables",
			      report_text_size(report_text_tables(s, t), tables));
	if (t->adj && s->w->has_totals && s->w->rules->weight == WEIGHT_PAGES)
		snprintf(parts + n, sizeof(parts) - (size_t)n,
			 ", and %+" PRId64 " pages for adj %d (a thousandth of %" PRIu64
			 " pages each)",
			 bonus, t->adj, s->w->totals.total_pages);
	else if (t->adj)
		snprintf(parts + n, sizeof(parts) - (size_t)n, ", and adj %d", t->adj);
	if (s->w->rules->weight == WEIGHT_PERMILLE && s->w->has_totals)
		report_text_say(s,
				"Its points: %" PRId64
				" = %s, in thousandths of %s (memory and swap).",
				t->points, parts,
				report_text_size(report_text_kib(s,
								 (int64_t)s->w->totals.total_pages),
						 rss));
	else
		report_text_say(s, "Its points: %" PRId64 " = %s.", t->points, parts);
}

static void say_first(const struct report_text *s)
{
	const struct task *first = &s->r->rows[s->w->order[0]].task,
			  *own = &s->r->rows[s->w->chosen].task;
	char who[REPORT_TEXT_WHO];

	report_text_say(s,
			"By its table %s came first with %" PRId64
			" points; the chosen one is number %zu with %" PRId64 ".",
			report_text_who(first->name, first->pid, who), first->points, s->w->place,
			own->points);
}

static void say_verdict(const struct report_text *s)
{
	const struct analysis *w = s->w;
	char who[REPORT_TEXT_WHO];
	const struct task *next = w->n_candidates > 1 ? &s->r->rows[w->order[1]].task : NULL;

	switch (w->result) {
	case ANALYSIS_NO_VICTIM:
		break;
	case ANALYSIS_NO_TABLE:
		report_text_say(s,
				"The report has no table of processes (%s), so it does not tell.",
				s->r->has_table ? "it is empty or was cut"
						: "vm.oom_dump_tasks was 0, or it was cut off");
		break;
	case ANALYSIS_NOT_LISTED:
		report_text_say(
			s,
			"The process is not in the table: it was cut, or a thread of another process is meant.");
		break;
	case ANALYSIS_HEURISTIC:
		report_text_say(s,
				"Before Linux 2.6.36 the size was divided by the run time, and more was weighed that the table "
				"does not show: it can be neither confirmed nor denied.");
		break;
	case ANALYSIS_ALLOCATING:
		report_text_say(s,
				"Because it asked: vm.oom_kill_allocating_task was set, so whoever needed memory was killed, "
				"whatever its size.");
		break;
	case ANALYSIS_AGREES:
		report_text_say(s,
				"Because it had the most points of %zu that could be killed: computed anew by this kernel's own "
				"rules, the table gives the same.",
				w->n_candidates);
		if (next)
			report_text_say(s, "The next would have been %s with %" PRId64 ".",
					report_text_who(next->name, next->pid, who), next->points);
		break;
	case ANALYSIS_TIE:
		if (w->place > 1) {
			report_text_say(s,
					"Several had the most points; this one is not the first in the order in which the kernel "
					"takes equals, which the table can't explain.");
			break;
		}
		report_text_say(
			s,
			"Several had the most points; of equals this kernel took the %s in the order of its list.",
			(s->r->kind == REPORT_MEMCG ? w->rules->tie_memcg : w->rules->tie_global) ==
					TIE_FIRST
				? "first"
				: "last");
		break;
	case ANALYSIS_OTHERS_DYING:
		say_first(s);
		report_text_say(
			s, "Those before it had been killed shortly before, and were passed over.");
		break;
	case ANALYSIS_SWAP:
		say_first(s);
		report_text_say(
			s,
			"The table can't settle it: swap counted too, and tables show it only since Linux 3.6.");
		break;
	case ANALYSIS_ROOT:
		say_first(s);
		report_text_say(
			s,
			"But those before it belong to root, and this kernel forgave processes with root's rights %s.",
			w->rules->root == ROOT_ADJ_30 ? "30 thousandths" : "3 % of their size");
		break;
	case ANALYSIS_COUNTERS:
		say_first(s);
		report_text_say(s, "That is closer than the kernel's own counters are exact.");
		break;
	case ANALYSIS_TOTALS:
		say_first(s);
		report_text_say(s,
				"The table can't settle it: adj counts in thousandths of memory and swap together, and the "
				"report does not tell how much swap could be used.");
		break;
	case ANALYSIS_UNEXPLAINED:
		say_first(s);
		report_text_say(
			s,
			"The table can't explain it. Those before it may have been passed over, as they were exiting, "
			"inside vfork(), already reaped or bound to other memory; or a process in swapoff was preferred; "
			"or sizes changed between choice and table.");
		break;
	}
}

static void say_score(const struct report_text *s, const struct report_kill *k)
{
	if (k->score == REPORT_ABSENT || !s->w->has_points || s->w->score == REPORT_ABSENT)
		return;
	if (s->w->score == k->score)
		report_text_say(s,
				"The kernel printed the score %" PRId64
				", and that is what the table gives.",
				k->score);
	else if (!(s->r->columns & TASK_SWAP) && k->score > s->w->score)
		report_text_say(s,
				"The kernel printed the score %" PRId64 "; the table gives %" PRId64
				". The rest is swap, which tables show only since Linux 3.6.",
				k->score, s->w->score);
	else
		report_text_say(s,
				"The kernel printed the score %" PRId64 "; the table gives %" PRId64
				".",
				k->score, s->w->score);
}

void report_text_print_why(const struct report_text *s)
{
	const struct report_kill *k = report_victim(s->r);
	char who[REPORT_TEXT_WHO];

	if (!k)
		return;
	report_text_head(s, "Why that one");
	if (k->chosen_pid != REPORT_ABSENT)
		report_text_say(s, "Two steps. First %s was chosen.",
				report_text_who(k->chosen_name, k->chosen_pid, who));
	say_verdict(s);
	if (s->w->chosen != REPORT_ABSENT && s->w->has_points &&
	    s->w->result != ANALYSIS_ALLOCATING)
		say_sum(s, &s->r->rows[s->w->chosen]);
	if (!s->r->is_allocating)
		say_score(s, k);
	if (k->chosen_pid != REPORT_ABSENT)
		report_text_say(
			s,
			"Then, up to Linux 5.0, a child with memory of its own died in its place, to lose less work: %s.",
			report_text_who(k->name, k->pid, who));
	if (s->r->n_rows && !s->w->knows_version && s->w->has_points)
		report_text_say(s,
				"The report does not name its kernel: its form tells the rules.");
	if (s->w->is_vendors && s->w->has_points)
		report_text_say(
			s,
			"This vendor's kernel has the report of a later Linux, so that version's rules were used.");
	if (s->w->assumes_4k && s->r->n_rows)
		report_text_say(s, "Pages are taken to be 4 KiB: the report does not tell.");
}

static void print_command(const struct report_text *s, const char *fmt, const char *arg,
			  const char *what)
{
	char command[1200], shown[4 * sizeof(command)];

	snprintf(command, sizeof(command), fmt, arg);
	text_escape(shown, sizeof(shown), command, strlen(command), 0);
	report_text_say(s, "- %s:", what);
	fprintf(s->out, "      %s\n", shown);
}

/* Fit to stand in a command as it is. */
static bool is_plain(const char *name)
{
	return *name &&
	       name[strspn(name,
			   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-:@./")] ==
		       '\0' &&
	       *name != '-';
}

void report_text_print_advice(const struct report_text *s)
{
	const struct report *r = s->r;
	const struct report_kill *k = report_victim(r);
	char unit[256];

	if (!k && !r->has_no_victim && !*r->panic)
		return;
	report_text_head(s, "What one could do");
	if (k && is_plain(k->name))
		print_command(s, PROGRAM_NAME " protect --name %s", k->name,
			      "spare it next time, so that others die first");
	if (k && *r->task_memcg && cgroup_path_find_unit(r->task_memcg, unit, sizeof(unit)) == 0 &&
	    is_plain(unit) && r->kind == REPORT_MEMCG)
		print_command(s, "systemctl set-property %s MemoryMax=...", unit,
			      "give its unit another limit");
	if (r->kind == REPORT_MEMCG && is_plain(r->memcg))
		print_command(s, PROGRAM_NAME " predict --cgroup %s", r->memcg,
			      "see who would be next in this cgroup");
	else if (k)
		print_command(s, PROGRAM_NAME " rank%s", "", "see who would be next now");
	if (r->kind == REPORT_MEMCG)
		report_text_say(
			s,
			"- or raise the cgroup's limit, if the machine has the memory: what ran out is the cgroup's share.");
	else if (r->swap_total_kib == 0)
		report_text_say(
			s,
			"- or add swap: the machine has none, so that memory that is hardly used could not give way.");
	else if (r->kind == REPORT_GLOBAL && !r->is_sysrq)
		report_text_say(
			s,
			"- or set a limit (MemoryMax=) for what grows, so that it dies alone and sooner.");
	if (r->has_no_victim)
		report_text_say(
			s,
			"- let something be killable: with adj -1000 everywhere nothing can be freed.");
	if (*r->panic && strstr(r->panic, "panic_on_oom"))
		report_text_say(s,
				"- vm.panic_on_oom stops the machine instead of killing: " PROGRAM_NAME
				" sysctl shows it.");
	if (r->is_allocating)
		report_text_say(s, "- unset vm.oom_kill_allocating_task: " PROGRAM_NAME
				   " sysctl vm.oom_kill_allocating_task=0");
}
