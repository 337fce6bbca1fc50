#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The lab, run on the host: what it reports for files that fail, hang, panic or have a wrong status.

bats_require_minimum_version 1.5.0

setup_file() {
	[ -x /usr/bin/linux.uml ] || skip 'user-mode-linux is not installed'
}

setup() {
	fixtures=$BATS_TEST_DIRNAME/fixtures
	lab=$BATS_TEST_DIRNAME/../lab
	export TMPDIR=$BATS_TEST_TMPDIR
	unset TESTS_END
	out=$BATS_TEST_TMPDIR/out
}

# The tests, the plan and the counts in the output of the last run.
results() {
	grep -E '^(not )?ok |^1\.\.|^# (uml|skipped):' <<<"$output"
}

no_trace() {
	[ -z "$(find "$TMPDIR" -name 'oomctl-lab.*')" ]
	! pgrep -f "$TMPDIR/oomctl-lab" >/dev/null
}

@test "lab: programs that pass, fail, stop early, have a wrong status, or write results" {
	run -1 "$lab" -k uml --out "$out" "$fixtures"/{passes,fails,stops,lies,writes}
	diff - <(results) <<-'END'
		ok 1 uml: passes
		not ok 2 uml: fails: exit status 3
		ok 3 uml: one
		not ok 4 uml: stops: 3 planned, 1 ran, exit status 0
		ok 5 uml: a # SKIP for a reason
		not ok 6 uml: lies: exit status 4
		ok 7 uml: writes
		1..7
		# skipped: uml: a: for a reason
		# uml: 3 passed, 3 failed, 1 skipped
	END
	grep -q '^# kernel uml: Linux [0-9]' <<<"$output"
	[[ $output == *'# I am 0 of uml'* ]]
	[[ $output != *$'\033'* ]]
	[ "$(stat -c %s "$out/uml/dir/zeros")" = 300000 ]
	grep -q 'reboot: Power down' "$out/console.uml.log"
	no_trace
}

@test "lab: after TESTS_END no guest starts, and no test in a guest" {
	TESTS_END=1 run -0 "$lab" -k uml --out "$out" "$fixtures"/{passes,fails}
	diff - <(results) <<-'END'
		ok 1 uml: passes # skip no time is left
		ok 2 uml: fails # skip no time is left
		1..2
		# skipped: uml: passes: no time is left
		# skipped: uml: fails: no time is left
		# uml: 0 passed, 0 failed, 2 skipped
	END
	[[ $output != *'# kernel uml'* ]]
	# shellcheck disable=SC2016
	run -0 env LAB=1 TESTS_END=1 bash -c 'skip() { echo "$1"; exit; }; . "$1"; lab_only; echo runs' - "$fixtures/../../lib.bash"
	[ "$output" = 'no time is left' ]
	# shellcheck disable=SC2016
	run -0 env LAB=1 bash -c 'skip() { echo "$1"; exit; }; . "$1"; lab_only; echo runs' - "$fixtures/../../lib.bash"
	[ "$output" = runs ]
}

@test "lab: a guest skips the files that it cannot begin before TESTS_END" {
	TESTS_END=$(($(date +%s) + 20)) run -0 "$lab" -k uml --out "$out" "$fixtures"/{waits,passes}
	[[ $output == *'# kernel uml'* ]]
	[[ $(results) == *'ok 2 uml: passes # skip no time is left'* ]]
}

@test "lab: tests that hang are ended, and the others run" {
	LAB_FILE_TIMEOUT=25 LAB_TEST_TIMEOUT=2 run -1 "$lab" -k uml --out "$out" "$fixtures"/{hangs,hangs.bats,passes}
	diff - <(results) <<-'END'
		not ok 1 uml: hangs: ended by the watchdog
		ok 2 uml: before
		not ok 3 uml: hangs # timeout after 2s
		ok 4 uml: after
		ok 5 uml: passes
		1..5
		# uml: 3 passed, 2 failed, 0 skipped
	END
	no_trace
}

@test "lab: a guest that exceeds its time is ended from outside" {
	LAB_TIMEOUT=3 run -1 "$lab" -k uml --out "$out" "$fixtures/hangs"
	[[ $output == *'the guest ended too early: out of time after 3 s'* ]]
	no_trace
}

@test "lab: systemd as the first process, for files that need it" {
	run -0 "$lab" -k uml --out "$out" "$fixtures"/{systemd,passes,systemd}
	diff - <(results) <<-'END'
		ok 1 uml: passes
		ok 2 uml: systemd
		ok 3 uml: systemd
		1..3
		# uml: 3 passed, 0 failed, 0 skipped
	END
	no_trace
}

@test "lab: an unexpected panic fails" {
	run -1 "$lab" -k uml --out "$out" "$fixtures"/{passes,panics,writes}
	diff - <(results) <<-'END'
		ok 1 uml: passes
		not ok 2 uml: panics: the guest ended too early: Kernel panic: sysrq triggered crash
		not ok 3 uml: writes: not run
		1..3
		# uml: 1 passed, 2 failed, 0 skipped
	END
	no_trace
}

@test "lab: an expected panic passes, a missing panic fails" {
	run -1 "$lab" -k uml --out "$out" "$fixtures"/{panics-as-said,panics-not}
	diff - <(results) <<-'END'
		ok 1 uml: panics-as-said panics: sysrq triggered
		not ok 2 uml: panics-not panics: sysrq triggered
		1..2
		# uml: 1 passed, 1 failed, 0 skipped
	END
	no_trace
}

@test "lab: an ordinary user can start a guest, in which tests are root" {
	[ "$(id -u)" = 0 ] || skip 'to become another user needs root'
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR/.."
	chown nobody "$BATS_TEST_TMPDIR"
	run -0 runuser -u nobody -- env HOME=/nonexistent "$lab" -k uml --out "$out" "$fixtures"/{passes,systemd}
	[[ $output == *'# I am 0 of uml'* ]]
	no_trace
}

@test "lab: an interrupted lab leaves nothing behind" {
	"$lab" -k uml --out "$out" "$fixtures/hangs" >"$BATS_TEST_TMPDIR/tap" 3>&- &
	pid=$!
	for _ in $(seq 100); do
		grep -q '^# kernel' "$BATS_TEST_TMPDIR/tap" && break
		sleep 0.1
	done
	kill "$pid"
	wait "$pid" || status=$?
	[ "$status" = 130 ]
	no_trace
}

@test "lab: a UML binary can be given by path, other files are refused" {
	run -0 "$lab" -k /usr/bin/linux.uml --out "$out" "$fixtures/passes"
	[[ $output == *'ok 1 linux.uml: passes'* ]]
	run -2 "$lab" -k /bin/sh --out "$out" "$fixtures/passes"
	[[ $output == *'neither a bzImage nor a UML binary'* ]]
	run -2 "$lab" -k nosuch --out "$out" "$fixtures/passes"
	run -2 "$lab" -k uml --out "$out" "$fixtures/nosuch"
}
