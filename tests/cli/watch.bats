#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# watch in a PID namespace, where it makes passes. Events, privileges and lack of memory are tested in
# tests/lab/watch.bats.

# bats and cli.bash set these; inner shells expand their own.
# shellcheck disable=SC2154,SC2016,SC2030,SC2031

load cli

setup() {
	rules=$BATS_TEST_TMPDIR/rules log=$BATS_TEST_TMPDIR/log
	mkdir -m 755 "$rules"
}

# rules_are LINE...: the only file of rules.
rules_are() {
	printf '%s\n' "$@" >"$rules/new"
	mv "$rules/new" "$rules/10.rules"
}

# watch_start [WORD...]: with a /run of its own, so that the machine's records are not touched; by the command WORD...
watch_start() {
	[ "$(id -u)" = 0 ] || skip 'needs root'
	alone_or_skip 'no PID namespace can be made here'
	rules_or_skip
	unshare -m true 2>/dev/null || skip 'no mount namespace can be made'
	rm -f "$log"
	unshare -m bash -c 'mount -t tmpfs -o mode=755 none /run && exec "$@"' - \
		"$@" "$OOMCTL" watch --dir "$rules" --interval 1 2>"$log" 3>&- &
	watch_pid=$!
	cli_pids+=("$watch_pid")
	soon said 1 'started with'
}

# soon COMMAND: it succeeds in time; else the log is printed.
soon() {
	eventually "$@" || fail "not soon: $*: $(cat "$log")"
}

# said COUNT TEXT: the log has so many lines with it.
said() {
	[[ -e $log && $(grep -cF -- "$2" "$log") == "$1" ]]
}

has_adj() {
	[[ $(<"/proc/$1/oom_score_adj") == "$2" ]]
}

# has_children PID COUNT
has_children() {
	[[ $(pgrep -cP "$1") == "$2" ]]
}

# named NAME [SCRIPT]: a process of this name that sleeps, or a shell that runs SCRIPT; sets named_pid.
named() {
	local path=$BATS_TEST_TMPDIR/$1 command=(1000)

	ln -sf "$(command -v sleep)" "$path"
	if (($# > 1)); then
		ln -sf "$BASH" "$path"
		command=(-c "$2")
	fi
	"$path" "${command[@]}" 3>&- &
	named_pid=$!
	cli_pids+=("$named_pid")
}

@test "watch: a second one is refused, and another can follow a killed one" {
	rules_are 'adj 5 name ^nothing$'
	watch_start
	inner=$(pgrep -P "$watch_pid" -x oomctl || echo "$watch_pid")
	run --separate-stderr nsenter -t "$inner" -m timeout 60 "$OOMCTL" watch --dir "$rules"
	assert_failure 4
	assert_equal "${stderr_lines[0]}" "oomctl: another oomctl watch is running (see 'systemctl status oomctl-watch'); to apply rules once, use 'oomctl apply'"
	refute_regex "$stderr" started
	run nsenter -t "$inner" -m bash -c 'kill -KILL "$1"; exec timeout -s TERM 3 "$OOMCTL" watch --dir "$2"' - "$inner" "$rules"
	assert_output --partial 'started with 1 rule'
}

@test "watch: new processes get the value of their rule, in passes" {
	rules_are 'adj 321 name ^wone$'
	watch_start
	said 1 'started with 1 rule: no events of processes: '
	said 1 'checking all every 1 s'
	named wone
	soon has_adj "$named_pid" 321
	soon said 1 "pid $named_pid (wone): adj 0 -> 321 by $rules/10.rules:1"
}

@test "watch: later changes by others are respected, or undone with enforce" {
	rules_are 'adj 11 name ^wfree$' 'adj 12 name ^wforced$ enforce'
	watch_start
	named wfree
	free=$named_pid
	named wforced
	forced=$named_pid
	soon has_adj "$free" 11
	soon has_adj "$forced" 12
	echo 100 >"/proc/$free/oom_score_adj"
	echo 100 >"/proc/$forced/oom_score_adj"
	soon has_adj "$forced" 12
	soon said 1 "pid $free (wfree): something else set adj 100, not 11 of $rules/10.rules:1: unchanged"
	has_adj "$free" 100
}

@test "watch: children of a match have their own value" {
	rules_are 'adj 200 name ^wparent$ children 7'
	named wparent 'sleep 1000 & sleep 1000 & wait'
	soon has_children "$named_pid" 2
	watch_start
	soon has_adj "$named_pid" 200
	for child in $(pgrep -P "$named_pid"); do
		cli_pids+=("$child")
		soon has_adj "$child" 7
	done
}

@test "watch: children that share the memory of a match are left, which is reported once" {
	rules_are 'adj 200 name ^actor$ children 7'
	watch_start
	actor_start share 1
	soon has_adj "$actor_pid" 200
	soon said 1 "pid ${actor_ids[0]} (actor): adj 200 stays, not 7 of $rules/10.rules:1: it shares memory with the process that forked it"
	# Two more passes.
	rules_are 'adj 201 name ^actor$ children 7'
	soon has_adj "$actor_pid" 201
	soon said 1 "pid ${actor_ids[0]} (actor): adj 201 stays"
	named wone
	rules_are 'adj 201 name ^actor$ children 7' 'adj 3 name ^wone$'
	soon has_adj "$named_pid" 3
	said 2 'it shares memory with'
	has_adj "$actor_pid" 201
	said 0 'something else'
}

@test "watch: links in the path of an executable are followed again, and users who did not exist are looked up" {
	local app=$BATS_TEST_TMPDIR/app first second

	mkdir -p "$app"/{1,2}
	cp "$(command -v sleep)" "$app/1/wlink"
	cp "$(command -v sleep)" "$app/2/wlink"
	ln -s 1 "$app/current"
	cp /etc/passwd "$BATS_TEST_TMPDIR/passwd"
	rules_are "adj 31 exe $app/current/wlink" 'adj 33 user wlate name ^wuser$'
	watch_start
	"$app/current/wlink" 1000 3>&- &
	first=$!
	cli_pids+=("$first")
	soon has_adj "$first" 31
	ln -sfn 2 "$app/current"
	"$app/current/wlink" 1000 3>&- &
	second=$!
	cli_pids+=("$second")
	soon has_adj "$second" 31
	# The watch has a mount namespace of its own.
	inner=$(pgrep -P "$watch_pid" -x oomctl || echo "$watch_pid")
	nsenter -t "$inner" -m mount --bind "$BATS_TEST_TMPDIR/passwd" /etc/passwd
	ln -s "$(command -v sleep)" "$BATS_TEST_TMPDIR/wuser"
	chmod o+x "$BATS_TEST_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR"
	setpriv --reuid 5007 --regid 5007 --clear-groups "$BATS_TEST_TMPDIR/wuser" 1000 3>&- &
	cli_pids+=("$!")
	second=$!
	soon grep -qx wuser "/proc/$second/comm"
	has_adj "$second" 0
	echo 'wlate:x:5007:5007::/:/bin/sh' >>"$BATS_TEST_TMPDIR/passwd"
	soon has_adj "$second" 33
	said 0 reloaded
}

@test "watch: files are read again when they change, and after SIGHUP" {
	rules_are 'adj 11 name ^wone$'
	watch_start
	named wtwo
	rules_are 'adj 11 name ^wone$' 'adj 22 name ^wtwo$'
	soon has_adj "$named_pid" 22
	said 1 'reloaded 2 rules'
	echo 'adj many name x' >"$rules/20.rules"
	soon said 1 '/20.rules:1:5: '
	soon said 2 'reloaded 2 rules'
	kill -HUP "$watch_pid"
	soon said 3 'reloaded 2 rules'
}

@test "watch: SIGTERM and SIGINT end it, with status 0" {
	for signal in TERM INT; do
		rules_are 'adj 11 name ^wone$'
		watch_start
		kill -"$signal" "$watch_pid"
		wait "$watch_pid"
		said 1 stopped
	done
}

@test "watch: only root can run it" {
	[ "$(id -u)" = 0 ] || skip 'needs root'
	run --separate-stderr setpriv --reuid 65534 --regid 65534 --clear-groups "$OOMCTL" watch
	assert_failure 3
	assert_equal "$stderr" 'oomctl: only root can watch processes'
}

# Each limit on descriptors lets another step of the reload fail; directories have those from before, too.
@test "watch: a reload that lacks descriptors keeps the former rules, and is repeated" {
	local limit n_open n=0

	rules_are 'adj 11 name ^wone$'
	watch_start
	# In a pass some more are open.
	n_open=$(find "/proc/$watch_pid/fd" -type l | wc -l)
	for ((limit = n_open - 4; limit < n_open + 6; limit++)); do
		prlimit --pid "$watch_pid" --nofile="$limit:"
		kill -HUP "$watch_pid"
		n=$((n + 1))
		soon said "$n" 'reloaded 1 rule'
	done
	said 0 'reloaded 0 rules'
	grep -qF "$rules: cannot be read: Too many open files; its files from before are used" "$log"
	grep -qF "$rules/10.rules: cannot be read: Too many open files; its rules from before stay in effect" "$log"
	prlimit --pid "$watch_pid" --nofile=1024:
	named wone
	soon has_adj "$named_pid" 11
}

@test "watch: a kernel without inotify is named" {
	strace_or_skip
	rules_are 'adj 5 name ^nothing$'
	watch_start strace -qq -f -o /dev/null -e trace=inotify_init1 -e inject=inotify_init1:error=ENOSYS
	said 1 'rules files are not noticed: this kernel has no inotify (CONFIG_INOTIFY_USER); use SIGHUP'
	# It outlives a strace that is killed.
	pkill -P "$watch_pid"
	soon said 1 stopped
}
