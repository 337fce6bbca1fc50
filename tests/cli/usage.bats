#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Words on the command line that are no process: commands, options, help, version.

# bats, cli.bash and fixture.bash set these.
# shellcheck disable=SC2154

load cli

@test "help of the program" {
	run --separate-stderr oomctl --help
	assert_success
	assert_equal "$stderr" ''
	assert_line -n 0 'Usage: oomctl [COMMAND] [OPTION]... [OPERAND]...'
	for command in rank get help; do
		assert_line --regexp "^  $command +[A-Z]"
	done
	help=$output
	for words in -h help; do
		run oomctl "$words"
		assert_success
		assert_output "$help"
	done
}

@test "help of each command, by three ways, names all its options" {
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

@test "--help goes before what else is wrong with the operands, not with the options" {
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
		assert_output --regexp '^oomctl [0-9]+\.[0-9]+\.[0-9]+$'
	done
}

@test "an unknown command is named, and never taken for a longer one" {
	for command in nope ran r ge g hel Rank RANK 'rank ' ' rank' '' 123 -5 ranks; do
		run --separate-stderr oomctl "$command"
		assert_failure 2
		assert_equal "$output" ''
		assert_equal "${stderr_lines[0]}" "oomctl: unknown command '$command'"
		[[ $stderr == *"'oomctl help'"* ]]
	done
	run oomctl 123
	assert_line "oomctl: for that process: 'oomctl get 123'"
	run --separate-stderr oomctl help nope
	assert_failure 2
	[[ $stderr == *"unknown command 'nope'"* ]]
}

@test "aliases are whole commands" {
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

@test "unknown and incomplete options, before anything is shown" {
	for words in --nope -Z '-t' '--top' '--all=yes' '-o' '--format' '--sort'; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr oomctl rank $words
		assert_failure 2
		assert_equal "$output" ''
		[[ ${stderr_lines[0]} == *"'${words%%=*}"* ]]
		[[ ${stderr_lines[1]} == *"'oomctl help rank'"* ]]
	done
	# One that comes last stops it too.
	run --separate-stderr oomctl rank -t 3 --nope
	assert_failure 2
	assert_equal "$output" ''
}

@test "--format knows its names and versions" {
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

@test "more operands than a command has" {
	for words in 'help rank get' 'dump x'; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr oomctl $words
		assert_failure 2
		assert_equal "$output" ''
		[[ ${stderr_lines[0]} == *"'${words##* }'"* ]]
	done
}

@test "dump belongs to systemd-oomd" {
	run --separate-stderr oomctl dump
	if [[ -x /usr/bin/oomctl ]] && ! grep -aq 'part of oomctl' /usr/bin/oomctl; then
		# What it says depends on whether the daemon runs; it was reached.
		[[ $status != 2 && $stderr != *'is not installed'* ]]
	else
		assert_failure 1
		assert_equal "$output" ''
		[[ $stderr == *systemd-oomd* && $stderr == *'oomctl rank'* ]]
	fi
}

# A machine of its own, where this program is what dump starts.
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

@test "quiet says no warning, verbose changes no result" {
	actor_start threads 1
	run --separate-stderr oomctl get "${actor_ids[0]}" -q
	assert_success
	assert_equal "$stderr" ''
	run --separate-stderr oomctl get "$actor_pid" -v -r --noheadings -o tgid
	assert_success
	assert_output "$actor_pid"
}
