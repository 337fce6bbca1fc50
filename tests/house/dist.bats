#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# make dist: the committed files, and the same bytes everywhere. The version is the same in all packages.

bats_load_library bats-support
bats_load_library bats-assert

# A repository with the files of this tree, which may itself be an unpacked archive.
setup() {
	command -v git >/dev/null || skip 'needs git'
	export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b HOME=$BATS_TEST_TMPDIR
	first=$BATS_TEST_TMPDIR/first
	mkdir "$first"
	cp -r Makefile tools packaging man docs README.md "$first"
	git -C "$first" init -q
	git -C "$first" add -A
	GIT_AUTHOR_DATE='2026-01-02T03:04:05Z' GIT_COMMITTER_DATE='2026-01-02T03:04:05Z' \
		git -C "$first" commit -q -m first
	version=$(sed -n 's/^VERSION := //p' Makefile)
	name=oomctl-$version
}

@test "another folder, time, umask, time zone and setting give the same bytes" {
	local second="$BATS_TEST_TMPDIR/second place"

	(umask 022 && make -s -C "$first" dist)
	git clone -q "$first" "$second"
	find "$second" -not -path '*/.git/*' -exec touch -d '2001-01-01' {} +
	git -C "$second" config tar.umask 0077
	git -C "$second" config core.autocrlf true
	printf '[tar]\n\tumask = 0007\n[core]\n\teol = crlf\n' >"$HOME/.gitconfig"
	(umask 077 && GZIP=-1 TZ=Asia/Tokyo make -s -C "$second" BUILD=out dist)
	run cmp "$first/build/$name.tar.gz" "$second/out/$name.tar.gz"
	assert_success
	# The time is the commit's, the permissions are not the user's.
	run env TZ=UTC tar -tvf "$second/out/$name.tar.gz" "$name/Makefile" "$name/tools/install"
	assert_line --regexp "^-rw-r--r-- root/root .* 2026-01-02 03:04 $name/Makefile"
	assert_line --regexp "^-rwxr-xr-x root/root .* 2026-01-02 03:04 $name/tools/install"
}

@test "what is not committed is not part of it, and this is reported" {
	run make -s -C "$first" dist
	assert_success
	refute_output --partial 'not committed'
	mv "$first/build/$name.tar.gz" "$BATS_TEST_TMPDIR/before.tar.gz"
	echo new >"$first/untracked"
	echo '# changed' >>"$first/README.md"
	echo added >"$first/added"
	git -C "$first" add added
	run make -s -C "$first" VERSION=9.9 dist
	assert_success
	assert_output --partial 'changes that are not committed are not part of the archive'
	run cmp "$first/build/$name.tar.gz" "$BATS_TEST_TMPDIR/before.tar.gz"
	assert_success
}

@test "a tree without git, or inside of another repository, has no commit to archive" {
	mkdir "$first/inner"
	cp -r "$first/Makefile" "$first/tools" "$first/inner"
	run make -s -C "$first/inner" dist
	assert_failure
	assert_output --partial 'this is no git repository of oomctl'
	rm -rf "$first/.git"
	run make -s -C "$first" dist
	assert_failure
	assert_output --partial 'this is no git repository of oomctl'
	[ ! -e "$first/build/$name.tar.gz" ]
}

@test "all packages have the version of the Makefile" {
	[ -n "$version" ]
	run sed -n '1s/^oomctl (\(.*\)-[0-9]*) .*/\1/p' packaging/debian/changelog
	assert_output "$version"
	run sed -n 's/^Version: *//p' packaging/oomctl.spec
	assert_output "$version"
	run grep -m 1 -A 1 '^%changelog' packaging/oomctl.spec
	assert_line --regexp "> - $version-[0-9]+\$"
}

@test "NEWS.md begins with the version, which is released or ends with ~dev" {
	run sed -n '/^## /{ s/^## //p; q }' NEWS.md
	if [[ $version == *'~dev' ]]; then
		assert_output "${version%'~dev'} (unreleased)"
	else
		assert_output "$version"
	fi
}
