#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# log: causes every kind of real kill, and checks what log shows.
# bats file_tags=version

# shellcheck disable=SC2154,SC2030,SC2031 # lib.bash sets them, and each test is a shell of its own.
load lib

bats_load_library bats-support
bats_load_library bats-assert

setup() {
	lab_only
	reports_are_printed
}

teardown() {
	echo 0 >/proc/sys/vm/oom_kill_allocating_task
	echo 1 >/proc/sys/vm/oom_dump_tasks
	lab_cleanup
}

# last COLUMN...: the row of the last kill.
last() {
	local IFS=,

	"$OOMCTL" log --raw --noheadings --last 1 -o "$*"
}

story() {
	run "$OOMCTL" log --show last
	assert_success
	refute_line --partial 'does not explain'
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
	assert_line --partial 'A user triggered the OOM killer by sysrq-f'
	assert_line --partial 'Because it had the most points'
	assert_output --regexp "hog \\(pid[[:space:]]+$hog_pid\\)"
}

@test "log: a protected process is not chosen, and the report shows it" {
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

@test "log: the machine is out of memory" {
	local pid

	"$lab_helpers/big_mm" 8 3>&- &
	pid=$!
	lab_pids+=("$pid")
	# No program may start before the victim is dead: it would lack memory too.
	wait "$pid" || true
	run last pid name kind largest place result
	assert_output "$pid big_mm global yes 1 killed"
	story
	assert_line --partial 'The machine ran out of memory, so the kernel killed big_mm'
	assert_line --partial 'Because it had the most points'
	assert_line 'Free memory'
}

@test "log: a memory cgroup without killable processes" {
	cgroup_make lab-none memory.max=10M memory.swap.max=0
	mark=$(kernel_log_mark)
	# It would retry forever, with a report each time.
	timeout -s KILL 1 "$lab_helpers/hog" --adj -1000 --cgroup "$cgroup_path" --anon 20M 3>&- || true
	oom_report "$mark" | grep -qF 'no killable processes'
	run last kind cgroup pid result
	assert_output 'memcg /lab-none - none'
	run "$OOMCTL" log --show last
	assert_line --partial 'was at its limit, and there was no killable'
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

@test "log: memory.oom.group kills all processes, and each has its own row" {
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
	# The requester is killed, even if it is not the largest.
	"$lab_helpers/big_mm" 8 3>&- &
	lab_pids+=("$!")
	# No program may start before the victim is dead: it would request memory, and be killed.
	wait "$!" || true
	kernel_log_since "$mark" | grep -F '(oom_kill_allocating_task)'
	run "$OOMCTL" log --json --last 1 -o result,kind,place
	assert_output --partial '"result":"killed"'
	run "$OOMCTL" log --show last
	assert_line --partial 'vm.oom_kill_allocating_task was set'
}

@test "log: a report without a task dump says so" {
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
	# It starts no other process, so there is one victim and one report.
	# shellcheck disable=SC2016 # the other shell expands it
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

@test "log: the ring buffer, dmesg and dmesg -T give the same result" {
	hog_start --anon 50M
	sysrq_oom >/dev/null
	hog_wait "$hog_pid"
	expected=$(last pid name kind rss adj largest place tasks)
	assert_equal "$(dmesg | "$OOMCTL" log -r --noheadings --last 1 -o pid,name,kind,rss,adj,largest,place,tasks -)" "$expected"
	assert_equal "$(dmesg -T | "$OOMCTL" log -r --noheadings --last 1 -o pid,name,kind,rss,adj,largest,place,tasks -)" "$expected"
	assert_equal "$(dmesg -r | "$OOMCTL" log -r --noheadings --last 1 -o pid,name,kind,rss,adj,largest,place,tasks -)" "$expected"
	assert_equal "$(dmesg -x | "$OOMCTL" log -r --noheadings --last 1 -o pid,name,kind,rss,adj,largest,place,tasks -)" "$expected"
	# The times are those of dmesg -T, within about a second.
	theirs=$(date -d "$(dmesg -T | grep 'Killed process' | tail -1 | sed 's/^\[\(.*\)\] .*/\1/')" +%s)
	ours=$(last seconds)
	[ $((ours - theirs)) -le 2 ] && [ $((theirs - ours)) -le 2 ]
}

@test "log: the task dump is the kernel's, in kill order" {
	hog_start --anon 50M
	report=$(sysrq_oom)
	hog_wait "$hog_pid"
	run "$OOMCTL" log --kernel-table --show last
	assert_success
	assert_equal "$(sort <<<"$output")" "$(sed -n '/^\[  pid  \]/,/^oom-kill/p' <<<"$report" | grep '^\[' | sort)"
	assert_line --index 1 --regexp " hog$"
}

@test "log: --follow shows a kill when it happens" {
	"$OOMCTL" log --follow --raw --noheadings -o pid,name >"$BATS_TEST_TMPDIR/follow" 3>&- &
	follower=$!
	lab_pids+=("$follower")
	"$OOMCTL" log --follow --json >"$BATS_TEST_TMPDIR/objects" 3>&- &
	lab_pids+=("$!")
	reads_ring() { find "/proc/$follower/fd" -lname /dev/kmsg | grep -q .; }
	eventually reads_ring
	hog_start --anon 50M
	sysrq_oom >/dev/null
	hog_wait "$hog_pid"
	eventually grep -qx "$hog_pid hog" "$BATS_TEST_TMPDIR/follow"
	eventually grep -q "^{\"nr\".*\"pid\":$hog_pid,\"name\":\"hog\".*\"result\":\"killed\".*}$" "$BATS_TEST_TMPDIR/objects"
}

@test "log: --follow continues after the kernel log is cleared, and reports lost messages" {
	"$OOMCTL" log --follow >"$BATS_TEST_TMPDIR/follow" 2>"$BATS_TEST_TMPDIR/errors" 3>&- &
	follower=$!
	lab_pids+=("$follower")
	reads_ring() { find "/proc/$follower/fd" -lname /dev/kmsg | grep -q .; }
	eventually reads_ring
	dmesg -C
	echo on >/proc/sys/kernel/printk_devkmsg
	# The console is slow, above all an emulated one.
	read -r level _ </proc/sys/kernel/printk
	dmesg -n 1
	kill -STOP "$follower"
	# In a shell of its own: bats stops at each command of a test.
	bash -c 'for ((i = 0; i < 30000; i++)); do echo "<6>lab: $0"; done >/dev/kmsg' \
		0123456789012345678901234567890123456789012345678901234567890123456789
	kill -CONT "$follower"
	dmesg -n "$level"
	echo ratelimit >/proc/sys/kernel/printk_devkmsg
	eventually grep -q 'overran' "$BATS_TEST_TMPDIR/errors"
	hog_start --anon 50M
	sysrq_oom >/dev/null
	hog_wait "$hog_pid"
	eventually grep -q " $hog_pid hog .* killed" "$BATS_TEST_TMPDIR/follow"
}

@test "log: each command that is suggested is valid as printed" {
	cgroup_make lab-advice memory.max=20M memory.swap.max=0
	hog_start --cgroup "$cgroup_path" --anon 5M
	small=$hog_pid
	hog_start --cgroup "$cgroup_path" --anon 60M
	hog_wait "$hog_pid"
	"$OOMCTL" log --show last | grep -E '^      oomctl ' | sed 's/^ *//' >"$BATS_TEST_TMPDIR/commands"
	grep -q '^oomctl protect --name' "$BATS_TEST_TMPDIR/commands"
	grep -q '^oomctl predict --cgroup /lab-advice$' "$BATS_TEST_TMPDIR/commands"
	while read -r command; do
		run bash -c "${command/#oomctl/"$OOMCTL"}"
		assert_success
	done <"$BATS_TEST_TMPDIR/commands"
	[ "$(cat "/proc/$small/oom_score_adj")" -lt 0 ]
}

@test "log: without permission to read the ring buffer, an error with a remedy" {
	echo 1 >/proc/sys/kernel/dmesg_restrict
	run setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all --inh-caps -all "$OOMCTL" log
	assert_failure 3
	assert_line --partial 'cannot read the kernel'
	assert_line --partial 'journalctl -k | oomctl log -'
}
