#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# complete.bash FILE LINE: what bash offers at the end of LINE with the completion of FILE, a
# candidate a line. With LIBRARY set to bash-completion's file that is loaded first.

set -u
if [ -n "${LIBRARY-}" ]; then
	# shellcheck disable=SC1090 # where the caller found it
	. "$LIBRARY"
fi
# shellcheck disable=SC1090 # the file to be tested
. "$1"

# It refuses where it is not readline that asks.
compopt() {
	:
}

# Readline parts words at blanks and makes a word of =.
COMP_LINE=$2 COMP_POINT=${#2}
read -ra COMP_WORDS <<<"${2//=/ = }"
if [[ $2 == *' ' ]]; then
	COMP_WORDS+=('')
fi
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
COMPREPLY=()
specification=$(complete -p "${COMP_WORDS[0]}") || exit
[[ $specification =~ \ -F\ ([^ ]+) ]] || exit
"${BASH_REMATCH[1]}" "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
if ((${#COMPREPLY[@]})); then
	printf '%s\n' "${COMPREPLY[@]}"
fi
