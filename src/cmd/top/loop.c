/* SPDX-License-Identifier: GPL-2.0-or-later */
/* loop: waits for keys, signals, the next refresh, and the processes that help. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "cmd/top/internal.h"
#include "ui/wrap.h"

/* These end the program because of a fault: the terminal is restored first. */
static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP };

/* These do nothing by default, or stop the program in the background. */
static const int harmless[] = { SIGCHLD, SIGURG, SIGTTIN, SIGTTOU };

void loop_say(struct top *t, bool is_bad, const char *fmt, ...)
{
	char raw[TOP_MESSAGE_MAX], escaped[TOP_MESSAGE_MAX];
	FILE *lines;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	text_escape(escaped, sizeof(escaped), raw, strlen(raw), TEXT_LINES | TEXT_AGAIN);
	t->is_bad = is_bad;
	memset(t->message, 0, sizeof(t->message));
	lines = fmemopen(t->message, sizeof(t->message) - 1, "w");
	if (!lines) {
		/* No memory: the lines are cut instead. */
		memcpy(t->message, escaped, sizeof(t->message));
		return;
	}
	for (char *rest = escaped, *line; (line = strsep(&rest, "\n"));)
		if (*line)
			wrap_wrap(lines, line, 0, 0, curses_columns());
	fclose(lines);
}

static void restore_and_die(int signal_number)
{
	curses_restore();
	/* The default action, by SA_RESETHAND. */
	raise(signal_number);
}

static bool is_in(const int *list, size_t n, int signal_number)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == signal_number)
			return true;
	return false;
}

/* Those that are read from a descriptor, so that none interrupts ncurses. */
static bool is_read(int signal_number)
{
	struct sigaction act;

	if (signal_number == SIGWINCH || signal_number == SIGCONT)
		return true;
	if (is_in(faults, sizeof(faults) / sizeof(faults[0]), signal_number) ||
	    is_in(harmless, sizeof(harmless) / sizeof(harmless[0]), signal_number))
		return false;
	/* A blocked signal would be read although it is to be ignored, as by nohup. */
	return !sigaction(signal_number, NULL, &act) && act.sa_handler != SIG_IGN;
}

static void catch_faults(void)
{
	struct sigaction act = { .sa_handler = restore_and_die,
				 .sa_flags = (int)(SA_RESETHAND | SA_NODEFER) };

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigaction(faults[i], &act, NULL);
}

/* SIGTSTP is blocked, so this never runs. */
static void do_nothing(int signal_number)
{
	(void)signal_number;
}

/* Here the program ends, or stops until it is continued. */
void loop_end_by(int signal_number)
{
	sigset_t only, before;

	sigemptyset(&only);
	sigaddset(&only, signal_number);
	signal(signal_number, SIG_DFL);
	raise(signal_number);
	sigprocmask(SIG_UNBLOCK, &only, &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

/* 0, or the signal that ends the program. */
static int take_signal(int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return 0;
	switch (info.ssi_signo) {
	case SIGWINCH:
		curses_resize();
		return 0;
	case SIGCONT:
		/* After SIGSTOP, which cannot be noticed, the shell has changed the terminal. */
		curses_pause();
		curses_resume();
		return 0;
	case SIGTSTP:
		curses_pause();
		loop_end_by(SIGTSTP);
		curses_resume();
		return 0;
	default:
		return (int)info.ssi_signo;
	}
}

static void refresh(struct top *t)
{
	t->error = live_refresh(&t->live);
	kills_follow_count(&t->kills, t->live.machine.oom_kills);
	view_update(t);
}

static void take_answer(struct top *t)
{
	static char text[CHANGE_TEXT];
	enum change_kind kind = t->change.kind;
	enum status status;
	int err = change_read(&t->change, &status, text);

	if (err == -EAGAIN)
		return;
	if (err) {
		loop_say(t, true, "The process that makes changes has ended");
		return;
	}
	if (kind != CHANGE_EXPLAIN)
		refresh(t);
	input_answer(t, kind, status, text);
}

/* Returns 0, or the signal that ends the program. */
static int run(struct top *t, int signal_fd)
{
	int64_t next = clock_ms() + t->interval_ms;
	int ends_by = 0;

	draw_all(t);
	while (!t->must_end && !ends_by) {
		int64_t left = next - clock_ms();
		struct pollfd fds[] = {
			{ .fd = STDIN_FILENO, .events = POLLIN },
			{ .fd = signal_fd, .events = POLLIN },
			{ .fd = t->change.socket, .events = POLLIN },
			{ .fd = t->kills.fd, .events = POLLIN },
		};
		int key;

		if (poll(fds, 4, left > 0 ? (int)left : 0) < 0 && errno != EINTR)
			return SIGTERM;
		if (fds[1].revents)
			ends_by = take_signal(signal_fd);
		if (fds[2].revents)
			take_answer(t);
		if (fds[3].revents)
			kills_follow_read(&t->kills);
		/* The terminal is gone. */
		if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
			ends_by = SIGHUP;
		while (!ends_by && !t->must_end && curses_read(&key))
			input_take(t, key);
		if (clock_ms() >= next) {
			refresh(t);
			next = clock_ms() + t->interval_ms;
		}
		if (!ends_by && !t->must_end)
			draw_all(t);
	}
	return ends_by;
}

int loop_begin(struct top *t)
{
	sigset_t set;

	sigemptyset(&set);
	for (int i = 1; i <= SIGRTMAX; i++)
		if (is_read(i))
			sigaddset(&set, i);
	sigprocmask(SIG_BLOCK, &set, &t->signals_before);
	/*
	 * Where SIGTSTP has the default action, ncurses ignores it while it draws, and the kernel
	 * discards one that is pending.
	 */
	if (sigismember(&set, SIGTSTP))
		signal(SIGTSTP, do_nothing);
	catch_faults();
	t->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return t->signal_fd < 0 ? -errno : 0;
}

enum status loop_run(struct top *t)
{
	t->ends_by = run(t, t->signal_fd);
	curses_close();
	return ST_OK;
}

void loop_end(struct top *t)
{
	struct sigaction act;

	if (t->signal_fd >= 0)
		close(t->signal_fd);
	t->signal_fd = -1;
	if (!sigaction(SIGTSTP, NULL, &act) && act.sa_handler == do_nothing)
		signal(SIGTSTP, SIG_DFL);
	sigprocmask(SIG_SETMASK, &t->signals_before, NULL);
}
