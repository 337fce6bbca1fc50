#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A caller's processes exit during the write, and another user's processes get their PIDs immediately. The program is
# held at each call where this matters, so no race depends on timing. make check-all recycles 1,600 PIDs, make lab (with
# LAB_RACES=700) 11,200.

# shellcheck disable=SC2154 # privilege_dir and lab_helpers are set by the helpers.
load privilege

setup_file() {
	privilege_setup_file
}

setup() {
	lab_only
	# recycler runs it without carol's group, so the rule names carol.
	write_policy 'permit carol floor -500'
}

teardown() {
	lab_cleanup
}

# races MODE STAGE FAILED WORD...: recycles LAB_RACES of carol's PIDs, in rounds of 100, at that stage of a set with
# these words. No other user's adj changes. FAILED: none, or all; the program reports each failed PID.
races() {
	local out=$BATS_TEST_TMPDIR/out mode=$1 stage=$2 expected=$3 n=$LAB_RACES failed=0 said=0

	shift 3
	[[ $expected == none ]] || failed=$((n / 100)) said=$n
	"$lab_helpers/recycler" -u 2003 $((n / 100)) 100 "$stage" "$privilege_dir/$mode" set "$@" >"$out" 2>&1 || true
	grep -v 'o such process$' "$out" | tail -n 3
	[ "$(tail -n 1 "$out")" = "recycled $n touched 0 failed $failed" ]
	[ "$(grep -cE '^oomctl: pid [0-9]+( \(victim\))?: (.*: )?[Nn]o such process$' "$out" || true)" = "$said" ]
	printf '# | %-6s %-6s %-46s %-8s ok\n' "$mode" carol "$n PIDs recycled: set ${*%\{victims\}}, $stage" unharmed >&3
}

# all_races MODE ADJ
all_races() {
	races "$1" open none "$2" --name '^victim$'
	races "$1" adj all "$2" '{victims}'
	races "$1" write all "$2" '{victims}'
	races "$1" write all -q "$2" '{victims}'
}

# borrowed_races MODE: the same, and at the write with the capability.
borrowed_races() {
	all_races "$1" -500
	races "$1" again all -500 '{victims}'
	races "$1" again all -q -500 '{victims}'
}

@test "privilege: recycled PIDs, plain" {
	all_races plain 500
}

@test "privilege: recycled PIDs, file capability" {
	borrowed_races cap
}

@test "privilege: recycled PIDs, setuid" {
	borrowed_races suid
}
