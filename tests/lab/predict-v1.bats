#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# predict against the kernel: memory cgroups of version 1. A hierarchy outlives its mount while
# memory is charged to one of its cgroups, so later files would lack cgroup version 2.
# lab: last
# bats file_tags=version

# shellcheck disable=SC2154 # The variables of hogs and cgroups are set by lib.bash.
load lib

v1=/run/v1

setup() {
	lab_only
}

teardown() {
	lab_cleanup
}

mount_v1() {
	mount -t cgroup -o memory none "$v1"
} 2>/dev/null

grows_in_vain() {
	grep -q 'under_oom 1' "$v1/box/memory.oom_control"
}

@test "hybrid: selectors and the column unit find a unit in systemd's hierarchy" {
	local unit=/run/systemd-v1/system.slice/web.service found

	mkdir -p /run/systemd-v1
	mount -t cgroup -o none,name=systemd none /run/systemd-v1 || skip "Linux $(uname -r) has no cgroup version 1"
	mkdir -p "$unit"
	hog_start --anon 2M
	echo "$hog_pid" >"$unit/cgroup.procs"
	for found in '--unit web' '--unit w*.service' '--cgroup /system.slice/web.service' '--cgroup /system.slice'; do
		# shellcheck disable=SC2086 # words
		[ "$(set -f && "$OOMCTL" get -r --noheadings -o tgid,unit $found)" = "$hog_pid web.service" ]
	done
	"$OOMCTL" set 300 --unit web
	[ "$(<"/proc/$hog_pid/oom_score_adj")" = 300 ]
	run "$OOMCTL" protect --unit web --user 4000
	[ "$status" -eq 1 ]
	"$OOMCTL" protect --unit web
	[ "$(<"/proc/$hog_pid/oom_score_adj")" = -999 ]
	"$OOMCTL" unprotect --with-adj=-999
	[ "$(<"/proc/$hog_pid/oom_score_adj")" = 300 ]
	echo 1 >/run/web.pid
	run "$OOMCTL" set 5 --pidfile /run/web.pid
	[ "$status" -eq 1 ]
	[ "$(<"/proc/1/oom_score_adj")" = 0 ]
}

@test "version 1: oom_kill_disable: no process is killed until it is cleared" {
	echo -memory >/sys/fs/cgroup/cgroup.subtree_control
	mkdir -p "$v1"
	# Version 2 releases the controller asynchronously.
	if ! within 20 mount_v1; then
		[[ $(printf '%s\n' 6.11 "$(uname -r)" | sort -V | head -n 1) == 6.11 ]]
		skip "Linux $(uname -r) is built without memory cgroups of version 1 (CONFIG_MEMCG_V1)"
	fi
	mkdir "$v1/box"
	echo 60M >"$v1/box/memory.limit_in_bytes"
	hog_start --anon 20M --cgroup "$v1/box"
	small=$hog_pid
	hog_start --anon 30M --grow 30M --cgroup "$v1/box"
	big=$hog_pid
	echo 1 >"$v1/box/memory.oom_control"
	[ "$("$OOMCTL" predict -r --noheadings --kills 1 -o tgid,decided_by --cgroup /box)" = "$big oom_kill_disable" ]
	run "$OOMCTL" predict --cgroup /box
	[[ $(tr -s ' \n' ' ' <<<"$output") == *'oom_kill_disable is set in memory.oom_control: the kernel kills no process'* ]]
	kill -USR1 "$big"
	eventually grows_in_vain
	sleep 1
	kill -0 "$small" && kill -0 "$big"
	# The waiting process has as many pages as before, up to the limit.
	echo 0 >"$v1/box/memory.oom_control"
	pid_wait "$big"
	kill -0 "$small"
}
