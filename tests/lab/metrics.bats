#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# metrics: real kills raise the counters, which never fall, whatever happens to the kernel's log.

# shellcheck disable=SC2154,SC2030,SC2031 # lib.bash sets them, and each test is a shell of its own.
load lib

bats_require_minimum_version 1.5.0
bats_load_library bats-support
bats_load_library bats-assert

setup() {
	lab_only
	reports_are_printed
	dir=/run/lab/metrics
	file=$dir/oomctl.prom
	mkdir -p "$dir"
}

teardown() {
	echo 0 >/proc/sys/kernel/dmesg_restrict
	echo 1 >/proc/sys/vm/oom_dump_tasks
	lab_cleanup
	umount "$dir" 2>/dev/null || true
	rm -rf "$dir"
}

# write: a run that succeeds.
write() {
	run --separate-stderr "$OOMCTL" metrics --write "$file"
	assert_success
	assert_equal "$output$stderr" ''
}

# value SAMPLE: its value in the file; 0: it is not there.
value() {
	awk -v sample="$1" 'index($0, sample " ") == 1 { value = $NF } END { print value + 0 }' "$file"
}

logged() {
	value "oomctl_logged_kills_total{constraint=\"$1\",unit=\"\"}"
}

# The kernel's own counter.
counted() {
	awk '$1 == "oom_kill" { print $2 }' /proc/vmstat
}

kill_in_cgroup() {
	cgroup_make lab-metrics memory.max=20M memory.swap.max=0
	hog_start --cgroup "$cgroup_path" --anon 60M
	hog_wait "$hog_pid"
	cgroup_remove "$cgroup_path"
}

kill_of_machine() {
	hog_start --anon 20M --adj 500
	sysrq_oom >/dev/null
	hog_wait "$hog_pid"
}

@test "metrics: real kills raise the counters, by constraint" {
	local global memcg all
	kill_of_machine
	write
	global=$(logged global) memcg=$(logged memcg) all=$(value oomctl_kills_total)
	[ "$all" = "$(counted)" ]
	((global >= 1))
	kill_in_cgroup
	write
	[ "$(logged global) $(logged memcg) $(value oomctl_kills_total)" = "$global $((memcg + 1)) $((all + 1))" ]
	kill_of_machine
	kill_of_machine
	write
	[ "$(logged global) $(logged memcg) $(value oomctl_kills_total)" = "$((global + 2)) $((memcg + 1)) $((all + 3))" ]
	write
	[ "$(logged global) $(logged memcg) $(value oomctl_kills_total)" = "$((global + 2)) $((memcg + 1)) $((all + 3))" ]
}

@test "metrics: each process of a group counts" {
	local memcg
	write
	memcg=$(logged memcg)
	cgroup_make lab-group memory.max=40M memory.swap.max=0 memory.oom.group=1
	hog_start --cgroup "$cgroup_path" --anon 5M
	small=$hog_pid
	hog_start --cgroup "$cgroup_path" --anon 80M
	hog_wait "$hog_pid"
	hog_wait "$small"
	write
	[ "$(logged memcg)" = $((memcg + 2)) ]
}

# Only ten full reports are printed in five seconds, but the line about each kill.
@test "metrics: kills count of which the kernel prints no report" {
	local i memcg before mark pids=()
	echo 0 >/proc/sys/vm/oom_dump_tasks
	write
	memcg=$(logged memcg) before=$(counted) mark=$(kernel_log_mark)
	cgroup_make lab-many memory.max=20M memory.swap.max=0
	for i in {1..20}; do
		"$lab_helpers/hog" --cgroup "$cgroup_path" --anon 60M >/dev/null 3>&- &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i" || true
	done
	[ "$(kernel_log_since "$mark" | grep -ac 'invoked oom-killer')" -lt 20 ]
	write
	[ "$(counted)" = $((before + 20)) ]
	[ "$(logged memcg)" = $((memcg + 20)) ]
}

# overwrite: fills the kernel's ring buffer with other messages, which are not printed on the console.
overwrite() {
	local i n text
	printf -v text '%0900d' 0
	echo on >/proc/sys/kernel/printk_devkmsg
	for n in {1..40}; do
		for i in {1..100}; do
			echo "<7>lab $n $i $text"
		done >/dev/kmsg
		kernel_log_records | grep -qa 'Killed process' || return 0
	done
	return 1
}

@test "metrics: the counters stay when the ring buffer was overwritten, and lost records count" {
	local global lost before next first
	kill_of_machine
	write
	global=$(logged global) lost=$(value oomctl_log_lost_records_total)
	next=$(sed -n 's/^# oomctl-log-position [^ ]* //p' "$file")
	overwrite
	write
	[ "$(logged global)" = "$global" ]
	first=$(kernel_log_records | head -n 1 | cut -d, -f2)
	((first > next))
	[ "$(value oomctl_log_lost_records_total)" = $((lost + first - next)) ]
	[ "$(value oomctl_kills_total)" = "$(counted)" ]
	# A kill that was overwritten is missing by unit, but the kernel has counted it.
	before=$(counted)
	kill_of_machine
	overwrite
	write
	[ "$(logged global)" = "$global" ]
	[ "$(value oomctl_kills_total)" = $((before + 1)) ]
}

@test "metrics: the log is parsed without root's rights" {
	kill_of_machine
	strace -f -qq -o "$BATS_TEST_TMPDIR/trace" -e trace=setresuid,seccomp,prctl,write,openat \
		"$OOMCTL" metrics --write "$file"
	# After the child has its filter, it opens nothing and writes only to 1.
	child=$(sed -n 's/^\([0-9]*\) .*PR_SET_SECCOMP.* = 0$/\1/p' "$BATS_TEST_TMPDIR/trace")
	[ -n "$child" ]
	grep "^$child .*setresuid(65534, 65534, 65534) *= 0" "$BATS_TEST_TMPDIR/trace"
	run sed -n "/^$child .*PR_SET_SECCOMP.* = 0/,\$ s/^$child *//p" "$BATS_TEST_TMPDIR/trace"
	refute_output --partial openat
	assert_line --regexp '^write\(1, '
	refute_line --regexp '^write\([^1]'
}

@test "metrics: if the kernel's log is not for the user, the rest is there" {
	write
	before=$(logged global)
	chown 1000 "$dir" "$file"
	echo 1 >/proc/sys/kernel/dmesg_restrict
	run --separate-stderr setpriv --reuid 1000 --clear-groups "$OOMCTL" metrics --write "$file"
	assert_failure 1
	assert_equal "$stderr" "oomctl: cannot read the kernel's log: Operation not permitted; it needs root, or kernel.dmesg_restrict=0"
	[ "$(value 'oomctl_collector_success{collector="log"}')" = 0 ]
	[ "$(value 'oomctl_collector_success{collector="victim"}')" = 1 ]
	run ! grep ^oomctl_logged "$file"
	echo 0 >/proc/sys/kernel/dmesg_restrict
	run setpriv --reuid 1000 --clear-groups "$OOMCTL" metrics --write "$file"
	assert_success
	[ "$(logged global)" = "$before" ]
}

@test "metrics: on a full disk the old file stays, and nothing is left" {
	mount -t tmpfs -o size=16k none "$dir"
	write
	cp "$file" "$BATS_TEST_TMPDIR/before"
	run ! dd if=/dev/zero of="$dir/filler" bs=1k count=64
	run --separate-stderr "$OOMCTL" metrics --write "$file"
	assert_failure 4
	assert_equal "$stderr" "oomctl: $file: cannot write it: No space left on device"
	cmp "$file" "$BATS_TEST_TMPDIR/before"
	run find "$dir" -mindepth 1 -printf '%f\n'
	[ "$(sort <<<"$output")" = $'filler\noomctl.prom' ]
}
