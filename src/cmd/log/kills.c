/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kills: what the list of log keeps of each victim. */
#include "cmd/log/kills.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "oom/report/gfp.h"

void kills_begin(struct kills *e)
{
	memset(e, 0, sizeof(*e));
	e->view = kills_columns;
	e->view.arg = e;
}

static void free_event(struct logevent *e)
{
	for (size_t i = 0; i < EVENT_TEXTS; i++)
		free(e->texts[i]);
}

/* Half of them at once, so that each is moved once on average. */
static void drop_oldest(struct kills *e)
{
	size_t half = e->n / 2;

	for (size_t i = 0; i < half; i++)
		free_event(&e->list[i]);
	memmove(e->list, e->list + half, (e->n - half) * sizeof(*e->list));
	e->n -= half;
	e->n_dropped += half;
}

static struct logevent *new_event(struct kills *e)
{
	if (e->n == KILLS_MAX)
		drop_oldest(e);
	if (e->n == e->room) {
		size_t room = e->room ? 2 * e->room : 64;
		struct logevent *list = reallocarray(e->list, room, sizeof(*list));

		if (!list)
			return NULL;
		e->list = list;
		e->room = room;
	}
	memset(&e->list[e->n], 0, sizeof(e->list[0]));
	return &e->list[e->n++];
}

static int keep_texts(struct logevent *e, const struct report *r, const char *file)
{
	char gfp[256];
	const char *const texts[EVENT_TEXTS] = {
		[EVENT_FILE] = file,
		[EVENT_HOST] = r->host,
		[EVENT_KERNEL] = r->release,
		[EVENT_MEMCG] = r->memcg,
		[EVENT_TASK_MEMCG] = r->task_memcg,
		[EVENT_CPUSET] = r->cpuset,
		[EVENT_GFP] = gfp,
	};

	gfp_names(r, gfp, sizeof(gfp));
	if (!*gfp && r->gfp_mask != REPORT_ABSENT)
		snprintf(gfp, sizeof(gfp), "0x%llx", (unsigned long long)r->gfp_mask);
	for (size_t i = 0; i < EVENT_TEXTS; i++)
		if (*texts[i] && !(e->texts[i] = strdup(texts[i])))
			return -ENOMEM;
	return 0;
}

static const char *result_of(const struct report *r, const struct report_kill *k)
{
	if (k && k->role == REPORT_GROUP)
		return "group";
	if (k && k->role == REPORT_SHARER)
		return "shared";
	if (k)
		return k->is_killed ? "killed" : "chosen";
	if (*r->panic)
		return "panic";
	return r->has_no_victim ? "nobody" : NULL;
}

static int64_t pages_to_kib(const struct report *r, uint64_t pages)
{
	return r->page_kib == REPORT_ABSENT ? REPORT_ABSENT : (int64_t)pages * r->page_kib;
}

/* What the table adds to the line about a victim. */
static void take_row(struct logevent *e, const struct report *r, const struct analysis *w)
{
	const struct task *t;

	if (e->kill.row == REPORT_ABSENT)
		return;
	t = &r->rows[e->kill.row].task;
	if (e->kill.uid == REPORT_ABSENT && task_has(t, TASK_UID))
		e->kill.uid = t->uid;
	if (e->kill.adj == REPORT_ABSENT && task_has(t, TASK_ADJ))
		e->kill.adj = t->adj;
	if (task_has(t, TASK_SWAP))
		e->swap_kib = pages_to_kib(r, t->swap);
	if (task_has(t, TASK_POINTS))
		e->points = t->points;
	if (w->has_points && t->place)
		e->place = t->place;
	if (w->knows_largest && e->kill.role == REPORT_VICTIM)
		e->largest = analysis_pages(w, &r->rows[e->kill.row]) >= w->most_pages ? "yes"
										       : "no";
}

static int add_event(struct kills *list, const struct report *r, const struct analysis *w,
		     const char *file, const struct report_kill *k)
{
	struct logevent *e = new_event(list);

	if (!e)
		return -ENOMEM;
	e->nr = r->nr;
	timestamp_format(k ? &k->time : &r->time, e->time, sizeof(e->time));
	e->uptime_usec = k ? k->time.uptime_usec : r->time.uptime_usec;
	e->kind = r->kind;
	e->result = result_of(r, k);
	memcpy(e->asker, r->asker, sizeof(e->asker));
	e->asker_pid = r->asker_pid;
	e->asker_adj = r->asker_adj;
	e->order = r->order;
	e->is_own = !*file;
	e->swap_kib = e->place = e->points = REPORT_ABSENT;
	e->n_tasks = r->has_table ? (int64_t)(r->n_rows + r->n_rows_dropped) : REPORT_ABSENT;
	e->limit_kib = r->memory.limit_kib;
	e->usage_kib = r->memory.usage_kib;
	if (k) {
		e->kill = *k;
		take_row(e, r, w);
	} else {
		e->kill.pid = e->kill.uid = e->kill.adj = e->kill.score = e->kill.chosen_pid =
			REPORT_ABSENT;
		e->kill.total_vm_kib = e->kill.anon_kib = e->kill.file_kib = e->kill.shmem_kib =
			REPORT_ABSENT;
		e->kill.pgtables_kib = REPORT_ABSENT;
	}
	return keep_texts(e, r, file);
}

int kills_add(struct kills *e, const struct report *r, const struct analysis *w, const char *file,
	      bool has_seconds, int64_t seconds)
{
	size_t before = e->n;
	int err = 0;

	if (!r->n_kills)
		err = add_event(e, r, w, file, NULL);
	for (size_t i = 0; !err && i < r->n_kills; i++)
		if (!r->kills[i].is_repeated)
			err = add_event(e, r, w, file, &r->kills[i]);
	for (size_t i = before < e->n ? before : 0; i < e->n; i++) {
		if (e->list[i].nr != r->nr)
			continue;
		e->list[i].has_seconds = has_seconds;
		e->list[i].seconds = seconds;
	}
	return err;
}

static int compare_times(const void *a, const void *b, void *arg)
{
	const struct logevent *list = arg, *x = &list[*(const size_t *)a],
			      *y = &list[*(const size_t *)b];

	if (x->seconds != y->seconds)
		return x->seconds < y->seconds ? -1 : 1;
	return (x > y) - (x < y);
}

static int compare_sizes(const void *a, const void *b, void *arg)
{
	const struct logevent *list = arg, *x = &list[*(const size_t *)a],
			      *y = &list[*(const size_t *)b];
	int64_t xs = report_resident_kib(&x->kill), ys = report_resident_kib(&y->kill);

	if (xs != ys)
		return xs < ys ? -1 : 1;
	return (x > y) - (x < y);
}

bool kills_same_file(const struct logevent *a, const struct logevent *b)
{
	const char *x = a->texts[EVENT_FILE], *y = b->texts[EVENT_FILE];

	return x && y ? strcmp(x, y) == 0 : x == y;
}

/*
 * What has no date is placed behind what was read before it in its file, else before what came next
 * there.
 */
static void place_undated(struct logevent *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (list[i].has_seconds)
			continue;
		list[i].seconds = i && kills_same_file(&list[i], &list[i - 1]) ? list[i - 1].seconds
									       : INT64_MIN;
	}
	for (size_t i = n; i-- > 1;)
		if (list[i - 1].seconds == INT64_MIN && kills_same_file(&list[i - 1], &list[i]))
			list[i - 1].seconds = list[i].seconds;
}

int kills_sort(struct kills *e, bool is_by_size, size_t last)
{
	e->order = calloc(e->n ? e->n : 1, sizeof(*e->order));
	if (!e->order)
		return -ENOMEM;
	for (size_t i = 0; i < e->n; i++)
		e->order[i] = i;
	place_undated(e->list, e->n);
	qsort_r(e->order, e->n, sizeof(*e->order), is_by_size ? compare_sizes : compare_times,
		e->list);
	e->n_order = last && last < e->n ? last : e->n;
	memmove(e->order, e->order + e->n - e->n_order, e->n_order * sizeof(*e->order));
	e->view.order = e->order;
	e->view.n_rows = e->n_order;
	return 0;
}

bool kills_differ(const struct kills *e)
{
	for (size_t i = 0; i < e->n_order; i++)
		if (!e->list[e->order[i]].result ||
		    strcmp(e->list[e->order[i]].result, "killed") != 0)
			return true;
	return false;
}

void kills_end(struct kills *e)
{
	for (size_t i = 0; i < e->n; i++)
		free_event(&e->list[i]);
	free(e->list);
	free(e->order);
}
