/* SPDX-License-Identifier: GPL-2.0-or-later */
/* watch: applies the standing rules to processes when they start, for as long as it runs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/num.h"
#include "cmd/shared/processes.h"
#include "cmd/watch/internal.h"
#include "oom/rules/adj.h"
#include "sys/adj/adj_file.h"
#include "sys/adj/saved_adj.h"
#include "sys/proc/procfs.h"

#define BUFFER_MIN 4096
#define BUFFER_MAX (1ULL << 30)

/* Processes in a scan; 320 bytes for each. If there are more later, /proc is read. */
#define MIN_ROOM 4096

static enum status take_buffer(void *target, const struct args *a)
{
	struct watch_options *o = target;
	unsigned long long bytes;

	if (num_parse_size(a->value, &bytes) || bytes < BUFFER_MIN || bytes > BUFFER_MAX)
		return args_error(a, "--buffer must be a size from 4K to 1G, not '%s'", a->value);
	o->buffer_bytes = (size_t)bytes;
	return ST_OK;
}

static const struct opt opts[] = {
	OPT_COUNT(0, "interval", "SECONDS", "time between passes over all processes (default: 300)",
		  struct watch_options, interval_s, 86400),
	OPT_CALL(0, "buffer", "SIZE", "size of the kernel's buffer for events (default: 4M)",
		 take_buffer),
	OPT_END,
};

/* It must not be killed, nor wait for a disk, when memory is short. */
static void protect_self(struct watch *w)
{
	struct adj_file f = { .fd = -1 };
	int adj = 0, err = adj_file_open(w->proc, procfs_self(w->proc), true, &f);

	if (!err)
		err = adj_file_read(&f, &adj);
	if (!err && !f.is_old && adj > ADJ_LAST) {
		err = adj_file_write(&f, ADJ_LAST, NULL);
		if (err == -EACCES && privilege_may_raise(w->cx->privilege))
			err = adj_file_write(&f, ADJ_LAST, w->cx->privilege);
	}
	adj_file_close(&f);
	if (err)
		msg_warn("cannot set the adj of this process to %d: %s", ADJ_LAST, strerror(-err));
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		msg_warn("cannot keep this process in memory: %s (see RLIMIT_MEMLOCK)",
			 strerror(errno));
}

/* Two would change the same processes, and each replace the records of the other. */
static enum status claim_records(struct watch *w)
{
	w->claim = records_claim(w->proc);
	if (w->claim == -EBUSY) {
		msg_error("another " PROGRAM_NAME
			  " watch is running (see 'systemctl status " PROGRAM_NAME
			  "-watch'); to apply rules once, use '" PROGRAM_NAME " apply'");
		return ST_BROKEN;
	}
	if (w->claim < 0)
		msg_warn("cannot find out whether another " PROGRAM_NAME " watch is running: %s",
			 saved_adj_error(w->claim));
	return ST_OK;
}

/* For the passes over all processes. Loaded once, because it then needs no more memory. */
static enum status load_program(struct watch *w, struct scan_options *scan)
{
	enum status st = processes_load_bpf(scan, w->cx, BPF_TASKS_CLASSES, MIN_ROOM);

	w->all.program = scan->program;
	if (!privilege_drop_bpf(w->cx->privilege))
		return st;
	msg_error("cannot drop capabilities");
	return ST_BROKEN;
}

static enum status run(struct ctx *cx, struct args *a, void *options)
{
	struct scan_options scan = { .way = PROCESSES_SCAN_AUTO };
	struct watch *w;
	enum status st;

	(void)a;
	if (cx->privilege->is_borrowed || geteuid() != 0) {
		msg_error("only root can watch processes");
		return ST_DENIED;
	}
	w = mem_alloc(1, sizeof(*w));
	w->cx = cx;
	w->o = *(struct watch_options *)options;
	w->proc = procfs_open();
	if (w->proc < 0) {
		msg_error("/proc is not mounted");
		free(w);
		return ST_BROKEN;
	}
	st = claim_records(w);
	if (st == ST_OK)
		protect_self(w);
	if (st == ST_OK)
		st = load_program(w, &scan);
	if (st == ST_OK)
		st = watch_run(w);
	processes_scan_free(&scan);
	if (w->claim >= 0)
		close(w->claim);
	close(w->proc);
	free(w);
	return st;
}

const struct cmd cmd_watch = {
	.name = "watch",
	.synopsis = "[OPTION]...",
	.summary = "Keep applying the standing rules to new processes",
	.opts = opts,
	.shared = { { &files_group, offsetof(struct watch_options, files) } },
	.options_size = sizeof(struct watch_options),
	.flags = CMD_DAEMON | CMD_WHOLE,
	.run = run,
};
