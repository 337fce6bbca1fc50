#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The two ways to read processes, /proc and a BPF scan, on an idle machine.

# bats and lib.bash set these; jq and the inner shells expand theirs.
# shellcheck disable=SC2030,SC2031,SC2154,SC2016

load lib

setup() {
	lab_only
	[[ -r /sys/kernel/btf/vmlinux ]] || skip "$LAB_KERNEL has no BTF (CONFIG_DEBUG_INFO_BTF)"
	chmod 1777 "$LAB_FILES"
}

teardown() {
	lab_cleanup
}

# read_by WAY FILE: one row per process, sorted by PID, without oomctl itself. The work that follows
# a kernel worker's name differs each time, and so does whether kernel threads sleep or run.
read_by() {
	bash -c 'echo -1000 >/proc/self/oom_score_adj && exec "$@"' . \
		"$OOMCTL" rank --scan="$1" --all -b -J --output-all >"$2.json" || return 1
	jq -c '.processes | sort_by(.tgid) | map(select(.name != "oomctl")) | .[] |
		if .ppid == 2 then (.name |= sub("[-+].*"; "")) | (.state |= sub("R"; "I")) else . end' "$2.json" >"$2"
}

# Some kernel threads wake meanwhile: repeats until /proc shows the same before and after.
read_both() {
	local i

	cd "$BATS_TEST_TMPDIR" || return 1
	for ((i = 0; i < 30; i++)); do
		read_by proc before
		read_by bpf counted
		read_by proc after
		if cmp -s before after; then
			return
		fi
		sleep 0.3
	done
	echo 'kernel threads did not become idle:'
	diff before after
	return 1
}

# Since 6.12.39 status includes the per-CPU parts of counters; the kernel's choice and stat do not.
has_two_counts() {
	[[ $("$OOMCTL" rank -v --scan=proc -t 1 2>&1) == *'RSS from /proc/PID/stat'* ]]
}

# without_parts FILE: without the parts of RSS, and swap, which only a BPF scan reads as the OOM killer does.
without_parts() {
	jq -c 'del(.rss_anon, .rss_file, .rss_shmem)' "$1"
}

@test "scan: /proc and BPF agree on every process, in every field" {
	hog_start --anon 8M --file 1M --shm 2M --threads 3 --uid 1234
	hog_start --anon 4M --dead-leader --adj 100
	headless=$hog_pid
	hog_start --anon 2M --clone-vm --adj -500
	hog_start --anon 3M --vfork
	vforked=$hog_child
	hog_start --anon 1M --adj -1000 --uid 2000000000
	hog_start --shm 6M --name 'a) b\c'
	# In status, the counts of these follow 14 and 450 KiB of groups.
	hog_start --anon 3M --groups 2000
	crowded=$hog_pid
	hog_start --anon 2M --groups 65536 --dead-leader
	most_crowded=$hog_pid
	# A zombie: its parent never waits for it.
	bash -c 'sleep 0.1 & exec -a parent sleep 1000' &
	lab_pids+=("$!")
	# A user namespace, and a PID namespace, in which processes have other PIDs.
	unshare -U -r sleep 1001 &
	lab_pids+=("$!")
	unshare -p -f --kill-child --mount-proc sleep 1002 &
	lab_pids+=("$!")
	sleep 1
	read_both
	if has_two_counts; then
		diff <(without_parts before) <(without_parts counted)
		# The parts add up to RSS, and each is within the error of two CPUs, 32 pages each.
		jq -e -s 'map(select(.rss != null) | .rss == .rss_anon + .rss_file + .rss_shmem) | all and length > 9' counted
		paste -d '\n' before counted | jq -s -e '
			[range(0; length; 2) as $i | .[$i] as $p | .[$i + 1] as $c |
			 if $p.rss_anon == null then $c.rss_anon == null
			 else ([$p.rss_anon - $c.rss_anon, $p.rss_file - $c.rss_file, $p.rss_shmem - $c.rss_shmem] |
			       map(. * .) | max) < (64 * 4096 * 64 * 4096) end] | all'
	else
		diff before counted
	fi
	# The special processes are in the list.
	[ "$(jq -r "select(.tgid == $headless) | .threads > 1 and .pid != .tgid" counted)" = true ]
	[ "$(jq -r "select(.tgid == $vforked) | .place" counted)" = null ]
	[ "$(jq -r 'select(.state == "Z" and .threads == 1) | .reason' counted | head -n 1)" = 'has exited (zombie)' ]
	[ "$(jq -r 'select(.uid == 2000000000) | .adj' counted)" = -1000 ]
	jq -e -s "map(select(.tgid == $crowded or .tgid == $most_crowded) | .rss >= 2097152 and .place > 0) |
		all and length == 2" counted
	jq -e -s 'map(select(.tgid == 2 and .name == "kthreadd")) | length == 1' counted
}

@test "scan: the first processes and targets are the same with both" {
	local pids=()

	for i in 1 2 3 4 5 6; do
		hog_start --anon "$((i / 2 + 1))M" --adj $((i * 100))
		pids+=("$hog_pid")
	done
	for args in '-t 3' '-t 1' "${pids[*]}" "${pids[2]}"; do
		# shellcheck disable=SC2086 # several words
		same_by_either rank -r -o pid,score,adj,place $args
	done
	same_by_either get -r "${pids[@]}"
	same_by_either predict -r -o pid,place,kill_set --kills 4
	same_by_either explain "${pids[5]}"
}

# In turn: each command is a process and is counted, and others may grow in between. With a BPF scan
# explain shows other parts of RSS.
same_by_either() {
	local command=$1 way try

	shift
	for try in 1 2 3 4 5; do
		for way in proc bpf; do
			"$OOMCTL" "$command" --scan="$way" "$@" | sed '/^How the kernel computes/,/^To change/d' \
				>"$BATS_TEST_TMPDIR/$way"
		done
		[ -s "$BATS_TEST_TMPDIR/proc" ]
		diff "$BATS_TEST_TMPDIR/proc" "$BATS_TEST_TMPDIR/bpf" && return
		echo "the $try. time"
	done
	return 1
}

@test "scan: in a PID namespace, without privilege, or on request /proc is read, and -v reports why" {
	run unshare -p -f --mount-proc "$OOMCTL" rank -v --scan=bpf
	[ "$status" = 4 ]
	[[ $output == *'not the initial PID namespace'* ]]
	run unshare -p -f --mount-proc "$OOMCTL" rank -v
	[ "$status" = 0 ]
	[[ $output == *'reading /proc: '*'not the initial PID namespace'* ]]
	run unshare -p -f "$OOMCTL" rank -v --scan=bpf
	[ "$status" = 4 ]
	[[ $output == *'/proc belongs to another PID namespace'* ]]
	run setpriv --reuid 1234 --regid 1234 --clear-groups "$OOMCTL" rank --scan=bpf
	[ "$status" = 3 ]
	[[ $output == *'CAP_BPF and CAP_PERFMON'* ]]
	run unshare -U -r "$OOMCTL" rank --scan=bpf
	[ "$status" -ge 3 ]
	[[ $output == *'--scan=bpf is not possible'*'Operation not permitted'* ]]
	run setpriv --bounding-set -all,+bpf,+perfmon --inh-caps -all "$OOMCTL" rank -v --scan=bpf
	[ "$status" = 0 ]
	[[ $output == *'BPF scan: '* ]]
	run "$OOMCTL" rank -v --scan=proc
	[ "$status" = 0 ]
	[[ $output != *BPF* ]]
}

@test "scan: a process that grows and shrinks does not contradict a BPF scan" {
	bash -c 'echo 1000 >/proc/self/oom_score_adj
		while :; do x=$(head -c 40000000 /dev/zero | tr "\\0" x); unset x; done' 3>&- &
	lab_pids+=("$!")
	sleep 1
	for command in 'rank -t 1' 'rank -t 20' predict "explain $$" "get $! $$"; do
		for _ in {1..8}; do
			# shellcheck disable=SC2086 # several words
			run "$OOMCTL" $command -v --scan=bpf
			[[ $output == *'BPF scan: '* && $output != *'reading /proc'* ]]
		done
	done
}

@test "scan: a parent that exits meanwhile, and another time namespace" {
	for _ in {1..20}; do
		# shellcheck disable=SC2016 # for the inner shell
		bash -c '"$@" &' . "$OOMCTL" rank -t 1 --scan=bpf >>"$BATS_TEST_TMPDIR/orphans" 2>&1 3>&-
	done
	all_ended() { ! pgrep -x oomctl; }
	eventually 20 all_ended
	[ "$(grep -c ^RAM "$BATS_TEST_TMPDIR/orphans")" = 20 ]
	[ "$(grep -c ^oomctl: "$BATS_TEST_TMPDIR/orphans")" = 0 ]
	run unshare -T --boottime 1000 "$OOMCTL" rank -t 1 --scan=bpf
	[ "$status" = 4 ]
	[[ $output == *': this is not the initial time namespace' ]]
	run "$OOMCTL" protect --never --dry-run -v "$$"
	[[ $output == *'/proc is faster for few processes'* ]]
}

@test "scan: personality(2) reports another version: the running kernel's rules apply" {
	hog_start --anon 9M
	same() { "$@" "$OOMCTL" get --scan=bpf -J -o pid,rss,rss_anon,rss_file,pgtables "$hog_pid"; }
	[ "$(same)" = "$(same setarch "$(uname -m)" --uname-2.6)" ]
}
