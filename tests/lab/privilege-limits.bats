#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The policy holds under limits that the caller sets before and during the run.

# shellcheck disable=SC2154 # pid is set by the helpers.
# shellcheck disable=SC2030,SC2031 # Each test runs in its own subshell.
load privilege

# Carol is a member of dba (3000) and, by gid only, of trainees (3001).
wide='permit carol floor -900'
narrow='permit @trainees floor -100'

setup_file() {
	privilege_setup_file
	[[ -n ${LAB-} ]] || return 0
	grep -q '^trainees:' /etc/group || echo 'trainees:x:3001:carol' >>/etc/group
}

setup() {
	lab_only
	carol=(setpriv --reuid 2003 --regid 2003 --groups "3000,3001")
}

teardown() {
	rm -f /dev/log
	lab_cleanup
	if [[ -n ${LAB-} ]]; then
		write_policy 'permit @dba floor -500'
	fi
}

@test "privilege: memory limits from 2 to 16 MB never permit more" {
	write_policy "$wide" "$narrow"
	for mode in cap suid; do
		for ((size = 2000; size <= 16000; size += 250)); do
			renew
			try "${carol[@]}" prlimit --as=$((size * 1000)) "$privilege_dir/$mode" set -900 "$pid"
			adj_is "$pid" 0
		done
	done
}

@test "privilege: limits that change during a run never permit more, file capability" {
	change_limits cap -900 1450
	[[ $output == *' 0 changed, '* ]]
}

@test "privilege: limits that change during a run never permit more, setuid" {
	change_limits suid -900 1450
	[[ $output == *' 0 changed, '* ]]
}

@test "privilege: a permitted write succeeds or is refused under changing limits, file capability" {
	change_limits cap -100 50
	[[ $output == *', the lowest -100' ]]
}

@test "privilege: a permitted write succeeds or is refused under changing limits, setuid" {
	change_limits suid -100 50
	[[ $output == *', the lowest -100' ]]
}

# change_limits MODE ADJ CALLS: changes limits with prlimit(2), which works in both modes. Sets output.
change_limits() {
	write_policy "$wide" "$narrow"
	renew
	try "${carol[@]}" "$privilege_dir/surround" limits "$3" "/proc/$pid/oom_score_adj" \
		"$privilege_dir/$1" set "$2" "$pid"
	ended_with 0
	output=${output##*$'\n'}
	printf '# | %-4s set %d: %s\n' "$1" "$2" "$output" >&3
}
