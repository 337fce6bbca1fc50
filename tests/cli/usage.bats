#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Commands, options, help, version, and usage errors.

# bats, cli.bash and fixture.bash set these.
# shellcheck disable=SC2154

load cli

setup() {
	err=$BATS_TEST_TMPDIR/err
}

@test "help of the program" {
	run --separate-stderr oomctl --help
	assert_success
	assert_equal "$stderr" ''
	assert_line -n 0 'Usage: oomctl [COMMAND] [OPTION]... [ARG]...'
	for command in 'rank, ls, list' 'get, show' help; do
		assert_line --regexp "^  $command +[A-Z]"
	done
	help=$output
	for words in -h help; do
		run oomctl "$words"
		assert_success
		assert_output "$help"
	done
}

@test "the help of each command, in three ways, lists all its options" {
	mapfile -t commands < <(oomctl help --tables | awk -F '\t' '$1 == "command" { print $2 }')
	((${#commands[@]} >= 4))
	for command in "${commands[@]}"; do
		run --separate-stderr oomctl help "$command"
		assert_success
		assert_equal "$stderr" ''
		assert_line -n 0 --regexp "^Usage: oomctl $command( |\$)"
		help=$output
		run oomctl "$command" --help
		assert_success
		assert_output "$help"
		run oomctl "$command" -h
		assert_output "$help"
		while read -r option; do
			[[ $help == *"$option"* ]]
		done < <(oomctl help --tables | awk -F '\t' -v c="$command" '$1 == "option" && $2 == c { print $4 }')
		# Eighty columns are enough.
		assert_equal "$(awk 'length > 80' <<<"$help")" ''
	done
}

@test "--help is shown despite wrong operands, but not despite wrong options" {
	run oomctl get --help
	assert_success
	run oomctl rank --help x y z
	assert_success
	run oomctl rank --help --nope
	assert_failure 2
}

@test "version" {
	for words in -V --version 'rank -V' 'get --version'; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr oomctl $words
		assert_success
		assert_equal "$stderr" ''
		assert_output --regexp '^oomctl [0-9]+\.[0-9]+\.[0-9]+(~dev)?$'
	done
}

@test "an unknown command is an error, also if it abbreviates a command" {
	for command in nope ran r ge g hel Rank RANK 'rank ' ' rank' '' 123 -5 ranks; do
		run --separate-stderr oomctl "$command"
		assert_failure 2
		assert_equal "$output" ''
		[[ ${stderr_lines[0]} =~ ^"oomctl: unknown command '$command'"("; did you mean '"[a-z]+"'?")?$ ]]
		((${#stderr_lines[@]} == 2))
		[[ $command == 123 || ${stderr_lines[1]} == "oomctl: see 'oomctl help'" ]]
	done
	run oomctl 123
	assert_line -n 1 "oomctl: to show process 123: 'oomctl get 123'"
	run --separate-stderr oomctl help nope
	assert_failure 2
	[[ $stderr == *"unknown command 'nope'"* ]]
}

@test "aliases run their commands" {
	actor_start hold 1
	run oomctl rank "$actor_pid" -r --noheadings -o tgid,name
	want=$output
	for alias in ls list; do
		run oomctl "$alias" "$actor_pid" -r --noheadings -o tgid,name
		assert_success
		assert_output "$want"
	done
	run oomctl show "$actor_pid" -r --noheadings -o tgid,name
	assert_output "$want"
	run oomctl help show
	assert_success
	assert_line -n 0 --partial 'Usage: oomctl get'
}

@test "unknown and incomplete options are errors before anything is shown" {
	for words in --nope -Z '-t' '--top' '--all=yes' '-o' '--format' '--sort'; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr oomctl rank $words
		assert_failure 2
		assert_equal "$output" ''
		[[ ${stderr_lines[0]} == *"'${words%%=*}"* ]]
		[[ ${stderr_lines[1]} == *"'oomctl help rank'"* ]]
	done
	# Also as the last argument.
	run --separate-stderr oomctl rank -t 3 --nope
	assert_failure 2
	assert_equal "$output" ''
}

# The same form for each kind of name.
@test "unknown names: the nearest name is proposed" {
	local word near words
	while IFS='|' read -r words word near; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr oomctl $words
		assert_failure 2
		assert_equal "$output" ''
		assert_equal "${stderr_lines[0]}" "oomctl: unknown $word; did you mean '$near'?"
		((${#stderr_lines[@]} == 2))
		[[ ${stderr_lines[1]} == "oomctl: see 'oomctl help"* || ${stderr_lines[1]} == *"-o help' lists the columns" ||
			${stderr_lines[1]} == 'oomctl: settings: '* ]]
	done <<-'END'
		rnak|command 'rnak'|rank
		PREDICT|command 'PREDICT'|predict
		help pedict|command 'pedict'|predict
		rank --srot rss|option '--srot'|--sort
		rank -o pid,rsss|column 'rsss'|rss
		rank --sort -rsss|column 'rsss'|rss
		predict -o dise|column 'dise'|dies
		log -o tiem|column 'tiem'|time
		sysctl -o valeu|column 'valeu'|value
		sysctl panic_on_omo|setting 'panic_on_omo'|panic_on_oom
	END
	run oomctl zzzzzz
	assert_line -n 0 "oomctl: unknown command 'zzzzzz'"
}

@test "a wrong word of an option: the accepted ones, and the nearest" {
	local words error
	while IFS='|' read -r words error; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr oomctl $words
		assert_failure 2
		assert_equal "$output" ''
		assert_equal "${stderr_lines[0]}" "oomctl: $error"
		((${#stderr_lines[@]} == 2))
	done <<-'END'
		log --histogram nam|--histogram takes hour, day, name, unit or cgroup, not 'nam'; did you mean 'name'?
		log --histogram x|--histogram takes hour, day, name, unit or cgroup, not 'x'
		rank --scan bfp|--scan takes auto, proc or bpf, not 'bfp'; did you mean 'bpf'?
		get --color Always 1|--color takes auto, always or never, not 'Always'; did you mean 'always'?
		rank --format kernal|--format takes kernel or kernel=VERSION, such as kernel=6.1, not 'kernal'; did you mean 'kernel'?
		log --show lst|--show takes a number from 1 up or 'last', not 'lst'; did you mean 'last'?
		log --last x|--last takes a number from 1 up, not 'x'
		log --since yesterdy|--since takes a time such as '2024-05-26 06:17', 06:17, 2h, now, today or yesterday, not 'yesterdy'; did you mean 'yesterday'?
	END
}

@test "choom's options without a command: the command is named" {
	for words in '-n 5 -p 1' '-p 1 -n 5' '-n5 -p1' '-n 5 true' '--adjust 5 -p 1'; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr oomctl $words
		assert_failure 2
		((${#stderr_lines[@]} == 2))
		assert_equal "${stderr_lines[1]}" "oomctl: to set adj: 'oomctl set -n ADJ TARGET...' or 'oomctl run -n ADJ -- COMMAND'"
	done
	run oomctl --adjust=5 -p 1
	assert_line -n 0 "oomctl: unknown option '--adjust'"
}

@test "a heading is a name of its column" {
	run oomctl rank -t 1 -r -o '#,pid'
	assert_success
	assert_line -n 0 'PLACE PID'
	run oomctl rank -t 1 --sort=+PID -o PID
	assert_success
	run oomctl predict -r -o 'FREES<='
	assert_line -n 0 FREES
}

@test "--cgroup accepts the same forms in each command" {
	for command in get rank 'set 5' protect unprotect predict log; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr oomctl $command --cgroup system.slice
		assert_failure 2
		assert_equal "${stderr_lines[0]}" "oomctl: --cgroup: 'system.slice' does not begin with '/'"
		# shellcheck disable=SC2086 # words
		run --separate-stderr oomctl $command --cgroup /sys/fs/cgroup/no-such-cgroup
		assert_failure
		[[ $status != 2 && $stderr != *"'oomctl help"* ]]
	done
}

@test "--format accepts its names and versions only" {
	for format in json kernel= kernel=x kernel=6 kernels 'kernel 6.1' ''; do
		run --separate-stderr oomctl rank --format "$format"
		assert_failure 2
		assert_equal "$output" ''
		[[ $stderr == *"'$format'"* ]]
	done
	for version in 2.6.24 2.6.18 2.4.37; do
		run --separate-stderr oomctl rank --format "kernel=$version"
		assert_failure 2
		[[ $stderr == *"$version"*2.6.25* ]]
	done
}

@test "options cannot be abbreviated" {
	local count=0 command name argument names message status

	names=$'\n'$("$OOMCTL" help --tables | awk -F '\t' '$1 == "option" { sub(/^--/, "", $4); print $2, $4, $5 }')$'\n'
	while read -r command name argument; do
		[[ $names != *$'\n'"$command ${name%?}"[$' \n']* ]] || continue
		status=0
		"$OOMCTL" "$command" "--${name%?}${argument:+=1}" 1 >/dev/null 2>"$err" </dev/null || status=$?
		[[ $status == 2 || $command,$status == run,125 ]]
		IFS= read -r message <"$err"
		[[ $message == "oomctl: unknown option '--${name%?}"* ]]
		((++count))
	done <<<"${names:1:-1}"
	((count > 60))
	run oomctl rank --sor=rss
	assert_line -n 0 "oomctl: unknown option '--sor'; did you mean '--sort'?"
}

@test "too many operands" {
	for words in 'help rank get' 'dump x'; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr oomctl $words
		assert_failure 2
		assert_equal "$output" ''
		assert_equal "${stderr_lines[0]}" "oomctl: unexpected argument '${words##* }'"
	done
}

@test "dump runs systemd-oomd's oomctl" {
	run --separate-stderr oomctl dump
	if [[ -x /usr/bin/oomctl ]] && ! grep -aq 'part of oomctl' /usr/bin/oomctl; then
		# The result depends on whether the daemon runs; the client was started in any case.
		[[ $status != 2 && $stderr != *'is not installed'* ]]
	else
		assert_failure 1
		assert_equal "$output" ''
		[[ $stderr == *systemd-oomd* && $stderr == *'oomctl rank'* ]]
	fi
}

# A root directory in which dump finds this program itself.
@test "dump does not start this program forever, by another name or as a copy" {
	local root=$BATS_TEST_TMPDIR/root lib
	unshare -rm true || skip 'needs user namespaces'
	mkdir -p "$root/proc" "$root/usr/bin" "$root/opt"
	for lib in $(ldd "$OOMCTL" | grep -o '/[^ ]*'); do
		cp -L --parents "$lib" "$root"
	done
	cp "$OOMCTL" "$root/usr/bin/oomctl"
	cp "$OOMCTL" "$root/opt/oomctl"
	for layout in merged split; do
		rm -rf "${root:?}/bin"
		case $layout in
		merged) ln -s usr/bin "$root/bin" ;;
		split) mkdir "$root/bin" && cp "$OOMCTL" "$root/bin/oomctl" ;;
		esac
		for start in /usr/bin/oomctl /bin/oomctl /opt/oomctl; do
			# shellcheck disable=SC2016 # The inner shell expands it.
			run --separate-stderr timeout 20 unshare -rm bash -c \
				'mount --rbind /proc "$0/proc" && exec chroot "$0" "$@"' "$root" "$start" dump
			assert_failure 1
			[[ $stderr == *'systemd-oomd'*'not installed'* ]]
		done
	done
}

@test "-q prints no warning, -v changes no result" {
	actor_start threads 1
	run --separate-stderr oomctl get "${actor_ids[0]}" -q
	assert_success
	assert_equal "$stderr" ''
	run --separate-stderr oomctl get "$actor_pid" -v -r --noheadings -o tgid
	assert_success
	assert_output "$actor_pid"
}

# Values that no option, or few, can take. --format and the name of a user can have others.
bad_values=('' x -1 99999999999999999999 '=' $'a\nb' '1,,1' ',' 1.. '(')

# Also shows that a value is never taken for something else in silence: each is accepted, or refused with one error.
# Commands share options: the first gets all values, the others two, which differ from command to command.
@test "a bad value of any option gives one error, and at most one hint" {
	local command option value values operands refused=() n line lines status turn=0
	local -A tried=()

	while IFS=$'\t' read -r command option; do
		case $command in
		set) operands=(--dry-run 5 4194304) ;;
		protect | unprotect) operands=(--dry-run 4194304) ;;
		get | explain) operands=("$$") ;;
		run) operands=(true) ;;
		apply) operands=(--dry-run) ;;
		# They do not end by themselves.
		dump | watch) continue ;;
		*) operands=() ;;
		esac
		# It would write the file.
		[[ "$command $option" != 'metrics --write' ]] || continue
		values=("${bad_values[@]}")
		[[ -z ${tried[$option]-} ]] || values=("${bad_values[@]:turn++ % (${#bad_values[@]} - 1):2}")
		tried[$option]=1
		for value in "${values[@]}"; do
			status=0
			"$OOMCTL" "$command" "$option=$value" "${operands[@]}" >/dev/null 2>"$err" </dev/null || status=$?
			mapfile -t lines <"$err"
			[[ $status == 2 || ${lines[*]} == *"'oomctl help run'"* ]] || continue
			refused+=("$command $option")
			n=0
			for line in "${lines[@]}"; do
				[[ $line =~ ^"oomctl: "("see 'oomctl help"|"'oomctl ".*" lists the columns"|"checks: "|"nothing was changed") ]] || n=$((n + 1))
			done
			((n == 1 && ${#lines[@]} <= 2)) || fail "$command $option='$value': $(<"$err")"
		done
	done < <(oomctl help --tables | awk -F '\t' '$1 == "option" && $5 { print $2 "\t" $4 }')
	# Every option with a number, a list, or a word of a few.
	for option in 'rank --top' 'rank --sort' 'rank --format' 'rank --output' 'get --scan' 'get --color' 'set --adjust' 'set --by' \
		'set --parent' 'get --pid' 'protect --with-adj' 'predict --kernel' 'predict --kills' 'predict --if' 'run --adjust'; do
		[[ " ${refused[*]} " == *" $option "* ]] || fail "$option is never refused"
	done
}
