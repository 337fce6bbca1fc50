#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# predict if some processes can use only some memory nodes.
# lab: nodes 2
# bats file_tags=version

# shellcheck disable=SC2154 # The variables of hogs and cgroups are set by lib.bash.
load lib

setup() {
	lab_only
}

teardown() {
	lab_cleanup
	echo -cpuset >/sys/fs/cgroup/cgroup.subtree_control 2>/dev/null || true
}

node_free_mib() {
	awk '/MemFree:/ { print int($4 / 1024) }' "/sys/devices/system/node/node$1/meminfo"
}

# The kernel skips processes that cannot use the node without free memory (oom_cpuset_eligible()).
@test "a process that cannot use every node: close, and skipped if only another node is full" {
	lab_needs log
	[[ $(cat /sys/devices/system/node/has_memory 2>/dev/null) == 0-1 ]] ||
		skip 'this guest has one memory node: UML knows no others'
	echo +cpuset >/sys/fs/cgroup/cgroup.subtree_control
	cgroup_make far cpuset.mems=1
	hog_start --anon 60M --cgroup "$cgroup_path"
	far=$hog_pid
	cgroup_make near cpuset.mems=0
	hog_start --anon 50M --cgroup "$cgroup_path"
	near=$hog_pid
	[ "$("$OOMCTL" predict -r --noheadings -o tgid,sure,doubt --kills 1)" = "$far close nodes" ]
	run "$OOMCTL" predict
	[[ $(tr -s ' \n' ' ' <<<"$output") == *'it can use only some memory nodes'* ]]
	[ "$("$OOMCTL" predict -r --noheadings -o tgid,sure,doubt --kills 1 --if-gone "$far")" = "$near close nodes" ]
	# A little more than is free, and much less than the near process frees.
	hog_start --adj -1000 --grow "$(($(node_free_mib 0) + 8))M" --cgroup "$cgroup_path"
	mark=$(kernel_log_mark)
	kill -USR1 "$hog_pid"
	report=$(oom_report "$mark")
	grep -q 'constraint=CONSTRAINT_CPUSET' <<<"$report"
	[ "$(oom_victim <<<"$report")" = "$near" ]
	kill -0 "$far"
	# For the whole machine it still ranks first.
	hog_wait "$near"
	[ "$(sysrq_oom | oom_victim)" = "$far" ]
}
