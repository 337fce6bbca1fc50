/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit_effect: what systemd does with a unit after the OOM killer has killed a process of it. */
#include "oom/rules/unit_effect.h"

#include <stddef.h>
#include <string.h>

static const char *const policies[] = {
	[OOM_POLICY_STOP] = "stop",
	[OOM_POLICY_KILL] = "kill",
	[OOM_POLICY_CONTINUE] = "continue",
};

static const char *const restarts[] = {
	[RESTART_NO] = "no",
	[RESTART_ON_SUCCESS] = "on-success",
	[RESTART_ON_FAILURE] = "on-failure",
	[RESTART_ON_ABNORMAL] = "on-abnormal",
	[RESTART_ON_WATCHDOG] = "on-watchdog",
	[RESTART_ON_ABORT] = "on-abort",
	[RESTART_ALWAYS] = "always",
};

enum unit_effect_policy unit_effect_parse_policy(const char *text)
{
	for (size_t i = OOM_POLICY_STOP; i <= OOM_POLICY_CONTINUE; i++)
		if (strcmp(text, policies[i]) == 0)
			return (enum unit_effect_policy)i;
	return OOM_POLICY_NONE;
}

enum unit_effect_restart unit_effect_parse_restart(const char *text)
{
	for (size_t i = 0; i < RESTART_UNKNOWN; i++)
		if (strcmp(text, restarts[i]) == 0)
			return (enum unit_effect_restart)i;
	return RESTART_UNKNOWN;
}

const char *unit_effect_policy_text(enum unit_effect_policy policy)
{
	return policies[policy];
}

const char *unit_effect_restart_text(enum unit_effect_restart restart)
{
	return restart == RESTART_UNKNOWN ? NULL : restarts[restart];
}

const char *unit_effect_kind_text(enum unit_effect_kind kind)
{
	static const char *const words[] = {
		[UNIT_CONTINUES] = "continues", [UNIT_STOPPED] = "stopped",
		[UNIT_KILLED] = "killed",       [UNIT_ENDED] = "ended",
		[UNIT_ENDED_MAYBE] = NULL,      [UNIT_CHANGES] = NULL,
	};

	return words[kind];
}

/* Starts by hand count too, but a unit does not know them: so this is a lower bound. */
static bool can_reach_limit(const struct unit_effect_settings *s)
{
	return s->limit_burst && (uint64_t)s->n_restarts + 1 >= s->limit_burst &&
	       s->since_start_usec < s->limit_interval_usec &&
	       s->restart_usec < s->limit_interval_usec - s->since_start_usec;
}

/*
 * is_main_killed: the main process ends by SIGKILL; else its exit status is unknown. e->result is
 * that of the unit. The statuses in the unit file are compared with those of the main process: see
 * service_shall_restart().
 */
static void find_restart(const struct unit_effect_settings *s, bool is_main_killed,
			 struct unit_effect *e)
{
	bool is_success = strcmp(e->result, "success") == 0;
	bool is_clean = is_success || strcmp(e->result, "exit-code") == 0;
	bool is_signal = strcmp(e->result, "signal") == 0 || strcmp(e->result, "core-dump") == 0;

	e->is_restarted = s->restart == RESTART_ALWAYS ||
			  (s->restart == RESTART_ON_SUCCESS && is_success) ||
			  (s->restart == RESTART_ON_FAILURE && !is_success) ||
			  (s->restart == RESTART_ON_ABNORMAL && !is_clean) ||
			  (s->restart == RESTART_ON_ABORT && is_signal);
	if (is_main_killed && (s->kill_prevents || s->kill_forces))
		e->is_restarted = !s->kill_prevents;
	else if (s->restart == RESTART_UNKNOWN)
		e->doubt = RESTART_BY_SETTING;
	else if (!is_main_killed && (e->is_restarted ? s->has_prevents : s->has_forces))
		e->doubt = RESTART_BY_STATUS;
	if (s->restart_usec == UINT64_MAX) {
		/* RestartSec=infinity */
		e->is_restarted = false;
		e->doubt = RESTART_CERTAIN;
	}
	if (!e->is_restarted || e->doubt != RESTART_CERTAIN)
		return;
	if (s->sends_no_kill && e->kind != UNIT_KILLED)
		e->doubt = RESTART_BY_OTHERS;
	else if (can_reach_limit(s))
		e->doubt = RESTART_BY_LIMIT;
}

/*
 * Whether the kill ends a unit that has no main process: only the end of its last process counts,
 * not how that ended. The main process of ExitType=cgroup can have ended before.
 */
static bool is_last(const struct unit_effect_settings *s, enum unit_effect_main main)
{
	return main == MAIN_ALL && !s->main_pid;
}

/* The kill may have included the last process of the unit, which decides when it ends. */
static void find_possible_end(const struct unit_effect_settings *s, struct unit_effect *e)
{
	bool depends = s->restart != RESTART_ALWAYS && s->restart != RESTART_NO;

	if (s->stays_active)
		return;
	e->kind = UNIT_ENDED_MAYBE;
	if (!s->is_service)
		return;
	e->result = "success";
	find_restart(s, false, e);
	if (s->last_main_pid) {
		e->result = NULL;
		if (depends && e->doubt == RESTART_CERTAIN)
			e->doubt = RESTART_BY_RESULT;
	}
}

/* Without an effect of OOMPolicy=. */
static void find_end(const struct unit_effect_settings *s, enum unit_effect_main main,
		     struct unit_effect *e)
{
	bool is_control = main == MAIN_CONTROL, without_main = is_last(s, main);
	bool is_success = s->kill_is_success || without_main ||
			  (is_control ? s->ignores_control : s->ignores_main);

	if (main == MAIN_UNKNOWN && unit_effect_ends_with_last(s, main)) {
		find_possible_end(s, e);
		return;
	}
	/*
	 * The end of a control process matters only to the start, and success leads on. An active
	 * unit whose processes have exited stays so.
	 */
	if (main == MAIN_NO || s->state == UNIT_EXITED ||
	    (is_control && (s->state != UNIT_STARTS || is_success)) ||
	    (!is_control && is_success && (s->has_next || s->stays_active)))
		return;
	e->result = without_main ? s->result : is_success ? "success" : "signal";
	/* It has this result already, but ends with its last process too. */
	if (s->is_ended_by_cgroup && !is_control && main != MAIN_ALL)
		return;
	e->kind = main == MAIN_UNKNOWN ? UNIT_ENDED_MAYBE : UNIT_ENDED;
	find_restart(s, !is_control && !without_main, e);
}

bool unit_effect_ends_with_last(const struct unit_effect_settings *s, enum unit_effect_main main)
{
	return !s->is_service || (main == MAIN_UNKNOWN && !s->last_main_pid) ||
	       (main != MAIN_CONTROL && s->is_ended_by_cgroup) || is_last(s, main);
}

struct unit_effect unit_effect_find(const struct unit_effect_settings *s, bool sees_kills,
				    enum unit_effect_main main)
{
	bool is_kill = s->policy == OOM_POLICY_KILL;
	bool is_ended = sees_kills && (s->policy == OOM_POLICY_STOP || is_kill);
	struct unit_effect e = { .kind = UNIT_CONTINUES };

	/* Versions of systemd differ in what they do with a unit that reloads. */
	if (s->state == UNIT_STOPS || (s->state == UNIT_RELOADS && is_ended)) {
		e.kind = UNIT_CHANGES;
		e.doubt = RESTART_BY_STATE;
	} else if (is_ended) {
		e.kind = is_kill ? UNIT_KILLED : UNIT_STOPPED;
		e.result = "oom-kill";
		is_kill &= s->main_pid || s->state == UNIT_RUNS;
		if (s->is_service)
			find_restart(s, is_kill || main == MAIN_YES || main == MAIN_ALL, &e);
	} else if (s->is_service) {
		find_end(s, main, &e);
	} else if (main == MAIN_UNKNOWN) {
		find_possible_end(s, &e);
	} else if (main == MAIN_ALL) {
		/* A scope ends with its last process. */
		e.kind = UNIT_ENDED;
		e.result = "success";
	}
	return e;
}
