/* SPDX-License-Identifier: GPL-2.0-or-later */
/* process: applies the rules to a process when it has an event, and to all; logs what changed. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "cmd/watch/internal.h"
#include "sys/adj/saved_adj.h"

/*
 * A process that has ended before its event was read can have left children, as daemons do that
 * fork into the background; they are looked for by a pass this much later.
 */
#define LOST_MS 30000

/* Processes of which watch knows which match forked them, or one above them. */
#define MAX_LINEAGE 16384

/* How long the events of a process that has exited can take to be read. */
#define LATE_EVENTS_NS 10000000000LL

/*
 * Between passes because events were lost; and this many times as long as the last pass took, so
 * that a flood of events does not take all the CPU.
 */
#define PAUSE_MS    1000
#define PAUSE_TIMES 9

/* Before records are saved again, after another run had the lock, and after an error. */
#define BUSY_MS 20
#define SAVE_MS 5000

/* Batches of events that are read before signals and other work. */
#define MAX_BATCHES 64

/* Processes of a pass between reads of events. */
#define PASS_STEP 32

int64_t watch_boot_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* Where a rule is: "FILE:LINE". */
struct place {
	const char *path;
	unsigned int line;
};

static struct place place_of(const struct watch *w, size_t rule)
{
	const struct standing_rule *r = &w->rules.set.rules[rule].rule;

	return (struct place){ w->rules.files[r->file].path, r->line };
}

static void say_failed(struct watch *w, const struct pass_result *r)
{
	enum msg_level level = w->has_told_failed ? MSG_DETAIL : MSG_ERROR;
	struct place at = place_of(w, r->rule);

	w->n_failed++;
	watch_log_print(&w->log, level, "pid %d (%s): cannot set adj to %d by %s:%u: %s",
			(int)r->pid, r->name, r->wanted, at.path, at.line, strerror(-r->err));
	if (!w->has_told_failed && r->err == -EACCES)
		msg_error("lowering adj below its floor needs CAP_SYS_RESOURCE in the first user "
			  "namespace");
	w->has_told_failed = true;
}

/* A process that cannot be read at all, or not compared with a rule. */
static void say_unknown(struct watch *w, const struct pass_result *r)
{
	enum msg_level level = w->has_told_unknown ? MSG_DETAIL : MSG_WARN;
	struct place at;

	w->n_failed++;
	if (r->rule == MATCH_NONE) {
		watch_log_print(&w->log, level, "pid %d: cannot be read: %s", (int)r->pid,
				strerror(-r->err));
	} else {
		at = place_of(w, r->rule);
		watch_log_print(&w->log, level, "pid %d (%s): cannot be compared with %s:%u: %s",
				(int)r->pid, r->name, at.path, at.line, match_error(r->err));
	}
	w->has_told_unknown = true;
}

static void say_written(struct watch *w, const struct pass_result *r, bool has_inherited)
{
	struct place at = place_of(w, r->rule);
	const char *by = has_inherited ? "as its parent by "
			 : r->is_child ? "by children of "
				       : "by ";

	watch_log_print(&w->log, MSG_INFO, "pid %d (%s): adj %d -> %d %s%s:%u", (int)r->pid,
			r->name, r->before, r->after, by, at.path, at.line);
	if (r->after != r->wanted)
		watch_log_print(&w->log, MSG_ERROR,
				"pid %d (%s): wrote adj %d, but it is now %d: the kernel or "
				"another process changed it",
				(int)r->pid, r->name, r->wanted, r->after);
}

static void say(void *arg, const struct pass_result *r, bool has_inherited)
{
	struct watch *w = arg;
	struct place at;

	if (r->outcome == PASS_WRITTEN) {
		say_written(w, r, has_inherited);
	} else if (r->outcome == PASS_FAILED) {
		say_failed(w, r);
	} else if (r->outcome == PASS_UNKNOWN) {
		say_unknown(w, r);
	} else if (r->outcome == PASS_SHARED && r->is_new) {
		at = place_of(w, r->rule);
		watch_log_print(&w->log, MSG_WARN,
				"pid %d (%s): adj %d stays, not %d of %s:%u: it shares memory with "
				"the process that forked it, so both have the same adj",
				(int)r->pid, r->name, r->before, r->wanted, at.path, at.line);
	} else if (r->outcome == PASS_CHANGED && r->is_new) {
		at = place_of(w, r->rule);
		watch_log_print(&w->log, MSG_INFO,
				"pid %d (%s): something else set adj %d, not %d of %s:%u: "
				"unchanged",
				(int)r->pid, r->name, r->before, r->wanted, at.path, at.line);
	}
}

/* since_ns: children that are older than this did not inherit from what the process now is. */
static void finish(struct watch *w, const struct pass_result *r, int64_t since_ns)
{
	say(w, r, false);
	if (r->outcome != PASS_WRITTEN)
		return;
	w->late.since_ns = since_ns;
	if (!late_apply(&w->late, r)) {
		watch_log_print(&w->log, MSG_WARN,
				"pid %d (%s): has forked too many processes while its adj was "
				"changed: some keep the old value",
				(int)r->pid, r->name);
		watch_want_pass(w, LOST_MS);
	}
}

/* A process that a rule gave a value has a record: no other's children matter. */
static bool can_matter(const struct watch *w, const struct connector_event *e)
{
	return e->what != CONNECTOR_FORK || w->needs_all_forks || w->records.n_refused ||
	       records_has(&w->records, e->parent);
}

/* The time of an event on CLOCK_BOOTTIME. */
static int64_t time_of(const struct connector_event *e)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)e->time_ns + watch_boot_ns() - now.tv_sec * 1000000000LL - now.tv_nsec;
}

/* Whether a match forked the process, or one above it. */
static bool follow_fork(struct watch *w, const struct connector_event *e)
{
	if (e->what != CONNECTOR_FORK || !w->lineage.places)
		return false;
	/* Those of exited processes take places until there are none left. */
	if (2 * w->lineage.n >= w->lineage.n_places && clock_ms() > w->swept_ms + PAUSE_MS) {
		lineage_sweep(&w->lineage, w->proc, time_of(e) - LATE_EVENTS_NS);
		w->swept_ms = clock_ms();
	}
	return lineage_fork(&w->lineage, e->pid, e->parent, time_of(e));
}

static void take_one(struct watch *w, pid_t pid, const struct connector_event *e,
		     struct pass_result *r)
{
	bool is_own = pid == e->pid;

	w->one.is_exec = is_own && e->what == CONNECTOR_EXEC;
	pass_process(&w->one, pid, r);
	w->one.is_exec = false;
	if (w->lineage.places)
		lineage_note(&w->lineage, &w->rules.set, r, is_own && e->what != CONNECTOR_FORK);
	finish(w, r, time_of(e));
}

static void take_event(void *arg, const struct connector_event *e)
{
	struct watch *w = arg;
	bool is_followed = follow_fork(w, e);
	struct pass_result r, parent;

	if (!is_followed && !can_matter(w, e))
		return;
	take_one(w, e->pid, e, &r);
	if (r.outcome == PASS_ENDED && e->what == CONNECTOR_EXEC)
		watch_want_pass(w, LOST_MS);
	/* The parent matches since its own parent has exited, of which there is no event. */
	if (r.is_child && r.ppid > 1 && !lineage_find(&w->lineage, r.ppid))
		take_one(w, r.ppid, e, &parent);
	/* For lack of memory or descriptors, or because the command line blocks: later. */
	if (r.outcome == PASS_UNKNOWN)
		watch_want_pass(w, LOST_MS);
}

/* After events were lost, or the connector has failed. */
static void recover(struct watch *w, int err)
{
	const char *why;

	if (err == -ENOBUFS) {
		if (!w->was_overrun)
			watch_log_print(&w->log, MSG_WARN,
					"events were lost: the buffer of %zu bytes was full; all "
					"processes will be checked",
					w->connector.buffer_bytes);
		w->was_overrun = true;
		lineage_clear(&w->lineage);
		watch_want_pass(w, 0);
		return;
	}
	watch_log_print(&w->log, MSG_ERROR, "cannot read events: %s; subscribing again",
			strerror(-err));
	connector_close(&w->connector);
	lineage_clear(&w->lineage);
	if (connector_open(&w->connector, w->events, w->o.buffer_bytes, &why)) {
		watch_log_print(&w->log, MSG_ERROR,
				"no events from the kernel: %s; checking all processes instead",
				why);
		w->events = 0;
	}
	watch_want_pass(w, 0);
}

void watch_read_events(struct watch *w)
{
	int n = CONNECTOR_BATCH;

	/* A smaller batch is the last one. */
	for (int i = 0; n == CONNECTOR_BATCH && i < MAX_BATCHES && w->connector.fd >= 0; i++) {
		n = connector_read(&w->connector, take_event, w);
		watch_save_records(w, false);
		if (n < 0)
			recover(w, n);
	}
}

void watch_want_pass(struct watch *w, int64_t in_ms)
{
	int64_t due = clock_ms() + in_ms;

	if (due < w->pass_next_ms)
		due = w->pass_next_ms;
	if (due < w->pass_due_ms)
		w->pass_due_ms = due;
}

struct watch_step {
	struct watch *w;
	int64_t since_ns;
	size_t n;
};

static void take_process(void *arg, const struct pass_result *r)
{
	struct watch_step *s = arg;

	if (s->w->lineage.places)
		lineage_note(&s->w->lineage, &s->w->rules.set, r, false);
	finish(s->w, r, s->since_ns);
	if (++s->n % PASS_STEP)
		return;
	watch_save_records(s->w, false);
	watch_read_events(s->w);
}

void watch_save_records(struct watch *w, bool waits)
{
	int lock, err;

	if (!w->records.log_len && !w->records.must_save) {
		w->save_due_ms = INT64_MAX;
		return;
	}
	/* Another run had the lock, or there was an error. */
	if (!waits && w->save_due_ms != INT64_MAX && clock_ms() < w->save_due_ms)
		return;
	lock = waits ? saved_adj_lock(true) : saved_adj_try_lock(true);
	if (lock == -EBUSY && !waits) {
		w->save_due_ms = clock_ms() + BUSY_MS;
		return;
	}
	err = lock < 0 ? lock : 0;
	/* If that fails, the file is replaced. */
	if (!err && !w->records.must_save)
		records_append(&w->records, w->proc);
	if (!err && w->records.must_save)
		err = records_save(&w->records, w->proc);
	if (lock >= 0)
		close(lock);
	w->save_due_ms = err ? clock_ms() + SAVE_MS : INT64_MAX;
	if (err && err != w->records_error)
		msg_warn("cannot save which adj the rules gave: %s; after a restart, changes by "
			 "others are not recognized",
			 saved_adj_error(err));
	w->records_error = err;
}

/* Children whose read of a command line was abandoned, when it has ended. */
static void reap(struct watch *w)
{
	siginfo_t child = { .si_pid = 0 };

	while (waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) == 0 && child.si_pid) {
		if (child.si_pid == w->reader.child)
			command_close(&w->reader);
		else
			waitpid(child.si_pid, NULL, 0);
		child.si_pid = 0;
	}
}

static void say_way(struct watch *w)
{
	int err = w->all.classes_error;

	if (!err || w->has_told_way)
		return;
	w->has_told_way = true;
	if (err == -ENOBUFS)
		msg_detail("reading /proc: there are more processes than the BPF scan has room "
			   "for (%zu)",
			   w->all.program->room);
	else
		msg_detail("reading /proc: the BPF scan has failed: %s", strerror(-err));
}

static void say_totals(struct watch *w)
{
	if (w->records.n_refused && !w->has_told_full)
		msg_warn("rules decide for more than %zu processes: changes that others make to "
			 "further ones are not recognized",
			 w->records.n);
	w->has_told_full = w->records.n_refused;
	if (w->lineage.n_refused && !w->has_told_lineage)
		msg_warn("rules with children have more than %zu processes: some keep the adj of "
			 "the process that forked them",
			 w->lineage.n);
	w->has_told_lineage |= w->lineage.n_refused;
	w->lineage.n_refused = 0;
	if (w->n_failed && w->n_failed != w->n_failed_before)
		msg_warn("%zu process%s could not be compared or changed", w->n_failed,
			 w->n_failed == 1 ? "" : "es");
	w->n_failed_before = w->n_failed;
}

void watch_pass(struct watch *w)
{
	int64_t began_ns = watch_boot_ns(), began_ms = clock_ms(), now;
	struct watch_step s = { w, w->since_ns ? w->since_ns : began_ns, 0 };
	int err;

	w->pass_due_ms = INT64_MAX;
	w->was_overrun = false;
	/* While some block, reads of command lines that might are waited for less. */
	w->reader.n_blocked /= 2;
	w->n_failed = 0;
	for (size_t i = 0; i < w->rules.set.n; i++)
		match_renew(&w->rules.set.rules[i]);
	/* Names of containers can change. */
	memset(&w->one.facts.names, 0, sizeof(w->one.facts.names));
	memset(&w->one.parent.names, 0, sizeof(w->one.parent.names));
	err = w->rules.set.n ? pass_all(&w->all, take_process, &s) : 0;
	if (err)
		msg_error("cannot read all processes: %s", strerror(-err));
	watch_save_records(w, false);
	w->since_ns = began_ns;
	lineage_sweep(&w->lineage, w->proc, began_ns - LATE_EVENTS_NS);
	now = clock_ms();
	w->pass_next_ms = now + PAUSE_MS + PAUSE_TIMES * (now - began_ms);
	/* Events that were lost during this pass. */
	if (w->pass_due_ms < w->pass_next_ms)
		w->pass_due_ms = w->pass_next_ms;
	reap(w);
	say_way(w);
	say_totals(w);
}

void watch_prepare(struct watch *w)
{
	struct pass *passes[] = { &w->all, &w->one };

	for (size_t i = 0; i < 2; i++) {
		passes[i]->proc = w->proc;
		passes[i]->set = &w->rules.set;
		passes[i]->records = &w->records;
		passes[i]->lineage = &w->lineage;
		passes[i]->privilege = w->cx->privilege;
		passes[i]->reader = &w->reader;
	}
	w->one.is_quiet_about_shared = true;
	/* Its rules are numbers in the set. */
	lineage_clear(&w->lineage);
	if (w->rules.set.has_children && !w->lineage.places &&
	    lineage_init(&w->lineage, MAX_LINEAGE))
		msg_warn("no memory: children whose parent has exited may keep its adj");
	w->late.p = &w->one;
	w->late.found = say;
	w->late.arg = w;
	w->needs_all_forks = false;
	for (size_t i = 0; i < w->rules.set.n; i++) {
		const struct standing_rule *r = &w->rules.set.rules[i].rule;

		w->needs_all_forks |= r->has_children && !standing_has_value(r, false);
	}
	w->has_told_failed = w->has_told_unknown = w->has_told_lineage = false;
	w->n_failed_before = 0;
}
