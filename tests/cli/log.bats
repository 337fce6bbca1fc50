#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# log: sources, filters, output forms and bad input, with the sample logs. tests/unit tests their
# contents.

# run and bats set these; the shells that are started expand their own words.
# shellcheck disable=SC2154,SC2016,SC2030,SC2031

load cli

logs=tests/logs

setup() {
	export TZ=UTC
	cd "$BATS_TEST_TMPDIR" || return
	cp -r "$BATS_TEST_DIRNAME/../logs" .
	mkdir -p tests
	mv logs tests/
}

# Three kills on three days, with a year and a zone.
make_three() {
	local day=1 name
	for name in 5.0-memcg 6.8-global 5.14-sysrq; do
		sed "s/^/2024-05-0$((day++))T10:00:00+00:00 host kernel: /" "$logs/$name.log"
	done
}

# A journal entry of a program in the verbose form: MESSAGE has many lines, and the last looks like
# a kill.
verbose_entry() {
	echo 'Sun 2026-11-29 04:47:42.123456 UTC [s=5;i=1;b=7;m=2;t=6;x=9]'
	echo '    _TRANSPORT=journal'
	echo '    MESSAGE=x'
	yes '            y' | head -n "$1"
	echo
	echo "            [   12.345678] $kill"
}

@test "a long journal entry of a program is not the kernel's" {
	kill='Out of memory: Killed process 301 (init) total-vm:8kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB'
	verbose_entry 20000 >verbose
	{
		echo '-- Logs begin at Sun 2026-11-29 01:00:00 UTC, end at Sun 2026-11-29 05:00:00 UTC. --'
		verbose_entry 20000
	} >headed
	{
		printf '{\n\t"MESSAGE" : "x",\n\t"EVIL" : [\n'
		yes $'\t\t"y",' | head -n 40000
		printf '\t\t"[   12.345678] %s"\n\t],\n\t"_TRANSPORT" : "journal"\n}\n' "$kill"
	} >pretty
	for file in verbose headed pretty; do
		run "$OOMCTL" log "$file"
		assert_failure 1
		refute_output --partial 301
	done
	# The kernel's entry after it is read.
	verbose_entry 20000 | sed '$s/$/\nSun 2026-11-29 04:47:43.123456 UTC [s=5;i=2;b=7;m=2;t=6;x=9]/' >both
	printf '    _TRANSPORT=kernel\n    MESSAGE=%s\n' "${kill/301/302}" >>both
	run "$OOMCTL" log -r -o pid --noheadings both
	assert_output 302
}

@test "process names that look like the end of a heading or like a field" {
	sed -e 's/^/Nov 29 04:47:42 host kernel: /' -e 's/rust-analyzer/x [s=]/' "$logs/6.8-global.log" >heading
	run "$OOMCTL" log --show 1 -J heading
	assert_output --partial '"name":"x [s=]"'
	assert_output --partial '"verdict":"agrees"'
	sed 's/^chrome invoked/A=x invoked/' "$logs/6.8-global.log" >field
	run "$OOMCTL" log --noheadings -r -o asked,order field
	assert_output 'A=x 0'
}

@test "the list has a row for each victim, the newest last" {
	make_three >three.log
	run "$OOMCTL" log --raw -o nr,time,where,asked,pid,name,rss,adj,largest three.log
	assert_success
	assert_line --index 0 'NR TIME WHERE ASKED PID NAME RSS ADJ LARGEST'
	assert_line --index 1 '1 2024-05-01\x2010:00:00 /leak leaker 2010 leaker 51609600 0 yes'
	assert_line --index 2 '2 2024-05-02\x2010:00:00 machine chrome 2200 rust-analyzer 2867200000 0 yes'
	assert_line --index 3 '3 2024-05-03\x2010:00:00 machine kworker/0:2 651 unattended-upgr 21430272 0 yes'
}

@test "rows are sorted by time, with any order of the files" {
	make_three >three.log
	grep 2024-05-03 three.log >new.log
	grep 2024-05-01 three.log >old.log
	run "$OOMCTL" log --noheadings -r -o name new.log old.log
	assert_success
	assert_output $'leaker\nunattended-upgr'
}

@test "dmesg -J output is read, with its times, among thousands of other lines" {
	{
		printf '{\n   "dmesg": [\n      {\n'
		awk 'BEGIN { for (; i < 20000; i++)
			printf "         \"pri\": 6,\n         \"time\": %10d.000001,\n         \"msg\": \"usb 1-1: new\"\n      },{\n", i }'
		while read -r line; do
			printf '         "pri": 4,\n         "time": %10d.500000,\n         "msg": "%s"\n      },{\n' 20001 "$line"
		done < <(sed 's/^.*kernel: //; s/^\[[ 0-9.]*\] //' "$logs/6.8-global.log")
		printf '         "pri": 6,\n         "time": 20002.000000,\n         "msg": "end"\n      }\n   ]\n}\n'
	} >dmesg.json
	run "$OOMCTL" log -r --noheadings -o time,pid,name dmesg.json
	assert_success
	assert_output '20001.500000 2200 rust-analyzer'
}

@test "the summary shows kills, names, places and the time span" {
	make_three >three.log
	run "$OOMCTL" log three.log
	assert_success
	assert_line --partial '3 kills from 2024-05-01 10:00:00 to 2024-05-03 10:00:00'
	assert_line --partial 'where: machine 2, /leak 1'
}

@test "different filters combine with AND, values of one filter with OR" {
	make_three >three.log
	run "$OOMCTL" log -r --noheadings -o pid --name leak three.log
	assert_output 2010
	run "$OOMCTL" log -r --noheadings -o pid --name leak --name '^rust' three.log
	assert_output $'2010\n2200'
	for words in '-p 651,4194304' '-p 4194304,651'; do
		# shellcheck disable=SC2086 # words
		run "$OOMCTL" log -r --noheadings -o pid $words three.log
		assert_output 651
	done
	run "$OOMCTL" log -r --noheadings -o pid -p 651 three.log
	assert_output 651
	run "$OOMCTL" log -r --noheadings -o pid --cgroup /leak/ three.log
	assert_output 2010
	run "$OOMCTL" log -r --noheadings -o pid --cgroup /sys/fs/cgroup/leak three.log
	assert_output 2010
	run "$OOMCTL" log -r --noheadings -o pid --cgroup /lea three.log
	assert_failure 1
	run "$OOMCTL" log -r --noheadings -o pid --cgroup /system.slice three.log
	assert_output 651
	run "$OOMCTL" log -r --noheadings -o pid --since 2024-05-02 --until '2024-05-02 12:00' three.log
	assert_output 2200
	run "$OOMCTL" log -r --noheadings -o pid --since '2024-05-03 10:00:01' three.log
	assert_failure 1
	run "$OOMCTL" log -r --noheadings -o pid --last 2 three.log
	assert_output $'2200\n651'
	run "$OOMCTL" log -r --noheadings -o pid --worst three.log
	assert_output $'651\n2010\n2200'
	run "$OOMCTL" log -r --noheadings -o pid --name leak -p 651 three.log
	assert_failure 1
}

@test "reports without a date stay beside their neighbours; the time span is that of the others" {
	sed 's/^/2024-05-26T06:17:40 host kernel: /' "$logs/6.8-global.log" >late.log
	sed 's/^/2024-05-24T06:17:40 host kernel: /' "$logs/5.0-memcg.log" >early.log
	cat early.log "$logs/5.10-memcg-v2.log" >mixed.log
	run "$OOMCTL" log -b late.log mixed.log
	assert_success
	assert_line --index 1 --partial 'leaker'
	assert_line --index 2 --regexp '^ *3 - .*httpd'
	assert_line --index 3 --partial 'rust-analyzer'
	assert_line --partial '3 kills from 2024-05-24 06:17:40 to 2024-05-26 06:17:40 (1 without a date); '
	run "$OOMCTL" log --worst late.log "$logs/5.10-memcg-v2.log" early.log
	assert_line --partial 'from 2024-05-24 06:17:40 to 2024-05-26 06:17:40 (1 without a date)'
	# Clocks of two kernels have no common time span.
	run "$OOMCTL" log "$logs/5.10-memcg-v2.log" "$logs/5.0-memcg.log"
	assert_line --regexp '^2 kills; names'
}

# reaper_log STYLE: the lines of a kill, and of its reaper, in the files killed and reaper.
reaper_log() {
	sed "s/^/$1/" >killed <<<'Out of memory: Killed process 71 (ruby) total-vm:8kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB'
	sed "s/^/$1/" >reaper <<<'oom_reaper: reaped process 71 (ruby), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB'
}

@test "a line about a kill in another file needs a date near it, and the same host" {
	reaper_log '[ 1.500000] '
	run "$OOMCTL" log -r --noheadings -o file,pid killed reaper
	assert_output $'killed 71\nreaper 71'
	# Of one file, it is about the kill before it.
	run bash -c 'cat killed reaper | "$OOMCTL" log -r --noheadings -o pid -'
	assert_output 71
	# A rotated log.
	reaper_log 'Dec 31 23:59:59 h kernel: '
	sed -i 's/Dec 31 23:59:59/Jan  1 00:00:00/' reaper
	run "$OOMCTL" log -r --noheadings -o file,pid killed reaper
	assert_output 'killed 71'
	sed 's/ h / other /' reaper >other
	run "$OOMCTL" log -r --noheadings -o file,pid killed other
	assert_line 'other 71'
	sed 's/ h / other /' killed | cat - reaper >hosts
	run "$OOMCTL" log -r --noheadings -o host,pid hosts
	assert_equal "${#lines[@]}" 2
	# PIDs are used again.
	sed 's/Jan  1/Jan  2/' reaper >late
	run "$OOMCTL" log -r --noheadings -o file,pid killed late
	assert_line 'late 71'
	run bash -c 'cat killed late | "$OOMCTL" log -r --noheadings -o pid -'
	assert_output $'71\n71'
}

@test "a file does not change how the next one is read" {
	reaper_log '[ 1.500000] '
	# Not a repetition of the last line of the first file.
	run "$OOMCTL" log -r --noheadings -o pid killed killed
	assert_output $'71\n71'
	printf 'Jun  7 08:09:1%d h earlyoom[5]: sending SIGTERM to process 71 uid 0 "ruby": badness 802, VmRSS 1440 MiB\n' 1 2 >earlyoom
	run "$OOMCTL" log -r --noheadings -o pid,by earlyoom
	assert_output '71 earlyoom'
	sed 's/^Jun/Jul/' earlyoom >later
	run "$OOMCTL" log -r --noheadings -o pid,by earlyoom later
	assert_output $'71 earlyoom\n71 earlyoom'
	# A process of another machine was not killed before.
	sed 's/^/Jun  7 08:09:10 a kernel: /' "$logs/4.17-global.log" >a
	sed 's/ a / b /; s/process 622 (convert)/process 188 (systemd-journal)/' a >b
	run "$OOMCTL" log -r --noheadings -o host,pid,largest a b
	assert_output $'a 622 yes\nb 188 no'
}

@test "a report has the time of its kill in all outputs" {
	printf '[ 1.%d00000] %s\n' 1 'ruby invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0' \
		9 'Out of memory: Killed process 71 (ruby) total-vm:8kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB' >report
	run "$OOMCTL" log -r --noheadings -o time,uptime report
	assert_output '1.900000 1900000'
	run "$OOMCTL" log report
	assert_line --index 0 'Report 1, 1.900000 s after boot'
	run "$OOMCTL" log -J --show 1 report
	assert_output --partial '"nr":1,"time":"1.900000",'
	assert_output --partial '"uptime":1900000'
}

@test "the time span is that of the kills that are counted" {
	{
		echo '[    1.000000] Kernel panic - not syncing: System is deadlocked on memory'
		printf '[   %d.000000] Out of memory: Killed process %d (ruby) total-vm:8kB, anon-rss:4kB, file-rss:0kB\n' 10 71 20 72
	} >span
	run "$OOMCTL" log span
	assert_line --partial '2 kills from 10.000000 to 20.000000'
	run "$OOMCTL" log "$logs/forms/others-old.log"
	assert_line --regexp '^0 kills from .*; not by the kernel'
}

@test "options accept times in the form of logs" {
	sed 's/^/2024-05-26T06:17:40Z host kernel: /' "$logs/6.8-global.log" >utc.log
	run "$OOMCTL" log -r --noheadings -o name --since 2024-05-26T06:17:40Z utc.log
	assert_output rust-analyzer
	run "$OOMCTL" log --since 'Sun 2024-05-26 08:17:41 +0200' utc.log
	assert_failure 1
}

@test "a log without dates passes time filters, with a message" {
	run "$OOMCTL" log -r --noheadings -o name --since 2020-01-01 "$logs/6.8-global.log"
	assert_success
	assert_line rust-analyzer
	assert_line 'oomctl: 1 report without a date is kept despite --since or --until'
}

@test "no kill is invented from JSON that is one long line" {
	{
		printf '{"dmesg":['
		sed 's/"/\\"/g; s/.*/{"pri":4,"time":1.5,"msg":"&"},/' "$logs/6.8-global.log" | tr -d '\n'
		echo '{}]}'
	} >one.json
	run "$OOMCTL" log one.json
	assert_failure 1
	assert_output --partial 'no OOM kill'
	run bash -c "jq -c '.dmesg[]' one.json | \"\$OOMCTL\" log -r --noheadings -o name -"
	assert_output rust-analyzer
}

# with_ring FILE WORD...: oomctl with the lines of FILE in the kernel's ring buffer.
with_ring() {
	local records=$BATS_TEST_TMPDIR/kmsg

	awk '{ print "4," NR "," NR * 1000 ",-;" $0 }' "$1" >"$records"
	shift
	timeout 20 env FIXTURE_KMSG="$records" LD_PRELOAD="$BUILD/tests/cli/machine.so" "$OOMCTL" "$@"
}

@test "without a file the kernel's ring buffer is read" {
	run with_ring "$logs/6.8-global.log" log -r --noheadings -o pid,name
	assert_success
	assert_output '2200 rust-analyzer'
	echo 'usb 1-1: new' >quiet
	run with_ring quiet log
	assert_failure 1
	assert_output --partial 'no OOM kill'
}

@test "log --follow ends when its output is closed" {
	echo 'usb 1-1: new' >quiet
	# The reader has exited before anything is printed.
	with_ring quiet log --follow | :
	assert_equal "${PIPESTATUS[0]}" 0
	run bash -c "$(declare -f with_ring); "'with_ring "$0" log --follow >/dev/full' "$logs/6.8-global.log"
	((status != 124))
	assert_line --partial 'cannot write to standard output: No space left on device'
	refute_output --partial "cannot read the kernel's log"
}

# without_kmsg RESULT ARGUMENT...: there is no /dev/kmsg, and syslog(2) has this result.
without_kmsg() {
	strace_or_skip
	run timeout 20 strace -qq -f -o /dev/null -E FIXTURE_KMSG=none -E LD_PRELOAD="$BUILD/tests/cli/machine.so" \
		-e trace=syslog -e inject=syslog:"$1" "$OOMCTL" "${@:2}"
}

@test "a kernel without a log, or without /dev/kmsg" {
	without_kmsg error=ENOSYS log
	assert_failure 4
	assert_line --index 0 "oomctl: cannot read the kernel's log: this kernel has none (CONFIG_PRINTK)"
	without_kmsg error=ENOSYS metrics
	assert_line --partial "cannot read the kernel's log: this kernel has none (CONFIG_PRINTK)"
	without_kmsg retval=0 log --follow
	assert_failure 4
	assert_line --partial "cannot read the kernel's log: to follow it, /dev/kmsg is needed, which does not exist"
}

@test "standard input, gzip, several gzip members, and zstd" {
	gzip -k "$logs/6.8-global.log"
	cat "$logs/6.8-global.log.gz" "$logs/6.8-global.log.gz" >two.gz
	run bash -c '"$OOMCTL" log -r --noheadings -o name - <tests/logs/6.8-global.log'
	assert_output rust-analyzer
	run bash -c 'cat tests/logs/6.8-global.log | "$OOMCTL" log -r --noheadings -o name -'
	assert_output rust-analyzer
	run "$OOMCTL" log -r --noheadings -o name "$logs/6.8-global.log.gz"
	assert_output rust-analyzer
	run "$OOMCTL" log -r --noheadings -o name two.gz
	assert_output $'rust-analyzer\nrust-analyzer'
	if command -v zstd; then
		zstd -q "$logs/6.8-global.log" -o one.zst
		run "$OOMCTL" log -r --noheadings -o name one.zst
		assert_output rust-analyzer
		# A skippable frame comes first, as pzstd writes it.
		{
			printf 'P*M\x18\x04\0\0\0abcd'
			cat one.zst
		} >skip.zst
		run "$OOMCTL" log -r --noheadings -o name skip.zst
		assert_output rust-analyzer
	fi
}

@test "gzip padded with zero bytes is complete; a member after them is read" {
	{
		gzip -c "$logs/6.8-global.log"
		head -c 700000 /dev/zero
	} >padded.gz
	run --separate-stderr "$OOMCTL" log -r --noheadings -o name padded.gz
	assert_success
	assert_output rust-analyzer
	assert_equal "$stderr" ''
	cat padded.gz padded.gz >twice.gz
	run "$OOMCTL" log -r --noheadings -o name twice.gz
	assert_success
	assert_output $'rust-analyzer\nrust-analyzer'
}

@test "xz, bzip2 and lz4: an error shows the command to use" {
	printf '\xfd7zXZ\0rest' >a.xz
	printf 'BZh91AY&SYrest' >a.bz2
	printf '\x04"M\x18rest' >a.lz4
	for file in a.xz a.bz2 a.lz4; do
		run "$OOMCTL" log "$file" "$logs/6.8-global.log"
		assert_failure 1
		assert_line "oomctl: $file: packed by xz, bzip2 or lz4, which is not read; unpack it: xz -dc FILE | oomctl log -"
		assert_line --partial rust-analyzer
	done
}

@test "broken gzip: readable reports are shown, status 1" {
	{
		cat "$logs/5.0-memcg.log"
		head -c 300000 /dev/urandom | base64
	} | gzip >long.gz
	head -c 200000 long.gz >cut.gz
	run --separate-stderr "$OOMCTL" log -r --noheadings -o name cut.gz
	assert_failure 1
	assert_output leaker
	[[ $stderr == *'cut.gz: the compressed data are broken'* ]]
}

@test "missing, directory, empty and binary files: errors are reported, the other files are read" {
	: >empty
	head -c 100000 /dev/urandom >binary
	run --separate-stderr "$OOMCTL" log -r --noheadings -o name missing . empty binary "$logs/5.0-memcg.log"
	assert_failure 1
	assert_output leaker
	[[ $stderr == *'missing: No such file or directory'* ]]
	[[ $stderr == *'.: Is a directory'* ]]
	run "$OOMCTL" log empty
	assert_failure 1
	assert_output --partial 'no OOM kill'
	run "$OOMCTL" log binary
	assert_failure 1
	run --separate-stderr "$OOMCTL" log -J empty
	assert_failure 1
	assert_output --partial '{"log":['
	refute_output --partial '"nr"'
}

@test "a file that grows while it is read" {
	local grows

	cp "$logs/5.0-memcg.log" growing.log
	# It grows during the whole read.
	(while cat "$logs/6.8-global.log" >>growing.log; do :; done) 3>&- &
	grows=$!
	until (($(stat -c %s growing.log) > 100000)); do :; done
	run timeout 20 "$OOMCTL" log -r --noheadings -o name growing.log
	kill "$grows"
	wait "$grows" || true
	assert_success
	assert_line --index 0 leaker
}

@test "a single report is shown in detail, one of several with --show N" {
	run "$OOMCTL" log "$logs/6.8-global.log"
	assert_success
	assert_line 'Report 1, Linux 6.8.0-31-generic'
	assert_line --partial 'The machine ran out of memory, so the kernel killed rust-analyzer (pid 2200),'
	assert_line --partial 'Because it had the most points of 3 killable processes: the points computed'
	make_three >three.log
	run "$OOMCTL" log --show 1 three.log
	assert_line --partial 'The memory cgroup /leak was at its limit, so the kernel killed leaker (pid'
	run "$OOMCTL" log --show last three.log
	assert_line --partial 'sysrq-f'
	run "$OOMCTL" log --show 4 three.log
	assert_failure 1
	assert_output --partial 'there is no report 4: there are 3'
	run "$OOMCTL" log --name leak --show 4 three.log
	assert_failure 1
	assert_output --partial 'there is no report 4: there are 3, 1 of them match'
	run "$OOMCTL" log --name leak --show 2 three.log
	assert_failure 1
	assert_output --partial 'report 2 is not among the 1 of 3 that match'
	run "$OOMCTL" log --show 2 "$logs/6.8-global.log"
	assert_failure 1
	assert_output --partial 'there is no report 2: there is 1'
}

@test "a cgroup limit of 0" {
	run "$OOMCTL" log --show 1 "$logs/6.12-memcg-v2.log"
	assert_success
	assert_line --regexp '^  swap +not allowed$'
}

@test "a report in detail fits 80 columns" {
	local file
	for file in "$logs"/*.log; do
		run "$OOMCTL" log --show 1 "$file"
		assert_success
		# Only a cgroup's path may be longer.
		refute_line --regexp '^[^/]{81,}$'
	done
}

@test "the reason for each kind of choice" {
	run "$OOMCTL" log "$logs/2.6.32-el6-classic.log"
	assert_line --partial 'The kernel chose loader (pid 24893), and killed'
	assert_line --partial 'The kernel printed the score 646, and that is what the table gives.'
	run "$OOMCTL" log "$logs/5.15-allocating.log"
	assert_line --partial 'vm.oom_kill_allocating_task was set'
	run "$OOMCTL" log "$logs/4.19-oom-group.log"
	assert_line --partial 'memory.oom.group'
	assert_line --partial 'b_helper (pid 684)'
	run "$OOMCTL" log "$logs/2.6.27-cpuset.log"
	assert_line --partial 'the choice cannot be checked'
	run "$OOMCTL" log "$logs/5.6-no-killable-panic.log"
	assert_line --partial 'the kernel panicked: System is deadlocked'
	run "$OOMCTL" log "$logs/2.6.34-mempolicy.log"
	assert_line --partial 'The report has no table of processes (vm.oom_dump_tasks was 0, or it was cut'
	# The kernel prints no more than these lines after 10 kills in 5 s.
	run "$OOMCTL" log - <<<'Killed process 1146 (hog) total-vm:24576kB, anon-rss:21000kB, file-rss:600kB, shmem-rss:0kB'
	assert_line --partial 'at most 10 in 5 s'
	refute_output --partial 'vm.oom_dump_tasks'
}

@test "--kernel-table prints the kernel's task dump in kill order" {
	run "$OOMCTL" log --kernel-table "$logs/7.9-new-column.log"
	assert_success
	assert_line --index 0 "$(grep tgid "$logs/7.9-new-column.log")"
	assert_line --index 1 "$(grep '     90\]' "$logs/7.9-new-column.log")"
	assert_line --index 2 "$(grep '     80\]' "$logs/7.9-new-column.log")"
	assert_equal "${#lines[@]}" 3
	make_three >three.log
	run "$OOMCTL" log --kernel-table three.log
	assert_failure 2
	assert_output --partial 'choose one for --kernel-table by --show N'
	run "$OOMCTL" log --kernel-table "$logs/2.6.34-mempolicy.log"
	assert_failure 1
}

@test "JSON has every column, and the JSON of a report has everything" {
	run "$OOMCTL" log -J "$logs/7.9-new-column.log"
	assert_success
	assert_output --partial '"name":"hog"'
	assert_output --partial '"unit":null'
	assert_output --partial '"total_vm":245760000'
	run "$OOMCTL" log -J --show 1 "$logs/7.9-new-column.log"
	assert_success
	assert_output --partial '"rss_gpu":3400'
	assert_output --partial '"verdict":"agrees"'
	assert_output --partial '"gfp":"GFP_HIGHUSER_MOVABLE|__GFP_COMP"'
	if command -v python3; then
		run python3 -c 'import json, sys; json.load(sys.stdin)' <<<"$output"
		assert_success
	fi
}

@test "names cannot control a terminal" {
	printf '[ 1.5] Out of memory: Killed process 7 (a\033[31m\\x1b[1m) total-vm:8kB, anon-rss:4kB, file-rss:0kB\n' >evil.log
	run "$OOMCTL" log evil.log
	assert_success
	refute_output --partial $'\033'
	assert_output --partial '\x1b[31m\x1b[1m'
	run "$OOMCTL" log -r -o name evil.log
	refute_output --partial $'\033'
	run "$OOMCTL" log -J evil.log
	refute_output --partial $'\033'
	run "$OOMCTL" log -J --show 1 evil.log
	refute_output --partial $'\033'
}

@test "a task dump of 100,000 rows, and very long lines" {
	{
		printf 'hog invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n'
		printf '[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name\n'
		awk 'BEGIN { for (i = 1; i <= 100000; i++)
			printf "[%7d] %5d %5d %8d %8d %8d %8d         %5d worker\n", i, 0, i, 2000, i % 977, 4096, 0, 0 }'
		printf '[ 100001]     0 100001     2000     5000     4096        0             0 hog\n'
		head -c 3000000 /dev/zero | tr '\0' k
		printf '\nOut of memory: Killed process 100001 (hog) total-vm:8000kB, anon-rss:20000kB, file-rss:0kB\n'
	} >long.log
	run timeout 30 "$OOMCTL" log -r --noheadings -o pid,name,place,tasks,largest long.log
	assert_success
	assert_output '100001 hog 1 100001 yes'
}

@test "usage errors are reported before anything is read" {
	local words
	for words in '--show 0' '--show x' '--last 0' '--pid x' '--pid 1,' '--pid ,1' '--name (' '--since tomorrowish' \
		'--since 2024-02-30' '--until 2023-02-29' '--since 24:61' '-o nonsense' \
		'--follow file' '--follow --show 1' '--kernel-table -J' '--show 1 -r'; do
		# shellcheck disable=SC2086 # several words
		run "$OOMCTL" log $words
		assert_failure 2
	done
}

@test "the manual lists the JSON keys of a report" {
	local manual=$BATS_TEST_DIRNAME/../../man/oomctl.8 file key
	command -v jq >/dev/null || skip 'jq is not installed'
	for file in "$logs"/*.log; do
		"$OOMCTL" log -J --show 1 "$file"
	done | jq -r '.report[] | del(.stat?, .memory.pages?) | del(.table[].rss_gpu?) | .. | objects | keys[]' |
		sort -u >keys
	[ "$(wc -l <keys)" -gt 80 ]
	awk '/^\.Ss / { inside = $2 == "log" } inside && /^\.(It )?(Va|Cm) / { gsub(/[,;]/, ""); for (i = 2; i <= NF; i++) print $i }' \
		"$manual" | sort -u >documented
	while read -r key; do
		grep -qx "$key" documented || echo "$key is not in the manual"
	done <keys >missing
	run cat missing
	assert_output ''
}

# The suggested commands in the report of a kill of process $1 in cgroup $2.
advice() {
	printf '[ 1.5] %s\n' 'hog invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0' \
		'memory: usage 10240kB, limit 10240kB, failcnt 9' \
		"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=$2,task_memcg=$2,task=$1,pid=50,uid=1000" \
		"Memory cgroup out of memory: Killed process 50 ($1) total-vm:10240kB, anon-rss:9000kB, file-rss:0kB, shmem-rss:0kB, UID:1000 pgtables:40kB oom_score_adj:0" |
		"$OOMCTL" log --show 1 - | grep -E '^ +(oomctl protect|systemctl)' | sed 's/^ *//'
}

@test "suggestions name one process and its user's own unit, with any names" {
	run advice . /user.slice/user-1000.slice/user@1000.service/ssh.service
	assert_output "oomctl protect --name '^[.]\$' --user 1000
systemctl --user -M 1000@ set-property ssh.service MemoryMax=15M"
	run advice a.b /system.slice/ssh.service
	assert_output "oomctl protect --name '^a[.]b\$' --user 1000
systemctl set-property ssh.service MemoryMax=15M"
	run advice a.b /lxc/c1
	assert_output "oomctl protect --name '^a[.]b\$' --user 1000"
	run advice x /system.slice/other.service/ssh.service
	assert_output "oomctl protect --name '^x\$' --user 1000"
}

@test "an endless device is refused" {
	run timeout 10 "$OOMCTL" log /dev/zero
	assert_failure 1
	assert_output --partial '/dev/zero: it is a device'
	# Of its records, each read returns one or fails, and the last read blocks.
	if [[ -c /dev/kmsg ]]; then
		run timeout 10 "$OOMCTL" log /dev/kmsg
		assert_failure 1
		assert_output --partial "it is a device, which may never end; without a file the kernel's log is read"
	fi
	run timeout 10 "$OOMCTL" log /dev/null
	assert_failure 1
	assert_output --partial 'no OOM kill'
}

@test "log: a device behind a link is refused before it is opened" {
	# Without a controlling terminal, opening it fails with another error.
	ln -s /dev/tty device
	run setsid -w "$OOMCTL" log device
	assert_failure 1
	assert_output --partial 'device: it is a device'
}

@test "messages that journalctl did not show are reported" {
	printf 'Nov 29 04:47:42 lab kernel: [%dB blob data]\n' 123 77 >hidden
	printf 'Nov 29 04:47:42 lab foo: [9B blob data]\n' >>hidden
	run --separate-stderr "$OOMCTL" log hidden
	assert_failure 1
	[[ $stderr == *'did not show 2 messages of the kernel'* ]]
}

@test "the histogram counts the kernel's kills by day, hour, name, unit and cgroup" {
	make_three >three.log
	cat "$logs/forms/others.log" >>three.log
	run "$OOMCTL" log -r --noheadings --histogram day three.log
	assert_line --index 0 '2024-05-01 1 100'
	assert_line --index 1 '2024-05-02 1 100'
	assert_line --index 2 '2024-05-03 1 100'
	run "$OOMCTL" log -r --noheadings --histogram hour three.log
	assert_line '2024-05-01\x2010:00 1 100'
	assert_line '2024-05-01\x2011:00 0 0'
	run "$OOMCTL" log -r --noheadings --histogram name three.log
	assert_equal "${#lines[@]}" 4
	assert_line 'leaker 1 100'
	run "$OOMCTL" log -r --noheadings --histogram cgroup three.log
	assert_line '/leak 1 100'
	assert_line -- '- 1 100'
	run "$OOMCTL" log --histogram week three.log
	assert_failure 2
	run "$OOMCTL" log --histogram day --show 1 three.log
	assert_failure 2
}

# group_log CGROUP: a report of Linux 6.8: two processes of CGROUP, which is killed together; the first was in /a.slice/b.service.
group_log() {
	printf 'kernel: %s\n' 'hog invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0' \
		"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/a.slice,task_memcg=/a.slice/b.service,task=hog,pid=77,uid=0" \
		'Memory cgroup out of memory: Killed process 77 (hog) total-vm:1000kB, anon-rss:500kB, file-rss:20kB, shmem-rss:4kB, UID:0 pgtables:40kB oom_score_adj:0' \
		"Tasks in $1 are going to be killed due to memory.oom.group set" \
		'Memory cgroup out of memory: Killed process 78 (sleep) total-vm:1000kB, anon-rss:100kB, file-rss:20kB, shmem-rss:4kB, UID:0 pgtables:40kB oom_score_adj:0'
}

@test "the kernel does not print the cgroup of a further process of a group" {
	group_log /a.slice >slice.log
	run "$OOMCTL" log -r --noheadings -o pid,unit,task_cgroup,container,result slice.log
	assert_output $'77 b.service /a.slice/b.service - killed\n78 - - - group'
	run "$OOMCTL" log -J -o pid,unit,task_cgroup slice.log
	assert_line --partial '"pid":78,"unit":null,"task_cgroup":null'
	run "$OOMCTL" log -r --noheadings --histogram unit slice.log
	assert_output $'- 1 100\nb.service 1 100'
	# Of a unit that is killed as a whole, only the cgroup in it is unknown.
	group_log /a.slice/b.service >unit.log
	run "$OOMCTL" log -r --noheadings -o pid,unit,task_cgroup unit.log
	assert_output $'77 b.service /a.slice/b.service\n78 b.service -'
	# A user's manager has units of its own.
	group_log /user.slice/user-5.slice/user@5.service >user.log
	run "$OOMCTL" log -r --noheadings -o pid,unit user.log
	assert_output $'77 b.service\n78 -'
	id=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
	group_log "/a.slice/docker-$id.scope" >container.log
	run "$OOMCTL" log -r --noheadings -o pid,container,unit container.log
	assert_line "78 $id docker-0123456789ab"
}

@test "slow reading shows progress on a terminal, and nothing in a pipe" {
	mkfifo slow
	{
		cat "$logs/6.8-global.log"
		sleep 1.3
		head -c 1000000 /dev/zero | tr '\0' '\n'
	} >slow &
	script -qec "'$OOMCTL' log -r --noheadings -o name slow" /dev/null >shown </dev/null
	grep -q 'slow: [0-9]* MiB' shown
	grep -q 'rust-analyzer' shown
	{
		cat "$logs/6.8-global.log"
		sleep 1.3
		echo
	} >slow &
	run --separate-stderr "$OOMCTL" log -r --noheadings -o name slow
	assert_output rust-analyzer
	assert_equal "$stderr" ''
}
