#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# complete.bash FILE: reads lines, and prints the words that bash offers at the end of each with the
# completion of FILE, one per line, then a line with EOT (Control-D). If LIBRARY is set to
# bash-completion's file, it is loaded first.

set -u
if [ -n "${LIBRARY-}" ]; then
	# shellcheck disable=SC1090 # where the caller found it
	. "$LIBRARY"
fi
# shellcheck disable=SC1090 # the file to be tested
. "$1"

# It refuses if it is not called by readline.
compopt() {
	:
}

# Readline splits words at blanks, and "=" is a word.
offer() {
	COMP_LINE=$1 COMP_POINT=${#1}
	read -ra COMP_WORDS <<<"${1//=/ = }"
	if [[ $1 == *' ' ]]; then
		COMP_WORDS+=('')
	fi
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	COMPREPLY=()
	specification=$(complete -p "${COMP_WORDS[0]}") || return
	[[ $specification =~ \ -F\ ([^ ]+) ]] || return
	"${BASH_REMATCH[1]}" "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
	if ((${#COMPREPLY[@]})); then
		printf '%s\n' "${COMPREPLY[@]}"
	fi
}

# A new shell for each line, so that lines do not affect each other.
while IFS= read -r line; do
	(offer "$line" </dev/null)
	printf '\4\n'
done
