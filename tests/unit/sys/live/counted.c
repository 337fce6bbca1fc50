/* SPDX-License-Identifier: GPL-2.0-or-later */
/* counted: rows of BPF scans that stay, change, end and begin. */
#include "unit.h"

#include <stdlib.h>

#include "oom/rules/version.h"
#include "sys/live/internal.h"

#define ROOM 8

static struct prog_row rows[ROOM];
static struct bpf_tasks tasks = { .rows = rows, .is_fork_order = true };

/* Rows of a BPF scan. A process of so many pages, of which the start is its PID in ticks. */
static void put(int32_t pid, int64_t pages)
{
	rows[tasks.n++] = (struct prog_row){ .pid = pid,
					     .ppid = 1,
					     .threads = 1,
					     .mm_pid = pid,
					     .mm = 0x1000 + (uint64_t)pid,
					     .start_ns = (uint64_t)pid * 10000000,
					     .name = "x",
					     .counts = { [COUNT_ANON] = pages } };
}

/* One refresh; then the next one begins with no rows. */
static void refresh(struct live *l, int64_t at_ms)
{
	table_begin(l, at_ms);
	counted_read(l, &tasks);
	table_finish(l);
	tasks.n = 0;
}

static void expect(const char *what, const struct live *l, const char *want)
{
	char got[128] = "";

	for (size_t i = 0; i < l->n; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%d:%lld%+lld",
			 i ? " " : "", (int)l->tasks[l->rows[i]].task.pid,
			 (long long)l->sorted[l->rows[i]].points,
			 (long long)l->sorted[l->rows[i]].growth_pages);
	unit_text(what, got, want);
}

static void begin(struct live *l)
{
	unit_number("begin", live_begin(l, NULL, ROOM), 0);
	unit_number("room", counted_allocate(l), 0);
	l->rules = rules_find(VERSION(6, 1, 0));
	l->rss = RSS_STATUS;
	l->machine.version = VERSION(6, 1, 0);
	l->machine.ns_per_tick = 10000000;
	l->machine.totals = (struct totals){ .total_pages = 1000000, .page_size = 4096 };
	tasks.n = 0;
}

static void rows_stay_or_change(void **state)
{
	struct live l;

	(void)state;
	begin(&l);
	put(10, 100);
	put(11, 300);
	put(12, 200);
	refresh(&l, 1000);
	expect("first", &l, "11:300+0 12:200+0 10:100+0");
	put(10, 100);
	put(11, 300);
	put(12, 350);
	refresh(&l, 2000);
	expect("one grew", &l, "12:350+150 11:300+0 10:100+0");
	put(10, 100);
	put(11, 300);
	put(12, 350);
	refresh(&l, 3000);
	expect("none changed", &l, "12:350+150 11:300+0 10:100+0");
	unit_number("killable", (int64_t)l.n_killable, 3);
	unit_number("rate", (int64_t)l.sorted[l.rows[0]].pages_per_s, 75);
	/* What is equal is not read again. */
	l.tasks[l.rows[0]].task.uid = l.tasks[l.rows[1]].task.uid = 7;
	put(10, 100);
	put(11, 300);
	put(12, 351);
	refresh(&l, 4000);
	unit_number("read", l.tasks[l.rows[0]].task.uid, 0);
	unit_number("not read", l.tasks[l.rows[1]].task.uid, 7);
	live_end(&l);
}

static void processes_end_and_begin(void **state)
{
	struct live l;

	(void)state;
	begin(&l);
	for (int32_t pid = 10; pid < 14; pid++)
		put(pid, 100);
	refresh(&l, 1000);
	/* Of equal points the last in the list is killed (oom_evaluate_task()). */
	expect("first", &l, "13:100+0 12:100+0 11:100+0 10:100+0");
	put(10, 100);
	put(13, 100);
	put(9, 100);
	refresh(&l, 2000);
	expect("two ended, one began", &l, "9:100+0 13:100+0 10:100+0");
	unit_number("ended", live_find(&l, 11), ORDER_NONE);
	/* 12 is another process than before, and in another place. */
	put(13, 100);
	put(9, 100);
	put(12, 100);
	put(8, 90);
	refresh(&l, 3000);
	expect("others", &l, "12:100+0 9:100+0 13:100+0 8:90+0");
	/* The same PID, another start. */
	put(13, 100);
	put(9, 100);
	put(8, 90);
	put(12, 100);
	rows[3].start_ns += 10000000;
	rows[3].counts[COUNT_ANON] = 40;
	refresh(&l, 4000);
	expect("replaced", &l, "9:100+0 13:100+0 8:90+0 12:40+0");
	live_end(&l);
}

/* An equal row need not mean an equal task. */
static void what_else_counts(void **state)
{
	struct live l;

	(void)state;
	begin(&l);
	put(10, 100);
	rows[0].adj = 100;
	put(11, 300);
	rows[1].pending = 1U << 8;
	refresh(&l, 1000);
	expect("a tenth of all memory", &l, "10:100100+0 11:300+0");
	unit_number("dying", l.is_dying, true);
	l.machine.totals.total_pages = 500000;
	put(10, 100);
	rows[0].adj = 100;
	put(11, 300);
	rows[1].pending = 1U << 8;
	refresh(&l, 2000);
	expect("of less memory", &l, "10:50100+0 11:300+0");
	put(10, 100);
	rows[0].adj = 100;
	put(11, 300);
	rows[1].pending = 1U << 8;
	refresh(&l, 3000);
	expect("the same", &l, "10:50100+0 11:300+0");
	unit_number("still dying", l.is_dying, true);
	live_end(&l);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_stay_or_change),
		cmocka_unit_test(processes_end_and_begin),
		cmocka_unit_test(what_else_counts),
	};

	return UNIT_RUN(argc, argv, tests);
}
