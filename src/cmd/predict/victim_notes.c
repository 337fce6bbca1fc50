/* SPDX-License-Identifier: GPL-2.0-or-later */
/* victim_notes: what the list of victims can't say in a word. */
#include "cmd/predict/victim_notes.h"

#include <string.h>

#include "ui/wrap.h"
#include "ui/format.h"

struct rival_text {
	char text[128];
};

static const char *name_of(const struct victim_table_course *c, size_t nth, struct rival_text *buf)
{
	const struct task *t = &c->p.candidates[nth].task;

	snprintf(buf->text, sizeof(buf->text), "%d (%s)", t->pid, t->name);
	return buf->text;
}

/* How far the first rival is behind, "as many points" for none. */
static void print_distance(const struct victim_table_course *c, const struct kill_choice *v,
			   char *buf)
{
	const struct candidate *all = c->p.candidates;
	int64_t gap = all[v->chosen].task.points - all[v->rivals[0]].task.points;

	if (c->p.rules->weight == WEIGHT_PAGES)
		gap *= (int64_t)c->p.totals.page_size;
	format_format(gap, buf);
}

static const char *because(enum predict_doubt doubt)
{
	switch (doubt) {
	case DOUBT_COUNTERS:
		return "nearer than this kernel's counters are exact";
	case DOUBT_MOVING:
		return "and one of the two is running: it may have changed since it was read";
	case DOUBT_RECLAIM:
		return "and the kernel may take pages of files or swap out shared memory before it chooses";
	default:
		return "and which of them the kernel meets first can't be seen from here";
	}
}

static void print_doubt(FILE *out, const char *lead, const struct victim_table_course *c,
			const struct kill_choice *v)
{
	struct rival_text rival;
	char distance[FORMAT_TEXT_MAX], more[48] = "";

	switch (v->doubt) {
	case DOUBT_NONE:
		return;
	case DOUBT_EARLIER:
		wrap_prose_print(out, lead, "close: it depends on a choice above that is close");
		return;
	case DOUBT_DYING:
		wrap_prose_print(out, lead,
				 "close: a process is being killed already; if it was for lack of memory, the kernel "
				 "waits for its end and kills nobody");
		return;
	case DOUBT_UNSEEN:
		wrap_prose_print(out, lead,
				 "close: there are processes that can't be seen from here");
		return;
	case DOUBT_SHARERS:
		wrap_prose_print(out, lead,
				 "close: others look as if they shared its memory; then they would die with it, but it "
				 "can't be told from here (kcmp(2))");
		return;
	case DOUBT_OLD_STATS:
		wrap_prose_print(
			out, lead,
			"close: run time counts, which another kernel would have measured otherwise");
		return;
	case DOUBT_SETTINGS:
		wrap_prose_print(out, lead,
				 "close: vm.panic_on_oom and vm.oom_kill_allocating_task come before points, but can't be "
				 "seen from here");
		return;
	case DOUBT_NODES:
		wrap_prose_print(out, lead,
				 "close: it may use some memory nodes only, and is passed over when memory is short "
				 "for a process of others");
		return;
	default:
		break;
	}
	print_distance(c, v, distance);
	if (v->n_rivals > 1)
		snprintf(more, sizeof(more), "; %zu more are as near", v->n_rivals - 1);
	wrap_prose_print(out, lead, "close: %s is %s behind, %s%s",
			 name_of(c, v->rivals[0], &rival), distance, because(v->doubt), more);
}

static void print_sacrifice(FILE *out, const char *lead, const struct victim_table_course *c,
			    const struct kill_choice *v)
{
	struct rival_text parent;

	if (v->victim != v->chosen)
		wrap_prose_print(out, lead,
				 "dies in the stead of its parent %s, which has the most points",
				 name_of(c, v->chosen, &parent));
}

static void print_company(FILE *out, const char *lead, const struct victim_table_course *c,
			  const struct kill_choice *v, uint32_t round)
{
	const struct candidate *all = c->p.candidates, *victim = &all[v->victim];
	char list[1024] = "", other[TASK_NAME_MAX + 16];
	size_t listed = 0, at = 0;
	bool by_group = false;

	for (size_t i = 0; i < c->p.n; i++) {
		if (all[i].dies_in != round || i == v->victim)
			continue;
		by_group |= !victim->mm || all[i].mm != victim->mm;
		if (listed == 8)
			continue;
		snprintf(other, sizeof(other), "%s%d (%s)", listed++ ? ", " : "", all[i].task.pid,
			 all[i].task.name);
		at += (size_t)snprintf(list + at, sizeof(list) - at, "%s", other);
	}
	if (v->n_killed > listed + 1)
		snprintf(list + at, sizeof(list) - at, " and %zu more", v->n_killed - 1 - listed);
	if (v->n_killed > 1)
		wrap_prose_print(out, lead, "with it die %s: %s", list,
				 by_group ? "memory.oom.group of their cgroup says so"
					  : "they share its memory");
}

void victim_notes_print(FILE *out, const struct victim_table *vs)
{
	const struct victim_table_course *c = vs->now;

	for (size_t i = 0; i < c->n; i++) {
		char lead[32];

		snprintf(lead, sizeof(lead), "%2zu: ", i + 1);
		print_doubt(out, lead, c, &c->verdicts[i]);
		print_sacrifice(out, lead, c, &c->verdicts[i]);
		print_company(out, lead, c, &c->verdicts[i], (uint32_t)i + 1);
	}
}
