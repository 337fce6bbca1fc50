#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# log --follow --exec on a ring buffer with given records; tests/lab/log-exec.bats has real kills.

# bats and cli.bash set these; the inner shells expand theirs. The name "command" is a file here.
# shellcheck disable=SC2154,SC2016,SC2238

load cli

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	: >ring
	record=0
	# Each run is a line in "runs".
	command_is 'echo "$OOM_PID $OOM_NAME $OOM_SKIPPED" >>runs'
}

# command_is LINE...: what the command does, in the test's directory.
command_is() {
	printf '%s\n' '#!/bin/sh' "cd '$BATS_TEST_TMPDIR'" "$@" >command
	chmod +x command
}

# kernel TEXT: a record of the kernel.
kernel() {
	record=$((record + 1))
	echo "6,$record,$((record * 1000)),-;$1" >>ring
}

# killed PID NAME
killed() {
	kernel "Out of memory: Killed process $1 ($2) total-vm:1000kB, anon-rss:500kB, file-rss:20kB, shmem-rss:4kB, UID:1000 pgtables:40kB oom_score_adj:-5"
}

# In a mount namespace with an empty /run, or the one that "keep" has kept; follows the ring until "until" succeeds,
# then ends by SIGTERM. Sets status and output, which is both streams.
follow() {
	mounts_or_skip
	mkdir -p run
	[[ -e runs ]] || : >runs
	run timeout -k 5 60 unshare -m bash -c '
		mount --bind run /run
		FIXTURE_KMSG=$PWD/ring LD_PRELOAD=$BUILD/tests/cli/machine.so "$OOMCTL" log --follow -r --noheadings -o pid "$@" \
			</dev/zero 3>&- &
		for ((i = 0; i < 500; i++)); do
			! eval "$UNTIL" || break
			kill -0 $! 2>/dev/null || break
			sleep 0.05
		done
		kill -TERM $! 2>/dev/null
		wait $!' _ "$@"
}

@test "log --exec: the usage" {
	for bad in '--exec true' '--follow --exec' '--follow --timeout 5' '--follow --state x' '--follow --timeout 0 --exec true' \
		'--follow --timeout 3601 --exec true' '--follow --exec nonesuch' '--follow --exec /nonesuch' \
		'--follow --exec /' '--follow --exec /etc/passwd' 'file --follow --exec true'; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr oomctl log $bad
		assert_failure 2
		assert_equal "$output" ''
	done
	for bad in '' . ../x x/y x.new 123456789012345678901234567890123; do
		run --separate-stderr oomctl log --follow --state "$bad" --exec true
		assert_failure 2
		[[ $stderr == *"--state must be up to 32 letters"* ]]
	done
	run --separate-stderr oomctl log --follow --exec nonesuch --exec x
	[[ ${stderr_lines[0]} == "oomctl: cannot run 'nonesuch': No such file or directory" ]]
	run --separate-stderr oomctl log --follow --exec /etc/passwd
	[[ ${stderr_lines[0]} == "oomctl: cannot run '/etc/passwd': Permission denied" ]]
}

@test "log --exec: one kill is one run, with words, values, and nothing else" {
	command_is 'printf "<%s>" "$@" >words' 'env | sort >values' \
		'ls /proc/self/fd | wc -l >open' 'readlink /proc/self/fd/0 >input' \
		'grep -E "^(SigBlk|SigIgn)" /proc/self/status >signals' \
		'read -r _ _ _ _ group session _ </proc/$$/stat; [ "$group $session" = "$$ $$" ] && echo own >group'
	kernel 'oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/a.slice,task_memcg=/a.slice/b.service,task=hog,pid=77,uid=1000'
	kernel 'Memory cgroup out of memory: Killed process 77 (hog) total-vm:1000kB, anon-rss:500kB, file-rss:20kB, shmem-rss:4kB, UID:1000 pgtables:40kB oom_score_adj:-5'
	export SECRET=1
	exec 8</dev/null
	UNTIL='[ -e group ]' follow --exec ./command a '*' '' '$b' --show
	exec 8<&-
	assert_success
	assert_output 77
	assert_equal "$(<words)" '<a><*><><$b><--show>'
	# 524 KiB are 536576 bytes.
	# The shell adds the first two.
	assert_equal "$(grep -vE '^(PWD|OLDPWD|OOM_TIME)=' values)" 'OOM_ADJ=-5
OOM_BY=kernel
OOM_CGROUP=/a.slice/b.service
OOM_CONSTRAINT=memcg
OOM_CONTAINER=
OOM_NAME=hog
OOM_PID=77
OOM_SIZE=536576
OOM_SKIPPED=0
OOM_UID=1000
OOM_UNIT=b.service
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
	run grep -xE 'OOM_TIME=20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9][+-][0-9]{2}:[0-9]{2}' values
	assert_success
	# ls has one more for the directory.
	assert_equal "$(<open)" 4
	assert_equal "$(<input)" /dev/null
	# Signals 32 and 33 belong to the C library, which does not let a program change them.
	while read -r _ mask; do
		assert_equal $((16#$mask & ~(3 << 31))) 0
		n=$((n + 1))
	done <signals
	((n == 2))
	assert_equal "$(<group)" own
}

@test "log --exec: the unit of a further process of a group is unknown" {
	command_is 'echo "$OOM_PID <$OOM_UNIT> <$OOM_CGROUP> <$OOM_CONTAINER>" >>runs'
	kernel 'oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/a.slice,task_memcg=/a.slice/b.service,task=hog,pid=77,uid=1000'
	killed 77 hog
	kernel 'Tasks in /a.slice are going to be killed due to memory.oom.group set'
	killed 78 sleep
	UNTIL='[ "$(wc -l <runs)" -ge 2 ]' follow --exec ./command
	assert_success
	assert_equal "$(<runs)" $'77 <b.service> </a.slice/b.service> <>\n78 <> <> <>'
}

@test "log --exec: values are text, with control characters and bytes that are not UTF-8 escaped" {
	command_is 'printf "%s\n" "$OOM_NAME" >>runs'
	i=0
	# As the kernel prints them in the ring buffer.
	for name in '$(id)' '`id`;\x0aSubject: x' 'a\x1b[1m' '\xc3\xa9t\xc3\xa9' '\xff\xc3' '\xe2\x80\xae.exe' '-s' 'a\x5cx1b' '%s%n'; do
		killed $((1000 + i)) "$name"
		i=$((i + 1))
	done
	UNTIL='[ "$(wc -l <runs)" -ge 9 ]' LC_ALL=C follow --exec ./command
	assert_success
	assert_equal "$(<runs)" '$(id)
`id`;\x0aSubject: x
a\x1b[1m
été
\xff\xc3
\xe2\x80\xae.exe
-s
a\x5cx1b
%s%n'
}

# systemd's names of units contain backslashes, which /dev/kmsg escapes.
@test "log: names of cgroups and units from the ring buffer are those of the system" {
	local path='/system.slice/system-a\x2db.slice/a@b\x2dc.service'

	kernel 'oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/system.slice/system-a\x5cx2db.slice,task_memcg=/system.slice/system-a\x5cx2db.slice/a@b\x5cx2dc.service,task=hog,pid=7,uid=0'
	killed 7 hog
	command_is 'printf "%s\n" "$OOM_UNIT" "$OOM_CGROUP" >>runs'
	UNTIL='[ "$(wc -l <runs)" -ge 2 ]' LC_ALL=C follow --exec ./command
	assert_success
	assert_equal "$(<runs)" "a@b\\x2dc.service
$path"
	export FIXTURE_KMSG=$PWD/ring
	run env LD_PRELOAD="$BUILD/tests/cli/machine.so" "$OOMCTL" log -J -o unit,task_cgroup --cgroup "$path"
	assert_success
	assert_output --partial 'a@b\\x2dc.service'
	refute_output --partial x5c
}

# systemd-escape writes a newline of a name as \x0a, and the name has these four characters.
@test "log --exec: the unit has the name that systemctl takes, or is empty" {
	local unit
	for unit in 'lab-k\x5cx0a2.service' 'lab-k\x0a2.service'; do
		kernel "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/system.slice,task_memcg=/system.slice/$unit,task=hog,pid=7,uid=0"
		killed 7 hog
	done
	command_is 'printf "<%s>\n" "$OOM_UNIT" >>runs'
	UNTIL='[ "$(wc -l <runs)" -ge 2 ]' follow --exec ./command
	assert_success
	# The second has a newline, as no unit has, and must not imitate the first.
	assert_equal "$(<runs)" '<lab-k\x0a2.service>
<>'
}

@test "log --exec: --last, which limits only the list, is refused" {
	run "$OOMCTL" log --follow --last 1 --exec true
	assert_failure 2
	assert_line 'oomctl: --last limits a list, but --exec runs for each kill: use --since'
}

@test "log --exec: a restart neither repeats nor misses a kill" {
	killed 11 one
	killed 12 two
	UNTIL='[ "$(wc -l <runs)" -ge 2 ]' follow --exec ./command
	assert_equal "$(<runs)" $'11 one 0\n12 two 0'
	# Kills while it does not run; the first two are still in the ring.
	kernel 'usb 1-1: new'
	killed 13 three
	killed 14 four
	UNTIL='[ "$(wc -l <runs)" -ge 4 ]' follow --exec ./command
	assert_equal "$(<runs)" $'11 one 0\n12 two 0\n13 three 0\n14 four 0'
	refute_output --partial overwritten
	UNTIL='sleep 2' follow --exec ./command
	assert_equal "$(wc -l <runs)" 4
	# Another state has its own memory.
	UNTIL='[ "$(wc -l <runs)" -ge 8 ]' follow --state other --exec ./command
	assert_equal "$(tail -n 4 runs)" $'11 one 0\n12 two 0\n13 three 0\n14 four 0'
	assert_equal "$(ls run/oomctl)" $'exec-exec\nexec-other'
	assert_equal "$(stat -c '%a %s' run/oomctl/exec-exec)" '644 57'
	# After a boot, the numbers begin again: nothing of it is handled.
	sed -i 's/^......../00000000/' run/oomctl/exec-exec
	: >ring
	: >runs
	record=0
	killed 15 five
	UNTIL='[ -s runs ]' follow --exec ./command
	assert_equal "$(<runs)" '15 five 0'
	run ! grep -q ^00000000 run/oomctl/exec-exec
}

@test "log --exec: messages that were overwritten since the last run are reported" {
	killed 11 one
	UNTIL='[ -s runs ]' follow --exec ./command
	: >ring
	record=41
	killed 12 two
	UNTIL='[ "$(wc -l <runs)" -ge 2 ]' follow --exec ./command
	# 2 to 41.
	assert_line 'oomctl: 40 kernel messages since the last run were overwritten before they were read: kills among them are unknown'
	assert_equal "$(<runs)" $'11 one 0\n12 two 0'
}

@test "log --exec: if it is killed, a running command is not repeated and the waiting kills are not lost" {
	command_is 'echo "$OOM_PID" >>runs' '[ "$OOM_PID" != 11 ] || sleep 3'
	for pid in 11 12 13; do
		killed "$pid" "p$pid"
	done
	UNTIL='[ -s runs ] && kill -KILL $!' follow --exec ./command
	assert_equal "$(<runs)" 11
	UNTIL='[ "$(wc -l <runs)" -ge 3 ]' follow --exec ./command
	assert_equal "$(<runs)" $'11\n12\n13'
}

@test "log --exec: a run is stored before it begins" {
	strace_or_skip
	mounts_or_skip
	killed 11 one
	killed 12 two
	: >runs
	timeout 30 unshare -m bash -c 'mount -t tmpfs tmpfs /run
		strace -f -qq -s 100 -o trace -e trace=pwrite64,/fork,/clone,execve -E FIXTURE_KMSG="$PWD/ring" -E LD_PRELOAD="$BUILD/tests/cli/machine.so" \
			"$OOMCTL" log --follow --exec ./command >/dev/null 2>errors &
		until [ "$(wc -l <runs)" -ge 2 ]; do sleep 0.1; done; pkill -TERM -P $!; wait'
	# The file has the number of the next record. The kills are in records 1 and 2.
	run awk 'NR == 1 { first = $1 } $1 != first { next }
		/ pwrite64\(/ { sub(/\\n.*/, ""); last = $NF + 0 } / (clone|clone3|fork|vfork)\(/ { print last }' trace
	# The first process is the parser.
	assert_equal "$(sed -n 2,3p <<<"$output")" $'2\n3'
}

@test "log --exec: SIGTERM waits for the running command, and starts no other" {
	command_is 'echo "$OOM_PID" >>runs' 'sleep 1' 'echo "end $OOM_PID" >>runs'
	killed 11 one
	killed 12 two
	UNTIL='[ -s runs ]' follow --exec ./command
	assert_success
	assert_equal "$(<runs)" $'11\nend 11'
}

@test "log --exec: a command that runs too long is ended by SIGTERM" {
	command_is 'echo "$OOM_PID" >>runs' 'exec sleep 100'
	killed 11 one
	UNTIL='[ -s runs ] && sleep 2' follow --timeout 1 --exec ./command
	assert_success
	assert_line "oomctl: './command' for pid 11 (one): ran longer than 1 s; ended by SIGTERM"
}

@test "log --exec: a command that hangs is ended, with all of its process group" {
	command_is '[ "$OOM_PID" = 11 ] || { echo "$OOM_PID" >>runs; exit; }' 'trap "" TERM' \
		'sh -c "trap \"\" TERM; echo \$\$ >>inner; exec sleep 100" &' 'sleep 100 & wait; wait; sleep 100'
	killed 11 one
	killed 12 two
	SECONDS=0
	UNTIL='[ -s runs ]' follow --timeout 1 --exec ./command
	assert_success
	assert_line "oomctl: './command' for pid 11 (one): ran longer than 1 s; ended by SIGKILL"
	# SIGKILL five seconds after SIGTERM.
	((SECONDS >= 6 && SECONDS < 20))
	assert_equal "$(<runs)" 12
	run ! kill -0 "$(<inner)"
	# One that obeys SIGTERM is not waited for.
	rm -r runs run
	command_is '[ "$OOM_PID" = 11 ] || { echo "$OOM_PID" >>runs; exit; }' \
		'sh -c "trap \"\" TERM; echo \$\$ >inner; exec sleep 100" &' 'sleep 100'
	SECONDS=0
	UNTIL='[ -s runs ]' follow --timeout 1 --exec ./command
	((SECONDS < 6))
	assert_equal "$(<runs)" 12
	# But what it has started is not left.
	run ! kill -0 "$(<inner)"
}

@test "log --exec: no zombie remains, also of processes that the command leaves" {
	command_is 'sleep 0.2 &' 'echo "$OOM_PID" >>runs'
	killed 11 one
	killed 12 two
	mounts_or_skip
	: >runs
	run timeout 30 unshare -mpf bash -c 'mount -t proc proc /proc; mount -t tmpfs tmpfs /run
		(while [ "$(wc -l <runs)" -lt 2 ]; do sleep 0.1; done; sleep 1; grep -l "^State:.Z" /proc/[0-9]*/status; kill -TERM 1) &
		FIXTURE_KMSG=$PWD/ring LD_PRELOAD=$BUILD/tests/cli/machine.so exec "$OOMCTL" log --follow --exec ./command >/dev/null 2>&1'
	assert_success
	assert_output ''
	assert_equal "$(<runs)" $'11\n12'
}

@test "log --exec: too many kills are counted and reported" {
	for ((i = 1; i <= 200; i++)); do
		killed $((5000 + i)) many
	done
	command_is 'sleep 2' 'echo "$OOM_PID $OOM_SKIPPED" >>runs'
	UNTIL='[ "$(wc -l <runs)" -ge 2 ]' follow --exec ./command
	assert_success
	# One was running, and 128 waited.
	assert_line "oomctl: too many kills: './command' was not run for 71 of them"
	assert_equal "$(head -n 2 runs)" $'5001 0\n5002 71'
}

@test "log --exec: ten runs at once, then one in six seconds" {
	for ((i = 1; i <= 12; i++)); do
		killed $((5000 + i)) many
	done
	UNTIL='[ "$(wc -l <runs)" -ge 10 ] && sleep 2' follow --exec ./command
	assert_equal "$(wc -l <runs)" 10
	SECONDS=0
	# The others are run by the next process, which has its own count.
	UNTIL='[ "$(wc -l <runs)" -ge 12 ]' follow --exec ./command
	assert_equal "$(tail -n 2 runs)" $'5011 many 0\n5012 many 0'
}

@test "log --exec: a command that fails is reported, and the next kill is passed on" {
	command_is '[ "$OOM_PID" != 11 ] || exit 3' '[ "$OOM_PID" != 12 ] || kill -USR1 $$' \
		'[ "$OOM_PID" != 13 ] || { rm command; ln -s /nonesuch command; }' 'echo "$OOM_PID" >>runs'
	for pid in 11 12 13 14; do
		killed "$pid" $'p\\x1b'
	done
	UNTIL='[ -s runs ] && sleep 1' follow --exec ./command
	assert_success
	assert_line "oomctl: './command' for pid 11 (p\\x1b): exit status 3"
	assert_line "oomctl: './command' for pid 12 (p\\x1b): killed by signal 10"
	assert_line "oomctl: './command' for pid 14 (p\\x1b): exit status 127: it, or a command in it, does not exist or could not be executed"
	assert_equal "$(<runs)" 13
}

@test "log --exec: a file that cannot be executed is refused at the start" {
	local text
	killed 11 one
	cp /bin/sh program
	# A text, a mark before the line, another format, an empty file, and no interpreter.
	for text in 'echo x >>runs' '\xef\xbb\xbf#!/bin/sh' 'PK\x03\x04' '' '#!' '#! \nx'; do
		printf '%b' "$text" >command
		UNTIL='sleep 2' follow --exec ./command
		assert_failure 2
		assert_line -n 0 "oomctl: cannot run './command': it has no interpreter line, as #!/bin/sh"
	done
	for text in /no/such /etc/passwd "$PWD/command2"; do
		printf '#!%s\nx\n' "$text" >command
		printf 'x\n' >command2
		chmod +x command2
		UNTIL='sleep 2' follow --exec ./command
		assert_failure 2
		case $text in
		/no/such) reason="'/no/such': No such file or directory" ;;
		/etc/passwd) reason="'/etc/passwd': Permission denied" ;;
		*) reason="'$text' has no interpreter line" ;;
		esac
		assert_line -n 0 "oomctl: cannot run './command': its interpreter $reason"
	done
	[ ! -s runs ]
	# A program, whose loader is there, and an interpreter that is a script.
	printf '#!%s/command2\n' "$PWD" >command
	printf '#!/bin/sh\necho y >>%s/runs\n' "$PWD" >command2
	UNTIL='[ -s runs ]' follow --exec ./command
	assert_success
	assert_equal "$(<runs)" y
	rm -r run
	UNTIL='sleep 1' follow --exec ./program -c 'exit 3'
	assert_line "oomctl: './program' for pid 11 (one): exit status 3"
}

# registered SECONDS STATUS LINE...: what log says to file.jar within that time, if binfmt_misc has one format, with these
# lines.
registered() {
	printf '%s\n' "$2" 'interpreter /bin/true' 'flags: ' "${@:3}" >formats/test
	run timeout -k 5 60 unshare -m bash -c 'mount --bind formats /proc/sys/fs/binfmt_misc && mount -t tmpfs tmpfs /run &&
		FIXTURE_KMSG=$PWD/ring LD_PRELOAD=$BUILD/tests/cli/machine.so exec timeout "$1" "$OOMCTL" log --follow --exec ./file.jar' _ "$1"
}

@test "log --exec: a format that is registered with binfmt_misc is accepted" {
	mounts_or_skip
	[[ -d /proc/sys/fs/binfmt_misc ]] || skip 'this kernel has no binfmt_misc'
	mkdir formats
	printf 'PK\x03\x04x' >file.jar
	chmod +x file.jar
	registered 20 disabled 'extension .jar'
	assert_failure 2
	for lines in 'extension .ja' $'offset 1\nmagic 4b0304ff' $'offset 256\nmagic 00' $'offset -1\nmagic 00'; do
		registered 20 enabled "$lines"
		assert_failure 2
		assert_output --partial 'has no interpreter line'
	done
	# It runs until the time is over.
	for lines in 'extension .jar' $'offset 0\nmagic 504b0304' $'offset 1\nmagic 4b03' $'offset 0\nmagic 50ff03\nmask ff00ff'; do
		registered 2 enabled "$lines"
		assert_failure 124
		refute_output --partial 'cannot run'
	done
}

@test "log --exec: the filters select kills; kills that are only chosen are not passed on" {
	killed 11 one
	killed 12 two
	kernel 'oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/b,task=three,pid=13,uid=0'
	UNTIL='[ -s runs ] && sleep 1' follow --name two --exec ./command
	assert_equal "$(<runs)" '12 two 0'
	rm -r runs run
	UNTIL='[ -s runs ] && sleep 1' follow --exec ./command
	assert_equal "$(<runs)" $'11 one 0\n12 two 0'
}

@test "log --exec: a state that cannot be used is an error, and nothing is run" {
	killed 11 one
	mkdir -p run/oomctl
	for content in x "$(head -c 57 /dev/zero | tr '\0' 0)" '0beec54a-17df-4e27-8e14-f6881544f067 -000000000000000001'; do
		echo "$content" >run/oomctl/exec-exec
		UNTIL=false follow --exec ./command
		assert_failure 3
		assert_output 'oomctl: cannot store which kills were passed on in /run/oomctl/exec-exec: it is damaged, or users other than root can write to it'
	done
	: >run/oomctl/exec-exec
	chmod 666 run/oomctl/exec-exec
	UNTIL=false follow --exec ./command
	assert_failure 3
	rm run/oomctl/exec-exec
	: >elsewhere
	ln -s "$PWD/elsewhere" run/oomctl/exec-exec
	UNTIL=false follow --exec ./command
	assert_failure 3
	assert_equal "$(stat -c %s elsewhere)" 0
	rm run/oomctl/exec-exec
	chmod 777 run/oomctl
	UNTIL=false follow --exec ./command
	assert_failure 3
	chmod 755 run/oomctl
	# No memory left for it.
	UNTIL=false run timeout 30 unshare -m bash -c 'mount -t tmpfs -o size=16k tmpfs /run && mkdir /run/oomctl
		head -c 100000 /dev/zero >/run/filler 2>/dev/null
		FIXTURE_KMSG=$PWD/ring LD_PRELOAD=$BUILD/tests/cli/machine.so "$OOMCTL" log --follow --exec ./command'
	assert_failure 4
	assert_output 'oomctl: cannot store which kills were passed on in /run/oomctl/exec-exec: No space left on device'
	# Another run uses it.
	exec 9>run/oomctl/exec-exec
	flock 9
	UNTIL=false follow --exec ./command
	assert_failure 4
	assert_output --partial 'another run uses it; choose another name with --state'
	exec 9>&-
	[ ! -s runs ]
}

@test "log --exec: if its reader or its parser ends, it ends with the same status" {
	killed 11 one
	mounts_or_skip
	run timeout 30 unshare -m bash -c 'mount -t tmpfs tmpfs /run
		FIXTURE_KMSG=$PWD/ring LD_PRELOAD=$BUILD/tests/cli/machine.so "$OOMCTL" log --follow --exec ./command >/dev/full'
	assert_failure 4
	assert_output 'oomctl: cannot write to standard output: No space left on device'
}

@test "log --exec: without root, only kills from now on are passed on, with a warning" {
	[[ $(id -u) == 0 ]] || skip 'needs root, to change the user ID'
	killed 11 one
	chmod 777 .
	setpriv --reuid 65534 --regid 65534 --clear-groups test -x "$OOMCTL" -a -w "$PWD" ||
		skip 'other users cannot reach the program: a directory above it is closed to them'
	FIXTURE_KMSG=$PWD/ring LD_PRELOAD=$BUILD/tests/cli/machine.so run timeout -s TERM 3 \
		setpriv --reuid 65534 --regid 65534 --clear-groups "$OOMCTL" log --follow -r --noheadings -o pid --exec ./command
	assert_line "oomctl: not root: it is not stored which kills were passed to './command', and earlier ones are not passed on"
	assert_line 11
	[ ! -s runs ]
}
