#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: systemd
# What explain and log say about units of users, scopes, and units whose kills systemd does not see, is
# what systemd then does.

# shellcheck disable=SC2154,SC2030,SC2031 # effects.bash sets these, and each test is a shell of its own.
load effects

setup() {
	effects_setup
}

teardown() {
	effects_cleanup
}

@test "systemd: units of a user" {
	local policy who

	for policy in stop kill continue; do
		for who in main child; do
			effect_unit "lab-user-$policy-$who" "$who" "OOMPolicy=$policy" Restart=no
			effect_unit "lab-user-$policy-$who-again" "$who" "OOMPolicy=$policy" Restart=always
		done
	done
	units_start
	# The user, whose manager it is, reads the same as root.
	run as_user "$OOMCTL" explain "${hogs[lab-user-stop-main.service]}"
	assert_success
	assert_equal "$(tr -s '\n ' ' ' <<<"$output" | grep -o 'If the kernel kills it: .*')" 'If the kernel kills it: systemd stops lab-user-stop-main.service of user@5000.service (2 processes, OOMPolicy=stop); systemd does not restart it (Restart=no) '
	# The manager itself is the main process of a unit of the system.
	run "$OOMCTL" explain -J "$(systemctl show -p MainPID --value user@5000)"
	assert_output --partial '"systemd":{"unit":"user@5000.service","manager":null,"oom_policy":"continue","effect":"ended","result":"signal",'
	run kill_all
	echo "$output"
	assert_success
	((${#lines[@]} == 12))
	[ "$(as_user systemctl --user is-active basic.target)" = active ]
}

scope_start() {
	local hog='/run/lab/hog --anon 4M --grow 60M --ready /dev/null'

	systemd-run --scope -q --unit=lab-scope -p MemoryMax=20M -p MemorySwapMax=0 bash -c "$hog & exec sleep 1000" 3>&- >/dev/null 2>&1 &
	declare -gA cgroups=([lab-scope.scope]=/system.slice/lab-scope.scope) hogs=()
	eventually systemctl -q is-active lab-scope.scope
	eventually find_hog lab-scope.scope
}

@test "systemd: the policy of a running scope can be changed by a drop-in" {
	scope_start
	mkdir "$units/lab-scope.scope.d"
	printf '[Scope]\nOOMPolicy=continue\n' >"$units/lab-scope.scope.d/lab.conf"
	systemctl daemon-reload
	run said
	assert_output 'lab-scope.scope continues null 2 null'
	kill -USR1 "${hogs[lab-scope.scope]}"
	eventually pid_has_ended "${hogs[lab-scope.scope]}"
	# By then systemd has handled the kill.
	systemctl daemon-reload
	systemctl daemon-reload
	[ "$(systemctl is-active lab-scope.scope)" = active ]
	systemctl stop lab-scope.scope
}

@test "systemd: scopes" {
	local cgroup=/system.slice/lab-scope.scope

	scope_start
	run said
	assert_output 'lab-scope.scope stopped null 2 oom-kill'
	kill -USR1 "${hogs[lab-scope.scope]}"
	eventually has_result lab-scope.scope oom-kill
	eventually test ! -e "/sys/fs/cgroup$cgroup"
	run "$OOMCTL" log --show last
	assert_success
	# A transient unit that has ended is unknown to systemd.
	[[ $(tr -s '\n ' ' ' <<<"$output") == *'After such a kill, by the present configuration: '*lab-scope.scope* ]]
	refute_output --partial 'systemctl set-property'
	refute_output --partial 'predict --cgroup'
	systemctl reset-failed
	eventually unit_is_unknown lab-scope.scope
	run "$OOMCTL" log --show last
	assert_output --partial 'it has no such unit now'
	[[ $(tr -s '\n ' ' ' <<<"$output") == *'- raise the limit (MemoryMax=) where lab-scope.scope is created: the unit does not exist now.'* ]]
	refute_output --partial 'systemctl set-property'
	refute_output --partial 'predict --cgroup'
	# Of a file it is not known whether the unit exists: it can be of another machine.
	dmesg >"$BATS_TEST_TMPDIR/log"
	run "$OOMCTL" log --show last "$BATS_TEST_TMPDIR/log"
	assert_output --partial 'systemctl set-property lab-scope.scope MemoryMax=30M'
	assert_output --partial "predict --cgroup $cgroup"
}

unit_is_unknown() {
	[[ $(systemctl show -p LoadState --value "$1") == not-found ]]
}

@test "systemd: log reports the present configuration, for kills of this host only" {
	effect_unit lab-shown main OOMPolicy=stop Restart=on-failure RestartSec=5min
	units_start
	kill -USR1 "${hogs[lab-shown.service]}"
	eventually has_result lab-shown.service oom-kill
	run "$OOMCTL" log --show last
	assert_success
	[[ $(tr -s '\n ' ' ' <<<"$output") == *'After such a kill, by the present configuration: systemd stops lab-shown.service (OOMPolicy=stop); systemd restarts it after 300 s (Restart=on-failure).'* ]]
	run "$OOMCTL" log -J --show last
	assert_success
	[[ $output == *'"systemd":{"unit":"lab-shown.service","manager":null,"oom_policy":"stop","effect":"stopped","result":"oom-kill","processes":null,"restart":"on-failure","restart_usec":300000000,"restarted":true}'* ]]
	matches_schema report
	# The unit exists, and its cgroup does not until it is started again.
	run "$OOMCTL" log --show last
	assert_output --partial 'systemctl set-property lab-shown.service MemoryMax=30M'
	refute_output --partial 'predict --cgroup'
	# A start alone would wait for RestartSec=.
	systemctl stop lab-shown.service
	systemctl start lab-shown.service
	run "$OOMCTL" log --show last
	assert_output --partial 'systemctl set-property lab-shown.service MemoryMax=30M'
	assert_output --partial "predict --cgroup ${cgroups[lab-shown.service]}"
	# The same text from a file, and in another PID or cgroup namespace, can be that of another host.
	dmesg >"$BATS_TEST_TMPDIR/log"
	run "$OOMCTL" log --show last "$BATS_TEST_TMPDIR/log"
	assert_success
	refute_output --partial 'After such a kill'
	run unshare --pid --fork --mount-proc "$OOMCTL" log --show last
	assert_success
	refute_output --partial 'After such a kill'
	run unshare --cgroup "$OOMCTL" log --show last
	assert_success
	refute_output --partial 'After such a kill'
	run "$OOMCTL" log
	assert_success
	refute_output --partial 'After such a kill'
}

# Its slice has the limit, and the unit itself no memory controller, so no memory.events.
@test "systemd: without the memory controller a kill is not noticed" {
	printf '[Slice]\nMemoryMax=20M\nMemorySwapMax=0\n' >"$units/lab-limited.slice"
	effect_unit lab-unseen child OOMPolicy=stop Slice=lab-limited.slice MemoryAccounting=no
	sed -i '/^Memory\(Max\|SwapMax\)=/d' "$units/lab-unseen.service"
	units_start
	[[ ! -e /sys/fs/cgroup${cgroups[lab-unseen.service]}/memory.events ]] || skip 'something else enables the controller'
	run kill_all
	echo "$output"
	assert_success
	assert_output 'lab-unseen.service continues false 2 null'
	run "$OOMCTL" explain "$(main_pid lab-unseen.service)"
	[[ $(tr -s '\n ' ' ' <<<"$output") == *'lab-unseen.service ends with its main process (without the memory controller, OOMPolicy= has no effect)'* ]]
}

# A kill in a unit of the user counts in the unit of the user's manager too.
@test "systemd: an OOMPolicy= of user@.service ends the manager" {
	effect_unit lab-user-inner child OOMPolicy=continue
	units_start
	mkdir -p /run/systemd/system/user@5000.service.d
	printf '[Service]\nOOMPolicy=stop\n' >/run/systemd/system/user@5000.service.d/lab.conf
	systemctl daemon-reload
	run "$OOMCTL" explain -J "${hogs[lab-user-inner.service]}"
	matches_schema explain
	assert_output --partial '"systemd":{"unit":"user@5000.service","manager":null,"oom_policy":"stop","effect":"stopped"'
	kill -USR1 "${hogs[lab-user-inner.service]}"
	eventually has_result user@5000.service oom-kill
	eventually test ! -e "/sys/fs/cgroup${cgroups[lab-user-inner.service]}"
	rm -r /run/systemd/system/user@5000.service.d
	systemctl daemon-reload
	systemctl reset-failed
	systemctl start user@5000
}

@test "systemd: the process that asks has no privileges, and is the user whose manager it asks" {
	local top=/sys/fs/cgroup/user.slice/user-5001.slice/user@5001.service/app.slice/lab-fake.service

	mkdir -p "$top" /run/user/5001/systemd
	chown -R 5001 /run/user/5001
	chmod 700 /run/user/5001
	setpriv --reuid 5001 --clear-groups "${lab_helpers%/lab}/cli/busd" /run/user/5001/systemd/private looks \
		>"$BATS_TEST_TMPDIR/peer" 3>&- &
	busd=$!
	eventually grep -q ready "$BATS_TEST_TMPDIR/peer"
	sleep 1000 3>&- &
	pid=$!
	echo "$pid" >"$top/cgroup.procs"
	run "$OOMCTL" explain "$pid"
	assert_success
	assert_output --partial 'what systemd does with lab-fake.service of user@5001.service is unknown'
	run cat "$BATS_TEST_TMPDIR/peer"
	assert_line $'Uid:\t5001\t5001\t5001\t5001'
	assert_line --regexp $'^Groups:[ \t]*$'
	assert_line $'CapPrm:\t0000000000000000'
	assert_line $'CapEff:\t0000000000000000'
	kill "$busd" "$pid"
	rm -rf /run/user/5001
	# Another user cannot ask.
	sleep 1000 3>&- &
	pid=$!
	top=/sys/fs/cgroup/user.slice/user-5000.slice/user@5000.service/app.slice/lab-fake.service
	mkdir -p "$top"
	echo "$pid" >"$top/cgroup.procs"
	run setpriv --reuid 5002 --clear-groups "$OOMCTL" explain "$pid"
	assert_success
	[[ $(tr -s '\n ' ' ' <<<"$output") == *'what systemd does with lab-fake.service of user@5000.service is unknown: '* ]]
	kill "$pid"
}
