/* SPDX-License-Identifier: GPL-2.0-or-later */
/* change: a process of its own that changes adj and explains processes. */
#include "cmd/top/change.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/msg.h"
#include "base/text.h"
#include "cmd/adj/apply.h"
#include "oom/rules/adj.h"
#include "sys/adj/adj_file.h"
#include "sys/proc/procfs.h"
#include "ui/wrap.h"

struct request {
	enum change_kind kind;
	int value;
	size_t n;
	struct identity targets[CHANGE_TARGETS];
};

struct answer_text {
	enum status status;
	char text[CHANGE_TEXT];
};

/* How often U can undo. */
#define UNDO_MAX 32

/* A change that was made. */
struct made {
	enum change_kind kind;
	size_t n;
	struct {
		struct identity id;
		int before, after;
		int now; /* before it is undone */
	} list[CHANGE_TARGETS];
};

/* The process that serves. */
struct server {
	struct ctx *cx;
	int socket, proc;
	size_t n_made;
	struct made made[UNDO_MAX + 1]; /* and that of the request */
	struct request request;
	struct answer_text answer;
};

/* One command for one process, as a named target. */
static enum status apply_one(struct ctx *cx, struct apply *ap, const struct identity *id)
{
	struct targets t = { .exact = id, .n_exact = 1 };
	struct args a = { .command = "top" };
	enum status st = apply_targets(cx, ap, &t, &a);

	targets_free(&t);
	return st;
}

static enum status apply_request(struct ctx *cx, const struct request *r)
{
	static const enum apply_kind kinds[] = {
		[CHANGE_BY] = APPLY_BY,
		[CHANGE_SET] = APPLY_SET,
		[CHANGE_PROTECT] = APPLY_PROTECT,
		[CHANGE_UNPROTECT] = APPLY_UNPROTECT,
	};
	bool is_protect = r->kind == CHANGE_PROTECT;
	struct apply ap = { .kind = kinds[r->kind],
			    .value = is_protect ? ADJ_LAST : r->value,
			    .is_default = is_protect,
			    .has_no_options = true };
	enum status st = ST_OK;

	for (size_t i = 0; i < r->n; i++)
		st = status_worse(st, apply_one(cx, &ap, &r->targets[i]));
	return st;
}

/* protect is undone by unprotect, which deletes the saved value, and the reverse. */
static enum status apply_undo(struct ctx *cx, const struct made *m)
{
	enum status st = ST_OK;

	if (!m) {
		msg_error("There is nothing to undo");
		return ST_MISSED;
	}
	for (size_t i = 0; i < m->n; i++) {
		const struct apply_fallback before = { .from = m->list[i].after,
						       .also_from = m->list[i].after,
						       .to = m->list[i].before };
		struct apply ap = { .kind = APPLY_SET,
				    .value = m->list[i].before,
				    .has_no_options = true };

		if (m->kind == CHANGE_PROTECT) {
			ap.kind = APPLY_UNPROTECT;
			ap.fallback = &before;
		} else if (m->kind == CHANGE_UNPROTECT) {
			ap.kind = APPLY_PROTECT;
		}
		st = status_worse(st, apply_one(cx, &ap, &m->list[i].id));
	}
	return st;
}

/* The process is the one that the user saw; explain itself takes a PID. */
static enum status explain(struct ctx *cx, const struct request *r, int proc)
{
	char pid[16], *argv[] = { "explain", pid, NULL };

	if (privilege_keep_none(cx->privilege)) {
		msg_error("cannot drop capabilities");
		return ST_BROKEN;
	}
	if (!identity_exists(proc, &r->targets[0])) {
		msg_error("pid %d: has exited", (int)r->targets[0].pid);
		return ST_MISSED;
	}
	snprintf(pid, sizeof(pid), "%d", (int)r->targets[0].pid);
	wrap_prose_fit((size_t)r->value);
	return cmd_dispatch(cx, 2, argv);
}

/* Runs in a child of its own, so that an error, or a lack of memory, ends only that. */
static _Noreturn void work(struct server *s, int out)
{
	struct ctx cx = { .out = stdout, .privilege = s->cx->privilege };
	const struct request *r = &s->request;
	enum status st;

	if (dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)
		_exit(ST_BROKEN);
	msg_width = 0;
	if (r->kind == CHANGE_EXPLAIN)
		st = explain(&cx, r, s->proc);
	else if (r->kind == CHANGE_UNDO)
		st = apply_undo(&cx, s->n_made ? &s->made[s->n_made - 1] : NULL);
	else
		st = apply_request(&cx, r);
	if (fflush(stdout))
		st = ST_BROKEN;
	_exit((int)st);
}

/* Everything that the child prints, until it has ended. */
static void read_output(struct server *s, int fd)
{
	char *text = s->answer.text, dropped[512] = "";
	size_t len = 0;
	ssize_t n;

	for (;;) {
		bool is_full = len == sizeof(s->answer.text) - 1;

		n = read(fd, is_full ? dropped : text + len,
			 is_full ? sizeof(dropped) : sizeof(s->answer.text) - 1 - len);
		if (n > 0 && !is_full)
			len += (size_t)n;
		if (n == 0 || (n < 0 && errno != EINTR))
			break;
	}
	text[len] = '\0';
}

static void run_child(struct server *s)
{
	int ends[2], result = 0;
	pid_t pid = -1;

	s->answer.status = ST_BROKEN;
	s->answer.text[0] = '\0';
	if (pipe2(ends, O_CLOEXEC)) {
		text_copy(s->answer.text, sizeof(s->answer.text), "no pipe", 7);
		return;
	}
	pid = fork();
	if (pid == 0)
		work(s, ends[1]);
	close(ends[1]);
	if (pid > 0)
		read_output(s, ends[0]);
	else
		snprintf(s->answer.text, sizeof(s->answer.text), "cannot start a process: %s",
			 strerror(errno));
	close(ends[0]);
	if (pid > 0 && waitpid(pid, &result, 0) == pid && WIFEXITED(result))
		s->answer.status = (enum status)WEXITSTATUS(result);
}

/* The adj of the targets before the change, for its undoing. */
static void note_before(struct server *s, struct made *m)
{
	m->kind = s->request.kind;
	m->n = 0;
	for (size_t i = 0; i < s->request.n; i++) {
		int adj;

		if (adj_file_read_pid(s->proc, s->request.targets[i].pid, &adj))
			continue;
		m->list[m->n].id = s->request.targets[i];
		m->list[m->n++].before = adj;
	}
}

/* Keeps those that were changed. */
static void note_after(struct server *s, struct made *m)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->n; i++) {
		int adj;

		if (adj_file_read_pid(s->proc, m->list[i].id.pid, &adj) || adj == m->list[i].before)
			continue;
		m->list[kept] = m->list[i];
		m->list[kept++].after = adj;
	}
	m->n = kept;
}

static void note_now(const struct server *s, struct made *m)
{
	for (size_t i = 0; i < m->n; i++)
		if (adj_file_read_pid(s->proc, m->list[i].id.pid, &m->list[i].now))
			m->list[i].now = m->list[i].before;
}

/* Keeps those whose undoing was refused, so that it can be tried again. */
static void note_refused(const struct server *s, struct made *m)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->n; i++) {
		int adj;

		if (adj_file_read_pid(s->proc, m->list[i].id.pid, &adj) ||
		    adj == m->list[i].before || adj != m->list[i].now ||
		    !identity_exists(s->proc, &m->list[i].id))
			continue;
		m->list[kept++] = m->list[i];
	}
	m->n = kept;
}

static void undo(struct server *s)
{
	struct made *m = s->n_made ? &s->made[s->n_made - 1] : NULL;

	if (m)
		note_now(s, m);
	run_child(s);
	if (m)
		note_refused(s, m);
	if (m && !m->n)
		s->n_made--;
}

static void serve_one(struct server *s)
{
	bool is_change = s->request.kind < CHANGE_UNDO;
	struct made *m;

	if (s->request.kind == CHANGE_UNDO) {
		undo(s);
		return;
	}

	m = &s->made[s->n_made];
	if (is_change)
		note_before(s, m);
	run_child(s);
	if (is_change)
		note_after(s, m);
	if (is_change && m->n)
		s->n_made++;
	if (s->n_made > UNDO_MAX) {
		memmove(s->made, s->made + 1, UNDO_MAX * sizeof(s->made[0]));
		s->n_made--;
	}
}

/* Trusts no number in a request; what it asks for, the user may ask of the commands, too. */
static bool is_valid(const struct request *r, ssize_t len)
{
	if (len < (ssize_t)offsetof(struct request, targets) || r->n > CHANGE_TARGETS ||
	    (size_t)len != offsetof(struct request, targets) + r->n * sizeof(r->targets[0]))
		return false;
	if (r->kind == CHANGE_EXPLAIN)
		return r->n == 1 && r->value > 0 && r->value <= 1000;
	return r->kind <= CHANGE_EXPLAIN && r->value >= -2000 && r->value <= 2000;
}

static _Noreturn void serve(struct server *s)
{
	/* The terminal's signals are for the process that has it. */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGTSTP, SIG_IGN);
	if (privilege_become_writer(s->cx->privilege))
		_exit(ST_BROKEN);
	mlockall(MCL_CURRENT);
	for (;;) {
		ssize_t n = recv(s->socket, &s->request, sizeof(s->request), 0);
		size_t len;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || !is_valid(&s->request, n))
			break;
		serve_one(s);
		len = offsetof(struct answer_text, text) + strlen(s->answer.text) + 1;
		if (send(s->socket, &s->answer, len, MSG_NOSIGNAL) != (ssize_t)len)
			break;
	}
	_exit(0);
}

int change_begin(struct change *c, struct ctx *cx)
{
	struct server *s = calloc(1, sizeof(*s));
	int sockets[2], err = 0;

	*c = (struct change){ .socket = -1 };
	if (!s)
		return -ENOMEM;
	s->cx = cx;
	s->proc = procfs_open();
	if (s->proc < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets)) {
		err = s->proc < 0 ? s->proc : -errno;
		if (s->proc >= 0)
			close(s->proc);
		free(s);
		return err;
	}
	c->pid = fork();
	if (c->pid == 0) {
		close(sockets[0]);
		s->socket = sockets[1];
		serve(s);
	}
	err = c->pid < 0 ? -errno : 0;
	close(sockets[1]);
	close(s->proc);
	free(s);
	c->socket = sockets[0];
	if (err)
		change_end(c);
	return err;
}

int change_ask(struct change *c, enum change_kind kind, int value, const struct identity *targets,
	       size_t n)
{
	struct request r;
	size_t len = offsetof(struct request, targets) + n * sizeof(*targets);

	if (c->socket < 0)
		return -EPIPE;
	if (c->is_waiting)
		return -EBUSY;
	memset(&r, 0, sizeof(r));
	r.kind = kind;
	r.value = value;
	r.n = n;
	if (n)
		memcpy(r.targets, targets, n * sizeof(*targets));
	if (send(c->socket, &r, len, MSG_NOSIGNAL) != (ssize_t)len)
		return -errno;
	c->is_waiting = true;
	c->kind = kind;
	return 0;
}

int change_read(struct change *c, enum status *status, char text[CHANGE_TEXT])
{
	static struct answer_text a;
	ssize_t n = recv(c->socket, &a, sizeof(a), MSG_DONTWAIT);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return -EAGAIN;
	if (n <= (ssize_t)offsetof(struct answer_text, text)) {
		close(c->socket);
		c->socket = -1;
		c->is_waiting = false;
		return -EPIPE;
	}
	a.text[sizeof(a.text) - 1] = '\0';
	c->is_waiting = false;
	*status = a.status;
	text_escape(text, CHANGE_TEXT, a.text, strlen(a.text), TEXT_LINES | TEXT_AGAIN);
	return 0;
}

void change_end(struct change *c)
{
	if (c->socket >= 0)
		close(c->socket);
	c->socket = -1;
	if (c->pid > 0)
		waitpid(c->pid, NULL, 0);
	c->pid = 0;
}
