#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# log: every kind of kill is made for real, and log tells the truth about it.

# shellcheck disable=SC2154,SC2030,SC2031 # lib.bash sets them, and each test is a shell of its own.
load lib

bats_load_library bats-support
bats_load_library bats-assert

setup() {
	lab_only
	# A report is printed in full at most ten times in five seconds.
	sleep 1
}

teardown() {
	echo 0 >/proc/sys/vm/oom_kill_allocating_task
	echo 1 >/proc/sys/vm/oom_dump_tasks
	lab_cleanup
}

# last COLUMN...: what log says of the last kill.
last() {
	local IFS=,

	"$OOMCTL" log --raw --noheadings --last 1 -o "$*"
}

story() {
	run "$OOMCTL" log --show last
	assert_success
	refute_line --partial "can't explain"
}

@test "log: a kill by sysrq" {
	hog_start --anon 20M
	hog_start --anon 50M
	sysrq_oom >/dev/null
	hog_wait "$hog_pid"
	run last pid name kind order largest result place user
	assert_output "$hog_pid hog global -1 yes killed 1 root"
	run last seconds
	[ "$output" -gt $(($(date +%s) - 60)) ]
	[ "$output" -le $(($(date +%s) + 1)) ]
	story
	assert_line --partial 'Someone asked the kernel by sysrq-f'
	assert_line --partial 'Because it had the most points'
	assert_line --partial "(pid $hog_pid)"
}

@test "log: a protected process is passed over, and the story shows it" {
	hog_start --adj -999 --anon 50M
	big=$hog_pid
	hog_start --anon 20M
	sysrq_oom >/dev/null
	hog_wait "$hog_pid"
	run last pid largest place adj
	assert_output "$hog_pid no 1 0"
	story
	assert_line --regexp "-999 +$big hog"
	assert_line --partial 'Because it had the most points'
}

@test "log: the machine without memory" {
	local pid

	"$lab_helpers/big_mm" 8 3>&- &
	pid=$!
	lab_pids+=("$pid")
	# Nothing else is started before it is dead: it could be short of memory too.
	wait "$pid" || true
	run last pid name kind largest place result
	assert_output "$pid big_mm global yes 1 killed"
	story
	assert_line --partial 'The machine ran out of memory, so the kernel killed big_mm'
	assert_line --partial 'Because it had the most points'
	assert_line 'What was free'
}

@test "log: a memory cgroup with nobody who could be killed" {
	cgroup_make lab-nobody memory.max=10M memory.swap.max=0
	mark=$(kernel_log_mark)
	# It would ask for ever, with a report each time.
	timeout -s KILL 1 "$lab_helpers/hog" --adj -1000 --cgroup "$cgroup_path" --anon 20M 3>&- || true
	oom_report "$mark" | grep -qF 'no killable processes'
	run last kind cgroup pid result
	assert_output 'memcg /lab-nobody - nobody'
	run "$OOMCTL" log --show last
	assert_line --partial 'was at its limit, and there was no process that'
}

@test "log: a memory cgroup at its limit" {
	cgroup_make lab-log memory.max=20M memory.swap.max=0
	hog_start --cgroup "$cgroup_path" --anon 60M
	hog_wait "$hog_pid"
	run last pid kind cgroup task_cgroup limit result
	assert_output "$hog_pid memcg /lab-log /lab-log 20971520 killed"
	run "$OOMCTL" log --raw --noheadings --cgroup /lab-log --last 1 -o pid
	assert_output "$hog_pid"
	story
	assert_line --partial 'The memory cgroup /lab-log was at its limit'
	assert_line --regexp '^  memory +20.0M .* 100%  of 20.0M'
	assert_line --partial 'Because it had the most points'
	assert_line --partial 'anonymous'
}

@test "log: memory.oom.group kills all, each with a row of its own" {
	cgroup_make lab-group memory.max=40M memory.swap.max=0 memory.oom.group=1
	hog_start --cgroup "$cgroup_path" --anon 5M
	small=$hog_pid
	hog_start --cgroup "$cgroup_path" --anon 80M
	hog_wait "$hog_pid"
	hog_wait "$small"
	run "$OOMCTL" log --raw --noheadings --cgroup /lab-group -o pid,result
	assert_line "$hog_pid killed"
	assert_line "$small group"
	assert_equal "${#lines[@]}" 2
	story
	assert_line --partial 'memory.oom.group'
	assert_line --partial "hog (pid $small)"
}

@test "log: oom_kill_allocating_task" {
	hog_start --anon 60M
	echo 1 >/proc/sys/vm/oom_kill_allocating_task
	mark=$(kernel_log_mark)
	# Whoever asks dies; it need not be the largest.
	"$lab_helpers/big_mm" 8 3>&- &
	lab_pids+=("$!")
	# Nothing else is started before it is dead: it would ask, and die.
	wait "$!" || true
	kernel_log_since "$mark" | grep -F '(oom_kill_allocating_task)'
	run "$OOMCTL" log --json --last 1 -o result,kind,place
	assert_output --partial '"result":"killed"'
	run "$OOMCTL" log --show last
	assert_line --partial 'vm.oom_kill_allocating_task was set'
}

@test "log: without a table of processes it says that there is none" {
	echo 0 >/proc/sys/vm/oom_dump_tasks
	hog_start --anon 50M
	sysrq_oom >/dev/null
	hog_wait "$hog_pid"
	run last pid largest tasks place
	assert_output "$hog_pid - - -"
	story
	assert_line --partial 'The report has no table of processes (vm.oom_dump_tasks was 0'
}

@test "log: a name with blanks, brackets and escape codes" {
	cgroup_make lab-name memory.max=10M memory.swap.max=0
	mark=$(kernel_log_mark)
	# It starts no process of its own, so that there is one victim, and one report.
	# shellcheck disable=SC2016 # it is the other shell that expands it
	bash -c 'printf "a) b\033[1m(c" >/proc/self/comm; echo $$ >"$1/cgroup.procs"
		x=0123456789; while :; do x+=$x; done' _ "$cgroup_path" 3>&- &
	pid=$!
	lab_pids+=("$pid")
	oom_report "$mark" >/dev/null
	hog_wait "$pid"
	run "$OOMCTL" log --noheadings --cgroup /lab-name -o name,pid --last 1
	assert_output --partial 'a) b\x1b[1m(c'
	refute_output --partial $'\033'
	run last name
	assert_output 'a)\x20b\x1b[1m(c'
}

@test "log: the ring, dmesg and dmesg -T say the same" {
	hog_start --anon 50M
	sysrq_oom >/dev/null
	hog_wait "$hog_pid"
	expected=$(last pid name kind size adj largest place tasks)
	assert_equal "$(dmesg | "$OOMCTL" log -r --noheadings --last 1 -o pid,name,kind,size,adj,largest,place,tasks -)" "$expected"
	assert_equal "$(dmesg -T | "$OOMCTL" log -r --noheadings --last 1 -o pid,name,kind,size,adj,largest,place,tasks -)" "$expected"
	assert_equal "$(dmesg -r | "$OOMCTL" log -r --noheadings --last 1 -o pid,name,kind,size,adj,largest,place,tasks -)" "$expected"
	assert_equal "$(dmesg -x | "$OOMCTL" log -r --noheadings --last 1 -o pid,name,kind,size,adj,largest,place,tasks -)" "$expected"
	# The times are those of dmesg -T, to the second or so.
	theirs=$(date -d "$(dmesg -T | grep 'Killed process' | tail -1 | sed 's/^\[\(.*\)\] .*/\1/')" +%s)
	ours=$(last seconds)
	[ $((ours - theirs)) -le 2 ] && [ $((theirs - ours)) -le 2 ]
}

@test "log: the table is the kernel's own, in its order" {
	hog_start --anon 50M
	report=$(sysrq_oom)
	hog_wait "$hog_pid"
	run "$OOMCTL" log --kernel-table --show last
	assert_success
	assert_equal "$(sort <<<"$output")" "$(sed -n '/^\[  pid  \]/,/^oom-kill/p' <<<"$report" | grep '^\[' | sort)"
	assert_line --index 1 --regexp " hog$"
}

@test "log: --follow tells of a kill when it happens" {
	"$OOMCTL" log --follow --raw --noheadings -o pid,name >"$BATS_TEST_TMPDIR/follow" 3>&- &
	follower=$!
	lab_pids+=("$follower")
	reads_ring() { find "/proc/$follower/fd" -lname /dev/kmsg | grep -q .; }
	eventually 10 reads_ring
	hog_start --anon 50M
	sysrq_oom >/dev/null
	hog_wait "$hog_pid"
	eventually 10 grep -qx "$hog_pid hog" "$BATS_TEST_TMPDIR/follow"
}

@test "log: without the right to read the ring it says so, and how to do without" {
	echo 1 >/proc/sys/kernel/dmesg_restrict
	run setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all --inh-caps -all "$OOMCTL" log
	assert_failure 3
	assert_line --partial 'cannot read the kernel'
	assert_line --partial 'journalctl -k | oomctl log -'
}
