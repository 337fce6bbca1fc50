/* SPDX-License-Identifier: GPL-2.0-or-later */
/* command: the executable and the command line of a process. */
#include "sys/proc/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/calls.h"
#include "base/clock.h"

/* Milliseconds to wait for each of the first reads that block, and for the others: 5 s for all. */
#define WAIT_MS       500
#define WAIT_SHORT_MS 10
#define START_MS      5000 /* for the child to run, on a busy machine */
#define N_WAITS       8
#define BLOCKED_MAX   100 /* after this many the rest is not tried */

int command_read_exe(int dir, pid_t pid, char *path, size_t size)
{
	char name[32] = "exe";
	ssize_t n;

	if (pid)
		snprintf(name, sizeof(name), "%d/exe", (int)pid);
	n = readlinkat(dir, name, path, size - 1);
	path[n > 0 ? n : 0] = '\0';
	return n < 0 ? -errno : 0;
}

/* Returns the length, or a negative errno. */
static ssize_t read_whole(int proc, pid_t pid, char *text)
{
	char name[32];
	size_t at = 0;
	ssize_t n;
	int fd;

	snprintf(name, sizeof(name), "%d/cmdline", (int)pid);
	fd = openat(proc, name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -errno;
	while ((n = read(fd, text + at, COMMAND_LINE_MAX - 1 - at)) > 0)
		at += (size_t)n;
	close(fd);
	return n < 0 ? -errno : (ssize_t)at;
}

/* A child that blocks must keep nothing open: neither the caller's output nor a lock. */
static _Noreturn void serve(int proc, int socket, char *text)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	ssize_t n;
	pid_t pid;

	proc = fcntl(proc, F_DUPFD_CLOEXEC, 5);
	socket = fcntl(socket, F_DUPFD_CLOEXEC, 5);
	if (proc < 0 || socket < 0 || dup2(null, 0) || dup2(null, 1) != 1 || dup2(null, 2) != 2 ||
	    dup2(proc, 3) != 3 || dup2(socket, 4) != 4 || calls_close_from(5))
		_exit(1);
	n = 0; /* it has started */
	if (send(4, &n, sizeof(n), MSG_NOSIGNAL) != sizeof(n))
		_exit(1);
	while (read(4, &pid, sizeof(pid)) == sizeof(pid)) {
		n = read_whole(3, pid, text);
		if (send(4, &n, sizeof(n), MSG_NOSIGNAL) != sizeof(n))
			break;
	}
	_exit(0);
}

/* A child that blocks is not waited for: it ends when its read does. */
static void stop(struct command_reader *r, bool is_blocked)
{
	if (r->child <= 0)
		return;
	kill(r->child, SIGKILL);
	waitpid(r->child, NULL, is_blocked ? WNOHANG : 0);
	close(r->socket);
	r->child = 0;
	/* It can still write there. */
	munmap(r->text, COMMAND_LINE_MAX);
	r->text = NULL;
}

/* 0; -ETIMEDOUT: no answer in wait_ms; -EIO: the child has ended. */
static int await(const struct command_reader *r, int wait_ms, ssize_t *n)
{
	struct pollfd answer = { .fd = r->socket, .events = POLLIN };
	int64_t end = clock_ms() + wait_ms, left;
	int ready = -1;

	while (ready < 0 && (left = end - clock_ms()) > 0) {
		ready = poll(&answer, 1, (int)left);
		if (ready < 0 && errno != EINTR)
			return -errno;
	}
	if (ready <= 0)
		return -ETIMEDOUT;
	return read(r->socket, n, sizeof(*n)) == sizeof(*n) ? 0 : -EIO;
}

static int start(struct command_reader *r, int proc)
{
	int ends[2], err;
	ssize_t n;

	if (!r->text) {
		r->text = mmap(NULL, COMMAND_LINE_MAX, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (r->text == MAP_FAILED) {
			r->text = NULL;
			return -ENOMEM;
		}
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	r->child = fork();
	err = -errno;
	if (r->child == 0)
		serve(proc, ends[1], r->text);
	close(ends[1]);
	r->socket = ends[0];
	if (r->child < 0) {
		r->child = 0;
		close(ends[0]);
		return err;
	}
	err = await(r, START_MS, &n);
	if (err)
		stop(r, true);
	return err;
}

int command_read_line(struct command_reader *r, int proc, pid_t pid)
{
	ssize_t n = 0;
	int err = 0;

	if (r->n_blocked >= BLOCKED_MAX)
		return -ETIMEDOUT;
	if (r->child <= 0)
		err = start(r, proc);
	if (err) {
		r->n_blocked = BLOCKED_MAX;
		return err;
	}
	if (send(r->socket, &pid, sizeof(pid), MSG_NOSIGNAL) != sizeof(pid))
		err = -EIO;
	else
		err = await(r, r->n_blocked < N_WAITS ? WAIT_MS : WAIT_SHORT_MS, &n);
	if (err) {
		stop(r, true);
		r->n_blocked += err == -ETIMEDOUT;
		return err;
	}
	if (n < 0)
		return (int)n;
	r->is_cut = n == COMMAND_LINE_MAX - 1;
	while (n > 0 && !r->text[n - 1])
		n--;
	for (ssize_t i = 0; i < n; i++)
		if (!r->text[i])
			r->text[i] = ' ';
	r->text[n] = '\0';
	return n ? 0 : -ENOENT;
}

void command_close(struct command_reader *r)
{
	stop(r, false);
	if (r->text)
		munmap(r->text, COMMAND_LINE_MAX);
	r->text = NULL;
}
