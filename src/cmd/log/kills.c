/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kills: the rows of the list of log: adds, sorts and prints them. */
#include "cmd/log/kills.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/msg.h"
#include "oom/report/gfp.h"
#include "oom/report/pod.h"
#include "sys/cgroup/path.h"
#include "sys/proc/user.h"

void kills_begin(struct kills *e)
{
	memset(e, 0, sizeof(*e));
	e->list = kills_columns;
}

static void free_rows(struct kills_row *rows, size_t n)
{
	for (size_t i = 0; i < n * EVENT_TEXTS; i++)
		free(rows[i / EVENT_TEXTS].texts[i % EVENT_TEXTS]);
}

/*
 * Drops half of them at once, so that a row is moved once on average. A power of 2 remains, as
 * mem_grow() needs.
 */
static void drop_oldest(struct kills *e)
{
	size_t half = KILLS_MAX / 2;

	free_rows(e->rows, half);
	memmove(e->rows, e->rows + half, (e->n - half) * sizeof(*e->rows));
	e->n -= half;
	e->n_dropped += half;
}

static struct kills_row *new_row(struct kills *e)
{
	if (e->n == KILLS_MAX)
		drop_oldest(e);
	e->rows = mem_grow(e->rows, e->n, sizeof(*e->rows));
	memset(&e->rows[e->n], 0, sizeof(e->rows[0]));
	return &e->rows[e->n++];
}

/* Without the name of a user's manager: each of its units has a cgroup below. */
static void find_group_unit(const char *path, char unit[CGROUP_PATH_NAME])
{
	uid_t uid;

	if (cgroup_path_find_container_or_unit(path, unit, CGROUP_PATH_NAME) ||
	    cgroup_path_is_user_manager(unit, &uid))
		*unit = '\0';
}

/*
 * The kernel prints the cgroup of the first victim only. The further processes of a group are in
 * the cgroup that was killed together, or below; those that share memory can be anywhere.
 */
static void find_place(const struct kills_row *e, const struct report *r,
		       char unit[CGROUP_PATH_NAME], struct pod *pod)
{
	*unit = '\0';
	if (e->kill.role == REPORT_GROUP) {
		find_group_unit(r->group_memcg, unit);
		pod_find(r->group_memcg, pod);
	} else if (e->kill.role == REPORT_SHARER) {
		pod_find("", pod);
	} else {
		if (cgroup_path_find_container_or_unit(r->task_memcg, unit, CGROUP_PATH_NAME))
			*unit = '\0';
		pod_find_victim(r, pod);
	}
}

static void keep_texts(struct kills_row *e, const struct report *r, const char *file)
{
	bool is_further = e->kill.role == REPORT_GROUP || e->kill.role == REPORT_SHARER;
	char gfp[256], unit[CGROUP_PATH_NAME];
	struct pod pod;
	const char *texts[EVENT_TEXTS] = {
		[EVENT_FILE] = file,
		[EVENT_HOST] = r->host,
		[EVENT_KERNEL] = r->release,
		[EVENT_MEMCG] = r->memcg,
		[EVENT_TASK_MEMCG] = is_further ? "" : r->task_memcg,
		[EVENT_UNIT] = unit,
		[EVENT_CPUSET] = r->cpuset,
		[EVENT_GFP] = gfp,
		[EVENT_POD] = pod.uid,
		[EVENT_CONTAINER] = pod.container,
		[EVENT_OPENVZ] = r->is_openvz ? r->container : "",
	};

	find_place(e, r, unit, &pod);
	texts[EVENT_QOS] = pod.qos ? pod.qos : "";
	gfp_names(r, gfp, sizeof(gfp));
	if (!*gfp && r->gfp_mask != REPORT_ABSENT)
		snprintf(gfp, sizeof(gfp), "0x%llx", (unsigned long long)r->gfp_mask);
	for (size_t i = 0; i < EVENT_TEXTS; i++)
		if (*texts[i])
			e->texts[i] = mem_copy(texts[i]);
}

/* Adds what only the report's table shows about a victim. */
static void read_table_row(struct kills_row *e, const struct report *r, const struct analysis *w)
{
	const struct task *t;

	if (e->kill.row == REPORT_ABSENT)
		return;
	t = &r->rows[e->kill.row].task;
	if (e->kill.adj == REPORT_ABSENT && task_has(t, TASK_ADJ))
		e->kill.adj = t->adj;
	if (e->swap_kib == REPORT_ABSENT && task_has(t, TASK_SWAP) && r->page_kib != REPORT_ABSENT)
		e->swap_kib = (int64_t)t->swap * r->page_kib;
	if (task_has(t, TASK_POINTS))
		e->points = t->points;
	if (task_has(t, TASK_POINTS))
		e->points_bytes = analysis_points_bytes(w, t->points);
	if (w->has_points && t->place)
		e->place = t->place;
	if (w->knows_largest && e->kill.role == REPORT_VICTIM)
		e->largest = analysis_pages(w, &r->rows[e->kill.row]) >= w->most_pages ? "yes"
										       : "no";
}

static struct kills_row *add_row(struct kills *list, const struct report *r,
				 const struct analysis *w, const char *file,
				 const struct report_kill *k)
{
	struct kills_row *e = new_row(list);

	e->nr = (int64_t)r->nr;
	timestamp_format(k ? &k->time : &r->time, e->time, sizeof(e->time));
	e->uptime_usec = k ? k->time.uptime_usec : r->time.uptime_usec;
	e->kind = r->kind;
	e->result = report_result(r, k);
	e->by = r->by;
	memcpy(e->asker, r->asker, sizeof(e->asker));
	e->asker_pid = r->asker_pid;
	e->asker_adj = r->asker_adj;
	e->order = r->order;
	e->is_own = !*file;
	e->swap_kib = e->place = e->points = e->points_bytes = REPORT_ABSENT;
	e->n_tasks = r->has_table ? (int64_t)(r->n_rows + r->n_rows_dropped) : REPORT_ABSENT;
	e->limit_kib = r->memory.limit_kib;
	e->usage_kib = r->memory.usage_kib;
	if (k) {
		e->kill = *k;
		e->swap_kib = k->swap_kib;
		read_table_row(e, r, w);
	} else {
		report_kill_clear(&e->kill);
	}
	keep_texts(e, r, file);
	return e;
}

size_t kills_add(struct kills *e, const struct report *r, const struct analysis *w,
		 const char *file, bool has_seconds, int64_t seconds)
{
	size_t n = 0;

	for (size_t i = 0; i == 0 || i < r->n_kills; i++) {
		const struct report_kill *k = r->n_kills ? &r->kills[i] : NULL;
		struct kills_row *row;

		if (k && k->is_repeated)
			continue;
		row = add_row(e, r, w, file, k);
		row->has_seconds = has_seconds;
		row->seconds = seconds;
		n++;
	}
	return n;
}

struct sort_rule {
	const struct kills_row *rows;
	bool is_by_size;
};

static int compare_rows(const void *va, const void *vb, void *arg)
{
	const struct sort_rule *rule = arg;
	const struct kills_row *a = &rule->rows[*(const size_t *)va],
			       *b = &rule->rows[*(const size_t *)vb];
	int64_t x = rule->is_by_size ? report_resident_kib(&a->kill) : a->seconds;
	int64_t y = rule->is_by_size ? report_resident_kib(&b->kill) : b->seconds;

	return x != y ? (x < y ? -1 : 1) : (a > b) - (a < b);
}

bool kills_same_file(const struct kills_row *a, const struct kills_row *b)
{
	const char *x = a->texts[EVENT_FILE], *y = b->texts[EVENT_FILE];

	return x && y ? strcmp(x, y) == 0 : x == y;
}

/* A row without a date gets that of the previous row of its file, else that of the next. */
static void place_undated(struct kills_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (rows[i].has_seconds)
			continue;
		rows[i].seconds = i && kills_same_file(&rows[i], &rows[i - 1]) ? rows[i - 1].seconds
									       : INT64_MIN;
	}
	for (size_t i = n; i-- > 1;)
		if (rows[i - 1].seconds == INT64_MIN && kills_same_file(&rows[i - 1], &rows[i]))
			rows[i - 1].seconds = rows[i].seconds;
}

int kills_sort(struct kills *e, bool is_by_size, size_t last)
{
	size_t n = last && last < e->n ? last : e->n;
	struct sort_rule rule = { e->rows, is_by_size };

	e->order = calloc(e->n ? e->n : 1, sizeof(*e->order));
	if (!e->order)
		return -ENOMEM;
	for (size_t i = 0; i < e->n; i++)
		e->order[i] = i;
	place_undated(e->rows, e->n);
	qsort_r(e->order, e->n, sizeof(*e->order), compare_rows, &rule);
	memmove(e->order, e->order + e->n - n, n * sizeof(*e->order));
	e->list.rows = e->rows;
	e->list.order = e->order;
	e->list.n_rows = n;
	return 0;
}

bool kills_differ(const struct kills *e)
{
	for (size_t i = 0; i < e->list.n_rows; i++) {
		const char *result = e->rows[e->order[i]].result;

		if (!result || strcmp(result, "killed") != 0)
			return true;
	}
	return false;
}

bool kills_have_others(const struct kills *e)
{
	for (size_t i = 0; i < e->list.n_rows; i++)
		if (e->rows[e->order[i]].by)
			return true;
	return false;
}

enum status kills_print(struct kills *e, const struct output_options *options)
{
	bool needs_user = list_needs(&options->view, &e->list) & KILLS_NEED_USER;

	for (size_t i = 0; needs_user && i < e->list.n_rows; i++) {
		struct kills_row *row = &e->rows[e->order[i]];
		int64_t uid = row->kill.uid;

		if (!row->is_own || uid < 0 || uid > UINT32_MAX)
			continue;
		row->user = user_cached_name(&e->names, (uid_t)uid);
		if (!row->user) {
			msg_error("out of memory");
			return ST_BROKEN;
		}
	}
	list_print(&options->view, &e->list);
	return ST_OK;
}

void kills_end(struct kills *e)
{
	free_rows(e->rows, e->n);
	free(e->rows);
	free(e->order);
	user_free_names(e->names);
}
