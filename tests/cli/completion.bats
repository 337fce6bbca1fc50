#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Completions of each shell: they offer exactly what is in the tables of the program.

bats_load_library bats-support
bats_load_library bats-assert

library=/usr/share/bash-completion/bash_completion

# named NAME: starts a bash with this name that waits; sets named_pid.
named() {
	mkfifo "$BATS_RUN_TMPDIR/fifo" 2>/dev/null || true
	bash -c 'printf %s "$1" >/proc/self/comm; : >"$2.$$"; read -rt 300 <>"$2"' - \
		"$1" "$BATS_RUN_TMPDIR/fifo" 3>&- &
	named_pid=$!
	for _ in {1..50}; do
		[ ! -e "$BATS_RUN_TMPDIR/fifo.$named_pid" ] || return 0
		sleep 0.1
	done
	return 1
}

# begin_shells DIRECTORY: a session of each shell, which reads lines there and answers.
begin_shells() {
	local shell

	begun=()
	for shell in $(shells); do
		mkfifo "$1/$shell.lines" "$1/$shell.offers"
		begin_shell "$shell" <>"$1/$shell.lines" >"$1/$shell.said" 2>&1 1<>"$1/$shell.offers" 3>&- &
		begun+=("$!")
	done
}

begin_shell() {
	case $1 in
	bash) exec tests/cli/complete.bash completions/oomctl.bash ;;
	library) LIBRARY=$library exec tests/cli/complete.bash completions/oomctl.bash ;;
	fish) exec tests/cli/complete.fish completions/oomctl.fish ;;
	zsh) exec tests/cli/complete.zsh completions ;;
	esac
}

setup_file() {
	export tables=$BATS_FILE_TMPDIR/tables sessions=$BATS_FILE_TMPDIR named_pid file_begun
	"$OOMCTL" help --tables >"$tables"
	named oomctl-named
	begin_shells "$sessions"
	file_begun=${begun[*]}
}

teardown_file() {
	# shellcheck disable=SC2086 # a word a process
	kill "$named_pid" $file_begun
}

# The words that bash, with and without its library, fish, or zsh offers for a line.
offered() {
	described "$1" "$2" | cut -f 1
}

described() {
	local offer

	printf '%s\n' "$2" >"$sessions/$1.lines"
	while IFS= read -rt 30 offer; do
		[[ $offer != $'\4' ]] || return 0
		printf '%s\n' "$offer"
	done <"$sessions/$1.offers"
	echo "$1 does not answer: $2"
}

shells() {
	echo bash
	if [ -e "$library" ]; then
		echo library
	fi
	echo fish
	echo zsh
}

# all_offer LINE WORD...: exactly these words, in any order, except what matches $without.
all_offer() {
	local line=$1 shell
	shift
	for shell in $(shells); do
		run diff <(printf '%s\n' "$@" | sed '/^$/d' | sort) \
			<(offered "$shell" "$line" | grep -vE "${without:-^$}" | sed 's,^--[a-z-]*=\(.\),\1,' | sort -u)
		[ -z "$output" ] || fail "$shell: $line: $output"
	done
}

# all_have LINE WORD: the word is offered.
all_have() {
	local shell
	for shell in $(shells); do
		offered "$shell" "$1" | sed 's,^--[a-z-]*=,,' | grep -qxF -- "$2" ||
			fail "$shell: $1: no $2 in: $(offered "$shell" "$1")"
	done
}

commands() {
	awk -F '\t' '$1 == "command" { print $2 }' "$tables"
}

@test "commands" {
	# shellcheck disable=SC2046 # one word per command
	all_offer 'oomctl ' $(commands)
	all_offer 'oomctl ra' rank
	# shellcheck disable=SC2046
	all_offer 'oomctl help ' $(commands)
}

@test "the options of each command are those of the tables" {
	local command options
	for command in $(commands); do
		options=$(awk -F '\t' -v command="$command" '$1 == "option" && $2 == command {
			if ($3 != "")
				print $3
			print $4
		}' "$tables")
		# shellcheck disable=SC2086 # a word an option; -500 is an adj
		without='^-[0-9]' all_offer "oomctl $command -" $options
	done
}

@test "without a command the options are those of rank, and an alias has those of its command" {
	local shell
	for shell in $(shells); do
		assert_equal "$(offered "$shell" 'oomctl -' | sort)" "$(offered "$shell" 'oomctl rank -' | sort)"
		assert_equal "$(offered "$shell" 'oomctl show --' | sort)" "$(offered "$shell" 'oomctl get --' | sort)"
	done
	all_offer 'oomctl -o pid,nam' pid,name
}

# columns COMMAND: the names of the columns of its list.
columns() {
	awk -F '\t' -v command="$1" '$1 == "column" && $2 == command { print $3 }' "$tables"
}

@test "the columns of -o and of --sort are those of the tables" {
	local command
	for command in rank predict sysctl log rules audit; do
		[ "$(columns "$command" | wc -l)" -ge 4 ]
		# shellcheck disable=SC2046 # a word a column
		all_offer "oomctl $command -o " $(columns "$command")
	done
	# shellcheck disable=SC2046
	all_offer 'oomctl rank --output=' $(columns rank)
	# shellcheck disable=SC2046
	all_offer 'oomctl rank --sort ' $(columns rank)
	all_offer 'oomctl get -o pid,sta' pid,state pid,start
	all_offer 'oomctl get -o +pid,sta' +pid,state +pid,start
	all_offer 'oomctl rank --output +swa' +swap
	all_offer 'oomctl rank --sort=-pgt' -pgtables
	# A column in the list is not offered again, but longer names that begin with it are.
	all_offer 'oomctl get -o pid,p' pid,ppid pid,points pid,pgtables pid,place
	all_offer 'oomctl rank --output=+points,pid,rss,r' +points,pid,rss,reason +points,pid,rss,rss_{anon,file,shmem}
	all_offer 'oomctl sysctl -o value,n' value,name value,now
}

@test "known values" {
	local line shell
	all_offer 'oomctl get --color ' auto always never
	all_offer 'oomctl get --color=n' never
	all_offer 'oomctl rank --format ' kernel kernel=
	# shellcheck disable=SC2046 # a word a check
	all_offer 'oomctl audit --ignore ' $("$OOMCTL" audit --ignore nonsense 2>&1 | sed -n 's/^oomctl: checks: //p' | tr -d ,)
	all_offer 'oomctl rank --format=k' kernel kernel=
	# fish offers the typed word.
	for line in rank 'rank -a' ''; do
		without='^(--format=)?kernel=$' all_offer "oomctl $line --format kernel="
		without='^(--format=)?kernel=$' all_offer "oomctl $line --format=kernel="
		all_offer "oomctl $line --format kernel=5"
	done
	without='^1=$' all_offer 'oomctl predict --if-grows 1='
	for shell in $(shells); do
		assert_equal "$(offered "$shell" 'oomctl predict --if=1=-99' | sed 's/.*=//')" -999
	done
	all_have 'oomctl rank --user roo' root
	all_have 'oomctl rank --user=roo' root
}

@test "files for --pidfile and --exe" {
	local option shell
	: >"$BATS_TEST_TMPDIR/one.pid"
	for shell in $(shells); do
		for option in --pidfile --exe; do
			offered "$shell" "oomctl get $option $BATS_TEST_TMPDIR/on" | grep -q 'one\.pid$' ||
				fail "$shell"
		done
	done
}

@test "cgroups for --cgroup, as the kernel names them" {
	local top=/sys/fs/cgroup first shell
	[ -e "$top/cgroup.controllers" ] || top=$top/memory
	first=$(find "$top" -mindepth 1 -maxdepth 1 -type d 2>/dev/null | sort | head -n 1)
	[ -n "$first" ] || skip 'no memory cgroup but the root here'
	first=${first##*/}
	for shell in $(shells); do
		offered "$shell" "oomctl rank --cgroup /${first%?}" | grep -qxE "/$first/?" || fail "$shell"
	done
}

@test "PIDs for targets, with names if the shell shows descriptions" {
	local line
	for line in 'oomctl -a ' 'oomctl rank --pid=' 'oomctl get -p ' 'oomctl get --parent ' 'oomctl show ' \
		'oomctl set 5 ' 'oomctl set -n 5 ' 'oomctl set --by=5 ' 'oomctl protect --tree ' \
		'oomctl unprotect 1 '; do
		all_have "$line${named_pid%?}" "$named_pid"
	done
	all_have 'oomctl rank --name oomctl-nam' oomctl-named
	described fish "oomctl get $named_pid" | grep -qx "$named_pid	oomctl-named"
	described zsh "oomctl get $named_pid" | grep -q "^$named_pid	.*oomctl-named"
}

@test "no shell runs a name that it completes" {
	local map=-r shell tested=()

	((EUID)) || map=
	# shellcheck disable=SC2086 # a word or none
	unshare -m $map true 2>/dev/null || skip 'no mount namespace here'
	# In parallel, because they wait most of the time.
	for shell in $(shells); do
		mkdir "$BATS_TEST_TMPDIR/$shell"
		# shellcheck disable=SC2086
		timeout 200 unshare -m $map tests/cli/complete_hostile.bash "$shell" "$BATS_TEST_TMPDIR/$shell" \
			>"$BATS_TEST_TMPDIR/$shell.said" 2>&1 3>&- &
		tested+=("$!")
	done
	for shell in $(shells); do
		wait "${tested[0]}" || fail "$shell: status $?: $(cat "$BATS_TEST_TMPDIR/$shell.said")"
		assert_equal "$shell: $(cat "$BATS_TEST_TMPDIR/$shell.said")" "$shell: "
		tested=("${tested[@]:1}")
	done
}

@test "what is typed so far is not run, and neither is the program" {
	local line shell bait=$BATS_TEST_TMPDIR/oomctl PATH=$BATS_TEST_TMPDIR:$PATH sessions=$BATS_TEST_TMPDIR

	printf '#!/bin/sh\n: >%s.done\n' "$bait" >"$bait"
	chmod 755 "$bait"
	begin_shells "$sessions"
	for shell in $(shells); do
		for line in "rank --cgroup /\$(oomctl)/" "rank --cgroup \"/\`oomctl\`/" "rank --name \$(oomctl)" \
			"get \$(oomctl)" "get --user \`oomctl\`" "rank -o \$(oomctl),p" "predict --if \$(oomctl)="; do
			offered "$shell" "oomctl $line" >/dev/null
			[ ! -e "$bait.done" ] || fail "$shell: $line"
		done
	done
	kill "${begun[@]}"
}

@test "adj values for set, protect and run" {
	all_offer 'oomctl set ' -1000 -999 -500 -100 0 100 500 1000
	all_offer 'oomctl set --dry-run 5' 500
	all_offer 'oomctl set --adjust=-9' -999
	all_offer 'oomctl protect -n 10' 100 1000
	all_offer 'oomctl run -n 10' 100 1000
}

@test "settings and their values" {
	local shell settings
	settings=$("$OOMCTL" sysctl nonsense 2>&1 | sed -n 's/^oomctl: settings: //p' | tr -d ,)
	[ "$(wc -w <<<"$settings")" -ge 3 ]
	for shell in $(shells); do
		assert_equal "$(offered "$shell" 'oomctl sysctl ' | tr -d = | sort)" \
			"$(tr ' ' '\n' <<<"$settings" | sort)"
		assert_equal "$(offered "$shell" 'oomctl sysctl panic_on_oom=' | sed 's/.*=//' | sort)" $'0\n1\n2'
		assert_equal "$(offered "$shell" 'oomctl sysctl kernel.panic=' | sed 's/.*=//' | sort)" $'0\n10'
		assert_equal "$(offered "$shell" 'oomctl sysctl -n overcommit_memory=' | sed 's/.*=//' | sort)" $'0\n1\n2'
		assert_equal "$(offered "$shell" 'oomctl sysctl -n ' | tr -d = | sort)" "$(tr ' ' '\n' <<<"$settings" | sort)"
		assert_equal "$(offered "$shell" 'oomctl sysctl vm.oom_dump_tasks=' | sed 's/.*=//' | sort)" $'0\n1'
	done
}

@test "after run: a command and its own completion" {
	local shell line
	for line in 'oomctl run -n 5 ' 'oomctl run --never -- ' 'oomctl run --best-effort --adjust=5 ' 'oomctl log --follow --exec '; do
		all_have "${line}mandb" mandb
		for shell in $(shells); do
			offered "$shell" "${line}cat /etc/pass" | grep -qE '^(/etc/)?passwd$' ||
				fail "$shell: $line"
		done
	done
	for shell in $(shells); do
		run offered "$shell" 'oomctl run -n 5 nosuchcommand --nev'
		refute_output --partial never
	done
}
