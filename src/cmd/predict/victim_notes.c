/* SPDX-License-Identifier: GPL-2.0-or-later */
/* victim_notes: sentences below the list of victims, for what needs more than a word. */
#include "cmd/predict/victim_notes.h"

#include <string.h>

#include "ui/format.h"
#include "ui/wrap.h"

struct process_text {
	char text[128];
};

static const char *name_of(const struct victim_columns_kills *k, size_t nth,
			   struct process_text *buf)
{
	const struct task *t = &k->p.candidates[nth].task;

	snprintf(buf->text, sizeof(buf->text), "%d (%s)", t->pid, t->name);
	return buf->text;
}

/* What needs no rival's name; NULL: the rest. */
static const char *const doubts[] = {
	[DOUBT_NONE] = NULL,
	[DOUBT_COUNTERS] = NULL,
	[DOUBT_MOVING] = NULL,
	[DOUBT_RECLAIM] = NULL,
	[DOUBT_ORDER] = NULL,
	[DOUBT_EARLIER] = "it depends on a choice above that is close",
	[DOUBT_DYING] = "a process is being killed already; if it was for lack of memory, the "
			"kernel waits for its end and kills nobody",
	[DOUBT_UNSEEN] = "there are processes that can't be seen from here",
	[DOUBT_SHARERS] = "others look as if they shared its memory; then they would die with it, "
			  "but it can't be told from here (kcmp(2))",
	[DOUBT_OLD_STATS] = "run time counts, which another kernel would have measured otherwise",
	[DOUBT_SETTINGS] = "vm.panic_on_oom and vm.oom_kill_allocating_task come before points, "
			   "but can't be seen from here",
	[DOUBT_NODES] = "it may use some memory nodes only, and is passed over when memory is "
			"short for a process of others",
};

static const char *rival_reason(enum predict_doubt doubt)
{
	switch (doubt) {
	case DOUBT_COUNTERS:
		return "nearer than this kernel's counters are exact";
	case DOUBT_MOVING:
		return "and one of the two is running: it may have changed since it was read";
	case DOUBT_RECLAIM:
		return "and the kernel may take pages of files or swap out shared memory before it "
		       "chooses";
	default:
		return "and which of them the kernel meets first can't be seen from here";
	}
}

static void print_doubt(FILE *out, const char *lead, const struct victim_columns_kills *k,
			const struct kill_choice *choice)
{
	const struct candidate *all = k->p.candidates;
	char gap_text[FORMAT_TEXT_MAX], more[48] = "";
	struct process_text rival;
	int64_t gap;

	if (choice->doubt == DOUBT_NONE)
		return;
	if (doubts[choice->doubt]) {
		wrap_prose_print(out, lead, "close: %s", doubts[choice->doubt]);
		return;
	}
	gap = all[choice->chosen].task.points - all[choice->rivals[0]].task.points;
	if (k->p.rules->weight == WEIGHT_PAGES)
		gap *= (int64_t)k->p.totals.page_size;
	if (choice->n_rivals > 1)
		snprintf(more, sizeof(more), "; %zu more are as near", choice->n_rivals - 1);
	wrap_prose_print(out, lead, "close: %s is %s behind, %s%s",
			 name_of(k, choice->rivals[0], &rival), format_format(gap, gap_text),
			 rival_reason(choice->doubt), more);
}

/* Kernels before 5.1 kill a child of the process with the most points. */
static void print_parent(FILE *out, const char *lead, const struct victim_columns_kills *k,
			 const struct kill_choice *choice)
{
	struct process_text parent;

	if (choice->victim != choice->chosen)
		wrap_prose_print(out, lead,
				 "dies in the stead of its parent %s, which has the most points",
				 name_of(k, choice->chosen, &parent));
}

static void print_kill_set(FILE *out, const char *lead, const struct victim_columns_kills *k,
			   const struct kill_choice *choice, uint32_t round)
{
	const struct candidate *all = k->p.candidates, *victim = &all[choice->victim];
	char list[1024] = "";
	size_t listed = 0, at = 0;
	bool by_group = false;

	for (size_t i = 0; i < k->p.n; i++) {
		if (all[i].dies_in != round || i == choice->victim)
			continue;
		by_group |= !victim->mm || all[i].mm != victim->mm;
		if (listed == 8)
			continue;
		at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%d (%s)",
				       listed++ ? ", " : "", all[i].task.pid, all[i].task.name);
	}
	if (choice->n_killed > listed + 1)
		snprintf(list + at, sizeof(list) - at, " and %zu more",
			 choice->n_killed - 1 - listed);
	if (choice->n_killed > 1)
		wrap_prose_print(out, lead, "with it die %s: %s", list,
				 by_group ? "memory.oom.group of their cgroup says so"
					  : "they share its memory");
}

void victim_notes_print(FILE *out, const struct victim_columns_kills *k)
{
	for (size_t i = 0; i < k->n; i++) {
		char lead[32];

		snprintf(lead, sizeof(lead), "%2zu: ", i + 1);
		print_doubt(out, lead, k, &k->choices[i]);
		print_parent(out, lead, k, &k->choices[i]);
		print_kill_set(out, lead, k, &k->choices[i], (uint32_t)i + 1);
	}
}
