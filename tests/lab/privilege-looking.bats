#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Reading commands have no capability while they read; /proc/PID/status shows it.

# shellcheck disable=SC2154 # pid and privilege_dir are set by the helpers.
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

# caps_during CALL MODE CALLER COMMAND...: checks the capabilities of COMMAND while it is held at its first CALL.
caps_during() {
	local call=$1 mode=$2 caller=$3 key value caps=''

	shift 3
	hold "$call" "$caller" "$privilege_dir/$mode" "$@"
	is_called "$held" oomctl
	while read -r key value; do
		[[ $key != Cap@(Prm|Eff|Amb): ]] || caps+=" $key $value"
	done <"/proc/$held/status"
	let_go
	echo "$mode $caller $*:$caps"
	[[ $caps == " CapPrm: 0000000000000000 CapEff: 0000000000000000 CapAmb: 0000000000000000" ]]
	printf '# | %-6s %-6s %-46s %-8s ok\n' "$mode" "$caller" "capabilities during $1, at $call" none >&3
}

# all_looking CALL COMMAND...
all_looking() {
	local mode call=$1

	shift
	for mode in "${modes[@]}"; do
		caps_during "$call" "$mode" carol "$@"
	done
	caps_during "$call" plain root "$@"
	caps_during "$call" suid root "$@"
}

@test "privilege: no capability during rank" {
	all_looking getdents64 rank --scan=proc
	all_looking write rank
}

@test "privilege: no capability during get" {
	start alice sleep 600
	all_looking write get "$pid"
}

@test "privilege: no capability during explain" {
	for mode in "${modes[@]}"; do
		caps_during getdents64 "$mode" carol explain 1
	done
	all_looking write explain 1
}

# As root these commands use capabilities to query the kernel, and drop them before they print.
@test "privilege: no capability during predict" {
	for mode in "${modes[@]}"; do
		caps_during getdents64 "$mode" carol predict
	done
	all_looking write predict
}

@test "privilege: no capability during log" {
	head -c 100000 /dev/zero | tr '\0' '\n' >"$privilege_dir/log"
	chown 2003 "$privilege_dir/log"
	chmod 600 "$privilege_dir/log"
	all_looking write log "$privilege_dir/log"
}

@test "privilege: no capability during policy" {
	all_looking write policy
	# Text that another user could have written is parsed as uid 65534.
	echo 'permit nosuchuser floor 0' >"$privilege_dir/rules"
	chown 2003 "$privilege_dir/rules"
	chmod 600 "$privilege_dir/rules"
	caps_during write plain root policy --check "$privilege_dir/rules"
	hold write root "$privilege_dir/plain" policy --check "$privilege_dir/rules"
	read -r _ status _ < <(grep '^Uid:' "/proc/$held/status")
	let_go
	[[ $status == 65534 ]]
}
