/* SPDX-License-Identifier: GPL-2.0-or-later */
/* privileged_write: writes an adj that the kernel refuses without CAP_SYS_RESOURCE. */
#include "cmd/adj/privileged_write.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "base/msg.h"
#include "base/text.h"
#include "oom/rules/adj.h"

#define MAX_REFUSED_LINES 5
#define WAIT_BORROWED_MS  3000
#define WAIT_OWN_MS       100

void privileged_write_begin(struct privileged_write *r, struct privilege *p)
{
	*r = (struct privileged_write){ .privilege = p, .log.fd = -1 };
}

bool privileged_write_allowed(struct privileged_write *r, int value)
{
	char why[256], proposal[CALLER_POLICY_PROPOSAL];

	r->hint[0] = '\0';
	if (!privilege_may_raise(r->privilege))
		return false;
	/* Read before each write: the caller can stop the program for hours in between. */
	if (r->privilege->is_borrowed || r->privilege->uid)
		caller_policy_read(&r->policy);
	if (!r->privilege->is_borrowed || caller_policy_permits(&r->policy, value))
		return true;
	caller_policy_explain(&r->policy, why, sizeof(why));
	caller_policy_propose(&r->policy, value, proposal, sizeof(proposal));
	snprintf(r->hint, sizeof(r->hint), "%s; ask the administrator %s", why, proposal);
	return false;
}

/*
 * A negative errno: the log exists but cannot be reached with a borrowed capability. With one, the
 * log is tried again for each write, even if it did not exist before.
 */
static int open_log(struct privileged_write *r)
{
	int err;

	if (r->is_logged || (r->no_log && !r->privilege->is_borrowed))
		return 0;
	err = authlog_open(&r->log, r->privilege->is_borrowed ? WAIT_BORROWED_MS : WAIT_OWN_MS);
	if (err && err != -ENOENT && r->privilege->is_borrowed)
		return err;
	r->no_log = err;
	r->is_logged = !err;
	return 0;
}

bool privileged_write_would_help(struct privileged_write *r)
{
	return privilege_may_raise(r->privilege) &&
	       (r->privilege->is_borrowed || (open_log(r) == 0 && r->is_logged));
}

/* Spaces in a name are escaped, so that it cannot imitate the rest of the line. */
static int send_change(struct privileged_write *r, int severity, const char *what,
		       const struct pidref *ref, int before, int wanted, const char *why)
{
	char text[768], name[4 * TASK_NAME_MAX], user[POLICY_NAME_MAX * 4];
	/* No lookup for root: a directory service can be slow when memory is short. */
	const char *who = r->privilege->uid ? r->policy.user : "root";

	text_escape(name, sizeof(name), ref->name, strlen(ref->name), TEXT_BLANKS);
	text_escape(user, sizeof(user), who, strlen(who), TEXT_BLANKS);
	snprintf(text, sizeof(text), "%s: uid %u (%s): pid %d (%s): adj %d -> %d: %s", what,
		 (unsigned int)r->privilege->uid, user, (int)ref->pid, name, before, wanted, why);
	return authlog_send(&r->log, severity, text);
}

/* Before the write: if the program is killed in between, no write is missing in the log. */
static int log_raised(struct privileged_write *r, const struct pidref *ref, int before, int wanted)
{
	char why[256] = "own capability";
	int err = open_log(r);

	if (!err && r->is_logged) {
		if (r->privilege->is_borrowed)
			caller_policy_explain(&r->policy, why, sizeof(why));
		err = send_change(r, LOG_NOTICE, "raised", ref, before, wanted, why);
	}
	if (!err)
		return 0;
	if (!r->privilege->is_borrowed) {
		/* root continues, and waits for a blocked log only once. */
		r->is_logged = false;
		r->no_log = err;
		return 0;
	}
	snprintf(r->hint, sizeof(r->hint),
		 "cannot write to syslog (%s), and a change that cannot be logged is not made",
		 strerror(-err));
	return err;
}

static void log_refused(struct privileged_write *r, const struct pidref *ref, int before,
			int wanted)
{
	char why[256];

	if (++r->n_refused > MAX_REFUSED_LINES || open_log(r) || !r->is_logged)
		return;
	caller_policy_explain(&r->policy, why, sizeof(why));
	send_change(r, LOG_WARNING, "refused", ref, before, wanted, why);
}

/* The owner of a process can change after its file is opened. */
static bool is_callers(const struct privileged_write *r, const struct pidref *ref,
		       const struct adj_file *f)
{
	uid_t owner;
	bool is;

	if (!r->privilege->is_borrowed)
		return true;
	/* Until this call, the files of run itself belong to root. */
	is = privilege_open_self(r->privilege) == 0 &&
	     adj_file_read_owner(ref->dir, f, &owner) == 0 && owner == r->privilege->uid;
	return privilege_close_self(r->privilege) == 0 && is;
}

int privileged_write_write(struct privileged_write *r, const struct pidref *ref,
			   const struct adj_file *f, int before, int wanted)
{
	int adj = f->is_old ? adj_from_old(wanted) : wanted, err;

	if (!privileged_write_allowed(r, adj)) {
		if (r->privilege->can_raise)
			log_refused(r, ref, before, wanted);
		return -EACCES;
	}
	if (log_raised(r, ref, before, wanted))
		return -EACCES;
	if (!is_callers(r, ref, f)) {
		snprintf(r->hint, sizeof(r->hint), "the process now belongs to another user");
		return -EACCES;
	}
	err = adj_file_write(f, wanted, r->privilege);
	if (err && r->is_logged)
		send_change(r, LOG_WARNING, "failed", ref, before, wanted, strerror(-err));
	return err;
}

void privileged_write_end(struct privileged_write *r)
{
	char text[128];

	if (r->n_refused > MAX_REFUSED_LINES && r->is_logged) {
		snprintf(text, sizeof(text), "refused: uid %u: %lu more",
			 (unsigned int)r->privilege->uid, r->n_refused - MAX_REFUSED_LINES);
		authlog_send(&r->log, LOG_WARNING, text);
	}
	/* Not before a write: the caller can block a message. */
	if (r->no_log)
		msg_detail("syslog is not available: %s", strerror(-r->no_log));
	authlog_close(&r->log);
}
