#!/usr/bin/env zsh
# SPDX-License-Identifier: GPL-2.0-or-later
# complete.zsh DIRECTORY LINE: what zsh offers at the end of LINE with the completions of DIRECTORY,
# a candidate a line, behind a tab its description. zsh completes at a terminal only: it gets one.

emulate -R zsh
zmodload zsh/zpty
work=$(mktemp -d)
trap 'zpty -d shell 2>/dev/null; rm -rf $work' EXIT

cat >$work/rc <<'END'
PROMPT= RPROMPT= COLUMNS=120 LINES=40
unsetopt prompt_sp
fpath=($DIRECTORY $fpath)
autoload -Uz compinit
compinit -u -D

# What is offered goes to a file; a call that only looks for matches goes its way.
compadd() {
	local -a found descriptions
	local -i i at=${@[(i)-d]}

	if [[ ${@[1,(i)(-|--)]} == *(-[OAD] )* ]]; then
		builtin compadd "$@"
		return
	fi
	((at < $#)) && descriptions=("${(@P)@[at+1]}")
	builtin compadd -A found -D descriptions "$@"
	for ((i = 1; i <= $#found; i++)); do
		print -r -- "$IPREFIX$found[i]	$descriptions[i]" >>$WORK/found
	done
	builtin compadd "$@"
}

capture() {
	_main_complete
	compstate[insert]= compstate[list]=
	: >$WORK/done
}
zle -C capture complete-word capture
bindkey '^I' capture
: >$WORK/ready
END

wait_for() {
	local -i i
	local text

	for ((i = 0; i < 500; i++)); do
		[[ -e $work/$1 ]] && return
		zpty -r -t shell text
		sleep 0.03
	done
	print -u2 "zsh: no $1 within 15 s"
	exit 1
}

: >$work/found
zpty shell "WORK=$work DIRECTORY=${1:A} exec zsh -f -i"
zpty -w shell "source $work/rc"
wait_for ready
zpty -n -w shell "$2"$'\t'
wait_for done
sort -u $work/found
