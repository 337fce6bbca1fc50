#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# group: usage, machines that it refuses, and cgroups of a fixture. Kills are in tests/lab/group.bats and
# systemd-group.bats.

# shellcheck disable=SC2154 # bats sets these

load cli
load fixture

@test "group: usage" {
	local words n=0

	for words in '' on 'on --cgroup /x --unit a' 'maybe --cgroup /x' 'on off --cgroup /x' 'on --cgroup x' \
		'--cgroup /x --persist' '--cgroup /x --dry-run' 'on --cgroup /x -J' 'on --cgroup /x --persist' \
		'on --unit a*' 'on --unit a@' 'on --unit a@ --persist' 'on --unit x.scope --persist' \
		'on --unit x.slice --persist' 'on --unit a/b'; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr oomctl group $words
		assert_equal "$words: $status" "$words: 2"
		assert_equal "$output" ''
		n=$((n + 1))
	done
	((n == 16))
}

@test "group: a machine with cgroup version 1, or without memory cgroups" {
	fixture_or_skip
	fixture_new 6.1.0
	fixture_process 1 init rss=4000 score=0 adj=0
	run --separate-stderr fixture_oomctl group on --cgroup /x
	assert_failure 4
	[[ $stderr == *'no memory cgroups: '* ]]
	[[ $(stat -fc %T /sys/fs/cgroup) != cgroup2fs && $(awk '$1 == "memory"' /proc/cgroups) ]] ||
		skip 'this machine has no version 1'
	run --separate-stderr oomctl group on --cgroup /
	assert_failure 4
	[[ $stderr == *'memory.oom.group needs cgroup version 2'* ]]
}

# cgroup PATH GROUP: with this memory.oom.group.
cgroup() {
	mkdir -p "$hierarchy$1"
	: >"$hierarchy$1/cgroup.procs"
	echo "$2" >"$hierarchy$1/memory.oom.group"
	echo max >"$hierarchy$1/memory.max"
}

# process PID NAME PATH [KEY=VALUE]...: in this cgroup.
process() {
	fixture_process "$1" "$2" vm=9000 rss=4000 anon=4000 file=0 shmem=0 pte=40 swap=0 adj=0 score=667 \
		cgroup="0::$3\n" "${@:4}"
	echo "$2" >"$fixture/$1/comm"
	echo "$1" >>"$hierarchy$3/cgroup.procs"
}

# machine: /jobs with a shell, and below it /jobs/one with two workers and an unkillable process.
machine() {
	fixture_or_skip
	fixture_new 6.12.1
	hierarchy=$BATS_TEST_TMPDIR/hierarchy
	mkdir "$hierarchy"
	echo memory >"$hierarchy/cgroup.controllers"
	echo "cgroup2 ${hierarchy// /\\040} cgroup2 rw 0 0" >"$fixture/self/mounts"
	fixture_process 1 init rss=4000 score=0 adj=0 cgroup='0::/\n'
	cgroup /jobs 0
	cgroup /jobs/one 0
	process 20 sh /jobs
	process 30 worker /jobs/one rss=8000 anon=8000
	process 31 worker /jobs/one
	process 32 keeper /jobs/one adj=-1000 score=0
}

@test "group: what would be killed together, by the cgroup's and its parents' setting" {
	machine
	run --separate-stderr -0 fixture_oomctl group --cgroup /jobs/one
	assert_equal "$stderr" ''
	assert_output - <<-'END'
		/jobs/one: memory.oom.group is 0
		PID USER NAME     ADJ MEMORY KILLED
		 30 root worker     0   7.9M -
		 31 root worker     0   3.9M -
		 32 root keeper -1000   3.9M no
		killed one at a time: 2 processes, 11.8M
	END
	run -0 fixture_oomctl group on --cgroup /jobs --dry-run
	assert_line --index 0 '/jobs: memory.oom.group 0 -> 1 (dry run)'
	assert_equal "$(<"$hierarchy/jobs/memory.oom.group")" 0
	run -0 fixture_oomctl group on --cgroup /jobs -q
	assert_equal "$output$(<"$hierarchy/jobs/memory.oom.group")" 1
	# If memory runs out in /jobs, all of it is killed; in /jobs/one, its own setting decides.
	run -0 fixture_oomctl group --cgroup /jobs/one
	assert_output - <<-'END'
		/jobs/one: memory.oom.group is 0
		memory.oom.group of /jobs is 1: if memory runs out there or above, the kernel kills all of it
		PID USER NAME     ADJ MEMORY KILLED
		 20 root sh         0   3.9M yes
		 30 root worker     0   7.9M yes
		 31 root worker     0   3.9M yes
		 32 root keeper -1000   3.9M no
		killed together: 3 processes, 15.7M
	END
	run -0 fixture_oomctl group --cgroup /jobs -J
	assert_equal "$(jq -c '.group[] | [.cgroup, .is_group, .killed_as, .killed, .memory]' <<<"$output")" \
		'["/jobs",true,"/jobs",3,16506880]'
	run -0 fixture_oomctl group on --cgroup /jobs
	assert_line --index 0 '/jobs: memory.oom.group is 1 already'
	run -0 fixture_oomctl group off --cgroup /jobs
	assert_line --index 0 '/jobs: memory.oom.group 1 -> 0'
	assert_line 'killed one at a time: 3 processes, 15.7M'
}

@test "group: cgroups without the setting" {
	machine
	for words in 'on --cgroup /none' '--cgroup /none'; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr -1 fixture_oomctl group $words
		assert_equal "$output" ''
		assert_equal "$stderr" 'oomctl: cgroup /none: no such memory cgroup'
	done
	run --separate-stderr -1 fixture_oomctl group --cgroup /
	assert_equal "$stderr" 'oomctl: cgroup /: has no memory.oom.group: the root cgroup is never killed as a group'
}
