#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# compile_commands.json, in a copy of the tree with blanks and quotes in its path.

bats_load_library bats-support
bats_load_library bats-assert

setup() {
	tree=$BATS_TEST_TMPDIR/"it's a \"copy\" \\ of it"
	mkdir -p "$tree/tests"
	cp -r Makefile src "$tree"
	cp -r tests/unit "$tree/tests"
	cd "$tree" || return
}

@test "compile_commands.json has each source and unit test once" {
	run make -s compile_commands.json
	assert_success
	run jq -r '.[].file' compile_commands.json
	assert_success
	assert_equal "$(sort <<<"$output")" "$(find src tests/unit -name '*.c' | sort)"
	run jq -r '.[].directory' compile_commands.json
	assert_equal "$(uniq <<<"$output")" "$tree"
}

@test "its commands compile as the Makefile does" {
	local file command directory

	make -s compile_commands.json
	for file in src/oomctl.c tests/unit/base/num.c; do
		IFS=$'\t' read -r directory command < <(jq -r --arg file "$file" \
			'.[] | select(.file == $file) | .directory, .command' compile_commands.json | paste -s)
		run sh -c "cd / && cd \"\$1\" && $command -Werror -fsyntax-only" . "$directory"
		assert_success
		assert_output ''
	done
	# The same words as the command that make prints.
	run make V=1 build/obj/base/num.o
	assert_success
	command=$(jq -r '.[] | select(.file == "src/base/num.c") | .command' compile_commands.json)
	assert_output --partial "${command%% -Itests*}"
}
