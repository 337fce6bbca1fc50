/* SPDX-License-Identifier: GPL-2.0-or-later */
/* task_table: the processes of a snapshot as a list: its rows, their order, their colours. */
#include "cmd/shared/task_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "oom/rules/adj.h"
#include "oom/rules/kill_order.h"
#include "sys/cgroup/path.h"
#include "sys/proc/user.h"

/* For struct list; arg is the tasklist, whose names of users it looks up. */
void task_table_fill(const void *arg, size_t row, size_t column, struct cell *c);

enum {
	COL_PLACE,
	COL_PID,
	COL_TGID,
	COL_PPID,
	COL_USER,
	COL_UID,
	COL_NAME,
	COL_STATE,
	COL_THREADS,
	COL_SCORE,
	COL_ADJ,
	COL_OOM_SCORE_ADJ,
	COL_OOM_ADJ,
	COL_POINTS,
	COL_PAGES,
	COL_BAR,
	COL_SHARE,
	COL_TOTAL_VM,
	COL_RSS,
	COL_RSS_ANON,
	COL_RSS_FILE,
	COL_RSS_SHMEM,
	COL_SWAP,
	COL_TABLES,
	COL_UNIT,
	COL_CGROUP,
	COL_START,
	COL_REASON,
	N_COLUMNS
};

static const struct column columns[] = {
	[COL_PLACE] = { "place", "#", COLUMN_RIGHT | COLUMN_RISES,
			"place in the order in which the kernel would kill" },
	[COL_PID] = { "pid", NULL, COLUMN_RIGHT | COLUMN_RISES,
		      "the thread that holds the memory: the first, unless it has ended" },
	[COL_TGID] = { "tgid", NULL, COLUMN_RIGHT | COLUMN_RISES, "the process" },
	[COL_PPID] = { "ppid", NULL, COLUMN_RIGHT | COLUMN_RISES, "its parent" },
	[COL_USER] = { "user", NULL, COLUMN_TRUNC, "real user" },
	[COL_UID] = { "uid", NULL, COLUMN_RIGHT | COLUMN_RISES, "real user's number" },
	[COL_NAME] = { "name", NULL, COLUMN_TRUNC, "the kernel's name of it" },
	[COL_STATE] = { "state", NULL, 0, "state, a letter as in ps(1)" },
	[COL_THREADS] = { "threads", NULL, COLUMN_RIGHT, "number of threads" },
	[COL_SCORE] = { "score", NULL, COLUMN_RIGHT, "what oom_score shows" },
	[COL_ADJ] = { "adj", NULL, COLUMN_RIGHT, "adj on the running kernel's own scale" },
	[COL_OOM_SCORE_ADJ] = { "oom_score_adj", NULL, COLUMN_RIGHT, "adj from -1000 to 1000" },
	[COL_OOM_ADJ] = { "oom_adj", NULL, COLUMN_RIGHT, "adj on the old scale, -17 to 15" },
	[COL_POINTS] = { "points", NULL, COLUMN_RIGHT, "the kernel's badness, as memory" },
	[COL_PAGES] = { "pages", NULL, COLUMN_RIGHT, "the kernel's badness, as it counts it" },
	[COL_BAR] = { "bar", "", 0, "points against those of the first" },
	[COL_SHARE] = { "share", NULL, COLUMN_RIGHT, "points as a share of RAM and swap" },
	[COL_TOTAL_VM] = { "total_vm", NULL, COLUMN_RIGHT, "address space" },
	[COL_RSS] = { "rss", NULL, COLUMN_RIGHT,
		      "resident memory, as the kernel's choice counts it" },
	[COL_RSS_ANON] = { "rss_anon", NULL, COLUMN_RIGHT, "anonymous part of it" },
	[COL_RSS_FILE] = { "rss_file", NULL, COLUMN_RIGHT, "file part of it" },
	[COL_RSS_SHMEM] = { "rss_shmem", NULL, COLUMN_RIGHT, "shared part of it" },
	[COL_SWAP] = { "swapents", "SWAP", COLUMN_RIGHT, "swapped out" },
	[COL_TABLES] = { "pgtables_bytes", "TABLES", COLUMN_RIGHT, "page tables" },
	[COL_UNIT] = { "unit", NULL, COLUMN_TRUNC, "systemd unit" },
	[COL_CGROUP] = { "cgroup", NULL, COLUMN_TRUNC, "memory cgroup" },
	[COL_START] = { "start", NULL, 0, "when it was started" },
	[COL_REASON] = { "reason", NULL, 0, "why it is never killed" },
};

static void set_text(struct cell *c, const char *text)
{
	c->kind = CELL_TEXT;
	snprintf(c->text, sizeof(c->text), "%s", text);
}

static void set_number(struct cell *c, bool is_known, int64_t value)
{
	c->kind = is_known ? CELL_NUMBER : CELL_UNKNOWN;
	c->num = value;
}

static void set_pages(const struct task_table *tl, struct cell *c, bool is_known, int64_t pages)
{
	c->kind = is_known ? CELL_BYTES : CELL_UNKNOWN;
	c->num = pages * (int64_t)tl->snapshot->machine.totals.page_size;
}

/*
 * Points as memory: pages since 3.5, thousandths of RAM and swap before; the oldest are no memory
 * at all.
 */
static int64_t points_as_pages(const struct snapshot *s, const struct task *t)
{
	if (s->rules->weight == WEIGHT_PERMILLE)
		return t->points * (int64_t)s->machine.totals.total_pages / 1000;
	return t->points;
}

static void set_points(const struct task_table *tl, const struct task *t, size_t column,
		       struct cell *c)
{
	const struct snapshot *s = tl->snapshot;
	bool is_memory = t->spared == KILLABLE && s->rules->weight != WEIGHT_HEURISTIC;
	int64_t of = (int64_t)s->machine.totals.total_pages;
	int64_t pages = points_as_pages(s, t);

	switch (column) {
	case COL_POINTS:
		set_pages(tl, c, is_memory, pages);
		break;
	case COL_PAGES:
		set_number(c, t->spared == KILLABLE, t->points);
		break;
	case COL_SHARE:
		c->kind = is_memory && of ? CELL_PERCENT : CELL_UNKNOWN;
		c->num = of ? pages * 1000 / of : 0;
		break;
	default:
		c->kind = CELL_BAR;
		c->num = t->spared == KILLABLE && tl->most > 0 ? t->points * 1000 / tl->most : 0;
	}
}

/* The old scale: as read, or as the kernel would show the value of the new one. */
static void set_adj(const struct task_table *tl, const struct task *t, size_t column,
		    struct cell *c)
{
	bool is_old = task_has(t, TASK_OOM_ADJ);
	int old = is_old ? t->oom_adj : adj_to_old(t->adj, tl->snapshot->machine.version);

	if (column == COL_OOM_ADJ || (column == COL_ADJ && is_old))
		set_number(c, is_old || task_has(t, TASK_ADJ), old);
	else
		set_number(c, task_has(t, TASK_ADJ), t->adj);
}

/* The name is looked up once a user: a directory service may be slow where memory is short. */
static void set_user(struct task_table *tl, const struct task *t, struct cell *c)
{
	size_t at = t->uid % TASK_TABLE_USERS;
	char *name = tl->users[at].name;

	if (!task_has(t, TASK_UID))
		return;
	if (!*name || tl->users[at].uid != t->uid) {
		tl->users[at].uid = t->uid;
		user_name(t->uid, name, sizeof(tl->users[at].name));
	}
	set_text(c, name);
}

/* From the time of boot as the kernel tells it, so that it is the same at every look. */
static void set_start(struct task_table *tl, const struct task *t, struct cell *c)
{
	time_t start;
	struct tm tm;

	if (!tl->boot)
		tl->boot = machine_read_boot(tl->snapshot->proc);
	if (!task_has(t, TASK_START) || !tl->boot)
		return;
	start = (time_t)(tl->boot + t->start_ticks / (uint64_t)sysconf(_SC_CLK_TCK));
	c->kind = CELL_TEXT;
	if (!localtime_r(&start, &tm) ||
	    !strftime(c->text, sizeof(c->text), "%Y-%m-%dT%H:%M:%S%z", &tm))
		c->kind = CELL_UNKNOWN;
}

static void set_group(const struct task_table *tl, const struct task *t, size_t column,
		      struct cell *c)
{
	char path[CGROUP_PATH_MAX];

	if (cgroup_path_read_pid(tl->snapshot->proc, t->pid, path, sizeof(path)))
		return;
	if (column == COL_CGROUP)
		set_text(c, path);
	else if (cgroup_path_find_unit(path, c->text, sizeof(c->text)) == 0)
		c->kind = CELL_TEXT;
}

static void set_memory(const struct task_table *tl, const struct task *t, size_t column,
		       struct cell *c)
{
	bool is_split = task_has(t, TASK_RSS_SPLIT);

	switch (column) {
	case COL_TOTAL_VM:
		set_pages(tl, c, task_has(t, TASK_TOTAL_VM), (int64_t)t->total_vm);
		break;
	case COL_RSS:
		set_pages(tl, c, task_has(t, TASK_RSS), (int64_t)snapshot_rss(tl->snapshot, t));
		break;
	case COL_RSS_ANON:
		set_pages(tl, c, is_split, (int64_t)t->rss_anon);
		break;
	case COL_RSS_FILE:
		set_pages(tl, c, is_split, (int64_t)t->rss_file);
		break;
	case COL_RSS_SHMEM:
		set_pages(tl, c, is_split, (int64_t)t->rss_shmem);
		break;
	case COL_SWAP:
		set_pages(tl, c, task_has(t, TASK_SWAP), (int64_t)t->swap);
		break;
	default:
		if (task_has(t, TASK_TABLES)) {
			c->kind = CELL_BYTES;
			c->num = (int64_t)t->pgtables_bytes;
		} else {
			set_pages(tl, c, task_has(t, TASK_PTES),
				  (int64_t)(t->nr_ptes + t->nr_pmds));
		}
	}
}

void task_table_fill(const void *arg, size_t row, size_t column, struct cell *c)
{
	struct task_table *tl = (struct task_table *)(uintptr_t)arg;
	const struct task *t = tl->rows[row];

	switch (column) {
	case COL_PLACE:
		set_number(c, t->place, t->place);
		break;
	case COL_PID:
		set_number(c, true, t->mm_pid);
		break;
	case COL_TGID:
		set_number(c, true, t->pid);
		break;
	case COL_PPID:
		set_number(c, true, t->ppid);
		break;
	case COL_USER:
		set_user(tl, t, c);
		break;
	case COL_UID:
		set_number(c, task_has(t, TASK_UID), t->uid);
		break;
	case COL_NAME:
		set_text(c, t->name);
		break;
	case COL_STATE:
		set_text(c, (char[]){ t->state, '\0' });
		break;
	case COL_THREADS:
		set_number(c, t->threads, t->threads);
		break;
	case COL_SCORE:
		set_number(c, task_has(t, TASK_SCORE), t->score);
		break;
	case COL_ADJ:
	case COL_OOM_SCORE_ADJ:
	case COL_OOM_ADJ:
		set_adj(tl, t, column, c);
		break;
	case COL_POINTS:
	case COL_PAGES:
	case COL_BAR:
	case COL_SHARE:
		set_points(tl, t, column, c);
		break;
	case COL_UNIT:
	case COL_CGROUP:
		set_group(tl, t, column, c);
		break;
	case COL_START:
		set_start(tl, t, c);
		break;
	case COL_REASON:
		if (t->spared != KILLABLE)
			set_text(c, kill_order_unkillable_text(t->spared));
		break;
	default:
		set_memory(tl, t, column, c);
	}
}

const struct list task_table_columns = {
	.name = "processes",
	.columns = columns,
	.n_columns = N_COLUMNS,
};

/* The next to die stands out, the protected and the exposed have a colour of their own. */
static const char *tint(const void *arg, size_t row)
{
	const struct task_table *tl = arg;
	const struct task *t = tl->rows[row];
	int adj = task_has(t, TASK_OOM_ADJ) ? t->oom_adj : t->adj;

	if (t->place == 1)
		return LIST_TINT_ALARM;
	if (t->spared != KILLABLE)
		return LIST_TINT_DIM;
	return adj < 0 ? LIST_TINT_GOOD : adj > 0 ? LIST_TINT_WARN : NULL;
}

void task_table_init(struct task_table *tl, const struct snapshot *s)
{
	memset(tl, 0, sizeof(*tl));
	tl->snapshot = s;
	tl->most = s->scan.n_tasks ? s->scan.tasks[0].points : 0;
	tl->list = task_table_columns;
	tl->list.arg = tl;
	tl->list.cell = task_table_fill;
	tl->list.tint = tint;
}

int task_table_add(struct task_table *tl, const struct task *t)
{
	/* Doubles at each power of two. */
	if ((tl->n_rows & (tl->n_rows - 1)) == 0) {
		const struct task **grown =
			reallocarray(tl->rows, tl->n_rows ? tl->n_rows * 2 : 1, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		tl->rows = grown;
	}
	tl->rows[tl->n_rows++] = t;
	tl->list.n_rows = tl->n_rows;
	return 0;
}

static int compare_rows_by_age(const void *va, const void *vb, void *arg)
{
	const struct task_table *tl = arg;
	const size_t *a = va, *b = vb;

	return kill_order_compare_age(tl->rows[*a], tl->rows[*b]);
}

int task_table_sort_by_age(const struct task_table *tl, bool falls, size_t **order)
{
	size_t *rows = calloc(tl->n_rows + 1, sizeof(*rows)), n = tl->n_rows;

	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		rows[i] = i;
	qsort_r(rows, n, sizeof(*rows), compare_rows_by_age, (void *)(uintptr_t)tl);
	for (size_t i = 0; falls && i < n / 2; i++) {
		size_t last = rows[n - 1 - i];

		rows[n - 1 - i] = rows[i];
		rows[i] = last;
	}
	*order = rows;
	return 0;
}

void task_table_free(struct task_table *tl)
{
	free(tl->rows);
	memset(tl, 0, sizeof(*tl));
}
