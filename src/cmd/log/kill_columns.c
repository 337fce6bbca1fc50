/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kill_columns: the columns of the list of log. */
#include <stdio.h>
#include <string.h>

#include "cmd/log/kills.h"
#include "sys/cgroup/path.h"
#include "sys/proc/user.h"

enum logcell {
	COL_NR,
	COL_TIME,
	COL_WHERE,
	COL_ASKED,
	COL_PID,
	COL_NAME,
	COL_USER,
	COL_UNIT,
	COL_SIZE,
	COL_ADJ,
	COL_LARGEST,
	COL_RESULT,
	COL_SECONDS,
	COL_UPTIME,
	COL_FILE,
	COL_HOST,
	COL_KERNEL,
	COL_KIND,
	COL_MEMCG,
	COL_TASK_MEMCG,
	COL_CPUSET,
	COL_ASKED_PID,
	COL_ASKED_ADJ,
	COL_ORDER,
	COL_GFP,
	COL_UID,
	COL_ANON,
	COL_FILE_RSS,
	COL_SHMEM,
	COL_SWAP,
	COL_TABLES,
	COL_TOTAL_VM,
	COL_SCORE,
	COL_POINTS,
	COL_PLACE,
	COL_TASKS,
	COL_CHOSEN,
	COL_CHOSEN_PID,
	COL_LIMIT,
	COL_USAGE,
	COL_REAPED,
};

/* Fills one cell of the list; arg is its struct kills, column one of the above. */
void kill_columns_fill(const void *arg, size_t row, size_t column, struct cell *c);

static void put_text(struct cell *c, const char *text)
{
	if (!text || !*text)
		return;
	c->kind = CELL_TEXT;
	snprintf(c->text, sizeof(c->text), "%s", text);
}

static void put_number(struct cell *c, int64_t value)
{
	if (value == REPORT_ABSENT)
		return;
	c->kind = CELL_NUMBER;
	c->num = value;
}

static void put_kib(struct cell *c, int64_t kib)
{
	if (kib < 0)
		return;
	c->kind = CELL_BYTES;
	c->num = kib * 1024;
}

static const char *kind_name(enum report_kind kind)
{
	static const char *const names[] = { "", "global", "memcg", "cpuset", "mempolicy" };

	return names[kind];
}

static void put_user(struct cell *c, const struct logevent *e)
{
	if (e->kill.uid < 0 || e->kill.uid > UINT32_MAX)
		return;
	c->kind = CELL_TEXT;
	if (e->is_own)
		user_name((uid_t)e->kill.uid, c->text, sizeof(c->text));
	else
		snprintf(c->text, sizeof(c->text), "%lld", (long long)e->kill.uid);
}

static void put_reaped(struct cell *c, enum report_reaped reaped)
{
	if (reaped != REPORT_NOT_SEEN)
		put_text(c, reaped == REPORT_REAPED ? "yes" : "stuck");
}

static void fill_victim(const struct logevent *e, size_t column, struct cell *c)
{
	const struct report_kill *k = &e->kill;

	switch ((enum logcell)column) {
	case COL_PID:
		put_number(c, k->pid);
		break;
	case COL_NAME:
		put_text(c, k->name);
		break;
	case COL_USER:
		put_user(c, e);
		break;
	case COL_UID:
		put_number(c, k->uid);
		break;
	case COL_SIZE:
		put_kib(c, report_resident_kib(k));
		break;
	case COL_ADJ:
		put_number(c, k->adj);
		break;
	case COL_LARGEST:
		put_text(c, e->largest);
		break;
	case COL_ANON:
		put_kib(c, k->anon_kib);
		break;
	case COL_FILE_RSS:
		put_kib(c, k->file_kib);
		break;
	case COL_SHMEM:
		put_kib(c, k->shmem_kib);
		break;
	case COL_SWAP:
		put_kib(c, e->swap_kib);
		break;
	case COL_TABLES:
		put_kib(c, k->pgtables_kib);
		break;
	case COL_TOTAL_VM:
		put_kib(c, k->total_vm_kib);
		break;
	case COL_SCORE:
		put_number(c, k->score);
		break;
	case COL_POINTS:
		put_number(c, e->points);
		break;
	case COL_PLACE:
		put_number(c, e->place);
		break;
	case COL_CHOSEN:
		put_text(c, k->chosen_name);
		break;
	case COL_CHOSEN_PID:
		put_number(c, k->chosen_pid);
		break;
	case COL_REAPED:
		put_reaped(c, k->reaped);
		break;
	default:
		break;
	}
}

void kill_columns_fill(const void *arg, size_t row, size_t column, struct cell *c)
{
	const struct logevent *e = &((const struct kills *)arg)->list[row];

	switch ((enum logcell)column) {
	case COL_NR:
		put_number(c, (int64_t)e->nr);
		break;
	case COL_TIME:
		put_text(c, e->time);
		break;
	case COL_WHERE:
		c->kind = CELL_TEXT;
		kills_where(e->kind, e->texts[EVENT_MEMCG], e->texts[EVENT_CPUSET], c->text,
			    sizeof(c->text));
		if (!*c->text)
			c->kind = CELL_UNKNOWN;
		break;
	case COL_ASKED:
		put_text(c, e->asker);
		break;
	case COL_UNIT:
		if (e->texts[EVENT_TASK_MEMCG] &&
		    cgroup_path_find_container_or_unit(e->texts[EVENT_TASK_MEMCG], c->text,
						       sizeof(c->text)) == 0)
			c->kind = CELL_TEXT;
		break;
	case COL_RESULT:
		put_text(c, e->result);
		break;
	case COL_SECONDS:
		put_number(c, e->has_seconds ? e->seconds : REPORT_ABSENT);
		break;
	case COL_UPTIME:
		put_number(c, e->uptime_usec);
		break;
	case COL_FILE:
		put_text(c, e->texts[EVENT_FILE]);
		break;
	case COL_HOST:
		put_text(c, e->texts[EVENT_HOST]);
		break;
	case COL_KERNEL:
		put_text(c, e->texts[EVENT_KERNEL]);
		break;
	case COL_KIND:
		put_text(c, kind_name(e->kind));
		break;
	case COL_MEMCG:
		put_text(c, e->texts[EVENT_MEMCG]);
		break;
	case COL_TASK_MEMCG:
		put_text(c, e->texts[EVENT_TASK_MEMCG]);
		break;
	case COL_CPUSET:
		put_text(c, e->texts[EVENT_CPUSET]);
		break;
	case COL_ASKED_PID:
		put_number(c, e->asker_pid);
		break;
	case COL_ASKED_ADJ:
		put_number(c, e->asker_adj);
		break;
	case COL_ORDER:
		put_number(c, e->order);
		break;
	case COL_GFP:
		put_text(c, e->texts[EVENT_GFP]);
		break;
	case COL_TASKS:
		put_number(c, e->n_tasks);
		break;
	case COL_LIMIT:
		put_kib(c, e->limit_kib);
		break;
	case COL_USAGE:
		put_kib(c, e->usage_kib);
		break;
	default:
		fill_victim(e, column, c);
		break;
	}
}

#define RIGHT  COLUMN_RIGHT
#define NUMBER (COLUMN_RIGHT | COLUMN_RISES)
#define TRUNC  COLUMN_TRUNC

static const struct column columns[] = {
	[COL_NR] = { "nr", NULL, NUMBER, "number of the report, for --show" },
	[COL_TIME] = { "time", NULL, 0, "when, by the log's own clock" },
	[COL_WHERE] = { "where", NULL, TRUNC,
			"where memory ran out: the machine, a cgroup, a cpuset" },
	[COL_ASKED] = { "asked", NULL, TRUNC, "name of the process that asked for memory" },
	[COL_PID] = { "pid", NULL, NUMBER, "process that was killed" },
	[COL_NAME] = { "name", NULL, 0, "its name" },
	[COL_USER] = { "user", NULL, 0, "its user; the number alone in a log of another machine" },
	[COL_UNIT] = { "unit", NULL, TRUNC, "its systemd unit or container" },
	[COL_SIZE] = { "size", NULL, RIGHT, "its resident memory" },
	[COL_ADJ] = { "adj", NULL, RIGHT, "its adj" },
	[COL_LARGEST] = { "largest", NULL, 0,
			  "whether it used the most memory of all in the report's table" },
	[COL_RESULT] = { "result", NULL, 0,
			 "killed, group, shared, chosen, nobody, panic; - if the report has no end" },
	[COL_SECONDS] = { "seconds", NULL, NUMBER, "time in seconds since 1970" },
	[COL_UPTIME] = { "uptime", NULL, RIGHT, "time of the kernel's own clock, in microseconds" },
	[COL_FILE] = { "file", NULL, TRUNC, "the log" },
	[COL_HOST] = { "host", NULL, 0, "the machine that the log names" },
	[COL_KERNEL] = { "kernel", NULL, 0, "release of the kernel" },
	[COL_KIND] = { "kind", NULL, 0, "global, memcg, cpuset or mempolicy" },
	[COL_MEMCG] = { "cgroup", NULL, TRUNC, "the memory cgroup whose limit was hit" },
	[COL_TASK_MEMCG] = { "task_cgroup", NULL, TRUNC, "the memory cgroup of the victim" },
	[COL_CPUSET] = { "cpuset", NULL, TRUNC, "the cpuset of the process that asked" },
	[COL_ASKED_PID] = { "asked_pid", NULL, NUMBER, "process that asked" },
	[COL_ASKED_ADJ] = { "asked_adj", NULL, RIGHT, "its adj" },
	[COL_ORDER] = { "order", NULL, RIGHT,
			"it asked for 2^order pages; -1: a person did, by sysrq" },
	[COL_GFP] = { "gfp", NULL, TRUNC, "the flags of its request" },
	[COL_UID] = { "uid", NULL, NUMBER, "user of the victim, as a number" },
	[COL_ANON] = { "anon", NULL, RIGHT, "its anonymous memory" },
	[COL_FILE_RSS] = { "file_rss", NULL, RIGHT, "its resident files" },
	[COL_SHMEM] = { "shmem", NULL, RIGHT, "its resident shared memory" },
	[COL_SWAP] = { "swap", NULL, RIGHT, "its memory in swap" },
	[COL_TABLES] = { "pgtables", NULL, RIGHT, "its page tables" },
	[COL_TOTAL_VM] = { "total_vm", NULL, RIGHT, "its address space" },
	[COL_SCORE] = { "score", NULL, RIGHT, "the score that the kernel printed (to 5.0)" },
	[COL_POINTS] = { "points", NULL, RIGHT, "points computed from the table" },
	[COL_PLACE] = { "place", NULL, RIGHT,
			"place in the kernel's order, computed from the table" },
	[COL_TASKS] = { "tasks", NULL, RIGHT, "processes in the table" },
	[COL_CHOSEN] = { "chosen", NULL, TRUNC,
			 "name of the process in whose place a child was killed (to 5.0)" },
	[COL_CHOSEN_PID] = { "chosen_pid", NULL, NUMBER, "that process" },
	[COL_LIMIT] = { "limit", NULL, RIGHT, "limit of the cgroup" },
	[COL_USAGE] = { "usage", NULL, RIGHT, "memory that the cgroup used" },
	[COL_REAPED] = { "reaped", NULL, 0,
			 "yes: the reaper took its memory back; stuck: it could not" },
};

void kills_where(enum report_kind kind, const char *memcg, const char *cpuset, char *buf,
		 size_t size)
{
	switch (kind) {
	case REPORT_GLOBAL:
		snprintf(buf, size, "machine");
		break;
	case REPORT_MEMCG:
		snprintf(buf, size, "%s", memcg && *memcg ? memcg : "cgroup");
		break;
	case REPORT_CPUSET:
		snprintf(buf, size, "cpuset %s", cpuset ? cpuset : "");
		break;
	case REPORT_MEMPOLICY:
		snprintf(buf, size, "mempolicy");
		break;
	case REPORT_UNKNOWN:
		buf[0] = '\0';
		break;
	}
}

const struct list kills_columns = {
	.name = "log",
	.columns = columns,
	.n_columns = sizeof(columns) / sizeof(columns[0]),
	.cell = kill_columns_fill,
};
