#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: systemd
# The service and the timer oomctl-metrics as they are installed, and real kills of units.

# shellcheck disable=SC2154,SC2030,SC2031 # systemd.bash sets service_pid, and each test is a shell of its own.
load systemd

setup() {
	systemd_only
	reports_are_printed
	units=/run/systemd/system
	dir=/run/lab/node-exporter
	file=$dir/oomctl.prom
	mkdir -p "$dir" "$units"
	(cd "$LAB_REPO" && DESTDIR=/run/lab/metrics tools/install install)
	# /usr and /var are read-only here, and the service does not see /tmp and /home, where it may have been built.
	sed "s,/usr/local/bin,/run/lab/metrics&,; s,/var/lib/prometheus/node-exporter,$dir,g" \
		/run/lab/metrics/usr/local/lib/systemd/system/oomctl-metrics.service >"$units/oomctl-metrics.service"
	cp /run/lab/metrics/usr/local/lib/systemd/system/oomctl-metrics.timer "$units"
	systemctl daemon-reload
}

teardown() {
	[[ $BATS_TEST_COMPLETED ]] || journalctl -q -u oomctl-metrics --no-pager
	systemctl stop oomctl-metrics.timer oomctl-metrics.service
	systemd_cleanup
	rm -rf "$units"/oomctl-metrics.* "$dir" /run/lab/metrics
}

# write: the service runs once, and everything could be read.
write() {
	systemctl start oomctl-metrics.service || return 1
	[ "$(systemctl show -p Result,ExecMainStatus --value oomctl-metrics.service | xargs)" = 'success 0' ]
	! grep 'collector_success.* 0$' "$file"
}

# value SAMPLE: its value in the file; 0: it is not there.
value() {
	awk -v sample="$1" 'index($0, sample " ") == 1 { value = $NF } END { print value + 0 }' "$file"
}

# logged CONSTRAINT UNIT: the kills.
logged() {
	value "oomctl_logged_kills_total{constraint=\"$1\",unit=\"$2\"}"
}

has_result() {
	[[ $(ctl "$1" show -p Result --value) == oom-kill ]]
}

# service_killed NAME: a service that exceeds its memory limit. Its cgroup, and memory.events with it, is removed.
service_killed() {
	service_start "$1" -p MemoryMax=20M -p MemorySwapMax=0 /run/lab/hog --anon 60M || return 1
	eventually has_result "$1"
	ctl "$1" reset-failed
}

@test "systemd: kills count by constraint and unit" {
	write
	[ "$(stat -c '%a %u' "$file")" = '644 0' ]
	[ "$(ls -A "$dir")" = oomctl.prom ]
	# It sees the processes of all users, and is confined.
	service_start lab-user-seen sleep 1000
	write
	grep -x 'oomctl_unread_processes 0' "$file"
	(($(value oomctl_killable_processes) >= 4))
	service_killed lab-eater
	write
	[ "$(logged memcg lab-eater.service)" = 1 ]
	service_killed lab-eater
	service_start lab-big -p OOMScoreAdjust=1000 /run/lab/hog --anon 20M
	sysrq_oom >/dev/null
	eventually has_result lab-big
	write
	[ "$(logged memcg lab-eater.service)" = 2 ]
	[ "$(logged global lab-big.service)" = 1 ]
}

@test "systemd: a user's unit counts for the user's manager, and cannot have the name of another" {
	write
	service_killed lab-user-eater
	write
	[ "$(logged memcg lab-user-eater.service)" = 0 ]
	(($(logged memcg user@5000.service) >= 1))
}

@test "systemd: the timer writes the file, and neither it nor the service is enabled" {
	[ "$(systemctl is-enabled oomctl-metrics.timer)" != enabled ]
	[ "$(systemctl is-enabled oomctl-metrics.service)" != enabled ]
	[ ! -e "$file" ]
	systemctl start oomctl-metrics.timer
	within 240 test -e "$file"
	run systemctl show -p Result --value oomctl-metrics.service
	assert_output success
}

@test "systemd: without the directory the service does nothing" {
	rmdir "$dir"
	systemctl start oomctl-metrics.service
	[ "$(systemctl show -p ConditionResult --value oomctl-metrics.service)" = no ]
	[ ! -e "$dir" ]
}
