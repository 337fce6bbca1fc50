#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: systemd
# audit with a real systemd and real cgroups: what it finds, and that the command that it prints fixes it.

# shellcheck disable=SC2154,SC2030,SC2031 # systemd.bash sets service_pid, and each test is a shell of its own.
load systemd
bats_require_minimum_version 1.5.0

setup() {
	systemd_only
}

teardown() {
	systemd_cleanup
	rm -rf /etc/systemd/system/lab-* /run/systemd/system/lab-*
	systemctl daemon-reload
}

# unit_start NAME LINE...: a service with a file that has these lines.
unit_start() {
	printf '%s\n' '[Service]' Type=exec "${@:2}" >"/run/systemd/system/$1.service"
	systemctl daemon-reload
	services+=("$1")
	systemctl start "$1"
	service_pid=$(main_pid "$1")
}

# finds NAME SUBJECT: exactly this. Sets fix.
finds() {
	run --separate-stderr "$OOMCTL" audit -J
	assert_equal "$stderr" ''
	assert_failure 1
	assert_equal "$(jq -r '.findings[] | .name, .subject' <<<"$output")" "$1
$2"
	fix=$(jq -r '.findings[0].fix' <<<"$output")
}

finds_nothing() {
	run --separate-stderr "$OOMCTL" audit
	assert_output ''
	assert_equal "$stderr" ''
	assert_success
}

# fixed: after the command that audit printed.
fixed() {
	bash -c "PATH=${OOMCTL%/*}:\$PATH; $fix" || fail "$fix"
	finds_nothing
}

@test "systemd audit: nothing to find in the guest, for root and for another user" {
	finds_nothing
	run as_user "$OOMCTL" audit
	assert_output ''
	assert_success
}

@test "systemd audit: a declared value that was changed later" {
	unit_start lab-declared OOMScoreAdjust=-500 'ExecStart=/bin/sleep 1000'
	finds_nothing
	echo 0 >"/proc/$service_pid/oom_score_adj"
	finds declared-adj 'unit lab-declared.service'
	assert_equal "$fix" "oomctl set -500 $service_pid"
	assert_equal "$(jq -r '.findings[0].reason' <<<"$output")" \
		"/run/systemd/system/lab-declared.service sets OOMScoreAdjust=-500, but the main process, pid $service_pid (sleep), has adj 0: it was changed later"
	fixed
}

@test "systemd audit: a declared value that was changed after the start" {
	unit_start lab-declared OOMScoreAdjust=-500 'ExecStart=/bin/sleep 1000'
	# The time of a start is known to two seconds.
	sleep 2
	sed -i s/-500/-400/ /run/systemd/system/lab-declared.service
	finds declared-adj 'unit lab-declared.service'
	assert_equal "$(jq -r '.findings[0].reason' <<<"$output" | sed 's/.*: //')" 'the file was changed after it started'
	fixed
}

@test "systemd audit: OOMPolicy= of a service with many processes" {
	# systemd reads $$ as $.
	unit_start lab-many "ExecStart=/bin/sh -c 'for i in \$\$(seq 20); do sleep 1000 & done; wait'"
	eventually 20 sh -c "[ \$(pgrep -cP $service_pid) -eq 20 ]"
	finds group-kill 'unit lab-many.service'
	assert_equal "$fix" 'systemctl edit lab-many.service'
	assert_equal "$(jq -r '.findings[0].reason' <<<"$output" | sed 's/:.*//')" 'OOMPolicy=stop'
	mkdir /run/systemd/system/lab-many.service.d
	printf '%s\n' '[Service]' OOMPolicy=continue >/run/systemd/system/lab-many.service.d/a.conf
	systemctl daemon-reload
	finds_nothing
	printf '%s\n' '[Service]' OOMPolicy=kill >/run/systemd/system/lab-many.service.d/a.conf
	systemctl daemon-reload
	finds group-kill 'unit lab-many.service'
	assert_equal "$(jq -r '.findings[0].reason' <<<"$output" | sed 's/:.*//')" 'OOMPolicy=kill'
}

@test "systemd audit: a service with a limit and no killable process" {
	unit_start lab-limit MemoryMax=100M OOMScoreAdjust=-1000 'ExecStart=/bin/sleep 1000'
	[[ $(cat "/sys/fs/cgroup/system.slice/lab-limit.service/memory.max") == 104857600 ]] || skip 'no memory controller'
	finds unkillable-cgroup 'cgroup /system.slice/lab-limit.service'
	assert_equal "$fix" 'oomctl set -999 --unit lab-limit.service --persist'
	fixed
	systemctl restart lab-limit
	assert_equal "$(adj_of "$(main_pid lab-limit)")" -999
	finds_nothing
}

@test "systemd audit: a user's process that inherited the adj of a service" {
	unit_start lab-jobs OOMScoreAdjust=-1000 \
		"ExecStart=/bin/sh -c 'setpriv --reuid 5000 --regid 5000 --clear-groups sleep 1000 & wait'"
	eventually 20 pgrep -U 5000 -P "$service_pid" -x sleep
	finds inherited-protection "pid $service_pid (sh)"
	assert_equal "$fix" 'oomctl set 0 --user 5000 --with-adj -1000..-1000'
	fixed
}

@test "systemd audit: memory.oom.group of a cgroup with many processes" {
	local group=/sys/fs/cgroup/lab-group pids=()

	mkdir "$group"
	[[ -e $group/memory.oom.group ]] || skip 'no memory controller'
	while ((${#pids[@]} < 20)); do
		sleep 1000 3>&- &
		pids+=("$!")
		echo "$!" >"$group/cgroup.procs"
	done
	finds_nothing
	echo 1 >"$group/memory.oom.group"
	finds group-kill 'cgroup /lab-group'
	assert_equal "$fix" 'oomctl group off --cgroup /lab-group'
	fixed
	kill "${pids[@]}"
	wait "${pids[@]}" || true
	rmdir "$group"
}
