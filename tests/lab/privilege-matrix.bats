#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What each caller can do with the program in each mode; prints this as a table.

# shellcheck disable=SC2154 # What the helpers set.
# shellcheck disable=SC2030,SC2031 # Each test runs in its own subshell.
load privilege

setup_file() {
	privilege_setup_file
	[[ -z ${LAB-} ]] || printf '# | %-6s %-6s %-46s %-8s\n' mode caller 'action (set, unless stated)' result >&3
}

setup() {
	lab_only
}

teardown() {
	lab_cleanup
}

# Resets the adj and the floor of the process.
again() {
	echo 0 >"/proc/$pid/oom_score_adj"
}

# find_outcome VALUE PID: sets outcome to the result of the last command, which tried to set that adj.
find_outcome() {
	local launcher=

	read_adj "$2"
	# Without a mapping for root, the launcher does not recognize the owner of its program.
	[[ $mode != suid || $output != *'a user other than root can change it'* ]] || launcher=4
	case $status,$adj in
	0,"$1") outcome='done' ;;
	3,0 | "$launcher",0) outcome=refused ;;
	*) outcome="status $status and adj $adj: $output" ;;
	esac
}

# row WHAT WANTED GOT: prints a row of the table. A difference makes the test fail at its end.
row() {
	local mark=ok

	[[ $2 == "$3" ]] || mark="WRONG, should be $2"
	[[ $2 == "$3" ]] || wrong=1
	printf '# | %-6s %-6s %-46s %-8s %s\n' "$mode" "$caller" "$1" "$3" "$mark" >&3
}

# set_row WHAT WANTED VALUE PID
set_row() {
	try as "$caller" "$privilege_dir/$mode" set --force "$3" "$4"
	find_outcome "$3" "$4"
	row "$1" "$2" "$outcome"
}

try_own() {
	start "$caller" sleep 600
	set_row 'own process, above its floor' 'done' 300 "$pid"
	again
	set_row 'own process, at the value of the rule' "$by_rule" -500 "$pid"
	again
	set_row 'own process, one below the rule' "$by_root" -501 "$pid"
	start "$caller" "$privilege_dir/hog" --not-dumpable
	set_row 'own process that is not dumpable' "$by_root" -500 "$pid"
	start "$caller" unshare -Ur sleep 600
	eventually is_called "$pid" sleep
	set_row 'own process in a user namespace' "$by_rule" -500 "$pid"
}

try_others() {
	start bob sleep 600
	set_row "another's process, above its floor" "$by_root" 300 "$pid"
	again
	set_row "another's process, below its floor" "$by_root" -500 "$pid"
	start root sleep 600
	set_row "root's process" "$by_root" 300 "$pid"
	again
	set_row "root's process, below its floor" "$by_root" -500 "$pid"
	set_row 'process 1' "$by_root" -500 1
	echo 0 >/proc/1/oom_score_adj
	start "$caller" "$privilege_dir/suid-sleep" 600
	set_row 'setuid process that the caller started' "$by_root" -500 "$pid"
}

try_from_userns() {
	start "$caller" sleep 600
	try as "$caller" unshare -Ur "$privilege_dir/$mode" set -500 "$pid"
	find_outcome -500 "$pid"
	row 'own process, from a user namespace' refused "$outcome"
}

try_run() {
	try as "$caller" "$privilege_dir/$mode" run -n -500 cat /proc/self/oom_score_adj
	[[ $status != 0 || $output == -500 ]] && case $status in 0) status='done' ;; 125) status=refused ;; esac
	row 'run, at the value of the rule' "$by_rule" "$status"
	try as "$caller" "$privilege_dir/$mode" run -n -501 cat /proc/self/oom_score_adj
	[[ $status != 0 || $output == -501 ]] && case $status in 0) status='done' ;; 125) status=refused ;; esac
	row 'run, one below the rule' "$by_root" "$status"
}

# Root only: settings, a file under /etc, the records under /run.
try_roots() {
	local before

	before=$(cat /proc/sys/vm/oom_dump_tasks)
	try as "$caller" "$privilege_dir/$mode" sysctl oom_dump_tasks=0
	[[ $status,$(cat /proc/sys/vm/oom_dump_tasks) == 0,0 ]] && status='done'
	[[ $status,$(cat /proc/sys/vm/oom_dump_tasks) == 3,$before ]] && status=refused
	row 'sysctl' "$by_root" "$status"
	try as "$caller" "$privilege_dir/$mode" sysctl --persist oom_dump_tasks=1
	[[ $status == 0 ]] && grep -rqs oom_dump_tasks /etc/sysctl.d && status='done'
	[[ $status == 3 ]] && ! grep -rqs oom_dump_tasks /etc/sysctl.d && status=refused
	row 'sysctl --persist' "$by_root" "$status"
	echo 1 >/proc/sys/vm/oom_dump_tasks
	rm -rf /etc/sysctl.d/*oomctl* /run/oomctl
	start "$caller" sleep 600
	as "$caller" "$privilege_dir/$mode" protect -n 0 "$pid" >/dev/null
	status=refused
	[[ -n $(ls -A /run/oomctl 2>/dev/null) ]] && status='done'
	row 'record under /run/oomctl' "$by_root" "$status"
	rm -rf /run/oomctl
}

# matrix MODE CALLER
matrix() {
	mode=$1 caller=$2 wrong='' by_rule=refused by_root=refused
	if [[ $caller == root ]]; then
		by_rule='done' by_root='done'
	elif [[ $caller == carol && $mode != plain ]]; then
		by_rule='done'
	fi
	try_own
	try_others
	try_from_userns
	try_run
	try_roots
	[[ -z $wrong ]]
}

@test "privilege: plain, called by root" {
	matrix plain root
}

@test "privilege: plain, called by a user" {
	matrix plain alice
}

@test "privilege: plain, called by a user of a permitted group" {
	matrix plain carol
}

@test "privilege: file capability, called by root" {
	matrix cap root
}

@test "privilege: file capability, called by a user" {
	matrix cap alice
}

@test "privilege: file capability, called by a user of a permitted group" {
	matrix cap carol
}

@test "privilege: setuid, called by root" {
	matrix suid root
}

@test "privilege: setuid, called by a user" {
	matrix suid alice
}

@test "privilege: setuid, called by a user of a permitted group" {
	matrix suid carol
}
