#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# PIDs are recycled during a run: the new process is never changed. About 2,000 PIDs in make check-all; with LAB_RACES=500
# or more, that number for each test that covers all steps.

# bats and lib.bash set these; each test runs in its own shell, and inner shells expand their own variables.
# shellcheck disable=SC2154,SC2030,SC2031,SC2016

load lib

setup() {
	lab_only
	# A small pid_max, so that PIDs also wrap around without help; up to 300 are reserved for daemons.
	echo 600 >/proc/sys/kernel/pid_max
}

teardown() {
	lab_cleanup
	echo 32768 >/proc/sys/kernel/pid_max
}

# recycle COUNT STAGE FAILED COMMAND...: recycles COUNT PIDs at that stage of COMMAND, in rounds of 100 PIDs; in FAILED
# rounds COMMAND has a status other than 0.
recycle() {
	local count=$1 stage=$2 failed=$3

	shift 3
	"$lab_helpers/recycler" $((count / 100)) 100 "$stage" "$OOMCTL" "$@" >"$BATS_TEST_TMPDIR/out" \
		2>"$BATS_TEST_TMPDIR/err"
	tail -n 3 "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err"
	[ "$(tail -n 1 "$BATS_TEST_TMPDIR/out")" = "recycled $count touched 0 failed $failed" ]
}

@test "recycle: --name, between the match and the handle" {
	recycle 300 open 0 set 500 --name '^victim$'
	[ ! -s "$BATS_TEST_TMPDIR/err" ]
}

@test "recycle: --name, between the handle and the file" {
	recycle 100 adj 0 set 500 --name '^victim$'
	[ ! -s "$BATS_TEST_TMPDIR/err" ]
}

@test "recycle: --name, between the check and the write" {
	recycle 100 write 0 set 500 --name '^victim$'
	[ ! -s "$BATS_TEST_TMPDIR/err" ]
}

@test "recycle: --user" {
	recycle 100 open 0 set 500 --user 1234
}

@test "recycle: --tree" {
	recycle 100 open 0 set 500 --tree '{keeper}'
	grep -q '^pid [0-9]* (recycler): adj 0 -> 500$' "$BATS_TEST_TMPDIR/out"
}

@test "recycle: a PID operand, between the handle and the file" {
	recycle 100 adj 1 set 500 '{victims}'
	[ "$(grep -c '^oomctl: pid [0-9]*: no such process$' "$BATS_TEST_TMPDIR/err")" = 100 ]
}

@test "recycle: a PID operand, between the file and the write" {
	recycle 100 write 1 set 500 '{victims}'
	[ "$(grep -c '^oomctl: pid [0-9]*.*: [Nn]o such process$' "$BATS_TEST_TMPDIR/err")" = 100 ]
}

@test "recycle: a PID operand with -q" {
	recycle 100 write 1 set -q 500 '{victims}'
	[ "$(grep -c '^oomctl: pid [0-9]*.*: [Nn]o such process$' "$BATS_TEST_TMPDIR/err")" = 100 ]
}

@test "recycle: protect leaves no record of a process that exits during the run" {
	recycle 100 write 0 protect --name '^victim$'
	[ -z "$(ls /run/oomctl)" ]
}

@test "recycle: a new process never gets the saved value of the old one" {
	hog_start --adj 300
	"$OOMCTL" protect "$hog_pid"
	grep -q '^[0-9]* 300 -999$' "/run/oomctl/$hog_pid"
	kill -KILL "$hog_pid"
	hog_wait "$hog_pid"
	sleep 0.05
	"$lab_helpers/recycler" newcomer "$hog_pid"
	lab_pids+=("$hog_pid")
	[ "$(cat "/proc/$hog_pid/comm")" = newcomer ]
	run "$OOMCTL" unprotect "$hog_pid"
	[ "$status" = 1 ]
	echo "$output"
	[ "${lines[0]}" = "oomctl: pid $hog_pid (newcomer): no saved value: adj 7 is unchanged" ]
	[ "$(cat "/proc/$hog_pid/oom_score_adj")" = 7 ]
	[ ! -e "/run/oomctl/$hog_pid" ]
}

@test "recycle: the adj of a new process is saved despite an old record" {
	hog_start --adj 300
	"$OOMCTL" protect "$hog_pid"
	kill -KILL "$hog_pid"
	hog_wait "$hog_pid"
	sleep 0.05
	"$lab_helpers/recycler" newcomer "$hog_pid"
	lab_pids+=("$hog_pid")
	"$OOMCTL" protect "$hog_pid"
	run "$OOMCTL" unprotect "$hog_pid"
	[ "$output" = "pid $hog_pid (newcomer): adj -999 -> 7" ]
}

# anywhere COMMAND...: recycles at least LAB_RACES PIDs, spread evenly over all steps; new processes have children.
anywhere() {
	local out=$BATS_TEST_TMPDIR/out

	echo 32768 >/proc/sys/kernel/pid_max
	"$lab_helpers/recycler" $(((LAB_RACES + 99) / 100)) 100 any "$OOMCTL" "$@" >"$out" 2>"$BATS_TEST_TMPDIR/err" || true
	tail -n 1 "$out" "$BATS_TEST_TMPDIR/err"
	[[ $(tail -n 1 "$out") =~ ^recycled\ ([0-9]+)\ touched\ 0\ failed\ [0-9]+$ ]]
	((BASH_REMATCH[1] >= LAB_RACES))
	printf '# | %s PIDs recycled at all steps: %s\n' "${BASH_REMATCH[1]}" "$*" >&3
}

@test "recycle: --tree, at any step: a new process and its children are no descendants" {
	anywhere set -q 500 --tree '{keeper}'
}

@test "recycle: --tree with --name, at any step" {
	anywhere set -q 500 --tree --name '^victim$'
}

@test "recycle: protect --tree and unprotect --tree, at any step" {
	anywhere protect --tree '{keeper}'
	anywhere unprotect --tree '{keeper}'
}

@test "recycle: --by, at any step: no process gets a value computed for another" {
	anywhere set --by 5 --name '^victim$'
	recycle 100 open 1 set --by 5 '{victims}'
	recycle 100 open 1 protect '{victims}'
}

# The program stops when it has checked that the process belongs to the pidfile's owner; then the PID goes to another user.
@test "recycle: a pidfile of another user, between the check and the handle" {
	local file=$BATS_TEST_TMPDIR/files/pid trace=$BATS_TEST_TMPDIR/trace closes

	command -v strace >/dev/null || skip 'no strace in this guest'
	mkdir "${file%/*}"
	hog_start --uid 1234
	echo "$hog_pid" >"$file"
	chown -R 1234 "${file%/*}"
	strace -e trace=openat,close -o "$trace" "$OOMCTL" set 5 --pidfile "$file"
	[ "$(cat "/proc/$hog_pid/oom_score_adj")" = 5 ]
	# The last file that is closed before the process is opened for the second time.
	closes=$(awk -v dir="\"$hog_pid\"" 'index($0, dir) { opened++ } /^close/ { n++; if (opened == 1) last = n }
		END { print last }' "$trace")
	strace -e trace=openat,close -e inject="close:signal=SIGSTOP:when=$closes" -o "$trace" \
		"$OOMCTL" set 500 --pidfile "$file" 3>&- &
	eventually grep -q 'stopped by SIGSTOP' "$trace"
	kill -KILL "$hog_pid"
	hog_wait "$hog_pid"
	"$lab_helpers/recycler" newcomer "$hog_pid"
	lab_pids+=("$hog_pid")
	pkill -CONT oomctl
	eventually grep -q '+++ exited' "$trace"
	[ "$(cat "/proc/$hog_pid/oom_score_adj")" = 7 ]
}
