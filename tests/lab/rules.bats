#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# apply with real writes: which processes change, and that no other one does.

# bats and lib.bash set these, each test in a shell of its own; the inner shells expand theirs.
# shellcheck disable=SC2154,SC2030,SC2031,SC2016

bats_require_minimum_version 1.5.0
load lib
bats_load_library bats-support
bats_load_library bats-assert

setup() {
	lab_only
	rm -rf /run/oomctl /run/oomctl.rules.d
	mkdir -m 755 /run/oomctl.rules.d
}

teardown() {
	lab_cleanup
	rm -rf /run/oomctl /run/oomctl.rules.d
	mount -o remount,hidepid=0 /proc 2>/dev/null || true
}

# rule LINE...: the rules of the machine.
rule() {
	printf '%s\n' "$@" >/run/oomctl.rules.d/lab.rules
}

adj_of() {
	cat "/proc/$1/oom_score_adj"
}

@test "rules: adj, protect, never and leave reach the kernel; the last rule decides" {
	hog_start --name lab-adj
	one=$hog_pid
	hog_start --name lab-protect
	two=$hog_pid
	hog_start --name lab-never --adj 5
	three=$hog_pid
	hog_start --name lab-leave --adj 6
	rule 'adj 100 name ^lab-' 'adj -300 name ^lab-adj$ user root' 'protect name lab-protect' 'never name lab-never' \
		'leave name lab-leave'
	run --separate-stderr "$OOMCTL" apply
	assert_success
	assert_equal "$(adj_of "$one") $(adj_of "$two") $(adj_of "$three") $(adj_of "$hog_pid")" '-300 -999 -1000 6'
	grep -q 'adj -1000: if no killable process remains' <<<"$stderr"
	# protect never makes a process easier to kill.
	rule 'protect name ^lab-'
	run "$OOMCTL" apply -q
	assert_equal "$(adj_of "$one") $(adj_of "$two") $(adj_of "$three") $(adj_of "$hog_pid")" '-999 -999 -1000 -999'
}

@test "rules: init, kernel threads and oomctl itself stay as they are" {
	local pid adj before kernel_threads=0

	hog_start --name lab-any
	# The processes whose first thread has no memory are the kernel's.
	before=$(adj_of 1)
	rule 'adj 77 name .' 'leave name ^(bash|bats|timeout|cat|sleep|tee)'
	run --separate-stderr "$OOMCTL" apply
	assert_success
	refute_output --partial '(oomctl)'
	assert_equal "$(adj_of "$hog_pid") $(adj_of 1) $(adj_of 2)" "77 $before 0"
	for pid in /proc/[0-9]*; do
		[ "$(sed -n 's/^PPid:\t//p' "$pid/status" 2>/dev/null)" = 2 ] || continue
		# A kernel thread can end meanwhile.
		adj=$(cat "$pid/oom_score_adj" 2>/dev/null) || continue
		assert_equal "$adj" 0
		kernel_threads=$((kernel_threads + 1))
	done
	((kernel_threads > 0))
}

@test "rules: a daemon without its children, which are forked before and after" {
	cp "$(command -v bash)" /run/lab-daemon
	mkfifo /run/lab-out
	# The subshell ends, so that init becomes the parent; each word is a PID.
	(/run/lab-daemon -c 'echo $$; sleep 1000 & echo $!; (/run/lab-daemon -c "echo \$\$; sleep 1001 & echo \$!; wait") & wait' \
		>/run/lab-out 3>&- &)
	exec 5</run/lab-out
	read -r main <&5
	read -r child <&5
	read -r session <&5
	read -r grandchild <&5
	lab_pids+=("$main" "$child" "$session" "$grandchild")
	rm /run/lab-out
	eventually grep -q '^PPid:	1$' "/proc/$main/status"
	rule 'adj -800 exe /run/lab-daemon parent init children 0' 'adj 50 name ^other'
	# As if all were forked after the daemon had its value.
	for pid in "$main" "$child" "$session" "$grandchild"; do echo -800 >"/proc/$pid/oom_score_adj"; done
	run --separate-stderr "$OOMCTL" apply
	assert_success
	assert_equal "$(adj_of "$main") $(adj_of "$child")" '-800 0'
	assert_equal "$(adj_of "$session") $(adj_of "$grandchild")" '0 0'
	# The value of a session is its own business then.
	echo 300 >"/proc/$session/oom_score_adj"
	run --separate-stderr "$OOMCTL" apply
	assert_equal "$(adj_of "$session")" 300
	rm -f /run/lab-daemon
}

@test "rules: a recycled PID is never written to" {
	local stage

	echo 600 >/proc/sys/kernel/pid_max
	rule 'adj 500 name ^victim$'
	for stage in open adj write; do
		"$lab_helpers/recycler" 2 100 "$stage" "$OOMCTL" apply >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
		[ "$(tail -n 1 "$BATS_TEST_TMPDIR/out")" = 'recycled 200 touched 0 failed 0' ] ||
			{ cat "$BATS_TEST_TMPDIR"/{out,err} && false; }
	done
	echo 32768 >/proc/sys/kernel/pid_max
}

@test "rules: in a container, only its processes; its records are apart" {
	hog_start --name lab-outside
	rule 'adj 70 name ^lab-'
	unshare --pid --fork --kill-child --mount-proc bash -c '
		printf lab-inside >/proc/self/comm
		"$0" apply
		cat /proc/self/oom_score_adj
		ls /run/oomctl' "$OOMCTL" >"$BATS_TEST_TMPDIR/out"
	run cat "$BATS_TEST_TMPDIR/out"
	assert_line --index 0 'pid 1 (lab-inside): adj 0 -> 70 by /run/oomctl.rules.d/lab.rules:1'
	assert_line --index 1 '1 process changed, 0 had the adj of the rules, 0 changed by others'
	assert_line --index 2 70
	assert_line --index 3 --regexp '^rules@[0-9]+$'
	assert_equal "$(adj_of "$hog_pid")" 0
	# The next run outside removes its file, but not that of a namespace with a process, nor other files.
	unshare --pid --fork --kill-child --mount-proc bash -c '"$0" apply -q; exec sleep 1000' "$OOMCTL" >/dev/null 2>&1 3>&- &
	lab_pids+=("$!")
	eventually pgrep -P "$!" -x sleep >/dev/null
	live=$(readlink "/proc/$(pgrep -P "$!")/ns/pid" | tr -dc 0-9)
	touch /run/oomctl/{other@1x,rules@4026531999,watch@4026531999,77@4026531999}
	"$OOMCTL" apply -q --dry-run
	[ -e /run/oomctl/watch@4026531999 ]
	"$OOMCTL" apply -q
	assert_equal "$(find /run/oomctl -name '*@*' -printf '%f\n' | sort | xargs)" "other@1x rules@$live"
}

@test "rules: with hidepid root sees all processes, another user only the own ones" {
	hog_start --name lab-hidden --uid 4444
	rule 'adj 60 name ^lab-hidden$ user 4444'
	mount -o remount,hidepid=2 /proc
	run --separate-stderr setpriv --reuid 4445 --regid 4445 --clear-groups "$OOMCTL" rules -r --noheadings -o matches
	assert_output 0
	run --separate-stderr setpriv --reuid 4444 --regid 4444 --clear-groups "$OOMCTL" rules -r --noheadings -o matches
	assert_output 1
	run --separate-stderr "$OOMCTL" apply -q
	assert_success
	assert_equal "$(adj_of "$hog_pid")" 60
}

@test "rules: what run sets before is replaced, what is set later stays, and leave keeps both" {
	"$OOMCTL" run -n 500 -- "$lab_helpers/hog" --name lab-run >/dev/null 3>&- &
	lab_pids+=("$!")
	run_pid=$!
	"$OOMCTL" run -n 400 -- "$lab_helpers/hog" --name lab-left >/dev/null 3>&- &
	lab_pids+=("$!")
	left_pid=$!
	eventually grep -qx lab-run "/proc/$run_pid/comm"
	eventually grep -qx lab-left "/proc/$left_pid/comm"
	rule 'adj 30 name ^lab-' 'leave name lab-left'
	run --separate-stderr "$OOMCTL" apply
	assert_success
	assert_equal "$(adj_of "$run_pid") $(adj_of "$left_pid")" '30 400'
	"$OOMCTL" set -q 200 "$run_pid"
	run --separate-stderr "$OOMCTL" apply
	assert_equal "$(adj_of "$run_pid")" 200
	grep -q "pid $run_pid (lab-run): adj 200 stays, not 30" <<<"$stderr"
}

@test "rules: explain names the rule as the origin, also after protect, and protect only for its own value" {
	hog_start --name lab-origin
	"$OOMCTL" protect -q "$hog_pid"
	run "$OOMCTL" explain "$hog_pid"
	assert_line "  set by 'oomctl protect'; it was 0 before"
	rule 'adj 41 name ^lab-origin$'
	"$OOMCTL" apply -q
	assert_equal "$(adj_of "$hog_pid")" 41
	run "$OOMCTL" explain "$hog_pid"
	assert_line '  set by the standing rule below'
	refute_output --partial protect
	assert_equal "$("$OOMCTL" explain -J "$hog_pid" | jq -r '.processes[0].origin.kind')" rule
	"$OOMCTL" set -q 42 "$hog_pid"
	run "$OOMCTL" explain "$hog_pid"
	assert_line --partial 'it was set explicitly'
	refute_output --partial protect
}

@test "rules: a process that changes its name gets the value of another rule" {
	mkfifo /run/lab-fifo
	bash -c 'trap "printf lab-second >/proc/\$\$/comm" USR1
		trap "printf lab-third >/proc/\$\$/comm" USR2
		printf lab-first >/proc/$$/comm
		while :; do read -rt 1 <>/run/lab-fifo; done' 3>&- &
	pid=$!
	lab_pids+=("$pid")
	eventually grep -qx lab-first "/proc/$pid/comm"
	rule 'adj 30 name ^lab-first$' 'adj 40 name ^lab-second$'
	"$OOMCTL" apply -q
	assert_equal "$(adj_of "$pid")" 30
	kill -USR1 "$pid"
	eventually grep -qx lab-second "/proc/$pid/comm"
	"$OOMCTL" apply -q
	assert_equal "$(adj_of "$pid")" 40
	grep -q "^$pid " /run/oomctl/rules
	# No rule matches any more: it keeps its adj, and the record is gone.
	kill -USR2 "$pid"
	eventually grep -qx lab-third "/proc/$pid/comm"
	"$OOMCTL" apply -q
	assert_equal "$(adj_of "$pid")" 40
	refute grep -q "^$pid " /run/oomctl/rules
	rm -f /run/lab-fifo
}

@test "rules: apply during another run of apply or protect waits for its lock" {
	hog_start --name lab-lock
	rule 'adj 30 name ^lab-lock$'
	mkdir -m 755 /run/oomctl
	(umask 077 && : >/run/oomctl/.lock)
	exec 6<>/run/oomctl/.lock
	flock -x 6
	run --separate-stderr "$OOMCTL" apply
	assert_failure 4
	grep -q 'nothing was changed: cannot use /run/oomctl: another run holds the lock' <<<"$stderr"
	assert_equal "$(adj_of "$hog_pid")" 0
	exec 6>&-
	"$OOMCTL" apply -q
	assert_equal "$(adj_of "$hog_pid")" 30
}
