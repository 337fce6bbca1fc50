#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: nodes 2
# lab: last
# log: kills because only a part of the machine had no memory: a cpuset, a memory policy, a cgroup
# of version 1. Such a hierarchy outlives its mount while memory is charged to it, so later files
# would lack cgroup version 2.
# bats file_tags=version

# shellcheck disable=SC2154 # lib.bash sets them.
load lib

bats_load_library bats-support
bats_load_library bats-assert

v1=/run/lab-v1

setup() {
	lab_only
	reports_are_printed
}

teardown() {
	lab_cleanup
	if mountpoint -q "$v1"; then
		eventually rmdir "$v1/lab-old" && umount "$v1"
	fi
}

needs_nodes() {
	[[ -e /sys/devices/system/node/node1 ]] || skip 'this guest has one node'
}

last() {
	local IFS=,

	"$OOMCTL" log --raw --noheadings --last 1 -o "$*"
}

@test "log: the nodes of a cpuset" {
	needs_nodes
	echo +cpuset >/sys/fs/cgroup/cgroup.subtree_control
	cgroup_make lab-cpuset cpuset.mems=1
	hog_start --cgroup "$cgroup_path" --anon 400M
	hog_wait "$hog_pid"
	run last pid name kind cpuset largest result
	assert_output "$hog_pid hog cpuset lab-cpuset yes killed"
	run "$OOMCTL" log --show last
	assert_line --partial 'The memory nodes 1 of cpuset lab-cpuset ran out, so the kernel killed hog'
	assert_line --partial "(pid $hog_pid)"
	assert_line --partial 'Because it had the most points'
}

@test "log: the nodes of a memory policy (mbind or set_mempolicy)" {
	needs_nodes
	hog_start --node 1 --anon 400M
	hog_wait "$hog_pid"
	run last pid name kind largest result
	assert_output "$hog_pid hog mempolicy yes killed"
	run "$OOMCTL" log --show last
	assert_line --partial "The memory nodes allowed by a memory policy ran out, so the kernel killed hog"
	assert_line --partial 'Because it had the most points'
}

@test "log: a memory cgroup of version 1" {
	local dir

	# The controller can be in only one hierarchy at a time.
	for dir in /sys/fs/cgroup/*/; do
		[[ ! -e $dir/cgroup.procs ]] || rmdir "$dir" 2>/dev/null || true
	done
	echo -memory >/sys/fs/cgroup/cgroup.subtree_control
	mkdir -p "$v1"
	within 20 mount -t cgroup -o memory none "$v1" || skip 'this kernel has no memory cgroups of version 1'
	mkdir "$v1/lab-old"
	echo 20M >"$v1/lab-old/memory.limit_in_bytes"
	hog_start --cgroup "$v1/lab-old" --anon 60M
	hog_wait "$hog_pid"
	run last pid kind cgroup task_cgroup limit result largest
	assert_output "$hog_pid memcg /lab-old /lab-old 20971520 killed yes"
	run "$OOMCTL" log --show last
	assert_line --partial 'The memory cgroup /lab-old was at its limit'
	assert_line --regexp '^  memory +20.0M .* 100%  of 20.0M'
	assert_line --partial 'Because it had the most points'
}
