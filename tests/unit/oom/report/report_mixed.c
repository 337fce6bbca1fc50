/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report_mixed: two reports are interleaved without a caller field: no fact is invented. */
#include "unit.h"

#include "oom/report/report.h"
#include "report_feed.h"
#include "report_whole.h"

#define ROUNDS 200

/* Two logs whose tables have the same columns, as one machine would write them. */
static const char *const alike[][2] = {
	{ "3.9-memcg", "3.10-global" },     { "4.6-global", "4.8-giving-up" },
	{ "4.3-sharing", "4.12-memcg" },    { "5.0-memcg", "5.2-cpuset" },
	{ "5.4-bytes", "5.9-exiting" },     { "5.10-memcg-v2", "5.15-allocating" },
	{ "4.19-oom-group", "5.2-cpuset" }, { "6.8-global", "6.12-memcg-v2" },
};

static struct whole two[2];
static char texts[2][FEED_MAX], mixed[2 * FEED_MAX];
static const char *current;

static uint64_t next_random(void)
{
	static uint64_t x = 0x9e3779b97f4a7c15U;

	x ^= x << 13;
	x ^= x >> 7;
	return x ^= x << 17;
}

static void load(size_t which, const char *name)
{
	feed_load(name);
	memcpy(texts[which], feed_text, feed_len + 1);
	feed_all("%s", keep_whole, NULL);
	two[which] = whole;
}

/* The lines of each report stay in order; the next report is random, mostly the same as before. */
static void shuffle(void)
{
	const char *at[2] = { texts[0], texts[1] };
	size_t which = 0, len = 0;

	while (*at[0] || *at[1]) {
		size_t line;

		if (next_random() % 4 == 0)
			which = !which;
		if (!*at[which])
			which = !which;
		line = strcspn(at[which], "\n");
		memcpy(mixed + len, at[which], line);
		mixed[len + line] = '\n';
		len += line + 1;
		at[which] += line + (at[which][line] == '\n');
	}
	mixed[len] = '\0';
}

static void one_of(const char *what, int64_t got, int64_t a, int64_t b)
{
	if (got != REPORT_ABSENT && got != a && got != b)
		fail_msg("%s: %s is %lld, neither %lld nor %lld, of\n%s", current, what,
			 (long long)got, (long long)a, (long long)b, mixed);
}

static void one_text_of(const char *what, const char *got, const char *a, const char *b)
{
	if (*got && strcmp(got, a) != 0 && strcmp(got, b) != 0)
		fail_msg("%s: %s is '%s', neither '%s' nor '%s', of\n%s", current, what, got, a, b,
			 mixed);
}

static void check_mixed(void *arg, struct report *r)
{
	const struct whole *a = &two[0], *b = &two[1];

	++*(size_t *)arg;
	one_of("gfp_mask", r->gfp_mask, a->gfp, b->gfp);
	one_of("order", r->order, a->order, b->order);
	one_of("asker's pid", r->asker_pid, a->asker_pid, b->asker_pid);
	one_of("limit", r->memory.limit_kib, a->limit, b->limit);
	one_of("RAM", r->ram_pages, a->ram, b->ram);
	one_of("swap", r->swap_total_kib, a->swap, b->swap);
	one_text_of("asker", r->asker, a->asker, b->asker);
	one_text_of("memcg", r->memcg, a->memcg, b->memcg);
	for (size_t i = 0; i < r->n_kills; i++)
		if (!has_kill(a, &r->kills[i]) && !has_kill(b, &r->kills[i]))
			fail_msg("%s: a kill that was not there: pid %lld, name '%s', of\n%s",
				 current, (long long)r->kills[i].pid, r->kills[i].name, mixed);
	for (size_t i = 0; i < r->n_rows; i++)
		if (!has_row(a, &r->rows[i].task) && !has_row(b, &r->rows[i].task))
			fail_msg("%s: a row that was not there: pid %d, name '%s', of\n%s", current,
				 r->rows[i].task.pid, r->rows[i].task.name, mixed);
}

static void lines_of_another_report(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(alike); i++) {
		current = alike[i][0];
		load(0, alike[i][0]);
		load(1, alike[i][1]);
		for (int k = 0; k < ROUNDS; k++) {
			size_t n = 0;

			shuffle();
			feed_text_to(mixed, "[   10.000000] %s", check_mixed, &n);
			assert_true(n > 0);
		}
	}
}

static void count(void *arg, struct report *r)
{
	++*(size_t *)arg;
	assert_true(r->n_kills <= 8);
}

/* Tables that one machine cannot have: any result is accepted, but the parser must end. */
static void lines_of_any_report(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(feed_logs); i++) {
		for (size_t k = 0; k < UNIT_LENGTH(feed_logs); k++) {
			size_t n = 0;

			load(0, feed_logs[i]);
			load(1, feed_logs[k]);
			shuffle();
			feed_text_to(mixed, "[   10.000000] %s", count, &n);
			assert_true(n > 0);
		}
	}
}

/* What precedes the kernel's text is read once for lines that have the same there. */
static const struct {
	const char *line;
	int64_t pid;
	const char *host;
	int second;
	int64_t uptime_usec;
} prefixed[] = {
	{ "Apr 18 16:56:16 web1 kernel: [    7.500000] %s", 1, "web1", 16, 7500000 },
	{ "Apr 18 16:56:16 web1 kernel: [    8.250000] %s", 2, "web1", 16, 8250000 },
	{ "Apr 18 16:56:16 web1 kernel: %s", 3, "web1", 16, TIMESTAMP_ABSENT },
	{ "Apr 18 16:56:16 web1 kernel:   %s", 4, "web1", 16, TIMESTAMP_ABSENT },
	{ "Apr 18 16:56:17 web1 kernel: %s", 5, "web1", 17, TIMESTAMP_ABSENT },
	{ "Apr 18 16:56:17 web2 kernel: %s", 6, "web2", 17, TIMESTAMP_ABSENT },
	{ "Apr 18 16:56:17 web2 kerneld: %s", 0, "", 0, 0 },
	{ "Apr 18 16:56:17 web2 sshd[9]: %s", 0, "", 0, 0 },
	{ "Apr 18 16:56:17 web2 kernel: %s", 9, "web2", 17, TIMESTAMP_ABSENT },
	{ "18 16:56:17 web2 kernel: [    9.000000] %s", 10, "", 0, 9000000 },
	{ "Apr 18 16:56:17 web2 kernel:%s", 11, "web2", 17, TIMESTAMP_ABSENT },
	{ "2026-04-18T16:56:18+02:00 web2 kernel: %s", 12, "web2", 18, TIMESTAMP_ABSENT },
	{ "2026-04-18T16:56:18+02:00 web2 kernel: [    3.000000] %s", 13, "web2", 18, 3000000 },
};

static void take_prefixed(void *arg, struct report *r)
{
	size_t i = *(size_t *)arg;

	while (i < UNIT_LENGTH(prefixed) && !prefixed[i].pid)
		i++;
	assert_true(i < UNIT_LENGTH(prefixed));
	current = prefixed[i].line;
	assert_int_equal(r->n_kills, 1);
	unit_number(current, r->kills->pid, prefixed[i].pid);
	unit_text(current, r->host, prefixed[i].host);
	unit_number(current, r->time.second, prefixed[i].second);
	unit_number(current, r->time.uptime_usec, prefixed[i].uptime_usec);
	*(size_t *)arg = i + 1;
}

static void lines_with_the_same_prefix(void **state)
{
	size_t n = 0;
	struct report_options options = { .done = take_prefixed, .arg = &n };
	struct report_parser *p = report_begin(&options);

	(void)state;
	assert_non_null(p);
	for (size_t i = 0; i < UNIT_LENGTH(prefixed); i++) {
		const char *hole = strstr(prefixed[i].line, "%s");
		char line[256];

		snprintf(line, sizeof(line),
			 "%.*sOut of memory: Killed process %zu (a) total-vm:8kB, anon-rss:4kB, "
			 "file-rss:0kB, shmem-rss:0kB",
			 (int)(hole - prefixed[i].line), prefixed[i].line, i + 1);
		assert_int_equal(report_feed(p, line, strlen(line)), 0);
	}
	report_flush(p);
	report_end(p);
	unit_number("lines", (int64_t)n, (int64_t)UNIT_LENGTH(prefixed));
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_another_report),
		cmocka_unit_test(lines_of_any_report),
		cmocka_unit_test(lines_with_the_same_prefix),
	};

	return UNIT_RUN(argc, argv, tests);
}
