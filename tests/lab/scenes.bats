#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# predict against the kernel: random scenes, each foretold and then decided by the kernel itself.

# shellcheck disable=SC2154 # The variables of hogs and cgroups are set by lib.bash.
load lib

setup() {
	lab_only
}

teardown() {
	lab_cleanup
}

# Half of the scenes have swap. As many as LAB_SCENES says, or as there is time for.
@test "predict: nothing that is certain is wrong; rank: all is as in the kernel's dumps" {
	if ! swap_on; then
		[[ $LAB_KERNEL != uml && ! $LAB_KERNEL =~ ^[0-9.]+$ ]]
		echo "# $LAB_KERNEL has no driver for the guest's disk: no scene has swap" >&3
	fi
	swap_off
	run "$lab_helpers/scenes" -n "$LAB_SCENES" -t $((BATS_TEST_TIMEOUT - 20)) -s "${LAB_SEED:-53000}" -w proc
	echo "$output"
	[ "$status" -eq 0 ]
	# What it has found goes on the record, not only that it went well.
	grep -E '^(scenes|of those|rank against) ' <<<"$output" | sed 's/^/# /' >&3
}

@test "predict and rank by BPF: the same, and no number of the kernel's dumps is another" {
	[[ -r /sys/kernel/btf/vmlinux ]] || skip "$LAB_KERNEL describes no types of its own (CONFIG_DEBUG_INFO_BTF)"
	run "$lab_helpers/scenes" -n "$LAB_SCENES" -t $((BATS_TEST_TIMEOUT - 20)) -s "${LAB_SEED:-53000}" -w bpf
	echo "$output"
	[ "$status" -eq 0 ]
	grep -E '^(scenes|of those|rank against) ' <<<"$output" | sed 's/^/# by BPF: /' >&3
}

@test "predict: the grown process comes first, and the forecast for it has said so" {
	hog_start --anon 20M --grow 40M
	small=$hog_pid
	hog_start --anon 40M
	big=$hog_pid
	[ "$("$OOMCTL" predict -r --noheadings -o tgid --kills 1)" = "$big" ]
	[ "$("$OOMCTL" predict -r --noheadings -o tgid --kills 1 --if-grows "$small=40M")" = "$small" ]
	[ "$("$OOMCTL" predict -r --noheadings -o tgid --kills 1 --if "$small=900")" = "$small" ]
	[ "$("$OOMCTL" predict -r --noheadings -o tgid --kills 1 --if-gone "$big")" = "$small" ]
	kill -USR1 "$small"
	eventually 10 grown_to "$small" 60000
	[ "$(sysrq_oom | oom_victim)" = "$small" ]
}

grown_to() {
	[[ $(sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$1/status") -ge $2 ]]
}

# The adj that explain names is the first with which the kernel takes it.
@test "explain: first with the adj that it names, not first with one less" {
	hog_start --anon 10M
	small=$hog_pid
	hog_start --anon 40M
	big=$hog_pid
	first=$(first_adj "$small")
	echo $((first - 1)) >"/proc/$small/oom_score_adj"
	[ "$(sysrq_oom | oom_victim)" = "$big" ]
	hog_wait "$big"
	# The next one may be some pages bigger or smaller.
	hog_start --anon 40M
	first=$(first_adj "$small")
	echo "$first" >"/proc/$small/oom_score_adj"
	[ "$(sysrq_oom | oom_victim)" = "$small" ]
}

# All three have one adj and die together, so that each is behind nobody and comes before the next that is none of them.
@test "explain: those that share its memory change and die with it" {
	hog_start --adj 700 --anon 10M
	next=$hog_pid
	hog_start --adj 800 --anon 10M --clone-vm
	for pid in "$hog_pid" "$hog_child"; do
		run "$OOMCTL" explain "$pid"
		[ "$status" = 0 ]
		said=$(tr -s ' \n' ' ' <<<"$output")
		if [[ $LAB_KERNEL == uml ]]; then
			# There kcmp(2) is not built in.
			[[ $said == *'It may share its memory with 1 more, but the kernel does not tell'* ]]
			continue
		fi
		[[ $said == *'Its adj and its death are also those of 1 more, with which it shares its memory.'* ]]
		[[ $said =~ first\ with\ adj\ ([0-9]+)\ or\ more,\ as\ it\ is\ now ]]
		((BASH_REMATCH[1] > 690 && BASH_REMATCH[1] <= 701))
		[[ $said == *"from dying before $next (hog), the second now"* ]]
	done
	[[ $LAB_KERNEL != uml ]] || return 0
	# One more than the next one has, and all are killed first.
	first=$(first_adj "$hog_child")
	echo "$first" >"/proc/$hog_child/oom_score_adj"
	victim=$(sysrq_oom | oom_victim)
	[[ $victim == "$hog_pid" || $victim == "$hog_child" ]]
	kill -0 "$next"
}

# first_adj PID
first_adj() {
	"$OOMCTL" explain "$1" | sed -n 's/^  first  *with adj \(-*[0-9]*\).*/\1/p' | grep .
}

@test "predict --cgroup: what is no cgroup with a limit" {
	cgroup_make open
	mkdir "$cgroup_path/child"
	lab_cgroups+=("$cgroup_path/child")
	run "$OOMCTL" predict --cgroup /open
	[ "$status" = 1 ]
	[[ $output == *'has no limit of its own'* ]]
	run "$OOMCTL" predict --cgroup /open/child
	[ "$status" = 1 ]
	[[ $output == *'the memory controller is not in it'* ]]
	run "$OOMCTL" predict --cgroup /nowhere
	[ "$status" = 1 ]
	[[ $output == *'no such cgroup'* ]]
	run "$OOMCTL" predict --cgroup /
	[ "$status" = 1 ]
	run "$OOMCTL" predict --cgroup /../x
	[ "$status" = 1 ]
	[[ $output == *'outside of this cgroup namespace'* ]]
}

@test "predict: a cgroup with a limit is told of, by either name, and explain knows the place in it" {
	cgroup_make near memory.max=50M
	hog_start --anon 20M --cgroup "$cgroup_path"
	run "$OOMCTL" predict
	[[ $output == *'/near'* ]]
	for path in /near near /sys/fs/cgroup/near; do
		[ "$("$OOMCTL" predict -r --noheadings -o tgid --cgroup "$path")" = "$hog_pid" ]
	done
	run "$OOMCTL" explain "$hog_pid"
	[[ $(tr -s ' \n' ' ' <<<"$output") == *'/near ('*' of 50.0M used): number 1 of 1; a unit of adj counts'* ]]
}

# 500 cgroups of other people's are not read: the command opens no file of them.
@test "predict --cgroup reads that subtree alone" {
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
