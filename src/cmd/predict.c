/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * predict: whom the kernel would kill if memory ran out now, in the machine or in one cgroup, and
 * after changes.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cmd/shared/output.h"
#include "cmd/predict/text.h"
#include "cmd/predict/whatif_options.h"
#include "cmd/shared/processes.h"
#include "cmd/predict/victim_notes.h"
#include "cmd/predict/victim_columns.h"
#include "oom/rules/version.h"
#include "sys/predict/numa.h"

#define DEFAULT_KILLS 5

struct predict_options {
	struct output_options listing;
	struct scan_options scan;
	struct whatif_options whatif;
	size_t kills;
	const char *cgroup, *kernel;
	int version; /* of kernel */
};

static enum status take_cgroup(void *target, const struct args *a)
{
	((struct predict_options *)target)->cgroup = a->value;
	return *a->value ? ST_OK : args_error(a, "--cgroup takes the path of a cgroup");
}

static enum status take_kernel(void *target, const struct args *a)
{
	struct predict_options *o = target;

	o->kernel = a->value;
	if (version_parse(a->value, &o->version))
		return args_error(a, "--kernel takes a version such as 5.2, not '%s'", a->value);
	return ST_OK;
}

static const struct opt opts[] = {
	OPT_COUNT(0, "kills", "N", "foretell the first N kills (default: 5)",
		  struct predict_options, kills, 100000),
	OPT_CALL(0, "cgroup", "PATH", "of a memory cgroup that hits its limit", take_cgroup),
	OPT_CALL(0, "kernel", "VERSION", "by the rules of another version of Linux", take_kernel),
	OPT_END,
};

/* A process that may not use all memory nodes is not killed for a lack of memory on the others. */
static void doubt_nodes(const struct candidates *a, struct victim_columns_kills *k)
{
	for (size_t i = 0; i < k->n && !a->is_cgroup; i++) {
		struct kill_choice *choice = &k->choices[i];

		if (choice->doubt == DOUBT_NONE &&
		    numa_are_closed_to(a->s.proc, k->p.candidates[choice->chosen].task.mm_pid))
			choice->doubt = DOUBT_NODES;
	}
}

static void predict_kills(const struct candidates *a, const struct predict_options *o,
			  struct victim_columns_kills *was, struct victim_columns_kills *now)
{
	candidates_finish(a, &now->p, o->kills);
	if (o->whatif.n)
		candidates_finish(a, &was->p, o->kills);
	mem_check(predict_weigh(&now->p));
	victim_columns_predict(now, o->kills);
	if (o->whatif.n)
		victim_columns_predict(was, o->kills);
	doubt_nodes(a, now);
	doubt_nodes(a, was);
}

static enum status print(struct ctx *cx, struct args *a, struct predict_options *o,
			 struct candidates *c, const struct victim_columns_kills *was,
			 const struct victim_columns_kills *now)
{
	bool has_bytes = c->p.rules->weight != WEIGHT_HEURISTIC;
	const char *columns =
		o->whatif.n ? "place,pid,name,points,sure,was_pid,was_name,was_points,was_sure"
		: has_bytes ? "place,pid,name,adj,points,margin,dies,frees,sure"
			    : "place,pid,name,adj,pages,margin_pages,dies,frees,sure";
	bool is_for_people = o->listing.view.mode == LIST_TABLE && !o->listing.view.no_headings;
	size_t n_rows = victim_columns_count(now, was);
	enum status st;

	if (o->listing.view.mode == LIST_JSON && !o->whatif.n)
		columns = "place,pid,tgid,user,name,adj,points,pages,margin,margin_pages,next,dies,"
			  "kill_set,frees,sure,doubt,rivals,decided_by";
	st = output_set_columns(&o->listing, cx, a, &victim_columns_columns, columns);
	if (st != ST_OK)
		return st;
	if (is_for_people && n_rows)
		predict_text_print_heading(cx->out, c, o->cgroup, o->kernel);
	if (n_rows || !is_for_people)
		victim_columns_print(&o->listing.view, c, now, was);
	if (is_for_people) {
		victim_notes_print(cx->out, now);
		if (now->n && now->n < o->kills)
			predict_text_print_end(cx->out, c);
		if (!o->cgroup && !o->whatif.n && !o->kernel)
			predict_text_print_cgroups(cx->out, c);
	}
	return ST_OK;
}

static enum status predict(struct ctx *cx, struct args *args, struct predict_options *o,
			   struct candidates *a)
{
	struct victim_columns_kills was = { .n = 0 }, now = { .n = 0 };
	struct candidate *copy = mem_alloc(a->p.n, sizeof(*copy));
	enum status st;

	if (o->kernel) {
		mem_check(candidates_use_kernel(a, o->version));
		predict_text_warn_kernel(a, o->kernel, o->version);
	}
	memcpy(copy, a->p.candidates, a->p.n * sizeof(*copy));
	was.p = now.p = a->p;
	now.p.candidates = copy;
	st = whatif_options_apply(&o->whatif, a, &now.p);
	if (st == ST_OK) {
		predict_kills(a, o, &was, &now);
		st = processes_forbid_privilege(cx);
	}
	if (st == ST_OK)
		st = print(cx, args, o, a, &was, &now);
	if (st == ST_OK && now.n == 0) {
		predict_text_say_nobody(a);
		st = ST_MISSED;
	}
	free(copy);
	free(now.choices);
	free(was.choices);
	return st;
}

static enum status run(struct ctx *cx, struct args *args, void *options)
{
	struct predict_options *o = options;
	enum status st;
	struct candidates a;

	if (!o->kills)
		o->kills = DEFAULT_KILLS;
	st = output_set_columns(&o->listing, cx, args, &victim_columns_columns, "place");
	if (st == ST_OK)
		st = processes_scan_count(&o->scan, cx, PROCESSES_SCAN_EXACT);
	if (st != ST_OK)
		return st;
	st = predict_text_take(&a, o->cgroup, o->whatif.n || o->kernel, o->scan.census);
	if (st == ST_OK)
		st = predict(cx, args, o, &a);
	if (st != ST_BROKEN && !o->cgroup)
		processes_say_hidden(&a.s);
	candidates_free(&a);
	return st;
}

const struct cmd cmd_predict = {
	.name = "predict",
	.synopsis = "[OPTION]...",
	.summary = "Foretell whom the kernel would kill if memory ran out now",
	.opts = opts,
	.shared = { { &whatif_options_group, offsetof(struct predict_options, whatif) },
		    { &output_group, offsetof(struct predict_options, listing) },
		    { &processes_scan_group, offsetof(struct predict_options, scan) } },
	.list = &victim_columns_columns,
	.options_size = sizeof(struct predict_options),
	.flags = CMD_OWN, /* kcmp(2) tells root who shares memory with whom */
	.run = run,
};
