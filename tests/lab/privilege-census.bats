#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bpf(2) is called only with the caller's own capabilities, never with those from the file. strace shows the calls.

# shellcheck disable=SC2154 # pid, who and privilege_dir are set by the helpers.
# shellcheck disable=SC2030,SC2031 # Each test runs in its own subshell.
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

# calls MODE CALLER COMMAND...: sets status, output, and n, the number of bpf(2) calls of COMMAND.
calls() {
	local mode=$1 caller=$2

	shift 2
	run strace -qq -f -u "$caller" -o "$BATS_TEST_TMPDIR/trace" -e trace=bpf "$privilege_dir/$mode" "$@"
	n=$(grep -c 'bpf(' "$BATS_TEST_TMPDIR/trace" || true)
	echo "$mode $caller $*: status $status, $n calls: $output"
}

@test "privilege: bpf(2) is not called with a file capability or setuid" {
	local mode command

	start carol sleep 600
	# An administrator could have set too many capabilities.
	cp "$OOMCTL" "$privilege_dir/lavish"
	setcap cap_sys_admin,cap_bpf,cap_perfmon,cap_sys_resource+ep "$privilege_dir/lavish"
	for mode in cap suid lavish; do
		for command in 'rank' 'get 1' 'predict' "explain $pid"; do
			# shellcheck disable=SC2086 # several words
			calls "$mode" carol $command --scan=bpf
			[ "$status" = 3 ]
			[[ $output == *'the caller needs CAP_BPF'* ]]
			[ "$n" = 0 ]
			# shellcheck disable=SC2086
			calls "$mode" carol $command --scan=auto
			[ "$status" = 0 ]
			[ "$n" = 0 ]
		done
	done
}

# bats test_tags=beyond-uml
@test "privilege: root drops its capabilities after the last bpf(2) call" {
	bpf_or_skip
	for mode in plain cap suid; do
		calls "$mode" root rank --scan=bpf
		[ "$status" = 0 ]
		((n >= 3))
		# After the last call no capability is permitted.
		strace -qq -f -o "$BATS_TEST_TMPDIR/trace" -e trace=bpf,capset "$privilege_dir/$mode" rank --scan=bpf
		run tail -n 1 "$BATS_TEST_TMPDIR/trace"
		[[ $output == *capset*'effective=0, permitted=0,'* ]]
	done
}
