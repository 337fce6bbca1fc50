#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Processes that can't be seen: hidden, in another namespace, or gone between two reads; and no /proc at all.

# bats and cli.bash set these; jq and the inner shells expand theirs.
# shellcheck disable=SC2154,SC2016

load cli
load fixture

@test "a process that vanishes between any two reads is left out without a word" {
	fixture_or_skip
	fixture_new 6.1.0
	fixture_process 1 init rss=4000 vm=9000 adj=0 score=667
	fixture_process 50 stays vm=9000 rss=4000 anon=4000 file=0 shmem=0 pte=40 swap=0 adj=0 score=667
	# Each as if it had ended behind the file that is still there.
	mkdir "$fixture/100"
	for pid in 200 300 400 500; do
		fixture_process "$pid" gone vm=9000 rss=4000 anon=4000 file=0 shmem=0 pte=40 swap=0 adj=0 score=667
	done
	rm "$fixture"/200/{status,stat,oom_score_adj}
	rm "$fixture"/300/{stat,oom_score_adj}
	rm "$fixture"/400/oom_score_adj
	: >"$fixture/500/status"
	for form in 'rank' 'rank -t 1' 'rank --all' 'rank --sort pid' 'rank --format kernel'; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr fixture_oomctl $form
		assert_success
		assert_equal "$stderr" ''
		assert_output --partial stays
		refute_output --partial gone
	done
	run --separate-stderr fixture_oomctl get 50 200 -r --noheadings -o pid
	assert_failure 1
	assert_equal "$output" 50
	[[ $stderr == 'oomctl: pid 200: '* ]]
}

@test "a storm of processes that end at once" {
	actor_start storm
	storm=$actor_pid
	actor_start crowd 30
	for i in {1..50}; do
		case $((i % 5)) in
		0) form='rank' ;;
		1) form='rank --all -r' ;;
		2) form='rank --all -J --output-all' ;;
		3) form="get $storm" ;;
		4) form='rank --format kernel' ;;
		esac
		# shellcheck disable=SC2086 # words
		run --separate-stderr oomctl $form
		assert_success
		assert_equal "$stderr" ''
		[[ -n $output ]]
	done
}

@test "predict and explain: that nobody else is seen is not that nobody is there" {
	unshare -pf --mount-proc true 2>/dev/null || skip 'no PID namespace can be made here'
	run unshare -pf --mount-proc bash -c '"$OOMCTL" predict --kills 50; true'
	assert_success
	[[ $(tr -s ' \n' ' ' <<<"$output") == *'of those that can be seen from here'* ]]
	refute_output --partial 'would panic'
	run unshare -pf --mount-proc bash -c 'sleep 10 3>&- & "$OOMCTL" explain "$!"; kill "$!"'
	assert_success
	[[ $(tr -s ' \n' ' ' <<<"$output") == *'could kill and that can be seen from here'* ]]
	refute_output --partial 'Nobody else can be killed'
}

@test "no /proc is status 4 and a sentence" {
	fixture_or_skip
	mkdir "$BATS_TEST_TMPDIR/empty"
	fixture=$BATS_TEST_TMPDIR/empty
	for form in rank 'rank --all' 'get 1' 'get --name x' 'rank -J' 'rank 1'; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr fixture_oomctl $form
		assert_failure 4
		assert_equal "$output" ''
		[[ $stderr == *'there is no /proc here'* ]]
	done
	run fixture_oomctl --help
	assert_success
}

# hidden HIDEPID WORD...: oomctl as a user without any right, in a /proc of its own that hides the others.
hidden() {
	local hidepid=$1

	shift
	timeout -k 5 60 unshare -m bash -c '
		mount -t proc -o "hidepid=$1" proc /proc || exit 99
		shift
		exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"' _ "$hidepid" "$OOMCTL" "$@"
}

hidden_or_skip() {
	[[ $(id -u) == 0 ]] || skip 'only root may mount a /proc with hidepid'
	hidden 0 --version >/dev/null 2>&1 || skip 'no mount namespace with a /proc of its own'
}

@test "hidepid: what is not seen is counted, and the order is said to be of the rest" {
	hidden_or_skip
	actor_start crowd 40
	for hidepid in 1 2; do
		before=$(printf '%s\n' /proc/[0-9]* | wc -l)
		run --separate-stderr hidden "$hidepid" rank --all -J -o tgid,uid
		after=$(printf '%s\n' /proc/[0-9]* | wc -l)
		assert_success
		assert_equal "$(json '[.processes[].uid] | unique | join(" ")')" 65534
		seen=$(json '.processes | length')
		[[ $stderr =~ ^oomctl:\ ([0-9]+)\ more\ processes\ can\'t\ be\ seen\ from\ here:\ the\ order\ is\ of\ those\ that\ were\ seen$ ]]
		unseen=${BASH_REMATCH[1]}
		low=$((before < after ? before : after)) high=$((before < after ? after : before))
		echo "hidepid=$hidepid: $unseen unseen, $seen seen, $before before, $after after"
		((unseen + seen >= low - 10 && unseen + seen <= high + 20))
	done
	run --separate-stderr hidden 2 rank -q
	assert_success
	assert_equal "$stderr" ''
}

@test "hidepid: a process that is named and can't be seen" {
	hidden_or_skip
	actor_start hold 1
	run --separate-stderr hidden 2 get "$actor_pid"
	assert_failure 1
	assert_equal "$output" ''
	[[ $stderr == "oomctl: pid $actor_pid: no such process"* ]]
	run --separate-stderr hidden 1 get "$actor_pid"
	assert_failure 3
	assert_equal "$output" ''
	[[ $stderr == "oomctl: pid $actor_pid: "*[Pp]ermitted* || $stderr == "oomctl: pid $actor_pid: Permission denied"* ]]
}

@test "without hidepid everybody sees all" {
	hidden_or_skip
	actor_start crowd 10
	run --separate-stderr hidden 0 rank --all -J -o tgid
	assert_success
	assert_equal "$stderr" ''
	for pid in "${actor_ids[@]}"; do
		json '.processes[].tgid' | grep -qx "$pid"
	done
}

@test "a PID namespace: its first process is like any other, and what is outside is counted" {
	unshare -pfm --mount-proc true 2>/dev/null || skip 'no PID namespace'
	run --separate-stderr timeout 60 unshare -pfm --mount-proc bash -c '"$0" rank -J -o tgid,place,name; true' "$OOMCTL"
	assert_success
	assert_equal "$(json '.processes[] | select(.tgid == 1) | .name')" bash
	assert_equal "$(json '[.processes[].place] | sort == [1, 2]')" true
	[[ $stderr =~ \ ([0-9]+)\ more\ processes ]]
	((BASH_REMATCH[1] > 0))
	run --separate-stderr timeout 60 unshare -pfm --mount-proc "$OOMCTL" sysctl -J
	assert_success
	[[ $(json '.settings[2].now') == '1 process of those seen would'*' be listed' ]]
}
