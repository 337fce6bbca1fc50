#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: systemd
# Standing rules beside systemd: units of the system and of a user, and OOMScoreAdjust=.

# shellcheck disable=SC2154,SC2030,SC2031 # systemd.bash sets service_pid, and each test is a shell of its own.
bats_require_minimum_version 1.5.0
load systemd

setup() {
	systemd_only
	rm -rf /run/oomctl.rules.d /run/oomctl
	mkdir -m 755 /run/oomctl.rules.d
}

teardown() {
	rm -rf /run/oomctl.rules.d /run/oomctl
	systemd_cleanup
}

rule() {
	printf '%s\n' "$@" >/run/oomctl.rules.d/lab.rules
}

@test "systemd: a unit by glob, of the system and of a user; OOMScoreAdjust= is replaced, and comes back with a restart" {
	local one two other

	service_start lab-db@one -p OOMScoreAdjust=200 sleep 1000
	one=$service_pid
	service_start lab-user-editor sleep 1000
	two=$service_pid
	service_start lab-other sleep 1000
	other=$service_pid
	rule 'adj -300 unit lab-db@*.service' 'adj 700 unit lab-user-* user 5000' 'leave unit lab-other'
	run --separate-stderr "$OOMCTL" apply
	assert_success
	assert_equal "$(adj_of "$one") $(adj_of "$two") $(adj_of "$other")" '-300 700 0'
	run "$OOMCTL" explain "$one"
	assert_line '  /run/oomctl.rules.d/lab.rules:1 decides'
	assert_line '  adj -300: it has this adj'
	# systemd's own value, until the rules are applied again.
	systemctl restart lab-db@one
	one=$(main_pid lab-db@one)
	assert_equal "$(adj_of "$one")" 200
	run "$OOMCTL" apply -q
	assert_success
	assert_equal "$(adj_of "$one")" -300
}

@test "systemd: a daemon of a service and what it forks" {
	local main child

	service_start lab-postgres bash -c 'sleep 1000 & wait'
	main=$service_pid
	eventually pgrep -P "$main" >/dev/null
	child=$(pgrep -P "$main")
	rule 'adj -900 unit lab-postgres name ^bash$ parent init children 100'
	run "$OOMCTL" apply -q
	assert_success
	assert_equal "$(adj_of "$main") $(adj_of "$child")" '-900 100'
}

@test "systemd: a user gets no value by the name of a unit or a container" {
	local id=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef unit scope user

	as_user systemd-run --user -q --unit=lab-postgresql@x -p Type=exec sleep 1000
	unit=$(as_user systemctl --user show -p MainPID --value lab-postgresql@x)
	as_user systemd-run --user -q --scope --unit="docker-$id" sleep 1001 >/dev/null 2>&1 3>&- &
	eventually pgrep -f '^[^ ]*sleep 1001$' >/dev/null
	scope=$(pgrep -f '^[^ ]*sleep 1001$')
	lab_pids+=("$scope")
	eventually grep -q "docker-$id" "/proc/$scope/cgroup"
	service_start lab-user-batch sleep 1002
	user=$service_pid
	rule 'adj 800 user labuser enforce' 'protect unit lab-postgresql@*.service' 'adj -500 container *' 'leave unit lab-user-b*'
	run --separate-stderr "$OOMCTL" rules --check
	assert_success
	assert_equal "$stderr" ''
	run "$OOMCTL" apply -q
	assert_success
	assert_equal "$(adj_of "$unit") $(adj_of "$scope") $(adj_of "$user")" '800 800 800'
	# With the user they are what the rule means.
	rule 'adj 300 unit lab-postgresql@*.service user labuser' 'adj 310 container * user labuser'
	run "$OOMCTL" apply -q
	assert_success
	assert_equal "$(adj_of "$unit") $(adj_of "$scope") $(adj_of "$user")" '300 310 800'
	as_user systemctl --user stop lab-postgresql@x
}
