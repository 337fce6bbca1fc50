#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# TARGETs: PIDs, pidfiles, --name, --user, --cgroup and --tree, valid and invalid; get, and rank with operands.

# bats and cli.bash set these; jq and the inner shells expand theirs.
# shellcheck disable=SC2154,SC2016
# shellcheck disable=SC2030,SC2031 # Each test runs in its own subshell.

load cli

# A free PID: that of a child that has ended.
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

@test "get shows both scales, score, points, and rank" {
	actor_start hold 2
	echo 200 >"/proc/$actor_pid/oom_score_adj"
	run oomctl get "$actor_pid"
	assert_success
	assert_equal "${#lines[@]}" 2
	assert_line -n 0 --regexp '^ *PID +NAME +ADJ +OOM_ADJ +SCORE +POINTS +# *$'
	assert_line -n 1 --regexp "^ *$actor_pid +actor +200 +3 +$(<"/proc/$actor_pid/oom_score") +[0-9.]+[KMG] +[0-9]+ *\$"
}

@test "several PIDs: each once, in their order" {
	actor_start crowd 3
	a=${actor_ids[0]} b=${actor_ids[1]} c=${actor_ids[2]}
	assert_equal "$(shown "$c" "$a" "$b")" "$c $a $b "
	assert_equal "$(shown "$a" "$a" -p "$a" --pid="$b")" "$a $b "
	run oomctl rank -r --noheadings -o tgid "$a" "$c"
	assert_success
	assert_equal "$(sort <<<"$output")" "$(printf '%s\n' "$a" "$c" | sort)"
}

@test "rank with operands shows ranks among all processes" {
	alone_or_skip
	actor_start crowd 3
	echo 800 >"/proc/${actor_ids[1]}/oom_score_adj"
	run oomctl rank -J -o tgid,place "${actor_ids[1]}"
	assert_equal "$(json '.processes | length')" 1
	place=$(json '.processes[0].place')
	run oomctl rank -J -t 100000 -o tgid,place
	assert_equal "$(json ".processes[] | select(.tgid == ${actor_ids[1]}) | .place")" "$place"
}

@test "--name: a regular expression, as in pgrep" {
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

@test "--name: an invalid pattern" {
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
		users+=(--user "$(id -u)")
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

# regcomp(3) has no bounds: without those of oomctl, each of these crashes or uses all memory.
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
	# Usual patterns are within the bounds.
	for pattern in '^[a-z]{3,15}-[0-9]{1,3}$' '(nginx|httpd|apache2)(:.*)?' '^\(sd-pam\)$' 'kworker/[0-9]+:[0-9]+' \
		'a{255}' "${long:1}" '((((a|b)|c)|d)|[[:digit:]])*'; do
		run "$OOMCTL" log --name "$pattern" - </dev/null
		assert_failure 1
	done
}

@test "--name: an empty pattern is an error" {
	for command in rank get 'set 0 --dry-run' 'protect --dry-run' 'unprotect --dry-run'; do
		for word in '--name=' '--name=^x$ --name='; do
			# shellcheck disable=SC2086 # words
			run --separate-stderr oomctl $command $word
			assert_failure 2
			assert_equal "$output" ''
			[[ $stderr == *'--name '\'''\'': the pattern is empty'* ]]
		done
	done
	run oomctl get --cmdline ''
	assert_line -n 0 "oomctl: --cmdline '': the pattern is empty; '.' matches every process"
}

@test "--user: by name and by number; it restricts --name" {
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
		[[ $stderr == *"no such user: '$user'"* ]]
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
		# The beginning of a path component is no parent cgroup.
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
		[[ $stderr == *"$file: no PID in its first line"* ]]
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
	assert_line "oomctl: pidfile $file: pid $(<"$file"): no such process"
}

# A writer waits in open(2) until another process opens the FIFO.
@test "a file that is not regular is not opened: pidfile, policy, COMMAND" {
	local fifo=$BATS_TEST_TMPDIR/fifo

	mkfifo -m 755 "$fifo"
	bash -c 'exec 5>"$0"; : >"$0.opened"' "$fifo" 3>&- &
	cli_pids+=("$!")
	until_asleep "$!" bash
	run oomctl get --pidfile "$fifo"
	assert_failure 1
	assert_output --partial 'not a regular file'
	run oomctl policy --check "$fifo"
	assert_failure 2
	assert_output --partial 'is not a regular file'
	run oomctl run -n 1000 "$fifo"
	assert_failure 126
	sleep 0.3
	[[ ! -e $fifo.opened ]]
	: <"$fifo"
	wait "${cli_pids[-1]}"
	[[ -e $fifo.opened ]]
}

@test "root refuses a pidfile that another user owns" {
	((EUID == 0)) || skip 'needs root'
	file=$BATS_TEST_TMPDIR/pid
	actor_start hold 1
	echo "$actor_pid" >"$file"
	chown 12345 "$file"
	run oomctl get --pidfile "$file"
	assert_failure 2
	assert_output --partial "pidfile $file: pid $actor_pid (actor): user 12345 can change the file, and does not own the process"
	chown 0 "$file"
	run oomctl get --pidfile "$file"
	assert_success
}

# root_reads FILE [TEXT]: root's get accepts FILE, or refuses it with TEXT.
root_reads() {
	run oomctl get -r --noheadings -o tgid --pidfile "$1"
	echo "$1: $output"
	if [[ -z ${2-} ]]; then
		assert_output "$actor_pid"
	else
		assert_failure
		assert_output --partial "$2"
	fi
}

@test "root refuses a pidfile on a path that another user can change" {
	((EUID == 0)) || skip 'needs root'
	local dir=$BATS_TEST_TMPDIR/users theirs="user 12345 can change the file" path

	actor_start hold 1
	mkdir -p "$dir/inner" "$BATS_TEST_TMPDIR/sticky/inner"
	echo "$actor_pid" | tee "$dir/inner/pid" "$BATS_TEST_TMPDIR/sticky/inner/pid" "$BATS_TEST_TMPDIR/pid" >/dev/null
	cd "$dir/inner"
	ln -s inner/../../pid "$dir/link"
	ln -s "/proc/$actor_pid/stat" "$dir/stat"
	for path in "$dir/inner/pid" "$dir/link" "$dir/inner/../../pid" pid ../link; do
		root_reads "$path"
	done
	# A process of the file's owner may be named, even if the file is not root's.
	setpriv --reuid 12345 --clear-groups sleep 600 3>&- &
	cli_pids+=("$!")
	until_asleep "$!" sleep
	echo "$!" >"$dir/own"
	chown 12345 "$dir"
	run oomctl get -r --noheadings -o tgid --pidfile "$dir/own"
	assert_output "${cli_pids[-1]}"
	for path in "$dir/inner/pid" "$dir/link" "$dir/inner/../../pid" "$dir//inner/./pid" pid ../link; do
		root_reads "$path" "$theirs"
	done
	chown 0 "$dir"
	chown -h 12345 "$dir/link"
	root_reads "$dir/link" "$theirs"
	# A file of a process was not written by its owner.
	for path in "$dir/stat" "/proc/$actor_pid/stat" "/proc/$actor_pid/cwd/$dir/inner/pid"; do
		root_reads "$path" 'its path leads through /proc'
	done
	for mode in 775 757; do
		chmod "$mode" "$dir"
		root_reads "$dir/inner/pid" 'users other than root can write to it'
	done
	chmod 755 "$dir"
	chmod 666 "$dir/inner/pid"
	root_reads "$dir/inner/pid" 'users other than root can write to it'
	# Others can add names to a sticky directory, but not change those of root.
	cd "$BATS_TEST_TMPDIR/sticky"
	chmod 1777 .
	root_reads inner/pid
	echo "$actor_pid" >pid
	root_reads pid
	ln pid "$dir/other"
	root_reads pid 'users other than root can write to it'
	ln -s loop loop
	root_reads loop 'Too many levels of symbolic links'
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

@test "a PID that is invalid, out of range, or gone is reported, and the others are shown" {
	actor_start hold 1
	gone=$(gone_pid)
	run --separate-stderr oomctl get x "$actor_pid" 0 99999999 "$gone" -5 1.5 -r --noheadings -o tgid
	assert_failure 2
	assert_equal "$output" "$actor_pid"
	assert_equal "$stderr" "oomctl: 'x' is not a PID
oomctl: pid 0: out of range, 1 to 4194304
oomctl: pid 99999999: out of range, 1 to 4194304
oomctl: pid -5: out of range, 1 to 4194304
oomctl: '1.5' is not a PID
oomctl: to select processes by name, use --name 'x'
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

@test "a command after options is reported" {
	for words in '-q get 1' '--all help'; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr oomctl $words
		assert_failure 2
		wanted=${words#* } wanted=${wanted%% *}
		[[ $stderr == *"'$wanted' is a command: put it before all options"* ]]
	done
	run oomctl get help
	assert_failure 2
	assert_output --partial "--name 'help'"
}

@test "set: an adj after a PID is reported" {
	run oomctl set 700 -500
	assert_failure 1
	assert_output "oomctl: pid -500: out of range, 1 to 4194304
oomctl: put the adj before the PIDs: oomctl set -500 PID"
	run oomctl get -500
	refute_output --partial 'put the adj'
}

@test "a thread ID stands for its process, with a warning" {
	actor_start threads 3
	thread=${actor_ids[1]}
	[[ $thread != "$actor_pid" ]]
	run --separate-stderr oomctl get "$thread" -r --noheadings -o tgid,threads
	assert_success
	assert_equal "$output" "$actor_pid 4"
	assert_equal "$stderr" "oomctl: pid $thread (actor): is a thread; using its process $actor_pid"
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

@test "a zombie is shown with the reason" {
	actor_start zombie
	run oomctl get "${actor_ids[0]}"
	assert_success
	assert_line -n 0 --regexp 'REASON *$'
	assert_line -n 1 --regexp 'has exited \(zombie\) *$'
}

@test "get without a target, and with too many selectors" {
	run --separate-stderr oomctl get
	assert_failure 2
	[[ $stderr == *'no process specified'* ]]
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

@test "processes of a selector that exit are not an error" {
	actor_start storm
	for _ in {1..30}; do
		run --separate-stderr oomctl get --name '^actor$' -r --noheadings -o tgid
		assert_success
		assert_equal "$stderr" ''
		grep -qx "$actor_pid" <<<"$output"
	done
}
