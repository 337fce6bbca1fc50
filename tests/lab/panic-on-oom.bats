#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: expect panic Out of memory: system-wide panic_on_oom is enabled
# panic_on_oom=1: the guest panics when it runs out of memory.

# shellcheck disable=SC2154 # lib.bash sets it.
load lib

@test "panic_on_oom=1 panics" {
	lab_only
	"$OOMCTL" sysctl panic_on_oom=1
	"$lab_helpers/big_mm" 32 3>&- &
	sleep 50
}
