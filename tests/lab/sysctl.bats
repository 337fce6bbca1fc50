#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# sysctl on a real kernel: settings change all or none, now and for the next boot.

# bats and lib.bash set these, each test in a shell of its own; the inner shells expand theirs.
# shellcheck disable=SC2154,SC2030,SC2031,SC2016

bats_require_minimum_version 1.5.0
load lib

file=/etc/sysctl.d/60-oomctl.conf

# /etc is the guest's own copy.
setup() {
	lab_only
	rm -rf /etc/sysctl.d /run/sysctl.d /etc/sysctl.conf
	mkdir /etc/sysctl.d
	settings 0 0 1
}

teardown() {
	lab_cleanup
	settings 0 0 1
}

# settings PANIC ALLOCATING DUMP: writes them.
settings() {
	# Before a panic is possible.
	echo 10 >/proc/sys/kernel/panic
	echo "$1" >/proc/sys/vm/panic_on_oom
	echo "$2" >/proc/sys/vm/oom_kill_allocating_task
	echo "$3" >/proc/sys/vm/oom_dump_tasks
}

# are PANIC ALLOCATING DUMP: whether the settings have these values.
are() {
	local panic allocating dump

	read -r panic </proc/sys/vm/panic_on_oom
	read -r allocating </proc/sys/vm/oom_kill_allocating_task
	read -r dump </proc/sys/vm/oom_dump_tasks
	echo "now $panic $allocating $dump"
	[ "$panic $allocating $dump" = "$*" ]
}

# without_comments FILE
without_comments() {
	grep -v '^#' "$1"
}

@test "sysctl: each value of each setting" {
	for setting in panic_on_oom=2 oom_kill_allocating_task=1 oom_dump_tasks=0 vm.panic_on_oom=1 vm/panic_on_oom=0; do
		name=${setting%=*} name=${name#vm?}
		before=$(cat "/proc/sys/vm/$name")
		run "$OOMCTL" sysctl "$setting"
		[ "$status" = 0 ]
		[[ $output == "$name $before -> ${setting#*=}: "?* ]]
		[ "$(cat "/proc/sys/vm/$name")" = "${setting#*=}" ]
	done
	are 0 1 0
	run "$OOMCTL" sysctl -r --noheadings -o name,value panic_on_oom oom_kill_allocating_task oom_dump_tasks
	[ "$output" = $'panic_on_oom 0\noom_kill_allocating_task 1\noom_dump_tasks 0' ]
	[ ! -e "$file" ]
}

# all NAME...: the values of these files of /proc/sys.
all() {
	(cd /proc/sys && cat "$@" | xargs)
}

others='kernel/panic vm/overcommit_memory vm/overcommit_ratio vm/overcommit_kbytes vm/min_free_kbytes'

# restore_others VALUE...: in the order of others; the ratio or the size, whichever is not 0.
restore_others() {
	echo "$1" >/proc/sys/kernel/panic
	echo "$2" >/proc/sys/vm/overcommit_memory
	echo "$3" >/proc/sys/vm/overcommit_ratio
	[ "$4" = 0 ] || echo "$4" >/proc/sys/vm/overcommit_kbytes
	echo "$5" >/proc/sys/vm/min_free_kbytes
}

@test "sysctl: values of the other settings, stored and read at boot" {
	# shellcheck disable=SC2086 # words
	was=$(all $others)
	read -r _ _ _ _ free <<<"$was"
	for case in panic=0 panic=30 kernel.panic=-1 vm.overcommit_memory=1 overcommit_ratio=70 overcommit_kbytes=99999 \
		overcommit_ratio=50 "min_free_kbytes=$((free + 100))"; do
		name=${case%=*} name=${name#*.}
		run --separate-stderr "$OOMCTL" sysctl --persist "$case"
		[ "$status" = 0 ]
		[[ ${lines[0]} == "$name "*" -> ${case#*=}: "?* ]]
		[ -z "$stderr" ]
		[ "$(cat /proc/sys/{vm,kernel}/"$name" 2>/dev/null)" = "${case#*=}" ]
	done
	# shellcheck disable=SC2086
	[ "$(all $others)" = "-1 1 50 0 $((free + 100))" ]
	# Of the two that exclude each other, the last one remains.
	[ "$(without_comments "$file")" = "kernel.panic = -1
vm.overcommit_memory = 1
vm.overcommit_ratio = 50
vm.min_free_kbytes = $((free + 100))" ]
	# shellcheck disable=SC2086
	restore_others $was
	sysctl -q -p "$file"
	# shellcheck disable=SC2086
	[ "$(all $others)" = "-1 1 50 0 $((free + 100))" ]
	# shellcheck disable=SC2086
	restore_others $was
}

@test "sysctl -r: sysctl -p restores all settings from it" {
	# shellcheck disable=SC2086 # words
	was=$(all $others)
	for overcommit in overcommit_ratio=60 overcommit_kbytes=80000; do
		"$OOMCTL" sysctl -q "$overcommit" panic_on_oom=1 panic=7 oom_dump_tasks=0
		# shellcheck disable=SC2086
		saved=$(all $others vm/panic_on_oom vm/oom_kill_allocating_task vm/oom_dump_tasks)
		"$OOMCTL" sysctl -r >"$BATS_TEST_TMPDIR/saved"
		settings 0 1 1
		# shellcheck disable=SC2086
		restore_others 3 1 44 0 "${was##* }"
		run sysctl -p - <"$BATS_TEST_TMPDIR/saved"
		[ "$status" = 0 ]
		# The seven that are in effect.
		[ "${#lines[@]}" = 7 ]
		# shellcheck disable=SC2086
		[ "$(all $others vm/panic_on_oom vm/oom_kill_allocating_task vm/oom_dump_tasks)" = "$saved" ]
	done
	# sysctl(8) and oomctl print the same values.
	names='vm.panic_on_oom kernel.panic vm.overcommit_kbytes vm.min_free_kbytes'
	# shellcheck disable=SC2086
	[ "$("$OOMCTL" sysctl -n $names)" = "$(sysctl -n $names)" ]
	# shellcheck disable=SC2086
	[ "$("$OOMCTL" sysctl -r $names)" = "$(sysctl $names)" ]
	[ "$("$OOMCTL" sysctl -w -n vm.oom_dump_tasks=1 kernel.panic=8)" = "$(sysctl -w -n vm.oom_dump_tasks=1 kernel.panic=8)" ]
	[ "$(all vm/oom_dump_tasks kernel/panic)" = '1 8' ]
	# shellcheck disable=SC2086
	restore_others $was
}

@test "sysctl: a setting that excludes another restores both if a later one fails" {
	# shellcheck disable=SC2086 # words
	was=$(all $others)
	echo 90000 >/proc/sys/vm/overcommit_kbytes
	run unshare -m bash -c 'mount --bind /proc/sys/kernel/pid_max /proc/sys/vm/oom_dump_tasks &&
		"$OOMCTL" sysctl overcommit_ratio=60 panic=9 oom_dump_tasks=1'
	[[ $output == *'cannot set oom_dump_tasks: Invalid argument'* ]]
	[ "$(all vm/overcommit_ratio vm/overcommit_kbytes kernel/panic)" = '0 90000 10' ]
	# Neither is it lost if the file cannot be written.
	mkdir "$file"
	run "$OOMCTL" sysctl --persist overcommit_ratio=60 panic=9
	[ "$status" = 3 ]
	[ "$(all vm/overcommit_ratio vm/overcommit_kbytes kernel/panic)" = '0 90000 10' ]
	# shellcheck disable=SC2086
	restore_others $was
}

@test "sysctl --persist: a later file with the other of two settings overrides it" {
	# shellcheck disable=SC2086 # words
	was=$(all $others)
	warning='oomctl: /etc/sysctl.d/70-a.conf overrides vm.overcommit_ratio at boot with a different value'
	for case in 'overcommit_kbytes=5 1' 'overcommit_kbytes=0 1' 'overcommit_ratio=61 1' 'overcommit_ratio=60 0' 'overcommit_memory=1 0'; do
		echo "vm.${case% *}" >/etc/sysctl.d/70-a.conf
		run --separate-stderr "$OOMCTL" sysctl --persist overcommit_ratio=60
		[ "$stderr" = "$([ "${case#* }" = 0 ] || echo "$warning")" ]
		sysctl -q --system >/dev/null 2>&1 || true
		booted=$(all vm/overcommit_ratio)
		[ "${case#* }" = "$((booted != 60))" ]
	done
	echo 'kernel.panic = 3' >/etc/sysctl.d/70-a.conf
	run --separate-stderr "$OOMCTL" sysctl --persist panic=4
	[ "$stderr" = 'oomctl: /etc/sysctl.d/70-a.conf overrides kernel.panic at boot with a different value' ]
	# shellcheck disable=SC2086
	restore_others $was
}

@test "sysctl: the commit limit is the kernel's, and a value that would exhaust memory is refused" {
	# shellcheck disable=SC2086 # words
	was=$(all $others)
	"$OOMCTL" sysctl -q overcommit_kbytes=$((150 * 1024))
	swap_kib=$(sed -n 's/^SwapTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo)
	[ "$(sed -n 's/^CommitLimit: *\([0-9]*\) kB/\1/p' /proc/meminfo)" = $((150 * 1024 + swap_kib)) ]
	run "$OOMCTL" sysctl overcommit_kbytes
	[ "$swap_kib" != 0 ] || [[ $output == *' of the limit of 150M committed, not enforced'* ]]
	ram_kib=$(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo)
	free=$(all vm/min_free_kbytes)
	for value in $((ram_kib / 4 + 1)) 2147483647; do
		run --separate-stderr "$OOMCTL" sysctl min_free_kbytes="$value"
		[ "$status" = 2 ]
		[[ $stderr == *"min_free_kbytes=$value is refused: "* ]]
	done
	[ "$(all vm/min_free_kbytes)" = "$free" ]
	# The kernel sets the ratio to 0 although 0 is written.
	run "$OOMCTL" sysctl overcommit_kbytes=0
	[ "$status" = 0 ]
	[[ $output == *'are both 0'* ]]
	[ "$(all vm/overcommit_ratio vm/overcommit_kbytes)" = '0 0' ]
	[ "$(sed -n 's/^CommitLimit: *\([0-9]*\) kB/\1/p' /proc/meminfo)" = "$swap_kib" ]
	# With these nothing could start, not even the next command of this test.
	echo 50 >/proc/sys/vm/overcommit_ratio
	for values in 'overcommit_kbytes=1' 'overcommit_ratio=0' 'overcommit_kbytes=0'; do
		[ "$swap_kib" = 0 ] || break
		for order in "overcommit_memory=2 $values" "$values overcommit_memory=2"; do
			# shellcheck disable=SC2086
			run --separate-stderr "$OOMCTL" sysctl $order
			[ "$status" = 2 ]
			[[ $stderr == *"oomctl: ${order% *} is refused: "*' KiB are committed, and the commit limit would be '* ]]
		done
	done
	[ "$(all vm/overcommit_memory vm/overcommit_ratio vm/overcommit_kbytes)" = '0 50 0' ]
	# With twice the RAM it is set, and undone. In between, no lower limit is enforced.
	run strace -qq -y -e trace=pwrite64 "$OOMCTL" sysctl -q overcommit_memory=2 overcommit_ratio=200
	[ "$status" = 0 ]
	[[ $output == *overcommit_ratio*overcommit_memory* ]]
	run strace -qq -y -e trace=pwrite64 "$OOMCTL" sysctl -q overcommit_ratio=201 overcommit_memory=0
	[[ $output == *overcommit_memory*overcommit_ratio* ]]
	"$OOMCTL" sysctl -q overcommit_memory=2
	run "$OOMCTL" sysctl overcommit_kbytes=1
	[ "$swap_kib" != 0 ] || [ "$status" = 2 ]
	"$OOMCTL" sysctl -q overcommit_memory=0
	# shellcheck disable=SC2086
	restore_others $was
}

@test "sysctl: several settings in one call, and -q" {
	run "$OOMCTL" sysctl -q panic_on_oom=1 oom_kill_allocating_task=1 oom_dump_tasks=0
	[ "$status" = 0 ]
	[ -z "$output" ]
	are 1 1 0
}

@test "sysctl: the effect on the machine now" {
	hog_start --anon 20M --name canary
	run "$OOMCTL" sysctl -r --noheadings -o now panic_on_oom
	[ "$output" = "pid\\x20$hog_pid\\x20(canary)\\x20would\\x20be\\x20killed\\x20first" ]
	echo 1 >/proc/sys/vm/panic_on_oom
	run "$OOMCTL" sysctl panic_on_oom
	[[ $output == *'the machine would panic'* ]]
}

@test "sysctl: no visible process is killable, but others exist: no panic is predicted" {
	run --separate-stderr unshare -pfm --mount-proc sh -c 'echo -1000 >/proc/self/oom_score_adj && exec "$OOMCTL" sysctl panic_on_oom'
	[ "$status" = 0 ]
	[[ ${lines[1]} == *'now: no visible process is killable' ]]
	[[ $stderr == *"more processes are not visible here"* ]]
}

@test "sysctl: a value out of range or an unknown setting: nothing is changed" {
	for bad in panic_on_oom=3 panic_on_oom=-1 panic_on_oom= panic_on_oom=x oom_dump_tasks=2 \
		oom_kill_allocating_task=2 overcommit_memory=3 overcommit_ratio=-1 panic=x min_free_kbytes=4294967296 swappiness=1 =1; do
		run "$OOMCTL" sysctl oom_dump_tasks=0 "$bad" oom_kill_allocating_task=1 --persist
		[ "$status" = 2 ]
		[[ $output == *"${bad%%=*}"* ]]
	done
	are 0 0 1
	[ ! -e "$file" ]
}

@test "sysctl: if one setting cannot be opened, none is changed" {
	run unshare -m bash -c 'mount --bind /proc/sys/vm/oom_dump_tasks /proc/sys/vm/oom_dump_tasks &&
		mount -o remount,bind,ro /proc/sys/vm/oom_dump_tasks &&
		"$OOMCTL" sysctl --persist panic_on_oom=1 oom_dump_tasks=0'
	[ "$status" = 3 ]
	[[ $output == *'cannot set oom_dump_tasks: Read-only file system'* ]]
	are 0 0 1
	[ ! -e "$file" ]
}

# pid_max refuses 1; it replaces a setting whose value the kernel refuses.
@test "sysctl: if one setting cannot be written, the others are restored" {
	run unshare -m bash -c 'mount --bind /proc/sys/kernel/pid_max /proc/sys/vm/oom_dump_tasks &&
		"$OOMCTL" sysctl --persist panic_on_oom=1 oom_kill_allocating_task=1 oom_dump_tasks=1'
	[ "$status" -gt 2 ]
	[[ $output == *'cannot set oom_dump_tasks: Invalid argument'* ]]
	are 0 0 1
	[ ! -e "$file" ]
}

@test "sysctl: an ordinary user cannot change settings" {
	run setpriv --reuid 1234 --regid 1234 --clear-groups "$OOMCTL" sysctl --persist panic_on_oom=1
	[ "$status" = 3 ]
	[[ $output == *'cannot set panic_on_oom: Permission denied'* ]]
	are 0 0 1
	[ ! -e "$file" ]
	run setpriv --reuid 1234 --regid 1234 --clear-groups "$OOMCTL" sysctl -r --noheadings -o value panic_on_oom
	[ "$status" = 0 ]
	[ "$output" = 0 ]
}

@test "sysctl --dry-run changes nothing" {
	run "$OOMCTL" sysctl --dry-run --persist panic_on_oom=1
	[ "$status" = 0 ]
	[[ ${lines[0]} == 'panic_on_oom 0 -> 1: '*' (dry run)' ]]
	are 0 0 1
	[ ! -e "$file" ]
}

@test "sysctl --persist: a new file that sysctl(8) reads" {
	run "$OOMCTL" sysctl --persist panic_on_oom=1 oom_dump_tasks=0
	[ "$status" = 0 ]
	are 1 0 0
	[ "$(without_comments "$file")" = $'vm.panic_on_oom = 1\nvm.oom_dump_tasks = 0' ]
	[ "$(stat -c '%a %u %g' "$file")" = '644 0 0' ]
	settings 0 0 1
	sysctl -q -p "$file"
	are 1 0 0
}

@test "sysctl --persist: other lines stay, lines of the setting are replaced" {
	printf '%s\n' '# mine' 'vm.swappiness = 10' 'vm.panic_on_oom=2' '' '-vm/panic_on_oom = 1' 'kernel.panic = 5' >"$file"
	before=$(stat -c %i "$file")
	"$OOMCTL" sysctl -q --persist panic_on_oom=0 oom_dump_tasks=0
	diff - "$file" <<-'END'
		# mine
		vm.swappiness = 10
		vm.panic_on_oom = 0

		kernel.panic = 5
		vm.oom_dump_tasks = 0
	END
	# A new file replaces it, so no reader sees a part.
	[ "$(stat -c %i "$file")" != "$before" ]
	[ "$(ls /etc/sysctl.d)" = 60-oomctl.conf ]
}

@test "sysctl --persist: a full disk leaves the old file" {
	mount -t tmpfs -o size=16k tmpfs /etc/sysctl.d
	echo 'vm.panic_on_oom = 2' >"$file"
	head -c 100000 /dev/zero >/etc/sysctl.d/filler 2>/dev/null || true
	run "$OOMCTL" sysctl --persist panic_on_oom=1
	[ "$status" = 4 ]
	[[ $output == *"cannot write $file: No space left on device"* ]]
	[ "$(cat "$file")" = 'vm.panic_on_oom = 2' ]
	[ "$(ls /etc/sysctl.d)" = $'60-oomctl.conf\nfiller' ]
	umount /etc/sysctl.d
}

@test "sysctl --persist: with a file size limit, nothing is changed" {
	before=$(cat /proc/sys/vm/panic_on_oom)
	echo 'vm.swappiness = 1' >"$file"
	run bash -c 'ulimit -f 0; exec "$OOMCTL" sysctl --persist panic_on_oom=1'
	[ "$status" = 4 ]
	[[ $output == *'File too large'* ]]
	[ "$(cat /proc/sys/vm/panic_on_oom)" = "$before" ]
	[ -z "$(ls /etc/sysctl.d/*.new 2>/dev/null)" ]
	[ "$(cat "$file")" = 'vm.swappiness = 1' ]
}

# refuses REASON: nothing is set or stored, and a dry run reports the same.
refuses() {
	local before dry

	echo "# $1"
	before=$(stat -c '%i %F %s %Y' /etc/sysctl.d/*)
	for dry in --dry-run ''; do
		run --separate-stderr "$OOMCTL" sysctl --persist panic_on_oom=1 ${dry:+"$dry"}
		[ "$status" = 3 ]
		[ -z "$output" ]
		[ "$stderr" = "oomctl: cannot write $file: $1" ]
	done
	are 0 0 1
	[ "$(stat -c '%i %F %s %Y' /etc/sysctl.d/*)" = "$before" ]
}

@test "sysctl --persist: refuses files that oomctl could not have written, with the reason" {
	echo 'vm.swappiness = 1' >"$file"
	chmod 664 "$file"
	refuses 'writable by other users'
	chmod 646 "$file"
	refuses 'writable by other users'
	chmod 644 "$file"
	chown 1234 "$file"
	refuses 'not owned by root'
	chown 0 "$file"
	[ "$(cat "$file")" = 'vm.swappiness = 1' ]
	mv "$file" /etc/elsewhere
	ln -s /etc/elsewhere "$file"
	refuses 'it is a symbolic link'
	ln -sf /etc/nowhere "$file"
	refuses 'it is a symbolic link'
	[ "$(cat /etc/elsewhere)" = 'vm.swappiness = 1' ]
	[ ! -e /etc/nowhere ]
	rm "$file"
	mkdir "$file"
	refuses 'it is a directory'
	rmdir "$file"
	mkfifo "$file"
	refuses 'not a regular file'
	rm "$file"
	mknod "$file" c 1 3
	refuses 'not a regular file'
	rm "$file"
	head -c 65537 /dev/zero | tr '\0' '\n' >"$file"
	refuses 'larger than 64 KiB'
	printf 'vm.swappiness = 1\n\0vm.overcommit_memory = 1\n' >"$file"
	refuses 'contains a NUL byte'
	rm "$file"
	mkdir "$file.new"
	refuses "$file.new is a directory"
	rmdir "$file.new"
	# The largest allowed file, without a newline at the end: nothing is lost.
	{ head -c 65497 /dev/zero | tr '\0' '#' && printf '\nvm.swappiness = 2'; } >"$file"
	run -0 "$OOMCTL" sysctl --persist panic_on_oom=1
	[ "$(wc -c <"$file")" = $((65497 + 1 + 18 + 20)) ]
	[ "$(tail -n 2 "$file")" = $'vm.swappiness = 2\nvm.panic_on_oom = 1' ]
	settings 0 0 1
	{ head -c 65498 /dev/zero | tr '\0' '#' && printf '\nvm.swappiness = 2'; } >"$file"
	refuses 'it would become larger than 64 KiB'
}

@test "sysctl --persist: group and mode of the file do not change" {
	echo 'vm.swappiness = 1' >"$file"
	chgrp 4 "$file"
	for mode in 640 600 444; do
		chmod "$mode" "$file"
		run -0 "$OOMCTL" sysctl --persist panic_on_oom=1
		[ "$(stat -c '%a %u %g' "$file")" = "$mode 0 4" ]
	done
}

@test "sysctl --persist: two concurrent runs store both changes" {
	# The first is delayed between reading and writing.
	strace -qq -o /dev/null -e trace=renameat -e inject=renameat:delay_enter=1000000 \
		"$OOMCTL" sysctl -q --persist panic_on_oom=1 3>&- &
	first=$!
	eventually test -s "$file.new"
	"$OOMCTL" sysctl -q --persist oom_dump_tasks=0
	wait "$first"
	[ "$(without_comments "$file")" = $'vm.panic_on_oom = 1\nvm.oom_dump_tasks = 0' ]
	[ "$(ls /etc/sysctl.d)" = 60-oomctl.conf ]
	are 1 0 0
}

@test "sysctl --persist: a lock that is held, one that others could hold, and files of a killed run" {
	(umask 077 && : >"$file.lock")
	exec 9<"$file.lock"
	flock 9
	run --separate-stderr "$OOMCTL" sysctl --persist panic_on_oom=1
	[ "$status" = 4 ]
	[ "$stderr" = "oomctl: cannot write $file: another process holds the lock $file.lock" ]
	are 0 0 1
	exec 9<&-
	chmod 644 "$file.lock"
	run --separate-stderr "$OOMCTL" sysctl --persist panic_on_oom=1
	[ "$status" = 3 ]
	[ "$stderr" = "oomctl: cannot write $file: $file.lock exists and is not a lock file" ]
	are 0 0 1
	chmod 600 "$file.lock"
	echo 'vm.panic_on' >"$file.new"
	run -0 "$OOMCTL" sysctl --persist panic_on_oom=1
	[ "$(without_comments "$file")" = 'vm.panic_on_oom = 1' ]
	[ "$(ls /etc/sysctl.d)" = 60-oomctl.conf ]
}

@test "sysctl --persist: a read-only file system, also in a dry run" {
	mount -t tmpfs -o ro tmpfs /etc/sysctl.d
	for dry in --dry-run ''; do
		run --separate-stderr "$OOMCTL" sysctl --persist panic_on_oom=1 ${dry:+"$dry"}
		[ "$status" = 3 ]
		[ "$stderr" = "oomctl: cannot write $file: Read-only file system" ]
		are 0 0 1
	done
	umount /etc/sysctl.d
}

# on_bare_proc COMMAND...: where /proc contains only processes.
on_bare_proc() {
	unshare -m sh -c 'mount -t proc -o subset=pid proc /proc && exec "$@"' _ "$@"
}

@test "sysctl: if /proc has no settings, they are reported as not visible, and no kill is certain" {
	run --separate-stderr on_bare_proc "$OOMCTL" sysctl
	[ "$status" = 0 ]
	for name in panic_on_oom oom_kill_allocating_task oom_dump_tasks panic overcommit_memory min_free_kbytes; do
		[[ $output =~ $name\ +-\ +not\ visible\ here ]]
	done
	run --separate-stderr on_bare_proc "$OOMCTL" sysctl panic_on_oom=1
	[ "$status" = 4 ]
	[ "$stderr" = 'oomctl: cannot set panic_on_oom: /proc does not contain the settings (subset=pid)' ]
	hog_start --anon 40M
	run --separate-stderr "$OOMCTL" predict --kills 1 -r --noheadings -o pid,sure,doubt
	[ "$output" = "$hog_pid certain -" ]
	run --separate-stderr on_bare_proc "$OOMCTL" predict --kills 1 -r --noheadings -o pid,sure,doubt
	[ "$output" = "$hog_pid close settings" ]
	run --separate-stderr on_bare_proc "$OOMCTL" predict --kills 1
	[[ $(tr -s ' \n' ' ' <<<"$output") == *"1: close: vm.panic_on_oom and vm.oom_kill_allocating_task override points, but are not visible here"* ]]
}

@test "sysctl --persist warns of a later file with a different value" {
	warning='overrides vm.panic_on_oom at boot with a different value'
	echo 'vm.panic_on_oom = 0' >/etc/sysctl.d/99-other.conf
	run --separate-stderr "$OOMCTL" sysctl --persist panic_on_oom=1
	[ "$status" = 0 ]
	[ "$stderr" = "oomctl: /etc/sysctl.d/99-other.conf $warning" ]
	# No warning: the same value, an earlier name, another suffix, a comment, another setting.
	echo 'vm.panic_on_oom = 1' >/etc/sysctl.d/99-other.conf
	echo 'vm.panic_on_oom = 0' >/etc/sysctl.d/10-earlier.conf
	echo 'vm.panic_on_oom = 0' >/etc/sysctl.d/99-other.conf.bak
	printf '%s\n' '# vm.panic_on_oom = 0' 'kernel.panic = 0' >/etc/sysctl.d/98-comment.conf
	run --separate-stderr "$OOMCTL" sysctl --persist panic_on_oom=1
	[ -z "$stderr" ]
	rm /etc/sysctl.d/99-other.conf
	mkdir -p /run/sysctl.d
	echo 'vm/panic_on_oom=2' >/run/sysctl.d/70-runtime.conf
	run --separate-stderr "$OOMCTL" sysctl --persist panic_on_oom=1
	[ "$stderr" = "oomctl: /run/sysctl.d/70-runtime.conf $warning" ]
	rm /run/sysctl.d/70-runtime.conf
	echo 'vm.panic_on_oom=2' >/etc/sysctl.conf
	run --separate-stderr "$OOMCTL" sysctl --persist panic_on_oom=1
	[ "$stderr" = "oomctl: /etc/sysctl.conf $warning" ]
}

@test "sysctl --persist warns of a later file that is unreadable, unless another overrides it" {
	later=/etc/sysctl.d/99-big.conf
	doubt="oomctl: $later is read later at boot and could override vm.panic_on_oom:"
	{ head -c 300000 /dev/zero | tr '\0' '\n' && echo 'vm.panic_on_oom = 0'; } >"$later"
	run --separate-stderr "$OOMCTL" sysctl --persist panic_on_oom=1
	[ "$status" = 0 ]
	[ "$stderr" = "$doubt larger than 64 KiB" ]
	printf '\0\nvm.panic_on_oom = 0\n' >"$later"
	run --separate-stderr "$OOMCTL" sysctl --persist panic_on_oom=1
	[ "$stderr" = "$doubt contains a NUL byte" ]
	echo 'vm.panic_on_oom = 1' >/etc/sysctl.d/80-same.conf
	run --separate-stderr "$OOMCTL" sysctl --persist panic_on_oom=1
	[ "$stderr" = "$doubt contains a NUL byte" ]
	echo 'vm.panic_on_oom = 2' >/etc/sysctl.d/90-other.conf
	run --separate-stderr "$OOMCTL" sysctl --persist panic_on_oom=1
	[ "$stderr" = 'oomctl: /etc/sysctl.d/90-other.conf overrides vm.panic_on_oom at boot with a different value' ]
	# More files than are read.
	rm /etc/sysctl.d/9* /etc/sysctl.d/80-same.conf
	(cd /etc/sysctl.d && seq -f '%05g.conf' 70001 74097 | xargs touch)
	run --separate-stderr "$OOMCTL" sysctl --persist panic_on_oom=1
	[ "$stderr" = "${doubt/"$later"//etc/sysctl.d} contains too many files" ]
	rm -r /etc/sysctl.d/7*
	# A file of the same name in an earlier directory replaces it.
	mkdir -p /run/sysctl.d
	printf '\0' >/run/sysctl.d/99-big.conf
	ln -s /dev/null "$later"
	run --separate-stderr "$OOMCTL" sysctl --persist panic_on_oom=1
	[ -z "$stderr" ]
}

# persist_and_boot: stores panic_on_oom=1; booted has the value that each of the two programs that read these files at
# boot sets; status and stderr are from oomctl.
persist_and_boot() {
	local program

	run --separate-stderr "$OOMCTL" sysctl --persist panic_on_oom=1
	booted=()
	for program in 'sysctl -q --system' /lib/systemd/systemd-sysctl; do
		settings 0 0 1
		# This kernel lacks some other settings in these files.
		$program >/dev/null 2>&1 || true
		booted+=("$(cat /proc/sys/vm/panic_on_oom)")
	done
}

@test "sysctl --persist warns if and only if the programs at boot would set another value" {
	[ -x /lib/systemd/systemd-sysctl ] || skip 'there is no systemd-sysctl here'
	mkdir -p /run/sysctl.d
	mount -t tmpfs tmpfs /usr/lib/sysctl.d
	for case in \
		'none | none' \
		'/etc/sysctl.d/70-a=2 | /etc/sysctl.d/70-a.conf' \
		'/usr/lib/sysctl.d/70-a=2 | /usr/lib/sysctl.d/70-a.conf' \
		'/etc/sysctl.d/70-a=2 /etc/sysctl.d/80-b=1 | none' \
		'/etc/sysctl.d/80-b=2 /run/sysctl.d/70-a=1 | /etc/sysctl.d/80-b.conf' \
		'/etc/sysctl.d/70-a=1 /run/sysctl.d/70-a=2 | none' \
		'/run/sysctl.d/70-a=2 /usr/lib/sysctl.d/70-a=1 | /run/sysctl.d/70-a.conf' \
		'/run/sysctl.d/60-oomctl=2 | none' \
		'/etc/sysctl.d/90-a=null /usr/lib/sysctl.d/90-a=2 | none' \
		'/etc/sysctl.d/90-a=empty /run/sysctl.d/90-a=2 | none' \
		'/run/sysctl.d/90-a=null /usr/lib/sysctl.d/90-a=2 /usr/lib/sysctl.d/80-b=0 | /usr/lib/sysctl.d/80-b.conf' \
		'/etc/sysctl.d/90-a=null /etc/sysctl.d/95-c=conf | /etc/sysctl.d/95-c.conf' \
		'/etc/sysctl.d/40-a=2 | none'; do
		rm -f /etc/sysctl.d/* /run/sysctl.d/* /usr/lib/sysctl.d/* /etc/other
		for file in ${case%|*}; do
			value=${file#*=} file=${file%=*}.conf
			case $value in
			none) ;;
			null) ln -s /dev/null "$file" ;;
			empty) : >"$file" ;;
			conf)
				echo 'vm.panic_on_oom = 2' >/etc/other
				ln -s ../other "$file"
				;;
			*) [ "$file" = none.conf ] || echo "vm.panic_on_oom = $value" >"$file" ;;
			esac
		done
		echo "$case"
		persist_and_boot
		[ "$status" = 0 ]
		if [ "${case#*| }" = none ]; then
			[ -z "$stderr" ]
			[ "${booted[*]}" = '1 1' ]
		else
			[[ $stderr == "oomctl: ${case#*| } overrides vm.panic_on_oom "* ]]
			[ "${booted[0]}" != 1 ] && [ "${booted[1]}" != 1 ]
		fi
	done
	# Only sysctl(8) reads this one, after all others.
	rm -f /etc/sysctl.d/* /run/sysctl.d/* /usr/lib/sysctl.d/*
	echo 'vm.panic_on_oom = 2' >/etc/sysctl.conf
	echo 'vm.panic_on_oom = 1' >/etc/sysctl.d/99-a.conf
	persist_and_boot
	[[ $stderr == 'oomctl: /etc/sysctl.conf overrides vm.panic_on_oom '* ]]
	[ "${booted[*]}" = '2 1' ]
	settings 0 0 1
	run --separate-stderr "$OOMCTL" sysctl --dry-run --persist panic_on_oom=1
	[[ $stderr == 'oomctl: /etc/sysctl.conf overrides vm.panic_on_oom '* ]]
	are 0 0 1
	umount /usr/lib/sysctl.d
}

@test "oom_kill_allocating_task=1: the requester is killed, not the largest process" {
	lab_needs log
	ram_mib=$(sed -n 's/^MemTotal: *\([0-9]*\)... kB/\1/p' /proc/meminfo)
	"$OOMCTL" sysctl -q oom_kill_allocating_task=1
	# A requester with adj -1000 is not killed.
	echo -1000 >/proc/self/oom_score_adj
	hog_start --adj 0 --anon $((ram_mib * 55 / 100))M
	hog=$hog_pid
	[ "$("$OOMCTL" rank -t 1 -r --noheadings -o tgid)" = "$hog" ]
	mark=$(kernel_log_mark)
	hog_start --adj 0 --name eater --grow $((ram_mib * 60 / 100))M
	kill -USR1 "$hog_pid"
	# No other process requests memory meanwhile.
	ended=0
	wait "$hog_pid" || ended=$?
	[ "$ended" = 137 ]
	kill -0 "$hog"
	kernel_log_since "$mark" | grep -q "Out of memory (oom_kill_allocating_task): Killed process $hog_pid (eater)"
}
