/* SPDX-License-Identifier: GPL-2.0-or-later */
/* reason: the sections of a report's text on the kernel's choice and on what to do. */
#include <inttypes.h>
#include <string.h>

#include "base/msg.h"
#include "base/text.h"
#include "cmd/report/internal.h"
#include "sys/cgroup/path.h"

/* "1.2G of memory, 300M in swap, 2.0M of page tables, and 9000 pages for adj 100" */
static void print_points(const struct report_output *o, const struct report_row *row)
{
	const struct analysis *a = o->a;
	const struct task *t = &row->task;
	char size[FORMAT_TEXT_MAX], parts[256];
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
		snprintf(parts + n, sizeof(parts) - (size_t)n, ", and adj %d", t->adj);
	if (a->rules->weight == WEIGHT_PERMILLE && a->has_totals)
		phrases_print(o,
			      "Its points: %" PRId64
			      " = %s, in thousandths of %s (memory and swap).",
			      t->points, parts, phrases_pages(o, total, size));
	else
		phrases_print(o, "Its points: %" PRId64 " = %s.", t->points, parts);
}

static void print_first(const struct report_output *o)
{
	const struct task *first = &o->r->rows[o->a->order[0]].task,
			  *chosen = &o->r->rows[o->a->chosen].task;
	char process[PHRASES_PROCESS];

	phrases_print(o,
		      "By its table %s came first with %" PRId64
		      " points; the chosen one is number %zu with %" PRId64 ".",
		      phrases_process(first->name, first->pid, process), first->points, o->a->place,
		      chosen->points);
}

static void print_agreement(const struct report_output *o)
{
	const struct analysis *a = o->a;
	const struct task *next = a->n_candidates > 1 ? &o->r->rows[a->order[1]].task : NULL;
	char process[PHRASES_PROCESS];

	phrases_print(o,
		      "Because it had the most points of %zu that could be killed: computed anew "
		      "by this kernel's own rules, the table gives the same.",
		      a->n_candidates);
	if (next)
		phrases_print(o, "The next would have been %s with %" PRId64 ".",
			      phrases_process(next->name, next->pid, process), next->points);
}

static void print_tie(const struct report_output *o)
{
	const struct rules *rules = o->a->rules;
	enum rules_tie tie = o->r->kind == REPORT_MEMCG ? rules->tie_memcg : rules->tie_global;

	if (o->a->place > 1)
		phrases_print(o, "Several had the most points; this one is not the first in the "
				 "order in which the kernel takes equals, which the table can't "
				 "explain.");
	else
		phrases_print(o,
			      "Several had the most points; of equals this kernel took the %s in "
			      "the order of its list.",
			      tie == TIE_FIRST ? "first" : "last");
}

static void print_result(const struct report_output *o)
{
	static const char *const texts[] = {
		[ANALYSIS_NOT_LISTED] = "The process is not in the table: it was cut, or a thread "
					"of another process is meant.",
		[ANALYSIS_HEURISTIC] = "Before Linux 2.6.36 the size was divided by the run time, "
				       "and more was weighed that the table does not show: it can "
				       "be neither confirmed nor denied.",
		[ANALYSIS_ALLOCATING] = "Because it asked: vm.oom_kill_allocating_task was set, so "
					"whoever needed memory was killed, whatever its size.",
		[ANALYSIS_OTHERS_DYING] = "Those before it had been killed shortly before, and "
					  "were passed over.",
		[ANALYSIS_SWAP] = "The table can't settle it: swap counted too, and tables show "
				  "it only since Linux 3.6.",
		[ANALYSIS_COUNTERS] = "That is closer than the kernel's own counters are exact.",
		[ANALYSIS_TOTALS] = "The table can't settle it: adj counts in thousandths of "
				    "memory and swap together, and the report does not tell how "
				    "much swap could be used.",
		[ANALYSIS_UNEXPLAINED] = "The table can't explain it. Those before it may have "
					 "been passed over, as they were exiting, inside vfork(), "
					 "already reaped or bound to other memory; or a process in "
					 "swapoff was preferred; or sizes changed between choice "
					 "and table.",
	};
	const struct analysis *a = o->a;

	if (a->result >= ANALYSIS_OTHERS_DYING)
		print_first(o);
	switch (a->result) {
	case ANALYSIS_NO_VICTIM:
		break;
	case ANALYSIS_NO_TABLE:
		phrases_print(o, "The report has no table of processes (%s), so it does not tell.",
			      o->r->has_table ? "it is empty or was cut"
					      : "vm.oom_dump_tasks was 0, or it was cut off");
		break;
	case ANALYSIS_AGREES:
		print_agreement(o);
		break;
	case ANALYSIS_TIE:
		print_tie(o);
		break;
	case ANALYSIS_ROOT:
		phrases_print(o,
			      "But those before it belong to root, and this kernel forgave "
			      "processes with root's rights %s.",
			      a->rules->root == ROOT_ADJ_30 ? "30 thousandths"
							    : "3 % of their size");
		break;
	default:
		phrases_print(o, "%s", texts[a->result]);
		break;
	}
}

static void print_score(const struct report_output *o, const struct report_kill *k)
{
	int64_t score = o->a->score;

	if (k->score == REPORT_ABSENT || !o->a->has_points || score == REPORT_ABSENT)
		return;
	if (score == k->score)
		phrases_print(o,
			      "The kernel printed the score %" PRId64
			      ", and that is what the table gives.",
			      k->score);
	else
		phrases_print(o,
			      "The kernel printed the score %" PRId64 "; the table gives %" PRId64
			      ".%s",
			      k->score, score,
			      !(o->r->columns & TASK_SWAP) && k->score > score
				      ? " The rest is swap, which tables show only since Linux 3.6."
				      : "");
}

void reason_print(const struct report_output *o)
{
	const struct report_kill *k = report_victim(o->r);
	const struct analysis *a = o->a;
	char process[PHRASES_PROCESS];

	if (!k)
		return;
	phrases_heading(o, "Why that one");
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
			      "Then, up to Linux 5.0, a child with memory of its own died in its "
			      "place, to lose less work: %s.",
			      phrases_process(k->name, k->pid, process));
	if (o->r->n_rows && !a->knows_version && a->has_points)
		phrases_print(o, "The report does not name its kernel: its form tells the rules.");
	if (a->is_vendors && a->has_points)
		phrases_print(o, "This vendor's kernel has the report of a later Linux, so that "
				 "version's rules were used.");
	if (a->assumes_4k && o->r->n_rows)
		phrases_print(o, "Pages are taken to be 4 KiB: the report does not tell.");
}

static void print_command(const struct report_output *o, const char *fmt, const char *arg,
			  const char *purpose)
{
	char command[1200], shown[4 * sizeof(command)];

	snprintf(command, sizeof(command), fmt, arg);
	text_escape(shown, sizeof(shown), command, strlen(command), 0);
	phrases_print(o, "- %s:", purpose);
	fprintf(o->out, "      %s\n", shown);
}

/* Whether a name needs no quotes in a command. */
static bool is_plain(const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-:@./";

	return *name && *name != '-' && name[strspn(name, plain)] == '\0';
}

/* The name as a pattern that only it fits; root would spare others if it could be any pattern. */
static void print_protect(const struct report_output *o, const struct report_kill *k)
{
	char args[8 * TASK_NAME_MAX], *end = args;

	if (!is_plain(k->name))
		return;
	end = stpcpy(end, "'^");
	for (const char *c = k->name; *c; c++)
		end = *c == '.' ? stpcpy(end, "[.]") : (*end = *c, end + 1);
	end = stpcpy(end, "$'");
	if (k->uid != REPORT_ABSENT)
		sprintf(end, " --user %" PRId64, k->uid);
	print_command(o, PROGRAM_NAME " protect --name %s", args,
		      "spare it next time, so that others die first");
}

/*
 * A unit below another one is made by whom the latter was given to: by the user's own manager
 * below user@UID.service, else by anyone, so that no command can be named.
 */
static void print_set_property(const struct report_output *o, const char *path)
{
	char unit[256], above[REPORT_PATH], upper[256], args[600];
	const char *at = path;

	if (cgroup_path_find_unit(path, unit, sizeof(unit)) || !is_plain(unit))
		return;
	for (const char *p = path; (p = strstr(p, unit)); p++)
		at = p;
	text_copy(above, sizeof(above), path, (size_t)(at - path));
	if (cgroup_path_find_unit(above, upper, sizeof(upper))) {
		snprintf(args, sizeof(args), "set-property %s", unit);
	} else {
		unsigned int uid, slice;

		if (sscanf(path, "/user.slice/user-%u.slice/user@%u.service/", &slice, &uid) != 2)
			return;
		snprintf(args, sizeof(args), "user@%u.service", uid);
		if (slice != uid || strcmp(upper, args) != 0)
			return;
		snprintf(args, sizeof(args), "--user -M %u@ set-property %s", uid, unit);
	}
	print_command(o, "systemctl %s MemoryMax=...", args, "give its unit another limit");
}

void reason_print_advice(const struct report_output *o)
{
	const struct report *r = o->r;
	const struct report_kill *k = report_victim(r);

	if (!k && !r->has_no_victim && !*r->panic)
		return;
	phrases_heading(o, "What one could do");
	if (k)
		print_protect(o, k);
	if (k && r->kind == REPORT_MEMCG)
		print_set_property(o, r->task_memcg);
	if (r->kind == REPORT_MEMCG && is_plain(r->memcg))
		print_command(o, PROGRAM_NAME " predict --cgroup %s", r->memcg,
			      "see who would be next in this cgroup");
	else if (k)
		print_command(o, PROGRAM_NAME " rank%s", "", "see who would be next now");
	if (r->kind == REPORT_MEMCG)
		phrases_print(o, "- or raise the cgroup's limit, if the machine has the memory: "
				 "what ran out is the cgroup's share.");
	else if (r->swap_total_kib == 0)
		phrases_print(o, "- or add swap: the machine has none, so that memory that is "
				 "hardly used could not give way.");
	else if (r->kind == REPORT_GLOBAL && !r->is_sysrq)
		phrases_print(o, "- or set a limit (MemoryMax=) for what grows, so that it dies "
				 "alone and sooner.");
	if (r->has_no_victim)
		phrases_print(o, "- let something be killable: with adj -1000 everywhere nothing "
				 "can be freed.");
	if (*r->panic && strstr(r->panic, "panic_on_oom"))
		phrases_print(o, "- vm.panic_on_oom stops the machine instead of "
				 "killing: " PROGRAM_NAME " sysctl shows it.");
	if (r->is_allocating)
		phrases_print(o, "- unset vm.oom_kill_allocating_task: " PROGRAM_NAME
				 " sysctl vm.oom_kill_allocating_task=0");
}
