/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kill_columns: the columns of the list of log. */
#include <stdio.h>
#include <string.h>

#include "cmd/log/kills.h"

_Static_assert(LIST_UNKNOWN == REPORT_ABSENT, "a number that no report has is unknown in a list");

static const struct kills_row *row_of(const struct cell *c)
{
	return c->row;
}

/* From KiB; negative ones are unknown. */
static void get_kib(struct cell *c)
{
	list_get_number(c);
	c->num = c->num < 0 ? LIST_UNKNOWN : c->num * 1024;
}

static void get_rss(struct cell *c)
{
	int64_t kib = report_resident_kib(&row_of(c)->kill);

	c->num = kib < 0 ? LIST_UNKNOWN : kib * 1024;
}

static void get_seconds(struct cell *c)
{
	if (row_of(c)->has_seconds)
		c->num = row_of(c)->seconds;
}

void kills_where(const struct kills_row *row, char *buf, size_t size)
{
	static const char *const names[] = { "", "machine", "cgroup", "cpuset ", "mempolicy" };
	const char *memcg = row->texts[EVENT_MEMCG], *cpuset = row->texts[EVENT_CPUSET],
		   *openvz = row->texts[EVENT_OPENVZ];

	if (openvz)
		snprintf(buf, size, "OpenVZ container %s", openvz);
	else if (row->kind == REPORT_MEMCG && memcg)
		snprintf(buf, size, "%s", memcg);
	else
		snprintf(buf, size, "%s%s", names[row->kind],
			 row->kind == REPORT_CPUSET && cpuset ? cpuset : "");
}

static void get_where(struct cell *c)
{
	kills_where(row_of(c), c->buf, sizeof(c->buf));
	c->text = *c->buf ? c->buf : NULL;
}

/* Only the number for a log of another machine, which has other users. */
static void get_user(struct cell *c)
{
	const struct kills_row *row = row_of(c);

	c->text = row->user;
	if (row->is_own || row->kill.uid < 0 || row->kill.uid > UINT32_MAX)
		return;
	snprintf(c->buf, sizeof(c->buf), "%lld", (long long)row->kill.uid);
	c->text = c->buf;
}

static void get_kind(struct cell *c)
{
	static const char *const names[] = { NULL, "global", "memcg", "cpuset", "mempolicy" };

	c->text = names[row_of(c)->kind];
}

static void get_by(struct cell *c)
{
	c->text = row_of(c)->by ? row_of(c)->by : "kernel";
}

static void get_points(struct cell *c)
{
	c->num = row_of(c)->points;
	c->bytes = row_of(c)->points_bytes;
}

static void get_reaped(struct cell *c)
{
	static const char *const names[] = { NULL, "yes", "stuck" };

	c->text = names[row_of(c)->kill.reaped];
}

#define AT(member)     offsetof(struct kills_row, member)
#define NUMBER(member) list_get_number, AT(member), 0
#define KIB(member)    get_kib, AT(member), 0
#define TEXT(member)   list_get_text, AT(member), 0
#define CHARS(member)  list_get_chars, AT(member), 0

static const struct column columns[] = {
	{ "nr", NULL, COLUMN_ID, NUMBER(nr), "number of the report, for --show" },
	{ "time", NULL, COLUMN_TEXT, CHARS(time), "time, by the log's clock" },
	{ "where", NULL, COLUMN_PATH, get_where, 0, 0,
	  "where memory ran out: the machine, a cgroup, a cpuset" },
	{ "asked", NULL, COLUMN_CUT, CHARS(asker), "name of the requester of memory" },
	{ "pid", NULL, COLUMN_ID, NUMBER(kill.pid), "process that was killed" },
	{ "name", NULL, COLUMN_CUT, CHARS(kill.name), "its name" },
	{ "user", NULL, COLUMN_CUT, get_user, 0, KILLS_NEED_USER,
	  "its user; only the number in a log of another machine" },
	{ "unit", NULL, COLUMN_CUT, TEXT(texts[EVENT_UNIT]), "its systemd unit or container" },
	{ "rss", NULL, COLUMN_BYTES, get_rss, 0, 0, "its resident memory" },
	{ "adj", NULL, COLUMN_NUMBER, NUMBER(kill.adj), "its adj" },
	{ "largest", NULL, COLUMN_BOOL, TEXT(largest),
	  "whether it used the most memory of all in the task dump" },
	{ "result", NULL, COLUMN_TEXT, TEXT(result),
	  "killed, group, shared, chosen, none, panic; - if the report has no end" },
	{ "by", NULL, COLUMN_TEXT, get_by, 0, 0,
	  "kernel, or the program that killed or reported it: earlyoom, kubelet..." },
	{ "seconds", NULL, COLUMN_ID, get_seconds, 0, 0, "time in seconds since 1970" },
	{ "uptime", NULL, COLUMN_NUMBER, NUMBER(uptime_usec),
	  "time of the kernel's clock, in microseconds" },
	{ "file", NULL, COLUMN_PATH, TEXT(texts[EVENT_FILE]), "the log" },
	{ "host", NULL, COLUMN_TEXT, TEXT(texts[EVENT_HOST]), "machine named in the log" },
	{ "kernel", NULL, COLUMN_TEXT, TEXT(texts[EVENT_KERNEL]), "release of the kernel" },
	{ "kind", NULL, COLUMN_TEXT, get_kind, 0, 0, "global, memcg, cpuset or mempolicy" },
	{ "cgroup", NULL, COLUMN_PATH, TEXT(texts[EVENT_MEMCG]),
	  "memory cgroup whose limit was reached" },
	{ "task_cgroup", NULL, COLUMN_PATH, TEXT(texts[EVENT_TASK_MEMCG]),
	  "memory cgroup of the victim; unknown for further ones of a group" },
	{ "cpuset", NULL, COLUMN_PATH, TEXT(texts[EVENT_CPUSET]), "cpuset of the requester" },
	{ "pod", NULL, COLUMN_TEXT, TEXT(texts[EVENT_POD]), "UID of its Kubernetes pod" },
	{ "qos", NULL, COLUMN_TEXT, TEXT(texts[EVENT_QOS]),
	  "QoS class of the pod: guaranteed, burstable or besteffort" },
	{ "container", NULL, COLUMN_TEXT, TEXT(texts[EVENT_CONTAINER]),
	  "full id of its container" },
	{ "asked_pid", NULL, COLUMN_ID, NUMBER(asker_pid), "PID of the requester" },
	{ "asked_adj", NULL, COLUMN_NUMBER, NUMBER(asker_adj), "adj of the requester" },
	{ "order", NULL, COLUMN_NUMBER, NUMBER(order),
	  "it requested 2^order pages; -1: sysrq triggered the kill" },
	{ "gfp", NULL, COLUMN_CUT, TEXT(texts[EVENT_GFP]), "flags of the request" },
	{ "uid", NULL, COLUMN_ID, NUMBER(kill.uid), "user of the victim, as a number" },
	{ "rss_anon", NULL, COLUMN_BYTES, KIB(kill.anon_kib), "its anonymous memory" },
	{ "rss_file", NULL, COLUMN_BYTES, KIB(kill.file_kib), "its resident file pages" },
	{ "rss_shmem", NULL, COLUMN_BYTES, KIB(kill.shmem_kib), "its resident shared memory" },
	{ "swap", NULL, COLUMN_BYTES, KIB(swap_kib), "its memory in swap" },
	{ "pgtables", NULL, COLUMN_BYTES, KIB(kill.pgtables_kib), "its page tables" },
	{ "total_vm", NULL, COLUMN_BYTES, KIB(kill.total_vm_kib), "its address space" },
	{ "score", NULL, COLUMN_NUMBER, NUMBER(kill.score),
	  "score that the kernel printed (until 5.0)" },
	{ "points", NULL, COLUMN_POINTS, get_points, 0, 0,
	  "its points, computed from the task dump" },
	{ "place", NULL, COLUMN_NUMBER, NUMBER(place), "its rank, computed from the task dump" },
	{ "tasks", NULL, COLUMN_NUMBER, NUMBER(n_tasks), "number of processes in the task dump" },
	{ "chosen", NULL, COLUMN_CUT, CHARS(kill.chosen_name),
	  "process with the most points, if a child was killed in its place" },
	{ "chosen_pid", NULL, COLUMN_ID, NUMBER(kill.chosen_pid), "its PID" },
	{ "limit", NULL, COLUMN_BYTES, KIB(limit_kib), "limit of the cgroup" },
	{ "usage", NULL, COLUMN_BYTES, KIB(usage_kib), "memory that the cgroup used" },
	{ "reaped", NULL, COLUMN_TEXT, get_reaped, 0, 0,
	  "yes: the reaper took its memory back; stuck: it could not" },
};

const struct list kills_columns = {
	.name = "log",
	.columns = columns,
	.n_columns = sizeof(columns) / sizeof(columns[0]),
	.row_size = sizeof(struct kills_row),
};
