/* SPDX-License-Identifier: GPL-2.0-or-later */
/* alert: the parent's side: runs the command for each kill, one at a time and limited. */
#include "cmd/log/alert.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/msg.h"
#include "cmd/log/message.h"
#include "cmd/log/values.h"
#include "sys/alert/alert_command.h"
#include "sys/alert/alert_state.h"
#include "sys/proc/exec_check.h"
#include "sys/proc/procfs.h"

#define STATE_NAME    "exec"
#define TIMEOUT_S     60   /* of one run; less than systemd's for a stop */
#define TERM_MS       5000 /* from SIGTERM to SIGKILL */
#define WAITING_MAX   128  /* kills; more are skipped */
#define BURST         10   /* runs at once, and after these */
#define PERIOD_MS     6000 /* one in this time */
#define FORK_AGAIN_MS 1000
#define PARSER_MS     1000 /* for the parser to end when its socket is closed */

struct alert_run {
	struct alert *al;
	struct alert_state state; /* fd -1: nothing is stored */
	char path[PATH_MAX];
	int signals;
	pid_t parser; /* 0: it has ended */
	int parser_status;
	int64_t kill_parser_ms;
	struct message *waiting; /* a ring of WAITING_MAX */
	size_t first, n;
	int64_t read;       /* all kills up to this record were received */
	uint64_t n_skipped; /* since the last run */
	uint64_t n_unsaid;  /* of these, not reported */
	struct message now; /* of the running command */
	pid_t command;      /* 0: none is running */
	int64_t due_ms;     /* when the command is ended, or killed */
	bool is_ended, is_killed, is_late, is_stopping, is_unwritten;
	int tokens;
	int64_t refilled_ms, start_ms; /* start_ms: no command is started before */
};

static bool is_state_name(const char *name)
{
	size_t len = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				  "0123456789_-");

	return len && !name[len] && len <= ALERT_STATE_NAME_MAX;
}

/* It would only be noticed at the first kill. */
static enum status check_executable(const struct args *a, const char *command, const char *path)
{
	struct exec_check in;
	int err = exec_check_find_fault(path, &in);

	if (err == -ENOEXEC && !*in.name)
		return args_error(a, "cannot run '%s': it has no interpreter line, as #!/bin/sh",
				  command);
	if (err)
		return args_error(a, "cannot run '%s': its %s '%s'%s%s", command,
				  in.is_loader ? "loader" : "interpreter", in.name,
				  err == -ENOEXEC ? " has no interpreter line" : ": ",
				  err == -ENOEXEC ? "" : strerror(-err));
	return ST_OK;
}

enum status alert_check(struct alert *al, const struct ctx *cx, const struct args *a)
{
	char path[PATH_MAX];
	int err;

	if (!al->state_name)
		al->state_name = STATE_NAME;
	if (!is_state_name(al->state_name))
		return args_error(a,
				  "--state must be up to %d letters, digits, '_' and '-', not "
				  "'%s'",
				  ALERT_STATE_NAME_MAX, al->state_name);
	if (cx->privilege->is_borrowed) {
		msg_error("--exec is refused: this program has a capability or is setuid, and "
			  "the caller is not root");
		return ST_DENIED;
	}
	err = exec_check_find(al->words[0], VALUES_PATH, path);
	if (err)
		return args_error(a, "cannot run '%s': %s", al->words[0], strerror(-err));
	return check_executable(a, al->words[0], path);
}

/* Without root, nothing is stored. */
static enum status open_state(struct alert_run *r)
{
	const char *name = r->al->state_name;
	int proc = procfs_open();
	int err = proc < 0 ? proc : alert_state_open(&r->state, proc, name);

	if (proc >= 0)
		close(proc);
	if (err == -EPERM && geteuid() != 0) {
		msg_warn("not root: it is not stored which kills were passed to '%s', and "
			 "earlier ones are not passed on",
			 r->al->words[0]);
		r->state.fd = -1;
		return ST_OK;
	}
	if (!err)
		return ST_OK;
	msg_error("cannot store which kills were passed on in /run/oomctl/exec-%s: %s", name,
		  err == -EBADF     ? "it is damaged, or users other than root can write to it"
		  : err == -EBUSY   ? "another run uses it; choose another name with --state"
		  : err == -ENOTSUP ? "/proc does not identify this boot"
				    : strerror(-err));
	return err == -EBADF ? ST_DENIED : status_of_error(err, ST_BROKEN);
}

/* Kills that wait, and those that the parser has not found yet, are not handled. */
static void save(struct alert_run *r)
{
	int64_t handled = r->read;
	int err;

	for (size_t i = 0; i < r->n; i++) {
		int64_t record = r->waiting[(r->first + i) % WAITING_MAX].record;

		if (record != REPORT_ABSENT && record <= handled)
			handled = record - 1;
	}
	if (r->state.fd < 0 || handled <= r->state.handled)
		return;
	err = alert_state_write(&r->state, handled);
	if (err && !r->is_unwritten)
		msg_warn("cannot write /run/oomctl/exec-%s: %s: a restart would repeat kills",
			 r->al->state_name, strerror(-err));
	r->is_unwritten = err;
}

static void skip(struct alert_run *r, uint64_t n)
{
	r->n_skipped += n;
	r->n_unsaid += n;
}

static void say_skipped(struct alert_run *r)
{
	if (r->n_unsaid)
		msg_warn("too many kills: '%s' was not run for %llu of them", r->al->words[0],
			 (unsigned long long)r->n_unsaid);
	r->n_unsaid = 0;
}

/* A message of the parser, which can be in the hands of the author of a log line. */
static void take(struct alert_run *r, struct message *m)
{
	char *const texts[] = { m->name, m->by, m->constraint, m->container, m->unit, m->cgroup };
	const size_t sizes[] = { sizeof(m->name),      sizeof(m->by),   sizeof(m->constraint),
				 sizeof(m->container), sizeof(m->unit), sizeof(m->cgroup) };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		texts[i][sizes[i] - 1] = '\0';
	skip(r, m->n_unsent < INT_MAX ? m->n_unsent : INT_MAX);
	if (m->record > r->read && m->record < INT64_MAX - 1)
		r->read = m->record;
	if (m->is_kill && r->n == WAITING_MAX)
		skip(r, 1);
	else if (m->is_kill)
		r->waiting[(r->first + r->n++) % WAITING_MAX] = *m;
}

static void close_parser(struct alert_run *r)
{
	if (r->al->socket < 0)
		return;
	close(r->al->socket);
	r->al->socket = -1;
	r->kill_parser_ms = clock_ms() + PARSER_MS;
}

static void read_parser(struct alert_run *r)
{
	struct message m;
	ssize_t n;

	while ((n = recv(r->al->socket, &m, sizeof(m), MSG_DONTWAIT)) == sizeof(m))
		take(r, &m);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	close_parser(r);
}

static void put_back(struct alert_run *r, int err)
{
	if (!r->start_ms)
		msg_warn("cannot run '%s': %s; trying again", r->al->words[0], strerror(-err));
	r->start_ms = clock_ms() + FORK_AGAIN_MS;
	r->first = (r->first + WAITING_MAX - 1) % WAITING_MAX;
	r->n++;
}

/* It is saved first, so that no kill is passed on twice, even if this process is killed then. */
static void start_next(struct alert_run *r)
{
	static struct values v;
	pid_t pid;

	r->now = r->waiting[r->first];
	r->first = (r->first + 1) % WAITING_MAX;
	r->n--;
	say_skipped(r);
	save(r);
	values_fill(&v, &r->now, r->n_skipped);
	pid = alert_command_start(r->path, r->al->words, v.list);
	if (pid < 0) {
		put_back(r, pid);
		return;
	}
	r->command = pid;
	r->n_skipped = 0;
	r->start_ms = 0;
	r->tokens--;
	r->is_ended = r->is_killed = r->is_late = false;
	r->due_ms = clock_ms() + (int64_t)r->al->timeout_s * 1000;
}

static void say_end(const struct alert_run *r, int status)
{
	const char *command = r->al->words[0];
	char victim[96];

	if (!status && !r->is_late)
		return;
	snprintf(victim, sizeof(victim), "pid %lld (%s)", (long long)r->now.pid, r->now.name);
	if (r->is_late)
		msg_warn("'%s' for %s: ran longer than %zu s; ended by %s", command, victim,
			 r->al->timeout_s, r->is_killed ? "SIGKILL" : "SIGTERM");
	else if (status == 126 || status == 127)
		msg_warn("'%s' for %s: exit status %d: it, or a command in it, does not exist "
			 "or could not be executed",
			 command, victim, status);
	else if (status < 256)
		msg_warn("'%s' for %s: exit status %d", command, victim, status);
	else
		msg_warn("'%s' for %s: killed by signal %d", command, victim, status - 256);
}

static void reap(struct alert_run *r)
{
	int status;
	pid_t pid;

	while ((pid = alert_command_find_ended(&status)) > 0) {
		if (pid == r->command) {
			/* What else is in its group did not obey SIGTERM. */
			if (r->is_ended)
				alert_command_signal(pid, SIGKILL);
			say_end(r, status);
			r->command = 0;
		} else if (pid == r->parser) {
			r->parser = 0;
			r->parser_status = status;
		}
		alert_command_reap(pid);
	}
}

static void stop(struct alert_run *r)
{
	/* The second signal ends the command too. */
	if (r->is_stopping && r->command && !r->is_ended)
		r->due_ms = clock_ms();
	r->is_stopping = true;
	close_parser(r);
}

static void read_signals(struct alert_run *r)
{
	struct signalfd_siginfo s;

	while (read(r->signals, &s, sizeof(s)) == sizeof(s))
		if (s.ssi_signo != SIGCHLD)
			stop(r);
	reap(r);
}

static void refill(struct alert_run *r, int64_t now)
{
	int64_t more = (now - r->refilled_ms) / PERIOD_MS;

	if (r->tokens >= BURST || more > BURST) {
		r->tokens = BURST;
		r->refilled_ms = now;
	} else if (more > 0) {
		r->tokens += (int)more;
		r->refilled_ms += more * PERIOD_MS;
	}
}

static void run_due(struct alert_run *r)
{
	int64_t now = clock_ms();

	refill(r, now);
	if (r->command && now >= r->due_ms && !r->is_killed) {
		r->is_late = !r->is_ended && !r->is_stopping ? true : r->is_late;
		r->is_killed = r->is_ended;
		alert_command_signal(r->command, r->is_ended ? SIGKILL : SIGTERM);
		r->is_ended = true;
		r->due_ms = now + TERM_MS;
	}
	if (!r->command && r->n && r->tokens > 0 && now >= r->start_ms && r->al->socket >= 0)
		start_next(r);
	if (!r->n && !r->command)
		say_skipped(r);
	if (r->parser && r->al->socket < 0 && now >= r->kill_parser_ms) {
		kill(r->parser, SIGKILL);
		r->kill_parser_ms = INT64_MAX;
	}
	save(r);
}

static int milliseconds_to_due(const struct alert_run *r)
{
	int64_t due = INT64_MAX, left;

	if (r->command && !r->is_killed)
		due = r->due_ms;
	if (!r->command && r->n && r->al->socket >= 0)
		due = r->tokens > 0 ? r->start_ms : r->refilled_ms + PERIOD_MS;
	if (r->parser && r->al->socket < 0 && r->kill_parser_ms < due)
		due = r->kill_parser_ms;
	if (due == INT64_MAX)
		return -1;
	left = due - clock_ms();
	return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left + 1;
}

static void loop(struct alert_run *r)
{
	while (r->parser || r->command || r->al->socket >= 0) {
		/* poll(2) skips descriptors that are negative. */
		struct pollfd list[] = {
			{ .fd = r->signals, .events = POLLIN },
			{ .fd = r->al->socket, .events = POLLIN },
		};

		if (poll(list, 2, milliseconds_to_due(r)) < 0 && errno != EINTR)
			/* As for lack of memory. */
			nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
		read_signals(r);
		if (r->al->socket >= 0)
			read_parser(r);
		run_due(r);
	}
	say_skipped(r);
}

/* Blocked, so that they arrive through the descriptor, and the parser survives Ctrl-C. */
static int open_signals(void)
{
	static const int numbers[] = { SIGCHLD, SIGHUP, SIGINT, SIGTERM };
	sigset_t set;

	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaddset(&set, numbers[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static enum status open_all(struct alert_run *r, int ends[2])
{
	const struct timeval wait = { .tv_sec = 1 };
	enum status st = open_state(r);

	if (st != ST_OK)
		return st;
	/* It was found before. */
	exec_check_find(r->al->words[0], VALUES_PATH, r->path);
	r->signals = open_signals();
	if (r->signals < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) ||
	    setsockopt(ends[1], SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait))) {
		msg_error("cannot run '%s': %s", r->al->words[0], strerror(errno));
		return ST_BROKEN;
	}
	return ST_OK;
}

static enum status result(const struct alert_run *r)
{
	if (r->is_stopping)
		return ST_OK;
	return r->parser_status < 256 ? (enum status)r->parser_status : ST_BROKEN;
}

bool alert_begin(struct alert *al, enum status *st)
{
	struct alert_run *r = mem_alloc(1, sizeof(*r));
	int ends[2] = { -1, -1 };

	r->al = al;
	r->state.fd = -1;
	r->tokens = BURST;
	r->refilled_ms = clock_ms();
	if (!al->timeout_s)
		al->timeout_s = TIMEOUT_S;
	*st = open_all(r, ends);
	if (*st == ST_OK) {
		al->after = r->read = r->state.handled;
		al->is_new_only = r->state.fd < 0;
		r->parser = fork();
		if (r->parser < 0) {
			msg_error("cannot start a process: %s", strerror(errno));
			*st = ST_BROKEN;
		}
	}
	al->socket = *st == ST_OK ? ends[r->parser != 0 ? 0 : 1] : -1;
	if (*st == ST_OK && r->parser == 0) {
		close(ends[0]);
		close(r->signals);
		alert_state_close(&r->state);
		free(r);
		return true;
	}
	if (*st == ST_OK) {
		close(ends[1]);
		r->waiting = mem_alloc(WAITING_MAX, sizeof(*r->waiting));
		loop(r);
		*st = result(r);
	}
	alert_state_close(&r->state);
	free(r->waiting);
	free(r);
	return false;
}
