#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Deceptive process names: in no output and no message can they control a terminal, add a line or a word, or imitate
# other text.

# bats and cli.bash set these; jq and the inner shells expand theirs; a test is a subshell.
# shellcheck disable=SC2154,SC2016,SC2030,SC2031

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
	'\357\273\277\302\255x|\xef\xbb\xbf\xc2\xadx||"\ufeff\u00adx"'
	'\342\200\250\342\200\213x|\xe2\x80\xa8\xe2\x80\x8bx||"\u2028\u200bx"'
	'\363\240\201\201\360\237\230\200|\xf3\xa0\x81\x81😀|\xf3\xa0\x81\x81\xf0\x9f\x98\x80|"\udb40\udc41\ud83d\ude00"'
	'a  b c|a  b c||"a  b c"'
	'[1] (2) <3>|[1] (2) <3>||"[1] (2) <3>"'
	') R 1 2 3|) R 1 2 3||") R 1 2 3"'
	'%s%n%99d|%s%n%99d||"%s%n%99d"'
	'\\x41|\x41||"\\x41"'
	'\\x1b[1m|\x5cx1b[1m||"\\x1b[1m"'
	'\\n\\\\|\n\\||"\\n\\\\"'
	'\303\251\342\202\254|é€|\xc3\xa9\xe2\x82\xac|"é€"'
	'\177\001|\x7f\x01||"\u007f\u0001"'
	'";$(id)|";$(id)||"\";$(id)"'
)

# each FUNCTION: calls FUNCTION UTF8 C JSON for each name; actor_pid is a process of that name.
each() {
	local line name utf8 c as_json

	for line in "${hostile[@]}"; do
		IFS='|' read -r name utf8 c as_json <<<"$line"
		actor_start name "$(hex "$name")"
		echo "name: $name"
		# Not after ||, where failures inside would be ignored.
		"$1" "$utf8" "${c:-$utf8}" "$as_json"
	done
}

# Only UTF-8 with printable characters and newlines.
is_harmless() {
	! grep -qavxP '[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*' <<<"$1"
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
	is_harmless "$output"
	jq -e --argjson name "$3" '.processes[0].name == $name' <<<"$output" >/dev/null || fail "$output"
	LC_ALL=C run oomctl get "$actor_pid" -J -o name
	refute env LC_ALL=C grep -q '[^ -~]' <<<"$output"
	jq -e --argjson name "$3" '.processes[0].name == $name' <<<"$output" >/dev/null || fail "$output"
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

@test "in the task dump format" {
	each in_kernel_format
}

@test "the numbers beside them are correct" {
	each figures
}

figures() {
	run oomctl get "$actor_pid" -r --noheadings -o ppid,state,threads,score,total_vm
	assert_output "$(stat_of "$actor_pid" 4) S 1 $(<"/proc/$actor_pid/oom_score") $(($(cut -d ' ' -f 1 "/proc/$actor_pid/statm") * $(getconf PAGESIZE)))"
}

@test "an empty name and a name of blanks are one word" {
	actor_start name ''
	run oomctl get "$actor_pid" -r --noheadings -o pid,name,state
	assert_output "$actor_pid - S"
	run oomctl get "$actor_pid" -J -o name
	assert_equal "$(json '.processes[0].name')" ''
	actor_start name "$(hex '   ')"
	run oomctl get "$actor_pid" -r --noheadings -o pid,name,state
	assert_output "$actor_pid \\x20\\x20\\x20 S"
}

@test "all names together in every form of the list" {
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

@test "in the output of explain, predict, and set" {
	each in_words
}

in_words() {
	run --separate-stderr oomctl explain -v "$actor_pid"
	assert_success
	is_harmless "$output$stderr"
	# Lines are wrapped at blanks.
	[[ ${output//[[:space:]]/} == *"${1//[[:space:]]/}"* ]]
	run --separate-stderr oomctl set -v 1000 "$actor_pid"
	assert_output --partial "$1"
	is_harmless "$output$stderr"
	for form in '' '-r' '-J' "--if $actor_pid=999" "--if-gone $actor_pid"; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr oomctl predict --kills 3 $form
		is_harmless "$output$stderr"
	done
}

# All characters of the Unicode classes Cc, Cf, Zl, and Zp by Perl's own table, and samples of printable ones.
@test "unprintable characters are escaped, others are unchanged" {
	bad=$(perl -CS -e 'for (1 .. 0xd7ff, 0xe000 .. 0x10ffff) { $c = chr; print $c if $c =~ /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/ }')
	[ "${#bad}" -gt 200 ]
	run oomctl get --user "$bad"
	assert_line -n 0 --regexp "^oomctl: --user: no such user: '(\\\\x[0-9a-f]{2})+'\$"
	# In parts, because a message is cut.
	for ((i = 0; i < 24; i++)); do
		good=$(perl -CS -e 'for (0xa0 .. 0xd7ff, 0xe000 .. 0x10ffff) { $c = chr;
			print $c if $_ % 397 == $ARGV[0] * 16 && $c !~ /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cn}]/ && $n++ < 200 }' "$i")
		[ "${#good}" -gt 100 ]
		run oomctl get --user "$good"
		assert_line -n 0 "oomctl: --user: no such user: '$good'"
	done
}

@test "in a log" {
	local log=$BATS_TEST_TMPDIR/log line form name

	for line in "${hostile[@]}"; do
		# A log line contains no newline.
		[[ $line != *'\n'* && $line != *'\012'* && $line != *'\r'* ]] || continue
		printf -v name '%b' "${line%%|*}"
		{
			printf '[ 1.5] %s invoked oom-killer: gfp_mask=0x100cca(%s), order=0, oom_score_adj=0\n' "$name" "$name"
			printf '[ 1.5] CPU: 0 PID: 7 Comm: %s Not tainted 6.1.0-%s #1\n' "$name" "$name"
			printf '[ 1.5] Tasks state (memory values in pages):\n'
			printf '[ 1.5] [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name\n'
			printf '[ 1.5] [      8]     0     8     2000     1000        4096        0             0 %s\n' "$name"
			printf '[ 1.5] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/%s,mems_allowed=0,oom_memcg=/%s,task_memcg=/%s,task=%s,pid=8,uid=0\n' \
				"$name" "$name" "$name" "$name"
			printf '[ 1.5] Memory cgroup out of memory: Killed process 8 (%s) total-vm:8kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0\n' "$name"
		} >"$log"
		for form in '' -r -J '-r --output-all' '-J --output-all' '--show 1' '--show 1 -J' '--kernel-table' '-v'; do
			# shellcheck disable=SC2086 # words
			run "$OOMCTL" log $form "$log"
			assert_success
			is_harmless "$output" || fail "$form: $output"
			[[ $form != *-J* ]] || jq -e . <<<"$output" >/dev/null
		done
	done
}

@test "in a policy" {
	for line in "${hostile[@]}"; do
		printf -v name '%b' "${line%%|*}"
		printf 'permit %s floor -5\n%s\n' "$name" "$name" >"$BATS_TEST_TMPDIR/policy"
		run oomctl policy --check "$BATS_TEST_TMPDIR/policy"
		is_harmless "$output"
	done
}

# If the terminal has another charset than the locale, output must not control it either.
@test "in locales of other charsets" {
	local dir=$BATS_TEST_TMPDIR charset line

	for charset in ISO-8859-1 KOI8-R GBK GB18030; do
		# localedef warns about omissions in its source.
		localedef -c -i C -f "$charset" "$dir/$charset" >/dev/null 2>&1 || true
		[ -e "$dir/$charset/LC_CTYPE" ] || skip "localedef cannot make a locale of $charset here (package locales)"
	done
	for line in "${hostile[@]}" '\317\362|' '\302\226\302\230|' '\347\303|'; do
		actor_start name "$(hex "${line%%|*}")"
		for charset in ISO-8859-1 KOI8-R GBK GB18030; do
			for form in '' -r -J; do
				# shellcheck disable=SC2086 # words
				run env LOCPATH="$dir" LC_ALL="$charset" "$OOMCTL" get "$actor_pid" $form --noheadings -o name
				assert_success
				refute env LC_ALL=C grep -qaP '[\x00-\x09\x0b-\x1f\x7f-\x9f]' <<<"$output"
			done
		done
	done
	# A letter of the charset is shown.
	actor_start name "$(hex '\351')"
	run env LOCPATH="$dir" LC_ALL=ISO-8859-1 "$OOMCTL" get "$actor_pid" -r --noheadings -o name
	assert_output $'\351'
}

@test "in messages" {
	actor_start threads 1 "$(hex 'x\n\033[31m')"
	run oomctl get "${actor_ids[0]}" -r --noheadings -o tgid
	assert_line -n 0 "oomctl: pid ${actor_ids[0]} (x\x0a\x1b[31m): is a thread; using its process $actor_pid"
	is_harmless "$output"
	assert_equal "${#lines[@]}" 2
}

@test "in arguments that are repeated in a message" {
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
