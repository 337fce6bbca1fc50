#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A PID that changes hands while oomctl works: the newcomer is never touched. About two thousand times in make check; with
# LAB_RACES=500 or more that many at each of the ways that spread over all steps.

# bats and lib.bash set these, each test in a shell of its own; the inner shells expand theirs.
# shellcheck disable=SC2154,SC2030,SC2031,SC2016

load lib

setup() {
	lab_only
	# Few PIDs, so that they come round by themselves too; up to 300 are kept for daemons.
	echo 600 >/proc/sys/kernel/pid_max
}

teardown() {
	lab_cleanup
	echo 32768 >/proc/sys/kernel/pid_max
}

# recycle COUNT STAGE FAILED COMMAND...: that many PIDs change hands at that stage, under COMMAND's hands; FAILED is
# in how many of the rounds, of 100 PIDs each, it may end with another status than 0.
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

@test "recycle: a PID that was named, between the handle and the file" {
	recycle 100 adj 1 set 500 '{victims}'
	[ "$(grep -c '^oomctl: pid [0-9]*: no such process$' "$BATS_TEST_TMPDIR/err")" = 100 ]
}

@test "recycle: a PID that was named, between the file and the write" {
	recycle 100 write 1 set 500 '{victims}'
	[ "$(grep -c '^oomctl: pid [0-9]*.*: [Nn]o such process$' "$BATS_TEST_TMPDIR/err")" = 100 ]
}

@test "recycle: a PID that was named, quietly" {
	recycle 100 write 1 set -q 500 '{victims}'
	[ "$(grep -c '^oomctl: pid [0-9]*.*: [Nn]o such process$' "$BATS_TEST_TMPDIR/err")" = 100 ]
}

@test "recycle: protect leaves no record of a process that ended under it" {
	recycle 100 write 0 protect --name '^victim$'
	[ -z "$(ls /run/oomctl)" ]
}

@test "recycle: a newcomer never gets what was remembered of another" {
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
	[ "$status" = 0 ]
	echo "$output"
	[ "$output" = "pid $hog_pid (newcomer): adj 7 -> 7 (nothing was remembered)" ]
	[ ! -e "/run/oomctl/$hog_pid" ]
}

@test "recycle: a newcomer's own adj is remembered, whatever is left of another" {
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

# anywhere COMMAND...: LAB_RACES PIDs at least change hands, at all steps of the command evenly; newcomers have children.
anywhere() {
	local out=$BATS_TEST_TMPDIR/out

	echo 32768 >/proc/sys/kernel/pid_max
	"$lab_helpers/recycler" $(((LAB_RACES + 99) / 100)) 100 any "$OOMCTL" "$@" >"$out" 2>"$BATS_TEST_TMPDIR/err" || true
	tail -n 1 "$out" "$BATS_TEST_TMPDIR/err"
	[[ $(tail -n 1 "$out") =~ ^recycled\ ([0-9]+)\ touched\ 0\ failed\ [0-9]+$ ]]
	((BASH_REMATCH[1] >= LAB_RACES))
	printf '# | %s PIDs recycled at all steps: %s\n' "${BASH_REMATCH[1]}" "$*" >&3
}

@test "recycle: --tree, at any step: neither a newcomer nor its children are descendants" {
	anywhere set -q 500 --tree '{keeper}'
}

@test "recycle: --tree of a name, at any step" {
	anywhere set -q 500 --tree --name '^victim$'
}

@test "recycle: protect --tree and unprotect --tree, at any step" {
	anywhere protect --tree '{keeper}'
	anywhere unprotect --tree '{keeper}'
}

@test "recycle: --by, at any step: nobody gets what is reckoned from another's adj" {
	anywhere set --by 5 --name '^victim$'
	recycle 100 open 1 set --by 5 '{victims}'
	recycle 100 open 1 protect '{victims}'
}
