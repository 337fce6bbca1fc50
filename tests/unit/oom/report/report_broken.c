/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report_broken: logs that are cut, mixed or forged: a report must contain only what was in
 * them.
 */
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

/* Each line in turn is missing. */
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

/* Two CPUs print at once: the caller field of each line distinguishes them. */
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

static char cgroup_read[REPORT_PATH];

static void take_cgroup(void *arg, struct report *r)
{
	(void)arg;
	snprintf(cgroup_read, sizeof(cgroup_read), "%s", r->task_memcg);
}

/* Only records of /dev/kmsg escape the backslash, which systemd has in names. */
static void cgroups_with_backslashes(void **state)
{
	static const struct {
		const char *prefix, *path, *decoded;
	} cases[] = {
		{ "3,339,5140900,-;", "/a-qemu\\x5cx2d1.scope", "/a-qemu\\x2d1.scope" },
		{ "3,339,5140900,-;", "/\\xc3\\xa9\\x5cx5c", "/\xc3\xa9\\x5c" },
		{ "[ 5.140900] ", "/a-qemu\\x2d1.scope", "/a-qemu\\x2d1.scope" },
		{ "[ 5.140900] ", "/a\\x5cb\\xc3\\xa9", "/a\\x5cb\\xc3\\xa9" },
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		*cgroup_read = '\0';
		snprintf(text, sizeof(text),
			 "%soom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,"
			 "mems_allowed=0,global_oom,task_memcg=%s,task=a,pid=7,uid=0",
			 cases[i].prefix, cases[i].path);
		feed_text_to(text, "%s", take_cgroup, NULL);
		unit_text(cases[i].path, cgroup_read, cases[i].decoded);
	}
}

/* A process can have any name of 15 bytes. */
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

/* Text that is no kill: quotes in other programs' messages, sentences, ordinary lines. */
static void no_kills(void **state)
{
	static const char *const lines[] = {
		"myapp: Out of memory: Killed process 7 (x) total-vm:8kB, anon-rss:4kB, file-rss:0kB",
		"Killed process 7 (x)",
		"Killing process 7 (x) score 5 or sacrifice child",
		"systemd-oomd killed 3 process(es)",
		"page allocation failure: order:4, mode:0x40dc0",
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

/*
 * Sixteen kills within a second: the kernel prints ten reports and all "Killed" lines; each is a
 * separate kill.
 */
static void kill_lines_without_reports(void **state)
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

struct seen {
	size_t n_reports, n_rows, n_stats;
	int64_t killed, limit;
	char asker[64];
	bool has_panic;
};

static void take_seen(void *arg, struct report *r)
{
	struct seen *s = arg;

	s->n_reports++;
	s->n_rows += r->n_rows;
	s->n_stats += r->n_stats;
	s->limit = r->memory.limit_kib;
	for (size_t i = 0; i < r->n_kills; i++)
		s->killed = s->killed == X || s->killed == r->kills[i].pid ? r->kills[i].pid : -1;
	snprintf(s->asker, sizeof(s->asker), "%s", r->asker);
	s->has_panic |= *r->panic != 0;
}

/* A user names a cgroup like a kernel line, in 255 bytes: only its path in the report changes. */
static void hostile_cgroups(void **state)
{
#define KILL "Killed process 1 (init) total-vm:8kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB"
	static const char *const names[] = {
		"Out of memory: " KILL,
		"x: Memory cgroup out of memory: " KILL,
		"[ 1.5] Out of memory: " KILL,
		"x:[ 1.5] Out of memory: " KILL,
		"kernel: Out of memory: " KILL,
		"Nov 29 04:47:42 host kernel: Out of memory: " KILL,
		"<4>Out of memory: " KILL,
		"Out of memory: Kill process 1 (init) score 9 or sacrifice child",
		"Kernel panic - not syncing: Out of memory: system-wide panic_on_oom is enabled",
		"sshd invoked oom-killer: gfp_mask=0xcc0, order=0, oom_score_adj=0",
		" invoked oom-killer: gfp_mask=0xcc0, order=0, oom_score_adj=0",
		" cpuset=x mems_allowed=0",
		"[    1]     0     1    99999    99999    53248        0             0 init",
		"oom_reaper: reaped process 50 (hog), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB",
		"x#012Memory cgroup out of memory: " KILL "#012",
		"x#012[ 1]     0     1    99999    99999    53248        0             0 init#012",
		"x#012memory: usage 1kB, limit 1kB, failcnt 1#012",
		"x\\x5cx0amemory: usage 1kB, limit 1kB, failcnt 1\\x5cx0a",
		"x#012anon 5#012",
		"x#012CPU: 0 PID: 1 Comm: init Not tainted 2.6.32 #1#012",
	};
	static const char *const styles[] = {
		"%s",
		"[   10.500000] %s",
		"Apr  8 06:06:06 host kernel: %s",
		"6,19685388,241227987625,-,caller=T12845;%s",
		"{\"_TRANSPORT\":\"kernel\",\"MESSAGE\":\"%s\"}",
	};
	static const char form[] =
		"hog invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
		"hog cpuset=/%s mems_allowed=0\n"
		"Task in /%s killed as a result of limit of /%s\n"
		"memory: usage 10240kB, limit 10240kB, failcnt 9\n"
		"Memory cgroup stats for /%s:\n"
		"[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name\n"
		"[     50]  1000    50     2560     2500    40960        0             0 hog\n"
		"Memory cgroup stats for /%s:\n"
		"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=%s,mems_allowed=0,"
		"oom_memcg=/%s,task_memcg=/%s,task=hog,pid=50,uid=1000\n"
		"Memory cgroup out of memory: Killed process 50 (hog) total-vm:10240kB, "
		"anon-rss:9000kB, file-rss:0kB, shmem-rss:0kB, UID:1000 pgtables:40kB "
		"oom_score_adj:0\n"
		"Tasks in /%s are going to be killed due to memory.oom.group set\n";
	static char text[FEED_MAX];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(names) * UNIT_LENGTH(styles); i++) {
		const char *n = names[i / UNIT_LENGTH(styles)],
			   *style = styles[i % UNIT_LENGTH(styles)];
		struct seen s = { .killed = X };

		/* JSON has no such escape. */
		if (*style == '{' && strchr(n, '\\'))
			continue;
		snprintf(text, sizeof(text), form, n, n, n, n, n, n, n, n, n);
		feed_text_to(text, style, take_seen, &s);
		if (s.n_reports != 1 || s.killed != 50 || s.n_rows != 1 || s.limit != 10240 ||
		    s.n_stats || strcmp(s.asker, "hog") != 0 || s.has_panic)
			fail_msg("'%s' in '%s': %zu reports, pid %lld, %zu rows, limit %lld, %zu "
				 "numbers, asker '%s', panic %d",
				 n, style, s.n_reports, (long long)s.killed, s.n_rows,
				 (long long)s.limit, s.n_stats, s.asker, s.has_panic);
	}
#undef KILL
}

static void count_groups(void *arg, struct report *r)
{
	*(size_t *)arg += r->is_group;
}

/* The cgroup's name is missing: its end must not be searched before its start. */
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
		cmocka_unit_test(cgroups_with_backslashes),
		cmocka_unit_test(hostile_names),
		cmocka_unit_test(split_name),
		cmocka_unit_test(no_kills),
		cmocka_unit_test(kill_lines_without_reports),
		cmocka_unit_test(group_without_a_name),
		cmocka_unit_test(hostile_cgroups),
	};

	return UNIT_RUN(argc, argv, tests);
}
