#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The privileged program in environments that the caller prepared: it never exceeds the policy, hangs or crashes.

# shellcheck disable=SC2154 # pid, who and log are set by the helpers.
# shellcheck disable=SC2030,SC2031 # Each test runs in its own subshell.
# shellcheck disable=SC2016 # The shells that are started expand their own words.
load privilege

setup_file() {
	privilege_setup_file
}

setup() {
	lab_only
	must_work='' bound=()
}

teardown() {
	rm -f /dev/log
	lab_cleanup
	if [[ -n ${LAB-} ]]; then
		write_policy 'permit @dba floor -500'
	fi
}

# in_surroundings COMMAND...: COMMAND prepares an unusual environment and executes its remaining arguments. A forbidden
# write is never done, a permitted write may fail, and the program ends in time and without a crash.
in_surroundings() {
	local mode

	for mode in cap suid; do
		renew
		try "${bound[@]}" "$@" "$privilege_dir/$mode" set -501 "$pid"
		ended_with 1 2 3 4 126 127 130 137 142 152 153
		adj_is "$pid" 0
		try "${bound[@]}" "$@" "$privilege_dir/$mode" set -500 "$pid"
		read_adj "$pid"
		case $must_work,$status,$adj in
		# 4: adj is set, but the message could not be written.
		*,0,-500 | ,4,-500 | ,[1-4],0 | ,12[67],0 | ,130,0 | ,137,0 | ,142,0 | ,15[23],0) ;;
		*)
			echo "$mode: status $status, adj $adj: $output"
			return 1
			;;
		esac
	done
}

# must_work COMMAND...: the same, and the permitted write must succeed.
must_work() {
	must_work=1 in_surroundings "$@"
}

carol_sh() {
	as carol bash -c "$@"
}

# The loader runs before main. If it cannot load a library, it writes a message to descriptor 2, beginning with argv[0].
@test "privilege: no message of the loader reaches a kernel file" {
	local mode limit n

	# A setuid copy of the program itself shows that the attack works.
	cp "$privilege_dir/libexec/suid" "$privilege_dir/bare"
	chmod 4755 "$privilege_dir/bare"
	for mode in bare cap suid; do
		n=0
		# The sizes that are too small depend on the libraries.
		for limit in '-n 3' '-v '{1600..3200..200}; do
			renew
			try carol_sh 'exec 2>"/proc/$1/oom_score_adj"; ulimit $2; exec -a -1000 "$0" policy' \
				"$privilege_dir/$mode" "$pid" "$limit"
			read_adj "$pid"
			echo "$mode, ulimit $limit: status $status, adj $adj"
			[[ $adj == 0 ]] || n=$((n + 1))
		done
		[[ $mode == bare && $n -ge 2 || $mode != bare && $n == 0 ]]
	done
	rm "$privilege_dir/bare"
}

@test "privilege: the launcher accepts or refuses descriptors 1 and 2 by file type" {
	local file

	# Without a loader error too, and for other files of the kernel.
	for file in "/proc/$BASHPID/comm" /dev/kmsg /sys/kernel/mm/lru_gen/enabled; do
		[[ -w $file ]] || continue
		as carol "$privilege_dir/suid" policy 2>"$file" >"$BATS_TEST_TMPDIR/out" || status=$?
		[ "$status" = 4 ]
		as carol "$privilege_dir/suid" run -n 0 true 2>"$file" || status=$?
		[ "$status" = 125 ]
		as carol "$privilege_dir/suid" run -n 0 true >"$file" || status=$?
		[ "$status" = 125 ]
		status=''
	done
	[ ! -s "$BATS_TEST_TMPDIR/out" ]
	# Address families: 16 netlink, 17 packet, 1 unix, 2 inet.
	for family in 16 17; do
		try as carol "$privilege_dir/surround" socket "$family" "$privilege_dir/suid" policy
		[[ $family$status != 17126 ]] || continue # only root may have one
		ended_with 4
	done
	for family in 0 1 2; do
		try as carol "$privilege_dir/surround" socket "$family" "$privilege_dir/suid" policy
		ended_with 0
	done
	# Both have no blocks, like /proc.
	mkdir -p "$privilege_dir/tmpfs" "$privilege_dir/ramfs"
	mount -t tmpfs -o size=0 none "$privilege_dir/tmpfs"
	mount -t ramfs none "$privilege_dir/ramfs"
	for file in /dev/null /dev/full "$BATS_TEST_TMPDIR/words" "$privilege_dir/tmpfs/words" "$privilege_dir/ramfs/words"; do
		as carol "$privilege_dir/suid" policy 2>"$file" >"$BATS_TEST_TMPDIR/out"
		grep -q 'permit @dba floor -500' "$BATS_TEST_TMPDIR/out"
	done
	umount "$privilege_dir/tmpfs" "$privilege_dir/ramfs"
	as carol "$privilege_dir/suid" policy 2>&- >"$BATS_TEST_TMPDIR/out"
	as carol "$privilege_dir/suid" policy 2>&1 | grep -q 'permit @dba floor -500'
}

# launcher_refuses [TEXT]: also for run.
launcher_refuses() {
	local why=${1-is missing, or a user other than root can change it or a directory above it}

	try as carol "$privilege_dir/suid" policy
	ended_with 4
	[[ $output == oomctl:* && $output == *"$privilege_dir/libexec/suid"* && $output == *"$why"* ]]
	try as carol "$privilege_dir/suid" run -n 0 true
	ended_with 125
}

launcher_works() {
	try as carol "$privilege_dir/suid" policy
	ended_with 0
	[[ $output == *'permit @dba floor -500'* ]]
}

@test "privilege: the launcher executes only a file that only root can change" {
	local program=$privilege_dir/libexec/suid

	launcher_works
	for path in "$program" "$privilege_dir/libexec" "$privilege_dir" /run; do
		for mode in 775 757 1777; do
			chmod "$mode" "$path"
			launcher_refuses
		done
		chmod 755 "$path"
		chown carol "$path"
		launcher_refuses
		chown root "$path"
		launcher_works
	done
	# The owner of a directory above the target could change it.
	mkdir -p /run/linked
	mv "$privilege_dir/libexec" /run/linked/libexec
	ln -s /run/linked/libexec "$privilege_dir/libexec"
	launcher_refuses
	rm "$privilege_dir/libexec"
	mv /run/linked/libexec "$privilege_dir/libexec"
	launcher_works
}

@test "privilege: the launcher executes only a regular program file" {
	local program=$privilege_dir/libexec/suid

	mv "$program" "$privilege_dir/kept"
	launcher_refuses
	for command in 'ln -s ../kept suid' 'mkdir suid' 'mkfifo suid'; do
		(cd "$privilege_dir/libexec" && $command)
		launcher_refuses
		rm -rf "$program"
	done
	printf '#!/bin/sh\nid\n' >"$program"
	chmod 755 "$program"
	launcher_refuses 'cannot execute'
	mv "$privilege_dir/kept" "$program"
	launcher_works
}

# Before 6.14 the kernel sets comm to the number of the executed descriptor.
@test "privilege: the launched program has its own name and no descriptor of the launcher" {
	hold write carol "$privilege_dir/suid" policy
	[ "$(<"/proc/$held/comm")" = oomctl ]
	[ "$(readlink "/proc/$held/exe")" = "$privilege_dir/libexec/suid" ]
	[ "$(cd "/proc/$held/fd" && echo *)" = '0 1 2' ]
	let_go
	for mode in plain suid; do
		as carol "$privilege_dir/$mode" run -n 0 bash -c 'cd /proc/$$/fd && echo *' \
			>"$BATS_TEST_TMPDIR/$mode" 3>&- 4>&-
	done
	diff "$BATS_TEST_TMPDIR/plain" "$BATS_TEST_TMPDIR/suid"
}

@test "privilege: the launcher needs no /proc" {
	try unshare -m bash -c 'mount -t tmpfs none /proc && exec "$@"' - \
		setpriv --reuid 2003 --regid 2003 --groups 3000 "$privilege_dir/suid" --version
	ended_with 0
	[[ $output == oomctl* ]]
}

@test "privilege: no --name pattern crashes oomctl" {
	local mode deep

	printf -v deep '(%.0s' {1..20000}
	for mode in cap suid; do
		renew
		for pattern in "$deep" 'a{255}{255}{255}'; do
			try as carol "$privilege_dir/$mode" set -500 --name "$pattern"
			[ "$status" = 2 ]
			adj_is "$pid" 0
		done
	done
}

@test "privilege: closed standard descriptors" {
	for closed in '<&-' '>&-' '2>&-' '<&- >&-' '<&- 2>&-' '>&- 2>&-' '<&- >&- 2>&-'; do
		in_surroundings carol_sh "\"\$@\" $closed" -
	done
}

@test "privilege: nothing is written to a file that the caller left open" {
	: >"$privilege_dir/kept"
	chmod 666 "$privilege_dir/kept"
	must_work carol_sh "\"\$@\" 3>>$privilege_dir/kept 4>&3 5>&3 9>&3" -
	[ ! -s "$privilege_dir/kept" ]
}

@test "privilege: variables that load, redirect or trace have no effect" {
	local dir=$BATS_TEST_TMPDIR

	must_work as carol env LD_PRELOAD=/nowhere/x.so LD_AUDIT=/nowhere/x.so LD_LIBRARY_PATH=/nowhere LD_DEBUG=all \
		LD_PROFILE=libc.so.6 LIBPROC_HIDE_KERNEL=1 GCONV_PATH=/nowhere LOCPATH=/nowhere TMPDIR=/nowhere \
		MALLOC_CHECK_=3 MALLOC_TRACE="$privilege_dir/trace" MALLOC_ARENA_MAX=0 COLUMNS=999999999 LINES=-1 \
		GLIBC_TUNABLES=glibc.malloc.check=3 HOSTALIASES=/nowhere RES_OPTIONS=debug RESOLV_HOST_CONF=/etc/shadow \
		NLSPATH=/nowhere LANGUAGE=../../x LANG=../../../tmp LC_ALL=/tmp/x TZ=/nowhere TZDIR=/nowhere \
		LIBSMARTCOLS_DEBUG=all TERM=/nowhere TERMINFO=/nowhere PATH=/nowhere SYSTEMD_LOG_LEVEL=debug IFS=x HOME=/nowhere
	must_work as carol env -i
	# A nested tunable followed by long values: the overflow of CVE-2023-4911.
	must_work as carol env -i GLIBC_TUNABLES=glibc.malloc.mxfast=glibc.malloc.mxfast=A "Z=$(printf '%08192x' 1)"
	[ ! -e "$privilege_dir/trace" ]
	# The variables are removed before any code can read them.
	for mode in cap suid; do
		strace -qq -f -u carol -o "$dir/strace" env TZ=/nowhere/zone LOCPATH=/nowhere/locale GCONV_PATH=/nowhere/gconv \
			LANG=xx_XX.UTF-8 "$privilege_dir/$mode" policy >/dev/null 3>&-
		try grep -c /nowhere/ <(grep -v execve "$dir/strace")
		[ "$output" = 0 ]
	done
}

# If an administrator creates /var/profile, glibc writes profiles of privileged programs there.
@test "privilege: the program's loader, started by the launcher, ignores the environment" {
	local c=(setpriv --reuid 2003 --regid 2003 --groups 3000) mode

	cp "$privilege_dir/libexec/suid" "$privilege_dir/bare"
	chmod 4755 "$privilege_dir/bare"
	mount -t tmpfs none /var
	mkdir -m 1777 /var/profile
	for mode in bare suid; do
		"${c[@]}" env LD_PROFILE=libc.so.6 "$privilege_dir/$mode" --version
		echo "$mode: $(ls /var/profile)"
		[[ $mode == bare && -e /var/profile/libc.so.6.profile || $mode == suid && ! -e /var/profile/libc.so.6.profile ]] ||
			mode=wrong
		rm -f /var/profile/*
		[[ $mode != wrong ]] || break
	done
	umount /var
	rm "$privilege_dir/bare"
	[[ $mode == suid ]]
}

@test "privilege: run: COMMAND gets the environment unchanged" {
	local mode

	for mode in "${modes[@]}"; do
		as carol "$privilege_dir/surround" env-junk "$privilege_dir/$mode" run -n 0 cat /proc/self/environ \
			| tr '\0' '\n' >"$BATS_TEST_TMPDIR/junk-$mode"
		# Not the whole environment: the loader of cat changes its own GLIBC_TUNABLES.
		[ "$(head -n 6 "$BATS_TEST_TMPDIR/junk-$mode" | tr '\n' ,)" = \
			',=,no-sign,TERM=a,TERM=b,LC_ALL=../../../../tmp/locale,' ]
		[ "$(grep -c '^GLIBC_TUNABLES=' "$BATS_TEST_TMPDIR/junk-$mode")" = 1993 ]
		# selfie prints what its loader passes on, copies of these included.
		for way in '' "$privilege_dir/$mode run -n 0"; do
			# shellcheck disable=SC2086 # words
			as carol "$privilege_dir/surround" env-junk $way "$privilege_dir/selfie" | grep '^env ' \
				>"$BATS_TEST_TMPDIR/selfie${way:+-run}"
		done
		grep -q '^env LD_LIBRARY_PATH=/nowhere' "$BATS_TEST_TMPDIR/selfie"
		cmp "$BATS_TEST_TMPDIR/selfie" "$BATS_TEST_TMPDIR/selfie-run"
		# Strings that already start with the launcher's mark.
		as carol env -i "~A=1" "~~B=2" "$privilege_dir/$mode" run -n 0 /bin/cat /proc/self/environ \
			>"$BATS_TEST_TMPDIR/marked-$mode"
		as carol env -i "$privilege_dir/$mode" run -n 0 /bin/cat /proc/self/environ >"$BATS_TEST_TMPDIR/none-$mode"
		[ ! -s "$BATS_TEST_TMPDIR/none-$mode" ]
		# Almost the longest string that the kernel accepts.
		as carol env "A=$(printf '%0131000d' 1)" "$privilege_dir/$mode" run -n 0 sh -c 'test ${#A} = 131000'
	done
	for mode in cap suid; do
		cmp "$BATS_TEST_TMPDIR/marked-plain" "$BATS_TEST_TMPDIR/marked-$mode"
	done
}

# Other ids than the launcher's, and the launcher's without the launcher.
@test "privilege: run: the mark of the launcher is removed only if the launcher put it there" {
	for mode in "${modes[@]}"; do
		for uid in 2001 0; do
			try setpriv --ruid 2003 --euid "$uid" --regid 2003 --groups 3000 env -i '~A=1' '~~B=2' \
				"$privilege_dir/$mode" run -n 0 "$privilege_dir/selfie"
			echo "$mode, effective uid $uid: $status $output"
			[[ $output == *$'\nenv ~A=1\nenv ~~B=2\n'* ]]
		done
	done
}

# The plain program opens them; with AT_SECURE the loader does not.
@test "privilege: no library, module or locale of the caller's choice is opened" {
	local dir=$privilege_dir/named trace=$BATS_TEST_TMPDIR/trace library mode file

	mkdir -p "$dir/lib"
	cp "${BUILD:-build}/tests/lab/nss_odd.so" "$dir/preload.so"
	cp "$dir/preload.so" "$dir/audit.so"
	for library in libcap-ng.so.0 libproc2.so.0; do
		cp "$(ldconfig -p | sed -n "s/.*$library .* => //p" | head -n 1)" "$dir/lib/$library"
	done
	start carol sleep 600
	for mode in plain cap suid; do
		strace -qq -f -u carol -o "$trace" -e trace=open,openat -E LD_PRELOAD="$dir/preload.so" \
			-E LD_AUDIT="$dir/audit.so" -E LD_LIBRARY_PATH="$dir/lib" -E GCONV_PATH="$dir/gconv" \
			-E LOCPATH="$dir/locale" -E LC_ALL=xx_XX.UTF-8 -E NLSPATH="$dir/%N" \
			"$privilege_dir/$mode" get --name '^sleep$' >"$BATS_TEST_TMPDIR/out" 3>&-
		grep -q "^ *$pid " "$BATS_TEST_TMPDIR/out"
		for file in preload.so audit.so lib/libcap-ng lib/libproc2 locale/; do
			try grep -cF "$dir/$file" "$trace"
			echo "$mode: $file: $output"
			[[ $mode == plain && $output != 0 || $mode != plain && $output == 0 ]]
		done
		[[ $mode == plain ]] || [ "$(grep -cF "$dir" "$trace")" = 0 ]
	done
	rm -r "$dir"
}

# The kernel can refuse such a link (fs.protected_hardlinks); if it does not, the link gives nothing.
@test "privilege: a hard link in the caller's directory behaves like the program" {
	local dir=$privilege_dir/links mode

	mkdir -p "$dir/libexec"
	for file in libexec/suid oomctl libcap-ng.so.0; do
		cp /bin/true "$dir/$file"
	done
	ln "$privilege_dir/cap" "$privilege_dir/suid" "$dir/"
	chown -R --from=0 2003 "$dir/libexec" "$dir/oomctl" "$dir/libcap-ng.so.0"
	chown 2003 "$dir"
	for mode in cap suid; do
		for way in "$dir/$mode" "./$mode"; do
			renew
			try as carol env -C "$dir" PATH="$dir" LD_LIBRARY_PATH="$dir" "$way" set -501 "$pid"
			ended_with 3
			adj_is "$pid" 0
			try as carol env -C "$dir" PATH="$dir" LD_LIBRARY_PATH="$dir" "$way" set -500 "$pid"
			ended_with 0
			adj_is "$pid" -500
		done
	done
	rm -r "$dir"
}

@test "privilege: an empty argv" {
	for mode in cap suid; do
		try as carol "$privilege_dir/surround" no-args "$privilege_dir/$mode"
		ended_with 0
	done
}

# shellcheck disable=SC2016 # The inner shell expands it.
@test "privilege: argv[0] of 128 KiB; the kernel refuses 1 MiB" {
	log_start
	for mode in cap suid; do
		renew
		try as carol bash -c 'exec -a "$(head -c 131071 /dev/zero | tr "\0" n)" "$@"' - "$privilege_dir/$mode" \
			set -500 "$pid"
		ended_with 0
		adj_is "$pid" -500
		# The syslog line does not begin with argv[0].
		eventually log_has "^<85>.{15} oomctl\\[[0-9]+\\]: raised: uid 2003 .carol.: pid $pid "
		: >"$log"
		renew
		try as carol bash -c 'exec -a "$(head -c 131071 /dev/zero | tr "\0" n)" "$@"' - "$privilege_dir/$mode" \
			set -501 "$pid"
		ended_with 3
		adj_is "$pid" 0
		try as carol bash -c 'exec -a "$(head -c 1048576 /dev/zero | tr "\0" n)" "$@"' - "$privilege_dir/$mode" policy
		[[ $output == *'too long'* ]]
	done
}

@test "privilege: an environment with malformed and very many entries" {
	must_work as carol "$privilege_dir/surround" env-junk
}

@test "privilege: limits on file size, open files, processes, memory and time" {
	must_work as carol prlimit --fsize=0
	must_work as carol prlimit --core=unlimited
	must_work as carol prlimit --stack=1000000
	for files in 0 1 2 3 4 5 6 8; do
		in_surroundings as carol prlimit --nofile=$files
	done
	# With smaller limits the kernel itself cannot execute a program.
	for size in 2 3 4 5 6 8 12; do
		in_surroundings as carol prlimit --as=$((size * 1000000))
		in_surroundings as carol prlimit --data=$((size * 100000 + 400000))
	done
	in_surroundings as carol prlimit --cpu=0
	in_surroundings as carol prlimit --cpu=1
	in_surroundings as carol prlimit --sigpending=0 --msgqueue=0 --memlock=0 --nice=0 --rtprio=0
	be carol
	bound=(timeout -k 1 20 "${who[@]}")
	in_surroundings prlimit --nproc=1
}

@test "privilege: a deny rule applies if group lookups fail" {
	write_policy 'permit carol floor -900' 'permit 2003 floor -900' 'deny @dba'
	for mode in cap suid; do
		for files in 3 4 5 6 7 8; do
			renew
			try as carol prlimit --nofile=$files "$privilege_dir/$mode" set -500 "$pid"
			adj_is "$pid" 0
		done
		for size in 2 3 4 5 6 7 8 9 10; do
			renew
			try as carol prlimit --as=$((size * 1000000)) "$privilege_dir/$mode" set -500 "$pid"
			adj_is "$pid" 0
		done
	done
}

@test "privilege: stopped and continued, with a pending alarm" {
	be carol
	bound=(timeout -k 1 20 "${who[@]}")
	must_work "$privilege_dir/surround" alarm
	in_surroundings "$privilege_dir/surround" stopper
}

@test "privilege: a deleted working directory" {
	# shellcheck disable=SC2016
	must_work as carol bash -c 'd=$(mktemp -d) && cd "$d" && rmdir "$d" && exec "$@"' -
}

@test "privilege: no capability under the caller's tracer or no_new_privs" {
	for mode in cap suid; do
		renew
		try as carol strace -qq -o /dev/null "$privilege_dir/$mode" set -500 "$pid"
		ended_with 3
		adj_is "$pid" 0
		try as carol setpriv --no-new-privs "$privilege_dir/$mode" set -500 "$pid"
		ended_with 3
		adj_is "$pid" 0
	done
}

@test "privilege: the caller can neither trace it nor read its memory" {
	for mode in cap suid; do
		hold write carol "$privilege_dir/$mode" run -n -500 true
		try as carol cat "/proc/$held/mem"
		ended_with 1
		[[ $output == *denied* ]]
		try as carol cat "/proc/$held/environ"
		[[ $output == *denied* ]]
		try as carol ls -l "/proc/$held/fd/"
		[[ $output == *denied* ]]
		# It existed during all these attempts.
		[ -e "/proc/$held/mem" ]
		let_go
	done
}

# It is dumpable only while it opens its own file, and blocks signals during that time.
@test "privilege: no signal makes it dump core" {
	local mode owner call

	mkdir -m 777 "$privilege_dir/core"
	ulimit -c unlimited
	for mode in plain cap suid; do
		for call in openat write; do
			rm -f "$privilege_dir"/core/*
			# shellcheck disable=SC2034 # For hold.
			hold_at=()
			# shellcheck disable=SC2034
			[[ $call == write ]] || hold_at=(-P oom_score_adj)
			cd "$privilege_dir/core"
			hold "$call" carol "$privilege_dir/$mode" run -n 500 sleep 600
			owner=$(stat -c %u "/proc/$held/oom_score_adj")
			kill -ABRT "$held"
			kill -KILL "$holder"
			pid_wait "$held"
			echo "$mode at $call: owner $owner, core: $(ls)"
			case $mode,$call,$owner in
			plain,*) [ -n "$(ls)" ] ;;
			*,openat,2003 | *,write,0) [ -z "$(ls)" ] ;;
			*) return 1 ;;
			esac
		done
	done
}

@test "privilege: escape codes in a process name are not printed" {
	local name=$'\033]0;a\007\r\xff\xe2\x80\xae'

	cp /bin/sleep "$privilege_dir/$name"
	for mode in cap suid; do
		start carol "$privilege_dir/$name" 600
		try as carol "$privilege_dir/$mode" set -500 "$pid"
		ended_with 0
		try as carol "$privilege_dir/$mode" set -501 "$pid"
		ended_with 3
		[[ $output != *$'\033'* && $output != *$'\007'* && $output != *$'\r'* ]]
	done
}
