#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: expect panic Out of memory: compulsory panic_on_oom is enabled
# panic_on_oom=2, set by oomctl: the guest panics when only a cgroup is short of memory.

# bats and lib.bash set these, each test in a shell of its own; the inner shells expand theirs.
# shellcheck disable=SC2154,SC2030,SC2031,SC2016

load lib

@test "sysctl panic_on_oom=2: a cgroup that is short of memory panics the guest" {
	lab_only
	"$OOMCTL" sysctl panic_on_oom=2
	cgroup_make small memory.max=20M memory.swap.max=0
	hog_start --cgroup "$cgroup_path" --anon 60M
}
