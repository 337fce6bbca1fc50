/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report_whole: compares the reports of a cut log with those of the whole log: each fact is the
 * same or missing.
 */
#ifndef REPORT_WHOLE_H
#define REPORT_WHOLE_H

#include "unit.h"

#include "oom/report/report.h"

/* Each number of a cut log must be that of the whole log, or missing. */
struct whole {
	struct report_kill kills[8];
	size_t n_kills, n;
	int64_t gfp, order, asker_pid, chosen_pid, limit, ram, swap;
	char asker[64], memcg[REPORT_PATH];
	struct {
		char name[64];
		int64_t pid, rss, swap, adj;
	} rows[16];
	size_t n_rows;
};

static struct whole whole;

static inline void keep_whole(void *arg, struct report *r)
{
	(void)arg;
	memset(&whole, 0, sizeof(whole));
	assert_true(r->n_kills <= UNIT_LENGTH(whole.kills) && r->n_rows <= UNIT_LENGTH(whole.rows));
	whole.n_kills = r->n_kills;
	if (r->n_kills)
		memcpy(whole.kills, r->kills, r->n_kills * sizeof(r->kills[0]));
	whole.gfp = r->gfp_mask;
	whole.order = r->order;
	whole.asker_pid = r->asker_pid;
	whole.chosen_pid = r->chosen_pid;
	whole.limit = r->memory.limit_kib;
	whole.ram = r->ram_pages;
	whole.swap = r->swap_total_kib;
	snprintf(whole.asker, sizeof(whole.asker), "%s", r->asker);
	snprintf(whole.memcg, sizeof(whole.memcg), "%s", r->memcg);
	whole.n_rows = r->n_rows;
	for (size_t i = 0; i < r->n_rows; i++) {
		const struct task *t = &r->rows[i].task;

		snprintf(whole.rows[i].name, sizeof(whole.rows[i].name), "%s", t->name);
		whole.rows[i].pid = t->pid;
		whole.rows[i].rss = (int64_t)t->rss;
		whole.rows[i].swap = (int64_t)t->swap;
		whole.rows[i].adj = t->adj;
	}
}

static inline void same_or_absent(const char *what, int64_t got, int64_t want)
{
	if (got != REPORT_ABSENT)
		unit_number(what, got, want);
}

static inline bool has_row(const struct whole *w, const struct task *t)
{
	for (size_t i = 0; i < w->n_rows; i++)
		if (w->rows[i].pid == t->pid && w->rows[i].rss == (int64_t)t->rss &&
		    w->rows[i].swap == (int64_t)t->swap && w->rows[i].adj == t->adj &&
		    strcmp(w->rows[i].name, t->name) == 0)
			return true;
	return false;
}

static inline bool is_or_absent(int64_t got, int64_t want)
{
	return got == REPORT_ABSENT || got == want;
}

static inline bool has_kill(const struct whole *whole_one, const struct report_kill *k)
{
	/* The summary names the chosen process, even if it was exiting already. */
	if (!k->is_killed && k->pid == whole_one->chosen_pid)
		return true;
	for (size_t i = 0; i < whole_one->n_kills; i++) {
		const struct report_kill *w = &whole_one->kills[i];

		/* If a child was sacrificed, only the line about the chosen process may be left. */
		if (k->pid == w->chosen_pid && !k->is_killed)
			return true;
		if (k->pid == w->pid && (!*k->name || strcmp(k->name, w->name) == 0) &&
		    is_or_absent(k->uid, w->uid) && is_or_absent(k->adj, w->adj) &&
		    is_or_absent(k->total_vm_kib, w->total_vm_kib) &&
		    is_or_absent(k->anon_kib, w->anon_kib) &&
		    is_or_absent(k->file_kib, w->file_kib) &&
		    is_or_absent(k->shmem_kib, w->shmem_kib) &&
		    is_or_absent(k->pgtables_kib, w->pgtables_kib))
			return true;
	}
	return false;
}

static inline void check_row(const struct task *t)
{
	if (!has_row(&whole, t))
		fail_msg("an invented row: pid %d, rss %llu, name '%s'", t->pid,
			 (unsigned long long)t->rss, t->name);
}

static inline void check_kill(const struct report_kill *k)
{
	if (!has_kill(&whole, k))
		fail_msg("an invented kill: pid %lld, name '%s', total_vm %lld, anon %lld",
			 (long long)k->pid, k->name, (long long)k->total_vm_kib,
			 (long long)k->anon_kib);
}

static inline void check_cut(void *arg, struct report *r)
{
	(void)arg;
	same_or_absent("gfp_mask", r->gfp_mask, whole.gfp);
	same_or_absent("order", r->order, whole.order);
	same_or_absent("asker's pid", r->asker_pid, whole.asker_pid);
	same_or_absent("limit", r->memory.limit_kib, whole.limit);
	same_or_absent("RAM", r->ram_pages, whole.ram);
	same_or_absent("swap", r->swap_total_kib, whole.swap);
	if (*r->asker)
		unit_text("asker", r->asker, whole.asker);
	if (*r->memcg)
		unit_text("memcg", r->memcg, whole.memcg);
	for (size_t i = 0; i < r->n_kills; i++)
		check_kill(&r->kills[i]);
	for (size_t i = 0; i < r->n_rows; i++)
		check_row(&r->rows[i].task);
}

#endif
