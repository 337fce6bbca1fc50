#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: systemd
# If memory.oom.group of a slice makes the kernel kill processes of several units, explain, predict and log
# state what systemd does with each, and it does that.

# shellcheck disable=SC2154,SC2030,SC2031 # effects.bash sets these, and each test is a shell of its own.
load effects
bats_require_minimum_version 1.5.0

setup() {
	effects_setup
}

teardown() {
	effects_cleanup
	rm -f "$units"/lab-*.slice "$units"/lab-*.service
	systemctl daemon-reload
}

# in_slice SLICE: all units of names have the limit of the slice, whose processes are killed together.
in_slice() {
	local name

	printf '[Slice]\nMemoryMax=60M\nMemorySwapMax=0\n' >"$units/$1"
	for name in "${names[@]}"; do
		sed -i '/^Memory\(Max\|SwapMax\)=/d' "$units/$name"
	done
	units_start
	slice=$(systemctl show -p ControlGroup --value "$1")
	"$OOMCTL" group on -q --cgroup "$slice"
}

# effects ARRAY: a line "UNIT EFFECT RESULT RESTARTED" for each unit in the JSON.
effects() {
	jq -r ".$1[0] | .systemd, .other_units[] | [.unit, .effect, .result, .restarted] | map(tostring) | join(\" \")" | LC_ALL=C sort
}

# states: what systemd did: a line "UNIT RESULT STATE" for each unit.
states() {
	local name

	for name in "${names[@]}"; do
		echo "$name $(systemctl show -p Result,ActiveState --value "$name" | xargs)"
	done | LC_ALL=C sort
}

has_states() {
	[[ $(states) == "$1" ]]
}

three_units() {
	effect_unit lab-a child OOMPolicy=stop Restart=on-failure RestartSec=5min Slice=lab-grp.slice
	effect_unit lab-b child OOMPolicy=continue Restart=no Slice=lab-grp.slice
	effect_unit lab-c main OOMPolicy=kill Restart=no Slice=lab-grp-inner.slice
	in_slice lab-grp.slice
}

@test "systemd: a group of a slice: each unit is named, and ends as predicted" {
	three_units
	said='lab-a.service stopped oom-kill true
lab-b.service ended signal false
lab-c.service killed oom-kill false'
	run --separate-stderr "$OOMCTL" explain -J "${hogs[lab-a.service]}"
	matches_schema explain
	assert_equal "$(effects processes <<<"$output")" "$said"
	[[ $(jq -r '.processes[0].systemd.unit' <<<"$output") == lab-a.service ]]
	run "$OOMCTL" explain "${hogs[lab-b.service]}"
	text=$(tr -s '\n ' ' ' <<<"$output")
	[[ $text == *'If the kernel kills it: lab-b.service ends with its main process (OOMPolicy=continue); systemd does not restart it (Restart=no) '* ]]
	[[ $text == *'systemd stops lab-a.service (2 processes, OOMPolicy=stop); systemd restarts it after 300 s (Restart=on-failure)'* ]]
	[[ $text == *'the kernel and systemd kill all of lab-c.service (2 processes, OOMPolicy=kill); systemd does not restart it (Restart=no)'* ]]
	# Without the others the first victim is one of them.
	run "$OOMCTL" predict --cgroup "$slice" -J --kills 1
	assert_equal "$(jq -r '.victims[0] | .dies' <<<"$output")" 6
	assert_equal "$(jq -r '.victims[0] | [.unit + "=" + .unit_effect, (.other_units | split(" ")[])] | sort | join(" ")' <<<"$output")" \
		'lab-a.service=stopped lab-b.service=ended lab-c.service=killed'
	run "$OOMCTL" predict --cgroup "$slice" --kills 1
	text=$(tr -s '\n ' ' ' <<<"$output")
	[[ $text == *'systemd stops lab-a.service (2 processes, OOMPolicy=stop)'* ]]
	[[ $text == *'lab-b.service ends with its main process (OOMPolicy=continue)'* ]]
	kill -USR1 "${hogs[lab-a.service]}"
	did='lab-a.service oom-kill activating
lab-b.service signal failed
lab-c.service oom-kill failed'
	eventually has_states "$did"
	run "$OOMCTL" log --show last -J
	matches_schema report
	assert_equal "$(effects report <<<"$output")" "$said"
	run "$OOMCTL" log --show last
	text=$(tr -s '\n ' ' ' <<<"$output")
	[[ $text == *'After such a kill, by the present configuration: '* ]]
	[[ $text == *'systemd stops lab-a.service '* && $text == *'lab-b.service ends with its main process '* ]]
	[[ $text == *'the kernel and systemd kill all of lab-c.service '* ]]
	has_states "$did"
}

@test "systemd: a group of many units: eight are named" {
	local i

	for i in {1..10}; do
		printf '[Service]\nExecStart=/bin/sleep 1000\nSlice=lab-grp.slice\n' >"$units/lab-many-$i.service"
	done
	effect_unit lab-z child Slice=lab-grp.slice
	in_slice lab-grp.slice
	systemctl start lab-many-{1..10}
	run "$OOMCTL" explain "${hogs[lab-z.service]}"
	assert_equal "$(grep -o 'lab-[a-z0-9-]*\.service (' <<<"$output" | sort -u | wc -l)" 8
	assert_output --partial 'and 3 more units'
	run --separate-stderr "$OOMCTL" explain -J "${hogs[lab-z.service]}"
	assert_equal "$(jq '.processes[0].other_units | length' <<<"$output")" 10
	kill -USR1 "${hogs[lab-z.service]}"
	eventually has_result lab-many-10.service oom-kill
	run "$OOMCTL" log --show last
	assert_output --partial 'and 3 more units.'
	run --separate-stderr "$OOMCTL" log -J --show last
	assert_equal "$(jq '.report[0].other_units | length' <<<"$output")" 10
}

@test "systemd: a service without a main process, and a scope, end with their last process" {
	effect_unit lab-a child OOMPolicy=stop Slice=lab-grp.slice
	printf '%s\n' '[Service]' Type=forking GuessMainPID=no OOMPolicy=continue Restart=on-failure Slice=lab-grp.slice \
		"ExecStart=/bin/bash -c 'sleep 1000 & sleep 1001 & exit'" >"$units/lab-forks.service"
	in_slice lab-grp.slice
	systemctl start lab-forks
	systemd-run --scope -q --unit=lab-scope --slice=lab-grp.slice -p OOMPolicy=continue sleep 1000 3>&- >/dev/null 2>&1 &
	eventually systemctl -q is-active lab-scope.scope
	run --separate-stderr "$OOMCTL" explain -J "${hogs[lab-a.service]}"
	assert_equal "$(effects processes <<<"$output")" 'lab-a.service stopped oom-kill false
lab-forks.service ended success false
lab-scope.scope ended success null'
	run "$OOMCTL" explain "${hogs[lab-a.service]}"
	assert_output --partial 'lab-forks.service ends with its last process (OOMPolicy=continue)'
	kill -USR1 "${hogs[lab-a.service]}"
	eventually has_result lab-a.service oom-kill
	names=(lab-forks.service)
	eventually has_states 'lab-forks.service success inactive'
	eventually test ! -e "/sys/fs/cgroup$slice/lab-scope.scope"
}

@test "systemd: other units of a group: active without a main process, and in a start that ignores failures" {
	effect_unit lab-a child OOMPolicy=stop Slice=lab-grp.slice
	printf '%s\n' '[Service]' Slice=lab-grp.slice OOMPolicy=continue Type=simple RemainAfterExit=yes Restart=on-failure \
		"ExecStart=/bin/bash -c 'sleep 1000 & exit 0'" >"$units/lab-exited.service"
	printf '%s\n' '[Service]' Slice=lab-grp.slice OOMPolicy=continue ExecStartPre=-/bin/sleep\ 1000 'ExecStart=/bin/sleep 1001' \
		>"$units/lab-pre.service"
	in_slice lab-grp.slice
	systemctl start lab-exited
	systemctl start --no-block lab-pre
	eventually has_substate lab-exited.service exited
	eventually has_substate lab-pre.service start-pre
	run --separate-stderr "$OOMCTL" explain -J "${hogs[lab-a.service]}"
	assert_equal "$(effects processes <<<"$output")" 'lab-a.service stopped oom-kill false
lab-exited.service continues null false
lab-pre.service continues null false'
	kill -USR1 "${hogs[lab-a.service]}"
	names=(lab-a.service lab-exited.service lab-pre.service)
	eventually has_states 'lab-a.service oom-kill failed
lab-exited.service success active
lab-pre.service success active'
	[ "$(systemctl show -p SubState --value lab-pre.service)" = running ]
	[ "$(systemctl show -p NRestarts --value lab-exited.service)" = 0 ]
}

# log_effects: as effects, of the last report of log.
log_effects() {
	run --separate-stderr "$OOMCTL" log --show last -J
	matches_schema report
	effects report <<<"$output"
}

@test "systemd: log states no effect on units of a group that the kill did not touch" {
	effect_unit lab-a main OOMPolicy=stop Restart=no Slice=lab-grp.slice
	# One process, so that the report has one killed process.
	sed -i "s|^ExecStart=.*|ExecStart=/run/lab/hog --anon 4M --grow 60M --ready /dev/null|" "$units/lab-a.service"
	printf '%s\n' '[Service]' Slice=lab-grp.slice OOMScoreAdjust=-1000 Restart=always 'ExecStart=/bin/sleep 1000' >"$units/lab-s.service"
	printf '%s\n' '[Service]' Slice=lab-grp.slice OOMScoreAdjust=-1000 OOMPolicy=continue Restart=always 'ExecStart=/bin/sleep 1001' \
		>"$units/lab-t.service"
	printf '[Slice]\nMemoryMax=40M\nMemorySwapMax=0\n' >"$units/lab-grp.slice"
	sed -i '/^Memory/d' "$units/lab-a.service"
	systemctl daemon-reload
	systemctl start lab-a lab-s lab-t
	slice=$(systemctl show -p ControlGroup --value lab-grp.slice)
	"$OOMCTL" group on -q --cgroup "$slice"
	before=$(systemctl show -p MainPID,NRestarts lab-s lab-t)
	eventually is_large "$(main_pid lab-a)"
	kill -USR1 "$(main_pid lab-a)"
	eventually has_result lab-a.service oom-kill
	assert_equal "$(log_effects)" 'lab-a.service stopped oom-kill false'
	run "$OOMCTL" log --show last
	refute_output --partial lab-s.service
	refute_output --partial lab-t.service
	assert_equal "$(systemctl show -p MainPID,NRestarts lab-s lab-t)" "$before"
}

has_restarted() {
	[[ $(systemctl show -p NRestarts --value "$1") != 0 ]]
}

@test "systemd: log says that it is unknown whether processes of a unit were killed, or that its main process was not" {
	# Its main process is unkillable, its child grows and is killed.
	effect_unit lab-a child OOMPolicy=continue Restart=always Slice=lab-grp.slice
	sed -i "s|& exec sleep|\& exec choom -n -1000 -- sleep|" "$units/lab-a.service"
	# Restarted with another main process.
	effect_unit lab-b main OOMPolicy=stop Restart=always RestartSec=100ms Slice=lab-grp.slice
	in_slice lab-grp.slice
	before=$(main_pid lab-a) first=$(main_pid lab-b)
	kill -USR1 "${hogs[lab-a.service]}"
	eventually test ! -e "/proc/$first"
	eventually has_restarted lab-b.service
	assert_equal "$(log_effects)" 'lab-a.service continues null false
lab-b.service null null null'
	run "$OOMCTL" log --show last
	text=$(tr -s '\n ' ' ' <<<"$output")
	[[ $text == *'lab-a.service continues (OOMPolicy=continue). lab-b.service: if its processes were killed too, systemd stops lab-b.service (OOMPolicy=stop); systemd restarts it after 100 ms (Restart=always).'* ]]
	[ "$(main_pid lab-a)" = "$before" ]
}
