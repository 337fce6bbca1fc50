/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit_effect: against the table of exit causes in systemd.service(5), and OOMPolicy= there. */
#include "unit.h"

#include <string.h>

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

/* A kill of the whole unit, such as by memory.oom.group of its slice. */
static void all_processes(void **state)
{
	struct unit_effect_settings scope = { .policy = OOM_POLICY_CONTINUE };
	struct unit_effect_settings s = { .is_service = true,
					  .policy = OOM_POLICY_CONTINUE,
					  .restart = RESTART_ON_FAILURE,
					  .main_pid = 7,
					  .last_main_pid = 7 };

	(void)state;
	check("a scope continues", unit_effect_find(&scope, true, MAIN_YES), UNIT_CONTINUES, false,
	      "");
	check("a scope ends", unit_effect_find(&scope, true, MAIN_ALL), UNIT_ENDED, false,
	      "success");
	scope.policy = OOM_POLICY_STOP;
	check("a scope is stopped", unit_effect_find(&scope, true, MAIN_ALL), UNIT_STOPPED, false,
	      "oom-kill");
	check("a service ends", unit_effect_find(&s, true, MAIN_ALL), UNIT_ENDED, true, "signal");
	s.main_pid = s.last_main_pid = 0;
	strcpy(s.result, "success");
	check("without a main process", unit_effect_find(&s, true, MAIN_ALL), UNIT_ENDED, false,
	      "success");
	s.state = UNIT_EXITED;
	check("exited already", unit_effect_find(&s, true, MAIN_ALL), UNIT_CONTINUES, false, "");
	s.state = UNIT_RUNS;
	s.main_pid = s.last_main_pid = 7;
	s.is_ended_by_cgroup = true;
	check("ExitType=cgroup continues", unit_effect_find(&s, true, MAIN_YES), UNIT_CONTINUES,
	      false, "signal");
	check("ExitType=cgroup ends", unit_effect_find(&s, true, MAIN_ALL), UNIT_ENDED, true,
	      "signal");
	s.policy = OOM_POLICY_STOP;
	s.kill_prevents = true;
	check("the status of the main process is known", unit_effect_find(&s, true, MAIN_ALL),
	      UNIT_STOPPED, false, "oom-kill");
}

/* Of ExitType=cgroup, the main process can have ended before: then its result stays. */
static void main_process_that_ended_before(void **state)
{
	static const struct {
		const char *result;
		enum unit_effect_restart restart;
		bool is_restarted;
	} cases[] = {
		{ "success", RESTART_ON_FAILURE, false },
		{ "success", RESTART_ON_SUCCESS, true },
		{ "exit-code", RESTART_ON_FAILURE, true },
		{ "exit-code", RESTART_ON_SUCCESS, false },
		{ "exit-code", RESTART_ON_ABNORMAL, false },
		{ "exit-code", RESTART_ON_ABORT, false },
		{ "signal", RESTART_ON_ABNORMAL, true },
		{ "core-dump", RESTART_ON_ABORT, true },
	};
	struct unit_effect_settings s = { .is_service = true,
					  .policy = OOM_POLICY_CONTINUE,
					  .is_ended_by_cgroup = true,
					  .last_main_pid = 7 };

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		s.restart = cases[i].restart;
		strcpy(s.result, cases[i].result);
		check(s.result, unit_effect_find(&s, true, MAIN_ALL), UNIT_ENDED,
		      cases[i].is_restarted, cases[i].result);
		assert_true(unit_effect_ends_with_last(&s, MAIN_ALL));
	}
	/* In a log it is unknown which processes were left. */
	s.main_pid = 7;
	s.restart = RESTART_ON_FAILURE;
	unit_number("log", unit_effect_find(&s, true, MAIN_UNKNOWN).kind, UNIT_ENDED_MAYBE);
	unit_number("log", unit_effect_find(&s, true, MAIN_UNKNOWN).doubt, RESTART_BY_RESULT);
	assert_null(unit_effect_find(&s, true, MAIN_UNKNOWN).result);
	s.restart = RESTART_ALWAYS;
	unit_number("always", unit_effect_find(&s, true, MAIN_UNKNOWN).doubt, RESTART_CERTAIN);
}

static void each_policy_with_each_restart(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(table); i++) {
		struct unit_effect_settings s = { .is_service = true,
						  .restart = table[i].restart,
						  .last_main_pid = 7 };
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
	check("old scope", unit_effect_find(&s, true, MAIN_UNKNOWN), UNIT_ENDED_MAYBE, false, "");
	s.is_service = true;
	check("old service", unit_effect_find(&s, true, MAIN_YES), UNIT_ENDED, true, "signal");
	s.is_ended_by_cgroup = true;
	check("ExitType=cgroup", unit_effect_find(&s, true, MAIN_YES), UNIT_CONTINUES, false,
	      "signal");
	s.is_ended_by_cgroup = false;
	s.restart = RESTART_UNKNOWN;
	unit_number("unknown", unit_effect_find(&s, true, MAIN_YES).doubt, RESTART_BY_SETTING);
}

static void check_doubt(const char *name, const struct unit_effect_settings *s,
			enum unit_effect_main main, enum unit_effect_doubt doubt)
{
	unit_number(name, unit_effect_find(s, true, main).doubt, doubt);
}

/* The main process may end by SIGTERM, by SIGKILL after a timeout, or with any status. */
static void statuses_of_a_stopped_main_process_are_unknown(void **state)
{
	struct unit_effect_settings s = { .is_service = true,
					  .restart = RESTART_NO,
					  .policy = OOM_POLICY_STOP,
					  .has_forces = true };

	(void)state;
	check_doubt("forced", &s, MAIN_NO, RESTART_BY_STATUS);
	check_doubt("forced", &s, MAIN_UNKNOWN, RESTART_BY_STATUS);
	check_doubt("main", &s, MAIN_YES, RESTART_CERTAIN);
	check("main", unit_effect_find(&s, true, MAIN_YES), UNIT_STOPPED, false, "oom-kill");
	s.restart = RESTART_ALWAYS;
	check_doubt("restarted anyway", &s, MAIN_NO, RESTART_CERTAIN);
	s.has_prevents = true;
	check_doubt("prevented", &s, MAIN_NO, RESTART_BY_STATUS);
	s.restart = RESTART_NO;
	s.has_forces = false;
	check_doubt("not restarted anyway", &s, MAIN_NO, RESTART_CERTAIN);
	/* SIGKILL for all processes, if there is a main process. */
	s.restart = RESTART_ALWAYS;
	s.policy = OOM_POLICY_KILL;
	check_doubt("kill", &s, MAIN_NO, RESTART_CERTAIN);
	s.state = UNIT_STARTS;
	check_doubt("kill without main", &s, MAIN_NO, RESTART_BY_STATUS);
	s.main_pid = 7;
	check_doubt("kill with main", &s, MAIN_NO, RESTART_CERTAIN);
}

static void control_processes(void **state)
{
	struct unit_effect_settings s = { .is_service = true,
					  .restart = RESTART_ON_FAILURE,
					  .policy = OOM_POLICY_CONTINUE,
					  .state = UNIT_STARTS,
					  .control_pid = 7 };

	(void)state;
	check("start", unit_effect_find(&s, true, MAIN_CONTROL), UNIT_ENDED, true, "signal");
	check("child", unit_effect_find(&s, true, MAIN_NO), UNIT_CONTINUES, false, "");
	s.has_prevents = true;
	check_doubt("start", &s, MAIN_CONTROL, RESTART_BY_STATUS);
	s.has_prevents = false;
	s.is_ended_by_cgroup = true;
	check("start", unit_effect_find(&s, true, MAIN_CONTROL), UNIT_ENDED, true, "signal");
	s.ignores_control = true;
	check("ignored", unit_effect_find(&s, true, MAIN_CONTROL), UNIT_CONTINUES, false, "");
	s.ignores_control = false;
	s.kill_is_success = true;
	check("success", unit_effect_find(&s, true, MAIN_CONTROL), UNIT_CONTINUES, false, "");
	s.kill_is_success = false;
	s.state = UNIT_RELOADS;
	check("reload", unit_effect_find(&s, true, MAIN_CONTROL), UNIT_CONTINUES, false, "");
	s.policy = OOM_POLICY_STOP;
	check("reload", unit_effect_find(&s, true, MAIN_CONTROL), UNIT_CHANGES, false, "");
	check_doubt("reload", &s, MAIN_CONTROL, RESTART_BY_STATE);
	s.state = UNIT_STARTS;
	check("stop", unit_effect_find(&s, true, MAIN_CONTROL), UNIT_STOPPED, true, "oom-kill");
}

/* Who stops it decides whether it is restarted. */
static void units_that_stop_already(void **state)
{
	struct unit_effect_settings s = { .is_service = true,
					  .restart = RESTART_ALWAYS,
					  .policy = OOM_POLICY_STOP,
					  .state = UNIT_STOPS };

	(void)state;
	for (int main = MAIN_NO; main <= MAIN_CONTROL; main++) {
		check("stops", unit_effect_find(&s, true, (enum unit_effect_main)main),
		      UNIT_CHANGES, false, "");
		check_doubt("stops", &s, (enum unit_effect_main)main, RESTART_BY_STATE);
	}
	assert_null(unit_effect_kind_text(UNIT_CHANGES));
}

static void failures_that_a_command_ignores(void **state)
{
	struct unit_effect_settings s = { .is_service = true,
					  .restart = RESTART_ON_FAILURE,
					  .policy = OOM_POLICY_CONTINUE,
					  .ignores_main = true };

	(void)state;
	check("-", unit_effect_find(&s, true, MAIN_YES), UNIT_ENDED, false, "success");
	s.restart = RESTART_ON_SUCCESS;
	check("-", unit_effect_find(&s, true, MAIN_YES), UNIT_ENDED, true, "success");
	s.has_next = true;
	check("next", unit_effect_find(&s, true, MAIN_YES), UNIT_CONTINUES, false, "");
	s.has_next = false;
	s.stays_active = true;
	check("exited", unit_effect_find(&s, true, MAIN_YES), UNIT_CONTINUES, false, "");
	s.ignores_main = false;
	check("failed", unit_effect_find(&s, true, MAIN_YES), UNIT_ENDED, false, "signal");
}

static void limits_of_starts_and_of_signals(void **state)
{
	struct unit_effect_settings s = { .is_service = true,
					  .restart = RESTART_ALWAYS,
					  .policy = OOM_POLICY_STOP,
					  .restart_usec = 1000000,
					  .limit_burst = 1,
					  .limit_interval_usec = 10000000,
					  .since_start_usec = 8000000 };

	(void)state;
	check_doubt("second start within 10 s", &s, MAIN_YES, RESTART_BY_LIMIT);
	s.since_start_usec = 9000000;
	check_doubt("after 10 s", &s, MAIN_YES, RESTART_CERTAIN);
	s.since_start_usec = 0;
	s.limit_burst = 5;
	s.n_restarts = 3;
	check_doubt("fifth start", &s, MAIN_YES, RESTART_CERTAIN);
	s.n_restarts = 4;
	check_doubt("sixth start", &s, MAIN_YES, RESTART_BY_LIMIT);
	s.limit_interval_usec = UINT64_MAX;
	check_doubt("infinity", &s, MAIN_YES, RESTART_BY_LIMIT);
	s.limit_burst = 0;
	check_doubt("no limit", &s, MAIN_YES, RESTART_CERTAIN);
	s.sends_no_kill = true;
	check_doubt("SendSIGKILL=no", &s, MAIN_YES, RESTART_BY_OTHERS);
	s.policy = OOM_POLICY_KILL;
	check_doubt("kill", &s, MAIN_YES, RESTART_CERTAIN);
	s.policy = OOM_POLICY_STOP;
	s.restart = RESTART_NO;
	check_doubt("no restart", &s, MAIN_YES, RESTART_CERTAIN);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_and_values),
		cmocka_unit_test(each_policy_with_each_restart),
		cmocka_unit_test(all_processes),
		cmocka_unit_test(main_process_that_ended_before),
		cmocka_unit_test(exit_statuses_decide_first),
		cmocka_unit_test(scopes_and_other_services),
		cmocka_unit_test(statuses_of_a_stopped_main_process_are_unknown),
		cmocka_unit_test(control_processes),
		cmocka_unit_test(units_that_stop_already),
		cmocka_unit_test(failures_that_a_command_ignores),
		cmocka_unit_test(limits_of_starts_and_of_signals),
	};

	return UNIT_RUN(argc, argv, tests);
}
