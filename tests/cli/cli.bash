# SPDX-License-Identifier: GPL-2.0-or-later
# cli: shared by the command tests: the command, and processes to show.
# shellcheck shell=bash

bats_require_minimum_version 1.5.0
bats_load_library bats-support
bats_load_library bats-assert

# shellcheck source=tests/wait.bash
. "${BASH_SOURCE[0]%/*}/../wait.bash"

cli_helpers=${BUILD:-$PWD/build}/tests/cli
OOMCTL=${OOMCTL:-$PWD/build/oomctl}
cli_pids=()

# Processes of tests have adj 0, as after boot, even if the session has another value.
{ echo 0 >/proc/self/oom_score_adj; } 2>/dev/null || true

# Processes are slow to start on some machines, and there are thousands of these: no timeout(1). A file of tests has a
# limit of time.
oomctl() {
	"$OOMCTL" "$@"
}

# actor_start ROLE [ARGUMENT]: sets actor_pid and actor_ids, the ids that it printed. actor_by: a command
# that executes it, such as setsid.
actor_start() {
	local out line=

	# shellcheck disable=SC2086 # words
	exec {out}< <(exec ${actor_by-} "$cli_helpers/actor" "$@" 3>&-)
	actor_pid=$!
	cli_pids+=("$actor_pid")
	actor_ids=()
	while read -rt 30 line <&"$out" && [[ $line != ready ]]; do
		actor_ids+=("$line")
	done
	exec {out}<&-
	[[ $line == ready ]] || {
		echo "actor $*: did not become ready"
		return 1
	}
}

# SIGTERM first, so that they wait for their children; killed only if that takes too long.
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

# Skips the test if other processes would be visible: their memory, names and activity change the
# output.
alone_or_skip() {
	[[ ${CLI_ALONE-} != no ]] || skip 'no PID namespace can be created here, so other processes are visible'
}

# To mount something for one command only.
mounts_or_skip() {
	[[ $(id -u) == 0 ]] || skip 'needs root, to mount'
	unshare -m true 2>/dev/null || skip 'no mount namespace can be created here'
}

# To run the program under strace. A sanitized build's leak checker cannot be traced: it is off.
strace_or_skip() {
	strace -qq -o /dev/null true 2>/dev/null || skip 'strace is not installed, or may not trace here'
	export ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0"
}

# status_of PID KEY: the value of a line of its status, without the unit.
status_of() {
	local key value

	while IFS=$':\t ' read -r key value _; do
		[[ $key != "$2" ]] || echo "$value"
	done <"/proc/$1/status"
}

# stat_of PID FIELD: counted as in proc_pid_stat(5), from 3 up.
stat_of() {
	local LC_ALL=C fields

	read -rd '' fields <"/proc/$1/stat" || [[ $fields ]]
	read -ra fields <<<"${fields##*) }"
	echo "${fields[$2 - 3]}"
}

# is_asleep PID NAME: the process executes the program NAME and sleeps.
is_asleep() {
	[[ $(<"/proc/$1/comm") == "$2" && $(stat_of "$1" 3) == S ]]
}

# until_asleep PID NAME
until_asleep() {
	eventually is_asleep "$@"
}

# The running kernel's version as a number: 6.12.39 is 6012039.
kernel_number() {
	local major minor patch

	IFS=.- read -r major minor patch _ </proc/sys/kernel/osrelease
	patch=${patch%%[!0-9]*}
	echo $((major * 1000000 + minor * 1000 + ${patch:-0}))
}

# json FILTER: applies the jq filter to the output of the last run.
json() {
	jq -r "$1" <<<"$output"
}

# hex TEXT: its bytes in hexadecimal digits, for the role "name"; escapes as in printf.
hex() {
	local LC_ALL=C text i byte

	printf -v text '%b' "$1"
	for ((i = 0; i < ${#text}; i++)); do
		printf -v byte %d "'${text:i:1}"
		printf %02x $((byte & 255))
	done
	echo
}

# The user namespace of an ordinary user does not know root, who owns / and other directories: then no rules file is
# trusted, wherever it is.
rules_or_skip() {
	[ "$(stat -c %u /)" = 0 ] || skip 'no rules file is trusted: root is unknown in this user namespace'
}
