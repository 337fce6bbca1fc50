#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# --persist as far as it needs no systemd; the rest is in tests/lab/systemd-*.bats.

# shellcheck disable=SC2154,SC2016,SC2030,SC2031 # bats sets these; names with special characters; each test is a shell

load cli

# refused STATUS TEXT ARGUMENT...: nothing on standard output, and TEXT first on standard error.
refused() {
	run --separate-stderr oomctl "${@:3}"
	assert_equal "$status" "$1"
	assert_equal "$output" ''
	assert_equal "${stderr_lines[0]}" "oomctl: $2"
}

@test "persist: it needs a unit, and no other selector" {
	local command words n=0

	for command in 'set 5' protect unprotect; do
		for words in "$$" "-p $$" '--name x' '--unit a --name x' '--unit a --tree' "--unit a $$" '--unit a --user root' \
			'--unit a --cgroup /x' '--unit a --container x' '--unit a --exe /x' '--unit a --cmdline x' \
			'--unit a --parent 1' '--unit a --with-adj 0..5' '--unit a --pidfile /x'; do
			# shellcheck disable=SC2086 # words
			refused 2 "${command% *}: --persist needs --unit NAME, and no PID or other selector" \
				$command --persist $words
			n=$((n + 1))
		done
	done
	((n == 42))
}

@test "persist: values that no unit file can contain" {
	refused 2 'set: --by and --persist are mutually exclusive: OOMScoreAdjust= has no relative values' \
		set --by 5 --unit a --persist
	refused 2 'unprotect: --reset and --persist are mutually exclusive: processes get the OOMScoreAdjust= that remains' \
		unprotect --reset --unit a --persist
	refused 2 'adj must be -1000 to 1000, not 1001' set 1001 --unit a --persist
	refused 2 "adj must be a number, not 'never'" set never --unit a --persist
}

@test "persist: names that no unit can have" {
	local name n=0

	for name in 'a b' 'a%i' "a'b" 'a"b' 'a;b' 'a$b' $'a\nb' $'a\tb' $'\xc3\xa4'; do
		run --separate-stderr oomctl protect --unit "$name" --persist
		assert_failure 2
		[[ $stderr == *'only letters, digits and :-_.\@ are allowed (see systemd-escape(1))'* ]]
		n=$((n + 1))
	done
	((n == 9))
	for name in @ @x.service .service; do
		run --separate-stderr oomctl protect --unit "$name" --persist
		assert_failure 2
		[[ $stderr == *"--unit '$name': nothing precedes the '@' or the type"* ]]
	done
	for name in ../x a/b ../../../tmp/x.service / ''; do
		refused 2 "--unit: '$name' is not a name" protect --unit "$name" --persist
	done
	name=$(printf 'a%.0s' {1..246})
	run oomctl protect --unit "$name" --persist
	assert_failure 2
	assert_output --partial 'it has more than 253 bytes'
	run oomctl protect --unit "$name$name" --persist
	assert_failure 2
}

@test "persist: types of units without OOMScoreAdjust=" {
	local type

	refused 2 'x.slice: a slice has no OOMScoreAdjust=: name the services in it' set 5 --unit x.slice --persist
	run oomctl set 5 --unit x.scope --persist
	assert_failure 2
	assert_output --partial 'x.scope: a scope has no OOMScoreAdjust='
	for type in target timer path device automount; do
		refused 2 "x.$type: a unit of type $type has no processes: name the service that it starts" \
			protect --unit x.$type --persist
	done
}

@test "persist: a machine without systemd" {
	local command hide=()

	if [[ -d /run/systemd/system ]]; then
		mounts_or_skip
		# shellcheck disable=SC2016 # the inner shell expands it
		hide=(unshare -m sh -c 'mount -t tmpfs none /run/systemd && exec "$@"' -)
	fi
	for command in 'set 5' protect unprotect 'set 5 --dry-run'; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr "${hide[@]}" "$OOMCTL" $command --unit a --persist
		assert_failure 4
		assert_equal "$output" ''
		assert_equal "${stderr_lines[0]}" \
			'oomctl: --persist needs systemd, which does not run here: there is no /run/systemd/system'
		assert_equal "${stderr_lines[1]}" \
			"oomctl: to start a program with an adj: 'oomctl run -n ADJ -- COMMAND'"
	done
}

# A machine with the systemctl of this folder, in a mount namespace that a process holds. Sets units to its directory of
# unit files, and state to that of its systemctl.
machine_start() {
	mounts_or_skip
	[[ -d /etc/systemd && -d /run && -x /usr/bin/systemctl ]] || skip 'needs systemctl'
	# shellcheck disable=SC2016 # the inner shell expands it
	unshare -m --propagation private bash -c 'mount -t tmpfs -o mode=755 none /run && mkdir -p /run/systemd/{system,loaded} &&
		mount -t tmpfs -o mode=755 none /etc/systemd && mkdir /etc/systemd/system && touch /run/systemd/cgroup &&
		mount --bind "$1" /usr/bin/systemctl && exec sleep 1000' - "$BATS_TEST_DIRNAME/systemctl" 3>&- &
	machine=$!
	cli_pids+=("$machine")
	until_asleep "$machine" sleep
	units=/proc/$machine/root/etc/systemd/system state=/proc/$machine/root/run/systemd
	file=$units/a.service.d/60-oomctl.conf
}

# on_machine COMMAND...
on_machine() {
	nsenter -t "$machine" -m "$@"
}

persist() {
	on_machine timeout -k 5 60 "$OOMCTL" "$@" --persist
}

files() {
	find "$units" "$state/loaded" -printf '%p %y %m %U %l\n' | LC_ALL=C sort
	find "$units" -type f -exec cat {} +
}

# unchanged STATUS COMMAND...: it fails, and changes no file. Sets output.
unchanged() {
	local want=$1

	files >"$BATS_TEST_TMPDIR/before"
	run "${@:2}"
	assert_equal "$status" "$want"
	files | diff "$BATS_TEST_TMPDIR/before" -
}

# after ACTION SCRIPT: systemctl runs SCRIPT when its arguments contain ACTION.
after() {
	printf 'if [[ $* == *"%s"* ]]; then %s; fi\n' "$1" "$2" >"$state/script"
}

@test "persist: the file, its directory, and the messages" {
	machine_start
	run persist set 5 --unit a
	assert_success
	assert_equal "$output" 'a.service: OOMScoreAdjust=0 -> 5, wrote /etc/systemd/system/a.service.d/60-oomctl.conf
running now: no process; the next start has this adj
to undo: oomctl unprotect --unit a.service --persist'
	assert_equal "$(<"$file")" '# Written by oomctl for adj 5. It is replaced or removed only if it is unchanged.
# Other settings belong in another file, such as 70-local.conf.
# Its directory was made for it.
[Service]
OOMScoreAdjust=5'
	run persist set 6 --unit 'x\x2dy.mount'
	assert_success
	assert_line "to undo: oomctl unprotect --unit 'x\\x2dy.mount' --persist"
	assert_equal "$(tail -n 2 "$units/x\\x2dy.mount.d/60-oomctl.conf")" $'[Mount]\nOOMScoreAdjust=6'
	run persist set -q 7 --unit a --unit 'x\x2dy.mount'
	assert_success
	assert_equal "$output" ''
	run persist unprotect --unit a --unit 'x\x2dy.mount'
	assert_success
	assert_line --index 0 'a.service: OOMScoreAdjust=7 -> 0, removed /etc/systemd/system/a.service.d/60-oomctl.conf'
	assert_equal "$(ls -A "$units")" ''
}

@test "persist: names that look like options, paths, or other directories" {
	local name n=0

	machine_start
	for name in .. ... -x --help a@b@c -- "$(printf 'a%.0s' {1..245})"; do
		run persist set 5 "--unit=$name"
		assert_success
		[ -f "$units/$name.service.d/60-oomctl.conf" ]
		run persist unprotect "--unit=$name"
		assert_success
		n=$((n + 1))
	done
	((n == 7))
	assert_equal "$(ls -A "$units")" ''
}

@test "persist: systemctl fails, or prints nonsense" {
	local script n=0

	machine_start
	persist set -q 5 --unit a
	for script in 'cat /dev/zero' 'seq 10000000' 'exit 0' 'exit 3' 'kill -KILL $$' 'echo Id=../x.service' \
		'printf "Id=a.service\n\nId=b.service\n"' 'printf "Id=a.slice\nLoadState=loaded\nOOMScoreAdjust=0\n"' \
		'printf "Id=a.service\nLoadState=loaded\nOOMScoreAdjust=99999\n"' 'echo "\"\"\\" >&2; exit 1'; do
		after ' -- ' "$script; exit"
		unchanged 4 persist set 6 --unit a
		[ "${#output}" -lt 1000 ]
		assert_line 'oomctl: nothing was changed'
		n=$((n + 1))
	done
	for script in 'exit 0' 'exit 3' 'echo UnitPath=/x' 'echo UnitPath=' 'cat /dev/zero'; do
		after UnitPath "$script; exit"
		unchanged 4 persist set 6 --unit a
		n=$((n + 1))
	done
	((n == 15))
}

@test "persist: a masked unit, and the command that unmasks it, if there is one" {
	local path words n=0

	machine_start
	while IFS='|' read -r path words; do
		# shellcheck disable=SC2016 # it is the script's
		printf 'case "$*" in *" -- "*) printf "%%s\n" Id=a.service LoadState=masked "FragmentPath=%s"; exit;; esac\n' \
			"$path" >"$state/script"
		unchanged 3 persist set 5 --unit a
		assert_line --index 0 "oomctl: a.service is masked$words"
		n=$((n + 1))
	done <<-END
		/etc/systemd/system/a.service|, so systemd never starts it: first run 'systemctl unmask a.service'
		/run/systemd/system/a.service|, so systemd never starts it: first run 'systemctl unmask --runtime a.service'
		/usr/lib/systemd/system/a.service| by /usr/lib/systemd/system/a.service, so systemd never starts it
		/lib/systemd/system/a.service| by /lib/systemd/system/a.service, so systemd never starts it
	END
	((n == 4))
}

@test "persist: systemd cannot reload, or does not read the file" {
	local command script n=0

	machine_start
	persist set -q 5 --unit b --unit c
	for script in 'exit 7' 'echo Failed: injected >&2; exit 1' 'kill -KILL $$' 'exit 0'; do
		for command in 'set 6 --unit b --unit a --unit c' 'unprotect --unit c --unit b' 'set 6 --unit a'; do
			# Only the first reload fails.
			after daemon-reload "[[ -e /run/once ]] || { touch /run/once; $script; }"
			rm -f "/proc/$machine/root/run/once"
			# shellcheck disable=SC2086 # words
			unchanged 4 persist $command
			assert_line 'oomctl: nothing was changed: files and processes are as before, and systemd has read all unit files again'
			n=$((n + 1))
		done
	done
	((n == 12))
	after daemon-reload 'echo Failed: injected >&2; exit 1'
	unchanged 4 persist set 6 --unit a
	assert_line 'oomctl: cannot reload systemd: Failed: injected'
	assert_line "oomctl: run 'systemctl daemon-reload'"
}

@test "persist: a read-only or full disk, and limits" {
	machine_start
	persist set -q 5 --unit b
	on_machine mount -o remount,ro /etc/systemd
	unchanged 3 persist set 6 --unit a
	assert_output --partial 'Read-only file system'
	unchanged 3 persist set 6 --unit a --dry-run
	unchanged 3 persist unprotect --unit b
	on_machine mount -o remount,rw,size=32k /etc/systemd
	mkdir "$units/a.service.d"
	head -c 100000 /dev/zero >"$units/fill" || true
	unchanged 4 persist set 6 --unit a
	assert_output --partial 'No space left on device'
	unchanged 4 persist set 6 --unit b
	# It is removed nevertheless.
	persist unprotect -q --unit b
	rm "$units/fill"
	unchanged 4 on_machine bash -c 'ulimit -f 0; exec "$@"' - "$OOMCTL" set 6 --unit a --persist
	unchanged 4 on_machine bash -c 'ulimit -n 8; exec "$@"' - "$OOMCTL" set 6 --unit a --persist
}

@test "persist: no link is followed, and what is not a directory or file is left" {
	local kind command n=0

	machine_start
	mkdir "$state/elsewhere"
	for kind in 'ln -s /run/systemd/elsewhere' 'ln -s nowhere' touch mkfifo; do
		# shellcheck disable=SC2086 # words
		$kind "$units/a.service.d"
		for command in 'set 5' unprotect 'set 5 --dry-run'; do
			# shellcheck disable=SC2086 # words
			unchanged 3 persist $command --unit a
			assert_output --regexp 'a.service.d is (a symbolic link|not a directory)'
			n=$((n + 1))
		done
		rm "$units/a.service.d"
	done
	mkdir "$units/a.service.d"
	echo keep >"$state/elsewhere/file"
	for kind in 'ln -s /run/systemd/elsewhere/file' 'ln -s /dev/null' 'ln -s nowhere' mkfifo mkdir; do
		# shellcheck disable=SC2086 # words
		$kind "$file"
		unchanged 3 persist set 5 --unit a
		assert_output --partial '60-oomctl.conf: it is not a regular file'
		rm -d "$file"
		n=$((n + 1))
	done
	((n == 17))
	# Leftovers of a run that was killed.
	ln -s /run/systemd/elsewhere/file "$file.new"
	ln -s /run/systemd/elsewhere/file "$file.old"
	persist set -q 5 --unit a
	persist set -q 6 --unit a
	assert_equal "$(ls -A "$units/a.service.d")" 60-oomctl.conf
	assert_equal "$(<"$state/elsewhere/file")" keep
}

@test "persist: a directory that others can change is refused" {
	machine_start
	mkdir "$units/a.service.d"
	chown 65534 "$units/a.service.d"
	unchanged 3 persist set 5 --unit a
	assert_output --partial 'a.service.d does not belong to root'
	chown 0 "$units/a.service.d"
	chmod 775 "$units/a.service.d"
	unchanged 3 persist set 5 --unit a
	assert_output --partial 'a.service.d can be written to by users other than root'
	chmod 755 "$units/a.service.d"
	chmod 777 "$units"
	unchanged 3 persist set 5 --unit a
	assert_output --partial '/etc/systemd/system can be written to by users other than root'
	chmod 755 "$units"
	chmod 757 "$units/.."
	unchanged 3 persist set 5 --unit a
	assert_output --partial ': /etc/systemd can be written to by users other than root'
	chmod 755 "$units/.."
	mv "$units" "$units/../elsewhere"
	ln -s elsewhere "$units"
	run persist set 5 --unit a
	assert_failure 3
	assert_output --partial '/etc/systemd/system is a symbolic link'
	assert_equal "$(ls "$units/../elsewhere")" a.service.d
}

@test "persist: modes do not depend on the umask" {
	local mask

	machine_start
	for mask in 0 777; do
		(umask "$mask" && persist set -q 5 --unit a)
		assert_equal "$(stat -c %a "$file" "$units/a.service.d" | xargs)" '644 755'
		persist unprotect -q --unit a
	done
}

@test "persist: runs at the same time follow each other" {
	local i pids=() n=0 adj

	machine_start
	after daemon-reload 'sleep 0.1'
	for i in {1..6}; do
		persist set -q "$i" --unit a 3>&- &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		# One that waits for more than 5 s is refused.
		! wait "$i" || n=$((n + 1))
	done
	((n >= 1))
	adj=$(sed -n 's/^OOMScoreAdjust=//p' "$file")
	((adj >= 1 && adj <= 6))
	assert_equal "$(ls -A "$units/a.service.d")" 60-oomctl.conf
	assert_equal "$(ls -A "$units")" a.service.d
	grep -qx "OOMScoreAdjust=$adj" "$state/loaded/a.service.d/60-oomctl.conf"
}

@test "persist: the caller's environment does not reach systemctl" {
	machine_start
	echo 'env >>/run/systemd/environment' >"$state/script"
	SYSTEMD_UNIT_PATH=/nowhere SYSTEMD_PAGER=false XDG_RUNTIME_DIR=/nowhere LC_ALL=C.UTF-8 persist set -q 5 --unit a
	# A shell adds some of its own.
	assert_equal "$(grep -vE '^(PWD|SHLVL|_|OLDPWD)=' "$state/environment" | sort -u)" 'LC_ALL=C
PATH=/usr/sbin:/usr/bin:/sbin:/bin'
}

@test "persist: a user's own units, not below the adj of the user's manager" {
	local as_user=(setpriv --reuid 65534 --regid 65534 --clear-groups) home

	machine_start
	home=/proc/$machine/root/run/home
	mkdir "$home"
	chown 65534 "$home"
	actor_start hold 1
	echo 100 >"/proc/$actor_pid/oom_score_adj"
	echo "$actor_pid" >"$state/manager"
	install -m 755 "$OOMCTL" "$home/../oomctl"
	# The directories are made, and removed again if nothing is changed.
	after daemon-reload 'exit 1'
	run on_machine "${as_user[@]}" /run/oomctl set 150 --unit a --persist
	assert_failure 4
	[ ! -e "$home/.config" ]
	rm "$state/script"
	run on_machine "${as_user[@]}" /run/oomctl set 150 --unit a --persist
	assert_success
	assert_line --index 0 'a.service: OOMScoreAdjust=200 -> 150, wrote /run/home/.config/systemd/user/a.service.d/60-oomctl.conf'
	assert_equal "$(stat -c '%a %u' "$home/.config/systemd/user/a.service.d/60-oomctl.conf")" '644 65534'
	run on_machine "${as_user[@]}" /run/oomctl set 99 --unit a --persist
	assert_failure 3
	assert_line --index 0 'oomctl: a.service: your user manager has adj 100, and without CAP_SYS_RESOURCE cannot start a unit with adj 99'
	run on_machine "${as_user[@]}" /run/oomctl unprotect --unit a --persist
	assert_success
	assert_line --index 0 --partial 'OOMScoreAdjust=150 -> 200, removed'
	# Links in a home directory are the user's own.
	mv "$home/.config" "$home/dotfiles"
	ln -s dotfiles "$home/.config"
	run on_machine "${as_user[@]}" /run/oomctl set 150 --unit a --persist
	assert_success
	mkdir "$home/dotfiles/systemd/user/b.service.d"
	run on_machine "${as_user[@]}" /run/oomctl set 150 --unit b --persist
	assert_failure 3
	assert_output --partial 'b.service.d belongs to another user'
	# Without its manager the limit is unknown.
	rm "$state/manager"
	run on_machine "${as_user[@]}" /run/oomctl set 150 --unit c --persist
	assert_failure 4
	assert_equal "$(ls "$units")" ''
}

@test "group: a manager that does not answer delays what is only shown by 5 seconds" {
	machine_start
	echo 'exec sleep 60' >"$state/script"
	SECONDS=0
	run on_machine timeout -k 5 60 "$OOMCTL" group --unit a
	assert_failure 4
	assert_output 'oomctl: cannot use the systemd manager: no answer within 5 seconds'
	((SECONDS < 20))
}
