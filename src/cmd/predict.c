/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * predict: whom the kernel would kill if memory ran out now, in the machine or in one cgroup, and
 * after changes.
 */
#include <stdlib.h>
#include <string.h>

#include "base/msg.h"
#include "base/num.h"
#include "cmd/shared/output.h"
#include "cmd/predict/text.h"
#include "cmd/predict/whatif_options.h"
#include "cmd/shared/processes.h"
#include "cmd/predict/victim_notes.h"
#include "cmd/predict/victim_table.h"
#include "oom/rules/version.h"
#include "sys/predict/numa.h"

#define DEFAULT_KILLS 5

enum { OPT_KILLS = OPT_LONG, OPT_CGROUP, OPT_KERNEL };

static const struct opt opts[] = {
	{ OPT_KILLS, "kills", "N", "foretell the first N kills (default: 5)" },
	{ OPT_CGROUP, "cgroup", "PATH", "of a memory cgroup that hits its limit" },
	{ OPT_KERNEL, "kernel", "VERSION", "by the rules of another version of Linux" },
	{ 0, NULL, NULL, NULL },
};

struct wishes {
	struct output_options listing;
	struct scan_options scan;
	size_t kills;
	const char *cgroup, *kernel;
	int version; /* of kernel */
	struct whatif_options suppose;
};

static enum status take_option(struct wishes *w, const struct args *a, int key)
{
	long n;

	switch (key) {
	case OPT_KILLS:
		if (num_parse(a->value, 1, 100000, &n))
			return args_error(a, "--kills takes a number from 1 to 100000, not '%s'",
					  a->value);
		w->kills = (size_t)n;
		return ST_OK;
	case OPT_CGROUP:
		w->cgroup = a->value;
		return *w->cgroup ? ST_OK : args_error(a, "--cgroup takes the path of a cgroup");
	case OPT_KERNEL:
		w->kernel = a->value;
		if (version_parse(a->value, &w->version))
			return args_error(a, "--kernel takes a version such as 5.2, not '%s'",
					  a->value);
		return ST_OK;
	default:
		if (whatif_options_take(&w->suppose, a, key) < 0 ||
		    processes_scan_take(&w->scan, a, key) < 0)
			return ST_USAGE;
		output_take(&w->listing, a, key);
		return ST_OK;
	}
}

static enum status parse(struct wishes *w, const struct ctx *cx, struct args *a)
{
	enum status st = ST_OK;
	int key = 0;

	while (st == ST_OK && (key = args_next(a)) > 0)
		st = take_option(w, a, key);
	return st == ST_OK ? output_set_columns(&w->listing, cx, a, &victim_table_columns, "place")
			   : st;
}

static enum status say_no_memory(void)
{
	msg_error("out of memory");
	return ST_BROKEN;
}

/* A lack of memory elsewhere does not reach who can't use all nodes. */
static void doubt_nodes(const struct candidates *a, struct victim_table_course *c)
{
	for (size_t i = 0; i < c->n && !a->is_cgroup; i++) {
		struct kill_choice *v = &c->verdicts[i];

		if (v->doubt == DOUBT_NONE &&
		    numa_are_closed_to(a->s.proc, c->p.candidates[v->chosen].task.mm_pid))
			v->doubt = DOUBT_NODES;
	}
}

static enum status foresee(struct candidates *a, const struct wishes *w,
			   struct victim_table_course *was, struct victim_table_course *now)
{
	struct candidate *copy = calloc(a->p.n + 1, sizeof(*copy));
	enum status st;

	was->p = now->p = a->p;
	if (!copy)
		return say_no_memory();
	memcpy(copy, a->p.candidates, a->p.n * sizeof(*copy));
	now->p.candidates = copy;
	st = whatif_options_apply(&w->suppose, a, &now->p);
	if (st != ST_OK)
		return st;
	candidates_finish(a, &now->p, w->kills);
	if (w->suppose.n)
		candidates_finish(a, &was->p, w->kills);
	if (predict_weigh(&now->p) || victim_table_foresee(now, w->kills) ||
	    (w->suppose.n && victim_table_foresee(was, w->kills)))
		return say_no_memory();
	doubt_nodes(a, now);
	doubt_nodes(a, was);
	return ST_OK;
}

static enum status print(struct ctx *cx, struct args *a, struct wishes *w, struct candidates *arena,
			 const struct victim_table_course *was,
			 const struct victim_table_course *now)
{
	bool has_bytes = arena->p.rules->weight != WEIGHT_HEURISTIC;
	const char *columns =
		w->suppose.n ? "place,pid,name,points,sure,was_pid,was_name,was_points,was_sure"
		: has_bytes  ? "place,pid,name,adj,points,margin,dies,frees,sure"
			     : "place,pid,name,adj,pages,margin_pages,dies,frees,sure";
	const char *decided_by = predict_text_decided_by(arena);
	bool is_for_people = w->listing.view.mode == LIST_TABLE && !w->listing.view.no_headings;
	struct victim_table vs;
	enum status st;

	if (w->listing.view.mode == LIST_JSON && !w->suppose.n)
		columns =
			"place,pid,tgid,user,name,adj,points,pages,margin,margin_pages,next,dies,kill_set,"
			"frees,sure,doubt,rivals,decided_by";
	victim_table_init(&vs, arena, now, w->suppose.n ? was : NULL, decided_by);
	st = output_set_columns(&w->listing, cx, a, &vs.list, columns);
	if (st != ST_OK)
		return st;
	if (is_for_people && vs.list.n_rows)
		predict_text_print_heading(cx->out, arena, w->cgroup, w->kernel);
	if (vs.list.n_rows || !is_for_people)
		st = output_print(&w->listing, &vs.list);
	if (is_for_people) {
		victim_notes_print(cx->out, &vs);
		if (now->n && now->n < w->kills)
			predict_text_print_end(cx->out, arena);
		if (!w->cgroup && !w->suppose.n && !w->kernel)
			predict_text_print_cgroups(cx->out, arena);
	}
	return st;
}

static enum status use_kernel(struct candidates *a, const struct wishes *w)
{
	if (!w->kernel)
		return ST_OK;
	if (candidates_use_kernel(a, w->version))
		return say_no_memory();
	predict_text_warn_kernel(a, w->kernel, w->version);
	return ST_OK;
}

static enum status predict(struct ctx *cx, struct args *args, struct wishes *w,
			   struct candidates *a)
{
	struct victim_table_course was = { .n = 0 }, now = { .n = 0 };
	enum status st = use_kernel(a, w);

	if (st == ST_OK)
		st = foresee(a, w, &was, &now);
	if (st == ST_OK)
		st = processes_forbid_privilege(cx);
	if (st == ST_OK)
		st = print(cx, args, w, a, &was, &now);
	if (st == ST_OK && now.n == 0) {
		predict_text_say_nobody(a);
		st = ST_MISSED;
	}
	if (now.p.candidates != a->p.candidates)
		free(now.p.candidates);
	free(now.verdicts);
	free(was.verdicts);
	return st;
}

static enum status run(struct ctx *cx, struct args *args)
{
	struct wishes w = { .kills = DEFAULT_KILLS };
	enum status st = parse(&w, cx, args);
	struct candidates a;

	if (st == ST_OK)
		st = processes_scan_count(&w.scan, cx, PROCESSES_SCAN_EXACT);
	if (st != ST_OK)
		return st;
	st = predict_text_take(&a, w.cgroup, w.suppose.n || w.kernel,
			       processes_scan_census(&w.scan));
	if (st == ST_OK)
		st = predict(cx, args, &w, &a);
	if (st != ST_BROKEN && !w.cgroup)
		processes_say_hidden(&a.s);
	candidates_free(&a);
	processes_scan_free(&w.scan);
	return st;
}

const struct cmd cmd_predict = {
	.name = "predict",
	.synopsis = "[OPTION]...",
	.summary = "Foretell whom the kernel would kill if memory ran out now",
	.opts = opts,
	.shared = { whatif_options_opts, output_opts, processes_scan_opts },
	.flags = CMD_OWN, /* kcmp(2) tells root who shares memory with whom */
	.run = run,
};
