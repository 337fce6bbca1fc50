#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# predict against the kernel: random scenes, each predicted, then decided by the kernel.

# shellcheck disable=SC2154 # The variables of hogs and cgroups are set by lib.bash.
load lib

setup() {
	lab_only
}

teardown() {
	lab_cleanup
}

# Half of the scenes have swap. Runs LAB_SCENES scenes, or as many as time permits.
@test "predict: no certain prediction is wrong; rank: all numbers are as in the kernel dumps" {
	lab_needs log memory
	if ! swap_on; then
		[[ -z $LAB_ROW ]]
		echo "# $LAB_KERNEL has no swap, or no driver for the guest's disk: no scene has swap" >&3
	fi
	swap_off
	run "$lab_helpers/scenes" -n "$LAB_SCENES" -t $((BATS_TEST_TIMEOUT - 20)) -s "${LAB_SEED:-53000}" -w proc
	echo "$output"
	[ "$status" -eq 0 ]
	# Prints the results, also if the test passes.
	grep -E '^(scenes|of those|rank against) ' <<<"$output" | sed 's/^/# /' >&3
}

# bats test_tags=beyond-uml
@test "predict and rank with a BPF scan: the same, with all numbers as in the kernel dumps" {
	bpf_or_skip
	run "$lab_helpers/scenes" -n "$LAB_SCENES" -t $((BATS_TEST_TIMEOUT - 20)) -s "${LAB_SEED:-53000}" -w bpf
	echo "$output"
	[ "$status" -eq 0 ]
	grep -E '^(scenes|of those|rank against) ' <<<"$output" | sed 's/^/# by BPF: /' >&3
}

@test "predict: a process that grows becomes first, as --if-grows predicts" {
	lab_needs log
	hog_start --anon 20M --grow 40M
	small=$hog_pid
	hog_start --anon 40M
	big=$hog_pid
	[ "$("$OOMCTL" predict -r --noheadings -o tgid --kills 1)" = "$big" ]
	[ "$("$OOMCTL" predict -r --noheadings -o tgid --kills 1 --if-grows "$small=40M")" = "$small" ]
	[ "$("$OOMCTL" predict -r --noheadings -o tgid --kills 1 --if "$small=900")" = "$small" ]
	[ "$("$OOMCTL" predict -r --noheadings -o tgid --kills 1 --if-gone "$big")" = "$small" ]
	kill -USR1 "$small"
	eventually grown_to "$small" 60000
	[ "$(sysrq_oom | oom_victim)" = "$small" ]
}

grown_to() {
	[[ $(sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$1/status") -ge $2 ]]
}

# The adj that explain shows is the lowest with which the kernel kills the process first.
@test "explain: first with the adj that it shows, not with one less" {
	lab_needs log
	hog_start --anon 10M
	small=$hog_pid
	hog_start --anon 40M
	big=$hog_pid
	first=$(first_adj "$small")
	echo $((first - 1)) >"/proc/$small/oom_score_adj"
	[ "$(sysrq_oom | oom_victim)" = "$big" ]
	hog_wait "$big"
	# The next process may be some pages larger or smaller.
	hog_start --anon 40M
	first=$(first_adj "$small")
	echo "$first" >"/proc/$small/oom_score_adj"
	[ "$(sysrq_oom | oom_victim)" = "$small" ]
}

# All three have one adj and are killed together, so each is compared with the next process that is not one of them.
@test "explain: processes that share its memory change and are killed with it" {
	lab_needs log
	hog_start --adj 700 --anon 10M
	next=$hog_pid
	hog_start --adj 800 --anon 10M --clone-vm
	for pid in "$hog_pid" "$hog_child"; do
		run "$OOMCTL" explain "$pid"
		[ "$status" = 0 ]
		said=$(tr -s ' \n' ' ' <<<"$output")
		if [[ $LAB_KERNEL == uml ]]; then
			# UML has no kcmp(2).
			[[ $said == *'1 other process may share memory with it; kcmp(2) cannot'* ]]
			continue
		fi
		[[ $said == *'1 other process shares memory with it, has the same adj, and is killed with it.'* ]]
		[[ $said =~ first\ adj\ ([0-9]+)\ or\ more\ \(as\ now\) ]]
		((BASH_REMATCH[1] > 690 && BASH_REMATCH[1] <= 701))
		[[ $said == *"below $next (hog), currently second"* ]]
	done
	[[ $LAB_KERNEL != uml ]] || return 0
	# With one more than the next process has, all are killed first.
	first=$(first_adj "$hog_child")
	echo "$first" >"/proc/$hog_child/oom_score_adj"
	victim=$(sysrq_oom | oom_victim)
	[[ $victim == "$hog_pid" || $victim == "$hog_child" ]]
	kill -0 "$next"
}

# first_adj PID
first_adj() {
	"$OOMCTL" explain "$1" | sed -n 's/^  first  *adj \(-*[0-9]*\).*/\1/p' | grep .
}

@test "predict --cgroup: not a cgroup with a limit" {
	cgroup_make open
	mkdir "$cgroup_path/child"
	lab_cgroups+=("$cgroup_path/child")
	run "$OOMCTL" predict --cgroup /open
	[ "$status" = 1 ]
	[[ $output == *'has no memory limit'* ]]
	run "$OOMCTL" predict --cgroup /open/child
	[ "$status" = 1 ]
	[[ $output == *'no memory controller'* ]]
	run "$OOMCTL" predict --cgroup /nowhere
	[ "$status" = 1 ]
	[[ $output == *'no such memory cgroup'* ]]
	run "$OOMCTL" predict --cgroup /
	[ "$status" = 1 ]
	run "$OOMCTL" predict --cgroup /../x
	[ "$status" = 1 ]
	[[ $output == *'outside of this cgroup namespace'* ]]
}

@test "predict: a cgroup with a limit is listed, any form of its path works, and explain shows the rank in it" {
	cgroup_make near memory.max=128M
	hog_start --anon 20M --cgroup "$cgroup_path"
	run "$OOMCTL" predict
	[[ $output == *'/near'* ]]
	for path in /near /sys/fs/cgroup/near; do
		[ "$("$OOMCTL" predict -r --noheadings -o tgid --cgroup "$path")" = "$hog_pid" ]
	done
	run "$OOMCTL" explain "$hog_pid"
	[[ $(tr -s ' \n' ' ' <<<"$output") == *'/near ('*' of 128M used): ranked 1 of 1; a unit of adj adds'* ]]
}

# It opens no file of 500 other cgroups.
@test "predict --cgroup reads only that subtree" {
	command -v strace >/dev/null || skip 'no strace in this guest'
	cgroup_make mine memory.max=50M
	hog_start --anon 5M --cgroup "$cgroup_path"
	mine=$hog_pid
	cgroup_make other
	hog_start --anon 5M --cgroup "$cgroup_path"
	run strace -f -e trace=openat -o "$BATS_TEST_TMPDIR/trace" "$OOMCTL" predict --cgroup /mine --scan=proc
	if grep -q 'Function not implemented\|Operation not permitted' <<<"$output"; then
		skip 'no ptrace in this guest'
	fi
	[ "$status" = 0 ]
	grep -q "\"$mine/status\"" "$BATS_TEST_TMPDIR/trace"
	run grep -E "\"$hog_pid/|\"other\"" "$BATS_TEST_TMPDIR/trace"
	[ "$status" = 1 ]
}
