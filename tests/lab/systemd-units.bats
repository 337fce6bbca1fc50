#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: systemd
# Services of the system and of a user: get, rank, explain, set and protect agree with systemd's
# units and adj.

# shellcheck disable=SC2154,SC2030,SC2031 # systemd.bash sets service_pid, and each test is a shell of its own.
load systemd
bats_require_minimum_version 1.5.0
units_written=()

setup() {
	systemd_only
}

teardown() {
	systemd_cleanup
	rm -f "${units_written[@]}"
}

# A main process and a child.
two='sleep 1000 & exec sleep 1001'

# field COLUMN PID: the value in the output of get.
field() {
	"$OOMCTL" get --raw --noheadings -o "$1" "$2"
}

# has_child PID: sets child.
has_child() {
	child=''
	read -r child <"/proc/$1/task/$1/children" || [[ -n $child ]]
}

@test "systemd: all needed units are running" {
	run systemctl is-system-running
	assert_output running
	run as_user systemctl --user is-system-running
	assert_output running
}

@test "systemd: the unit of each service's main process is that service" {
	local unit pid n=0

	service_start lab-one sleep 1000
	while read -r unit _; do
		pid=$(systemctl show -p MainPID --value "$unit")
		[[ $unit != user@* ]] || continue
		run field unit "$pid"
		assert_output "$unit"
		n=$((n + 1))
	done < <(systemctl list-units --type=service --state=running --plain --no-legend)
	# lab-one, lab and systemd-journald at least.
	((n >= 3))
}

# ps uses libsystemd. Processes of a user manager are in two units, of which ps shows one.
@test "systemd: rank shows the same units as ps" {
	local pid unit n=0

	service_start lab-two sh -c "$two"
	systemd-run --scope -q --unit=lab-three sleep 1000 3>&- &
	eventually systemctl -q is-active lab-three.scope
	ps -eo pid=,unit= | awk '$2 !~ /^(-|user@.*)$/' >"$BATS_TEST_TMPDIR/ps"
	"$OOMCTL" rank --all --raw --noheadings -o pid,unit >"$BATS_TEST_TMPDIR/rank"
	while read -r pid unit; do
		[[ -d /proc/$pid ]] || continue
		run grep -x "$pid .*" "$BATS_TEST_TMPDIR/rank"
		assert_output "$pid $unit"
		n=$((n + 1))
	done <"$BATS_TEST_TMPDIR/ps"
	((n >= 6))
	[ "$(grep -c ' lab-two.service$' "$BATS_TEST_TMPDIR/rank")" = 2 ]
	grep -q ' lab-three.scope$' "$BATS_TEST_TMPDIR/rank"
	systemctl stop lab-three.scope
}

@test "systemd: a user's service has its own unit, and the user manager's adj plus 100" {
	service_start lab-user-web sleep 1000
	[ "$(field unit,user,adj "$service_pid")" = 'lab-user-web.service labuser 200' ]
	manager=$(systemctl show -p MainPID --value user@5000)
	[ "$(field adj "$manager")" = 100 ]
}

@test "systemd: OOMScoreAdjust= is the adj in effect, and explain names the unit" {
	service_start lab-two -p OOMScoreAdjust=-500 sh -c "$two"
	eventually has_child "$service_pid"
	[ "$(systemctl show -p OOMScoreAdjust --value lab-two)" = -500 ]
	[ "$(adj_of "$service_pid")" = -500 ]
	[ "$(field adj "$service_pid")" = -500 ]
	run "$OOMCTL" explain "$service_pid"
	assert_success
	assert_output --partial lab-two.service
	assert_output --partial OOMScoreAdjust=
	# Its child has the adj from it.
	run "$OOMCTL" explain "$child"
	assert_success
	assert_output --partial "inherited from its parent $service_pid ("
	assert_output --partial lab-two.service
}

@test "systemd: explain shows that a process differs from the others of its unit" {
	service_start lab-two -p OOMScoreAdjust=-500 sh -c "$two"
	eventually has_child "$service_pid"
	"$OOMCTL" set -q 123 "$service_pid"
	run "$OOMCTL" explain "$service_pid"
	assert_success
	assert_output --partial '1 of 2 processes in unit lab-two.service has this value'
}

# A user manager is not permitted to lower adj; it starts the service with its own adj, without an
# error.
@test "systemd: an OOMScoreAdjust= that a user manager cannot apply is not shown" {
	service_start lab-user-low -p OOMScoreAdjust=-500 sleep 1000
	[ "$(ctl lab-user-low show -p OOMScoreAdjust --value)" = -500 ]
	[ "$(adj_of "$service_pid")" = 100 ]
	[ "$(field adj "$service_pid")" = 100 ]
}

# explained PID: sets output to the origin of adj that explain shows, without line breaks.
explained() {
	run "$OOMCTL" explain "$1"
	assert_success
	output=$(tr -s '\n ' ' ' <<<"${output#*Possible origin}")
}

# unit_write DIRECTORY NAME LINE...: a unit file of the system or of users; removed with its process by the teardown.
unit_write() {
	mkdir -p "$1"
	printf '%s\n' '[Service]' 'ExecStart=/bin/sleep 1000' "${@:3}" >"$1/$2.service"
	units_written+=("$1/$2.service")
	services+=("$2")
}

@test "systemd: explain names the user manager and what systemd adds" {
	service_start lab-user-web sleep 1000
	explained "$service_pid"
	assert_output --partial 'unit lab-user-web.service of user@5000.service: systemd sets 100 for user managers, and these add 100 for units'
	explained "$(systemctl show -p MainPID --value user@5000)"
	assert_output --partial 'unit init.scope of user@5000.service: systemd sets 100 for user managers'
	refute_output --partial 'add 100'
}

@test "systemd: explain says why a user manager cannot apply the OOMScoreAdjust= of a unit file" {
	unit_write /run/systemd/user lab-user-file OOMScoreAdjust=-500
	as_user systemctl --user daemon-reload
	ctl lab-user-file start
	pid=$(main_pid lab-user-file)
	[ "$(adj_of "$pid")" = 100 ]
	explained "$pid"
	assert_output --partial 'OOMScoreAdjust=-500 in /run/systemd/user/lab-user-file.service is not in effect: the user manager cannot lower adj'
	# It can raise adj.
	unit_write /run/systemd/user lab-user-up OOMScoreAdjust=300
	as_user systemctl --user daemon-reload
	ctl lab-user-up start
	pid=$(main_pid lab-user-up)
	[ "$(adj_of "$pid")" = 300 ]
	explained "$pid"
	assert_output --partial 'OOMScoreAdjust=300 in /run/systemd/user/lab-user-up.service'
	refute_output --partial 'not in effect'
	"$OOMCTL" set -q 700 "$pid"
	explained "$pid"
	assert_output --partial 'is not in effect: the process, or something else, changed its adj later'
}

@test "systemd: a unit that was not restarted after its file changed is explained as such" {
	unit_write /run/systemd/system lab-file
	systemctl daemon-reload
	systemctl start lab-file
	# The kernel counts starts in hundredths of a second, and the file's time must be in a later second.
	sleep 2
	unit_write /run/systemd/system lab-file OOMScoreAdjust=-700
	# As a package manager leaves it.
	touch -d 2020-01-01 /run/systemd/system/lab-file.service
	systemctl daemon-reload
	pid=$(main_pid lab-file)
	[ "$(adj_of "$pid")" = 0 ]
	explained "$pid"
	assert_output --partial 'OOMScoreAdjust=-700 in /run/systemd/system/lab-file.service is not in effect: the file was changed after the process started; restart the unit'
	sleep 2
	systemctl restart lab-file
	pid=$(main_pid lab-file)
	[ "$(adj_of "$pid")" = -700 ]
	explained "$pid"
	assert_output --partial 'OOMScoreAdjust=-700 in /run/systemd/system/lab-file.service'
	refute_output --partial 'not in effect'
	"$OOMCTL" set -q 5 "$pid"
	explained "$pid"
	assert_output --partial 'is not in effect: the process, or something else, changed its adj later'
}

@test "systemd: a file that is newer than the process is not named as the cause of another change" {
	unit_write /run/systemd/system lab-file OOMScoreAdjust=-700
	systemctl daemon-reload
	systemctl start lab-file
	pid=$(main_pid lab-file)
	[ "$(adj_of "$pid")" = -700 ]
	sleep 2
	"$OOMCTL" set -q -50 "$pid"
	touch /run/systemd/system/lab-file.service
	explained "$pid"
	assert_output --partial 'lab-file.service is not in effect: the file was changed after the process started, or the process, or something else, changed its adj later'
	"$OOMCTL" protect -q "$pid"
	explained "$pid"
	assert_output --partial 'lab-file.service is not in effect: the process, or something else, changed its adj later'
	"$OOMCTL" unprotect -q "$pid"
	# The same value as without the file.
	mkdir -p /run/oomctl.rules.d
	echo 'adj 0 unit lab-file' >/run/oomctl.rules.d/lab.rules
	"$OOMCTL" apply -q
	[ "$(adj_of "$pid")" = 0 ]
	explained "$pid"
	assert_output --partial 'lab-file.service is not in effect: a standing rule decides'
	echo 1 >"/proc/$pid/oom_score_adj"
	explained "$pid"
	assert_output --partial 'lab-file.service is not in effect: the process, or something else, changed its adj later'
	rm /run/oomctl.rules.d/lab.rules
}

@test "systemd: a container's scope belongs to its runtime, and is selected by its ID" {
	local id

	id=$(printf '%064d' 0 | tr 0 a)
	systemd-run --scope -q --unit="docker-$id" sleep 1000 3>&- >/dev/null 2>&1 &
	eventually systemctl -q is-active "docker-$id.scope"
	pid=$(cat "/sys/fs/cgroup/system.slice/docker-$id.scope/cgroup.procs")
	echo 400 >"/proc/$pid/oom_score_adj"
	explained "$pid"
	assert_output --partial 'container aaaaaaaaaaaa: its runtime sets adj at the start'
	refute_output --partial OOMScoreAdjust=
	[ "$(field container "$pid")" = aaaaaaaaaaaa ]
	run "$OOMCTL" get -r --noheadings -o pid --container aaaaaaaaaaaa
	assert_output "$pid"
	systemctl stop "docker-$id.scope"
}

@test "systemd: root is told that a change of a user's service is lost at its next start" {
	service_start lab-user-web sleep 1000
	manager=$(systemctl show -p MainPID --value user@5000)
	run --separate-stderr "$OOMCTL" set -- -400 "$service_pid"
	[[ $stderr == *"pid $service_pid (sleep): systemd sets adj again when user unit lab-user-web.service is restarted, to its OOMScoreAdjust=, which is not known here"* ]]
	ctl lab-user-web restart
	service_pid=$(main_pid lab-user-web)
	[ "$(adj_of "$service_pid")" = 200 ]
	run --separate-stderr "$OOMCTL" protect --dry-run "$manager"
	[[ $stderr == *"pid $manager (systemd): systemd sets adj to 100 again when user@5000.service is restarted"* ]]
	# One that was changed.
	mkdir -p /run/systemd/system/user@5000.service.d
	printf '[Service]\nOOMScoreAdjust=77\n' >/run/systemd/system/user@5000.service.d/lab.conf
	systemctl daemon-reload
	run --separate-stderr "$OOMCTL" protect --dry-run "$manager"
	rm -r /run/systemd/system/user@5000.service.d
	systemctl daemon-reload
	[[ $stderr == *"systemd sets adj to 77 again when user@5000.service is restarted"* ]]
	# Only root can lower it, and systemd starts no process of a scope.
	run --separate-stderr as_user "$OOMCTL" set 300 "$service_pid"
	assert_success
	[[ $stderr != *systemd* ]]
	as_user systemd-run --user --scope -q --unit=lab-user-scope sleep 1000 3>&- >/dev/null 2>&1 &
	eventually as_user systemctl --user -q is-active lab-user-scope.scope
	pid=$("$OOMCTL" get -r --noheadings -o pid --unit lab-user-scope.scope)
	[ "$(adj_of "$pid")" != 200 ]
	run --separate-stderr "$OOMCTL" set 300 "$pid"
	assert_success
	[[ $stderr != *systemd* ]]
	as_user systemctl --user stop lab-user-scope.scope
}

@test "systemd: the notes about user@UID.service name its units too, and say nothing that --persist prevents" {
	local again at words

	service_start lab-user-web sleep 1000
	at=$(systemctl show -p MainPID --value user@5000)
	again="pid $at (systemd): systemd sets adj to 100 again when user@5000.service is restarted"
	run --separate-stderr "$OOMCTL" set 0 --unit user@5000.service
	assert_success
	[[ $stderr == *"$again"* ]]
	[[ $stderr == *"systemd sets adj again when user unit "*.service* ]]
	for words in 'set --dry-run 0' 'set 0' 'unprotect --dry-run' unprotect; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr "$OOMCTL" ${words%% *} --unit user@5000.service --persist ${words#"${words%% *}"}
		assert_success
		[[ $stderr != *'100'* ]]
		[[ $stderr != *'user unit'* ]]
		# Its units are not changed.
		[ "$(adj_of "$service_pid")" = 0 ]
	done
	[ "$(adj_of "$at")" = 100 ]
}

@test "systemd: a restarted service loses the adj from set" {
	local unit declared properties before

	for unit in lab-plain lab-declared lab-user-plain; do
		case $unit in
		lab-plain) declared=0 properties=() ;;
		lab-declared) declared=-300 properties=(-p OOMScoreAdjust=-300) ;;
		lab-user-plain) declared=200 properties=() ;;
		esac
		service_start "$unit" "${properties[@]}" sleep 1000
		before=$service_pid
		"$OOMCTL" set -q -700 "$before"
		[ "$(field adj "$before")" = -700 ]
		ctl "$unit" restart
		service_pid=$(main_pid "$unit")
		[ "$service_pid" != "$before" ]
		[ "$(adj_of "$service_pid")" = "$declared" ]
		[ "$(field adj "$service_pid")" = "$declared" ]
	done
}

@test "systemd: a restarted service loses its protection, and unprotect does not change it" {
	service_start lab-one -p OOMScoreAdjust=50 sleep 1000
	"$OOMCTL" protect -q "$service_pid"
	[ "$(adj_of "$service_pid")" = -999 ]
	systemctl restart lab-one
	service_pid=$(main_pid lab-one)
	[ "$(adj_of "$service_pid")" = 50 ]
	run "$OOMCTL" unprotect "$service_pid"
	[ "$(adj_of "$service_pid")" = 50 ]
}

@test "systemd: services started after a change of init's adj inherit it, others keep theirs" {
	service_start lab-before sleep 1000
	before=$service_pid
	echo 321 >/proc/1/oom_score_adj
	service_start lab-after sleep 1000
	[ "$(adj_of "$service_pid")" = 321 ]
	[ "$(adj_of "$before")" = 0 ]
	run "$OOMCTL" explain "$service_pid"
	assert_success
	assert_output --partial 'inherited from its parent 1 (systemd)'
	service_start lab-own -p OOMScoreAdjust=20 sleep 1000
	[ "$(adj_of "$service_pid")" = 20 ]
	# Running services have it after a restart.
	systemctl restart lab-before
	[ "$(field adj "$(main_pid lab-before)")" = 321 ]
}

@test "systemd: protect a service's cgroup; unprotect restores its OOMScoreAdjust=" {
	service_start lab-two -p OOMScoreAdjust=77 sh -c "$two"
	eventually has_child "$service_pid"
	cgroup=$(systemctl show -p ControlGroup --value lab-two)
	[ "$cgroup" = /system.slice/lab-two.service ]
	"$OOMCTL" protect -q --cgroup "$cgroup"
	[ "$("$OOMCTL" get --raw --noheadings -o adj --cgroup "$cgroup" | xargs)" = '-999 -999' ]
	"$OOMCTL" unprotect -q --cgroup "$cgroup"
	[ "$("$OOMCTL" get --raw --noheadings -o adj --cgroup "$cgroup" | xargs)" = '77 77' ]
}

@test "systemd: run sets the adj of a service's command" {
	service_start lab-run "$OOMCTL" run -n 432 sleep 1000
	eventually test "$(cat "/proc/$service_pid/comm")" = sleep
	[ "$(adj_of "$service_pid")" = 432 ]
	[ "$(field unit "$service_pid")" = lab-run.service ]
}
