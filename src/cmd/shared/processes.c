/* SPDX-License-Identifier: GPL-2.0-or-later */
/* processes: a snapshot for a command, of the machine or of its TARGETs; says what fails. */
#include "cmd/shared/processes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/msg.h"
#include "sys/bpf/check.h"
#include "sys/proc/parse.h"
#include "sys/proc/procfs.h"

static enum status take_way(void *target, const struct args *a)
{
	static const char *const ways[] = {
		[PROCESSES_SCAN_AUTO] = "auto",
		[PROCESSES_SCAN_PROC] = "proc",
		[PROCESSES_SCAN_BPF] = "bpf",
	};
	struct scan_options *o = target;

	for (o->way = 0; o->way < sizeof(ways) / sizeof(ways[0]); o->way++)
		if (strcmp(a->value, ways[o->way]) == 0)
			return ST_OK;
	return args_error(a, "--scan takes auto, proc or bpf, not '%s'", a->value);
}

static const struct opt rows[] = {
	OPT_CALL(0, "scan", "WAY", "read processes by auto, proc, bpf (default: auto)", take_way),
	OPT_END,
};

const struct cmd_group processes_scan_group = { rows, processes_scan_free };

static enum status refuse(const struct scan_options *o, enum status st, const char *words)
{
	if (o->way == PROCESSES_SCAN_BPF) {
		msg_error("cannot read the processes by BPF: %s", words);
		return st;
	}
	msg_detail("reading /proc: no census by BPF: %s", words);
	return ST_OK;
}

enum status processes_scan_count(struct scan_options *o, const struct ctx *cx, size_t pays_from)
{
	char words[BPF_CHECK_WORDS];
	size_t n;

	if (o->way == PROCESSES_SCAN_PROC)
		return ST_OK;
	if (!privilege_can_use_bpf(cx->privilege))
		return refuse(
			o, ST_DENIED,
			"it takes CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN, of the caller's own");
	if (bpf_check_before(&n, words))
		return refuse(o, ST_BROKEN, words);
	if (o->way == PROCESSES_SCAN_AUTO && n < pays_from)
		return refuse(o, ST_OK, "with so few processes it does not pay");
	if (bpf_tasks_take(&o->taken, n, words) || bpf_check_after(&o->taken, words)) {
		bpf_tasks_free(&o->taken);
		return refuse(o, ST_BROKEN, words);
	}
	o->census = &o->taken;
	msg_detail("a census by BPF: %s", o->taken.way);
	return ST_OK;
}

enum status processes_scan_alone(struct scan_options *o, const struct ctx *cx)
{
	enum status st = processes_scan_count(o, cx, PROCESSES_SCAN_BREAK_EVEN);

	return st == ST_OK ? processes_forbid_privilege(cx) : st;
}

void processes_scan_free(void *scan_options)
{
	struct scan_options *o = scan_options;

	bpf_tasks_free(&o->taken);
	o->census = NULL;
}

/* With this many targets reading all is no more work than finding each and its ties. */
#define MANY_TARGETS 64

enum status processes_say_unreadable(int err)
{
	if (mem_check(err) == -ENODEV)
		msg_error("there is no /proc here: mount it first");
	else
		msg_error("cannot read /proc: %s", strerror(-err));
	return ST_BROKEN;
}

enum status processes_find_process(int proc, pid_t id, pid_t *pid)
{
	char buf[PROCFS_BUF];
	struct task task = { 0 };
	uint64_t tgid;
	ssize_t n = procfs_read_pid(proc, id, 0, "status", buf, sizeof(buf));

	if (n < 0 && n != -ENOENT && n != -ESRCH) {
		msg_error("pid %d: %s", (int)id, strerror((int)-n));
		return ST_DENIED;
	}
	if (n <= 0 || !procfs_find_number(buf, "Tgid", &tgid)) {
		msg_error("pid %d: no such process", (int)id);
		return ST_MISSED;
	}
	*pid = (pid_t)tgid;
	parse_status(buf, 0, 4096, &task);
	if (*pid != id)
		msg_warn("pid %d (%s): a thread of process %d, which is meant", (int)id, task.name,
			 (int)*pid);
	return ST_OK;
}

static enum status resolve(struct targets *t, int proc)
{
	enum status st = ST_OK;
	size_t kept = 0;

	for (size_t i = 0; i < t->n; i++) {
		pid_t id = t->list[i].pid, pid = 0;

		if (t->list[i].is_named) {
			st = status_worse(st, processes_find_process(proc, id, &pid));
			if (pid != id)
				targets_replace(t, i, pid && !targets_has(t, pid) ? pid : 0);
		}
		if (t->list[i].pid)
			t->list[kept++] = t->list[i];
	}
	t->n = kept;
	return st;
}

enum status processes_targets(struct targets *t, const struct args *a)
{
	int proc = procfs_open();
	enum status st;

	if (proc < 0)
		return processes_say_unreadable(proc);
	st = targets_find(t, a, proc);
	st = status_worse(st, resolve(t, proc));
	close(proc);
	return st;
}

enum status processes_forbid_privilege(const struct ctx *cx)
{
	if (!privilege_keep_none(cx->privilege))
		return ST_OK;
	msg_error("cannot give up capabilities");
	return ST_BROKEN;
}

void processes_say_source(const struct snapshot *s, const struct bpf_tasks *census)
{
	if (census && !s->scan.has_points)
		msg_detail("reading /proc: the kernel's scores do not follow from the census");
	msg_detail("Linux %s: weighs as since %d.%d.%d (%s); RSS as in %s", s->machine.release,
		   s->rules->since >> 16, s->rules->since >> 8 & 255, s->rules->since & 255,
		   s->rules->summary,
		   s->scan.has_points   ? "its own counters"
		   : s->rss == RSS_STAT ? "/proc/PID/stat"
					: "/proc/PID/status");
	msg_detail("processes: %zu seen, %zu read in detail", s->scan.n_seen, s->scan.n_tasks);
}

enum status processes_take(const struct scan_want *want, struct snapshot *s)
{
	int err = snapshot_take(want, s);

	if (err)
		return processes_say_unreadable(err);
	processes_say_source(s, want->census);
	return ST_OK;
}

enum status processes_take_targets(const struct targets *t, const struct scan_want *want,
				   struct snapshot *s)
{
	struct scan_want narrowed = *want;
	pid_t *pids;
	enum status st;

	if (t->n > MANY_TARGETS || want->top == SCAN_ALL) {
		narrowed.top = SCAN_ALL;
		return processes_take(&narrowed, s);
	}
	pids = mem_alloc(t->n, sizeof(*pids));
	for (size_t i = 0; i < t->n; i++)
		pids[i] = t->list[i].pid;
	narrowed.pids = pids;
	narrowed.n_pids = t->n;
	st = processes_take(&narrowed, s);
	free(pids);
	return st;
}

const struct task *processes_find(const struct snapshot *s, pid_t pid)
{
	for (size_t i = 0; i < s->scan.n_tasks; i++)
		if (s->scan.tasks[i].pid == pid)
			return &s->scan.tasks[i];
	return NULL;
}

bool processes_is_dumped(const struct task *t)
{
	return t->spared == KILLABLE || t->spared == UNKILLABLE_ADJ ||
	       t->spared == UNKILLABLE_KERNEL;
}

enum status processes_report_ended(const struct targets *t, const struct snapshot *s)
{
	enum status st = ST_OK;

	for (size_t i = 0; i < t->n; i++) {
		const struct task *task = processes_find(s, t->list[i].pid);

		if (task && task->mm_pid != task->pid && t->list[i].is_named)
			msg_warn("pid %d (%s): its first thread has ended; thread %d holds the "
				 "memory",
				 (int)task->pid, task->name, (int)task->mm_pid);
		if (task || !t->list[i].is_named)
			continue;
		msg_error("pid %d: has ended meanwhile", (int)t->list[i].pid);
		st = ST_MISSED;
	}
	return st;
}

void processes_say_hidden(const struct snapshot *s)
{
	size_t n = s->scan.n_unseen;
	const char *what = n == 1 ? "process" : "processes";

	if (n && s->scan.unseen_error)
		msg_warn("%zu more %s could not be read (%s): the order is of the others", n, what,
			 strerror(-s->scan.unseen_error));
	else if (n)
		msg_warn("%zu more %s can't be seen from here: the order is of those that were "
			 "seen",
			 n, what);
}
