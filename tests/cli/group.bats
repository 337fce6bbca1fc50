#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# group: usage, and machines that it refuses. The rest is in tests/lab/group.bats and systemd-group.bats.

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
