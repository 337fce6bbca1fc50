#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# log as root: the parser runs as uid 65534 in a sandbox. All functions of log work there, and
# nothing else is permitted.

# shellcheck disable=SC2154 # The helpers set pid and privilege_dir.
# shellcheck disable=SC2030,SC2031,SC2016 # Each test is a subshell; the shells that are started expand their own words.
load privilege

bats_load_library bats-support
bats_load_library bats-assert

bats_require_minimum_version 1.5.0

logs=$BATS_TEST_DIRNAME/../logs

setup_file() {
	privilege_setup_file
}

setup() {
	lab_only
	cd "$BATS_TEST_TMPDIR" || return
	cp "$logs/6.8-global.log" log
	mkfifo fifo
}

teardown() {
	echo 0 >/proc/sys/kernel/dmesg_restrict
	lab_cleanup
}

# confined PID UID: the process has this uid, no capability, and the seccomp filter.
confined() {
	local key value status=''

	while read -r key value; do
		[[ $key != @(Uid|Gid|Groups|CapPrm|CapEff|CapAmb|NoNewPrivs|Seccomp): ]] ||
			status+="$key${value//[[:space:]]/,} "
	done <"/proc/$1/status"
	[[ $status == "Uid:$2,$2,$2,$2 Gid:$2,$2,$2,$2 Groups: CapPrm:0000000000000000 CapEff:0000000000000000 \
CapAmb:0000000000000000 NoNewPrivs:1 Seccomp:2 " ]] || {
		echo "$status"
		return 1
	}
}

# wait_inside CALLER ARG...: starts log, which blocks in the sandbox on a pipe without a writer; sets pid.
wait_inside() {
	local who

	be "$1"
	"${who[@]}" "$privilege_dir/plain" log "${@:2}" >out 2>&1 3>&- 4>&- &
	pid=$!
	lab_pids+=("$pid")
	eventually grep -q '^Seccomp:[[:space:]]*2' "/proc/$pid/status"
	eventually grep -q '^State:[[:space:]]*S' "/proc/$pid/status"
}

# bats test_tags=beyond-uml
@test "log: the parser has uid 65534, no capability, and a seccomp filter" {
	wait_inside root log fifo
	confined "$pid" 65534
	chmod 666 fifo
	wait_inside alice log fifo
	confined "$pid" 2001
	# It waits for the first bytes of a pipe in the sandbox, too.
	wait_inside root fifo
	confined "$pid" 65534
	wait_inside root --follow
	confined "$pid" 65534
	# Other processes of uid 65534 cannot trace it.
	[[ $(stat -c %u "/proc/$pid/fd") == 0 ]]
}

# bats test_tags=beyond-uml
@test "log: the sandbox blocks the system calls of a faulty parser" {
	local inject=${BUILD:-build}/tests/lab/inject

	echo '#!/bin/true' >prey
	chmod 755 prey
	wait_inside root --follow
	run "$inject" "$pid" "$PWD/prey"
	[[ $status != 77 ]] || skip 'inject is not for this processor'
	assert_success
	[[ ${#lines[@]} -ge 22 ]]
	for line in "${lines[@]}"; do
		[[ $line == *': EPERM' ]] || fail "$line"
	done
	assert [ -f prey ]
	[[ $(stat -c %a prey) == 755 ]]
	# The parser continues. Without the filter the same calls succeed.
	confined "$pid" 65534
	start root sleep 600
	run "$inject" "$pid" "$PWD/prey"
	assert_line 'read it: done'
	assert_line 'unlink: done'
	assert_line 'memory to execute: done'
}

@test "log: the sandbox reads every kind of source" {
	local one

	command -v zstd >/dev/null || skip 'no zstd in this guest'
	one=$("$OOMCTL" log -r --noheadings -o pid,name log)
	gzip -k log
	zstd -q log
	for name in log log.gz log.zst; do
		chmod 600 "$name"
		run "$OOMCTL" log -r --noheadings -o pid,name "$name"
		assert_output "$one"
		run "$OOMCTL" log -r --noheadings -o pid,name - <"$name"
		assert_output "$one"
		run bash -c "cat $name | '$OOMCTL' log -r --noheadings -o pid,name -"
		assert_output "$one"
	done
	run "$OOMCTL" log -r --noheadings -o pid,name log <(cat log.gz) log.zst <(cat log.zst) log.gz
	assert_output "$one"$'\n'"$one"$'\n'"$one"$'\n'"$one"$'\n'"$one"
	run -1 "$OOMCTL" log /tmp
	assert_output --partial 'Is a directory'
	for mode in '' --json --output-all '--show 1' '--show 1 --json' '--show 1 --kernel-table'; do
		# shellcheck disable=SC2086 # Options.
		run -0 --separate-stderr "$OOMCTL" log $mode log
		[[ -n $output && -z $stderr ]]
	done
}

@test "log: times are local times in the sandbox" {
	local zone=/usr/share/zoneinfo/Asia/Tokyo

	[[ -e $zone ]] || skip "no $zone here"
	sed 's/^/2024-05-26T06:17:40 host kernel: /' log >dated
	run env -u TZ unshare -m bash -c 'mount --bind "$1" /etc/localtime && "$0" log -r --noheadings -o seconds dated' \
		"$OOMCTL" "$zone"
	assert_output 1716671860
}

@test "log: two pipes that one writer fills in turn" {
	mkfifo second
	{
		cat log /dev/zero 2>/dev/null | head -c 1000000 >fifo
		gzip -c log >second
	} 3>&- &
	lab_pids+=($!)
	run timeout 20 "$OOMCTL" log -r --noheadings -o name fifo second
	assert_success
	assert_equal "${#lines[@]}" 2
}

@test "log: more files than the limit of open files" {
	local i files=()

	for ((i = 0; i < 150; i++)); do
		ln log "log.$i"
		files+=("log.$i")
	done
	run bash -c 'ulimit -Sn 64; "$0" log -r --noheadings -o nr "$@"' "$OOMCTL" "${files[@]}"
	assert_success
	assert_equal "${#lines[@]}" 150
	run -1 --separate-stderr bash -c 'ulimit -n 64; "$0" log -r --noheadings -o nr "$@"' "$OOMCTL" "${files[@]}"
	[[ ${#lines[@]} -gt 40 && ${#lines[@]} -lt 64 && $stderr == *'Too many open files: see ulimit -Hn'* ]]
}

@test "log: user names are looked up outside the sandbox, by a process that exits with it" {
	local who

	be alice
	"${who[@]}" "$privilege_dir/hog" --anon 20M >/dev/null 2>&1 3>&- &
	pid=$!
	lab_pids+=("$pid")
	eventually is_called "$pid" hog
	echo 1000 >"/proc/$pid/oom_score_adj"
	sleep 1
	echo f >/proc/sysrq-trigger
	eventually is_gone "$pid"
	run "$OOMCTL" log -r --noheadings --last 1 -o pid,user
	assert_output "$pid alice"
	wait_inside root --follow
	run pgrep -P "$pid"
	assert_equal "${#lines[@]}" 1
	[[ $(awk '/^Uid:/ { print $2 }' "/proc/${lines[0]}/status") == 65534 ]]
	kill "$pid"
	eventually is_gone "${lines[0]}"
}

is_gone() {
	! kill -0 "$1" 2>/dev/null || [[ $(awk '/^State:/ { print $2 }' "/proc/$1/status" 2>/dev/null) == @(Z|'') ]]
}

@test "log: the kernel ring buffer is read by syslog(2) before capabilities are dropped" {
	lab_needs log
	local here

	echo 1 >/proc/sys/kernel/dmesg_restrict
	: >none
	chmod 0 none
	here=$("$OOMCTL" log -r --noheadings -o pid,name 2>&1 || true)
	run unshare -m bash -c 'mount --bind none /dev/kmsg &&
		setpriv --bounding-set -dac_override,-dac_read_search "$0" log -r --noheadings -o pid,name' "$OOMCTL"
	assert_output "$here"
}

@test "log: root without uid 65534 is sandboxed too, and -v reports it" {
	run unshare -r "$OOMCTL" log -v log
	assert_success
	assert_line --partial 'cannot change to uid 65534'
	run unshare -r "$OOMCTL" log log
	assert_success
	refute_output --partial 'nobody:'
}
