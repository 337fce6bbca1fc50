#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The lab itself: the guest runs the right kernel, and has what the tests need.
# bats file_tags=version

# shellcheck disable=SC2154 # The variables of hogs and cgroups are set by lib.bash.
load lib

setup() {
	lab_only
}

teardown() {
	lab_cleanup
}

@test "lab: the guest runs the kernel of its label" {
	if [[ $LAB_KERNEL == uml ]]; then
		grep -q 'User Mode Linux' /proc/cpuinfo
	elif [[ $LAB_KERNEL =~ ^[0-9]+\.[0-9]+$ ]]; then
		[[ $(uname -r) == "$LAB_KERNEL".* ]]
	elif [[ -n $LAB_ROW ]]; then
		read -r _ _ _ _ page_kib <<<"$LAB_ROW"
		[ "$(getconf PAGESIZE)" = $((page_kib * 1024)) ]
		case $LAB_KERNEL in
		arm64*) [ "$(uname -m)" = aarch64 ] ;;
		ppc64el) [ "$(uname -m)" = ppc64le ] ;;
		*) [ "$(uname -m)" = "$LAB_KERNEL" ] ;;
		esac
	else
		skip "$LAB_KERNEL is a path, not a label"
	fi
}

@test "lab: root has every capability of the kernel" {
	[ "$(id -u)" = 0 ]
	expected=$(((1 << ($(cat /proc/sys/kernel/cap_last_cap) + 1)) - 1))
	[ "$((16#$(sed -n 's/^CapEff:\t//p' /proc/self/status)))" = "$expected" ]
}

@test "lab: adj can go below its floor only with CAP_SYS_RESOURCE" {
	hog_start --adj 500
	run setpriv --bounding-set -sys_resource --inh-caps -sys_resource \
		bash -c "echo 499 >/proc/$hog_pid/oom_score_adj"
	[ "$status" -ne 0 ]
	[ "$(cat "/proc/$hog_pid/oom_score_adj")" = 500 ]
	echo -1000 >"/proc/$hog_pid/oom_score_adj"
	[ "$(cat "/proc/$hog_pid/oom_score_adj")" = -1000 ]
}

@test "lab: a memory cgroup kills at its limit" {
	lab_needs log
	cgroup_make lab-limit memory.max=20M memory.swap.max=0
	mark=$(kernel_log_mark)
	hog_start --cgroup "$cgroup_path" --anon 60M
	hog_wait "$hog_pid"
	[ "$hog_status" = 137 ]
	[ "$(sed -n 's/^oom_kill //p' "$cgroup_path/memory.events")" = 1 ]
	oom_report "$mark" | grep -q "Memory cgroup out of memory: Killed process $hog_pid (hog)"
}

@test "lab: sysrq f kills the larger of two processes" {
	lab_needs log
	hog_start --anon 20M
	small=$hog_pid
	hog_start --anon 50M
	[ "$(sysrq_oom | oom_victim)" = "$hog_pid" ]
	hog_wait "$hog_pid"
	[ "$hog_status" = 137 ]
	kill -0 "$small"
}

@test "lab: sysrq f kills the process with the higher adj" {
	lab_needs log
	hog_start --anon 20M --adj 500
	small=$hog_pid
	hog_start --anon 50M
	[ "$(sysrq_oom | oom_victim)" = "$small" ]
	kill -0 "$hog_pid"
}

@test "lab: without free memory, the process that allocates it is killed" {
	lab_needs log
	mark=$(kernel_log_mark)
	"$lab_helpers/big_mm" 64 3>&- &
	eater=$!
	lab_pids+=("$eater")
	report=$(oom_report "$mark")
	[ "$(oom_victim <<<"$report")" = "$eater" ]
	grep -q 'constraint=CONSTRAINT_NONE' <<<"$report"
	hog_wait "$eater"
	[ "$hog_status" = 137 ]
}

# rss PID FIELD: kB of that kind. Before 6.2 a thread caches up to 64 pages (sync_mm_rss), so a
# value may be 256 kB too low.
rss() {
	sed -n "s/^$2:[[:space:]]*\([0-9]*\) kB/\1/p" "/proc/$1/status"
}

@test "lab: a hog holds anonymous, file and shared memory" {
	hog_start
	file=$(rss "$hog_pid" RssFile)
	hog_start --anon 8M --file 4M --shm 2M --name shape --threads 3
	[ "$(cat "/proc/$hog_pid/comm")" = shape ]
	[ "$(rss "$hog_pid" RssAnon)" -ge $((8192 - 256)) ]
	[ "$(rss "$hog_pid" RssFile)" -ge $((file + 4096 - 256)) ]
	[ "$(rss "$hog_pid" RssShmem)" -ge $((2048 - 256)) ]
	[ "$(rss "$hog_pid" RssShmem)" -le 2048 ]
	[ "$(rss "$hog_pid" RssAnon)" -lt 9216 ]
	[ "$(sed -n 's/^Threads:\t//p' "/proc/$hog_pid/status")" = 4 ]
}

@test "lab: a hog grows" {
	hog_start --anon 4M --grow 8M
	before=$(rss "$hog_pid" RssAnon)
	has_grown() { [ "$(rss "$hog_pid" RssAnon)" -ge $((before + 8192 - 256)) ]; }
	kill -USR1 "$hog_pid"
	eventually has_grown
}

@test "lab: a hog whose first thread has exited looks like a zombie and holds memory" {
	hog_start --anon 4M --dead-leader
	is_zombie() { grep -q '^State:.*Z' "/proc/$hog_pid/status"; }
	eventually is_zombie
	run grep VmRSS "/proc/$hog_pid/status"
	[ "$status" = 1 ]
	grep -q VmRSS "/proc/$hog_pid/task"/*/status
	[ "$(cat "/proc/$hog_pid/oom_score")" -gt 0 ]
}

@test "lab: a hog's child shares its memory, and its adj" {
	hog_start --clone-vm
	echo 77 >"/proc/$hog_pid/oom_score_adj"
	[ "$(cat "/proc/$hog_child/oom_score_adj")" = 77 ]
}

@test "lab: a hog's vfork child has score 0" {
	hog_start --vfork
	[ "$(cat "/proc/$hog_child/oom_score")" = 0 ]
	[ "$(cat "/proc/$hog_pid/oom_score")" -gt 0 ]
}

@test "lab: a hog can belong to another user, dumpable or not" {
	hog_start --uid 1234
	[ "$(stat -c %u "/proc/$hog_pid/oom_score_adj")" = 1234 ]
	hog_start --uid 1234 --not-dumpable
	[ "$(stat -c %u "/proc/$hog_pid/oom_score_adj")" = 0 ]
}

@test "lab: swap works" {
	lab_needs swap
	if ! swap_on && [[ -z $LAB_ROW ]]; then
		skip "$LAB_KERNEL has no driver for the guest's disk"
	fi
	[ "$(sed -n 's/^SwapTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo)" = $((65536 - $(getconf PAGESIZE) / 1024)) ]
	swap_off
	grep -q '^SwapTotal: *0 kB' /proc/meminfo
}

@test "lab: result files reach the host" {
	mkdir "$LAB_OUT/sub"
	echo "$LAB_KERNEL" >"$LAB_OUT/sub/label"
}
