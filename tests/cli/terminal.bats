#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Output on a terminal: width and colour.

# bats, cli.bash and fixture.bash set these.
# shellcheck disable=SC2154

load cli

setup() {
	command -v script >/dev/null || skip 'script(1) is not installed'
}

# on_terminal COLUMNS WORD...: runs oomctl on a new terminal; output has what it wrote. terminal_env has its environment,
# because a shell with a terminal sets COLUMNS.
terminal_env=()
on_terminal() {
	local columns=$1 words

	shift
	printf -v words '%q ' env -u COLUMNS "${terminal_env[@]}" "$OOMCTL" "$@"
	run timeout 60 script -qefc "stty cols $columns rows 24 -opost; exec $words" /dev/null </dev/null
}

# The widest line in columns, without colour codes.
widest() {
	sed 's/\x1b\[[0-9;]*m//g' <<<"$output" | tr -d '\r' | wc -L
}

# Wide names: escapes, wide characters, plain ones; and wide numbers.
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

@test "no line is wider than other terminals" {
	wide_names
	for columns in 81 100 120 200; do
		TERM=xterm on_terminal "$columns" rank
		assert_success
		echo "$columns: $(widest)"
		(($(widest) <= columns))
	done
}

# Long names, paths, and results, in a log too.
@test "lists and messages fit 60 columns" {
	local file=$BATS_TEST_TMPDIR/kills.log words
	wide_names
	cat tests/logs/6.8-global.log tests/logs/5.10-memcg-v2.log >"$file"
	for words in rank 'rank --all -t 100' "get ${actor_ids[*]:0:10} 1" predict sysctl 'sysctl -o name,value,meaning,now' \
		"log $file" "get --name there-is-no-process-of-this-name" 'sysctl panic_on_oom=9 --dry-run --persist'; do
		# shellcheck disable=SC2086 # words
		TERM=xterm on_terminal 60 $words
		echo "$words: $(widest)"
		((${#lines[@]} >= 2))
		(($(widest) <= 60))
	done
}

@test "truncated text has an ellipsis, and paths keep their end" {
	wide_names
	TERM=dumb on_terminal 60 rank -t 100
	assert_output --partial '…'
	# An escape is whole or missing.
	refute_output --regexp '\\(x[0-9a-f]?)?…'
	TERM=dumb on_terminal 60 log tests/logs/5.10-memcg-v2.log tests/logs/6.8-global.log
	assert_output --regexp '…[a-z]*\.service '
	TERM=dumb on_terminal 60 log --histogram cgroup tests/logs/forms/pod.log
	assert_output --regexp '…[0-9a-f]*\.scope '
	terminal_env=(LC_ALL=C TERM=dumb)
	on_terminal 60 rank -t 100
	assert_output --partial '...'
}

@test "sentences wrap at the width of the terminal" {
	[ "$(id -u)" = 0 ] || skip 'needs root: the sentences of others are longer'
	TERM=dumb on_terminal 40 policy
	(($(widest) <= 40))
	assert_line --partial 'root is limited only by the kernel'
}

@test "COLUMNS overrides the width of the terminal" {
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

@test "colour on a terminal, unless it is turned off" {
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

@test "reports and sentences fit a narrow terminal" {
	local words
	for words in 'log tests/logs/6.8-global.log' 'log tests/logs/5.10-memcg-v2.log' \
		'log tests/logs/5.14-sysrq.log' 'log tests/logs/5.2-cpuset.log' predict "explain $$"; do
		# shellcheck disable=SC2086 # words
		on_terminal 60 $words
		assert_success
		((${#lines[@]} > 5))
		echo "$words: $(widest)"
		(($(widest) <= 60))
	done
}

@test "the tables of a report: names are cut, in a pipe they are whole" {
	local file=$BATS_TEST_TMPDIR/names.log name
	name=$(printf '\377%.0s' {1..15})
	sed "s/ httpd (worker)$/ $name/; s/ httpd$/ $name/" tests/logs/5.10-memcg-v2.log >"$file"
	for columns in 80 70 60; do
		on_terminal "$columns" log "$file"
		assert_success
		assert_line --regexp '^      2 +184M .* 772 (\\xff)+…$'
		assert_line --regexp '^  (\\xff)+…? +3 +377M'
		echo "$columns: $(widest)"
		(($(widest) <= columns))
	done
	# What has no room in 60 columns.
	on_terminal 60 log "$file"
	assert_line --regexp '^  place  points +rss +swap +adj +pid name$'
	run oomctl log "$file"
	assert_line --regexp '^      2 +184M .* 440K +0 +772 (\\xff){15}$'
	assert_line --regexp '^  (\\xff){15} +3 +377M'
}

@test "the help and the lists of columns fit 60 columns, and are not wrapped in a pipe" {
	local script=$BATS_TEST_TMPDIR/help name columns
	# shellcheck disable=SC2016 # The script expands it.
	printf '#!/bin/sh\nfor name in "" $("$OOMCTL" help --tables | sed -n "s/^command.\\([a-z]*\\).*/\\1/p"); do
		"$OOMCTL" help $name\n"$OOMCTL" ${name:-rank} -o help\ndone\n' >"$script"
	run timeout 60 script -qefc "stty cols 60 rows 24 -opost; unset COLUMNS; exec sh $script" /dev/null </dev/null
	((${#lines[@]} > 400))
	echo "width: $(widest)"
	(($(widest) <= 60))
	assert_line --regexp '^      --color WHEN +use colour: auto, always, never$'
	assert_line --regexp '^ {26}\(default: auto\)$'
	# Narrower still, where the texts are below the options and commands.
	for columns in 50 40 30; do
		# shellcheck disable=SC2016 # The script expands it.
		printf '#!/bin/sh\nfor name in "" $("$OOMCTL" help --tables | sed -n "s/^command.\\([a-z]*\\).*/\\1/p"); do
			"$OOMCTL" help $name\ndone\n' >"$script"
		run timeout 60 script -qefc "stty cols $columns rows 24 -opost; unset COLUMNS; exec sh $script" /dev/null </dev/null
		((${#lines[@]} > 400))
		echo "width: $(widest) in $columns"
		(($(widest) <= columns))
	done
	run oomctl rank -o help
	assert_line --regexp '^pid +number +thread that holds the memory: the first, unless it has exited$'
}

@test "--output-all: texts are cut, and no column is missing" {
	local all
	actor_start name "$(hex all)"
	on_terminal 60 get --output-all --color=never "$actor_pid"
	assert_success
	all=$(oomctl get --output-all -r "$actor_pid" | awk 'NR == 1 { print NF }')
	assert_equal "$(wc -w <<<"${lines[0]}")" "$((all - 1))" # The bar has no heading.
	on_terminal 60 get --output-all --color=never "$$"
	assert_output --partial '…'
	(($(widest) < 400))
}

@test "results that are longer than a line are wrapped on a terminal only" {
	actor_start hold 1
	TERM=dumb on_terminal 60 set --dry-run --oom-adj 5 "$actor_pid"
	assert_success
	(($(widest) <= 60))
	TERM=dumb on_terminal 60 sysctl --dry-run panic_on_oom=1 --persist
	(($(widest) <= 60))
	assert_line --regexp '^  [a-z(]'
	run oomctl sysctl --dry-run panic_on_oom=1 --persist
	assert_line --regexp '^panic_on_oom [0-2] -> 1: panic, unless only a cgroup or cpuset is short \(dry run\)$'
}

@test "the sentences of policy fit 60 columns" {
	[ "$(id -u)" = 0 ] || skip 'needs root, to become another user'
	run timeout 60 script -qefc "stty cols 60 rows 24 -opost; unset COLUMNS
		exec setpriv --reuid 65534 --regid 65534 --clear-groups '$OOMCTL' policy" /dev/null </dev/null
	assert_line --regexp '^user [a-z0-9]+ is '
	((${#lines[@]} > 3))
	echo "width: $(widest)"
	(($(widest) <= 60))
}
