#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# 10,000 processes of a permitted caller end while they are written to, and their PIDs go to another's at once.
# It takes minutes and is run by hand: tests/lab/lab -k uml tests/lab/long/privilege-races.bats

# shellcheck disable=SC2154 # privilege_dir is set by the helpers.
load ../privilege

setup_file() {
	privilege_setup_file
}

setup() {
	lab_only
}

teardown() {
	lab_cleanup
}

# races N MODE OPTION...: as carol, whose group is not hers here, so that the rule names her.
races() {
	local count=$1 mode=$2

	shift 2
	write_policy 'permit carol floor -500'
	"${BUILD:-build}/tests/lab/usurper" "$count" 2003 2002 "$privilege_dir/$mode" set "$@" -500
}

@test "privilege: 2,500 recycled PIDs, file capability" {
	races 2500 cap
}

@test "privilege: 2,500 recycled PIDs, file capability, quietly" {
	races 2500 cap -q
}

@test "privilege: 2,500 recycled PIDs, setuid" {
	races 2500 suid
}

@test "privilege: 2,500 recycled PIDs, setuid, quietly" {
	races 2500 suid -q
}
