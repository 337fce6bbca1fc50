#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: systemd
# set, protect and unprotect --persist: systemd, the kernel and the files agree. What fails is in systemd-undo.bats.

# shellcheck disable=SC2154,SC2030,SC2031 # systemd.bash sets service_pid, and each test is a shell of its own.
bats_require_minimum_version 1.5.0
load persist

setup() {
	systemd_only
}

teardown() {
	persist_cleanup
}

@test "persist: a restarted unit has its value before its main process runs" {
	unit_make lab-a.service
	start_unit lab-a.service
	[ "$first" = 0 ]
	run --separate-stderr "$OOMCTL" set -500 --unit lab-a.service --persist
	assert_success
	assert_equal "$stderr" 'oomctl: children forked from now on inherit the new adj'
	assert_equal "$output" "lab-a.service: OOMScoreAdjust=0 -> -500, wrote $(dropin lab-a.service)
pid $service_pid (sleep): adj 0 -> -500
running now: 1 process with adj -500
to undo: oomctl unprotect --unit lab-a.service --persist"
	[ "$(adj_of "$service_pid")" = -500 ]
	[ "$(declared lab-a.service)" = -500 ]
	[ "$(stat -c '%a %U %G %F' "$(dropin lab-a.service)")" = '644 root root regular file' ]
	[ "$(stat -c '%a %U' "$units/lab-a.service.d")" = '755 root' ]
	start_unit lab-a.service
	[ "$first" = -500 ]
	run "$OOMCTL" explain "$service_pid"
	assert_output --partial "$(dropin lab-a.service)"
	[ "$(find "$units" -name '*oomctl*')" = "$(dropin lab-a.service)" ]
}

@test "persist: unprotect removes the file and its directory, and the processes have the old value" {
	unit_make lab-a.service OOMScoreAdjust=33
	start_unit lab-a.service
	"$OOMCTL" protect -q --unit lab-a --persist
	[ "$(adj_of "$service_pid")" = -999 ]
	# One process has a saved value, the next one none.
	run "$OOMCTL" unprotect --unit lab-a --persist
	assert_success
	assert_equal "$output" "lab-a.service: OOMScoreAdjust=-999 -> 33, removed $(dropin lab-a.service)
pid $service_pid (sleep): adj -999 -> 33"
	[ ! -e "$units/lab-a.service.d" ]
	"$OOMCTL" protect -q --unit lab-a --persist
	start_unit lab-a.service
	[ "$first" = -999 ]
	run "$OOMCTL" unprotect --unit lab-a --persist
	assert_success
	[ "$(adj_of "$service_pid")" = 33 ]
	[ "$(declared lab-a.service)" = 33 ]
	start_unit lab-a.service
	[ "$first" = 33 ]
	run "$OOMCTL" unprotect "$service_pid"
	assert_failure 1
	assert_output --partial 'no saved value'
}

@test "persist: unprotect says that the value of an earlier --persist is not restored" {
	local dry_run

	unit_make lab-a.service
	start_unit lab-a.service
	"$OOMCTL" set -q 300 --unit lab-a --persist
	"$OOMCTL" protect -q --unit lab-a --persist
	for dry_run in --dry-run -v; do
		run "$OOMCTL" unprotect --unit lab-a --persist $dry_run
		assert_success
		assert_line 'lab-a.service: the next start has adj 0, not the saved 300: an earlier value of --persist is not restored'
	done
	[ "$(adj_of "$service_pid")" = 300 ]
	# Without an earlier value, nothing is said.
	echo 0 >"/proc/$service_pid/oom_score_adj"
	"$OOMCTL" protect -q --unit lab-a --persist
	run "$OOMCTL" unprotect --unit lab-a --persist
	refute_output --partial 'next start'
}

@test "persist: unprotect leaves a value that the process set itself" {
	unit_make lab-a.service
	start_unit lab-a.service
	"$OOMCTL" set -q 300 --unit lab-a --persist
	echo 444 >"/proc/$service_pid/oom_score_adj"
	run "$OOMCTL" unprotect --unit lab-a --persist
	assert_success
	assert_output --partial "pid $service_pid (sleep): adj 444 is unchanged: it is not that of the file, 300, and it is not known what set it"
	[ "$(adj_of "$service_pid")" = 444 ]
}

@test "persist: unprotect leaves a value that a standing rule set, and says so" {
	unit_make lab-a.service
	start_unit lab-a.service
	"$OOMCTL" set -q 50 --unit lab-a --persist
	install -d -m 755 /run/oomctl.rules.d
	echo 'adj 44 unit lab-a.service user root' >/run/oomctl.rules.d/lab.rules
	run "$OOMCTL" apply
	rm /run/oomctl.rules.d/lab.rules
	assert_success
	[ "$(adj_of "$service_pid")" = 44 ]
	run "$OOMCTL" unprotect --unit lab-a --persist
	assert_success
	assert_output --partial "pid $service_pid (sleep): adj 44 is unchanged: a standing rule set it; see 'oomctl explain $service_pid'"
	[ "$(adj_of "$service_pid")" = 44 ]
}

@test "persist: a run that was killed is named, and the next one ends its change" {
	local old n=0

	unit_make lab-a.service
	start_unit lab-a.service
	old=$(dropin lab-a.service).old
	# It wrote the file, and systemd has read it; the process has the value of before.
	killed() {
		"$OOMCTL" set -q 20 --unit lab-a --persist
		cp "$(dropin lab-a.service)" "$BATS_TEST_TMPDIR/old"
		"$OOMCTL" set -q 320 --unit lab-a --persist
		mv "$BATS_TEST_TMPDIR/old" "$old"
		echo 20 >"/proc/$service_pid/oom_score_adj"
	}
	killed
	run "$OOMCTL" explain "$service_pid"
	assert_output --partial "$old is left of 'oomctl"
	run "$OOMCTL" unprotect --unit lab-a --persist --dry-run
	assert_line "pid $service_pid (sleep): adj 20 -> 0 (dry run)"
	[ -e "$old" ]
	run "$OOMCTL" unprotect --unit lab-a --persist
	assert_success
	assert_output --partial "an earlier run that changed $(dropin lab-a.service) was interrupted"
	assert_line "pid $service_pid (sleep): adj 20 -> 0"
	[ ! -e "$units/lab-a.service.d" ]
	killed
	"$OOMCTL" set -q 320 --unit lab-a --persist
	[ ! -e "$old" ]
	[ "$(adj_of "$service_pid")" = 320 ]
	# It had only removed the file.
	mv "$(dropin lab-a.service)" "$old"
	run "$OOMCTL" unprotect --unit lab-a --persist
	assert_success
	[ "$(adj_of "$service_pid")" = 0 ]
	[ ! -e "$units/lab-a.service.d" ]
	[ "$(declared lab-a.service)" = 0 ]
	# What the program did not write stays.
	mkdir "$units/lab-a.service.d"
	echo other >"$old"
	"$OOMCTL" set -q 5 --unit lab-a --persist --dry-run
	[ "$(<"$old")" = other ]
}

@test "persist: unprotect keeps a directory that it did not make, or that has other files" {
	unit_make lab-a.service
	mkdir "$units/lab-a.service.d"
	"$OOMCTL" set -q 100 --unit lab-a --persist
	"$OOMCTL" unprotect -q --unit lab-a --persist
	[ -d "$units/lab-a.service.d" ]
	rmdir "$units/lab-a.service.d"
	"$OOMCTL" set -q 100 --unit lab-a --persist
	other_dropin lab-a.service 20-other.conf 7
	run "$OOMCTL" unprotect --unit lab-a --persist
	assert_success
	assert_output --partial 'OOMScoreAdjust=100 -> 7, removed'
	[ "$(ls "$units/lab-a.service.d")" = 20-other.conf ]
	# It removes the directory that it made, although the value was replaced meanwhile.
	rm -r "$units/lab-a.service.d"
	"$OOMCTL" set -q 100 --unit lab-a --persist
	"$OOMCTL" set -q 200 --unit lab-a --persist
	"$OOMCTL" unprotect -q --unit lab-a --persist
	[ ! -e "$units/lab-a.service.d" ]
}

@test "persist: a second value replaces the first, and the message says how to get back" {
	unit_make lab-a.service
	"$OOMCTL" set -q -300 --unit lab-a --persist
	run "$OOMCTL" set 200 --unit lab-a.service --persist
	assert_success
	assert_equal "$output" "lab-a.service: OOMScoreAdjust=-300 -> 200, wrote $(dropin lab-a.service)
running now: no process; the next start has this adj
to undo: oomctl set -300 --unit lab-a.service --persist"
	run "$OOMCTL" set 200 --unit lab-a.service --persist
	assert_success
	assert_line --index 0 "lab-a.service: OOMScoreAdjust=200 is already in $(dropin lab-a.service)"
	refute_output --partial 'to undo'
	start_unit lab-a.service
	[ "$first" = 200 ]
}

@test "persist: protect never makes a unit easier to kill" {
	unit_make lab-a.service OOMScoreAdjust=-1000
	start_unit lab-a.service
	run "$OOMCTL" protect --unit lab-a --persist
	assert_success
	assert_line --index 0 'lab-a.service: OOMScoreAdjust=-1000 is unchanged (already protected more)'
	[ ! -e "$units/lab-a.service.d" ]
	[ "$(adj_of "$service_pid")" = -1000 ]
	run "$OOMCTL" protect -n -300 --unit lab-a --persist
	assert_failure 1
	assert_output --partial 'OOMScoreAdjust=-1000 protects more than -300'
	assert_output --partial 'nothing was changed'
	[ ! -e "$units/lab-a.service.d" ]
}

@test "persist: --never stores -1000, and warns of a cgroup without a killable process" {
	unit_make lab-a.service MemoryMax=50M
	start_unit lab-a.service
	run "$OOMCTL" protect --never --unit lab-a --persist
	assert_success
	assert_output --partial 'would contain no killable process'
	start_unit lab-a.service
	[ "$first" = -1000 ]
}

@test "persist: the old scale is converted, and a relative value is refused" {
	unit_make lab-a.service
	"$OOMCTL" set -q --oom-adj 15 --unit lab-a --persist
	[ "$(declared lab-a.service)" = 1000 ]
	run "$OOMCTL" set --by 5 --unit lab-a --persist
	assert_failure 2
	[ "$(declared lab-a.service)" = 1000 ]
}

@test "persist: --dry-run changes nothing, and shows what would change" {
	unit_make lab-a.service
	unit_make lab-b.service
	start_unit lab-a.service
	snapshot >"$BATS_TEST_TMPDIR/before"
	run "$OOMCTL" set -500 --unit lab-a --unit lab-b --persist --dry-run
	assert_success
	assert_line "lab-a.service: OOMScoreAdjust=0 -> -500, would write $(dropin lab-a.service) (dry run)"
	assert_line "lab-b.service: OOMScoreAdjust=0 -> -500, would write $(dropin lab-b.service) (dry run)"
	assert_line "pid $service_pid (sleep): adj 0 -> -500 (dry run)"
	snapshot | diff "$BATS_TEST_TMPDIR/before" -
	"$OOMCTL" set -q -500 --unit lab-a --persist
	start_unit lab-a.service
	snapshot >"$BATS_TEST_TMPDIR/before"
	run "$OOMCTL" unprotect --unit lab-a --persist --dry-run
	assert_success
	assert_line "lab-a.service: would remove $(dropin lab-a.service) (dry run)"
	assert_line "pid $service_pid (sleep): adj -500 -> 0 (dry run)"
	snapshot | diff "$BATS_TEST_TMPDIR/before" -
}

@test "persist: a later drop-in that overrides the value is named, and nothing is changed" {
	local value n=0

	unit_make lab-a.service
	start_unit lab-a.service
	for value in 50 ''; do
		other_dropin lab-a.service 70-x.conf "$value"
		snapshot >"$BATS_TEST_TMPDIR/before"
		for dry_run in --dry-run -v; do
			run "$OOMCTL" set -500 --unit lab-a --persist $dry_run
			assert_failure 3
			assert_output --partial "$(dropin lab-a.service 70-x.conf)"
			assert_output --partial 'adj -500 would have no effect'
			snapshot | diff "$BATS_TEST_TMPDIR/before" -
			n=$((n + 1))
		done
	done
	((n == 4))
	# An earlier one, one with the same value, and those that systemd ignores override nothing.
	other_dropin lab-a.service 85-x.conf 4
	sed -i 's/Service/Unit/' "$(dropin lab-a.service 85-x.conf)"
	other_dropin lab-a.service 86-x.conf 4
	sed -i 's/Service/Socket/' "$(dropin lab-a.service 86-x.conf)"
	other_dropin lab-a.service 70-x.conf -500
	other_dropin lab-a.service 80-x.conf 2000
	other_dropin lab-a.service 50-x.conf 3
	"$OOMCTL" set -q -500 --unit lab-a --persist
	start_unit lab-a.service
	[ "$first" = -500 ]
}

@test "persist: a drop-in of all services can override it" {
	unit_make lab-a.service
	mkdir -p "$units/service.d"
	printf '[Service]\nOOMScoreAdjust=9\n' >"$units/service.d/90-lab-all.conf"
	systemctl daemon-reload
	run "$OOMCTL" set -500 --unit lab-a --persist
	rm -r "$units/service.d"
	assert_failure 3
	assert_output --partial "$units/service.d/90-lab-all.conf sets OOMScoreAdjust=9"
	[ ! -e "$units/lab-a.service.d" ]
}

@test "persist: files that systemd has not read yet count as after the reload" {
	local dry_run n=0

	unit_make lab-a.service
	start_unit lab-a.service
	mkdir "$units/lab-a.service.d"
	printf '[Service]\nOOMScoreAdjust=50\n' >"$(dropin lab-a.service 70-x.conf)"
	for dry_run in --dry-run -v; do
		run "$OOMCTL" set -500 --unit lab-a --persist $dry_run
		assert_failure 3
		assert_output --partial "$(dropin lab-a.service 70-x.conf) sets OOMScoreAdjust=50"
		assert_line 'oomctl: nothing was changed'
		[ "$(ls "$units/lab-a.service.d")" = 70-x.conf ]
		[ "$(declared lab-a.service)" = 0 ]
		n=$((n + 1))
	done
	# One that is read before the file of the program overrides nothing.
	mv "$(dropin lab-a.service 70-x.conf)" "$(dropin lab-a.service 50-x.conf)"
	run "$OOMCTL" set -500 --unit lab-a --persist --dry-run
	assert_success
	assert_line --partial 'OOMScoreAdjust=50 -> -500, would write'
	run "$OOMCTL" set -500 --unit lab-a --persist
	assert_success
	assert_line --partial 'OOMScoreAdjust=50 -> -500, wrote'
	[ "$(declared lab-a.service)" = -500 ]
	# The unit file itself, which protects more; it is masked; it is gone.
	unit_make lab-b.service
	start_unit lab-b.service
	echo OOMScoreAdjust=-1000 >>"$units/lab-b.service"
	for dry_run in --dry-run -v; do
		run "$OOMCTL" protect --unit lab-b --persist $dry_run
		assert_success
		assert_line 'lab-b.service: OOMScoreAdjust=-1000 is unchanged (already protected more)'
		[ ! -e "$units/lab-b.service.d" ]
		n=$((n + 1))
	done
	ln -sf /dev/null "$units/lab-b.service"
	run "$OOMCTL" set 5 --unit lab-b --persist --dry-run
	assert_failure 3
	assert_output --partial 'lab-b.service is masked'
	rm "$units/lab-b.service"
	run "$OOMCTL" set 5 --unit lab-b --persist --dry-run
	assert_failure 1
	assert_output --partial 'lab-b.service: no such unit of the system'
	((n == 4))
}
