#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# How processes are read: --scan, its details with -v, and which libraries are not loaded. BPF counts only in the
# initial PID namespace, where other processes start and exit.
# cli: among all processes

# bats, cli.bash and fixture.bash set these, and use those.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load cli
load fixture

# Skips if a BPF scan is not possible: it needs capabilities and the kernel's BTF.
census_or_skip() {
	run oomctl rank --scan=bpf
	((status == 0)) || skip "no BPF scan here: $output"
}

@test "--scan: an unknown method is a usage error for every command" {
	for command in 'rank' 'get 1' 'predict' 'explain 1' 'sysctl'; do
		# shellcheck disable=SC2086 # several words
		run oomctl $command --scan=both
		assert_failure 2
		assert_line "oomctl: --scan takes auto, proc or bpf, not 'both'"
	done
	run oomctl set --scan=proc 5 1
	assert_failure 2
}

@test "--scan: proc does not call bpf(2)" {
	run --separate-stderr oomctl rank -v --scan=proc
	assert_success
	[[ $stderr != *BPF* ]]
	strace_or_skip
	run strace -f -qq -o "$BATS_TEST_TMPDIR/trace" -e trace=bpf "$OOMCTL" rank --scan=proc
	assert_success
	run cat "$BATS_TEST_TMPDIR/trace"
	refute_output --partial 'bpf('
}

@test "--scan: without capabilities bpf is refused, and auto reads /proc" {
	local bare=(setpriv --bounding-set=-all --inh-caps=-all --)

	((UID == 0)) || bare=()
	run "${bare[@]}" timeout 60 "$OOMCTL" rank --scan=bpf
	assert_failure 3
	assert_line --partial '--scan=bpf is not possible: the caller needs CAP_BPF and CAP_PERFMON'
	run --separate-stderr "${bare[@]}" timeout 60 "$OOMCTL" rank -v
	assert_success
	[[ $stderr == *'reading /proc, no BPF scan: the caller needs CAP_BPF'* ]]
	run --separate-stderr "${bare[@]}" timeout 60 "$OOMCTL" rank
	assert_success
	[[ $stderr != *BPF* ]]
}

@test "--scan: a /proc of another machine is read, not scanned by BPF" {
	fixture_or_skip
	fixture_new 6.12.1
	fixture_process 1 init rss=4000 vm=20000 anon=2000 file=2000 shmem=0 ppid=0 score=0
	fixture_process 77 only rss=8000 vm=20000 anon=8000 file=0 shmem=0 score=668 adj=0
	run --separate-stderr fixture_oomctl rank -r --noheadings -o pid,name --scan=auto
	assert_success
	assert_output '77 only'
	run fixture_oomctl rank --scan=bpf
	assert_failure
	assert_line --partial '--scan=bpf is not possible: '
}

@test "-v: commands that read all processes report how, and how many" {
	for command in rank "get $$" predict "explain $$" sysctl; do
		# shellcheck disable=SC2086 # several words
		run --separate-stderr oomctl $command -v --scan=proc
		[[ $stderr =~ Linux\ .*:\ rules\ since\ .*RSS\ from\ /proc/PID/ ]]
		[[ $stderr =~ [1-9][0-9]*\ processes\ found,\ [1-9][0-9]*\ read\ in\ detail ]]
	done
}

@test "--scan: both methods report the same of sleeping processes" {
	local way pids=() columns=pid,tgid,ppid,user,uid,name,state,threads,score,adj,oom_adj,points,total_vm,rss

	census_or_skip
	for way in 1 2 3; do
		sleep 600 3>&- &
		pids+=("$!")
		cli_pids+=("$!")
		echo $((way * 100)) >"/proc/$!/oom_score_adj"
		until_asleep "$!" sleep
	done
	for way in proc bpf; do
		oomctl get -b -r --scan="$way" -o "$columns,swap,pgtables,start" "${pids[@]}" \
			>"$BATS_TEST_TMPDIR/$way"
	done
	run cat "$BATS_TEST_TMPDIR/proc"
	[ "${#lines[@]}" -eq 4 ]
	run diff "$BATS_TEST_TMPDIR/proc" "$BATS_TEST_TMPDIR/bpf"
	assert_output ''
}

@test "sysctl and protect --never read all processes as other commands do" {
	local way try

	census_or_skip
	# The process of rank 1. It must not be oomctl, whose PID differs each time.
	sleep 600 3>&- &
	cli_pids+=("$!")
	echo 1000 >"/proc/$!/oom_score_adj"
	until_asleep "$!" sleep
	# Another process may rank first meanwhile, but not each time.
	for try in {1..10}; do
		for way in proc bpf; do
			oomctl sysctl -J --scan="$way" | jq -c '.settings[:3][] | del(.now | strings | select(test("listed")))' \
				>"$BATS_TEST_TMPDIR/$way"
		done
		! cmp -s "$BATS_TEST_TMPDIR/proc" "$BATS_TEST_TMPDIR/bpf" || break
	done
	run diff "$BATS_TEST_TMPDIR/proc" "$BATS_TEST_TMPDIR/bpf"
	assert_output ''
	run --separate-stderr oomctl sysctl -v --scan=bpf
	assert_success
	[[ $stderr == *'BPF scan: '* ]]
	run --separate-stderr oomctl protect -v --never --dry-run "$!"
	[[ $stderr == *'BPF scan: '* ]]
}

@test "--scan: the parts of RSS in a BPF scan add up to RSS" {
	census_or_skip
	run jq -e '[.processes[] | select(.rss != null) | .rss == .rss_anon + .rss_file + .rss_shmem] |
		all and length > 0' <<<"$(oomctl rank -b -J --scan=bpf -o pid,rss,rss_anon,rss_file,rss_shmem)"
	assert_success
	# The kernel's own dump has all numbers.
	run oomctl rank --format kernel --scan=bpf
	assert_success
	refute_output --regexp '\] .* - '
}

# maps_at_write COMMAND...: sets maps to the mappings of the command at its first write.
maps_at_write() {
	local tracer traced='' trace=$BATS_TEST_TMPDIR/writes end=$((SECONDS + 90))

	rm -f "$trace"
	strace -qq -f -o "$trace" -e trace=write -e inject=write:delay_enter=20000000:when=1 \
		"$OOMCTL" "$@" >/dev/null 2>&1 3>&- &
	tracer=$!
	cli_pids+=("$tracer")
	until [[ -s $trace ]] && read -r traced _ <"$trace" || [[ ${traced-} ]]; do
		((SECONDS < end)) || return 1
		sleep 0.02
	done
	maps=$(cat "/proc/$traced/maps")
	kill -KILL "$traced"
	[[ $maps == *libcap-ng* ]]
}

@test "libproc2 and its libraries are loaded only if needed" {
	local libraries='libproc2|libsystemd|libgcrypt|liblzma|libzstd|liblz4'

	run ldd "$OOMCTL"
	assert_success
	refute_output --regexp "$libraries"
	strace_or_skip
	sleep 600 3>&- &
	cli_pids+=("$!")
	for command in rank 'rank --scan=proc' predict "explain ${cli_pids[0]}" 'run -n 1000 true' "set 1000 ${cli_pids[0]}"; do
		# shellcheck disable=SC2086 # several words
		maps_at_write $command
		run grep -E "$libraries" <<<"$maps"
		assert_output ''
	done
}

# ranked_by WAY PID: its row in the list of all.
ranked_by() {
	oomctl rank -t 100000 -b -r --noheadings --scan="$1" -o pid,place,state,threads,rss,reason | grep "^$2 "
}

@test "a process with thousands of groups is not lost by either method" {
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
			run --separate-stderr ranked_by "$way" "$actor_pid"
			assert_success
			[[ $output =~ ^"$actor_pid "[0-9]+' S 1 '([0-9]+)' -'$ ]]
			((BASH_REMATCH[1] > 20 << 20))
			run oomctl get -r --noheadings --scan="$way" -o place,reason "$actor_pid"
			assert_output --regexp '^[0-9]+ -$'
			run --separate-stderr oomctl predict --kills 1 -r --noheadings --scan="$way" -o pid \
				--if-grows "$actor_pid=1000T"
			assert_output "$actor_pid"
		done
		run oomctl get -b -r --noheadings --scan=proc -o rss,swap,uid,threads,adj "$actor_pid"
		assert_output "$(oomctl get -b -r --noheadings --scan="${ways[-1]}" -o rss,swap,uid,threads,adj \
			"$actor_pid")"
		kill "$actor_pid"
	done
}

# tear_status PID KEY: truncates its status in the middle of this line.
tear_status() {
	local file=$fixture/$1/status rest

	rest=$(sed "/^$2:/,\$d" "$file"; printf '%.4s' "$2")
	printf '%s' "$rest" >"$file"
}

@test "a process with a truncated status counts as unread, not as a zombie" {
	local key n

	fixture_or_skip
	for key in VmSize VmRSS RssFile Threads CapEff; do
		fixture_new 6.12.1
		# PIDs that do not exist on this machine, because kcmp(2) asks its kernel about them.
		for n in 10 11 12 13; do
			# All differ, because the order of forks can be unknown.
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
	# A file that is too long is not a zombie either.
	fixture_process 77 large rss=800000 vm=900000 anon=800000 score=800 adj=0
	{ sed '/^VmSize/,$d' "$fixture/77/status" && head -c 300000 /dev/zero | tr '\0' x; } >"$fixture/77/new"
	mv "$fixture/77/new" "$fixture/77/status"
	run --separate-stderr fixture_oomctl rank -a -r --noheadings -o pid
	refute_line 77
	[[ $stderr == *'1 more process could not be read (File too large)'* ]]
}

@test "a very long list of groups: the rest of status is read" {
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

# initial_or_skip: only the initial PID namespace has kernel threads and the init that the kernel
# never kills.
initial_or_skip() {
	[[ $(readlink /proc/self/ns/pid) == 'pid:[4026531836]' && -e /proc/2 ]] || skip 'no kernel threads can be seen here'
}

@test "init and kernel threads are not ranked, and shown with the reason" {
	initial_or_skip
	run oomctl get 2 1
	assert_success
	assert_line -n 1 --regexp '^ *2 kthreadd .*kernel thread *$'
	assert_line -n 2 --regexp '^ *1 .*init is never killed *$'
	run oomctl get 1 2 -J -o pid,place,score,reason
	assert_success
	assert_equal "$(json '[.processes[].place] | unique == [null]')" true
	assert_equal "$(json '[.processes[].reason] | join(", ")')" 'init is never killed, kernel thread'
	run --separate-stderr oomctl rank --all -J -o +tgid
	assert_equal "$(json '.processes[] | select(.pid == 1) | .reason')" 'init is never killed'
	assert_equal "$(json '.processes[] | select(.pid == 2) | .reason')" 'kernel thread'
	run --separate-stderr oomctl rank -t 100000 --noheadings -o tgid
	assert_success
	refute_line --regexp '^ *[12]$'
}

@test "no selector and no pidfile selects init or a kernel thread" {
	initial_or_skip
	run oomctl set 10 --name '^kthreadd$' --user 0
	assert_failure 1
	[[ $output == *'no process matches'* ]]
	for pid in 1 2; do
		echo "$pid" >"$BATS_TEST_TMPDIR/pid"
		for command in get 'set 5' protect unprotect rank; do
			# shellcheck disable=SC2086 # words
			run --separate-stderr oomctl $command --pidfile "$BATS_TEST_TMPDIR/pid"
			assert_failure 1
			assert_equal "$output" ''
			[[ $stderr == *'init, a kernel thread, or oomctl, which only a PID selects'* ]]
		done
	done
}

@test "--scan: among thousands the first processes are the same, with all that tie" {
	local way n=0 pid

	census_or_skip
	actor_start crowd 1900
	for pid in "${actor_ids[@]}"; do
		echo $((560 - n++ / 10)) >"/proc/$pid/oom_score_adj"
	done
	for way in bpf proc; do
		oomctl rank -t 700 -r --noheadings -o pid,adj --scan="$way" | sort >"$BATS_TEST_TMPDIR/$way"
		(($(wc -l <"$BATS_TEST_TMPDIR/$way") == 700))
		# Others may have a higher adj, so not all 700 are of the crowd.
		printf '%s\n' "${actor_ids[@]}" | sort | join - "$BATS_TEST_TMPDIR/$way" |
			awk '$2 >= 500 { print $2 }' | sort -n | uniq -c >"$BATS_TEST_TMPDIR/counts"
		assert_equal "$(<"$BATS_TEST_TMPDIR/counts")" "$(for n in {500..560}; do printf '%7d %d\n' 10 "$n"; done)"
	done
	# A named process keeps its place among all.
	pid=${actor_ids[-1]}
	assert_equal "$(oomctl get -r --noheadings -o pid,adj --scan=bpf "$pid")" "$pid 371"
	run oomctl get -r --noheadings -o place --scan=bpf "$pid"
	((output > 1800))
}

@test "--scan: apply misses no process while one of its executable executes another and this again" {
	local dir=$BATS_TEST_TMPDIR end=$((SECONDS + 20)) i

	census_or_skip
	mkdir "$dir/one" "$dir/two" "$dir/rules"
	cp "$cli_helpers/actor" "$dir/one"
	cp "$cli_helpers/actor" "$dir/two"
	echo "adj 310 exe $dir/one/actor" >"$dir/rules/a.rules"
	cli_helpers=$dir/one actor_start flip 600 "$dir/two/actor"
	for ((i = 0; i < 150 && SECONDS < end; i++)); do
		run oomctl apply --dry-run --scan=bpf --dir "$dir/rules"
		assert_success
		# It counts itself at times.
		[[ ${lines[-1]} =~ ^60[01]' processes would be changed' ]] || fail "${lines[-1]}"
	done
}

# rule_for_bash: makes a directory with a rule.
rule_for_bash() {
	mkdir "$BATS_TEST_TMPDIR/rules"
	echo 'adj 310 name ^bash$' >"$BATS_TEST_TMPDIR/rules/a.rules"
}

@test "--scan: if file descriptors run out, that is the reason" {
	local n n_failed=0

	census_or_skip
	rule_for_bash
	# Of bats some are open, too.
	for n in {5..14}; do
		for command in rank "rules --dir $BATS_TEST_TMPDIR/rules"; do
			# shellcheck disable=SC2086 # words
			run sh -c 'prlimit "$@" || exit 1' - --nofile="$n" "$OOMCTL" $command --scan=bpf
			if ((status == 0)) || [[ $output == *'shared libraries'* ]]; then
				continue
			fi
			n_failed=$((n_failed + 1))
			assert_output --partial 'Too many open files'
			refute_output --regexp 'namespace|visible|kernel'
		done
	done
	((n_failed > 1))
}

@test "--scan: in another user namespace the capabilities for bpf are missing" {
	unshare -U -r true 2>/dev/null || skip 'no user namespace can be created'
	rule_for_bash
	run unshare -U -r "$OOMCTL" rules --scan=bpf --dir "$BATS_TEST_TMPDIR/rules"
	assert_failure 3
	assert_line --partial '--scan=bpf is not possible: the caller needs CAP_BPF and CAP_PERFMON'
}

@test "--scan: rules are not compared by bpf without CAP_SYS_PTRACE" {
	local bare=(setpriv --bounding-set -sys_ptrace --inh-caps -sys_ptrace --)

	census_or_skip
	rule_for_bash
	run "${bare[@]}" "$OOMCTL" rules --scan=bpf --dir "$BATS_TEST_TMPDIR/rules"
	assert_failure 4
	assert_line --partial '--scan=bpf is not possible: the caller needs CAP_SYS_PTRACE'
	run "${bare[@]}" "$OOMCTL" rules -r --noheadings -o line --dir "$BATS_TEST_TMPDIR/rules"
	assert_success
	run "${bare[@]}" "$OOMCTL" rank --scan=bpf
	assert_success
}

# has_lines COUNT TEXT: the log has so many lines with it.
has_lines() {
	[[ $(grep -cF -- "$2" "$BATS_TEST_TMPDIR/log") == "$1" ]]
}

# logged COUNT TEXT: in time the log has so many lines with it.
logged() {
	eventually has_lines "$@" || fail "$(cat "$BATS_TEST_TMPDIR/log")"
}

@test "watch -v: says once that there are too many processes for its BPF program" {
	census_or_skip
	((UID == 0)) || skip 'not root'
	(($(pgrep -c '') < 2000)) || skip 'too many processes'
	mkdir -m 755 "$BATS_TEST_TMPDIR/rules"
	echo 'adj 1 name ^nobody-has-it$' >"$BATS_TEST_TMPDIR/rules/a.rules"
	unshare -m bash -c 'mount -t tmpfs -o mode=755 none /run && exec "$@"' - \
		"$OOMCTL" watch -v --interval 1 --dir "$BATS_TEST_TMPDIR/rules" 2>"$BATS_TEST_TMPDIR/log" 3>&- &
	cli_pids+=("$!")
	logged 1 'started with 1 rule'
	logged 1 'BPF scan: '
	logged 0 'reading /proc'
	actor_start crowd 1900
	actor_start crowd 1900
	actor_start crowd 1900
	logged 1 'reading /proc: there are more processes than the BPF scan has room for (4096)'
	# Further passes.
	sleep 4
	logged 1 'reading /proc'
}
