/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report_prefix: text that logs put before the kernel's line does not change the report. */
#include "unit.h"

#include "oom/report/report.h"
#include "report_feed.h"

/* %s is the kernel's line. */
static const char *const styles[] = {
	"[22254383.898423] %s",
	"[  828.600750][ T5241] %s",
	"[    1.000001][    C1] %s",
	"<4>[  828.600750] %s",
	"<6>%s",
	"Apr 18 16:56:16 v125000100.bja kernel: : [22254383.898423] %s",
	"Apr  8 06:06:06 host kernel: %s",
	"Apr 18 16:56:16 host kernel: [  10.000000] %s\r",
	"2024-05-26T06:17:40.123456+02:00 mr-fox kernel: [ 1.5] %s",
	"2024-05-26 06:17:40 mr-fox kernel: %s",
	"2024/05/26 06:17:40 mr-fox kernel: %s",
	"[Fri Sep 25 15:29:46 2020] %s",
	"[Nov22 17:49] %s",
	"[  +0.000008] %s",
	"[17205.361485 <  121.052037>] %s",
	"[Fri Sep 25 15:29:46 2020 <    0.000008>] %s",
	"[<  121.052037>] %s",
	"\x1b[32m[17205.361485] \x1b[0m%s",
	"[ven. sept. 25 15:29:46 2020] %s",
	"[Fr 25. Mär 15:29:46 2020] %s",
	"[金  9月 25 15:29:46 2020] %s",
	"[  828.600750] myhost kernel: %s",
	"kern  :warn  : [   12.345678] %s",
	"kern  :info  : [Fri Sep 25 15:29:46 2020] %s",
	"Thu Jan  1 00:01:02 2020 kern.warn kernel: [ 62.1] %s",
	"2024-05-26T06:17:40.123456789Z stdout F [   62.100000] %s",
	"2024-05-26T06:17:40.1234567Z %s",
	"2024-05-26T06:17:40.1234567Z May 26 06:17:40 mr-fox kernel: %s",
	"[2024-05-26 06:17:40] May 26 06:17:40 mr-fox kernel: [ 62.1] %s",
	"> May 26 06:17:40 mr-fox kernel: %s",
	"| May 26 06:17:40 mr-fox kernel: [ 62.1] %s",
	"> > [  828.600750] %s",
	"> %s",
	"\t[  828.600750]  %s",
	"    %s",
	"\t\t\"%s\",",
	"6,19685388,241227987625,-,caller=T12845;%s",
	"4,339,5140900,-;%s",
	"console output: [   12.345678] %s",
	"{\"__REALTIME_TIMESTAMP\":\"1590473860000000\",\"_TRANSPORT\":\"kernel\",\"MESSAGE\":\"%s\",\"PRIORITY\":\"4\"}",
	"{\"log\":\"[   12.345678] %s\\n\",\"stream\":\"stdout\",\"time\":\"2024-05-26T06:17:40.123456789Z\"}",
	"__CURSOR=s=5\n__REALTIME_TIMESTAMP=1590473860000000\nMESSAGE=%s\n_TRANSPORT=kernel\n",
	"Sun 2026-11-29 04:47:42.123456 UTC [s=5;i=1;b=7]\n    _TRANSPORT=kernel\n    MESSAGE=%s",
	"{\n\t\"_TRANSPORT\" : \"kernel\",\n\t\"MESSAGE\" : \"%s\"\n}",
	"{\"pri\":4,\"time\":22254383.898423,\"msg\":\"%s\"}",
	"Sun 2026-11-22 21:22:24 UTC host kernel: %s",
	"So 2026-11-22 21:22:24 CET host kernel: [ 1.5] %s",
	"dim. 2026-11-22 21:22:24 +0530 host kernel: %s",
	"1795382544.123456 host kernel: %s",
	"web-1  | 1795382544.123456 host kernel: [  10.000000] %s",
	"<4>1 2024-05-26T06:17:40.123Z host kernel - - - %s",
	"<4>1 2024-05-26T06:17:40.123456+02:00 host kernel - - - \xef\xbb\xbf%s",
	"2024-05-26T06:17:40.1234567Z ##[error] [12345.678901] %s",
	"2024-05-26T06:17:40.1234567Z ##[error]%s",
	"1716697060.123 %s",
	"host kernel: %s",
	"web_1 | %s",
	"my-app-web-12  | %s",
	"\xef\xbb\xbf%s",
	"123:%s",
	"     9\t%s",
	"17-    %s",
	"web-1  | Apr 18 16:56:16 host kernel: %s",
	"web-1  | [Fri Sep 25 15:29:46 2020] %s",
	"project_db_12 | 2024-05-26T06:17:40.123456+02:00 mr-fox kernel: %s",
	"web-1  | <4>[  828.600750] %s",
	"123:Apr 18 16:56:16 host kernel: %s",
	"123:[Fri Sep 25 15:29:46 2020] %s",
	"123:4,339,5140900,-;%s",
	"7:2024-05-26T06:17:40.123456+02:00 mr-fox kernel: [ 1.5] %s",
	"/var/log/kern.log:123:Apr  8 06:06:06 host kernel: [  10.000000] %s",
	"kern.log:Apr  8 06:06:06 host kernel: %s",
	"kern.log-124-Apr  8 06:06:06 host kernel: %s",
	"C:dmesg.txt:9:kern  :warn  : [   12.345678] %s",
};

/* All facts but the time, the host and the caller, which belong to the prefix. */
static char facts[4 * FEED_MAX];
static size_t facts_len;

static void put(const char *name, int64_t value)
{
	if (value != REPORT_ABSENT)
		facts_len += (size_t)snprintf(facts + facts_len, sizeof(facts) - facts_len,
					      "%s=%lld\n", name, (long long)value);
	assert_true(facts_len < sizeof(facts));
}

static void put_text(const char *name, const char *value)
{
	if (*value)
		facts_len += (size_t)snprintf(facts + facts_len, sizeof(facts) - facts_len,
					      "%s=%s\n", name, value);
	assert_true(facts_len < sizeof(facts));
}

static void put_memory(const struct report *r)
{
	put("limit", r->memory.limit_kib);
	put("ram", r->ram_pages);
	put("swap", r->swap_total_kib);
	put("free swap", r->swap_free_kib);
	for (size_t i = 0; i < r->n_stats; i++)
		put(r->stats[i].name, r->stats[i].value);
	for (size_t i = 0; i < r->n_counts; i++)
		put(r->counts[i].name, r->counts[i].value);
	for (size_t i = 0; i < r->n_zones; i++) {
		put_text("zone", r->zones[i].name);
		put("free", r->zones[i].free_kib);
		put("min", r->zones[i].min_kib);
		for (size_t k = 0; k < r->zones[i].n_reserve; k++)
			put("reserve", r->zones[i].reserve[k]);
		for (size_t b = 0; b < r->zones[i].n_blocks; b++)
			put("blocks", r->zones[i].blocks[b]);
	}
}

static void put_processes(const struct report *r)
{
	for (size_t i = 0; i < r->n_rows; i++) {
		const struct task *t = &r->rows[i].task;

		put_text("name", t->name);
		put("pid", t->pid);
		put("thread", t->mm_pid);
		put("rss", (int64_t)t->rss);
		put("adj", t->adj);
		put("extra", r->rows[i].extra[0]);
	}
	for (size_t i = 0; i < r->n_kills; i++) {
		const struct report_kill *k = &r->kills[i];

		put_text("killed", k->name);
		put("pid", k->pid);
		put("uid", k->uid);
		put("score", k->score);
		put("anon", k->anon_kib);
		put("chosen_pid", k->chosen_pid);
		put("role", k->role);
		put("reaped", k->reaped);
		put("row", k->row);
	}
}

static void put_facts(void *arg, struct report *r)
{
	(void)arg;
	put("kind", r->kind);
	put("sysrq", r->is_sysrq);
	put("allocating", r->is_allocating);
	put("group", r->is_group);
	put("no victim", r->has_no_victim);
	put_text("panic", r->panic);
	put_text("asker", r->asker);
	put("asker_pid", r->asker_pid);
	put("gfp", r->gfp_mask);
	put("order", r->order);
	put_text("cpuset", r->cpuset);
	put_text("release", r->release);
	put_text("memcg", r->memcg);
	put_text("task_memcg", r->task_memcg);
	put_text("group_memcg", r->group_memcg);
	put_text("chosen", r->chosen_name);
	put_memory(r);
	put_processes(r);
}

/* Shows only the first line in which the facts differ. */
static void compare(const char *name, const char *want)
{
	char line[256], line_got[256];
	const char *got = facts;

	while (*got && *got == *want) {
		got++;
		want++;
	}
	while (got > facts && got[-1] != '\n') {
		got--;
		want--;
	}
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(want, "\n"), want);
	snprintf(line_got, sizeof(line_got), "%.*s", (int)strcspn(got, "\n"), got);
	unit_text(name, line_got, line);
}

static void prefixes_do_not_change_the_report(void **state)
{
	static char plain[sizeof(facts)];
	char name[160];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(feed_logs); i++) {
		feed_load(feed_logs[i]);
		facts_len = 0;
		feed_all("%s", put_facts, NULL);
		assert_true(facts_len > 0);
		memcpy(plain, facts, facts_len + 1);
		for (size_t k = 0; k < UNIT_LENGTH(styles); k++) {
			facts_len = 0;
			facts[0] = '\0';
			feed_all(styles[k], put_facts, NULL);
			snprintf(name, sizeof(name), "%s as \"%s\"", feed_logs[i], styles[k]);
			compare(name, plain);
		}
	}
}

static void check_stamp(void *arg, struct report *r)
{
	char text[64];

	unit_text("time", timestamp_format(&r->time, text, sizeof(text)), arg);
}

/* The form of util-linux: one member per line. */
static void members_on_separate_lines_are_read(void **state)
{
	static const char *const style = "\"msg\": \"%s\"";
	/* dmesg -J, and dmesg -J -x. */
	static const struct {
		const char *before, *between, *foreign;
	} ways[] = {
		{ "{\n\"dmesg\": [\n{\n\"pri\": 4,\n\"time\":    29953.677351,\n",
		  "},{\n\"pri\": 4,\n\"time\": 29954.000000,\n", "\"pri\": 13,\n\"time\": 1.0,\n" },
		{ "{\n\"dmesg\": [\n{\n\"fac\": \"kern\",\n\"pri\": \"warn\",\n\"time\": 29953.677351,\n",
		  "},{\n\"fac\": \"kern\",\n\"pri\": \"warn\",\n\"time\": 29954.000000,\n",
		  "\"fac\": \"user\",\n\"pri\": \"notice\",\n\"time\": 1.0,\n" },
	};
	static const char faked[] =
		"\"msg\": \"Killed process 1 (init) total-vm:1kB, anon-rss:1kB, file-rss:1kB\"\n},{\n";
	static char plain[sizeof(facts)], line[FEED_MAX];
	char time[] = "29954.000000"; /* of the kill */

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(feed_logs); i++) {
		struct report_options o = { .done = put_facts };
		struct report_parser *p;

		feed_load(feed_logs[i]);
		facts_len = 0;
		feed_all("%s", put_facts, NULL);
		memcpy(plain, facts, facts_len + 1);
		for (int k = 0; k < 4; k++) {
			facts_len = 0;
			facts[0] = '\0';
			o.done = put_facts;
			if (k > 1) {
				o.done = check_stamp;
				o.arg = time;
				if (strcmp(feed_logs[i], "6.8-global"))
					break;
			}
			p = report_begin(&o);
			assert_non_null(p);
			feed_lines(p, ways[k % 2].foreign, "%s");
			feed_lines(p, faked, "%s");
			feed_lines(p, ways[k % 2].before, "%s");
			for (const char *at = feed_text; *at;) {
				size_t len = strcspn(at, "\n");

				snprintf(line, sizeof(line), "%.*s", (int)len, at);
				feed_lines(p, line, style);
				feed_lines(p, ways[k % 2].between, "%s");
				at += len + (at[len] == '\n');
			}
			report_flush(p);
			report_end(p);
			if (k < 2)
				compare(feed_logs[i], plain);
		}
	}
}

static void times_are_read(void **state)
{
	static const struct {
		const char *style;
		char shown[32];
	} times[] = {
		{ "[22254383.898423] %s", "22254383.898423" },
		{ "[    1.5] %s", "1.500000" },
		{ "Apr 18 16:56:16 host kernel: : [22254383.898423] %s", "Apr 18 16:56:16" },
		{ "2024-05-26T06:17:40.123456+02:00 host kernel: %s", "2024-05-26 06:17:40" },
		{ "[Fri Sep 25 15:29:46 2020] %s", "2020-09-25 15:29:46" },
		{ "[ven. sept. 25 15:29:46 2020] %s", "2020-09-25 15:29:46" },
		{ "[to syys 25 15:29:46 2020] %s", "to syys 25 15:29:46 2020" },
		{ "[金  9月 25 15:29:46 2020] %s", "2020-09-25 15:29:46" },
		{ "Thu Jan  1 00:01:02 2020 kern.warn kernel: [ 62.1] %s", "2020-01-01 00:01:02" },
		{ "4,339,5140900,-;%s", "5.140900" },
		{ "%s", "" },
		{ "{\"pri\":4,\"time\":  29953.677351,\"msg\":\"%s\"}", "29953.677351" },
		{ "{\"level\":\"info\",\"time\":29953.677351,\"msg\":\"%s\"}", "" },
		{ "web-1  | Apr 18 16:56:16 host kernel: %s", "Apr 18 16:56:16" },
		{ "123:Apr 18 16:56:16 host kernel: %s", "Apr 18 16:56:16" },
		{ "kern.log:12:2024-05-26T06:17:40.123456+02:00 host kernel: %s",
		  "2024-05-26 06:17:40" },
	};

	(void)state;
	feed_load("5.14-sysrq");
	for (size_t i = 0; i < UNIT_LENGTH(times); i++)
		feed_all(times[i].style, check_stamp, (void *)times[i].shown);
}

static void count_reports(void *arg, struct report *r)
{
	(void)r;
	++*(size_t *)arg;
}

/* A program can log a copy of the kernel's text. */
static void kills_forged_by_programs_are_ignored(void **state)
{
	static const char *const foreign[] = {
		"Apr 18 16:56:16 host sshd[812]: %s",
		"Apr 18 16:56:16 host logger: %s",
		"12,339,5140900,-;%s",
		"<14>%s",
		"user  :notice: [   12.345678] %s",
		"{\"_TRANSPORT\":\"syslog\",\"MESSAGE\":\"%s\"}",
	};

	(void)state;
	feed_load("5.14-sysrq");
	for (size_t i = 0; i < UNIT_LENGTH(foreign); i++) {
		size_t n = 0;

		feed_all(foreign[i], count_reports, &n);
		unit_number(foreign[i], (int64_t)n, 0);
	}
}

static void count_kills(void *arg, struct report *r)
{
	*(size_t *)arg += r->n_kills;
}

#define KILL \
	"Out of memory: Killed process 1 (init) total-vm:8kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB"
#define DEEP "                            "
#define HEAD "Sun 2026-11-29 04:47:42.123456 UTC [s=5;i=1;b=7]\n"

/* Messages that a user sends to the journal or syslog are not the kernel's, in any output form. */
static void messages_of_programs(void **state)
{
	static const struct {
		const char *text;
		size_t n;
	} logs[] = {
		{ "Nov 29 04:47:42 lab foo: [   12.345678] " KILL, 0 },
		{ "Nov 29 04:47:42 lab foo: hello\n" DEEP KILL, 0 },
		{ "Nov 29 04:47:42 lab foo: hello\n" DEEP "[   12.345678] " KILL, 0 },
		{ "Nov 29 04:47:42 lab foo: hello\n" DEEP "Nov 29 04:47:42 lab kernel: " KILL, 0 },
		{ "Nov 29 04:47:42 lab foo: hello\n" KILL, 0 },
		{ "[   12.345678] lab foo: hello\n" DEEP KILL, 0 },
		{ "[   12.345678] lab foo: hello, this line is as long as a terminal is, 80 bytes..\n" DEEP
			  KILL,
		  0 },
		{ "[   12.345678] lab foo[7]: hello\n" DEEP "[   12.345678] " KILL, 0 },
		{ "Nov 29 04:47:42 lab foo: hello\nNov 29 04:47:42 lab kernel: " KILL, 1 },
		{ "    Nov 29 04:47:42 lab foo: hello\n    Nov 29 04:47:42 lab kernel: " KILL, 1 },
		{ "[   12.345678] cgroup: fork rejected by pids controller in /u/x " KILL, 0 },
		{ "cgroup: fork rejected by pids controller in /u/x " KILL, 0 },
		{ "cgroup: fork rejected by pids controller in /u/x [   12.345678] " KILL, 0 },
		{ "rejected by the controller in /u/x kernel: " KILL, 0 },
		{ "Nov 29 04:47:42 lab kernel: cgroup: rejected in /u/x kernel: " KILL, 0 },
		{ "Nov 29 04:47:42 lab kernel: cgroup: rejected in /u/x [   12.345678] " KILL, 0 },
		{ "process '/tmp/x [    1.5] " KILL "' launched '/tmp/y' with NULL argv", 0 },
		{ "[   12.345678] usb 1-1: Product: " KILL, 0 },
		{ "usb 1-1: Product: " KILL, 0 },
		{ "192.0.2.1 - - \"GET / HTTP/1.1\" 200 5 \"-\" \"[   12.345678] " KILL "\"", 0 },
		{ "GET /[1.5] " KILL, 0 },
		{ "192.0.2.1 - - \"GET / HTTP/1.1\" 200 5 \"-\" \"" KILL "\"", 0 },
		{ "[   12.345678] x {\"message\":\"" KILL "\"}", 0 },
		{ "2024-05-26T06:17:40Z lab foo: {\"message\":\"" KILL "\"}", 0 },
		{ "2024-05-26T06:17:40Z foo: {\"message\":\"" KILL "\"}", 0 },
		{ "2024-05-26T06:17:40Z kern.info: {\"message\":\"" KILL "\"}", 1 },
		{ "2024-05-26T06:17:40Z lab foo 7 - - " KILL, 0 },
		{ "Nov 29 04:47:41 lab foo: x\nNov 29 04:47:42 lab " KILL, 0 },
		{ "Nov 29 04:47:41 lab foo: x\nNov 29 04:47:42 lab [   12.345678] " KILL, 0 },
		{ "Nov 29 04:47:42 lab " KILL, 1 },
		{ "MESSAGE=" KILL, 0 },
		{ "KERNEL_X=[   12.345678] " KILL, 0 },
		{ "__CURSOR=s=5\nMESSAGE=" KILL "\n_TRANSPORT=kernel\n", 1 },
		{ "__CURSOR=s=5\nMESSAGE=" KILL "\nSYSLOG_IDENTIFIER=kernel\n", 1 },
		{ "__CURSOR=s=5\nMESSAGE=" KILL "\nSYSLOG_IDENTIFIER=foo\n", 0 },
		{ "__CURSOR=s=5\nMESSAGE=" KILL "\n", 0 },
		{ "__CURSOR=s=5\nSYSLOG_IDENTIFIER=kernel\n_TRANSPORT=syslog\nMESSAGE=" KILL "\n",
		  0 },
		{ "__CURSOR=s=5\n_TRANSPORT=syslog\nSYSLOG_IDENTIFIER=kernel\nMESSAGE=" KILL "\n",
		  0 },
		{ "__CURSOR=s=5\n_TRANSPORT=kernel\nMESSAGE=x\nEVIL=" KILL "\n", 0 },
		{ HEAD "    _TRANSPORT=syslog\n    MESSAGE=" KILL, 0 },
		{ HEAD "    MESSAGE=" KILL "\n    _TRANSPORT=kernel", 1 },
		{ HEAD "    MESSAGE=x\n            " KILL "\n    _TRANSPORT=kernel", 0 },
		{ HEAD "    MESSAGE=x\n            _TRANSPORT=kernel\n    EVIL=" KILL, 0 },
		{ "    _TRANSPORT=kernel\n    MESSAGE=" KILL, 0 },
		{ "{\n\t\"_TRANSPORT\" : \"syslog\",\n\t\"MESSAGE\" : \"" KILL "\"\n}", 0 },
		{ "{\n\t\"MESSAGE\" : \"" KILL "\",\n\t\"_TRANSPORT\" : \"kernel\"\n}", 1 },
		{ "{\n\t\"MESSAGE\" : \"" KILL "\"\n}", 0 },
		/*
		 * A field that occurs twice; an entry without a message before an entry with
		 * one.
		 */
		{ "{\n\t\"EVIL\" : [\n\t\t\"[   12.345678] " KILL "\",\n\t\t\"y\"\n\t],\n"
		  "\t\"MESSAGE\" : \"x\",\n\t\"_TRANSPORT\" : \"journal\"\n}",
		  0 },
		{ "{\n\t\"_TRANSPORT\" : \"kernel\"\n}\n{\n\t\"__CURSOR\" : \"s=5\",\n"
		  "\t\"MESSAGE\" : \"" KILL "\"\n}",
		  0 },
		{ "{\n\t\"MESSAGE\" : \"" KILL "\",\n\t\"_TRANSPORT\" : \"kernel\"\n}\n"
		  "{\n\t\"EVIL\" : \"[   12.345678] " KILL "\",\n\t\"MESSAGE\" : \"x\"\n}",
		  1 },
		/* One entry per line. */
		{ "{\"__CURSOR\":\"s=5\",\"MESSAGE\":\"" KILL "\"}", 0 },
		{ "\x1e{\"_TRANSPORT\":\"kernel\",\"MESSAGE\":\"" KILL "\"}", 1 },
		{ "\x1e{\"_TRANSPORT\":\"syslog\",\"EVIL\":\"[   12.345678] " KILL "\"}", 0 },
		{ "data: {\"_TRANSPORT\":\"kernel\",\"MESSAGE\":\"" KILL "\"}", 1 },
		{ "data: {\"_TRANSPORT\":\"syslog\",\"EVIL\":\"[   12.345678] " KILL "\"}", 0 },
		/* A log that only starts like JSON, or contains a field, hides no kill. */
		{ "{\nNov 29 04:47:42 lab kernel: " KILL, 1 },
		{ "{\n[   12.345678] " KILL, 1 },
		{ "Nov 29 04:47:42 lab foo: x\n__CURSOR=s=5\nNov 29 04:47:43 lab kernel: " KILL,
		  1 },
		/* Cut at its beginning. */
		{ "EVIL=x\nMESSAGE=x\n\n__CURSOR=s=5\nMESSAGE=" KILL "\n_TRANSPORT=kernel\n", 1 },
		/* Identifiers of programs that look like fields of syslog. */
		{ "Nov 29 04:47:42 lab kernel [7]: X - " KILL, 0 },
		{ "Nov 29 04:47:42 lab kernel - - - " KILL "[7]: x", 0 },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(logs); i++) {
		size_t n = 0;

		feed_as_file(logs[i].text, strlen(logs[i].text), count_kills, &n);
		unit_number(logs[i].text, (int64_t)n, (int64_t)logs[i].n);
	}
}

/* A value with a newline has its length before it, and may look like other entries. */
static void binary_fields(void **state)
{
#define VALUE "x\n\n__CURSOR=s=6\n_TRANSPORT=kernel\nMESSAGE=" KILL "\n"
	static const char foreign[] = "__CURSOR=s=5\nMESSAGE\n"
				      "\x89\0\0\0\0\0\0\0" VALUE "\n_TRANSPORT=syslog\n\n";
	static const char own[] = "__CURSOR=s=5\n_TRANSPORT=kernel\nMESSAGE\n"
				  "\x5e\0\0\0\0\0\0\0" KILL "\n\n";
	static const char ten[] = "__CURSOR=s=5\n_TRANSPORT=kernel\nX\n"
				  "\n\0\0\0\0\0\0\0"
				  "012345678\n\nMESSAGE=" KILL "\n";
	size_t n = 0;

	(void)state;
	unit_number("length of the value", sizeof(VALUE) - 1, 0x89);
	unit_number("length of the message", sizeof(KILL) - 1, 0x5e);
	feed_as_file(foreign, sizeof(foreign) - 1, count_kills, &n);
	unit_number("kills in the value of a program", (int64_t)n, 0);
	feed_as_file(own, sizeof(own) - 1, count_kills, &n);
	unit_number("kills in the value of the kernel", (int64_t)n, 1);
	feed_as_file(ten, sizeof(ten) - 1, count_kills, &n);
	unit_number("kills behind a length of a newline", (int64_t)n, 2);
}

struct records {
	int64_t report, kills[4];
	size_t n;
};

static void take_records(void *arg, struct report *r)
{
	struct records *seen = arg;

	seen->report = r->time.record;
	for (size_t i = 0; i < r->n_kills && seen->n < 4; i++)
		seen->kills[seen->n++] = r->kills[i].time.record;
}

/* Each kill has the number of its own record, and text in a message is none. */
static void numbers_of_records(void **state)
{
	static const char *const lines[] = {
		"4,100,5000000,-;hog invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, "
		"oom_score_adj=0",
		"6,101,5000001,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,"
		"mems_allowed=0,oom_memcg=/a,task_memcg=/a,task=hog,pid=50,uid=0",
		"3,103,5000002,-;Memory cgroup out of memory: Killed process 50 (hog) "
		"total-vm:10240kB, anon-rss:9000kB, file-rss:0kB, shmem-rss:0kB, UID:0 "
		"pgtables:40kB oom_score_adj:0",
		"6,104,5000003,-;Tasks in /a are going to be killed due to memory.oom.group set",
		"3,105,5000004,-;Memory cgroup out of memory: Killed process 51 (6,7,8,-;x) "
		"total-vm:10240kB, anon-rss:9000kB, file-rss:0kB, shmem-rss:0kB, UID:0 "
		"pgtables:40kB oom_score_adj:0",
		"6,106,5000005,-;oom_reaper: reaped process 50 (hog), now anon-rss:0kB, "
		"file-rss:0kB, shmem-rss:0kB",
	};
	struct records seen = { .n = 0 };
	struct report_options options = { .done = take_records, .arg = &seen };
	struct report_parser *p = report_begin(&options);

	(void)state;
	assert_non_null(p);
	assert_false(report_is_pending(p));
	for (size_t i = 0; i < UNIT_LENGTH(lines); i++) {
		uint64_t before = report_n_used(p);

		assert_int_equal(report_feed(p, lines[i], strlen(lines[i])), 0);
		assert_true(report_is_pending(p));
		assert_true(report_n_used(p) > before);
		/* A program's message is not about the report. */
		before = report_n_used(p);
		assert_int_equal(report_feed(p, "14,109,5000006,-;noise", 22), 0);
		unit_number("used", (int64_t)report_n_used(p), (int64_t)before);
	}
	report_flush(p);
	assert_false(report_is_pending(p));
	unit_number("report", seen.report, 103);
	unit_number("kills", (int64_t)seen.n, 2);
	unit_number("victim", seen.kills[0], 103);
	unit_number("group", seen.kills[1], 105);
	report_end(p);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefixes_do_not_change_the_report),
		cmocka_unit_test(members_on_separate_lines_are_read),
		cmocka_unit_test(times_are_read),
		cmocka_unit_test(kills_forged_by_programs_are_ignored),
		cmocka_unit_test(messages_of_programs),
		cmocka_unit_test(binary_fields),
		cmocka_unit_test(numbers_of_records),
	};

	return UNIT_RUN(argc, argv, tests);
}
