#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# set, protect and unprotect where nothing can be lowered; tests/lab has the rest.

# bats and cli.bash set these; the inner shells expand theirs.
# shellcheck disable=SC2154,SC2016

load cli

setup() {
	[[ $(</proc/self/oom_score_adj) == 0 ]] || skip "adj is $(</proc/self/oom_score_adj) here, which the floor does not let be 0"
}

# reads PID ADJ
reads() {
	assert_equal "$(<"/proc/$1/oom_score_adj")" "$2"
}

# A PID that is free: that of a child which has just ended and was waited for.
gone_pid() {
	bash -c 'echo $$'
}

# nobody COMMAND...: as a user who owns nothing here.
nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

needs_root() {
	[[ $(id -u) == 0 ]] || skip 'needs root, to be somebody else or to mount'
}

@test "set: a line for each, in order, and the kernel has it" {
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

@test "set: all ways to say the same" {
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

@test "set -q says nothing, and does it" {
	actor_start crowd 50
	run oomctl set -q 5 "${actor_ids[@]}"
	assert_success
	assert_output ''
	for pid in "${actor_ids[@]}"; do
		reads "$pid" 5
	done
}

@test "set -q still says what failed" {
	gone=$(gone_pid)
	actor_start hold 1
	run oomctl set -q 5 "$gone" "$actor_pid"
	assert_failure 1
	assert_output "oomctl: pid $gone: no such process"
	reads "$actor_pid" 5
}

@test "set --by: relative, and stops at the end of the scale, which is said" {
	actor_start hold 1
	run oomctl set --by 400 "$actor_pid"
	assert_output "pid $actor_pid (actor): adj 0 -> 400"
	run oomctl set --by=550 "$actor_pid"
	assert_output "pid $actor_pid (actor): adj 400 -> 950"
	run oomctl set --by 50 "$actor_pid"
	assert_output "pid $actor_pid (actor): adj 950 -> 1000"
	run oomctl set --by 1 "$actor_pid"
	assert_success
	assert_output "pid $actor_pid (actor): adj 1000 -> 1000 (the end of the scale)"
	run oomctl set --by -300 "$actor_pid"
	assert_output "pid $actor_pid (actor): adj 1000 -> 700"
	run oomctl set --by 2000 "$actor_pid"
	assert_output "pid $actor_pid (actor): adj 700 -> 1000 (the end of the scale)"
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

@test "set: an adj that is none: named, status 2, nothing changed" {
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

@test "set: usage errors, before anything is changed" {
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
	END
	reads "$actor_pid" 0
}

@test "set -17: warned of, and done" {
	actor_start hold 1
	run oomctl set --dry-run -17 "$actor_pid"
	assert_line --partial "'never' is -1000"
	run oomctl set --dry-run -q -17 "$actor_pid"
	refute_output --partial 'never'
	run oomctl set --dry-run --oom-adj -17 "$actor_pid"
	refute_output --partial "'never'"
}

@test "set: good and bad PIDs: the good ones are done, each bad one is a line" {
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

@test "set --dry-run: children would keep theirs" {
	actor_start crowd 3
	[[ -e /proc/self/task/$BASHPID/children ]] || skip 'the kernel does not tell of children'
	run --separate-stderr oomctl set --dry-run 5 "$actor_pid"
	assert_success
	assert_equal "$stderr" "oomctl: pid $actor_pid (actor): its 3 children keep their own adj (--tree takes them along)"
	run --separate-stderr oomctl set --dry-run 0 "$actor_pid"
	assert_equal "$stderr" ''
}

@test "set: a thread that has a name of its own: what is changed has the name of the process" {
	actor_start threads 2 "$(hex thr)" "$(hex actor)"
	run oomctl set 9 "${actor_ids[0]}"
	assert_success
	assert_line -n 0 "oomctl: pid ${actor_ids[0]} (thr): a thread of process $actor_pid, which is meant"
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

@test "set: each process once, however often it is meant" {
	actor_start hold 1
	run oomctl set --by 1 "$actor_pid" "$actor_pid" -p "$actor_pid" --tree
	assert_success
	assert_output "pid $actor_pid (actor): adj 0 -> 1"
	reads "$actor_pid" 1
}

@test "set: a process and its thread are one" {
	actor_start threads 2
	run oomctl set --by 1 "$actor_pid" "${actor_ids[0]}"
	reads "$actor_pid" 1
	run oomctl set 7 "${actor_ids[1]}"
	assert_success
	assert_line "oomctl: pid ${actor_ids[1]} (actor): a thread of process $actor_pid, which is meant"
	assert_line "pid $actor_pid (actor): adj 1 -> 7"
}

@test "set --tree, and that children keep theirs without it" {
	actor_start crowd 3
	run --separate-stderr oomctl set 10 "$actor_pid"
	assert_success
	assert_equal "$output" "pid $actor_pid (actor): adj 0 -> 10"
	if [[ -e /proc/self/task/$BASHPID/children ]]; then
		assert_equal "$stderr" "oomctl: pid $actor_pid (actor): its 3 children keep their own adj (--tree takes them along)"
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

@test "set --tree: children that are born meanwhile get it, too" {
	command -v strace >/dev/null || skip 'no strace'
	[[ $OOMCTL != */asan/* ]] || skip 'the leak checker of a sanitized build cannot run under a tracer'
	actor_start brood 20
	# The parent's own value comes late: who was not there when they were looked for inherits the old one.
	strace -qq -o /dev/null -e trace=write -P "/proc/$actor_pid/oom_score_adj" \
		-e inject=write:delay_enter=400000:when=1 "$OOMCTL" set -q 10 --tree "$actor_pid"
	sleep 0.1
	run bash -c 'for pid in $(pgrep -P "$0"); do cat "/proc/$pid/oom_score_adj"; done | sort | uniq -c' "$actor_pid"
	assert_output --regexp '^ *[0-9]+ 10$'
	((${output% 10} > 20))
	reads "$actor_pid" 10
}

@test "set: says when processes that share memory may be missing from its messages" {
	command -v strace >/dev/null || skip 'no strace'
	[[ $OOMCTL != */asan/* ]] || skip 'the leak checker of a sanitized build cannot run under a tracer'
	actor_start name 61
	run --separate-stderr strace -qq -o /dev/null -e trace=openat -P "$actor_pid/statm" \
		-e inject=openat:error=EIO "$OOMCTL" set 30 "$actor_pid"
	assert_success
	assert_equal "$stderr" \
		'oomctl: cannot find all processes that share memory with those that were changed'
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

@test "set: others' processes" {
	needs_root
	actor_start hold 1
	run --separate-stderr nobody "$OOMCTL" set 5 "$actor_pid"
	echo "$stderr"
	assert_failure 3
	assert_equal "$output" ''
	assert_equal "$stderr" "oomctl: pid $actor_pid (actor): cannot set adj to 5: Permission denied
oomctl: only its owner and root may set the adj of a process"
	reads "$actor_pid" 0
}

@test "set: below the floor" {
	needs_root
	# As the command itself, so that the PID is its.
	setpriv --reuid 65534 --regid 65534 --clear-groups sleep 100 3>&- &
	cli_pids+=("$!")
	sleeper=$!
	until_asleep "$sleeper" sleep
	run nobody "$OOMCTL" set 10 "$sleeper"
	assert_success
	run nobody "$OOMCTL" set 0 "$sleeper"
	assert_success
	run nobody "$OOMCTL" set -1 "$sleeper"
	assert_failure 3
	assert_line -n 0 "oomctl: pid $sleeper (sleep): cannot set adj to -1: Permission denied"
	assert_line -n 1 "oomctl: lowering below its floor needs CAP_SYS_RESOURCE: run it as root, or see PRIVILEGES in oomctl(8)"
	run nobody "$OOMCTL" set --dry-run -1 "$sleeper"
	assert_failure 3
	assert_output --partial '(dry run: '
	reads "$sleeper" 0
}

@test "set: a read-only /proc" {
	needs_root
	actor_start hold 1
	run unshare -m bash -c 'mount -o remount,bind,ro /proc && exec "$@"' _ "$OOMCTL" set 5 "$actor_pid"
	assert_failure 3
	assert_line -n 0 "oomctl: pid $actor_pid (actor): cannot set adj to 5: Read-only file system"
	assert_line -n 1 'oomctl: /proc is mounted read-only here, as in many containers'
	reads "$actor_pid" 0
}

@test "set: no /proc" {
	needs_root
	[[ $OOMCTL != */asan/* ]] || skip 'the leak checker of a sanitized build needs /proc itself'
	run unshare -m bash -c 'mount -t tmpfs none /proc && exec "$@"' _ "$OOMCTL" set 5 1
	assert_failure 4
	assert_output 'oomctl: there is no /proc here: mount it first'
}

# on_old_kernel COMMAND...: where the actor's oom_adj is there, the kernel's own, and oom_score_adj is not.
on_old_kernel() {
	PID=$actor_pid DIR=$BATS_TEST_TMPDIR/proc unshare -m bash -c '
		mkdir -p "$DIR" && mount --rbind /proc "$DIR" && mount -t tmpfs none "/proc/$PID" &&
			for file in status stat statm oom_adj; do
				: >"/proc/$PID/$file" && mount --bind "$DIR/$PID/$file" "/proc/$PID/$file" || exit 99
			done
		exec "$@"' _ "$@"
}

@test "set: a kernel with oom_adj alone, and that file's own rule" {
	needs_root
	actor_start hold 1
	run on_old_kernel "$OOMCTL" set 1000 "$actor_pid"
	assert_success
	assert_output "pid $actor_pid (actor): oom_adj 0 -> 15"
	reads "$actor_pid" 1000
	run on_old_kernel "$OOMCTL" set --by 5 "$actor_pid"
	assert_success
	assert_output "pid $actor_pid (actor): oom_adj 15 -> 15 (the end of the scale)"
	# It compares with the present value, not with the floor.
	run on_old_kernel setpriv --bounding-set -sys_resource --inh-caps -sys_resource "$OOMCTL" set --oom-adj 5 "$actor_pid"
	assert_failure 3
	assert_line -n 0 "oomctl: pid $actor_pid (actor): cannot set oom_adj to 5: Permission denied"
	assert_line -n 1 "oomctl: oom_adj can't be lowered below its present value without CAP_SYS_RESOURCE"
	reads "$actor_pid" 1000
}

@test "set: more processes than there are descriptors" {
	actor_start crowd 100
	run bash -c 'ulimit -n 16; exec "$@"' _ "$OOMCTL" set -q 9 "${actor_ids[@]}"
	assert_success
	run bash -c 'ulimit -n 16; exec "$@"' _ "$OOMCTL" set 10 --tree "$actor_pid"
	assert_success
	reads "${actor_ids[99]}" 10
}

@test "set: a selector never means oomctl itself, init or a kernel thread" {
	actor_start name "$(printf 'oomctl' | od -An -tx1 | tr -d ' \n')"
	run oomctl set 10 --name '^oomctl$' --user "$(id -u)" --dry-run
	assert_line "pid $actor_pid (oomctl): adj 0 -> 10 (dry run)"
	# Others may run one at this moment; this one is its last argument's.
	run bash -c '"$0" set --dry-run 10 --name "^oomctl$" & pid=$!; wait "$pid"; echo "was $pid"' "$OOMCTL"
	refute_output --partial "pid ${output##*was } "
	run oomctl set 10 --name '^kthreadd$' --user 0
	assert_failure 1
	[[ $output == *'no process matches'* ]]
}

@test "set: selected processes that end meanwhile are no error" {
	actor_start storm
	for _ in {1..20}; do
		run --separate-stderr oomctl set -q 1 --name '^actor$'
		assert_success
		assert_equal "$stderr" ''
	done
	reads "$actor_pid" 1
}

@test "protect, unprotect: usage" {
	for command in protect unprotect; do
		run --separate-stderr oomctl "$command"
		assert_failure 2
		[[ $stderr == *'which process?'* ]]
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

@test "protect --dry-run says -999, --never -1000, -n what it says" {
	actor_start hold 1
	run oomctl protect --dry-run "$actor_pid"
	assert_output --partial "pid $actor_pid (actor): adj 0 -> -999 (dry run"
	run oomctl protect --dry-run --never "$actor_pid"
	assert_output --partial "pid $actor_pid (actor): adj 0 -> -1000 (dry run"
	run oomctl protect --dry-run -n 5 "$actor_pid"
	assert_success
	assert_output "pid $actor_pid (actor): adj 0 -> 5 (dry run)"
	reads "$actor_pid" 0
}
