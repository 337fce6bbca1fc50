/* SPDX-License-Identifier: GPL-2.0-or-later */
/* task_dump: each kernel's task dump, byte for byte as its own format string prints it. */
#include "unit.h"

#include <errno.h>

#include "oom/rules/task_dump.h"

#define STATE "Tasks state (memory values in pages):"

/* clang-format off */
static const struct {
	const char *release, *title, *header;
	const char *chrome, *wide, *unknown; /* rows of the three tasks below */
} dumps[] = {
	{ "2.6.25", NULL,
	  "[ pid ]   uid  tgid total_vm      rss cpu oom_adj name",
	  "[ 4242]  1000  4242   123456     7890   3      -5 chrome",
	  "[1234567] 65534 1234566 1234567890 987654321 1023     -17 a b) [c] %s",
	  "[   77]     -    77        -        -   -       - x" },
	{ "2.6.36", NULL,
	  "[ pid ]   uid  tgid total_vm      rss cpu oom_adj oom_score_adj name",
	  "[ 4242]  1000  4242   123456     7890   3      -5           300 chrome",
	  "[1234567] 65534 1234566 1234567890 987654321 1023     -17         -1000 a b) [c] %s",
	  "[   77]     -    77        -        -   -       -             - x" },
	{ "3.6.0", NULL,
	  "[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name",
	  "[ 4242]  1000  4242   123456     7890      45      321           300 chrome",
	  "[1234567] 65534 1234566 1234567890 987654321 12345678 123456789         -1000 a b) [c] %s",
	  "[   77]     -    77        -        -       -        -             - x" },
	{ "4.0.0", NULL,
	  "[ pid ]   uid  tgid total_vm      rss nr_ptes nr_pmds swapents oom_score_adj name",
	  "[ 4242]  1000  4242   123456     7890      45       6      321           300 chrome",
	  "[1234567] 65534 1234566 1234567890 987654321 12345678 12345679 123456789         -1000 a b) [c] %s",
	  "[   77]     -    77        -        -       -       -        -             - x" },
	{ "4.15.0", NULL,
	  "[ pid ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name",
	  "[ 4242]  1000  4242   123456     7890   208896      321           300 chrome",
	  "[1234567] 65534 1234566 1234567890 987654321 1234567890 123456789         -1000 a b) [c] %s",
	  "[   77]     -    77        -        -        -        -             - x" },
	{ "4.19.0", STATE,
	  "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name",
	  "[   4242]  1000  4242   123456     7890   208896      321           300 chrome",
	  "[1234567] 65534 1234566 1234567890 987654321 1234567890 123456789         -1000 a b) [c] %s",
	  "[     77]     -    77        -        -        -        -             - x" },
	{ "6.8.0", STATE,
	  "[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name",
	  "[   4242]  1000  4242   123456     7890     7000      800        90   208896      321           300 chrome",
	  "[1234567] 65534 1234566 1234567890 987654321 987654320 123456789 1234567891 1234567890 123456789         -1000 a b) [c] %s",
	  "[     77]     -    77        -        -        -        -         -        -        -             - x" },
};
/* clang-format on */

#define ALL_KNOWN                                                                       \
	(TASK_UID | TASK_TOTAL_VM | TASK_RSS | TASK_RSS_SPLIT | TASK_SWAP | TASK_PTES | \
	 TASK_PMDS | TASK_PGTABLES | TASK_ADJ | TASK_OOM_ADJ | TASK_CPU)

static const struct task chrome = {
	.pid = 4242,
	.mm_pid = 4242,
	.uid = 1000,
	.has = ALL_KNOWN,
	.adj = 300,
	.oom_adj = -5,
	.cpu = 3,
	.total_vm = 123456,
	.rss = 7890,
	.rss_anon = 7000,
	.rss_file = 800,
	.rss_shmem = 90,
	.swap = 321,
	.nr_ptes = 45,
	.nr_pmds = 6,
	.pgtables_bytes = 208896,
	.name = "chrome",
};

/* Its first thread has exited, so another is shown; its numbers are wider than their columns. */
static const struct task wide = {
	.pid = 1234566,
	.mm_pid = 1234567,
	.uid = 65534,
	.has = ALL_KNOWN,
	.adj = -1000,
	.oom_adj = -17,
	.cpu = 1023,
	.total_vm = 1234567890,
	.rss = 987654321,
	.rss_anon = 987654320,
	.rss_file = 123456789,
	.rss_shmem = 1234567891,
	.swap = 123456789,
	.nr_ptes = 12345678,
	.nr_pmds = 12345679,
	.pgtables_bytes = 1234567890,
	.name = "a b) [c] %s",
};

/* Unknown values must not be shown as zeros. */
static const struct task unknown = { .pid = 77, .mm_pid = 77, .name = "x" };

static const struct task_dump *find(const char *release)
{
	const struct task_dump *l = NULL;

	unit_number(release, task_dump_find(release, &l), 0);
	unit_number(release, l != NULL, true);
	return l;
}

static void expect_row(const struct task_dump *l, const struct task *t, const char *want)
{
	char buf[512];
	size_t n = task_dump_row(l, t, false, buf, sizeof(buf));

	unit_text("row", buf, want);
	unit_number(want, (int64_t)n, (int64_t)strlen(want));
}

static void prints_each_layout(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(dumps); i++) {
		const struct task_dump *l = find(dumps[i].release);

		unit_text(dumps[i].release, l->header, dumps[i].header);
		unit_text(dumps[i].release, l->title ? l->title : "",
			  dumps[i].title ? dumps[i].title : "");
		expect_row(l, &chrome, dumps[i].chrome);
		expect_row(l, &wide, dumps[i].wide);
		expect_row(l, &unknown, dumps[i].unknown);
	}
}

static void finds_the_layout_of_a_release(void **state)
{
	static const struct {
		const char *release, *same_as;
	} cases[] = {
		{ "2.6.27", "2.6.25" },
		{ "2.6.32.71", "2.6.25" },
		{ "2.6.35.14", "2.6.25" },
		{ "3.0.101-108-default", "2.6.36" },
		{ "3.5.7", "2.6.36" },
		{ "3.10.0-1160.el7.x86_64", "3.6.0" },
		{ "3.19.8", "3.6.0" },
		{ "4.4.0-210-generic", "4.0.0" },
		{ "4.14.336", "4.0.0" },
		{ "4.18.20", "4.15.0" },
		{ "4.18.0-25-generic", "4.15.0" },
		{ "5.4.0", "4.19.0" },
		{ "6.1.0-56-cloud-amd64", "4.19.0" },
		{ "6.7.12", "4.19.0" },
		{ "6.12.39+deb13", "6.8.0" },
		{ "7.3.4", "6.8.0" },
		/* Vendors' kernels that print the dump of a later version. */
		{ "2.6.32-220.el6.x86_64", "2.6.36" },
		{ "4.18.0-553.el8_10.x86_64", "4.19.0" },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++)
		unit_text(cases[i].release, find(cases[i].release)->header,
			  find(cases[i].same_as)->header);
}

static void versions_without_a_dump(void **state)
{
	const struct task_dump *l = &(const struct task_dump){ 0 };

	(void)state;
	assert_int_equal(task_dump_find("2.6.24.7", &l), 0);
	assert_null(l);
	assert_int_equal(task_dump_find("2.4.37", &l), 0);
	assert_null(l);
	assert_int_equal(task_dump_find("new", &l), -EINVAL);
	assert_int_equal(task_dump_find("", &l), -EINVAL);
}

static void prints_the_requested_count(void **state)
{
	struct task t = chrome;
	char buf[512];

	(void)state;
	task_dump_row(find("6.18.0"), &t, true, buf, sizeof(buf));
	assert_non_null(strstr(buf, " 4242   123456        - ")); /* it is not known */
	t.has |= TASK_RSS_STAT;
	t.rss_stat = 7777;
	task_dump_row(find("6.18.0"), &t, true, buf, sizeof(buf));
	assert_non_null(strstr(buf, " 4242   123456     7777 "));
}

/* The kernel prints a uid with %5d, so it is negative from 2^31 on. */
static void a_large_uid_is_negative(void **state)
{
	struct task t = chrome;
	char buf[512];

	(void)state;
	t.uid = 4294967294U;
	task_dump_row(find("6.1.0"), &t, false, buf, sizeof(buf));
	unit_text("row", buf,
		  "[   4242]    -2  4242   123456     7890   208896      321           300 chrome");
}

static void is_truncated_to_the_size(void **state)
{
	char full[512], buf[512];
	struct task t = chrome;
	size_t len;

	(void)state;
	memset(t.name, 'n', sizeof(t.name) - 1);
	t.name[sizeof(t.name) - 1] = '\0';
	len = task_dump_row(find("6.8.0"), &t, false, full, sizeof(full));
	assert_int_equal(len, 106 - 6 + 63);
	for (size_t size = 1; size <= len + 2; size++) {
		size_t n, fits = size - 1 < len ? size - 1 : len;

		memset(buf, '!', sizeof(buf));
		n = task_dump_row(find("6.8.0"), &t, false, buf, size);
		assert_int_equal(n, fits);
		assert_int_equal(buf[n], '\0');
		assert_memory_equal(buf, full, fits);
		assert_int_equal(buf[size], '!');
	}
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints_each_layout),
		cmocka_unit_test(finds_the_layout_of_a_release),
		cmocka_unit_test(versions_without_a_dump),
		cmocka_unit_test(prints_the_requested_count),
		cmocka_unit_test(a_large_uid_is_negative),
		cmocka_unit_test(is_truncated_to_the_size),
	};

	return UNIT_RUN(argc, argv, tests);
}
