#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# top with a privilege that its caller lacks: by a file capability, or setuid root.

# shellcheck disable=SC2154 # bats and privilege.bash set these.
load privilege
load terminal

setup_file() {
	privilege_setup_file
}

setup() {
	lab_terminal_begin
}

teardown() {
	lab_terminal_end
}

# The permitted capabilities of a process, as a number.
permitted() {
	local key value

	while read -r key value; do
		[[ $key != CapPrm: ]] || echo $((16#$value))
	done <"/proc/$1/status"
}

assert_permitted() {
	[ "$(permitted "$1")" = "$2" ] || {
		grep -E '^(Name|Pid|Cap)' "/proc/$1/status"
		return 1
	}
}

@test "top: a borrowed privilege changes what the policy permits, and the display has none" {
	local mode pid child n
	for mode in cap suid; do
		be carol
		hog_start --uid 2003 --adj 0 --anon 1M
		# The variables are not for a privileged program.
		start 80 24 "${who[@]}" env TERMINFO=/tmp/evil "$privilege_dir/$mode" top -d 0.3
		until_screen POINTS
		pid=$(top_pid)
		assert_permitted "$pid" 0
		[ "$(stat -c %u "/proc/$pid/status")" = 0 ]
		# Of its helpers one has CAP_SYS_RESOURCE, and nothing else.
		n=0
		for child in $(pgrep -P "$pid"); do
			[ "$(permitted "$child")" = 0 ] || n=$((n + 1))
			[[ $(permitted "$child") == 0 || $(permitted "$child") == $((1 << 24)) ]]
		done
		[ "$n" = 1 ]
		filter hog
		until_screen " $hog_pid +carol +hog +0 "
		enter n 'adj, -1000 to 1000:' -400
		adj_is "$hog_pid" -400
		until_screen "pid $hog_pid \\(hog\\): adj 0 -> -400"
		enter n 'adj, -1000 to 1000:' -600
		until_screen "pid $hog_pid \\(hog\\): cannot set adj to -600"
		adj_is "$hog_pid" -400
		keys U
		adj_is "$hog_pid" 0
		keys q
		until_screen 'status 0\.'
		kill -KILL "$hog_pid"
		hog_wait "$hog_pid"
	done
}

@test "top: without a rule the policy permits nothing" {
	be alice
	hog_start --uid 2001 --adj 0 --anon 1M
	start 80 24 "${who[@]}" "$privilege_dir/cap" top -d 0.3
	until_screen POINTS
	filter hog
	until_screen " $hog_pid +alice +hog +0 "
	enter n 'adj, -1000 to 1000:' -1
	until_screen 'cannot set adj to -1'
	adj_is "$hog_pid" 0
	keys +
	adj_is "$hog_pid" 100
}
