#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# predict: on fixtures, with 1,000,000 pages of memory, so that a unit of adj adds 1,000 pages.

# bats, cli.bash and fixture.bash set these, and use those.
# shellcheck disable=SC2154,SC2034,SC2030,SC2031

load cli
load fixture

setup() {
	fixture_or_skip
}

# PIDs above any real PID, so that only the fixture's files describe them. big 100000 + 100 pages;
# mid 50000 + 100 * 1000; small 10000 - 200 * 1000.
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

# predicted COLUMNS [WORD]...: the rows as words.
predicted() {
	run --separate-stderr fixture_oomctl predict -r --noheadings -o "$@"
	assert_success
	assert_equal "$stderr" ''
}

# Until 6.1 the one thread of each can have 65 pages, or 266240 bytes, that its process does not count.
@test "victims in order, with margin and freed memory" {
	machine
	predicted place,pid,name,points,margin,dies,frees,sure,decided_by
	assert_output '1 5000002 mid 150000 49900 1 205066240 certain points
2 5000001 big 100100 290100 1 400035840 certain points
3 5000003 small -190000 - 1 41226240 certain points'
	predicted place,pid --kills 1
	assert_output '1 5000002'
}

@test "table: a sentence, the rows, and what happens after the last kill" {
	machine
	run --separate-stderr fixture_oomctl predict
	assert_success
	assert_equal "$stderr" ''
	assert_line -n 0 --partial 'If memory ran out now, the kernel would kill these processes in turn'
	assert_output --regexp '# +PID +NAME +ADJ +POINTS +MARGIN +DIES +FREES<= +SURE'
	assert_output --regexp '1 +5000002 +mid +100 +586M +195M +1 +196M +certain'
	assert_line 'No killable process remains: the kernel would panic.'
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
	assert_equal "$(json '.victims[0] | [.place,.pid,.points,.margin,.next,.dies,.kill_set,.sure,.doubt] | tojson')" \
		'[1,5000002,150000,49900,5000001,1,[5000002],"certain",null]'
	assert_equal "$(json '.victims[2] | [.margin,.next] | tojson')" '[null,null]'
}

@test "--if: another adj, with the current order beside it" {
	machine
	predicted pid,points,was_pid,was_points --if 5000003=500
	assert_output '5000003 510000 5000002 150000
5000002 150000 5000001 100100
5000001 100100 5000003 -190000'
	# -1000 removes a process, and another adj adds one: 20000 + 300 * 1000.
	predicted pid,points --if 5000002=-1000 --if 5000004=300
	assert_output '5000004 320000
5000001 100100
5000003 -190000'
	run fixture_oomctl predict --if 5000003=500
	assert_output --regexp '# +PID +NAME +POINTS +SURE +WAS_PID +WAS_NAME'
}

@test "--if-gone and --if-grows" {
	machine
	predicted pid --if-gone 5000002
	assert_output '5000001
5000003
-'
	predicted pid --if-gone 5000002,5000001
	assert_output '5000003
-
-'
	predicted pid,points --if 5000001,5000003=-500 --if-grows 5000003,5000002=0
	assert_output '5000002 150000
5000001 -399900
5000003 -490000'
	# 300M are 76800 pages.
	predicted pid,points --if-grows 5000001=300M
	assert_line -n 0 '5000001 176900'
	predicted pid,points --if-grows 5000001=300M --if-gone 5000001
	assert_line -n 0 '5000002 150000'
}

@test "--if options have no effect on init and kernel threads, which is reported" {
	machine
	for option in --if=1=500 --if-grows=1=1G --if-gone=1; do
		run --separate-stderr fixture_oomctl predict "$option"
		assert_success
		assert_equal "$stderr" "oomctl: pid 1 (init): ${option%%=*} has no effect: init is never killed"
	done
	run --separate-stderr fixture_oomctl predict --if 2=500
	assert_equal "$stderr" 'oomctl: pid 2 (kthreadd): --if has no effect: kernel thread'
}

@test "--if options: a thread ID stands for its process" {
	actor_start threads 3
	thread=${actor_ids[1]}
	[[ $thread != "$actor_pid" ]]
	for option in --if="$thread=1000" --if-gone="$thread" --if-grows="$thread=1G"; do
		run --separate-stderr oomctl predict --scan=proc --kills 1 "$option"
		assert_success
		assert_line -n 0 --regexp '.'
		[[ $stderr == "oomctl: pid $thread (actor): is a thread; using its process $actor_pid"* ]]
	done
	run --separate-stderr oomctl predict --scan=proc --kills 1 -r --noheadings -o tgid --if-grows="$thread=1000T"
	assert_output "$actor_pid"
}

@test "invalid changes are refused" {
	machine
	for word in 5000001 5000001= =5 5000001=5x 5000001=1001 5000001=-1001 x=5 0=5 -3=5 99999999999999999=1 ''; do
		run fixture_oomctl predict --if "$word"
		assert_failure 2
		assert_line -n 0 "oomctl: --if takes PID=ADJ with an adj of -1000 to 1000, not '$word'"
	done
	for word in 5000001=1 x '' 5000001= 0; do
		run fixture_oomctl predict --if-gone "$word"
		assert_failure 2
		assert_line -n 0 "oomctl: --if-gone takes PIDs, separated by commas, not '$word'"
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

@test "a setting that overrides the points comes first in every output" {
	local setting value effect
	machine
	fixture_process 501 other vm=90000 rss=80000 anon=80000 file=0 shmem=0 pte=0 swap=0 adj=-1000
	while read -r setting value effect; do
		echo "$value" >"$fixture/sys/vm/$setting"
		for command in predict rank 'explain 1' 'get 501'; do
			# shellcheck disable=SC2086 # one or two words
			run --separate-stderr fixture_oomctl $command
			assert_success
			assert_equal "$stderr" ''
			[[ $(tr -s ' \n' ' ' <<<"$output") == "$effect"* ]]
		done
		for command in 'predict -r' 'predict -J' 'predict --noheadings' 'rank -r' 'rank -J' 'rank --format kernel' \
			'get -r 501' 'get -J 501' 'get -r -o pid,place 501' 'predict -r --kernel 2.6.32'; do
			# shellcheck disable=SC2086 # two words
			run --separate-stderr fixture_oomctl $command
			assert_success
			[[ $stderr == "oomctl: $effect"* ]]
			refute_output --partial certain
		done
		# Without a rank, get does not say what the setting overrides.
		run --separate-stderr fixture_oomctl get -r -o pid,adj,points 501
		assert_equal "$stderr" ''
		# Rules with which each choice would be close, and a message about them, after the setting.
		run fixture_oomctl predict --kernel 2.6.32
		[[ $(tr -s ' \n' ' ' <<<"$output") == "$effect"*'oomctl: Linux 2.6.32 counts '*' mid '* ]]
		refute_output --partial close
		run --separate-stderr fixture_oomctl predict --kernel 2.6.32 -J -o sure,doubt,rivals --kills 1
		assert_line -n 1 '{"sure":"overridden","doubt":null,"rivals":[]}'
		run --separate-stderr fixture_oomctl predict -J
		assert_line -n 1 --regexp "^\{\"decided_by\":\"$setting\","
		for command in 'rank -J' 'get -J 501' 'get -J -o pid 501'; do
			# shellcheck disable=SC2086 # words
			run --separate-stderr fixture_oomctl $command
			assert_line --regexp "^\],\"decided_by\":\"$setting\"\}\$"
		done
		run --separate-stderr fixture_oomctl predict -r --noheadings -o pid,sure,decided_by --kills 1
		assert_output "5000002 overridden $setting"
		run --separate-stderr fixture_oomctl predict -r --noheadings -o sure,was_sure --kills 1 --if-gone 5000002
		assert_output 'overridden overridden'
		run --separate-stderr fixture_oomctl predict -r
		assert_line -n 1 --regexp " overridden $setting\$"
		run --separate-stderr fixture_oomctl explain -J 1
		assert_line -n 1 --regexp "^\{\"decided_by\":\"$setting\","
		echo 0 >"$fixture/sys/vm/$setting"
	done <<-'END'
		panic_on_oom 1 vm.panic_on_oom is 1: the kernel panics instead of killing a process, unless only
		panic_on_oom 2 vm.panic_on_oom is 2: the kernel panics instead of killing a process
		oom_kill_allocating_task 1 vm.oom_kill_allocating_task is set: the kernel kills the process that requests memory
	END
	predicted pid,sure,decided_by --kills 1
	assert_output '5000002 certain points'
}

@test "no process is killable" {
	machine
	rm -r "$fixture/5000001" "$fixture/5000002" "$fixture/5000003"
	run --separate-stderr fixture_oomctl predict
	assert_failure 1
	assert_equal "$stderr" 'oomctl: no killable process: if memory runs out, the kernel panics'
	run --separate-stderr fixture_oomctl predict -J
	assert_failure 1
	assert_equal "$(json '.victims | length')" 0
}

@test "a process that is already being killed makes all choices close" {
	machine
	sed -i 's/^ShdPnd:.*/ShdPnd:\t0000000000000100/' "$fixture/5000003/status"
	predicted pid,sure,doubt
	assert_output '5000002 close dying
5000001 close dying
5000003 close dying'
	run fixture_oomctl predict
	assert_output --partial 'a process is already being killed'
}

# Of equal processes, 6.1 kills the youngest and 5.2 the oldest; within two ticks the order is unknown.
@test "equal points: the order of the kernel version, close if the order is unknown" {
	machine
	fixture_process 5000010 twin vm=400000 rss=720000 anon=720000 file=0 shmem=0 pte=0 swap=0 adj=0 score=786 start=1000
	fixture_process 5000011 twin vm=410000 rss=720000 anon=720000 file=0 shmem=0 pte=0 swap=0 adj=0 score=786 start=1002
	predicted pid,points,margin,sure --kills 2
	assert_output '5000011 180000 0 certain
5000010 180000 30000 certain'
	predicted pid,sure --kills 1 --kernel 5.2
	assert_output '5000010 close'
	fixture_process 5000011 twin vm=410000 rss=720000 anon=720000 file=0 shmem=0 pte=0 swap=0 adj=0 score=786 start=1001
	predicted pid,sure,doubt,rivals --kills 2
	assert_output '5000011 close order 5000010
5000010 close earlier -'
	run fixture_oomctl predict
	assert_output --partial "1: close: 5000010 (twin) is 0 behind, and the kernel's iteration order"
}

# 100,000 s after boot: the age of all is 97 times 1024 s, whose fourth root is 3. big: 125000
# pages, an hour of CPU time is 439 times 2048 ticks, the root 20: 125000 / 20 / 3. mid: 75000
# pages, half of its child's plus one, nice, oom_adj 1: (75000 + 12501) / 3 * 2 * 2, and without the
# child 75000 / 3 * 2 * 2.
# small: 25000 pages, oom_adj -3, of root, whose points were divided by 4 until 2.6.24: 25000 / 3 /
# 4 / 8.
@test "--kernel before 2.6.36: by size, run time, children, and oom_adj; the first child is killed first" {
	fixture_new 6.1.0-test
	echo '100000.00 1.00' >"$fixture/uptime"
	fixture_process 5000001 big vm=500000 rss=400000 anon=400000 file=0 shmem=0 pte=0 swap=0 adj=0 score=733 \
		start=100 uid=1000 euid=1000 utime=300000 stime=60000
	fixture_process 5000002 mid vm=300000 rss=200000 anon=200000 file=0 shmem=0 pte=0 swap=0 adj=100 score=766 \
		start=200 uid=1000 euid=1000 nice=5
	fixture_process 5000003 small vm=100000 rss=40000 anon=40000 file=0 shmem=0 pte=0 swap=0 adj=-200 score=540 \
		start=300 ppid=5000002
	fixture_process 5000004 never vm=90000 rss=80000 anon=80000 file=0 shmem=0 pte=0 swap=0 adj=-1000 start=400
	run --separate-stderr fixture_oomctl predict --kernel 2.6.18 -r --noheadings -o pid,chosen,points,sure,doubt
	assert_success
	assert_output '5000003 5000002 260 close run_time
5000002 5000002 100000 close run_time
5000001 5000001 2083 close run_time'
	assert_equal "$stderr" 'oomctl: Linux 2.6.18 counts run time in ticks of each thread, here of all (assumed: 250 per second), and memory nodes, which are ignored here'
	run --separate-stderr fixture_oomctl predict --kernel 2.6.32 -r --noheadings -o pid,points --if 5000002=-1000
	assert_line -n 0 '5000001 2083'
	assert_line -n 1 '5000003 1041'
	run --separate-stderr fixture_oomctl predict --kernel 2.6.32 -r --noheadings -o pid,points --if-gone 5000003 --kills 1
	assert_output '5000002 100000'
	run fixture_oomctl predict --kernel 2.6.32
	assert_output --partial 'killed in place of its parent 5000002 (mid), which has the most points'
	assert_output --partial 'close: run time counts, and that kernel measures it differently'
}

@test "--kernel: the rules of other versions, and missing data" {
	machine
	# 4.16 has a discount of 3 % for root: 50000 - 1500 + 100000.
	sed -i 's/^CapEff:.*/CapEff:\t0000003fffffffff/' "$fixture/5000002/status"
	predicted pid,points --kills 2 --kernel 4.16
	assert_output '5000002 148500
5000001 100100'
	predicted pid,points --kills 1 --kernel 4.17
	assert_output '5000002 150000'
	# Floored at 1 until 5.8.
	predicted pid,points --kernel 5.8
	assert_line -n 2 '5000003 1'
	# Thousandths: 50 + 100 - 30; 100; 10 - 200 is 1. The upper levels of page tables are not known.
	run --separate-stderr fixture_oomctl predict --kernel 3.0 -r --noheadings -o pid,points
	assert_success
	assert_output '5000002 120
5000001 100
5000003 1'
	assert_equal "$stderr" 'oomctl: Linux 3.0 counts only the lower levels of page tables, which this kernel does not show separately: page tables are ignored'
	# Until 5.0 a child is killed in place of its parent.
	sed -i 's/^PPid:.*/PPid:\t5000002/' "$fixture/5000003/status"
	run fixture_oomctl predict --kernel 5.0 --kills 1
	assert_output --partial 'killed in place of its parent 5000002 (mid), which has the most points'
	predicted pid,chosen --kernel 5.0 --kills 1
	assert_output '5000003 5000002'
}

# The parent's lead does not matter: what is compared is the children.
@test "--kernel: which of two similar children is killed in place of their parent is not certain" {
	local pid

	machine
	for pid in 5000010 5000011; do
		fixture_process "$pid" "child${pid: -1}" vm=50000 rss=40000 anon=40000 file=0 shmem=0 pte=0 swap=0 adj=0 score=673 \
			start="${pid: -3}" ppid=5000002
	done
	predicted pid,chosen,sure,doubt,rivals --kernel 4.19 --kills 1
	assert_output '5000010 5000002 close counters 5000011'
	run fixture_oomctl predict --kernel 4.19 --kills 1
	assert_output --partial 'close: 5000011 (child1) is 0 behind, within the margin of error'
	predicted pid,sure --kernel 5.1 --kills 1
	assert_output '5000002 certain'
}

# Both have almost 100000 pages, within the margin of error of 5.0. If the child were chosen, it would be killed too.
@test "--kernel: a child that is killed in place of its parent is not its own rival" {
	machine
	fixture_process 5000010 child vm=500000 rss=399800 anon=399800 file=0 shmem=0 pte=400 swap=0 adj=0 score=733 \
		start=500 ppid=5000001
	predicted pid,chosen,sure,rivals,next,margin --kernel 5.0 --kills 1 --if-gone 5000002
	assert_output '5000010 5000001 certain - 5000003 100099'
	predicted pid,chosen,sure,rivals --kernel 5.1 --kills 1 --if-gone 5000002
	assert_output '5000001 5000001 close 5000010'
}

@test "--cgroup without memory cgroups" {
	machine
	run fixture_oomctl predict --cgroup /x
	assert_failure 4
	assert_output 'oomctl: no memory cgroups: no hierarchy with the memory controller is mounted, or the kernel has none (no CONFIG_MEMCG, or booted with cgroup_disable=memory)'
}

@test "untrusted names are escaped" {
	machine
	sed -i '1s/.*/Name:\tx\x1b[31m\\n[evil]/' "$fixture/5000002/status"
	fixture_process 5000010 y vm=400000 rss=600000 anon=600000 file=0 shmem=0 pte=0 swap=0 adj=0 score=766 start=201
	run fixture_oomctl predict
	refute_output --partial $'\033'
	assert_output --partial '\x1b[31m'
	run fixture_oomctl explain 5000001
	refute_output --partial $'\033'
}

# cgroup_of NAME PID...: a memory cgroup of 100 MiB with these processes, in a fixture of the
# hierarchy.
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

# The files that the command opens to predict the victim in /mine, without the loader's, which come
# before the first in /proc.
opened_for_mine() {
	local traced=$BATS_TEST_TMPDIR/traced

	printf '#!/bin/bash\nexec strace -o %q -e trace=open,openat %q "$@"\n' "$traced.log" "$OOMCTL" >"$traced"
	chmod +x "$traced"
	OOMCTL=$traced fixture_oomctl predict --cgroup /mine -r --noheadings -o pid >"$traced.out"
	sed -n 's/^open[^"]*"\([^"]*\)".*/\1/p' "$traced.log"
}

# 97500 pages of big and 50000 of mid are in a cgroup that uses 21972: forked processes share pages by copy-on-write.
@test "a cgroup never frees more than it uses" {
	machine
	hierarchy_new
	cgroup_of mine 5000001 5000002
	echo 0::/mine | tee "$fixture/5000001/cgroup" >"$fixture/5000002/cgroup"
	predicted pid,dies,frees --cgroup /mine
	assert_output '5000001 1 89997312
5000002 1 89997312'
	echo 4096000 >"$hierarchy/mine/memory.swap.current"
	predicted pid,frees --cgroup /mine --kills 1
	assert_output '5000001 94093312'
	# All members are killed together, on a machine with more memory.
	echo 1 >"$hierarchy/mine/memory.oom.group"
	predicted pid,dies,frees --kills 1
	assert_output '5000002 2 94093312'
	echo 800000000 >"$hierarchy/mine/memory.current"
	predicted pid,dies,frees --kills 1
	assert_output '5000002 2 605102080'
}

# reclaim_doubts LINE...: which doubt there is if memory.stat has these lines.
reclaim_doubts() {
	printf '%s\n' "$@" >"$hierarchy/mine/memory.stat"
	predicted pid,sure,doubt --cgroup /mine --kills 1
	assert_line --regexp "^6000000 "
	echo "${output#* }"
}

# The first process is 25 pages ahead and has 125 of files, which reclaim can take before it is killed, if they are in
# this cgroup. New pages are in no list yet.
@test "--cgroup: files that can be reclaimed make a lead uncertain" {
	machine
	hierarchy_new
	fixture_process 6000000 first vm=90000 rss=10500 anon=10000 file=500 shmem=0 pte=0 swap=0 adj=0 score=673 cgroup='0::/mine\n'
	fixture_process 6000001 second vm=90000 rss=10400 anon=10400 file=0 shmem=0 pte=0 swap=0 adj=0 score=673 cgroup='0::/mine\n'
	cgroup_of mine 6000000 6000001
	assert_equal "$(reclaim_doubts 'active_file 0' 'inactive_file 0' 'file 0')" 'certain -'
	assert_equal "$(reclaim_doubts 'active_file 106496' 'inactive_file 0')" 'close reclaim'
	assert_equal "$(reclaim_doubts 'active_file 0' 'inactive_file 98304')" 'certain -'
	assert_equal "$(reclaim_doubts 'active_file 0' 'inactive_file 0' 'file 106496')" 'close reclaim'
	assert_equal "$(reclaim_doubts 'active_file 0' 'inactive_file 0' 'file 106496' 'unevictable 106496')" 'certain -'
	assert_equal "$(reclaim_doubts 'active_file 0' 'inactive_file 0' 'file 106496' 'shmem 106496')" 'certain -'
}

# The pids of one kill, more than fit in a cell of a table: 700 of 7 digits and a blank.
@test "a kill of 700 processes lists all of them in JSON and raw, and counts the rest in tables" {
	local pids=() pid

	machine
	hierarchy_new
	fixture_process 6000000 member vm=9000 rss=900 anon=900 file=0 shmem=0 pte=0 swap=0 adj=0 score=667 cgroup='0::/mine\n'
	for ((pid = 6000001; pid < 6000700; pid++)); do
		cp -r "$fixture/6000000" "$fixture/$pid"
		sed -i -E "s/^(Tgid|Pid):.*/\1:\t$pid/" "$fixture/$pid/status"
		sed -i "s/^6000000/$pid/" "$fixture/$pid/stat"
	done
	pids=({6000000..6000699})
	cgroup_of mine "${pids[@]}"
	echo 1 >"$hierarchy/mine/memory.oom.group"
	predicted dies,kill_set --cgroup /mine --kills 1
	assert_equal "$output" "700 $(printf '%s\\x20' "${pids[@]}" | sed 's/\\x20$//')"
	run fixture_oomctl predict -J -o kill_set --cgroup /mine --kills 1
	assert_success
	assert_equal "$(grep -o '6000[0-9]*' <<<"$output")" "$(printf '%s\n' "${pids[@]}")"
	run fixture_oomctl predict -o dies,kill_set --cgroup /mine --kills 1
	assert_success
	assert_output --regexp '700 +6000000 6000001 .* and 1[89][0-9] more'
}

@test "--cgroup: no file of 10,000 processes in 500 other cgroups is opened" {
	local log=$BATS_TEST_TMPDIR/try few many others

	strace_or_skip
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
