#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The output agrees with the kernel's own values, on the live machine.

# bats and cli.bash set these; jq and the inner shells expand theirs.
# shellcheck disable=SC2154,SC2016

load cli

page=$(getconf PAGESIZE)
own=$(</proc/self/oom_score_adj)

# value COLUMN: of the sleeping process, from one call for all columns.
value() {
	json ".processes[0].$1"
}

# The RSS counter that the kernel's choice and its task dump use (see KERNEL DIFFERENCES in the
# manual).
kernels_rss() {
	local version

	version=$(kernel_number)
	if ((version >= 6016000 && version < 7000000)) ||
		((version >= 6015007 && version < 6016000)) ||
		((version >= 6012039 && version < 6013000)); then
		stat_of "$1" 24
	else
		cut -d ' ' -f 2 "/proc/$1/statm"
	fi
}

@test "every value of a sleeping process" {
	actor_start hold 3
	pid=$actor_pid
	echo 300 >"/proc/$pid/oom_score_adj"
	run oomctl get "$pid" --scan=proc -J --output-all
	assert_success
	assert_equal "$(json '.processes | length')" 1
	assert_equal "$(value pid)" "$pid"
	assert_equal "$(value tgid)" "$pid"
	assert_equal "$(value ppid)" "$(stat_of "$pid" 4)"
	assert_equal "$(value uid)" "$(status_of "$pid" Uid)"
	assert_equal "$(value user)" "$(id -nu "$(status_of "$pid" Uid)")"
	assert_equal "$(value name)" actor
	assert_equal "$(value state)" S
	assert_equal "$(value threads)" 1
	assert_equal "$(value score)" "$(<"/proc/$pid/oom_score")"
	assert_equal "$(value adj)" 300
	assert_equal "$(value oom_score_adj)" 300
	assert_equal "$(value oom_adj)" "$(<"/proc/$pid/oom_adj")"
	assert_equal "$(value total_vm)" $((page * $(cut -d ' ' -f 1 "/proc/$pid/statm")))
	assert_equal "$(value rss)" $((page * $(kernels_rss "$pid")))
	assert_equal "$(value rss_anon)" $((1024 * $(status_of "$pid" RssAnon)))
	assert_equal "$(value rss_file)" $((1024 * $(status_of "$pid" RssFile)))
	assert_equal "$(value rss_shmem)" $((1024 * $(status_of "$pid" RssShmem)))
	assert_equal "$(value swap)" $((1024 * $(status_of "$pid" VmSwap)))
	assert_equal "$(value pgtables)" $((1024 * $(status_of "$pid" VmPTE)))
}

@test "points are computed as in the kernel" {
	(($(kernel_number) >= 4017000)) || skip 'other rules before 4.17'
	actor_start hold 5
	pid=$actor_pid
	total=$(($(awk '/^(MemTotal|SwapTotal):/ { s += $2 } END { print s }' /proc/meminfo) * 1024 / page))
	for adj in "$own" $(((own + 1000) / 2)) 1000; do
		echo "$adj" >"/proc/$pid/oom_score_adj"
		want=$(($(kernels_rss "$pid") + $(status_of "$pid" VmSwap) * 1024 / page +
			$(status_of "$pid" VmPTE) * 1024 / page + adj * (total / 1000)))
		run oomctl get "$pid" -J -o points
		assert_equal "$(value points)" "$want"
		assert_equal "$(oomctl get "$pid" -b --noheadings -o points | tr -d ' ')" $((want * page))
	done
}

@test "points explain the kernel's own score of nearly every process" {
	(($(kernel_number) >= 5009000)) || skip 'other scores before 5.9'
	actor_start crowd 100
	total=$(($(awk '/^(MemTotal|SwapTotal):/ { s += $2 } END { print s }' /proc/meminfo) * 1024 / page))
	for pid in "${actor_ids[@]}"; do
		echo $((own + pid * 37 % (1001 - own))) >"/proc/$pid/oom_score_adj"
	done
	run oomctl rank -t 100000 -r --noheadings -o score,points,tgid
	assert_success
	# (1000 + thousandths) * 2 / 3, rounded towards 0 twice; running processes can differ
	# slightly.
	wrong=$(awk -v total="$total" '{
		permille = int($2 * 1000 / total)
		if (int((1000 + permille) * 2 / 3) != $1)
			print
	}' <<<"$output")
	for pid in "${actor_ids[@]}"; do
		[[ $wrong != *" $pid"* ]] || {
			echo "$wrong"
			return 1
		}
	done
	(($(grep -c . <<<"$wrong") <= 5 + ${#lines[@]} / 50))
}

@test "the score is that in /proc, with every way to find it" {
	actor_start crowd 100
	for pid in "${actor_ids[@]}"; do
		echo $((own + pid * 37 % (1001 - own))) >"/proc/$pid/oom_score_adj"
	done
	want=$(for pid in "${actor_ids[@]}"; do
		echo "$pid $(<"/proc/$pid/oom_score")"
	done | sort)
	for form in 'rank --all' 'rank -t 100000' 'rank --sort pid -t 100000' "get ${actor_ids[*]}" \
		"rank ${actor_ids[*]:0:99} -p ${actor_ids[99]}"; do
		# shellcheck disable=SC2086 # words
		run oomctl $form -r --noheadings -o tgid,score
		assert_success
		assert_equal "$(join <(echo "$want") <(sort <<<"$output") | awk '$2 != $3')" ''
		assert_equal "$(join <(echo "$want") <(sort <<<"$output") | wc -l)" 100
	done
}

@test "adj through oom_adj" {
	actor_start hold 1
	run oomctl get "$actor_pid" -r --noheadings -o adj,oom_adj
	assert_output "$(<"/proc/$actor_pid/oom_score_adj") $(<"/proc/$actor_pid/oom_adj")"
	echo 8 >"/proc/$actor_pid/oom_adj"
	run oomctl get "$actor_pid" -r --noheadings -o adj,oom_adj
	assert_output "470 $(<"/proc/$actor_pid/oom_adj")"
	echo 15 >"/proc/$actor_pid/oom_adj"
	run oomctl get "$actor_pid" -r --noheadings -o adj,oom_adj
	assert_output '1000 15'
}

@test "start, cgroup and unit" {
	before=$(date +%s)
	actor_start hold 1
	after=$(date +%s)
	run oomctl get "$actor_pid" -J -o start,cgroup,unit
	start=$(date -d "$(value start)" +%s)
	((start >= before - 2 && start <= after + 2))
	cgroup=$(sed -n 's/^[0-9]*:\([a-z_,]*,\)\?memory\(,[a-z_,]*\)\?://p' "/proc/$actor_pid/cgroup")
	[[ -n $cgroup ]] || cgroup=$(sed -n 's/^0:://p' "/proc/$actor_pid/cgroup")
	assert_equal "$(value cgroup)" "${cgroup:-null}"
	case $cgroup in
	*.service | *.scope) assert_equal "$(value unit)" "${cgroup##*/}" ;;
	esac
}

@test "hundreds of processes with equal points are in the kernel's order" {
	alone_or_skip
	(($(kernel_number) >= 5003000)) || skip 'of equals the first dies before 5.3'
	actor_start crowd 300
	for pid in "${actor_ids[@]}"; do
		echo 950 >"/proc/$pid/oom_score_adj"
	done
	run oomctl rank --all -r --noheadings -o points,pid
	assert_success
	printf '%s\n' "${lines[@]}" | head -n 300 >"$BATS_TEST_TMPDIR/all"
	# No other process ranks this high, and dozens are tied.
	assert_equal "$(cut -d ' ' -f 2 "$BATS_TEST_TMPDIR/all" | sort -n)" "$(printf '%s\n' "${actor_ids[@]}" | sort -n)"
	(($(cut -d ' ' -f 1 "$BATS_TEST_TMPDIR/all" | sort | uniq -d | wc -l) > 0))
	# Points descend; of equal processes the youngest comes first, so the order of forks is
	# reversed.
	printf '%s\n' "${actor_ids[@]}" | awk '{ print $1, NR }' >"$BATS_TEST_TMPDIR/births"
	assert_equal "$(cat "$BATS_TEST_TMPDIR/all")" "$(awk 'NR == FNR { birth[$1] = $2; next }
		{ print $1, $2, birth[$2] }' "$BATS_TEST_TMPDIR/births" "$BATS_TEST_TMPDIR/all" |
		sort -k 1,1nr -k 3,3nr | cut -d ' ' -f 1,2)"
	# With any --top, the rows are the first rows of the whole list.
	for n in 1 2 5 20 50 150 299 300; do
		run oomctl rank -t "$n" -r --noheadings -o points,pid
		assert_output "$(head -n "$n" "$BATS_TEST_TMPDIR/all")"
	done
	# get shows the same rank for single processes.
	for at in 1 17 150 300; do
		pid=$(sed -n "${at}s/.* //p" "$BATS_TEST_TMPDIR/all")
		run oomctl get "$pid" -r --noheadings -o place
		assert_output "$at"
	done
}

@test "the running oomctl is not listed, and all commands count the same processes" {
	unshare -pf --mount-proc true 2>/dev/null || skip 'no PID namespace can be made here'
	for way in proc bpf; do
		for form in "rank --all --scan=$way" predict; do
			run bash -c 'echo 1000 >/proc/self/oom_score_adj; echo $$; exec "$OOMCTL" $1 -r --noheadings -o tgid' . "$form"
			refute_line -n 1 "${lines[0]}"
			refute_line --regexp "^${lines[0]}\$.*^${lines[0]}\$"
			[[ $(grep -cx "${lines[0]}" <<<"$output") == 1 ]]
		done
	done
	run bash -c 'exec "$OOMCTL" get $$'
	assert_failure 1
	assert_output --partial ': is this oomctl, which is not ranked'
	# The shell is first. With its adj, oomctl would be second.
	run --separate-stderr unshare -pf --mount-proc bash -c 'echo 1000 >/proc/self/oom_score_adj
		sleep 100 3>&- & echo 990 >"/proc/$!/oom_score_adj"
		"$OOMCTL" get -r --noheadings -o place "$!"
		"$OOMCTL" rank -r --noheadings -o place
		"$OOMCTL" predict -r --noheadings -o place
		"$OOMCTL" explain "$!"
		kill "$!"'
	assert_success
	assert_equal "$(head -n 5 <<<"$output" | paste -sd ' ')" '2 1 2 1 2'
	assert_line --partial 'ranked 2 of 2 '
}

@test "a process whose first thread has exited" {
	actor_start headless 20
	thread=${actor_ids[0]}
	assert_equal "$(status_of "$actor_pid" VmRSS)" ''
	run --separate-stderr oomctl get "$actor_pid" -J --output-all
	assert_success
	# shellcheck disable=SC2154 # run sets it
	assert_equal "$stderr" "oomctl: pid $actor_pid (actor): its first thread has exited; thread $thread holds the memory"
	assert_equal "$(value tgid)" "$actor_pid"
	assert_equal "$(value pid)" "$thread"
	assert_equal "$(value score)" "$(<"/proc/$actor_pid/oom_score")"
	assert_equal "$(value reason)" null
	assert_equal "$(value total_vm)" $((1024 * $(status_of "$actor_pid/task/$thread" VmSize)))
	(($(value rss) >= 20 << 20))
	(($(value points) >= (20 << 20) / $(getconf PAGESIZE)))
	run oomctl rank -t 100000 -r --noheadings -o tgid
	assert_line "$actor_pid"
	run oomctl rank -q "$actor_pid" --format kernel --noheadings
	assert_output --regexp "^\[ *$thread\] +[0-9]+ +$actor_pid "
}

@test "a zombie is not ranked" {
	actor_start zombie
	run oomctl get "${actor_ids[0]}" -J --output-all
	assert_success
	assert_equal "$(value place)" null
	assert_equal "$(value points)" null
	assert_equal "$(value reason)" 'has exited (zombie)'
}
