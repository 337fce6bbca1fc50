#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# complete_hostile.bash SHELL DIRECTORY: types the beginning of names that a shell could run, then TAB twice and Enter,
# into SHELL (bash, library, fish or zsh) on a terminal. The names are those of cgroups, units, containers, users,
# processes and files; each except the last would create a file PWNED. Prints what is wrong. Run it in its own mount
# namespace, because it mounts.

set -eu
shell=$1 work=$2 completions=$PWD/completions started=() letters=abcdefgijklmnopq
# shellcheck disable=SC2016 # the shells under test must not expand it either
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
		printf '0::/%s.service/lxc.payload.%s\n1:a:/docker-plain/docker-%064d.scope\n' "$name" "$name" "$i" \
			>"$work/cgroup-$i"
		mount --bind "$work/cgroup-$i" "/proc/$!/cgroup"
	done
	mkdir /sys/fs/cgroup/-h /sys/fs/cgroup/~root
	mount --bind "$work/passwd" /etc/passwd
}

# A replacement for oomctl that stores its last argument, which also shows whether a shell starts it
# without Enter.
make_program() {
	name=oomctl
	cat >"$work/$name" <<-END
		#!/bin/bash
		printf '%s\\0' "\${@: -1}" >>"$work/words"
	END
	chmod 755 "$work/$name"
}

# Sets command to the start of the shell. Each prompt creates the file ready.
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

# press LINE NAME [TYPED]: LINE ends in TYPED, a part of NAME. The program must get the word as typed, or the whole name,
# which it must get if the name is plain.
press() {
	local word=${1##* } typed=${3-h?-} before words=()

	before=$(tr -cd '\0' <"$work/words" | wc -c)
	printf '%s\t\t\r' "$1" >&"$keys"
	wait_ready "$1"
	mapfile -d '' words <"$work/words"
	# shellcheck disable=SC2295 # h?- is a pattern
	if ((${#words[@]} != before + 1)); then
		echo "$1: the program was run $((${#words[@]} - before)) times"
	elif [[ ${words[-1]%/} != "${word%$typed}$2" && (${words[-1]} != "$word" || $2 == *plain* || $2 == 0*) ]]; then
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
	for line in 'oomctl rank --cgroup /' "./$name predict --cgroup=/sys/fs/cgroup/" 'oomctl get --user ' \
		'oomctl set 5 --name ' 'oomctl log ./' 'oomctl get --container='; do
		press "${line}h${letters:i:1}-" "h${letters:i:1}-${hostile[i]}"
	done
	press "oomctl get --container 00000000000" 000000000000 00000000000
	press "oomctl protect --unit h${letters:i:1}-" "h${letters:i:1}-${hostile[i]}.service"
done
