#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# protect and unprotect: what is remembered of a process, of which one, and what is not believed.

# bats and lib.bash set these, each test in a shell of its own; the inner shells expand theirs.
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

# reads PID ADJ
reads() {
	[ "$(cat "/proc/$1/oom_score_adj")" = "$2" ]
}

# The 22nd field of its stat: when it was started.
start_of() {
	sed 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f 20
}

@test "protect, unprotect: there and back" {
	hog_start --adj 300
	run "$OOMCTL" protect "$hog_pid"
	[ "$status" = 0 ]
	[ "$output" = "pid $hog_pid (hog): adj 300 -> -999" ]
	[ "$(cat "/run/oomctl/$hog_pid")" = "$(start_of "$hog_pid") 300 -999" ]
	[ "$(stat -c '%a %u' /run/oomctl "/run/oomctl/$hog_pid" | tr '\n' ' ')" = '755 0 644 0 ' ]
	run "$OOMCTL" unprotect "$hog_pid"
	[ "$status" = 0 ]
	[ "$output" = "pid $hog_pid (hog): adj -999 -> 300" ]
	[ -z "$(ls /run/oomctl)" ]
	# Now nothing is known of it, and nothing is to be done.
	run "$OOMCTL" unprotect "$hog_pid"
	[ "$output" = "pid $hog_pid (hog): adj 300 -> 300 (nothing was remembered)" ]
	# What was negative stays so, however often; a value that was set since is not protect's.
	"$OOMCTL" set -q -300 "$hog_pid"
	"$OOMCTL" protect -q "$hog_pid"
	for before in -999 -300 -300; do
		run -0 "$OOMCTL" unprotect "$hog_pid"
		[ "$output" = "pid $hog_pid (hog): adj $before -> -300" ]
	done
	"$OOMCTL" set -q -40 "$hog_pid"
	run -0 "$OOMCTL" unprotect "$hog_pid"
	[ "$output" = "pid $hog_pid (hog): adj -40 -> 0 (nothing was remembered)" ]
	[ -z "$(ls /run/oomctl)" ]
}

@test "protect twice: unprotect goes back to before the first" {
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
	eventually 10 has_three
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

@test "protect: what is left of processes that ended is swept away" {
	hog_start
	old=$hog_pid
	"$OOMCTL" protect -q "$old"
	kill -KILL "$old"
	hog_wait "$old"
	hog_start
	"$OOMCTL" protect -q "$hog_pid"
	[ "$(ls /run/oomctl)" = "$hog_pid" ]
}

@test "protect --dry-run leaves no record, and a refused one neither" {
	hog_start --uid 1234
	"$OOMCTL" protect --dry-run "$hog_pid"
	[ ! -e "/run/oomctl/$hog_pid" ]
	run setpriv --bounding-set -sys_resource --inh-caps -sys_resource "$OOMCTL" protect "$hog_pid"
	[ "$status" = 3 ]
	[ ! -e "/run/oomctl/$hog_pid" ]
	reads "$hog_pid" 0
}

# disbelieved WHAT: unprotect takes the record of hog_pid, of adj 300, for none.
disbelieved() {
	echo "# $1"
	run "$OOMCTL" unprotect "$hog_pid"
	[ "$status" = 0 ] && reads "$hog_pid" 0
}

# A hog that was protected, with a record of adj 300.
protected_hog() {
	hog_start --adj 300
	"$OOMCTL" protect -q "$hog_pid"
	record=/run/oomctl/$hog_pid
}

@test "unprotect: a record of another user's, or one that others may write, is not believed" {
	protected_hog
	chown 1234 "$record"
	disbelieved owner
	protected_hog
	chmod g+w "$record"
	disbelieved group
	protected_hog
	chmod o+w "$record"
	disbelieved others
	protected_hog
	mv "$record" "$BATS_TEST_TMPDIR/elsewhere"
	ln -s "$BATS_TEST_TMPDIR/elsewhere" "$record"
	disbelieved 'symbolic link'
	protected_hog
	rm "$record"
	mkfifo "$record"
	disbelieved FIFO
}

@test "unprotect: a record with another content is not believed" {
	protected_hog
	start=$(start_of "$hog_pid")
	for text in '' x "$start" "$start x" "$start 300" "$start 300 x" "$start 1001 -999" \
		"$start -1001 -999" "$((start + 1)) 300 -999" "$((start - 1)) 300 -999" "$start 300 -1001" \
		"$start 300 1001" "$start 300 -999 " "$start 300 -999"$'\nx' "$start 300 -999x" " $start 300 -999"; do
		echo "$text" >"$record"
		echo -999 >"/proc/$hog_pid/oom_score_adj"
		disbelieved "'$text'"
	done
	echo "$start 300 -999" >"$record"
	"$OOMCTL" unprotect -q "$hog_pid"
	reads "$hog_pid" 300
}

@test "unprotect: a directory that is not root's alone is not believed" {
	protected_hog
	chown 1234 /run/oomctl
	disbelieved owner
	chown 0 /run/oomctl
	protected_hog
	chmod 775 /run/oomctl
	disbelieved group
	chmod 755 /run/oomctl
	protected_hog
	mv /run/oomctl "$BATS_TEST_TMPDIR/dir"
	ln -s "$BATS_TEST_TMPDIR/dir" /run/oomctl
	disbelieved 'symbolic link'
}

@test "protect: what cannot be remembered is said, and the process is protected all the same" {
	mkdir -m 777 /run/oomctl
	hog_start --adj 300
	run --separate-stderr "$OOMCTL" protect "$hog_pid"
	[ "$status" = 1 ]
	[ "$output" = "pid $hog_pid (hog): adj 300 -> -999" ]
	reads "$hog_pid" -999
	unremembered="oomctl: pid $hog_pid (hog): its adj is set, but what it was, 300, can't be remembered for unprotect"
	[ "$stderr" = "$unremembered: /run/oomctl is not root's alone" ]
	[ -z "$(ls /run/oomctl)" ]
	# Also with -q, and where nothing can be written; a dry run knows.
	rmdir /run/oomctl
	"$OOMCTL" set -q 300 "$hog_pid"
	run bash -c 'ulimit -f 0; "$@" 2>&1 | cat; exit "${PIPESTATUS[0]}"' _ "$OOMCTL" protect -q "$hog_pid"
	[ "$status" = 1 ]
	[ "$output" = "$unremembered: File too large" ]
	mkdir -p /run/oomctl
	mount -t tmpfs -o ro,mode=755 none /run/oomctl
	"$OOMCTL" set -q 300 "$hog_pid"
	run --separate-stderr "$OOMCTL" protect --dry-run "$hog_pid"
	[ "$status" = 1 ]
	[ "$stderr" = "${unremembered/is set/can be set}: Read-only file system" ]
	run "$OOMCTL" protect -q "$hog_pid"
	umount /run/oomctl
	[ "$status" = 1 ]
	[ "$output" = "$unremembered: Read-only file system" ]
	# Where it can be, a dry run says nothing of it.
	run -0 "$OOMCTL" protect --dry-run "$hog_pid"
	[ "${#lines[@]}" = 1 ]
}

@test "unprotect: what a process had is found by a thread's id, and what a thread's id was given for" {
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

@test "protect: several at once, and unprotect goes back to before all of them" {
	hog_start
	for _ in {1..15}; do
		"$OOMCTL" set -q 50 "$hog_pid"
		at_once=()
		for adj in 101 102 103 104; do
			"$OOMCTL" protect -q -n "$adj" "$hog_pid" 3>&- &
			at_once+=("$!")
		done
		for pid in "${at_once[@]}"; do
			wait "$pid"
		done
		"$OOMCTL" unprotect -q "$hog_pid"
		reads "$hog_pid" 50
	done
	# One that never ends is not waited for for ever.
	exec 9>/run/oomctl/.lock
	flock 9
	run -0 "$OOMCTL" protect "$hog_pid"
	exec 9>&-
	[ "${lines[0]}" = 'oomctl: another protect or unprotect takes long: not waited for any more' ]
	reads "$hog_pid" -999
	[ "$(stat -c %a /run/oomctl/.lock)" = 600 ]
}

@test "unprotect: what cannot be read is not taken for nothing" {
	hog_start --adj 300 --uid 1234
	"$OOMCTL" protect -q -n 400 "$hog_pid"
	chmod 700 /run/oomctl
	as_owner() { setpriv --reuid 1234 --regid 1234 --clear-groups "$OOMCTL" unprotect "$@"; }
	for dry in --dry-run ''; do
		run as_owner ${dry:+"$dry"} "$hog_pid"
		[ "$status" = 3 ]
		[ "$output" = "oomctl: pid $hog_pid (hog): cannot read what it was before protect: Permission denied" ]
		reads "$hog_pid" 400
	done
	chmod 755 /run/oomctl
	chmod 600 "/run/oomctl/$hog_pid"
	run as_owner "$hog_pid"
	[ "$status" = 3 ]
	reads "$hog_pid" 400
}

@test "unprotect --dry-run says of records what the real run says" {
	hog_start --adj 300
	run -0 "$OOMCTL" unprotect --dry-run "$hog_pid"
	[ "$output" = "pid $hog_pid (hog): adj 300 -> 300 (nothing was remembered) (dry run)" ]
	"$OOMCTL" protect -q "$hog_pid"
	run -0 "$OOMCTL" unprotect --dry-run "$hog_pid"
	[ "$output" = "pid $hog_pid (hog): adj -999 -> 300 (dry run)" ]
	chown 1234 "/run/oomctl/$hog_pid"
	run -0 "$OOMCTL" unprotect --dry-run "$hog_pid"
	remark='(what was remembered is damaged, or others could have written it: it is not believed)'
	[ "$output" = "pid $hog_pid (hog): adj -999 -> 0 $remark (dry run)" ]
	run -0 "$OOMCTL" unprotect "$hog_pid"
	[ "$output" = "pid $hog_pid (hog): adj -999 -> 0 $remark" ]
}

@test "unprotect: one that shares the memory of what was protected gets back what that had" {
	hog_start --adj 300 --clone-vm
	"$OOMCTL" protect -q "$hog_pid"
	reads "$hog_child" -999
	run --separate-stderr -0 "$OOMCTL" unprotect "$hog_child"
	if [[ $LAB_KERNEL == uml ]]; then
		# There kcmp(2) is not built in.
		[ "${lines[0]}" = "pid $hog_child (hog): adj -999 -> 0 (nothing was remembered)" ]
		return
	fi
	[ "$output" = "pid $hog_child (hog): adj -999 -> 300" ]
	reads "$hog_pid" 300
	[ -z "$(ls /run/oomctl)" ]
	# Both protected, one after the other: the second was found protected already.
	"$OOMCTL" protect -q "$hog_pid"
	"$OOMCTL" protect -q --never "$hog_child"
	"$OOMCTL" unprotect -q "$hog_child"
	reads "$hog_pid" 300
	rm -f /run/oomctl/*
	# One was protected, both are named: neither falls to 0.
	"$OOMCTL" protect -q "$hog_pid"
	run --separate-stderr -0 "$OOMCTL" unprotect "$hog_pid" "$hog_child"
	[[ $output != *remembered* ]]
	reads "$hog_child" 300
	# Without kcmp(2) that can't be told, and is not.
	"$OOMCTL" protect -q "$hog_pid"
	run --separate-stderr -0 strace -qq -o /dev/null -e trace=kcmp -e inject=kcmp:error=ENOSYS "$OOMCTL" unprotect "$hog_child"
	[ "${lines[0]}" = "pid $hog_child (hog): adj -999 -> 0 (nothing was remembered)" ]
}

@test "unprotect: what those that share memory had before is one, whichever was protected when, and as which" {
	[[ $LAB_KERNEL != uml ]] || skip 'this kernel has no kcmp(2)'
	hog_start --adj 77 --clone-vm
	# The oldest of an unbroken chain counts.
	"$OOMCTL" protect -q -n 500 "$hog_child"
	"$OOMCTL" protect -q -n 600 "$hog_pid"
	"$OOMCTL" protect -q -n 700 --tree "$hog_pid"
	"$OOMCTL" unprotect -q --tree "$hog_pid"
	reads "$hog_pid" 77
	reads "$hog_child" 77
	[ -z "$(ls /run/oomctl)" ]
	# To unprotect one forgets what the other had.
	"$OOMCTL" protect -q --tree "$hog_pid"
	[ -e "/run/oomctl/$hog_pid" ]
	[ -e "/run/oomctl/$hog_child" ]
	"$OOMCTL" unprotect -q "$hog_pid"
	reads "$hog_child" 77
	[ -z "$(ls /run/oomctl)" ]
	# A chain that somebody broke begins anew, for all of them.
	"$OOMCTL" protect -q -n 500 --tree "$hog_pid"
	"$OOMCTL" set -q 300 "$hog_pid"
	"$OOMCTL" protect -q -n 600 "$hog_pid"
	"$OOMCTL" unprotect -q "$hog_child"
	reads "$hog_pid" 300
	[ -z "$(ls /run/oomctl)" ]
}

@test "protect: another time namespace shifts no record" {
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

@test "unprotect: the child of a vfork has its own adj, which is not its parent's" {
	hog_start --adj 300 --vfork
	"$OOMCTL" protect -q "$hog_pid"
	reads "$hog_child" 300
	"$OOMCTL" set -q 40 "$hog_child"
	run --separate-stderr -0 "$OOMCTL" unprotect "$hog_child"
	[ "$output" = "pid $hog_child (hog): adj 40 -> 40 (nothing was remembered)" ]
	[ -e "/run/oomctl/$hog_pid" ]
}

# in_pidns COMMAND: a shell in a PID namespace of its own, which shares /run; $1 is hog_pid.
in_pidns() {
	unshare -pf --mount-proc bash -c "$1" _ "$hog_pid"
}

@test "protect: a PID namespace that shares /run leaves the records of others alone" {
	hog_start --adj 300
	"$OOMCTL" protect -q "$hog_pid"
	# There all of them look as if they had ended.
	in_pidns 'sleep 100 & "$OOMCTL" protect -q $! && "$OOMCTL" unprotect -q $!; kill $!'
	[ "$(cat "/run/oomctl/$hog_pid")" = "$(start_of "$hog_pid") 300 -999" ]
	# A process of the same PID there: neither's record is taken for the other's, written over, or forgotten.
	in_pidns 'until ((${twin:-0} >= $1)); do kill $twin 2>/dev/null; sleep 100 & twin=$!; done
		((twin == $1)) && echo 77 >/proc/$twin/oom_score_adj &&
			"$OOMCTL" protect -q $twin && "$OOMCTL" unprotect $twin; kill $twin' >"$BATS_TEST_TMPDIR/out"
	[ "$(cat "$BATS_TEST_TMPDIR/out")" = "pid $hog_pid (sleep): adj -999 -> 77" ]
	run "$OOMCTL" unprotect "$hog_pid"
	[ "$output" = "pid $hog_pid (hog): adj -999 -> 300" ]
}

@test "protect: through the /proc of the namespace above it is that one's process" {
	hog_start --adj 300
	unshare -pf "$OOMCTL" protect -q "$hog_pid"
	run "$OOMCTL" unprotect "$hog_pid"
	[ "$output" = "pid $hog_pid (hog): adj -999 -> 300" ]
}

@test "protect: what has ended in a PID namespace is swept away there" {
	in_pidns 'sleep 100 & "$OOMCTL" protect -q $!; kill $!; wait $!; sleep 100 & "$OOMCTL" protect -q $!
		ls /run/oomctl | wc -l; kill $!' >"$BATS_TEST_TMPDIR/out"
	[ "$(cat "$BATS_TEST_TMPDIR/out")" = 1 ]
}

@test "protect: a process that /proc hides has not ended" {
	hog_start --adj 300
	"$OOMCTL" protect -q "$hog_pid"
	hog=$hog_pid
	hog_start
	setpriv --bounding-set -sys_ptrace --inh-caps -sys_ptrace unshare -m sh -c '
		mount -t proc -o hidepid=2 proc /proc && exec setpriv --regid 1 --clear-groups "$@"' _ \
		"$OOMCTL" protect -q "$hog_pid" || true
	[ -e "/run/oomctl/$hog" ]
}

@test "protect: what others may read of the records does not hang on root's umask" {
	rm -rf /run/oomctl
	hog_start
	(umask 777 && "$OOMCTL" protect "$hog_pid")
	[ "$(stat -c %a /run/oomctl)" = 755 ]
}

# killed_at_each_step COMMAND...: runs begin, then the command, which is killed before its first system call that concerns
# records, then before its second, and so on, and after each kill runs check. With LAB_RACES below 500 it is one in four.
killed_at_each_step() {
	local status=0 step=$((LAB_RACES < 500 ? 4 : 1)) nth kills=0

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
	((status == 3 && kills > 10))
}

# gives_back ADJ: unprotect does, also the second time, and nothing unfinished is left.
gives_back() {
	"$OOMCTL" unprotect -q "$hog_pid" && reads "$hog_pid" "$1" || return 1
	"$OOMCTL" unprotect -q "$hog_pid" && reads "$hog_pid" "$1" || return 1
	! compgen -G '/run/oomctl/*.new'
}

@test "protect: killed at any step it forgets nothing, the first time and the second" {
	hog_start
	begin() { echo 300 >"/proc/$hog_pid/oom_score_adj"; }
	check() { gives_back 300; }
	killed_at_each_step protect -q -n 700 "$hog_pid"
	begin() { echo -40 >"/proc/$hog_pid/oom_score_adj" && "$OOMCTL" protect -q -n -500 "$hog_pid"; }
	check() { gives_back -40; }
	killed_at_each_step protect -q "$hog_pid"
	# One that comes after the killed one does not take what protect has set for what was before.
	check() { "$OOMCTL" protect -q -n -700 "$hog_pid" && gives_back -40; }
	killed_at_each_step protect -q "$hog_pid"
}

@test "unprotect: killed at any step it can be repeated" {
	hog_start
	begin() { echo -40 >"/proc/$hog_pid/oom_score_adj" && "$OOMCTL" protect -q "$hog_pid"; }
	check() { gives_back -40; }
	killed_at_each_step unprotect -q "$hog_pid"
	begin() { echo 300 >"/proc/$hog_pid/oom_score_adj" && "$OOMCTL" protect -q "$hog_pid"; }
	check() { gives_back 300; }
	killed_at_each_step unprotect -q "$hog_pid"
}

@test "protect: what killed runs have left unfinished is swept away" {
	hog_start
	mkdir -m 755 /run/oomctl
	touch /run/oomctl/{1.new,12@4026531999.new}
	"$OOMCTL" protect -q "$hog_pid"
	[ "$(ls /run/oomctl)" = "$hog_pid" ]
}

@test "protect: one that the kernel refuses leaves what was remembered before" {
	hog_start --adj 300
	"$OOMCTL" protect -q -n 200 "$hog_pid"
	run setpriv --bounding-set -sys_resource --inh-caps -sys_resource "$OOMCTL" protect "$hog_pid"
	[ "$status" = 3 ]
	[ "$(cat "/run/oomctl/$hog_pid")" = "$(start_of "$hog_pid") 300 200" ]
}
