/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report: one log for each change of the kernel's text since 2.6.9; the expected values were read
 * from it by hand.
 */
#include "unit.h"

#include "oom/report/report.h"
#include "report_feed.h"

#define X REPORT_ABSENT

struct expected_kill {
	int64_t pid, uid, adj, score, total_vm, anon, file, shmem, tables, chosen_pid;
	const char *name, *chosen_name;
	enum report_role role;
	enum report_reaped reaped;
	int64_t row;
	bool is_repeated;
};

struct expected {
	const char *log;
	enum report_kind kind;
	const char *asker;
	int64_t asker_pid, asker_adj, asker_old_adj, gfp, order;
	const char *gfp_text, *release, *memcg, *task_memcg, *cpuset, *mems;
	int64_t limit_kib, ram, reserved, swap_kib, page_kib;
	size_t n_rows, n_zones, n_counts, n_stats, n_kills;
	struct expected_kill kills[3];
};

#define VICTIM        REPORT_VICTIM, REPORT_NOT_SEEN
#define VICTIM_REAPED REPORT_VICTIM, REPORT_REAPED

/* clang-format off */
static const struct expected all[] = {
	{ "2.6.09-global", REPORT_GLOBAL, "", X, X, X, 0xd0, X, "", "", "", "", "", "",
	  X, 262019, 3103, X, 4, 0, 2, 9, 0, 1,
	  { { 3041, X, X, X, X, X, X, X, X, X, "named", "", VICTIM, X, false } } },
	{ "2.6.18-global", REPORT_GLOBAL, "", X, X, X, 0x201d2, 0, "", "", "", "", "", "",
	  X, 131016, 2503, 524280, 4, 0, 2, 10, 0, 1,
	  { { 2601, X, X, 15218, X, X, X, X, X, 2592, "httpd", "httpd", VICTIM, X, false } } },
	{ "2.6.24-global", REPORT_GLOBAL, "bash", 4011, X, 0, 0x201d2, 0, "", "2.6.24-26-server", "", "", "", "",
	  X, 131072, 2221, 0, X, 0, 1, 10, 0, 1,
	  { { 1896, X, X, 88120, X, X, X, X, X, 1893, "java", "tomcat", VICTIM, X, false } } },
	{ "2.6.27-cpuset", REPORT_CPUSET, "stress", 2210, X, -4, 0x1280d2, 0, "", "2.6.27.19", "", "", "", "",
	  X, X, X, X, X, 2, 0, 0, 0, 1,
	  { { 2210, 1000, X, 4021, X, X, X, X, X, 2209, "stress", "stress", VICTIM, 1, false } } },
	{ "2.6.32-memcg", REPORT_MEMCG, "memhog", 5512, X, 2, 0xd0, 0, "", "2.6.32.8",
	  "/batch", "/batch/job7", "/", "0", 65536, X, X, X, X, 2, 0, 17, 0, 1,
	  { { 5512, 501, X, 120608, X, X, X, X, X, 5498, "memhog", "sh", VICTIM, 1, false } } },
	{ "2.6.34-mempolicy", REPORT_MEMPOLICY, "numatest", 3301, X, 0, 0x280da, 0, "", "2.6.34.1",
	  "", "", "/", "0-1", X, X, X, X, X, 0, 0, 0, 0, 1,
	  { { 3301, X, X, 0, 4194448, 2088960, 212, X, X, X, "numatest", "", VICTIM, X, false } } },
	{ "2.6.32-el6-classic", REPORT_GLOBAL, "big_mm", 24894, 0, 0, 0x280da, 0, "", "2.6.32-220.el6.x86_64",
	  "", "", "/", "0", X, 2097151, 67001, 0, 4, 5, 2, 17, 0, 1,
	  { { 24894, 55120, X, 646, 2301932, 2228452, 24, X, X, 24893, "big_mm", "loader", VICTIM, 4, false } } },
	{ "3.2-panic", REPORT_UNKNOWN, "stress", 900, 0, 0, 0x280da, 0, "", "3.2.0-4-amd64",
	  "", "", "", "", X, X, X, X, X, 0, 0, 0, 0, 0, { { 0 } } },
	{ "3.4-global", REPORT_GLOBAL, "java", 1799, 0, 0, 0x201da, 0, "", "3.4.0-1-amd64",
	  "", "", "/", "0", X, 262141, 7310, 262140, 4, 3, 0, 0, 0, 1,
	  { { 1799, 1001, X, 401, 1608440, 407900, 68, X, X, X, "java", "", VICTIM, 2, false } } },
	{ "3.9-memcg", REPORT_MEMCG, "memtest", 1211, 0, X, 0xd0, 0, "", "3.9.11",
	  "/a", "/a/b", "/", "0", 30720, X, X, X, 4, 1, 0, 0, 10, 1,
	  { { 1211, 1000, X, 753, 36000, 30600, 200, X, X, X, "memtest", "", VICTIM, 0, false } } },
	{ "3.10-global", REPORT_GLOBAL, "sed", 29481, 0, X, 0x201da, 0, "", "3.10.0-514.el7.x86_64",
	  "", "", "/", "0-1", X, 196608, 12288, 0, 4, 3, 0, 19, 0, 1,
	  { { 2201, 27, X, 535, 1240440, 393216, 0, 0, X, X, "mysqld", "", VICTIM, 1, false } } },
	{ "3.16-memcg-torn", REPORT_MEMCG, "apache2", 811, 0, X, 0xd0, 0, "", "3.16.0-4-amd64",
	  "/lxc", "/lxc/web", "web", "0", 131072, X, X, X, 4, 2, 0, 0, 10, 1,
	  { { 811, 33, X, 982, 160084, 128000, 400, X, X, X, "apache2", "", VICTIM, 1, false } } },
	{ "4.3-sharing", REPORT_GLOBAL, "vm", 700, 0, X, 0x280da, 0, "", "4.3.6",
	  "", "", "/", "0", X, 131072, 4096, 0, 4, 3, 0, 0, 0, 2,
	  { { 700, 1000, X, 797, 480000, 403600, 400, X, X, X, "vm", "", VICTIM, 1, false },
	    { 701, 1000, X, X, X, X, X, X, X, X, "vm-twin", "", REPORT_SHARER, REPORT_NOT_SEEN, 2, false } } },
	{ "4.6-global", REPORT_GLOBAL, "tar", 415, 0, X, 0x24201ca, 0, "GFP_HIGHUSER_MOVABLE|__GFP_COLD", "4.6.0",
	  "", "", "/", "0", X, 131072, 4096, 524284, 4, 2, 0, 0, 0, 1,
	  { { 400, 1000, X, 660, 880000, 439600, 400, 0, X, X, "builder", "", VICTIM_REAPED, 1, false } } },
	{ "4.8-giving-up", REPORT_GLOBAL, "make", 410, 0, X, 0x24280ca, 0, "GFP_HIGHUSER_MOVABLE|__GFP_ZERO", "4.8.17",
	  "", "", "/", "0", X, 131072, 4096, X, 4, 2, 0, 0, 0, 1,
	  { { 415, 1000, X, 870, 520800, 440800, 400, 0, X, X, "cc1plus", "", REPORT_VICTIM, REPORT_STUCK, 1, false } } },
	{ "4.9-memcg-panic", REPORT_MEMCG, "dd", 611, 0, X, 0x24000c0, 0, "GFP_KERNEL", "4.9.0-19-amd64",
	  "/batch", "", "/", "0", 51200, X, X, X, X, 1, 0, 0, 12, 0, { { 0 } } },
	{ "4.12-memcg", REPORT_MEMCG, "node", 9120, 999, X, 0x14000c0, 0, "GFP_KERNEL", "4.12.14",
	  "/kubepods/burstable/pod7a", "/kubepods/burstable/pod7a/1f0c", "docker-1f0c.scope", "0",
	  262144, X, X, X, 4, 2, 0, 0, 13, 1,
	  { { 9120, 1000, X, 1987, 1040400, 257600, 2000, 0, X, X, "node", "", VICTIM_REAPED, 1, false } } },
	{ "4.17-global", REPORT_GLOBAL, "convert", 622, 0, X, 0x6280ca, 0, "GFP_HIGHUSER_MOVABLE|__GFP_ZERO", "4.17.0",
	  "", "", "/", "0", X, 131072, 4096, 0, 4, 2, 0, 0, 0, 1,
	  { { 622, 1000, X, 907, 800000, 459600, 400, 0, X, X, "convert", "", VICTIM, 1, false } } },
	{ "4.19-oom-group", REPORT_MEMCG, "a_worker", 683, 0, X, 0x6000c0, 0, "GFP_KERNEL", "4.19.0",
	  "/g", "/g/a", "/", "0", 40960, X, X, X, 4, 3, 0, 0, 0, 3,
	  { { 683, 0, X, 891, 40840, 36000, 400, 0, X, X, "a_worker", "", VICTIM, 1, false },
	    { 683, X, X, X, 40840, 36000, 400, 0, X, X, "a_worker", "", REPORT_GROUP, REPORT_REAPED, X, true },
	    { 684, 0, X, X, 8840, 2400, 400, 0, X, X, "b_helper", "", REPORT_GROUP, REPORT_NOT_SEEN, 2, false } } },
	{ "5.0-memcg", REPORT_MEMCG, "leaker", 2010, 0, X, 0x6000c0, 0, "GFP_KERNEL", "5.0.0",
	  "/leak", "/leak", "/", "0", 51200, X, X, X, 4, 1, 0, 0, 12, 1,
	  { { 2010, 100, X, 987, 53600, 50000, 400, 0, X, X, "leaker", "", VICTIM, 0, false } } },
	{ "5.2-cpuset", REPORT_CPUSET, "trig", 95, 0, X, 0xcc0, 2, "GFP_KERNEL", "5.2.0",
	  "", "/c1", "c1", "1", X, X, X, X, 4, 2, 0, 0, 0, 1,
	  { { 95, 0, X, X, 120000, 111600, 400, 0, X, X, "trig", "", VICTIM, 1, false } } },
	/* Bytes that the kernel calls kB: 2007040 bytes are 1960 KiB. */
	{ "5.4-bytes", REPORT_GLOBAL, "python3", 28600, 0, X, 0x100cca, 0, "GFP_HIGHUSER_MOVABLE", "5.4.6",
	  "", "/system.slice/obs.service", "/", "0", X, 262144, 8192, 0, 4, 2, 0, 0, 0, 1,
	  { { 28600, 399, 0, X, 1000000, 959000, 1000, 0, 1960, X, "python3", "", REPORT_VICTIM, REPORT_STUCK,
	      1, false } } },
	{ "5.6-no-killable-panic", REPORT_UNKNOWN, "swapper/0", 1, 0, X, 0x100cc2, 0, "GFP_HIGHUSER", "5.6.0",
	  "", "", "", "", X, 2048, 666, X, X, 0, 0, 0, 0, 0, { { 0 } } },
	{ "5.9-exiting", REPORT_GLOBAL, "sshd", 501, 0, X, 0xcc0, 0, "GFP_KERNEL", "5.9.16",
	  "", "/", "/", "0", X, 65536, 2048, X, X, 2, 0, 0, 0, 0, { { 0 } } },
	{ "5.10-memcg-v2", REPORT_MEMCG, "httpd (worker)", 771, 100, X, 0xcc0, 0, "GFP_KERNEL", "5.10.0-28-amd64",
	  "/system.slice/httpd.service", "/system.slice/httpd.service", "/", "0", 204800, X, X, X, 4, 3, 0, 0, 7, 1,
	  { { 771, 48, 100, X, 240800, 183000, 1000, 0, 440, X, "httpd (worker)", "", VICTIM_REAPED, 1, false } } },
	{ "5.14-sysrq", REPORT_GLOBAL, "kworker/0:2", 735, 0, X, 0xcc0, -1, "GFP_KERNEL", "5.14.0-70.el9.x86_64",
	  "", "/system.slice/unattended-upgrades.service", "/", "0", X, 65536, 3000, 0, 4, 2, 0, 0, 0, 1,
	  { { 651, 0, 0, X, 108020, 8380, 12548, 0, 104, X, "unattended-upgr", "", VICTIM, 1, false } } },
	{ "5.15-allocating", REPORT_GLOBAL, "eater", 512, 0, X, 0x1100cca, 0, "GFP_HIGHUSER_MOVABLE",
	  "5.15.0-91-generic", "", "/", "/", "0", X, 65536, 3000, 0, 4, 2, 0, 0, 0, 1,
	  { { 512, 1000, 0, X, 48000, 35600, 400, 0, 116, X, "eater", "", VICTIM, 1, false } } },
	{ "6.8-global", REPORT_GLOBAL, "chrome", 4411, 100, X, 0x140cca, 0, "GFP_HIGHUSER_MOVABLE|__GFP_COMP",
	  "6.8.0-31-generic", "",
	  "/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-code-3300.scope",
	  "user.slice", "0", X, 2036000, 86000, 2097148, 4, 4, 2, 20, 0, 1,
	  { { 2200, 1000, 0, X, 3600000, 2760000, 40000, 0, 6400, X, "rust-analyzer", "", VICTIM_REAPED, 1,
	      false } } },
	/* 64 KiB pages: 100544 KiB are 1571 of them. */
	{ "6.12-memcg-v2", REPORT_MEMCG, "test_zswap", 177372, 0, X, 0xcc0, 0, "GFP_KERNEL", "6.12.9",
	  "/box", "/box/in", "/", "0", 65536, X, X, X, 64, 2, 0, 0, 3, 1,
	  { { 177372, 0, 0, X, 100544, 60160, 640, 0, 52, X, "test_zswap", "", VICTIM, 1, false } } },
	{ "7.9-new-column", REPORT_GLOBAL, "hog", 90, 0, X, 0x140cca, 0, "GFP_HIGHUSER_MOVABLE|__GFP_COMP", "7.9.0",
	  "", "/", "/", "0", X, 65536, 3000, 0, 4, 2, 0, 0, 0, 1,
	  { { 90, 1000, 0, X, 240000, 196000, 4000, 0, 448, X, "hog", "", VICTIM, 1, false } } },
};
/* clang-format on */

struct context {
	const struct expected *e;
	size_t n;
};

static const char *current;

static void check(const char *what, int64_t got, int64_t want)
{
	char name[96];

	snprintf(name, sizeof(name), "%s: %s", current, what);
	unit_number(name, got, want);
}

static void check_text(const char *what, const char *got, const char *want)
{
	char name[96];

	snprintf(name, sizeof(name), "%s: %s", current, what);
	unit_text(name, got, want);
}

static void check_kill(const struct report_kill *k, const struct expected_kill *e)
{
	check("pid", k->pid, e->pid);
	check("uid", k->uid, e->uid);
	check("adj", k->adj, e->adj);
	check("score", k->score, e->score);
	check("total_vm", k->total_vm_kib, e->total_vm);
	check("anon", k->anon_kib, e->anon);
	check("file", k->file_kib, e->file);
	check("shmem", k->shmem_kib, e->shmem);
	check("pgtables", k->pgtables_kib, e->tables);
	check("chosen pid", k->chosen_pid, e->chosen_pid);
	check_text("name", k->name, e->name);
	check_text("chosen name", k->chosen_name, e->chosen_name);
	check("role", k->role, e->role);
	check("reaped", k->reaped, e->reaped);
	check("row", k->row, e->row);
	check("repeated", k->is_repeated, e->is_repeated);
}

static void check_report(void *arg, struct report *r)
{
	struct context *c = arg;
	const struct expected *e = c->e;

	c->n++;
	check("kind", r->kind, e->kind);
	check_text("asker", r->asker, e->asker);
	check("asker's pid", r->asker_pid, e->asker_pid);
	check("asker's adj", r->asker_adj, e->asker_adj);
	check("asker's oom_adj", r->asker_old_adj, e->asker_old_adj);
	check("gfp_mask", r->gfp_mask, e->gfp);
	check("order", r->order, e->order);
	check_text("gfp_text", r->gfp_text, e->gfp_text);
	check_text("release", r->release, e->release);
	check_text("memcg", r->memcg, e->memcg);
	check_text("task_memcg", r->task_memcg, e->task_memcg);
	check_text("cpuset", r->cpuset, e->cpuset);
	check_text("mems", r->mems, e->mems);
	check("limit", r->memory.limit_kib, e->limit_kib);
	check("RAM", r->ram_pages, e->ram);
	check("reserved", r->reserved_pages, e->reserved);
	check("swap", r->swap_total_kib, e->swap_kib);
	check("page", r->page_kib, e->page_kib);
	check("rows", (int64_t)r->n_rows, (int64_t)e->n_rows);
	check("zones", (int64_t)r->n_zones, (int64_t)e->n_zones);
	check("counts", (int64_t)r->n_counts, (int64_t)e->n_counts);
	check("stats", (int64_t)r->n_stats, (int64_t)e->n_stats);
	check("kills", (int64_t)r->n_kills, (int64_t)e->n_kills);
	for (size_t i = 0; i < e->n_kills; i++)
		check_kill(&r->kills[i], &e->kills[i]);
}

static void each_era_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(all); i++) {
		struct context c = { &all[i], 0 };

		current = all[i].log;
		feed_load(current);
		feed_all("%s", check_report, &c);
		check("reports", (int64_t)c.n, 1);
	}
}

/* Values that do not fit into the table of numbers. */
static void check_details(void *arg, struct report *r)
{
	(void)arg;
	if (strcmp(current, "4.19-oom-group") == 0) {
		check("group", r->is_group, true);
		check_text("its cgroup", r->group_memcg, "/g");
	} else if (strcmp(current, "5.6-no-killable-panic") == 0) {
		check("no victim", r->has_no_victim, true);
		check_text("panic", r->panic, "System is deadlocked on memory");
	} else if (strcmp(current, "3.2-panic") == 0) {
		check_text("panic", r->panic, "Out of memory: system-wide panic_on_oom is enabled");
	} else if (strcmp(current, "4.9-memcg-panic") == 0) {
		check_text("panic", r->panic, "Out of memory: compulsory panic_on_oom is enabled");
		check_text("nodemask", r->nodemask, "0");
	} else if (strcmp(current, "5.9-exiting") == 0) {
		/* Chosen but not killed: it was already exiting. */
		check_text("chosen", r->chosen_name, "php");
		check("its pid", r->chosen_pid, 777);
		check("its user", r->chosen_uid, 33);
	} else if (strcmp(current, "5.14-sysrq") == 0) {
		check("sysrq", r->is_sysrq, true);
	} else if (strcmp(current, "5.15-allocating") == 0) {
		check("allocating", r->is_allocating, true);
	} else if (strcmp(current, "7.9-new-column") == 0) {
		check_text("new column", r->extra_names[0], "rss_gpu");
		check("its value", r->rows[1].extra[0], 3400);
		check("adj behind it", r->rows[1].task.adj, 0);
		check_text("name behind it", r->rows[1].task.name, "hog");
	} else if (strcmp(current, "6.8-global") == 0) {
		check("swap of a row", (int64_t)r->rows[1].task.swap, 200000);
		check("rss_shmem of a row", (int64_t)r->rows[2].task.rss_shmem, 2000);
		check("min of Normal", r->zones[1].min_kib, 45300);
		check("reserve of DMA32", r->zones[0].reserve[3], 5700);
		check("blocks of 16 KiB", r->zones[0].blocks[2], 250);
		check("slab_reclaimable",
		      report_find_count(r->counts, r->n_counts, "slab_reclaimable"), 21000);
		check("kernel_stack", r->kernel_stack_kib, 24000);
	} else if (strcmp(current, "3.16-memcg-torn") == 0) {
		/* 0 of /lxc itself and 130048 KiB of /lxc/web */
		check("rss", report_find_count(r->stats, r->n_stats, "rss"), 130048 * 1024);
	} else if (strcmp(current, "5.10-memcg-v2") == 0) {
		check("anon", report_find_count(r->stats, r->n_stats, "anon"), 190000000);
		check("swap limit", r->swap.limit_kib, 10240);
	}
}

static void details_are_kept(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(all); i++) {
		current = all[i].log;
		feed_load(current);
		feed_all("%s", check_details, NULL);
	}
}

static void take_pid(void *arg, struct report *r)
{
	*(int64_t *)arg = r->kills->pid;
}

/* A kill's line may be wrapped, until another record follows, also of a program. */
static void lines_behind_a_kill_are_skipped(void **state)
{
	static const char kill[] =
		"Apr 18 16:56:16 host kernel: Out of memory: Killed process 7 (a) total-vm:8kB, "
		"anon-rss:4kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0";
	static const char other[] = "Apr 18 16:56:17 host sshd[9]: Accepted publickey";
	int64_t pid = 0;
	struct report_options options = { .done = take_pid, .arg = &pid };
	struct report_parser *p = report_begin(&options);

	(void)state;
	assert_non_null(p);
	assert_int_equal(report_feed(p, kill, strlen(kill)), 0);
	assert_true(report_wants_lines(p));
	assert_int_equal(report_feed(p, other, strlen(other)), 0);
	assert_false(report_wants_lines(p));
	assert_true(report_is_pending(p));
	report_flush(p);
	report_end(p);
	check("pid", pid, 7);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_era_is_read),
		cmocka_unit_test(details_are_kept),
		cmocka_unit_test(lines_behind_a_kill_are_skipped),
	};

	return UNIT_RUN(argc, argv, tests);
}
