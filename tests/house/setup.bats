#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/setup on other machines, simulated by a PATH with chosen commands. Scripts replace apt and
# dpkg and log their arguments.

bats_load_library bats-support
bats_load_library bats-assert

setup() {
	bin=$BATS_TEST_TMPDIR/bin log=$BATS_TEST_TMPDIR/log
	mkdir "$bin"
	for name in bash env cat sed sort ls dirname mktemp rm; do
		ln -s "$(command -v "$name")" "$bin/$name"
	done
	: >"$log"
}

# stand_in NAME: creates the command NAME; standard input is its script.
stand_in() {
	{
		echo '#!/bin/bash'
		cat
	} >"$bin/$1"
	chmod +x "$bin/$1"
}

# A Debian on which the packages in $BATS_TEST_TMPDIR/installed are installed; its apt knows all
# packages.
debian() {
	: >"$BATS_TEST_TMPDIR/installed"
	stand_in dpkg-query <<-END
		grep -qx "\${@: -1}" "$BATS_TEST_TMPDIR/installed" && echo -n installed
	END
	stand_in apt-cache <<-END
		echo "Candidate: 1"
	END
	stand_in apt-get <<-END
		echo "\$*" >>"$log"
	END
	ln -s "$(command -v grep)" "$bin/grep"
	stand_in id <<<'echo 0'
}

@test "without apt it prints the missing packages and stops" {
	run env PATH="$bin" tools/setup build
	assert_failure 1
	assert_output --partial 'apt-get or dpkg-query not found'
	for package in gcc pkg-config libcap-ng-dev libproc2-dev; do
		assert_line --regexp "^  $package"
	done
}

@test "without apt it succeeds silently if all packages are installed" {
	for name in gcc make pkg-config; do
		stand_in "$name" <<<'exit 0'
	done
	run env PATH="$bin" tools/setup build
	assert_success
	assert_output ''
}

@test "without apt it prints only the missing package" {
	for name in gcc make; do
		stand_in "$name" <<<'exit 0'
	done
	# shellcheck disable=SC2016 # the stand-in expands it
	stand_in pkg-config <<<'[ "$2" != libcap-ng ]'
	run env PATH="$bin" tools/setup build
	assert_failure 1
	assert_line --index 1 --regexp '^  libcap-ng-dev'
	assert_equal "${#lines[@]}" 2
}

@test "only missing packages are installed, in one call, without apt-get update" {
	debian
	printf '%s\n' gcc libc6-dev make pkgconf zlib1g-dev libzstd-dev libpcre2-dev libsystemd-dev libncurses-dev >"$BATS_TEST_TMPDIR/installed"
	run env PATH="$bin" tools/setup build
	assert_success
	run cat "$log"
	assert_equal "${#lines[@]}" 1
	assert_output --regexp 'install --no-install-recommends libcap-ng-dev libproc2-dev$'
}

@test "apt is not called if nothing is missing" {
	debian
	sed 's/#.*//; s/[|=].*//; s/ *$//; /^$/d' tools/packages.build >"$BATS_TEST_TMPDIR/installed"
	run env PATH="$bin" tools/setup build
	assert_success
	assert_output ''
	[ ! -s "$log" ]
}

@test "apt-get update runs if apt does not know a package" {
	debian
	stand_in apt-cache <<-END
		grep -q update "$log" && echo "Candidate: 1" || echo "Candidate: (none)"
	END
	run env PATH="$bin" tools/setup build
	assert_success
	run cat "$log"
	assert_equal "${#lines[@]}" 2
	assert_line --index 0 --regexp ' update$'
	assert_line --index 1 --regexp ' install .* gcc '
}

@test "a failure of apt is shown, and is a failure" {
	debian
	stand_in apt-get <<<'echo "E: the archive is on fire"; exit 100'
	run env PATH="$bin" tools/setup build
	assert_failure
	assert_output --partial 'the archive is on fire'
}

@test "an ordinary user without sudo gets an error that names it" {
	debian
	stand_in id <<<'echo 1000'
	run env PATH="$bin" tools/setup build
	assert_failure 1
	assert_output --partial 'installing needs root or sudo'
	assert_line --regexp '^  gcc'
}

@test "an ordinary user with sudo installs with it" {
	debian
	stand_in id <<<'echo 1000'
	stand_in sudo <<-END
		echo "sudo" >>"$log"
		exec "\$@"
	END
	run env PATH="$bin" tools/setup build
	assert_success
	run cat "$log"
	assert_line --index 0 sudo
	assert_line --index 1 --regexp ' install '
}

@test "an unknown list is an error that names it" {
	run tools/setup nonsense
	assert_failure 2
	assert_output --partial nonsense
}
