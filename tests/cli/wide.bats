#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Numbers above 32 bits: memory, limits, log files, times and users. 32-bit and 64-bit machines must
# print the same, which was worked out by hand.

# bats, cli.bash and fixture.bash set these, and use those.
# shellcheck disable=SC2154,SC2034

load cli
load fixture

# 64 GiB of RAM and 8 GiB of swap: 18874368 pages, so that a unit of adj adds 18874. huge has 5242880
# pages, 1310720 in swap and 12800 of tables. large has 1310720 and 2560 of tables, and adj 500.
machine() {
	fixture_or_skip
	fixture_ram_kib=67108864
	fixture_swap_kib=8388608
	fixture_new 4.19.0-27-686-pae
	sed -i 's/^MemAvailable:.*/MemAvailable: 50331648 kB/' "$fixture/meminfo"
	fixture_process 1 init rss=4000 vm=20000 anon=2000 file=2000 shmem=0 ppid=0 adj=0 score=0
	fixture_process 5000001 huge vm=31457280 rss=20971520 anon=20971520 file=0 shmem=0 pte=51200 \
		swap=5242880 adj=0 score=347 start=100 uid=4000000000
	fixture_process 5000002 large vm=6291456 rss=5242880 anon=5242880 file=0 shmem=0 pte=10240 swap=0 \
		adj=500 score=569 start=200
}

@test "processes and a machine above 4 GiB" {
	machine
	run --separate-stderr fixture_oomctl rank -r --noheadings -o pid,rss,swap,pgtables,total_vm,points,score,uid
	assert_success
	assert_equal "$stderr" ''
	assert_output '5000002 5368709120 0 10485760 6442450944 10750280 569 0
5000001 21474836480 5368709120 52428800 32212254720 6566400 347 4000000000'
	run fixture_oomctl
	assert_line -n 0 'RAM 16.0G of 64.0G used, swap 6.0G of 8.0G'
	assert_output --regexp ' 5000001 4000000000 +huge .* 25\.0G .* 20\.0G +5\.0G +50\.0M'
}

@test "what a kill frees, on the machine and in a memory cgroup with a limit of 6 GiB" {
	local dir

	machine
	# 65 pages more: its thread can have as many that its process does not count.
	run --separate-stderr fixture_oomctl predict -r --noheadings -o pid,points,frees
	assert_success
	assert_output '5000002 10750280 5379461120
5000001 6566400 26896240640'
	hierarchy=$(mktemp -d -p "$BATS_TEST_TMPDIR")
	dir=$hierarchy/mine
	mkdir "$dir"
	echo memory >"$hierarchy/cgroup.controllers"
	echo "cgroup2 $hierarchy cgroup2 rw 0 0" >"$fixture/self/mounts"
	echo 5000002 >"$dir/cgroup.procs"
	echo 0::/mine >"$fixture/5000002/cgroup"
	echo 6442450944 >"$dir/memory.max"
	echo 5368709120 >"$dir/memory.current"
	echo max >"$dir/memory.swap.max"
	echo 0 | tee "$dir/memory.swap.current" >"$dir/memory.oom.group"
	printf 'active_file 0\ninactive_file 0\nshmem 0\n' >"$dir/memory.stat"
	# 6 GiB and the swap are 3670016 pages; a unit of adj adds 3670.
	run --separate-stderr fixture_oomctl predict --cgroup /mine -r --noheadings -o pid,points,frees
	assert_success
	assert_output '5000002 3148280 5368709120'
}

@test "a log of 5 GiB, with a kill in 2040" {
	local log=$BATS_TEST_TMPDIR/kern.log

	truncate -s 5G "$log"
	printf '\n2040-02-03T04:05:06+00:00 host kernel: Out of memory: Killed process 4242 (huge) %s\n' \
		'total-vm:31457280kB, anon-rss:20971520kB, file-rss:0kB, shmem-rss:0kB, UID:4000000000 pgtables:51200kB oom_score_adj:0' >>"$log"
	TZ=UTC run --separate-stderr oomctl log --since 2039-01-01 -r --noheadings -o time,pid,uid,rss_anon "$log"
	assert_success
	assert_output '2040-02-03\x2004:05:06 4242 4000000000 21474836480'
	TZ=UTC run --separate-stderr oomctl log --since 2041-01-01 -r --noheadings "$log"
	assert_output ''
}

@test "settings and options above 32 bits" {
	machine
	echo 4000000000 >"$fixture/sys/vm/overcommit_kbytes"
	run fixture_oomctl sysctl -r --noheadings -o name,value overcommit_kbytes
	assert_output 'overcommit_kbytes 4000000000'
	run --separate-stderr fixture_oomctl predict -r --noheadings -o pid,points --if-grows 5000001=20G
	assert_output '5000001 11809280
5000002 10750280'
}
