#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# watch: with events of processes where the kernel has a connector (QEMU's have, UML has none), else by passes.

# bats and lib.bash set these; each test runs in its own shell, and inner shells expand their own variables.
# shellcheck disable=SC2154,SC2030,SC2031,SC2016

load lib
bats_require_minimum_version 1.5.0
bats_load_library bats-support
bats_load_library bats-assert

setup() {
	lab_only
	rules=$BATS_TEST_TMPDIR/rules log=$BATS_TEST_TMPDIR/log watch_pid=''
	mkdir "$rules"
	chmod 755 "$BATS_TEST_TMPDIR" "$rules"
	# The name of processes that are executed.
	link=$BATS_TEST_TMPDIR/wtest
	ln -s "$lab_helpers/execs" "$link"
}

teardown() {
	[[ -z $watch_pid ]] || cat "$log"
	lab_cleanup
	rm -rf /run/oomctl
	[[ -z ${pid_max-} ]] || echo "$pid_max" >/proc/sys/kernel/pid_max
}

# rules LINE...: the only file of rules.
rules() {
	printf '%s\n' "$@" >"$rules/new"
	mv "$rules/new" "$rules/10.rules"
}

# watch_start [OPTION]...: returns after its first pass. Without events it makes a pass each second.
watch_start() {
	local ready=$BATS_TEST_TMPDIR/ready interval=()

	[[ $LAB_KERNEL != uml ]] || interval=(--interval 1)
	rm -f "$ready" "$log"
	"$lab_helpers/notified" "$ready" "$OOMCTL" watch --dir "$rules" "${interval[@]}" "$@" 2>"$log" 3>&- &
	watch_pid=$!
	lab_pids+=("$watch_pid")
	eventually grep -q READY=1 "$ready"
}

# ready_is N: it has been ready so often, at the end of its first pass and of those after a reload.
ready_is() {
	[[ $(grep -c READY=1 "$BATS_TEST_TMPDIR/ready") == "$1" ]]
}

watch_has_events() {
	grep -q 'waiting for events' "$log"
}

events_only() {
	watch_has_events || skip 'no connector in this kernel'
}

# has_adj PID ADJ
has_adj() {
	[[ $(cat "/proc/$1/oom_score_adj") == "$2" ]]
}

# all_have_adj ADJ PID...
all_have_adj() {
	local pid

	for pid in "${@:2}"; do
		has_adj "$pid" "$1" || return 1
	done
}

# said COUNT REGEX: the log has so many lines that match.
said() {
	[[ $(grep -cE "$2" "$log") == "$1" ]]
}

# named NAME [SCRIPT]: sleep under this name, or a shell that runs SCRIPT, in the background; sets named_pid.
named() {
	local path=$BATS_TEST_TMPDIR/$1 command=(1000)

	if (($# > 1)); then
		command=(-c "$2")
		ln -sf "$BASH" "$path"
	else
		ln -sf "$(command -v sleep)" "$path"
	fi
	"$path" "${command[@]}" 3>&- &
	named_pid=$!
	lab_pids+=("$named_pid")
}

# bats test_tags=beyond-uml
@test "watch: it sees events where the kernel has a connector, and says why not" {
	rules 'adj 321 name ^wtest$'
	watch_start
	if [[ $LAB_KERNEL == uml ]]; then
		said 1 'started with 1 rule: no events of processes: this kernel has no connector \(CONFIG_CONNECTOR\); checking all every 1 s'
	else
		said 1 'started with 1 rule: waiting for events of processes'
	fi
	has_adj "$watch_pid" -999
	grep -q '^VmLck:[[:space:]]*[1-9][0-9]* kB' "/proc/$watch_pid/status"
}

# 50 ms, counted as looks of the process, each after 0.5 ms: a busy host of the guest does not change their number much.
# bats test_tags=beyond-uml
@test "watch: a process has its value within 50 ms of its execution" {
	rules 'adj 321 name ^wtest$'
	watch_start
	events_only
	line=$("$lab_helpers/execs" 50 0 "$link" 321)
	echo "# $line" >&3
	read -r _ _ _ _ _ missed _ _ _ _ _ _ _ looks <<<"$line"
	((missed == 0 && looks <= 100))
}

# bats test_tags=beyond-uml
@test "watch: passes use a BPF scan, and what loads it is dropped" {
	local capabilities

	[[ -r /sys/kernel/btf/vmlinux ]] || skip "$LAB_KERNEL has no BTF (CONFIG_DEBUG_INFO_BTF)"
	rules 'adj 321 name ^wtest$ enforce'
	named wtest
	watch_start -v --interval 1
	said 1 'BPF scan: '
	has_adj "$named_pid" 321
	capabilities=$(awk '$1 == "CapPrm:" { print $2 }' "/proc/$watch_pid/status")
	# CAP_SYS_ADMIN, CAP_PERFMON and CAP_BPF.
	(((0x$capabilities & (1 << 21 | 3 << 38)) == 0))
	# There is no event of this: a pass restores it.
	echo 5 >"/proc/$named_pid/oom_score_adj"
	eventually has_adj "$named_pid" 321
	command -v strace >/dev/null || return 0
	timeout 10 strace -qq -e trace=bpf,getdents64 -o "$BATS_TEST_TMPDIR/trace" -p "$watch_pid" 3>&- || :
	# Otherwise /proc is listed.
	grep -q 'BPF_PROG_TEST_RUN.* = 0$' "$BATS_TEST_TMPDIR/trace"
	run ! grep getdents64 "$BATS_TEST_TMPDIR/trace"
}

# bats test_tags=beyond-uml
@test "watch: no execution is missed" {
	rules 'adj 321 name ^wtest$'
	watch_start
	if watch_has_events; then
		line=$("$lab_helpers/execs" "${LAB_EXECS:-200}" 1000 "$link" 321)
	else
		line=$("$lab_helpers/execs" 30 10 "$link" 321)
	fi
	echo "# $line" >&3
	[[ $line == *' missed 0 '* ]]
}

# bats test_tags=beyond-uml
@test "watch: when events were lost, a pass finds the processes" {
	local i pids=()

	rules 'adj 321 name ^wlost$'
	watch_start --buffer 4K
	events_only
	kill -STOP "$watch_pid"
	for ((i = 0; i < 100; i++)); do
		named wlost
		pids+=("$named_pid")
	done
	kill -CONT "$watch_pid"
	eventually said 1 'events were lost: the buffer of [0-9]+ bytes was full'
	# Before a pass that is due for another reason, 30 s after a short process.
	eventually all_have_adj 321 "${pids[@]}"
}

@test "watch: what a process forked before it got its value has it too" {
	rules 'adj 321 name ^wparent$'
	watch_start
	kill -STOP "$watch_pid"
	named wparent 'sleep 1000 & echo $! >"$0.1"; (sleep 1000 & echo $! >"$0.2"; wait) & wait'
	eventually test -s "$BATS_TEST_TMPDIR/wparent.2"
	kill -CONT "$watch_pid"
	eventually has_adj "$named_pid" 321
	eventually has_adj "$(cat "$BATS_TEST_TMPDIR/wparent.1")" 321
	eventually has_adj "$(cat "$BATS_TEST_TMPDIR/wparent.2")" 321
}

# bats test_tags=beyond-uml
@test "watch: what a process forked before its execution keeps its value" {
	rules 'adj 321 name ^wparent$'
	watch_start
	events_only
	ln -s "$BASH" "$BATS_TEST_TMPDIR/wparent"
	bash -c 'sleep 1000 & echo $! >"$0.1"; sleep 0.2; exec "$0" -c "sleep 1000 & wait"' "$BATS_TEST_TMPDIR/wparent" 3>&- &
	named_pid=$!
	lab_pids+=("$named_pid")
	eventually has_adj "$named_pid" 321
	child=$(cat "$BATS_TEST_TMPDIR/wparent.1")
	lab_pids+=("$child")
	# The watch has written to the parent's other child, or it has inherited.
	eventually test "$(wc -w <"/proc/$named_pid/task/$named_pid/children")" = 2
	sleep 0.2
	has_adj "$child" 0
}

@test "watch: children N, for what a match forks, also after its end" {
	rules 'adj -800 name ^wserver$ children 5'
	watch_start
	named wserver 'sleep 0.5; ("$0" -c "echo \$\$ >$0.session; while sleep 0.1; do :; done"; true) & echo $! >"$0.1"; wait'
	eventually test -s "$BATS_TEST_TMPDIR/wserver.session"
	session=$(cat "$BATS_TEST_TMPDIR/wserver.session")
	lab_pids+=("$session")
	eventually has_adj "$named_pid" -800
	eventually has_adj "$session" 5
	# Its parents exit, as those of sessions when a server is restarted: it still is no server.
	kill "$named_pid" "$(cat "$BATS_TEST_TMPDIR/wserver.1")" || true
	pid_wait "$named_pid"
	kill -HUP "$watch_pid"
	# The reload ends with a pass.
	eventually ready_is 2
	has_adj "$session" 5
	# Nor for the next watch.
	kill "$watch_pid"
	hog_wait "$watch_pid"
	watch_start
	has_adj "$session" 5
}

# workers_have COUNT ADJ: there are so many processes named wworker, all with this adj.
workers_have() {
	local pids

	mapfile -t pids < <(pgrep -x wworker)
	((${#pids[@]} == $1)) && all_have_adj "$2" "${pids[@]}"
}

# bats test_tags=beyond-uml
@test "watch: children N, for processes whose parents have exited at once" {
	rules "adj 40 exe $BATS_TEST_TMPDIR/wdaemon parent init children 20"
	watch_start
	events_only
	cp "$BASH" "$BATS_TEST_TMPDIR/wdaemon"
	cp "$(command -v sleep)" "$BATS_TEST_TMPDIR/wworker"
	setsid -f "$BATS_TEST_TMPDIR/wdaemon" -c 'echo $$ >"$1"; sleep 1
		for i in {1..20}; do ("$0" 1000 &); sleep .05; done
		for i in {1..20}; do ( ( ("$0" 1000 &) & ) & ); done
		echo end >>"$1"; sleep 1000; :' "$BATS_TEST_TMPDIR/wworker" "$BATS_TEST_TMPDIR/wdaemon.pid" 3>&-
	within 240 grep -q end "$BATS_TEST_TMPDIR/wdaemon.pid"
	daemon=$(head -1 "$BATS_TEST_TMPDIR/wdaemon.pid")
	lab_pids+=("$daemon")
	# It is a child of init since its parent has exited, perhaps after its execution.
	eventually has_adj "$daemon" 40
	# Before a pass for another reason.
	eventually workers_have 40 20
	pkill -x wworker
}

@test "watch: a rule of its own decides for a child of a match" {
	rules 'adj -800 name ^wserver$ children 5' 'adj 7 name ^wworker$'
	watch_start
	ln -s "$BASH" "$BATS_TEST_TMPDIR/wworker"
	named wserver 'sleep 0.2; "${0%/*}/wworker" -c "echo \$\$ >$0.1; sleep 1000 & wait" & wait'
	eventually test -s "$BATS_TEST_TMPDIR/wserver.1"
	worker=$(cat "$BATS_TEST_TMPDIR/wserver.1")
	lab_pids+=("$worker")
	eventually has_adj "$worker" 7
}

@test "watch: a process that changes its name, user or cgroup later" {
	rules 'adj 11 name ^wnew$' 'adj 12 user 1234' 'adj 13 cgroup /lab-watch'
	watch_start --interval 1
	hog_start --name wnew
	eventually has_adj "$hog_pid" 11
	hog_start --uid 1234
	eventually has_adj "$hog_pid" 12
	hog_start
	cgroup_make lab-watch
	echo "$hog_pid" >"$cgroup_path/cgroup.procs"
	eventually has_adj "$hog_pid" 13
}

# bats test_tags=beyond-uml
@test "watch: with events, a new name or user is noticed at once" {
	rules 'adj 11 name ^wnew$' 'adj 12 user 1234'
	watch_start --interval 3600
	events_only
	hog_start --name wnew
	eventually has_adj "$hog_pid" 11
	hog_start --uid 1234
	eventually has_adj "$hog_pid" 12
}

@test "watch: a later change by others is respected and logged once, or restored with enforce" {
	rules 'adj 11 name ^wfree$' 'adj 12 name ^wforced$ enforce'
	watch_start --interval 1
	named wfree
	free=$named_pid
	named wforced
	forced=$named_pid
	eventually has_adj "$free" 11
	eventually has_adj "$forced" 12
	echo 100 >"/proc/$free/oom_score_adj"
	echo 100 >"/proc/$forced/oom_score_adj"
	eventually has_adj "$forced" 12
	eventually said 1 "pid $free \(wfree\): something else set adj 100, not 11 of .*/10.rules:1: unchanged"
	# After one more pass.
	kill -HUP "$watch_pid"
	eventually ready_is 2
	has_adj "$free" 100
	said 1 'something else'
	# The next watch knows it.
	kill "$watch_pid"
	hog_wait "$watch_pid"
	watch_start --interval 1
	has_adj "$free" 100
}

@test "watch: a change by others is respected at once, by apply and after SIGKILL" {
	rules 'adj 230 name ^wsaved$'
	watch_start
	named wsaved
	first=$named_pid
	eventually has_adj "$first" 230
	sleep 0.5
	echo 78 >"/proc/$first/oom_score_adj"
	run "$OOMCTL" apply --dir "$rules"
	assert_success
	has_adj "$first" 78
	named wsaved
	eventually has_adj "$named_pid" 230
	sleep 0.5
	echo 79 >"/proc/$named_pid/oom_score_adj"
	kill -KILL "$watch_pid"
	hog_wait "$watch_pid"
	# What it did not finish to write is no damage.
	printf '%d 1' "$named_pid" >>/run/oomctl/rules
	watch_start
	said 0 damaged
	has_adj "$first" 78
	has_adj "$named_pid" 79
}

# Each change is a line, until the file is written anew.
@test "watch: the records are not longer than what they are of" {
	rules 'adj 321 name ^wtest$'
	watch_start
	"$lab_helpers/execs" 300 1000 "$link"
	kill "$watch_pid"
	hog_wait "$watch_pid"
	(($(wc -l </run/oomctl/rules) <= 300))
	watch_start
	(($(wc -l </run/oomctl/rules) < 10))
}

@test "watch: files are read again when they change, and after SIGHUP" {
	rules 'adj 11 name ^wone$'
	watch_start
	named wone
	one=$named_pid
	named wtwo
	eventually has_adj "$one" 11
	rules 'adj 11 name ^wone$' 'adj 22 name ^wtwo$'
	eventually has_adj "$named_pid" 22
	said 1 'reloaded 2 rules'
	# An error disables its file only.
	echo 'adj many name x' >"$rules/20.rules"
	eventually said 1 '/20.rules:1:5: '
	eventually said 2 'reloaded 2 rules'
	kill -HUP "$watch_pid"
	eventually said 3 'reloaded 2 rules'
	# What users other than root can write to is ignored.
	rm "$rules/20.rules"
	eventually said 4 'reloaded 2 rules'
	chmod 666 "$rules/10.rules"
	eventually said 1 'reloaded 0 rules'
	grep -q '^RELOADING=1' "$BATS_TEST_TMPDIR/ready"
	has_adj "$one" 11
}

@test "watch: a directory that is made later" {
	watch_start --dir "$rules/later"
	named wone
	mkdir -m 755 "$rules/later"
	echo 'adj 11 name ^wone$' >"$rules/later/1.rules"
	eventually has_adj "$named_pid" 11
}

@test "watch: SIGTERM and SIGINT end it, with status 0" {
	local signal

	rules 'adj 11 name ^wone$'
	for signal in TERM INT; do
		watch_start
		kill -"$signal" "$watch_pid"
		hog_wait "$watch_pid"
		((hog_status == 0))
		said 1 stopped
		grep -q '^STOPPING=1' "$BATS_TEST_TMPDIR/ready"
	done
}

@test "watch: names and files that try to write to the log" {
	rules 'adj 11 user 1234'
	watch_start --interval 1
	hog_start --uid 1234 --name $'\e[31m<0>\n<0>x'
	eventually has_adj "$hog_pid" 11
	grep -qF "pid $hog_pid (\\x1b[31m<0>\\x0a<0>x): adj 0 -> 11 by " "$log" ||
		grep -q "pid $hog_pid (hog): " "$log"
	run grep -c $'\e' "$log"
	assert_output 0
	run grep -c '^<0>' "$log"
	assert_output 0
}

@test "watch: its memory does not grow in a storm of processes" {
	rules 'adj -800 name ^wserver$ children 5' 'adj 1 name ^wtest$' 'adj 2 exe /no/where unit x@*' 'adj 3 name (q|w[a-z])+[0-9]$'
	watch_start
	"$lab_helpers/execs" 100 1000 "$link"
	before=$(grep -E '^Vm(RSS|Data):' "/proc/$watch_pid/status")
	named wserver 'for i in {1..500}; do (:) & done; wait; sleep 1000'
	"$lab_helpers/execs" 1000 1000 "$link"
	[ "$(grep -E '^Vm(RSS|Data):' "/proc/$watch_pid/status")" = "$before" ]
}

# A flood of lines is cut, and what is left out is counted.
@test "watch: lines are limited in number" {
	local i

	rules 'adj 1 name ^wflood$'
	for ((i = 0; i < 400; i++)); do
		named wflood
	done
	watch_start
	eventually said 1 '[0-9]+ messages were suppressed'
	(($(grep -c 'adj 0 -> 1 by' "$log") < 380))
	has_adj "$named_pid" 1
}

@test "watch: it works when memory is exhausted" {
	rules 'adj 321 name ^wtest$'
	watch_start
	line=$("$lab_helpers/squeeze" 300 20 "$lab_helpers/execs" 1 1000 "$link" 321)
	echo "# $line" >&3
	[[ $line == 'runs 20 failed 0 killed 0 '* ]]
	kill -0 "$watch_pid"
}

# PIDs wrap all the time; processes that do not match never get the value.
@test "watch: recycled PIDs" {
	local i others=()

	rules 'adj 321 name ^wtest$'
	watch_start
	pid_max=$(cat /proc/sys/kernel/pid_max)
	echo 400 >/proc/sys/kernel/pid_max
	"$lab_helpers/execs" 2000 1000 "$link" >"$BATS_TEST_TMPDIR/storm" 3>&- &
	for ((i = 0; i < 300; i++)); do
		others+=("$(exec sed '' /proc/self/oom_score_adj)")
	done
	[[ $(printf '%s\n' "${others[@]}" | grep -cx 0) == 300 ]]
	# The shell may have had another child with its PID.
	within 240 grep -q '^execs 2000 ' "$BATS_TEST_TMPDIR/storm"
	said 0 cannot
}

@test "watch: in a PID namespace it makes passes" {
	rules 'adj 321 name ^sleep$'
	unshare --pid --fork --kill-child --mount-proc bash -c '
		"$OOMCTL" watch --dir "$0" --interval 1 2>"$1" &
		sleep 1000 & wait' "$rules" "$log" 3>&- &
	outer=$!
	watch_pid=$outer
	lab_pids+=("$outer")
	eventually said 1 'sleep\): adj 0 -> 321'
	said 1 'no events of processes: '
	[[ $LAB_KERNEL == uml ]] || said 1 'not the first PID and user namespace'
}

@test "watch: with hidepid, and without CAP_NET_ADMIN" {
	rules 'adj 321 user 1234'
	mount -o remount,hidepid=2 /proc
	watch_start
	hog_start --uid 1234
	eventually has_adj "$hog_pid" 321
	kill "$watch_pid"
	hog_wait "$watch_pid"
	mount -o remount,hidepid=0 /proc
	unset -f exec
	setpriv --bounding-set -net_admin --inh-caps -net_admin "$OOMCTL" watch --dir "$rules" --interval 1 2>"$log" 3>&- &
	watch_pid=$!
	lab_pids+=("$watch_pid")
	# Since Linux 6.6 events need no capability.
	[[ $LAB_KERNEL != 6.1 ]] || eventually said 1 'no events of processes: it needs CAP_NET_ADMIN'
	hog_start --uid 1234
	eventually has_adj "$hog_pid" 321
}

@test "watch: only root can run it" {
	run setpriv --reuid 1234 --regid 1234 --clear-groups "$OOMCTL" watch --dir "$rules"
	assert_failure 3
	assert_output 'oomctl: only root can watch processes'
}
