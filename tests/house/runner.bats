#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/run: what it counts, and that nothing that went wrong passes.

bats_load_library bats-support
bats_load_library bats-assert

# runs STATUS LAST-LINE LIST: the list's lines are SECONDS LABEL COMMAND.
runs() {
	run tests/run <<<"$3"
	assert_equal "$status" "$1"
	assert_equal "${lines[-1]}" "$2"
}

@test "passes, failures and skips are counted, and the two latter shown" {
	runs 1 '2 passed, 1 failed, 2 skipped' '9 a echo 1..3; echo ok 1; echo ok 2 two; echo not ok 3 bad; echo "# why"
9 b echo 1..2; echo "ok 1 one # skip no kernel"; echo "not ok 2 # SKIP two"'
	assert_line '  FAILED: bad'
	assert_line '    # why'
	assert_line '  skipped: one: no kernel'
	assert_line '  skipped: two: no reason given'
}

@test "rows of a table are shown, also where all passed" {
	runs 0 '1 passed, 0 failed, 0 skipped' '9 a echo 1..1; echo "# | who  what"; echo "# other"; echo ok 1'
	assert_line '  | who  what'
	refute_line --partial other
}

@test "the names of what failed come last, each once" {
	runs 1 '1 passed, 3 failed, 0 skipped' '9 a echo 1..2; echo not ok 1 first; echo "# why"; echo not ok 2 second
9 b echo 1..1; echo ok 1
9 c true'
	assert_equal "$(printf '%s\n' "${lines[@]: -4:3}")" "$(printf 'not ok %s\n' 'a: first' 'a: second' \
		'c: printed no test, status 0')"
}

@test "all passed is status 0" {
	runs 0 '1 passed, 0 failed, 0 skipped' '9 a echo 1..1; echo ok 1'
}

@test "a whole file can be skipped" {
	runs 0 '0 passed, 0 failed, 1 skipped' '9 a echo "1..0 # skip no qemu"'
	assert_line '  skipped: all: no qemu'
}

@test "no test at all is a failure" {
	runs 1 '0 passed, 1 failed, 0 skipped' '9 a echo hello'
	assert_line '    hello'
	runs 1 '0 passed, 1 failed, 0 skipped' '9 a true'
	runs 1 '0 passed, 0 failed, 0 skipped' ''
}

@test "a command that is not there is a failure" {
	runs 1 '0 passed, 1 failed, 0 skipped' '9 a /nowhere/at/all'
}

@test "fewer tests than planned is a failure, so is no plan" {
	runs 1 '1 passed, 1 failed, 0 skipped' '9 a echo 1..2; echo ok 1'
	runs 1 '1 passed, 1 failed, 0 skipped' '9 a echo ok 1'
}

@test "a death by a signal is a failure" {
	runs 1 '1 passed, 1 failed, 0 skipped' '9 a echo 1..2; echo ok 1; ulimit -c 0; kill -SEGV $$'
}

@test "a bad status after good tests is a failure" {
	runs 1 '1 passed, 1 failed, 0 skipped' '9 a echo 1..1; echo ok 1; exit 3'
}

@test "with SECONDS& it runs beside the next, and is reported first" {
	local dir=$BATS_TEST_TMPDIR

	# Each waits for the other.
	runs 1 '3 passed, 1 failed, 0 skipped' "9& a echo 1..1; touch $dir/a; while [ ! -e $dir/b ]; do sleep 0.1; done; echo ok 1
9 b echo 1..1; touch $dir/b; while [ ! -e $dir/a ]; do sleep 0.1; done; sleep 0.5; echo ok 1
9 c echo 1..1; echo ok 1
1& d sleep 50"
	assert_equal "$(printf '%s\n' "${lines[@]}" | grep -oE '^(ok|FAILED) +[a-d]' | tr -s ' \n' ' ')" \
		'ok a ok b ok c FAILED d '
}

@test "a program that does not end is ended" {
	start=$SECONDS
	runs 1 '1 passed, 1 failed, 0 skipped' '1 a echo 1..2; echo ok 1; sleep 50'
	assert_line '  FAILED: did not end within 1 s, 1 tests ran'
	[ $((SECONDS - start)) -lt 20 ]
}

@test "the runner ended ends what it runs" {
	tests/run <<<"50 a echo \$\$ >$BATS_TEST_TMPDIR/pid; exec sleep 40" >/dev/null &
	runner=$!
	for _ in {1..50}; do
		[ ! -s "$BATS_TEST_TMPDIR/pid" ] || break
		sleep 0.1
	done
	kill "$runner"
	wait "$runner" || true
	for _ in {1..50}; do
		[ -e "/proc/$(<"$BATS_TEST_TMPDIR/pid")" ] || return 0
		sleep 0.1
	done
	return 1
}

@test "escape codes of a test do not reach the terminal" {
	run tests/run <<<'9 a echo 1..1; printf "not ok 1 \033[31mred\n"'
	refute_output --partial $'\033'
}

@test "guests of the lab run two at a time" {
	run bash -c 'list=$(sed -n "/^matching()/,/^}/p; /^list_guest()/,/^}/p; /^list_lab()/,/^}/p" tests/check)
		eval "$list"; word= build=build kernel="uml 6.1 6.12 6.13"; list_lab'
	assert_success
	assert_equal "$(cut -d' ' -f 1,2 <<<"$output" | tr '\n' ' ')" \
		'2500& lab/uml 2500 lab/uml-privilege 2500& lab/6.1 2500 lab/6.12 2500 lab/6.13 '
}

@test "a word that no test has in its name is said" {
	run tests/check -t no-such-test
	assert_failure
	assert_output --partial no-such-test
}
