#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Each call that raises or drops privilege, and each write, is made to fail: the program exits with 3 or 4 and raises
# nothing that the policy does not permit.

# shellcheck disable=SC2154 # pid and log are set by the helpers.
load privilege

setup_file() {
	privilege_setup_file
}

setup() {
	lab_only
}

teardown() {
	rm -f /dev/log
	lab_cleanup
}

# inject MODE CALL ERRNO WHEN: runs set -500 with that call failing; sets status, output, was_injected, effective.
inject() {
	renew
	try strace -qq -u carol -o "$BATS_TEST_TMPDIR/trace" -e "trace=$2,capset" -e "inject=$2:error=$3:when=$4" \
		"$privilege_dir/$1" set -500 "$pid"
	read_trace
}

# Sets was_injected, and effective to the effective set after the last capset that was not made to fail.
read_trace() {
	local line

	was_injected='' effective=''
	while read -r line; do
		if [[ $line == *INJECTED* ]]; then
			was_injected=1
		elif [[ $line =~ capset\(.*effective=([^,]*), ]]; then
			effective=${BASH_REMATCH[1]}
		fi
	done <"$BATS_TEST_TMPDIR/trace"
}

# each_time CALL ERRNO: makes the first, second, ... call fail, up to the last call. If lowering the capability fails,
# the program exits with 4 immediately and without a message; after the write, the value stays set.
each_time() {
	local mode when total=0

	for mode in cap suid; do
		for ((when = 1; when < 20; when++)); do
			inject "$mode" "$1" "$2" "$when"
			[[ -n $was_injected ]] || break
			total=$((total + 1))
			read_adj "$pid"
			echo "$mode: $1 fails with $2, $when: status $status, adj $adj: $output"
			case $status,$adj in
			[34],0) ;;
			4,-500) [[ -z $output ]] ;;
			# libcap-ng makes this call when it starts and continues if it fails.
			0,-500) [[ $1 == prctl || $1 == capget || $1 == setfsuid || $1 == setfsgid ]] ;;
			*) return 1 ;;
			esac
			[[ ! $effective =~ [1-9A-Z] || $status == 4 ]]
			[[ ! $effective =~ [1-9A-Z] || -z $output ]]
		done
		((when > 1))
	done
	printf '# | %-53s %3d times: never raised, 3 or 4\n' "$1 fails with $2" "$total" >&3
}

# refused_without_line: what needs a line in syslog is refused, but root can still set adj.
refused_without_line() {
	for mode in cap suid; do
		renew
		try as carol "$privilege_dir/$mode" set -500 "$pid"
		ended_with 3
		adj_is "$pid" 0
		[[ $output == *"cannot write to syslog (Connection refused), and a change that cannot be logged is not made"* ]]
		"$privilege_dir/$mode" set -7 "$pid"
		adj_is "$pid" -7
	done
}

@test "privilege: capset fails" {
	each_time capset EPERM
}

@test "privilege: capget fails" {
	each_time capget EPERM
}

# A result that is not filled in counts as a failure.
@test "privilege: capget, getresuid, getresgid succeed without a result" {
	for mode in cap suid; do
		for call in capget getresuid getresgid; do
			renew
			try strace -qq -u carol -o "$BATS_TEST_TMPDIR/trace" -e "trace=$call,capset" -e "inject=$call:retval=0" \
				"$privilege_dir/$mode" set -500 "$pid"
			ended_with 4
			adj_is "$pid" 0
		done
	done
}

@test "privilege: setresuid fails" {
	each_time setresuid EAGAIN
}

@test "privilege: setresgid fails" {
	each_time setresgid EPERM
}

@test "privilege: prctl fails" {
	each_time prctl EPERM
}

@test "privilege: close_range fails" {
	each_time close_range EMFILE
}

@test "privilege: reading the ids back fails" {
	each_time getresuid EFAULT
	each_time getresgid EFAULT
}

# Not each_time: writes after the change are messages.
@test "privilege: the plain write or the raised write fails" {
	for mode in cap suid; do
		for error in EACCES EIO EINTR ESRCH ENOMEM; do
			# Write 1 is the plain write; only EACCES leads to a raised write.
			inject "$mode" write "$error" 1
			[[ -n $was_injected ]]
			if [[ $error == EACCES ]]; then
				ended_with 0
				adj_is "$pid" -500
			else
				ended_with 1 3
				adj_is "$pid" 0
				[[ ! $effective =~ [1-9A-Z] ]]
			fi
			inject "$mode" write "$error" 2
			ended_with 1 3
			adj_is "$pid" 0
			[[ ! $effective =~ [1-9A-Z] ]]
			echo "$mode $error: $output"
		done
	done
}

# What the kernel does with a short write is unknown, so it is a failure.
@test "privilege: a short raised write is a failure" {
	for mode in cap suid; do
		renew
		try strace -qq -u carol -o "$BATS_TEST_TMPDIR/trace" -e trace=write,capset -e inject=write:retval=2:when=2 \
			"$privilege_dir/$mode" set -500 "$pid"
		ended_with 1
		adj_is "$pid" 0
	done
}

# Kernels before 5.9 have no close_range.
@test "privilege: descriptors are closed without close_range too" {
	: >"$privilege_dir/kept"
	for mode in cap suid; do
		renew
		exec 7<"$privilege_dir/kept" 8<&7 9<&7
		strace -qq -u carol -o "$BATS_TEST_TMPDIR/trace" -e inject=close_range:error=ENOSYS \
			"$privilege_dir/$mode" set -500 "$pid" 3>&-
		exec 7<&- 8<&- 9<&-
		adj_is "$pid" -500
		for fd in 7 8 9; do
			grep -q "^close($fd) *= 0" "$BATS_TEST_TMPDIR/trace"
		done
	done
}

@test "privilege: nothing is raised if the log line cannot be sent" {
	log_start
	for mode in cap suid; do
		for call in socket connect sendto; do
			inject "$mode" "$call" ENOMEM 1
			# The name service also makes the first two calls, if it has a daemon.
			[[ -n $was_injected ]]
			ended_with 0 3
			read_adj "$pid"
			[ "$adj" = 0 ] || log_has "raised: .*pid $pid "
		done
		inject "$mode" sendto EAGAIN 1
		ended_with 3
		adj_is "$pid" 0
		[[ $output == *"a change that cannot be logged is not made"* ]]
	done
}

@test "privilege: nothing is raised if /dev/log has no listener" {
	log_start
	kill -KILL "${lab_pids[-1]}"
	pid_wait "${lab_pids[-1]}"
	[ -S /dev/log ]
	refused_without_line
	# Without a /dev/log no log line is required.
	rm /dev/log
	renew
	as carol "$privilege_dir/cap" set -500 "$pid"
	adj_is "$pid" -500
}

@test "privilege: nothing is raised if /dev/log is a dangling link" {
	ln -s /run/nowhere/dev-log /dev/log
	refused_without_line
}

@test "privilege: a syslog that starts during a call gets the log line" {
	for mode in cap suid; do
		stall "$mode"
		log_start
		go_on
		adj_is "$other" -500
		eventually log_has "raised: .*pid $other "
		kill -KILL "${lab_pids[-1]}"
		rm /dev/log
	done
}

@test "privilege: run: COMMAND has no capability, whichever call fails" {
	for mode in cap suid; do
		for call in capset:error=EPERM setresuid:error=EPERM capget:error=EPERM prctl:error=EPERM; do
			for ((when = 1; when < 12; when++)); do
				try strace -qq -u carol -o "$BATS_TEST_TMPDIR/trace" -e "trace=${call%%:*}" \
					-e "inject=$call:when=$when" "$privilege_dir/$mode" run -n -500 "$privilege_dir/selfie"
				read_trace
				[[ -n $was_injected ]] || break
				echo "$mode $call $when: $status"
				if [[ $status == 0 ]]; then
					[[ $output == *$'CapPrm:\t0000000000000000'* && $output == *$'CapEff:\t0000000000000000'* ]]
					[[ $output == *$'Uid:\t2003\t2003\t2003\t2003'* ]]
				else
					ended_with 4 125
				fi
			done
		done
	done
}
