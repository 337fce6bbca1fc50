#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: systemd
# What explain says about units that start, reload or stop, and about exit statuses of the main process, is
# never other than what systemd then does: what is not certain is said to be unknown.

# shellcheck disable=SC2154,SC2030,SC2031,SC2190 # effects.bash sets these, and each test is a shell of its own.
load effects

hog='/run/lab/hog --anon 4M --grow 60M --ready /dev/null'

setup() {
	effects_setup
}

teardown() {
	effects_cleanup
}

# state_unit NAME LINE...: a service with these lines in [Service]; HOG is the command that grows.
state_unit() {
	mkdir -p "$units"
	printf '%s\n' '[Service]' MemoryMax=20M MemorySwapMax=0 "${@:2}" | sed "s,HOG,$hog," >"$units/$1.service"
	names+=("$1.service")
}

states_start() {
	local name

	declare -gA cgroups=() hogs=()
	systemctl daemon-reload
	systemctl start --no-block "${names[@]}"
	for name in "${names[@]}"; do
		eventually has_cgroup "$name"
	done
}

# find_state_hog NAME: sets hogs[NAME].
find_state_hog() {
	local pid

	while read -r pid; do
		! is_large "$pid" || hogs[$1]=$pid
	done <"/sys/fs/cgroup${cgroups[$1]}/cgroup.procs"
	[[ ${hogs[$1]-} ]]
}

# find_hogs: all, and fills said_text and said_lines.
find_hogs() {
	local name

	for name in "${names[@]}"; do
		eventually find_state_hog "$name"
	done
	"$OOMCTL" explain -J "${hogs[@]}" | sed -nE 's/.*"systemd":\{"unit":"([^"]*)",.*"effect":"?([a-z]*)"?,.*"restarted":([a-z]*)\}.*/\1 \2 \3/p' \
		>"$BATS_TEST_TMPDIR/said"
	cat "$BATS_TEST_TMPDIR/said"
}

said() {
	grep -qx -- "$1" "$BATS_TEST_TMPDIR/said"
}

kill_hogs() {
	local name

	for name in "${names[@]}"; do
		kill -USR1 "${hogs[$name]}"
		eventually pid_has_ended "${hogs[$name]}"
	done
}

# became NAME STATE RESULT NRESTARTS
became() {
	[[ $(systemctl show -p ActiveState,Result,NRestarts "$1" | sort | tr '\n' ' ') == "ActiveState=$2 NRestarts=$4 Result=$3 " ]]
}

text_of() {
	"$OOMCTL" explain "${hogs[$1]}" | tr -s '\n ' ' '
}

@test "systemd: a restart that the exit status of a stopped main process decides is unknown" {
	state_unit lab-forced "ExecStart=/bin/bash -c 'HOG & exec sleep 1000'" Restart=no RestartForceExitStatus=SIGTERM
	state_unit lab-prevented "ExecStart=/bin/bash -c 'HOG & exec sleep 1000'" Restart=on-failure RestartPreventExitStatus=SIGTERM
	states_start
	find_hogs
	said 'lab-forced.service stopped null'
	said 'lab-prevented.service stopped null'
	[[ $(text_of lab-forced.service) == *'whether systemd restarts it depends on the exit status of its main process (RestartForceExitStatus=)'* ]]
	[[ $(text_of lab-prevented.service) == *'depends on the exit status of its main process (RestartPreventExitStatus=)'* ]]
	kill_hogs
	eventually became lab-forced.service active success 1
	eventually became lab-prevented.service failed oom-kill 0
}

@test "systemd: the control process of a start, and a failure that is ignored" {
	state_unit lab-pre "ExecStartPre=/bin/bash -c 'exec HOG'" 'ExecStart=/bin/sleep 1000' Restart=on-failure RestartSec=5min OOMPolicy=continue
	state_unit lab-pre-ignored "ExecStartPre=-/bin/bash -c 'exec HOG'" 'ExecStart=/bin/sleep 1000' Restart=on-failure OOMPolicy=continue
	state_unit lab-post "ExecStartPost=/bin/bash -c 'exec HOG'" 'ExecStart=/bin/sleep 1000' Restart=no OOMPolicy=continue
	state_unit lab-main-ignored "ExecStart=-/bin/bash -c 'sleep 1000 & exec HOG'" Restart=on-failure OOMPolicy=continue
	state_unit lab-next Type=oneshot "ExecStart=-/bin/bash -c 'exec HOG'" 'ExecStart=/bin/sleep 1000' OOMPolicy=continue
	states_start
	find_hogs
	said 'lab-pre.service ended true'
	said 'lab-pre-ignored.service continues false'
	said 'lab-post.service ended false'
	said 'lab-main-ignored.service ended false'
	said 'lab-next.service continues false'
	[[ $(text_of lab-pre.service) == *'the start of lab-pre.service fails with this process (OOMPolicy=continue); systemd restarts it after 300 s (Restart=on-failure)'* ]]
	kill_hogs
	eventually became lab-pre.service activating signal 0
	[ "$(systemctl show -p SubState --value lab-pre.service)" = auto-restart ]
	eventually became lab-pre-ignored.service active success 0
	eventually became lab-post.service failed signal 0
	eventually became lab-main-ignored.service inactive success 0
	eventually became lab-next.service activating success 0
}

@test "systemd: a unit that is stopped already, start limits, SendSIGKILL=no" {
	state_unit lab-stops 'ExecStart=/bin/sleep 1000' "ExecStop=/bin/bash -c 'exec HOG'" Restart=always
	state_unit lab-limit "ExecStart=/bin/bash -c 'exec HOG'" Restart=always RestartSec=1 '[Unit]' StartLimitBurst=1 StartLimitIntervalSec=1h
	state_unit lab-keeps "ExecStart=/bin/bash -c 'HOG & sleep 1000; :'" Restart=on-failure SendSIGKILL=no KillSignal=SIGCONT TimeoutStopSec=1
	states_start
	eventually systemctl -q is-active lab-stops.service
	systemctl stop --no-block lab-stops.service
	find_hogs
	said 'lab-stops.service null null'
	said 'lab-limit.service stopped null'
	said 'lab-keeps.service stopped null'
	[[ $(text_of lab-stops.service) == *'lab-stops.service is being stopped already: what systemd does is unknown'* ]]
	[[ $(text_of lab-limit.service) == *'whether systemd restarts it depends on its earlier starts (StartLimitBurst=1)'* ]]
	[[ $(text_of lab-keeps.service) == *'whether systemd restarts it depends on whether all processes end (SendSIGKILL=no)'* ]]
	kill_hogs
	eventually became lab-stops.service failed oom-kill 0
	eventually became lab-limit.service failed oom-kill 1
	eventually became lab-keeps.service failed oom-kill 0
	systemctl kill -s KILL lab-keeps.service
}

@test "systemd: the last process of ExitType=cgroup, after its main process has ended" {
	local shell='ExecStart=/bin/bash -c' kind

	for kind in success failure; do
		state_unit "lab-0-$kind" "$shell 'HOG & exit 0'" ExitType=cgroup OOMPolicy=continue "Restart=on-$kind" RestartSec=5min
		state_unit "lab-1-$kind" "$shell 'HOG & exit 1'" ExitType=cgroup OOMPolicy=continue "Restart=on-$kind" RestartSec=5min
	done
	states_start
	find_hogs
	said 'lab-0-success.service ended true'
	said 'lab-0-failure.service ended false'
	said 'lab-1-success.service ended false'
	said 'lab-1-failure.service ended true'
	[[ $(text_of lab-0-failure.service) == *'lab-0-failure.service ends with its last process (OOMPolicy=continue); systemd does not restart it'* ]]
	"$OOMCTL" explain -J "${hogs[lab-1-failure.service]}" | grep -q '"result":"exit-code"'
	kill_hogs
	eventually became lab-0-success.service activating success 0
	eventually became lab-0-failure.service inactive success 0
	eventually became lab-1-success.service failed exit-code 0
	eventually became lab-1-failure.service activating exit-code 0
	# Whether it was the last process is not in the log.
	run "$OOMCTL" log --show last
	text=$(tr -s '\n ' ' ' <<<"$output")
	[[ $text == *'lab-1-failure.service ends if this was its last process (OOMPolicy=continue); then whether systemd restarts it depends on how its main process ended (Restart=on-failure); else it continues'* ]]
}
