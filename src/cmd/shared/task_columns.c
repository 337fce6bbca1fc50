/* SPDX-License-Identifier: GPL-2.0-or-later */
/* task_columns: the processes of a snapshot as a list: columns, rows, order and colors. */
#include "cmd/shared/task_columns.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/msg.h"
#include "oom/rules/adj.h"
#include "oom/rules/kill_order.h"
#include "sys/cgroup/container.h"
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

/* Whether the values that the column needs are known. */
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

	if (task_has(t, TASK_PGTABLES))
		c->num = (int64_t)t->pgtables_bytes;
	else if (task_has(t, TASK_PTES))
		set_pages(c, (int64_t)(t->nr_ptes + t->nr_pmds));
}

static void get_oom_score_adj(struct cell *c)
{
	if (is_known(c))
		c->num = task_of(c)->adj;
}

/* On the old scale: as read, or as the kernel shows the converted value. */
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

static void get_points(struct cell *c)
{
	const struct snapshot *s = table_of(c)->snapshot;

	if (task_of(c)->unkillable != KILLABLE)
		return;
	c->num = task_of(c)->points;
	if (s->rules->weight != WEIGHT_HEURISTIC)
		c->bytes = rules_points_bytes(s->rules, c->num, &s->machine.totals);
}

static void get_bar(struct cell *c)
{
	int64_t most = table_of(c)->most;

	get_points(c);
	c->num = c->num != LIST_UNKNOWN && most > 0 ? c->num * 1000 / most : 0;
}

static void get_share(struct cell *c)
{
	const struct totals *of = &table_of(c)->snapshot->machine.totals;

	get_points(c);
	c->num = c->bytes != LIST_UNKNOWN && of->total_pages
			 ? c->bytes / (int64_t)of->page_size * 1000 / (int64_t)of->total_pages
			 : LIST_UNKNOWN;
}

static void get_row_text(struct cell *c)
{
	const char *text = *(char *const *)((const char *)c->row + c->column->offset);

	c->text = text && *text ? text : NULL;
}

/* From the boot time in /proc/stat, so that it is the same in every list. */
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
	if (task_of(c)->unkillable != KILLABLE)
		c->text = kill_order_unkillable_text(task_of(c)->unkillable);
}

#define AT(member)   offsetof(struct task, member)
#define TEXT_AT(nth) offsetof(struct task_row, texts[nth])

static const struct column columns[] = {
	{ "place", "#", COLUMN_ID, get_count, AT(place), 0, "rank: position in the kill order" },
	{ "pid", NULL, COLUMN_ID, get_id, AT(mm_pid), 0,
	  "thread that holds the memory: the first, unless it has exited" },
	{ "tgid", NULL, COLUMN_ID, get_id, AT(pid), 0, "process ID" },
	{ "ppid", NULL, COLUMN_ID, get_id, AT(ppid), 0, "parent's PID" },
	{ "user", NULL, COLUMN_CUT, list_get_text, offsetof(struct task_row, user),
	  TASK_COLUMNS_USER, "real user" },
	{ "uid", NULL, COLUMN_ID, get_uid, 0, TASK_UID, "real user ID" },
	{ "name", NULL, COLUMN_CUT, get_name, 0, 0, "process name in the kernel" },
	{ "state", NULL, COLUMN_TEXT, get_state, 0, 0, "state, a letter as in ps(1)" },
	{ "threads", NULL, COLUMN_NUMBER, get_count, AT(threads), 0, "number of threads" },
	{ "score", NULL, COLUMN_NUMBER, get_score, 0, TASK_SCORE, "value of /proc/PID/oom_score" },
	{ "adj", NULL, COLUMN_NUMBER, get_adj, 0, TASK_ADJ,
	  "adj on the running kernel's own scale" },
	{ "oom_score_adj", NULL, COLUMN_NUMBER, get_oom_score_adj, 0, TASK_ADJ,
	  "adj from -1000 to 1000" },
	{ "oom_adj", NULL, COLUMN_NUMBER, get_oom_adj, 0, 0, "adj on the old scale, -17 to 15" },
	{ "points", NULL, COLUMN_POINTS, get_points, 0, 0,
	  "the kernel's badness: memory in tables, else pages" },
	{ "bar", "", COLUMN_BAR, get_bar, 0, 0, "points relative to those of rank 1" },
	{ "share", NULL, COLUMN_PERCENT, get_share, 0, 0, "points as a share of RAM plus swap" },
	{ "total_vm", NULL, COLUMN_BYTES, get_pages, AT(total_vm), TASK_TOTAL_VM, "address space" },
	{ "rss", NULL, COLUMN_BYTES, get_rss, 0, TASK_RSS,
	  "resident memory, as the OOM killer counts it" },
	{ "rss_anon", NULL, COLUMN_BYTES, get_pages, AT(rss_anon), TASK_RSS_SPLIT,
	  "its anonymous part" },
	{ "rss_file", NULL, COLUMN_BYTES, get_pages, AT(rss_file), TASK_RSS_SPLIT,
	  "its file-backed part" },
	{ "rss_shmem", NULL, COLUMN_BYTES, get_pages, AT(rss_shmem), TASK_RSS_SPLIT,
	  "its shared memory part" },
	{ "swap", NULL, COLUMN_BYTES, get_pages, AT(swap), TASK_SWAP, "memory in swap" },
	{ "pgtables", NULL, COLUMN_BYTES, get_page_tables, 0, 0, "page tables" },
	{ "unit", NULL, COLUMN_CUT, get_row_text, TEXT_AT(1), TASK_COLUMNS_UNIT, "systemd unit" },
	{ "container", NULL, COLUMN_CUT, get_row_text, TEXT_AT(2), TASK_COLUMNS_CONTAINER,
	  "name of the container, or its short ID" },
	{ "cgroup", NULL, COLUMN_PATH, get_row_text, TEXT_AT(0), TASK_COLUMNS_CGROUP,
	  "memory cgroup" },
	{ "exe", NULL, COLUMN_PATH, get_row_text, TEXT_AT(3), TASK_COLUMNS_EXE,
	  "path of the executable" },
	{ "cmdline", NULL, COLUMN_CUT, get_row_text, TEXT_AT(4), TASK_COLUMNS_CMDLINE,
	  "command line" },
	{ "start", NULL, COLUMN_TEXT, get_start, 0, (unsigned int)TASK_COLUMNS_START | TASK_START,
	  "start time, in local time" },
	{ "reason", NULL, COLUMN_CUT, get_reason, 0, 0, "why it is unkillable" },
};

/* The next victim is red, an adj below 0 green, above 0 yellow, unkillable grey. */
static const char *tint(const void *row)
{
	const struct task *t = ((const struct task_row *)row)->task;
	int adj = task_has(t, TASK_OOM_ADJ) ? t->oom_adj : t->adj;

	if (t->place == 1)
		return LIST_TINT_ALARM;
	if (t->unkillable != KILLABLE)
		return LIST_TINT_DIM;
	return adj < 0 ? LIST_TINT_GOOD : adj > 0 ? LIST_TINT_WARN : NULL;
}

const struct list task_columns_columns = {
	.name = "processes",
	.columns = columns,
	.n_columns = sizeof(columns) / sizeof(columns[0]),
	.row_size = sizeof(struct task_row),
	.tint = tint,
};

void task_columns_init(struct task_columns *tl, const struct snapshot *s, size_t n_max)
{
	*tl = (struct task_columns){ .snapshot = s, .list = task_columns_columns };
	tl->most = s->scan.n_tasks ? s->scan.tasks[0].points : 0;
	tl->rows = mem_alloc(n_max, sizeof(*tl->rows));
	tl->list.rows = tl->rows;
	tl->list.arg = tl;
}

void task_columns_add(struct task_columns *tl, const struct task *t)
{
	tl->rows[tl->list.n_rows++].task = t;
}

/* Fills the texts of the row with these needs; "" is unknown. */
static void read_texts(struct task_columns *tl, struct task_row *row, unsigned int needs)
{
	char path[CGROUP_PATH_MAX], unit_path[CGROUP_PATH_MAX], part[CGROUP_PATH_NAME] = "";
	int proc = tl->snapshot->proc, err;
	pid_t pid = row->task->pid;

	/* Both are in one file. */
	if (needs & (TASK_COLUMNS_CGROUP | TASK_COLUMNS_UNIT | TASK_COLUMNS_CONTAINER)) {
		err = cgroup_path_read_both(proc, pid, path, unit_path);
		if (needs & TASK_COLUMNS_CONTAINER && !row->texts[2]) {
			/* With version 1, one of two hierarchies can show it. */
			if (container_find(unit_path, part))
				container_find(path, part);
			row->texts[2] = mem_copy(part);
		}
		*part = '\0';
		cgroup_path_find_unit(unit_path, part, sizeof(part));
		if (!row->texts[0]) {
			row->texts[0] = mem_copy(err ? "" : path);
			row->texts[1] = mem_copy(part);
		}
	}
	if (needs & TASK_COLUMNS_EXE) {
		command_read_exe(proc, pid, path, sizeof(path));
		row->texts[3] = mem_copy(path);
	}
	if (needs & TASK_COLUMNS_CMDLINE) {
		err = command_read_line(&tl->reader, proc, pid);
		tl->n_blocked += err == -ETIMEDOUT;
		row->texts[4] = mem_copy(err ? "" : tl->reader.text);
	}
}

void task_columns_fill_row(struct task_columns *tl, size_t nth, unsigned int needs)
{
	struct task_row *row = &tl->rows[nth];
	const struct task *t = row->task;

	if (needs & TASK_COLUMNS_START && !tl->boot)
		tl->boot = machine_read_boot(tl->snapshot->proc);
	if (needs & TASK_COLUMNS_USER && !row->user && task_has(t, TASK_UID) &&
	    !(row->user = user_cached_name(&tl->names, t->uid)))
		mem_check(-ENOMEM);
	for (unsigned int i = 0; i < TASK_COLUMNS_TEXTS; i++)
		if (row->texts[i])
			needs &= ~(1U * TASK_COLUMNS_CGROUP << i);
	read_texts(tl, row, needs);
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
	if (tl->n_blocked)
		msg_warn("command lines not shown, because the read blocks: %zu", tl->n_blocked);
	list_print(&options->view, &tl->list);
}

void task_columns_free(struct task_columns *tl)
{
	for (size_t i = 0; i < tl->list.n_rows; i++)
		for (size_t k = 0; k < TASK_COLUMNS_TEXTS; k++)
			free(tl->rows[i].texts[k]);
	free(tl->rows);
	command_close(&tl->reader);
	user_free_names(tl->names);
}
