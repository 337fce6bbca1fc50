#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/run: what it counts, and that no failure passes. tests/check: what it lists.

bats_load_library bats-support
bats_load_library bats-assert

setup() {
	unset TESTS_END
}

# runs STATUS LAST-LINE LIST [OPTION...]: the list's lines are SECONDS LABEL COMMAND.
runs() {
	run tests/run "${@:4}" <<<"$3"
	assert_equal "$status" "$1"
	assert_equal "${lines[-1]}" "$2"
}

@test "passes, failures and skips are counted; failures and skips are shown" {
	runs 1 '2 passed, 1 failed, 2 skipped' '9 a echo 1..3; echo ok 1; echo ok 2 two; echo not ok 3 bad; echo "# why"
9 b echo 1..2; echo "ok 1 one # skip no kernel"; echo "not ok 2 # SKIP two"'
	assert_line '  FAILED: bad'
	assert_line '    # why'
	assert_line '  skipped: one: no kernel'
	assert_line '  skipped: two: no reason given'
}

@test "rows of a table are shown, also if all tests passed" {
	runs 0 '1 passed, 0 failed, 0 skipped' '9 a echo 1..1; echo "# | who  what"; echo "# other"; echo ok 1'
	assert_line '  | who  what'
	refute_line --partial other
}

@test "the names of failed tests come last, each once" {
	runs 1 '1 passed, 3 failed, 0 skipped' '9 a echo 1..2; echo not ok 1 first; echo "# why"; echo not ok 2 second
9 b echo 1..1; echo ok 1
9 c true' -j 1
	assert_equal "$(printf '%s\n' "${lines[@]: -4:3}")" "$(printf 'not ok %s\n' 'a: first' 'a: second' \
		'c: printed no test, status 0')"
}

@test "after a line wait, the next program starts when all others have ended" {
	local out=$BATS_TEST_TMPDIR/out

	runs 0 '3 passed, 0 failed, 0 skipped' "9 a sleep 1; echo a >>$out; echo 1..1; echo ok 1
9 b echo b >>$out; echo 1..1; echo ok 1
wait
9 c echo c >>$out; echo 1..1; echo ok 1"
	assert_equal "$(sed -n 3p "$out")" c
}

@test "after TESTS_END, programs are skipped, and then the one after a line wait, too" {
	local end

	end=$(($(date +%s) + 2))
	TESTS_END=$end runs 0 '1 passed, 0 failed, 2 skipped' "9 a while ((\$(date +%s) < $end)); do sleep 0.1; done; echo 1..1; echo ok 1
9 b echo 1..1; echo ok 1
wait
9 c echo 1..1; echo ok 1" -j 1
	assert_line --regexp '^\[2/3 .*\] skip   b$'
	assert_line --regexp '^\[3/3 .*\] skip   c$'
	assert_line '  skipped: all: no time is left'
	# It has all that it needs if nothing was skipped.
	TESTS_END=$end runs 0 '1 passed, 0 failed, 0 skipped' "wait
9 c echo 1..1; echo ok 1"
}

@test "all passed is status 0" {
	runs 0 '1 passed, 0 failed, 0 skipped' '9 a echo 1..1; echo ok 1'
}

@test "a whole file can be skipped" {
	runs 0 '0 passed, 0 failed, 1 skipped' '9 a echo "1..0 # skip no qemu"'
	assert_line '  skipped: all: no qemu'
}

@test "a program without tests is a failure" {
	runs 1 '0 passed, 1 failed, 0 skipped' '9 a echo hello'
	assert_line '    hello'
	runs 1 '0 passed, 1 failed, 0 skipped' '9 a true'
	runs 1 '0 passed, 0 failed, 0 skipped' ''
}

@test "a missing command is a failure" {
	runs 1 '0 passed, 1 failed, 0 skipped' '9 a /nowhere/at/all'
}

@test "fewer tests than planned, or no plan, is a failure" {
	runs 1 '1 passed, 1 failed, 0 skipped' '9 a echo 1..2; echo ok 1'
	runs 1 '1 passed, 1 failed, 0 skipped' '9 a echo ok 1'
}

@test "termination by a signal is a failure" {
	runs 1 '1 passed, 1 failed, 0 skipped' '9 a echo 1..2; echo ok 1; ulimit -c 0; kill -SEGV $$'
}

@test "a non-zero status after passed tests is a failure" {
	runs 1 '1 passed, 1 failed, 0 skipped' '9 a echo 1..1; echo ok 1; exit 3'
}

@test "at most -j programs run at a time, and each is reported when it ends" {
	local dir=$BATS_TEST_TMPDIR list

	# Each waits for the other.
	list="9 a echo 1..1; touch $dir/a; while [ ! -e $dir/b ]; do sleep 0.1; done; while [ ! -e $dir/c ]; do sleep 0.1; done; echo ok 1
9 b echo 1..1; touch $dir/b; while [ ! -e $dir/a ]; do sleep 0.1; done; echo ok 1
9 c echo 1..1; touch $dir/c; echo ok 1
1 d sleep 50"
	run tests/run -j 2 <<<"$list"
	assert_failure 1
	assert_equal "${lines[-1]}" '3 passed, 1 failed, 0 skipped'
	# The end of c can be reported after that of a, which it makes possible.
	assert_regex "$(printf '%s\n' "${lines[@]}" | grep -oE '(ok|FAILED) +[a-d] ' | tr -s ' \n' ' ')" \
		'^ok b (ok c ok a|ok a ok c) FAILED d $'
	# With one at a time, b and c would start too late for a.
	rm "$dir"/[abc]
	run tests/run -j 1 <<<"${list/#9/1}"
	assert_line --regexp '^\[1/4 .*FAILED a '
}

@test "progress shows the part, the number of ended programs, the time, and what is running" {
	run tests/run -j 1 <<<'9 a echo 1..1; echo ok 1
9 b echo 1..1; echo ok 1'
	assert_line -n 0 --regexp '^\[1/2 +[0-9]+:[0-9]{2}\] ok +a +1 passed \([0-9]+ s\)$'
	assert_line -n 1 --regexp '^\[2/2 +[0-9]+:[0-9]{2}\] ok +b '
	# It ends when the line has been seen.
	local dir=$BATS_TEST_TMPDIR
	echo "60 long echo 1..1; echo ok 1; until [ -e '$dir/seen' ]; do sleep 0.1; done" >"$dir/list"
	script -qefc "tests/run <'$dir/list'" /dev/null >"$dir/out" 3>&- &
	for _ in {1..300}; do
		! grep -qE '\[0/1 +[0-9]+:[0-9]{2}\] running: long \(1\)' "$dir/out" || break
		sleep 0.1
	done
	touch "$dir/seen"
	wait "$!"
	run cat "$dir/out"
	assert_output --regexp '\[0/1 +[0-9]+:[0-9]{2}\] running: long \(1\)'
}

@test "a part that is killed from outside is a failure" {
	echo "9 a echo 1..1; echo ok 1; kill -KILL \$(ps -o ppid= -p \$PPID)" >"$BATS_TEST_TMPDIR/list"
	run script -qec "tests/run <'$BATS_TEST_TMPDIR/list'" /dev/null
	assert_output --partial 'FAILED a'
	assert_output --partial '1 passed, 1 failed, 0 skipped'
}

@test "a program that exceeds its time is killed" {
	start=$SECONDS
	runs 1 '1 passed, 1 failed, 0 skipped' '1 a echo 1..2; echo ok 1; sleep 50'
	assert_line '  FAILED: did not end within 1 s, 1 tests ran'
	[ $((SECONDS - start)) -lt 20 ]
}

@test "if the runner is terminated, it ends its programs" {
	tests/run <<<"50 a echo \$\$ >$BATS_TEST_TMPDIR/pid; exec sleep 40" >/dev/null &
	runner=$!
	for _ in {1..50}; do
		[ ! -s "$BATS_TEST_TMPDIR/pid" ] || break
		sleep 0.1
	done
	kill "$runner"
	wait "$runner" || true
	has_ended "$(<"$BATS_TEST_TMPDIR/pid")"
}

# has_ended PID: within 10 seconds.
has_ended() {
	for _ in {1..100}; do
		[ -e "/proc/$1" ] || return 0
		sleep 0.1
	done
	return 1
}

@test "if nothing reads the output, the runner ends its programs" {
	local pid=$BATS_TEST_TMPDIR/pid

	tests/run -j 2 <<<"50 a echo \$\$ >$pid; exec sleep 40
50 b until [ -s $pid ]; do sleep 0.1; done; echo 1..1; echo ok 1" > >(true) 3>&- &
	for _ in {1..50}; do
		[ ! -s "$pid" ] || break
		sleep 0.1
	done
	has_ended "$(<"$pid")"
}

@test "escape codes in test output do not reach the terminal" {
	run tests/run <<<'9 a echo 1..1; printf "not ok 1 \033[31mred\n"'
	refute_output --partial $'\033'
}

# listed OPTION...: the labels that tests/check would run.
listed() {
	tests/check -l "$@" >"$BATS_TEST_TMPDIR/list"
	cut -d ' ' -f 2 "$BATS_TEST_TMPDIR/list"
}

# there FOLDER NAME: the files with that name in the folder, without "tests/".
there() {
	find "tests/$1" -maxdepth 1 -name "$2" | sed 's,^tests/,,' | sort
}

# in_guests: the files that the list assigns to UML guests.
in_guests() {
	grep -oE 'lab/[a-z0-9-]+\.bats' "$BATS_TEST_TMPDIR/list" | sort
}

@test "the name of a kind runs all of that kind, and nothing else" {
	assert_equal "$(listed -t unit | sort)" "$(find tests/unit -name '*.c' | sed 's,^tests/,,; s/\.c$//' | sort)"
	assert_equal "$(listed -t cli | sort)" "$(there cli '*.bats' | sed 's/\.bats$//' | sort)"
	assert_equal "$(listed -t lint | cut -d / -f 1 | uniq -c | tr -s ' ')" " $(find tests/lint -type f -executable | wc -l) lint"
	assert_equal "$(listed -t lab)" $'lab/uml\nlab/uml-2'
	assert_equal "$(in_guests)" "$(there lab '*.bats')"
	assert_equal "$(listed -t 'house lint' | cut -d / -f 1 | sort -u | tr '\n' ' ')" 'house lab lint '
	assert_equal "$(listed -s asan -t unit | head -n 1)" "asan/$(listed -t unit | head -n 1)"
}

@test "words are parts of file names, also in the whole lab" {
	assert_equal "$(listed -t recycle)" lab/uml
	assert_equal "$(in_guests)" lab/recycle.bats
	assert_equal "$(listed -t 'rank usage')" $'lab/uml\ncli/rank\ncli/usage'
	assert_equal "$(in_guests)" lab/rank-dump.bats
}

@test "check-all runs every test file" {
	listed -a -s 'lab fuzz house lint cli unit coverage' >/dev/null
	while read -r file; do
		file=${file#tests/}
		grep -qE "[ /]${file%.c}( |\$)" "$BATS_TEST_TMPDIR/list" || fail "$file is not run"
	done < <(find tests -path tests/lab/host/fixtures -prune -o -name '*.bats' -print -o \
		-path 'tests/lint/*' -executable -print -o -path 'tests/unit/*.c' -print)
	assert_equal "$(grep -c ' tests/fuzz/run ' "$BATS_TEST_TMPDIR/list")" "$(there fuzz '*.c' | wc -l)"
}

@test "the report of the coverage comes last" {
	listed -a -s 'coverage lab kernels fuzz' >/dev/null
	assert_equal "$(tail -n 2 "$BATS_TEST_TMPDIR/list")" $'wait\n300 coverage tests/coverage'
	refute [ "$(listed -s coverage -t num | tail -n 1)" = coverage ]
}

@test "the lab files that make check runs exist" {
	run listed
	assert_line lab/uml
	assert_equal "$(in_guests)" "$(sed -n "s/^short_lab='\(.*\)'/\1/p" tests/check | tr ' ' '\n' |
		sed 's,.*,lab/&.bats,' | sort)"
}

@test "each other kernel has one guest, the newest with the tests that UML cannot run" {
	assert_equal "$(listed -s kernels)" $'lab/6.12\nlab/6.1'
	assert_equal "$(in_guests | grep -c rank-dump)" 2
	assert_equal "$(in_guests | grep -c scan)" 1
	grep -q '^.* lab/6.12 env LAB_TAGS=version,beyond-uml .*/scan.bats' "$BATS_TEST_TMPDIR/list"
	grep -q '^.* lab/6.1 env LAB_TAGS=version ' "$BATS_TEST_TMPDIR/list"
	refute grep -q privilege-matrix "$BATS_TEST_TMPDIR/list"
}

@test "the tags of lab tests are known" {
	run grep -rhoE '^# bats (file|test)_tags=.*' tests/lab
	assert_equal "$(sed 's/.*=//' <<<"$output" | sort -u)" $'beyond-uml\nversion'
}

@test "a word that is in no test's name is an error" {
	run tests/check -t no-such-test
	assert_failure
	assert_output --partial no-such-test
}
