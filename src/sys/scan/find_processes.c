/* SPDX-License-Identifier: GPL-2.0-or-later */
/* find_processes: compares all processes with selectors, from a BPF scan or by libproc2. */
#include <dlfcn.h>
#include <errno.h>
#include <libproc2/pids.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "sys/scan/internal.h"

#ifndef LIBPROC2_SONAME
#define LIBPROC2_SONAME "libproc2.so.0"
#endif

/* A search of all processes. */
struct search {
	int proc;
	const struct find_patterns *m;
	struct find_found *found;
	struct command_reader reader;
};

/* result: of find_fits(). Adds a process that matched, unless only its PID selects it. */
static int take_result(const struct search *s, pid_t pid, int result)
{
	struct find_found *found = s->found;
	struct pidref ref;
	int err = pidref_open(s->proc, pid, &ref);
	bool is_excluded = !err && find_is_excluded(&ref);

	pidref_close(&ref);
	if (err == -ESRCH)
		return 0;
	if (is_excluded) {
		found->n_excluded += result > 0;
		return 0;
	}
	found->n_cut += result == -EOVERFLOW;
	found->n_unsure += result == -EDOM;
	found->n_long += result == -ENAMETOOLONG;
	found->n_denied += result == -EACCES || result == -EPERM;
	found->n_unnamed += result == -ENOKEY;
	found->n_blocked += result == -ETIMEDOUT;
	if (result < 0)
		return 0;
	err = array_grow(&found->pids, &found->room, found->n + 1);
	if (!err)
		found->pids[found->n++] = pid;
	return err;
}

enum { ITEM_PID, ITEM_NAME, ITEM_USER, ITEM_PARENT, N_ITEMS };

static enum pids_item items[N_ITEMS] = { PIDS_ID_PID, PIDS_CMD, PIDS_ID_RUID, PIDS_ID_PPID };

/* Returns buf, or shown if it cannot be read. */
static const char *read_name(int proc, pid_t pid, const char *shown, char buf[TASK_NAME_MAX])
{
	ssize_t n = procfs_read_pid(proc, pid, 0, "comm", buf, TASK_NAME_MAX);

	if (n <= 0)
		return shown;
	if (buf[n - 1] == '\n')
		buf[n - 1] = '\0';
	return buf;
}

static int compare_with(struct search *s, struct find_process *p)
{
	int result;

	p->at = p->pid;
	p->dir = p->proc = s->proc;
	/* The child that reads command lines is no target. */
	if (p->ppid == getpid())
		return 0;
	result = find_fits(s->m, p, &s->reader);
	return result ? take_result(s, p->pid, result) : 0;
}

static int search_by_library(struct search *s, const char **why)
{
	__typeof__(&procps_pids_new) create = NULL;
	__typeof__(&procps_pids_get) get = NULL;
	__typeof__(&procps_pids_unref) release = NULL;
	struct pids_info *info = NULL;
	struct pids_stack *stack;
	void *library;
	int err = 0;

	/* If this is set, the library hides kernel threads. */
	unsetenv("LIBPROC_HIDE_KERNEL");
	/* Unloading would leak the buffers that it keeps. */
	library = dlopen(LIBPROC2_SONAME, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (library) {
		*(void **)&create = dlsym(library, "procps_pids_new");
		*(void **)&get = dlsym(library, "procps_pids_get");
		*(void **)&release = dlsym(library, "procps_pids_unref");
	}
	if (!create || !get || !release) {
		*why = dlerror();
		err = -ELIBACC;
	} else if (create(&info, items, N_ITEMS) < 0) {
		err = -EIO;
	}
	while (!err && (stack = get(info, PIDS_FETCH_TASKS_ONLY))) {
		struct find_process p = { .pid = PIDS_VAL(ITEM_PID, s_int, stack, info),
					  .ppid = PIDS_VAL(ITEM_PARENT, s_int, stack, info),
					  .uid = PIDS_VAL(ITEM_USER, u_int, stack, info),
					  .name = PIDS_VAL(ITEM_NAME, str, stack, info) };
		char name[TASK_NAME_MAX];

		/* The library shows bytes that are no characters as '?'. */
		if (strchr(p.name, '?'))
			p.name = read_name(s->proc, p.pid, p.name, name);
		err = compare_with(s, &p);
	}
	if (info)
		release(&info);
	if (library)
		dlclose(library);
	return err;
}

/*
 * What /proc shows of the process of a row. The name of a kernel thread can be longer than a row
 * holds; if the first thread has ended, the row is that of another one. false: there is none.
 */
static bool read_row(int proc, const struct prog_row *row, char name[TASK_NAME_MAX],
		     struct find_process *p)
{
	char comm[TASK_NAME_MAX];
	struct pidref ref;
	int err;

	*p = (struct find_process){ .pid = row->pid,
				    .ppid = row->ppid,
				    .uid = row->uid,
				    .name = name,
				    .has_adj = true,
				    .adj = row->adj };
	text_copy(name, TASK_NAME_MAX, row->name, strnlen(row->name, sizeof(row->name)));
	if (row->flags & BPF_TASKS_KTHREAD && read_name(proc, row->pid, name, comm) == comm)
		memcpy(name, comm, sizeof(comm));
	if (row->pid == row->mm_pid)
		return true;
	err = pidref_open(proc, row->pid, &ref);
	p->ppid = ref.ppid;
	p->uid = ref.uid;
	memcpy(name, ref.name, TASK_NAME_MAX);
	pidref_close(&ref);
	return !err;
}

static int compare_pids(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

static int search_rows(struct search *s, const struct bpf_tasks *bpf)
{
	struct find_found *found = s->found;
	int err = 0;

	for (size_t i = 0; !err && i < bpf->n; i++) {
		const struct prog_row *row = &bpf->rows[i];
		char name[TASK_NAME_MAX];
		struct find_process p;

		if (bpf_tasks_is_process(bpf, row) && read_row(s->proc, row, name, &p))
			err = compare_with(s, &p);
	}
	/* As /proc lists them. */
	if (found->n)
		qsort(found->pids, found->n, sizeof(*found->pids), compare_pids);
	return err;
}

int find_processes(int proc, const struct find_patterns *m, const struct bpf_tasks *bpf,
		   struct find_found *found, const char **why)
{
	struct search s = { .proc = proc, .m = m, .found = found };
	int err = bpf ? search_rows(&s, bpf) : search_by_library(&s, why);

	command_close(&s.reader);
	return err;
}
