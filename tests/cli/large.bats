#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Large machines, as fixtures: thousands of processes and cgroups, 4 TiB, 1,024 CPUs, PIDs up to the highest.

# bats, cli.bash and fixture.bash set these, and use those.
# shellcheck disable=SC2154,SC2034

load cli
load fixture

setup() {
	fixture_or_skip
}

# 3,000 equal small processes, and some large ones after them.
many() {
	fixture_new 6.1.0-test
	fixture_process 1 init rss=4000 vm=20000 anon=2000 file=2000 shmem=0 ppid=0 adj=0 score=667
	fixture_process 5000000 small vm=20000 rss=4000 anon=2000 file=2000 shmem=0 pte=40 swap=0 adj=0 score=667 start=1000
	fixture_copies 5000000 2999
	for i in {1..16}; do
		fixture_process $((5009000 + i)) "big$i" vm=$((i * 100000)) rss=$((i * 40000)) anon=$((i * 40000)) file=0 shmem=0 pte=400 swap=0 \
			adj=0 score=$((666 + i * 20 / 3)) start=$((9000 + i))
	done
}

# Also with one killable process more, because a change makes all processes candidates.
@test "predict among thousands: few processes are kept, and the result is the same as with all" {
	columns=place,pid,name,points,next,margin,dies,kill_set,frees,sure,doubt,rivals
	many
	run --separate-stderr fixture_oomctl predict -v -J -o "$columns"
	assert_success
	few=$output
	read -r found kept < <(sed -n 's/^oomctl: \([0-9]*\) processes found, \([0-9]*\) read in detail$/\1 \2/p' <<<"$stderr")
	[ "$found" -eq 3017 ]
	[ "$kept" -lt 1500 ]
	run --separate-stderr fixture_oomctl predict -v -J -o "$columns" --if 5000000=0
	assert_success
	[[ $stderr == *'3017 processes found, 3017 read in detail'* ]]
	[ "$few" = "$output" ]
	output=$few
	assert_equal "$(json '[.victims[] | [.pid, .sure]] | tojson')" \
		'[[5009016,"certain"],[5009015,"certain"],[5009014,"certain"],[5009013,"certain"],[5009012,"certain"]]'
}

# Each thread may change 1 GiB in a second, so that so many could have reached the victims within a millisecond.
@test "predict among thousands: a process with many threads matters only if they run" {
	columns=place,pid,points,next,margin,dies,sure,doubt,rivals
	fixture_cpus=1024
	many
	fixture_process 5008000 least vm=20000 rss=400 anon=400 file=0 shmem=0 pte=40 swap=0 adj=0 score=667 start=5000
	threads=("$fixture/5008000/task"/{5100000..5100799})
	sed -i 's/^Threads:.*/Threads:\t1024/' "$fixture/5008000/status"
	mkdir -p "${threads[@]}"
	printf 'Name:\tleast\nState:\tS (sleeping)\n' | tee "${threads[@]/%//status}" >"$BATS_TEST_TMPDIR/status"
	run --separate-stderr fixture_oomctl predict -v -J -o "$columns"
	assert_success
	[[ $stderr =~ '3018 processes found, '([0-9]+)' read in detail' ]]
	[ "${BASH_REMATCH[1]}" -lt 1500 ]
	assert_equal "$(json '.victims[0] | [.pid, .sure, .rivals] | tojson')" '[5009016,"certain",[]]'
	sed 's/^State:.*/State:\tR (running)/' "$BATS_TEST_TMPDIR/status" | tee "${threads[@]/%//status}" >"$BATS_TEST_TMPDIR/out"
	run --separate-stderr fixture_oomctl predict -v -J -o "$columns"
	assert_success
	few=$output
	[[ $stderr =~ '3018 processes found, '([0-9]+)' read in detail' ]]
	[ "${BASH_REMATCH[1]}" -lt 1500 ]
	assert_equal "$(json '.victims[0] | [.pid, .sure, .doubt, .rivals] | tojson')" '[5009016,"close","running",[5008000]]'
	run --separate-stderr fixture_oomctl predict -J -o "$columns" --if 5000000=0
	assert_success
	[ "$few" = "$output" ]
}

# 640000 KiB like the first victim, but its adj makes it the last.
@test "predict among thousands: a process that may die with a victim is found among those that are not kept" {
	many
	fixture_process 5000300 sharer vm=1600000 rss=640000 anon=640000 file=0 shmem=0 pte=400 swap=0 adj=-900 score=140
	run --separate-stderr fixture_oomctl predict -r --noheadings --kills 2 -o pid,sure,doubt
	assert_success
	assert_line -n 0 '5009016 close sharers'
	# Not its relative, so that it has memory of its own.
	sed -i 's/^PPid:.*/PPid:\t4999999/' "$fixture/5000300/status"
	run --separate-stderr fixture_oomctl predict -r --noheadings --kills 2 -o pid,sure,doubt
	assert_line -n 0 '5009016 certain -'
}

@test "predict among thousands: memory.oom.group kills processes that are not kept" {
	many
	hierarchy=$BATS_TEST_TMPDIR/hierarchy
	mkdir -p "$hierarchy/pod"
	echo memory >"$hierarchy/cgroup.controllers"
	echo 1 >"$hierarchy/pod/memory.oom.group"
	printf '%s\n' 5009016 5000100 5000200 >"$hierarchy/pod/cgroup.procs"
	echo "cgroup2 $hierarchy cgroup2 rw 0 0" >"$fixture/self/mounts"
	echo 0::/pod >"$fixture/5009016/cgroup"
	run --separate-stderr fixture_oomctl predict -J --kills 1 -o pid,dies,kill_set
	assert_success
	assert_equal "$(json '.victims[0] | [.pid, .dies, (.kill_set | sort)] | tojson')" '[5009016,3,[5000100,5000200,5009016]]'
}

# The youngest of equals is killed first: the last copies.
@test "rank among thousands that tie: the first ones, in the order of forks" {
	fixture_new 6.1.0-test
	fixture_process 5000000 small vm=20000 rss=4000 anon=2000 file=2000 shmem=0 pte=40 swap=0 adj=0 score=667 start=1000
	fixture_copies 5000000 4999
	run --separate-stderr fixture_oomctl rank -v -r --noheadings -o place,pid --top 300
	assert_success
	assert_equal "${#lines[@]}" 300
	for i in 0 1 150 299; do
		assert_line -n "$i" "$((i + 1)) $((5004999 - i))"
	done
	[[ $stderr =~ '5000 processes found, '([0-9]+)' read in detail' ]]
	[ "${BASH_REMATCH[1]}" -lt 1000 ]
}

# 3 TiB of 4 TiB: 750 thousandths, and a score of (1000 + 750) * 2 / 3. A unit of adj is 1,073,741 pages.
@test "4 TiB: sizes, points and scores are exact" {
	fixture_ram_kib=$((4 << 30))
	fixture_new 6.1.0-test
	fixture_process 1 init rss=4000 vm=20000 anon=2000 file=2000 shmem=0 ppid=0 adj=0 score=667
	fixture_process 5000001 huge vm=$((100 << 30)) rss=$((3 << 30)) anon=$((3 << 30)) file=0 shmem=0 pte=$((6 << 20)) swap=0 \
		adj=0 score=1166 start=100
	fixture_process 5000002 first vm=90000 rss=4096 anon=4096 file=0 shmem=0 pte=0 swap=0 adj=1000 score=1333 start=200
	run --separate-stderr fixture_oomctl rank -r --noheadings -b -o pid,total_vm,rss,pgtables,points,score,share
	assert_success
	assert_output "5000002 92160000 4194304 0 $((1024 + 1073741000)) 1333 100.0
5000001 $((100 << 40)) $((3 << 40)) $((6 << 30)) $(((3 << 28) + (6 << 18))) 1166 75.1"
	run --separate-stderr fixture_oomctl predict -r --noheadings -b -o pid,points,margin,frees,sure
	assert_success
	assert_line -n 0 --partial "5000002 1073742024 $((1073742024 - (3 << 28) - (6 << 18))) "
	assert_line -n 1 --partial "5000001 $(((3 << 28) + (6 << 18))) - $(((3 << 40) + (6 << 30) + 65 * 4096)) certain"
}

@test "4 TiB: a report with larger numbers than 32 bits" {
	log=$BATS_TEST_TMPDIR/log
	cat >"$log" <<-'END'
		[100.000000] java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
		[100.000001] oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0-7,global_oom,task_memcg=/,task=java,pid=4194303,uid=0
		[100.000002] Out of memory: Killed process 4194303 (java) total-vm:109951162777600kB, anon-rss:4398046511104kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:8589934592kB oom_score_adj:0
	END
	run --separate-stderr oomctl log -r --noheadings -b -o pid,total_vm,rss,pgtables "$log"
	assert_success
	assert_output "4194303 $((109951162777600 * 1024)) $((4398046511104 * 1024)) $((8589934592 * 1024))"
}

# Until 6.x a CPU keeps up to 2 * 1024 - 1 pages of each counter to itself: of 1,024 CPUs, 2,096,128 pages. Two
# counters are freed, anonymous memory and swap.
@test "1,024 CPUs: long masks, and counters that may lack as much as the CPUs keep" {
	fixture_ram_kib=$((4 << 30))
	fixture_cpus=1024
	fixture_new 6.10.0-test
	fixture_process 5000001 big vm=80000000 rss=40000000 anon=40000000 file=0 shmem=0 pte=0 swap=0 adj=0 score=672 start=100
	mask=$(printf 'ffffffff,%.0s' {1..32})
	printf 'Cpus_allowed:\t%s\nCpus_allowed_list:\t0-1023\nMems_allowed:\t%s\nMems_allowed_list:\t0-7\n' \
		"${mask%,}" "$(printf '00000000,%.0s' {1..31})000000ff" >>"$fixture/5000001/status"
	{
		echo 'cpu  1 2 3 4 5 6 7 8 9 10'
		for i in {0..1023}; do
			echo "cpu$i 4705654321 2231234 1365436543 63543253643 643521 0 5432 0 0 0"
		done
		printf 'intr 9876543210%s\nctxt 1990473\nbtime 1062191376\n' "$(printf ' 0%.0s' {1..20000})"
	} >"$fixture/stat"
	run --separate-stderr fixture_oomctl predict -r --noheadings -b -o pid,frees,sure
	assert_success
	assert_output "5000001 $((40000000 * 1024 + 2 * 2096128 * 4096)) certain"
	TZ=UTC run --separate-stderr fixture_oomctl rank -r --noheadings -o pid,start
	assert_success
	assert_output '5000001 2003-08-29T21:09:37+0000'
}

# The highest PID is 4,194,303 (PID_MAX_LIMIT).
@test "PIDs up to the highest: tables keep their columns apart" {
	fixture_new 6.1.0-test
	fixture_process 4194303 last vm=500000 rss=400000 anon=390000 file=10000 shmem=0 pte=400 swap=0 adj=0 score=733 start=100
	fixture_process 4194302 other vm=500000 rss=300000 anon=290000 file=10000 shmem=0 pte=400 swap=0 adj=0 score=716 start=90
	for command in 'rank' 'predict' 'get 4194303,4194302' 'explain 4194303'; do
		# shellcheck disable=SC2086 # several words
		run fixture_oomctl $command
		assert_success
		assert_output --regexp '(^|[^0-9])4194303([^0-9]|$)'
	done
	run fixture_oomctl rank
	assert_line --regexp '^ *1 +4194303 +root +last'
}
