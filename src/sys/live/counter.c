/* SPDX-License-Identifier: GPL-2.0-or-later */
/* counter: a process of its own that keeps the BPF program loaded. */
#include "sys/live/counter.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* It answers within milliseconds, unless someone has stopped it. */
#define TIMEOUT_S 5

/* The answer to one byte. */
struct answer {
	int error; /* a negative errno */
	uint64_t taken_ms;
};

/* Runs until the other end is closed. */
static _Noreturn void serve(const struct counter *c, struct privilege p, int socket)
{
	char request;

	/* The terminal's signals are for the process that shows the result. */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGTSTP, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0UL, 0UL, 0UL);
	if (privilege_keep_bpf(&p))
		_exit(1);
	mlockall(MCL_CURRENT);
	while (recv(socket, &request, 1, 0) == 1) {
		struct answer a = { .taken_ms = 0 };

		a.error = bpf_tasks_run(&c->program, &a.taken_ms);
		if (send(socket, &a, sizeof(a), MSG_NOSIGNAL) != sizeof(a))
			break;
	}
	_exit(0);
}

int counter_begin(struct counter *c, const struct privilege *p, size_t room,
		  char words[BPF_TASKS_WORDS])
{
	const struct timeval timeout = { .tv_sec = TIMEOUT_S };
	int sockets[2], err;

	*c = (struct counter){ .socket = -1 };
	err = bpf_tasks_load(&c->program, BPF_TASKS_MEMORY, room, words);
	if (!err && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets)) {
		err = -errno;
		snprintf(words, BPF_TASKS_WORDS, "%s", strerror(-err));
	}
	if (err) {
		bpf_tasks_unload(&c->program);
		return err;
	}
	c->pid = fork();
	if (c->pid == 0) {
		close(sockets[0]);
		serve(c, *p, sockets[1]);
	}
	err = c->pid < 0 ? -errno : 0;
	close(sockets[1]);
	c->socket = sockets[0];
	setsockopt(c->socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	/* Only the other process runs the program; the rows remain mapped. */
	close(c->program.program);
	close(c->program.map);
	c->program.program = c->program.map = -1;
	if (err) {
		snprintf(words, BPF_TASKS_WORDS, "%s", strerror(-err));
		counter_end(c);
	}
	return err;
}

int counter_run(const struct counter *c, struct bpf_tasks *tasks, size_t *n_missing)
{
	struct answer a;
	ssize_t n;

	if (send(c->socket, "", 1, MSG_NOSIGNAL) != 1)
		return -errno;
	do
		n = recv(c->socket, &a, sizeof(a), 0);
	while (n < 0 && errno == EINTR);
	if (n != sizeof(a))
		return n < 0 ? -errno : -EPIPE;
	if (!a.error)
		*n_missing = bpf_tasks_view(&c->program, a.taken_ms, tasks);
	return a.error;
}

void counter_end(struct counter *c)
{
	if (c->socket >= 0)
		close(c->socket);
	c->socket = -1;
	/* It may have been stopped; it has nothing to finish. */
	if (c->pid > 0 && kill(c->pid, SIGKILL) == 0)
		waitpid(c->pid, NULL, 0);
	c->pid = 0;
	bpf_tasks_unload(&c->program);
}
