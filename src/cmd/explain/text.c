/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text: the output of explain for people. */
#include "cmd/explain/text.h"

#include <inttypes.h>

#include "oom/rules/adj.h"
#include "sys/cgroup/path.h"
#include "sys/proc/user.h"
#include "ui/format.h"
#include "ui/wrap.h"

static const char *const unkillable_reasons[] = {
	[UNKILLABLE_INIT] =
		"It is init, which no version of Linux kills (oom_unkillable_task() since 2.6.36, "
		"before select_bad_process()).",
	[UNKILLABLE_KTHREAD] =
		"It is a kernel thread and has no memory of its own. No version of Linux kills it "
		"(PF_KTHREAD in oom_unkillable_task(), since 2.6.36).",
	[UNKILLABLE_ADJ] = "Its adj is -1000: oom_badness() skips it since Linux 2.6.36 (before: "
			   "oom_adj -17). Any other adj makes it killable.",
	[UNKILLABLE_NO_MM] =
		"It has exited and holds no memory. It remains until its parent reads its exit "
		"status (find_lock_task_mm(), since 2.6.36).",
	[UNKILLABLE_KERNEL] =
		"The kernel skips it for now: it uses the memory of its parent between vfork() and "
		"exec (in_vfork(), since 4.8), or it was killed and its memory is already freed "
		"(MMF_OOM_SKIP, since 4.9).",
};

/* One line of the computation of points. */
static void print_line(FILE *out, const struct predict *p, char sign, int64_t pages,
		       const char *what)
{
	char lead[64], size[FORMAT_TEXT_MAX];

	snprintf(lead, sizeof(lead), "  %c%13" PRId64 " %7s  ", sign, pages,
		 format_format(pages * (int64_t)p->totals.page_size, size));
	wrap_prose_print(out, lead, "%s", what);
}

/* Returns the total memory, in pages. */
static int64_t print_memory(FILE *out, const struct predict *p, const struct task *t)
{
	bool by_stat = p->rss == RSS_STAT && task_has(t, TASK_RSS_STAT);
	int64_t lag = by_stat ? (int64_t)t->rss_stat - (int64_t)t->rss : 0;
	int64_t tables = (int64_t)rules_table_pages(p->rules, t, p->totals.page_size);
	int64_t held = (int64_t)t->rss + lag + (int64_t)t->swap + tables;

	if (!task_has(t, TASK_RSS)) {
		wrap_prose_print(out, "                           ",
				 "resident memory: not visible to this user");
	} else if (task_has(t, TASK_RSS_SPLIT)) {
		print_line(out, p, ' ', (int64_t)t->rss_anon, "anonymous memory (heap, stack)");
		print_line(out, p, '+', (int64_t)t->rss_file,
			   "file-backed memory (programs, libraries)");
		print_line(out, p, '+', (int64_t)t->rss_shmem, "shared memory");
	} else {
		print_line(out, p, ' ', (int64_t)t->rss, "resident memory");
	}
	if (lag)
		print_line(out, p, lag < 0 ? '-' : '+', lag < 0 ? -lag : lag,
			   "error of the approximate count that this kernel uses");
	print_line(out, p, '+', (int64_t)t->swap, "swap");
	if (p->rules->tables != TABLES_NONE)
		print_line(out, p, '+', tables, "page tables");
	print_line(out, p, '=', held, "total memory");
	return held;
}

static void print_pages(FILE *out, const struct predict *p, const struct task *t, int64_t held)
{
	int64_t unit = process_rank_adj_unit(p) / (int64_t)p->totals.page_size, adj = t->adj;
	char size[FORMAT_TEXT_MAX], total[FORMAT_TEXT_MAX], what[256];

	if (t->is_admin && p->rules->root == ROOT_3_PERCENT)
		print_line(out, p, '-', held * 3 / 100, "3 % discount for root");
	if (t->is_admin && p->rules->root == ROOT_ADJ_30)
		adj -= 30;
	format_format(unit * (int64_t)p->totals.page_size, size);
	format_format((int64_t)(p->totals.total_pages * p->totals.page_size), total);
	snprintf(what, sizeof(what),
		 "adj %" PRId64 "%s: each unit adds %s, a thousandth of RAM plus swap, %s", adj,
		 adj != t->adj ? " (30 less for root)" : "", size, total);
	print_line(out, p, adj < 0 ? '-' : '+', (adj < 0 ? -adj : adj) * unit, what);
	print_line(out, p, '=', t->points,
		   p->rules->is_floored && t->points == 1 ? "points (at least 1)"
							  : "points (the highest is killed first)");
}

/* How the kernel computes the points, one line per step. */
static void print_points(FILE *out, const struct predict *p, const struct task *t)
{
	static const char sum[] = "  =                        ";
	int64_t held, total = (int64_t)p->totals.total_pages;

	if (p->rules->weight == WEIGHT_HEURISTIC) {
		wrap_prose_print(out, "",
				 "This kernel divides size by run time and applies the nice value; "
				 "the result is the score, %lld.",
				 (long long)t->score);
		return;
	}
	wrap_line_print(out, "How the kernel computes its points, in pages of %" PRIu64 " bytes:",
			p->totals.page_size);
	held = print_memory(out, p, t);
	if (p->rules->weight == WEIGHT_PERMILLE) {
		wrap_prose_print(out, sum, "%" PRId64 " thousandths of RAM plus swap",
				 total ? held * 1000 / total : 0);
		wrap_prose_print(out, "  +                        ", "adj %d%s", t->adj,
				 t->is_admin ? ", 30 less for root" : "");
		wrap_prose_print(out, sum,
				 "%" PRId64 " points, 1 to 1000 (the highest is killed first)",
				 t->points);
		return;
	}
	print_pages(out, p, t, held);
	wrap_prose_print(out, "",
			 "Its score, %lld in /proc/%d/oom_score, is %spoints * 1000 / %" PRId64
			 "%s.",
			 (long long)t->score, t->pid, p->rules->is_score_signed ? "(1000 + " : "",
			 total, p->rules->is_score_signed ? ") * 2 / 3" : "");
}

static void print_heading(FILE *out, const struct process_rank *e)
{
	const struct task *t = e->t;
	char user[USER_NAME_MAX] = "?";

	if (task_has(t, TASK_UID))
		user_name(t->uid, user, sizeof(user));
	if (t->unkillable != KILLABLE)
		wrap_prose_print(out, "", "%d (%s), user %s, is unkillable.", t->pid, t->name,
				 user);
	else
		wrap_prose_print(out, "", "%d (%s), user %s: ranked %zu of %zu %skillable %s.",
				 t->pid, t->name, user, e->place, e->count,
				 e->p->doubt == DOUBT_UNSEEN ? "visible " : "",
				 e->count == 1 ? "process" : "processes");
	if (t->mm_pid != t->pid)
		wrap_prose_print(out, "",
				 "Its first thread has exited; thread %d holds the memory and is "
				 "named in the kernel's log.",
				 t->mm_pid);
	if (t->is_dying)
		wrap_prose_print(out, "", "It is already being killed.");
}

static void print_range(FILE *out, const struct process_rank *e)
{
	const struct task *o = e->other;
	bool is_unseen = e->p->doubt == DOUBT_UNSEEN, is_low = e->first > ADJ_LAST;
	char size[FORMAT_TEXT_MAX];

	if (e->p->rules->weight == WEIGHT_HEURISTIC)
		return;
	if (e->n_sharers || e->n_possible)
		putc('\n', out);
	if (e->n_sharers)
		wrap_prose_print(out, "",
				 e->n_sharers == 1
					 ? "%zu other process shares memory with it, has "
					   "the same adj, and is killed with it."
					 : "%zu other processes share memory with it, have "
					   "the same adj, and are killed with it.",
				 e->n_sharers);
	if (e->n_possible)
		wrap_prose_print(out, "",
				 "%zu other process%s may share memory with it; kcmp(2) cannot "
				 "confirm it, so this is ignored here.",
				 e->n_possible, e->n_possible == 1 ? "" : "es");
	if (!o) {
		putc('\n', out);
		wrap_line_print(out,
				"No other process is killable%s: with any adj above -1000 it ranks "
				"first.",
				is_unseen ? " and visible" : "");
		return;
	}
	fprintf(out, "\nTo change its rank%s:\n", is_unseen ? " among visible processes" : "");
	if (e->first > ADJ_MAX)
		wrap_prose_print(out, "  first       ", "no adj is enough: %d (%s) has more points",
				 o->pid, o->name);
	else
		wrap_prose_print(out, "  first       ", "adj %d%s%s", e->first,
				 e->first < ADJ_MAX ? " or more" : "",
				 e->is_first ? " (as now)" : "");
	if (e->grow_pages)
		wrap_prose_print(out, "              ", "or %s (%" PRId64 " pages) more memory",
				 format_format(e->grow_pages * (int64_t)e->p->totals.page_size,
					       size),
				 e->grow_pages);
	wrap_prose_print(out, "  below       ", "%d (%s), currently %s: adj %d%s", o->pid, o->name,
			 e->is_first ? "second" : "first", is_low ? e->first - 1 : ADJ_NEVER,
			 is_low ? " or less" : "");
	if (e->last >= ADJ_LAST)
		wrap_prose_print(out, "  last        ", "adj %d or less", e->last);
	else
		wrap_prose_print(out, "  last        ",
				 "no adj above -1000 is enough: another process has fewer points");
	fputs("  unkillable  adj -1000\n", out);
}

static void print_cgroups(FILE *out, const struct process_rank *e)
{
	char path[CGROUP_PATH_MAX], limit[FORMAT_TEXT_MAX], used[FORMAT_TEXT_MAX];
	char unit[FORMAT_TEXT_MAX];
	struct process_rank_cgroup g;
	bool has_any = false;

	for (bool is_one = process_rank_first_cgroup(e, path, &g); is_one;
	     is_one = process_rank_next_cgroup(e, path, &g)) {
		if (!has_any) {
			putc('\n', out);
			wrap_prose_print(out, "",
					 "Cgroups with a limit, at which only their processes are "
					 "candidates:");
		}
		has_any = true;
		format_format(g.unit, unit);
		wrap_prose_print(out, "  ", "%s (%s of %s used): ranked %zu of %zu%s; %s%s", path,
				 format_format((int64_t)g.used, used),
				 format_format((int64_t)g.limit, limit), g.place, g.count,
				 g.is_unseen ? " visible" : "",
				 g.unit ? "a unit of adj adds "
					: "adj has no effect: the limit is below 1000 pages",
				 g.unit ? unit : "");
	}
}

void explain_text_print(FILE *out, const struct process_rank *e)
{
	print_heading(out, e);
	if (e->t->unkillable != KILLABLE)
		wrap_prose_print(out, "", "%s", unkillable_reasons[e->t->unkillable]);
	else {
		putc('\n', out);
		print_points(out, e->p, e->t);
		print_range(out, e);
	}
	print_cgroups(out, e);
	origin_print(out, &e->origin);
}
