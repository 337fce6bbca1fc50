#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Commands when memory is short: only a few hundred pages are free above the mark at which the
# kernel begins to kill.

# shellcheck disable=SC2154 # The variables of hogs are set by lib.bash.
load lib

setup() {
	lab_only
	# bats must not be killed.
	echo -1000 >/proc/self/oom_score_adj
}

teardown() {
	lab_cleanup
}

# in_need COMMAND...: runs it 100 times with 300 free pages; sets failed, killed, slowest. The
# results are printed. A run of 10 s is a stall, also on a slow machine.
in_need() {
	local line

	line=$("$lab_helpers/squeeze" 300 100 "$@")
	echo "# $(basename "$1") ${*:2}: $line" >&3
	read -r _ _ _ failed _ killed _ slowest _ <<<"$line"
}

@test "little memory: rank works 100 times, is never killed and never stalls" {
	for scan in proc auto; do
		in_need "$OOMCTL" rank "--scan=$scan"
		((failed == 0 && killed == 0 && slowest <= 10000))
	done
}

@test "little memory: protect works 100 times, is never killed and never stalls" {
	hog_start --adj 0 --anon 4M
	in_need "$OOMCTL" protect "$hog_pid"
	((failed == 0 && killed == 0 && slowest <= 10000))
	[ "$(cat "/proc/$hog_pid/oom_score_adj")" = -999 ]
}
