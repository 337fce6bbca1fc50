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
	# What a failed test has hidden.
	for path in /run/user/5000/bus /run/user/5000/systemd/private; do
		[[ ! -e $path.lab ]] || mv "$path.lab" "$path"
	done
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

# A service that the command started needs some time.
fixed_later() {
	bash -c "PATH=${OOMCTL%/*}:\$PATH; $fix" || fail "$fix"
	eventually "$OOMCTL" audit
}

# edited LINE...: after the editor that audit proposed has added these lines. It needs a terminal.
edited() {
	printf '%s\n' "$@" >"$BATS_TEST_TMPDIR/edit"
	SYSTEMD_EDITOR="cp $BATS_TEST_TMPDIR/edit" script -qec "$fix" /dev/null </dev/null
	finds_nothing
}

# A command of 21 processes.
many='for i in {1..20}; do sleep 1000 & done; wait'

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
		"/run/systemd/system/lab-declared.service sets OOMScoreAdjust=-500, but the main process, pid $service_pid (sleep), has adj 0: it, or something else, changed it after its start"
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

@test "systemd audit: a program that sets its own adj is not set back" {
	unit_start lab-own OOMScoreAdjust=-900 "ExecStart=/bin/sh -c 'echo -1000 >/proc/self/oom_score_adj; exec sleep 1000'"
	eventually grep -qx -e -1000 "/proc/$service_pid/oom_score_adj"
	finds declared-adj 'unit lab-own.service'
	assert_equal "$fix" 'systemctl edit lab-own.service'
	assert_equal "$(jq -r '.findings[0].reason' <<<"$output" | sed 's/.*; //')" \
		'to keep it, write OOMScoreAdjust=-1000 in the section [Service]'
	run "$OOMCTL" explain "$service_pid"
	assert_success
	assert_line --partial 'the process, or something else, changed its adj later'
	edited '[Service]' OOMScoreAdjust=-1000
}

# sshd_start [LINE]...: lab-ssh.service with these lines, whose program does with adj what sshd does: it sets its own,
# and restores for sessions, here one of labuser, what it was started with. Sets session.
sshd_start() {
	cat >/run/lab/sshd <<'end'
#!/bin/bash
read -r adj </proc/self/oom_score_adj
echo -1000 >/proc/self/oom_score_adj
(echo "$adj" >/proc/$BASHPID/oom_score_adj && exec setpriv --reuid 5000 --regid 5000 --clear-groups sleep 1000) &
exec 3<> <(:)
read -r <&3
end
	chmod 755 /run/lab/sshd
	unit_start lab-ssh "$@" ExecStart=/run/lab/sshd
	session_find
}

session_find() {
	service_pid=$(main_pid lab-ssh)
	eventually pgrep -U 5000 -P "$service_pid" -x sleep
	session=$(pgrep -U 5000 -P "$service_pid" -x sleep)
}

@test "systemd audit: the command that protects sshd does not protect its sessions, now or later" {
	sshd_start
	finds_nothing
	echo 0 >"/proc/$service_pid/oom_score_adj"
	finds remote-access "pid $service_pid (sshd)"
	assert_equal "$fix" "oomctl set -1000 $service_pid"
	fixed
	assert_equal "$(adj_of "$service_pid") $(adj_of "$session")" '-1000 0'
	systemctl restart lab-ssh
	session_find
	assert_equal "$(adj_of "$service_pid") $(adj_of "$session")" '-1000 0'
	finds_nothing
	# Its unit declares what its sessions get.
	systemctl stop lab-ssh
	sshd_start OOMScoreAdjust=-100
	assert_equal "$(adj_of "$service_pid") $(adj_of "$session")" '-1000 -100'
	finds_nothing
}

@test "systemd audit: the command that protects dropbear does not protect its sessions" {
	watch_install
	cat >/run/lab/dropbear <<'end'
#!/bin/bash
while read -r _; do
	setpriv --reuid 5000 --regid 5000 --clear-groups sleep 1000 &
done <>/run/lab/calls
end
	chmod 755 /run/lab/dropbear
	mkfifo /run/lab/calls
	unit_start lab-ssh ExecStart=/run/lab/dropbear
	echo >/run/lab/calls
	session_find
	finds remote-access "pid $service_pid (dropbear)"
	fixed_later
	assert_equal "$(adj_of "$service_pid") $(adj_of "$session")" '-999 0'
	systemctl restart lab-ssh
	service_pid=$(main_pid lab-ssh)
	eventually grep -qx -e -999 "/proc/$service_pid/oom_score_adj"
	# A session that begins later.
	echo >/run/lab/calls
	session_find
	eventually grep -qx 0 "/proc/$session/oom_score_adj"
	finds_nothing
	systemctl disable --now oomctl-watch
	rm -r /run/lab/calls /etc/oomctl.rules.d/dropbear.rules
}

@test "systemd audit: OOMPolicy= of a service with many processes" {
	# systemd reads $$ as $.
	unit_start lab-many "ExecStart=/bin/sh -c 'for i in \$\$(seq 20); do sleep 1000 & done; wait'"
	eventually sh -c "[ \$(pgrep -cP $service_pid) -eq 20 ]"
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
	eventually pgrep -U 5000 -P "$service_pid" -x sleep
	jobs=$service_pid
	# A database of the same user, which root has protected.
	service_start lab-database -p User=labuser -p OOMScoreAdjust=-1000 sleep 1000
	finds inherited-protection "pid $jobs (sh)"
	assert_equal "$fix" "oomctl set 0 $(pgrep -U 5000 -P "$jobs" -x sleep)"
	fixed
	assert_equal "$(adj_of "$service_pid")" -1000
}

@test "systemd audit: a user's unkillable process whose service has stopped, or in a unit of the user" {
	unit_start lab-jobs OOMScoreAdjust=-1000 KillMode=process \
		"ExecStart=/bin/sh -c 'setpriv --reuid 5000 --regid 5000 --clear-groups sleep 1000 & wait'"
	eventually pgrep -U 5000 -P "$service_pid" -x sleep
	orphan=$(pgrep -U 5000 -P "$service_pid" -x sleep)
	systemctl stop lab-jobs
	grep -q /lab-jobs.service "/proc/$orphan/cgroup"
	run "$OOMCTL" explain "$orphan"
	assert_line --partial "differs from its parent's: it was set explicitly, or inherited"
	finds inherited-protection "pid $orphan (sleep)"
	assert_equal "$fix" "oomctl set 0 $orphan"
	fixed
	kill "$orphan"
	# systemd-run becomes sleep.
	unit_start lab-jobs OOMScoreAdjust=-1000 KillMode=process \
		"ExecStart=/bin/sh -c 'XDG_RUNTIME_DIR=/run/user/5000 setpriv --reuid 5000 --regid 5000 --clear-groups systemd-run --user --scope --unit=lab-user-hidden sleep 1000 & wait'"
	eventually pgrep -U 5000 -P "$service_pid" -x sleep
	hidden=$(pgrep -U 5000 -P "$service_pid" -x sleep)
	systemctl stop lab-jobs
	grep -q 'user@5000.service/.*lab-user-hidden.scope' "/proc/$hidden/cgroup"
	finds inherited-protection "pid $hidden (sleep)"
	assert_equal "$fix" "oomctl set 0 $hidden"
	fixed
	kill "$hidden"
}

@test "systemd audit: systemd's sockets are hidden" {
	service_start lab-hidden sleep 1000
	run --separate-stderr unshare -m sh -c "mount -t tmpfs none /run; exec $OOMCTL audit -J"
	assert_failure 4
	assert_equal "$(jq -r '.incomplete | join(" ")' <<<"$output")" 'inherited-protection declared-adj group-kill'
	assert_equal "$stderr" 'oomctl: not all of the units could be read: systemd runs, but /run/systemd/system is not visible here; these checks are incomplete: inherited-protection, declared-adj, group-kill'
}

# silenced: the user's manager cannot be asked: its sockets do not exist, or a program of the user is at its place.
silenced() {
	local start=$SECONDS

	run --separate-stderr "$OOMCTL" audit -J
	assert_success
	((SECONDS - start < 20))
	assert_equal "$(jq -r '.incomplete | join(" ")' <<<"$output")" group-kill
	assert_regex "$stderr" "^oomctl: user@5000.service cannot be asked about units: $1; for these, this check is incomplete: group-kill\$"
}

# listens MODE: busd is at the place of the user's manager. Sets busd.
listens() {
	local path

	busd=()
	for path in bus systemd/private; do
		as_user "${lab_helpers%/lab}/cli/busd" "/run/user/5000/$path" "$1" >"$BATS_TEST_TMPDIR/busd" 3>&- &
		busd+=("$!")
		eventually grep -q ready "$BATS_TEST_TMPDIR/busd"
	done
}

listens_no_more() {
	kill "${busd[@]}"
	wait "${busd[@]}" || true
	rm /run/user/5000/bus /run/user/5000/systemd/private
}

@test "systemd audit: a user's manager that cannot be asked changes no other result" {
	dir=/run/user/5000
	app=/sys/fs/cgroup/user.slice/user-5000.slice/user@5000.service/app.slice
	service_start lab-user-many -p OOMPolicy=stop bash -c "$many"
	eventually has_many "$app/lab-user-many.service"
	mv "$dir/bus" "$dir/bus.lab"
	mv "$dir/systemd/private" "$dir/systemd/private.lab"
	silenced 'Connection refused'
	listens hangs
	silenced 'no answer within 2 seconds'
	listens_no_more
	listens floods
	silenced '.+'
	listens_no_more
	listens closes
	silenced '.+'
	listens_no_more
	mv "$dir/bus.lab" "$dir/bus"
	mv "$dir/systemd/private.lab" "$dir/systemd/private"
	finds group-kill 'unit lab-user-many.service of user@5000.service'
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

# manager_with ADJ: the manager of labuser has this adj, as its unit declares, and takes it for what it starts.
manager_with() {
	mkdir -p /run/systemd/system/user@5000.service.d
	printf '[Service]\nOOMScoreAdjust=%s\n' "$1" >/run/systemd/system/user@5000.service.d/10-lab.conf
	systemctl daemon-reload
	echo "$1" >"/proc/$(main_pid user@5000)/oom_score_adj"
	manager_reads
}

manager_reads() {
	as_user systemctl --user daemon-reexec
	eventually as_user systemctl --user list-units >/dev/null
}

@test "systemd audit: a user's manager whose low adj the user's units inherit" {
	manager_with -900
	service_start lab-user-heir sleep 1000
	heir=$service_pid
	[ "$(adj_of "$heir")" = -800 ]
	finds inherited-protection "pid $(main_pid user@5000) (systemd)"
	assert_equal "$(jq -r '.findings[0].reason' <<<"$output")" "it is the manager of user labuser, and its adj -900 is inherited by 1 process, such as pid $heir (sleep) with adj -800: other work is killed before them"
	assert_equal "$fix" "oomctl set 0 --unit user@5000.service --persist && oomctl set 0 --tree $(main_pid user@5000)"
	fixed
	[ "$(adj_of "$heir")" = 0 ]
	[ "$(systemctl show -p OOMScoreAdjust --value user@5000)" = 0 ]
	manager_reads
	service_start lab-user-later sleep 1000
	[ "$(adj_of "$service_pid")" -ge 0 ]
	finds_nothing
	rm -rf /etc/systemd/system/user@5000.service.d
	# A little protection is no finding.
	manager_with -550
	service_start lab-user-near sleep 1000
	[ "$(adj_of "$service_pid")" = -450 ]
	finds_nothing
	manager_with 100
	rm -rf /run/systemd/system/user@5000.service.d
	systemctl daemon-reload
}

@test "systemd audit: a unit of a user's manager with many processes, and a scope" {
	app=/sys/fs/cgroup/user.slice/user-5000.slice/user@5000.service/app.slice
	service_start lab-user-many -p OOMPolicy=stop bash -c "$many"
	eventually has_many "$app/lab-user-many.service"
	finds group-kill 'unit lab-user-many.service of user@5000.service'
	assert_equal "$fix" 'runuser --pty -u labuser -- env XDG_RUNTIME_DIR=/run/user/5000 systemctl --user edit lab-user-many.service'
	assert_equal "$(as_user "$OOMCTL" audit -J | jq -r '.findings[0].fix')" 'systemctl --user edit lab-user-many.service'
	run as_user "$OOMCTL" audit -r --noheadings -o name,subject
	assert_output 'group-kill unit\x20lab-user-many.service\x20of\x20user@5000.service'
	as_user systemctl --user stop lab-user-many
	service_start lab-user-other -p OOMPolicy=continue bash -c "$many"
	eventually has_many "$app/lab-user-other.service"
	finds_nothing
	as_user systemctl --user stop lab-user-other
	systemd-run --scope -q --unit=lab-scope -p OOMPolicy=stop bash -c "$many" 3>&- >/dev/null 2>&1 &
	eventually has_many /sys/fs/cgroup/system.slice/lab-scope.scope
	finds group-kill 'unit lab-scope.scope'
	assert_equal "$fix" 'systemctl edit lab-scope.scope'
	assert_equal "$(jq -r '.findings[0].reason' <<<"$output" | sed 's/.*; //')" 'to keep the others, write OOMPolicy=continue in the section [Scope]'
	edited '[Scope]' OOMPolicy=continue
	systemctl stop lab-scope.scope
	systemd-run --scope -q --unit=lab-other -p OOMPolicy=continue bash -c "$many" 3>&- >/dev/null 2>&1 &
	eventually has_many /sys/fs/cgroup/system.slice/lab-other.scope
	finds_nothing
	systemctl stop lab-other.scope
}

has_many() {
	(($(wc -l <"$1/cgroup.procs") > 20))
}

@test "systemd audit: the fix of an unkillable slice lasts, also if a child of a service is the largest" {
	printf '[Slice]\nMemoryMax=60M\n' >/run/systemd/system/lab-lim.slice
	unit_start lab-lim Slice=lab-lim.slice OOMScoreAdjust=-1000 "ExecStart=/bin/sh -c '/run/lab/hog --anon 8M --ready /dev/null & wait'"
	eventually has_hog lab-lim
	finds unkillable-cgroup 'cgroup /lab.slice/lab-lim.slice'
	assert_equal "$fix" 'oomctl set -999 --unit lab-lim.service --persist'
	fixed
	systemctl restart lab-lim
	eventually has_hog lab-lim
	finds_nothing
}

# has_hog NAME: its hog has its memory.
has_hog() {
	local pid

	for pid in $(pgrep -x hog); do
		if grep -q "/$1.service" "/proc/$pid/cgroup" && (($(awk '/^VmRSS/ { print $2 }' "/proc/$pid/status") > 8000)); then
			return 0
		fi
	done
	return 1
}
