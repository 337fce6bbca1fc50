#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Standard input, output, and error that are full, closed, or broken.

# bats and cli.bash set these; jq and the inner shells expand theirs.
# shellcheck disable=SC2154,SC2016

load cli

forms=('rank' 'rank --all --raw' 'rank -J' 'rank --format kernel' 'get 1' 'help' 'help rank' '--help'
	'--version' 'help --tables')

@test "a full disk is an error with status 4" {
	for form in "${forms[@]}"; do
		# shellcheck disable=SC2086 # words
		run bash -c '"$@" >/dev/full' _ timeout 60 "$OOMCTL" $form
		assert_failure 4
		assert_output 'oomctl: cannot write to standard output: No space left on device'
	done
}

@test "a closed pipe is silent" {
	actor_start crowd 300
	mkfifo "$BATS_TEST_TMPDIR/err.gone"
	for form in 'rank --all --raw' 'rank --all -J' 'rank --all --format kernel' 'rank --all'; do
		# The reader exits before anything is written.
		# shellcheck disable=SC2086 # words
		run bash -c '{ read -r _ <"$0.gone"; exec "$@"; } 2>"$0" | { exec <&-; echo >"$0.gone"; }; cat "$0"' \
			"$BATS_TEST_TMPDIR/err" timeout 60 "$OOMCTL" $form
		assert_output ''
		# It exits in the middle.
		# shellcheck disable=SC2086 # words
		run bash -c '"$@" 2>"$0" | head -c 1 >/dev/null; cat "$0"' "$BATS_TEST_TMPDIR/err" \
			timeout 60 "$OOMCTL" $form
		assert_output ''
	done
}

@test "a closed pipe is silent also if SIGPIPE is ignored" {
	actor_start crowd 300
	run bash -c 'trap "" PIPE; timeout 60 "$1" rank --all --raw 2>"$2" | head -c 1 >/dev/null; cat "$2"' _ \
		"$OOMCTL" "$BATS_TEST_TMPDIR/err"
	assert_output ''
}

# With 0, 1, and 2 closed in all combinations: files opened later must not be used in their place.
@test "closed standard descriptors do no harm" {
	actor_start hold 1
	for closed in '<&-' '>&-' '2>&-' '<&- >&-' '<&- 2>&-' '>&- 2>&-' '<&- >&- 2>&-'; do
		for form in "rank $actor_pid" "get $actor_pid" 'rank -J' '--help' 'get x'; do
			out=$BATS_TEST_TMPDIR/out err=$BATS_TEST_TMPDIR/err
			true >"$out"
			true >"$err"
			status=0
			eval "timeout 60 \"\$OOMCTL\" $form >\"\$out\" 2>\"\$err\" $closed" || status=$?
			if [[ $form == 'get x' ]]; then
				assert_equal "$status" 2
				[[ $closed == *'2>&-'* ]] || grep -q "'x' is not a PID" "$err"
			elif [[ $closed == *' >&-'* || $closed == '>&-'* ]]; then
				assert_equal "$status" 4
				[[ $closed == *'2>&-'* ]] || grep -q 'cannot write to standard output' "$err"
			else
				assert_equal "$status" 0
				[[ -s $out ]]
			fi
			# Output and errors are not mixed.
			if [[ $closed == *'2>&-'* ]]; then
				[[ ! -s $err ]]
				refute grep -q 'oomctl: ' "$out"
			fi
			refute grep -q 'RAM ' "$err"
		done
	done
}

# Files opened for reading now could be opened for writing in a later version.
@test "no file gets the number of a closed descriptor" {
	log=$BATS_TEST_TMPDIR/log
	strace_or_skip
	for closed in '<&-' '>&-' '2>&-' '<&- >&- 2>&-'; do
		strace -o "$log" -e trace=open,openat bash -c "exec \"\$0\" rank $closed" "$OOMCTL" >/dev/null 2>&1 || true
		grep -q '"/proc", .* = [0-9]' "$log"
		refute grep -E '"(/proc|[0-9]+/[a-z_]+|meminfo|vmstat|sys/[a-z_/]+)".* = [012]$' "$log"
	done
}

# The loader needs one descriptor and /proc uses it, so none is left for the files in it.
@test "without free descriptors an error is printed, not an empty list" {
	run -4 --separate-stderr bash -c 'exec 3>&-; ulimit -n 4; exec "$1" rank' _ "$OOMCTL"
	assert_equal "$output" ''
	assert_equal "$stderr" 'oomctl: cannot read /proc: Too many open files'
}

@test "a reader that exits does not stop set half-way" {
	actor_start crowd 1500
	for words in 'set 102' 'set --by 1'; do
		# shellcheck disable=SC2086 # words
		run bash -c '"$@" 2>/dev/null | head -n 1 >/dev/null; echo "${PIPESTATUS[0]}"' _ "$OOMCTL" $words "${actor_ids[@]}"
		assert_output 141
		run bash -c 'for pid; do echo "$(<"/proc/$pid/oom_score_adj")"; done | uniq -c' _ "${actor_ids[@]}"
		assert_output --regexp '^ *1500 [0-9]+$'
	done
	assert_output --regexp ' 103$'
}
