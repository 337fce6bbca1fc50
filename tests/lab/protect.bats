#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# protect and run with a real OOM killer, and the warnings of protect.

# bats and lib.bash set these, each test in a shell of its own; the inner shells expand theirs.
# shellcheck disable=SC2154,SC2030,SC2031,SC2016

bats_require_minimum_version 1.5.0
load lib

setup() {
	lab_only
	rm -rf /run/oomctl
}

teardown() {
	lab_cleanup
	rm -rf /run/oomctl
}

# reads PID ADJ: the process has this adj.
reads() {
	[ "$(cat "/proc/$1/oom_score_adj")" = "$2" ]
}

# The warnings of the last run, except the note about children.
warnings() {
	grep -vE '^oomctl: children forked (from now on|later would) inherit the new adj$' <<<"$stderr"
}

@test "protect: of two equal hogs, the other is killed" {
	lab_needs log
	hog_start --anon 30M
	one=$hog_pid
	hog_start --anon 30M
	# The victim is the younger hog, unless a page or two makes a difference.
	doomed=$("$OOMCTL" rank -t 1 -r --noheadings -o tgid)
	((doomed == one)) && other=$hog_pid || other=$one
	[[ " $one $hog_pid " == *" $doomed "* ]]
	"$OOMCTL" protect "$doomed"
	[ "$("$OOMCTL" rank -t 1 -r --noheadings -o tgid)" = "$other" ]
	[ "$(sysrq_oom | oom_victim)" = "$other" ]
	hog_wait "$other"
	[ "$hog_status" = 137 ]
	kill -0 "$doomed"
}

@test "protect: a protected process is killed last, but it is killed" {
	cgroup_make last memory.max=30M memory.swap.max=0
	hog_start --cgroup "$cgroup_path" --anon 8M --name bystander
	bystander=$hog_pid
	hog_start --cgroup "$cgroup_path" --anon 8M --grow 40M --name eater
	"$OOMCTL" protect "$hog_pid"
	kill -USR1 "$hog_pid"
	hog_wait "$hog_pid"
	[ "$hog_status" = 137 ]
	hog_wait "$bystander"
	[ "$hog_status" = 137 ]
}

@test "protect --never: not killed, even if other kills free too little" {
	lab_needs log
	hog_start --anon 50M
	"$OOMCTL" protect -q --never "$hog_pid"
	reads "$hog_pid" -1000
	big=$hog_pid
	hog_start --anon 5M
	[ "$(sysrq_oom | oom_victim)" = "$hog_pid" ]
	kill -0 "$big"
}

@test "run -n 1000: a small process is killed before a big one" {
	lab_needs log
	hog_start --anon 50M
	ready=$BATS_TEST_TMPDIR/ready
	"$OOMCTL" run -n 1000 -- "$lab_helpers/hog" --anon 4M --ready "$ready" >/dev/null 3>&- &
	small=$!
	lab_pids+=("$small")
	eventually test -s "$ready"
	reads "$small" 1000
	[ "$(sysrq_oom | oom_victim)" = "$small" ]
	hog_wait "$small"
	[ "$hog_status" = 137 ]
	kill -0 "$hog_pid"
}

@test "run --protect and --never: COMMAND starts with that adj" {
	run "$OOMCTL" run --protect cat /proc/self/oom_score_adj
	[ "$status" = 0 ]
	[ "$output" = -999 ]
	run "$OOMCTL" run --never -- sh -c 'cat /proc/self/oom_score_adj; exit 9'
	[ "$status" = 9 ]
	[ "$output" = -1000 ]
	run setpriv --reuid 1234 --regid 1234 --clear-groups "$OOMCTL" run -n -1 true
	[ "$status" = 125 ]
	[[ $output == *": cannot set adj to -1: Permission denied"* ]]
}

@test "protect: a process at -1000 stays there, and no value is ever raised" {
	hog_start --adj -1000
	for options in --dry-run '' -q; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr -0 "$OOMCTL" protect $options "$hog_pid"
		[ -z "$(warnings)" ]
		[[ $options == -q && -z $output ]] ||
			[ "$output" = "pid $hog_pid (hog): adj -1000 -> -1000 (already protected more)" ]
		reads "$hog_pid" -1000
	done
	run -0 "$OOMCTL" protect --never "$hog_pid"
	for adj in -999 5; do
		for options in --dry-run -q; do
			run --separate-stderr -1 "$OOMCTL" protect "$options" -n "$adj" "$hog_pid"
			[ -z "$output" ]
			[ "$stderr" = "oomctl: pid $hog_pid (hog): adj -1000 is unchanged: $adj would protect less; use 'oomctl set' to raise it" ]
			reads "$hog_pid" -1000
		done
	done
	# Other targets are still changed.
	other=$hog_pid
	hog_start
	run --separate-stderr -0 "$OOMCTL" protect --name '^hog$'
	reads "$other" -1000
	reads "$hog_pid" -999
}

@test "protect: for an ordinary user no record is written" {
	hog_start --uid 1234 --adj 100
	# As the owner, whose write does not move the floor.
	setpriv --reuid 1234 --regid 1234 --clear-groups "$OOMCTL" set -q 400 "$hog_pid"
	run --separate-stderr setpriv --reuid 1234 --regid 1234 --clear-groups "$OOMCTL" protect -n 300 "$hog_pid"
	[ "$status" = 0 ]
	[ "$output" = "pid $hog_pid (hog): adj 400 -> 300" ]
	[ ! -e /run/oomctl ]
	run setpriv --reuid 1234 --regid 1234 --clear-groups "$OOMCTL" unprotect "$hog_pid"
	[ "$status" = 1 ]
	[ "${lines[0]}" = "oomctl: pid $hog_pid (hog): no saved value: adj 300 is unchanged" ]
	reads "$hog_pid" 300
}

@test "protect --never: a warning if the targets hold more than half of RAM" {
	ram_kib=$(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo)
	hog_start --anon $((ram_kib * 55 / 100))K
	run --separate-stderr "$OOMCTL" protect --never --dry-run "$hog_pid"
	[[ $stderr == 'oomctl: the targets hold '*', more than half of RAM plus swap: '* ]]
	run --separate-stderr "$OOMCTL" protect --dry-run "$hog_pid"
	[ -z "$(warnings)" ]
	kill -KILL "$hog_pid"
	hog_wait "$hog_pid"
	hog_start --anon $((ram_kib * 40 / 100))K
	run --separate-stderr "$OOMCTL" protect --never --dry-run "$hog_pid"
	[ -z "$(warnings)" ]
}

# bats test_tags=beyond-uml
@test "protect --never: shared memory counts once" {
	[[ $LAB_KERNEL != uml ]] || skip 'this kernel has no kcmp(2)'
	ram_kib=$(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo)
	hog_start --anon $((ram_kib * 35 / 100))K --clone-vm
	run --separate-stderr "$OOMCTL" protect --never --dry-run --tree "$hog_pid"
	[ "${#lines[@]}" = 2 ]
	[ -z "$(warnings)" ]
}

@test "protect --never: a warning if no killable process would remain" {
	run --separate-stderr "$OOMCTL" protect --never --dry-run --name .
	[[ $stderr == *'oomctl: no killable process would remain: if memory runs out, the kernel panics'* ]]
	hog_start --uid 1234
	run --separate-stderr "$OOMCTL" protect --never --dry-run --user root
	[[ $stderr != *'no killable process'* ]]
	"$OOMCTL" set -q -1000 "$hog_pid"
	run --separate-stderr "$OOMCTL" protect --never --dry-run --user root
	[[ $stderr == *'no killable process'* ]]
}

@test "protect --never: a warning if a cgroup with a limit would have no killable process" {
	warning='has a limit and would contain no killable process'
	cgroup_make limited memory.max=50M
	hog_start --cgroup "$cgroup_path"
	one=$hog_pid
	run --separate-stderr "$OOMCTL" protect --never --dry-run "$one"
	[[ $stderr == "oomctl: cgroup /limited $warning"* ]]
	hog_start --cgroup "$cgroup_path"
	run --separate-stderr "$OOMCTL" protect --never --dry-run "$one"
	[ -z "$(warnings)" ]
	run --separate-stderr "$OOMCTL" protect --never --dry-run "$one" "$hog_pid"
	[[ $stderr == "oomctl: cgroup /limited $warning"* ]]
	[ "$(grep -c "$warning" <<<"$stderr")" = 1 ]
	"$OOMCTL" set -q -1000 "$hog_pid"
	run --separate-stderr "$OOMCTL" protect --never --dry-run "$one"
	[[ $stderr == "oomctl: cgroup /limited $warning"* ]]
}

@test "set: the same warnings for adj -1000 as protect --never, and only for -1000" {
	cgroup_make limited memory.max=50M
	hog_start --cgroup "$cgroup_path" --adj -900
	run --separate-stderr "$OOMCTL" protect --never --dry-run "$hog_pid"
	expected=$stderr
	[[ $expected == 'oomctl: cgroup /limited has a limit and would contain no killable process'* ]]
	for words in -1000 '--oom-adj -17' '--by -100' '--by -2000' '-n -1000'; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr "$OOMCTL" set --dry-run $words "$hog_pid"
		[ "$stderr" = "$expected" ]
	done
	for words in -999 '--oom-adj -16' '--by -99' '--by 100'; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr "$OOMCTL" set --dry-run $words "$hog_pid"
		[ -z "$(warnings)" ]
	done
}

@test "protect, set: a note that children inherit the adj, once per run" {
	note='oomctl: children forked from now on inherit the new adj'
	hog_start
	first=$hog_pid
	hog_start
	for words in 'set -5' protect 'set --by -1'; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr -0 "$OOMCTL" $words "$first" "$hog_pid"
		[ "$stderr" = "$note" ]
	done
	# Not if nothing is lowered.
	for words in 'set --by -1' protect 'set -1000' 'protect -n -1000' 'set -5' 'set 0' 'set -q -5' unprotect; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr "$OOMCTL" $words "$first" "$hog_pid"
		[[ $stderr != *inherit* ]]
	done
	for words in 'set -100' protect; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr -0 "$OOMCTL" $words --dry-run "$first"
		[ "$stderr" = 'oomctl: children forked later would inherit the new adj' ]
	done
	run --separate-stderr "$OOMCTL" protect --dry-run "$first" -n -5
	[[ $stderr != *inherit* ]]
}

@test "protect --never: the limit can belong to a parent cgroup" {
	cgroup_make outer memory.max=50M
	outer=$cgroup_path
	echo +memory >"$outer/cgroup.subtree_control"
	cgroup_make outer/inner
	hog_start --cgroup "$cgroup_path"
	run --separate-stderr "$OOMCTL" protect --never --dry-run "$hog_pid"
	[[ $stderr == 'oomctl: cgroup /outer has a limit'* ]]
	echo max >"$outer/memory.max"
	run --separate-stderr "$OOMCTL" protect --never --dry-run "$hog_pid"
	[ -z "$(warnings)" ]
}
