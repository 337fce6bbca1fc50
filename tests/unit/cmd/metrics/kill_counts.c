/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kill_counts: which kills count, and as which unit's; writing and reading them. */
#include "report_feed.h"

#include <errno.h>
#include <stdlib.h>

#include "cmd/metrics/kill_counts.h"

static struct kill_counts counts, other;

static void add_report(void *arg, struct report *r)
{
	kill_counts_add_report(arg, r);
}

static void count_log(const char *name)
{
	memset(&counts, 0, sizeof(counts));
	feed_load(name);
	feed_all("%s\n", add_report, &counts);
}

static void count_text(const char *text)
{
	memset(&counts, 0, sizeof(counts));
	feed_text_to(text, "%s\n", add_report, &counts);
}

/* What kill_counts_print() writes, without HELP and TYPE. */
static const char *printed(const struct kill_counts *c, bool is_kept, bool is_shown)
{
	static char plain[1 << 17];
	char *text, *to = plain;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	kill_counts_print(c, is_kept, is_shown, out);
	fclose(out);
	assert_true(size < sizeof(plain));
	for (const char *line = text, *end; *line; line = end) {
		end = strchr(line, '\n') + 1;
		if (strncmp(line, "# HELP", 6) != 0 && strncmp(line, "# TYPE", 6) != 0)
			to = mempcpy(to, line, (size_t)(end - line));
	}
	*to = '\0';
	free(text);
	return plain;
}

static void counts_victims_by_constraint_and_unit(void **state)
{
	(void)state;
	count_log("6.8-global");
	unit_text("global", printed(&counts, false, true),
		  "oomctl_ring_kills{constraint=\"global\",unit=\"user@1000.service\"} 1\n");
	count_log("6.12-memcg-v2");
	unit_text("memcg", printed(&counts, false, true),
		  "oomctl_ring_kills{constraint=\"memcg\",unit=\"\"} 1\n");
	count_log("5.2-cpuset");
	unit_text("cpuset", printed(&counts, false, true),
		  "oomctl_ring_kills{constraint=\"cpuset\",unit=\"\"} 1\n");
	/* 683, which is listed twice, and 684. */
	count_log("4.19-oom-group");
	unit_number("kinds of a group", (int64_t)counts.n, 1);
	unit_number("group", (int64_t)counts.counts[0].n, 2);
	/* A process that shares the victim's memory dies too, but is no kill of the kernel's. */
	count_log("4.3-sharing");
	unit_number("sharing", (int64_t)counts.counts[0].n, 1);
	count_log("3.2-panic");
	unit_number("panic", (int64_t)counts.n, 0);
	count_log("5.6-no-killable-panic");
	unit_number("no killable", (int64_t)counts.n, 0);
}

/* Of a report that was cut between two runs, each part is read alone. */
static void counts_only_the_line_about_the_kill(void **state)
{
	(void)state;
	count_text("[   10.000000] hog invoked oom-killer: gfp_mask=0x1(GFP_KERNEL), order=0, "
		   "oom_score_adj=0\n"
		   "[   10.000001] oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,"
		   "mems_allowed=0,global_oom,task_memcg=/a.service,task=hog,pid=7,uid=0\n");
	unit_number("chosen only", (int64_t)counts.n, 0);
	count_text("[   10.000002] Out of memory: Killed process 7 (hog) total-vm:9kB, "
		   "anon-rss:8kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB "
		   "oom_score_adj:0\n");
	unit_text("killed only", printed(&counts, false, true),
		  "oomctl_ring_kills{constraint=\"global\",unit=\"\"} 1\n");
	count_text("[   10.000003] oom_reaper: reaped process 7 (hog), now anon-rss:0kB, "
		   "file-rss:0kB, shmem-rss:0kB\n");
	unit_number("reaped only", (int64_t)counts.n, 0);
}

#define USER "/user.slice/user-1000.slice/user@1000.service"
#define DB   "/system.slice/db.service"

/* Users choose the names of cgroups below their own unit, and of processes. */
static void a_name_does_not_forge_a_unit(void **state)
{
	static const struct {
		const char *paths, *cause, *constraint, *unit;
	} cases[] = {
		{ "global_oom,task_memcg=" USER "/x", "Out of memory", "global",
		  "user@1000.service" },
		{ "global_oom,task_memcg=" USER "/x,task_memcg=" DB, "Out of memory", "global",
		  "user@1000.service" },
		{ "global_oom,task_memcg=" USER "/x,oom_memcg=/system.slice,task_memcg=" DB,
		  "Out of memory", "global", "user@1000.service" },
		{ "global_oom,task_memcg=/system.slice/dev-\\x5cx2da.mount", "Out of memory",
		  "global", "dev-\\\\x2da.mount" },
		{ "global_oom,task_memcg=/system.slice/a\\x5", "Out of memory", "global", "" },
		{ "oom_memcg=" USER "/x,task_memcg=" USER "/x/y", "Memory cgroup out of memory",
		  "memcg", "user@1000.service" },
		{ "oom_memcg=" USER "/x,task_memcg=" DB ",task_memcg=" USER "/x,task_memcg=" DB,
		  "Memory cgroup out of memory", "memcg", "" },
		{ "oom_memcg=" USER "/x,global_oom,task_memcg=" DB ",task_memcg=" USER
		  "/x,global_oom,task_memcg=" DB,
		  "Memory cgroup out of memory", "memcg", "" },
	};
	char text[4096], want[256];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		snprintf(text, sizeof(text),
			 "4,1,10000000,-;hog invoked oom-killer: gfp_mask=0x1(GFP_KERNEL), "
			 "order=0, oom_score_adj=0\n"
			 "4,2,10000001,-;oom-kill:constraint=CONSTRAINT_%s,nodemask=(null),"
			 "cpuset=/,mems_allowed=0,%s,task=hog,pid=7,uid=0\n"
			 "3,3,10000002,-;%s: Killed process 7 (hog) total-vm:9kB, anon-rss:8kB, "
			 "file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0\n",
			 *cases[i].constraint == 'm' ? "MEMCG" : "NONE", cases[i].paths,
			 cases[i].cause);
		snprintf(want, sizeof(want), "oomctl_ring_kills{constraint=\"%s\",unit=\"%s\"} 1\n",
			 cases[i].constraint, cases[i].unit);
		count_text(text);
		unit_text(cases[i].paths, printed(&counts, false, true), want);
	}
	memset(&counts, 0, sizeof(counts));
	kill_counts_add(&counts, REPORT_GLOBAL, "a\"} 1\nx.service", 1);
	kill_counts_add(&counts, REPORT_GLOBAL, "\xff.service", 1);
	kill_counts_add(&counts, REPORT_GLOBAL, "a\\x2db.service", 1);
	unit_text("units", printed(&counts, false, true),
		  "oomctl_ring_kills{constraint=\"global\",unit=\"\"} 2\n"
		  "oomctl_ring_kills{constraint=\"global\",unit=\"a\\\\x2db.service\"} 1\n");
}

static void the_number_of_units_is_limited(void **state)
{
	char unit[32];
	uint64_t sum = 0;

	(void)state;
	memset(&counts, 0, sizeof(counts));
	for (int i = 0; i < 10000; i++) {
		snprintf(unit, sizeof(unit), "u%d.service", i);
		kill_counts_add(&counts, i % 2 ? REPORT_GLOBAL : REPORT_MEMCG, unit, 1);
	}
	kill_counts_add(&counts, REPORT_MEMCG, "u0.service", 1);
	/* 200, and two of the others. */
	unit_number("pairs", (int64_t)counts.n, 202);
	for (size_t i = 0; i < counts.n; i++)
		sum += counts.counts[i].n;
	unit_number("kills", (int64_t)sum, 10001);
	unit_number("the first", (int64_t)counts.counts[0].n, 2);
	unit_text("others", counts.counts[200].unit, "other");
	unit_number("others", (int64_t)counts.counts[200].n, 4900);
}

#define BOOT "01234567-89ab-cdef-0123-456789abcdef"

static void reads_what_it_wrote(void **state)
{
	static const char shown[] = "# oomctl-log-position " BOOT " 412\n"
				    "oomctl_log_lost_records_total 7\n"
				    "oomctl_logged_kills_total{constraint=\"global\",unit=\"\"} 3\n"
				    "oomctl_logged_kills_total{constraint=\"memcg\","
				    "unit=\"a\\\\x2db.service\"} 4\n";
	static const char hidden[] =
		"# oomctl-log-position " BOOT " 412\n"
		"# oomctl-kept oomctl_log_lost_records_total 7\n"
		"# oomctl-kept oomctl_logged_kills_total{constraint=\"global\",unit=\"\"} 3\n"
		"# oomctl-kept oomctl_logged_kills_total{constraint=\"memcg\","
		"unit=\"a\\\\x2db.service\"} 4\n";

	(void)state;
	memset(&counts, 0, sizeof(counts));
	memcpy(counts.boot, BOOT, sizeof(BOOT));
	counts.next = 412;
	counts.n_lost = 7;
	kill_counts_add(&counts, REPORT_GLOBAL, "", 3);
	kill_counts_add(&counts, REPORT_MEMCG, "a\\x2db.service", 4);
	unit_text("shown", printed(&counts, true, true), shown);
	unit_text("hidden", printed(&counts, true, false), hidden);
	unit_number("shown", kill_counts_parse(&other, shown), 0);
	unit_text("read", printed(&other, true, true), shown);
	unit_number("hidden", kill_counts_parse(&other, hidden), 0);
	unit_text("read hidden", printed(&other, true, true), shown);
}

static void a_malformed_file_is_refused(void **state)
{
	static const struct {
		const char *text;
		int err;
	} cases[] = {
		{ "", -ENODATA },
		{ "oomctl_kills_total 3\n", -ENODATA },
		{ "oomctl_logged_kills_total{constraint=\"memcg\",unit=\"\"} 3\n", -ENODATA },
		{ "# oomctl-log-position " BOOT "\n", -EINVAL },
		{ "# oomctl-log-position " BOOT " \n", -EINVAL },
		{ "# oomctl-log-position " BOOT " 4x\n", -EINVAL },
		{ "# oomctl-log-position " BOOT " 4", -EINVAL },
		{ "# oomctl-log-position " BOOT " -4\n", -EINVAL },
		{ "# oomctl-log-position " BOOT " 9223372036854775808\n", -EINVAL },
		{ "# oomctl-log-position " BOOT " 99999999999999999999\n", -EINVAL },
		{ "# oomctl-log-position 0 4\n", -EINVAL },
		{ "oomctl_log_lost_records_total -1\n", -EINVAL },
		{ "oomctl_log_lost_records_total{a=\"\"} 1\n", -EINVAL },
		{ "oomctl_logged_kills_total 1\n", -EINVAL },
		{ "oomctl_logged_kills_total{constraint=\"x\",unit=\"\"} 1\n", -EINVAL },
		{ "oomctl_logged_kills_total{constraint=\"memcg\",unit=\"} 1\n", -EINVAL },
		{ "oomctl_logged_kills_total{constraint=\"memcg\",unit=\"\\a\"} 1\n", -EINVAL },
		{ "oomctl_logged_kills_total{constraint=\"memcg\",unit=\"\\", -EINVAL },
		{ "oomctl_logged_kills_total{constraint=\"memcg\"", -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		memset(&other, 1, sizeof(other));
		unit_number(cases[i].text, kill_counts_parse(&other, cases[i].text), cases[i].err);
		unit_number(cases[i].text, (int64_t)other.n + *other.boot, 0);
	}
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_victims_by_constraint_and_unit),
		cmocka_unit_test(counts_only_the_line_about_the_kill),
		cmocka_unit_test(a_name_does_not_forge_a_unit),
		cmocka_unit_test(the_number_of_units_is_limited),
		cmocka_unit_test(reads_what_it_wrote),
		cmocka_unit_test(a_malformed_file_is_refused),
	};

	return UNIT_RUN(argc, argv, tests);
}
