# SPDX-License-Identifier: GPL-2.0-or-later
# tap: shared by the lints. A lint is run as NAME [ROOT]; it checks the tree ROOT, by default its
# own, and prints TAP.
# shellcheck shell=bash

export LC_ALL=C
# How lints compile: like the Makefile, with every warning as an error.
LINT_CFLAGS="@$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/cflags"
LINT_CFLAGS="$LINT_CFLAGS $(pkg-config --cflags libcap-ng libproc2)"
export LINT_CFLAGS

cd "${1:-$(dirname "$0")/../..}" || exit 2
tap_count=0
tap_failed=0

# tap_result NAME [DIAGNOSTICS]: passed if there are none.
tap_result() {
	tap_count=$((tap_count + 1))
	if [ -z "${2-}" ]; then
		echo "ok $tap_count - $1"
	else
		tap_failed=1
		echo "not ok $tap_count - $1"
		head -n 100 <<<"$2" | sed 's/^/# /'
	fi
}

tap_skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # skip $2"
}

tap_end() {
	echo "1..$tap_count"
	exit "$tap_failed"
}

# All files of the project, one per line, without the output of make and .git.
tree_files() {
	find . \( -path ./build -o -path ./.git -o -path ./compile_commands.json \) -prune -o -type f -print | sed 's,^\./,,' | sort
}

c_files() {
	tree_files | grep -E '^(src|tests)/.*\.[ch]$'
}

shell_files() {
	tree_files | tr '\n' '\0' | xargs -0 -r awk '
		FNR == 1 && (FILENAME ~ /\.(bash|bats)$/ || /^#!.*[^a-z](ba)?sh([^a-z]|$)/) { print FILENAME }'
}

# tap_parallel NAME-PREFIX COMMAND: reads file names and runs COMMAND FILE for each, one test result
# per file. Output of COMMAND counts as diagnostics; for a failure without output, its status does.
tap_parallel() {
	local dir files index text
	dir=$(mktemp -d)
	mapfile -t files
	# shellcheck disable=SC2016 # the inner bash expands it
	for index in "${!files[@]}"; do
		printf '%s\0%s\0' "$index" "${files[index]}"
	done | LINT_DIR=$dir LINT_COMMAND=$2 xargs -0 -r -n 2 -P "$(nproc)" bash -c '
		exec >"$LINT_DIR/$1" 2>&1
		eval "$LINT_COMMAND \"\$2\"" || echo "status $?"
	' _
	for index in "${!files[@]}"; do
		text='not checked'
		IFS= read -rd '' text <"$dir/$index"
		tap_result "$1 ${files[index]}" "${text%$'\n'}"
	done
	rm -rf "$dir"
}
