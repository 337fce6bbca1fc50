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
		[UNIT_ENDED_MAYBE] = NULL,
	};

	return words[kind];
}

/*
 * is_signal: the result is "signal", the main process's; else "oom-kill". The statuses in the unit
 * file are compared with those of the main process: see service_shall_restart().
 */
static void find_restart(const struct unit_effect_settings *s, bool is_main_killed, bool is_signal,
			 struct unit_effect *e)
{
	bool is_success = is_signal && s->kill_is_success;

	e->is_restart_known = s->restart != RESTART_UNKNOWN;
	e->is_restarted = s->restart == RESTART_ALWAYS ||
			  (s->restart == RESTART_ON_SUCCESS && is_success) ||
			  (s->restart == RESTART_ON_FAILURE && !is_success) ||
			  (s->restart == RESTART_ON_ABNORMAL && !is_success) ||
			  (s->restart == RESTART_ON_ABORT && is_signal && !is_success);
	if (is_main_killed && (s->kill_prevents || s->kill_forces)) {
		e->is_restarted = !s->kill_prevents;
		e->is_restart_known = true;
	}
	/* RestartSec=infinity */
	e->is_restarted &= s->restart_usec != UINT64_MAX;
}

struct unit_effect unit_effect_find(const struct unit_effect_settings *s, bool sees_kills,
				    enum unit_effect_main main)
{
	struct unit_effect e = { .is_restart_known = true };

	if (sees_kills && (s->policy == OOM_POLICY_STOP || s->policy == OOM_POLICY_KILL)) {
		bool is_kill = s->policy == OOM_POLICY_KILL;

		e.kind = is_kill ? UNIT_KILLED : UNIT_STOPPED;
		e.result = "oom-kill";
		if (s->is_service)
			find_restart(s, is_kill || main == MAIN_YES, false, &e);
		return e;
	}
	/* A scope ends with its last process. */
	if (!s->is_service || main == MAIN_NO)
		return e;
	e.result = s->kill_is_success ? "success" : "signal";
	/* It has this result already, but ends with its last process too. */
	if (s->is_ended_by_cgroup)
		return e;
	e.kind = main == MAIN_YES ? UNIT_ENDED : UNIT_ENDED_MAYBE;
	find_restart(s, true, true, &e);
	return e;
}
