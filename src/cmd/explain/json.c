/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json: the output of explain as JSON. */
#include "cmd/explain/json.h"

#include "oom/rules/adj.h"
#include "oom/rules/kill_order.h"
#include "sys/cgroup/path.h"
#include "sys/proc/user.h"

static void write_pages(struct json_writer *j, const char *key, const struct process_rank *e,
			unsigned int has, uint64_t pages)
{
	if (task_has(e->t, has))
		json_write_number(j, key, (int64_t)(pages * e->p->totals.page_size));
	else
		json_write_null(j, key);
}

static void write_known(struct json_writer *j, const char *key, bool is_known, int64_t value)
{
	if (is_known)
		json_write_number(j, key, value);
	else
		json_write_null(j, key);
}

static void write_memory(struct json_writer *j, const struct process_rank *e)
{
	const struct task *t = e->t;
	uint64_t page_size = e->p->totals.page_size;

	write_pages(j, "rss", e, TASK_RSS, snapshot_rss(&e->a->s, t));
	write_pages(j, "rss_anon", e, TASK_RSS_SPLIT, t->rss_anon);
	write_pages(j, "rss_file", e, TASK_RSS_SPLIT, t->rss_file);
	write_pages(j, "rss_shmem", e, TASK_RSS_SPLIT, t->rss_shmem);
	write_pages(j, "swap", e, TASK_SWAP, t->swap);
	write_known(j, "pgtables", task_has(t, TASK_PGTABLES) || task_has(t, TASK_PTES),
		    (int64_t)(rules_table_pages(e->p->rules, t, page_size) * page_size));
}

static void write_cgroups(struct json_writer *j, const struct process_rank *e)
{
	char path[CGROUP_PATH_MAX];
	struct process_rank_cgroup g;

	json_write_open(j, "cgroups", '[');
	for (bool is_one = process_rank_first_cgroup(e, path, &g); is_one;
	     is_one = process_rank_next_cgroup(e, path, &g)) {
		json_write_open(j, NULL, '{');
		json_write_text(j, "cgroup", path);
		json_write_number(j, "limit", (int64_t)g.limit);
		json_write_number(j, "used", (int64_t)g.used);
		json_write_number(j, "place", (int64_t)g.place);
		json_write_number(j, "count", (int64_t)g.count);
		json_write_number(j, "adj_unit", g.unit);
		json_write_close(j, '}');
	}
	json_write_close(j, ']');
}

void explain_json_write(FILE *out, const struct process_rank *e, const char *decided_by,
			const struct deciding *d, const struct deciding_result *rule,
			const struct unit_effects_kills *units)
{
	struct json_writer writer = { .out = out }, *j = &writer;
	const struct task *t = e->t;
	bool is_killable = t->unkillable == KILLABLE, has_other = e->other;
	char user[USER_NAME_MAX];

	json_write_open(j, NULL, '{');
	json_write_text(j, "decided_by", decided_by);
	write_known(j, "place", is_killable, (int64_t)e->place);
	json_write_number(j, "count", (int64_t)e->count);
	json_write_bool(j, "is_complete", e->p->doubt != DOUBT_UNSEEN);
	json_write_number(j, "pid", t->mm_pid);
	json_write_number(j, "tgid", t->pid);
	if (task_has(t, TASK_UID)) {
		user_name(t->uid, user, sizeof(user));
		json_write_text(j, "user", user);
	} else {
		json_write_null(j, "user");
	}
	json_write_text(j, "name", t->name);
	if (is_killable)
		json_write_null(j, "reason");
	else
		json_write_text(j, "reason", kill_order_unkillable_text(t->unkillable));
	write_known(j, "adj", task_has(t, TASK_ADJ), t->adj);
	write_known(j, "score", task_has(t, TASK_SCORE), t->score);
	write_known(j, "points", is_killable, t->points);
	write_memory(j, e);
	json_write_number(j, "adj_unit", process_rank_adj_unit(e->p));
	json_write_number(j, "sharers", (int64_t)e->n_sharers);
	write_known(j, "next", has_other, has_other ? e->other->pid : 0);
	write_known(j, "adj_first", has_other && e->first <= ADJ_MAX, e->first);
	write_known(j, "adj_below", has_other, e->first > ADJ_LAST ? e->first - 1 : ADJ_NEVER);
	write_known(j, "adj_last", has_other && e->last >= ADJ_LAST, e->last);
	write_known(j, "growth", has_other, e->grow_pages * (int64_t)e->p->totals.page_size);
	write_cgroups(j, e);
	origin_write(j, &e->origin);
	deciding_write(j, d, rule);
	unit_effects_write(j, units);
	json_write_close(j, '}');
}
