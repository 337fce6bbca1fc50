#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# make install and uninstall: which files go where, under which name, and that files of others are never changed.

bats_load_library bats-support
bats_load_library bats-assert

# One build under another name for all tests; the real build directory is not changed.
setup_file() {
	export own=$BATS_FILE_TMPDIR/build
	make -s BUILD="$own" PROGRAM=oomprio CFLAGS=-O0 all "$own/gate" >/dev/null
}

# Only root can write to the directories above this one; a privileged file needs that. Other users
# can write above $BATS_TEST_TMPDIR.
setup() {
	top=$BATS_TEST_TMPDIR
	[ "$(id -u)" != 0 ] || top=$(mktemp -d /var/lib/oomctl-install.XXXXXX)
	root=$top/root
}

teardown() {
	[ "$top" = "$BATS_TEST_TMPDIR" ] || rm -rf "$top"
}

root_only() {
	[ "$(id -u)" = 0 ] || skip 'needs root'
}

# Prints the files that are setuid or have a capability.
privileged() {
	(cd "$root" && find . -type f -perm /6000 && PATH=$PATH:/usr/sbin:/sbin getcap -r . | sed 's/ .*//')
}

# Runs make TARGET for the program oomprio under $root.
oomprio() {
	make -s BUILD="$own" PROGRAM=oomprio CFLAGS=-O0 DESTDIR="$root" "$@"
}

# The same without make, which takes longer: only for what setup_file has built.
installer() {
	PROGRAM=oomprio BUILD=$own DESTDIR=$root tools/install "$1"
}

files() {
	(cd "$root" && find . -type f | sort)
}

@test "install puts program, manual and completions into their directories" {
	run oomprio install
	assert_success
	run files
	assert_output - <<-END
		./usr/local/bin/oomprio
		./usr/local/lib/systemd/system/oomprio-metrics.service
		./usr/local/lib/systemd/system/oomprio-metrics.timer
		./usr/local/lib/systemd/system/oomprio-watch.service
		./usr/local/share/bash-completion/completions/oomprio
		./usr/local/share/doc/oomprio/examples/50-example.rules
		./usr/local/share/doc/oomprio/examples/oomctl-alerts.yml
		./usr/local/share/doc/oomprio/examples/oomctl.conf
		./usr/local/share/fish/vendor_completions.d/oomprio.fish
		./usr/local/share/man/man5/oomprio.conf.5
		./usr/local/share/man/man5/oomprio.rules.5
		./usr/local/share/man/man8/oomprio.8
		./usr/local/share/zsh/site-functions/_oomprio
	END
	[ "$(stat -c %a "$root/usr/local/bin/oomprio")" = 755 ]
	[ "$(stat -c %a "$root/usr/local/share/man/man8/oomprio.8")" = 644 ]
}

@test "PREFIX sets the directory" {
	run oomprio PREFIX=/opt/x install
	assert_success
	[ -x "$root/opt/x/bin/oomprio" ]
}

@test "program and manual use the installed name" {
	oomprio install
	run "$root/usr/local/bin/oomprio" --version
	assert_output --partial oomprio
	run cat "$root/usr/local/share/man/man8/oomprio.8"
	assert_line --regexp '^\.(Nm|SH|TH|Dt).*(oomprio|OOMPRIO)'
	refute_line --regexp '^\.(Nm|TH|Dt) +(oomctl|OOMCTL)'
	# File names do not change with the command name.
	refute_output --partial /etc/oomprio
	# Neither do metrics, their file, and systemd's program.
	refute_output --regexp 'oomprio(_|\.prom)'
	assert_output --partial oomctl_kills_total
	assert_output --partial "systemd-oomd's oomctl dump"
	for text in bash-completion/completions/oomprio zsh/site-functions/_oomprio; do
		run grep -c 'complete.*oomprio\|compdef oomprio' "$root/usr/local/share/$text"
		assert_success
	done
}

@test "the services start the installed program, and are not enabled" {
	oomprio PREFIX=/opt/x install
	run cat "$root/opt/x/lib/systemd/system/oomprio-watch.service"
	assert_line 'ExecStart=/opt/x/bin/oomprio watch'
	assert_line 'Documentation=man:oomprio(8) man:oomprio.rules(5)'
	assert_line 'RuntimeDirectory=oomctl'
	run cat "$root/opt/x/lib/systemd/system/oomprio-metrics.service"
	assert_line 'ExecStart=/opt/x/bin/oomprio metrics -q --write /var/lib/prometheus/node-exporter/oomctl.prom'
	assert_line 'Documentation=man:oomprio(8)'
	run cat "$root/opt/x/lib/systemd/system/oomprio-metrics.timer"
	assert_line 'WantedBy=timers.target'
	[ -z "$(find "$root" -type l)" ]
}

@test "the services are confined: systemd-analyze security says 2.0 at most" {
	local service n=0
	command -v systemd-analyze >/dev/null || skip 'needs systemd-analyze'
	for service in "$PWD"/packaging/*.service; do
		run systemd-analyze security --offline=true --threshold=20 --no-pager "$service"
		assert_success
		n=$((n + 1))
	done
	[ "$n" -ge 2 ]
}

@test "Prometheus accepts the examples of alerts" {
	command -v promtool >/dev/null || skip 'needs promtool (Debian: prometheus)'
	run promtool check rules packaging/examples/oomctl-alerts.yml
	assert_success
	assert_output --partial '5 rules found'
}

@test "install gives no privilege, install-caps and install-setuid one each" {
	local program=$root/usr/local/bin/oomprio
	# shellcheck disable=SC2030 # Each test is a subshell.
	local PATH=$PATH:/usr/sbin:/sbin
	if [ "$(id -u)" != 0 ]; then
		for right in caps setuid; do
			run oomprio "install-$right"
			assert_failure
			assert_output --partial 'only root can give the program a privilege'
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
	# The setuid file is the launcher. It has no loader and executes the program, which has no privilege.
	run readelf -hldWs "$program"
	refute_output --partial INTERP
	assert_output --regexp 'Type: +DYN'
	assert_output --partial BIND_NOW
	assert_output --partial GNU_RELRO
	assert_output --partial __stack_chk_fail
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

@test "uninstall removes everything except files of others" {
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

@test "install replaces an earlier installation" {
	oomprio install
	run oomprio install
	assert_success
}

@test "a foreign program of the same name stops install and uninstall" {
	mkdir -p "$root/usr/local/bin"
	echo 'not ours' >"$root/usr/local/bin/oomprio"
	run oomprio install
	assert_failure
	assert_output --partial "$root/usr/local/bin/oomprio exists and does not belong to this project"
	assert_output --partial 'nothing was installed'
	assert_output --partial PROGRAM=oomprio
	run files
	assert_output ./usr/local/bin/oomprio
	assert_equal "$(cat "$root/usr/local/bin/oomprio")" 'not ours'
	run oomprio uninstall
	assert_failure
	assert_equal "$(cat "$root/usr/local/bin/oomprio")" 'not ours'
}

@test "a foreign manual or completion stops install" {
	mkdir -p "$root/usr/local/share/zsh/site-functions"
	echo '#compdef oomprio' >"$root/usr/local/share/zsh/site-functions/_oomprio"
	run oomprio install
	assert_failure
	run files
	assert_output ./usr/local/share/zsh/site-functions/_oomprio
}

@test "a symbolic link counts as foreign, whatever its target" {
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

@test "a foreign file stops uninstall before it removes anything" {
	oomprio install
	echo 'not ours' >"$root/usr/local/share/man/man8/oomprio.8"
	run oomprio uninstall
	assert_failure
	[ -x "$root/usr/local/bin/oomprio" ]
}

@test "PROGRAM with a slash, a blank or a leading dash is refused" {
	for name in ../x 'a b' -x; do
		run env PROGRAM="$name" BUILD="$own" DESTDIR="$root" tools/install install
		assert_failure
		assert_output --partial 'plain command name'
	done
	[ ! -e "$root" ]
}

@test "PREFIX must be absolute and plain, DESTDIR absolute" {
	cd "$BATS_TEST_DIRNAME/../.."
	for target in install install-caps install-setuid uninstall; do
		for prefix in '' srv/local ../x . "$root/../x" /a/./b '/a"b' '/a b' $'/a\nb'; do
			run env PREFIX="$prefix" DESTDIR="$top/" PROGRAM=oomprio BUILD="$own" tools/install "$target"
			assert_failure
			assert_output --partial 'PREFIX must be'
		done
		for destdir in . root ../root $'/a\nb'; do
			run env DESTDIR="$destdir" PROGRAM=oomprio BUILD="$own" tools/install "$target"
			assert_failure
			assert_output --partial 'DESTDIR must be'
		done
	done
	[ -z "$(ls -A "$top")" ] || [ "$top" = "$BATS_TEST_TMPDIR" ]
	[ ! -e "$root" ]
}

@test "the launcher executes no relative path" {
	make -s BUILD="$BATS_TEST_TMPDIR" DESTDIR=/ PREFIX=srv/x PROGRAM=oomprio "$BATS_TEST_TMPDIR/gate"
	mkdir -p "$root/srv/x/libexec"
	cp "$own/oomctl" "$root/srv/x/libexec/oomprio"
	cd "$root"
	run "$BATS_TEST_TMPDIR/gate" --version
	assert_failure 4
	assert_output --partial srv/x/libexec/oomprio
}

@test "the caller's umask does not matter" {
	(umask 000 && oomprio install)
	run find "$root" -mindepth 1 ! -type l -perm /022
	assert_output ''
	rm -rf "$root"
	mkdir "$root"
	(umask 077 && oomprio install)
	run find "$root" -mindepth 1 ! -perm -444
	assert_output ''
}

@test "the environment does not change the installer's commands" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	for name in chmod chown mv rm sed grep dirname mkdir id ls; do
		printf '#!/bin/sh\ntouch "%s/ran"\n' "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/bin/$name"
		chmod 755 "$BATS_TEST_TMPDIR/bin/$name"
	done
	echo "touch '$BATS_TEST_TMPDIR/ran'" >"$BATS_TEST_TMPDIR/env"
	mkdir -p "$BATS_TEST_TMPDIR/tools"
	for target in install uninstall; do
		# shellcheck disable=SC2016,SC2031 # A function's text; each test is a subshell.
		run env 'BASH_FUNC_mv%%=() { touch "$BATS_TEST_TMPDIR/ran"; }' BASH_ENV="$BATS_TEST_TMPDIR/env" \
			ENV="$BATS_TEST_TMPDIR/env" CDPATH="$BATS_TEST_TMPDIR" IFS=/ \
			PATH="$BATS_TEST_TMPDIR/bin:$PATH" PROGRAM=oomprio BUILD="$own" DESTDIR="$root" tools/install "$target"
		assert_success
		[ ! -e "$BATS_TEST_TMPDIR/ran" ]
	done
}

# refused_for TEXT: install-caps and install-setuid refuse with TEXT and install nothing.
refused_for() {
	for right in caps setuid; do
		run installer "install-$right"
		assert_failure
		assert_output --partial "$1 is not a directory that only root owns and can write to"
		[ -z "$(find "$root" "$top/other" -type f)" ]
	done
}

@test "only root can write to the path of a privileged file" {
	root_only
	mkdir -p "$root/usr/local/bin" "$root/usr/local/libexec"
	mkdir "$top/other"
	for dir in "$top" "$root" "$root/usr" "$root/usr/local/bin" "$root/usr/local/libexec"; do
		for mode in 775 757 1777 2775; do
			chmod "$mode" "$dir"
			refused_for "$dir"
		done
		chmod 755 "$dir"
		chmod g-s "$dir"
		chown 12345 "$dir"
		refused_for "$dir"
		chown 0:12345 "$dir"
	done
	if command -v setfacl >/dev/null; then
		setfacl -d -m u:12345:rwx "$root/usr"
		refused_for "$root/usr"
		setfacl -k "$root/usr"
	fi
	# Through symbolic links: first with directories that others can write to, then with root's only.
	mkdir -p "$top/other/way" "$top/other/local"
	ln -s "$top/other/local" "$top/other/way/link"
	rmdir "$root/usr/local/bin" "$root/usr/local/libexec" "$root/usr/local"
	ln -s ../../other/way/link "$root/usr/local"
	for dir in "$top/other/way" "$top/other/local"; do
		chmod 777 "$dir"
		refused_for "$dir"
		chmod 755 "$dir"
	done
	ln -s loop "$top/other/local/bin"
	ln -s bin "$top/other/local/loop"
	run installer install-setuid
	assert_failure
	assert_output --partial 'too many symbolic links'
	rm "$top/other/local/bin"
	for right in caps setuid; do
		run installer "install-$right"
		assert_success
		assert_equal "$(privileged | sort -u)$(root=$top/other/local privileged)" ./bin/oomprio
	done
}

@test "an old file and its hard links lose their privilege before replacement or removal" {
	root_only
	local program=$root/usr/local/bin/oomprio
	for old in caps setuid; do
		for new in install install-caps install-setuid uninstall; do
			installer "install-$old"
			ln "$program" "$root/kept"
			[ "$(privileged | sort -u)" = $'./kept\n./usr/local/bin/oomprio' ]
			installer "$new"
			case $new in
			install-*) assert_equal "$(privileged)" ./usr/local/bin/oomprio ;;
			*) assert_equal "$(privileged)" '' ;;
			esac
			rm "$root/kept"
		done
	done
}

# The launcher itself follows no symbolic links.
@test "the launcher's path has no symbolic link, even if PREFIX has one" {
	root_only
	mkdir -p "$top/real"
	ln -s real "$top/link"
	root='' oomprio install-setuid PREFIX="$top/link/local"
	run strings "$top/real/local/bin/oomprio"
	assert_line --partial "$top/real/local/libexec/oomprio"
	run "$top/link/local/bin/oomprio" --version
	assert_success
}

@test "make passes the variables on, prefix in small letters too" {
	run oomprio prefix=/p mandir=/m install
	assert_success
	[ -x "$root/p/bin/oomprio" ]
	[ -f "$root/m/man8/oomprio.8" ]
	[ ! -e "$root/usr" ]
	run oomprio prefix=/p mandir=/m uninstall
	assert_success
	run find "$root" -type f
	assert_output ''
}

@test "the packages list every installed file" {
	local file listed n=0

	oomprio prefix=/usr systemdsystemunitdir=/usr/lib/systemd/system install
	listed=$(sed -n '/^%files/,/^%changelog/p' packaging/oomctl.spec | sed -e 's,%{program},oomprio,; s,%{name},oomprio,' \
		-e 's,%{_docdir},/usr/share/doc,; s,%{_datadir},/usr/share,; s,%{_mandir},/usr/share/man,' \
		-e 's,%{_bindir},/usr/bin,; s,%{_unitdir},/usr/lib/systemd/system,; s,\*$,,')
	while read -r file; do
		case $file in
		*/examples/*) file=${file%/*} ;;
		esac
		grep -qxF "$file" <<<"$listed" || fail "packaging/oomctl.spec does not list $file"
		n=$((n + 1))
	done < <(cd "$root" && find . -type f | sed 's,^\.,,')
	[ "$n" -ge 13 ]
}

# killed_at SIGNAL N TARGET: sends SIGNAL to the installer before command N of those that change
# something; fails if it has fewer.
killed_at() {
	# shellcheck disable=SC2016 # The inner shell expands it.
	! left=$2 signal=$1 PROGRAM=oomprio BUILD=$own DESTDIR=$root bash -pT -c '
		trap '\''[[ ! " ${FUNCNAME[*]} " =~ \ (put_file|remove|lend)\  ]] || ((--left)) ||
			kill -"$signal" $$'\'' DEBUG
		. "$0" "$@"' tools/install "$3"
}

@test "a killed installer leaves no privileged file except the program" {
	root_only
	local signal target critical n step found

	# Each point of the critical files, which come first, then each 5th, and each of the last 5, where the
	# privilege is given.
	while read -r signal target critical; do
		installer "$target"
		step=1
		for ((n = 1; n < 500; n += step)); do
			if ! { killed_at "$signal" "$n" "$target"; } >/dev/null 2>&1; then
				((step > 1)) || break
				n=$((n - step)) step=1
				continue
			fi
			found=$(privileged)
			[ -z "$found" ] || [ "$found" = ./usr/local/bin/oomprio ]
			# After SIGKILL an unprivileged file can remain.
			[[ $signal == KILL ]] || assert_equal "$(find "$root" -name '.oomprio.*')" ''
			((n != critical)) || step=5
		done
		echo "$signal $target: $n points"
		[ "$n" -gt 30 ] && [ "$n" -lt 500 ]
	done <<-END
		TERM install-setuid 45
		KILL install-caps 25
	END
}
