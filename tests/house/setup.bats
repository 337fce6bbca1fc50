#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/setup on machines that this one is not: made of a PATH with chosen commands, some of them
# scripts that stand for apt and dpkg and write down how they were called.

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

# stand_in NAME: its script is standard input.
stand_in() {
	{
		echo '#!/bin/bash'
		cat
	} >"$bin/$1"
	chmod +x "$bin/$1"
}

# A Debian on which what is in $BATS_TEST_TMPDIR/installed is installed, and which knows all.
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

@test "without apt it names what is missing and stops" {
	run env PATH="$bin" tools/setup build
	assert_failure 1
	assert_output --partial 'no apt-get here'
	for package in gcc pkg-config libcap-ng-dev libproc2-dev; do
		assert_line --regexp "^  $package"
	done
}

@test "without apt it is content where all is there" {
	for name in gcc make pkg-config; do
		stand_in "$name" <<<'exit 0'
	done
	run env PATH="$bin" tools/setup build
	assert_success
	assert_output ''
}

@test "without apt the one that is missing is the one that is named" {
	for name in gcc make; do
		stand_in "$name" <<<'exit 0'
	done
	# shellcheck disable=SC2016 # it is the stand-in's own
	stand_in pkg-config <<<'[ "$2" != libcap-ng ]'
	run env PATH="$bin" tools/setup build
	assert_failure 1
	assert_line --index 1 --regexp '^  libcap-ng-dev'
	assert_equal "${#lines[@]}" 2
}

@test "only what is missing is installed, in one call, without an update" {
	debian
	printf '%s\n' gcc libc6-dev make pkgconf zlib1g-dev libzstd-dev >"$BATS_TEST_TMPDIR/installed"
	run env PATH="$bin" tools/setup build
	assert_success
	run cat "$log"
	assert_equal "${#lines[@]}" 1
	assert_output --regexp 'install --no-install-recommends libcap-ng-dev libproc2-dev$'
}

@test "nothing is called where nothing is missing" {
	debian
	sed 's/#.*//; s/[|=].*//; s/ *$//; /^$/d' tools/packages.build >"$BATS_TEST_TMPDIR/installed"
	run env PATH="$bin" tools/setup build
	assert_success
	assert_output ''
	[ ! -s "$log" ]
}

@test "apt's lists are fetched where they know no such package" {
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

@test "a failure of apt's is shown and is a failure" {
	debian
	stand_in apt-get <<<'echo "E: the archive is on fire"; exit 100'
	run env PATH="$bin" tools/setup build
	assert_failure
	assert_output --partial 'the archive is on fire'
}

@test "an ordinary user needs sudo, and is told so" {
	debian
	stand_in id <<<'echo 1000'
	run env PATH="$bin" tools/setup build
	assert_failure 1
	assert_output --partial 'neither root nor sudo'
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

@test "an unknown list is named" {
	run tools/setup nonsense
	assert_failure 2
	assert_output --partial nonsense
}
