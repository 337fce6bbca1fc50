/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kernel_log: counts the kills in the kernel's ring buffer. */
#include "cmd/metrics/kernel_log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/msg.h"
#include "cmd/shared/confine.h"
#include "sys/log/kmsg.h"
#include "sys/proc/procfs.h"

/* More than kill_counts_print() writes. */
#define TEXT_MAX (1 << 20)

/* Between two lines of a report there is less time. */
#define QUIET_MSEC 100
#define MAX_WAITS  20

static void add_report(void *arg, struct report *r)
{
	kill_counts_add_report(arg, r);
}

/* Waits for the rest of a report that the kernel is writing, unless others write all the time. */
static int read_all(struct kmsg *ring, struct report_parser *p)
{
	int err = kmsg_read(ring, p);

	for (int i = 0; !err && i < MAX_WAITS; i++) {
		if (!ring->ends_in_report && !report_wants_lines(p))
			break;
		err = kmsg_wait(ring, STDOUT_FILENO, -1, QUIET_MSEC);
		if (err <= 0)
			break;
		err = kmsg_read(ring, p);
	}
	return err;
}

/* In the child: prints the new counts to the pipe, which is 1. */
static enum status parse(const struct ctx *cx, struct kmsg *ring, struct kill_counts *c)
{
	struct report_parser *p =
		report_begin(&(struct report_options){ .done = add_report, .arg = c });
	enum status st = p ? confine_enter(cx, false, -1) : ST_BROKEN;
	int err = p ? 0 : -ENOMEM;

	if (st == ST_OK)
		err = read_all(ring, p);
	if (err) {
		msg_error("cannot read the kernel's log: %s", kmsg_error(err));
		st = ST_BROKEN;
	}
	if (st == ST_OK) {
		report_flush(p);
		c->next = ring->next;
		c->n_lost += ring->n_missing;
		kill_counts_print(c, true, true, stdout);
		st = fflush(stdout) ? ST_BROKEN : ST_OK;
	}
	report_end(p);
	return st;
}

/* Reads what the child prints. 0, -EIO, or the error of reading. */
static int read_text(int from, char *text)
{
	size_t len = 0;
	ssize_t n;

	while (len < TEXT_MAX) {
		n = read(from, text + len, TEXT_MAX - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	text[len] = '\0';
	return n < 0 ? -errno : n > 0 ? -EIO : 0;
}

static int wait_for(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == ST_OK ? 0 : -EIO;
}

static int run_child(const struct ctx *cx, struct kmsg *ring, const struct kill_counts *c,
		     char *text)
{
	int ends[2], err = 0, ended;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	/* If it is ignored, no child can be waited for. */
	signal(SIGCHLD, SIG_DFL);
	child = fork();
	if (child == 0) {
		struct kill_counts *copy = mem_alloc(1, sizeof(*copy));

		*copy = *c;
		if (dup2(ends[1], STDOUT_FILENO) < 0)
			_exit(ST_BROKEN);
		close(ends[0]);
		close(ends[1]);
		_exit((int)parse(cx, ring, copy));
	}
	if (child < 0)
		err = -errno;
	close(ends[1]);
	if (!err)
		err = read_text(ends[0], text);
	close(ends[0]);
	ended = child > 0 ? wait_for(child) : 0;
	return err ? err : ended;
}

/* The number of this boot. */
static int read_boot(char boot[KILL_COUNTS_BOOT])
{
	char text[64];
	int proc = procfs_open();
	ssize_t n = proc;

	if (proc >= 0) {
		n = procfs_read(proc, "sys/kernel/random/boot_id", text, sizeof(text));
		close(proc);
	}
	if (n < 0)
		return (int)n;
	if (strcspn(text, "\n") != KILL_COUNTS_BOOT - 1)
		return -EINVAL;
	memcpy(boot, text, KILL_COUNTS_BOOT - 1);
	boot[KILL_COUNTS_BOOT - 1] = '\0';
	return 0;
}

static int say_ring(int err)
{
	msg_error("cannot read the kernel's log: %s%s", kmsg_error(err),
		  err == -EPERM || err == -EACCES ? "; it needs root, or kernel.dmesg_restrict=0"
						  : "");
	return err;
}

int kernel_log_count(const struct ctx *cx, struct kill_counts *c)
{
	struct kill_counts *next = mem_alloc(1, sizeof(*next));
	struct kmsg ring = { .fd = -1 };
	char *text = NULL, boot[KILL_COUNTS_BOOT];
	int err = read_boot(boot);

	if (err) {
		msg_error("cannot read the ID of this boot: %s", strerror(-err));
		free(next);
		return err;
	}
	if (strcmp(c->boot, boot) == 0)
		*next = *c;
	memcpy(next->boot, boot, sizeof(boot));
	ring.begin = next->next;
	err = kmsg_open(&ring);
	/* Without /dev/kmsg records have no numbers. */
	if (!err && ring.fd < 0)
		err = -ENOENT;
	if (err) {
		say_ring(err);
	} else {
		text = mem_alloc(TEXT_MAX + 1, 1);
		err = run_child(cx, &ring, next, text);
		if (!err)
			err = kill_counts_parse(next, text);
		/* The child has no rights, but what it reads is hostile. */
		if (!err && (strcmp(next->boot, boot) != 0 || next->next < ring.begin))
			err = -EINVAL;
		if (err)
			msg_error("cannot parse the kernel's log: %s", strerror(-err));
		else
			*c = *next;
	}
	kmsg_close(&ring);
	free(text);
	free(next);
	return err;
}
