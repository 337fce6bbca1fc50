#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# set, protect and unprotect without CAP_SYS_RESOURCE; the rest is in tests/lab.

# bats and cli.bash set these; the inner shells expand theirs.
# shellcheck disable=SC2154,SC2016,SC2030,SC2031

load cli

setup() {
	[[ $(</proc/self/oom_score_adj) == 0 ]] || skip "adj is $(</proc/self/oom_score_adj) here, and the floor does not permit 0"
}

# reads PID ADJ: the process has this adj.
reads() {
	assert_equal "$(<"/proc/$1/oom_score_adj")" "$2"
}

# A free PID: of a child that has just exited and was waited for.
gone_pid() {
	bash -c 'echo $$'
}

# as_other COMMAND...: runs it as a user without other processes.
as_other() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

needs_root() {
	[[ $(id -u) == 0 ]] || skip 'needs root, to change the user or to mount'
	nobody test -x "$OOMCTL" || skip 'other users cannot reach the program: a directory above it is closed to them'
}

@test "set: one line per target, in order, and the kernel has the value" {
	actor_start crowd 3
	run --separate-stderr oomctl set 321 "${actor_ids[@]}"
	assert_success
	assert_equal "$stderr" ''
	assert_equal "$output" "pid ${actor_ids[0]} (actor): adj 0 -> 321
pid ${actor_ids[1]} (actor): adj 0 -> 321
pid ${actor_ids[2]} (actor): adj 0 -> 321"
	for pid in "${actor_ids[@]}"; do
		reads "$pid" 321
	done
	reads "$actor_pid" 0
}

@test "set: all forms of the command line" {
	actor_start hold 1
	value=100
	for words in 'set @ #' 'set -n @ #' 'set --adjust=@ #' 'set -n@ #' 'set @ -p #' 'set -p # @' 'set --pid=# @' \
		'set # -n @' 'set -q @ #' 'set -- @ #' 'set +@ #' 'set 00@ #'; do
		((value += 1))
		words=${words//@/$value} words=${words//#/$actor_pid}
		# shellcheck disable=SC2086 # words
		run oomctl $words
		assert_success
		reads "$actor_pid" "$value"
	done
}

@test "set -q prints nothing" {
	actor_start crowd 50
	run oomctl set -q 5 "${actor_ids[@]}"
	assert_success
	assert_output ''
	for pid in "${actor_ids[@]}"; do
		reads "$pid" 5
	done
}

@test "set -q opens two files of each PID" {
	strace_or_skip
	actor_start crowd 2
	strace -qq -o "$BATS_TEST_TMPDIR/trace" -e trace=openat "$OOMCTL" set -q 5 "${actor_ids[@]}"
	run grep -oE '"-?[0-9]+(/[a-z_]+)?"' "$BATS_TEST_TMPDIR/trace"
	assert_output "\"${actor_ids[0]}/oom_score_adj\"
\"${actor_ids[0]}/statm\"
\"${actor_ids[1]}/oom_score_adj\"
\"${actor_ids[1]}/statm\""
}

@test "set -q prints errors" {
	gone=$(gone_pid)
	actor_start hold 1
	run oomctl set -q 5 "$gone" "$actor_pid"
	assert_failure 1
	assert_output "oomctl: pid $gone: no such process"
	reads "$actor_pid" 5
}

@test "set --by: relative, and clamped to the scale" {
	actor_start hold 1
	run oomctl set --by 400 "$actor_pid"
	assert_output "pid $actor_pid (actor): adj 0 -> 400"
	run oomctl set --by=550 "$actor_pid"
	assert_output "pid $actor_pid (actor): adj 400 -> 950"
	run oomctl set --by 50 "$actor_pid"
	assert_output "pid $actor_pid (actor): adj 950 -> 1000"
	run oomctl set --by 1 "$actor_pid"
	assert_success
	assert_output "pid $actor_pid (actor): adj 1000 -> 1000 (clamped)"
	run oomctl set --by -300 "$actor_pid"
	assert_output "pid $actor_pid (actor): adj 1000 -> 700"
	run oomctl set --by 2000 "$actor_pid"
	assert_output "pid $actor_pid (actor): adj 700 -> 1000 (clamped)"
	reads "$actor_pid" 1000
}

@test "set --oom-adj: the old scale" {
	actor_start hold 1
	while read -r old adj back; do
		run oomctl set --oom-adj "$old" "$actor_pid"
		assert_success
		reads "$actor_pid" "$adj"
		assert_equal "$(<"/proc/$actor_pid/oom_adj")" "$back"
	done <<-'END'
		0 0 0
		1 58 0
		2 117 1
		8 470 7
		14 823 13
		15 1000 15
	END
	assert_output "pid $actor_pid (actor): oom_adj 13 -> 15, adj 823 -> 1000"
	for bad in 16 -18 1000; do
		run oomctl set --oom-adj "$bad" "$actor_pid"
		assert_failure 2
		assert_line "oomctl: adj must be -17 to 15, not $bad"
	done
	reads "$actor_pid" 1000
}

@test "set: an invalid adj is an error, and nothing is changed" {
	actor_start hold 1
	for bad in 1001 -1001 99999999999999999999; do
		run oomctl set "$bad" "$actor_pid"
		assert_failure 2
		assert_line -n 0 "oomctl: adj must be -1000 to 1000, not $bad"
	done
	for bad in x 5x 5.0 0x10 ' 5' '5 ' '' - -- -x 1e3 $'5\n'; do
		run oomctl set -n "$bad" "$actor_pid"
		assert_failure 2
		assert_line -n 0 --partial 'oomctl: adj must be a number'
	done
	for bad in 2001 -2001; do
		run oomctl set --by "$bad" "$actor_pid"
		assert_failure 2
		assert_line -n 0 "oomctl: --by must be -2000 to 2000, not $bad"
	done
	reads "$actor_pid" 0
}

@test "set: a usage error changes nothing" {
	actor_start hold 1
	while read -r words; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr oomctl set ${words//#/$actor_pid}
		assert_failure 2
		assert_equal "$output" ''
		[[ $stderr == oomctl:* ]]
	done <<-'END'

		5
		-n 5
		--by 5
		--by 5 -n 5 #
		--no-such-option 5 #
		5 # -z
		5 # --by
		--tree 5
		5 --user no-such-user #
		5 --name [ #
		5 # x
		5 x #
		5 # -p x
		5 # --forc
	END
	reads "$actor_pid" 0
}

@test "set: a missing TARGET is reported" {
	run oomctl set 20231
	assert_failure 2
	assert_line -n 0 'oomctl: set: no process specified: 20231 is read as ADJ, and TARGET is missing'
	for words in '-n 5' '--by 5'; do
		# shellcheck disable=SC2086 # words
		run oomctl set $words
		assert_failure 2
		assert_line -n 0 'oomctl: set: no process specified: TARGET is missing'
	done
}

@test "set -p: PIDs separated by commas" {
	actor_start crowd 3
	run oomctl set -q 12 -p "${actor_ids[0]},${actor_ids[1]}" "--pid=${actor_ids[2]}"
	assert_success
	for pid in "${actor_ids[@]}"; do
		reads "$pid" 12
	done
	for bad in "," "${actor_ids[0]}," "${actor_ids[0]},,${actor_ids[1]}" "${actor_ids[0]},x" "${actor_ids[0]} ${actor_ids[1]}"; do
		run oomctl set 13 -p "$bad"
		assert_failure 2
		assert_output --partial 'is not a PID'
		assert_line 'oomctl: nothing was changed'
	done
	reads "${actor_ids[0]}" 12
}

@test "set: a usage error counts even if the processes cannot be searched" {
	actor_start hold 1
	# shellcheck disable=SC2016 # The inner shell expands it.
	run env LD_LIBRARY_PATH="$BATS_TEST_TMPDIR" bash -c ': >"$1/libproc2.so.0"; exec "$0" set 5 "$2" x --name "^no$"' \
		"$OOMCTL" "$BATS_TEST_TMPDIR" "$actor_pid"
	assert_failure 4
	assert_line 'oomctl: nothing was changed'
	reads "$actor_pid" 0
}

@test "set -17: a warning that it is hardly different from 0" {
	actor_start hold 1
	run oomctl set --dry-run -17 "$actor_pid"
	assert_line 'oomctl: adj -17 has almost no effect; did you mean -1000, or --oom-adj -17?'
	run oomctl set --dry-run -q -17 "$actor_pid"
	refute_output --partial 'almost no effect'
	run oomctl set --dry-run --oom-adj -17 "$actor_pid"
	refute_output --partial 'almost no effect'
}

@test "set: existing PIDs are changed, each other PID is reported" {
	actor_start crowd 2
	gone=$(gone_pid)
	run --separate-stderr oomctl set 44 "${actor_ids[0]}" "$gone" "${actor_ids[1]}"
	assert_failure 1
	assert_equal "$output" "pid ${actor_ids[0]} (actor): adj 0 -> 44
pid ${actor_ids[1]} (actor): adj 0 -> 44"
	assert_equal "$stderr" "oomctl: pid $gone: no such process"
	reads "${actor_ids[1]}" 44
}

@test "set --dry-run" {
	actor_start hold 1
	run oomctl set --dry-run 5 "$actor_pid"
	assert_success
	assert_output "pid $actor_pid (actor): adj 0 -> 5 (dry run)"
	run oomctl set --dry-run --by 5000 "$actor_pid"
	assert_failure 2
	reads "$actor_pid" 0
}

@test "set --dry-run: children would be unchanged" {
	actor_start crowd 3
	[[ -e /proc/self/task/$BASHPID/children ]] || skip 'the kernel does not list children'
	run --separate-stderr oomctl set --dry-run 5 "$actor_pid"
	assert_success
	assert_equal "$stderr" "oomctl: pid $actor_pid (actor): 3 children unchanged (use --tree to include them)"
	run --separate-stderr oomctl set --dry-run 0 "$actor_pid"
	assert_equal "$stderr" ''
}

@test "set: a thread with its own name: the change shows the name of the process" {
	actor_start threads 2 "$(hex thr)" "$(hex actor)"
	run oomctl set 9 "${actor_ids[0]}"
	assert_success
	assert_line -n 0 "oomctl: pid ${actor_ids[0]} (thr): is a thread; using its process $actor_pid"
	assert_line -n 1 "pid $actor_pid (actor): adj 0 -> 9"
}

@test "set: selectors" {
	actor_start name "$(printf 'set-test-one' | od -An -tx1 | tr -d ' \n')"
	one=$actor_pid
	actor_start name "$(printf 'set-test-two' | od -An -tx1 | tr -d ' \n')"
	two=$actor_pid
	run oomctl set 10 --name '^set-test-'
	assert_success
	assert_equal "$(sort <<<"$output")" "$(sort <<<"pid $one (set-test-one): adj 0 -> 10
pid $two (set-test-two): adj 0 -> 10")"
	run oomctl set 20 --name '^set-test-' --name two --user "$(id -u)"
	assert_success
	run oomctl set 30 --name '-two$'
	reads "$one" 20
	reads "$two" 30
	echo "$one" >"$BATS_TEST_TMPDIR/pid"
	run oomctl set 40 --pidfile "$BATS_TEST_TMPDIR/pid"
	assert_output "pid $one (set-test-one): adj 20 -> 40"
	run oomctl set 50 --name '^set-test-none$'
	assert_failure 1
	assert_output 'oomctl: no process matches'
	run oomctl set 50 --pidfile "$BATS_TEST_TMPDIR/none" "$two"
	assert_failure 1
	reads "$two" 50
	reads "$one" 40
}

@test "set: a process named several times is changed once" {
	actor_start hold 1
	run oomctl set --by 1 "$actor_pid" "$actor_pid" -p "$actor_pid" --tree
	assert_success
	assert_output "pid $actor_pid (actor): adj 0 -> 1"
	reads "$actor_pid" 1
}

@test "set: a process and its thread are one target" {
	actor_start threads 2
	run oomctl set --by 1 "$actor_pid" "${actor_ids[0]}"
	reads "$actor_pid" 1
	run oomctl set 7 "${actor_ids[1]}"
	assert_success
	assert_line "oomctl: pid ${actor_ids[1]} (actor): is a thread; using its process $actor_pid"
	assert_line "pid $actor_pid (actor): adj 1 -> 7"
}

@test "set: children change only with --tree" {
	actor_start crowd 3
	run --separate-stderr oomctl set 10 "$actor_pid"
	assert_success
	assert_equal "$output" "pid $actor_pid (actor): adj 0 -> 10"
	if [[ -e /proc/self/task/$BASHPID/children ]]; then
		assert_equal "$stderr" "oomctl: pid $actor_pid (actor): 3 children unchanged (use --tree to include them)"
	fi
	reads "${actor_ids[0]}" 0
	run --separate-stderr oomctl set 20 --tree "$actor_pid"
	assert_success
	assert_equal "$stderr" ''
	assert_equal "$(wc -l <<<"$output")" 4
	for pid in "$actor_pid" "${actor_ids[@]}"; do
		reads "$pid" 20
	done
}

# has_more_children PID N
has_more_children() {
	(($(pgrep -c -P "$1") > $2))
}

@test "set --tree: children forked during the run are changed too" {
	strace_or_skip
	actor_start brood 20
	# The write to the parent is delayed: children forked after the search inherit the old value.
	strace -qq -o /dev/null -e trace=write -P "/proc/$actor_pid/oom_score_adj" \
		-e inject=write:delay_enter=400000:when=1 "$OOMCTL" set -q 10 --tree "$actor_pid"
	eventually has_more_children "$actor_pid" 20
	run bash -c 'for pid in $(pgrep -P "$0"); do cat "/proc/$pid/oom_score_adj"; done | sort | uniq -c' "$actor_pid"
	assert_output --regexp '^ *[0-9]+ 10$'
	((${output% 10} > 20))
	reads "$actor_pid" 10
}

# born_during NAME KIND WORDS...: set with a delayed first write; processes of that name that are forked during the
# run get adj 10, whether they were forked before or after the write to their parent.
born_during() {
	local name="b$$-$1" out=$BATS_TEST_TMPDIR/out

	strace_or_skip
	actor_start brood 20 "$(hex "$name")" "${2%none}"
	strace -qq -o /dev/null -e trace=write -P "/proc/$actor_pid/oom_score_adj" \
		-e inject=write:delay_enter=400000:when=1 bash -c 'echo $$; exec "$@"' _ \
		"$OOMCTL" set "${@:3}" ${tree:+"$actor_pid"} >"$out" 2>"$out.err"
	# All were changed in the end.
	assert_equal "$(<"$out.err")" ''
	sleep 0.1
	kill -STOP "$actor_pid"
	run bash -c 'for pid in $(pgrep -x "$0"); do ((pid <= $1)) || cat "/proc/$pid/oom_score_adj"; done | sort | uniq -c' \
		"$name" "$(head -n 1 "$out")"
	kill -CONT "$actor_pid"
	assert_output --regexp '^ *[0-9]+ 10$'
	((${output% 10} > 15))
	# Some were forked before the write to their parent.
	(($(wc -l <"$out") > 10))
}

@test "set --name: processes forked during the run are changed too" {
	born_during child none 10 --name "^b$$-child"
	born_during by none --by 10 --name "^b$$-by"
}

# storm_reads NAME ADJ: all processes of that name, which were forked by actor, have that adj.
storm_reads() {
	kill -STOP "$actor_pid"
	run bash -c 'pgrep -x "$0" | sed "s|.*|/proc/&/oom_score_adj|" | xargs cat | sort -u' "$1"
	kill -CONT "$actor_pid"
	assert_output "$2"
}

@test "set --name: no process keeps the old adj at 200 forks per second" {
	local adj name=f$$-storm

	actor_start brood 5 "$(hex "$name")"
	for adj in 11 12 13 14 15; do
		run oomctl set -q "$adj" --name "^$name\$"
		assert_success
		sleep 0.1
		storm_reads "$name" "$adj"
	done
}

@test "set --name: a child that was being forked during the whole run is changed too" {
	local adj name=l$$-large

	# Most of the time it forks.
	actor_start brood 20 "$(hex "$name")" large
	for adj in 11 12 13 14 15; do
		run oomctl set -q "$adj" --name "^$name\$"
		assert_success
		sleep 0.2
		storm_reads "$name" "$adj"
	done
}

@test "set: if processes with the old adj keep appearing, it stops and reports it" {
	strace_or_skip
	actor_start brood 30 "$(hex "e$$-new")" outside
	until pgrep -x "e$$-new" >/dev/null; do sleep 0.01; done
	# Each search is delayed, so that new ones appear meanwhile.
	run timeout 60 strace -qq -o /dev/null -e trace=getdents64 -e inject=getdents64:delay_enter=100000 \
		"$OOMCTL" set -q 10 --name "^e$$-new\$"
	assert_failure 1
	assert_output 'oomctl: some processes might be unchanged: after 30 searches, there were still new ones with the old adj'
}

@test "set --tree: orphans of double forks during the run are changed too" {
	[[ $OOMCTL != */asan/* ]] || skip 'a sanitized build is slow: a daemon may have left the tree before it was seen'
	tree=1
	born_during orph orphans 10 --tree
	# In a PID namespace, a session that began outside has no number.
	actor_by=setsid born_during lead orphans 10 --tree
	born_during daem daemons 10 --tree
	born_during by orphans --by 10 --tree
}

# forks_during COMMAND WORDS...: set --tree WORDS of a shell that runs the command after the first search, before its
# own adj is written. The command writes the PID of a process that stays to the file left; sets left, and ended, the status.
forks_during() {
	local out=$BATS_TEST_TMPDIR/out

	strace_or_skip
	rm -f "$BATS_TEST_TMPDIR/left" "$BATS_TEST_TMPDIR/go"
	mkfifo "$BATS_TEST_TMPDIR/go"
	cd "$BATS_TEST_TMPDIR" || return 1
	bash -c "read -r _ <go; $1; exec sleep 100" 3>&- &
	shell=$!
	strace -qq -o /dev/null -e trace=write -P "/proc/$shell/oom_score_adj" \
		-e inject=write:delay_enter=1500000:when=1 "$OOMCTL" set "${@:2}" --tree "$shell" >"$out" 2>&1 3>&- &
	tracer=$!
	until readlink "/proc/$(pgrep -P "$tracer")"/fd/* 2>/dev/null | grep -qx "/proc/$shell/oom_score_adj"; do sleep 0.02; done
	echo >go
	ended=0
	wait "$tracer" || ended=$?
	left=$(<left)
}

@test "set --tree: daemons that may have been forked during the run are reported, not passed over in silence" {
	alone_or_skip
	# The leader of a session, whose parent has exited: nothing shows that the shell is its ancestor.
	forks_during '(setsid bash -c "echo \$\$ >left; exec sleep 100" &)' 10
	assert_equal "$ended" 1
	assert_equal "$(grep ^oomctl: out)" \
		"oomctl: 1 process is unchanged, but might be a descendant of a target whose parent has exited: pid $left (sleep)"
	reads "$left" 0
	reads "$shell" 10
	kill "$left" "$shell"
	# It ends, and its child is found.
	forks_during '(setsid bash -c "sleep 100 & echo \$! >left" &)' 10
	assert_equal "$ended $(grep ^oomctl: out)" '0 '
	reads "$left" 10
	kill "$left" "$shell"
	# With the new adj, it is certain that nothing was missed.
	forks_during 'echo 10 >/proc/self/oom_score_adj; (setsid bash -c "echo \$\$ >left; exec sleep 100" &)' 10
	assert_equal "$ended" 0
	kill "$left" "$shell"
}

@test "set: a warning if it cannot find all processes that share memory" {
	strace_or_skip
	actor_start name 61
	run --separate-stderr strace -qq -o /dev/null -e trace=openat -P "$actor_pid/statm" \
		-e inject=openat:error=EIO "$OOMCTL" set 30 "$actor_pid"
	assert_success
	assert_equal "$stderr" \
		'oomctl: cannot find all processes that share memory with the targets'
	reads "$actor_pid" 30
}

@test "set: a name with escapes cannot forge a line" {
	actor_start name "$(printf 'a\nb\033[1m' | od -An -tx1 | tr -d ' \n')"
	run oomctl set 5 "$actor_pid"
	assert_success
	assert_equal "${#lines[@]}" 1
	refute_output --partial $'\033'
	assert_output --regexp "^pid $actor_pid \(a.*b.*\): adj 0 -> 5\$"
}

@test "set: a process of another user is refused" {
	needs_root
	actor_start hold 1
	run --separate-stderr as_other "$OOMCTL" set 5 "$actor_pid"
	echo "$stderr"
	assert_failure 3
	assert_equal "$output" ''
	assert_equal "$stderr" "oomctl: pid $actor_pid (actor): cannot set adj to 5: Permission denied
oomctl: only its owner and root can set the adj of a process"
	reads "$actor_pid" 0
}

@test "set: a value below the floor is refused" {
	needs_root
	# The function would start a subshell with another PID.
	setpriv --reuid 65534 --regid 65534 --clear-groups sleep 100 3>&- &
	cli_pids+=("$!")
	sleeper=$!
	until_asleep "$sleeper" sleep
	run as_other "$OOMCTL" set 10 "$sleeper"
	assert_success
	run as_other "$OOMCTL" set 0 "$sleeper"
	assert_success
	run as_other "$OOMCTL" set -1 "$sleeper"
	assert_failure 3
	assert_line -n 0 "oomctl: pid $sleeper (sleep): cannot set adj to -1: Permission denied"
	assert_line -n 1 "oomctl: lowering adj below its floor needs CAP_SYS_RESOURCE: run as root, or see PRIVILEGES in oomctl(8)"
	run as_other "$OOMCTL" set --dry-run -1 "$sleeper"
	assert_failure 3
	assert_output --partial '(dry run: '
	reads "$sleeper" 0
}

@test "set: an error on a read-only /proc" {
	mounts_or_skip
	actor_start hold 1
	run unshare -m bash -c 'mount -o remount,bind,ro /proc && exec "$@"' _ "$OOMCTL" set 5 "$actor_pid"
	assert_failure 3
	assert_line -n 0 "oomctl: pid $actor_pid (actor): cannot set adj to 5: Read-only file system"
	assert_line -n 1 'oomctl: /proc is mounted read-only, as in many containers'
	reads "$actor_pid" 0
}

@test "set: an error without /proc" {
	mounts_or_skip
	[[ $OOMCTL != */asan/* ]] || skip 'the leak checker of a sanitized build needs /proc itself'
	run unshare -m bash -c 'mount -t tmpfs none /proc && exec "$@"' _ "$OOMCTL" set 5 1
	assert_failure 4
	assert_output 'oomctl: /proc is not mounted'
}

# on_old_kernel COMMAND...: with the actor's oom_adj, but without its oom_score_adj.
on_old_kernel() {
	PID=$actor_pid DIR=$BATS_TEST_TMPDIR/proc unshare -m bash -c '
		mkdir -p "$DIR" && mount --rbind /proc "$DIR" && mount -t tmpfs none "/proc/$PID" &&
			for file in status stat statm oom_adj; do
				: >"/proc/$PID/$file" && mount --bind "$DIR/$PID/$file" "/proc/$PID/$file" || exit 99
			done
		exec "$@"' _ "$@"
}

@test "set: on a kernel that has only oom_adj, with its rule for lowering" {
	mounts_or_skip
	actor_start hold 1
	run on_old_kernel "$OOMCTL" set 1000 "$actor_pid"
	assert_success
	assert_output "pid $actor_pid (actor): oom_adj 0 -> 15"
	reads "$actor_pid" 1000
	run on_old_kernel "$OOMCTL" set --by 5 "$actor_pid"
	assert_success
	assert_output "pid $actor_pid (actor): oom_adj 15 -> 15 (clamped)"
	# oom_adj is compared with its current value, not with the floor.
	run on_old_kernel setpriv --bounding-set -sys_resource --inh-caps -sys_resource "$OOMCTL" set --oom-adj 5 "$actor_pid"
	assert_failure 3
	assert_line -n 0 "oomctl: pid $actor_pid (actor): cannot set oom_adj to 5: Permission denied"
	assert_line -n 1 "oomctl: lowering oom_adj needs CAP_SYS_RESOURCE on this kernel"
	reads "$actor_pid" 1000
}

@test "set: more targets than descriptors" {
	actor_start crowd 100
	run bash -c 'ulimit -n 16; exec "$@"' _ "$OOMCTL" set -q 9 "${actor_ids[@]}"
	assert_success
	run bash -c 'ulimit -n 16; exec "$@"' _ "$OOMCTL" set 10 --tree "$actor_pid"
	assert_success
	reads "${actor_ids[99]}" 10
}

@test "set: a selector never selects oomctl itself" {
	actor_start name "$(printf 'oomctl' | od -An -tx1 | tr -d ' \n')"
	run oomctl set 10 --name '^oomctl$' --user "$(id -u)" --dry-run
	assert_line "pid $actor_pid (oomctl): adj 0 -> 10 (dry run)"
	run bash -c '"$0" set --dry-run 10 --name "^oomctl$" & pid=$!; wait "$pid"; echo "was $pid"' "$OOMCTL"
	refute_output --partial "pid ${output##*was } "
}

@test "set: selected processes that exit during the run are not an error" {
	alone_or_skip
	[[ $(id -u) == 0 ]] || skip 'needs root: the files of an exiting process belong to root'
	actor_start storm
	for _ in {1..20}; do
		run --separate-stderr oomctl set -q 1 --name '^actor$'
		assert_success
		assert_equal "$stderr" ''
	done
	reads "$actor_pid" 1
}

@test "protect, unprotect: usage errors" {
	for command in protect unprotect; do
		run --separate-stderr oomctl "$command"
		assert_failure 2
		[[ $stderr == *'no process specified'* ]]
		run --separate-stderr oomctl "$command" x
		assert_failure 2
		run --separate-stderr oomctl "$command" "$(gone_pid)"
		assert_failure 1
		run --separate-stderr oomctl "$command" --name '^no-such-name$'
		assert_failure 1
	done
	for bad in 1001 -1001 x ''; do
		run --separate-stderr oomctl protect -n "$bad" 1
		assert_failure 2
		[[ $stderr == *"not '$bad'"* ]]
	done
}

@test "protect: the default is -999, with --never -1000, or the value of -n" {
	actor_start hold 1
	run oomctl protect --dry-run "$actor_pid"
	assert_output --partial "pid $actor_pid (actor): adj 0 -> -999 (dry run"
	run oomctl protect --dry-run --never "$actor_pid"
	assert_output --partial "pid $actor_pid (actor): adj 0 -> -1000 (dry run"
	run oomctl set 10 "$actor_pid"
	run --separate-stderr oomctl protect -n 5 "$actor_pid"
	assert_success
	assert_equal "$stderr" 'oomctl: children forked from now on inherit the new adj'
	assert_output "pid $actor_pid (actor): adj 10 -> 5"
	reads "$actor_pid" 5
}

@test "protect never raises adj" {
	actor_start hold 1
	for options in --dry-run -q ''; do
		# shellcheck disable=SC2086 # words
		run oomctl protect $options -n 1 "$actor_pid"
		assert_failure 1
		assert_output "oomctl: pid $actor_pid (actor): adj 0 is unchanged: 1 would protect less; use 'oomctl set' to raise it"
		reads "$actor_pid" 0
	done
	run oomctl protect -n 0 "$actor_pid"
	assert_success
}

@test "unprotect without a saved value changes nothing; --reset sets 0" {
	actor_start hold 1
	oomctl set -q 300 "$actor_pid"
	run oomctl unprotect "$actor_pid"
	assert_failure 1
	assert_line -n 0 "oomctl: pid $actor_pid (actor): no saved value: adj 300 is unchanged"
	assert_line -n 1 'oomctl: to set adj to 0 without a saved value, use --reset'
	reads "$actor_pid" 300
	run oomctl unprotect --reset "$actor_pid"
	assert_success
	assert_output "pid $actor_pid (actor): adj 300 -> 0"
	reads "$actor_pid" 0
}
