/* SPDX-License-Identifier: GPL-2.0-or-later */
/* evidence: reads the facts of an audit: processes and settings. */
#include "sys/audit/evidence.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/audit/internal.h"
#include "sys/proc/procfs.h"
#include "sys/scan/hidden.h"

void evidence_fail(struct evidence *e, enum audit_source source, int err, const char *why)
{
	struct evidence_failure *f = &e->failures[source];

	if (f->err)
		return;
	f->err = err;
	snprintf(f->why, sizeof(f->why), "%s", why ? why : strerror(-err));
}

static const struct audit_process *by_pid_at(const struct evidence *e, size_t nth)
{
	return &e->facts.processes[e->by_pid[nth]];
}

size_t evidence_find(const struct evidence *e, pid_t pid)
{
	size_t low = 0, high = e->facts.n_processes;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (by_pid_at(e, middle)->task->pid < pid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < e->facts.n_processes && by_pid_at(e, low)->task->pid == pid ? e->by_pid[low]
										 : AUDIT_NONE;
}

static int compare_pids(const void *va, const void *vb, void *processes)
{
	const struct audit_process *p = processes;
	const size_t *a = va, *b = vb;

	return (p[*a].task->pid > p[*b].task->pid) - (p[*a].task->pid < p[*b].task->pid);
}

int evidence_read_processes(struct evidence *e)
{
	const struct scan *scan = &e->s.scan;
	struct audit_facts *f = &e->facts;

	f->processes = calloc(scan->n_tasks + 1, sizeof(*f->processes));
	e->by_pid = calloc(scan->n_tasks + 1, sizeof(*e->by_pid));
	if (!f->processes || !e->by_pid)
		return -ENOMEM;
	f->n_processes = scan->n_tasks;
	for (size_t i = 0; i < scan->n_tasks; i++) {
		f->processes[i] = (struct audit_process){
			.task = &scan->tasks[i],
			.group = AUDIT_NONE,
			.unit = AUDIT_NONE,
		};
		e->by_pid[i] = i;
	}
	qsort_r(e->by_pid, scan->n_tasks, sizeof(*e->by_pid), compare_pids, f->processes);
	for (size_t i = 0; i < scan->n_tasks; i++)
		f->processes[i].parent = evidence_find(e, scan->tasks[i].ppid);
	return 0;
}

/* -1: this kernel does not have it, or it cannot be read. */
static int64_t read_setting(struct evidence *e, const char *name)
{
	int64_t value = -1;
	int err = procfs_read_number(e->s.proc, name, &value);

	if (err == -ENOENT && faccessat(e->s.proc, "sys/vm", F_OK, 0))
		evidence_fail(e, AUDIT_SETTINGS, -ENODEV, "/proc does not contain the settings");
	else if (err && err != -ENOENT)
		evidence_fail(e, AUDIT_SETTINGS, err, NULL);
	return err ? -1 : value;
}

static void read_settings(struct evidence *e)
{
	struct audit_facts *f = &e->facts;
	char meminfo[PROCFS_BUF], loaded[8] = "";
	ssize_t n = procfs_read_all(e->s.proc, "meminfo", meminfo, sizeof(meminfo));

	f->panic_on_oom = e->s.machine.panic_on_oom;
	f->kill_allocating = e->s.machine.kill_allocating;
	f->dump_tasks = read_setting(e, "sys/vm/oom_dump_tasks");
	f->panic = read_setting(e, "sys/kernel/panic");
	f->overcommit = read_setting(e, "sys/vm/overcommit_memory");
	f->has_kdump = procfs_read(AT_FDCWD, "/sys/kernel/kexec_crash_loaded", loaded,
				   sizeof(loaded)) > 0 &&
		       loaded[0] == '1';
	if (n < 0)
		evidence_fail(e, AUDIT_SETTINGS, (int)n, NULL);
	if (n <= 0 || !procfs_find_number(meminfo, "Committed_AS", &f->commit_kib) ||
	    !procfs_find_number(meminfo, "CommitLimit", &f->commit_limit_kib))
		f->commit_limit_kib = 0;
}

int evidence_read(struct evidence *e, const struct privilege *p, unsigned int sources)
{
	const struct scan_want want = { .top = SCAN_ALL, .unkillable = true };
	struct audit_facts *f = &e->facts;
	int err;

	memset(e, 0, sizeof(*e));
	f->panic_on_oom = f->kill_allocating = f->dump_tasks = f->panic = f->overcommit = -1;
	err = snapshot_take(&want, &e->s);
	if (err)
		return err;
	f->n_unseen = e->s.scan.n_unseen;
	e->lacks_own = f->n_unseen && (e->s.scan.unseen_error || hidden_count_here(e->s.proc));
	f->is_host = e->s.machine.is_initial_pidns;
	f->has_score_adj = e->s.machine.has_score_adj;
	f->page_size = e->s.machine.totals.page_size;
	f->ram_pages = e->s.machine.ram_bytes / f->page_size;
	err = evidence_read_processes(e);
	if (!err)
		err = evidence_read_groups(e, sources & 1U << AUDIT_CGROUPS);
	if (!err && sources & 1U << AUDIT_UNITS)
		err = evidence_read_units(e, p, sources & 1U << AUDIT_POLICIES);
	if (!err && sources & 1U << AUDIT_SETTINGS)
		read_settings(e);
	if (!err && sources & 1U << AUDIT_RULES)
		err = evidence_read_rules(e);
	return err;
}

void evidence_free(struct evidence *e)
{
	evidence_free_rules(e);
	evidence_free_groups(e);
	free(e->facts.processes);
	free(e->by_pid);
	snapshot_free(&e->s);
	memset(e, 0, sizeof(*e));
	e->s.proc = -1;
}
