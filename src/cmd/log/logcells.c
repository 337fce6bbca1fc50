/* SPDX-License-Identifier: GPL-2.0-or-later */
/* logcells: fills the cells of the list of log. */
#include "cmd/log/logcells.h"

#include <stdio.h>

#include "sys/proc/user.h"

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

void logcells_fill(const void *arg, size_t row, size_t column, struct cell *c)
{
	const struct logevent *e = &((const struct logevents *)arg)->list[row];

	switch ((enum logcell)column) {
	case COL_NR:
		put_number(c, (int64_t)e->nr);
		break;
	case COL_TIME:
		put_text(c, e->time);
		break;
	case COL_WHERE:
		c->kind = CELL_TEXT;
		logevents_where(e->kind, e->texts[EVENT_MEMCG], e->texts[EVENT_CPUSET], c->text,
				sizeof(c->text));
		if (!*c->text)
			c->kind = CELL_UNKNOWN;
		break;
	case COL_ASKED:
		put_text(c, e->asker);
		break;
	case COL_UNIT:
		if (logevents_unit(e->texts[EVENT_TASK_MEMCG], c->text, sizeof(c->text)))
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
