#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# run: its exit statuses, and that it changes nothing except adj.

# bats and cli.bash set these; the inner shells expand theirs.
# shellcheck disable=SC2154,SC2016

load cli

# weakly COMMAND...: runs it without CAP_SYS_RESOURCE.
weakly() {
	if [[ $(id -u) == 0 ]]; then
		setpriv --bounding-set -sys_resource --inh-caps -sys_resource "$@"
	else
		"$@"
	fi
}

@test "run: COMMAND has the given adj" {
	for words in '-n 321' '-n321' '--adjust 321' '--adjust=321' '-n +321' '-n 0321'; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr oomctl run $words cat /proc/self/oom_score_adj
		assert_success
		assert_output 321
		assert_equal "$stderr" ''
		# shellcheck disable=SC2086 # words
		run oomctl run $words -- cat /proc/self/oom_score_adj
		assert_output 321
	done
	assert_equal "$(</proc/self/oom_score_adj)" "$(<"/proc/$$/oom_score_adj")"
}

@test "run: the exit status is that of COMMAND" {
	for wanted in 0 1 2 3 4 125 126 127 255; do
		run -"$wanted" oomctl run -n 1000 sh -c "exit $wanted"
		assert_output ''
	done
	# A signal that terminates COMMAND terminates run, because it is the same process.
	run bash -c '"$@" & wait $!' _ "$OOMCTL" run -n 1000 sh -c 'kill -TERM $$'
	assert_equal "$status" 143
	"$OOMCTL" run -n 1000 sleep 100 3>&- &
	cli_pids+=("$!")
	until_asleep "$!" sleep
}

@test "run: 127 if COMMAND does not exist, 126 if it cannot be executed" {
	: >"$BATS_TEST_TMPDIR/file"
	run -127 oomctl run -n 1000 "$BATS_TEST_TMPDIR/none"
	assert_output "oomctl: cannot run '$BATS_TEST_TMPDIR/none': No such file or directory"
	run -127 oomctl run -n 1000 no-such-command-of-oomctl
	run -127 oomctl run -n 1000 ''
	run oomctl run -n 1000 "$BATS_TEST_TMPDIR/file"
	assert_failure 126
	assert_output "oomctl: cannot run '$BATS_TEST_TMPDIR/file': Permission denied"
	run oomctl run -n 1000 "$BATS_TEST_TMPDIR"
	assert_failure 126
	run oomctl run -n 1000 "$BATS_TEST_TMPDIR/file/below"
	assert_failure 126
}

# script FIRST_LINE [NAME]: an executable file.
script() {
	local file=$BATS_TEST_TMPDIR/${2-script}

	printf '%b\n' "$1" >"$file"
	chmod +x "$file"
}

@test "run: a missing interpreter is named" {
	local script=$BATS_TEST_TMPDIR/script none=$BATS_TEST_TMPDIR/none
	for line in "#!$none" "#! \t$none -e" "#!$none\n"; do
		script "$line"
		run -127 oomctl run -n 1000 "$script"
		assert_output "oomctl: cannot run '$script': its interpreter '$none': No such file or directory"
	done
	script "#!$none" script-of-oomctl
	PATH=/nowhere::$BATS_TEST_TMPDIR:$PATH run -127 oomctl run -n 1000 script-of-oomctl
	assert_output "oomctl: cannot run 'script-of-oomctl': its interpreter '$none': No such file or directory"
	# Written on another system: the carriage return is part of the name.
	script '#!/bin/sh\r'
	run -127 oomctl run -n 1000 "$script"
	assert_output "oomctl: cannot run '$script': its interpreter '/bin/sh\x0d': No such file or directory"
	script '#!/\033[2J\n'
	run -127 oomctl run -n 1000 "$script"
	assert_output --partial "its interpreter '/\x1b[2J': No such"
	# The interpreter can be a script, or a file that is not executable.
	script "#!$none" between
	script "#!$BATS_TEST_TMPDIR/between"
	run -127 oomctl run -n 1000 "$script"
	assert_output "oomctl: cannot run '$script': its interpreter '$none': No such file or directory"
	script '#!/etc/passwd'
	run -126 oomctl run -n 1000 "$script"
	assert_output "oomctl: cannot run '$script': its interpreter '/etc/passwd': Permission denied"
	script "#!$BATS_TEST_TMPDIR"
	run -126 oomctl run -n 1000 "$script"
	assert_output "oomctl: cannot run '$script': its interpreter '$BATS_TEST_TMPDIR': Permission denied"
	# A directory with that name in PATH is skipped.
	mkdir -p "$BATS_TEST_TMPDIR/first/script-of-oomctl"
	script "#!$BATS_TEST_TMPDIR" script-of-oomctl
	PATH=$BATS_TEST_TMPDIR/first:$BATS_TEST_TMPDIR:$PATH run -126 oomctl run -n 1000 script-of-oomctl
	assert_output "oomctl: cannot run 'script-of-oomctl': its interpreter '$BATS_TEST_TMPDIR': Permission denied"
	# A script that is its own interpreter.
	script "#!$script"
	run -126 oomctl run -n 1000 "$script"
	assert_output "oomctl: cannot run '$script': Too many levels of symbolic links"
	# The longest line that every kernel reads.
	long=/$(printf 'x%.0s' {1..120})
	script "#!$long"
	run -127 oomctl run -n 1000 "$script"
	assert_output --partial "its interpreter '$long': No such"
	# A file of unknown format is executed by the shell, as in execvp(3).
	script '#!\necho well'
	run oomctl run -n 1000 "$script"
	assert_success
	assert_output well
}

# program OFFSET BYTES: a copy of /bin/true with these bytes at that offset.
program() {
	cp /bin/true "$BATS_TEST_TMPDIR/program"
	printf '%b' "$2" | dd of="$BATS_TEST_TMPDIR/program" bs=1 seek="$1" conv=notrunc status=none
}

# The offset of the loader's name in /bin/true.
loader_offset() {
	LC_ALL=C grep -abom 1 -E '/lib[^/]*/ld' /bin/true | head -n 1 | cut -d : -f 1
}

@test "run: a program for another architecture is not run by the shell: 126" {
	local program=$BATS_TEST_TMPDIR/program
	# e_machine, at offset 18: no such architecture exists.
	program 18 '\xfe\xfe'
	run -126 oomctl run -n 1000 "$program"
	assert_output "oomctl: cannot run '$program': built for another architecture, or damaged"
	PATH=/nowhere:$BATS_TEST_TMPDIR:$PATH run -126 oomctl run -n 1000 program
	assert_output "oomctl: cannot run 'program': built for another architecture, or damaged"
	printf '\x7fELF\ntouch %s\n' "$BATS_TEST_TMPDIR/made" >"$program"
	run -126 oomctl run -n 1000 "$program"
	assert_output "oomctl: cannot run '$program': built for another architecture, or damaged"
	[[ ! -e $BATS_TEST_TMPDIR/made ]]
}

@test "run: a missing loader is named" {
	local program=$BATS_TEST_TMPDIR/program offset
	offset=$(loader_offset)
	[[ -n $offset ]]
	program "$offset" '/nowhere/ld\0'
	run -127 oomctl run -n 1000 "$program"
	assert_output "oomctl: cannot run '$program': its loader '/nowhere/ld': No such file or directory"
	program "$offset" '/etc/passwd\0'
	run -126 oomctl run -n 1000 "$program"
	assert_output "oomctl: cannot run '$program': its loader '/etc/passwd': Permission denied"
}

@test "run: an adj without -n is an error that names -n" {
	for adj in -500 +5 500; do
		run -125 oomctl run "$adj" true
		assert_line -n 0 "oomctl: run: no adj specified: for adj $adj use -n $adj"
	done
	run -125 oomctl run 5000 true
	assert_line -n 0 'oomctl: run: no adj specified: use -n ADJ, --protect or --never'
}

@test "run: a usage error is 125, and COMMAND is not run" {
	made=$BATS_TEST_TMPDIR/made
	while read -r words; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr oomctl run $words
		assert_failure 125
		assert_equal "$output" ''
		[[ $stderr == oomctl:* ]]
	done <<-END

		-n 5
		touch $made
		-n 1001 touch $made
		-n -1001 touch $made
		-n x touch $made
		-n 5 --protect touch $made
		--never --protect touch $made
		--protect -n -999 touch $made
		--no-such-option -n 5 touch $made
		--best-effort touch $made
		-n
	END
	[[ ! -e $made ]]
}

@test "run, set, protect: if -n is repeated, the last value is used" {
	run oomctl run -n 995 -n 996 -- cat /proc/self/oom_score_adj
	assert_success
	assert_output 996
	sleep 100 3>&- &
	sleeper=$!
	until_asleep "$sleeper" sleep
	run oomctl set -n 995 -n 996 "$sleeper"
	assert_output "pid $sleeper (sleep): adj $(</proc/self/oom_score_adj) -> 996"
	oomctl set -q 999 "$sleeper"
	run --separate-stderr oomctl protect -n 998 -n 997 "$sleeper"
	kill "$sleeper"
	assert_output "pid $sleeper (sleep): adj 999 -> 997"
}

@test "run: a refused adj is 125, or a warning with --best-effort" {
	made=$BATS_TEST_TMPDIR/made
	# The floor of this process is unknown; -1000 is below any other.
	[[ $(</proc/self/oom_score_adj) != -1000 ]] || skip 'this shell has adj -1000 already'
	run weakly "$OOMCTL" run --never touch "$made"
	assert_failure 125
	assert_line -n 0 --regexp '^oomctl: pid [0-9]+ \(oomctl\): cannot set adj to -1000: Permission denied$'
	assert_line -n 1 --partial 'CAP_SYS_RESOURCE'
	[[ ! -e $made ]]
	run --separate-stderr weakly "$OOMCTL" run --never --best-effort sh -c 'cat /proc/self/oom_score_adj; exit 7'
	assert_failure 7
	assert_output "$(</proc/self/oom_score_adj)"
	[[ $stderr == *'cannot set adj to -1000: Permission denied'* ]]
	[[ $stderr == *'sh: running it with unchanged adj (--best-effort)' ]]
	# Usage errors are still errors.
	run weakly "$OOMCTL" run --best-effort -n 1001 touch "$made"
	assert_failure 125
	[[ ! -e $made ]]
}

@test "run: without /proc" {
	[[ $OOMCTL != */asan/* ]] || skip 'the leak checker of a sanitized build needs /proc itself'
	mounts_or_skip
	run unshare -m bash -c 'mount -t tmpfs none /proc && exec "$@"' _ "$OOMCTL" run -n 5 true
	assert_failure 125
	assert_output 'oomctl: /proc is not mounted: cannot set adj'
	run unshare -m bash -c 'mount -t tmpfs none /proc && exec "$@"' _ "$OOMCTL" run -n 5 --best-effort sh -c 'exit 6'
	assert_failure 6
}

@test "run: options after COMMAND belong to COMMAND" {
	run oomctl run -n 1000 printf '%s,' -n 5 --never -- --help -V
	assert_success
	assert_output -- '-n,5,--never,--,--help,-V,'
	run oomctl run -n 1000 -- printf '%s,' ''  ' a b ' $'c\nd'
	assert_output ", a b ,c
d,"
}

# state: prints all that a process inherits, except what always differs.
state='
	grep -E "^(Umask|Seccomp|NoNewPrivs|Uid|Gid|Groups|Sig[A-Z][a-z]+|Shd[A-Z][a-z]+|Cap[A-Z][a-z]+|Cpus_allowed|Mems_allowed|Threads|TracerPid):" /proc/self/status
	cat /proc/self/limits /proc/self/cgroup /proc/self/coredump_filter /proc/self/timerslack_ns
	cat /proc/self/sched | grep -E "^(policy|prio)"
	for f in /proc/$$/fd/*; do
		case $(readlink $f) in "" | pipe:* | /proc/*) ;; *) echo "${f##*/} $(readlink $f)" ;; esac
	done
	tr "\0" "\n" </proc/$$/environ
	cut -d " " -f 5,6,7,8 /proc/self/stat | tr " " "\n" | sed -n 2,4p
	ps -o nice= -p $$
	readlink /proc/$$/cwd /proc/$$/root /proc/$$/ns/*
	ulimit -a; umask; trap; pwd'

@test "run: changes nothing else in the process" {
	# Ignored signals, unusual limits, descriptors, a umask, and variables that libraries obey.
	odd=$BATS_TEST_TMPDIR/odd
	cat >"$odd" <<'END'
trap '' HUP PIPE USR1 TTIN
umask 0137
ulimit -n 77 -s 4096 -c 0
cd /usr/lib
exec 5</etc/passwd 9>/dev/null 23</dev/zero
export LIBPROC_HIDE_KERNEL=1 LD_BIND_NOW=1 EMPTY= TABS=$'a\tb' NL=$'a\nb' COLUMNS=33 NO_COLOR=1 LC_ALL=C
exec nice -n 3 env -i LIBPROC_HIDE_KERNEL=1 A=1 'B=x y' A=2 PATH="$PATH" LC_ALL=xx COLUMNS=7 "$@"
END
	bash "$odd" sh -c "$state" >"$BATS_TEST_TMPDIR/out" 2>&1 </dev/null
	mv "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/without"
	bash "$odd" "$OOMCTL" run -n "$(</proc/self/oom_score_adj)" sh -c "$state" >"$BATS_TEST_TMPDIR/out" 2>&1 </dev/null
	mv "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/with"
	[[ $(wc -l <"$BATS_TEST_TMPDIR/without") -gt 60 ]]
	grep -q '^SigIgn' "$BATS_TEST_TMPDIR/without"
	grep -q '^23 /dev/zero$' "$BATS_TEST_TMPDIR/without"
	diff "$BATS_TEST_TMPDIR/without" "$BATS_TEST_TMPDIR/with"
}

@test "run: blocked signals stay blocked" {
	command -v perl >/dev/null || skip 'needs perl to block a signal'
	run perl -MPOSIX -e 'sigprocmask(SIG_BLOCK, POSIX::SigSet->new(SIGUSR2, SIGTERM)); exec @ARGV' \
		"$OOMCTL" run -n 1000 grep SigBlk /proc/self/status
	assert_output "SigBlk:	$(printf %016x $((1 << 11 | 1 << 14)))"
}

@test "run: COMMAND gets the caller's environment, byte for byte" {
	run env -i 'A=1' "B=$(printf 'x\ny')" 'LIBPROC_HIDE_KERNEL=1' 'TZDIR=/x' 'PATH=/usr/bin:/bin' \
		"$OOMCTL" run -n 1000 env -0
	assert_success
	env -i 'A=1' "B=$(printf 'x\ny')" 'LIBPROC_HIDE_KERNEL=1' 'TZDIR=/x' 'PATH=/usr/bin:/bin' env -0 >"$BATS_TEST_TMPDIR/a"
	env -i 'A=1' "B=$(printf 'x\ny')" 'LIBPROC_HIDE_KERNEL=1' 'TZDIR=/x' 'PATH=/usr/bin:/bin' \
		"$OOMCTL" run -n 1000 env -0 >"$BATS_TEST_TMPDIR/b"
	cmp "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/b"
}

@test "run: closed descriptors stay closed" {
	fds=$BATS_TEST_TMPDIR/fds
	for closed in '<&-' '>&-' '2>&-' '<&- >&-' '<&- >&- 2>&-'; do
		# The list is written to its own descriptor.
		eval 'sh -c "ls /proc/\$\$/fd >&7" 7>"$fds"' "$closed"
		mv "$fds" "$fds.without"
		eval '"$OOMCTL" run -n 1000 sh -c "ls /proc/\$\$/fd >&7" 7>"$fds"' "$closed"
		[[ $(wc -l <"$fds") -gt 1 ]]
		diff "$fds.without" "$fds"
	done
	refute grep -qx 2 "$fds"
}

@test "run: COMMAND gets its own argv, with argv[0]" {
	run oomctl run -n 1000 sh -c 'tr "\0" "|" </proc/$$/cmdline'
	assert_output "sh|-c|tr \"\\0\" \"|\" </proc/\$\$/cmdline|"
	# PID and parent do not change.
	run bash -c 'echo $$; exec "$0" run -n 1000 sh -c "echo \$\$ \$PPID"' "$OOMCTL"
	assert_equal "${lines[1]% *}" "${lines[0]}"
}

@test "run -17: a warning, and COMMAND is run" {
	(($(</proc/self/oom_score_adj) <= -17)) || {
		run oomctl run --best-effort -n -17 true
		assert_success
		assert_line -n 0 'oomctl: adj -17 has almost no effect; did you mean -1000?'
	}
}
