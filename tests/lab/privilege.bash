# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Shared by the privilege tests: the program installed in three modes (plain, cap, suid), callers with and without a
# rule, their processes, a syslog. Only for a lab guest, because it creates users and setuid programs.
#
# root     can do everything
# alice    an ordinary user without a rule
# carol    an ordinary user of the group dba, which is permitted down to -500
# bob      another user without a rule
# Only root can write to the directories above the launched program.
privilege_dir=/run/privilege
modes=(plain cap suid)
callers=(root alice carol)
hold_at=()

# shellcheck source=tests/lab/lib.bash
. "${BASH_SOURCE[0]%/*}/lib.bash"

# Called once per test file.
privilege_setup_file() {
	[[ -n ${LAB-} ]] || return 0
	add_users
	mkdir -p "$privilege_dir/libexec"
	for mode in plain cap libexec/suid; do
		cp "$OOMCTL" "$privilege_dir/$mode"
	done
	setcap cap_sys_resource+p "$privilege_dir/cap"
	# Like make install-setuid: the launcher is setuid and executes the program.
	cp "${BUILD:-build}/tests/lab/gate" "$privilege_dir/suid"
	chmod 4755 "$privilege_dir/suid"
	cp /bin/sleep "$privilege_dir/suid-sleep"
	chmod 4755 "$privilege_dir/suid-sleep"
	cp "${BUILD:-build}"/tests/lab/{hog,selfie,surround} "$privilege_dir/"
	write_policy 'permit @dba floor -500'
}

add_users() {
	grep -q '^alice:' /etc/passwd && return
	printf '%s\n' 'alice:x:2001:2001::/:/bin/sh' 'bob:x:2002:2002::/:/bin/sh' \
		'carol:x:2003:2003::/:/bin/sh' >>/etc/passwd
	printf '%s\n' 'alice:x:2001:' 'bob:x:2002:' 'carol:x:2003:' 'dba:x:3000:carol' >>/etc/group
}

# write_policy LINE...
write_policy() {
	rm -rf /etc/oomctl.conf
	printf '%s\n' "$@" >/etc/oomctl.conf
	chmod 644 /etc/oomctl.conf
}

# be CALLER: sets who, a command prefix that runs a command as that user without any of root's privileges.
be() {
	case $1 in
	root) who=() ;;
	alice) who=(setpriv --reuid 2001 --regid 2001 --clear-groups) ;;
	bob) who=(setpriv --reuid 2002 --regid 2002 --clear-groups) ;;
	carol) who=(setpriv --reuid 2003 --regid 2003 --groups 3000) ;;
	esac
}

# as CALLER COMMAND...
as() {
	local who

	be "$1"
	shift
	"${who[@]}" "$@"
}

# start CALLER COMMAND...: runs it in the background; sets pid after COMMAND has been executed.
start() {
	local who

	be "$1"
	shift
	"${who[@]}" "$@" >/dev/null 2>&1 3>&- 4>&- &
	pid=$!
	lab_pids+=("$pid")
	eventually is_started "$pid" "${1##*/}"
}

# renew: sets pid to carol's process, one per test, and resets its adj and floor to 0; root's write sets both.
renew() {
	if [[ -z ${renewed-} ]]; then
		start carol sleep 600
		renewed=$pid
	fi
	pid=$renewed
	echo 0 >"/proc/$pid/oom_score_adj"
}

# Sets text to the first line of a file. Starting a program would take 50 ms in a guest.
read_file() {
	text=''
	{ read -r text <"$1"; } 2>/dev/null || [[ -n $text ]]
}

# is_started PID COMMAND: it is COMMAND or a program that COMMAND executed.
is_started() {
	read_file "/proc/$1/comm" && [[ $text == "$2" || ! $text =~ ^(bash|bats|setpriv) ]]
}

# is_owned PID UID: by the owner of /proc/PID, which is root during execve(2).
is_owned() {
	[[ $(stat -c %u "/proc/$1") == "$2" ]]
}

is_called() {
	read_file "/proc/$1/comm" && [[ $text == "$2" ]]
}

# read_adj PID: sets adj.
read_adj() {
	read_file "/proc/$1/oom_score_adj"
	adj=$text
}

# hold CALL CALLER PROGRAM [ARG]...: starts it, waits until it enters its first CALL, and sets held to its PID. It stays
# there until let_go, for a minute at most. hold_at: strace options that select the CALL.
hold() {
	local trace

	trace=$(mktemp)
	strace -qq -f -u "$2" -o "$trace" -e "trace=execve,$1" -e "inject=$1:delay_enter=60000000:when=1" \
		"${hold_at[@]}" "${@:3}" \
		>/dev/null 2>&1 3>&- 4>&- &
	holder=$!
	lab_pids+=("$holder")
	eventually is_held "$trace" "$1"
	lab_pids+=("$held")
	rm -f "$trace"
}

# The last traced call has started and not returned.
is_held() {
	local line last=''

	while read -r line || [[ -n $line ]]; do
		last=$line
	done <"$1"
	held=${last%% *}
	[[ $last == "$held"*" $2("* && $last != *' = '* ]]
}

# stall MODE: carol runs set for $pid and $other. After it has changed $pid, its message blocks on a full pipe until
# go_on reads it.
stall() {
	local full=$privilege_dir/full

	renew
	[[ -n ${other-} ]] || { start carol sleep 601; other=$pid; renew; }
	echo 0 >"/proc/$other/oom_score_adj"
	[[ -p $full ]] || mkfifo -m 622 "$full"
	exec 7<>"$full"
	dd if=/dev/zero of=/dev/fd/7 bs=4096 oflag=nonblock 2>/dev/null || true
	as carol "$privilege_dir/$1" set -500 "$pid" 1 "$other" >/dev/null 2>"$full" 3>&- 4>&- 7>&- &
	stalled=$!
	eventually adj_is "$pid" -500
}

go_on() {
	head -c 65536 <&7 >/dev/null
	wait "$stalled" || true
	exec 7>&-
}

let_go() {
	kill -KILL "$held" "$holder"
	wait "$holder" || true
}

# Starts a syslog that writes its lines to $log.
log_start() {
	log=$(mktemp)
	rm -f "$log"
	"${BUILD:-build}/tests/lab/logd" "$log" >/dev/null 2>&1 3>&- 4>&- &
	lab_pids+=($!)
	eventually test -e "$log"
}

log_has() {
	grep -qE -- "$1" "$log"
}

# try COMMAND...: sets status and output like run, but does not warn about status 127.
try() {
	status=0
	output=$("$@" 2>&1 3>&- 4>&-) || status=$?
}

# ended_with STATUS...: checks that status is one of these.
ended_with() {
	[[ " $* " == *" $status "* ]] || {
		echo "status $status, not one of: $*"
		echo "$output"
		return 1
	}
}

# adj_is PID VALUE
adj_is() {
	read_adj "$1"
	[[ $adj == "$2" ]] || {
		echo "pid $1 has adj $adj, not $2: ${output-}"
		return 1
	}
}
