# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Shared by the bats files of the lab: hogs, the kernel log, real OOM kills, cgroups. A file that
# loads this calls lab_only in its setup and lab_cleanup in its teardown.

# shellcheck source=tests/wait.bash
. "${BASH_SOURCE[0]%/*}/../wait.bash"

lab_helpers=${BUILD:-build}/tests/lab
lab_pids=()
lab_cgroups=()
lab_statuses=()

# Outside a guest these tests would harm the machine.
lab_only() {
	[[ -n ${LAB-} ]] || skip 'runs only in a lab guest'
	[[ -z ${TESTS_END-} ]] || (($(date +%s) < TESTS_END)) || skip 'no time is left'
}

# lab_needs FEATURE...: skips the test if a kernel given by its path lacks one; those with a label have
# all. Not in a subshell.
lab_needs() {
	local feature why

	for feature in "$@"; do
		why=''
		case $feature in
		log) [[ -e /dev/kmsg ]] || why='log (CONFIG_PRINTK)' ;;
		memory) grep -qsw memory /sys/fs/cgroup/cgroup.controllers || why='memory controller (CONFIG_MEMCG)' ;;
		swap) [[ -e /proc/swaps ]] || why='swap (CONFIG_SWAP)' ;;
		*) return 1 ;;
		esac
		[[ -z $why ]] && continue
		[[ -z $LAB_ROW ]] || return 1
		skip "$LAB_KERNEL has no $why"
	done
}

# Skips the test where BPF cannot read processes: the program must name the reason.
bpf_or_skip() {
	local why='no BTF in this kernel (CONFIG_DEBUG_INFO_BTF)'

	if [[ $(uname -m) == s390x ]]; then
		why='only 64-bit little-endian machines are supported'
	elif [[ -r /sys/kernel/btf/vmlinux ]]; then
		return
	elif [[ ! -e /proc/sys/kernel/unprivileged_bpf_disabled ]]; then
		why='this kernel has no bpf(2) (CONFIG_BPF_SYSCALL)'
	fi
	run "$OOMCTL" rank --scan=bpf
	[ "$status" = 4 ] || return 1
	[[ $output == *"$why"* ]] || return 1
	skip "$output"
}

# The kernel prints the reports of at most 10 kills in 5 s: waits until there were fewer than 5.
reports_are_printed() {
	lab_needs log
	eventually few_recent_kills
}

few_recent_kills() {
	dmesg | awk -v now="$(cut -d ' ' -f 1 /proc/uptime)" '
		/Killed process/ { gsub(/[][]/, ""); n += now - $1 < 5.2 }
		END { exit n >= 5 }'
}

# A zombie has ended too.
pid_has_ended() {
	local state

	state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null)
	[[ -z $state || $state == [ZX] ]]
}

# pid_wait PID
pid_wait() {
	eventually pid_has_ended "$1"
}

# hog_start OPTION...: starts a hog and waits until it is ready; sets hog_pid, and hog_child if it
# has one. A hog that the kernel kills before that counts as started; any other exit is a failure.
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
	eventually hog_is_up "$ready" "$hog_pid" || return 1
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

# hog_wait PID: waits until a hog (or any child of this shell) exits; sets hog_status to its status,
# 137 if it was killed. Not in a subshell, whose children these are not.
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

# Raw records; each read returns one, and the last read fails.
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

# oom_report MARK: waits until the kernel has killed, or reported that it cannot, after MARK, and
# prints the log.
oom_report() {
	eventually kernel_log_has "$1" \
		'Killed process [0-9]+|OOM request ignored|no killable processes|is already exiting' || return 1
	kernel_log_since "$1"
}

# sysrq_oom: makes the kernel choose and kill a process now; prints its report.
sysrq_oom() {
	local mark

	echo 1 >/proc/sys/kernel/sysrq
	mark=$(kernel_log_mark)
	echo f >/proc/sysrq-trigger
	oom_report "$mark"
}

# oom_victim <REPORT: the thread ID of the first killed process.
oom_victim() {
	sed -n 's/.*Killed process \([0-9]*\) .*/\1/p' | head -n 1
}

# cgroup_make NAME [FILE=VALUE...]: creates a cgroup with the memory controller; sets cgroup_path.
# NAME can contain a slash. Without the controller the test is skipped.
cgroup_make() {
	local setting

	lab_needs memory
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

# cgroup_remove PATH: kills its processes and removes it.
cgroup_remove() {
	[[ -d $1 ]] || return 0
	if [[ -e $1/cgroup.kill ]]; then
		echo 1 >"$1/cgroup.kill"
	fi
	eventually cgroup_is_gone "$1"
}

# The guest's swap space, 64 MiB.
swap_on() {
	[[ -b $LAB_SWAP ]] || modprobe -a virtio_pci virtio_blk
	within 20 test -b "$LAB_SWAP" && mkswap "$LAB_SWAP" >/dev/null && swapon "$LAB_SWAP"
}

swap_off() {
	grep -q "^$LAB_SWAP " /proc/swaps || return 0
	swapoff "$LAB_SWAP"
}

# Ends only processes that this shell has started.
lab_cleanup() {
	local pid i

	for pid in "${lab_pids[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
	done
	for pid in "${lab_pids[@]}"; do
		wait "$pid" 2>/dev/null || true
		pid_wait "$pid"
	done
	for ((i = ${#lab_cgroups[@]} - 1; i >= 0; i--)); do
		cgroup_remove "${lab_cgroups[i]}"
	done
	if [[ -n ${LAB-} ]]; then
		swap_off
	fi
}
