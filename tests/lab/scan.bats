#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The two ways to read processes, /proc and a BPF scan, on an idle machine.
# bats file_tags=beyond-uml

# bats and lib.bash set these; jq and the inner shells expand theirs.
# shellcheck disable=SC2030,SC2031,SC2154,SC2016

load lib

setup() {
	lab_only
	bpf_or_skip
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
	[[ $output == *'reading /proc, no BPF scan: '*'not the initial PID namespace'* ]]
	run unshare -p -f "$OOMCTL" rank -v --scan=bpf
	[ "$status" = 4 ]
	[[ $output == *'/proc belongs to another PID namespace'* ]]
	run setpriv --reuid 1234 --regid 1234 --clear-groups "$OOMCTL" rank --scan=bpf
	[ "$status" = 3 ]
	[[ $output == *'CAP_BPF and CAP_PERFMON'* ]]
	run unshare -U -r "$OOMCTL" rank --scan=bpf
	[ "$status" = 3 ]
	[[ $output == *'CAP_BPF and CAP_PERFMON'* ]]
	run setpriv --bounding-set -all,+bpf,+perfmon --inh-caps -all "$OOMCTL" rank -v --scan=bpf
	[ "$status" = 0 ]
	[[ $output == *'BPF scan: '* ]]
	run "$OOMCTL" rank -v --scan=proc
	[ "$status" = 0 ]
	[[ $output != *BPF* ]]
}

@test "scan: a kernel without BTF, or without bpf(2), is named as the reason" {
	run unshare -m bash -c 'mount -t tmpfs none /sys/kernel/btf && exec "$1" rank --scan=bpf' _ "$OOMCTL"
	[ "$status" = 4 ]
	[[ $output == *': no BTF in this kernel (CONFIG_DEBUG_INFO_BTF)' ]]
	without_bpf=(strace -qq -f -o /dev/null -e trace=bpf -e inject=bpf:error=ENOSYS)
	run "${without_bpf[@]}" "$OOMCTL" rank --scan=bpf
	[ "$status" = 4 ]
	[[ $output == *': this kernel has no bpf(2) (CONFIG_BPF_SYSCALL)' ]]
	# Such a kernel has no BTF either.
	run unshare -m bash -c 'mount -t tmpfs none /sys/kernel/btf && exec "$@"' _ \
		"${without_bpf[@]}" "$OOMCTL" rank --scan=bpf
	[ "$status" = 4 ]
	[[ $output == *': this kernel has no bpf(2) (CONFIG_BPF_SYSCALL)' ]]
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
	eventually all_ended
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

# same_list COMMAND [ARG...]: its lines are the same with both ways, sorted.
same_list() {
	local command=$1 way

	shift
	for way in proc bpf; do
		# No pipe: its other processes would be in the list.
		"$OOMCTL" "$command" --scan="$way" "$@" >"$BATS_TEST_TMPDIR/unsorted" 2>&1 || :
		sort "$BATS_TEST_TMPDIR/unsorted" >"$BATS_TEST_TMPDIR/$way"
	done
	[ -s "$BATS_TEST_TMPDIR/bpf" ] || return 1
	diff "$BATS_TEST_TMPDIR/proc" "$BATS_TEST_TMPDIR/bpf"
}

# start_odd_ones: processes whose names, users, threads and namespaces are unusual.
start_odd_ones() {
	hog_start --anon 1M --name $'new\nline' --uid 1234
	odd=$hog_pid
	hog_start --anon 1M --name $'half \xc3' --adj 300
	hog_start --anon 1M --name 'a) b\c'
	hog_start --anon 1M --dead-leader --name headless --adj 100 --uid 1234
	headless=$hog_pid
	hog_start --anon 1M --threads 3 --name threads --uid 2000000000
	bash -c 'sleep 0.1 & exec -a zombies-parent sleep 1003' &
	lab_pids+=("$!")
	unshare -U -r sleep 1001 &
	lab_pids+=("$!")
	unshare -p -f --kill-child --mount-proc sleep 1002 &
	lab_pids+=("$!")
	cp "$(command -v sleep)" "$LAB_FILES/a-name-longer-than-15"
	"$LAB_FILES/a-name-longer-than-15" 1004 &
	lab_pids+=("$!")
	long=$!
	# Its executable is deleted.
	cp "$(command -v sleep)" "$LAB_FILES/gone"
	"$LAB_FILES/gone" 1005 &
	lab_pids+=("$!")
	rm "$LAB_FILES/gone"
	sleep 1
}

@test "scan: selectors select the same processes with both" {
	local selected

	start_odd_ones
	same_list get -r -o tgid,pid --name .
	[ "$(wc -l <"$BATS_TEST_TMPDIR/bpf")" -gt 10 ]
	selected=$("$OOMCTL" get --scan=bpf -r --noheadings -o tgid --name $'^new\nline$')
	[ "$selected" = "$odd" ]
	selected=$("$OOMCTL" get --scan=bpf -r --noheadings -o tgid --name '^a-name-longer-than-15$')
	[ "$selected" = "$long" ]
	selected=$("$OOMCTL" get --scan=bpf -r --noheadings -o tgid --name '^headless$' --user 1234)
	[ "$selected" = "$headless" ]
	for selector in '--name ^half' '--name ^a\) ' '--name sleep' '--name ^kworker' '--user 1234' '--user 0' \
		'--user 2000000000' "--parent $$" '--parent 2' '--with-adj 50..400' '--with-adj -1000..-1' '--exe /*/*/sleep' \
		"--exe $LAB_FILES/gone" '--cmdline 100[0-9]' '--user 1234 --with-adj ..99' '--name nothing-has-this-name'; do
		# shellcheck disable=SC2086 # several words
		set -- $selector
		# A pattern may end in a blank.
		[[ $selector != *' ' ]] || set -- --name '^a\) '
		same_list get -r -o tgid,pid "$@" || { echo "$selector" && return 1; }
	done
}

write_all_conditions() {
	cat >"$1/all.rules" <<-END
		adj 11 name ^half
		adj 12 user 1234
		adj 13 name "^a\) b"
		adj 14 exe $LAB_FILES/gone
		adj 15 name ^a-name-longer-than-15\$
		adj 16 cmdline "^sleep 100[12]"
		protect name ^threads\$
		adj 17 parent ^bash\$ name ^hog
		adj 18 cgroup /lab-classes
		leave name zombies
		adj 19 parent init name .
		adj 20 user 1234 name ^headless\$ enforce
	END
}

@test "scan: rules match and change the same processes with both" {
	local dir=$BATS_TEST_TMPDIR/rules.d

	start_odd_ones
	mkdir "$dir"
	write_all_conditions "$dir"
	same_list rules -r --dir "$dir"
	# They match something: no way finds nothing.
	[ "$("$OOMCTL" rules --scan=bpf --dir "$dir" -r --noheadings -o decides | awk '$1 > 0' | wc -l)" -gt 5 ]
	same_list apply --dry-run --dir "$dir"
	grep -q "^pid $headless (headless): adj 100 -> 20 by .*:12 (dry run)" "$BATS_TEST_TMPDIR/bpf"
	grep -q "^pid $long (a-name-longer-t): adj 0 -> 15 " "$BATS_TEST_TMPDIR/bpf"
	# With a rule that has children, what a match forks counts, too.
	echo 'adj 21 name ^bash$ children 22' >>"$dir/all.rules"
	same_list apply --dry-run --dir "$dir"
	sed -i '$d' "$dir/all.rules"

	run "$OOMCTL" apply -v --scan=bpf --dir "$dir"
	[[ $output == *'BPF scan: '* ]]
	[ "$(cat "/proc/$headless/oom_score_adj")" = 20 ]
	[ "$(cat "/proc/$long/oom_score_adj")" = 15 ]
	# What others change stays, except with enforce.
	echo 400 >"/proc/$headless/oom_score_adj"
	echo 401 >"/proc/$long/oom_score_adj"
	same_list apply --dry-run --dir "$dir"
	grep -q "^pid $headless (headless): adj 400 -> 20 by" "$BATS_TEST_TMPDIR/bpf"
	grep -q "^oomctl: pid $long (a-name-longer-t): adj 401 stays, not 15" "$BATS_TEST_TMPDIR/bpf"
	same_list rules -r --dir "$dir"
	run "$OOMCTL" apply --scan=bpf --dir "$dir"
	[[ $output == *'1 process changed, '*', 1 changed by others'* ]]
	run "$OOMCTL" apply --scan=proc --dry-run --dir "$dir"
	[[ $output == *'0 processes would be changed, '*', 1 changed by others'* ]]
}

@test "scan: set and apply use a BPF scan among 600 processes, also after they dropped capabilities" {
	local dir=$BATS_TEST_TMPDIR/rules.d list=$BATS_TEST_TMPDIR/list library parent

	mkfifo "$BATS_TEST_TMPDIR/stdin"
	"$lab_helpers/../bench/spawner" -t 1000 600 "$list" <>"$BATS_TEST_TMPDIR/stdin" >"$BATS_TEST_TMPDIR/ready" 3>&- &
	lab_pids+=("$!")
	eventually test -s "$BATS_TEST_TMPDIR/ready"
	[ "$(wc -w <"$list")" = 600 ]
	mkdir "$dir"
	echo 'adj 31 name ^idle[0-9]' >"$dir/one.rules"
	has() { sed 's,.*,/proc/&/oom_score_adj,' "$list" | xargs grep -lx -- "$1" | wc -l; }
	# The library that would read /proc cannot be loaded, for the second search, too.
	library=$(ldd "$(command -v ps)" | awk '$1 == "libproc2.so.0" { print $3 }')
	[ -f "$library" ]
	run unshare -m sh -c 'mount --bind /dev/null "$0" && exec "$@"' "$library" "$OOMCTL" set -v 30 --name '^idle[0-9]'
	[ "$status" = 0 ]
	[[ $output == *'BPF scan: '* && $output != *'cannot search'* ]]
	[ "$(has 30)" = 600 ]
	# Of the others, only those with the same memory are compared.
	hog_start --anon 1M --clone-vm
	parent=$(awk '$1 == "PPid:" { print $2 }' "/proc/$hog_pid/status")
	run "$OOMCTL" set -v 33 --parent "$parent" --name '^hog$'
	[[ $output == *'BPF scan: '*"pid $hog_child (hog): shares memory with $hog_pid; its adj is now 33"* ]]
	run "$OOMCTL" apply -v --dir "$dir"
	[ "$status" = 0 ]
	[[ $output == *'BPF scan: '*'600 processes changed, 0 had'* ]]
	[ "$(has 31)" = 600 ]
	# Nothing is left to do: no file of these processes is opened.
	if command -v strace >/dev/null; then
		strace -f -qq -e trace=openat,readlinkat -o "$BATS_TEST_TMPDIR/trace" "$OOMCTL" apply --dir "$dir"
		[ "$(grep -c "\"$(sed -n 300p "$list")[\"/]" "$BATS_TEST_TMPDIR/trace")" = 0 ]
	fi
	run "$OOMCTL" apply --dir "$dir"
	[[ $output == *'0 processes changed, 600 had'* ]]
}
