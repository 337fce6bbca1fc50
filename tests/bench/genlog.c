/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes a syslog with OOM reports among ordinary lines. The same SEED gives the same log.
 *
 *	genlog [-s SEED] [-n REPORTS] MIB FILE
 *
 * The reports are spread evenly. They have the forms of seven kernels in turn, and tables of 20 to
 * 200 rows; every third is about a memory cgroup. A quarter of the ordinary lines contains "room"
 * or "zoom", which a search for "oom" finds. Exit: 0, 1 failed, 2 wrong usage.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_MIB = 16384, MAX_REPORTS = 100000, MIN_ROWS = 20, MAX_ROWS = 200 };

enum task_dump { CPU_OOM_ADJ, NR_PTES, PGTABLES, PGTABLES_WIDE, RSS_DETAIL };

/* The parts of a report that differ between kernels. */
struct era {
	const char *release;
	const char *gfp; /* gfp_mask of the first line */
	enum task_dump layout;
	bool has_summary; /* "oom-kill:constraint=...", in place of "cpuset=" and "Task in" */
};

static const struct era eras[] = {
	{ "2.6.32-754.el6.x86_64", "0x280da", CPU_OOM_ADJ, false },
	{ "3.10.0-1160.el7.x86_64", "0x280da", NR_PTES, false },
	{ "4.18.0-17-generic", "0x6200ca(GFP_HIGHUSER_MOVABLE), nodemask=(null)", PGTABLES, false },
	{ "5.4.0-150-generic", "0x100cca(GFP_HIGHUSER_MOVABLE)", PGTABLES_WIDE, true },
	{ "5.15.0-91-generic", "0x1100cca(GFP_HIGHUSER_MOVABLE)", PGTABLES_WIDE, true },
	{ "6.1.0-18-amd64", "0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP)", PGTABLES_WIDE, true },
	{ "6.12.9-amd64", "0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP)", RSS_DETAIL, true },
};

static const char *const headings[] = {
	[CPU_OOM_ADJ] = "[ pid ]   uid  tgid total_vm      rss cpu oom_adj oom_score_adj name",
	[NR_PTES] = "[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name",
	[PGTABLES] =
		"[ pid ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name",
	[PGTABLES_WIDE] = "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents "
			  "oom_score_adj name",
	[RSS_DETAIL] = "[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem "
		       "pgtables_bytes swapents oom_score_adj name",
};

static const char *const names[] = {
	"systemd-journal", "sshd", "postgres", "nginx", "java", "php-fpm", "node", "mysqld",
};

/* Text before, between and after two numbers; every fourth has "oom" in another word. */
static const char *const ordinary[][3] = {
	{ "systemd[1]: Started session-", ".scope - Session ", " of user deploy." },
	{ "sshd[", "]: Accepted publickey for deploy from 192.0.2.17 port 5", " ssh2: ED25519" },
	{ "nginx[", "]: 198.51.100.4 \"GET /api/v2/items/", " HTTP/1.1\" 200 5316 \"-\" \"curl\"" },
	{ "meetingd[", "]: room ", ": participant joined, bitrate 1200 kbit/s, codec opus" },
	{ "CRON[", "]: (root) CMD (run-parts /etc/cron.hourly --arg=", ") as scheduled" },
	{ "kubelet[", "]: I0412 reconciler.go:", "] volume mounted for pod web-7f9c6d-k2x" },
	{ "postgres[", "]: LOG:  checkpoint complete: wrote ", " buffers; write=26.9 s" },
	{ "mapd[", "]: tile cache: zoom level 14, tile ", " rendered in 41 ms, kept" },
	{ "kernel: eth", ": renamed from veth", ", link is up at 10 Gbps full duplex" },
	{ "dockerd[", "]: level=info msg=\"health check\" container=", " status=healthy" },
	{ "postfix/smtpd[", "]: connect from mail.example.org[203.0.113.", "]" },
	{ "chatd[", "]: chatroom ", ": message delivered to 12 members, 0 pending" },
	{ "haproxy[", "]: 192.0.2.99:5", " frontend~ app/web3 0/0/1/12/13 200 1843 - - ----" },
	{ "rsyslogd[", "]: action 'action-3-builtin:omfile' resumed, batch of ", " messages" },
	{ "dhclient[", "]: DHCPACK of 10.3.7.", " from 10.3.0.1, bound, renewal in 2631 seconds" },
	{ "bookingd[", "]: showroom reservation ", " confirmed, mail queued for delivery" },
};

struct row {
	unsigned int pid, uid, name;
	unsigned long total_vm, rss, pgtables_kib;
	int adj;
};

static uint64_t random_state;
static uint64_t written;
static unsigned int clock_s;
static FILE *out;

/* xorshift64*: the same numbers on every machine. */
static unsigned int random_below(unsigned int limit)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (unsigned int)((random_state * 0x2545f4914f6cdd1dULL) >> 32) % limit;
}

/* Writes a line with date and host; the dates repeat after 28 days. */
__attribute__((format(printf, 1, 2))) static void line(const char *format, ...)
{
	static unsigned int stamped = ~0U;
	static char text[1024] = "";
	static int stamp_length;
	va_list args;
	int length;

	if (stamped != clock_s) {
		stamp_length = snprintf(text, sizeof(text), "Feb %2u %02u:%02u:%02u web-07 ",
					clock_s / 86400 % 28 + 1, clock_s / 3600 % 24,
					clock_s / 60 % 60, clock_s % 60);
		stamped = clock_s;
	}
	va_start(args, format);
	length = stamp_length + vsnprintf(text + stamp_length,
					  sizeof(text) - (size_t)stamp_length - 1, format, args);
	va_end(args);
	text[length++] = '\n';
	written += fwrite(text, 1, (size_t)length, out);
}

#define KERNEL(format, ...) line("kernel: [%7u.%06u] " format, clock_s, 481516, ##__VA_ARGS__)

static void write_ordinary(void)
{
	const char *const *text = ordinary[random_below(sizeof(ordinary) / sizeof(ordinary[0]))];

	if (random_below(16) == 0)
		clock_s++;
	line("%s%u%s%u%s", text[0], random_below(60000), text[1], random_below(250), text[2]);
}

static unsigned int make_rows(struct row *rows, unsigned int *largest)
{
	unsigned int count = MIN_ROWS + random_below(MAX_ROWS - MIN_ROWS + 1);
	unsigned int pid = 400;

	*largest = random_below(count);
	for (unsigned int i = 0; i < count; i++) {
		struct row *row = &rows[i];

		pid += 1 + random_below(120);
		row->pid = pid;
		row->uid = random_below(4) == 0 ? 0 : 1000 + random_below(40);
		row->name = random_below(sizeof(names) / sizeof(names[0]));
		row->rss = i == *largest ? 500000 + random_below(60000) : random_below(1500);
		row->total_vm = row->rss + 3000 + random_below(90000);
		row->pgtables_kib = (row->total_vm / 512 + 10) * 4;
		row->adj = i != *largest && random_below(16) == 0 ? -1000 : 0;
	}
	return count;
}

static void write_row(enum task_dump layout, const struct row *r)
{
	const char *name = names[r->name];
	unsigned long file = r->rss / 8;

	if (layout == CPU_OOM_ADJ)
		KERNEL("[%5u] %5u %5u %8lu %8lu %3u     %3d         %5d %s", r->pid, r->uid, r->pid,
		       r->total_vm, r->rss, r->pid % 4, r->adj < 0 ? -17 : 0, r->adj, name);
	else if (layout == NR_PTES)
		KERNEL("[%5u] %5u %5u %8lu %8lu %7lu %8lu         %5d %s", r->pid, r->uid, r->pid,
		       r->total_vm, r->rss, r->pgtables_kib / 4, 0UL, r->adj, name);
	else if (layout == PGTABLES)
		KERNEL("[%5u] %5u %5u %8lu %8lu %8lu %8lu         %5d %s", r->pid, r->uid, r->pid,
		       r->total_vm, r->rss, r->pgtables_kib * 1024, 0UL, r->adj, name);
	else if (layout == PGTABLES_WIDE)
		KERNEL("[%7u] %5u %5u %8lu %8lu %8lu %8lu         %5d %s", r->pid, r->uid, r->pid,
		       r->total_vm, r->rss, r->pgtables_kib * 1024, 0UL, r->adj, name);
	else
		KERNEL("[%7u] %5u %5u %8lu %8lu %8lu %8lu %9lu %8lu %8lu         %5d %s", r->pid,
		       r->uid, r->pid, r->total_vm, r->rss, r->rss - file, file, 0UL,
		       r->pgtables_kib * 1024, 0UL, r->adj, name);
}

static void write_global_state(void)
{
	KERNEL("Mem-Info:");
	KERNEL("active_anon:560214 inactive_anon:211043 isolated_anon:0");
	KERNEL(" active_file:217 inactive_file:304 isolated_file:0");
	KERNEL("Node 0 Normal free:45204kB min:45240kB low:56548kB high:67856kB present:3145728kB");
	KERNEL("lowmem_reserve[]: 0 0 0 0");
	KERNEL("Node 0 Normal: 2245*4kB (UE) 732*8kB (UE) 594*16kB (U) 0*4096kB = 45204kB");
	KERNEL("1043 total pagecache pages");
	KERNEL("Free swap  = 0kB");
	KERNEL("Total swap = 0kB");
	KERNEL("1048576 pages RAM");
}

static void write_memcg_state(const struct era *era, const char *path)
{
	if (!era->has_summary)
		KERNEL("Task in %s killed as a result of limit of %s", path, path);
	KERNEL("memory: usage 2621440kB, limit 2621440kB, failcnt 40213");
	if (era->has_summary) {
		KERNEL("swap: usage 0kB, limit 0kB, failcnt 0");
		/* One record of many lines, which syslog writes as one. */
		KERNEL("Memory cgroup stats for %s:%s", path,
		       era->layout == RSS_DETAIL ? "" : "#012anon 2621001728#012file 32768");
		if (era->layout == RSS_DETAIL) {
			KERNEL("anon 2621001728");
			KERNEL("file 32768");
		}
		return;
	}
	KERNEL("memory+swap: usage 2621440kB, limit 9007199254740988kB, failcnt 0");
	if (era->layout != CPU_OOM_ADJ) {
		KERNEL("kmem: usage 9120kB, limit 9007199254740988kB, failcnt 0");
		KERNEL("Memory cgroup stats for %s: cache:32KB rss:2611904KB rss_huge:0KB", path);
	}
}

static void write_kill(const struct era *era, const char *reason, const struct row *r)
{
	const char *name = names[r->name];
	unsigned long total_kib = r->total_vm * 4, file_kib = r->rss / 8 * 4;
	unsigned long anon_kib = r->rss * 4 - file_kib;

	if (era->has_summary) {
		KERNEL("%s: Killed process %u (%s) total-vm:%lukB, anon-rss:%lukB, file-rss:%lukB, "
		       "shmem-rss:0kB, UID:%u pgtables:%lukB oom_score_adj:%d",
		       reason, r->pid, name, total_kib, anon_kib, file_kib, r->uid, r->pgtables_kib,
		       r->adj);
		return;
	}
	KERNEL("%s: Kill process %u (%s) score %lu or sacrifice child", reason, r->pid, name,
	       r->rss * 1000 / 1048576);
	if (era->layout == CPU_OOM_ADJ)
		KERNEL("Killed process %u, UID %u, (%s) total-vm:%lukB, anon-rss:%lukB, "
		       "file-rss:%lukB",
		       r->pid, r->uid, name, total_kib, anon_kib, file_kib);
	else
		KERNEL("Killed process %u (%s) total-vm:%lukB, anon-rss:%lukB, file-rss:%lukB, "
		       "shmem-rss:0kB",
		       r->pid, name, total_kib, anon_kib, file_kib);
}

static void write_report(unsigned int nth)
{
	static struct row rows[MAX_ROWS];
	const struct era *era = &eras[nth % (sizeof(eras) / sizeof(eras[0]))];
	const char *path = nth % 3 == 2 ? "/system.slice/shop.service" : NULL;
	unsigned int largest;
	unsigned int count = make_rows(rows, &largest);
	const struct row *asker = &rows[random_below(count)];
	const struct row *victim = &rows[largest];
	const char *asker_name = names[asker->name];

	KERNEL("%s invoked oom-killer: gfp_mask=%s, order=0, %soom_score_adj=%d", asker_name,
	       era->gfp, era->layout == CPU_OOM_ADJ ? "oom_adj=0, " : "", asker->adj);
	if (!era->has_summary)
		KERNEL("%s cpuset=/ mems_allowed=0", asker_name);
	KERNEL("%sPID: %u Comm: %s Not tainted %s #1",
	       era->layout == RSS_DETAIL ? "CPU: 1 UID: 0 " : "CPU: 1 ", asker->pid, asker_name,
	       era->release);
	KERNEL("Call Trace:");
	KERNEL(" dump_stack+0x41/0x60");
	KERNEL(" dump_header+0x4a/0x1df");
	KERNEL(" oom_kill_process.cold+0xb/0x10");
	KERNEL(" out_of_memory+0x1bd/0x4e0");
	if (path)
		write_memcg_state(era, path);
	else
		write_global_state();
	if (era->layout >= PGTABLES_WIDE)
		KERNEL("Tasks state (memory values in pages):");
	KERNEL("%s", headings[era->layout]);
	for (unsigned int i = 0; i < count; i++)
		write_row(era->layout, &rows[i]);
	if (era->has_summary)
		KERNEL("oom-kill:constraint=%s,nodemask=(null),cpuset=/,mems_allowed=0,%s%s,"
		       "task_memcg=%s,task=%s,pid=%u,uid=%u",
		       path ? "CONSTRAINT_MEMCG" : "CONSTRAINT_NONE",
		       path ? "oom_memcg=" : "global_oom", path ? path : "", path ? path : "/",
		       names[victim->name], victim->pid, victim->uid);
	write_kill(era, path ? "Memory cgroup out of memory" : "Out of memory", victim);
}

static bool number(const char *text, unsigned long max, unsigned long *value)
{
	char *end;

	errno = 0;
	*value = strtoul(text, &end, 10);
	return *text != '-' && end != text && *end == '\0' && errno == 0 && *value <= max;
}

int main(int argc, char **argv)
{
	unsigned long mib, seed = 1, reports = 200;
	uint64_t size;
	int opt;

	while ((opt = getopt(argc, argv, "s:n:")) != -1)
		if (opt == '?' ||
		    !number(optarg, opt == 's' ? ~0UL : MAX_REPORTS, opt == 's' ? &seed : &reports))
			optind = argc;
	if (argc - optind != 2 || !number(argv[optind], MAX_MIB, &mib)) {
		fputs("usage: genlog [-s SEED] [-n REPORTS] MIB FILE\n", stderr);
		return 2;
	}
	out = fopen(argv[optind + 1], "we");
	if (!out) {
		fprintf(stderr, "genlog: %s: %s\n", argv[optind + 1], strerror(errno));
		return 1;
	}
	random_state = seed * 0x9e3779b97f4a7c15ULL | 1;
	size = (uint64_t)mib << 20;
	for (unsigned long nth = 0; nth <= reports; nth++) {
		uint64_t until = size / (reports + 1) * (nth + 1);

		while (written < until && !ferror(out))
			write_ordinary();
		if (nth < reports)
			write_report((unsigned int)nth);
	}
	if (ferror(out) || fclose(out) != 0) {
		fprintf(stderr, "genlog: %s: %s\n", argv[optind + 1], strerror(errno));
		return 1;
	}
	return 0;
}
