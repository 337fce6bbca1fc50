#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# top on a machine whose kernel kills.

# The variables of hogs are set by lib.bash, and each test has a shell of its own.
# shellcheck disable=SC2154,SC2030,SC2031
load lib
load terminal

setup() {
	lab_terminal_begin
	# bats, the terminal and top must not be killed.
	echo -1000 >/proc/self/oom_score_adj
}

teardown() {
	lab_terminal_end
}

@test "top: a kill appears as a line, and the victim was predicted" {
	lab_needs log
	hog_start --adj 500 --anon 16M
	top_start 80 24
	until_screen "^Victim: $hog_pid \\(hog\\), certain"
	until_screen "^ +1 +$hog_pid root +hog +500 "
	sysrq_oom >/dev/null
	hog_wait "$hog_pid"
	((hog_status == 137))
	until_screen "killed: pid $hog_pid \\(hog\\), 1[67]\\.[0-9]M, adj 500"
	until_not_screen "^Victim: $hog_pid "
	keys q
	until_screen 'status 0\.'
}

@test "top: protect, unprotect and undo, with the saved adj" {
	hog_start --adj 300 --anon 4M
	top_start 80 24
	filter hog
	until_screen " $hog_pid root +hog +300 "
	keys p
	adj_is "$hog_pid" -999
	until_screen "pid $hog_pid \\(hog\\): adj 300 -> -999"
	until_screen " $hog_pid root +hog +-999 "
	keys P
	adj_is "$hog_pid" 300
	until_screen "pid $hog_pid \\(hog\\): adj -999 -> 300"
	keys U
	adj_is "$hog_pid" -999
	until_screen "pid $hog_pid \\(hog\\): adj 300 -> -999"
	keys U
	adj_is "$hog_pid" 300
	# No record remains.
	run "$OOMCTL" unprotect "$hog_pid"
	[ "$status" != 0 ]
	[[ $output == *'no saved value'* || $output == *'no saved'* ]]
	adj_is "$hog_pid" 300
}

@test "top: init and kernel threads are not changed" {
	top_start 80 24
	keys s
	until_screen 'Sorted by PID'
	keys Home
	keys +
	until_screen 'init, whose adj services inherit, is changed only'
}

grow() {
	local end=$((SECONDS + $2))

	while ((SECONDS < end)) && kill -USR1 "$1" 2>/dev/null; do
		sleep 0.3
	done
}

@test "top: the time until a cgroup is full, and what is killed then" {
	local grower holder
	cgroup_make top memory.max=96M memory.swap.max=0
	hog_start --adj 0 --cgroup "$cgroup_path" --anon 24M --name holder
	holder=$hog_pid
	hog_start --adj 0 --cgroup "$cgroup_path" --anon 2M --grow 1M --name grower
	grower=$hog_pid
	top_start 80 24 --cgroup /top
	until_screen "^Mem .* of 96.0M, kills from 96.0M"
	until_screen "^Victim: $holder \\(holder\\)"
	# It does not grow: no time is shown.
	run screen
	[[ $output != *'Full in'* ]]
	grow "$grower" 60 &
	lab_pids+=("$!")
	# The one that grows will be larger than the other by then.
	until_screen "^Full in [0-9]+ s \\([0-9]+ s to [0-9]+ s\\): kills $grower \\(grower\\)"
	until_screen " $grower root +grower +0 .* \\+[0-9.]+M"
	eventually pid_has_ended "$grower"
	until_screen "killed: pid $grower \\(grower\\)"
	run pid_has_ended "$holder"
	[ "$status" != 0 ]
}

# exhaust VICTIM: with 300 free pages; each run of the command takes a while. A program that is not locked would fault,
# or be killed.
exhaust() {
	local pid faults result="$terminal/result"
	pid=$(top_pid)
	(($(awk '/^VmLck/ { print $2 }' "/proc/$pid/status") > 1000))
	faults=$(awk '{ print $12 }' "/proc/$pid/stat")
	"$lab_helpers/squeeze" 300 100 /bin/sleep 0.1 >"$result" 3>&- &
	lab_pids+=("$!")
	until_screen "^Victim: [0-9]+ \\($1\\)"
	keys s
	until_screen 'Sorted by PID'
	keys '?'
	until_screen '^Keys'
	keys q
	until_screen 'POINTS'
	until_screen '\+/[1-9][0-9]s'
	within 240 test -s "$result"
	grep -q 'runs 100' "$result"
	kill -0 "$pid"
	[ "$(awk '{ print $12 }' "/proc/$pid/stat")" = "$faults" ]
	keys q
	until_screen 'status 0\.'
}

@test "top: it works while memory is exhausted" {
	top_start 60 15 -d 1
	exhaust squeeze
}

@test "top: the same with a cgroup" {
	cgroup_make top memory.max=96M
	hog_start --adj 0 --cgroup "$cgroup_path" --anon 2M --name member
	top_start 60 15 -d 1 --cgroup /top
	exhaust member
}
