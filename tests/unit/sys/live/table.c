/* SPDX-License-Identifier: GPL-2.0-or-later */
/* table: processes that start, end and change their place. */
#include "unit.h"

#include "oom/rules/version.h"
#include "sys/live/internal.h"

#define ROOM 4

static struct live_task tasks[ROOM];
static struct live_sorted sorted[ROOM];
static struct live_rank ranks[ROOM];
static uint32_t rows[ROOM], moving[ROOM], seen[ROOM], next[ROOM], spare[ROOM], heads[ROOM],
	places[ROOM + 1], sizes[ROOM * GROWTH_SIZES], first[ROOM];
static uint64_t keys[ROOM], ages[ROOM];

static void prepare(struct live *l)
{
	*l = (struct live){ .tasks = tasks,
			    .sorted = sorted,
			    .ranks = ranks,
			    .rows = rows,
			    .moving = moving,
			    .seen = seen,
			    .next = next,
			    .spare = spare,
			    .heads = heads,
			    .places = places,
			    .keys = keys,
			    .ages = ages,
			    .room = ROOM,
			    .hash_mask = ROOM - 1 };
	l->growth = (struct growth){ .sizes = sizes, .first = first, .room = ROOM };
	l->rules = rules_find(VERSION(6, 1, 0));
	l->machine.totals = (struct totals){ .total_pages = 1000000, .page_size = 4096 };
	memset(tasks, 0, sizeof(tasks));
	memset(sorted, 0, sizeof(sorted));
	memset(ranks, 0, sizeof(ranks));
	memset(seen, 0, sizeof(seen));
	memset(heads, 0xff, sizeof(heads));
	for (uint32_t i = 0; i < ROOM; i++)
		next[i] = i + 1 < ROOM ? i + 1 : ORDER_NONE;
}

/* A process as pid:start:pages; -1 pages: a kernel thread. */
static void add(struct live *l, int32_t pid, uint64_t start, int64_t pages)
{
	bool is_new;
	uint32_t row = table_take(l, pid, start, &is_new);

	if (row == ORDER_NONE)
		return;
	l->tasks[row].task = (struct task){ .pid = pid,
					    .start_ticks = start,
					    .rss = pages > 0 ? (uint64_t)pages : 0,
					    .has = TASK_RSS | TASK_START | TASK_ADJ };
	if (pages < 0)
		l->tasks[row].task.unkillable = UNKILLABLE_KTHREAD;
	table_update(l, row, is_new);
}

/* "12 7^ 5v -3": the PIDs in kill order, with their move, "-" if unkillable. */
static void expect(const char *what, const struct live *l, const char *want)
{
	char got[128] = "";

	for (size_t i = 0; i < l->n; i++) {
		const struct live_rank *s = &l->ranks[l->rows[i]];

		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s%d%s", i ? " " : "",
			 s->place ? "" : "-", (int)l->tasks[l->rows[i]].task.pid,
			 s->moved > 0   ? "^"
			 : s->moved < 0 ? "v"
					: "");
	}
	unit_text(what, got, want);
}

static void processes_are_in_kill_order(void **state)
{
	struct live l;

	(void)state;
	prepare(&l);
	table_begin(&l, 1000);
	add(&l, 2, 0, -1);
	add(&l, 7, 10, 500);
	/* Of equal points the youngest is killed: the last in the list (oom_evaluate_task()). */
	add(&l, 5, 30, 900);
	add(&l, 6, 20, 900);
	table_finish(&l);
	expect("first", &l, "5 6 7 -2");
	unit_number("killable", (int64_t)l.n_killable, 3);
}

static void moves_are_marked_for_a_while(void **state)
{
	struct live l;

	(void)state;
	prepare(&l);
	for (int i = 0; i < 5; i++) {
		table_begin(&l, 1000 * (i + 1));
		add(&l, 5, 1, 100);
		add(&l, 6, 2, 90);
		add(&l, 7, 3, i == 0 ? 80 : 95);
		table_finish(&l);
		expect(i == 0  ? "before"
		       : i < 4 ? "marked"
			       : "later",
		       &l,
		       i == 0  ? "5 6 7"
		       : i < 4 ? "5 7^ 6v"
			       : "5 7 6");
	}
}

static void starts_and_exits_are_no_moves(void **state)
{
	struct live l;

	(void)state;
	prepare(&l);
	table_begin(&l, 1000);
	add(&l, 5, 1, 100);
	add(&l, 6, 2, 90);
	add(&l, 7, 3, 80);
	table_finish(&l);
	table_begin(&l, 2000);
	add(&l, 6, 2, 90);
	add(&l, 7, 3, 80);
	add(&l, 8, 4, 1000);
	table_finish(&l);
	expect("one ended, one started", &l, "8 6 7");
	unit_number("ended", live_find(&l, 5), ORDER_NONE);
}

static void another_process_with_the_pid_begins_anew(void **state)
{
	struct live l;
	uint32_t row;

	(void)state;
	prepare(&l);
	table_begin(&l, 1000);
	add(&l, 5, 1, 100);
	table_finish(&l);
	row = live_find(&l, 5);
	l.tasks[row].is_tagged = true;
	table_begin(&l, 3000);
	add(&l, 5, 1, 130);
	table_finish(&l);
	unit_number("growth", l.sorted[row].growth_pages, 30);
	/* 30 pages in 2 s. */
	unit_number("rate", (int64_t)l.sorted[row].pages_per_s, 15);
	unit_number("tag", l.tasks[row].is_tagged, true);
	table_begin(&l, 5000);
	add(&l, 5, 2, 700);
	table_finish(&l);
	row = live_find(&l, 5);
	unit_number("growth of the other", l.sorted[row].growth_pages, 0);
	unit_number("tag of the other", l.tasks[row].is_tagged, false);
	unit_number("n", (int64_t)l.n, 1);
}

static void what_has_no_room_is_counted(void **state)
{
	struct live l;

	(void)state;
	prepare(&l);
	table_begin(&l, 1000);
	for (int32_t pid = 1; pid <= 6; pid++)
		add(&l, pid, 1, pid);
	table_finish(&l);
	unit_number("n", (int64_t)l.n, 4);
	unit_number("missing", (int64_t)l.n_missing, 2);
	/* The rows of ended processes are free at the refresh after the next. */
	table_begin(&l, 2000);
	add(&l, 4, 1, 4);
	table_finish(&l);
	table_begin(&l, 3000);
	add(&l, 4, 1, 4);
	for (int32_t pid = 7; pid <= 9; pid++)
		add(&l, pid, 1, pid);
	table_finish(&l);
	expect("others have their rows", &l, "9 8 7 4");
	unit_number("missing now", (int64_t)l.n_missing, 0);
}

/* Fewer steps than a full sort needs: the order must be the same. */
static void many_moves_at_once(void **state)
{
	struct live l;

	(void)state;
	prepare(&l);
	table_begin(&l, 1000);
	for (int32_t pid = 1; pid <= 4; pid++)
		add(&l, pid, 1, pid);
	table_finish(&l);
	expect("up", &l, "4 3 2 1");
	table_begin(&l, 2000);
	for (int32_t pid = 1; pid <= 4; pid++)
		add(&l, pid, 1, 10 - pid);
	table_finish(&l);
	expect("reversed", &l, "1^ 2^ 3v 4v");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(processes_are_in_kill_order),
		cmocka_unit_test(moves_are_marked_for_a_while),
		cmocka_unit_test(starts_and_exits_are_no_moves),
		cmocka_unit_test(another_process_with_the_pid_begins_anew),
		cmocka_unit_test(what_has_no_room_is_counted),
		cmocka_unit_test(many_moves_at_once),
	};

	return UNIT_RUN(argc, argv, tests);
}
