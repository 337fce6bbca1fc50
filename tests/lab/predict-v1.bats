#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# predict against the kernel: memory cgroups of version 1. A hierarchy outlives its mount while anything is charged to a
# cgroup of it, so that later files would lack the other version's.
# lab: alone

# shellcheck disable=SC2154 # The variables of hogs and cgroups are set by lib.bash.
load lib

v1=/run/v1

setup() {
	lab_only
}

teardown() {
	lab_cleanup
}

mount_v1() {
	mount -t cgroup -o memory none "$v1"
} 2>/dev/null

grows_in_vain() {
	grep -q 'under_oom 1' "$v1/box/memory.oom_control"
}

@test "version 1: oom_kill_disable, foretold as nobody's death, then as somebody's" {
	echo -memory >/sys/fs/cgroup/cgroup.subtree_control
	mkdir -p "$v1"
	# The other hierarchy gives it up behind the write's back.
	if ! eventually 20 mount_v1; then
		[[ $(printf '%s\n' 6.11 "$(uname -r)" | sort -V | head -n 1) == 6.11 ]]
		skip "Linux $(uname -r) is built without memory cgroups of version 1, as kernels from 6.11 can be"
	fi
	mkdir "$v1/box"
	echo 60M >"$v1/box/memory.limit_in_bytes"
	hog_start --anon 20M --cgroup "$v1/box"
	small=$hog_pid
	hog_start --anon 30M --grow 30M --cgroup "$v1/box"
	big=$hog_pid
	echo 1 >"$v1/box/memory.oom_control"
	[ "$("$OOMCTL" predict -r --noheadings --kills 1 -o tgid,decided_by --cgroup /box)" = "$big oom_kill_disable" ]
	run "$OOMCTL" predict --cgroup /box
	[[ $(tr -s ' \n' ' ' <<<"$output") == *'memory.oom_control says oom_kill_disable: the kernel kills nobody'* ]]
	kill -USR1 "$big"
	eventually 20 grows_in_vain
	sleep 1
	kill -0 "$small" && kill -0 "$big"
	# Who waits has as many pages as before, up to the limit.
	echo 0 >"$v1/box/memory.oom_control"
	pid_wait "$big"
	kill -0 "$small"
}
