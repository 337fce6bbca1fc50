#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# complete_hostile.bash SHELL DIRECTORY: types the beginnings of names that a shell would act on, then TAB twice and
# Enter, into SHELL (bash, library, fish or zsh) on a terminal. The names are those of cgroups, users, processes and
# files; all but the last would leave a file PWNED. Prints what is wrong. It mounts: to be run in a mount namespace of its
# own.

set -eu
shell=$1 work=$2 completions=$PWD/completions started=() letters=abcdefgijklmnopq
# shellcheck disable=SC2016 # the shells under test are to expand nothing, too
hostile=('$(id>PWNED)' '`id>PWNED`' ' a";id>PWNED' $'\n$(id>PWNED)' "'\$(id>PWNED)" '\$(id>PWNED)' '(id>PWNED)'
	'~*?[a]{b}&id>PWNED' $'\t:`id>PWNED`' '!!>PWNED' plain)

finish() {
	kill "${started[@]}" 2>/dev/null || :
}
trap finish EXIT

make_names() {
	local i name

	mount -t tmpfs none /sys/fs/cgroup
	: >/sys/fs/cgroup/cgroup.controllers
	mkfifo "$work/never"
	grep '^root:' /etc/passwd >"$work/passwd"
	for i in "${!hostile[@]}"; do
		name=h${letters:i:1}-${hostile[i]}
		mkdir "/sys/fs/cgroup/$name"
		: >"$work/$name"
		[[ $name == *[$'\n:']* ]] || echo "$name:x:$((i + 1)):1::/:/bin/sh" >>"$work/passwd"
		(
			printf %s "$name" >"/proc/$BASHPID/comm"
			read -rt 300 <>"$work/never" || :
		) &
		started+=("$!")
	done
	mkdir /sys/fs/cgroup/-h /sys/fs/cgroup/~root
	mount --bind "$work/passwd" /etc/passwd
}

# The program is one that keeps its last word, so that it is known, too, whether a shell starts it unasked.
make_program() {
	cat >"$work/oomctl" <<-END
		#!/bin/bash
		printf '%s\\0' "\${@: -1}" >>"$work/words"
	END
	chmod 755 "$work/oomctl"
}

# Sets command to what starts the shell. Each prompt leaves a file ready.
make_shell() {
	case $shell in
	bash | library)
		{
			[[ $shell == bash ]] || echo '. /usr/share/bash-completion/bash_completion'
			echo ". $completions/oomctl.bash; PROMPT_COMMAND=': >$work/ready'"
		} >"$work/rc"
		command="bash --rcfile $work/rc -i"
		;;
	zsh)
		echo "fpath=($completions \$fpath); autoload -Uz compinit; compinit -u -D; precmd() { : >$work/ready; }" \
			>"$work/.zshrc"
		command="env ZDOTDIR=$work zsh -d -i"
		;;
	fish)
		echo "source $completions/oomctl.fish; function fish_prompt; echo -n >$work/ready; end" >"$work/rc"
		command="env HOME=$work XDG_CONFIG_HOME=$work XDG_DATA_HOME=$work fish -i -C 'source $work/rc'"
		;;
	esac
}

wait_ready() {
	local i

	for ((i = 0; i < 1000; i++)); do
		if [[ -e $work/ready ]]; then
			rm "$work/ready"
			return
		fi
		sleep 0.02
	done
	echo "no prompt after: ${1-the start}"
	tail -c 2000 "$work/screen"
	exit 1
}

# press LINE NAME: what the program gets is the word as it was typed, or the whole name, as it is where that is plain.
press() {
	local word=${1##* } before words=()

	before=$(tr -cd '\0' <"$work/words" | wc -c)
	printf '%s\t\t\r' "$1" >&"$keys"
	wait_ready "$1"
	mapfile -d '' words <"$work/words"
	if ((${#words[@]} != before + 1)); then
		echo "$1: the program was run $((${#words[@]} - before)) times"
	elif [[ ${words[-1]%/} != "${word%h?-}$2" && (${words[-1]} != "$word" || $2 == *plain) ]]; then
		echo "$1: the program got '${words[-1]}'"
	fi
	if [[ -e $work/PWNED ]]; then
		echo "$1: a name was run"
		rm "$work/PWNED"
	fi
}

make_names
make_program
make_shell
cd "$work"
: >words
mkfifo typed
TERM=dumb PATH=$work:$PATH script -qefc "$command" /dev/null <typed >screen 2>&1 &
started+=("$!")
exec {keys}>typed
wait_ready
for i in "${!hostile[@]}"; do
	for line in 'oomctl rank --cgroup /' './oomctl predict --cgroup=/sys/fs/cgroup/' 'oomctl get --user ' \
		'oomctl set 5 --name ' 'oomctl log ./'; do
		press "${line}h${letters:i:1}-" "h${letters:i:1}-${hostile[i]}"
	done
done
