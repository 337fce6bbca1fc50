#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# protect and run before a real OOM killer, and what protect warns of.

# bats and lib.bash set these, each test in a shell of its own; the inner shells expand theirs.
# shellcheck disable=SC2154,SC2030,SC2031,SC2016

bats_require_minimum_version 1.5.0
load lib

setup() {
	lab_only
	rm -rf /run/oomctl
}

teardown() {
	lab_cleanup
	rm -rf /run/oomctl
}

# reads PID ADJ
reads() {
	[ "$(cat "/proc/$1/oom_score_adj")" = "$2" ]
}

@test "protect: of two equal hogs the other one dies" {
	hog_start --anon 30M
	one=$hog_pid
	hog_start --anon 30M
	# The one that would die: the younger, unless a page or two makes the difference.
	doomed=$("$OOMCTL" rank -t 1 -r --noheadings -o tgid)
	((doomed == one)) && other=$hog_pid || other=$one
	[[ " $one $hog_pid " == *" $doomed "* ]]
	"$OOMCTL" protect "$doomed"
	[ "$("$OOMCTL" rank -t 1 -r --noheadings -o tgid)" = "$other" ]
	[ "$(sysrq_oom | oom_victim)" = "$other" ]
	hog_wait "$other"
	[ "$hog_status" = 137 ]
	kill -0 "$doomed"
}

@test "protect: the last to be killed, but killed" {
	cgroup_make last memory.max=30M memory.swap.max=0
	hog_start --cgroup "$cgroup_path" --anon 8M --name bystander
	bystander=$hog_pid
	hog_start --cgroup "$cgroup_path" --anon 8M --grow 40M --name eater
	"$OOMCTL" protect "$hog_pid"
	kill -USR1 "$hog_pid"
	hog_wait "$hog_pid"
	[ "$hog_status" = 137 ]
	hog_wait "$bystander"
	[ "$hog_status" = 137 ]
}

@test "protect --never: not even when nothing else would help" {
	hog_start --anon 50M
	"$OOMCTL" protect -q --never "$hog_pid"
	reads "$hog_pid" -1000
	big=$hog_pid
	hog_start --anon 5M
	[ "$(sysrq_oom | oom_victim)" = "$hog_pid" ]
	kill -0 "$big"
}

@test "run -n 1000: a small process dies before a big one" {
	hog_start --anon 50M
	ready=$BATS_TEST_TMPDIR/ready
	"$OOMCTL" run -n 1000 -- "$lab_helpers/hog" --anon 4M --ready "$ready" >/dev/null 3>&- &
	small=$!
	lab_pids+=("$small")
	eventually 20 test -s "$ready"
	reads "$small" 1000
	[ "$(sysrq_oom | oom_victim)" = "$small" ]
	hog_wait "$small"
	[ "$hog_status" = 137 ]
	kill -0 "$hog_pid"
}

@test "run --protect and --never: COMMAND begins with that adj" {
	run "$OOMCTL" run --protect cat /proc/self/oom_score_adj
	[ "$status" = 0 ]
	[ "$output" = -999 ]
	run "$OOMCTL" run --never -- sh -c 'cat /proc/self/oom_score_adj; exit 9'
	[ "$status" = 9 ]
	[ "$output" = -1000 ]
	run setpriv --reuid 1234 --regid 1234 --clear-groups "$OOMCTL" run -n -1 true
	[ "$status" = 125 ]
	[[ $output == *": cannot set adj to -1: Permission denied"* ]]
}

@test "protect: -999 in place of -1000 is said to protect less, and -n or --never are not" {
	hog_start --adj -1000
	run --separate-stderr -0 "$OOMCTL" protect --dry-run "$hog_pid"
	[ "$stderr" = "oomctl: pid $hog_pid (hog): adj -1000 protects more than -999, which it would have: --never keeps it" ]
	for asked in --never '-n -999' '-n 5'; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr -0 "$OOMCTL" protect --dry-run $asked "$hog_pid"
		[ -z "$stderr" ]
	done
	run --separate-stderr -0 "$OOMCTL" protect "$hog_pid"
	[ "$output" = "pid $hog_pid (hog): adj -1000 -> -999" ]
	[ "$stderr" = "oomctl: pid $hog_pid (hog): adj -1000 protects more than -999, which it has now: --never keeps it" ]
	run --separate-stderr -0 "$OOMCTL" protect "$hog_pid"
	[ -z "$stderr" ]
}

@test "protect: an ordinary user has no records, and can write none" {
	hog_start --uid 1234
	run setpriv --reuid 1234 --regid 1234 --clear-groups "$OOMCTL" protect -n 300 "$hog_pid"
	[ "$status" = 0 ]
	[ "$output" = "pid $hog_pid (hog): adj 0 -> 300" ]
	[ ! -e /run/oomctl ]
	run setpriv --reuid 1234 --regid 1234 --clear-groups "$OOMCTL" unprotect "$hog_pid"
	[ "$status" = 0 ]
	[ "$output" = "pid $hog_pid (hog): adj 300 -> 300 (nothing was remembered)" ]
}

@test "protect --never: more than half of RAM is warned of, less is not" {
	ram_kib=$(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo)
	hog_start --anon $((ram_kib * 55 / 100))K
	run --separate-stderr "$OOMCTL" protect --never --dry-run "$hog_pid"
	[[ $stderr == 'oomctl: what is protected holds '*', more than half of RAM and swap: '* ]]
	run --separate-stderr "$OOMCTL" protect --dry-run "$hog_pid"
	[ -z "$stderr" ]
	kill -KILL "$hog_pid"
	hog_wait "$hog_pid"
	hog_start --anon $((ram_kib * 40 / 100))K
	run --separate-stderr "$OOMCTL" protect --never --dry-run "$hog_pid"
	[ -z "$stderr" ]
}

@test "protect --never: memory that several processes share counts once" {
	[[ $LAB_KERNEL != uml ]] || skip 'this kernel has no kcmp(2)'
	ram_kib=$(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo)
	hog_start --anon $((ram_kib * 35 / 100))K --clone-vm
	run --separate-stderr "$OOMCTL" protect --never --dry-run --tree "$hog_pid"
	[ "${#lines[@]}" = 2 ]
	[ -z "$stderr" ]
}

@test "protect --never: nothing killable left is warned of" {
	run --separate-stderr "$OOMCTL" protect --never --dry-run --name .
	[[ $stderr == *'oomctl: nothing killable would be left: out of memory, the kernel would panic'* ]]
	hog_start --uid 1234
	run --separate-stderr "$OOMCTL" protect --never --dry-run --user root
	[[ $stderr != *'nothing killable'* ]]
	"$OOMCTL" set -q -1000 "$hog_pid"
	run --separate-stderr "$OOMCTL" protect --never --dry-run --user root
	[[ $stderr == *'nothing killable'* ]]
}

@test "protect --never: a cgroup with a limit and nothing killable is warned of" {
	warning='has a limit and would hold nothing killable'
	cgroup_make limited memory.max=50M
	hog_start --cgroup "$cgroup_path"
	one=$hog_pid
	run --separate-stderr "$OOMCTL" protect --never --dry-run "$one"
	[[ $stderr == "oomctl: cgroup /limited $warning"* ]]
	hog_start --cgroup "$cgroup_path"
	run --separate-stderr "$OOMCTL" protect --never --dry-run "$one"
	[ -z "$stderr" ]
	run --separate-stderr "$OOMCTL" protect --never --dry-run "$one" "$hog_pid"
	[[ $stderr == "oomctl: cgroup /limited $warning"* ]]
	[ "$(grep -c "$warning" <<<"$stderr")" = 1 ]
	"$OOMCTL" set -q -1000 "$hog_pid"
	run --separate-stderr "$OOMCTL" protect --never --dry-run "$one"
	[[ $stderr == "oomctl: cgroup /limited $warning"* ]]
}

@test "protect --never: the limit may be that of a cgroup above" {
	cgroup_make outer memory.max=50M
	outer=$cgroup_path
	echo +memory >"$outer/cgroup.subtree_control"
	cgroup_make outer/inner
	hog_start --cgroup "$cgroup_path"
	run --separate-stderr "$OOMCTL" protect --never --dry-run "$hog_pid"
	[[ $stderr == 'oomctl: cgroup /outer has a limit'* ]]
	echo max >"$outer/memory.max"
	run --separate-stderr "$OOMCTL" protect --never --dry-run "$hog_pid"
	[ -z "$stderr" ]
}
