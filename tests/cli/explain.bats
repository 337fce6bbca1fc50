#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# explain: on a machine laid out by hand, with 1,000,000 pages of memory, and on the live one.

# bats, cli.bash and fixture.bash set these, and use those.
# shellcheck disable=SC2154,SC2034

load cli
load fixture

setup() {
	fixture_or_skip
}

# big 100000 + 100 pages; mid 50000 + 100 * 1000; small 10000 - 200 * 1000.
machine() {
	fixture_new "${1-6.1.0-test}"
	fixture_process 1 init rss=4000 vm=20000 anon=2000 file=2000 shmem=0 ppid=0 adj=0 score=667
	fixture_process 2 kthreadd ppid=0 adj=0
	fixture_process 4190001 big vm=500000 rss=400000 anon=390000 file=10000 shmem=0 pte=400 swap=0 adj=0 \
		score=733 start=100
	fixture_process 4190002 mid vm=300000 rss=200000 anon=200000 file=0 shmem=0 pte=0 swap=0 adj=100 \
		score=766 start=200 ppid=4190006
	fixture_process 4190003 small vm=100000 rss=40000 anon=40000 file=0 shmem=0 pte=0 swap=0 adj=-200 \
		score=540 start=300 ppid=4190002
	fixture_process 4190004 never vm=90000 rss=80000 anon=80000 file=0 shmem=0 pte=0 swap=0 adj=-1000 start=400
	fixture_process 4190005 dead state='Z (zombie)' adj=0
	fixture_process 4190006 parent vm=30000 rss=4000 anon=4000 file=0 shmem=0 pte=0 swap=0 adj=100 score=734 start=150
}

# explained WORD...: the output, with single blanks, so that columns don't matter.
explained() {
	run --separate-stderr fixture_oomctl explain "$@"
	assert_success
	assert_equal "$stderr" ''
	for line in "${lines[@]}"; do
		((${#line} <= 80))
	done
	output=$(tr -s ' \n' ' ' <<<"$output")
}

@test "the arithmetic, a line a step" {
	machine
	explained 4190001
	assert_output --partial '4190001 (big), user root: number 3 of the 4 that the kernel could kill.'
	assert_output --partial '97500 381M private memory'
	assert_output --partial '+ 2500 9.8M files in memory'
	assert_output --partial '+ 0 0 shared memory'
	assert_output --partial '+ 0 0 swapped out'
	assert_output --partial '+ 100 400K page tables'
	assert_output --partial '= 100100 391M what it holds'
	assert_output --partial '+ 0 0 adj 0: each unit counts 3.9M, a thousandth of RAM and swap, 3.8G'
	assert_output --partial '= 100100 391M points: whoever has the most dies'
	assert_output --partial 'Its score, 733 in /proc/4190001/oom_score, is (1000 + points * 1000 / 1000000) * 2 / 3.'
	explained 4190003
	assert_output --partial '- 200000 781M adj -200'
	assert_output --partial '= -190000 -742M points'
}

# mid, the first, has 150000: big needs 49900 pages or 49.9 units more. Level is enough only for the younger.
@test "what it would take to be first, behind the first, last" {
	machine
	explained 4190001
	assert_output --partial 'first with adj 50 or more'
	assert_output --partial 'safe from dying before 4190002 (mid), the first now: with adj 49 or less'
	assert_output --partial 'growing by 195M (49901 pages) it would be the first'
	# small has -190000: 100100 - 291 * 1000 is below.
	assert_output --partial 'last with adj -291 or less'
	explained 4190002
	assert_output --partial 'first with adj 51 or more, as it is now'
	assert_output --partial 'safe from dying before 4190006 (parent), the second now: with adj 50 or less'
	refute_output --partial 'growing'
	# Level with the first, the younger is taken: 10000 + 140 * 1000 is 150000; below big's 100100 it is with 10000 + 90 * 1000.
	explained 4190003
	assert_output --partial 'first with adj 140 or more'
	assert_output --partial 'growing by 1.3G (340000 pages) it would be the first'
	assert_output --partial 'last with adj 90 or less'
}

@test "why it is never killed" {
	machine
	for case in '1:init:It is the first process, init' '2:kthreadd:It is a part of the kernel' \
		'4190004:never:Its adj is -1000, which means never: since Linux 2.6.36' \
		'4190005:dead:It has ended and holds no memory any more'; do
		IFS=: read -r pid name why <<<"$case"
		explained "$pid"
		assert_output --partial "$pid ($name), user root, is never killed. $why"
		refute_output --partial 'It would be killed'
	done
	# The kernel alone can tell: a score of 0.
	echo 0 >"$fixture/4190002/oom_score"
	explained 4190002
	assert_output --partial 'The kernel passes it over for now'
}

@test "where its adj may come from" {
	machine
	explained 4190002
	assert_output --partial 'Where its adj, 100, may come from: from 4190006 (parent), which has the same: children take it over from their parent'
	explained 4190003
	assert_output --partial 'its parent has another: it was set for this process'
	explained 4190001
	assert_output --partial '0 is what every process has as long as nobody sets another'
}

@test "another count of resident memory, and another era's rules" {
	machine 4.16.0
	sed -i 's/^CapEff:.*/CapEff:\t0000003fffffffff/' "$fixture/4190002/status"
	echo 148 >"$fixture/4190002/oom_score"
	echo 100 >"$fixture/4190001/oom_score"
	echo 0 >"$fixture/4190003/oom_score"
	echo 101 >"$fixture/4190006/oom_score"
	explained 4190002
	assert_output --partial '- 1500 5.9M 3 % are forgiven to root'
	assert_output --partial '= 148500 580M points'
	assert_output --partial 'Its score, 148 in /proc/4190002/oom_score, is points * 1000 / 1000000.'
	explained 4190003
	assert_output --partial '= 1 4.0K points: never less than 1'
}

@test "no PID, two, none that there is, none at all" {
	machine
	run fixture_oomctl explain
	assert_failure 2
	run fixture_oomctl explain 4190001 4190002
	assert_failure 2
	run fixture_oomctl explain x
	assert_failure 2
	run fixture_oomctl explain 4189999
	assert_failure 1
	assert_output 'oomctl: pid 4189999: no such process'
}

@test "on the live machine: itself, a child with an adj of its own, a thread" {
	actor_start crowd 1
	echo 300 >"/proc/${actor_ids[0]}/oom_score_adj"
	run oomctl explain "${actor_ids[0]}"
	assert_success
	assert_line --partial "${actor_ids[0]} (actor), user"
	assert_output --partial 'adj 300: each unit counts'
	assert_output --partial 'its parent has another'
	pages=$(oomctl rank -r --noheadings -o pages "${actor_ids[0]}")
	assert_output --regexp "= +$pages "
}

# Three with one memory, and nobody nearly as big: whichever is asked, they all come first, and follow each other.
@test "those that share its memory change with it: it need not come before them" {
	actor_start share 2
	first=${actor_ids[0]}
	echo 1000 >"/proc/$actor_pid/oom_score_adj"
	assert_equal "$(<"/proc/$first/oom_score_adj")" 1000
	for pid in "$actor_pid" "${actor_ids[@]}"; do
		run oomctl explain "$pid"
		assert_success
		[[ $output != *'the kernel does not tell'* ]] || skip 'no kcmp(2) here'
		assert_line 'Its adj and its death are also those of 2 more, with which it shares its memory.'
		for other in "$actor_pid" "${actor_ids[@]}"; do
			refute_output --regexp "(before|no adj:) $other "
		done
	done
}

@test "those that may share its memory are told of" {
	machine
	fixture_process 4190007 twin vm=500000 rss=400000 anon=390000 file=10000 shmem=0 pte=400 swap=0 adj=0 \
		score=733 start=500
	explained 4190001
	assert_output --partial 'It may share its memory with 1 more, but the kernel does not tell; who does changes and dies with it, which is left out here.'
	explained 4190003
	refute_output --partial 'may share'
}
