#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# set on a real kernel: all values, how the kernel stores them, and each kind of refusal.

# bats and lib.bash set these, each test in a shell of its own; the inner shells expand theirs.
# shellcheck disable=SC2154,SC2030,SC2031,SC2016

bats_require_minimum_version 1.5.0
load lib

setup() {
	lab_only
	inherit='oomctl: children forked from now on inherit the new adj'
}

teardown() {
	lab_cleanup
}

# user UID COMMAND...: runs it as an ordinary user.
user() {
	local uid=$1

	shift
	setpriv --reuid "$uid" --regid "$uid" --clear-groups "$@"
}

# Root without CAP_SYS_RESOURCE, as in most containers.
weak_root() {
	setpriv --bounding-set -sys_resource --inh-caps -sys_resource "$@"
}

# reads PID ADJ [OLD]: the process has this adj, and this oom_adj.
reads() {
	local adj old

	read -r adj <"/proc/$1/oom_score_adj"
	read -r old <"/proc/$1/oom_adj"
	[ "$adj" = "$2" ] && [ "$old" = "${3-$old}" ]
}

@test "set --oom-adj: each value is converted as the kernel converts oom_adj" {
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

@test "set: the values -1000, -999, -1, 0, 1, 999, 1000" {
	hog_start
	before=0
	while read -r adj old; do
		run --separate-stderr "$OOMCTL" set "$adj" "$hog_pid"
		[ "$status" = 0 ]
		[ "$stderr" = "$([ "$adj" -ge 0 ] || [ "$adj" -ge "$before" ] || echo "$inherit")" ]
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

@test "set --oom-adj prints both scales" {
	hog_start
	run --separate-stderr "$OOMCTL" set --oom-adj -17 "$hog_pid"
	[ "$output" = "pid $hog_pid (hog): oom_adj 0 -> -17, adj 0 -> -1000" ]
	run --separate-stderr "$OOMCTL" set --oom-adj -16 "$hog_pid"
	[ "$output" = "pid $hog_pid (hog): oom_adj -17 -> -15, adj -1000 -> -941" ]
	run --separate-stderr "$OOMCTL" set --oom-adj --by 1 "$hog_pid"
	[ "$output" = "pid $hog_pid (hog): oom_adj -15 -> -14, adj -941 -> -882" ]
}

@test "set --by: the result is clamped to -1000" {
	hog_start --adj -900
	run --separate-stderr "$OOMCTL" set --by -100 "$hog_pid"
	[ "$output" = "pid $hog_pid (hog): adj -900 -> -1000" ]
	run --separate-stderr "$OOMCTL" set --by -1 "$hog_pid"
	[ "$output" = "pid $hog_pid (hog): adj -1000 -> -1000 (clamped)" ]
}

@test "set: an ordinary user can raise adj, and lower it to the floor" {
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
		oomctl: lowering adj below its floor needs CAP_SYS_RESOURCE: run as root, or see PRIVILEGES in oomctl(8)
	END
	reads "$hog_pid" 100
}

@test "set: an ordinary user cannot change another user's process" {
	hog_start
	run user 1234 "$OOMCTL" set 500 "$hog_pid"
	[ "$status" = 3 ]
	diff - <(echo "$output") <<-END
		oomctl: pid $hog_pid (hog): cannot set adj to 500: Permission denied
		oomctl: only its owner and root can set the adj of a process
	END
	reads "$hog_pid" 0
}

@test "set: an ordinary user cannot change their own process that is not dumpable" {
	hog_start --uid 1234 --not-dumpable
	run user 1234 "$OOMCTL" set 500 "$hog_pid"
	[ "$status" = 3 ]
	diff - <(echo "$output") <<-END
		oomctl: pid $hog_pid (hog): cannot set adj to 500: Permission denied
		oomctl: its files in /proc belong to root because it is not dumpable (setuid, setcap or prctl(2))
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
		oomctl: lowering adj below its floor needs CAP_SYS_RESOURCE, which root lacks here (in a container?)
	END
	reads "$hog_pid" 50
}

@test "set: root of another user namespace is limited by the floor" {
	hog_start --uid 1234
	own=$hog_pid
	hog_start
	run user 1234 unshare -Ur "$OOMCTL" set 10 "$own"
	[ "$status" = 0 ]
	run user 1234 unshare -Ur "$OOMCTL" set -1 "$own"
	[ "$status" = 3 ]
	diff - <(echo "$output") <<-END
		oomctl: pid $own (hog): cannot set adj to -1: Permission denied
		oomctl: lowering adj below its floor needs CAP_SYS_RESOURCE in the initial user namespace
	END
	reads "$own" 10
	run user 1234 unshare -Ur "$OOMCTL" set 10 "$hog_pid"
	[ "$status" = 3 ]
	[ "${lines[1]}" = 'oomctl: only its owner and root can set the adj of a process' ]
	reads "$hog_pid" 0
}

@test "set: a failed target is reported, others are changed, the highest status is returned" {
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
		oomctl: only its owner and root can set the adj of a process
		oomctl: pid 4194304: no such process
	END
	reads "$first" 500
	reads "$others" 0
	reads "$hog_pid" 500
}

@test "set: the reason is printed once for many targets" {
	hog_start
	one=$hog_pid
	hog_start
	run user 1234 "$OOMCTL" set 500 "$one" "$hog_pid"
	[ "${#lines[@]}" = 3 ]
	[ "$(grep -c 'only its owner' <<<"$output")" = 1 ]
}

@test "set --dry-run changes nothing, and shows whether the kernel would permit it" {
	hog_start --adj 100 --uid 1234
	run --separate-stderr "$OOMCTL" set --dry-run -1000 "$hog_pid"
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

@test "set: root's write does not move the floor if it needs no capability" {
	hog_start --uid 1234
	"$OOMCTL" set -q 300 "$hog_pid"
	run user 1234 "$OOMCTL" set 299 "$hog_pid"
	[ "$status" = 0 ]
	reads "$hog_pid" 299
}

# reports_sharer COMMAND WORD...: the command reports that hog_child changed with hog_pid, and no other process.
reports_sharer() {
	run --separate-stderr "$@"
	[ "$status" = 0 ]
	[[ ${lines[0]} == "pid $hog_pid (hog): adj "*" -> -500" ]]
	reads "$hog_child" -500
	[ "$stderr" = "oomctl: pid $hog_child (hog): shares memory with $hog_pid; its adj is now -500
$inherit" ]
}

# bats test_tags=beyond-uml
@test "set: processes that share memory change together, and are reported, even without kcmp(2)" {
	# Others of the same size: one already has the adj, one has another.
	hog_start --adj -500 --anon 4M
	hog_start --adj 20 --anon 4M
	other=$hog_pid
	hog_start --anon 4M --clone-vm
	reports_sharer "$OOMCTL" set -500 "$hog_pid"
	[ "${#lines[@]}" = 1 ]
	"$OOMCTL" set -q 7 "$hog_pid"
	# strace(1) replaces the result of the kernel.
	for errno in ENOSYS EPERM; do
		"$OOMCTL" set -q 7 "$hog_pid"
		reports_sharer strace -qq -o /dev/null -e trace=kcmp -e inject=kcmp:error="$errno" "$OOMCTL" set -500 "$hog_pid"
	done
	# A target is not reported as a sharer.
	run --separate-stderr "$OOMCTL" set 30 "$hog_pid" "$hog_child"
	[ -z "$stderr" ]
	reads "$other" 20
}

# bats test_tags=beyond-uml
@test "set --dry-run: processes that share memory would change too, but not after vfork" {
	[[ $LAB_KERNEL != uml ]] || skip 'this kernel has no kcmp(2)'
	hog_start --adj 20 --clone-vm
	run --separate-stderr -0 "$OOMCTL" set --dry-run 300 "$hog_pid"
	[ "$output" = "pid $hog_pid (hog): adj 20 -> 300 (dry run)" ]
	[[ $stderr == *"oomctl: pid $hog_child (hog): shares memory with $hog_pid; its adj, 20, would change too" ]]
	reads "$hog_child" 20
	hog_start --vfork
	run --separate-stderr -0 "$OOMCTL" set --dry-run -q 300 "$hog_pid"
	[ -z "$stderr" ]
}

@test "set --by: processes that share memory change once" {
	hog_start --clone-vm
	run -0 "$OOMCTL" set --by 100 "$hog_pid" "$hog_child"
	reads "$hog_pid" 100
	reads "$hog_child" 100
}

@test "set: a vfork child and its parent are changed separately" {
	hog_start --vfork
	run --separate-stderr "$OOMCTL" set 400 "$hog_pid"
	[ "$status" = 0 ]
	reads "$hog_pid" 400
	reads "$hog_child" 0
	run --separate-stderr "$OOMCTL" set 300 "$hog_child"
	reads "$hog_pid" 400
	reads "$hog_child" 300
}

@test "set --tree: descendants of all generations, and no other process" {
	hog_start
	stranger=$hog_pid
	bash -c 'bash -c "sleep 100 & sleep 100 & wait" & sleep 100 & wait' 3>&- &
	top=$!
	lab_pids+=("$top")
	family() { "$OOMCTL" get -r --noheadings -o tgid --tree "$top"; }
	has_five() { (($(family | wc -l) == 5)); }
	eventually has_five
	mapfile -t members < <(family)
	lab_pids+=("${members[@]}")
	run --separate-stderr "$OOMCTL" set -321 --tree "$top"
	[ "$status" = 0 ]
	[ "${#lines[@]}" = 5 ]
	for pid in "${members[@]}"; do
		reads "$pid" -321
	done
	reads "$stranger" 0
}

@test "set: --cgroup, --user and --name must all match" {
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
	for path in /set-tes /set-test/below/.. //set-test/below/none; do
		run -1 "$OOMCTL" set 5 --cgroup "$path"
		[ "${lines[0]}" = "oomctl: cgroup ${path/#\/\///}: no such memory cgroup" ]
	done
	run "$OOMCTL" set 112 --cgroup //sys/fs/cgroup//set-test/below
	reads "$one" 111
	reads "$two" 112
}

# refused WHY WORDS...: set does not change the process.
refused() {
	run --separate-stderr -1 "$OOMCTL" "${@:2}"
	[ -z "$output" ]
	[ "${stderr_lines[0]}" = "oomctl: $1" ]
}

# Names init and the first kernel thread as this kernel does.
name_of() {
	cat "/proc/$1/comm"
}

@test "set: for a process of a user unit, a warning that systemd sets adj again" {
	for dir in user.slice user-1000.slice user@1000.service app.slice web.service; do
		path=${path:+$path/}$dir
		cgroup_make "$path"
	done
	hog_start --cgroup "$cgroup_path" --uid 1234
	warning="oomctl: pid $hog_pid (hog): systemd sets adj again when user unit web.service is restarted, to its OOMScoreAdjust=, which is not known here, or else to 100 more than the user manager has"
	run --separate-stderr -0 "$OOMCTL" set 5 "$hog_pid"
	[ "$stderr" = "$warning" ]
	run --separate-stderr -0 user 1234 "$OOMCTL" set 6 "$hog_pid"
	[ -z "$stderr" ]
	# A unit of the system, and one warning for all.
	cgroup_make system.slice
	cgroup_make system.slice/web.service
	hog_start --cgroup "$cgroup_path"
	run --separate-stderr -0 "$OOMCTL" set 5 "$hog_pid"
	[ -z "$stderr" ]
}

@test "set: init and kernel threads only by PID with --force" {
	echo 0 >/proc/2/oom_score_adj
	echo 0 >/proc/1/oom_score_adj
	echo 1 >"$BATS_TEST_TMPDIR/pid"
	by_pid="pid 1 ($(name_of 1)): init, whose adj services inherit, is changed only by PID with --force"
	refused "$by_pid" set 5 1
	refused "$by_pid" set -q 5 1
	refused "$by_pid" set --dry-run 5 1
	refused "$by_pid" protect 1
	refused "$by_pid" unprotect --reset 1
	for force in '' --force; do
		# shellcheck disable=SC2086 # words
		refused "pidfile $BATS_TEST_TMPDIR/pid: pid 1 ($(name_of 1)): init, a kernel thread, or oomctl, which only a PID selects" \
			set $force 5 --pidfile "$BATS_TEST_TMPDIR/pid"
	done
	for command in 'set 5' 'set -q 5'; do
		# shellcheck disable=SC2086 # words
		refused 'pid 2 (kthreadd): a kernel thread is changed only by PID with --force' $command 2
	done
	refused 'no process matches except init, kernel threads, or oomctl, which only a PID selects' set --force 5 --name '^kthreadd$'
	# If init is refused, its descendants are not changed either.
	hog_start
	run -1 "$OOMCTL" set --tree 5 1
	reads "$hog_pid" 0
	reads 1 0
	reads 2 0
	# Other targets are changed.
	run -1 "$OOMCTL" set -q 5 1 "$hog_pid"
	reads "$hog_pid" 5
}

@test "set --force: processes that init and kernel threads start later inherit the adj" {
	run --separate-stderr -0 "$OOMCTL" set --force 5 2
	reads 2 5
	[ "$output" = 'pid 2 (kthreadd): adj 0 -> 5' ]
	[ "$stderr" = 'oomctl: pid 2 (kthreadd): a kernel thread is never killed, but processes that it starts later inherit adj 5' ]
	"$OOMCTL" set -q --force 0 2
	[ "$(cat /proc/2/oom_score)" = 0 ]
	run --separate-stderr -0 "$OOMCTL" set --force 5 1
	reads 1 5
	[ "$stderr" = "oomctl: pid 1 ($(name_of 1)): init is never killed, but services that it starts later without OOMScoreAdjust= inherit adj 5" ]
	"$OOMCTL" set -q --force 0 1
	reads 1 0
}

# all_in_cgroup PATTERN: the adj of each process in the cgroup matches.
all_in_cgroup() {
	local pid adj count=0

	while read -r pid; do
		{ read -r adj <"/proc/$pid/oom_score_adj"; } 2>/dev/null || continue
		[[ $adj =~ ^$1$ ]] || { echo "$pid: $adj" && return 1; }
		((++count))
	done <"$cgroup_path/cgroup.procs"
	((count > 10))
}

@test "set, protect, unprotect: processes forked during the run are changed too" {
	local storm

	cgroup_make forks
	bash -c 'echo $$ >"$0/cgroup.procs"; while :; do sleep 60 & sleep 0.005; done' "$cgroup_path" 2>/dev/null 3>&- &
	storm=$!
	lab_pids+=("$storm")
	is_big() { (($(wc -l <"$cgroup_path/cgroup.procs") > 20)); }
	eventually is_big
	for adj in 11 12 13; do
		"$OOMCTL" set -q "$adj" --cgroup /forks
		all_in_cgroup "$adj"
		"$OOMCTL" set -q --by 5 --cgroup /forks
		all_in_cgroup $((adj + 5))
	done
	"$OOMCTL" protect -q --tree "$storm"
	all_in_cgroup -999
	"$OOMCTL" unprotect -q --reset --tree "$storm"
	kill -STOP "$storm"
	all_in_cgroup '(18|0)'
}

@test "set: a zombie takes an adj, which has no effect" {
	# Its parent never waits for it: the shell would, so it must have become sleep(1) before.
	bash -c 'sleep 100 & echo $!; exec sleep 100' >"$BATS_TEST_TMPDIR/pid" 3>&- &
	parent=$!
	lab_pids+=("$parent")
	eventually grep -qx sleep "/proc/$parent/comm"
	zombie=$(<"$BATS_TEST_TMPDIR/pid")
	eventually grep -qx sleep "/proc/$zombie/comm"
	kill "$zombie"
	is_zombie() { grep -q '^State:.*Z' "/proc/$zombie/status"; }
	eventually is_zombie
	run --separate-stderr "$OOMCTL" set 5 "$zombie"
	[ "$status" = 0 ]
	[ "$output" = "pid $zombie (sleep): adj 0 -> 5" ]
	[ "$stderr" = "oomctl: pid $zombie (sleep): has exited (zombie): its adj has no effect" ]
	# Nor has it children.
	for words in 'set -5' protect; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr "$OOMCTL" $words "$zombie"
		[ "$stderr" = "oomctl: pid $zombie (sleep): has exited (zombie): its adj has no effect" ]
	done
}

@test "set: a process whose leader has exited, and a thread ID" {
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
	[ "$stderr" = "oomctl: pid $thread (hog): is a thread; using its process $hog_pid
$inherit" ]
	reads "$hog_pid" -8
}
