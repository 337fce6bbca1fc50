#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Commands that only look have no capability while they do: seen in /proc/PID/status, from outside.

# shellcheck disable=SC2154 # pid and privilege_dir are set by the helpers.
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

# traced_by TRACER NAME: sets traced.
traced_by() {
	traced=$(pgrep -P "$1" -x "$2") && grep -q '^TracerPid:.*[1-9]' "/proc/$traced/status" 2>/dev/null
}

# caps_during CALL MODE CALLER COMMAND...: the capabilities of COMMAND while it is held at its first CALL.
caps_during() {
	local call=$1 mode=$2 caller=$3 tracer traced caps

	shift 3
	strace -qq -f -u "$caller" -o /dev/null -e "trace=$call" -e "inject=$call:delay_enter=20000000:when=1" \
		"$privilege_dir/$mode" "$@" >/dev/null 2>&1 3>&- &
	tracer=$!
	lab_pids+=("$tracer")
	eventually 20 traced_by "$tracer" "$mode"
	lab_pids+=("$traced")
	# By now it is held, and far behind its prologue.
	sleep 1
	caps=$(grep -E "^(Name:.$mode|Cap(Prm|Eff|Amb):.*)\$" "/proc/$traced/status")
	kill -KILL "$traced" "$tracer"
	wait "$tracer" || true
	echo "$mode $caller $*: $caps"
	[[ $caps == "Name:"*"$mode"*CapPrm:*CapEff:* && ! $(grep '^Cap' <<<"$caps" | cut -f 2) =~ [1-9a-f] ]]
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

@test "privilege: no capability during log" {
	head -c 100000 /dev/zero | tr '\0' '\n' >"$privilege_dir/log"
	chown 2003 "$privilege_dir/log"
	chmod 600 "$privilege_dir/log"
	all_looking write log "$privilege_dir/log"
}

@test "privilege: no capability during policy" {
	all_looking write policy
}
