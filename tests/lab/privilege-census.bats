#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bpf(2) is for rights that the caller has: with borrowed ones it is never called, seen by strace.

# shellcheck disable=SC2154 # pid, who and privilege_dir are set by the helpers.
# shellcheck disable=SC2030,SC2031 # Each test is a subshell, and is meant to be.
load privilege

setup_file() {
	privilege_setup_file
}

setup() {
	lab_only
}

teardown() {
	lab_cleanup
}

# calls MODE CALLER COMMAND...: sets status, output, and n, how often COMMAND called bpf(2).
calls() {
	local mode=$1 caller=$2

	shift 2
	run strace -qq -f -u "$caller" -o "$BATS_TEST_TMPDIR/trace" -e trace=bpf "$privilege_dir/$mode" "$@"
	n=$(grep -c 'bpf(' "$BATS_TEST_TMPDIR/trace" || true)
	echo "$mode $caller $*: status $status, $n calls: $output"
}

@test "privilege: with a file capability or setuid no census is tried" {
	local mode command

	start carol sleep 600
	# As if an administrator had been too generous.
	cp "$OOMCTL" "$privilege_dir/lavish"
	setcap cap_sys_admin,cap_bpf,cap_perfmon,cap_sys_resource+ep "$privilege_dir/lavish"
	for mode in cap suid lavish; do
		for command in 'rank' 'get 1' 'predict' "explain $pid"; do
			# shellcheck disable=SC2086 # several words
			calls "$mode" carol $command --scan=bpf
			[ "$status" = 3 ]
			[[ $output == *'of the caller'"'"'s own'* ]]
			[ "$n" = 0 ]
			# shellcheck disable=SC2086
			calls "$mode" carol $command --scan=auto
			[ "$status" = 0 ]
			[ "$n" = 0 ]
		done
	done
}

@test "privilege: root's own rights are given up behind the census" {
	[[ -r /sys/kernel/btf/vmlinux ]] || skip "$LAB_KERNEL describes no types of its own (CONFIG_DEBUG_INFO_BTF)"
	for mode in plain cap suid; do
		calls "$mode" root rank --scan=bpf
		[ "$status" = 0 ]
		((n >= 3))
		# Behind the last call nothing is permitted.
		strace -qq -f -o "$BATS_TEST_TMPDIR/trace" -e trace=bpf,capset "$privilege_dir/$mode" rank --scan=bpf
		run tail -n 1 "$BATS_TEST_TMPDIR/trace"
		[[ $output == *capset*'effective=0, permitted=0,'* ]]
	done
}
