# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Starts and ends the processes for measurements; sourced by run, which sets tools and work.

spawner_pid=
spawner_in=

# Prints the MiB that the limits of the memory cgroups (v2) of this process leave, with page cache
# counted as free; nothing without a limit.
cgroup_left() {
	local dir least='' left
	dir=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
	dir=${dir%/}
	while [ "${dir#/sys/fs/cgroup}" != "$dir" ]; do
		if grep -qs '^[0-9]' "$dir/memory.max"; then
			left=$(awk -v max="$(cat "$dir/memory.max")" -v used="$(cat "$dir/memory.current")" '
				$1 == "file" { used -= $2 }
				END { print (max > used ? int((max - used) / 1048576) : 0) }
			' "$dir/memory.stat")
			if [ -z "$least" ] || [ "$left" -lt "$least" ]; then
				least=$left
			fi
		fi
		dir=${dir%/*}
	done
	echo "$least"
}

# start_idle COUNT ORDINARY: returns when all are started; their PIDs are in $work/pids.
start_idle() {
	local answer='' total min limit
	# The kernel's score counts thousandths of RAM + swap: processes below one thousandth would
	# all tie.
	total=$(awk '/^(MemTotal|SwapTotal):/ { sum += $2 } END { print int(sum / 1024) }' /proc/meminfo)
	min=$((total / 1000 + 1))
	[ "$min" -ge 24 ] || min=24
	limit=$(cgroup_left)
	coproc IDLE {
		exec "${tools:?}/spawner" -t 3600 ${limit:+-a "$limit"} -o "$2" -m "$min" \
			-M "$((min * 5))" "$1" "${work:?}/pids"
	}
	spawner_pid=$IDLE_PID
	spawner_in=${IDLE[1]}
	read -r -t 180 answer <&"${IDLE[0]}" || :
	[ "$answer" = ready ] && return
	stop_idle || :
	return 1
}

stop_idle() {
	local pid=$spawner_pid
	[ -n "$pid" ] || return 0
	spawner_pid=
	{ exec {spawner_in}>&-; } 2>/dev/null || :
	wait "$pid"
}
