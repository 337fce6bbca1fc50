#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# How the processes are read: --scan, what -v says of it, and what is not loaded for it.

# bats, cli.bash and fixture.bash set these, and use those.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load cli
load fixture

# Whether a census can be had here: the caller's rights, the kernel's own description of its types.
census_or_skip() {
	run oomctl rank --scan=bpf
	((status == 0)) || skip "no census here: $output"
}

@test "--scan: a way that there is not is wrong usage, whatever the command" {
	for command in 'rank' 'get 1' 'predict' 'explain 1' 'sysctl'; do
		# shellcheck disable=SC2086 # several words
		run oomctl $command --scan=both
		assert_failure 2
		assert_line "oomctl: --scan takes auto, proc or bpf, not 'both'"
	done
	run oomctl set --scan=proc 5 1
	assert_failure 2
}

@test "--scan: proc asks the kernel for nothing else" {
	run --separate-stderr oomctl rank -v --scan=proc
	assert_success
	[[ $stderr != *BPF* ]]
	command -v strace >/dev/null || skip 'no strace'
	run strace -f -qq -o "$BATS_TEST_TMPDIR/trace" -e trace=bpf "$OOMCTL" rank --scan=proc
	if ! ((status == 0)); then
		skip "no tracing here: $output"
	fi
	run cat "$BATS_TEST_TMPDIR/trace"
	refute_output --partial 'bpf('
}

@test "--scan: without rights bpf is refused, auto reads /proc, and neither asks the kernel" {
	local bare=(setpriv --bounding-set=-all --inh-caps=-all --)

	((UID == 0)) || bare=()
	run "${bare[@]}" timeout 60 "$OOMCTL" rank --scan=bpf
	assert_failure 3
	assert_line --partial 'cannot read the processes by BPF: it takes CAP_BPF and CAP_PERFMON'
	run --separate-stderr "${bare[@]}" timeout 60 "$OOMCTL" rank -v
	assert_success
	[[ $stderr == *'reading /proc: no census by BPF: it takes CAP_BPF'* ]]
	run --separate-stderr "${bare[@]}" timeout 60 "$OOMCTL" rank
	assert_success
	[[ $stderr != *BPF* ]]
}

@test "--scan: a /proc of another machine is read, not counted" {
	fixture_or_skip
	fixture_new 6.12.1
	fixture_process 1 init rss=4000 vm=20000 anon=2000 file=2000 shmem=0 ppid=0 score=0
	fixture_process 77 only rss=8000 vm=20000 anon=8000 file=0 shmem=0 score=668 adj=0
	run --separate-stderr fixture_oomctl rank -r --noheadings -o pid,name --scan=auto
	assert_success
	assert_output '77 only'
	run fixture_oomctl rank --scan=bpf
	assert_failure
	assert_line --partial 'cannot read the processes by BPF: '
}

@test "-v: whoever looks at all processes tells how they were read, and how many there are" {
	for command in rank "get $$" predict "explain $$" sysctl; do
		# shellcheck disable=SC2086 # several words
		run --separate-stderr oomctl $command -v --scan=proc
		[[ $stderr =~ Linux\ .*:\ weighs\ as\ since\ .*RSS\ as\ in\ /proc/PID/ ]]
		[[ $stderr =~ processes:\ [1-9][0-9]*\ seen,\ [1-9][0-9]*\ read\ in\ detail ]]
	done
}

@test "--scan: of processes that sleep both tell the same" {
	local way pids=() columns=pid,tgid,ppid,user,uid,name,state,threads,score,adj,oom_adj,points,pages,total_vm,rss

	census_or_skip
	for way in 1 2 3; do
		sleep 600 3>&- &
		pids+=("$!")
		cli_pids+=("$!")
		echo $((way * 100)) >"/proc/$!/oom_score_adj"
		until_asleep "$!" sleep
	done
	for way in proc bpf; do
		oomctl get -b -r --scan="$way" -o "$columns,swapents,pgtables_bytes,start" "${pids[@]}" \
			>"$BATS_TEST_TMPDIR/$way"
	done
	run cat "$BATS_TEST_TMPDIR/proc"
	[ "${#lines[@]}" -eq 4 ]
	run diff "$BATS_TEST_TMPDIR/proc" "$BATS_TEST_TMPDIR/bpf"
	assert_output ''
}

@test "sysctl and protect --never look at all processes as the others do" {
	local way

	census_or_skip
	# The one that would die first, so that it is not oomctl itself, whose PID is another each time.
	sleep 600 3>&- &
	cli_pids+=("$!")
	echo 1000 >"/proc/$!/oom_score_adj"
	until_asleep "$!" sleep
	for way in proc bpf; do
		oomctl sysctl -J --scan="$way" | jq -c '.settings[] | del(.now | strings | select(test("listed")))' \
			>"$BATS_TEST_TMPDIR/$way"
	done
	run diff "$BATS_TEST_TMPDIR/proc" "$BATS_TEST_TMPDIR/bpf"
	assert_output ''
	run --separate-stderr oomctl sysctl -v --scan=bpf
	assert_success
	[[ $stderr == *'a census by BPF: '* ]]
	run --separate-stderr oomctl protect -v --never --dry-run "$!"
	[[ $stderr == *'census by BPF: '* ]]
}

@test "--scan: the parts of RSS in a census add up to what the kernel counts" {
	census_or_skip
	run jq -e '[.processes[] | select(.rss != null) | .rss == .rss_anon + .rss_file + .rss_shmem] |
		all and length > 0' <<<"$(oomctl rank -b -J --scan=bpf -o pid,rss,rss_anon,rss_file,rss_shmem)"
	assert_success
	# Of such a kernel's own dump no number is missing.
	run oomctl rank --format kernel --scan=bpf
	assert_success
	refute_output --regexp '\] .* - '
}

# maps_at_write COMMAND...: what the command has mapped when it writes for the first time; sets maps.
maps_at_write() {
	local tracer traced='' end=$((SECONDS + 20))

	strace -qq -f -o /dev/null -e trace=write -e inject=write:delay_enter=10000000:when=1 \
		"$OOMCTL" "$@" >/dev/null 2>&1 3>&- &
	tracer=$!
	cli_pids+=("$tracer")
	until [[ $traced ]] && maps=$(cat "/proc/$traced/maps" 2>/dev/null) && [[ $maps == *libcap-ng* ]]; do
		((SECONDS < end)) || return 1
		traced=$(pgrep -P "$tracer" -x oomctl || true)
		sleep 0.02
	done
	# Held by now: what it would load it has loaded.
	sleep 0.7
	maps=$(cat "/proc/$traced/maps")
	kill -KILL "$traced"
	[[ $maps == *libcap-ng* ]]
}

@test "libproc2 and what it brings is mapped by none that does not need it" {
	local libraries='libproc2|libsystemd|libgcrypt|liblzma|libzstd|liblz4'

	run ldd "$OOMCTL"
	assert_success
	refute_output --regexp "$libraries"
	command -v strace >/dev/null || skip 'no strace'
	sleep 600 3>&- &
	cli_pids+=("$!")
	strace -qq -o /dev/null true || skip 'no tracing here'
	for command in rank 'rank --scan=proc' predict "explain ${cli_pids[0]}" 'run -n 1000 true' "set 1000 ${cli_pids[0]}"; do
		# shellcheck disable=SC2086 # several words
		maps_at_write $command
		run grep -E "$libraries" <<<"$maps"
		assert_output ''
	done
}

# first_by WAY [WORD]...: who is the first, and of what size, rounded: it was the same for both.
first_by() {
	oomctl rank -t 1 -b -r --noheadings --scan="$1" -o pid,place,state,threads,rss,reason
}

@test "a process with thousands of groups is not lost, whichever way it is read" {
	local n way ways=(proc)

	((UID == 0)) || skip 'not root: no setgroups(2)'
	run oomctl rank --scan=bpf
	((status == 0)) && ways+=(bpf)
	for n in 2000 65536; do
		actor_start hold 20 "$n"
		echo 1000 >"/proc/$actor_pid/oom_score_adj"
		until_asleep "$actor_pid" actor
		(($(wc -c <"/proc/$actor_pid/status") > n * 7))
		for way in "${ways[@]}"; do
			run --separate-stderr first_by "$way"
			assert_success
			[[ $output =~ ^"$actor_pid 1 S 1 "([0-9]+)' -'$ ]]
			((BASH_REMATCH[1] > 20 << 20))
			run oomctl get -r --noheadings --scan="$way" -o place,reason "$actor_pid"
			assert_output '1 -'
			run --separate-stderr oomctl predict --kills 1 -r --noheadings --scan="$way" -o pid
			assert_output "$actor_pid"
		done
		run oomctl get -b -r --noheadings --scan=proc -o rss,swapents,uid,threads,adj "$actor_pid"
		assert_output "$(oomctl get -b -r --noheadings --scan="${ways[-1]}" -o rss,swapents,uid,threads,adj \
			"$actor_pid")"
		kill "$actor_pid"
	done
}

# tear_status PID KEY: the text ends in the middle of that line.
tear_status() {
	local file=$fixture/$1/status rest

	rest=$(sed "/^$2:/,\$d" "$file"; printf '%.4s' "$2")
	printf '%s' "$rest" >"$file"
}

@test "a text that is cut says nothing of memory: the process is unseen, not a zombie" {
	local key n

	fixture_or_skip
	for key in VmSize VmRSS RssFile Threads CapEff; do
		fixture_new 6.12.1
		# PIDs that no process of this machine has: kcmp(2) asks the kernel about them.
		for n in 10 11 12 13; do
			# No two are equal: the order of their forks may be unknown.
			fixture_process $((4194300 + n)) small rss=$((8000 + 400 * n)) vm=20000 anon=$((8000 + 400 * n)) file=0 \
				shmem=0 pte=40 swap=0 score=668 adj=0
		done
		fixture_process 77 large rss=800000 vm=900000 anon=800000 file=0 shmem=0 pte=40 swap=0 score=800 adj=0
		run --separate-stderr fixture_oomctl rank -r --noheadings -o pid -t 1
		assert_output 77
		[ -z "$stderr" ]
		tear_status 77 "$key"
		run --separate-stderr fixture_oomctl rank -a -r --noheadings -o pid
		refute_line 77
		[[ $stderr == *'1 more process could not be read (Input/output error)'* ]]
		run --separate-stderr fixture_oomctl predict --kills 1 -r --noheadings -o sure,doubt
		assert_output 'close unseen'
		run fixture_oomctl get 77
		((status != 0))
		refute_output --partial zombie
	done
	# What is too long for any reader is as little a zombie.
	fixture_process 77 large rss=800000 vm=900000 anon=800000 score=800 adj=0
	{ sed '/^VmSize/,$d' "$fixture/77/status" && head -c 300000 /dev/zero | tr '\0' x; } >"$fixture/77/new"
	mv "$fixture/77/new" "$fixture/77/status"
	run --separate-stderr fixture_oomctl rank -a -r --noheadings -o pid
	refute_line 77
	[[ $stderr == *'1 more process could not be read (File too large)'* ]]
}

@test "of groups without end the rest is read: a fixture of another machine" {
	fixture_or_skip
	fixture_new 6.12.1
	fixture_process 10 small rss=8000 vm=20000 anon=8000 file=0 shmem=0 score=668 adj=0
	fixture_process 77 large rss=800000 vm=900000 anon=800000 file=0 shmem=0 score=800 adj=0
	sed -i "s/^VmSize/Groups:\t$(seq -s ' ' 10000 15000)\nVmSize/" "$fixture/77/status"
	run --separate-stderr fixture_oomctl rank -b -r --noheadings -o pid,rss
	assert_success
	assert_line -n 0 "77 819200000"
	[ -z "$stderr" ]
}
