#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: systemd
# What explain says about the unit of a victim is what systemd then does: services with each OOMPolicy=
# and Restart=, and real kills at their limit. The rest is in systemd-effects-more.bats.

# shellcheck disable=SC2154,SC2030,SC2031 # effects.bash sets these, and each test is a shell of its own.
load effects

setup() {
	effects_setup
}

teardown() {
	effects_cleanup
}

# all_restarts POLICY: units with each Restart=, and with the main process or a child as the victim.
all_restarts() {
	local restart who

	for restart in no on-success on-failure on-abnormal on-watchdog on-abort always; do
		for who in main child; do
			effect_unit "lab-$restart-$who" "$who" "OOMPolicy=$1" "Restart=$restart"
		done
	done
	units_start
	run kill_all
	echo "$output"
	assert_success
	((${#lines[@]} == 14))
}

@test "systemd: OOMPolicy=stop ends the unit, and on-failure, on-abnormal and always restart it" {
	all_restarts stop
	[ "$(grep -c ' stopped true 2 oom-kill$' <<<"$output")" = 6 ]
	[ "$(grep -c ' stopped false 2 oom-kill$' <<<"$output")" = 8 ]
}

@test "systemd: OOMPolicy=kill kills all processes, and the same values restart it" {
	all_restarts kill
	[ "$(grep -c ' killed true 2 oom-kill$' <<<"$output")" = 6 ]
	[ "$(grep -c ' killed false 2 oom-kill$' <<<"$output")" = 8 ]
}

@test "systemd: OOMPolicy=continue ends only a unit whose main process is the victim" {
	all_restarts continue
	# on-failure, on-abnormal, on-abort, always
	[ "$(grep -c -- '-main.service ended true 2 signal$' <<<"$output")" = 4 ]
	[ "$(grep -c -- '-main.service ended false 2 signal$' <<<"$output")" = 3 ]
	[ "$(grep -c -- '-child.service continues false 2 null$' <<<"$output")" = 7 ]
}

@test "systemd: what else decides: types, exit statuses, delegation, controllers" {
	effect_unit lab-delegate child Delegate=yes
	effect_unit lab-prevent main OOMPolicy=kill Restart=always RestartPreventExitStatus=SIGKILL
	effect_unit lab-force main OOMPolicy=stop Restart=no RestartForceExitStatus=SIGKILL
	effect_unit lab-clean main OOMPolicy=continue Restart=on-success SuccessExitStatus=SIGKILL
	effect_unit lab-infinity main OOMPolicy=continue Restart=on-failure RestartSec=infinity
	effect_unit lab-exit main OOMPolicy=continue ExitType=cgroup
	effect_unit lab-oneshot main Type=oneshot
	effect_unit lab-oneshot-again main Type=oneshot OOMPolicy=kill Restart=on-failure
	units_start
	run kill_all
	echo "$output"
	assert_success
	assert_line 'lab-delegate.service continues false 2 null'
	assert_line 'lab-prevent.service killed false 2 oom-kill'
	assert_line 'lab-force.service stopped true 2 oom-kill'
	assert_line 'lab-clean.service ended true 2 success'
	assert_line 'lab-infinity.service ended false 2 signal'
	assert_line 'lab-oneshot.service stopped false 2 oom-kill'
	assert_line 'lab-oneshot-again.service killed true 2 oom-kill'
	assert_line 'lab-exit.service continues false 2 signal'
}
