#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Policies that are none, or odd: what they permit, and what the program says of them to whom.

# shellcheck disable=SC2154 # pid and log are set by the helpers.
# shellcheck disable=SC2030,SC2031 # Each test is a subshell, and is meant to be.
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

# no_policy WHY [PROPOSAL]: nothing is permitted, and it is said why, and what to ask for.
no_policy() {
	local proposal=${2-for that file to be mended, and for a last line}

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

@test "privilege: a policy that is no file of root's alone" {
	rm /etc/oomctl.conf
	no_policy 'there is no /etc/oomctl.conf' 'for a last line'
	echo 'permit @dba floor -500' >/etc/other.conf
	ln -s other.conf /etc/oomctl.conf
	no_policy 'is a symbolic link'
	rm /etc/oomctl.conf
	mkfifo -m 644 /etc/oomctl.conf
	no_policy 'is no regular file'
	rm /etc/oomctl.conf
	mkdir /etc/oomctl.conf
	no_policy 'is no regular file'
	rmdir /etc/oomctl.conf
	mknod -m 644 /etc/oomctl.conf c 1 5
	no_policy 'is no regular file'
	write_policy 'permit @dba floor -500'
	chmod 664 /etc/oomctl.conf
	no_policy 'is writable by others'
	try "$privilege_dir/plain" policy --check /etc/oomctl.conf
	ended_with 2
	[[ $output == *'/etc/oomctl.conf is writable by others than root, so it does not count'* ]]
	chmod 646 /etc/oomctl.conf
	no_policy 'is writable by others'
	chmod 644 /etc/oomctl.conf
	chown 2003 /etc/oomctl.conf
	no_policy "is not root's"
	chown 0 /etc/oomctl.conf
	chmod 600 /etc/oomctl.conf
	no_policy 'cannot read /etc/oomctl.conf: Permission denied'
}

@test "privilege: a policy that is too long or holds what no text holds" {
	write_policy
	truncate -s 1G /etc/oomctl.conf
	no_policy 'is longer than 65536 bytes'
	write_policy 'permit @dba floor -500'
	printf 'deny \0bob\n' >>/etc/oomctl.conf
	no_policy '/etc/oomctl.conf:2: a NUL byte'
	write_policy 'permit @dba floor -500' "# $(head -c 10000 /dev/zero | tr '\0' x)"
	no_policy '/etc/oomctl.conf:2: the line is longer than 255 bytes'
	write_policy 'permit @dba floor -500' "permit $(head -c 10000 /dev/zero | tr '\0' x) floor -1"
	no_policy '/etc/oomctl.conf:2: the line is longer than 255 bytes'
	write_policy 'permit @dba floor -500' 'allow bob'
	no_policy "/etc/oomctl.conf:2: a rule begins with 'permit' or 'deny'"
	try "$privilege_dir/plain" policy
	ended_with 2
	[[ $output == *"/etc/oomctl.conf:2: a rule begins with 'permit' or 'deny'"* ]]
}

@test "privilege: the last rule that means the caller decides" {
	write_policy 'permit carol floor -1000' 'deny @dba'
	no_policy '/etc/oomctl.conf:2 decides: deny @dba' 'for a last line'
	write_policy 'permit @dba floor -1000' 'permit carol floor -499'
	no_policy '/etc/oomctl.conf:2 decides: permit carol floor -499' 'for a last line'
	write_policy 'deny @dba' 'permit 2003 floor -1000'
	for mode in cap suid; do
		renew
		as carol "$privilege_dir/$mode" set -1000 "$pid"
		adj_is "$pid" -1000
	done
}

@test "privilege: a rule that root takes back during a call is not obeyed any more" {
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

@test "privilege: FILE of policy --check is read with the caller's own rights" {
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
	no_policy "/etc/oomctl.conf:1: user '+2003' is not in /etc/passwd, so nothing is permitted" 'for a last line'
	write_policy 'permit carol floor -1000' 'deny +5'
	no_policy "/etc/oomctl.conf:2: user '+5' is not in /etc/passwd, so nothing is permitted" 'for a last line'
	write_policy 'permit carol floor -1000' 'deny @-5'
	no_policy "/etc/oomctl.conf:2: group '-5' is not in /etc/group, so nothing is permitted" 'for a last line'
}

# stranger UID: sets who, and pid to a process of that user's, who is in no file.
stranger() {
	who=(setpriv --reuid "$1" --regid 2001 --clear-groups)
	"${who[@]}" sleep 600 >/dev/null 2>&1 3>&- 4>&- &
	pid=$!
	lab_pids+=("$pid")
	eventually 10 is_called "$pid" sleep
}

@test "privilege: a rule means a whole number or a whole name" {
	local rule mode

	cp /etc/passwd /etc/group "$BATS_TEST_TMPDIR/"
	printf '%s:x:2900:2900::/:/bin/sh\n' caro carola CAROL >>/etc/passwd
	printf '%s:x:2900:carol\n' db dbaa DBA >>/etc/group
	# Beginnings and continuations, the same in 16 and 32 bits, and root.
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
	# Numbers that are negative in 32 bits are users like any other.
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

# The line that is told is the line that helps.
@test "privilege: users whose name no line can hold are told their number" {
	local long uid=2010

	long=$(head -c 65 /dev/zero | tr '\0' n)
	cp /etc/passwd "$privilege_dir/passwd"
	log_start
	for name in 777 @dba 'a b' '#a' $'x\001y' $'x\033[2Jy' $'\302\233' 'x\x41' "$long" carol; do
		printf '%s:x:%d:2001::/:/bin/sh\n' "$name" $((++uid)) >>/etc/passwd
		stranger "$uid"
		for mode in cap suid; do
			: >"$log"
			write_policy 'permit @dba floor -500'
			try "${who[@]}" "$privilege_dir/$mode" set -900 "$pid"
			ended_with 3
			[[ $output == *"is about $uid; ask the administrator for a last line 'permit $uid floor -900'"* ]]
			eventually 5 log_has "refused: uid $uid .$uid.: pid $pid .*no line of /etc/oomctl.conf is about $uid\$"
			[ "$(wc -l <"$log")" = 1 ]
			write_policy 'permit @dba floor -500' "permit $uid floor -900"
			"${who[@]}" "$privilege_dir/$mode" set -900 "$pid"
			adj_is "$pid" -900
			echo 0 >"/proc/$pid/oom_score_adj"
		done
	done
	cp "$privilege_dir/passwd" /etc/passwd
}

# propose CALLER MODE: what policy says; sets proposed to the line that it ends with, or to none.
propose() {
	try as "$1" "$privilege_dir/$2" policy
	proposed=${output##*"for a last line '"}
	[[ $proposed != "$output" ]] || proposed=none
	proposed=${proposed%\'*}
}

@test "privilege: nobody is told to ask for -1000 who did not ask for -1000" {
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
		[[ $output == *'carol may lower the adj of own processes, but not below 1000'* ]]
	done
}

@test "privilege: who has CAP_SYS_RESOURCE is not told to ask for it" {
	local own=(setpriv --reuid 2001 --regid 2001 --clear-groups --inh-caps +sys_resource --ambient-caps +sys_resource)

	start alice sleep 600
	try "${own[@]}" "$privilege_dir/plain" policy
	ended_with 0
	[[ $output == 'user alice has CAP_SYS_RESOURCE, and may set the adj of own processes to any value; the policy is for others' ]]
	# It is so, and the log has the name.
	log_start
	"${own[@]}" "$privilege_dir/plain" set -1000 "$pid"
	adj_is "$pid" -1000
	eventually 5 log_has "raised: uid 2001 .alice.: pid $pid .sleep.: adj 0 -> -1000: own right\$"
	echo 0 >"/proc/$pid/oom_score_adj"
	# A program that is given a right is not left the caller's own.
	for mode in cap suid; do
		try "${own[@]}" "$privilege_dir/$mode" policy
		ended_with 1
		[[ $output == *"alice may do nothing beyond the kernel's own rules"* ]]
		try "${own[@]}" "$privilege_dir/$mode" set -1000 "$pid"
		ended_with 3
		adj_is "$pid" 0
	done
	try "$privilege_dir/plain" policy
	ended_with 0
	[[ $output == 'root may do what the kernel lets root do; the policy is for others' ]]
}

# check_says STATUS WORDS: of the policy, by whichever path.
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

@test "privilege: policy --check knows the policy, and whether it counts" {
	check_says 0 'no mistake, 1 rule'
	chmod 646 /etc/oomctl.conf
	check_says 2 'is writable by others than root, so it does not count'
	[[ $output != *'no mistake'* ]]
	for mode in 640 600 400; do
		chmod "$mode" /etc/oomctl.conf
		check_says 2 'can be read by root alone, so it does not count'
		try "$privilege_dir/plain" policy
		ended_with 2
		[[ $output == *'can be read by root alone, so it does not count'* ]]
	done
	# Not so where it is a group's: it counts for that.
	chmod 640 /etc/oomctl.conf
	chgrp 3000 /etc/oomctl.conf
	check_says 0 'no mistake, 1 rule'
	renew
	as carol "$privilege_dir/cap" set -500 "$pid"
	adj_is "$pid" -500
	# Somebody's draft may be so.
	cp /etc/oomctl.conf "$privilege_dir/draft"
	chmod 600 "$privilege_dir/draft"
	try "$privilege_dir/plain" policy --check "$privilege_dir/draft"
	ended_with 0
	# What else is wrong is told with it.
	write_policy 'deny no-such-user'
	chmod 664 /etc/oomctl.conf
	check_says 2 'is writable by others than root, so it does not count'
	[[ $output == *"user 'no-such-user' is not in /etc/passwd"* ]]
	write_policy 'deny bob' 'allow carol'
	mv /etc/oomctl.conf /etc/other.conf
	ln -s other.conf /etc/oomctl.conf
	try "$privilege_dir/plain" policy --check /etc/oomctl.conf
	ended_with 2
	[[ $output == *'is a symbolic link, so it does not count'*":2: a rule begins with"* ]]
	try "$privilege_dir/plain" policy --check /etc/other.conf
	ended_with 2
	[[ $output != *'does not count'* ]]
}
