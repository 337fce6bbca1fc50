#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# rank against the kernel's own words: every field of its list of processes, and whom it kills.

# shellcheck disable=SC2154 # lib.bash sets them.
load lib

setup() {
	lab_only
	# The tests' own shells are never the victims. What they start inherits that, so each hog has an adj of its own.
	spare_shells
	RANDOM=${SEED:-$$}
	echo "# seed: ${SEED:-$$}"
}

teardown() {
	lab_cleanup
}

spare_shells() {
	local file

	for file in /proc/[0-9]*/oom_score_adj; do
		echo -1000 >"$file" || true
	done
} 2>/dev/null

# pick WORD...: one of them.
pick() {
	picked=${!#}
	shift $((RANDOM % $#))
	picked=$1
}

# random_hog: any size, kind, user, adj and shape.
random_hog() {
	local options=()

	pick 1 2 3 5 8
	options+=(--anon "${picked}M")
	pick 0 0 1 3
	options+=(--file "${picked}M")
	pick 0 0 1 2
	options+=(--shm "${picked}M")
	pick 0 0 -100 -999 -1000 50 400
	options+=(--adj "$picked")
	pick '' '--uid 1234' '--uid 2000000000'
	# shellcheck disable=SC2206 # no word, or two
	options+=($picked)
	pick '' '' '--threads 3' --dead-leader --clone-vm
	# shellcheck disable=SC2206
	options+=($picked)
	pick 'a) b' ' blanks ' 'x,y=(z' plain
	options+=(--name "$picked")
	hog_start "${options[@]}"
}

# rows <LIST: of a list of processes, one a line, as "pid rest": without what stands before, in order.
rows() {
	sed -n 's/^\[ *\([0-9]*\)\] *\(.*\)/\1 \2/p'
}

# kill_and_compare: asks rank, has the kernel kill, and compares. Sets victim.
kill_and_compare() {
	local report=$BATS_TEST_TMPDIR/report dir=$BATS_TEST_TMPDIR mark shells=" $$ $BASHPID "

	# What runs meanwhile changes: this shell, and what it starts.
	echo 1 >/proc/sys/kernel/sysrq
	mark=$(kernel_log_mark)
	"$OOMCTL" rank --format kernel --sort start >"$dir/rank"
	first=$("$OOMCTL" rank -t 1 -r --noheadings -o tgid)
	echo f >/proc/sysrq-trigger
	oom_report "$mark" >"$report"
	rows <"$dir/rank" >"$dir/rank.rows"
	rows <"$report" >"$dir/kernel.rows"
	[ -s "$dir/kernel.rows" ]
	# The heading is the kernel's too.
	grep -F '[  pid  ]' "$report" | cmp - <(grep -F '[  pid  ]' "$dir/rank")
	awk -v shells="$shells" 'NR == FNR { theirs[$1]; next }
		$1 in theirs && index(shells, " " $1 " ") == 0' "$dir/kernel.rows" "$dir/rank.rows" >"$dir/ours"
	awk -v shells="$shells" 'NR == FNR { ours[$1]; next }
		$1 in ours && index(shells, " " $1 " ") == 0' "$dir/rank.rows" "$dir/kernel.rows" >"$dir/theirs"
	# Same rows, same fields, same order.
	diff "$dir/ours" "$dir/theirs"
	compared=$(wc -l <"$dir/theirs")
	victim=$(sed -n 's/^oom-kill:.*,pid=\([0-9]*\),uid=.*/\1/p' "$report" | head -n 1)
	[ "$victim" = "$first" ]
}

@test "rank-dump: random hogs, field by field and victim by victim" {
	swap_on
	for _ in {1..10}; do
		random_hog
	done
	hog_start --adj 0 --anon 9M
	hog_start --adj 0 --anon 7M
	for _ in {1..5}; do
		kill_and_compare
		[ "$compared" -ge 8 ]
		hog_start --adj 0 --anon 3M
	done
}

@test "rank-dump: of equals the youngest dies, and rank says so" {
	pids=()
	for _ in 1 2 3 4; do
		hog_start --adj 0 --anon 6M
		pids+=("$hog_pid")
	done
	for round in 3 2 1; do
		kill_and_compare
		[ "$victim" = "${pids[round]}" ]
		hog_wait "$victim"
	done
	kill -0 "${pids[0]}"
}

@test "rank-dump: adj moves a small one to the front, and -1000 takes a big one out" {
	hog_start --adj 0 --anon 20M
	big=$hog_pid
	hog_start --adj 0 --anon 10M
	middle=$hog_pid
	hog_start --adj 0 --anon 2M
	small=$hog_pid
	"$OOMCTL" set -q 700 "$small"
	"$OOMCTL" set -q -1000 "$big"
	kill_and_compare
	[ "$victim" = "$small" ]
	kill_and_compare
	[ "$victim" = "$middle" ]
	kill -0 "$big"
	! "$OOMCTL" rank -r --noheadings -o tgid --all | grep -qx "$big"
}
