# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Waiting for events, for tests of the command and of the lab.

# within SECONDS COMMAND...: repeats it until it succeeds, for so long. For what takes minutes, or may fail.
within() {
	local end=$((SECONDS + $1))

	shift
	until "$@"; do
		((SECONDS < end)) || return 1
		sleep 0.05
	done
}

# eventually COMMAND...: the same for so long that only a fault makes it fail, even on a busy machine.
eventually() {
	within 90 "$@"
}
