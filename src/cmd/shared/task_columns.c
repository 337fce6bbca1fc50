/* SPDX-License-Identifier: GPL-2.0-or-later */
/* task_columns: the processes of a snapshot as a list: its columns, rows, order and colours. */
#include "cmd/shared/task_columns.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "oom/rules/adj.h"
#include "oom/rules/kill_order.h"
#include "sys/cgroup/path.h"
#include "sys/proc/user.h"

static const struct task_columns *table_of(const struct cell *c)
{
	return c->list->arg;
}

static const struct task *task_of(const struct cell *c)
{
	return ((const struct task_row *)c->row)->task;
}

static const void *member_of(const struct cell *c)
{
	return (const char *)task_of(c) + c->column->offset;
}

/* What the column needs of the task, is known. */
static bool is_known(const struct cell *c)
{
	return task_has(task_of(c), c->column->needs & (TASK_COLUMNS_USER - 1));
}

static void get_id(struct cell *c)
{
	c->num = *(const int32_t *)member_of(c);
}

static void get_uid(struct cell *c)
{
	if (is_known(c))
		c->num = task_of(c)->uid;
}

/* 0 is unknown. */
static void get_count(struct cell *c)
{
	uint32_t count = *(const uint32_t *)member_of(c);

	if (count)
		c->num = count;
}

static void get_name(struct cell *c)
{
	c->text = task_of(c)->name;
}

static void get_state(struct cell *c)
{
	snprintf(c->buf, sizeof(c->buf), "%c", task_of(c)->state);
	c->text = c->buf;
}

static void get_score(struct cell *c)
{
	if (is_known(c))
		c->num = task_of(c)->score;
}

static void set_pages(struct cell *c, int64_t pages)
{
	c->num = pages * (int64_t)table_of(c)->snapshot->machine.totals.page_size;
}

static void get_pages(struct cell *c)
{
	if (is_known(c))
		set_pages(c, *(const int64_t *)member_of(c));
}

static void get_rss(struct cell *c)
{
	if (is_known(c))
		set_pages(c, (int64_t)snapshot_rss(table_of(c)->snapshot, task_of(c)));
}

static void get_page_tables(struct cell *c)
{
	const struct task *t = task_of(c);

	if (task_has(t, TASK_COLUMNSS))
		c->num = (int64_t)t->pgtables_bytes;
	else if (task_has(t, TASK_PTES))
		set_pages(c, (int64_t)(t->nr_ptes + t->nr_pmds));
}

static void get_oom_score_adj(struct cell *c)
{
	if (is_known(c))
		c->num = task_of(c)->adj;
}

/* The old scale: as read, or as the kernel would show the value of the new one. */
static void get_oom_adj(struct cell *c)
{
	const struct task *t = task_of(c);

	if (task_has(t, TASK_OOM_ADJ))
		c->num = t->oom_adj;
	else if (task_has(t, TASK_ADJ))
		c->num = adj_to_old(t->adj, table_of(c)->snapshot->machine.version);
}

static void get_adj(struct cell *c)
{
	if (task_has(task_of(c), TASK_OOM_ADJ))
		get_oom_adj(c);
	else
		get_oom_score_adj(c);
}

static void get_badness(struct cell *c)
{
	if (task_of(c)->spared == KILLABLE)
		c->num = task_of(c)->points;
}

static void get_bar(struct cell *c)
{
	int64_t most = table_of(c)->most;

	get_badness(c);
	c->num = c->num != LIST_UNKNOWN && most > 0 ? c->num * 1000 / most : 0;
}

/*
 * Points in pages, as they are since 3.5, or from thousandths of RAM and swap; older ones are no
 * memory at all.
 */
static bool read_points(struct cell *c, int64_t *pages)
{
	const struct snapshot *s = table_of(c)->snapshot;

	*pages = task_of(c)->points;
	if (s->rules->weight == WEIGHT_PERMILLE)
		*pages = *pages * (int64_t)s->machine.totals.total_pages / 1000;
	return task_of(c)->spared == KILLABLE && s->rules->weight != WEIGHT_HEURISTIC;
}

static void get_points(struct cell *c)
{
	int64_t pages;

	if (read_points(c, &pages))
		set_pages(c, pages);
}

static void get_share(struct cell *c)
{
	int64_t pages, total = (int64_t)table_of(c)->snapshot->machine.totals.total_pages;

	if (read_points(c, &pages) && total)
		c->num = pages * 1000 / total;
}

static void get_user(struct cell *c)
{
	c->text = ((const struct task_row *)c->row)->user;
}

static void get_cgroup(struct cell *c)
{
	const char *cgroup = ((const struct task_row *)c->row)->cgroup;

	c->text = cgroup && *cgroup ? cgroup : NULL;
}

static void get_unit(struct cell *c)
{
	get_cgroup(c);
	if (c->text)
		c->text = cgroup_path_find_unit(c->text, c->buf, sizeof(c->buf)) ? NULL : c->buf;
}

/* From the time of boot that the kernel gives, so that it is the same in every list. */
static void get_start(struct cell *c)
{
	uint64_t boot = table_of(c)->boot;
	time_t start;
	struct tm tm;

	if (!is_known(c) || !boot)
		return;
	start = (time_t)(boot + task_of(c)->start_ticks / (uint64_t)sysconf(_SC_CLK_TCK));
	if (localtime_r(&start, &tm) &&
	    strftime(c->buf, sizeof(c->buf), "%Y-%m-%dT%H:%M:%S%z", &tm))
		c->text = c->buf;
}

static void get_reason(struct cell *c)
{
	if (task_of(c)->spared != KILLABLE)
		c->text = kill_order_unkillable_text(task_of(c)->spared);
}

#define AT(member) offsetof(struct task, member)

static const struct column columns[] = {
	{ "place", "#", COLUMN_ID, get_count, AT(place), 0,
	  "place in the order in which the kernel would kill" },
	{ "pid", NULL, COLUMN_ID, get_id, AT(mm_pid), 0,
	  "the thread that holds the memory: the first, unless it has ended" },
	{ "tgid", NULL, COLUMN_ID, get_id, AT(pid), 0, "the process" },
	{ "ppid", NULL, COLUMN_ID, get_id, AT(ppid), 0, "its parent" },
	{ "user", NULL, COLUMN_CUT, get_user, 0, TASK_COLUMNS_USER, "real user" },
	{ "uid", NULL, COLUMN_ID, get_uid, 0, TASK_UID, "real user's number" },
	{ "name", NULL, COLUMN_CUT, get_name, 0, 0, "the kernel's name of it" },
	{ "state", NULL, COLUMN_TEXT, get_state, 0, 0, "state, a letter as in ps(1)" },
	{ "threads", NULL, COLUMN_NUMBER, get_count, AT(threads), 0, "number of threads" },
	{ "score", NULL, COLUMN_NUMBER, get_score, 0, TASK_SCORE, "what oom_score shows" },
	{ "adj", NULL, COLUMN_NUMBER, get_adj, 0, TASK_ADJ,
	  "adj on the running kernel's own scale" },
	{ "oom_score_adj", NULL, COLUMN_NUMBER, get_oom_score_adj, 0, TASK_ADJ,
	  "adj from -1000 to 1000" },
	{ "oom_adj", NULL, COLUMN_NUMBER, get_oom_adj, 0, 0, "adj on the old scale, -17 to 15" },
	{ "points", NULL, COLUMN_BYTES, get_points, 0, 0, "the kernel's badness, as memory" },
	{ "pages", NULL, COLUMN_NUMBER, get_badness, 0, 0,
	  "the kernel's badness, as it counts it" },
	{ "bar", "", COLUMN_BAR, get_bar, 0, 0, "points against those of the first" },
	{ "share", NULL, COLUMN_PERCENT, get_share, 0, 0, "points as a share of RAM and swap" },
	{ "total_vm", NULL, COLUMN_BYTES, get_pages, AT(total_vm), TASK_TOTAL_VM, "address space" },
	{ "rss", NULL, COLUMN_BYTES, get_rss, 0, TASK_RSS,
	  "resident memory, as the kernel's choice counts it" },
	{ "rss_anon", NULL, COLUMN_BYTES, get_pages, AT(rss_anon), TASK_RSS_SPLIT,
	  "anonymous part of it" },
	{ "rss_file", NULL, COLUMN_BYTES, get_pages, AT(rss_file), TASK_RSS_SPLIT,
	  "file part of it" },
	{ "rss_shmem", NULL, COLUMN_BYTES, get_pages, AT(rss_shmem), TASK_RSS_SPLIT,
	  "shared part of it" },
	{ "swapents", "SWAP", COLUMN_BYTES, get_pages, AT(swap), TASK_SWAP, "swapped out" },
	{ "pgtables_bytes", "TABLES", COLUMN_BYTES, get_page_tables, 0, 0, "page tables" },
	{ "unit", NULL, COLUMN_CUT, get_unit, 0, TASK_COLUMNS_CGROUP, "systemd unit" },
	{ "cgroup", NULL, COLUMN_CUT, get_cgroup, 0, TASK_COLUMNS_CGROUP, "memory cgroup" },
	{ "start", NULL, COLUMN_TEXT, get_start, 0, TASK_COLUMNS_START | TASK_START,
	  "when it was started" },
	{ "reason", NULL, COLUMN_TEXT, get_reason, 0, 0, "why it is never killed" },
};

const struct list task_columns_columns = {
	.name = "processes",
	.columns = columns,
	.n_columns = sizeof(columns) / sizeof(columns[0]),
};

/* The next to die stands out, the protected and the exposed have a colour of their own. */
static const char *tint(const void *row)
{
	const struct task *t = ((const struct task_row *)row)->task;
	int adj = task_has(t, TASK_OOM_ADJ) ? t->oom_adj : t->adj;

	if (t->place == 1)
		return LIST_TINT_ALARM;
	if (t->spared != KILLABLE)
		return LIST_TINT_DIM;
	return adj < 0 ? LIST_TINT_GOOD : adj > 0 ? LIST_TINT_WARN : NULL;
}

void task_columns_init(struct task_columns *tl, const struct snapshot *s, size_t n_max)
{
	*tl = (struct task_columns){ .snapshot = s, .list = task_columns_columns };
	tl->most = s->scan.n_tasks ? s->scan.tasks[0].points : 0;
	tl->rows = mem_alloc(n_max, sizeof(*tl->rows));
	tl->list.rows = tl->rows;
	tl->list.row_size = sizeof(*tl->rows);
	tl->list.arg = tl;
	tl->list.tint = tint;
}

void task_columns_add(struct task_columns *tl, const struct task *t)
{
	tl->rows[tl->list.n_rows++].task = t;
}

void task_columns_fill_row(struct task_columns *tl, size_t nth, unsigned int needs)
{
	struct task_row *row = &tl->rows[nth];
	const struct task *t = row->task;
	char path[CGROUP_PATH_MAX];

	if (needs & TASK_COLUMNS_START && !tl->boot)
		tl->boot = machine_read_boot(tl->snapshot->proc);
	if (needs & TASK_COLUMNS_USER && !row->user && task_has(t, TASK_UID) &&
	    !(row->user = user_cached_name(&tl->names, t->uid)))
		mem_check(-ENOMEM);
	if (needs & TASK_COLUMNS_CGROUP && !row->cgroup) {
		if (cgroup_path_read_pid(tl->snapshot->proc, t->pid, path, sizeof(path)))
			*path = '\0';
		row->cgroup = mem_copy(path);
	}
}

void task_columns_fill(struct task_columns *tl, unsigned int needs)
{
	const struct list *l = &tl->list;

	for (size_t i = 0; i < list_count(l); i++)
		task_columns_fill_row(tl, l->order ? l->order[i] : i, needs);
}

static int compare_ages(const void *va, const void *vb, void *arg)
{
	const struct task_row *rows = arg;
	const size_t *a = va, *b = vb;

	return kill_order_compare_age(rows[*a].task, rows[*b].task);
}

size_t *task_columns_sort_by_age(const struct task_columns *tl, bool is_youngest_first)
{
	size_t n = tl->list.n_rows, *sorted = mem_alloc(n, sizeof(*sorted));

	for (size_t i = 0; i < n; i++)
		sorted[i] = i;
	qsort_r(sorted, n, sizeof(*sorted), compare_ages, tl->rows);
	for (size_t i = 0; is_youngest_first && i < n / 2; i++) {
		size_t last = sorted[n - 1 - i];

		sorted[n - 1 - i] = sorted[i];
		sorted[i] = last;
	}
	return sorted;
}

void task_columns_print(struct task_columns *tl, const struct output_options *options)
{
	task_columns_fill(tl, list_needs(&options->view, &tl->list));
	list_print(&options->view, &tl->list);
}

void task_columns_free(struct task_columns *tl)
{
	for (size_t i = 0; i < tl->list.n_rows; i++)
		free(tl->rows[i].cgroup);
	free(tl->rows);
	user_free_names(tl->names);
}
