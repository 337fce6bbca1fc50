/* SPDX-License-Identifier: GPL-2.0-or-later */
/* top: the ranking on the whole terminal, refreshed, with keys that change adj. */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/msg.h"
#include "cmd/predict/text.h"
#include "cmd/shared/processes.h"
#include "cmd/shared/selectors.h"
#include "cmd/top/internal.h"
#include "oom/rules/adj.h"
#include "sys/adj/adj_file.h"
#include "sys/proc/procfs.h"
#include "sys/proc/user.h"
#include "ui/format.h"

#define DEFAULT_INTERVAL_MS 2000

struct top_options {
	struct scan_options scan;
	const char *cgroup;
	int64_t interval_ms;
};

static enum status take_delay(void *target, const struct args *a)
{
	char *end;
	double seconds = strtod(a->value, &end);

	/* The locale is not that of numbers: the point is always a point. */
	if (a->value[strspn(a->value, "0123456789.")] || end == a->value || *end || seconds < 0.1 ||
	    seconds > 3600)
		return args_error(a, "--delay must be 0.1 to 3600 seconds, not '%s'", a->value);
	((struct top_options *)target)->interval_ms = (int64_t)(seconds * 1000 + 0.5);
	return ST_OK;
}

static enum status take_cgroup(void *target, const struct args *a)
{
	return selectors_read_cgroup(a, &((struct top_options *)target)->cgroup);
}

static const struct opt opts[] = {
	OPT_CALL('d', "delay", "SECONDS", "time between refreshes, 0.1 to 3600 (default: 2)",
		 take_delay),
	OPT_CALL(0, "cgroup", "PATH", "the processes and the limit of this memory cgroup",
		 take_cgroup),
	OPT_END,
};

/* When memory is short, this program should be the last to be killed, if that is permitted. */
static void protect_self(void)
{
	int proc = procfs_open(), adj;
	struct adj_file f = { .fd = -1 };

	if (proc >= 0 && !adj_file_open(proc, procfs_self(proc), true, &f) &&
	    !adj_file_read(&f, &adj) && !f.is_old && adj > ADJ_LAST)
		adj_file_write(&f, ADJ_LAST, NULL);
	adj_file_close(&f);
	if (proc >= 0)
		close(proc);
}

/* Freed memory stays here, so that a refresh asks the kernel for none. */
static void keep_heap(void)
{
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	/* musl has no such setting. */
#ifdef M_MMAP_MAX
	mallopt(M_TRIM_THRESHOLD, INT32_MAX);
	mallopt(M_MMAP_MAX, 0);
#endif
	/* Fails without CAP_SYS_RESOURCE. */
	setrlimit(RLIMIT_MEMLOCK, &all);
}

/* NULL, or why not, in a static buffer. */
static const char *lock_memory(void)
{
	static char why[64];
	char size[FORMAT_TEXT_MAX];
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };
	int err = mem_lock();

	if (!err)
		return NULL;
	getrlimit(RLIMIT_MEMLOCK, &limit);
	if (err == -ENOMEM && limit.rlim_cur != RLIM_INFINITY)
		snprintf(why, sizeof(why), "RLIMIT_MEMLOCK is %s",
			 format_format((int64_t)limit.rlim_cur, size));
	else
		snprintf(why, sizeof(why), "%s", strerror(-err));
	return why;
}

/* The BPF program stays loaded, so that it pays with few processes, too. */
static enum status begin_counter(struct top *t, const struct scan_options *scan)
{
	const struct privilege *p = t->cx->privilege;
	char why[BPF_TASKS_WORDS] = "";
	size_t n;

	if (scan->way == PROCESSES_SCAN_PROC)
		return ST_OK;
	if (!privilege_can_use_bpf(p))
		snprintf(why, sizeof(why),
			 "the caller needs CAP_BPF and CAP_PERFMON, or "
			 "CAP_SYS_ADMIN");
	else if (!bpf_tasks_check(&n, why) && !counter_begin(&t->counter, p, t->live.room, why)) {
		if (!live_use_counter(&t->live, &t->counter))
			return ST_OK;
		snprintf(why, sizeof(why), "%s", strerror(ENOMEM));
	}
	if (scan->way != PROCESSES_SCAN_BPF)
		return ST_OK;
	msg_error("--scan=bpf is not possible: %s", why);
	return ST_BROKEN;
}

static enum status begin_live(struct top *t, const char *cgroup)
{
	struct candidates c;
	enum status st;
	int err;

	/* Reports errors in the words of predict. */
	if (cgroup) {
		st = predict_text_take(&c, cgroup, false, 0, NULL);
		candidates_free(&c);
		if (st != ST_OK)
			return st;
		cgroup = cgroup_path_strip_mount(cgroup);
	}
	err = live_begin(&t->live, cgroup, live_choose_room());
	return err ? processes_say_unreadable(err) : ST_OK;
}

/* Starts what needs privileges, and drops them. */
static enum status begin(struct top *t, const struct top_options *o)
{
	enum status st;
	int err;

	protect_self();
	keep_heap();
	st = begin_live(t, o->cgroup);
	if (st != ST_OK)
		return st;
	/*
	 * Each has the descriptors of those before it, and ends when its own has no other end: the
	 * last one ends first.
	 */
	err = change_begin(&t->change, t->cx);
	if (!err)
		err = kills_follow_begin(&t->kills, t->cx);
	if (err) {
		msg_error("cannot start a process: %s", strerror(-err));
		return ST_BROKEN;
	}
	st = begin_counter(t, &o->scan);
	return st == ST_OK ? processes_forbid_privilege(t->cx) : st;
}

static void allocate(struct top *t)
{
	size_t room = t->live.room;

	t->shown = mem_alloc(room, sizeof(*t->shown));
	t->spare = mem_alloc(room, sizeof(*t->spare));
	t->keys = mem_alloc(room, sizeof(*t->keys));
	t->low_keys = mem_alloc(room, sizeof(*t->low_keys));
	t->is_in_group = mem_alloc(room, sizeof(*t->is_in_group));
	t->tree = (struct order_tree){ .parents = mem_alloc(room, sizeof(uint32_t)),
				       .depths = mem_alloc(room, sizeof(uint16_t)),
				       .children = mem_alloc(room, sizeof(uint32_t)),
				       .siblings = mem_alloc(room, sizeof(uint32_t)),
				       .sorted = t->spare };
}

static enum status show(struct top *t)
{
	enum status st;
	const char *why;
	int err;

	allocate(t);
	t->error = live_refresh(&t->live);
	if (t->error)
		return processes_say_unreadable(t->error);
	/* Names of users are looked up while there is memory. */
	for (size_t i = 0; i < t->live.n; i++)
		user_cached_name(&t->user_names, t->live.tasks[t->live.rows[i]].task.uid);
	view_update(t);
	err = loop_begin(t);
	why = err ? strerror(-err) : curses_open(t->cx->has_color);
	if (why) {
		loop_end(t);
		msg_error("%s", why);
		return ST_BROKEN;
	}
	why = lock_memory();
	if (why)
		loop_say(t, true,
			 "Memory cannot be locked (%s): top may stall when memory is short", why);
	st = loop_run(t);
	loop_end(t);
	return st;
}

static void end(struct top *t)
{
	if (t->counter.pid)
		counter_end(&t->counter);
	kills_follow_end(&t->kills);
	change_end(&t->change);
	live_end(&t->live);
	user_free_names(t->user_names);
	free(t->shown);
	free(t->spare);
	free(t->keys);
	free(t->low_keys);
	free(t->is_in_group);
	free(t->tree.parents);
	free(t->tree.depths);
	free(t->tree.children);
	free(t->tree.siblings);
	free(t);
}

static enum status run(struct ctx *cx, struct args *a, void *options)
{
	const struct top_options *o = options;
	struct top *t;
	enum status st;
	int ends_by;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return args_error(a,
				  "top needs a terminal; for a list, use '" PROGRAM_NAME " rank'");
	t = mem_alloc(1, sizeof(*t));
	t->cx = cx;
	t->kills.fd = t->change.socket = t->live.proc = t->signal_fd = -1;
	t->live.top.tree.root = t->live.top.s.proc = -1;
	t->interval_ms = o->interval_ms ? o->interval_ms : DEFAULT_INTERVAL_MS;
	st = begin(t, o);
	if (st == ST_OK)
		st = show(t);
	ends_by = t->ends_by;
	end(t);
	if (ends_by)
		loop_end_by(ends_by);
	return st;
}

const struct cmd cmd_top = {
	.name = "top",
	.synopsis = "[OPTION]...",
	.summary = "Show the kill order and memory live, and change adj",
	.opts = opts,
	.shared = { { &processes_scan_group, offsetof(struct top_options, scan) } },
	.options_size = sizeof(struct top_options),
	.flags = CMD_LIVE,
	.run = run,
};
