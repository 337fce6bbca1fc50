#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Three programs that allocate memory forever compete, until the kernel kills them in turn. Each victim is the process
# that rank showed first just before.

# bats and lib.bash set these, each test in a shell of its own; the inner shells expand theirs.
# shellcheck disable=SC2154,SC2030,SC2031,SC2016

load lib

setup() {
	lab_only
	# This shell must not be killed; it runs while the others allocate.
	echo -1000 >/proc/self/oom_score_adj
}

teardown() {
	lab_cleanup
}

# is_alive PID: neither a zombie nor being killed, which takes long with much memory, and which rank
# sees: no SIGKILL (0x100) is pending, and it is not exiting (PF_EXITING, 4). Starts no program.
is_alive() {
	local line='' stat key value

	read -r line <"/proc/$1/stat" || return 1
	read -r -a stat <<<"${line##*) }"
	[[ ${stat[0]} != [ZX]* ]] && ((!(stat[6] & 4))) || return 1
	while read -r key value; do
		[[ $key != SigPnd: ]] || ((!(16#$value & 0x100))) || return 1
	done <"/proc/$1/status"
} 2>/dev/null

all_live() {
	local pid

	for pid; do
		is_alive "$pid" || return 1
	done
}

# watch PID...: repeats rank until one of them is dead; sets first to the last result while all were
# alive.
watch() {
	local now end=$((SECONDS + 120))

	first=''
	while ((SECONDS < end)); do
		now=$("$OOMCTL" rank -t 1 -r --noheadings -o tgid)
		all_live "$@" || return 0
		first=$now
	done
	return 1
}

# The size of big_mm's blocks, by default 64 MiB: so small that all compete for seconds, and rank
# runs several times on a busy machine too.
block_mib() {
	local ram_kib

	ram_kib=$(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo)
	echo $((ram_kib / 200000 + 1))
}

# eater ADJ BLOCKS: allocates that many blocks at a time; sets eater_pid. It has low priority, so
# that rank and the test can run. Give each another speed, because a close race is unpredictable.
eater() {
	bash -c 'echo "$1" >/proc/self/oom_score_adj; exec nice -n 5 "$2" "$3"' _ "$1" "$lab_helpers/big_mm" \
		$(($2 * block)) 3>&- &
	eater_pid=$!
	lab_pids+=("$eater_pid")
}

@test "three hogs: each victim is the process that rank showed first" {
	lab_needs log
	block=$(block_mib)
	mark=$(kernel_log_mark)
	eaters=()
	for blocks in 3 2 1; do
		eater 0 "$blocks"
		eaters+=("$eater_pid")
	done
	named=''
	while ((${#eaters[@]})); do
		watch "${eaters[@]}"
		named+="$first "
		left=()
		for pid in "${eaters[@]}"; do
			is_alive "$pid" && left+=("$pid")
		done
		((${#left[@]} < ${#eaters[@]}))
		eaters=("${left[@]}")
	done
	killed=$(kernel_log_since "$mark" | sed -n 's/.*Killed process \([0-9]*\) (big_mm).*/\1/p' | tr '\n' ' ')
	echo "named: $named; killed: $killed"
	[ "$killed" = "$named" ]
	[ "$(wc -w <<<"$killed")" = 3 ]
	[ "$(kernel_log_since "$mark" | grep -c 'constraint=CONSTRAINT_NONE')" = 3 ]
}

@test "three hogs: adj decides, not the size" {
	lab_needs log
	block=$(block_mib)
	mark=$(kernel_log_mark)
	eater 0 3
	biggest=$eater_pid
	eater 0 2
	second=$eater_pid
	eater 900 1
	marked=$eater_pid
	watch "$biggest" "$second" "$marked"
	[ "$first" = "$marked" ]
	[ "$(kernel_log_since "$mark" | oom_victim)" = "$marked" ]
}
