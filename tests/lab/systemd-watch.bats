#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: systemd
# The service oomctl-watch as it is installed: started, reloaded and stopped by systemd. UML has no connector: passes.

# shellcheck disable=SC2154,SC2030,SC2031 # systemd.bash sets service_pid, and each test is a shell of its own.
load systemd

setup() {
	systemd_only
	dir=/run/oomctl.rules.d
	mkdir -p "$dir"
	chmod 755 "$dir"
	watch_install
}

teardown() {
	[[ $BATS_TEST_COMPLETED ]] || journalctl -q -u oomctl-watch --no-pager
	systemd_cleanup
	umount /home /root 2>/dev/null || true
	rm -rf "$dir" /tmp/lab-app
}

# rules LINE...
rules() {
	printf '%s\n' "$@" >"$dir/.new"
	mv "$dir/.new" "$dir/10.rules"
}

has_adj() {
	[[ $(adj_of "$1") == "$2" ]]
}

# watch_start: starts the service; sets watch_pid and invocation, which names its run in the journal.
watch_start() {
	systemctl start oomctl-watch || return 1
	watch_pid=$(main_pid oomctl-watch)
	invocation=$(systemctl show -p InvocationID --value oomctl-watch)
}

# journal REGEX: the service has logged it since it was started.
journal() {
	journalctl -q -o cat _SYSTEMD_INVOCATION_ID="$invocation" + INVOCATION_ID="$invocation" | grep -qE "$1"
}

@test "systemd: the service starts, reloads and stops" {
	rules 'adj -600 unit lab-one.service'
	watch_start
	[ "$(systemctl is-active oomctl-watch)" = active ]
	[ "$(systemctl is-enabled oomctl-watch)" != enabled ]
	has_adj "$watch_pid" -999
	[ "$(systemctl show -p StatusText --value oomctl-watch)" = '1 rule, applied to all processes in turn' ]
	# SYS_RESOURCE, DAC_OVERRIDE, SYS_PTRACE, NET_ADMIN, and until it is ready PERFMON and BPF.
	[ "$((16#$(sed -n 's/^CapBnd:\t//p' "/proc/$watch_pid/status")))" = $((1 << 24 | 1 << 1 | 1 << 19 | 1 << 12 | 3 << 38)) ]
	rules 'adj -600 unit lab-one.service' 'adj 9 unit lab-two'
	systemctl reload oomctl-watch
	eventually journal 'reloaded 2 rules'
	eventually test "$(systemctl show -p StatusText --value oomctl-watch)" = '2 rules, applied to all processes in turn'
	[ "$(main_pid oomctl-watch)" = "$watch_pid" ]
	systemctl stop oomctl-watch
	[ "$(systemctl show -p Result,ExecMainStatus --value oomctl-watch | xargs)" = 'success 0' ]
	eventually journal '^stopped$'
	# The records stay for the next one.
	[ -e /run/oomctl/rules ]
}

@test "systemd: a unit that is restarted gets its value again, also over its OOMScoreAdjust=" {
	rules 'adj -600 unit lab-one.service'
	watch_start
	service_start lab-one -p OOMScoreAdjust=-300 sleep 1000
	eventually has_adj "$service_pid" -600
	service_start lab-other -p OOMScoreAdjust=-300 sleep 1000
	other=$service_pid
	systemctl restart lab-one
	eventually has_adj "$(main_pid lab-one)" -600
	has_adj "$other" -300
	eventually journal 'adj -300 -> -600 by /run/oomctl.rules.d/10.rules:1$'
}

# In its own mount namespace, with a /proc of its own.
@test "systemd: the service sees users, executables and command lines of all processes" {
	rules 'adj 11 user 5000 exe /run/lab/hog' 'adj 12 cmdline "sleep 12[3]4$"'
	watch_start
	service_start lab-user-hog /run/lab/hog
	hog=$service_pid
	service_start lab-line sleep 1234
	eventually has_adj "$hog" 11
	eventually has_adj "$service_pid" 12
}

@test "systemd: lines in the journal have their level" {
	rules 'adj 7 unit lab-one.service' 'adj many name x'
	watch_start
	eventually journal '^started with 0 rules'
	run journalctl -q -o cat -p err _SYSTEMD_INVOCATION_ID="$invocation"
	assert_output --partial '/run/oomctl.rules.d/10.rules:2:5: '
	refute_output --partial 'oomctl: '
	refute_output --partial started
}

all_match() {
	[[ $("$OOMCTL" rules -r --noheadings -o matches | xargs) == '1 1 1' ]]
}

@test "systemd: links in directories that the service does not see are followed as by the commands" {
	local place n=0 pids=()

	# The guest shares its root, which is read-only, with the host.
	mount -t tmpfs lab-home /home
	mount -t tmpfs lab-root /root
	for place in /home /root /tmp; do
		n=$((n + 1))
		mkdir -p "$place/lab-app/releases/1"
		ln -sfn releases/1 "$place/lab-app/current"
		ln -sfn "$place/lab-app/current" "$place/lab-app/live"
		cp "$(command -v sleep)" "$place/lab-app/releases/1/lab-sleep"
		"$place/lab-app/live/lab-sleep" 1000 >/dev/null 2>&1 3>&- &
		pids+=("$!")
		lab_pids+=("$!")
	done
	rules 'adj 41 exe /home/lab-app/live/lab-sleep' 'adj 42 exe /root/lab-app/current/lab-*' 'adj 43 exe /tmp/lab-app/live/lab-sleep'
	eventually all_match
	watch_start
	eventually has_adj "${pids[0]}" 41
	eventually has_adj "${pids[1]}" 42
	eventually has_adj "${pids[2]}" 43
}
