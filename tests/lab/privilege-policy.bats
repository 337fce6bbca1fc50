#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Missing, invalid and unusual policies: what they permit, and which messages each caller gets.

# shellcheck disable=SC2154 # pid and log are set by the helpers.
# shellcheck disable=SC2030,SC2031 # Each test runs in its own subshell.
load privilege

setup_file() {
	privilege_setup_file
}

setup() {
	lab_only
}

teardown() {
	rm -f /dev/log
	lab_cleanup
	if [[ -n ${LAB-} ]]; then
		write_policy 'permit @dba floor -500'
	fi
}

# no_policy WHY [PROPOSAL]: nothing is permitted; the message contains the reason and what to ask for.
no_policy() {
	local proposal=${2-to fix that file and append}

	for mode in cap suid; do
		renew
		try as carol "$privilege_dir/$mode" set -500 "$pid"
		ended_with 3
		adj_is "$pid" 0
		[[ $output == *"$1"* ]] || {
			echo "not '$1': $output"
			return 1
		}
		[[ $output == *"; ask the administrator $proposal 'permit carol floor -500'"* ]]
	done
}

@test "privilege: the policy must be a regular file of root that no other user can write to" {
	rm /etc/oomctl.conf
	no_policy '/etc/oomctl.conf does not exist' 'to append'
	echo 'permit @dba floor -500' >/etc/other.conf
	ln -s other.conf /etc/oomctl.conf
	no_policy 'is a symbolic link'
	rm /etc/oomctl.conf
	mkfifo -m 644 /etc/oomctl.conf
	no_policy 'is not a regular file'
	rm /etc/oomctl.conf
	mkdir /etc/oomctl.conf
	no_policy 'is not a regular file'
	rmdir /etc/oomctl.conf
	mknod -m 644 /etc/oomctl.conf c 1 5
	no_policy 'is not a regular file'
	write_policy 'permit @dba floor -500'
	chmod 664 /etc/oomctl.conf
	no_policy 'is writable by users other than root'
	try "$privilege_dir/plain" policy --check /etc/oomctl.conf
	ended_with 2
	[[ $output == *'/etc/oomctl.conf is writable by users other than root, so it is ignored'* ]]
	chmod 646 /etc/oomctl.conf
	no_policy 'is writable by users other than root'
	chmod 644 /etc/oomctl.conf
	chown 2003 /etc/oomctl.conf
	no_policy "is not owned by root"
	chown 0 /etc/oomctl.conf
	chmod 600 /etc/oomctl.conf
	no_policy 'cannot read /etc/oomctl.conf: Permission denied'
}

@test "privilege: a policy that is too long or not text permits nothing" {
	write_policy
	truncate -s 1G /etc/oomctl.conf
	no_policy 'is longer than 65536 bytes'
	write_policy 'permit @dba floor -500'
	printf 'deny \0bob\n' >>/etc/oomctl.conf
	no_policy '/etc/oomctl.conf:2: NUL byte'
	write_policy 'permit @dba floor -500' "# $(head -c 10000 /dev/zero | tr '\0' x)"
	no_policy '/etc/oomctl.conf:2: the line is longer than 255 bytes'
	write_policy 'permit @dba floor -500' "permit $(head -c 10000 /dev/zero | tr '\0' x) floor -1"
	no_policy '/etc/oomctl.conf:2: the line is longer than 255 bytes'
	write_policy 'permit @dba floor -500' 'allow bob'
	no_policy "/etc/oomctl.conf:2: a rule must begin with 'permit' or 'deny'"
	try "$privilege_dir/plain" policy
	ended_with 2
	[[ $output == *"/etc/oomctl.conf:2: a rule must begin with 'permit' or 'deny'"* ]]
}

@test "privilege: the last rule that matches the caller decides" {
	write_policy 'permit carol floor -1000' 'deny @dba'
	no_policy '/etc/oomctl.conf:2 decides: deny @dba' 'to append'
	write_policy 'permit @dba floor -1000' 'permit carol floor -499'
	no_policy '/etc/oomctl.conf:2 decides: permit carol floor -499' 'to append'
	write_policy 'deny @dba' 'permit 2003 floor -1000'
	for mode in cap suid; do
		renew
		as carol "$privilege_dir/$mode" set -1000 "$pid"
		adj_is "$pid" -1000
	done
}

@test "privilege: a rule that root removes during a call no longer applies" {
	log_start
	for mode in cap suid; do
		stall "$mode"
		write_policy 'permit @dba floor -500' 'deny carol'
		go_on
		adj_is "$pid" -500
		adj_is "$other" 0
		log_has "refused: .*pid $other .*deny carol"
		write_policy 'permit @dba floor -500'
	done
}

@test "privilege: policy --check reads FILE with the caller's own rights" {
	write_policy 'deny bob'
	chmod 600 /etc/oomctl.conf
	for mode in plain cap suid; do
		try as carol "$privilege_dir/$mode" policy --check /etc/shadow
		ended_with 2
		[[ $output == *'cannot read /etc/shadow: Permission denied'* ]]
		try as carol "$privilege_dir/$mode" policy --check /etc/oomctl.conf
		ended_with 2
	done
}

@test "privilege: a number with a sign is a name" {
	write_policy 'permit +2003 floor -1000'
	no_policy "/etc/oomctl.conf:1: user '+2003' is not in /etc/passwd, so nothing is permitted" 'to append'
	write_policy 'permit carol floor -1000' 'deny +5'
	no_policy "/etc/oomctl.conf:2: user '+5' is not in /etc/passwd, so nothing is permitted" 'to append'
	write_policy 'permit carol floor -1000' 'deny @-5'
	no_policy "/etc/oomctl.conf:2: group '-5' is not in /etc/group, so nothing is permitted" 'to append'
}

# stranger UID: sets who to run as that uid, which no file lists, and pid to one of its processes.
stranger() {
	who=(setpriv --reuid "$1" --regid 2001 --clear-groups)
	"${who[@]}" sleep 600 >/dev/null 2>&1 3>&- 4>&- &
	pid=$!
	lab_pids+=("$pid")
	eventually is_called "$pid" sleep
}

@test "privilege: a rule matches a whole number or a whole name" {
	local rule mode

	cp /etc/passwd /etc/group "$BATS_TEST_TMPDIR/"
	printf '%s:x:2900:2900::/:/bin/sh\n' caro carola CAROL >>/etc/passwd
	printf '%s:x:2900:carol\n' db dbaa DBA >>/etc/group
	# Prefixes and extensions, numbers that are equal in 16 or 32 bits, and root.
	for rule in 200 20 20030 03 67539 4294969299 caro carola CAROL @300 @30000 @db @dbaa @DBA @68536 0 root @0; do
		write_policy "permit $rule floor -1000"
		for mode in cap suid; do
			renew
			try as carol "$privilege_dir/$mode" set -500 "$pid"
			ended_with 3
			adj_is "$pid" 0
		done
	done
	cp "$BATS_TEST_TMPDIR"/{passwd,group} /etc/
	# Uids that are negative as 32-bit integers are ordinary users.
	for uid in 2147483648 4000000000 4294967294; do
		stranger "$uid"
		for mode in cap suid; do
			for rule in -294967296 -2 0 2147483647 4294967295; do
				write_policy "permit $rule floor -1000"
				try "${who[@]}" "$privilege_dir/$mode" set -500 "$pid"
				ended_with 3
				adj_is "$pid" 0
			done
			write_policy "permit $uid floor -500"
			"${who[@]}" "$privilege_dir/$mode" set -500 "$pid"
			adj_is "$pid" -500
			echo 0 >"/proc/$pid/oom_score_adj"
		done
	done
}

# The suggested line is sufficient.
@test "privilege: messages use the uid if a rule cannot contain the user name" {
	local long uid=2010

	long=$(head -c 65 /dev/zero | tr '\0' n)
	cp /etc/passwd "$privilege_dir/passwd"
	log_start
	for name in 777 @dba 'a b' '#a' $'x\001y' $'x\033[2Jy' $'\302\233' 'x\x1b' "$long" carol; do
		printf '%s:x:%d:2001::/:/bin/sh\n' "$name" $((++uid)) >>/etc/passwd
		stranger "$uid"
		for mode in cap suid; do
			: >"$log"
			write_policy 'permit @dba floor -500'
			try "${who[@]}" "$privilege_dir/$mode" set -900 "$pid"
			ended_with 3
			[[ $output == *"matches $uid; ask the administrator to append 'permit $uid floor -900'"* ]]
			eventually log_has "refused: uid $uid .$uid.: pid $pid .*no rule in /etc/oomctl.conf matches $uid\$"
			[ "$(wc -l <"$log")" = 1 ]
			write_policy 'permit @dba floor -500' "permit $uid floor -900"
			"${who[@]}" "$privilege_dir/$mode" set -900 "$pid"
			adj_is "$pid" -900
			echo 0 >"/proc/$pid/oom_score_adj"
		done
	done
	cp "$privilege_dir/passwd" /etc/passwd
}

# propose CALLER MODE: runs policy; sets proposed to the line that it suggests, or to none.
propose() {
	try as "$1" "$privilege_dir/$2" policy
	proposed=${output##*"to append '"}
	[[ $proposed != "$output" ]] || proposed=none
	proposed=${proposed%\'*}
}

@test "privilege: -1000 is suggested only to users who asked for it" {
	for mode in cap suid; do
		write_policy 'permit @dba floor -500'
		propose alice "$mode"
		[ "$proposed" = 'permit alice floor -999' ]
		propose carol "$mode"
		[ "$proposed" = 'permit carol floor -999' ]
		renew
		try as carol "$privilege_dir/$mode" set -1000 "$pid"
		[[ $output == *"'permit carol floor -1000'"* ]]
		for floor in -999 -1000; do
			write_policy "permit @dba floor $floor"
			propose carol "$mode"
			ended_with 0
			[ "$proposed" = none ]
		done
		write_policy 'permit @dba floor 1000'
		propose carol "$mode"
		[[ $output == *'carol is allowed to lower the adj of own processes, but not below 1000'* ]]
	done
}

@test "privilege: policy suggests nothing to a caller with CAP_SYS_RESOURCE" {
	local own=(setpriv --reuid 2001 --regid 2001 --clear-groups --inh-caps +sys_resource --ambient-caps +sys_resource)

	start alice sleep 600
	try "${own[@]}" "$privilege_dir/plain" policy
	ended_with 0
	[[ $output == 'user alice has CAP_SYS_RESOURCE and can set the adj of own processes to any value; the policy applies to other users' ]]
	# The caller can do that, and the log contains the name.
	log_start
	"${own[@]}" "$privilege_dir/plain" set -1000 "$pid"
	adj_is "$pid" -1000
	eventually log_has "raised: uid 2001 .alice.: pid $pid .sleep.: adj 0 -> -1000: own capability\$"
	echo 0 >"/proc/$pid/oom_score_adj"
	# A program with a privilege of its own does not keep the caller's.
	for mode in cap suid; do
		try "${own[@]}" "$privilege_dir/$mode" policy
		ended_with 1
		[[ $output == *"alice is limited to the kernel's own rules"* ]]
		try "${own[@]}" "$privilege_dir/$mode" set -1000 "$pid"
		ended_with 3
		adj_is "$pid" 0
	done
	try "$privilege_dir/plain" policy
	ended_with 0
	[[ $output == 'root is limited only by the kernel; the policy applies to other users' ]]
}

# For user 0 the kernel does not set AT_SECURE; with SECBIT_NOROOT its capability comes from the file all the same.
@test "privilege: the policy applies to user 0 without capabilities" {
	local noroot=(setpriv --securebits +noroot)

	log_start
	start root sleep 600
	try "${noroot[@]}" "$privilege_dir/plain" set -400 "$pid"
	ended_with 3
	try "${noroot[@]}" "$privilege_dir/cap" set -400 "$pid"
	ended_with 3
	adj_is "$pid" 0
	[[ $output == *'no rule in /etc/oomctl.conf matches root'* ]]
	try "${noroot[@]}" "$privilege_dir/cap" run -n -400 true
	ended_with 125
	write_policy 'permit root floor -400'
	try "${noroot[@]}" "$privilege_dir/cap" set -401 "$pid"
	ended_with 3
	try "${noroot[@]}" "$privilege_dir/cap" set -400 "$pid"
	ended_with 0
	adj_is "$pid" -400
	eventually log_has "raised: uid 0 .root.: pid $pid .sleep.: adj 0 -> -400: .*permit root floor -400\$"
	try "${noroot[@]}" env TZ=/nowhere "$privilege_dir/cap" run -n -400 "$privilege_dir/selfie"
	[[ $output == *'adj -400'* && $output == *'env TZ=/nowhere'* && $output == *$'CapPrm:\t0000000000000000'* ]]
	# An ambient capability is the caller's own.
	try "${noroot[@]}" --inh-caps +sys_resource --ambient-caps +sys_resource "$privilege_dir/plain" set -900 "$pid"
	ended_with 0
	adj_is "$pid" -900
}

# check_says STATUS WORDS: policy --check gives the same result for every path to the policy.
check_says() {
	ln -sf /etc/oomctl.conf "$privilege_dir/link"
	for path in /etc/oomctl.conf oomctl.conf ../etc//oomctl.conf /proc/self/root/etc/oomctl.conf "$privilege_dir/link"; do
		try env -C /etc "$privilege_dir/plain" policy --check "$path"
		ended_with "$1"
		[[ $output == *"$2"* ]] || {
			echo "$path: not '$2': $output"
			return 1
		}
	done
}

@test "privilege: policy --check reports whether the installed policy is valid" {
	check_says 0 'no errors, 1 rule'
	chmod 646 /etc/oomctl.conf
	check_says 2 'is writable by users other than root, so it is ignored'
	[[ $output != *'no errors'* ]]
	for mode in 640 600 400; do
		chmod "$mode" /etc/oomctl.conf
		check_says 2 'is readable only by root, so it is ignored'
		try "$privilege_dir/plain" policy
		ended_with 2
		[[ $output == *'is readable only by root, so it is ignored'* ]]
	done
	# Readable by a group, it applies to that group.
	chmod 640 /etc/oomctl.conf
	chgrp 3000 /etc/oomctl.conf
	check_says 0 'no errors, 1 rule'
	renew
	as carol "$privilege_dir/cap" set -500 "$pid"
	adj_is "$pid" -500
	# A draft elsewhere can have any permissions.
	cp /etc/oomctl.conf "$privilege_dir/draft"
	chmod 600 "$privilege_dir/draft"
	try "$privilege_dir/plain" policy --check "$privilege_dir/draft"
	ended_with 0
	# Other errors are reported as well.
	write_policy 'deny no-such-user'
	chmod 664 /etc/oomctl.conf
	check_says 2 'is writable by users other than root, so it is ignored'
	[[ $output == *"user 'no-such-user' is not in /etc/passwd"* ]]
	write_policy 'deny bob' 'allow carol'
	mv /etc/oomctl.conf /etc/other.conf
	ln -s other.conf /etc/oomctl.conf
	try "$privilege_dir/plain" policy --check /etc/oomctl.conf
	ended_with 2
	[[ $output == *'is a symbolic link, so it is ignored'*":2: a rule must begin with"* ]]
	try "$privilege_dir/plain" policy --check /etc/other.conf
	ended_with 2
	[[ $output != *'is ignored'* ]]
}
