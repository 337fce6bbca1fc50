# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What bats files in a lab guest share: hogs, the kernel's log, real OOM kills, cgroups. A file that loads
# it calls lab_only in its setup and lab_cleanup in its teardown.
lab_helpers=${BUILD:-build}/tests/lab
lab_pids=()
lab_cgroups=()
lab_statuses=()

# Outside a guest these tests would hurt the machine.
lab_only() {
	[[ -n ${LAB-} ]] || skip 'runs in a guest of the lab only'
}

# eventually SECONDS COMMAND...: until COMMAND succeeds, or fails with the time.
eventually() {
	local end=$((SECONDS + $1))

	shift
	until "$@"; do
		((SECONDS < end)) || return 1
		sleep 0.05
	done
}

# A zombie has ended too.
pid_has_ended() {
	local state

	state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null)
	[[ -z $state || $state == [ZX] ]]
}

# pid_wait PID [SECONDS]
pid_wait() {
	eventually "${2:-20}" pid_has_ended "$1"
}

# hog_start OPTION...: starts a hog and waits until it is ready; sets hog_pid, and hog_child if it has one.
# A hog that the kernel kills on its way there counts as started; any other end is a failure.
hog_start() {
	local ready

	[[ -x $lab_helpers/hog ]] || {
		echo "$lab_helpers/hog is not built"
		return 1
	}
	ready=$(mktemp)
	"$lab_helpers/hog" --ready "$ready" "$@" >/dev/null 3>&- &
	hog_pid=$! hog_child=''
	lab_pids+=("$hog_pid")
	eventually 30 hog_is_up "$ready" "$hog_pid" || return 1
	if [[ ! -s $ready ]]; then
		hog_wait "$hog_pid"
		((hog_status == 137)) || return 1
	fi
	read -r _ _ hog_child <"$ready" || true
	[[ -z $hog_child ]] || lab_pids+=("$hog_child")
	rm -f "$ready"
}

hog_is_up() {
	[[ -s $1 ]] || pid_has_ended "$2"
}

# hog_wait PID: waits for the end of a hog (or of any child of this shell); sets hog_status to how it ended,
# 137 when it was killed. Not for a subshell, which has no children of this shell's.
hog_wait() {
	pid_wait "$1" || return 1
	if [[ -z ${lab_statuses[$1]-} ]]; then
		hog_status=0
		wait "$1" || hog_status=$?
		lab_statuses[$1]=$hog_status
	fi
	hog_status=${lab_statuses[$1]}
}

# The number of the newest record of the kernel's log.
kernel_log_mark() {
	kernel_log_records | tail -n 1 | cut -d, -f2
}

# Raw records; reading ends with an error where there are no more, and each read gives one.
kernel_log_records() {
	dd if=/dev/kmsg iflag=nonblock bs=8192 status=none 2>/dev/null | grep -a '^[0-9]*,[0-9]*,[0-9]*,[^;]*;'
}

# kernel_log_since MARK: the texts of the kernel's own records after MARK, as dmesg would show them.
kernel_log_since() {
	kernel_log_records | awk -F, -v mark="${1:-0}" \
		'$1 < 8 && $2 > mark + 0 { sub(/^[^;]*;/, ""); print }'
}

kernel_log_has() {
	kernel_log_since "$1" | grep -qaE "$2"
}

# oom_report MARK: waits for a kill, or the kernel's refusal to kill, after MARK, and prints what it logged.
oom_report() {
	eventually 30 kernel_log_has "$1" \
		'Killed process [0-9]+|OOM request ignored|no killable processes|is already exiting' || return 1
	kernel_log_since "$1"
}

# sysrq_oom: has the kernel choose and kill at once; prints its report.
sysrq_oom() {
	local mark

	echo 1 >/proc/sys/kernel/sysrq
	mark=$(kernel_log_mark)
	echo f >/proc/sysrq-trigger
	oom_report "$mark"
}

# oom_victim <REPORT: the thread id of the first process that was killed.
oom_victim() {
	sed -n 's/.*Killed process \([0-9]*\) .*/\1/p' | head -n 1
}

# cgroup_make NAME [FILE=VALUE...]: a cgroup with the memory controller; sets cgroup_path. NAME may have a /.
cgroup_make() {
	local setting

	cgroup_path=/sys/fs/cgroup/$1
	shift
	mkdir -p "$cgroup_path" || return 1
	lab_cgroups+=("$cgroup_path")
	for setting in "$@"; do
		echo "${setting#*=}" >"$cgroup_path/${setting%%=*}" || return 1
	done
}

cgroup_is_gone() {
	[[ ! -d $1 ]] || rmdir "$1" 2>/dev/null
}

# cgroup_remove PATH: ends what is in it and removes it.
cgroup_remove() {
	[[ -d $1 ]] || return 0
	if [[ -e $1/cgroup.kill ]]; then
		echo 1 >"$1/cgroup.kill"
	fi
	eventually 10 cgroup_is_gone "$1"
}

# The guest's swap space, 64 MiB.
swap_on() {
	[[ -b $LAB_SWAP ]] || modprobe -a virtio_pci virtio_blk
	eventually 5 test -b "$LAB_SWAP" && mkswap "$LAB_SWAP" >/dev/null && swapon "$LAB_SWAP"
}

swap_off() {
	grep -q "^$LAB_SWAP " /proc/swaps || return 0
	swapoff "$LAB_SWAP"
}

# Ends what this shell has started, and nothing else.
lab_cleanup() {
	local pid i

	for pid in "${lab_pids[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
	done
	for pid in "${lab_pids[@]}"; do
		wait "$pid" 2>/dev/null || true
		pid_wait "$pid" 10
	done
	for ((i = ${#lab_cgroups[@]} - 1; i >= 0; i--)); do
		cgroup_remove "${lab_cgroups[i]}"
	done
	if [[ -n ${LAB-} ]]; then
		swap_off
	fi
}
