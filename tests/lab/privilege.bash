# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the tests of privilege share: the program in its three ways of being installed, callers with and without a rule,
# processes of theirs, a syslog. For a guest only: it makes users and setuid programs.
#
# root     may all
# alice    an ordinary user without a rule
# carol    an ordinary user of the group dba, which is permitted down to -500
# bob      somebody else
# Only root may write to the directories above what the launcher executes.
privilege_dir=/run/privilege
modes=(plain cap suid)
callers=(root alice carol)
hold_at=()

# shellcheck source=tests/lab/lib.bash
. "${BASH_SOURCE[0]%/*}/lib.bash"

# Once a file.
privilege_setup_file() {
	[[ -n ${LAB-} ]] || return 0
	add_users
	mkdir -p "$privilege_dir/libexec"
	for mode in plain cap libexec/suid; do
		cp "$OOMCTL" "$privilege_dir/$mode"
	done
	setcap cap_sys_resource+p "$privilege_dir/cap"
	# As make install-setuid does it: the gate has the right, and leads to the program.
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

# be CALLER: sets who, the words before a command that make it that user's, with nothing of root's.
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

# start CALLER COMMAND...: in the background; sets pid when COMMAND has replaced what started it.
start() {
	local who

	be "$1"
	shift
	"${who[@]}" "$@" >/dev/null 2>&1 3>&- 4>&- &
	pid=$!
	lab_pids+=("$pid")
	eventually 10 is_started "$pid" "${1##*/}"
}

# renew: sets pid to a process of carol's, one a test, of which the adj and the floor are 0: root's write moves both.
renew() {
	if [[ -z ${renewed-} ]]; then
		start carol sleep 600
		renewed=$pid
	fi
	pid=$renewed
	echo 0 >"/proc/$pid/oom_score_adj"
}

# Reads a file without starting a program, which costs a guest 50 ms: sets text.
read_file() {
	text=''
	{ read -r text <"$1"; } 2>/dev/null || [[ -n $text ]]
}

# It is COMMAND, or what that has become.
is_started() {
	read_file "/proc/$1/comm" && [[ $text == "$2" || ! $text =~ ^(bash|bats|setpriv) ]]
}

# is_owned PID UID: by what may be traced, which a program that is being replaced may not.
is_owned() {
	[[ $(stat -c %u "/proc/$1") == "$2" ]]
}

is_called() {
	read_file "/proc/$1/comm" && [[ $text == "$2" ]]
}

# Sets adj to that of a process.
read_adj() {
	read_file "/proc/$1/oom_score_adj"
	adj=$text
}

# hold CALL CALLER PROGRAM [ARG]...: starts it, and sets held to its PID once it is at its first CALL, where it stays
# until let_go: a minute would be over before, so that nothing is in a hurry. hold_at: options that choose the CALL.
hold() {
	local trace

	trace=$(mktemp)
	strace -qq -f -u "$2" -o "$trace" -e "trace=execve,$1" -e "inject=$1:delay_enter=60000000:when=1" \
		"${hold_at[@]}" "${@:3}" \
		>/dev/null 2>&1 3>&- 4>&- &
	holder=$!
	lab_pids+=("$holder")
	eventually 20 is_held "$trace" "$1"
	lab_pids+=("$held")
	rm -f "$trace"
}

# What was traced last has begun, and has not ended.
is_held() {
	local line last=''

	while read -r line || [[ -n $line ]]; do
		last=$line
	done <"$1"
	held=${last%% *}
	[[ $last == "$held"*" $2("* && $last != *' = '* ]]
}

# stall MODE: a set of carol's that has changed $pid, and has a message to write before it comes to $other: nobody reads
# it until go_on.
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
	eventually 10 adj_is "$pid" -500
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

# A syslog of which the lines are in $log.
log_start() {
	log=$(mktemp)
	rm -f "$log"
	"${BUILD:-build}/tests/lab/logd" "$log" >/dev/null 2>&1 3>&- 4>&- &
	lab_pids+=($!)
	eventually 10 test -e "$log"
}

log_has() {
	grep -qE -- "$1" "$log"
}

# try COMMAND...: sets status and output, as run does, which warns of 127.
try() {
	status=0
	output=$("$@" 2>&1 3>&- 4>&-) || status=$?
}

# ended_with STATUS...: what try left is one of them.
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
