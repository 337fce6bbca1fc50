#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: systemd
# group with units: what the kernel kills together, drop-ins with OOMPolicy=, and what systemd does with
# memory.oom.group.

# shellcheck disable=SC2154,SC2016,SC2030,SC2031 # persist.bash sets paths, and each test is a shell of its own.
load persist
bats_require_minimum_version 1.5.0

setup() {
	systemd_only
}

teardown() {
	persist_cleanup
	systemctl reset-failed
}

# member_unit NAME [LINE]...: a service of a main process, a hog that can grow above its limit, and a process that is
# never killed. Sets main, hog, immune and file, its memory.oom.group.
member_unit() {
	printf '%s\n' '[Service]' Type=exec MemoryMax=20M MemorySwapMax=0 "${@:2}" \
		"ExecStart=/bin/bash -c '/run/lab/hog --anon 4M --grow 60M --ready /dev/null & (echo -1000 >/proc/self/oom_score_adj; exec sleep 1001) & exec sleep 1000'" \
		>"$units/$1.service"
	systemctl daemon-reload
	systemctl start "$1.service"
	dir=/sys/fs/cgroup$(systemctl show -p ControlGroup --value "$1.service")
	file=$dir/memory.oom.group
	eventually find_members || {
		systemctl status "$1"
		cat "$dir/cgroup.procs" "$dir/memory.events"
		return 1
	}
}

find_members() {
	local pid

	main='' hog='' immune=''
	while read -r pid; do
		case $(tr '\0' ' ' <"/proc/$pid/cmdline") in
		'sleep 1000 ') main=$pid ;;
		'sleep 1001 ') immune=$pid ;;
		*hog*) hog=$pid ;;
		esac
	done <"$dir/cgroup.procs"
	[[ $main && $hog && $immune ]] && (($(awk '/^VmRSS/ { print $2 }' "/proc/$hog/status") > 4000))
}

group() {
	timeout -k 5 120 "$OOMCTL" group "$@"
}

@test "systemd: group on makes the kernel kill all but adj -1000, and off one process" {
	member_unit lab-members OOMPolicy=continue
	run --separate-stderr group on --cgroup "$dir"
	assert_success
	[ "$(cat "$file")" = 1 ]
	assert_line --index 0 '/system.slice/lab-members.service: memory.oom.group 0 -> 1'
	assert_line --regexp "^ *$hog +root +hog +0 .* yes$"
	assert_line --regexp "^ *$immune +root +sleep +-1000 .* no$"
	assert_line --regexp '^killed together: 2 processes, '
	[[ $stderr == *'systemd sets memory.oom.group of lab-members.service again'*"'oomctl group on --unit lab-members.service --persist'"* ]]
	run group --unit lab-members -J
	assert_success
	[[ $output == *'"unit":"lab-members.service","oom_policy":"continue","cgroup":"/system.slice/lab-members.service","is_group":true,"killed_as":"/system.slice/lab-members.service",'* ]]
	[[ $output == *'"killed":2,'* ]]
	matches_schema group
	kill -USR1 "$hog"
	eventually pid_has_ended "$hog"
	eventually pid_has_ended "$main"
	# Without its main process the service ends: systemd ends the third.
	run dmesg
	assert_output --partial "Killed process $hog (hog)"
	assert_output --partial "Killed process $main (sleep)"
	refute_output --partial "Killed process $immune "
	# off: only the hog.
	member_unit lab-single OOMPolicy=continue
	echo 1 >"$file"
	run group off -q --unit lab-single
	assert_success
	[ "$(cat "$file")" = 0 ]
	kill -USR1 "$hog"
	eventually pid_has_ended "$hog"
	[[ -d /proc/$main && -d /proc/$immune ]]
}

@test "systemd: a reload, a change of properties and a start reset memory.oom.group" {
	member_unit lab-reset
	group on -q --unit lab-reset 2>/dev/null
	[ "$(cat "$file")" = 1 ]
	systemctl daemon-reload
	[ "$(cat "$file")" = 0 ]
	group on -q --unit lab-reset 2>/dev/null
	systemctl set-property --runtime lab-reset.service CPUWeight=50
	[ "$(cat "$file")" = 0 ]
	group on -q --unit lab-reset 2>/dev/null
	systemctl restart lab-reset
	[ "$(cat "$file")" = 0 ]
}

@test "systemd: group --persist: the drop-in, later starts, and the former value" {
	local file_of=$units/lab-kept.service.d/60-oomctl-group.conf

	member_unit lab-kept
	run group on --unit lab-kept --persist --dry-run
	assert_success
	assert_line --index 0 "lab-kept.service: would write $file_of (dry run)"
	assert_line --index 1 '/system.slice/lab-kept.service: memory.oom.group 0 -> 1 (dry run)'
	[[ ! -e $units/lab-kept.service.d && $(cat "$file") == 0 ]]
	run --separate-stderr group on --unit lab-kept --persist
	assert_success
	assert_equal "$stderr" ''
	assert_line --index 0 "lab-kept.service: OOMPolicy=stop -> kill, wrote $file_of"
	assert_equal "$(<"$file_of")" '# Written by oomctl for OOMPolicy kill. It is replaced or removed only if it is unchanged.
# Other settings belong in another file, such as 70-local.conf.
# Its directory was made for it.
[Service]
OOMPolicy=kill'
	[ "$(cat "$file")" = 1 ]
	[ "$(systemctl show -p OOMPolicy --value lab-kept)" = kill ]
	systemctl daemon-reload
	systemctl restart lab-kept
	[ "$(cat "$file")" = 1 ]
	run group on --unit lab-kept --persist
	assert_success
	assert_line --index 0 'lab-kept.service: OOMPolicy=kill is already in effect'
	# Both drop-ins in one directory.
	"$OOMCTL" set -q 5 --unit lab-kept --persist
	run group off --unit lab-kept --persist
	assert_success
	assert_line --index 0 "lab-kept.service: OOMPolicy=kill -> stop, removed $file_of"
	[[ ! -e $file_of && $(cat "$file") == 0 ]]
	[ "$(systemctl show -p OOMPolicy,OOMScoreAdjust --value lab-kept | xargs)" = '5 stop' ] ||
		[ "$(systemctl show -p OOMPolicy,OOMScoreAdjust --value lab-kept | xargs)" = 'stop 5' ]
	"$OOMCTL" unprotect -q --unit lab-kept --persist
	# Where the unit file itself has the policy, off needs a file, and on removes the need for it.
	member_unit lab-own OOMPolicy=kill
	run group off --unit lab-own --persist
	assert_success
	assert_line --index 0 "lab-own.service: OOMPolicy=kill -> stop, wrote $units/lab-own.service.d/60-oomctl-group.conf"
	[ "$(cat "$file")" = 0 ]
}

@test "systemd: group --persist changes all or nothing" {
	member_unit lab-other
	mkdir -p "$units/lab-other.service.d"
	printf '[Service]\nOOMPolicy=continue\n' >"$units/lab-other.service.d/70-later.conf"
	systemctl daemon-reload
	run group on --unit lab-other --persist
	assert_failure 3
	assert_line --partial 'another file sets OOMPolicy=continue'
	assert_line 'oomctl: nothing was changed: files and systemd are as before'
	[ "$(ls -A "$units/lab-other.service.d")" = 70-later.conf ]
	[ "$(cat "$file")" = 0 ]
	# A file of another program.
	printf '[Service]\n' >"$units/lab-other.service.d/60-oomctl-group.conf"
	run group on --unit lab-other --persist
	assert_failure 3
	assert_output --partial 'oomctl did not write it'
	rm -r "$units/lab-other.service.d"
	# A reload that fails.
	systemctl daemon-reload
	run with_systemctl '[[ $* != *daemon-reload ]] || exit 1; exec "$real" "$@"' "$OOMCTL" group on --unit lab-other --persist
	assert_failure 4
	assert_line --partial 'cannot reload systemd'
	[[ ! -e $units/lab-other.service.d ]]
}

@test "systemd: group refuses units and cgroups that it cannot change" {
	run group on --unit lab-none
	assert_failure 1
	assert_output 'oomctl: lab-none.service: no such unit of the system (not-found)'
	printf '%s\n' '[Service]' 'ExecStart=/bin/sleep 1000' >"$units/lab-stopped.service"
	systemctl daemon-reload
	run group on --unit lab-stopped
	assert_failure 1
	assert_output --partial 'is not running'
	run group --unit lab-stopped -J
	assert_success
	matches_schema group
	run group --unit lab-stopped
	assert_success
	assert_line 'lab-stopped.service: OOMPolicy=stop'
	run group on --unit lab-stopped --persist
	assert_success
	[ "$(systemctl show -p OOMPolicy --value lab-stopped)" = kill ]
	systemd-run -q --unit=lab-transient sleep 1000
	run group on --unit lab-transient --persist
	assert_failure 3
	assert_output --partial 'lab-transient.service is transient'
	run group on --cgroup /
	assert_failure 1
	assert_output --partial 'the root cgroup is never killed as a group'
	run group on --cgroup /lab-none
	assert_failure 1
	assert_output 'oomctl: cgroup /lab-none: no such memory cgroup'
	run as_user "$OOMCTL" group on --cgroup /system.slice/lab-transient.service
	assert_failure 3
	assert_line --index 0 --partial 'cannot set memory.oom.group: Permission denied'
	[ "$(cat /sys/fs/cgroup/system.slice/lab-transient.service/memory.oom.group)" = 0 ]
}

@test "systemd: group for the units of a user" {
	mkdir -p "$user_units"
	printf '%s\n' '[Service]' 'ExecStart=/bin/sleep 1000' >"$user_units/lab-user-one.service"
	chown -R 5000:5000 /run/lab/home
	as_user systemctl --user daemon-reload
	as_user systemctl --user start lab-user-one
	run as_user env HOME=/run/lab/home "$OOMCTL" group on --unit lab-user-one --persist
	assert_success
	assert_line --index 0 'lab-user-one.service: OOMPolicy=stop -> kill, wrote /run/lab/home/.config/systemd/user/lab-user-one.service.d/60-oomctl-group.conf'
	cgroup=$(as_user systemctl --user show -p ControlGroup --value lab-user-one)
	[ "$(cat "/sys/fs/cgroup$cgroup/memory.oom.group")" = 1 ]
	run as_user env HOME=/run/lab/home "$OOMCTL" group off --unit lab-user-one --persist
	assert_success
	[ "$(cat "/sys/fs/cgroup$cgroup/memory.oom.group")" = 0 ]
	as_user systemctl --user stop lab-user-one
}
