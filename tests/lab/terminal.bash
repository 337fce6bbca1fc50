# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A terminal in a lab guest: tests that load this call lab_terminal_begin in their setup and lab_terminal_end in their
# teardown.

# shellcheck source=tests/cli/terminal.bash
. "${BASH_SOURCE[0]%/*}/../cli/terminal.bash"

lab_terminal_begin() {
	lab_only
	mkdir -p /dev/pts
	mountpoint -q /dev/pts || mount -t devpts devpts /dev/pts
	[ -e /dev/ptmx ] || ln -s pts/ptmx /dev/ptmx
	terminal_or_skip "$(mktemp -d)"
}

lab_terminal_end() {
	terminal_end
	lab_cleanup
}
