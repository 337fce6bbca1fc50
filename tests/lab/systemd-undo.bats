#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: systemd
# set, protect and unprotect --persist when something fails: nothing is changed. Faults of files are in
# tests/cli/persist.bats.

# shellcheck disable=SC2154,SC2016,SC2030,SC2031 # persist.bash sets service_pid; each test is a shell; with_systemctl.
load persist

setup() {
	systemd_only
	unit_make lab-a.service
}

teardown() {
	persist_cleanup
}

# For with_systemctl: only the first reload fails.
fail_once='[[ $* != *daemon-reload* || -e /run/lab/once ]] || { touch /run/lab/once; exit 7; }; exec "$real" "$@"'
# Each reload fails.
fail_all='[[ $* != *daemon-reload* ]] || { echo "Failed to reload: injected" >&2; exit 1; }; exec "$real" "$@"'

# unchanged COMMAND...: it fails, and changes nothing. Sets output and status.
unchanged() {
	snapshot >"$BATS_TEST_TMPDIR/before"
	run "$@"
	[ "$status" -ne 0 ]
	snapshot | diff "$BATS_TEST_TMPDIR/before" -
}

@test "undo: systemd cannot reload: file and processes are as before" {
	local command n=0

	start_unit lab-a.service
	unchanged with_systemctl "$fail_all" "$OOMCTL" set -500 --unit lab-a --persist
	[ "$status" = 4 ]
	assert_line 'oomctl: cannot reload systemd: Failed to reload: injected'
	# The second reload fails too, which it says.
	assert_line "oomctl: run 'systemctl daemon-reload'"
	[ ! -e "$units/lab-a.service.d" ]
	# The first alone fails.
	rm -f /run/lab/once
	unchanged with_systemctl "$fail_once" "$OOMCTL" set -500 --unit lab-a --persist
	[ "$status" = 4 ]
	assert_line 'oomctl: cannot reload systemd: /usr/bin/systemctl exited with status 7'
	assert_line 'oomctl: nothing was changed: files and processes are as before, and systemd has read all unit files again'
	"$OOMCTL" set -q -500 --unit lab-a --persist
	for command in 'set 7' 'protect --never' unprotect; do
		rm -f /run/lab/once
		# shellcheck disable=SC2086 # words
		unchanged with_systemctl "$fail_once" "$OOMCTL" $command --unit lab-a --persist
		assert_line 'oomctl: nothing was changed: files and processes are as before, and systemd has read all unit files again'
		n=$((n + 1))
	done
	((n == 3))
}

@test "undo: systemd does not read the file" {
	start_unit lab-a.service
	# A reload that does nothing, as in a chroot.
	unchanged with_systemctl '[[ $* != *daemon-reload* ]] || exit 0; exec "$real" "$@"' \
		"$OOMCTL" set -500 --unit lab-a --persist
	[ "$status" = 4 ]
	assert_line "oomctl: lab-a.service: after the reload systemd does not read $(dropin lab-a.service)"
	assert_line 'oomctl: nothing was changed: files and processes are as before, and systemd has read all unit files again'
}

@test "undo: systemctl does not answer" {
	unchanged with_systemctl '[[ $* != *"-- lab-a"* ]] || exec sleep 1000; exec "$real" "$@"' \
		"$OOMCTL" set -500 --unit lab-a --persist
	[ "$status" = 4 ]
	assert_line 'oomctl: lab-a.service: cannot read its settings: no answer within 30 seconds'
}

# Starts lab-a.service with two children. Sets main and pids.
start_three() {
	sed -i 's/exec sleep 1000/sleep 1001 \& sleep 1002 \& wait/' "$units/lab-a.service"
	systemctl start lab-a
	eventually has_started lab-a.service
	read -r _ main </run/lab/first.lab-a.service
	eventually has_two_children
}

has_two_children() {
	read -ra pids <"/proc/$main/task/$main/children"
	((${#pids[@]} == 2)) && [[ $(<"/proc/${pids[0]}/comm") == sleep && $(<"/proc/${pids[1]}/comm") == sleep ]]
}

without_cap() {
	setpriv --bounding-set -sys_resource --inh-caps -sys_resource "$@"
}

@test "undo: one of the processes cannot be changed: the others get their adj back" {
	start_three
	# The shell has the capability, so this is also the floor.
	echo 500 >"/proc/${pids[1]}/oom_score_adj"
	echo 50 >"/proc/${pids[0]}/oom_score_adj"
	unchanged without_cap "$OOMCTL" set 100 --unit lab-a --persist
	[ "$status" = 3 ]
	assert_output --partial "pid ${pids[1]} (sleep): cannot set adj to 100"
	# Nothing that was done only for a while.
	refute_output --partial 'OOMScoreAdjust=0 ->'
	refute_output --partial 'adj 50 -> 100'
	assert_line "oomctl: pid ${pids[0]} (sleep): adj 100 -> 50 (restored)"
	assert_line "oomctl: pid $main (bash): adj 100 -> 0 (restored)"
	assert_line 'oomctl: nothing was changed: files and processes are as before, and systemd has read all unit files again'
	[ "$(adj_of "$main") $(adj_of "${pids[0]}") $(adj_of "${pids[1]}")" = '0 50 500' ]
}

@test "undo: a failed protect leaves the earlier saved value, or none" {
	echo OOMScoreAdjust=400 >>"$units/lab-a.service"
	start_three
	# The floor of the first child is 50; it was protected before.
	echo 50 >"/proc/${pids[0]}/oom_score_adj"
	"$OOMCTL" set -q 400 "${pids[0]}"
	"$OOMCTL" protect -q -n 300 "${pids[0]}"
	cp -r /run/oomctl "$BATS_TEST_TMPDIR/saved"
	unchanged without_cap "$OOMCTL" protect -n 100 --unit lab-a --persist
	[ "$status" = 3 ]
	assert_line "oomctl: pid ${pids[0]} (sleep): adj 100 -> 300 (restored)"
	[ "$(adj_of "${pids[0]}")" = 300 ]
	diff -r "$BATS_TEST_TMPDIR/saved" /run/oomctl
	"$OOMCTL" unprotect -q "${pids[0]}"
	[ "$(adj_of "${pids[0]}")" = 400 ]
}

@test "undo: without CAP_SYS_RESOURCE nothing below systemd's adj is stored" {
	unchanged without_cap "$OOMCTL" protect --unit lab-a --persist
	[ "$status" = 3 ]
	assert_output --partial 'systemd has adj 0, and without CAP_SYS_RESOURCE'
	without_cap "$OOMCTL" set -q 10 --unit lab-a --persist
	start_unit lab-a.service
	[ "$first" = 10 ]
}

@test "undo: a signal does not interrupt a change" {
	start_unit lab-a.service
	rm -f /run/lab/reloading
	fake_systemctl '[[ $* != *daemon-reload* ]] || { touch /run/lab/reloading; sleep 1; }; exec "$real" "$@"'
	"${with_fake[@]}" "$OOMCTL" set -500 --unit lab-a --persist 3>&- &
	pid=$!
	eventually test -e /run/lab/reloading
	[ "$(<"/proc/$pid/comm")" = "${OOMCTL##*/}" ]
	kill -TERM "$pid"
	wait "$pid" && status=0 || status=$?
	[ "$status" = 143 ]
	[ "$(declared lab-a)" = -500 ]
	[ "$(adj_of "$service_pid")" = -500 ]
	[ "$(ls -A "$units/lab-a.service.d")" = 60-oomctl.conf ]
}

@test "undo: raised privileges never write a unit file" {
	local n=0

	install -m 4755 "$OOMCTL" /run/lab/setuid
	mount -o remount,suid /run 2>/dev/null || true
	echo 'permit labuser floor -1000' >/etc/oomctl.conf
	for command in 'set 5' protect unprotect; do
		# shellcheck disable=SC2086 # words
		unchanged as_user /run/lab/setuid $command --unit lab-a --persist
		[ "$status" = 3 ]
		assert_line 'oomctl: --persist is refused with raised privileges: run it as root'
		n=$((n + 1))
	done
	rm -f /etc/oomctl.conf /run/lab/setuid
	((n == 3))
}

@test "undo: a chroot, a container with the host's systemd, and a machine without systemd" {
	mkdir -p /run/lab/etc/systemd/system
	run unshare -m bash -c 'mount --bind /run/lab/etc/systemd "/etc/systemd" && exec "$@"' - \
		"$OOMCTL" set 5 --unit lab-a --persist
	assert_failure 4
	assert_output --partial "after the reload systemd does not read $(dropin lab-a.service)"
	[ -z "$(ls -A /run/lab/etc/systemd/system)" ]
	unchanged unshare -m bash -c 'mount -t tmpfs none /run/systemd && exec "$@"' - "$OOMCTL" set 5 --unit lab-a --persist
	[ "$status" = 4 ]
	assert_line 'oomctl: --persist needs systemd, which does not run here: there is no /run/systemd/system'
	unchanged with_systemctl 'exec "$real" "$@"' bash -c 'mount --bind /etc/passwd /usr/bin/systemctl && exec "$@"' - \
		"$OOMCTL" set 5 --unit lab-a --persist
	[ "$status" = 4 ]
	assert_output --partial '/usr/bin/systemctl is not installed'
}
