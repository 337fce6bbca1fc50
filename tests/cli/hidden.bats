#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Processes that are not visible: hidden, in another namespace, or gone between two reads; and no /proc.

# bats and cli.bash set these; jq and the inner shells expand theirs.
# shellcheck disable=SC2154,SC2016

load cli
load fixture

@test "a process that exits between any two reads is omitted without a message" {
	fixture_or_skip
	fixture_new 6.1.0
	fixture_process 1 init rss=4000 vm=9000 adj=0 score=667
	fixture_process 50 stays vm=9000 rss=4000 anon=4000 file=0 shmem=0 pte=40 swap=0 adj=0 score=667
	# Each process looks as if it exited after the remaining file was read.
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

@test "many processes that exit at once" {
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

# inside SCRIPT: runs it in a PID namespace; processes outside it exist and are counted: see alone.
inside() {
	unshare -pf --mount-proc true 2>/dev/null || skip 'no PID namespace can be made here'
	run --separate-stderr timeout 60 unshare -pf --mount-proc env -u LD_PRELOAD bash -c "$1"
}

@test "predict and explain: invisible processes can exist" {
	inside '"$OOMCTL" predict --kills 50; true'
	assert_success
	[[ $(tr -s ' \n' ' ' <<<"$output") == *'No visible killable process remains: the kernel would kill hidden ones.'* ]]
	refute_output --partial 'would panic'
	inside 'sleep 10 3>&- & "$OOMCTL" explain "$!"; kill "$!"'
	assert_success
	[[ $(tr -s ' \n' ' ' <<<"$output") == *'ranked '*' visible killable process'* ]]
	refute_output --partial 'No other process is killable'
}

@test "without /proc: status 4 and a message" {
	fixture_or_skip
	mkdir "$BATS_TEST_TMPDIR/empty"
	fixture=$BATS_TEST_TMPDIR/empty
	for form in rank 'rank --all' 'get 1' 'get --name x' 'rank -J' 'rank 1'; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr fixture_oomctl $form
		assert_failure 4
		assert_equal "$output" ''
		[[ $stderr == *'/proc is not mounted'* ]]
	done
	for form in rules 'rules --check' 'rules -J'; do
		install -d -m 755 "$BATS_TEST_TMPDIR/rules.d"
		# shellcheck disable=SC2086 # words
		run --separate-stderr fixture_oomctl $form --dir "$BATS_TEST_TMPDIR/rules.d"
		assert_failure 4
		assert_equal "$output" ''
		assert_equal "$stderr" 'oomctl: /proc is not mounted'
	done
	run fixture_oomctl --help
	assert_success
}

# With an empty LD_PRELOAD hidden processes are counted: see alone.
# hidden HIDEPID WORD...: oomctl as an unprivileged user, in its own /proc that hides other users' processes.
hidden() {
	local hidepid=$1

	shift
	timeout -k 5 60 unshare -m bash -c '
		mount -t proc -o "hidepid=$1" proc /proc || exit 99
		shift
		exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"' _ "$hidepid" "$OOMCTL" "$@"
}

hidden_or_skip() {
	[[ $(id -u) == 0 ]] || skip 'needs root, to mount /proc with hidepid'
	hidden 0 --version >/dev/null 2>&1 || skip 'no mount namespace with a /proc of its own'
}

@test "hidepid: the PID of an invisible process" {
	hidden_or_skip
	actor_start hold 1
	LD_PRELOAD='' run --separate-stderr hidden 2 get "$actor_pid"
	assert_failure 1
	assert_equal "$output" ''
	[[ $stderr == "oomctl: pid $actor_pid: no such process, or it is not visible here"* ]]
	run --separate-stderr hidden 1 get "$actor_pid"
	assert_failure 3
	assert_equal "$output" ''
	[[ $stderr == "oomctl: pid $actor_pid: "*[Pp]ermitted* || $stderr == "oomctl: pid $actor_pid: Permission denied"* ]]
}

@test "hidepid: set, protect and unprotect say that a process can be invisible" {
	local command words dir n=0

	hidden_or_skip
	actor_start hold 1
	dir=$(mktemp -d)
	chmod 755 "$dir"
	echo "$actor_pid" >"$dir/pidfile"
	for command in 'set 5' protect 'protect --dry-run' unprotect; do
		for words in "$actor_pid" "--pid $actor_pid" "--tree $actor_pid"; do
			# shellcheck disable=SC2086 # words
			LD_PRELOAD='' run --separate-stderr hidden 2 $command $words
			assert_failure 1
			assert_equal "${stderr_lines[0]}" "oomctl: pid $actor_pid: no such process, or it is not visible here"
			n=$((n + 1))
		done
		# shellcheck disable=SC2086 # words
		LD_PRELOAD='' run --separate-stderr hidden 2 $command --pidfile "$dir/pidfile"
		assert_failure 1
		assert_equal "${stderr_lines[0]}" \
			"oomctl: pidfile $dir/pidfile: pid $actor_pid: no such process, or it is not visible here"
	done
	rm -r "$dir"
	((n == 12))
}

@test "hidepid: if nothing matches, hidden processes are counted" {
	hidden_or_skip
	actor_start name "$(hex "oomctl-$$-h")"
	for hidepid in 1 2; do
		for command in get rank explain 'set 5 --dry-run' 'protect --dry-run'; do
			# shellcheck disable=SC2086 # words
			LD_PRELOAD='' run --separate-stderr hidden "$hidepid" $command --name "^oomctl-$$-h$"
			assert_failure 1
			assert_equal "$output" ''
			[[ ${stderr_lines[0]} =~ ^'oomctl: no process matches; '([0-9]+)' more processes are not visible here'$ ]]
			((BASH_REMATCH[1] > 2))
		done
	done
	# With nothing hidden.
	run --separate-stderr hidden 0 get --name '^no-such$'
	assert_equal "$stderr" 'oomctl: no process matches'
	run --separate-stderr hidden 0 get 4194304
	assert_equal "$stderr" 'oomctl: pid 4194304: no such process'
}

@test "without hidepid all users see all processes" {
	hidden_or_skip
	actor_start crowd 10
	run --separate-stderr hidden 0 rank --all -J -o tgid
	assert_success
	assert_equal "$stderr" ''
	for pid in "${actor_ids[@]}"; do
		json '.processes[].tgid' | grep -qx "$pid"
	done
}

@test "a PID namespace: its first process is ranked, and processes outside are counted" {
	inside '"$OOMCTL" rank -J -o tgid,place,name; true'
	assert_equal "$(json '.processes[] | select(.tgid == 1) | .name')" bash
	assert_equal "$(json '[.processes[].place] | sort == [1]')" true
	[[ $stderr =~ \ ([0-9]+)\ more\ processes ]]
	((BASH_REMATCH[1] > 0))
	inside 'exec "$OOMCTL" sysctl -J'
	assert_success
	[[ $(json '.settings[2].now') == '0 processes '*' be listed'* ]]
}

# hidden_rules HIDEPID WORD...: the same, with one rule, that matches no process.
hidden_rules() {
	timeout -k 5 60 unshare -m bash -c '
		mount -t tmpfs tmpfs /run && mkdir -m 755 /run/oomctl.rules.d &&
			echo "adj 10 name ^oomctl-no-such$" >/run/oomctl.rules.d/a.rules &&
			mount -t proc -o "hidepid=$1" proc /proc || exit 99
		shift
		exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"' _ "$1" "$OOMCTL" "${@:2}"
}

@test "hidepid: metrics that need all processes are missing" {
	hidden_or_skip
	for hidepid in 1 2; do
		LD_PRELOAD='' run --separate-stderr hidden_rules "$hidepid" metrics
		assert_failure 1
		refute_line --regexp '^oomctl_(processes|killable|next_victim|rules_(not|unm|diff|changed))'
		assert_line --regexp '^oomctl_unread_processes [1-9]'
		assert_line 'oomctl_rules 1'
		assert_line --regexp '^oomctl_rules_unread_processes [1-9]'
		for collector in processes victim rules; do
			assert_line "oomctl_collector_success{collector=\"$collector\"} 0"
		done
		[[ $stderr =~ 'oomctl: cannot count the processes: '[1-9][0-9]*' are not visible here' ]]
		[[ $stderr == *'oomctl: cannot predict the next victim: it may be a process that is not visible here'* ]]
		[[ $stderr =~ 'oomctl: '[1-9][0-9]*' more processes are not visible here, so it is unknown what the rules match' ]]
		LD_PRELOAD='' run --separate-stderr hidden_rules "$hidepid" rules
		assert_success
		[[ $stderr =~ ^'oomctl: '[1-9][0-9]*' more processes are not visible here, so it is unknown what the rules match'$ ]]
	done
	run --separate-stderr hidden_rules 0 metrics
	assert_line 'oomctl_rules_unmatched 1'
	assert_line 'oomctl_rules_not_in_effect 0'
	assert_line 'oomctl_collector_success{collector="processes"} 1'
	assert_line 'oomctl_collector_success{collector="rules"} 1'
}

@test "hidepid: audit names the checks that may miss findings" {
	hidden_or_skip
	local checks='inherited-protection, unkillable-cgroup, unkillable-memory, remote-access, first-victim, old-scale, '

	checks+='declared-adj, group-kill, rule-not-in-effect, rule-unmatched, oom-daemon'
	for hidepid in 1 2; do
		LD_PRELOAD='' run --separate-stderr hidden_rules "$hidepid" audit -J
		[[ $stderr == *"are not visible here: only the others are checked; these checks are incomplete: $checks"* ]]
		assert_equal "$(json '.incomplete | join(", ")')" "$checks"
		LD_PRELOAD='' run --separate-stderr hidden_rules "$hidepid" audit -J --ignore old-scale,declared-adj
		assert_equal "$(json '[.incomplete[] | select(. == "old-scale" or . == "declared-adj")] | length')" 0
	done
	run --separate-stderr hidden_rules 0 audit -J
	assert_equal "$stderr" ''
	assert_equal "$(json '.incomplete | length')" 0
}

@test "a PID namespace: only checks of the whole machine are incomplete" {
	inside '"$OOMCTL" audit -J'
	assert_equal "$(json '.incomplete | join(", ")')" 'unkillable-memory, remote-access, first-victim, rule-unmatched'
}

@test "a PID namespace: metrics of the whole machine are missing" {
	inside '"$OOMCTL" metrics'
	assert_failure 1
	refute_line --regexp '^oomctl_(processes|killable|next_victim)'
	assert_line --regexp '^oomctl_unread_processes [1-9]'
	assert_line 'oomctl_collector_success{collector="processes"} 0'
	assert_line 'oomctl_collector_success{collector="victim"} 0'
	# Rules concern only the processes of the namespace.
	assert_line 'oomctl_collector_success{collector="rules"} 1'
	[[ $stderr =~ 'oomctl: cannot count the processes: '[1-9][0-9]*' are not visible here' ]]
	[[ $stderr == *'oomctl: cannot predict the next victim: it may be a process that is not visible here'* ]]
}
