#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# policy --check: what it says of files that are being written. What a policy permits is shown in tests/lab.

bats_load_library bats-support
bats_load_library bats-assert

setup() {
	file=$BATS_TEST_TMPDIR/draft.conf
}

# check LINE...: the lines as a file.
check() {
	printf '%s\n' "$@" >"$file"
	run "$OOMCTL" policy --check "$file"
}

@test "a file without a mistake" {
	check '# all' '' 'permit root floor -500' 'deny @root # but' 'permit 12345 floor 0'
	assert_success
	assert_output 'no mistake, 3 rules'
	check 'deny root'
	assert_output 'no mistake, 1 rule'
	check '# nothing'
	assert_output 'no mistake, 0 rules'
	run "$OOMCTL" policy --check "$file" --quiet
	assert_success
	assert_output ''
}

@test "each mistake is named by its line, and the status is 2" {
	check 'permit root floor -1001' 'deny root' 'allow root' 'deny @'
	assert_equal "$status" 2
	assert_output - <<-END
		oomctl: $file:1: the floor must be a number from -1000 to 1000
		oomctl: $file:3: a rule begins with 'permit' or 'deny'
		oomctl: $file:4: a group's name is missing behind '@'
	END
}

@test "of very many mistakes sixteen are shown" {
	printf 'x\n%.0s' {1..5000} >"$file"
	run "$OOMCTL" policy --check "$file"
	assert_equal "$status" 2
	assert_line --index 15 "oomctl: $file:16: a rule begins with 'permit' or 'deny'"
	assert_line --index 16 "oomctl: $file: and 4984 mistakes more"
}

@test "users and groups that do not exist, and what becomes of the policy" {
	check 'permit no-such-user floor -5' 'deny @no-such-group' 'permit @root floor -5'
	assert_equal "$status" 2
	assert_output - <<-END
		oomctl: $file:1: user 'no-such-user' is not in /etc/passwd, so nothing is permitted unless a later line decides
		oomctl: $file:2: group 'no-such-group' is not in /etc/group, so nothing is permitted unless a later line decides
	END
}

@test "a number with a sign is a name, which nobody has" {
	check 'permit +0 floor -5' 'deny -0' 'permit 0 floor -5' 'permit @+0 floor -5'
	assert_equal "$status" 2
	assert_output - <<-END
		oomctl: $file:1: user '+0' is not in /etc/passwd, so nothing is permitted unless a later line decides
		oomctl: $file:2: user '-0' is not in /etc/passwd, so nothing is permitted unless a later line decides
		oomctl: $file:4: group '+0' is not in /etc/group, so nothing is permitted unless a later line decides
	END
}

@test "what is no file, and what is too long" {
	run "$OOMCTL" policy --check "$BATS_TEST_TMPDIR/none"
	assert_equal "$status" 2
	assert_output --partial 'No such file'
	run "$OOMCTL" policy --check "$BATS_TEST_TMPDIR"
	assert_equal "$status" 2
	assert_output --partial 'is no regular file'
	mkfifo "$file"
	run timeout 10 "$OOMCTL" policy --check "$file"
	assert_equal "$status" 2
	assert_output --partial 'is no regular file'
	rm "$file"
	truncate -s 1T "$file"
	run timeout 10 "$OOMCTL" policy --check "$file"
	assert_equal "$status" 2
	assert_output --partial 'is longer than 65536 bytes'
}

@test "the last byte of the last line counts, with a newline or without" {
	printf 'deny root\npermit root floor -1001' >"$file"
	run "$OOMCTL" policy --check "$file"
	assert_equal "$status" 2
	assert_output --partial ':2:'
}

@test "a name with escape codes does not steer the terminal" {
	printf 'deny \302\233\342\200\256x\n' >"$file"
	run "$OOMCTL" policy --check "$file"
	assert_equal "$status" 2
	assert_output --partial 'is not in'
	assert_output --partial '\x'
	refute_output --partial $'\302\233'
}

@test "usage" {
	run "$OOMCTL" policy --check
	assert_equal "$status" 2
	run "$OOMCTL" policy --check a --check b
	assert_equal "$status" 2
	assert_output --partial 'one --check at a time'
	run "$OOMCTL" policy operand
	assert_equal "$status" 2
}
