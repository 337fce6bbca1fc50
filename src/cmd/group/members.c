/* SPDX-License-Identifier: GPL-2.0-or-later */
/* members: the processes that the kernel kills together, with their memory. */
#include "cmd/group/members.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/msg.h"
#include "cmd/shared/processes.h"
#include "oom/rules/kill_order.h"
#include "sys/proc/user.h"
#include "ui/format.h"
#include "ui/list.h"
#include "ui/wrap.h"

struct member_row {
	const char *user, *name, *killed, *reason;
	int64_t pid, adj, memory_bytes;
};

#define AT(member) offsetof(struct member_row, member), 0

static const struct column columns[] = {
	{ "pid", NULL, COLUMN_ID, list_get_number, AT(pid), "process ID" },
	{ "user", NULL, COLUMN_CUT, list_get_text, AT(user), "real user" },
	{ "name", NULL, COLUMN_CUT, list_get_text, AT(name), "process name in the kernel" },
	{ "adj", NULL, COLUMN_NUMBER, list_get_number, AT(adj), "adj from -1000 to 1000" },
	{ "memory", NULL, COLUMN_BYTES, list_get_number, AT(memory_bytes),
	  "resident memory, swap and page tables" },
	{ "killed", NULL, COLUMN_BOOL, list_get_text, AT(killed),
	  "whether it is killed; - if one of several is" },
};

void members_init(struct members *m)
{
	*m = (struct members){ .s.proc = -1, .used_bytes = LIST_UNKNOWN };
}

void members_free(struct members *m)
{
	snapshot_free(&m->s);
}

struct member_pids {
	pid_t *list;
	size_t n, n_hidden;
};

static int add_pid(void *arg, pid_t pid)
{
	struct member_pids *p = arg;

	/* 0: of another PID namespace */
	if (!pid) {
		p->n_hidden++;
		return 0;
	}
	p->list = mem_grow(p->list, p->n, sizeof(*p->list));
	p->list[p->n++] = pid;
	return 0;
}

enum status members_read(struct members *m, const struct memcg_tree *tree, int dir,
			 const char *path)
{
	struct member_pids pids = { .n = 0 };
	uint64_t used;
	int err = mem_check(memcg_each_process(tree, path, add_pid, &pids));

	if (err) {
		msg_error("cgroup %s: cannot read its processes: %s", path, strerror(-err));
		free(pids.list);
		return status_of_error(err, memcg_is_gone(err) ? ST_MISSED : ST_BROKEN);
	}
	err = mem_check(snapshot_take_pids(pids.list, pids.n, NULL, &m->s));
	m->n_hidden = pids.n_hidden + m->s.scan.n_unseen;
	free(pids.list);
	if (memcg_read_bytes(dir, "memory.current", &used) == 0 && used <= INT64_MAX)
		m->used_bytes = (int64_t)used;
	return err ? processes_say_unreadable(err) : ST_OK;
}

static int64_t memory_of(const struct snapshot *s, const struct task *t)
{
	uint64_t page = s->machine.totals.page_size;

	if (!task_has(t, TASK_RSS))
		return LIST_UNKNOWN;
	return (int64_t)((snapshot_rss(s, t) + t->swap + rules_table_pages(s->rules, t, page)) *
			 page);
}

/*
 * Whether it can be killed: all but init, and processes with adj -1000 (mm/oom_kill.c,
 * oom_kill_memcg_member()).
 */
static bool is_killable(const struct task *t)
{
	return t->unkillable != UNKILLABLE_INIT && t->unkillable != UNKILLABLE_ADJ &&
	       t->unkillable != UNKILLABLE_KTHREAD && t->unkillable != UNKILLABLE_NO_MM;
}

static int64_t sum(const struct members *m, size_t *n)
{
	int64_t bytes = 0, one;

	*n = 0;
	for (size_t i = 0; i < m->s.scan.n_tasks; i++) {
		const struct task *t = &m->s.scan.tasks[i];

		if (!is_killable(t))
			continue;
		++*n;
		one = memory_of(&m->s, t);
		bytes += one == LIST_UNKNOWN ? 0 : one;
	}
	return bytes;
}

static void print_table(const struct members *m, const struct ctx *cx)
{
	struct list list = { .name = "processes",
			     .columns = columns,
			     .n_columns = sizeof(columns) / sizeof(columns[0]),
			     .row_size = sizeof(struct member_row) };
	struct list_view view = { .out = cx->out,
				  .has_color = cx->has_color,
				  .width = cx->width,
				  .n_columns = list.n_columns };
	struct member_row *rows = mem_alloc(m->s.scan.n_tasks, sizeof(*rows));
	void *names = NULL;

	for (size_t i = 0; i < list.n_columns; i++)
		view.columns[i] = i;
	for (size_t i = 0; i < m->s.scan.n_tasks; i++) {
		const struct task *t = &m->s.scan.tasks[i];

		rows[i] = (struct member_row){ .pid = t->pid,
					       .name = t->name,
					       .adj = task_has(t, TASK_ADJ) ? t->adj : LIST_UNKNOWN,
					       .memory_bytes = memory_of(&m->s, t),
					       .killed = !is_killable(t) ? "no"
							 : m->is_group   ? "yes"
									 : NULL };
		if (task_has(t, TASK_UID) && !(rows[i].user = user_cached_name(&names, t->uid)))
			mem_check(-ENOMEM);
	}
	list.rows = rows;
	list.n_rows = m->s.scan.n_tasks;
	list_print(&view, &list);
	user_free_names(names);
	free(rows);
}

void members_print(const struct members *m, const struct ctx *cx)
{
	char size[FORMAT_TEXT_MAX], used[FORMAT_TEXT_MAX];
	size_t n;
	int64_t bytes = sum(m, &n);

	if (m->s.scan.n_tasks)
		print_table(m, cx);
	wrap_line_print(cx->out, "%s: %zu process%s, %s%s%s%s",
			m->is_group ? "killed together" : "killed one at a time", n,
			n == 1 ? "" : "es", format_format(bytes, size),
			m->used_bytes == LIST_UNKNOWN ? "" : "; the cgroup uses ",
			m->used_bytes == LIST_UNKNOWN ? "" : format_format(m->used_bytes, used),
			m->n_hidden ? "; others are not visible" : "");
}

void members_write_text(struct json_writer *j, const char *key, const char *text)
{
	if (*text)
		json_write_text(j, key, text);
	else
		json_write_null(j, key);
}

static void write_number(struct json_writer *j, const char *key, int64_t value)
{
	if (value == LIST_UNKNOWN)
		json_write_null(j, key);
	else
		json_write_number(j, key, value);
}

void members_write(struct json_writer *j, const struct members *m)
{
	char user[USER_NAME_MAX];
	int64_t bytes;
	size_t n;

	bytes = sum(m, &n);
	write_number(j, "used", m->used_bytes);
	json_write_number(j, "killed", m->is_group || !n ? (int64_t)n : 1);
	write_number(j, "memory", m->is_group ? bytes : LIST_UNKNOWN);
	json_write_bool(j, "is_complete", m->n_hidden == 0);
	json_write_open(j, "processes", '[');
	for (size_t i = 0; i < m->s.scan.n_tasks; i++) {
		const struct task *t = &m->s.scan.tasks[i];

		json_write_open(j, NULL, '{');
		json_write_number(j, "pid", t->pid);
		*user = '\0';
		if (task_has(t, TASK_UID))
			user_name(t->uid, user, sizeof(user));
		members_write_text(j, "user", user);
		json_write_text(j, "name", t->name);
		write_number(j, "adj", task_has(t, TASK_ADJ) ? t->adj : LIST_UNKNOWN);
		write_number(j, "memory", memory_of(&m->s, t));
		if (m->is_group || !is_killable(t))
			json_write_bool(j, "killed", is_killable(t));
		else
			json_write_null(j, "killed"); /* one of them */
		json_write_close(j, '}');
	}
	json_write_close(j, ']');
}
