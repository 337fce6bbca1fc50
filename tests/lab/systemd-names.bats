#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: systemd
# --persist and the names of units: templates, aliases, patterns, units of users, units that are refused.

# shellcheck disable=SC2154,SC2030,SC2031 # systemd.bash sets service_pid, and each test is a shell of its own.
load persist

setup() {
	systemd_only
}

teardown() {
	persist_cleanup
}

@test "names: an instance has its own file" {
	unit_make lab-t@.service OOMScoreAdjust=5
	start_unit lab-t@1.service
	start_unit lab-t@2.service
	"$OOMCTL" set -q 100 --unit lab-t@2.service --persist
	[ -f "$(dropin lab-t@2.service)" ]
	[ "$(adj_of "$service_pid")" = 100 ]
	start_unit lab-t@2.service
	[ "$first" = 100 ]
	start_unit lab-t@1.service
	[ "$first" = 5 ]
}

@test "names: a template changes all instances, except those with their own value" {
	unit_make lab-t@.service
	start_unit lab-t@1.service
	one=$service_pid
	start_unit 'lab-t@a\x2db.service'
	two=$service_pid
	start_unit lab-t@own.service
	"$OOMCTL" set -q 77 --unit lab-t@own --persist
	run "$OOMCTL" set -400 --unit lab-t@.service --persist --dry-run
	assert_success
	assert_output --partial "lab-t@own.service keeps OOMScoreAdjust=77, which $(dropin lab-t@own.service) sets"
	assert_line "pid $one (sleep): adj 0 -> -400 (dry run)"
	[ ! -e "$units/lab-t@.service.d" ]
	run "$OOMCTL" set -400 --unit lab-t@.service --persist
	assert_success
	assert_line "lab-t@.service: OOMScoreAdjust=0 -> -400, wrote $(dropin lab-t@.service)"
	assert_output --partial "lab-t@own.service keeps OOMScoreAdjust=77, which $(dropin lab-t@own.service) sets"
	assert_line 'running now: 2 processes with adj -400'
	[ "$(adj_of "$one") $(adj_of "$two") $(adj_of "$service_pid")" = '-400 -400 77' ]
	start_unit lab-t@new.service
	[ "$first" = -400 ]
	start_unit 'lab-t@a\x2db.service'
	[ "$first" = -400 ]
	start_unit lab-t@own.service
	[ "$first" = 77 ]
	run "$OOMCTL" unprotect --unit lab-t@.service --persist
	assert_success
	[ "$(adj_of "$one") $(adj_of "$(main_pid lab-t@new)") $(adj_of "$service_pid")" = '0 0 77' ]
	assert_output --partial "lab-t@own.service keeps OOMScoreAdjust=77, which $(dropin lab-t@own.service) sets"
	refute_output --partial 'did not set it'
	[ ! -e "$units/lab-t@.service.d" ]
}

@test "names: more instances than selectors are allowed" {
	local i pid n=0

	printf '%s\n' '[Service]' 'ExecStart=/bin/sleep 1000' >"$units/lab-m@.service"
	systemctl daemon-reload
	systemctl start lab-m@{1..70}.service
	run "$OOMCTL" set 123 --unit lab-m@.service --persist
	assert_success
	assert_line 'running now: 70 processes with adj 123'
	for i in {1..70}; do
		pid=$(main_pid "lab-m@$i")
		[ "$(adj_of "$pid")" = 123 ] && n=$((n + 1))
	done
	[ "$n" = 70 ]
	"$OOMCTL" unprotect -q --unit lab-m@.service --persist
	[ "$(adj_of "$pid")" = 0 ]
}

@test "names: an alias names the unit, and two names of a unit are one" {
	unit_make lab-a.service
	ln -s lab-a.service "$units/lab-alias.service"
	systemctl daemon-reload
	start_unit lab-a.service
	run "$OOMCTL" set 90 --unit lab-alias --unit lab-a --persist
	assert_success
	assert_line "lab-a.service: OOMScoreAdjust=0 -> 90, wrote $(dropin lab-a.service)"
	[ "$(adj_of "$service_pid")" = 90 ]
	[ ! -e "$units/lab-alias.service.d" ]
	start_unit lab-a.service
	[ "$first" = 90 ]
	"$OOMCTL" unprotect -q --unit lab-alias --persist
	[ ! -e "$units/lab-a.service.d" ]
}

@test "names: a unit that is not loaded gets its value at its first start" {
	unit_make lab-a.service
	run "$OOMCTL" protect --unit lab-a.service --persist
	assert_success
	assert_line 'running now: no process; the next start has this adj'
	start_unit lab-a.service
	[ "$first" = -999 ]
}

@test "names: the names of units that have processes of several kinds" {
	printf '%s\n' '[Socket]' 'ListenStream=/run/lab/socket' 'ExecStartPre=/bin/sh -c "cp /proc/self/oom_score_adj /run/lab/first.socket"' \
		>"$units/lab-s.socket"
	printf '%s\n' '[Service]' 'ExecStart=/bin/sleep 1000' >"$units/lab-s.service"
	systemctl daemon-reload
	"$OOMCTL" set -q 66 --unit lab-s.socket --persist
	grep -qx '\[Socket\]' "$(dropin lab-s.socket)"
	systemctl start lab-s.socket
	[ "$(</run/lab/first.socket)" = 66 ]
}

@test "names: units whose processes have no unit file are refused, with the alternative" {
	unit_make lab-a.service
	ln -s /dev/null "$units/lab-masked.service"
	echo '[Service]' >"$units/lab-bad.service"
	systemctl daemon-reload
	service_start lab-tr sleep 1000
	snapshot >"$BATS_TEST_TMPDIR/before"
	run "$OOMCTL" set 5 --unit lab-none --persist
	assert_failure 1
	assert_line 'oomctl: lab-none.service: no such unit of the system'
	run "$OOMCTL" set 5 --unit lab-none@x.service --persist
	assert_failure 1
	run "$OOMCTL" set 5 --unit lab-none@.service --persist
	assert_failure 1
	assert_line 'oomctl: lab-none@.service: no such unit of the system'
	run "$OOMCTL" set 5 --unit lab-masked --persist
	assert_failure 3
	assert_output --partial "'systemctl unmask lab-masked.service'"
	run "$OOMCTL" set 5 --unit lab-bad --persist
	assert_failure 3
	assert_output --partial 'systemd cannot load it (bad-setting): Unit lab-bad.service has a bad unit file setting.'
	run "$OOMCTL" set 5 --unit lab-tr --persist
	assert_failure 3
	assert_output --partial "'systemd-run -p OOMScoreAdjust=5'"
	run "$OOMCTL" set 5 --unit system.slice --persist
	assert_failure 2
	assert_output --partial 'a slice has no OOMScoreAdjust='
	run "$OOMCTL" set 5 --unit init.scope --persist
	assert_failure 2
	assert_output --partial 'a scope has no OOMScoreAdjust='
	run "$OOMCTL" set 5 --unit basic.target --persist
	assert_failure 2
	# One bad unit, and no other is changed.
	run "$OOMCTL" set 5 --unit lab-a --unit lab-none --persist
	assert_failure 1
	assert_output --partial 'nothing was changed'
	snapshot | diff "$BATS_TEST_TMPDIR/before" -
}

@test "names: a pattern is refused, with the units that it matches" {
	unit_make lab-t@.service
	unit_make lab-a.service
	start_unit lab-t@1.service
	run "$OOMCTL" set 5 --unit 'lab-t@*' --persist
	assert_failure 2
	assert_line 'oomctl: it matches lab-t@.service'
	assert_line 'oomctl: it matches lab-t@1.service'
	assert_line "oomctl: for all instances, also later ones: --unit 'lab-t@.service'"
	run "$OOMCTL" set 5 --unit 'lab-[at]*' --persist
	assert_failure 2
	assert_line 'oomctl: it matches lab-a.service'
	refute_output --partial 'for all instances'
	run "$OOMCTL" set 5 --unit 'lab-none*' --persist
	assert_failure 2
	assert_line 'oomctl: it matches no unit of the system'
	[ -z "$(find "$units" -name '*oomctl*')" ]
}

@test "names: the file of another program, or one that was edited, is not touched" {
	local command n=0

	unit_make lab-a.service
	other_dropin lab-a.service 60-oomctl.conf 12
	snapshot >"$BATS_TEST_TMPDIR/before"
	for command in 'set 5' protect unprotect; do
		# shellcheck disable=SC2086 # words
		run "$OOMCTL" $command --unit lab-a --persist
		assert_failure 3
		assert_output --partial "$(dropin lab-a.service): oomctl did not write it"
		n=$((n + 1))
	done
	snapshot | diff "$BATS_TEST_TMPDIR/before" -
	rm -r "$units/lab-a.service.d"
	"$OOMCTL" set -q 5 --unit lab-a --persist
	cp "$(dropin lab-a.service)" "$BATS_TEST_TMPDIR/own"
	for command in 's/=5/=6/' '5aNice=5' '2d' 's/oomctl for adj 5/oomctl for adj 6/' 's/Service/Socket/'; do
		sed "$command" "$BATS_TEST_TMPDIR/own" >"$(dropin lab-a.service)"
		run "$OOMCTL" unprotect --unit lab-a --persist
		assert_failure 3
		assert_output --partial 'it was edited since oomctl wrote it'
		[ -f "$(dropin lab-a.service)" ]
		n=$((n + 1))
	done
	((n == 8))
	cp "$BATS_TEST_TMPDIR/own" "$(dropin lab-a.service)"
	"$OOMCTL" unprotect -q --unit lab-a --persist
}

@test "names: unprotect without a file, and of a unit that is gone" {
	unit_make lab-a.service
	start_unit lab-a.service
	"$OOMCTL" protect -q --unit lab-a
	run "$OOMCTL" unprotect --unit lab-a --persist
	assert_failure 1
	assert_output --partial "there is no $(dropin lab-a.service) to remove"
	[ "$(adj_of "$service_pid")" = -999 ]
	# A user's unit can have the same name.
	assert_line "oomctl: to restore only what runs now: 'oomctl unprotect --cgroup /system.slice/lab-a.service'"
	proposed 'to restore only what runs now'
	[ "$(adj_of "$service_pid")" = 0 ]
	"$OOMCTL" set -q 5 --unit lab-a --persist
	systemctl stop lab-a
	rm "$units/lab-a.service"
	systemctl daemon-reload
	"$OOMCTL" unprotect -q --unit lab-a --persist
	[ ! -e "$units/lab-a.service.d" ]
}

@test "names: a user's manager has its own units, and does not go below its own adj" {
	mkdir -p "$user_units"
	chown -R 5000:5000 /run/lab/home
	unit_make lab-user-a.service
	as_user systemctl --user daemon-reload
	ctl lab-user-a.service start
	service_pid=$(main_pid lab-user-a.service)
	[ "$(adj_of "$service_pid")" = 200 ]
	run as_user "$OOMCTL" set 150 --unit lab-user-a --persist
	assert_success
	assert_line "lab-user-a.service: OOMScoreAdjust=200 -> 150, wrote $(dropin lab-user-a.service)"
	assert_line 'running now: 1 process with adj 150'
	[ "$(stat -c '%a %U' "$(dropin lab-user-a.service)")" = '644 labuser' ]
	ctl lab-user-a.service restart
	[ "$(adj_of "$(main_pid lab-user-a.service)")" = 150 ]
	# What the messages propose works, at each step.
	run as_user "$OOMCTL" set 99 --unit lab-user-a --persist
	assert_failure 3
	assert_line 'oomctl: lab-user-a.service: your user manager has adj 100, and without CAP_SYS_RESOURCE cannot start a unit with adj 99'
	assert_output --partial "persist'; all units of the user without OOMScoreAdjust= then start with 199"
	assert_line 'oomctl: after that, repeat this command for lab-user-a.service'
	[ "$(declared lab-user-a.service)" = 150 ]
	proposed 'first root can lower the manager'
	[ "$(adj_of "$(systemctl show -p MainPID --value user@5000)")" = 99 ]
	service_pid=$(main_pid lab-user-a.service)
	[ "$(adj_of "$service_pid")" = 150 ]
	for dry_run in --dry-run -v; do
		run as_user "$OOMCTL" set 99 --unit lab-user-a --persist $dry_run
		assert_failure 3
		refute_output --partial 'run as root'
		assert_line 'oomctl: after that, repeat this command for lab-user-a.service'
		[ "$(declared lab-user-a.service)" = 150 ]
	done
	proposed 'root can lower what runs now'
	[ "$(adj_of "$service_pid")" = 99 ]
	as_user "$OOMCTL" set -q 99 --unit lab-user-a --persist
	ctl lab-user-a.service restart
	[ "$(adj_of "$(main_pid lab-user-a.service)")" = 99 ]
	as_user systemd-run --user -q --unit=lab-user-b -p Type=exec sleep 1000
	[ "$(adj_of "$(main_pid lab-user-b.service)")" = 199 ]
	ctl lab-user-b.service stop
	"$OOMCTL" unprotect -q --unit user@5000.service --persist
	[ "$(adj_of "$(systemctl show -p MainPID --value user@5000)")" = 100 ]
	run as_user "$OOMCTL" unprotect --unit lab-user-a --persist
	assert_success
	[ "$(adj_of "$(main_pid lab-user-a.service)")" = 200 ]
	[ ! -e "$user_units/lab-user-a.service.d" ]
	ctl lab-user-a.service stop
	# Root changes units of the system, a user none.
	run "$OOMCTL" set 150 --unit lab-user-a --persist
	assert_failure 1
	assert_output --partial 'run this as that user'
	unit_make lab-a.service
	run as_user "$OOMCTL" set 150 --unit lab-a --persist
	assert_failure 1
	assert_line 'oomctl: lab-a.service: no such unit of your user manager'
	assert_line 'oomctl: for a unit of the system, run this as root'
}

@test "names: a command that is proposed changes no unit of the same name" {
	local own other name='lab-user-b\x2dc.service'

	mkdir -p "$user_units"
	chown -R 5000:5000 /run/lab/home
	unit_make "$name"
	cp "$user_units/$name" "$units/$name"
	sed -i 's/sleep 1000/sleep 999/' "$units/$name"
	chmod 644 "$user_units/$name"
	systemctl daemon-reload
	as_user systemctl --user daemon-reload
	ctl "$name" start
	systemctl start "$name"
	own=$(main_pid "$name") other=$(systemctl show -p MainPID --value "$name")
	run as_user "$OOMCTL" set 20 --unit "$name" --persist
	assert_failure 3
	proposed 'root can lower what runs now'
	[ "$(adj_of "$own")" = 20 ]
	[ "$(adj_of "$other")" = 0 ]
	systemctl stop "$name"
	ctl "$name" stop
	# One that the user's manager made: the same, and no more if it is refused in any case.
	as_user systemd-run --user -q --unit=lab-user-t -p Type=exec sleep 1000
	own=$(main_pid lab-user-t.service)
	run as_user "$OOMCTL" protect -n 150 --unit lab-user-t --persist
	assert_failure 3
	assert_output --partial "'oomctl protect -n 150 --cgroup /user.slice/"
	run as_user "$OOMCTL" protect --unit lab-user-t --persist
	assert_failure 3
	refute_output --partial 'to change what runs now'
	proposed 'root can lower what runs now'
	[ "$(adj_of "$own")" = -999 ]
	ctl lab-user-t.service stop
}

@test "names: a path and a name that are shown can be copied" {
	local name path

	name=$(systemd-escape --suffix=service $'lab-\xc3\xa9 x')
	unit_make "$name"
	run "$OOMCTL" set 44 --unit "$name" --persist
	assert_success
	path=${lines[0]#*wrote }
	eval "path=$path name=${lines[0]%%: *}"
	[ -e "$path" ]
	[ "$name" = "$(systemd-escape --suffix=service $'lab-\xc3\xa9 x')" ]
	eval "PATH=${OOMCTL%/*}:$PATH ${lines[2]#to undo: }"
	[ ! -e "$path" ]
}

@test "names: a masked unit: the command that is proposed unmasks it" {
	local runtime name='lab-m\x2da.service'

	for runtime in '' --runtime; do
		# shellcheck disable=SC2086 # none or one word
		systemctl mask -q $runtime "$name"
		[ "$(systemctl show -p LoadState --value "$name")" = masked ]
		run "$OOMCTL" set 5 --unit "$name" --persist
		assert_failure 3
		proposed 'is masked, so systemd never starts it: first run'
		[ "$(systemctl show -p LoadState --value "$name")" = not-found ]
	done
}

# A user can have links, such as from ~/.config; systemd prints the paths without them.
@test "names: a unit of the system with the name of a user's unit" {
	rm -rf /run/lab/home/.config
	mkdir -p /run/lab/home/dotfiles
	ln -s dotfiles /run/lab/home/.config
	mkdir -p "$user_units"
	chown -R 5000:5000 /run/lab/home
	unit_make lab-user-a.service
	sed 's/first/second/' "$user_units/lab-user-a.service" >"$units/lab-user-a.service"
	systemctl daemon-reload
	as_user systemctl --user daemon-reload
	ctl lab-user-a.service start
	systemctl start lab-user-a.service
	"$OOMCTL" set -q -5 --unit lab-user-a --persist
	[ "$(adj_of "$(main_pid lab-user-a.service)")" = 200 ]
	[ "$(adj_of "$(systemctl show -p MainPID --value lab-user-a.service)")" = -5 ]
	as_user "$OOMCTL" set -q 250 --unit lab-user-a --persist
	[ "$(adj_of "$(main_pid lab-user-a.service)")" = 250 ]
	[ "$(adj_of "$(systemctl show -p MainPID --value lab-user-a.service)")" = -5 ]
	as_user "$OOMCTL" unprotect -q --unit lab-user-a --persist
	[ "$(adj_of "$(main_pid lab-user-a.service)")" = 200 ]
	ctl lab-user-a.service stop
}
