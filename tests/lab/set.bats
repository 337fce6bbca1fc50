#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# set on a real kernel: every value, what the kernel makes of it, and each way in which it says no.

# bats and lib.bash set these, each test in a shell of its own; the inner shells expand theirs.
# shellcheck disable=SC2154,SC2030,SC2031,SC2016

bats_require_minimum_version 1.5.0
load lib

setup() {
	lab_only
}

teardown() {
	lab_cleanup
}

# user UID COMMAND...: as an ordinary user.
user() {
	local uid=$1

	shift
	setpriv --reuid "$uid" --regid "$uid" --clear-groups "$@"
}

# root without the one capability, as in most containers.
weak_root() {
	setpriv --bounding-set -sys_resource --inh-caps -sys_resource "$@"
}

# reads PID ADJ [OLD]: that is what the kernel says now.
reads() {
	local adj old

	read -r adj <"/proc/$1/oom_score_adj"
	read -r old <"/proc/$1/oom_adj"
	[ "$adj" = "$2" ] && [ "$old" = "${3-$old}" ]
}

@test "set: each value of the old scale is what the kernel's own oom_adj makes of it" {
	hog_start
	ours=$hog_pid
	hog_start
	kernels=$hog_pid
	for ((value = -17; value <= 15; value++)); do
		"$OOMCTL" set -q --oom-adj "$value" "$ours"
		echo "$value" >"/proc/$kernels/oom_adj"
		read -r adj <"/proc/$kernels/oom_score_adj"
		read -r old <"/proc/$kernels/oom_adj"
		echo "$value: $adj $old"
		reads "$ours" "$adj" "$old"
	done
	((value == 16))
}

@test "set: -1000, -999, -1, 0, 1, 999, 1000" {
	hog_start
	before=0
	while read -r adj old; do
		run "$OOMCTL" set "$adj" "$hog_pid"
		[ "$status" = 0 ]
		[ "$output" = "pid $hog_pid (hog): adj $before -> $adj" ]
		reads "$hog_pid" "$adj" "$old"
		before=$adj
	done <<-'END'
		-1000 -17
		-999 -16
		-1 0
		0 0
		1 0
		999 15
		1000 15
	END
	[ "$before" = 1000 ]
}

@test "set --oom-adj says both scales" {
	hog_start
	run "$OOMCTL" set --oom-adj -17 "$hog_pid"
	[ "$output" = "pid $hog_pid (hog): oom_adj 0 -> -17, adj 0 -> -1000" ]
	run "$OOMCTL" set --oom-adj -16 "$hog_pid"
	[ "$output" = "pid $hog_pid (hog): oom_adj -17 -> -15, adj -1000 -> -941" ]
	run "$OOMCTL" set --oom-adj --by 1 "$hog_pid"
	[ "$output" = "pid $hog_pid (hog): oom_adj -15 -> -14, adj -941 -> -882" ]
}

@test "set --by down to the end of the scale" {
	hog_start --adj -900
	run "$OOMCTL" set --by -100 "$hog_pid"
	[ "$output" = "pid $hog_pid (hog): adj -900 -> -1000" ]
	run "$OOMCTL" set --by -1 "$hog_pid"
	[ "$output" = "pid $hog_pid (hog): adj -1000 -> -1000 (the end of the scale)" ]
}

@test "set: an ordinary user raises own processes and takes it back down to the floor" {
	hog_start --adj 100 --uid 1234
	run user 1234 "$OOMCTL" set 500 "$hog_pid"
	[ "$status" = 0 ]
	run user 1234 "$OOMCTL" set 100 "$hog_pid"
	[ "$status" = 0 ]
	reads "$hog_pid" 100
	run user 1234 "$OOMCTL" set 99 "$hog_pid"
	[ "$status" = 3 ]
	diff - <(echo "$output") <<-END
		oomctl: pid $hog_pid (hog): cannot set adj to 99: Permission denied
		oomctl: lowering below its floor needs CAP_SYS_RESOURCE: run it as root, or see PRIVILEGES in oomctl(8)
	END
	reads "$hog_pid" 100
}

@test "set: an ordinary user, others' processes" {
	hog_start
	run user 1234 "$OOMCTL" set 500 "$hog_pid"
	[ "$status" = 3 ]
	diff - <(echo "$output") <<-END
		oomctl: pid $hog_pid (hog): cannot set adj to 500: Permission denied
		oomctl: only its owner and root may set the adj of a process
	END
	reads "$hog_pid" 0
}

@test "set: an ordinary user, an own process that is not dumpable" {
	hog_start --uid 1234 --not-dumpable
	run user 1234 "$OOMCTL" set 500 "$hog_pid"
	[ "$status" = 3 ]
	diff - <(echo "$output") <<-END
		oomctl: pid $hog_pid (hog): cannot set adj to 500: Permission denied
		oomctl: its files in /proc belong to root, because it is not dumpable (setuid, setcap or prctl(2))
	END
	reads "$hog_pid" 0
}

@test "set: root without the capability, above and below the floor" {
	hog_start --adj 50 --uid 1234
	run weak_root "$OOMCTL" set 60 "$hog_pid"
	[ "$status" = 0 ]
	run weak_root "$OOMCTL" set 50 "$hog_pid"
	[ "$status" = 0 ]
	run weak_root "$OOMCTL" set 49 "$hog_pid"
	[ "$status" = 3 ]
	diff - <(echo "$output") <<-END
		oomctl: pid $hog_pid (hog): cannot set adj to 49: Permission denied
		oomctl: lowering below its floor needs CAP_SYS_RESOURCE, which this root lacks (a container?)
	END
	reads "$hog_pid" 50
}

@test "set: root of another user namespace" {
	hog_start --uid 1234
	own=$hog_pid
	hog_start
	run user 1234 unshare -Ur "$OOMCTL" set 10 "$own"
	[ "$status" = 0 ]
	run user 1234 unshare -Ur "$OOMCTL" set -1 "$own"
	[ "$status" = 3 ]
	diff - <(echo "$output") <<-END
		oomctl: pid $own (hog): cannot set adj to -1: Permission denied
		oomctl: lowering below its floor needs CAP_SYS_RESOURCE in the first user namespace: root of another one does not count
	END
	reads "$own" 10
	run user 1234 unshare -Ur "$OOMCTL" set 10 "$hog_pid"
	[ "$status" = 3 ]
	[ "${lines[1]}" = 'oomctl: only its owner and root may set the adj of a process' ]
	reads "$hog_pid" 0
}

@test "set: of a mixture the good ones are done, each failure is a line, the worst status wins" {
	hog_start --uid 1234
	first=$hog_pid
	hog_start
	others=$hog_pid
	hog_start --uid 1234
	run --separate-stderr user 1234 "$OOMCTL" set 500 "$first" "$others" 4194304 "$hog_pid"
	[ "$status" = 3 ]
	diff - <(echo "$output") <<-END
		pid $first (hog): adj 0 -> 500
		pid $hog_pid (hog): adj 0 -> 500
	END
	diff - <(echo "$stderr") <<-END
		oomctl: pid $others (hog): cannot set adj to 500: Permission denied
		oomctl: only its owner and root may set the adj of a process
		oomctl: pid 4194304: no such process
	END
	reads "$first" 500
	reads "$others" 0
	reads "$hog_pid" 500
}

@test "set: the explanation comes once for many" {
	hog_start
	one=$hog_pid
	hog_start
	run user 1234 "$OOMCTL" set 500 "$one" "$hog_pid"
	[ "${#lines[@]}" = 3 ]
	[ "$(grep -c 'only its owner' <<<"$output")" = 1 ]
}

@test "set --dry-run changes nothing and says whether the kernel would let it" {
	hog_start --adj 100 --uid 1234
	run "$OOMCTL" set --dry-run -1000 "$hog_pid"
	[ "$status" = 0 ]
	[ "$output" = "pid $hog_pid (hog): adj 100 -> -1000 (dry run)" ]
	run user 1234 "$OOMCTL" set --dry-run -1000 "$hog_pid"
	[ "$status" = 3 ]
	[[ $output == "pid $hog_pid (hog): adj 100 -> -1000 (dry run: "*CAP_SYS_RESOURCE* ]]
	run user 1234 "$OOMCTL" set --dry-run 200 "$hog_pid"
	[ "$status" = 0 ]
	reads "$hog_pid" 100
	hog_start
	run user 1234 "$OOMCTL" set --dry-run 200 "$hog_pid"
	[ "$status" = 3 ]
}

@test "set: a write with the capability moves the floor, so that none is raised where none is needed" {
	hog_start --uid 1234
	"$OOMCTL" set -q 300 "$hog_pid"
	run user 1234 "$OOMCTL" set 299 "$hog_pid"
	[ "$status" = 0 ]
	reads "$hog_pid" 299
}


# told_sharer COMMAND WORD...: that hog_child has changed with hog_pid is said, and of nobody else.
told_sharer() {
	run --separate-stderr "$@"
	[ "$status" = 0 ]
	[[ ${lines[0]} == "pid $hog_pid (hog): adj "*" -> -500" ]]
	reads "$hog_child" -500
	[ "$stderr" = "oomctl: pid $hog_child (hog): shares memory with $hog_pid; its adj is -500 now" ]
}

@test "set: processes that share memory change together, and it is said, also where the kernel has no kcmp" {
	# Others of the same size: one that has the adj already, and one that has another.
	hog_start --adj -500 --anon 4M
	hog_start --adj 20 --anon 4M
	other=$hog_pid
	hog_start --anon 4M --clone-vm
	told_sharer "$OOMCTL" set -500 "$hog_pid"
	[ "${#lines[@]}" = 1 ]
	"$OOMCTL" set -q 7 "$hog_pid"
	# strace(1) answers in the kernel's stead.
	for errno in ENOSYS EPERM; do
		"$OOMCTL" set -q 7 "$hog_pid"
		told_sharer strace -qq -o /dev/null -e trace=kcmp -e inject=kcmp:error="$errno" "$OOMCTL" set -500 "$hog_pid"
	done
	# Who is named itself is not told of.
	run --separate-stderr "$OOMCTL" set 30 "$hog_pid" "$hog_child"
	[ -z "$stderr" ]
	reads "$other" 20
}

@test "set --dry-run: who would change along, and who would not" {
	[[ $LAB_KERNEL != uml ]] || skip 'this kernel has no kcmp(2)'
	hog_start --adj 20 --clone-vm
	run --separate-stderr -0 "$OOMCTL" set --dry-run 300 "$hog_pid"
	[ "$output" = "pid $hog_pid (hog): adj 20 -> 300 (dry run)" ]
	[[ $stderr == *"oomctl: pid $hog_child (hog): shares memory with $hog_pid; its adj, 20, would change with it" ]]
	reads "$hog_child" 20
	hog_start --vfork
	run --separate-stderr -0 "$OOMCTL" set --dry-run -q 300 "$hog_pid"
	[ -z "$stderr" ]
}

@test "set --by: those that share memory move once, whichever is named" {
	hog_start --clone-vm
	run -0 "$OOMCTL" set --by 100 "$hog_pid" "$hog_child"
	reads "$hog_pid" 100
	reads "$hog_child" 100
}

@test "set: a vfork child and its parent keep their own" {
	hog_start --vfork
	run --separate-stderr "$OOMCTL" set 400 "$hog_pid"
	[ "$status" = 0 ]
	reads "$hog_pid" 400
	reads "$hog_child" 0
	run --separate-stderr "$OOMCTL" set 300 "$hog_child"
	reads "$hog_pid" 400
	reads "$hog_child" 300
}

@test "set --tree: descendants of all generations, and no others" {
	hog_start
	stranger=$hog_pid
	bash -c 'bash -c "sleep 100 & sleep 100 & wait" & sleep 100 & wait' 3>&- &
	top=$!
	lab_pids+=("$top")
	family() { "$OOMCTL" get -r --noheadings -o tgid --tree "$top"; }
	has_five() { (($(family | wc -l) == 5)); }
	eventually 10 has_five
	mapfile -t members < <(family)
	lab_pids+=("${members[@]}")
	run "$OOMCTL" set -321 --tree "$top"
	[ "$status" = 0 ]
	[ "${#lines[@]}" = 5 ]
	for pid in "${members[@]}"; do
		reads "$pid" -321
	done
	reads "$stranger" 0
}

@test "set: --cgroup, --user and --name narrow each other down" {
	cgroup_make set-test
	inside=$cgroup_path
	cgroup_make set-test/below
	hog_start --cgroup "$inside" --uid 1234
	one=$hog_pid
	hog_start --cgroup "$cgroup_path" --uid 1234
	two=$hog_pid
	hog_start --cgroup "$inside" --uid 4321
	others=$hog_pid
	hog_start --uid 1234
	run "$OOMCTL" set 111 --cgroup /set-test --user 1234 --name hog
	[ "$status" = 0 ]
	reads "$one" 111
	reads "$two" 111
	reads "$others" 0
	reads "$hog_pid" 0
	run "$OOMCTL" set 112 --cgroup /sys/fs/cgroup/set-test/below
	reads "$one" 111
	reads "$two" 112
}

@test "set: a kernel thread and init take an adj, which changes nothing" {
	echo 0 >/proc/2/oom_score_adj
	run "$OOMCTL" set 5 2
	[ "$status" = 0 ]
	reads 2 5
	# That it has children leads nowhere.
	[ "$(sort <<<"$output")" = "oomctl: pid 2 (kthreadd): kernel thread: its adj has no effect
pid 2 (kthreadd): adj 0 -> 5" ]
	"$OOMCTL" set -q 0 2
	[ "$(cat /proc/2/oom_score)" = 0 ]
}

@test "set: a zombie takes an adj too" {
	# Its parent never waits for it.
	bash -c 'sleep 0 & echo $!; exec sleep 100' >"$BATS_TEST_TMPDIR/pid" 3>&- &
	lab_pids+=("$!")
	eventually 10 test -s "$BATS_TEST_TMPDIR/pid"
	zombie=$(<"$BATS_TEST_TMPDIR/pid")
	is_zombie() { grep -q '^State:.*Z' "/proc/$zombie/status"; }
	eventually 10 is_zombie
	run --separate-stderr "$OOMCTL" set 5 "$zombie"
	[ "$status" = 0 ]
	[ "$output" = "pid $zombie (sleep): adj 0 -> 5" ]
	[ "$stderr" = "oomctl: pid $zombie (sleep): has ended (zombie): its adj has no effect" ]
}

@test "set: processes whose leader has ended, and a thread's id" {
	hog_start --dead-leader
	run "$OOMCTL" set -7 "$hog_pid"
	[ "$status" = 0 ]
	reads "$hog_pid" -7
	hog_start --threads 2
	threads=("/proc/$hog_pid/task"/*)
	thread=${threads[1]##*/}
	[ "$thread" != "$hog_pid" ]
	run --separate-stderr "$OOMCTL" set -8 "$thread"
	[ "$status" = 0 ]
	[ "$output" = "pid $hog_pid (hog): adj 0 -> -8" ]
	[ "$stderr" = "oomctl: pid $thread (hog): a thread of process $hog_pid, which is meant" ]
	reads "$hog_pid" -8
}
