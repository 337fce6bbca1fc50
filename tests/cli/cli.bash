# SPDX-License-Identifier: GPL-2.0-or-later
# cli: what the tests of the command share: the command itself, and processes for it to look at.
# shellcheck shell=bash

bats_require_minimum_version 1.5.0
bats_load_library bats-support
bats_load_library bats-assert

cli_helpers=${BUILD:-$PWD/build}/tests/cli
OOMCTL=${OOMCTL:-$PWD/build/oomctl}
cli_pids=()

# What a test starts shall have an adj of 0, as in a fresh boot, though the session may have another.
{ echo 0 >/proc/self/oom_score_adj; } 2>/dev/null || true

# Bounded: a command that hangs is a failure, not a test that never ends.
oomctl() {
	timeout -k 5 60 "$OOMCTL" "$@"
}

# actor_start ROLE [ARGUMENT]: sets actor_pid and actor_ids, the ids that it printed.
actor_start() {
	local out end=$((SECONDS + 30))

	out=$(mktemp -p "$BATS_TEST_TMPDIR")
	"$cli_helpers/actor" "$@" >"$out" 3>&- &
	actor_pid=$!
	cli_pids+=("$actor_pid")
	until grep -qx ready "$out"; do
		if ((SECONDS >= end)) || ! kill -0 "$actor_pid"; then
			echo "actor $*: did not become ready"
			return 1
		fi
		sleep 0.02
	done
	mapfile -t actor_ids < <(grep -vx ready "$out" || true)
}

# Asked first, so that they wait for their children; killed only if that takes too long.
cli_end() {
	local pid end=$((SECONDS + 5))

	for pid in "${cli_pids[@]}"; do
		kill "$pid" 2>/dev/null || true
	done
	for pid in "${cli_pids[@]}"; do
		while kill -0 "$pid" 2>/dev/null && ((SECONDS < end)); do
			sleep 0.02
		done
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	cli_pids=()
}

teardown() {
	cli_end
}

# status_of PID KEY: the value of a line of its status, without the unit.
status_of() {
	sed -n "s/^$2:[[:space:]]*\([^[:space:]]*\).*/\1/p" "/proc/$1/status"
}

# stat_of PID FIELD: counted as in proc_pid_stat(5), from 3 up.
stat_of() {
	LC_ALL=C sed -z 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f "$(($2 - 2))"
}

# until_asleep PID NAME: it executes the program of that name, and waits there.
until_asleep() {
	local end=$((SECONDS + 10))

	until [[ $(<"/proc/$1/comm") == "$2" && $(stat_of "$1" 3) == S ]]; do
		((SECONDS < end)) || return 1
		sleep 0.02
	done
}

# The running kernel's version as a number: 6.12.39 is 6012039.
kernel_number() {
	local major minor patch

	IFS=.- read -r major minor patch _ </proc/sys/kernel/osrelease
	patch=${patch%%[!0-9]*}
	echo $((major * 1000000 + minor * 1000 + ${patch:-0}))
}

# json FILTER: of what the last run printed.
json() {
	jq -r "$1" <<<"$output"
}

# hex TEXT: its bytes in hexadecimal digits, for the role "name"; escapes as in printf.
hex() {
	printf '%b' "$1" | od -An -v -tx1 | tr -d ' \n'
}
