/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit_settings: what a systemd manager says about a unit, asked by a process of its own. */
#include "sys/unit/unit_settings.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/calls.h"
#include "sys/unit/internal.h"

/* A message of D-Bus can have 128 MiB. */
#define MEMORY_MAX (32 << 20)

/* Of a process in a sandbox, which shows one kill: a unit, its manager, the units of a slice. */
#define MAX_QUESTIONS (UNIT_SETTINGS_UNITS + 4)

struct unit_question {
	struct systemctl manager;
	char name[UNIT_NAME_SIZE];
};

struct unit_answer {
	int err;
	struct unit_effect_settings settings;
	struct unit_settings_units units; /* if the question is about a slice */
};

static bool is_slice(const char *name)
{
	return strcmp(unit_name_type(name), "slice") == 0;
}

/* Keeps only one descriptor, as 3. */
static void keep_only(int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* A reader of the output must not wait for this process. */
	if (dup2(fd, 3) != 3 || dup2(null, 0) || dup2(null, 1) != 1 || dup2(null, 2) != 2)
		_exit(1);
	calls_close_from(4);
}

/* Nothing that the caller of the program set may stop it from ending. */
static void end_after(unsigned int seconds)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGALRM);
	signal(SIGALRM, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &signals, NULL);
	alarm(seconds);
}

/* In the process that asks: writes the answer to descriptor 3. */
static _Noreturn void answer(struct privilege *p, const struct systemctl *m, const char *name)
{
	struct unit_answer a = { .err = 0 };
	const struct rlimit memory = { MEMORY_MAX, MEMORY_MAX };
	bool is_root = p->uid == 0;
	ssize_t n;

	end_after(UNIT_SETTINGS_WAIT_S);
	/* What is read and connected to from here on may be another user's. */
	if (is_root && m->is_user && m->uid)
		a.err = privilege_become_user(p, m->uid);
	else
		a.err = privilege_keep_none(p);
	if (a.err == -ENOTRECOVERABLE)
		_exit(1);
	clearenv();
#ifndef __SANITIZE_ADDRESS__
	setrlimit(RLIMIT_DATA, &memory);
#else
	(void)memory;
#endif
	if (!a.err && is_slice(name))
		a.err = bus_list_units(m, is_root && !m->is_user, name, &a.units);
	else if (!a.err)
		a.err = bus_read_unit(m, is_root && !m->is_user, name, &a.settings);
	n = write(3, &a, sizeof(a));
	_exit(n == (ssize_t)sizeof(a) ? 0 : 1);
}

/* -ETIMEDOUT: there is nothing to read within so many seconds. */
static int wait_for(int fd, int seconds)
{
	struct pollfd p = { fd, POLLIN, 0 };
	int n;

	do
		n = poll(&p, 1, seconds * 1000);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n ? 0 : -ETIMEDOUT;
}

/* Reads what a manager can have chosen: everything is checked again. */
static int take(int fd, struct unit_answer *a)
{
	ssize_t n;
	int err = wait_for(fd, UNIT_SETTINGS_WAIT_S + 1);

	if (err)
		return err;
	n = read(fd, a, sizeof(*a));
	if (n != (ssize_t)sizeof(*a))
		return n < 0 ? -errno : -ETIMEDOUT; /* it was killed by its alarm */
	a->settings.cgroup[sizeof(a->settings.cgroup) - 1] = '\0';
	a->settings.result[sizeof(a->settings.result) - 1] = '\0';
	if (a->err > 0 || a->units.n > UNIT_SETTINGS_UNITS ||
	    (unsigned int)a->settings.state > UNIT_STOPS ||
	    (unsigned int)a->settings.policy > OOM_POLICY_CONTINUE ||
	    (unsigned int)a->settings.restart > RESTART_UNKNOWN)
		return -EPROTO;
	for (size_t i = 0; i < a->units.n; i++)
		a->units.names[i][UNIT_NAME_SIZE - 1] = '\0';
	return a->err;
}

static int ask_process(const struct privilege *p, const struct systemctl *m, const char *name,
		       struct unit_answer *a)
{
	struct privilege own = *p;
	int ends[2], err, status;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	pid = fork();
	err = pid < 0 ? -errno : 0;
	if (pid == 0) {
		keep_only(ends[1]);
		answer(&own, m, name);
	}
	close(ends[1]);
	if (!err) {
		err = take(ends[0], a);
		kill(pid, SIGKILL);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	close(ends[0]);
	return err;
}

int unit_settings_read(const struct privilege *p, const struct systemctl *m, const char *name,
		       struct unit_effect_settings *s)
{
	struct unit_answer a;
	int err = ask_process(p, m, name, &a);

	if (!err)
		*s = a.settings;
	return err;
}

static _Noreturn void serve(const struct privilege *p)
{
	struct unit_question q;
	const char *why;

	for (int i = 0; i < MAX_QUESTIONS && read(3, &q, sizeof(q)) == sizeof(q); i++) {
		struct unit_answer a = { .err = -EINVAL };
		char name[UNIT_NAME_SIZE];

		/* It comes from a process that has parsed hostile text. */
		q.name[sizeof(q.name) - 1] = '\0';
		if (unit_name_complete(q.name, name, &why) == 0)
			a.err = ask_process(p, &q.manager, name, &a);
		if (send(3, &a, sizeof(a), MSG_NOSIGNAL) != sizeof(a))
			break;
	}
	_exit(0);
}

int unit_settings_serve(const struct privilege *p)
{
	int ends[2], err;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	pid = fork();
	err = -errno;
	if (pid == 0) {
		keep_only(ends[1]);
		serve(p);
	}
	close(ends[1]);
	if (pid > 0)
		return ends[0];
	close(ends[0]);
	return err;
}

static int ask(int socket, const struct systemctl *m, const char *name, struct unit_answer *a)
{
	struct unit_question q;

	memset(&q, 0, sizeof(q));
	q.manager = *m;
	strncpy(q.name, name, sizeof(q.name) - 1);
	if (send(socket, &q, sizeof(q), MSG_NOSIGNAL) != (ssize_t)sizeof(q))
		return -errno;
	return take(socket, a);
}

int unit_settings_ask(int socket, const struct systemctl *m, const char *name,
		      struct unit_effect_settings *s)
{
	struct unit_answer a;
	int err = ask(socket, m, name, &a);

	if (!err)
		*s = a.settings;
	return err;
}

int unit_settings_ask_slice(int socket, const struct systemctl *m, const char *slice,
			    struct unit_settings_units *found)
{
	struct unit_answer a;
	int err = ask(socket, m, slice, &a);

	if (!err)
		*found = a.units;
	return err;
}
