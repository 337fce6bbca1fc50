/* SPDX-License-Identifier: GPL-2.0-or-later */
/* open_reports: the reports that are being read or that wait for the line of their reaper. */
#include "oom/report/internal.h"

#include <stdlib.h>
#include <string.h>

#define MAX_GAP_USEC (120 * 1000000LL) /* a serial console may need a minute for a long table */

static void clear_limit(struct report_limit *limit)
{
	limit->usage_kib = limit->limit_kib = limit->failcnt = REPORT_ABSENT;
}

struct report *open_reports_new(const struct logline *l)
{
	struct report *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->time = l->time;
	memcpy(r->host, l->host, sizeof(r->host));
	memcpy(r->caller, l->caller, sizeof(r->caller));
	r->asker_pid = r->asker_adj = r->asker_old_adj = r->gfp_mask = r->order = REPORT_ABSENT;
	clear_limit(&r->memory);
	clear_limit(&r->memsw);
	clear_limit(&r->kmem);
	clear_limit(&r->swap);
	r->ram_pages = r->reserved_pages = r->highmem_pages = r->pagecache_pages =
		r->swapcache_pages = REPORT_ABSENT;
	r->swap_free_kib = r->swap_total_kib = r->kernel_stack_kib = r->huge_kib = r->page_kib =
		REPORT_ABSENT;
	r->chosen_pid = r->chosen_uid = REPORT_ABSENT;
	return r;
}

void report_free(struct report *r)
{
	if (!r)
		return;
	free(r->kills);
	free(r->rows);
	free(r->texts);
	free(r);
}

static void remember(struct report_parser *p, const struct report_kill *k)
{
	size_t at = p->n_recent++ % REPORT_RECENT;

	p->recent[at].pid = k->pid;
	memcpy(p->recent[at].name, k->name, sizeof(p->recent[at].name));
}

static bool was_killed(const struct report_parser *p, const struct task *t)
{
	for (size_t i = 0; i < REPORT_RECENT && i < p->n_recent; i++)
		if (p->recent[i].pid == t->pid && strcmp(p->recent[i].name, t->name) == 0)
			return true;
	return false;
}

/* A row counts pages, and the line about the same process KiB. */
static void find_page_size(struct report *r, const struct report_kill *k, const struct task *t)
{
	int64_t kib;

	if (r->page_kib != REPORT_ABSENT || !task_has(t, TASK_TOTAL_VM) || t->total_vm == 0 ||
	    k->total_vm_kib <= 0)
		return;
	kib = k->total_vm_kib / (int64_t)t->total_vm;
	if ((kib == 4 || kib == 8 || kib == 16 || kib == 32 || kib == 64) &&
	    k->total_vm_kib % kib == 0 && k->total_vm_kib / kib == (int64_t)t->total_vm)
		r->page_kib = kib;
}

/*
 * 5.4 printed bytes and called them kB (fixed by 941f762bcb2, in 5.5); no correct value is a
 * multiple of 4 MiB there.
 */
static void fix_tables(const struct report *r, struct report_kill *k)
{
	bool is_bytes = strncmp(r->release, "5.4.", 4) == 0;

	if (k->pgtables_kib < 4096 || k->pgtables_kib % 4096)
		return;
	if (k->row != REPORT_ABSENT && (r->columns & TASK_COLUMNSS))
		is_bytes = (int64_t)r->rows[k->row].task.pgtables_bytes == k->pgtables_kib;
	if (is_bytes || (k->total_vm_kib != REPORT_ABSENT && k->pgtables_kib > k->total_vm_kib))
		k->pgtables_kib /= 1024;
}

static int compare_pids(const void *a, const void *b)
{
	const struct report_kill *x = *(struct report_kill *const *)a,
				 *y = *(struct report_kill *const *)b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static void set_row(struct report_kill *const *by_pid, size_t n, int32_t pid, size_t row)
{
	struct report_kill key = { .pid = pid };
	const struct report_kill *wanted = &key;
	struct report_kill *const *found =
		bsearch(&wanted, by_pid, n, sizeof(*by_pid), compare_pids);

	if (found && (*found)->row == REPORT_ABSENT)
		(*found)->row = (int64_t)row;
}

/* The PID of the line is that of the thread with the memory, or of its process. */
static void find_rows(struct report *r)
{
	struct report_kill **by_pid = r->n_kills ? calloc(r->n_kills, sizeof(*by_pid)) : NULL;
	size_t n = 0;

	if (!by_pid)
		return;
	for (size_t i = 0; i < r->n_kills; i++)
		if (!r->kills[i].is_repeated)
			by_pid[n++] = &r->kills[i];
	qsort(by_pid, n, sizeof(*by_pid), compare_pids);
	for (size_t i = 0; i < r->n_rows; i++) {
		set_row(by_pid, n, r->rows[i].task.mm_pid, i);
		set_row(by_pid, n, r->rows[i].task.pid, i);
	}
	free(by_pid);
}

static void finish(struct report_parser *p, struct report *r)
{
	for (size_t i = 0; i < r->n_rows; i++)
		r->rows[i].was_killed = was_killed(p, &r->rows[i].task);
	find_rows(r);
	for (size_t i = 0; i < r->n_kills; i++) {
		struct report_kill *k = &r->kills[i];

		if (k->row != REPORT_ABSENT)
			find_page_size(r, k, &r->rows[k->row].task);
		fix_tables(r, k);
		if (k->is_killed)
			remember(p, k);
	}
}

void open_reports_emit_first(struct report_parser *p)
{
	struct report *r = p->open[0].r;

	p->n_open--;
	memmove(p->open, p->open + 1, p->n_open * sizeof(p->open[0]));
	p->n_rows -= r->n_rows;
	if (p->last == r)
		p->last = NULL;
	if (r->is_sure) {
		r->nr = ++p->next_nr;
		finish(p, r);
		p->options.done(p->options.arg, r);
	}
	if (!r->is_taken)
		report_free(r);
}

static bool is_far(int64_t a, int64_t b)
{
	return b - a > MAX_GAP_USEC || b < a - MAX_GAP_USEC;
}

static bool is_too_late(const struct timestamp *a, const struct timestamp *b)
{
	if (a->uptime_usec != TIMESTAMP_ABSENT && b->uptime_usec != TIMESTAMP_ABSENT)
		return is_far(a->uptime_usec, b->uptime_usec);
	return a->epoch_usec != TIMESTAMP_ABSENT && b->epoch_usec != TIMESTAMP_ABSENT &&
	       is_far(a->epoch_usec, b->epoch_usec);
}

struct open_report *open_reports_find(struct report_parser *p, const struct logline *l)
{
	for (size_t i = p->n_open; i-- > 0;) {
		struct open_report *o = &p->open[i];

		if (!o->is_open || is_too_late(&o->r->time, &l->time))
			continue;
		/* A line without a prefix belongs to the report of the line before. */
		if (!l->has_prefix && (!p->last || p->last == o->r))
			return o;
		if (l->has_prefix && strcmp(o->r->caller, l->caller) == 0 &&
		    (!*l->host || !*o->r->host || strcmp(o->r->host, l->host) == 0))
			return o;
	}
	return NULL;
}

struct open_report *open_reports_add(struct report_parser *p, const struct logline *l)
{
	struct open_report *o = open_reports_find(p, l);
	struct report *r;

	if (o)
		o->is_open = false;
	r = open_reports_new(l);
	if (!r)
		return NULL;
	if (p->n_open == REPORT_MAX_OPEN)
		open_reports_emit_first(p);
	o = &p->open[p->n_open++];
	*o = (struct open_report){ .r = r, .is_open = true };
	p->last = r;
	return o;
}
