/* SPDX-License-Identifier: GPL-2.0-or-later */
/* victim_notes: sentences below the list of victims, for what needs more than a word. */
#include "cmd/predict/victim_notes.h"

#include "ui/format.h"
#include "ui/wrap.h"

/* Up to DOUBT_ORDER: why a rival that is behind may be ahead. */
static const char *const reasons[] = {
	[DOUBT_COUNTERS] = "nearer than this kernel's counters are exact",
	[DOUBT_MOVING] = "and one of the two is running: it may have changed since it was read",
	[DOUBT_RECLAIM] = "and the kernel may take pages of files or swap out shared memory before "
			  "it chooses",
	[DOUBT_ORDER] = "and which of them the kernel meets first can't be seen from here",
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

static void print_doubt(FILE *out, const char *lead, const struct predict *p,
			const struct kill_choice *choice)
{
	const struct task *first = &p->candidates[choice->chosen].task, *rival;
	char gap_text[FORMAT_TEXT_MAX], more[48] = "";
	int64_t gap;

	if (choice->doubt == DOUBT_NONE)
		return;
	if (choice->doubt > DOUBT_ORDER) {
		wrap_prose_print(out, lead, "close: %s", reasons[choice->doubt]);
		return;
	}
	rival = &p->candidates[choice->rivals[0]].task;
	gap = first->points - rival->points;
	if (p->rules->weight == WEIGHT_PAGES)
		gap *= (int64_t)p->totals.page_size;
	if (choice->n_rivals > 1)
		snprintf(more, sizeof(more), "; %zu more are as near", choice->n_rivals - 1);
	wrap_prose_print(out, lead, "close: %d (%s) is %s behind, %s%s", rival->pid, rival->name,
			 format_format(gap, gap_text), reasons[choice->doubt], more);
}

static void print_kill_set(FILE *out, const char *lead, const struct predict *p,
			   const struct kill_choice *choice, uint32_t round)
{
	const struct candidate *all = p->candidates, *victim = &all[choice->victim];
	char list[1024] = "";
	size_t listed = 0, at = 0;
	bool by_group = false;

	for (size_t i = 0; i < p->n; i++) {
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
		const struct kill_choice *choice = &k->choices[i];
		const struct task *chosen = &k->p.candidates[choice->chosen].task;
		char lead[32];

		snprintf(lead, sizeof(lead), "%2zu: ", i + 1);
		print_doubt(out, lead, &k->p, choice);
		/* Kernels before 5.1 kill a child of the process with the most points. */
		if (choice->victim != choice->chosen)
			wrap_prose_print(out, lead,
					 "dies in the stead of its parent %d (%s), which has the "
					 "most points",
					 chosen->pid, chosen->name);
		print_kill_set(out, lead, &k->p, choice, (uint32_t)i + 1);
	}
}
