/* SPDX-License-Identifier: GPL-2.0-or-later */
/* logevents: what the list of log keeps of each victim, and its columns. */
#include "cmd/logevents.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "oom/gfp.h"
#include "oom/version.h"
#include "sys/cgroup.h"
#include "sys/user.h"

enum column_id {
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
	[COL_NAME] = { "name", NULL, TRUNC, "its name" },
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
	if (kib == REPORT_ABSENT || kib < 0 || kib > INT64_MAX / 1024)
		return;
	c->kind = CELL_BYTES;
	c->num = kib * 1024;
}

static const char *kind_name(enum report_kind kind)
{
	static const char *const names[] = { "", "global", "memcg", "cpuset", "mempolicy" };

	return names[kind];
}

void logevents_where(enum report_kind kind, const char *memcg, const char *cpuset, char *buf,
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

/* 64 hexadecimal digits, perhaps with "docker-" before and ".scope" behind them: a container, of which 12 tell. */
static bool find_container(const char *path, char *buf, size_t size)
{
	const char *name = strrchr(path, '/');
	size_t len, digits = 0;

	name = name ? name + 1 : path;
	len = strcspn(name, ".");
	while (digits < len && isxdigit((unsigned char)name[len - 1 - digits]))
		digits++;
	if (digits < 32 || (digits < len && name[len - digits - 1] != '-'))
		return false;
	snprintf(buf, size, "%.*s%.12s", (int)(len - digits), name, name + len - digits);
	return true;
}

bool logevents_unit(const char *path, char *buf, size_t size)
{
	return path && (find_container(path, buf, size) || cgroup_find_unit(path, buf, size) == 0);
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

	switch ((enum column_id)column) {
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

static void fill(const void *arg, size_t row, size_t column, struct cell *c)
{
	const struct logevent *e = &((const struct logevents *)arg)->list[row];

	switch ((enum column_id)column) {
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

const struct list logevents_columns = {
	.name = "log",
	.columns = columns,
	.n_columns = sizeof(columns) / sizeof(columns[0]),
	.cell = fill,
};

void logevents_begin(struct logevents *e)
{
	memset(e, 0, sizeof(*e));
	e->view = logevents_columns;
	e->view.arg = e;
}

static void free_event(struct logevent *e)
{
	for (size_t i = 0; i < EVENT_TEXTS; i++)
		free(e->texts[i]);
}

/* Half of them at once, so that each is moved once on average. */
static void drop_oldest(struct logevents *e)
{
	size_t half = e->n / 2;

	for (size_t i = 0; i < half; i++)
		free_event(&e->list[i]);
	memmove(e->list, e->list + half, (e->n - half) * sizeof(*e->list));
	e->n -= half;
	e->n_dropped += half;
}

static struct logevent *new_event(struct logevents *e)
{
	if (e->n == LOGEVENTS_MAX)
		drop_oldest(e);
	if (e->n == e->room) {
		size_t room = e->room ? 2 * e->room : 64;
		struct logevent *list = reallocarray(e->list, room, sizeof(*list));

		if (!list)
			return NULL;
		e->list = list;
		e->room = room;
	}
	memset(&e->list[e->n], 0, sizeof(e->list[0]));
	return &e->list[e->n++];
}

static int keep_texts(struct logevent *e, const struct report *r, const char *file)
{
	int version = 0;
	char gfp[256];
	const char *const texts[EVENT_TEXTS] = {
		[EVENT_FILE] = file,
		[EVENT_HOST] = r->host,
		[EVENT_KERNEL] = r->release,
		[EVENT_MEMCG] = r->memcg,
		[EVENT_TASK_MEMCG] = r->task_memcg,
		[EVENT_CPUSET] = r->cpuset,
		[EVENT_GFP] = gfp,
	};

	version_parse(r->release, &version);
	gfp_spell(r->gfp_mask, version, gfp, sizeof(gfp));
	if (*r->gfp_text)
		snprintf(gfp, sizeof(gfp), "%s", r->gfp_text);
	else if (!*gfp && r->gfp_mask != REPORT_ABSENT)
		snprintf(gfp, sizeof(gfp), "0x%llx", (unsigned long long)r->gfp_mask);
	for (size_t i = 0; i < EVENT_TEXTS; i++)
		if (*texts[i] && !(e->texts[i] = strdup(texts[i])))
			return -ENOMEM;
	return 0;
}

static const char *result_of(const struct report *r, const struct report_kill *k)
{
	if (k && k->role == REPORT_GROUP)
		return "group";
	if (k && k->role == REPORT_SHARER)
		return "shared";
	if (k)
		return k->is_killed ? "killed" : "chosen";
	if (*r->panic)
		return "panic";
	return r->has_no_victim ? "nobody" : NULL;
}

static int64_t pages_to_kib(const struct report *r, uint64_t pages)
{
	int64_t kib;

	if (r->page_kib == REPORT_ABSENT || pages > INT64_MAX ||
	    __builtin_mul_overflow((int64_t)pages, r->page_kib, &kib))
		return REPORT_ABSENT;
	return kib;
}

/* What the table adds to the line about a victim. */
static void take_row(struct logevent *e, const struct report *r, const struct why *w)
{
	const struct task *t;

	if (e->kill.row == REPORT_ABSENT)
		return;
	t = &r->rows[e->kill.row].task;
	if (e->kill.uid == REPORT_ABSENT && task_has(t, TASK_UID))
		e->kill.uid = t->uid;
	if (e->kill.adj == REPORT_ABSENT && task_has(t, TASK_ADJ))
		e->kill.adj = t->adj;
	if (task_has(t, TASK_SWAP))
		e->swap_kib = pages_to_kib(r, t->swap);
	if (task_has(t, TASK_POINTS))
		e->points = t->points;
	if (w->has_points && t->place)
		e->place = t->place;
	if (w->knows_largest && e->kill.row == w->chosen)
		e->largest = w->is_largest ? "yes" : "no";
}

static int add_event(struct logevents *list, const struct report *r, const struct why *w,
		     const char *file, const struct report_kill *k)
{
	struct logevent *e = new_event(list);

	if (!e)
		return -ENOMEM;
	e->nr = r->nr;
	stamp_format(k ? &k->stamp : &r->stamp, e->time, sizeof(e->time));
	e->uptime_usec = k ? k->stamp.uptime_usec : r->stamp.uptime_usec;
	e->kind = r->kind;
	e->result = result_of(r, k);
	memcpy(e->asker, r->asker, sizeof(e->asker));
	e->asker_pid = r->asker_pid;
	e->asker_adj = r->asker_adj;
	e->order = r->order;
	e->is_own = !*file;
	e->swap_kib = e->place = e->points = REPORT_ABSENT;
	e->n_tasks = r->has_table ? (int64_t)(r->n_rows + r->n_rows_dropped) : REPORT_ABSENT;
	e->limit_kib = r->memory.limit_kib;
	e->usage_kib = r->memory.usage_kib;
	if (k) {
		e->kill = *k;
		take_row(e, r, w);
	} else {
		e->kill.pid = e->kill.uid = e->kill.adj = e->kill.score = e->kill.chosen_pid =
			REPORT_ABSENT;
		e->kill.total_vm_kib = e->kill.anon_kib = e->kill.file_kib = e->kill.shmem_kib =
			REPORT_ABSENT;
		e->kill.pgtables_kib = REPORT_ABSENT;
	}
	return keep_texts(e, r, file);
}

int logevents_add(struct logevents *e, const struct report *r, const struct why *w,
		  const char *file, bool has_seconds, int64_t seconds)
{
	size_t before = e->n;
	int err = 0;

	if (!r->n_kills)
		err = add_event(e, r, w, file, NULL);
	for (size_t i = 0; !err && i < r->n_kills; i++)
		if (!r->kills[i].is_repeated)
			err = add_event(e, r, w, file, &r->kills[i]);
	for (size_t i = before < e->n ? before : 0; i < e->n; i++) {
		if (e->list[i].nr != r->nr)
			continue;
		e->list[i].has_seconds = has_seconds;
		e->list[i].seconds = seconds;
	}
	return err;
}

static int compare_times(const void *a, const void *b, void *arg)
{
	const struct logevent *list = arg, *x = &list[*(const size_t *)a],
			      *y = &list[*(const size_t *)b];

	if (x->seconds != y->seconds)
		return x->seconds < y->seconds ? -1 : 1;
	return (x > y) - (x < y);
}

static int compare_sizes(const void *a, const void *b, void *arg)
{
	const struct logevent *list = arg, *x = &list[*(const size_t *)a],
			      *y = &list[*(const size_t *)b];
	int64_t xs = report_resident_kib(&x->kill), ys = report_resident_kib(&y->kill);

	if (xs != ys)
		return xs < ys ? -1 : 1;
	return (x > y) - (x < y);
}

int logevents_sort(struct logevents *e, bool is_by_size, size_t last)
{
	bool have_times = true;

	e->order = calloc(e->n ? e->n : 1, sizeof(*e->order));
	if (!e->order)
		return -ENOMEM;
	for (size_t i = 0; i < e->n; i++) {
		e->order[i] = i;
		have_times &= e->list[i].has_seconds;
	}
	if (is_by_size)
		qsort_r(e->order, e->n, sizeof(*e->order), compare_sizes, e->list);
	else if (have_times)
		qsort_r(e->order, e->n, sizeof(*e->order), compare_times, e->list);
	e->n_order = last && last < e->n ? last : e->n;
	memmove(e->order, e->order + e->n - e->n_order, e->n_order * sizeof(*e->order));
	e->view.order = e->order;
	e->view.n_rows = e->n_order;
	return 0;
}

bool logevents_vary(const struct logevents *e)
{
	for (size_t i = 0; i < e->n_order; i++)
		if (!e->list[e->order[i]].result ||
		    strcmp(e->list[e->order[i]].result, "killed") != 0)
			return true;
	return false;
}

void logevents_end(struct logevents *e)
{
	for (size_t i = 0; i < e->n; i++)
		free_event(&e->list[i]);
	free(e->list);
	free(e->order);
}
