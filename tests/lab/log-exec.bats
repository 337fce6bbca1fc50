#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# log --follow --exec with real kills: one run for each, also across restarts, and never with a borrowed privilege.

# shellcheck disable=SC2154,SC2016,SC2030,SC2031,SC2238 # The helpers set them; the inner shells expand theirs; command is a file.
load privilege

bats_load_library bats-support
bats_load_library bats-assert

bats_require_minimum_version 1.5.0

setup_file() {
	privilege_setup_file
}

setup() {
	lab_only
	reports_are_printed
	cd "$BATS_TEST_TMPDIR" || return
	runs=$PWD/runs
	: >"$runs"
	printf '%s\n' '#!/bin/sh' "env | sort >$PWD/values" "echo \"\$OOM_PID \$OOM_NAME.\$OOM_UNIT\" >>$runs" >command
	chmod 755 command
}

teardown() {
	lab_cleanup
}

# follow ARG...: starts it; sets follower. It has read the ring buffer when its parser waits.
follow() {
	"$OOMCTL" log --follow -r --noheadings -o pid "$@" --exec "$PWD/command" >out 2>errors 3>&- &
	follower=$!
	lab_pids+=("$follower")
	eventually parser_waits
}

parser_waits() {
	local child

	child=$(pgrep -o -P "$follower") || return 1
	grep -q '^Seccomp:[[:space:]]*2' "/proc/$child/status" && grep -q '^State:[[:space:]]*S' "/proc/$child/status"
}

stop() {
	kill -TERM "$follower"
	status=0
	wait "$follower" || status=$?
	assert_equal "$status" 0
}

# A cgroup's limit kills a hog; sets hog_pid.
one_kill() {
	cgroup_make "lab-exec-$1" memory.max=20M memory.swap.max=0
	hog_start --cgroup "$cgroup_path" --anon 60M
	hog_wait "$hog_pid"
	assert_equal "$hog_status" 137
}

has_runs() {
	[ "$(wc -l <"$runs")" -ge "$1" ]
}


@test "log --exec: each kill is one run, with its facts" {
	"$OOMCTL" log --follow --since now -r --noheadings -o pid --exec "$PWD/command" >out 2>errors 3>&- &
	follower=$!
	lab_pids+=("$follower")
	eventually parser_waits
	one_kill a
	first=$hog_pid
	eventually has_runs 1
	assert_equal "$(<"$runs")" "$first hog."
	run grep -xE "OOM_(NAME=hog|PID=$first|CONSTRAINT=memcg|CGROUP=/lab-exec-a|UID=0|ADJ=-?[0-9]+|BY=kernel|SKIPPED=0)" values
	assert_equal "${#lines[@]}" 8
	size=$(sed -n 's/^OOM_SIZE=//p' values)
	# Its limit is 20 MiB; the report has file pages too, which are not all charged there.
	((size > 10 << 20 && size < 30 << 20))
	assert_equal "$size" "$("$OOMCTL" log -r --noheadings --last 1 -o rss)"
	when=$(date -d "$(sed -n 's/^OOM_TIME=//p' values)" +%s) now=$(date +%s)
	((when <= now + 1 && when > now - 30))
	one_kill b
	second=$hog_pid
	hog_start --anon 30M
	sysrq_oom >/dev/null
	hog_wait "$hog_pid"
	eventually has_runs 3
	sleep 2
	assert_equal "$(<"$runs")" "$first hog.
$second hog.
$hog_pid hog."
	grep -qx OOM_CONSTRAINT=global values
	# The list is printed as well.
	assert_equal "$(<out)" "$first
$second
$hog_pid"
	assert_equal "$(<errors)" ''
	stop
}

@test "log --exec: a restart neither repeats nor misses a kill, whether stopped or killed" {
	follow
	one_kill c
	eventually grep -q "^$hog_pid " "$runs"
	stop
	: >"$runs"
	one_kill d
	missed=$hog_pid
	follow
	eventually has_runs 1
	one_kill e
	eventually has_runs 2
	assert_equal "$(<"$runs")" "$missed hog.
$hog_pid hog."
	last=$hog_pid
	kill -KILL "$follower"
	wait "$follower" || true
	# The parser ends with it.
	eventually eval '! pgrep -x oomctl'
	one_kill f
	follow
	eventually has_runs 3
	sleep 3
	assert_equal "$(<"$runs")" "$missed hog.
$last hog.
$hog_pid hog."
	assert_equal "$(<errors)" ''
	stop
	assert_equal "$(stat -c '%U %a' /run/oomctl/exec-exec)" 'root 644'
}

@test "log --exec: memory.oom.group is one run for each process" {
	follow --cgroup /lab-exec-g
	cgroup_make lab-exec-g memory.max=40M memory.swap.max=0 memory.oom.group=1
	hog_start --cgroup "$cgroup_path" --anon 5M
	small=$hog_pid
	hog_start --cgroup "$cgroup_path" --anon 80M
	hog_wait "$hog_pid"
	hog_wait "$small"
	eventually has_runs 2
	sleep 2
	assert_equal "$(sort -n "$runs")" "$(printf '%s hog.\n' "$small" "$hog_pid" | sort -n)"
	stop
}

@test "log --exec: a kill is passed on although kernel messages never stop" {
	follow --cgroup /lab-exec-h
	echo on >/proc/sys/kernel/printk_devkmsg
	read -r level _ </proc/sys/kernel/printk
	dmesg -n 1
	(while sleep 0.2; do echo '<6>lab: noise' >/dev/kmsg; done) 3>&- &
	noise=$!
	lab_pids+=("$noise")
	one_kill h
	eventually has_runs 1
	kill "$noise"
	dmesg -n "$level"
	echo ratelimit >/proc/sys/kernel/printk_devkmsg
	assert_equal "$(<"$runs")" "$hog_pid hog."
	stop
}

@test "log --exec: records that were overwritten while it did not run are reported" {
	follow
	sleep 3
	stop
	: >"$runs"
	echo on >/proc/sys/kernel/printk_devkmsg
	read -r level _ </proc/sys/kernel/printk
	dmesg -n 1
	bash -c 'for ((i = 0; i < 30000; i++)); do echo "<6>lab: $0"; done >/dev/kmsg' \
		0123456789012345678901234567890123456789012345678901234567890123456789
	dmesg -n "$level"
	echo ratelimit >/proc/sys/kernel/printk_devkmsg
	follow
	eventually grep -q 'kernel messages since the last run were overwritten before they were read' errors
	one_kill i
	eventually has_runs 1
	assert_equal "$(<"$runs")" "$hog_pid hog."
	stop
}

@test "log --exec: the command has root's own rights, the parser none" {
	printf '%s\n' '#!/bin/sh' "grep -E '^(Uid|CapEff|NoNewPrivs|Seccomp):' /proc/self/status >$PWD/rights" "echo x >>$runs" >command
	follow --cgroup /lab-exec-j
	parser=$(pgrep -o -P "$follower")
	assert_equal "$(sed -n 's/^Uid:\t//p' "/proc/$parser/status")" $'65534\t65534\t65534\t65534'
	assert_equal "$(sed -n 's/^CapPrm:\t//p' "/proc/$parser/status")" 0000000000000000
	run "${BUILD:-build}/tests/lab/inject" "$parser" "$PWD/command"
	if [[ $status != 77 ]]; then
		for line in "${lines[@]}"; do
			[[ $line == *': EPERM' ]] || fail "$line"
		done
	fi
	one_kill j
	eventually has_runs 1
	assert_equal "$(grep -E '^(Uid|CapEff|NoNewPrivs|Seccomp):' "/proc/$follower/status")" "$(<rights)"
	grep -q $'^Seccomp:\t0' rights
	stop
}

@test "log --exec: refused with a borrowed privilege, and without one run as the caller" {
	local who here=/run/alice-exec

	echo 0 >/proc/sys/kernel/dmesg_restrict
	rm -rf "$here"
	mkdir -m 777 "$here"
	printf '%s\n' '#!/bin/sh' "grep -E '^(Uid|CapEff):' /proc/self/status >$here/rights" >"$here/command"
	chmod 755 "$here/command"
	be alice
	one_kill k
	for mode in cap suid; do
		run timeout 10 "${who[@]}" "$privilege_dir/$mode" log --follow --exec "$here/command"
		assert_failure 3
		assert_output 'oomctl: --exec is refused: this program has a capability or is setuid, and the caller is not root'
	done
	[ ! -e "$here/rights" ]
	"${who[@]}" "$privilege_dir/plain" log --follow --exec "$here/command" >out 2>errors 3>&- &
	follower=$!
	lab_pids+=("$follower")
	eventually parser_waits
	sleep 2
	# Kills from before are not passed on.
	[ ! -e "$here/rights" ]
	one_kill l
	eventually test -s "$here/rights"
	assert_equal "$(<"$here/rights")" $'Uid:\t2001\t2001\t2001\t2001\nCapEff:\t0000000000000000'
	grep -q 'not root: it is not stored which kills were passed to' errors
	stop
}
