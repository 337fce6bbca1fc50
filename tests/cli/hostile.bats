#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Names that a process gave itself to deceive: nothing of them may steer a terminal, add a line or a word, or
# pass for something else, in no form of output and no message.

# bats and cli.bash set these; jq and the inner shells expand theirs.
# shellcheck disable=SC2154,SC2016

load cli

# NAME as printf's escapes | in a table | the same in the C locale ("" if alike) | as a JSON string
hostile=(
	'a\nb|a\x0ab||"a\nb"'
	'\nPID 1|\x0aPID 1||"\nPID 1"'
	'a\tb\rc|a\x09b\x0dc||"a\tb\rc"'
	'\033[31mred|\x1b[31mred||"\u001b[31mred"'
	'\033]0;title\007|\x1b]0;title\x07||"\u001b]0;title\u0007"'
	'\033[2J\033[H|\x1b[2J\x1b[H||"\u001b[2J\u001b[H"'
	'\233\061m|\x9b1m||"\ufffd1m"'
	'\302\233\061m|\xc2\x9b1m||"\u009b1m"'
	'\377\376x|\xff\xfex||"\ufffd\ufffdx"'
	'ab\303|ab\xc3||"ab\ufffd"'
	'\355\240\200|\xed\xa0\x80||"\ufffd\ufffd\ufffd"'
	'\342\200\256txt.exe|\xe2\x80\xaetxt.exe||"\u202etxt.exe"'
	'\342\201\246x|\xe2\x81\xa6x||"\u2066x"'
	'a  b c|a  b c||"a  b c"'
	'[1] (2) <3>|[1] (2) <3>||"[1] (2) <3>"'
	') R 1 2 3|) R 1 2 3||") R 1 2 3"'
	'%s%n%99d|%s%n%99d||"%s%n%99d"'
	'\\x41|\x5cx41||"\\x41"'
	'\\n\\\\|\n\\||"\\n\\\\"'
	'\303\251\342\202\254|é€|\xc3\xa9\xe2\x82\xac|"é€"'
	'\177\001|\x7f\x01||"\u007f\u0001"'
	'";$(id)|";$(id)||"\";$(id)"'
)

# each FUNCTION: for all names, with a process of that name in actor_pid, calls FUNCTION UTF8 C JSON.
each() {
	local line name utf8 c as_json

	for line in "${hostile[@]}"; do
		IFS='|' read -r name utf8 c as_json <<<"$line"
		actor_start name "$(hex "$name")"
		"$1" "$utf8" "${c:-$utf8}" "$as_json" || {
			echo "name: $name"
			return 1
		}
	done
}

# Printable characters and newlines alone.
is_harmless() {
	! LC_ALL=C grep -q '[^[:print:]'$'\n''\x80-\xff]' <<<"$1"
}

in_table() {
	run oomctl get "$actor_pid" --noheadings -o name
	assert_success
	assert_output "$1"
	run oomctl get "$actor_pid" --noheadings -o pid,name,state
	assert_equal "${#lines[@]}" 1
	[[ $output =~ ^\ *$actor_pid\ (.*[^ ])\ +S$ ]]
	assert_equal "${BASH_REMATCH[1]}" "$1"
	LC_ALL=C run oomctl get "$actor_pid" --noheadings -o name
	assert_output "$2"
}

in_raw() {
	run oomctl get "$actor_pid" -r --noheadings -o name,pid
	assert_success
	assert_equal "${#lines[@]}" 1
	assert_output "${1// /\\x20} $actor_pid"
}

in_json() {
	run oomctl get "$actor_pid" -J -o name
	assert_success
	assert_equal "$(jq -c '.processes[0].name' <<<"$output")" "$(jq -c . <<<"$3")"
}

in_kernel_format() {
	run oomctl rank "$actor_pid" --format kernel=6.1 --noheadings
	assert_success
	assert_equal "${#lines[@]}" 1
	[[ $output =~ ^\[\ *$actor_pid\]\ +[0-9]+\ +$actor_pid\ .{8}\ .{8}\ .{8}\ .{8}\ {9}.{5}\ (.*)$ ]]
	assert_equal "${BASH_REMATCH[1]}" "$1"
}

in_list() {
	run oomctl rank --all
	assert_success
	is_harmless "$output"
	((${#lines[@]} == $(oomctl rank --all -J -o pid | jq '.processes | length') + 2)) ||
		((${#lines[@]} - $(oomctl rank --all -J -o pid | jq '.processes | length') < 10))
}

@test "in a table" {
	each in_table
}

@test "in raw output" {
	each in_raw
}

@test "in JSON" {
	each in_json
}

@test "in a kernel's format" {
	each in_kernel_format
}

@test "the figures beside them are right" {
	each figures
}

figures() {
	run oomctl get "$actor_pid" -r --noheadings -o ppid,state,threads,score,total_vm
	assert_output "$(stat_of "$actor_pid" 4) S 1 $(<"/proc/$actor_pid/oom_score") $(($(cut -d ' ' -f 1 "/proc/$actor_pid/statm") * $(getconf PAGESIZE)))"
}

@test "an empty name and a name of blanks are still one word" {
	actor_start name ''
	run oomctl get "$actor_pid" -r --noheadings -o pid,name,state
	assert_output "$actor_pid - S"
	run oomctl get "$actor_pid" -J -o name
	assert_equal "$(json '.processes[0].name')" ''
	actor_start name "$(hex '   ')"
	run oomctl get "$actor_pid" -r --noheadings -o pid,name,state
	assert_output "$actor_pid \\x20\\x20\\x20 S"
}

@test "all of them together in every form of the whole list" {
	for line in "${hostile[@]}"; do
		actor_start name "$(hex "${line%%|*}")"
	done
	for form in 'rank' 'rank --all' 'rank --all -r' 'rank -r --output-all' 'rank --all --format kernel' \
		'rank --all --format kernel=2.6.32' 'rank --color=never'; do
		# shellcheck disable=SC2086 # words
		run oomctl $form
		assert_success
		is_harmless "$output"
		refute_output --partial $'\302\233'
		refute_output --partial $'\342\200\256'
	done
	oomctl rank --all -J --output-all | jq -e '.processes | length > 22' >/dev/null
	words=$(oomctl rank --all -r | awk '{ print NF }' | sort -u)
	assert_equal "$(wc -l <<<"$words")" 1
	rows=$(oomctl rank --all --format kernel --noheadings)
	refute grep -qvE '^\[ *[0-9]+\] ' <<<"$rows"
}

@test "in messages" {
	actor_start threads 1 "$(hex 'x\n\033[31m')"
	run oomctl get "${actor_ids[0]}" -r --noheadings -o tgid
	assert_line -n 0 "oomctl: pid ${actor_ids[0]} (x\x0a\x1b[31m): a thread of process $actor_pid, which is meant"
	is_harmless "$output"
	assert_equal "${#lines[@]}" 2
}

@test "in words of the command line that come back in a message" {
	bad=$'\033[31m\nx\xff\302\233\342\200\256'
	shown='\x1b[31m\x0ax\xff\xc2\x9b\xe2\x80\xae'
	for words in '@' 'get @' 'rank -o @' 'rank --sort @' 'rank --top @' 'rank --format @' 'get --user @' \
		'get --cgroup @' 'get --pidfile @' 'help @' 'rank --color @' 'rank --@'; do
		read -ra list <<<"$words"
		for i in "${!list[@]}"; do
			list[i]=${list[i]//@/$bad}
		done
		run oomctl "${list[@]}"
		assert_failure
		assert_line -n 0 --partial "$shown"
		is_harmless "$output"
	done
}
