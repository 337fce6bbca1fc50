#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# predict: on machines laid out by hand, with 1,000,000 pages of memory, so that a unit of adj counts 1,000 pages.

# bats, cli.bash and fixture.bash set these, and use those.
# shellcheck disable=SC2154,SC2034

load cli
load fixture

setup() {
	fixture_or_skip
}

# Numbers above any real PID, for which nothing beside the laid-out files can answer.
# big 100000 + 100 pages; mid 50000 + 100 * 1000; small 10000 - 200 * 1000.
machine() {
	fixture_new 6.1.0-test
	fixture_process 1 init rss=4000 vm=20000 anon=2000 file=2000 shmem=0 ppid=0 adj=0 score=667
	fixture_process 2 kthreadd ppid=0 adj=0
	fixture_process 5000001 big vm=500000 rss=400000 anon=390000 file=10000 shmem=0 pte=400 swap=0 adj=0 \
		score=733 start=100
	fixture_process 5000002 mid vm=300000 rss=200000 anon=200000 file=0 shmem=0 pte=0 swap=0 adj=100 \
		score=766 start=200
	fixture_process 5000003 small vm=100000 rss=40000 anon=40000 file=0 shmem=0 pte=0 swap=0 adj=-200 \
		score=540 start=300
	fixture_process 5000004 never vm=90000 rss=80000 anon=80000 file=0 shmem=0 pte=0 swap=0 adj=-1000 start=400
}

# foretold COLUMNS [WORD]...: the rows as words.
foretold() {
	run --separate-stderr fixture_oomctl predict -r --noheadings -o "$@"
	assert_success
	assert_equal "$stderr" ''
}

@test "the victims in order, how far ahead, and what their death frees" {
	machine
	foretold place,pid,name,pages,margin_pages,dies,frees,sure,decided_by
	assert_output '1 5000002 mid 150000 49900 1 204800000 certain points
2 5000001 big 100100 290100 1 399769600 certain points
3 5000003 small -190000 - 1 40960000 certain points'
	foretold place,pid --kills 1
	assert_output '1 5000002'
}

@test "for people: a sentence, the table, and what comes after the last" {
	machine
	run --separate-stderr fixture_oomctl predict
	assert_success
	assert_equal "$stderr" ''
	assert_line -n 0 --partial 'If memory ran out now, the kernel would kill, one after the other'
	assert_output --regexp '# +PID +NAME +ADJ +POINTS +AHEAD +DIES +FREES +SURE'
	assert_output --regexp '1 +5000002 +mid +100 +586M +195M +1 +195M +certain'
	assert_line 'Then nobody killable is left: the kernel would panic.'
	for line in "${lines[@]}"; do
		((${#line} <= 80))
	done
}

@test "-J: one array, numbers as numbers" {
	machine
	run fixture_oomctl predict -J
	assert_success
	assert_equal "$(json 'keys | join(",")')" victims
	assert_equal "$(json '.victims | length')" 3
	assert_equal "$(json '.victims[0] | [.place,.pid,.pages,.margin_pages,.next,.dies,.kill_set,.sure,.doubt] | tojson')" \
		'[1,5000002,150000,49900,5000001,1,"5000002","certain",null]'
	assert_equal "$(json '.victims[2] | [.margin,.next] | tojson')" '[null,null]'
}

@test "--if: another adj, with today's order beside it" {
	machine
	foretold pid,pages,was_pid,was_points --if 5000003=500
	assert_output '5000003 510000 5000002 614400000
5000002 150000 5000001 410009600
5000001 100100 5000003 -778240000'
	# -1000 takes it out, and another adj brings one in: 20000 + 300 * 1000.
	foretold pid,pages --if 5000002=-1000 --if 5000004=300
	assert_output '5000004 320000
5000001 100100
5000003 -190000'
	run fixture_oomctl predict --if 5000003=500
	assert_output --regexp '# +PID +NAME +POINTS +SURE +WAS_PID +WAS_NAME'
}

@test "--if-gone and --if-grows" {
	machine
	foretold pid --if-gone 5000002
	assert_output '5000001
5000003
-'
	# 300M are 76800 pages.
	foretold pid,pages --if-grows 5000001=300M
	assert_line -n 0 '5000001 176900'
	foretold pid,pages --if-grows 5000001=300M --if-gone 5000001
	assert_line -n 0 '5000002 150000'
}

@test "--if and its like: that init and kernel threads are never killed is said" {
	machine
	for option in --if=1=500 --if-grows=1=1G --if-gone=1; do
		run --separate-stderr fixture_oomctl predict "$option"
		assert_success
		assert_equal "$stderr" "oomctl: pid 1 (init): init is never killed: ${option%%=*} has no effect"
	done
	run --separate-stderr fixture_oomctl predict --if 2=500
	assert_equal "$stderr" 'oomctl: pid 2 (kthreadd): kernel thread: --if has no effect'
}

@test "--if and its like: a thread's id means its process" {
	actor_start threads 3
	thread=${actor_ids[1]}
	[[ $thread != "$actor_pid" ]]
	for option in --if="$thread=1000" --if-gone="$thread" --if-grows="$thread=1G"; do
		run --separate-stderr oomctl predict --scan=proc --kills 1 "$option"
		assert_success
		assert_line -n 0 --regexp '.'
		[[ $stderr == "oomctl: pid $thread (actor): a thread of process $actor_pid, which is meant"* ]]
	done
	run --separate-stderr oomctl predict --scan=proc --kills 1 -r --noheadings -o tgid --if-grows="$thread=1000T"
	assert_output "$actor_pid"
}

@test "changes that make no sense" {
	machine
	for word in 5000001 5000001= =5 5000001=5x 5000001=1001 5000001=-1001 x=5 0=5 -3=5 99999999999999999=1 ''; do
		run fixture_oomctl predict --if "$word"
		assert_failure 2
		assert_line -n 0 "oomctl: --if takes PID=ADJ with an adj of -1000 to 1000, not '$word'"
	done
	for word in 5000001=1 x '' 5000001= 0; do
		run fixture_oomctl predict --if-gone "$word"
		assert_failure 2
		assert_line -n 0 "oomctl: --if-gone takes a PID, not '$word'"
	done
	for word in 5000001 5000001=-5M 5000001=many 5000001=; do
		run fixture_oomctl predict --if-grows "$word"
		assert_failure 2
	done
	for option in '--if 4999999=5' '--if-gone 4999999' '--if-grows 4999999=5M'; do
		# shellcheck disable=SC2086 # two words
		run fixture_oomctl predict $option
		assert_failure 1
		assert_output 'oomctl: pid 4999999: no such process'
	done
	for option in '--kills 0' '--kills x' '--kernel new' '--cgroup='; do
		# shellcheck disable=SC2086 # two words
		run fixture_oomctl predict $option
		assert_failure 2
	done
	run fixture_oomctl predict 5000001
	assert_failure 2
}

@test "what decides before the ranking" {
	machine
	for value in 1 2; do
		echo "$value" >"$fixture/sys/vm/panic_on_oom"
		run fixture_oomctl predict
		assert_success
		assert_output --partial "vm.panic_on_oom is $value: the kernel kills nobody, it panics."
		foretold pid,decided_by --kills 1
		assert_output '5000002 panic_on_oom'
	done
	echo 0 >"$fixture/sys/vm/panic_on_oom"
	echo 1 >"$fixture/sys/vm/oom_kill_allocating_task"
	run fixture_oomctl predict
	assert_success
	assert_output --partial 'vm.oom_kill_allocating_task is set: the kernel kills whoever asks for memory'
	foretold pid,decided_by --kills 1
	assert_output '5000002 oom_kill_allocating_task'
}

@test "nobody can be killed" {
	machine
	rm -r "$fixture/5000001" "$fixture/5000002" "$fixture/5000003"
	run --separate-stderr fixture_oomctl predict
	assert_failure 1
	assert_equal "$stderr" 'oomctl: nobody can be killed: out of memory, the kernel would panic'
	run --separate-stderr fixture_oomctl predict -J
	assert_failure 1
	assert_equal "$(json '.victims | length')" 0
}

@test "a process that is dying already makes all close" {
	machine
	sed -i 's/^ShdPnd:.*/ShdPnd:\t0000000000000100/' "$fixture/5000003/status"
	foretold pid,sure,doubt
	assert_output '5000002 close dying
5000001 close dying
5000003 close dying'
	run fixture_oomctl predict
	assert_output --partial 'a process is being killed already'
}

# Of equals, 6.1 kills the last that was forked and 5.2 the first; within two ticks nobody can tell.
@test "of equals: as the era has it, and close where the order is not known" {
	machine
	fixture_process 5000010 twin vm=400000 rss=720000 anon=720000 file=0 shmem=0 pte=0 swap=0 adj=0 score=786 start=1000
	fixture_process 5000011 twin vm=410000 rss=720000 anon=720000 file=0 shmem=0 pte=0 swap=0 adj=0 score=786 start=1002
	foretold pid,pages,margin_pages,sure --kills 2
	assert_output '5000011 180000 0 certain
5000010 180000 30000 certain'
	foretold pid,sure --kills 1 --kernel 5.2
	assert_output '5000010 close'
	fixture_process 5000011 twin vm=410000 rss=720000 anon=720000 file=0 shmem=0 pte=0 swap=0 adj=0 score=786 start=1001
	foretold pid,sure,doubt,rivals --kills 2
	assert_output '5000011 close order 5000010
5000010 close earlier -'
	run fixture_oomctl predict
	assert_output --partial '1: close: 5000010 (twin) is 0 behind, and which of them the kernel meets'
}

# 100,000 s after boot: all are as old as 97 times 1024 s, of which the fourth root is 3.
# big: 125000 pages, an hour of CPU time is 439 times 2048 ticks, the root 20: 125000 / 20 / 3.
# mid: 75000 pages and half of its child's and one, nice, oom_adj 1: (75000 + 12501) / 3 * 2 * 2, and without the child
# 75000 / 3 * 2 * 2.
# small: 25000 pages, oom_adj -3; root's, which was worth a quarter to 2.6.24: 25000 / 3 / 4 / 8.
@test "--kernel before 2.6.36: by size, run time, children, and oom_adj; the first child dies first" {
	fixture_new 6.1.0-test
	echo '100000.00 1.00' >"$fixture/uptime"
	fixture_process 5000001 big vm=500000 rss=400000 anon=400000 file=0 shmem=0 pte=0 swap=0 adj=0 score=733 \
		start=100 uid=1000 euid=1000 utime=300000 stime=60000
	fixture_process 5000002 mid vm=300000 rss=200000 anon=200000 file=0 shmem=0 pte=0 swap=0 adj=100 score=766 \
		start=200 uid=1000 euid=1000 nice=5
	fixture_process 5000003 small vm=100000 rss=40000 anon=40000 file=0 shmem=0 pte=0 swap=0 adj=-200 score=540 \
		start=300 ppid=5000002
	fixture_process 5000004 never vm=90000 rss=80000 anon=80000 file=0 shmem=0 pte=0 swap=0 adj=-1000 start=400
	run --separate-stderr fixture_oomctl predict --kernel 2.6.18 -r --noheadings -o pid,chosen,pages,sure,doubt
	assert_success
	assert_output '5000003 5000002 260 close lives
5000002 5000002 100000 close lives
5000001 5000001 2083 close lives'
	assert_equal "$stderr" 'oomctl: Linux 2.6.18 counts run time in ticks of its own (of each thread, here of all; presumed to be 250 a second), and memory nodes, which are left out'
	run --separate-stderr fixture_oomctl predict --kernel 2.6.32 -r --noheadings -o pid,pages --if 5000002=-1000
	assert_line -n 0 '5000001 2083'
	assert_line -n 1 '5000003 1041'
	run --separate-stderr fixture_oomctl predict --kernel 2.6.32 -r --noheadings -o pid,pages --if-gone 5000003 --kills 1
	assert_output '5000002 100000'
	run fixture_oomctl predict --kernel 2.6.32
	assert_output --partial 'dies in the stead of its parent 5000002 (mid), which has the most points'
	assert_output --partial 'close: run time counts, which another kernel would have measured otherwise'
}

@test "--kernel: the rules of other versions, and where the data do not suffice" {
	machine
	# 4.16 forgives root 3 % of its own: 50000 - 1500 + 100000.
	sed -i 's/^CapEff:.*/CapEff:\t0000003fffffffff/' "$fixture/5000002/status"
	foretold pid,pages --kills 2 --kernel 4.16
	assert_output '5000002 148500
5000001 100100'
	foretold pid,pages --kills 1 --kernel 4.17
	assert_output '5000002 150000'
	# Floored at 1 until 5.8.
	foretold pid,pages --kernel 5.8
	assert_line -n 2 '5000003 1'
	# Thousandths: 50 + 100 - 30; 100; 10 - 200 is 1. What the upper levels of page tables hold is not known.
	run --separate-stderr fixture_oomctl predict --kernel 3.0 -r --noheadings -o pid,pages
	assert_success
	assert_output '5000002 120
5000001 100
5000003 1'
	assert_equal "$stderr" 'oomctl: Linux 3.0 counts page tables of the lower levels alone, which this kernel does not tell apart: they are left out'
	# To 5.0 a child dies in its parent's stead.
	sed -i 's/^PPid:.*/PPid:\t5000002/' "$fixture/5000003/status"
	run fixture_oomctl predict --kernel 5.0 --kills 1
	assert_output --partial 'dies in the stead of its parent 5000002 (mid), which has the most points'
	foretold pid,chosen --kernel 5.0 --kills 1
	assert_output '5000003 5000002'
}

@test "--cgroup without memory cgroups" {
	machine
	run fixture_oomctl predict --cgroup /x
	assert_failure 4
	assert_output 'oomctl: there is no memory cgroup here: no hierarchy with the memory controller is mounted'
}

@test "a name that others wrote is escaped, and lines stay short" {
	machine
	sed -i '1s/.*/Name:\tx\x1b[31m\\n[evil]/' "$fixture/5000002/status"
	fixture_process 5000010 y vm=400000 rss=600000 anon=600000 file=0 shmem=0 pte=0 swap=0 adj=0 score=766 start=201
	run fixture_oomctl predict
	refute_output --partial $'\033'
	assert_output --partial '\x1b[31m'
	run fixture_oomctl explain 5000001
	refute_output --partial $'\033'
}

# cgroup_of NAME PID...: a memory cgroup of 100 MiB with these processes, in a hierarchy laid out by hand.
cgroup_of() {
	local dir=$hierarchy/$1

	shift
	mkdir -p "$dir"
	printf '%s\n' "$@" >"$dir/cgroup.procs"
	echo 104857600 >"$dir/memory.max"
	echo 90000000 >"$dir/memory.current"
	echo max >"$dir/memory.swap.max"
	echo 0 >"$dir/memory.swap.current"
	echo 0 >"$dir/memory.oom.group"
	printf 'active_file 0\ninactive_file 0\nshmem 0\n' >"$dir/memory.stat"
}

hierarchy_new() {
	hierarchy=$(mktemp -d -p "$BATS_TEST_TMPDIR" 'a blank.XXXXXX')
	echo memory >"$hierarchy/cgroup.controllers"
	{
		printf 'overlay / overlay rw,lowerdir=%030000d 0 0\n' 0
		echo "cgroup2 ${hierarchy// /\\040} cgroup2 rw 0 0"
	} >"$fixture/self/mounts"
}

# Files that the command opens to foretell the kill of /mine; the loader's come before the first of /proc.
opened_for_mine() {
	local traced=$BATS_TEST_TMPDIR/traced

	printf '#!/bin/bash\nexec strace -o %q -e trace=open,openat %q "$@"\n' "$traced.log" "$OOMCTL" >"$traced"
	chmod +x "$traced"
	OOMCTL=$traced fixture_oomctl predict --cgroup /mine -r --noheadings -o pid >"$traced.out"
	sed -n 's/^open[^"]*"\([^"]*\)".*/\1/p' "$traced.log"
}

@test "--cgroup: 10,000 processes in 500 other cgroups cost not one file" {
	local log=$BATS_TEST_TMPDIR/try few many others

	strace -o "$log" true 2>/dev/null || skip 'strace may not trace here'
	[[ $OOMCTL != */asan/* ]] || skip 'a sanitized build opens files of its own, and cannot be preloaded behind a tracer'
	machine
	hierarchy_new
	cgroup_of mine 5000001 5000002
	cgroup_of other0 5000003
	few=$(opened_for_mine)
	assert_equal "$(<"$BATS_TEST_TMPDIR/traced.out")" '5000001
5000002'
	for ((i = 1; i < 500; i++)); do
		others=()
		for ((k = 0; k < 20; k++)); do
			others+=($((6000000 + 20 * i + k)))
		done
		cgroup_of "other$i" "${others[@]}"
	done
	many=$(opened_for_mine)
	[[ $many == *5000001/status* ]]
	[[ $many != *other* && $many != *5000003* ]]
	assert_equal "$many" "$few"
}
