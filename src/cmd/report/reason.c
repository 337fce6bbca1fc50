/* SPDX-License-Identifier: GPL-2.0-or-later */
/* reason: the sections of a report's text on the kernel's choice and on what to do. */
#include <inttypes.h>
#include <string.h>

#include "base/msg.h"
#include "base/text.h"
#include "cmd/report/internal.h"
#include "sys/cgroup/path.h"

/* "1.2G of memory, 300M in swap, 2.0M of page tables, and +9000 pages for adj 100" */
static void print_points(const struct report_output *o, const struct report_row *row)
{
	const struct analysis *a = o->a;
	const struct task *t = &row->task;
	char size[FORMAT_TEXT_MAX], points[FORMAT_TEXT_MAX], parts[256];
	int64_t total = (int64_t)a->totals.total_pages, bonus = (int64_t)t->adj * (total / 1000);
	int n;

	n = snprintf(parts, sizeof(parts), "%s of memory", phrases_pages(o, (int64_t)t->rss, size));
	if (task_has(t, TASK_SWAP) && t->swap)
		n += snprintf(parts + n, sizeof(parts) - (size_t)n, ", %s in swap",
			      phrases_pages(o, (int64_t)t->swap, size));
	if (a->rules->tables != TABLES_NONE && tasks_page_tables_kib(o, t) > 0)
		n += snprintf(parts + n, sizeof(parts) - (size_t)n, ", %s of page tables",
			      phrases_kib(tasks_page_tables_kib(o, t), size));
	if (t->adj && a->has_totals && a->rules->weight == WEIGHT_PAGES)
		snprintf(parts + n, sizeof(parts) - (size_t)n,
			 ", and %+" PRId64 " pages for adj %d (a thousandth of %" PRId64
			 " pages each)",
			 bonus, t->adj, total);
	else if (t->adj)
		snprintf(parts + n, sizeof(parts) - (size_t)n, ", and adj %d%s", t->adj,
			 a->has_totals ? ""
				       : ", in thousandths of a total that the report does not "
					 "show");
	phrases_points(o, t->points, points);
	if (!task_has(t, TASK_POINTS))
		phrases_print(o, "Its points: %s.", parts);
	else if (!a->has_totals && t->adj)
		phrases_print(o, "Its points: %s (%" PRId64 " %s%s), the minimum, from %s.", points,
			      t->points, a->rules->weight == WEIGHT_PAGES ? "page" : "thousandth",
			      t->points == 1 ? "" : "s", parts);
	else if (a->rules->weight == WEIGHT_PERMILLE && a->has_totals)
		phrases_print(o,
			      "Its points: %s (%" PRId64 " thousandths of %s, memory and swap) = "
			      "%s.",
			      points, t->points, phrases_pages(o, total, size), parts);
	else if (a->has_points)
		phrases_print(o, "Its points: %s (%" PRId64 " pages) = %s.", points, t->points,
			      parts);
	else
		phrases_print(o, "Its points: %s = %s.", points, parts);
}

static void print_first(const struct report_output *o)
{
	const struct task *first = &o->r->rows[o->a->order[0]].task,
			  *chosen = &o->r->rows[o->a->chosen].task;
	char process[PHRASES_PROCESS], points[2][FORMAT_TEXT_MAX];

	if (!task_has(first, TASK_POINTS) || !task_has(chosen, TASK_POINTS))
		return;
	phrases_print(o,
		      "By the table %s ranks first with %s of points; the chosen process ranks "
		      "%zu with %s.",
		      phrases_process(first->name, first->pid, process),
		      phrases_points(o, first->points, points[0]), o->a->place,
		      phrases_points(o, chosen->points, points[1]));
}

static void print_agreement(const struct report_output *o)
{
	const struct analysis *a = o->a;
	const struct task *next = a->n_candidates > 1 ? &o->r->rows[a->order[1]].task : NULL;
	char process[PHRASES_PROCESS], points[FORMAT_TEXT_MAX];

	phrases_print(o,
		      "Because it had the most points of %zu killable process%s: the points "
		      "computed from the table by this kernel's rules agree.",
		      a->n_candidates, a->n_candidates == 1 ? "" : "es");
	if (next)
		phrases_print(o, "The next would have been %s%s%s.",
			      phrases_process(next->name, next->pid, process),
			      task_has(next, TASK_POINTS) ? " with " : "",
			      task_has(next, TASK_POINTS) ? phrases_points(o, next->points, points)
							  : "");
}

static void print_tie(const struct report_output *o)
{
	const struct rules *rules = o->a->rules;
	enum rules_tie tie = o->r->kind == REPORT_MEMCG ? rules->tie_memcg : rules->tie_global;
	const struct report_row *largest = tasks_find_protected(o);
	char process[PHRASES_PROCESS], size[FORMAT_TEXT_MAX];

	if (o->a->place > 1)
		phrases_print(o, "Several processes had the most points; this one is not the first "
				 "in the kernel's order of equals, which the table does not "
				 "explain.");
	else
		phrases_print(o,
			      "Several processes had the most points; of equals this kernel takes "
			      "the %s in the order of its list.",
			      tie == TIE_FIRST ? "first" : "last");
	if (largest)
		phrases_print(o, "%s used the most memory, %s, but its adj %d protected it.",
			      phrases_process(largest->task.name, largest->task.pid, process),
			      phrases_pages(o, o->a->most_pages, size), largest->task.adj);
}

static void print_result(const struct report_output *o)
{
	static const char *const texts[] = {
		[ANALYSIS_NOT_LISTED] = "The process is not in the table: the table was cut, or "
					"the PID is that of a thread.",
		[ANALYSIS_HEURISTIC] = "Before Linux 2.6.36 the kernel divided the size by the run "
				       "time and used other values that the table does not show: "
				       "the choice cannot be checked.",
		[ANALYSIS_ALLOCATING] = "Because it requested memory: vm.oom_kill_allocating_task "
					"was set, so the kernel killed the requester, whatever its "
					"size.",
		[ANALYSIS_OTHERS_DYING] = "The processes before it had been killed shortly before, "
					  "and were skipped.",
		[ANALYSIS_SWAP] = "The table cannot confirm the choice: swap counts too, and "
				  "tables show it only since Linux 3.6.",
		[ANALYSIS_COUNTERS] = "The difference is within the margin of error of the "
				      "kernel's counters.",
		[ANALYSIS_TOTALS] =
			"The table cannot confirm the choice: adj counts in thousandths "
			"of memory and swap together, and the report does not show how "
			"much swap could be used.",
		[ANALYSIS_UNEXPLAINED] =
			"The table does not explain the choice. The processes "
			"before it may have been skipped because they were exiting, "
			"in vfork(), already reaped or bound to other memory nodes; "
			"a process in swapoff may have been preferred; or sizes "
			"changed between the choice and the table.",
	};
	const struct analysis *a = o->a;

	if (a->result >= ANALYSIS_OTHERS_DYING && a->has_points && a->place > 1)
		print_first(o);
	switch (a->result) {
	case ANALYSIS_NO_VICTIM:
		break;
	case ANALYSIS_NO_TABLE:
		phrases_print(o,
			      "The report has no table of processes (%s), so the choice cannot be "
			      "checked.",
			      o->r->n_bare_rows
				      ? "its heading is missing, so its rows were not read"
			      : o->r->has_table ? "it is empty or was cut"
			      : o->r->has_header
				      ? "vm.oom_dump_tasks was 0, or it was cut off"
				      : "it was cut off, or not printed: the kernel prints at "
					"most 10 in 5 s");
		break;
	case ANALYSIS_AGREES:
		print_agreement(o);
		break;
	case ANALYSIS_TIE:
		print_tie(o);
		break;
	case ANALYSIS_TOTALS:
		phrases_print(o, "%s",
			      a->has_points ? texts[a->result]
					    : "This kernel scored in thousandths of memory "
					      "and swap together, and the report does not "
					      "show their size.");
		break;
	case ANALYSIS_ROOT:
		phrases_print(o,
			      "But the processes before it belong to root, and this kernel gave "
			      "processes with root's rights %s.",
			      a->rules->root == ROOT_ADJ_30 ? "30 thousandths"
							    : "3 % of their size");
		break;
	default:
		phrases_print(o, "%s", texts[a->result]);
		break;
	}
}

/* Memory that counts, but is not in the table. */
static const char *hidden_part(const struct report_output *o)
{
	/* Vendors count page tables without a column for them. */
	bool has_tables = (o->a->rules->tables == TABLES_NONE && o->a->knows_version) ||
			  (o->r->columns & (TASK_PTES | TASK_PGTABLES));

	if ((o->r->columns & TASK_SWAP) || (has_tables && o->r->swap_total_kib == 0))
		return "";
	return has_tables ? " The rest is swap, which tables show only since Linux 3.6."
	       : o->r->swap_total_kib == 0
		       ? " The rest is page tables, which this report does not show."
		       : " The rest is swap and page tables, which tables show since Linux 3.6.";
}

static void print_score(const struct report_output *o, const struct report_kill *k)
{
	int64_t score = o->a->score;

	if (k->score == REPORT_ABSENT || !o->a->has_points || score == REPORT_ABSENT)
		return;
	if (o->a->root)
		phrases_print(o,
			      "The kernel printed the score %" PRId64 ": the table gives %" PRId64
			      ", less the %s that this kernel forgave root.",
			      k->score, score,
			      o->a->is_any_root           ? "3 % or 30 thousandths"
			      : o->a->root == ROOT_ADJ_30 ? "30 thousandths"
							  : "3 %");
	else if (score == k->score)
		phrases_print(o,
			      "The kernel printed the score %" PRId64
			      ", and that is what the table gives.",
			      k->score);
	else
		phrases_print(o,
			      "The kernel printed the score %" PRId64 "; the table gives %" PRId64
			      ".%s",
			      k->score, score, k->score > score ? hidden_part(o) : "");
}

void reason_print(const struct report_output *o)
{
	const struct report_kill *k = report_victim(o->r);
	const struct analysis *a = o->a;
	char process[PHRASES_PROCESS];

	if (!k || o->r->by)
		return;
	phrases_heading(o, "Why this process");
	if (k->chosen_pid != REPORT_ABSENT)
		phrases_print(o, "Two steps. First %s was chosen.",
			      phrases_process(k->chosen_name, k->chosen_pid, process));
	print_result(o);
	if (a->chosen != REPORT_ABSENT && a->has_points && a->result != ANALYSIS_ALLOCATING)
		print_points(o, &o->r->rows[a->chosen]);
	if (!o->r->is_allocating)
		print_score(o, k);
	if (k->chosen_pid != REPORT_ABSENT)
		phrases_print(o,
			      "Then the kernel killed its child %s in its place, to lose less "
			      "work; Linux does this until 5.0.",
			      phrases_process(k->name, k->pid, process));
	if (o->r->n_rows && !a->knows_version && a->has_points)
		phrases_print(o, "The report does not name its kernel: the rules follow from its "
				 "form.");
	if (a->is_vendors && a->has_points)
		phrases_print(o, "This vendor's kernel has the report of a later Linux, so that "
				 "version's rules were used.");
	if (a->assumes_4k && o->r->n_rows)
		phrases_print(o, "The report does not show the page size: 4 KiB is assumed.");
}
