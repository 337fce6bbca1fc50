/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json: one report, with everything that was in it, as JSON. What was not in it is null. */
#include "cmd/report/json.h"

#include <string.h>

#include "oom/report/gfp.h"
#include "oom/rules/version.h"
#include "ui/json.h"

static void number(struct json_writer *j, const char *key, int64_t value)
{
	if (value == REPORT_ABSENT)
		json_write_null(j, key);
	else
		json_write_number(j, key, value);
}

static void text(struct json_writer *j, const char *key, const char *value)
{
	if (*value)
		json_write_text(j, key, value);
	else
		json_write_null(j, key);
}

static void bytes(struct json_writer *j, const char *key, int64_t kib)
{
	number(j, key, kib == REPORT_ABSENT ? REPORT_ABSENT : kib * 1024);
}

static void put_head(struct json_writer *j, const struct report *r, const char *file,
		     bool has_seconds, int64_t seconds)
{
	static const char *const kinds[] = { "", "global", "memcg", "cpuset", "mempolicy" };
	char when[64];

	number(j, "nr", (int64_t)r->nr);
	text(j, "time", timestamp_format(&r->time, when, sizeof(when)));
	number(j, "seconds", has_seconds ? seconds : REPORT_ABSENT);
	number(j, "uptime", r->time.uptime_usec);
	text(j, "file", file);
	text(j, "host", r->host);
	text(j, "kernel", r->release);
	text(j, "kind", kinds[r->kind]);
	json_write_bool(j, "sysrq", r->is_sysrq);
	json_write_bool(j, "allocating_task", r->is_allocating);
	json_write_bool(j, "no_victim", r->has_no_victim);
	text(j, "panic", r->panic);
	text(j, "nodemask", r->nodemask);
	text(j, "cpuset", r->cpuset);
	text(j, "mems_allowed", r->mems);
	text(j, "task_cgroup", r->task_memcg);
	text(j, "oom_group", r->group_memcg);
	bytes(j, "page_size", r->page_kib);
}

static void put_request(struct json_writer *j, const struct report *r)
{
	char gfp[256];
	int version = 0;

	version_parse(r->release, &version);
	gfp_spell(r->gfp_mask, version, gfp, sizeof(gfp));
	json_write_open(j, "request", '{');
	text(j, "name", r->asker);
	number(j, "pid", r->asker_pid);
	number(j, "adj", r->asker_adj);
	number(j, "oom_adj", r->asker_old_adj);
	number(j, "order", r->order);
	number(j, "gfp_mask", r->gfp_mask);
	text(j, "gfp_flags", *r->gfp_text ? r->gfp_text : gfp);
	json_write_close(j, '}');
}

static void put_limit(struct json_writer *j, const char *key, const struct report_limit *l)
{
	json_write_open(j, key, '{');
	bytes(j, "usage", l->usage_kib);
	bytes(j, "limit", l->limit_kib);
	number(j, "failcnt", l->failcnt);
	json_write_close(j, '}');
}

static void put_counts(struct json_writer *j, const char *key, const struct report_count *counts,
		       size_t n)
{
	json_write_open(j, key, '{');
	for (size_t i = 0; i < n; i++)
		json_write_number(j, counts[i].name, counts[i].value);
	json_write_close(j, '}');
}

static void put_cgroup(struct json_writer *j, const struct report *r)
{
	if (r->kind != REPORT_MEMCG) {
		json_write_null(j, "cgroup");
		return;
	}
	json_write_open(j, "cgroup", '{');
	text(j, "path", r->memcg);
	put_limit(j, "memory", &r->memory);
	put_limit(j, "memory_swap", &r->memsw);
	put_limit(j, "swap", &r->swap);
	put_limit(j, "kmem", &r->kmem);
	put_counts(j, "stat", r->stats, r->n_stats);
	json_write_close(j, '}');
}

static void put_zones(struct json_writer *j, const struct report *r)
{
	json_write_open(j, "zones", '[');
	for (size_t i = 0; i < r->n_zones; i++) {
		const struct report_zone *z = &r->zones[i];

		json_write_open(j, NULL, '{');
		number(j, "node", z->node);
		text(j, "name", z->name);
		bytes(j, "free", z->free_kib);
		bytes(j, "min", z->min_kib);
		bytes(j, "low", z->low_kib);
		bytes(j, "high", z->high_kib);
		bytes(j, "present", z->present_kib);
		bytes(j, "managed", z->managed_kib);
		json_write_open(j, "reserve_pages", '[');
		for (size_t k = 0; k < z->n_reserve; k++)
			json_write_number(j, NULL, z->reserve[k]);
		json_write_close(j, ']');
		json_write_open(j, "free_blocks", '[');
		for (size_t k = 0; k < z->n_blocks; k++)
			json_write_number(j, NULL, z->blocks[k]);
		json_write_close(j, ']');
		json_write_close(j, '}');
	}
	json_write_close(j, ']');
}

static void put_memory(struct json_writer *j, const struct report *r)
{
	json_write_open(j, "memory", '{');
	number(j, "ram_pages", r->ram_pages);
	number(j, "reserved_pages", r->reserved_pages);
	number(j, "highmem_pages", r->highmem_pages);
	number(j, "pagecache_pages", r->pagecache_pages);
	number(j, "swapcache_pages", r->swapcache_pages);
	bytes(j, "swap_free", r->swap_free_kib);
	bytes(j, "swap_total", r->swap_total_kib);
	bytes(j, "kernel_stack", r->kernel_stack_kib);
	bytes(j, "hugetlb", r->huge_kib);
	put_counts(j, "pages", r->counts, r->n_counts);
	put_zones(j, r);
	json_write_close(j, '}');
}

static void put_kills(struct json_writer *j, const struct report *r)
{
	static const char *const roles[] = { "victim", "group", "shared" };
	static const char *const reaped[] = { "", "yes", "stuck" };

	json_write_open(j, "kills", '[');
	for (size_t i = 0; i < r->n_kills; i++) {
		const struct report_kill *k = &r->kills[i];
		char when[64];

		json_write_open(j, NULL, '{');
		text(j, "time", timestamp_format(&k->time, when, sizeof(when)));
		text(j, "role", roles[k->role]);
		json_write_bool(j, "confirmed", k->is_killed);
		json_write_bool(j, "repeated", k->is_repeated);
		number(j, "pid", k->pid);
		text(j, "name", k->name);
		number(j, "uid", k->uid);
		number(j, "adj", k->adj);
		number(j, "score", k->score);
		bytes(j, "total_vm", k->total_vm_kib);
		bytes(j, "anon", k->anon_kib);
		bytes(j, "file_rss", k->file_kib);
		bytes(j, "shmem", k->shmem_kib);
		bytes(j, "pgtables", k->pgtables_kib);
		text(j, "chosen", k->chosen_name);
		number(j, "chosen_pid", k->chosen_pid);
		text(j, "reaped", reaped[k->reaped]);
		bytes(j, "left", k->left_kib);
		json_write_close(j, '}');
	}
	json_write_close(j, ']');
}

static void known(struct json_writer *j, const struct task *t, unsigned int has, const char *key,
		  uint64_t value)
{
	number(j, key, task_has(t, has) ? (int64_t)value : REPORT_ABSENT);
}

static void put_task(struct json_writer *j, const struct report *r, const struct analysis *w,
		     const struct report_row *row)
{
	const struct task *t = &row->task;

	json_write_open(j, NULL, '{');
	json_write_number(j, "pid", t->pid);
	json_write_number(j, "thread", t->mm_pid);
	text(j, "name", t->name);
	known(j, t, TASK_UID, "uid", t->uid);
	known(j, t, TASK_TOTAL_VM, "total_vm", t->total_vm);
	known(j, t, TASK_RSS, "rss", t->rss);
	known(j, t, TASK_RSS_SPLIT, "rss_anon", t->rss_anon);
	known(j, t, TASK_RSS_SPLIT, "rss_file", t->rss_file);
	known(j, t, TASK_RSS_SPLIT, "rss_shmem", t->rss_shmem);
	known(j, t, TASK_PTES, "nr_ptes", t->nr_ptes);
	known(j, t, TASK_PMDS, "nr_pmds", t->nr_pmds);
	known(j, t, TASK_TABLES, "pgtables_bytes", t->pgtables_bytes);
	known(j, t, TASK_SWAP, "swapents", t->swap);
	number(j, "oom_adj", task_has(t, TASK_OOM_ADJ) ? t->oom_adj : REPORT_ABSENT);
	number(j, "oom_score_adj", task_has(t, TASK_ADJ) ? t->adj : REPORT_ABSENT);
	for (size_t i = 0; i < r->n_extra; i++)
		json_write_number(j, r->extra_names[i], row->extra[i]);
	number(j, "points", task_has(t, TASK_POINTS) ? t->points : REPORT_ABSENT);
	number(j, "place", w->has_points && t->place ? (int64_t)t->place : REPORT_ABSENT);
	json_write_close(j, '}');
}

static void put_why(struct json_writer *j, const struct analysis *w)
{
	static const char *const verdicts[] = {
		[ANALYSIS_NO_VICTIM] = "no-victim",
		[ANALYSIS_NO_TABLE] = "no-table",
		[ANALYSIS_NOT_LISTED] = "not-listed",
		[ANALYSIS_HEURISTIC] = "heuristic",
		[ANALYSIS_ALLOCATING] = "allocating-task",
		[ANALYSIS_AGREES] = "agrees",
		[ANALYSIS_TIE] = "tie",
		[ANALYSIS_OTHERS_DYING] = "others-dying",
		[ANALYSIS_SWAP] = "swap-unknown",
		[ANALYSIS_ROOT] = "root-discount",
		[ANALYSIS_COUNTERS] = "counters",
		[ANALYSIS_TOTALS] = "totals-unknown",
		[ANALYSIS_UNEXPLAINED] = "unexplained",
	};

	json_write_open(j, "why", '{');
	json_write_text(j, "verdict", verdicts[w->result]);
	number(j, "place", w->has_points && w->place ? (int64_t)w->place : REPORT_ABSENT);
	number(j, "score", w->score);
	number(j, "total_pages", w->has_totals ? (int64_t)w->totals.total_pages : REPORT_ABSENT);
	number(j, "largest_pages", w->knows_largest ? w->most_pages : REPORT_ABSENT);
	json_write_close(j, '}');
}

void report_json_print(FILE *out, const struct report *r, const struct analysis *w,
		       const char *file, bool has_seconds, int64_t seconds)
{
	struct json_writer j = { .out = out };

	json_write_open(&j, NULL, '{');
	json_write_open(&j, "report", '[');
	json_write_open(&j, NULL, '{');
	put_head(&j, r, file, has_seconds, seconds);
	put_request(&j, r);
	put_cgroup(&j, r);
	put_memory(&j, r);
	json_write_open(&j, "tasks", '[');
	for (size_t i = 0; i < r->n_rows; i++)
		put_task(&j, r, w, &r->rows[i]);
	json_write_close(&j, ']');
	number(&j, "tasks_dropped", (int64_t)r->n_rows_dropped);
	put_kills(&j, r);
	put_why(&j, w);
	json_write_close(&j, '}');
	json_write_close(&j, ']');
	json_write_close(&j, '}');
	putc('\n', out);
}
