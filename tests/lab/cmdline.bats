#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A process whose memory map is locked: its command line cannot be read, and nothing waits for it.

# shellcheck disable=SC2154 # bats and lib.bash set these.
load lib
bats_require_minimum_version 1.5.0

setup() {
	lab_only
	disk=$BATS_TEST_TMPDIR/disk
	mkdir "$disk"
}

teardown() {
	fsfreeze --unfreeze "$disk" 2>/dev/null || true
	lab_cleanup
	umount "$disk" 2>/dev/null || true
}

# stuck_start: sets stuck to a process whose command line cannot be read. Its file system is on the guest's swap disk.
stuck_start() {
	[[ -b $LAB_SWAP ]] || modprobe -a virtio_pci virtio_blk
	modprobe ext4 2>/dev/null || true
	eventually test -b "$LAB_SWAP"
	mkfs.ext4 -q -F "$LAB_SWAP" && mount -t ext4 "$LAB_SWAP" "$disk" || return 1
	"$lab_helpers/stuck" "$disk/file" >"$BATS_TEST_TMPDIR/ready" 3>&- &
	stuck=$!
	lab_pids+=("$stuck")
	eventually grep -q ready "$BATS_TEST_TMPDIR/ready" || return 1
	fsfreeze --freeze "$disk" && kill -USR1 "$stuck" || return 1
	eventually cmdline_blocks "$stuck"
}

cmdline_blocks() {
	timeout -s KILL 1 cat "/proc/$1/cmdline" >/dev/null
	[[ $? == 137 ]]
}

# within SECONDS WORD...: runs oomctl, which must end in this time; sets output, stderr and status.
within() {
	local start=$EPOCHREALTIME seconds=$1

	shift
	run --separate-stderr timeout -s KILL 60 "$OOMCTL" "$@"
	start=$((${EPOCHREALTIME/./} - ${start/./}))
	((start < seconds * 1000000)) || {
		echo "$*: $start us"
		return 1
	}
}

@test "cmdline: a process that blocks is skipped and counted, the others are found" {
	hog_start --name other
	stuck_start
	# 0.5 s are waited for; the rest is for a slow guest.
	within 5 get -r --noheadings -o pid --cmdline '^[^ ]*/(hog|stuck) '
	[ "$status" = 1 ]
	[ "$output" = "$hog_pid" ]
	[ "$stderr" = 'oomctl: 1 process skipped, cannot read the command line: the read blocks' ]
	within 5 set --dry-run 5 --cmdline '^[^ ]*/stuck '
	[ "$status" = 1 ]
	[[ $stderr == *'1 process skipped'*'no process matches'* ]]
	within 5 get -r --noheadings -o pid,cmdline "$stuck"
	[ "$output" = "$stuck -" ]
	[[ $stderr == *'command lines not shown, because the read blocks: 1' ]]
}

@test "cmdline: nothing else reads what blocks" {
	stuck_start
	within 5 rank --all -r --noheadings -o pid,name,user,unit,container,exe
	[ "$status" = 0 ]
	grep -q "^$stuck stuck " <<<"$output"
	for scan in proc auto; do
		within 5 rank -r --noheadings --scan "$scan" -o pid --name stuck
		[ "$output" = "$stuck" ]
	done
	within 5 get -r --noheadings -o pid --exe "$lab_helpers/stuck"
	[ "$output" = "$stuck" ]
	within 5 explain "$stuck"
	[ "$status" = 0 ]
	within 5 predict --kills 1
	[ "$status" = 0 ]
	within 5 set -q 7 "$stuck"
	[ "$status" = 0 ]
	[ "$(cat "/proc/$stuck/oom_score_adj")" = 7 ]
	within 5 protect -q --name stuck
	[ "$(cat "/proc/$stuck/oom_score_adj")" = -999 ]
}
