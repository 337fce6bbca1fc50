#!/usr/bin/env zsh
# SPDX-License-Identifier: GPL-2.0-or-later
# complete.zsh DIRECTORY: reads lines, and prints the words that zsh offers at the end of each with
# the completions of DIRECTORY, one per line, with a tab and the description; then a line with EOT
# (Control-D). zsh completes only on a terminal, so it gets one.

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

# Offered words are written to a file; calls that only test for matches are passed on.
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
	print -n '\4' >$TTY
}
zle -C capture complete-word capture
bindkey '^I' capture
print -n '\4' >$TTY
END

# Waits until the shell on the terminal reports that it has finished.
wait_for_it() {
	local text

	zpty -r shell text $'*\4*' && return
	print -u2 'zsh: the shell on the terminal has ended'
	exit 1
}

zpty shell "WORK=$work DIRECTORY=${1:A} exec zsh -f -i"
zpty -w shell "source $work/rc"
wait_for_it
while IFS= read -r line; do
	: >$work/found
	# Control-U: clears the previous line.
	zpty -n -w shell $'\25'"$line"$'\t'
	wait_for_it
	sort -u $work/found
	print '\4'
done
