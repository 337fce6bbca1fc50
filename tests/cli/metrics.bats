#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# metrics: on a fixture with 1,000,000 pages of memory, and kernel logs whose records have the numbers of the lines.

# bats, cli.bash and fixture.bash set these, and use those.
# shellcheck disable=SC2154,SC2034

load cli
load fixture

logs=$BATS_TEST_DIRNAME/../logs
boot=01234567-89ab-cdef-0123-456789abcdef

setup() {
	fixture_or_skip
	dir=$BATS_TEST_TMPDIR/out
	file=$dir/oomctl.prom
	mkdir "$dir"
	machine
	export FIXTURE_KMSG=$BATS_TEST_TMPDIR/kmsg
	ring 0 </dev/null
}

# PIDs above any real PID, so that only the fixture's files describe them. big 100000 + 100 pages;
# mid 50000 + 100 * 1000; small 10000 - 200 * 1000.
machine() {
	fixture_new 6.1.0-test
	fixture_process 1 init rss=4000 vm=20000 anon=2000 file=2000 shmem=0 ppid=0 adj=0 score=667
	fixture_process 2 kthreadd ppid=0 adj=0
	fixture_process 5000001 big vm=500000 rss=400000 anon=390000 file=10000 shmem=0 pte=400 swap=0 adj=0 \
		score=733 start=100
	fixture_process 5000002 mid vm=300000 rss=200000 anon=200000 file=0 shmem=0 pte=0 swap=0 adj=100 \
		score=766 start=200
	fixture_process 5000003 small vm=100000 rss=40000 anon=40000 file=0 shmem=0 pte=0 swap=0 adj=-200 \
		score=540 start=300
	fixture_process 5000004 never vm=90000 rss=80000 anon=80000 file=0 shmem=0 pte=0 swap=0 adj=-1000 start=400
	echo 'oom_kill 3' >>"$fixture/vmstat"
	mkdir "$fixture/sys/kernel/random"
	echo "$boot" >"$fixture/sys/kernel/random/boot_id"
}

# ring FIRST: the lines of standard input are the kernel's log, with numbers from FIRST on.
ring() {
	awk -v n="$1" '{ print "4," n "," n * 1000 ",-;" $0; n++ }' >"$FIXTURE_KMSG"
}

# killed CGROUP PID: the two lines about a victim of a machine without memory.
killed() {
	cat <<-END
		oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=$1,task=hog,pid=$2,uid=0
		Out of memory: Killed process $2 (hog) total-vm:9kB, anon-rss:8kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
	END
}

metrics() {
	run --separate-stderr fixture_oomctl metrics "$@"
}

# write: a run that writes the file without a message.
write() {
	metrics --write "$file"
	assert_success
	assert_equal "$output$stderr" ''
}

# samples NAME: those whose names begin with NAME.
samples() {
	run grep "^$1" "$file"
}

# refute_left: the directory has the file and nothing else.
refute_left() {
	run find "$dir" -mindepth 1 -printf '%f %m\n'
	assert_output 'oomctl.prom 644'
}

@test "all metrics of a machine" {
	ring 0 < <(killed /system.slice/db.service 7)
	metrics
	assert_success
	assert_equal "$stderr" ''
	run grep -v '^#' <<<"$output"
	assert_output - <<-END
		oomctl_kills_total 3
		oomctl_unread_processes 0
		oomctl_processes{adj="never"} 1
		oomctl_processes{adj="lowered"} 1
		oomctl_processes{adj="default"} 1
		oomctl_processes{adj="raised"} 1
		oomctl_processes_memory_bytes{adj="never"} 81920000
		oomctl_processes_memory_bytes{adj="lowered"} 40960000
		oomctl_processes_memory_bytes{adj="default"} 410009600
		oomctl_processes_memory_bytes{adj="raised"} 204800000
		oomctl_killable_processes 3
		oomctl_next_victim_points_bytes 614400000
		oomctl_next_victim_margin_bytes 204390400
		oomctl_next_victim_certain 1
		oomctl_setting{name="panic_on_oom"} 0
		oomctl_setting{name="oom_kill_allocating_task"} 0
		oomctl_rules 0
		oomctl_rules_errors 0
		oomctl_rules_unread_processes 0
		oomctl_rules_not_in_effect 0
		oomctl_rules_unmatched 0
		oomctl_rules_differing_processes 0
		oomctl_rules_changed_processes 0
		oomctl_ring_kills{constraint="global",unit="db.service"} 1
		oomctl_collector_success{collector="kills"} 1
		oomctl_collector_success{collector="processes"} 1
		oomctl_collector_success{collector="victim"} 1
		oomctl_collector_success{collector="settings"} 1
		oomctl_collector_success{collector="rules"} 1
		oomctl_collector_success{collector="log"} 1
	END
}

# Each family once, with HELP and TYPE, and counters that end in _total; names as Prometheus accepts them.
check_form() {
	LC_ALL=C awk '
		/^# HELP / { help = $3; next }
		/^# TYPE / {
			if ($3 != help || type[$3]++ || $4 !~ /^(counter|gauge)$/ ||
			    ($4 == "counter") != ($3 ~ /_total$/)) bad("type")
			name = $3; next
		}
		/^#/ { next }
		{
			if (substr($0, 1, length(name)) != name || seen[$0]++) bad("sample")
			rest = substr($0, length(name) + 1)
			if (rest !~ /^(\{[a-z_]+="([^"\\\n]|\\[n\\"])*"(,[a-z_]+="([^"\\\n]|\\[n\\"])*")*\})? -?[0-9]+$/)
				bad("form")
			n++
		}
		function bad(what) { print what ": " $0; failed = 1 }
		END { exit failed || n < 20 }' "$1"
}

@test "the form is that of Prometheus, whatever the names are" {
	fixture_process 5000005 '"} 1\nx\xff' vm=90000 rss=80000 anon=80000 file=0 shmem=0 pte=0 swap=0 adj=900 start=500
	{
		killed '/system.slice/a"} 1.service' 7
		killed '/system.slice/dev-\x5cx2db.mount' 8
		printf 'x\n'
	} | ring 0
	write
	check_form "$file"
	iconv -f utf-8 -t utf-8 "$file" >/dev/null
	samples oomctl_logged
	assert_output - <<-'END'
		oomctl_logged_kills_total{constraint="global",unit=""} 1
		oomctl_logged_kills_total{constraint="global",unit="dev-\\x2db.mount"} 1
	END
	run ! grep -a 5000005 "$file"
}

@test "promtool check metrics passes" {
	command -v promtool >/dev/null || skip 'needs promtool (Debian: prometheus)'
	killed /system.slice/db.service 7 | ring 5
	write
	promtool check metrics <"$file"
	metrics
	promtool check metrics <<<"$output"
}

@test "the counters of a file grow, and a report counts once" {
	killed /system.slice/db.service 7 | ring 0
	write
	samples oomctl_logged
	assert_output 'oomctl_logged_kills_total{constraint="global",unit="db.service"} 1'
	write
	samples oomctl_logged
	assert_output 'oomctl_logged_kills_total{constraint="global",unit="db.service"} 1'
	{
		killed /system.slice/db.service 7
		killed /system.slice/db.service 8
		sed -n '/invoked/,$p' "$logs/6.12-memcg-v2.log"
	} | ring 0
	write
	samples oomctl_logged
	assert_output - <<-END
		oomctl_logged_kills_total{constraint="global",unit="db.service"} 2
		oomctl_logged_kills_total{constraint="memcg",unit=""} 1
	END
	samples oomctl_log_lost
	assert_output 'oomctl_log_lost_records_total 0'
}

# The ring buffer has lost records 2 to 9, and then all that was counted.
@test "a counter does not fall when the ring buffer overwrites reports, and lost records count" {
	killed /system.slice/db.service 7 | ring 0
	write
	killed /system.slice/web.service 8 | ring 10
	write
	samples oomctl_log
	assert_output - <<-END
		oomctl_log_lost_records_total 8
		oomctl_logged_kills_total{constraint="global",unit="db.service"} 1
		oomctl_logged_kills_total{constraint="global",unit="web.service"} 1
	END
	echo 'usb 1-1: new' | ring 12
	write
	samples oomctl_log_lost
	assert_output 'oomctl_log_lost_records_total 8'
	samples oomctl_logged
	assert_line 'oomctl_logged_kills_total{constraint="global",unit="db.service"} 1'
}

@test "the counters begin again at the next boot" {
	killed /system.slice/db.service 7 | ring 0
	write
	killed /system.slice/web.service 8 | ring 0
	echo 11111111-89ab-cdef-0123-456789abcdef >"$fixture/sys/kernel/random/boot_id"
	write
	samples oomctl_logged
	assert_output 'oomctl_logged_kills_total{constraint="global",unit="web.service"} 1'
}

@test "a file with malformed counts, or that others can write to, is not trusted" {
	killed /system.slice/db.service 7 | ring 0
	write
	sed -i 's/^\(oomctl_logged.*\) 1$/\1 99/' "$file"
	chmod 666 "$file"
	metrics --write "$file"
	assert_success
	assert_equal "$stderr" "oomctl: $file: other users can write to it: the counts of kills by unit begin again"
	samples oomctl_logged
	assert_output --partial '} 1'
	refute_left
	sed -i 's/^\(oomctl_logged.*\) 1$/\1 -1/' "$file"
	metrics --write "$file"
	assert_success
	assert_equal "$stderr" "oomctl: $file: its counts are malformed: the counts of kills by unit begin again"
	samples oomctl_logged
	assert_output --partial '} 1'
}

# The next run finds only the line about the kill.
@test "a report that is not complete counts when its kill is written" {
	killed /system.slice/db.service 7 | head -n 1 | ring 0
	write
	samples oomctl_logged
	assert_output ''
	killed /system.slice/db.service 7 | ring 0
	write
	samples oomctl_logged
	assert_output 'oomctl_logged_kills_total{constraint="global",unit=""} 1'
}

@test "without the kernel's log its metrics are missing, and its counters are kept" {
	killed /system.slice/db.service 7 | ring 0
	write
	rm "$fixture/sys/kernel/random/boot_id"
	metrics --write "$file"
	assert_failure 1
	assert_equal "$stderr" 'oomctl: cannot read the ID of this boot: No such file or directory'
	samples oomctl_log
	assert_output ''
	samples oomctl_collector_success
	assert_line 'oomctl_collector_success{collector="log"} 0'
	check_form "$file"
	echo "$boot" >"$fixture/sys/kernel/random/boot_id"
	killed /system.slice/db.service 8 | ring 2
	write
	samples oomctl_logged
	assert_output 'oomctl_logged_kills_total{constraint="global",unit="db.service"} 2'
}

@test "what cannot be read is missing, and is not 0" {
	sed -i '/oom_kill/d' "$fixture/vmstat"
	metrics
	assert_failure 1
	assert_equal "$stderr" 'oomctl: cannot read the number of kills: /proc/vmstat has no oom_kill, which needs Linux 4.13 and CONFIG_VM_EVENT_COUNTERS'
	refute_line --regexp '^oomctl_kills_total'
	assert_line 'oomctl_collector_success{collector="kills"} 0'
	assert_line 'oomctl_collector_success{collector="processes"} 1'
	echo x >"$fixture/sys/vm/panic_on_oom"
	metrics
	assert_failure 1
	refute_line --regexp '^oomctl_setting'
	assert_line 'oomctl_collector_success{collector="settings"} 0'
}

@test "without a victim there are no points" {
	echo 2 >"$fixture/sys/vm/panic_on_oom"
	metrics
	assert_success
	refute_output --partial oomctl_next_victim
	assert_line 'oomctl_setting{name="panic_on_oom"} 2'
	assert_line 'oomctl_collector_success{collector="victim"} 1'
	echo 0 >"$fixture/sys/vm/panic_on_oom"
	rm -r "$fixture"/500000[123]
	metrics
	assert_success
	refute_output --partial oomctl_next_victim
	assert_line 'oomctl_killable_processes 0'
	assert_line 'oomctl_collector_success{collector="victim"} 1'
}

@test "the file is replaced, whatever the umask is, and nothing is left" {
	umask 077
	write
	refute_left
	samples oomctl_kills
	assert_output 'oomctl_kills_total 3'
	local inode
	inode=$(stat -c %i "$file")
	ln "$file" "$BATS_TEST_TMPDIR/old"
	echo 'oom_kill 4' >"$fixture/vmstat"
	write
	refute_left
	[ "$(stat -c %i "$file")" != "$inode" ]
	run grep ^oomctl_kills "$BATS_TEST_TMPDIR/old"
	assert_output 'oomctl_kills_total 3'
}

@test "links, devices and directories are not replaced" {
	local kind
	echo kept >"$BATS_TEST_TMPDIR/target"
	for kind in 'ln -s ../target' mkdir mkfifo; do
		$kind "$file"
		metrics --write "$file"
		assert_failure 4
		assert_output ''
		assert_equal "${stderr%% but a symbolic link}" "oomctl: $file: is not a regular file"
		[ "$(ls -A "$dir")" = oomctl.prom ]
		rm -df "$file"
	done
	[ "$(<"$BATS_TEST_TMPDIR/target")" = kept ]
	metrics --write "$dir/none/x.prom"
	assert_failure 4
	assert_equal "$stderr" "oomctl: $dir/none/x.prom: cannot open its directory: No such file or directory"
}

@test "if the write fails, the old file stays and nothing is left" {
	local limit
	write
	cp "$file" "$BATS_TEST_TMPDIR/before"
	echo 'oom_kill 4' >"$fixture/vmstat"
	for limit in 1 2; do
		# In blocks of 1024 bytes: the file does not fit.
		# shellcheck disable=SC2016 # the other shell expands it
		run --separate-stderr bash -c 'ulimit -f "$1"; shift; "$@"' _ "$limit" \
			env LD_PRELOAD="$cli_helpers/machine.so" FIXTURE_KMSG=/dev/null "$OOMCTL" metrics --write "$file"
		assert_failure 4
		assert_output ''
		assert_equal "${stderr##*"$file: "}" 'cannot write it: File too large'
		cmp "$file" "$BATS_TEST_TMPDIR/before"
		refute_left
	done
}

# Each adds what the other has not; none may put back an older count.
@test "runs at the same time lose no count" {
	local i pids=()
	for i in {1..20}; do
		killed /system.slice/db.service "$i" >>"$BATS_TEST_TMPDIR/lines"
	done
	ring 0 <"$BATS_TEST_TMPDIR/lines"
	for i in {1..6}; do
		fixture_oomctl metrics --write "$file" 3>&- &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i"
	done
	samples oomctl_logged
	assert_output 'oomctl_logged_kills_total{constraint="global",unit="db.service"} 20'
	refute_left
}

@test "--write takes the name of a file" {
	local name
	for name in '' / . .. a/ a/..; do
		run --separate-stderr oomctl metrics --write "$name"
		assert_failure 2
		[[ $stderr == *"--write takes the name of a file, not '$name'"* ]]
	done
	run oomctl metrics operand
	assert_failure 2
}
