/* SPDX-License-Identifier: GPL-2.0-or-later */
/* loop: loads the rules, and waits for events, signals, and changes of the rules files. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cmd/watch/internal.h"
#include "sys/adj/dead_state.h"
#include "sys/adj/saved_adj.h"
#include "sys/watch/notify.h"

#define INTERVAL_S       300 /* between passes */
#define INTERVAL_ALONE_S 30  /* without events */
#define BUFFER_BYTES     (4 << 20)
#define MAX_RECORDS      32768 /* processes; 24 bytes and a free place for each */

/* After a change of a rules file: more often follow, as when a package is installed. */
#define SETTLE_MS 300

/* Before poll(2) is called again after it has failed. */
#define FAILED_MS 100

/*
 * When events follow each other within BUSY_MS, they are gathered for GATHER_MS: at 1,000 per
 * second this halves the CPU time, most of which is the way to sleep and back.
 */
#define BUSY_MS   5
#define GATHER_MS 2

static void notify(const char *text)
{
	int err = notify_send(text);

	if (err)
		msg_warn("cannot notify the service manager: %s", strerror(-err));
}

/* The events after which a rule can match that did not before. */
static uint32_t events_of(const struct match_set *set)
{
	uint32_t events = set->n ? CONNECTOR_EXEC : 0;

	if (set->has_children)
		events |= CONNECTOR_FORK;
	for (size_t i = 0; i < set->n; i++) {
		const struct standing_rule *r = &set->rules[i].rule;

		if (r->values[STANDING_USER])
			events |= CONNECTOR_UID;
		if (r->values[STANDING_NAME])
			events |= CONNECTOR_COMM;
	}
	return events;
}

/* *why: NULL, or why there are no events. */
static void subscribe(struct watch *w, const char **why)
{
	uint32_t events = events_of(&w->rules.set);

	*why = NULL;
	if (events && events == w->events)
		return;
	connector_close(&w->connector);
	w->events = 0;
	if (events && connector_open(&w->connector, events, w->o.buffer_bytes, why) == 0)
		w->events = events;
}

static size_t interval_s(const struct watch *w)
{
	if (w->o.interval_s)
		return w->o.interval_s;
	return w->events || !w->rules.set.n ? INTERVAL_S : INTERVAL_ALONE_S;
}

/* The service manager waits for this after the start and after a reload. */
static void notify_ready(const struct watch *w)
{
	char text[128];

	snprintf(text, sizeof(text), "READY=1\nSTATUS=%zu rule%s, %s", w->rules.set.n,
		 w->rules.set.n == 1 ? "" : "s",
		 w->events ? "applied at events of processes" : "applied to all processes in turn");
	notify(text);
}

static void say_rules(const struct watch *w, const char *verb, const char *no_events)
{
	size_t n = w->rules.set.n;

	if (!n)
		msg_info("%s 0 rules: waiting for rules", verb);
	else if (!no_events)
		msg_info("%s %zu rule%s: waiting for events of processes", verb, n,
			 n == 1 ? "" : "s");
	else
		msg_info("%s %zu rule%s: no events of processes: %s; checking all every %zu s",
			 verb, n, n == 1 ? "" : "s", no_events, interval_s(w));
}

void watch_load(struct watch *w, bool is_first)
{
	struct rule_files next = { .n_files = 0 };
	const char *why;
	int err;

	w->reload_due_ms = INT64_MAX;
	changes_renew(&w->changes);
	err = rule_files_load(&next, w->dirs, w->n_dirs, w->o.files.n_dirs > 0, &w->rules);
	files_say_problems(&next);
	if (err) {
		msg_error("cannot read the rules: %s%s", strerror(-err),
			  is_first ? "" : "; the rules from before stay in effect");
		rule_files_free(&next);
		watch_want_pass(w, (int64_t)interval_s(w) * 1000);
		w->reload_due_ms = clock_ms() + (int64_t)interval_s(w) * 1000;
		return;
	}
	rule_files_free(&w->rules);
	w->rules = next;
	watch_prepare(w);
	subscribe(w, &why);
	say_rules(w, is_first ? "started with" : "reloaded", why);
	if (w->rules.must_load_again)
		w->reload_due_ms = clock_ms() + INTERVAL_ALONE_S * 1000;
	watch_want_pass(w, 0);
}

static void reload(struct watch *w)
{
	int err = notify_reloading();

	if (err)
		msg_warn("cannot notify the service manager: %s", strerror(-err));
	watch_load(w, false);
	watch_pass(w);
	notify_ready(w);
}

static void read_signals(struct watch *w)
{
	struct signalfd_siginfo s;

	while (read(w->signals, &s, sizeof(s)) == sizeof(s)) {
		if (s.ssi_signo == SIGHUP)
			w->reload_due_ms = 0;
		else
			w->is_stopping = true;
	}
}

static int milliseconds_to(const struct watch *w)
{
	int64_t due = w->pass_due_ms < w->reload_due_ms ? w->pass_due_ms : w->reload_due_ms, left;

	if (w->save_due_ms < due)
		due = w->save_due_ms;
	left = due - clock_ms();
	/* For the count of suppressed messages. */
	if (w->log.n_suppressed && left > 1000)
		left = 1000;
	return left < 0 ? 0 : left > 3600000 ? 3600000 : (int)left;
}

static void take_events(struct watch *w)
{
	const struct timespec gather = { .tv_nsec = GATHER_MS * 1000000 };
	int64_t now = clock_ms();

	if (now - w->events_ms < BUSY_MS)
		nanosleep(&gather, NULL);
	watch_read_events(w);
	w->events_ms = now;
}

static void wait_once(struct watch *w)
{
	/* poll(2) skips descriptors that are negative. */
	struct pollfd list[] = {
		{ .fd = w->signals, .events = POLLIN },
		{ .fd = w->changes.fd, .events = POLLIN },
		{ .fd = w->connector.fd, .events = POLLIN },
	};

	if (poll(list, 3, milliseconds_to(w)) < 0) {
		/* As for lack of memory; signals are still read. */
		watch_log_print(&w->log, MSG_ERROR, "cannot wait for events: %s", strerror(errno));
		nanosleep(&(struct timespec){ .tv_nsec = FAILED_MS * 1000000 }, NULL);
		list[0].revents = 1;
	}
	if (list[0].revents)
		read_signals(w);
	if (list[1].revents && changes_read(&w->changes) && w->reload_due_ms == INT64_MAX)
		w->reload_due_ms = clock_ms() + SETTLE_MS;
	if (list[2].revents)
		take_events(w);
	watch_log_flush(&w->log);
}

static void run_due(struct watch *w)
{
	int64_t now = clock_ms();

	if (w->reload_due_ms <= now)
		reload(w);
	else if (w->pass_due_ms <= now)
		watch_pass(w);
	else if (w->save_due_ms <= now)
		watch_save_records(w, false);
	watch_want_pass(w, (int64_t)interval_s(w) * 1000);
}

/* Blocked, so that they arrive through the descriptor. */
static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void load_records(struct watch *w)
{
	int err = records_load(&w->records, w->proc), lock = saved_adj_try_lock(false);

	if (err)
		msg_warn("cannot read which adj the rules gave before: %s",
			 err == -EBADF ? "/run/oomctl/rules is damaged, or users other than root "
					 "can write to it"
				       : strerror(-err));
	if (lock >= 0) {
		dead_state_remove(w->proc);
		close(lock);
	}
	mem_check(records_keep_log(&w->records));
	/* What is at the end of the file can be incomplete. */
	w->records.must_save = true;
}

enum status watch_run(struct watch *w)
{
	static const char *const standard[RULE_FILES_N_DIRS] = RULE_FILES_DIRS;
	int err;

	w->connector.fd = -1;
	w->pass_due_ms = w->reload_due_ms = w->save_due_ms = INT64_MAX;
	if (!w->o.buffer_bytes)
		w->o.buffer_bytes = BUFFER_BYTES;
	watch_log_begin(&w->log);
	w->signals = open_signals();
	if (w->signals < 0) {
		msg_error("cannot receive signals: %s", strerror(errno));
		return ST_BROKEN;
	}
	mem_check(records_init(&w->records, MAX_RECORDS));
	mem_check(pass_reserve(&w->all, MAX_RECORDS));
	w->dirs = w->o.files.n_dirs ? w->o.files.dirs : standard;
	w->n_dirs = w->o.files.n_dirs ? w->o.files.n_dirs : RULE_FILES_N_DIRS;
	err = changes_open(&w->changes, w->dirs, w->n_dirs);
	if (err)
		msg_warn("changes of rules files are not noticed: %s; use SIGHUP",
			 err == -ENOSYS ? "this kernel has no inotify (CONFIG_INOTIFY_USER)"
					: strerror(-err));
	load_records(w);
	watch_load(w, true);
	watch_pass(w);
	watch_want_pass(w, (int64_t)interval_s(w) * 1000);
	notify_ready(w);
	while (!w->is_stopping) {
		wait_once(w);
		if (!w->is_stopping)
			run_due(w);
	}
	notify("STOPPING=1");
	watch_save_records(w, true);
	connector_close(&w->connector);
	changes_close(&w->changes);
	close(w->signals);
	command_close(&w->reader);
	pass_free(&w->all);
	rule_files_free(&w->rules);
	records_free(&w->records);
	lineage_free(&w->lineage);
	msg_info("stopped");
	return ST_OK;
}
