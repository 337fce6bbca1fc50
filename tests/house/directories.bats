#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The directories of make install and uninstall: variables, and what pkg-config says of bash, fish and systemd.

bats_load_library bats-support
bats_load_library bats-assert

# The program contains none of these directories except sysconfdir, so most tests need no build of their own.
# Modules of pkg-config, found before those of the machine. none: a module without variables.
setup() {
	root=$BATS_TEST_TMPDIR/root
	export PKG_CONFIG_PATH=$BATS_TEST_TMPDIR/pc
	mkdir "$PKG_CONFIG_PATH"
	module bash-completion completionsdir /usr /usr/share/bash-modules
	module fish completionsdir /usr /usr/share/fish-modules
	module systemd systemdsystemunitdir /usr /usr/lib/units
}

# module NAME VARIABLE PREFIX VALUE
module() {
	printf '%s\n' "prefix=$3" "$2=$4" "Name: $1" "Description: $1" 'Version: 1' >"$PKG_CONFIG_PATH/$1.pc"
}

# install [VARIABLE=VALUE]...: prints the installed files.
install() {
	env DESTDIR="$root" "$@" tools/install install >/dev/null
	(cd "$root" && find . -type f | sort)
}

@test "every directory has a variable" {
	run install bindir=/a/bin mandir=/a/man docdir=/a/doc bashcompletiondir=/a/bash zshcompletiondir=/a/zsh \
		fishcompletiondir=/a/fish systemdsystemunitdir=/a/units
	assert_success
	assert_output - <<-END
		./a/bash/oomctl
		./a/bin/oomctl
		./a/doc/examples/50-example.rules
		./a/doc/examples/oomctl-alerts.yml
		./a/doc/examples/oomctl.conf
		./a/fish/oomctl.fish
		./a/man/man5/oomctl.conf.5
		./a/man/man5/oomctl.rules.5
		./a/man/man8/oomctl.8
		./a/units/oomctl-metrics.service
		./a/units/oomctl-metrics.timer
		./a/units/oomctl-watch.service
		./a/zsh/_oomctl
	END
	run grep ExecStart "$root/a/units/oomctl-watch.service"
	assert_output 'ExecStart=/a/bin/oomctl watch'
}

@test "datadir moves manual, documents and completions" {
	run install datadir=/d
	assert_line ./d/man/man8/oomctl.8
	assert_line ./d/doc/oomctl/examples/oomctl.conf
	assert_line ./d/zsh/site-functions/_oomctl
	assert_line ./usr/local/bin/oomctl
}

@test "with the prefix of the other project its directories are used as they are" {
	module systemd systemdsystemunitdir /usr /lib/units
	run install prefix=/usr
	assert_line ./usr/share/bash-modules/oomctl
	assert_line ./usr/share/fish-modules/oomctl.fish
	assert_line ./lib/units/oomctl-watch.service
	assert_line ./usr/bin/oomctl
}

@test "with another prefix they are the same places below it" {
	run install
	assert_line ./usr/local/share/bash-modules/oomctl
	assert_line ./usr/local/share/fish-modules/oomctl.fish
	assert_line ./usr/local/lib/units/oomctl-watch.service
	module systemd systemdsystemunitdir /usr /lib/units
	rm -r "$root"
	run install prefix=/opt/x
	assert_line ./opt/x/share/fish-modules/oomctl.fish
	assert_line ./opt/x/lib/units/oomctl-watch.service
	refute_line --regexp '^\./(usr|lib)/'
}

@test "without the module, or with a directory that is elsewhere, the default" {
	module bash-completion completionsdir /usr /etc/bash_completion.d
	module fish other /usr /usr/x
	printf 'no module' >"$PKG_CONFIG_PATH/systemd.pc"
	run install PREFIX=/opt/x
	assert_line ./opt/x/share/bash-completion/completions/oomctl
	assert_line ./opt/x/share/fish/vendor_completions.d/oomctl.fish
	assert_line ./opt/x/lib/systemd/system/oomctl-watch.service
	assert_equal "$(grep -c '^./opt/x/' <<<"$output")" "${#lines[@]}"
}

@test "a directory must be absolute and plain, also one from pkg-config" {
	local name n=0

	for name in prefix bindir libexecdir sysconfdir datadir mandir docdir bashcompletiondir zshcompletiondir \
		fishcompletiondir systemdsystemunitdir; do
		for bad in x ../x /a/../b '/a b' '/a;b' $'/a\nb'; do
			run install "$name=$bad"
			assert_failure
			assert_output --regexp "(PREFIX|$name) must be an absolute path"
			n=$((n + 1))
		done
	done
	[ "$n" = 66 ]
	module systemd systemdsystemunitdir /usr '/usr/lib/../units'
	run install prefix=/usr
	assert_failure
	assert_output --partial 'systemdsystemunitdir must be an absolute path'
	[ ! -e "$root" ]
}

@test "uninstall removes what install put there, and no directory of others" {
	local dirs=(prefix=/usr mandir=/m docdir=/d/oomctl systemdsystemunitdir=/u)

	install "${dirs[@]}"
	echo other >"$root/u/other.service"
	run env DESTDIR="$root" "${dirs[@]}" tools/install uninstall
	assert_success
	run find "$root" -type f
	assert_output "$root/u/other.service"
	[ ! -e "$root/d/oomctl" ]
	[ -d "$root/m/man8" ]
}

@test "sysconfdir is the directory of policy and rules, in the program and its texts" {
	run make -s BUILD="$BATS_TEST_TMPDIR/build" CFLAGS=-O0 DESTDIR="$root" PREFIX=/p sysconfdir=/p/etc install
	assert_success
	for text in share/man/man5/oomctl.conf.5 share/man/man5/oomctl.rules.5 share/man/man8/oomctl.8 \
		share/doc/oomctl/examples/oomctl.conf; do
		run grep -c '/p/etc/oomctl\.' "$root/p/$text"
		assert_success
		run grep -n '[^p]/etc/oomctl\.' "$root/p/$text"
		assert_failure 1
		assert_output ''
	done
	run strings "$root/p/bin/oomctl"
	assert_line /p/etc/oomctl.conf
	assert_line /p/etc/oomctl.rules.d
	refute_line --regexp '^/etc/oomctl\.'
}

@test "CFLAGS, CPPFLAGS and LDFLAGS of the environment reach the build" {
	run env CFLAGS='-O1 -DFIRST' CPPFLAGS=-DSECOND LDFLAGS=-Wl,--build-id=0x1234 \
		make -n V=1 BUILD="$BATS_TEST_TMPDIR/build" "$BATS_TEST_TMPDIR/build/oomctl"
	assert_success
	assert_line --regexp '^gcc .*-DSECOND.* -O1 -DFIRST .*-c -o .*oomctl\.o '
	assert_line --regexp '^gcc .*-O1 -DFIRST .*--build-id=0x1234 -o .*/oomctl '
	refute_line --partial ' -O2 -g'
	# The level of a packager takes precedence.
	assert_line --partial -D_FORTIFY_SOURCE=2
	run env CFLAGS=-O2 CPPFLAGS=-D_FORTIFY_SOURCE=3 \
		make -n V=1 BUILD="$BATS_TEST_TMPDIR/build" "$BATS_TEST_TMPDIR/build/oomctl"
	refute_output --partial -D_FORTIFY_SOURCE=2
}

@test "the examples have no errors" {
	run "$BUILD/oomctl" rules --check packaging/examples/50-example.rules
	assert_success
	assert_output --partial 'no errors, 3 rules'
	# Its users and groups may not exist here; nothing else is wrong.
	run "$BUILD/oomctl" policy --check packaging/examples/oomctl.conf
	run grep -vE 'is not in /etc/(group|passwd), so nothing is permitted|^no errors, 3 rules' <<<"$output"
	assert_output ''
}
