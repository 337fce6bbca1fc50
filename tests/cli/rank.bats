#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# rank: the live machine, in all formats.

# bats and cli.bash set these; jq and the inner shells expand theirs.
# shellcheck disable=SC2154,SC2016

load cli

# Enough processes for any list, all ranked before the machine's own: raising adj needs no privilege.
crowd_ahead() {
	local pid

	actor_start crowd "$1"
	for pid in "${actor_ids[@]}"; do
		echo 900 >"/proc/$pid/oom_score_adj"
	done
}

@test "without options: a status line, headings, and the first 20" {
	alone_or_skip
	crowd_ahead 30
	run --separate-stderr oomctl rank
	assert_success
	assert_equal "$stderr" ''
	assert_equal "${#lines[@]}" 22
	assert_line -n 0 --regexp '^RAM [0-9.]+[KMGT] of [0-9.]+[KMGT] used, (no swap|swap [0-9.]+[BKMGT]? of [0-9.]+[KMGT])(, OOM kills since boot: [0-9]+)?(, [a-z_]+=[0-9]+)*$'
	assert_line -n 1 --regexp '^ *# +PID +USER +NAME +SCORE +ADJ +POINTS +RSS +SWAP +PGTABLES *$'
	for i in {1..20}; do
		read -r place pid _ name _ adj _ <<<"${lines[i + 1]}"
		assert_equal "$place" "$i"
		assert_equal "$name" actor
		assert_equal "$adj" 900
		[[ " ${actor_ids[*]} " == *" $pid "* ]]
	done
}

@test "the status line agrees with /proc" {
	run oomctl rank -t 1
	if [[ $(sed -n 's/^SwapTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo) == 0 ]]; then
		assert_line -n 0 --partial 'no swap'
	else
		assert_line -n 0 --partial ', swap '
	fi
	kills=$(sed -n 's/^oom_kill //p' /proc/vmstat)
	if [[ -n $kills ]]; then
		assert_line -n 0 --partial "OOM kills since boot: $kills"
	fi
	for key in panic_on_oom oom_kill_allocating_task; do
		value=$(<"/proc/sys/vm/$key")
		if [[ $value == 0 ]]; then
			refute_line -n 0 --partial "$key"
		else
			assert_line -n 0 --partial "$key=$value"
		fi
	done
}

@test "without a command, oomctl runs rank" {
	crowd_ahead 25
	run oomctl
	assert_success
	assert_equal "${#lines[@]}" 22
	run oomctl -t 3 --noheadings
	assert_success
	assert_equal "${#lines[@]}" 3
}

@test "-t N shows the first N" {
	crowd_ahead 25
	for n in 1 7 25; do
		for option in "-t $n" "-t$n" "--top $n" "--top=$n"; do
			# shellcheck disable=SC2086 # one or two words
			run oomctl rank $option --noheadings -o place
			assert_success
			assert_equal "$(tr -d ' ' <<<"$output" | tr '\n' ' ')" "$(seq -s ' ' "$n") "
		done
	done
}

@test "--all shows every process, unkillable ones last, with the reason" {
	actor_start crowd 40
	actor_start zombie
	zombie=${actor_ids[0]}
	# Processes that existed before and after.
	before=$(printf '%s\n' /proc/[0-9]* | sed 's,/proc/,,')
	run oomctl rank --all -J -o +tgid
	assert_success
	seen=$(json '.processes[].tgid')
	for pid in $before; do
		grep -qx "$pid" <<<"$seen" || [[ ! -e /proc/$pid ]] || {
			head -n 7 "/proc/$pid/status"
			return 1
		}
	done
	# First those with ranks 1, 2, 3..., then those without.
	assert_equal "$(json '[.processes[].place] | index(null) as $n | .[:$n] == [range(1; $n + 1)]')" true
	assert_equal "$(json '[.processes[].place] | index(null) as $n | .[$n:] | unique == [null]')" true
	assert_equal "$(json '[.processes[] | (.place == null) == (.reason != null)] | all')" true
	assert_equal "$(json ".processes[] | select(.pid == $zombie) | .reason")" 'has exited (zombie)'
}

@test "without --all, unkillable processes are not shown" {
	actor_start zombie
	run oomctl rank -t 100000 --noheadings -o tgid
	assert_success
	refute_line --regexp "^ *${actor_ids[0]}\$"
}

@test "processes are in the order of points, and ranks are consecutive" {
	actor_start crowd 60
	run oomctl rank -t 100000 -J -o place,points
	assert_success
	assert_equal "$(json '[.processes[].place] == [range(1; (.processes | length) + 1)]')" true
	assert_equal "$(json '[.processes[].points] | . == (sort | reverse)')" true
}

@test "-o chooses columns, +LIST adds some, --output-all shows all" {
	run oomctl rank -t 1 -o name,PID
	assert_success
	assert_line -n 1 --regexp '^NAME +PID$'
	run oomctl rank -t 1 -r -o +tgid,ppid
	assert_success
	assert_line -n 0 'PLACE PID USER NAME SCORE ADJ POINTS RSS SWAP PGTABLES TGID PPID'
	run oomctl rank -t 1 -r --output-all
	assert_success
	assert_equal "$(wc -w <<<"${lines[0]}")" "$(wc -w <<<"${lines[1]}")"
	for column in PLACE PID TGID PPID USER UID NAME STATE THREADS SCORE ADJ OOM_SCORE_ADJ OOM_ADJ \
		POINTS SHARE TOTAL_VM RSS RSS_ANON RSS_FILE RSS_SHMEM SWAP PGTABLES UNIT \
		CGROUP START; do
		[[ " ${lines[0]} " == *" $column "* ]]
	done
}

@test "a cgroup is read once, even if shown and sorted by" {
	local log=$BATS_TEST_TMPDIR/strace list count
	strace_or_skip
	for list in pid,unit,cgroup pid; do
		strace -qq -f -e trace=openat,openat2 -o "$log" \
			"$OOMCTL" rank --scan=proc --sort unit -o "$list" "$$" >/dev/null
		count=$(grep -c "[/\"]$$/cgroup" "$log" || true)
		assert_equal "$list $count" "$list 1"
	done
	# If it is not shown, it is not read.
	strace -qq -f -e trace=openat,openat2 -o "$log" "$OOMCTL" rank --scan=proc -o pid "$$" >/dev/null
	run ! grep "[/\"]$$/cgroup" "$log"
}

@test "an unknown column is an error, and nothing is shown" {
	for list in nope pid,nope +nope 'pid,' ''; do
		run --separate-stderr oomctl rank -o "$list"
		assert_failure 2
		assert_equal "$output" ''
		[[ $stderr == *"unknown column '"* ]]
	done
	[[ $stderr == *"'oomctl rank -o help' lists the columns" ]]
}

@test "--sort by any column, ascending or descending" {
	alone_or_skip
	actor_start crowd 30
	for key in pid +pid; do
		run oomctl rank --sort "$key" --noheadings -o pid
		assert_success
		assert_equal "$output" "$(sort -n <<<"$output")"
	done
	run oomctl rank --sort -pid --noheadings -o pid -t 100000
	assert_success
	assert_equal "$output" "$(sort -rn <<<"$output")"
	run oomctl rank --sort name -r --noheadings -o name -t 100000
	assert_success
	assert_equal "$output" "$(LC_ALL=C sort <<<"$output")"
	run oomctl rank --sort rss -r --noheadings -o rss -t 100000
	assert_success
	assert_equal "$output" "$(sort -rn <<<"$output")"
	run oomctl rank --sort +rss -r --noheadings -o rss -t 100000
	assert_success
	assert_equal "$output" "$(sort -n <<<"$output")"
	run --separate-stderr oomctl rank --sort nope
	assert_failure 2
	[[ $stderr == *"unknown column 'nope'"* ]]
}

@test "--sort chooses from all processes, not from the first by points" {
	alone_or_skip
	actor_start crowd 60
	last=${actor_ids[-1]}
	run oomctl rank --sort -pid -t 1 --noheadings -o pid
	assert_success
	# Processes that started meanwhile have higher PIDs.
	((output >= last)) || ((last > $(</proc/sys/kernel/pid_max) - 5000))
}

@test "-r has one word per cell in every row" {
	actor_start name "$(hex 'a b\tc')"
	for options in '-r' '-r --all' '-r --output-all --all' '-r --noheadings'; do
		# shellcheck disable=SC2086 # words
		run oomctl rank $options
		assert_success
		words=$(wc -w <<<"${lines[0]}")
		for line in "${lines[@]}"; do
			assert_equal "$(wc -w <<<"$line")" "$words"
			refute [ "$line" != "${line%% }" ]
			[[ $line != *'  '* && $line != ' '* ]]
		done
	done
}

@test "-J is one object with one array and decided_by, numbers as numbers, and null for unknown values" {
	actor_start zombie
	run oomctl rank --all -J --output-all
	assert_success
	json . >/dev/null
	assert_equal "$(json 'keys | join(" ")')" 'decided_by processes'
	for key in pid tgid ppid uid score; do
		assert_equal "$(json "[.processes[].$key | type] | unique | join(\" \")")" number
	done
	for key in name user state; do
		assert_equal "$(json "[.processes[].$key | type] | unique | join(\" \")")" string
	done
	of_zombie=".processes[] | select(.tgid == ${actor_ids[0]})"
	for key in place points rss total_vm; do
		assert_equal "$(json "$of_zombie | .$key")" null
	done
	assert_equal "$(json "$of_zombie | .state")" Z
	assert_equal "$(json '[.processes[] | keys_unsorted | join(",")] | unique | length')" 1
}

@test "-b shows bytes, and so do raw and JSON" {
	actor_start hold 7
	run oomctl rank "$actor_pid" -b --noheadings -o rss
	assert_success
	bytes=${output// /}
	((bytes >= 7 << 20 && bytes < 40 << 20 && bytes % 1024 == 0))
	run oomctl rank "$actor_pid" -r --noheadings -o rss
	assert_output "$bytes"
	run oomctl rank "$actor_pid" -J -o rss
	assert_equal "$(json '.processes[0].rss')" "$bytes"
	run oomctl rank "$actor_pid" --noheadings -o rss
	assert_output --regexp '^ *[0-9.]+M$'
}

@test "--noheadings omits both lines" {
	run oomctl rank -t 2 --noheadings
	assert_success
	assert_equal "${#lines[@]}" 2
	assert_line -n 0 --regexp '^ *1 '
}

@test "no color in a pipe without --color=always" {
	esc=$'\033'
	run oomctl rank -t 3
	refute_output --partial "$esc"
	run oomctl rank -t 3 --color=always
	assert_output --partial "${esc}["
	run oomctl rank -t 3 --color=never
	refute_output --partial "$esc"
	run oomctl rank -t 3 --color=auto
	refute_output --partial "$esc"
	# An explicit option overrides NO_COLOR.
	NO_COLOR=1 run oomctl rank -t 3 --color=always
	assert_output --partial "${esc}["
	for form in -r -J '--format kernel'; do
		# shellcheck disable=SC2086 # one or two words
		run oomctl rank -t 3 --color=always $form
		refute_output --partial "$esc"
	done
	run oomctl rank --color=sometimes
	assert_failure 2
	assert_output --partial "'sometimes'"
}

@test "invalid numbers for --top" {
	for n in 0 -1 x '' 1x 99999999999999999999; do
		run --separate-stderr oomctl rank --top="$n"
		assert_failure 2
		assert_equal "$output" ''
		[[ $stderr == *"'$n'"* ]]
	done
}
