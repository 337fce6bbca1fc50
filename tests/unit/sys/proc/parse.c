/* SPDX-License-Identifier: GPL-2.0-or-later */
/* parse: /proc/PID/status and stat of several kernel versions. */
#include "unit.h"

#include <stdlib.h>

#include "oom/rules/version.h"
#include "sys/proc/parse.h"

/* No VmPTE, no VmSwap, no RssAnon; SleepAVG between the lines that count. */
static const char of_2_6[] = "Name:\thttpd\n"
			     "State:\tS (sleeping)\n"
			     "SleepAVG:\t88%\n"
			     "Tgid:\t2345\n"
			     "Pid:\t2345\n"
			     "PPid:\t2301\n"
			     "TracerPid:\t0\n"
			     "Uid:\t48\t49\t50\t51\n"
			     "Gid:\t48\t48\t48\t48\n"
			     "FDSize:\t64\n"
			     "Groups:\t48 \n"
			     "VmSize:\t   23400 kB\n"
			     "VmLck:\t       0 kB\n"
			     "VmRSS:\t    4100 kB\n"
			     "VmData:\t    2000 kB\n"
			     "VmStk:\t      88 kB\n"
			     "VmExe:\t     312 kB\n"
			     "VmLib:\t   11452 kB\n"
			     "Threads:\t1\n"
			     "SigQ:\t0/8192\n"
			     "SigPnd:\t0000000000000000\n"
			     "ShdPnd:\t0000000000000000\n"
			     "SigBlk:\t0000000000000000\n"
			     "CapInh:\t0000000000000000\n"
			     "CapPrm:\t0000000000000000\n"
			     "CapEff:\t0000000000000000\n";

static const char of_3_10[] = "Name:\tmysqld\n"
			      "State:\tS (sleeping)\n"
			      "Tgid:\t1790\n"
			      "Ngid:\t0\n"
			      "Pid:\t1790\n"
			      "PPid:\t1401\n"
			      "TracerPid:\t0\n"
			      "Uid:\t27\t27\t27\t27\n"
			      "Gid:\t27\t27\t27\t27\n"
			      "FDSize:\t64\n"
			      "Groups:\t27 \n"
			      "VmPeak:\t 1139572 kB\n"
			      "VmSize:\t 1074036 kB\n"
			      "VmLck:\t       0 kB\n"
			      "VmPin:\t       0 kB\n"
			      "VmHWM:\t   90160 kB\n"
			      "VmRSS:\t   90156 kB\n"
			      "VmData:\t 1021344 kB\n"
			      "VmStk:\t     132 kB\n"
			      "VmExe:\t   11008 kB\n"
			      "VmLib:\t    5396 kB\n"
			      "VmPTE:\t     344 kB\n"
			      "VmSwap:\t    2048 kB\n"
			      "Threads:\t20\n"
			      "SigQ:\t0/7285\n"
			      "SigPnd:\t0000000000000000\n"
			      "ShdPnd:\t0000000000000000\n"
			      "CapEff:\t0000000000000000\n"
			      "Seccomp:\t0\n";

/* The second level of page tables; a SIGKILL of the whole process is pending. */
static const char of_4_4[] = "Name:\tjava\n"
			     "State:\tD (disk sleep)\n"
			     "Tgid:\t900\n"
			     "Ngid:\t0\n"
			     "Pid:\t900\n"
			     "PPid:\t1\n"
			     "TracerPid:\t0\n"
			     "Uid:\t1000\t1000\t1000\t1000\n"
			     "VmPeak:\t 4204812 kB\n"
			     "VmSize:\t 4204808 kB\n"
			     "VmRSS:\t  524288 kB\n"
			     "VmPTE:\t    1200 kB\n"
			     "VmPMD:\t      36 kB\n"
			     "VmSwap:\t     400 kB\n"
			     "Threads:\t31\n"
			     "SigPnd:\t0000000000000000\n"
			     "ShdPnd:\t0000000000000100\n"
			     "CapEff:\t0000000000000000\n";

static const char of_4_15[] = "Name:\tsshd\n"
			      "Umask:\t0022\n"
			      "State:\tS (sleeping)\n"
			      "Tgid:\t812\n"
			      "Ngid:\t0\n"
			      "Pid:\t812\n"
			      "PPid:\t1\n"
			      "TracerPid:\t0\n"
			      "Uid:\t0\t0\t0\t0\n"
			      "NStgid:\t812\n"
			      "VmPeak:\t   72308 kB\n"
			      "VmSize:\t   72304 kB\n"
			      "VmHWM:\t    6412 kB\n"
			      "VmRSS:\t    6408 kB\n"
			      "RssAnon:\t     700 kB\n"
			      "RssFile:\t    5700 kB\n"
			      "RssShmem:\t       8 kB\n"
			      "VmPTE:\t     144 kB\n"
			      "VmSwap:\t       0 kB\n"
			      "HugetlbPages:\t       0 kB\n"
			      "Threads:\t1\n"
			      "SigPnd:\t0000000000000100\n"
			      "ShdPnd:\t0000000000000000\n"
			      "CapInh:\t0000000000000000\n"
			      "CapPrm:\t0000003fffffffff\n"
			      "CapEff:\t0000003fffffffff\n"
			      "CapBnd:\t0000003fffffffff\n";

static const char of_6_18[] = "Name:\tcat\n"
			      "Umask:\t0022\n"
			      "State:\tR (running)\n"
			      "Tgid:\t32438\n"
			      "Ngid:\t0\n"
			      "Pid:\t32438\n"
			      "PPid:\t32395\n"
			      "TracerPid:\t0\n"
			      "Uid:\t1001\t0\t0\t0\n"
			      "Gid:\t0\t0\t0\t0\n"
			      "FDSize:\t256\n"
			      "Groups:\t \n"
			      "NStgid:\t32438\n"
			      "NSpid:\t32438\n"
			      "NSpgid:\t32395\n"
			      "NSsid:\t7497\n"
			      "Kthread:\t0\n"
			      "VmPeak:\t    3060 kB\n"
			      "VmSize:\t    3060 kB\n"
			      "VmLck:\t       0 kB\n"
			      "VmPin:\t       0 kB\n"
			      "VmHWM:\t    1644 kB\n"
			      "VmRSS:\t    1644 kB\n"
			      "RssAnon:\t     116 kB\n"
			      "RssFile:\t    1528 kB\n"
			      "RssShmem:\t       0 kB\n"
			      "VmData:\t     360 kB\n"
			      "VmPTE:\t      40 kB\n"
			      "VmSwap:\t      12 kB\n"
			      "CoreDumping:\t0\n"
			      "THP_enabled:\t1\n"
			      "untag_mask:\t0xffffffffffffffff\n"
			      "Threads:\t1\n"
			      "SigQ:\t0/96365\n"
			      "SigPnd:\t0000000000000000\n"
			      "ShdPnd:\t0000000000000000\n"
			      "CapEff:\t000001fffeffffff\n"
			      "Speculation_Store_Bypass:\tvulnerable\n";

static const char of_a_kthread[] = "Name:\tkworker/u8:2+events_unbound\n"
				   "Umask:\t0000\n"
				   "State:\tI (idle)\n"
				   "Tgid:\t77\n"
				   "Pid:\t77\n"
				   "PPid:\t2\n"
				   "Uid:\t0\t0\t0\t0\n"
				   "Kthread:\t1\n"
				   "Threads:\t1\n"
				   "SigPnd:\t0000000000000000\n"
				   "ShdPnd:\t0000000000000000\n"
				   "CapEff:\t000001ffffffffff\n";

static void a_2_6_kernel(void **state)
{
	struct task t = { .swap = 5 };

	(void)state;
	assert_true(parse_status(of_2_6, VERSION(2, 6, 18), 4096, &t));
	assert_string_equal(t.name, "httpd");
	assert_int_equal(t.state, 'S');
	assert_int_equal(t.ppid, 2301);
	assert_int_equal(t.uid, 48);
	assert_int_equal(t.threads, 1);
	assert_int_equal(t.total_vm, 5850);
	assert_int_equal(t.rss, 1025);
	assert_false(t.is_admin);
	assert_false(t.is_dying);
	assert_int_equal(t.has, TASK_UID | TASK_TOTAL_VM | TASK_RSS | TASK_ADMIN_KNOWN);
}

static void a_3_10_kernel(void **state)
{
	struct task t = { 0 };

	(void)state;
	assert_true(parse_status(of_3_10, VERSION(3, 10, 0), 4096, &t));
	assert_int_equal(t.total_vm, 268509);
	assert_int_equal(t.rss, 22539);
	assert_int_equal(t.nr_ptes, 86);
	assert_int_equal(t.swap, 512);
	assert_int_equal(t.threads, 20);
	assert_int_equal(t.has, TASK_UID | TASK_TOTAL_VM | TASK_RSS | TASK_SWAP | TASK_PTES |
					TASK_ADMIN_KNOWN);
}

static void a_4_4_kernel(void **state)
{
	struct task t = { 0 };

	(void)state;
	assert_true(parse_status(of_4_4, VERSION(4, 4, 0), 4096, &t));
	assert_int_equal(t.rss, 131072);
	assert_int_equal(t.nr_ptes, 300);
	assert_int_equal(t.nr_pmds, 9);
	assert_int_equal(t.swap, 100);
	assert_int_equal(t.state, 'D');
	assert_true(t.is_dying);
	assert_true(task_has(&t, TASK_PTES | TASK_PMDS));
	assert_false(task_has(&t, TASK_PGTABLES));
}

static void a_4_15_kernel(void **state)
{
	struct task t = { 0 };

	(void)state;
	assert_true(parse_status(of_4_15, VERSION(4, 15, 0), 4096, &t));
	assert_int_equal(t.rss, 1602);
	assert_int_equal(t.rss_anon, 175);
	assert_int_equal(t.rss_file, 1425);
	assert_int_equal(t.rss_shmem, 2);
	assert_int_equal(t.pgtables_bytes, 147456);
	assert_int_equal(t.uid, 0);
	assert_true(t.is_admin);
	assert_true(t.is_dying);
	assert_true(task_has(&t, TASK_PGTABLES | TASK_RSS_SPLIT | TASK_SWAP));
	assert_false(task_has(&t, TASK_PTES));
	assert_false(task_has(&t, TASK_PMDS));
}

static void a_6_18_kernel(void **state)
{
	struct task t = { 0 };

	(void)state;
	assert_true(parse_status(of_6_18, VERSION(6, 18, 44), 4096, &t));
	assert_string_equal(t.name, "cat");
	assert_int_equal(t.state, 'R');
	assert_int_equal(t.ppid, 32395);
	assert_int_equal(t.uid, 1001);
	assert_int_equal(t.total_vm, 765);
	assert_int_equal(t.rss, 411);
	assert_int_equal(t.rss_anon, 29);
	assert_int_equal(t.rss_file, 382);
	assert_int_equal(t.rss_shmem, 0);
	assert_int_equal(t.pgtables_bytes, 40960);
	assert_int_equal(t.swap, 3);
	assert_true(t.is_admin);
	assert_false(t.is_dying);
}

static void pages_of_64_kib(void **state)
{
	struct task t = { 0 };

	(void)state;
	assert_true(parse_status("Name:\tx\nVmSize:\t  640000 kB\nVmRSS:\t    6400 kB\n"
				 "VmPTE:\t     192 kB\nVmSwap:\t     128 kB\n",
				 VERSION(3, 10, 0), 65536, &t));
	assert_int_equal(t.total_vm, 10000);
	assert_int_equal(t.rss, 100);
	assert_int_equal(t.nr_ptes, 3);
	assert_int_equal(t.swap, 2);
}

static void processes_without_memory(void **state)
{
	struct task t = { 0 };

	(void)state;
	assert_false(parse_status(of_a_kthread, VERSION(6, 18, 0), 4096, &t));
	assert_string_equal(t.name, "kworker/u8:2+events_unbound");
	assert_int_equal(t.ppid, 2);
	assert_int_equal(t.state, 'I');
	assert_int_equal(t.has, TASK_UID | TASK_ADMIN_KNOWN);
}

/* The kernel writes a newline as \n and a backslash as \\, and nothing else in another way. */
static void names_of_all_kinds(void **state)
{
	static const struct {
		const char *line, *name;
	} cases[] = {
		{ "Name:\t(sd-pam)", "(sd-pam)" },
		{ "Name:\tWeb Content", "Web Content" },
		{ "Name:\t  two  ", "  two  " },
		{ "Name:\t", "" },
		{ "Name:\t\tx", "\tx" },
		{ "Name:\ta\\nb", "a\nb" },
		{ "Name:\ta\\\\nb", "a\\nb" },
		{ "Name:\ta\\\\\\nb", "a\\\nb" },
		{ "Name:\t\\\\", "\\" },
		{ "Name:\ta\\tb", "a\\tb" },
		{ "Name:\tx\\nVmRSS:\t9 kB", "x\nVmRSS:\t9 kB" },
		{ "Name:\t\x1b[31m\xff\xc2\x9b", "\x1b[31m\xff\xc2\x9b" },
		{ "Name:\tVmRSS: 99 kB", "VmRSS: 99 kB" },
		{ "Name:\tUid:\t7", "Uid:\t7" },
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		struct task t = { 0 };

		snprintf(text, sizeof(text), "%s\nState:\tS (sleeping)\nUid:\t5\t5\t5\t5\n",
			 cases[i].line);
		assert_false(parse_status(text, VERSION(6, 1, 0), 4096, &t));
		unit_text(cases[i].line, t.name, cases[i].name);
		unit_number(cases[i].line, t.uid, 5);
		unit_number(cases[i].line, t.state, 'S');
	}
}

static void a_name_too_long_is_cut(void **state)
{
	struct task t = { 0 };
	char text[200] = "Name:\t";

	(void)state;
	memset(text + 6, 'w', 150);
	strcpy(text + 156, "\nUid:\t5\t5\t5\t5\n");
	parse_status(text, VERSION(6, 1, 0), 4096, &t);
	assert_int_equal(strlen(t.name), TASK_NAME_MAX - 1);
	assert_int_equal(t.uid, 5);
}

static void invalid_numbers_are_unknown(void **state)
{
	struct task t = { 0 };

	(void)state;
	assert_false(parse_status("Name:\tx\nUid:\t-\nVmSize:\t\nVmRSS:\tmuch\nVmPTE:\t-4 kB\n"
				  "VmSwap\nVmSwap:\nVmRSSx:\t4 kB\nxVmRSS:\t4 kB\n",
				  VERSION(6, 1, 0), 4096, &t));
	assert_int_equal(t.has, 0);
	/* Two of the three parts of RSS are not enough. */
	parse_status("RssAnon:\t4 kB\nRssFile:\t4 kB\n", VERSION(6, 1, 0), 4096, &t);
	assert_int_equal(t.has, 0);
}

/*
 * Truncated anywhere, in a buffer of exactly that size, so that a sanitizer detects reads beyond
 * it.
 */
static void truncated_text_is_harmless(void **state)
{
	static const char *const texts[] = {
		of_2_6, of_3_10, of_4_4, of_4_15, of_6_18, of_a_kthread
	};
	struct task t;

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(texts); i++) {
		for (size_t len = 0; len <= strlen(texts[i]); len++) {
			char *part = strndup(texts[i], len);

			assert_non_null(part);
			memset(&t, 0, sizeof(t));
			parse_status(part, VERSION(6, 1, 0), 4096, &t);
			assert_true(strlen(t.name) < sizeof(t.name));
			free(part);
		}
	}
}

/*
 * No number is read from a truncated line, and only a complete text shows that there is no
 * memory.
 */
static void no_value_from_truncated_lines(void **state)
{
	(void)state;
	for (size_t len = 0; len <= strlen(of_4_15); len++) {
		char *part = strndup(of_4_15, len);
		struct task t = { 0 };
		bool has_mm;

		assert_non_null(part);
		has_mm = parse_status(part, VERSION(4, 15, 0), 4096, &t);
		assert_int_equal(has_mm, len > (size_t)(strstr(of_4_15, "RssAnon") - of_4_15) - 1);
		assert_true(t.rss == (has_mm ? 1602 : 0));
		assert_true(has_mm || !task_has(&t, TASK_ADMIN_KNOWN));
		assert_true(t.is_admin == task_has(&t, TASK_ADMIN_KNOWN));
		assert_true(t.total_vm == 0 || t.total_vm == 18076);
		assert_true(t.pgtables_bytes == 0 || t.pgtables_bytes == 147456);
		free(part);
	}
}

#define STAT_HEAD "4711 (httpd) S 1 4711 4711 0 -1 4194560 820 0 3 0 12 5 0 0 20 0 4 0 "
/* start, vsize, RSS, its limit, then 25 to 38, then the CPU. */
#define STAT_TAIL \
	"284014 3133440 416 18446744073709551615 1 2 3 0 0 0 0 0 0 0 0 0 17 3 0 0 0 0 0 1 2 3 4 5 6 7 0\n"

static void stat_of_a_process(void **state)
{
	struct task t = { 0 };
	bool is_kthread = true;

	(void)state;
	assert_true(parse_stat(STAT_HEAD STAT_TAIL, &t, &is_kthread));
	assert_int_equal(t.state, 'S');
	assert_int_equal(t.start_ticks, 284014);
	assert_int_equal(t.rss_stat, 416);
	assert_int_equal(t.cpu, 3);
	assert_int_equal(t.has, TASK_START | TASK_RSS_STAT | TASK_CPU);
	assert_false(is_kthread);
}

static void stat_of_a_kthread(void **state)
{
	struct task t = { 0 };
	bool is_kthread = false;

	(void)state;
	/* PF_KTHREAD is 0x00200000; these flags are 0x00208040. */
	assert_true(parse_stat("2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 "
			       "0 0 0 18446744073709551615 0 0 0 0 0 0 0 2147483647 0 0 0 0 "
			       "0 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
			       &t, &is_kthread));
	assert_true(is_kthread);
	assert_int_equal(t.rss_stat, 0);
	assert_int_equal(t.cpu, 1);
}

static void stat_with_names_of_all_kinds(void **state)
{
	static const char *const names[] = { "a b",    ")",        "(((", "a) R 9 9 9", "x\ny",
					     ") S 1 ", "\xff\x1b", "",    "1 (x) Z" };
	char text[512];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(names); i++) {
		struct task t = { 0 };
		bool is_kthread;

		snprintf(text, sizeof(text), "12 (%s) D %s%s", names[i],
			 "1 4711 4711 0 -1 4194560 820 0 3 0 12 5 0 0 20 0 4 0 ", STAT_TAIL);
		assert_true(parse_stat(text, &t, &is_kthread));
		unit_number(names[i], t.state, 'D');
		unit_number(names[i], (int64_t)t.start_ticks, 284014);
		unit_number(names[i], (int64_t)t.rss_stat, 416);
		unit_number(names[i], t.cpu, 3);
	}
}

/* A count that is briefly negative is read as 0. */
static void stat_with_a_negative_count(void **state)
{
	struct task t = { 0 };
	bool is_kthread;

	(void)state;
	assert_true(parse_stat(STAT_HEAD "284014 3133440 -12 0 1 2 3\n", &t, &is_kthread));
	assert_int_equal(t.rss_stat, 0);
	assert_false(task_has(&t, TASK_CPU));
}

static void truncated_stat(void **state)
{
	static const char *const texts[] = {
		"",
		"4711",
		"4711 (httpd",
		"4711 (httpd)",
		"4711 (httpd) ",
		"4711 (a) S",
		"4711 (a) S 1 2",
		STAT_HEAD,
		STAT_HEAD "284014 3133440",
		STAT_HEAD "284014 3133440 41",
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(texts); i++) {
		struct task t = { 0 };
		bool is_kthread;

		unit_number(texts[i], parse_stat(texts[i], &t, &is_kthread), false);
		unit_number(texts[i], task_has(&t, TASK_RSS_STAT), false);
	}
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_2_6_kernel),
		cmocka_unit_test(a_3_10_kernel),
		cmocka_unit_test(a_4_4_kernel),
		cmocka_unit_test(a_4_15_kernel),
		cmocka_unit_test(a_6_18_kernel),
		cmocka_unit_test(pages_of_64_kib),
		cmocka_unit_test(processes_without_memory),
		cmocka_unit_test(names_of_all_kinds),
		cmocka_unit_test(a_name_too_long_is_cut),
		cmocka_unit_test(invalid_numbers_are_unknown),
		cmocka_unit_test(truncated_text_is_harmless),
		cmocka_unit_test(no_value_from_truncated_lines),
		cmocka_unit_test(stat_of_a_process),
		cmocka_unit_test(stat_of_a_kthread),
		cmocka_unit_test(stat_with_names_of_all_kinds),
		cmocka_unit_test(stat_with_a_negative_count),
		cmocka_unit_test(truncated_stat),
	};

	return UNIT_RUN(argc, argv, tests);
}
