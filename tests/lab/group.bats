#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# group with cgroups, without systemd: the kernel kills what it lists.

# lib.bash sets the variables of hogs and cgroups; a test is a subshell.
# shellcheck disable=SC2154,SC2030,SC2031,SC2016
load lib
bats_load_library bats-support
bats_load_library bats-assert
bats_require_minimum_version 1.5.0

setup() {
	lab_only
}

teardown() {
	lab_cleanup
}

killed() {
	"$OOMCTL" group "$@" -J | grep -o '"pid":[0-9]*,[^}]*"killed":true' | sed 's/"pid":\([0-9]*\),.*/\1/' | sort -n | xargs
}

@test "group: on and off decide what the kernel kills, below the cgroup too" {
	cgroup_make lab-group cgroup.subtree_control=+memory memory.max=40M memory.swap.max=0
	top=$cgroup_path
	cgroup_make lab-group/a
	hog_start --anon 5M --grow 60M --cgroup "$cgroup_path"
	large=$hog_pid
	cgroup_make lab-group/b
	hog_start --anon 4M --cgroup "$cgroup_path"
	small=$hog_pid
	hog_start --anon 4M --cgroup "$cgroup_path" --adj -1000
	immune=$hog_pid
	run --separate-stderr "$OOMCTL" group off --cgroup "$top"
	assert_success
	assert_line --index 0 '/lab-group: memory.oom.group is 0 already'
	assert_equal "$stderr" ''
	kill -USR1 "$large"
	hog_wait "$large"
	kill -0 "$small" && kill -0 "$immune"
	hog_start --anon 5M --grow 60M --cgroup "$top/a"
	large=$hog_pid
	run "$OOMCTL" group on --cgroup /lab-group --dry-run
	assert_success
	assert_line --index 0 '/lab-group: memory.oom.group 0 -> 1 (dry run)'
	[ "$(cat "$top/memory.oom.group")" = 0 ]
	run "$OOMCTL" group on --cgroup /lab-group
	assert_success
	[ "$(cat "$top/memory.oom.group")" = 1 ]
	[ "$(killed --cgroup /lab-group)" = "$(printf '%s\n' "$large" "$small" | sort -n | xargs)" ]
	run "$OOMCTL" group --cgroup /lab-group/b
	assert_success
	assert_line '/lab-group/b: memory.oom.group is 0'
	assert_line 'memory.oom.group of /lab-group is 1: if memory runs out there or above, the kernel kills all of it'
	# The same cgroup is not one above.
	run "$OOMCTL" group --cgroup //lab-group/
	assert_success
	refute_output --partial 'the kernel kills all of it'
	kill -USR1 "$large"
	hog_wait "$large"
	hog_wait "$small"
	((hog_status == 137))
	kill -0 "$immune"
}

@test "group: what a group above kills is listed, and without a group only one of the processes is killed" {
	cgroup_make lab-above cgroup.subtree_control=+memory memory.max=40M memory.swap.max=0 memory.oom.group=1
	top=$cgroup_path
	cgroup_make lab-above/a
	hog_start --anon 5M --grow 60M --cgroup "$cgroup_path"
	large=$hog_pid
	cgroup_make lab-above/b
	hog_start --anon 4M --cgroup "$cgroup_path"
	small=$hog_pid
	both=$(printf '%s\n' "$large" "$small" | sort -n | xargs)
	run --separate-stderr "$OOMCTL" group off --cgroup /lab-above/b
	assert_success
	assert_line 'memory.oom.group of /lab-above is 1: if memory runs out there or above, the kernel kills all of it'
	assert_line --regexp "^ *$large .* yes$"
	assert_line --regexp "^ *$small .* yes$"
	assert_line --regexp '^killed together: 2 processes, '
	refute_output --partial 'one at a time'
	[ "$(killed --cgroup /lab-above/b)" = "$both" ]
	run "$OOMCTL" group -J --cgroup /lab-above/b
	assert_output --partial '"is_group":false,"killed_as":"/lab-above",'
	assert_output --partial '"killed":2,'
	# With --dry-run it is what would be.
	run "$OOMCTL" group off --dry-run --cgroup /lab-above
	assert_line --regexp "^ *$large .* -$"
	assert_line --regexp '^killed one at a time: 2 processes, '
	"$OOMCTL" group off -q --cgroup /lab-above
	hog_start --anon 1M --cgroup "$cgroup_path" --adj -1000
	immune=$hog_pid
	run "$OOMCTL" group --cgroup /lab-above
	assert_line --regexp "^ *$large .* -$"
	assert_line --regexp "^ *$immune .* no$"
	assert_line --regexp '^killed one at a time: 2 processes, '
	run "$OOMCTL" group -J --cgroup /lab-above
	assert_output --partial '"killed_as":null,'
	assert_output --partial '"killed":1,"memory":null,'
	[ "$(grep -o '"killed":null' <<<"$output" | wc -l)" = 2 ]
	[ -z "$(killed --cgroup /lab-above)" ]
	run "$OOMCTL" group on --dry-run --cgroup /lab-above/a
	assert_line --regexp "^ *$large .* yes$"
	assert_line --regexp '^killed together: 1 process, '
	"$OOMCTL" group on -q --cgroup /lab-above
	kill -USR1 "$large"
	hog_wait "$large"
	hog_wait "$small"
	kill -0 "$immune"
}

@test "group: who may write the file, and cgroups without it" {
	cgroup_make lab-delegated
	chown 1000 "$cgroup_path" "$cgroup_path/memory.oom.group"
	run setpriv --reuid 1000 --clear-groups "$OOMCTL" group on -q --cgroup /lab-delegated
	assert_success
	[ "$(cat "$cgroup_path/memory.oom.group")" = 1 ]
	run setpriv --reuid 1001 --clear-groups "$OOMCTL" group off --cgroup /lab-delegated
	assert_failure 3
	[ "$(cat "$cgroup_path/memory.oom.group")" = 1 ]
	# Root without CAP_DAC_OVERRIDE and a caller with the file capability have no more rights.
	run setpriv --bounding-set -dac_override --inh-caps -dac_override "$OOMCTL" group off --cgroup /lab-delegated
	assert_failure 3
	mkdir "$cgroup_path/below"
	lab_cgroups+=("$cgroup_path/below")
	run "$OOMCTL" group on --cgroup /lab-delegated/below
	assert_failure 4
	assert_output --partial 'no memory controller'
	run "$OOMCTL" group --cgroup /lab-delegated/none
	assert_failure 1
	run "$OOMCTL" group --cgroup /
	assert_failure 1
}

# inside PATH WORD...: oomctl, run in the cgroup.
inside() {
	"$BASH" -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' _ "$1" "$OOMCTL" "${@:2}"
}

@test "group: oomctl itself is not among the processes of its cgroup" {
	cgroup_make lab-own memory.max=100M memory.swap.max=0 memory.oom.group=1
	hog_start --anon 5M --cgroup "$cgroup_path"
	own=$hog_pid
	run --separate-stderr inside "$cgroup_path" group --cgroup /lab-own
	assert_success
	assert_output --partial 'killed together: 1 process, '
	refute_output --partial oomctl
	run --separate-stderr inside "$cgroup_path" group --cgroup /lab-own -J
	assert_success
	[[ $output == *'"killed":1,'* && $output == *"\"pid\":$own,"* && $output != *'"name":"oomctl"'* ]]
	run --separate-stderr inside "$cgroup_path" predict --cgroup /lab-own -r --noheadings -o pid,dies,sure
	assert_success
	assert_output "$own 1 certain"
}

@test "group: oomctl itself does not make a cgroup killable" {
	cgroup_make lab-own memory.max=100M memory.swap.max=0
	hog_start --anon 5M --cgroup "$cgroup_path" --adj -1000
	run --separate-stderr inside "$cgroup_path" audit -r -o subject,name --ignore inherited-protection
	assert_line 'cgroup\x20/lab-own unkillable-cgroup'
	hog_start --anon 5M --cgroup "$cgroup_path"
	run --separate-stderr inside "$cgroup_path" protect --never --dry-run "$hog_pid"
	assert_success
	[[ $stderr == *'cgroup /lab-own has a limit and would contain no killable process'* ]]
}
