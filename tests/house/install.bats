#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# make install and uninstall: what goes where, by which name, and that nothing of others is touched.

bats_load_library bats-support
bats_load_library bats-assert

# One build by another name for all tests; the real build directory is left alone.
setup_file() {
	export own=$BATS_FILE_TMPDIR/build
	make -s BUILD="$own" PROGRAM=oomprio CFLAGS=-O0 >/dev/null
}

setup() {
	root=$BATS_TEST_TMPDIR/root
}

# make TARGET for the program oomprio under $root.
oomprio() {
	make -s BUILD="$own" PROGRAM=oomprio CFLAGS=-O0 DESTDIR="$root" "$@"
}

files() {
	(cd "$root" && find . -type f | sort)
}

@test "install puts program, manual and completions where they belong" {
	run oomprio install
	assert_success
	run files
	assert_output - <<-END
		./usr/local/bin/oomprio
		./usr/local/share/bash-completion/completions/oomprio
		./usr/local/share/fish/vendor_completions.d/oomprio.fish
		./usr/local/share/man/man5/oomprio.conf.5
		./usr/local/share/man/man8/oomprio.8
		./usr/local/share/zsh/site-functions/_oomprio
	END
	[ "$(stat -c %a "$root/usr/local/bin/oomprio")" = 755 ]
	[ "$(stat -c %a "$root/usr/local/share/man/man8/oomprio.8")" = 644 ]
}

@test "PREFIX is another place" {
	run oomprio PREFIX=/opt/x install
	assert_success
	[ -x "$root/opt/x/bin/oomprio" ]
}

@test "program and manual speak by the name they are installed by" {
	oomprio install
	run "$root/usr/local/bin/oomprio" --version
	assert_output --partial oomprio
	run cat "$root/usr/local/share/man/man8/oomprio.8"
	assert_line --regexp '^\.(Nm|SH|TH|Dt).*(oomprio|OOMPRIO)'
	refute_line --regexp '^\.(Nm|TH|Dt) +(oomctl|OOMCTL)'
	# A file's name is not the command's.
	refute_output --partial /etc/oomprio
	for text in bash-completion/completions/oomprio zsh/site-functions/_oomprio; do
		run grep -c 'complete.*oomprio\|compdef oomprio' "$root/usr/local/share/$text"
		assert_success
	done
}

@test "install gives no right, install-caps and install-setuid one each" {
	local program=$root/usr/local/bin/oomprio PATH=$PATH:/usr/sbin:/sbin
	if [ "$(id -u)" != 0 ]; then
		for right in caps setuid; do
			run oomprio "install-$right"
			assert_failure
			assert_output --partial 'only root can'
			[ ! -e "$program" ]
		done
		return
	fi
	oomprio install-caps
	[ "$(stat -c '%a %u %g' "$program")" = '755 0 0' ]
	[ "$(getcap "$program")" = "$program cap_sys_resource=p" ]
	oomprio install-setuid
	[ "$(stat -c '%a %u %g' "$program")" = '4755 0 0' ]
	[ -z "$(getcap "$program")" ]
	# What has the right is the gate: it has no loader, and leads to the program, which has none.
	run readelf -lW "$program"
	refute_output --partial INTERP
	[ "$(stat -c '%a %u %g' "$root/usr/local/libexec/oomprio")" = '755 0 0' ]
	run strings "$program"
	assert_line --partial '/usr/local/libexec/oomprio'
	refute_line --partial "$root"
	oomprio install-setuid PREFIX=/opt/y
	run strings "$root/opt/y/bin/oomprio"
	assert_line --partial /opt/y/libexec/oomprio
	oomprio install
	[ ! -e "$root/usr/local/libexec/oomprio" ]
	[ "$(stat -c %a "$program")" = 755 ]
	[ -z "$(getcap "$program")" ]
}

@test "uninstall leaves nothing but what others put there" {
	if [ "$(id -u)" = 0 ]; then
		oomprio install-setuid
	else
		oomprio install
	fi
	echo other >"$root/usr/local/bin/other"
	run oomprio uninstall
	assert_success
	run files
	assert_output ./usr/local/bin/other
}

@test "install over an own older one" {
	oomprio install
	run oomprio install
	assert_success
}

@test "a foreign program of that name stops it before anything is touched" {
	mkdir -p "$root/usr/local/bin"
	echo 'not ours' >"$root/usr/local/bin/oomprio"
	run oomprio install
	assert_failure
	assert_output --partial "$root/usr/local/bin/oomprio is there and is not of this project"
	assert_output --partial 'nothing was installed'
	assert_output --partial PROGRAM=oomprio
	run files
	assert_output ./usr/local/bin/oomprio
	assert_equal "$(cat "$root/usr/local/bin/oomprio")" 'not ours'
	run oomprio uninstall
	assert_failure
	assert_equal "$(cat "$root/usr/local/bin/oomprio")" 'not ours'
}

@test "a foreign manual or completion stops it, too" {
	mkdir -p "$root/usr/local/share/zsh/site-functions"
	echo '#compdef oomprio' >"$root/usr/local/share/zsh/site-functions/_oomprio"
	run oomprio install
	assert_failure
	run files
	assert_output ./usr/local/share/zsh/site-functions/_oomprio
}

@test "a link is never ours, wherever it points" {
	oomprio install
	mv "$root/usr/local/bin/oomprio" "$root/usr/local/bin/real"
	ln -s real "$root/usr/local/bin/oomprio"
	run oomprio install
	assert_failure
	run oomprio uninstall
	assert_failure
	[ -L "$root/usr/local/bin/oomprio" ]
	ln -sfn /nowhere "$root/usr/local/bin/oomprio"
	run oomprio install
	assert_failure
}

@test "a foreign file appears half way: what was to be removed stays" {
	oomprio install
	echo 'not ours' >"$root/usr/local/share/man/man8/oomprio.8"
	run oomprio uninstall
	assert_failure
	[ -x "$root/usr/local/bin/oomprio" ]
}

@test "a name with a slash or a blank is refused" {
	for name in ../x 'a b' -x; do
		run env PROGRAM="$name" BUILD="$own" DESTDIR="$root" tools/install install
		assert_failure
		assert_output --partial 'plain command name'
	done
	[ ! -e "$root" ]
}
