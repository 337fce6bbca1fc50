/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit_effect: against the table of exit causes in systemd.service(5), and OOMPolicy= there. */
#include "unit.h"

#include "oom/rules/unit_effect.h"

static void texts_and_values(void **state)
{
	static const char *const policies[] = { "stop", "kill", "continue" };
	static const char *const restarts[] = { "no",          "on-success",  "on-failure",
						"on-abnormal", "on-watchdog", "on-abort",
						"always" };

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(policies); i++)
		unit_text(policies[i],
			  unit_effect_policy_text(unit_effect_parse_policy(policies[i])),
			  policies[i]);
	for (size_t i = 0; i < UNIT_LENGTH(restarts); i++)
		unit_text(restarts[i],
			  unit_effect_restart_text(unit_effect_parse_restart(restarts[i])),
			  restarts[i]);
	unit_number("", unit_effect_parse_policy(""), OOM_POLICY_NONE);
	unit_number("killall", unit_effect_parse_policy("killall"), OOM_POLICY_NONE);
	unit_number("never", unit_effect_parse_restart("never"), RESTART_UNKNOWN);
	assert_null(unit_effect_policy_text(OOM_POLICY_NONE));
	assert_null(unit_effect_restart_text(RESTART_UNKNOWN));
}

/* The rows "unclean signal" and "OOM" of the table; "clean signal" with SuccessExitStatus=SIGKILL. */
static const struct {
	enum unit_effect_restart restart;
	bool after_oom, after_signal, after_success;
} table[] = {
	{ RESTART_NO, false, false, false },          { RESTART_ON_SUCCESS, false, false, true },
	{ RESTART_ON_FAILURE, true, true, false },    { RESTART_ON_ABNORMAL, true, true, false },
	{ RESTART_ON_WATCHDOG, false, false, false }, { RESTART_ON_ABORT, false, true, false },
	{ RESTART_ALWAYS, true, true, true },
};

static void check(const char *name, struct unit_effect e, enum unit_effect_kind kind,
		  bool is_restarted, const char *result)
{
	unit_number(name, e.kind, kind);
	unit_number(name, e.is_restarted, is_restarted);
	unit_text(name, e.result ? e.result : "", result);
}

static void each_policy_with_each_restart(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(table); i++) {
		struct unit_effect_settings s = { .is_service = true, .restart = table[i].restart };
		const char *name = unit_effect_restart_text(s.restart);

		for (int main = MAIN_NO; main <= MAIN_UNKNOWN; main++) {
			s.policy = OOM_POLICY_STOP;
			check(name, unit_effect_find(&s, true, (enum unit_effect_main)main),
			      UNIT_STOPPED, table[i].after_oom, "oom-kill");
			s.policy = OOM_POLICY_KILL;
			check(name, unit_effect_find(&s, true, (enum unit_effect_main)main),
			      UNIT_KILLED, table[i].after_oom, "oom-kill");
		}
		s.policy = OOM_POLICY_CONTINUE;
		check(name, unit_effect_find(&s, true, MAIN_NO), UNIT_CONTINUES, false, "");
		check(name, unit_effect_find(&s, true, MAIN_YES), UNIT_ENDED, table[i].after_signal,
		      "signal");
		check(name, unit_effect_find(&s, true, MAIN_UNKNOWN), UNIT_ENDED_MAYBE,
		      table[i].after_signal, "signal");
		/* Without memory.events every policy is the same. */
		s.policy = OOM_POLICY_STOP;
		check(name, unit_effect_find(&s, false, MAIN_NO), UNIT_CONTINUES, false, "");
		check(name, unit_effect_find(&s, false, MAIN_YES), UNIT_ENDED,
		      table[i].after_signal, "signal");
		s.kill_is_success = true;
		check(name, unit_effect_find(&s, false, MAIN_YES), UNIT_ENDED,
		      table[i].after_success, "success");
	}
}

static void exit_statuses_decide_first(void **state)
{
	struct unit_effect_settings s = { .is_service = true,
					  .restart = RESTART_ALWAYS,
					  .policy = OOM_POLICY_STOP,
					  .kill_prevents = true };

	(void)state;
	check("prevented", unit_effect_find(&s, true, MAIN_YES), UNIT_STOPPED, false, "oom-kill");
	/* The main process ends by SIGTERM. */
	check("child", unit_effect_find(&s, true, MAIN_NO), UNIT_STOPPED, true, "oom-kill");
	s.policy = OOM_POLICY_KILL;
	check("killed", unit_effect_find(&s, true, MAIN_NO), UNIT_KILLED, false, "oom-kill");
	s.kill_forces = true;
	check("both", unit_effect_find(&s, true, MAIN_NO), UNIT_KILLED, false, "oom-kill");
	s.kill_prevents = false;
	s.restart = RESTART_NO;
	check("forced", unit_effect_find(&s, true, MAIN_NO), UNIT_KILLED, true, "oom-kill");
	s.restart_usec = UINT64_MAX;
	check("infinity", unit_effect_find(&s, true, MAIN_NO), UNIT_KILLED, false, "oom-kill");
}

static void scopes_and_other_services(void **state)
{
	struct unit_effect_settings s = { .policy = OOM_POLICY_STOP, .restart = RESTART_ALWAYS };

	(void)state;
	check("scope", unit_effect_find(&s, true, MAIN_NO), UNIT_STOPPED, false, "oom-kill");
	s.policy = OOM_POLICY_NONE;
	check("old scope", unit_effect_find(&s, true, MAIN_UNKNOWN), UNIT_CONTINUES, false, "");
	s.is_service = true;
	check("old service", unit_effect_find(&s, true, MAIN_YES), UNIT_ENDED, true, "signal");
	s.is_ended_by_cgroup = true;
	check("ExitType=cgroup", unit_effect_find(&s, true, MAIN_YES), UNIT_CONTINUES, false,
	      "signal");
	s.is_ended_by_cgroup = false;
	s.restart = RESTART_UNKNOWN;
	assert_false(unit_effect_find(&s, true, MAIN_YES).is_restart_known);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_and_values),
		cmocka_unit_test(each_policy_with_each_restart),
		cmocka_unit_test(exit_statuses_decide_first),
		cmocka_unit_test(scopes_and_other_services),
	};

	return UNIT_RUN(argc, argv, tests);
}
