#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: systemd
# The service that the manual shows, which sends a mail for each kill, with a stand-in for mail(1).
# This file must be the first of its guest that kills: earlier kills are passed on first, and only
# one in six seconds.

# shellcheck disable=SC2154,SC2016,SC2030,SC2031 # systemd.bash sets service_pid, and each test is a shell of its own.
bats_require_minimum_version 1.5.0
load systemd

manual=$BATS_TEST_DIRNAME/../../man/oomctl.8
mails=/run/lab/mails

# literal FIRST: the literal block of the manual that begins with this line, without roff's escapes.
literal() {
	awk -v first="$1" '/^\.Bd -literal/ { inside = 1; n = 0; next } /^\.Ed/ { inside = 0 }
		inside { if (n++ == 0) on = $0 == first; if (on) print }' "$manual" | sed 's/\\e$/\\/'
}

setup() {
	systemd_only
	reports_are_printed
	# /usr is read-only here.
	for dir in bin sbin; do
		mount -t tmpfs -o mode=755 tmpfs "/usr/local/$dir"
	done
	cp "$OOMCTL" /usr/local/bin/oomctl
	printf '%s\n' '#!/bin/sh' '[ -t 0 ] && exit 1' "{ printf '<%s>' \"\$@\"; echo; cat; echo .; } >>$mails" >/usr/local/bin/mail
	literal '[Unit]' >/etc/systemd/system/oom-mail.service
	literal '#!/bin/sh' >/usr/local/sbin/oom-mail
	chmod 755 /usr/local/bin/* /usr/local/sbin/oom-mail
	mkdir -p /run/lab
	: >"$mails"
	services+=(oom-mail)
	systemctl daemon-reload
}

teardown() {
	systemd_cleanup
	umount /usr/local/bin /usr/local/sbin
	rm -f /etc/systemd/system/oom-mail.service
}

has_result() {
	[[ $(ctl "$1" show -p Result --value) == "$2" ]]
}

# service_killed NAME: starts a service that exceeds its memory limit; sets service_pid.
service_killed() {
	service_start "$1" -p MemoryMax=20M -p MemorySwapMax=0 /run/lab/hog --anon 60M || return 1
	eventually has_result "$1" oom-kill
}

has_mail() {
	grep -q "^OOM_PID=$1$" "$mails"
}

@test "systemd: the unit of the manual mails each kill once, also those while it is stopped" {
	systemd-analyze verify /etc/systemd/system/oom-mail.service
	systemctl start oom-mail
	service_killed lab-mail-a
	eventually has_mail "$service_pid"
	first=$service_pid
	run sed -n "/^<-s>/,/^\.$/p" "$mails"
	assert_line '<-s><OOM kill: hog><root>'
	assert_line OOM_UNIT=lab-mail-a.service
	assert_line OOM_CONSTRAINT=memcg
	assert_line OOM_CGROUP=/system.slice/lab-mail-a.service
	assert_equal "$(systemctl show -p MainPID --value oom-mail)" "$(pgrep -o -x oomctl)"
	systemctl stop oom-mail
	assert_equal "$(systemctl show -p Result --value oom-mail)" success
	run ! pgrep -x oomctl
	service_killed lab-mail-b
	second=$service_pid
	systemctl start oom-mail
	eventually has_mail "$second"
	# One that systemd starts again.
	systemctl kill -s KILL --kill-whom=main oom-mail
	service_killed lab-mail-c
	eventually has_mail "$service_pid"
	sleep 3
	for pid in "$first" "$second" "$service_pid"; do
		assert_equal "$(grep -c "^OOM_PID=$pid$" "$mails")" 1
	done
	assert_equal "$(systemctl is-active oom-mail)" active
}

@test "systemd: a stop waits for the mail that is being sent" {
	systemctl start oom-mail
	sed -i '2i sleep 3' /usr/local/bin/mail
	: >"$mails"
	service_killed lab-mail-d
	sends() { pgrep -x mail >/dev/null; }
	eventually sends
	systemctl stop oom-mail
	has_mail "$service_pid"
}
