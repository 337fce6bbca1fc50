#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Lookups of names in the policy: if the caller or a name service makes a lookup fail, nothing more is permitted.

# shellcheck disable=SC2154 # pid, who and log are set by the helpers.
# shellcheck disable=SC2030,SC2031 # Each test runs in its own subshell.
load privilege

# Carol is a member of dba (3000) and, by gid only, of trainees (3001).
wide='permit carol floor -900'
narrow='permit @trainees floor -100'

setup_file() {
	privilege_setup_file
	[[ -n ${LAB-} ]] || return 0
	grep -q '^trainees:' /etc/group || echo 'trainees:x:3001:carol' >>/etc/group
}

setup() {
	lab_only
	touch /etc/nsswitch.conf
	cp /etc/passwd /etc/group /etc/nsswitch.conf "$BATS_TEST_TMPDIR/"
	carol=(setpriv --reuid 2003 --regid 2003 --groups "3000,3001")
}

teardown() {
	rm -f /dev/log
	lab_cleanup
	if [[ -n ${LAB-} ]]; then
		cp "$BATS_TEST_TMPDIR"/{passwd,group,nsswitch.conf} /etc/
		write_policy 'permit @dba floor -500'
	fi
}

# refused WORDS: carol gets nothing in either mode, and the message contains WORDS.
refused() {
	for mode in cap suid; do
		renew
		try "${carol[@]}" "$privilege_dir/$mode" set -100 "$pid"
		ended_with 3
		adj_is "$pid" 0
		[[ $output == *"$1, so nothing is permitted; ask the administrator to append 'permit "*" floor -100'"* ]] || {
			echo "not '$1': $output"
			return 1
		}
	done
}

# permitted ADJ: carol can set it in both modes.
permitted() {
	for mode in cap suid; do
		renew
		try "${carol[@]}" "$privilege_dir/$mode" set "$1" "$pid"
		ended_with 0
		adj_is "$pid" "$1"
	done
}

@test "privilege: an unknown name in a rule ends the search and permits nothing" {
	write_policy "$wide" 'permit @no-such-group floor -100'
	refused "/etc/oomctl.conf:2: group 'no-such-group' is not in /etc/group"
	write_policy "$wide" 'deny no-such-user' 'permit bob floor -1'
	refused "/etc/oomctl.conf:2: user 'no-such-user' is not in /etc/passwd"
	try "${carol[@]}" "$privilege_dir/cap" policy
	ended_with 1
	[[ $output == *"/etc/oomctl.conf:2: user 'no-such-user' is not in /etc/passwd, so nothing is permitted"* ]]
	# The suggested line is sufficient.
	write_policy 'deny no-such-user' 'permit carol floor -100'
	permitted -100
	for line in odd odd: odd:x odd:x: odd:x:2003 odd:x::2003: odd:x:-1: odd:x:+1: 'odd:x: 1:' odd:x:4294967295: odd:x:1x: \
		"odd:$(printf 'x%.0s' {1..600}):2003:"; do
		write_policy "$wide" 'permit odd floor -1'
		cp "$BATS_TEST_TMPDIR/passwd" /etc/passwd
		printf '%s\n' "$line" >>/etc/passwd
		refused "/etc/oomctl.conf:2: user 'odd' has no valid ID in /etc/passwd"
	done
	for file in passwd group; do
		cp "$BATS_TEST_TMPDIR/$file" /etc/
		write_policy "$wide" "$narrow" 'permit bob floor -1'
		rm "/etc/$file"
		if [[ $file == passwd ]]; then
			refused "/etc/oomctl.conf:3: user 'bob' is not in /etc/passwd"
		else
			refused "/etc/oomctl.conf:2: group 'trainees' is not in /etc/group"
		fi
		mkdir "/etc/$file"
		refused " in /etc/$file: Is a directory"
		rmdir "/etc/$file"
		cp "$BATS_TEST_TMPDIR/$file" /etc/
	done
}

# As in the C library, the first line of a name applies; lines can have any length.
@test "privilege: passwd and group: long lines, many lines, no final newline" {
	{
		printf 'big:x:3900:'
		printf 'member%d,' {1..20000}
		printf '\n'
		printf 'g%d:x:%d:\n' {1..3000}{,}
		printf 'last:x:3001:'
	} >>/etc/group
	echo 'last:x:1:' >>/etc/passwd
	write_policy "$wide" 'permit @last floor -100' 'deny @big'
	permitted -100
	renew
	try "${carol[@]}" "$privilege_dir/cap" set -101 "$pid"
	ended_with 3
	adj_is "$pid" 0
	[[ $output == *'/etc/oomctl.conf:2 decides: permit @last floor -100'* ]]
	echo >>/etc/group
	echo 'last:x:9999:' >>/etc/group
	permitted -100
}

# A name service that fails, lies or hangs at each of its calls does not affect the decision.
@test "privilege: the policy does not use name services" {
	local dir=$privilege_dir/nss

	mkdir -p "$dir"
	cp "${BUILD:-build}/tests/lab/nss_odd.so" "$dir/libnss_odd.so.2"
	ldconfig "$dir"
	printf '%s\n' 'passwd: odd files' 'group: odd files' >/etc/nsswitch.conf
	: >"$privilege_dir/nss.calls"
	chmod 666 "$privilege_dir/nss.calls"
	# The service works: it is called, and returns wrong data.
	echo 'lie 1' >"$privilege_dir/nss.answer"
	[ "$(getent group anything)" = 'anything::2003:' ]
	grep -qx getent "$privilege_dir/nss.calls"
	log_start
	for answer in none hang lie unavail again; do
		for when in 1 2; do
			echo "$answer $when" >"$privilege_dir/nss.answer"
			: >"$privilege_dir/nss.calls"
			: >"$log"
			write_policy "$wide" "$narrow"
			for mode in cap suid; do
				renew
				try timeout 20 "${carol[@]}" "$privilege_dir/$mode" set -900 "$pid"
				ended_with 3
				adj_is "$pid" 0
			done
			write_policy "$wide" 'permit @elsewhere floor -100'
			refused "/etc/oomctl.conf:2: group 'elsewhere' is not in /etc/group"
			write_policy "$wide" "$narrow"
			permitted -100
			eventually log_has 'raised: uid 2003 .carol.: '
			try "${carol[@]}" "$privilege_dir/cap" policy
			ended_with 0
			! grep -E 'cap|suid' "$privilege_dir/nss.calls" || return 1
		done
	done
	# policy --check prints the number.
	echo 'lie 1' >"$privilege_dir/nss.answer"
	write_policy 'permit @elsewhere floor -100' 'deny someone'
	try "$privilege_dir/plain" policy --check /etc/oomctl.conf
	ended_with 2
	[[ $output == *":1: group 'elsewhere' is not in /etc/group, so nothing is permitted unless a later line decides; use its ID instead: @2003"* ]]
	[[ $output == *":2: user 'someone' is not in /etc/passwd, so nothing is permitted unless a later line decides; use its ID instead: 2003"* ]]
	rm -r "$dir"
	ldconfig
}
