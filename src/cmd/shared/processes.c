/* SPDX-License-Identifier: GPL-2.0-or-later */
/* processes: a snapshot for a command, of the machine or of its TARGETs; reports errors. */
#include "cmd/shared/processes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/capability.h>

#include "base/mem.h"
#include "base/msg.h"
#include "sys/proc/parse.h"
#include "sys/proc/procfs.h"
#include "sys/scan/hidden.h"

static enum status take_way(void *target, const struct args *a)
{
	static const char *const ways[] = {
		[PROCESSES_SCAN_AUTO] = "auto",
		[PROCESSES_SCAN_PROC] = "proc",
		[PROCESSES_SCAN_BPF] = "bpf",
		NULL,
	};
	struct scan_options *o = target;
	size_t nth = 0;
	enum status st = args_choose(a, ways, &nth);

	o->way = (enum processes_scan_way)nth;
	return st;
}

static const struct opt rows[] = {
	OPT_CALL(0, "scan", "WAY", "how to read processes: auto, proc, bpf (default: auto)",
		 take_way),
	OPT_END,
};

const struct cmd_group processes_scan_group = { rows, processes_scan_free };

/* An error only with --scan=bpf. */
static enum status no_bpf_scan(const struct scan_options *o, enum status st, const char *why)
{
	if (o->way == PROCESSES_SCAN_BPF) {
		msg_error("--scan=bpf is not possible: %s", why);
		return st;
	}
	msg_detail("reading /proc, no BPF scan: %s", why);
	return ST_OK;
}

/* *n: about the number of processes; 0: no scan is to be done. */
static enum status check_bpf(struct scan_options *o, const struct ctx *cx, size_t pays_from,
			     size_t *n)
{
	char why[BPF_TASKS_WORDS];
	size_t about = 0;

	*n = 0;
	if (o->way == PROCESSES_SCAN_PROC || o->is_done)
		return ST_OK;
	o->is_done = true;
	if (!privilege_can_use_bpf(cx->privilege))
		return no_bpf_scan(o, ST_DENIED,
				   "the caller needs CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN");
	if (bpf_tasks_check(&about, why))
		return no_bpf_scan(o, ST_BROKEN, why);
	if (o->way == PROCESSES_SCAN_AUTO && about < pays_from)
		return no_bpf_scan(o, ST_OK, "/proc is faster for few processes");
	*n = about;
	return ST_OK;
}

enum status processes_scan_bpf(struct scan_options *o, const struct ctx *cx, size_t pays_from)
{
	char why[BPF_TASKS_WORDS];
	size_t n;
	enum status st = check_bpf(o, cx, pays_from, &n);

	if (st != ST_OK || !n)
		return st;
	if (bpf_tasks_take(&o->tasks, n, why)) {
		bpf_tasks_free(&o->tasks);
		return no_bpf_scan(o, ST_BROKEN, why);
	}
	o->bpf = &o->tasks;
	msg_detail("BPF scan: %s", o->tasks.way);
	return ST_OK;
}

/* What hinders comparing one process for all of its class. NULL: nothing. */
static const char *find_hindrance(const struct ctx *cx)
{
	int proc = procfs_open();
	size_t n_hidden;

	if (proc < 0)
		return strerror(-proc);
	/* With hidepid, /proc does not show all processes. */
	n_hidden = hidden_count_here(proc);
	close(proc);
	if (n_hidden)
		return "not all processes are visible here";
	/* Whether the files of a process can be read would also depend on its capabilities. */
	return cx->privilege->own_effective & 1ULL << CAP_SYS_PTRACE
		       ? NULL
		       : "the caller needs CAP_SYS_PTRACE";
}

enum status processes_load_bpf(struct scan_options *o, const struct ctx *cx,
			       enum bpf_tasks_kind kind, size_t least)
{
	char why[BPF_TASKS_WORDS];
	const char *hindrance;
	size_t n, room;
	enum status st = check_bpf(o, cx, least ? 0 : PROCESSES_SCAN_BREAK_EVEN, &n);

	if (st != ST_OK || !n)
		return st;
	hindrance = find_hindrance(cx);
	if (hindrance)
		return no_bpf_scan(o, ST_BROKEN, hindrance);
	room = least ? 2 * n : n + n / 8 + 64;
	if (bpf_tasks_load(&o->loaded, kind, room > least ? room : least, why)) {
		bpf_tasks_unload(&o->loaded);
		return no_bpf_scan(o, ST_BROKEN, why);
	}
	o->program = &o->loaded;
	/* Those of the first run, which are valid until the next one. */
	if (bpf_tasks_view(o->program, 0, &o->tasks) == 0)
		o->bpf = &o->tasks;
	msg_detail("BPF scan: %s", o->tasks.way);
	return ST_OK;
}

enum status processes_scan_alone(struct scan_options *o, const struct ctx *cx)
{
	enum status st = processes_scan_bpf(o, cx, PROCESSES_SCAN_BREAK_EVEN);

	return st == ST_OK ? processes_forbid_privilege(cx) : st;
}

void processes_scan_free(void *scan_options)
{
	struct scan_options *o = scan_options;

	if (o->program)
		bpf_tasks_unload(&o->loaded);
	bpf_tasks_free(&o->tasks);
	o->program = NULL;
	o->bpf = NULL;
	o->is_done = false;
}

/* For more targets, reading all processes takes less time than finding each and its ties. */
#define MANY_TARGETS 64

enum status processes_say_unreadable(int err)
{
	if (mem_check(err) == -ENODEV)
		msg_error("/proc is not mounted");
	else
		msg_error("cannot read /proc: %s", strerror(-err));
	return ST_BROKEN;
}

void processes_say_gone(int proc, pid_t pid)
{
	if (hidden_count_here(proc))
		msg_error("pid %d: no such process, or it is not visible here", (int)pid);
	else
		msg_error("pid %d: no such process", (int)pid);
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
		processes_say_gone(proc, id);
		return ST_MISSED;
	}
	*pid = (pid_t)tgid;
	parse_status(buf, 0, 4096, &task);
	if (*pid != id)
		msg_warn("pid %d (%s): is a thread; using its process %d", (int)id, task.name,
			 (int)*pid);
	return ST_OK;
}

enum status processes_targets(struct targets *t, const struct args *a,
			      const struct scan_options *scan)
{
	int proc = procfs_open();
	size_t kept = 0;
	enum status st;

	if (proc < 0)
		return processes_say_unreadable(proc);
	/* With hidepid, a scan contains processes that /proc does not show. */
	t->bpf = scan->bpf && !hidden_count_here(proc) ? scan->bpf : NULL;
	st = targets_find(t, a, proc);
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
	close(proc);
	return st;
}

enum status processes_forbid_privilege(const struct ctx *cx)
{
	if (!privilege_keep_none(cx->privilege))
		return ST_OK;
	msg_error("cannot drop capabilities");
	return ST_BROKEN;
}

void processes_say_source(const struct snapshot *s, const struct bpf_tasks *bpf)
{
	int since = s->rules->since;

	if (bpf && !s->scan.has_points)
		msg_detail("reading /proc: the kernel's scores contradict the BPF scan");
	msg_detail("Linux %s: rules since %d.%d.%d (%s); RSS from %s", s->machine.release,
		   since >> 16, since >> 8 & 255, since & 255, s->rules->summary,
		   s->scan.has_points   ? "the kernel's counters"
		   : s->rss == RSS_STAT ? "/proc/PID/stat"
					: "/proc/PID/status");
	msg_detail("%zu processes found, %zu read in detail", s->scan.n_seen, s->scan.n_tasks);
}

enum status processes_take(const struct targets *t, const struct scan_want *want,
			   struct snapshot *s)
{
	struct scan_want narrowed = *want;
	pid_t *pids = NULL;
	int err;

	if (t && t->n > MANY_TARGETS)
		narrowed.top = SCAN_ALL;
	if (t && narrowed.top != SCAN_ALL) {
		narrowed.pids = pids = mem_alloc(t->n, sizeof(*pids));
		narrowed.n_pids = t->n;
		for (size_t i = 0; i < t->n; i++)
			pids[i] = t->list[i].pid;
	}
	err = snapshot_take(&narrowed, s);
	free(pids);
	if (err)
		return processes_say_unreadable(err);
	processes_say_source(s, want->bpf);
	return ST_OK;
}

static int compare_tasks(const void *va, const void *vb)
{
	const struct task *const *a = va, *const *b = vb;

	return ((*a)->pid > (*b)->pid) - ((*a)->pid < (*b)->pid);
}

struct processes_by_pid processes_sort(const struct snapshot *s)
{
	struct processes_by_pid by = { .n = s->scan.n_tasks };

	by.list = mem_alloc(by.n, sizeof(*by.list));
	for (size_t i = 0; i < by.n; i++)
		by.list[i] = &s->scan.tasks[i];
	qsort(by.list, by.n, sizeof(*by.list), compare_tasks);
	return by;
}

const struct task *processes_find(const struct processes_by_pid *by, pid_t pid)
{
	const struct task wanted = { .pid = pid }, *key = &wanted;
	const struct task *const *found =
		bsearch(&key, by->list, by->n, sizeof(*by->list), compare_tasks);

	return found ? *found : NULL;
}

bool processes_is_dumped(const struct task *t)
{
	return t->unkillable == KILLABLE || t->unkillable == UNKILLABLE_ADJ ||
	       t->unkillable == UNKILLABLE_KERNEL;
}

void processes_report_missing(const struct snapshot *s, pid_t pid)
{
	msg_error("pid %d: %s", (int)pid,
		  pid == s->scan.self ? "is this " PROGRAM_NAME ", which is not ranked"
				      : "has exited");
}

enum status processes_report_ended(const struct targets *t, const struct snapshot *s)
{
	struct processes_by_pid by = processes_sort(s);
	enum status st = ST_OK;

	for (size_t i = 0; i < t->n; i++) {
		const struct task *task = processes_find(&by, t->list[i].pid);

		if (task && task->mm_pid != task->pid && t->list[i].is_named)
			msg_warn("pid %d (%s): its first thread has exited; thread %d holds the "
				 "memory",
				 (int)task->pid, task->name, (int)task->mm_pid);
		if (task || !t->list[i].is_named)
			continue;
		processes_report_missing(s, t->list[i].pid);
		st = ST_MISSED;
	}
	free(by.list);
	return st;
}

void processes_say_hidden(const struct snapshot *s)
{
	size_t n = s->scan.n_unseen;
	const char *what = n == 1 ? "process" : "processes";

	if (n && s->scan.unseen_error)
		msg_warn("%zu more %s could not be read (%s): only the others are ranked", n, what,
			 strerror(-s->scan.unseen_error));
	else if (n)
		msg_warn("%zu more %s not visible here: only visible processes are ranked", n,
			 n == 1 ? "process is" : "processes are");
}
