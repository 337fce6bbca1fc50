#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# policy --check: errors in files. tests/lab tests what a policy permits.

bats_load_library bats-support
bats_load_library bats-assert

setup() {
	file=$BATS_TEST_TMPDIR/draft.conf
}

# check LINE...: checks a file with these lines.
check() {
	printf '%s\n' "$@" >"$file"
	run "$OOMCTL" policy --check "$file"
}

@test "a file without errors" {
	check '# all' '' 'permit root floor -500' 'deny @root # but' 'permit 12345 floor 0'
	assert_success
	assert_output 'no errors, 3 rules'
	check 'deny root'
	assert_output 'no errors, 1 rule'
	check '# nothing'
	assert_output 'no errors, 0 rules'
	run "$OOMCTL" policy --check "$file" --quiet
	assert_success
	assert_output ''
}

@test "each error is reported with its line, and the status is 2" {
	check 'permit root floor -1001' 'deny root' 'allow root' 'deny @'
	assert_equal "$status" 2
	assert_output - <<-END
		oomctl: $file:1: the floor must be a number from -1000 to 1000
		oomctl: $file:3: a rule must begin with 'permit' or 'deny'
		oomctl: $file:4: no group name after '@'
	END
}

@test "sixteen errors are shown, the others are counted" {
	printf 'x\n%.0s' {1..5000} >"$file"
	run "$OOMCTL" policy --check "$file"
	assert_equal "$status" 2
	assert_line --index 15 "oomctl: $file:16: a rule must begin with 'permit' or 'deny'"
	assert_line --index 16 "oomctl: $file: 4984 more errors"
}

@test "unknown users and groups are errors" {
	check 'permit no-such-user floor -5' 'deny @no-such-group' 'permit @root floor -5'
	assert_equal "$status" 2
	assert_output - <<-END
		oomctl: $file:1: user 'no-such-user' is not in /etc/passwd, so nothing is permitted unless a later line decides
		oomctl: $file:2: group 'no-such-group' is not in /etc/group, so nothing is permitted unless a later line decides
	END
}

@test "a number with a sign is a name" {
	check 'permit +0 floor -5' 'deny -0' 'permit 0 floor -5' 'permit @+0 floor -5'
	assert_equal "$status" 2
	assert_output - <<-END
		oomctl: $file:1: user '+0' is not in /etc/passwd, so nothing is permitted unless a later line decides
		oomctl: $file:2: user '-0' is not in /etc/passwd, so nothing is permitted unless a later line decides
		oomctl: $file:4: group '+0' is not in /etc/group, so nothing is permitted unless a later line decides
	END
}

@test "files that are not regular or too long" {
	run "$OOMCTL" policy --check "$BATS_TEST_TMPDIR/none"
	assert_equal "$status" 2
	assert_output --partial 'No such file'
	run "$OOMCTL" policy --check "$BATS_TEST_TMPDIR"
	assert_equal "$status" 2
	assert_output --partial 'is not a regular file'
	mkfifo "$file"
	run timeout 10 "$OOMCTL" policy --check "$file"
	assert_equal "$status" 2
	assert_output --partial 'is not a regular file'
	rm "$file"
	truncate -s 1T "$file"
	run timeout 10 "$OOMCTL" policy --check "$file"
	assert_equal "$status" 2
	assert_output --partial 'is longer than 65536 bytes'
}

@test "the last line is checked, with a newline or without" {
	printf 'deny root\npermit root floor -1001' >"$file"
	run "$OOMCTL" policy --check "$file"
	assert_equal "$status" 2
	assert_output --partial ':2:'
}

@test "escape codes in a name are printed escaped" {
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
	assert_output --partial '--check can be given only once'
	run "$OOMCTL" policy operand
	assert_equal "$status" 2
}
