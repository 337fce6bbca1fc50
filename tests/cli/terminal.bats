#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# On a terminal: as wide as it is, in colour where that is wanted.

# bats, cli.bash and fixture.bash set these.
# shellcheck disable=SC2154

load cli

setup() {
	command -v script >/dev/null || skip 'script(1) is not installed'
}

# on_terminal COLUMNS WORD...: runs oomctl on a terminal of its own; output has what it wrote there. Set in
# terminal_env: its environment, for a shell that has a terminal sets COLUMNS itself.
terminal_env=()
on_terminal() {
	local columns=$1 words

	shift
	printf -v words '%q ' env -u COLUMNS "${terminal_env[@]}" "$OOMCTL" "$@"
	run timeout 60 script -qefc "stty cols $columns rows 24 -opost; exec $words" /dev/null </dev/null
}

# The widest line, in columns as a terminal counts them, without its codes of colour.
widest() {
	sed 's/\x1b\[[0-9;]*m//g' <<<"$output" | tr -d '\r' | wc -L
}

# Names that take much room: escapes, wide characters, plain ones; big numbers beside them.
wide_names() {
	local name pid

	for name in '\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377' \
		'\344\270\255\346\226\207\344\270\255\346\226\207\344\270\255' 'fifteen-letters' \
		'\033\033\033\033\033\033\033\033\033\033\033\033\033\033\033'; do
		actor_start name "$(hex "$name")"
		echo 1000 >"/proc/$actor_pid/oom_score_adj"
	done
	actor_start crowd 25
	for pid in "${actor_ids[@]}"; do
		echo $((pid % 1001)) >"/proc/$pid/oom_score_adj"
	done
}

@test "no line is wider than 80 columns" {
	wide_names
	for words in '' 'rank' 'rank -t 100' 'rank --all' 'rank -b' 'rank --sort rss'; do
		for term in dumb xterm-256color; do
			# shellcheck disable=SC2086 # words
			TERM=$term on_terminal 80 $words
			assert_success
			((${#lines[@]} > 20))
			echo "$words: $(widest)"
			(($(widest) <= 80))
		done
	done
}

@test "nor wider than other terminals" {
	wide_names
	for columns in 81 100 120 200; do
		TERM=xterm on_terminal "$columns" rank
		assert_success
		echo "$columns: $(widest)"
		(($(widest) <= columns))
	done
}

@test "COLUMNS goes before what the terminal says" {
	wide_names
	terminal_env=(COLUMNS=82 TERM=dumb)
	on_terminal 200 rank
	assert_success
	(($(widest) <= 82))
	refute_line -n 1 --regexp ' (UNIT|CGROUP)'
	terminal_env=(COLUMNS=nonsense TERM=dumb)
	on_terminal 80 rank
	assert_success
	(($(widest) <= 80))
}

@test "a wide terminal shows the unit or the cgroup too" {
	wide_names
	TERM=dumb on_terminal 160 rank
	assert_line -n 1 --regexp ' (UNIT|CGROUP)'
	TERM=dumb on_terminal 80 rank
	refute_line -n 1 --regexp ' (UNIT|CGROUP)'
}

@test "nothing is cut in a pipe" {
	wide_names
	run oomctl rank -t 100
	assert_output --partial 'fifteen-letters'
	assert_output --partial '\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff'
}

@test "colour on a terminal, unless it is not wanted" {
	esc=$'\033['
	TERM=xterm on_terminal 80 rank
	assert_output --partial "$esc"
	TERM=xterm NO_COLOR=1 on_terminal 80 rank
	refute_output --partial "$esc"
	TERM=xterm NO_COLOR='' on_terminal 80 rank
	assert_output --partial "$esc"
	TERM=dumb on_terminal 80 rank
	refute_output --partial "$esc"
	TERM='' on_terminal 80 rank
	refute_output --partial "$esc"
	TERM=xterm on_terminal 80 rank --color=never
	refute_output --partial "$esc"
	TERM=dumb on_terminal 80 rank --color=always
	assert_output --partial "$esc"
}

@test "the line below the list of log is no wider than the list" {
	local file=$BATS_TEST_TMPDIR/kills.log i
	for ((i = 1; i < 6; i++)); do
		echo "May  $i 10:00:00 host kernel: Killed process $i (a-name-of-some-$i) total-vm:9kB, anon-rss:4kB, file-rss:1kB"
	done >"$file"
	for columns in 80 100; do
		on_terminal "$columns" log "$file"
		assert_success
		assert_output --partial '5 kills from'
		assert_output --partial 'others 2'
		echo "$columns: $(widest)"
		(($(widest) <= columns))
	done
}

@test "stories and sentences fit a narrow terminal" {
	local words
	for words in 'log tests/logs/6.8-global.log' 'log tests/logs/5.10-memcg-v2.log' \
		'log tests/logs/5.2-cpuset.log' predict "explain $$"; do
		# shellcheck disable=SC2086 # words
		on_terminal 64 $words
		assert_success
		# Only rows of processes, which end with a name, may be longer.
		output=$(grep -Ev '^[> ] +[-0-9]+ +[-0-9]+ |^ *[0-9]+ +[0-9]+ ' <<<"$output")
		((${#lines[@]} > 5))
		echo "$words: $(widest)"
		(($(widest) <= 64))
	done
}
