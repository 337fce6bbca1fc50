#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# TARGETs: PIDs and selectors, good and bad, alone and in lists; get, and rank with operands.

# bats and cli.bash set these; jq and the inner shells expand theirs.
# shellcheck disable=SC2154,SC2016

load cli

# A PID that is free: that of a child which has just ended and was waited for.
gone_pid() {
	bash -c 'echo $$'
}

# The PIDs that get shows, in order.
shown() {
	oomctl get -r --noheadings -o tgid "$@" | tr '\n' ' '
}

# The words of all arguments.
sorted() {
	printf '%s ' "$@" | tr -s ' ' '\n' | sort | tr '\n' ' '
}

@test "get shows both scales, score, points and place" {
	actor_start hold 2
	echo 200 >"/proc/$actor_pid/oom_score_adj"
	run oomctl get "$actor_pid"
	assert_success
	assert_equal "${#lines[@]}" 2
	assert_line -n 0 --regexp '^ *PID +NAME +ADJ +OOM_ADJ +SCORE +POINTS +# *$'
	assert_line -n 1 --regexp "^ *$actor_pid +actor +200 +3 +$(<"/proc/$actor_pid/oom_score") +[0-9.]+[KMG] +[0-9]+ *\$"
}

@test "several PIDs, each once and in their order" {
	actor_start crowd 3
	a=${actor_ids[0]} b=${actor_ids[1]} c=${actor_ids[2]}
	assert_equal "$(shown "$c" "$a" "$b")" "$c $a $b "
	assert_equal "$(shown "$a" "$a" -p "$a" --pid="$b")" "$a $b "
	run oomctl rank -r --noheadings -o tgid "$a" "$c"
	assert_success
	assert_equal "$(sort <<<"$output")" "$(printf '%s\n' "$a" "$c" | sort)"
}

@test "rank with operands gives places among all" {
	actor_start crowd 3
	echo 800 >"/proc/${actor_ids[1]}/oom_score_adj"
	run oomctl rank -J -o tgid,place "${actor_ids[1]}"
	assert_equal "$(json '.processes | length')" 1
	place=$(json '.processes[0].place')
	run oomctl rank -J -t 100000 -o tgid,place
	assert_equal "$(json ".processes[] | select(.tgid == ${actor_ids[1]}) | .place")" "$place"
}

@test "--name: a pattern over the name, as pgrep has it" {
	actor_start name "$(hex oomctl-test-1)"
	first=$actor_pid
	actor_start name "$(hex oomctl-test-22)"
	second=$actor_pid
	assert_equal "$(sorted "$(shown --name oomctl-test)")" "$(sorted "$first" "$second")"
	assert_equal "$(shown --name '^oomctl-test-.$')" "$first "
	assert_equal "$(shown --name 'test-2+$')" "$second "
	assert_equal "$(sorted "$(shown --name 'test-1$' --name 'test-22$')")" "$(sorted "$first" "$second")"
	assert_equal "$(shown --name '^oomctl-test-')" "$(pgrep '^oomctl-test-' | tr '\n' ' ')"
}

@test "--name that no kernel's name can match is warned of" {
	run oomctl get --name oomctl-test-no-such-process
	assert_failure 1
	assert_output --partial '15 characters'
	assert_output --partial 'no process matches'
}

@test "--name: a bad pattern" {
	for pattern in '[' '(' 'a**(' \\; do
		run --separate-stderr oomctl get --name "$pattern"
		assert_failure 2
		assert_equal "$output" ''
		[[ $stderr == *"--name '$pattern'"* ]]
	done
}

@test "64 selectors of each kind, and no more" {
	local pids=() users=() name

	for _ in {1..64}; do
		pids+=(--pid $$)
		users+=(--user 0)
	done
	run oomctl rank "${pids[@]}" "${users[@]}" --name bash --tree
	assert_success
	for name in "${pids[*]} --pid 1" "${users[*]} --user 0"; do
		# shellcheck disable=SC2086
		run oomctl rank $name
		assert_failure 2
		assert_line 'oomctl: more than 64 selectors of a kind'
	done
}

# regcomp(3) has no bounds of its own: without ours each of these is a crash, or of a kind that takes all memory.
@test "--name: a pattern that is too large, too deep, or repeats too much" {
	local deep long command pattern

	printf -v deep '(%.0s' {1..20000}
	printf -v long 'a%.0s' {1..257}
	for command in rank get 'set 0 --dry-run' 'protect --dry-run' 'unprotect --dry-run' 'log -'; do
		for pattern in "$deep" "$long" "${deep:0:17}a${deep:0:17}" 'a{255}{255}' '((a{99}){99}){9}' \
			'a{2\0\0\0}' 'a{99999999999999999999}' 'a{,2000}' 'a{1,}{1,}{1,}{1,}{1,}{1,}{1,}' \
			'a++++++++++++++++' '(a)\1'; do
			# shellcheck disable=SC2086 # words
			run --separate-stderr timeout 20 "$OOMCTL" $command --name "$pattern" </dev/null
			assert_failure 2
			assert_equal "$output" ''
			[[ $stderr == *"--name '${pattern:0:256}': "*(pattern|back-references)* ]]
		done
	done
	# What people write is within the bounds.
	for pattern in '^[a-z]{3,15}-[0-9]{1,3}$' '(nginx|httpd|apache2)(:.*)?' '^\(sd-pam\)$' 'kworker/[0-9]+:[0-9]+' \
		'a{255}' "${long:1}" '((((a|b)|c)|d)|[[:digit:]])*'; do
		run "$OOMCTL" log --name "$pattern" - </dev/null
		assert_failure 1
	done
}

@test "--name: an empty pattern is not everybody" {
	for command in rank get 'set 0 --dry-run' 'protect --dry-run' 'unprotect --dry-run'; do
		for word in '--name=' '--name=^x$ --name='; do
			# shellcheck disable=SC2086 # words
			run --separate-stderr oomctl $command $word
			assert_failure 2
			assert_equal "$output" ''
			[[ $stderr == *'--name '\'''\'': the pattern is empty'* ]]
		done
	done
}

@test "--user: by name and by number, and it narrows --name" {
	actor_start name "$(hex "oomctl-$$-u")"
	name=$(id -un) number=$(id -u)
	assert_equal "$(shown --user "$name" --name "^oomctl-$$-u$")" "$actor_pid "
	assert_equal "$(shown --user "$number" --name "^oomctl-$$-u$")" "$actor_pid "
	run oomctl get --user 4000000000 --name "^oomctl-$$-u$"
	assert_failure 1
	assert_output --partial 'no process matches'
	assert_equal "$(shown --user 4000000000 --user "$name" --name "^oomctl-$$-u$")" "$actor_pid "
	for user in no-such-user -1 4294967296 ''; do
		run --separate-stderr oomctl get --user "$user"
		assert_failure 2
		assert_equal "$output" ''
		[[ $stderr == *"no user '$user'"* ]]
	done
}

@test "--cgroup: the cgroup and all below it" {
	actor_start name "$(hex "oomctl-$$-u")"
	run oomctl get "$actor_pid" -r --noheadings -o cgroup
	cgroup=$output
	[[ $cgroup == /* ]] || skip 'no memory cgroup here'
	assert_equal "$(shown --cgroup "$cgroup" --name "^oomctl-$$-u$")" "$actor_pid "
	assert_equal "$(shown --cgroup "/sys/fs/cgroup$cgroup" --name "^oomctl-$$-u$")" "$actor_pid "
	assert_equal "$(shown --cgroup "$cgroup/" --name "^oomctl-$$-u$")" "$actor_pid "
	assert_equal "$(shown --cgroup / --name "^oomctl-$$-u$")" "$actor_pid "
	run oomctl get --cgroup "${cgroup%/}/no-such-group"
	assert_failure 1
	if [[ $cgroup != / ]]; then
		# The beginning of a component is no cgroup above it.
		run oomctl get --cgroup "${cgroup%?}" --name "^oomctl-$$-u$"
		[[ ${cgroup%?} == */ ]] || assert_failure 1
	fi
	run oomctl get --cgroup relative
	assert_failure 2
	assert_output --partial "'relative'"
}

@test "--pidfile" {
	actor_start hold 1
	file=$BATS_TEST_TMPDIR/pid
	for text in "$actor_pid" "$actor_pid\n" "  $actor_pid \nmore\n" "$actor_pid\r\n"; do
		printf '%b' "$text" >"$file"
		assert_equal "$(shown --pidfile "$file")" "$actor_pid "
	done
	for text in '' 'x' '-5' '0' "$actor_pid.5" '99999999999999999999' '\0000'; do
		printf '%b' "$text" >"$file"
		run --separate-stderr oomctl get --pidfile "$file"
		assert_failure 2
		[[ $stderr == *"$file: holds no PID"* ]]
	done
	run oomctl get --pidfile "$file.none"
	assert_failure 1
	assert_output --partial "$file.none: No such file"
	run oomctl get --pidfile "$BATS_TEST_TMPDIR"
	assert_failure 1
	gone_pid >"$file"
	run oomctl get --pidfile "$file" "$actor_pid" -r --noheadings -o tgid
	assert_failure 1
	assert_line "$actor_pid"
	assert_line "oomctl: pid $(<"$file"): no such process"
}

@test "root does not believe another user's pidfile" {
	((EUID == 0)) || skip 'needs root'
	file=$BATS_TEST_TMPDIR/pid
	actor_start hold 1
	echo "$actor_pid" >"$file"
	chown 12345 "$file"
	run oomctl get --pidfile "$file"
	assert_failure 2
	assert_output --partial "$file: belongs to user 12345, and pid $actor_pid does not"
	chown 0 "$file"
	run oomctl get --pidfile "$file"
	assert_success
}

@test "--tree adds the descendants" {
	actor_start crowd 3
	want=$(printf '%s\n' "$actor_pid" "${actor_ids[@]}" | sort)
	assert_equal "$(shown --tree "$actor_pid" | tr ' ' '\n' | sed '/^$/d' | sort)" "$want"
	assert_equal "$(shown "$actor_pid")" "$actor_pid "
	bash -c "$cli_helpers/actor crowd 2 & trap 'kill \$!; wait' TERM; wait" 3>&- >/dev/null &
	shell=$!
	cli_pids+=("$shell")
	for _ in {1..100}; do
		(($(shown --tree "$shell" | wc -w) < 4)) || break
		sleep 0.05
	done
	assert_equal "$(shown --tree "$shell" | wc -w)" 4
}

@test "a PID that is none, out of range or gone is said, and the others are still shown" {
	actor_start hold 1
	gone=$(gone_pid)
	run --separate-stderr oomctl get x "$actor_pid" 0 99999999 "$gone" -5 1.5 -r --noheadings -o tgid
	assert_failure 2
	assert_equal "$output" "$actor_pid"
	assert_equal "$stderr" "oomctl: 'x' is not a PID
oomctl: pid 0: out of range: a PID is 1 to 4194304
oomctl: pid 99999999: out of range: a PID is 1 to 4194304
oomctl: pid -5: out of range: a PID is 1 to 4194304
oomctl: '1.5' is not a PID
oomctl: processes are found by their name with --name 'x'
oomctl: pid $gone: no such process"
	run --separate-stderr oomctl rank "$gone" "$actor_pid" -r --noheadings -o tgid
	assert_failure 1
	assert_equal "$output" "$actor_pid"
	assert_equal "$stderr" "oomctl: pid $gone: no such process"
	run --separate-stderr oomctl get "$gone"
	assert_failure 1
	assert_equal "$output" ''
	run --separate-stderr oomctl get -p "$gone" -p x "$actor_pid" -q -r --noheadings -o tgid
	assert_failure 2
	assert_equal "$output" "$actor_pid"
	[[ $stderr == *"'x' is not a PID"* ]]
}

@test "a command behind options is no PID, and that is said" {
	for words in '-q get 1' '--all help'; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr oomctl $words
		assert_failure 2
		wanted=${words#* } wanted=${wanted%% *}
		[[ $stderr == *"'$wanted' is a command: it comes before all options"* ]]
	done
	run oomctl get help
	assert_failure 2
	assert_output --partial "--name 'help'"
}

@test "set: an adj behind a PID is told from one" {
	run oomctl set 700 -500
	assert_failure 1
	assert_output "oomctl: pid -500: out of range: a PID is 1 to 4194304
oomctl: an adj comes before the PIDs: oomctl set -500 PID"
	run oomctl get -500
	refute_output --partial 'an adj comes'
}

@test "a thread's id is named as such and its process is meant" {
	actor_start threads 3
	thread=${actor_ids[1]}
	[[ $thread != "$actor_pid" ]]
	run --separate-stderr oomctl get "$thread" -r --noheadings -o tgid,threads
	assert_success
	assert_equal "$output" "$actor_pid 4"
	assert_equal "$stderr" "oomctl: pid $thread (actor): a thread of process $actor_pid, which is meant"
	run --separate-stderr oomctl get -q "$thread" -r --noheadings -o tgid
	assert_equal "$stderr" ''
	assert_equal "$output" "$actor_pid"
}

@test "a thread and its process are one target" {
	actor_start threads 2
	run --separate-stderr oomctl get "$actor_pid" "${actor_ids[0]}" "${actor_ids[1]}" -r --noheadings -o tgid
	assert_success
	assert_equal "$output" "$actor_pid"
}

@test "a kernel thread, a zombie and init are shown with the reason" {
	actor_start zombie
	run oomctl get "${actor_ids[0]}"
	assert_success
	assert_line -n 0 --regexp 'REASON *$'
	assert_line -n 1 --regexp 'has ended \(zombie\) *$'
	[[ $(readlink /proc/self/ns/pid) == 'pid:[4026531836]' ]] || skip 'no kernel threads in this PID namespace'
	run oomctl get 2 1
	assert_success
	assert_line -n 1 --regexp '^ *2 kthreadd .*kernel thread *$'
	assert_line -n 2 --regexp '^ *1 .*init is never killed *$'
}

@test "get without a target, and more selectors than there is room for" {
	run --separate-stderr oomctl get
	assert_failure 2
	[[ $stderr == *'which process?'* ]]
	run --separate-stderr oomctl get --tree
	assert_failure 2
	words=()
	for _ in {1..70}; do
		words+=(--name x)
	done
	run --separate-stderr oomctl get "${words[@]}"
	assert_failure 2
	[[ $stderr == *'more than 64 selectors'* ]]
}

@test "hundreds of PIDs" {
	actor_start crowd 200
	run --separate-stderr oomctl get "${actor_ids[@]}" -r --noheadings -o tgid
	assert_success
	assert_equal "$output" "$(printf '%s\n' "${actor_ids[@]}")"
}

@test "a selector's PIDs that end meanwhile are no error" {
	actor_start storm
	for _ in {1..30}; do
		run --separate-stderr oomctl get --name '^actor$' -r --noheadings -o tgid
		assert_success
		assert_equal "$stderr" ''
		grep -qx "$actor_pid" <<<"$output"
	done
}
