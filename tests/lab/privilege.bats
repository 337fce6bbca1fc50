#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# How the capability from the file is used and what it leaves behind: one write, COMMAND of run, log lines, messages.

# shellcheck disable=SC2154 # pid, log and lab_helpers are set by the helpers.
# shellcheck disable=SC2030,SC2031 # Each test runs in its own subshell.
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
	if [[ -n ${LAB-} ]]; then
		write_policy 'permit @dba floor -500'
	fi
}

# changes_user MODE: the process executes a setuid program after its write was permitted and logged, but before it.
changes_user() {
	log_start
	rm -f "$privilege_dir/fifo"
	mkfifo -m 666 "$privilege_dir/fifo"
	start carol bash -c "read -r _ <$privilege_dir/fifo; exec $privilege_dir/suid-sleep 600"
	# Until then it is this shell or setpriv.
	eventually is_owned "$pid" 2003
	strace -qq -u carol -o /dev/null -e trace=sendto -e inject=sendto:signal=SIGSTOP:when=1 \
		"$privilege_dir/$1" set -500 "$pid" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	setter=$!
	eventually log_has "raised: uid 2003 .carol.: pid $pid .* adj 0 -> -500" || {
		cat "$log" "$BATS_TEST_TMPDIR/out"
		return 1
	}
	echo go >"$privilege_dir/fifo"
	eventually is_called "$pid" suid-sleep
	adj_is "$pid" 0
	pkill -CONT -P "$setter"
	status=0
	wait "$setter" || status=$?
	output=$(cat "$BATS_TEST_TMPDIR/out")
	ended_with 3
	[[ $output == *"another user"* ]]
	adj_is "$pid" 0
}

@test "privilege: a process that becomes root's between check and write is not changed, file capability" {
	changes_user cap
}

@test "privilege: a process that becomes root's between check and write is not changed, setuid" {
	changes_user suid
}

# The prctl asks whether the capability applies in this user namespace; see privilege_may_raise().
@test "privilege: the capability is effective around one prctl and one write only" {
	for mode in cap suid; do
		start carol sleep 600
		strace -qq -u carol -o "$BATS_TEST_TMPDIR/trace" "$privilege_dir/$mode" set -500 "$pid" 3>&-
		adj_is "$pid" -500
		# The plain write was refused, so the process still has its owner's floor.
		[ "$(grep -c 'write(.*, "-500", 4)' "$BATS_TEST_TMPDIR/trace")" = 2 ]
		grep -A 2 --no-group-separator 'capset(.*effective=1<<CAP_SYS_RESOURCE,' "$BATS_TEST_TMPDIR/trace" \
			>"$BATS_TEST_TMPDIR/around"
		cat "$BATS_TEST_TMPDIR/around"
		[ "$(wc -l <"$BATS_TEST_TMPDIR/around")" = 6 ]
		sed -n 2p "$BATS_TEST_TMPDIR/around" |
			grep -qE '^prctl\(PR_SET_MM, PR_SET_MM_START_CODE, 0xffffffffffffffff, 0, 0\) += -1 EINVAL'
		sed -n 5p "$BATS_TEST_TMPDIR/around" | grep -qE '^write\([0-9]+, "-500", 4\) += 4$'
		[ "$(grep -cE '^capset\(.*effective=0, permitted=1<<CAP_SYS_RESOURCE,.*= 0$' \
			<(sed -n '3p;6p' "$BATS_TEST_TMPDIR/around"))" = 2 ]
	done
}

@test "privilege: -q changes neither permissions nor log lines" {
	log_start
	for mode in cap suid; do
		renew
		: >"$log"
		try as carol "$privilege_dir/$mode" set -q -501 "$pid"
		ended_with 3
		adj_is "$pid" 0
		eventually log_has "refused: uid 2003 .carol.: pid $pid .sleep.: adj 0 -> -501: "
		try as carol "$privilege_dir/$mode" set -q -500 "$pid"
		ended_with 0
		adj_is "$pid" -500
		eventually log_has "raised: uid 2003 .carol.: pid $pid .sleep.: adj 0 -> -500: "
		start bob sleep 600
		try as carol "$privilege_dir/$mode" set -q -500 "$pid"
		ended_with 3
		adj_is "$pid" 0
		# For root too, the log contains the name and the old value.
		"$privilege_dir/$mode" set -q -7 "$pid"
		eventually log_has "raised: uid 0 .root.: pid $pid .sleep.: adj 0 -> -7: "
	done
}

# A write with the capability moves the floor, so the owner could not undo it.
@test "privilege: a write that needs no capability is done without it, by root too" {
	start bob sleep 600
	"$privilege_dir/plain" set 300 "$pid"
	as bob "$privilege_dir/plain" set 0 "$pid"
	start bob sleep 600
	"$privilege_dir/plain" set -300 "$pid"
	try as bob "$privilege_dir/plain" set -301 "$pid"
	ended_with 3
	as bob "$privilege_dir/plain" set 0 "$pid"
	as bob "$privilege_dir/plain" set -300 "$pid"
}

@test "privilege: root reads private PID files and hidden processes" {
	start alice sleep 600
	mkdir -m 700 "$privilege_dir/private"
	echo "$pid" >"$privilege_dir/private/pid"
	chown -R 2001 "$privilege_dir/private"
	for mode in plain cap suid; do
		for command in rank get 'set 5' 'set -5'; do
			# shellcheck disable=SC2086 # a command and its value
			"$privilege_dir/$mode" $command --pidfile "$privilege_dir/private/pid" >/dev/null
		done
	done
	adj_is "$pid" -5
	mount -o remount,hidepid=2 /proc
	for mode in plain cap suid; do
		for command in rank get 'set 6' 'set -6'; do
			# shellcheck disable=SC2086
			try "$privilege_dir/$mode" $command "$pid"
			ended_with 0
		done
		try as carol "$privilege_dir/$mode" get "$pid"
		ended_with 1
	done
	mount -o remount,hidepid=0 /proc
	adj_is "$pid" -6
}

# same_child MODE ADJ: compares a child of carol's shell with a child of run.
same_child() {
	local dir=$BATS_TEST_TMPDIR env=(LD_LIBRARY_PATH=/nowhere TMPDIR=/var/tmp MALLOC_ARENA_MAX=1 GCONV_PATH=/nowhere
		LOCPATH=/nowhere PATH=/nowhere:/usr/bin:/bin HOME=/nowhere COLUMNS=999999999 NLSPATH=x LANG=C.UTF-8
		GLIBC_TUNABLES=glibc.malloc.check=0 'ODD VARIABLE=with	tab' EMPTY= LIBPROC_HIDE_KERNEL=1)
	local child=("$privilege_dir/selfie" one 'two words' '')

	chmod 755 "$dir"
	(cd / && exec </dev/null 7</etc/passwd 9>/dev/null && umask 027 && trap '' USR1 &&
		as carol env -i "${env[@]}" "${child[@]}" >"$dir/shell" 2>/dev/null 3>&- 4>&-)
	(cd / && exec </dev/null 7</etc/passwd 9>/dev/null && umask 027 && trap '' USR1 &&
		as carol env -i "${env[@]}" "$privilege_dir/$1" run -n "$2" -- "${child[@]}" >"$dir/run" 2>/dev/null 3>&- 4>&-)
	grep -q '^env TMPDIR=/var/tmp' "$dir/shell"
	grep -q '^fd 7:' "$dir/shell"
	[ "$(tail -n 1 "$dir/shell")" = 'adj 0' ]
	[ "$(tail -n 1 "$dir/run")" = "adj $2" ]
	diff <(sed '$d; /^fd 1:/d' "$dir/shell") <(sed '$d; /^fd 1:/d' "$dir/run")
	# Closed descriptors stay closed.
	(as carol "$privilege_dir/$1" run -n "$2" -- "${child[@]}" >"$dir/run" <&- 2>&- 3>&- 4>&-)
	try grep -cE '^fd [02]:' "$dir/run"
	[ "$output" = 0 ]
}

@test "privilege: run: COMMAND differs only in its adj, plain" {
	same_child plain 500
}

@test "privilege: run: COMMAND differs only in its adj, file capability" {
	same_child cap -500
}

@test "privilege: run: COMMAND differs only in its adj, setuid" {
	same_child suid -500
}

@test "privilege: run: a missing COMMAND, and --best-effort without permission" {
	for mode in cap suid; do
		try as carol "$privilege_dir/$mode" run -n -500 -- /nowhere/command
		ended_with 127
		try as carol "$privilege_dir/$mode" run -n -900 --best-effort -- "$privilege_dir/selfie"
		ended_with 0
		[[ $output == *'adj 0'* ]]
		[[ $output == *$'CapPrm:\t0000000000000000'* ]]
	done
}

@test "privilege: raised writes are logged, refusals at a bounded rate" {
	local name=$'x y\n\033[2Jz) adj'

	log_start
	cp /bin/sleep "$privilege_dir/$name"
	start carol "$privilege_dir/$name" 600
	for mode in cap suid; do
		: >"$log"
		as carol "$privilege_dir/$mode" set -500 "$pid"
		eventually log_has '^<85>.* oomctl\[[0-9]+\]: raised: uid 2003 \(carol\): pid '"$pid"' \(x\\x20y\\x0a\\x1b\[2Jz\)\\x20adj\): adj 0 -> -500: /etc/oomctl.conf:1 decides: permit @dba floor -500$'
		[ "$(wc -l <"$log")" = 1 ]
		: >"$log"
		pids=()
		for _ in 1 2 3 4 5 6 7 8 9; do
			start carol sleep 600
			pids+=("$pid")
		done
		try as carol "$privilege_dir/$mode" set -600 "${pids[@]}"
		ended_with 3
		eventually log_has 'refused: uid 2003: 4 more'
		[ "$(grep -cE '^<84>.*: refused: uid 2003 .carol.: pid .*adj 0 -> -600: /etc/oomctl.conf:1 decides' "$log")" = 5 ]
		[ "$(wc -l <"$log")" = 6 ]
		start carol "$privilege_dir/$name" 600
	done
}

@test "privilege: syslog lines are ASCII in every locale" {
	local name=$'\303\266\302\233\\x1b'

	log_start
	cp /bin/sleep "$privilege_dir/$name"
	for mode in cap suid; do
		for locale in C C.UTF-8; do
			: >"$log"
			start carol "$privilege_dir/$name" 600
			as carol env LC_ALL="$locale" "$privilege_dir/$mode" set -500 "$pid"
			eventually log_has 'raised: .*: pid '"$pid"' \(\\xc3\\xb6\\xc2\\x9b\\x5cx1b\): adj 0 -> -500: '
			# The same for root.
			LC_ALL=$locale "$privilege_dir/$mode" set -600 "$pid"
			eventually log_has 'raised: uid 0 .*: pid '"$pid"' \(\\xc3\\xb6\\xc2\\x9b\\x5cx1b\): adj -500 -> -600: '
		done
	done
}

# The C library loads a gconv module for such a locale.
@test "privilege: character sets other than ASCII and UTF-8 are not loaded" {
	local dir=$privilege_dir/locale name=$'\301'

	mkdir -p "$dir"
	cp -a /usr/lib/locale/. "$dir/"
	localedef --no-archive -c -i ru_RU -f KOI8-R "$dir/odd.KOI8-R" >/dev/null 2>&1 || true
	[[ -f $dir/odd.KOI8-R/LC_CTYPE ]] && compgen -G '/usr/lib/*/gconv/KOI8-R.so' >/dev/null ||
		skip 'the character set KOI8-R is not there (package locales)'
	mount --bind "$dir" /usr/lib/locale
	cp /bin/sleep "$privilege_dir/$name"
	for mode in plain cap suid; do
		start carol "$privilege_dir/$name" 600
		status=0
		strace -qq -f -u carol -e trace=openat,open -o "$BATS_TEST_TMPDIR/trace" \
			env LC_ALL=odd.KOI8-R "$privilege_dir/$mode" set 5 "$pid" >"$BATS_TEST_TMPDIR/out" 3>&- || status=$?
		[ "$status" = 0 ] || break
		echo "$mode: $(cat "$BATS_TEST_TMPDIR/out")"
		grep -E 'locale|gconv' "$BATS_TEST_TMPDIR/trace" | tail -n 20
		case $mode in
		plain) grep -q 'gconv.*KOI8' "$BATS_TEST_TMPDIR/trace" && grep -qaF "($name)" "$BATS_TEST_TMPDIR/out" ;;
		*) ! grep -q 'gconv.*KOI8' "$BATS_TEST_TMPDIR/trace" && grep -qF '(\xc1)' "$BATS_TEST_TMPDIR/out" ;;
		esac || status=1
		[ "$status" = 0 ] || break
	done
	# Processes that started with this locale keep the mount busy.
	umount -l /usr/lib/locale
	[ "$status" = 0 ]
}

# refused_there TEXT: without a mapping for root, the launcher does not recognize the owner of its program.
refused_there() {
	if [[ $mode == suid ]]; then
		ended_with 4
		[[ $output == *'a user other than root can change it'* ]]
	else
		ended_with 3
		[[ $output == *"$1"* ]]
	fi
}

# In its own user namespace the caller chooses the IDs that the program sees, and no capability applies outside it.
@test "privilege: a caller in a user namespace causes no log line" {
	local kind pids=()

	log_start
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
		start carol sleep 600
		pids+=("$pid")
	done
	for mode in plain cap suid; do
		for kind in -Ur '-U --map-user=2003 --map-group=2003'; do
			# shellcheck disable=SC2086 # options
			try as carol unshare $kind "$privilege_dir/$mode" set -500 "${pids[@]}"
			refused_there 'initial user namespace'
			# shellcheck disable=SC2086
			try as carol unshare $kind "$privilege_dir/$mode" run -n -500 true
			ended_with 125
			adj_is "$pid" 0
		done
		# Without a mapping, setuid and setgid to the caller's IDs fail.
		try as carol unshare -U "$privilege_dir/$mode" set -500 "${pids[@]}"
		ended_with 3 4
		adj_is "$pid" 0
	done
	# Datagrams arrive in order, so an earlier line would be in the log by now.
	"$privilege_dir/plain" set -7 "$pid"
	eventually log_has "raised: uid 0 .root.: pid $pid "
	[ "$(wc -l <"$log")" = 1 ]
}

# A forged /proc claims to be in the initial user namespace; the kernel's answer shows that it is not.
@test "privilege: a forged /proc in a user namespace causes no log line" {
	local command

	log_start
	write_policy 'permit 2003 floor -500'
	start carol sleep 600
	mkdir -p "$privilege_dir/real"
	# shellcheck disable=SC2016 # The inner shell expands it.
	command='mount --rbind /proc "$0" && mount -t tmpfs none /proc && mkdir -p /proc/me/ns /proc/"$2" &&
		ln -s me /proc/self && ln -s "user:[4026531837]" /proc/me/ns/user && mount --bind "$0/$2" /proc/"$2" &&
		[ "$(readlink /proc/self/ns/user)" = "user:[4026531837]" ] && "$1" set "$3" "$2"'
	for mode in plain cap suid; do
		for kind in -Urm '-Um --map-user=2003 --map-group=2003 --keep-caps'; do
			# shellcheck disable=SC2086 # options
			for adj in -500 -501; do
				try as carol unshare $kind bash -c "$command" "$privilege_dir/real" "$privilege_dir/$mode" "$pid" "$adj"
				echo "$mode $kind $adj: $status $output"
				refused_there 'cannot set adj to'
				adj_is "$pid" 0
			done
		done
	done
	"$privilege_dir/plain" set -7 "$pid"
	eventually log_has "raised: uid 0 .root.: pid $pid "
	cat "$log"
	[ "$(wc -l <"$log")" = 1 ]
}

@test "privilege: nothing is raised without a log line" {
	log_start
	for mode in cap suid; do
		for files in 3 4 5 6 7 8 9 10 12; do
			: >"$log"
			renew
			try as carol prlimit --nofile=$files "$privilege_dir/$mode" set -500 "$pid"
			read_adj "$pid"
			[ "$adj" = 0 ] || log_has "raised: .*pid $pid "
			ended_with 0 1 3 4 127
		done
		adj_is "$pid" -500
	done
}

@test "privilege: a refusal names the policy line to ask the administrator for" {
	start alice sleep 600
	for mode in cap suid; do
		try as alice "$privilege_dir/$mode" set -900 "$pid"
		ended_with 3
		[[ $output == *"pid $pid (sleep): cannot set adj to -900: Permission denied"* ]]
		[[ $output == *"no rule in /etc/oomctl.conf matches alice; ask the administrator to append 'permit alice floor -900'"* ]]
		try as alice "$privilege_dir/$mode" policy
		ended_with 1
		[[ $output == *"alice is limited to the kernel's own rules"* ]]
		try as carol "$privilege_dir/$mode" policy
		ended_with 0
		[[ $output == *'carol is allowed to lower the adj of own processes, but not below -500'*'/etc/oomctl.conf:1 decides: permit @dba floor -500'* ]]
		[[ $output != *'without CAP_SYS_RESOURCE'* ]]
	done
	try as carol "$privilege_dir/plain" policy
	[[ $output == *'without CAP_SYS_RESOURCE, so the policy has no effect'* ]]
	# The suggested line is sufficient.
	write_policy 'permit @dba floor -500' 'permit alice floor -900'
	as alice "$privilege_dir/cap" set -900 "$pid"
	write_policy 'permit @dba floor -500'
	adj_is "$pid" -900
}
