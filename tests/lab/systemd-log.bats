#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: systemd
# Services at their MemoryMax=: the kernel kills, systemd notices, and log names process and unit,
# from the kernel's ring buffer and from the journal.

# shellcheck disable=SC2154,SC2016,SC2030,SC2031 # systemd.bash sets service_pid, and each test is a shell of its own.
load systemd

setup() {
	systemd_only
	reports_are_printed
}

teardown() {
	systemd_cleanup
}

has_result() {
	[[ $(ctl "$1" show -p Result --value) == "$2" ]]
}

# service_killed NAME [-p PROPERTY=VALUE]...: starts a service that exceeds its memory limit; sets
# service_pid, the victim.
service_killed() {
	local name=$1

	shift
	service_start "$name" -p MemoryMax=20M -p MemorySwapMax=0 "$@" /run/lab/hog --anon 60M || return 1
	eventually has_result "$name" oom-kill
}

# last COLUMN...: the row of the last kill.
last() {
	local IFS=,

	"$OOMCTL" log --raw --noheadings --last 1 -o "$*"
}

# The command of systemctl that is suggested in $output is valid as printed. 20 MiB and half of it are 30.
run_suggested() {
	local command

	command=$(sed -n 's/^ *\(systemctl .*\)/\1/p' <<<"$output")
	[ -n "$command" ]
	bash -c "$command"
}

@test "systemd: log names the unit of a kill" {
	service_killed lab-kill -p OOMScoreAdjust=150
	[ "$(last pid name unit adj kind cgroup)" = \
		"$service_pid hog lab-kill.service 150 memcg /system.slice/lab-kill.service" ]
	run "$OOMCTL" log --show last
	assert_success
	assert_output --partial "(pid $service_pid)"
	assert_output --partial 'systemctl set-property lab-kill.service MemoryMax='
	run_suggested
	[ "$(systemctl show -p MemoryMax --value lab-kill.service)" = 31457280 ]
}

@test "systemd: log names a user's unit and its manager" {
	service_killed lab-user-kill
	[ "$(last pid name user unit adj)" = "$service_pid hog labuser lab-user-kill.service 200" ]
	run "$OOMCTL" log --show last
	assert_success
	assert_line --partial 'systemctl --user -M 5000@ set-property lab-user-kill.service MemoryMax='
}

group_is_logged() {
	run "$OOMCTL" log --raw --noheadings --last 2 -o name,unit,result
	[[ $output == *group ]]
}

# systemd sets memory.oom.group, so the kernel kills the whole unit.
@test "systemd: log lists all processes killed with OOMPolicy=kill" {
	service_start lab-group -p OOMPolicy=kill -p MemoryMax=20M -p MemorySwapMax=0 \
		sh -c "sleep 1000 & sleep 1; exec /run/lab/hog --anon 60M"
	eventually has_result lab-group oom-kill
	# systemd can know it while the kernel is still writing.
	eventually group_is_logged
	assert_line 'hog lab-group.service killed'
	assert_line 'sleep lab-group.service group'
}

@test "systemd: a service restarted after a kill has its OOMScoreAdjust= again" {
	service_start lab-again -p Restart=always -p OOMScoreAdjust=50 -p MemoryMax=20M -p MemorySwapMax=0 \
		sh -c "[ -e /run/lab/again ] && exec sleep 1000; until [ -e /run/lab/again ]; do sleep 0.1; done
			exec /run/lab/hog --anon 60M"
	first=$service_pid
	"$OOMCTL" set -q 700 "$first"
	touch /run/lab/again
	is_restarted() { [[ $(main_pid lab-again) != "$first" && $(systemctl is-active lab-again) == active ]]; }
	eventually is_restarted
	rm /run/lab/again
	[ "$(last pid unit adj)" = "$first lab-again.service 700" ]
	[ "$(adj_of "$(main_pid lab-again)")" = 50 ]
}

# The journal has systemd's messages about the kill beside the kernel's.
@test "systemd: log reads the journal in each of its forms" {
	service_killed lab-journal
	expected="$service_pid hog lab-journal.service 0 memcg"
	has_journal() { journalctl -b -k --no-pager | grep -q "Killed process $service_pid "; }
	eventually has_journal
	for form in short short-iso short-unix verbose export json; do
		run bash -o pipefail -c 'journalctl -b -o "$1" | "$OOMCTL" log --raw --noheadings --last 1 \
			-o pid,name,unit,adj,kind -' _ "$form"
		assert_success
		assert_output "$expected"
	done
	# Each kill is listed once.
	[ "$(journalctl -b | "$OOMCTL" log --raw --noheadings -o pid - | grep -cx "$service_pid")" = 1 ]
	journalctl -b | grep -q 'lab-journal.service: A process of this unit has been killed by the OOM killer'
}
