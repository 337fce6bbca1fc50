/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json: one report as JSON, with all its values; missing ones are null. */
#include "cmd/report/json.h"

#include <string.h>

#include "oom/report/gfp.h"
#include "oom/report/pod.h"
#include "ui/json.h"

static void put_number(struct json_writer *j, const char *key, int64_t value)
{
	if (value == REPORT_ABSENT)
		json_write_null(j, key);
	else
		json_write_number(j, key, value);
}

static void put_text(struct json_writer *j, const char *key, const char *value)
{
	if (*value)
		json_write_text(j, key, value);
	else
		json_write_null(j, key);
}

static void put_bytes(struct json_writer *j, const char *key, int64_t kib)
{
	put_number(j, key, kib == REPORT_ABSENT ? REPORT_ABSENT : kib * 1024);
}

static void put_request(struct json_writer *j, const struct report *r)
{
	char gfp[256];

	put_text(j, "asked", r->asker);
	put_number(j, "asked_pid", r->asker_pid);
	put_number(j, "asked_adj", r->asker_adj);
	put_number(j, "asked_oom_adj", r->asker_old_adj);
	put_number(j, "order", r->order);
	put_number(j, "gfp_mask", r->gfp_mask);
	put_text(j, "gfp", gfp_names(r, gfp, sizeof(gfp)));
}

static void put_limit(struct json_writer *j, const char *key, const struct report_limit *l)
{
	json_write_open(j, key, '{');
	put_bytes(j, "usage", l->usage_kib);
	put_bytes(j, "limit", l->limit_kib);
	put_number(j, "failcnt", l->failcnt);
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
	struct pod pod;

	pod_find_victim(r, &pod);
	put_text(j, "cgroup", r->memcg);
	put_bytes(j, "limit", r->memory.limit_kib);
	put_bytes(j, "usage", r->memory.usage_kib);
	put_number(j, "failcnt", r->memory.failcnt);
	put_limit(j, "memory_swap", &r->memsw);
	put_limit(j, "swap", &r->swap);
	put_limit(j, "kmem", &r->kmem);
	put_counts(j, "stat", r->stats, r->n_stats);
	put_text(j, "task_cgroup", r->task_memcg);
	put_text(j, "oom_group", r->group_memcg);
	put_text(j, "pod", pod.uid);
	put_text(j, "qos", pod.qos ? pod.qos : "");
	put_text(j, "container", pod.container);
}

static void put_numbers(struct json_writer *j, const char *key, const int64_t *list, size_t n)
{
	json_write_open(j, key, '[');
	for (size_t i = 0; i < n; i++)
		json_write_number(j, NULL, list[i]);
	json_write_close(j, ']');
}

static void put_memory(struct json_writer *j, const struct report *r)
{
	json_write_open(j, "memory", '{');
	put_number(j, "ram_pages", r->ram_pages);
	put_number(j, "reserved_pages", r->reserved_pages);
	put_number(j, "highmem_pages", r->highmem_pages);
	put_number(j, "pagecache_pages", r->pagecache_pages);
	put_number(j, "swapcache_pages", r->swapcache_pages);
	put_bytes(j, "swap_free", r->swap_free_kib);
	put_bytes(j, "swap_total", r->swap_total_kib);
	put_bytes(j, "kernel_stack", r->kernel_stack_kib);
	put_bytes(j, "hugetlb", r->huge_kib);
	put_counts(j, "pages", r->counts, r->n_counts);
	json_write_open(j, "zones", '[');
	for (const struct report_zone *z = r->zones; z < r->zones + r->n_zones; z++) {
		json_write_open(j, NULL, '{');
		put_number(j, "node", z->node);
		put_text(j, "name", z->name);
		put_bytes(j, "free", z->free_kib);
		put_bytes(j, "min", z->min_kib);
		put_bytes(j, "low", z->low_kib);
		put_bytes(j, "high", z->high_kib);
		put_bytes(j, "present", z->present_kib);
		put_bytes(j, "managed", z->managed_kib);
		put_numbers(j, "reserve_pages", z->reserve, z->n_reserve);
		put_numbers(j, "free_blocks", z->blocks, z->n_blocks);
		json_write_close(j, '}');
	}
	json_write_close(j, ']');
	json_write_close(j, '}');
}

static int64_t pages_kib(const struct analysis *a, uint64_t pages)
{
	return report_add((int64_t)pages * (int64_t)(a->totals.page_size / 1024), 0);
}

/* The computed values of a process. */
static void put_rank(struct json_writer *j, const struct analysis *a, const struct task *t)
{
	put_number(j, "points", task_has(t, TASK_POINTS) ? t->points : REPORT_ABSENT);
	put_number(j, "place", a->has_points && t->place ? (int64_t)t->place : REPORT_ABSENT);
}

static void put_kill(struct json_writer *j, const struct report *r, const struct analysis *a,
		     const struct report_kill *k)
{
	static const char *const reaped[] = { "", "yes", "stuck" };
	static const struct task unknown;
	const struct task *t = k->row == REPORT_ABSENT ? &unknown : &r->rows[k->row].task;
	int64_t resident = report_resident_kib(k);
	char when[64];

	put_text(j, "time", timestamp_format(&k->time, when, sizeof(when)));
	put_text(j, "result", report_result(r, k));
	json_write_bool(j, "repeated", k->is_repeated);
	put_number(j, "pid", k->pid);
	put_text(j, "name", k->name);
	put_number(j, "uid", k->uid);
	put_number(j, "adj", k->adj == REPORT_ABSENT && task_has(t, TASK_ADJ) ? t->adj : k->adj);
	put_number(j, "score", k->score);
	put_bytes(j, "rss", resident < 0 ? REPORT_ABSENT : resident);
	put_bytes(j, "rss_anon", k->anon_kib);
	put_bytes(j, "rss_file", k->file_kib);
	put_bytes(j, "rss_shmem", k->shmem_kib);
	put_bytes(j, "swap",
		  k->swap_kib == REPORT_ABSENT && task_has(t, TASK_SWAP) ? pages_kib(a, t->swap)
									 : k->swap_kib);
	put_bytes(j, "pgtables", k->pgtables_kib);
	put_bytes(j, "total_vm", k->total_vm_kib);
	put_rank(j, a, t);
	put_text(j, "chosen", k->chosen_name);
	put_number(j, "chosen_pid", k->chosen_pid);
	put_text(j, "reaped", reaped[k->reaped]);
	put_bytes(j, "left", k->left_kib);
}

static void put_pages(struct json_writer *j, const struct analysis *a, const struct task *t,
		      unsigned int has, const char *key, uint64_t pages)
{
	put_bytes(j, key, task_has(t, has) ? pages_kib(a, pages) : REPORT_ABSENT);
}

static void put_task(struct json_writer *j, const struct report *r, const struct analysis *a,
		     const struct report_row *row)
{
	const struct task *t = &row->task;

	json_write_number(j, "pid", t->pid);
	json_write_number(j, "thread", t->mm_pid);
	put_text(j, "name", t->name);
	put_number(j, "uid", task_has(t, TASK_UID) ? t->uid : REPORT_ABSENT);
	put_number(j, "adj", task_has(t, TASK_ADJ) ? t->adj : REPORT_ABSENT);
	put_number(j, "oom_adj", task_has(t, TASK_OOM_ADJ) ? t->oom_adj : REPORT_ABSENT);
	put_pages(j, a, t, TASK_RSS, "rss", t->rss);
	put_pages(j, a, t, TASK_RSS_SPLIT, "rss_anon", t->rss_anon);
	put_pages(j, a, t, TASK_RSS_SPLIT, "rss_file", t->rss_file);
	put_pages(j, a, t, TASK_RSS_SPLIT, "rss_shmem", t->rss_shmem);
	put_pages(j, a, t, TASK_SWAP, "swap", t->swap);
	if (task_has(t, TASK_PGTABLES))
		json_write_number(j, "pgtables", (int64_t)t->pgtables_bytes);
	else
		put_pages(j, a, t, TASK_PTES, "pgtables", t->nr_ptes + t->nr_pmds);
	put_pages(j, a, t, TASK_TOTAL_VM, "total_vm", t->total_vm);
	for (size_t i = 0; i < r->n_extra; i++)
		json_write_number(j, r->extra_names[i], row->extra[i]);
	put_rank(j, a, t);
}

static void put_reason(struct json_writer *j, const struct analysis *a)
{
	static const char *const results[] = {
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
	json_write_text(j, "verdict", results[a->result]);
	put_number(j, "place", a->has_points && a->place ? (int64_t)a->place : REPORT_ABSENT);
	put_number(j, "score", a->score);
	put_number(j, "total_pages",
		   a->has_totals ? (int64_t)a->totals.total_pages : REPORT_ABSENT);
	put_number(j, "largest_pages", a->knows_largest ? a->most_pages : REPORT_ABSENT);
	json_write_close(j, '}');
}

void report_json_print(FILE *out, const struct report *r, const struct analysis *a,
		       const char *file, bool has_seconds, int64_t seconds,
		       const struct unit_effects_kills *units)
{
	static const char *const kinds[] = { "", "global", "memcg", "cpuset", "mempolicy" };
	struct json_writer j = { .out = out };
	char when[64];

	json_write_open(&j, NULL, '{');
	json_write_open(&j, "report", '[');
	json_write_open(&j, NULL, '{');
	put_number(&j, "nr", (int64_t)r->nr);
	put_text(&j, "time", timestamp_format(&r->time, when, sizeof(when)));
	put_number(&j, "seconds", has_seconds ? seconds : REPORT_ABSENT);
	put_number(&j, "uptime", r->time.uptime_usec);
	put_text(&j, "file", file);
	put_text(&j, "host", r->host);
	put_text(&j, "kernel", r->release);
	put_text(&j, "kind", kinds[r->kind]);
	put_text(&j, "by", r->by ? r->by : "kernel");
	put_request(&j, r);
	json_write_bool(&j, "sysrq", r->is_sysrq);
	json_write_bool(&j, "allocating_task", r->is_allocating);
	json_write_bool(&j, "no_victim", r->has_no_victim);
	put_text(&j, "panic", r->panic);
	/* The kernel prints "(null)" if the allocation allows all nodes. */
	put_text(&j, "nodemask", strcmp(r->nodemask, "(null)") == 0 ? "" : r->nodemask);
	put_text(&j, "cpuset", r->cpuset);
	put_text(&j, "mems_allowed", r->mems);
	put_bytes(&j, "page_size", r->page_kib);
	put_cgroup(&j, r);
	put_memory(&j, r);
	put_number(&j, "tasks",
		   r->has_table ? (int64_t)(r->n_rows + r->n_rows_dropped) : REPORT_ABSENT);
	json_write_open(&j, "table", '[');
	for (size_t i = 0; i < r->n_rows; i++) {
		json_write_open(&j, NULL, '{');
		put_task(&j, r, a, &r->rows[i]);
		json_write_close(&j, '}');
	}
	json_write_close(&j, ']');
	json_write_open(&j, "kills", '[');
	for (size_t i = 0; i < r->n_kills; i++) {
		json_write_open(&j, NULL, '{');
		put_kill(&j, r, a, &r->kills[i]);
		json_write_close(&j, '}');
	}
	json_write_close(&j, ']');
	put_reason(&j, a);
	unit_effects_write(&j, units);
	json_write_close(&j, '}');
	json_write_close(&j, ']');
	json_write_close(&j, '}');
	putc('\n', out);
}
