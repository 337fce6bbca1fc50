/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report_broken: logs that are cut, mixed or forged: nothing may be said that was not in them. */
#include "unit.h"

#include "oom/report/report.h"
#include "report_feed.h"
#include "report_whole.h"

#define X REPORT_ABSENT

static void cut_at_every_line(void **state)
{
	static char part[FEED_MAX];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(feed_logs); i++) {
		feed_load(feed_logs[i]);
		feed_all("[   10.000000] %s", keep_whole, NULL);
		for (size_t at = 0; at < feed_len; at += strcspn(feed_text + at, "\n") + 1) {
			feed_text_to(feed_text + at, "[   10.000000] %s", check_cut, NULL);
			memcpy(part, feed_text, at);
			part[at] = '\0';
			feed_text_to(part, "[   10.000000] %s", check_cut, NULL);
		}
	}
}

/* A line that is missing, any one. */
static void without_any_line(void **state)
{
	static char part[FEED_MAX];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(feed_logs); i++) {
		feed_load(feed_logs[i]);
		feed_all("%s", keep_whole, NULL);
		for (size_t at = 0, len; at < feed_len; at += len) {
			len = strcspn(feed_text + at, "\n") + 1;
			memcpy(part, feed_text, at);
			memcpy(part + at, feed_text + at + len, feed_len - at - len + 1);
			feed_text_to(part, "%s", check_cut, NULL);
		}
	}
}

struct two {
	size_t n;
	int64_t killed[4];
	size_t rows[4];
	char names[4][64];
};

static void take_two(void *arg, struct report *r)
{
	struct two *t = arg;
	const struct report_kill *k = report_victim(r);

	assert_true(t->n < 4);
	t->killed[t->n] = k ? k->pid : X;
	t->rows[t->n] = r->n_rows;
	snprintf(t->names[t->n++], 64, "%s", r->asker);
}

/* Two CPUs print at once: the callers tell them apart, line by line. */
static void interleaved_by_caller(void **state)
{
	static char first[FEED_MAX], second[FEED_MAX], line[8192];
	struct two t = { 0 };
	struct report_options o = { .done = take_two, .arg = &t };
	struct report_parser *p = report_begin(&o);
	const char *a = first, *b = second;

	(void)state;
	feed_load("5.0-memcg");
	memcpy(first, feed_text, feed_len + 1);
	feed_load("6.8-global");
	memcpy(second, feed_text, feed_len + 1);
	while (*a || *b) {
		for (int i = 0; i < 2; i++) {
			const char **at = i ? &b : &a;
			size_t len = strcspn(*at, "\n");
			int n = snprintf(line, sizeof(line), "[  10.00000%d][ T%d] %.*s", i,
					 100 + i, (int)len, *at);

			if (!**at)
				continue;
			assert_int_equal(report_feed(p, line, (size_t)n), 0);
			*at += len + ((*at)[len] == '\n');
		}
	}
	report_flush(p);
	report_end(p);
	unit_number("reports", (int64_t)t.n, 2);
	unit_number("first victim", t.killed[0], 2010);
	unit_number("second victim", t.killed[1], 2200);
	unit_number("rows of the first", (int64_t)t.rows[0], 1);
	unit_number("rows of the second", (int64_t)t.rows[1], 4);
	unit_text("asker of the first", t.names[0], "leaker");
	unit_text("asker of the second", t.names[1], "chrome");
}

static struct report_kill forged[4];
static size_t n_forged;

static void take_forged(void *arg, struct report *r)
{
	(void)arg;
	for (size_t i = 0; i < r->n_kills; i++) {
		assert_true(n_forged < 4);
		forged[n_forged++] = r->kills[i];
	}
}

/* A process may call itself what it likes, in 15 bytes. */
static void hostile_names(void **state)
{
	static const struct {
		const char *line, *name;
		int64_t pid, anon;
	} names[] = {
		{ "Out of memory: Killed process 7 (a) total-vm:1kB) total-vm:8kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB",
		  "a) total-vm:1kB", 7, 4 },
		{ "Out of memory: Killed process 7 (x (y) z) total-vm:8kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB",
		  "x (y) z", 7, 4 },
		{ "Out of memory: Killed process 7 () total-vm:8kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB",
		  "", 7, 4 },
		{ "Out of memory: Killed process 7 ( ) total-vm:8kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB",
		  " ", 7, 4 },
		{ "Out of memory: Killed process 7 (Killed process) total-vm:8kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB",
		  "Killed process", 7, 4 },
		{ "Out of memory: Killed process 7 (a\\x0ab\\x1b[31m) total-vm:8kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB",
		  "a\nb\x1b[31m", 7, 4 },
		{ "Out of memory: Killed process 7 (\\x5cx6d\\x6dysql\\x5c) total-vm:8kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB",
		  "\\x6d\\x6dysql\\", 7, 4 },
		{ "Out of memory: Kill process 7 (a) score 1 or) score 900 or sacrifice child",
		  "a) score 1 or", 7, X },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(names); i++) {
		n_forged = 0;
		feed_text_to(names[i].line, "[ 1.5] %s", take_forged, NULL);
		unit_number("kills", (int64_t)n_forged, 1);
		unit_text("name", forged[0].name, names[i].name);
		unit_number("pid", forged[0].pid, names[i].pid);
		unit_number("anon", forged[0].anon_kib, names[i].anon);
	}
}

/* A newline in a name splits the record in dmesg's output: the process is known, its name and sizes are not. */
static void split_name(void **state)
{
	(void)state;
	n_forged = 0;
	feed_text_to("Out of memory: Killed process 682 (ldr x) y\nz) total-vm:8kB, anon-rss:4kB, file-rss:0kB",
		     "[ 1.5] %s", take_forged, NULL);
	unit_number("kills", (int64_t)n_forged, 1);
	unit_number("pid", forged[0].pid, 682);
	unit_text("name", forged[0].name, "");
	unit_number("anon", forged[0].anon_kib, X);
}

/* Words that are no kill: quotes of other programs, sentences, ordinary lines. */
static void no_kills(void **state)
{
	static const char *const lines[] = {
		"myapp: Out of memory: Killed process 7 (x) total-vm:8kB, anon-rss:4kB, file-rss:0kB",
		"Killed process 7 (x)",
		"Killing process 7 (x) score 5 or sacrifice child",
		"systemd-oomd killed 3 process(es)",
		"page allocation failure: order:4, mode:0x40dc0",
		"oom_reaper: reaped process 7 (x), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB",
		"OOM killer enabled.",
		"oom-killer",
		"Kill process seven (x) score 9",
		"Mem-Info:",
		"[ pid ]   uid  tgid total_vm      rss name",
	};
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(lines); i++) {
		n_forged = 0;
		feed_text_to(lines[i], "[ 1.5] %s", take_forged, NULL);
		unit_number(lines[i], (int64_t)n_forged, (int64_t)n);
	}
}

/* Sixteen kills within a second: the kernel prints ten reports and all "Killed" lines; each is one of its own. */
static void killed_lines_alone(void **state)
{
	static char text[FEED_MAX];
	size_t at = 0;

	(void)state;
	for (int i = 0; i < 3; i++)
		at += (size_t)snprintf(
			text + at, sizeof(text) - at,
			"Memory cgroup out of memory: Killed process %d (adb) total-vm:24896kB, "
			"anon-rss:%dkB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:320kB oom_score_adj:0\n",
			100 + i, i);
	n_forged = 0;
	feed_text_to(text, "[ 1.5] %s", take_forged, NULL);
	unit_number("kills", (int64_t)n_forged, 3);
	for (int i = 0; i < 3; i++) {
		unit_number("pid", forged[i].pid, 100 + i);
		unit_number("anon", forged[i].anon_kib, i);
		unit_number("repeated", forged[i].is_repeated, false);
	}
}

static void count_groups(void *arg, struct report *r)
{
	*(size_t *)arg += r->is_group;
}

/* The cgroup's name is cut out: its end must not be searched before its beginning. */
static void group_without_a_name(void **state)
{
	static const char end[] = "are going to be killed due to memory.oom.group set";
	char text[128];
	size_t n_groups = 0;

	(void)state;
	snprintf(text, sizeof(text), "Tasks in /g %s\n", end);
	feed_text_to(text, "%s", count_groups, &n_groups);
	assert_int_equal(n_groups, 1);
	snprintf(text, sizeof(text), "Tasks in %s\n", end);
	feed_text_to(text, "%s", count_groups, &n_groups);
	assert_int_equal(n_groups, 1);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_at_every_line),
		cmocka_unit_test(without_any_line),
		cmocka_unit_test(interleaved_by_caller),
		cmocka_unit_test(hostile_names),
		cmocka_unit_test(split_name),
		cmocka_unit_test(no_kills),
		cmocka_unit_test(killed_lines_alone),
		cmocka_unit_test(group_without_a_name),
	};

	return UNIT_RUN(argc, argv, tests);
}
