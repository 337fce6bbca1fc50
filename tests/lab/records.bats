#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# protect and unprotect: which value is saved, for which process, and which records are refused.

# bats and lib.bash set these; each test runs in its own shell, and inner shells expand their own variables.
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

# reads PID ADJ: the process has this adj.
reads() {
	[ "$(cat "/proc/$1/oom_score_adj")" = "$2" ]
}

# Field 22 of /proc/PID/stat: the start time.
start_of() {
	sed 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f 20
}

# no_saved_value ADJ PID [COMMAND...]: unprotect reports that PID has no saved value, and its ADJ does not change.
no_saved_value() {
	run --separate-stderr -1 "${@:3}" "$OOMCTL" unprotect "$2"
	[ -z "$output" ]
	[ "$stderr" = "oomctl: pid $2 (hog): no saved value: adj $1 is unchanged
oomctl: to set adj to 0 without a saved value, use --reset" ]
	reads "$2" "$1"
}

@test "unprotect restores the adj from before protect" {
	hog_start --adj 300
	run --separate-stderr "$OOMCTL" protect "$hog_pid"
	[ "$status" = 0 ]
	[ "$output" = "pid $hog_pid (hog): adj 300 -> -999" ]
	[ "$(cat "/run/oomctl/$hog_pid")" = "$(start_of "$hog_pid") 300 -999" ]
	[ "$(stat -c '%a %u' /run/oomctl "/run/oomctl/$hog_pid" | tr '\n' ' ')" = '755 0 644 0 ' ]
	run "$OOMCTL" unprotect "$hog_pid"
	[ "$status" = 0 ]
	[ "$output" = "pid $hog_pid (hog): adj -999 -> 300" ]
	[ -z "$(ls /run/oomctl)" ]
	# Now no value is saved, and nothing changes.
	no_saved_value 300 "$hog_pid"
	# A negative value is restored as often as needed; a value that was set after protect is kept.
	"$OOMCTL" set -q -300 "$hog_pid"
	"$OOMCTL" protect -q "$hog_pid"
	for before in -999 -300 -300; do
		run -0 "$OOMCTL" unprotect "$hog_pid"
		[ "$output" = "pid $hog_pid (hog): adj $before -> -300" ]
	done
	"$OOMCTL" set -q -40 "$hog_pid"
	no_saved_value -40 "$hog_pid"
	run -0 "$OOMCTL" unprotect --reset "$hog_pid"
	[ "$output" = "pid $hog_pid (hog): adj -40 -> 0" ]
	[ -z "$(ls /run/oomctl)" ]
}

@test "protect twice: unprotect restores the adj from before the first" {
	hog_start --adj 300
	"$OOMCTL" protect -n -500 "$hog_pid"
	reads "$hog_pid" -500
	"$OOMCTL" protect --never "$hog_pid"
	reads "$hog_pid" -1000
	"$OOMCTL" unprotect "$hog_pid"
	reads "$hog_pid" 300
}

@test "protect --tree, unprotect --tree" {
	bash -c 'sleep 100 & sleep 100 & wait' 3>&- &
	top=$!
	lab_pids+=("$top")
	family() { "$OOMCTL" get -r --noheadings -o tgid --tree "$top"; }
	has_three() { (($(family | wc -l) == 3)); }
	eventually has_three
	mapfile -t members < <(family)
	lab_pids+=("${members[@]}")
	echo 10 >"/proc/${members[1]}/oom_score_adj"
	"$OOMCTL" protect -q --tree "$top"
	for pid in "${members[@]}"; do
		reads "$pid" -999
	done
	"$OOMCTL" unprotect -q --tree "$top"
	reads "${members[0]}" 0
	reads "${members[1]}" 10
	reads "${members[2]}" 0
}

@test "protect: records of processes that have exited are removed" {
	hog_start
	old=$hog_pid
	"$OOMCTL" protect -q "$old"
	kill -KILL "$old"
	hog_wait "$old"
	hog_start
	"$OOMCTL" protect -q "$hog_pid"
	[ "$(ls /run/oomctl)" = "$hog_pid" ]
}

@test "protect: --dry-run and a refused write leave no record" {
	hog_start --uid 1234
	"$OOMCTL" protect --dry-run "$hog_pid"
	[ ! -e "/run/oomctl/$hog_pid" ]
	run setpriv --bounding-set -sys_resource --inh-caps -sys_resource "$OOMCTL" protect "$hog_pid"
	[ "$status" = 3 ]
	[ ! -e "/run/oomctl/$hog_pid" ]
	reads "$hog_pid" 0
}

# refuses_record WHAT [REASON]: unprotect refuses the record of hog_pid, which contains adj 300; --reset sets adj to 0.
# protect refuses it too: it must not seem to be done, and the record has the only copy of the old value.
refuses_record() {
	local reason=${2-cannot read its saved value: damaged, or users other than root can write to it}

	echo "# $1"
	run -1 "$OOMCTL" unprotect "$hog_pid"
	[[ ${lines[0]} == "oomctl: pid $hog_pid (hog): "*"$reason"* ]] && reads "$hog_pid" -999
	[[ -n ${2-} ]] || for dry in -q --dry-run; do
		run -1 "$OOMCTL" protect "$dry" "$hog_pid"
		[ "$output" = "oomctl: pid $hog_pid (hog): adj -999 is unchanged: $reason" ]
	done
	# explain reports it too.
	run -0 "$OOMCTL" explain "$hog_pid"
	[[ -n ${2-} || ${lines[0]} == "oomctl: pid $hog_pid (hog): $reason" ]]
	run -0 "$OOMCTL" unprotect --reset --dry-run "$hog_pid"
	[ "$output" = "pid $hog_pid (hog): adj -999 -> 0 (dry run)" ]
}

# Starts a hog and protects it; its record contains adj 300.
protected_hog() {
	hog_start --adj 300
	"$OOMCTL" protect -q "$hog_pid"
	record=/run/oomctl/$hog_pid
}

@test "unprotect: a record that another user owns or can write to is an error" {
	protected_hog
	chown 1234 "$record"
	refuses_record owner
	protected_hog
	chmod g+w "$record"
	refuses_record group
	protected_hog
	chmod o+w "$record"
	refuses_record others
	protected_hog
	mv "$record" "$BATS_TEST_TMPDIR/elsewhere"
	ln -s "$BATS_TEST_TMPDIR/elsewhere" "$record"
	refuses_record 'symbolic link'
	protected_hog
	rm "$record"
	mkfifo "$record"
	refuses_record FIFO
	# --reset also removes such a record.
	"$OOMCTL" unprotect -q --reset "$hog_pid"
	reads "$hog_pid" 0
	[ ! -e "$record" ]
}

@test "unprotect: a malformed record is an error" {
	protected_hog
	start=$(start_of "$hog_pid")
	for text in '' x "$start" "$start x" "$start 300" "$start 300 x" "$start 1001 -999" \
		"$start -1001 -999" "$((start + 1)) 300 -999" "$((start - 1)) 300 -999" "$start 300 -1001" \
		"$start 300 1001" "$start 300 -999 " "$start 300 -999"$'\nx' "$start 300 -999x" " $start 300 -999"; do
		echo "$text" >"$record"
		echo -999 >"/proc/$hog_pid/oom_score_adj"
		case $text in
		"$((start + 1)) "* | "$((start - 1)) "*) refuses_record "'$text'" 'no saved value' ;;
		*) refuses_record "'$text'" ;;
		esac
	done
	echo "$start 300 -999" >"$record"
	"$OOMCTL" unprotect -q "$hog_pid"
	reads "$hog_pid" 300
}

@test "unprotect: records are an error if another user can write to their directory" {
	protected_hog
	chown 1234 /run/oomctl
	refuses_record owner
	chown 0 /run/oomctl
	protected_hog
	chmod 775 /run/oomctl
	refuses_record group
	chmod 755 /run/oomctl
	protected_hog
	mv /run/oomctl "$BATS_TEST_TMPDIR/dir"
	ln -s "$BATS_TEST_TMPDIR/dir" /run/oomctl
	refuses_record 'symbolic link'
}

@test "protect: if the old adj cannot be saved, a warning is printed and adj is set" {
	mkdir -m 777 /run/oomctl
	hog_start --adj 300
	run --separate-stderr "$OOMCTL" protect "$hog_pid"
	[ "$status" = 1 ]
	[ "$output" = "pid $hog_pid (hog): adj 300 -> -999" ]
	reads "$hog_pid" -999
	unsaved="oomctl: pid $hog_pid (hog): adj is set, but the old value 300 cannot be saved for unprotect"
	[ "${stderr_lines[0]}" = "$unsaved: users other than root can write to /run/oomctl" ]
	[ -z "$(ls /run/oomctl)" ]
	# The same with -q, and if nothing can be written; a dry run reports it.
	rmdir /run/oomctl
	"$OOMCTL" set -q 300 "$hog_pid"
	run bash -c 'ulimit -f 0; "$@" 2>&1 | cat; exit "${PIPESTATUS[0]}"' _ "$OOMCTL" protect -q "$hog_pid"
	[ "$status" = 1 ]
	[ "$output" = "$unsaved: File too large" ]
	mkdir -p /run/oomctl
	mount -t tmpfs -o ro,mode=755 none /run/oomctl
	"$OOMCTL" set -q 300 "$hog_pid"
	run --separate-stderr "$OOMCTL" protect --dry-run "$hog_pid"
	[ "$status" = 1 ]
	[ "${stderr_lines[0]}" = "${unsaved/is set/can be set}: Read-only file system" ]
	run "$OOMCTL" protect -q "$hog_pid"
	umount /run/oomctl
	[ "$status" = 1 ]
	[ "$output" = "$unsaved: Read-only file system" ]
	# If the value can be saved, a dry run reports nothing.
	run --separate-stderr -0 "$OOMCTL" protect --dry-run "$hog_pid"
	[[ $stderr != *saved* ]]
}

@test "protect and unprotect accept a thread ID for its process" {
	hog_start --adj 200 --threads 1
	thread=$(find "/proc/$hog_pid/task" -mindepth 1 -maxdepth 1 -printf "%f\n" | sort -n | tail -n 1)
	[ "$thread" != "$hog_pid" ]
	"$OOMCTL" protect "$thread"
	run -0 "$OOMCTL" unprotect "$hog_pid"
	[ "$output" = "pid $hog_pid (hog): adj -999 -> 200" ]
	"$OOMCTL" protect "$hog_pid"
	run -0 "$OOMCTL" unprotect -q "$thread"
	[ "$(cat "/proc/$hog_pid/oom_score_adj")" = 200 ]
}

@test "unprotect restores the adj from before several concurrent protects" {
	hog_start
	for _ in {1..15}; do
		"$OOMCTL" set -q 500 "$hog_pid"
		at_once=()
		for adj in 101 102 103 104; do
			"$OOMCTL" protect -q -n "$adj" "$hog_pid" 3>&- &
			at_once+=("$!")
		done
		for pid in "${at_once[@]}"; do
			# A higher value than that of an earlier run is refused.
			wait "$pid" || [ "$?" = 1 ]
		done
		"$OOMCTL" unprotect -q "$hog_pid"
		reads "$hog_pid" 500
	done
	# The wait for a run that holds the lock is bounded.
	exec 9>/run/oomctl/.lock
	flock 9
	run -0 "$OOMCTL" protect "$hog_pid"
	exec 9>&-
	[ "${lines[0]}" = 'oomctl: another protect or unprotect is running; continuing without its lock' ]
	reads "$hog_pid" -999
	[ "$(stat -c %a /run/oomctl/.lock)" = 600 ]
}

@test "unprotect: an unreadable record is an error, not a missing one" {
	hog_start --adj 300 --uid 1234
	"$OOMCTL" protect -q -n 200 "$hog_pid"
	chmod 700 /run/oomctl
	as_owner() { setpriv --reuid 1234 --regid 1234 --clear-groups "$OOMCTL" unprotect "$@"; }
	for dry in --dry-run ''; do
		run as_owner ${dry:+"$dry"} "$hog_pid"
		[ "$status" = 3 ]
		[ "$output" = "oomctl: pid $hog_pid (hog): adj 200 is unchanged: cannot read its saved value: Permission denied" ]
		reads "$hog_pid" 200
	done
	chmod 755 /run/oomctl
	chmod 600 "/run/oomctl/$hog_pid"
	run as_owner "$hog_pid"
	[ "$status" = 3 ]
	reads "$hog_pid" 200
}

@test "unprotect --dry-run reports records as the real run does" {
	hog_start --adj 300
	run -1 "$OOMCTL" unprotect --dry-run "$hog_pid"
	[ "${lines[0]}" = "oomctl: pid $hog_pid (hog): no saved value: adj 300 is unchanged" ]
	"$OOMCTL" protect -q "$hog_pid"
	run -0 "$OOMCTL" unprotect --dry-run "$hog_pid"
	[ "$output" = "pid $hog_pid (hog): adj -999 -> 300 (dry run)" ]
	chown 1234 "/run/oomctl/$hog_pid"
	refuses_record owner
	run -1 "$OOMCTL" unprotect --dry-run "$hog_pid"
	[[ ${lines[0]} == *': adj -999 is unchanged: cannot read its saved value: damaged, or'* ]]
}

# bats test_tags=beyond-uml
@test "unprotect: processes that share memory share a saved value" {
	hog_start --adj 300 --clone-vm
	"$OOMCTL" protect -q "$hog_pid"
	reads "$hog_child" -999
	if [[ $LAB_KERNEL == uml ]]; then
		# This kernel is built without kcmp(2).
		no_saved_value -999 "$hog_child"
		return
	fi
	run --separate-stderr -0 "$OOMCTL" unprotect "$hog_child"
	[ "$output" = "pid $hog_child (hog): adj -999 -> 300" ]
	reads "$hog_pid" 300
	[ -z "$(ls /run/oomctl)" ]
	# Both are protected in turn: the second already has the adj of protect.
	"$OOMCTL" protect -q "$hog_pid"
	"$OOMCTL" protect -q --never "$hog_child"
	"$OOMCTL" unprotect -q "$hog_child"
	reads "$hog_pid" 300
	rm -f /run/oomctl/*
	# One is protected, both are operands: neither is set to 0.
	"$OOMCTL" protect -q "$hog_pid"
	run --separate-stderr -0 "$OOMCTL" unprotect "$hog_pid" "$hog_child"
	[[ $output != *'no saved value'* ]]
	reads "$hog_child" 300
	# Without kcmp(2), shared memory cannot be detected.
	"$OOMCTL" protect -q "$hog_pid"
	no_saved_value -999 "$hog_child" strace -qq -o /dev/null -e trace=kcmp -e inject=kcmp:error=ENOSYS
}

# bats test_tags=beyond-uml
@test "unprotect: of processes that share memory, the oldest saved value is restored" {
	[[ $LAB_KERNEL != uml ]] || skip 'this kernel has no kcmp(2)'
	hog_start --adj 77 --clone-vm
	# The oldest value of an unbroken chain applies.
	"$OOMCTL" protect -q -n 70 "$hog_child"
	"$OOMCTL" protect -q -n 60 "$hog_pid"
	"$OOMCTL" protect -q -n 50 --tree "$hog_pid"
	"$OOMCTL" unprotect -q --tree "$hog_pid"
	reads "$hog_pid" 77
	reads "$hog_child" 77
	[ -z "$(ls /run/oomctl)" ]
	# unprotect for one process removes the saved values of both.
	"$OOMCTL" protect -q --tree "$hog_pid"
	[ -e "/run/oomctl/$hog_pid" ]
	[ -e "/run/oomctl/$hog_child" ]
	"$OOMCTL" unprotect -q "$hog_pid"
	reads "$hog_child" 77
	[ -z "$(ls /run/oomctl)" ]
	# set breaks the chain; a new chain begins for all of them.
	"$OOMCTL" protect -q -n 50 --tree "$hog_pid"
	"$OOMCTL" set -q 300 "$hog_pid"
	"$OOMCTL" protect -q -n 60 "$hog_pid"
	"$OOMCTL" unprotect -q "$hog_child"
	reads "$hog_pid" 300
	[ -z "$(ls /run/oomctl)" ]
}

@test "protect: records do not depend on the time namespace" {
	[[ -e /proc/self/ns/time ]] || skip 'this kernel has no time namespaces'
	hog_start --adj 300
	"$OOMCTL" protect -q "$hog_pid"
	later() { unshare -T --boottime 100000 -f "$OOMCTL" "$@"; }
	run -0 later unprotect --dry-run "$hog_pid"
	[ "$output" = "pid $hog_pid (hog): adj -999 -> 300 (dry run)" ]
	record="$(start_of "$hog_pid") 300 -999"
	old=$hog_pid
	hog_start --adj 200
	later protect -q "$hog_pid"
	[ "$(cat "/run/oomctl/$old")" = "$record" ]
	[ "$(cat "/run/oomctl/$hog_pid")" = "$(start_of "$hog_pid") 200 -999" ]
	"$OOMCTL" unprotect -q "$hog_pid"
	reads "$hog_pid" 200
}

@test "unprotect: a vfork child does not use the record of its parent" {
	hog_start --adj 300 --vfork
	"$OOMCTL" protect -q "$hog_pid"
	reads "$hog_child" 300
	"$OOMCTL" set -q 40 "$hog_child"
	no_saved_value 40 "$hog_child"
	[ -e "/run/oomctl/$hog_pid" ]
}

# in_pidns COMMAND: runs it in a shell in a new PID namespace that shares /run; $1 is hog_pid.
in_pidns() {
	unshare -pf --mount-proc bash -c "$1" _ "$hog_pid"
}

@test "protect: a PID namespace that shares /run leaves other records unchanged" {
	local most

	# A low PID: a guest takes long to reach a high one.
	most=$(</proc/sys/kernel/pid_max)
	echo 500 >/proc/sys/kernel/pid_max
	hog_start --adj 300
	echo "$most" >/proc/sys/kernel/pid_max
	"$OOMCTL" protect -q "$hog_pid"
	# In the namespace all other processes look as if they had exited.
	in_pidns 'sleep 100 & "$OOMCTL" protect -q $! && "$OOMCTL" unprotect -q $!; kill $!'
	[ "$(cat "/run/oomctl/$hog_pid")" = "$(start_of "$hog_pid") 300 -999" ]
	# Two processes with the same PID in two namespaces: each keeps its own record.
	in_pidns '{ echo $(($1 - 2)) >/proc/sys/kernel/ns_last_pid; } 2>/dev/null
		until ((${last:-0} >= $1 - 1)); do : & last=$!; done
		sleep 100 & twin=$!
		until [[ $(</proc/$twin/comm) == sleep ]]; do :; done
		((twin == $1)) && echo 77 >/proc/$twin/oom_score_adj &&
			"$OOMCTL" protect -q $twin && "$OOMCTL" unprotect $twin; kill $twin' >"$BATS_TEST_TMPDIR/out"
	[ "$(cat "$BATS_TEST_TMPDIR/out")" = "pid $hog_pid (sleep): adj -999 -> 77" ]
	run "$OOMCTL" unprotect "$hog_pid"
	[ "$output" = "pid $hog_pid (hog): adj -999 -> 300" ]
}

@test "protect: with /proc of the parent namespace, PIDs are those of the parent" {
	hog_start --adj 300
	unshare -pf "$OOMCTL" protect -q "$hog_pid"
	run "$OOMCTL" unprotect "$hog_pid"
	[ "$output" = "pid $hog_pid (hog): adj -999 -> 300" ]
}

@test "protect: records of exited processes are removed in their PID namespace" {
	in_pidns 'sleep 100 & "$OOMCTL" protect -q $!; kill $!; wait $!; sleep 100 & "$OOMCTL" protect -q $!
		ls /run/oomctl | wc -l; kill $!' >"$BATS_TEST_TMPDIR/out"
	[ "$(cat "$BATS_TEST_TMPDIR/out")" = 1 ]
}

@test "protect: the record of a process that /proc hides is kept" {
	hog_start --adj 300
	"$OOMCTL" protect -q "$hog_pid"
	hog=$hog_pid
	hog_start
	setpriv --bounding-set -sys_ptrace --inh-caps -sys_ptrace unshare -m sh -c '
		mount -t proc -o hidepid=2 proc /proc && exec setpriv --regid 1 --clear-groups "$@"' _ \
		"$OOMCTL" protect -q "$hog_pid" || true
	[ -e "/run/oomctl/$hog" ]
}

@test "protect: the mode of /run/oomctl does not depend on root's umask" {
	rm -rf /run/oomctl
	hog_start
	(umask 777 && "$OOMCTL" protect "$hog_pid")
	[ "$(stat -c %a /run/oomctl)" = 755 ]
}

# killed_at_each_step COMMAND...: runs begin, then the command, and kills it before its first system call on records,
# then before the second, and so on. It runs check after each kill. With LAB_RACES 100 it tries every fourth call.
killed_at_each_step() {
	local status=0 step=$((LAB_RACES < 400 ? 400 / LAB_RACES : 1)) nth kills=0

	for ((nth = 1; nth < 500; nth += step)); do
		begin
		"$lab_helpers/recycler" kill "$nth" "$OOMCTL" "$@" >/dev/null || status=$?
		check || {
			echo "after kill $nth of $*"
			return 1
		}
		((status == 0)) || break
		((++kills))
	done
	printf '# | killed at %d of %d system calls: %s\n' "$kills" $((nth - 1)) "$*" >&3
	((status == 3 && kills > 4))
}

# gives_back ADJ: unprotect restores it, also if repeated, and no unfinished file is left.
gives_back() {
	# Status 1: no value was saved yet, or none is saved any more.
	for _ in 1 2; do
		"$OOMCTL" unprotect -q "$hog_pid" 2>/dev/null || [ "$?" = 1 ] || return 1
		reads "$hog_pid" "$1" || return 1
	done
	! compgen -G '/run/oomctl/*.new'
}

@test "protect: killed at any step, it loses no saved value" {
	hog_start
	begin() { echo 300 >"/proc/$hog_pid/oom_score_adj"; }
	check() { gives_back 300; }
	killed_at_each_step protect -q -n 70 "$hog_pid"
	begin() { echo -40 >"/proc/$hog_pid/oom_score_adj" && "$OOMCTL" protect -q -n -500 "$hog_pid"; }
	check() { gives_back -40; }
	killed_at_each_step protect -q "$hog_pid"
	# A run after the killed run does not save the value that protect set.
	check() { "$OOMCTL" protect -q --never "$hog_pid" && gives_back -40; }
	killed_at_each_step protect -q "$hog_pid"
}

@test "unprotect: killed at any step, it can be repeated" {
	hog_start
	begin() { echo -40 >"/proc/$hog_pid/oom_score_adj" && "$OOMCTL" protect -q "$hog_pid"; }
	check() { gives_back -40; }
	killed_at_each_step unprotect -q "$hog_pid"
	begin() { echo 300 >"/proc/$hog_pid/oom_score_adj" && "$OOMCTL" protect -q "$hog_pid"; }
	check() { gives_back 300; }
	killed_at_each_step unprotect -q "$hog_pid"
}

@test "protect: unfinished files of killed runs are removed" {
	hog_start
	mkdir -m 755 /run/oomctl
	touch /run/oomctl/{1.new,12@4026531999.new}
	"$OOMCTL" protect -q "$hog_pid"
	[ "$(ls /run/oomctl)" = "$hog_pid" ]
}

@test "protect: a write that the kernel refuses keeps the old record" {
	hog_start --adj 300
	"$OOMCTL" protect -q -n 200 "$hog_pid"
	run setpriv --bounding-set -sys_resource --inh-caps -sys_resource "$OOMCTL" protect "$hog_pid"
	[ "$status" = 3 ]
	[ "$(cat "/run/oomctl/$hog_pid")" = "$(start_of "$hog_pid") 300 200" ]
}
