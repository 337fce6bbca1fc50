#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# rank and get on kernels of all eras: fixtures of /proc, with results worked out by hand in
# comments.

# bats, cli.bash and fixture.bash set these, and use those.
# shellcheck disable=SC2154,SC2034

load cli
load fixture

setup() {
	fixture_or_skip
}

# init, kthreadd and one of its threads, which exist on each machine, all with the given KEY=VALUE
# pairs.
system() {
	fixture_process 1 init rss=4000 vm=20000 anon=2000 file=2000 shmem=0 ppid=0 "$@"
	fixture_process 2 kthreadd ppid=0 "$@"
	fixture_process 3 ksoftirqd/0 ppid=2 "$@"
}

# ranked COLUMNS [WORD]...: the rows of rank as words.
ranked() {
	run --separate-stderr fixture_oomctl rank -r --noheadings -o "$@"
	assert_success
	assert_equal "$stderr" ''
}

@test "2.6.18: points are the score, adj is on the old scale" {
	fixture_new 2.6.18-348.el5
	rm "$fixture/vmstat"
	sed -i '/^MemAvailable/d' "$fixture/meminfo"
	system old_adj=0
	# badness() has no exception for init; the choice has.
	echo 70 >"$fixture/1/oom_score"
	fixture_process 100 httpd vm=23400 rss=4100 old_adj=0 score=900
	fixture_process 200 mysqld vm=90000 rss=50000 old_adj=-17 score=0
	fixture_process 300 sshd vm=7000 rss=1000 old_adj=-5 score=50 uid=48
	fixture_process 400 python vm=23400 rss=4100 old_adj=3 score=900
	fixture_process 500 cron old_adj=0 ppid=100 state='Z (zombie)'
	ranked place,pid,name,score,adj,oom_adj,points,uid
	assert_output '1 100 httpd 900 0 0 900 0
2 400 python 900 3 3 900 0
3 300 sshd 50 -5 -5 50 48'
	# Points are no memory there, and the kernel shows no swap, page tables or oom_score_adj.
	ranked pid,share,swap,pgtables,oom_score_adj,rss 100
	assert_output '100 - - - - 4198400'
	run fixture_oomctl get 100 --noheadings -o points
	assert_output --regexp '^ *900$'
	ranked pid,reason --all
	assert_output '100 -
400 -
300 -
200 adj\x20-1000:\x20never\x20killed
500 has\x20exited\x20(zombie)
1 init\x20is\x20never\x20killed
2 kernel\x20thread
3 kernel\x20thread'
	run fixture_oomctl get 400 -r --noheadings
	assert_success
	assert_output '400 python 3 3 900 900 2'
	run fixture_oomctl get 300 -r --noheadings -o pid,place
	assert_output '300 3'
	run fixture_oomctl
	assert_success
	assert_line -n 0 'RAM 2.4G of 3.8G used, no swap'
}

@test "2.6.32: no oom_score_adj; its task dump" {
	fixture_new 2.6.32-5-amd64
	system old_adj=0
	fixture_process 100 httpd vm=23400 rss=4100 pte=56 old_adj=0 score=900 cpu=1
	fixture_process 200 mysqld vm=90000 rss=50000 pte=200 old_adj=-17 score=0 cpu=0
	ranked place,pid,adj,score,pgtables
	assert_output '1 100 0 900 57344'
	run fixture_oomctl rank --format kernel
	assert_success
	assert_output '[ pid ]   uid  tgid total_vm      rss cpu oom_adj name
[  100]     0   100     5850     1025   1       0 httpd
[  200]     0   200    22500    12500   0     -17 mysqld'
}

@test "3.10: 30 thousandths less for root, points are at least 1, the first of equal processes" {
	fixture_new 3.10.0
	system adj=0
	fixture_process 100 mysqld vm=1074036 rss=90156 pte=344 swap=2048 adj=0 score=23
	fixture_process 200 collector vm=500000 rss=400000 pte=800 swap=0 adj=0 score=70 caps=0000001fffffffff
	fixture_process 300 chrome vm=900000 rss=40000 pte=400 swap=0 adj=300 score=310 uid=1000
	fixture_process 400 sshd vm=7000 rss=4000 pte=40 swap=0 adj=-1000 score=0
	fixture_process 500 cron vm=7000 rss=400 pte=40 swap=0 adj=0 score=0 caps=0000001fffffffff
	fixture_process 600 worker vm=70000 rss=40000 pte=40 swap=0 adj=-17 score=0
	# 10100 + 300 * 1000, 100200 - 30 * 1000, 22539 + 512 + 86, then two below nothing.
	ranked place,pid,points,score
	assert_output '1 300 310100 310
2 200 70200 70
3 100 23137 23
4 500 1 0
5 600 1 0'
	for n in 1 2 3 4 5; do
		want=$output
		ranked place,pid,points,score -t "$n"
		assert_equal "$output" "$(head -n "$n" <<<"$want")"
		output=$want
	done
	run fixture_oomctl rank --format kernel
	assert_line -n 0 '[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name'
	assert_line -n 1 '[  300]  1000   300   225000    10000     100        0           300 chrome'
	assert_line -n 6 '[  400]     0   400     1750     1000      10        0         -1000 sshd'
}

@test "4.4: a discount of 3 % for root, the second level of page tables counts" {
	fixture_new 4.4.0-210-generic
	system adj=0
	fixture_process 100 java vm=4204808 rss=524288 pte=1200 pmd=36 swap=400 adj=0 score=131
	fixture_process 200 collector vm=900000 rss=532000 pte=800 pmd=40 swap=0 adj=0 score=129 caps=0000003fffffffff
	# 131072 + 100 + 300 + 9; 133210 less 3996.
	ranked place,pid,points
	assert_output '1 100 131481
2 200 129214'
	run fixture_oomctl rank --format kernel
	assert_output '[ pid ]   uid  tgid total_vm      rss nr_ptes nr_pmds swapents oom_score_adj name
[  100]     0   100  1051202   131072     300       9      100             0 java
[  200]     0   200   225000   133000     200      10        0             0 collector'
}

# Three equal processes and one with a page more; before 5.9 the lowest points are 1.
equals() {
	fixture_new "$1"
	system adj=0
	fixture_process 900 a vm=90000 rss=40000 anon=40000 file=0 shmem=0 pte=40 swap=0 adj=0 score="$2" start=100
	fixture_process 800 b vm=90000 rss=40000 anon=40000 file=0 shmem=0 pte=40 swap=0 adj=0 score="$2" start=200
	fixture_process 700 c vm=90000 rss=40000 anon=40000 file=0 shmem=0 pte=40 swap=0 adj=0 score="$2" start=300
	fixture_process 600 d vm=90000 rss=40004 anon=40000 file=0 shmem=0 pte=40 swap=0 adj=0 score="$2" start=150
	fixture_process 500 low vm=90000 rss=40000 anon=40000 file=0 shmem=0 pte=40 swap=0 adj=-500 score="$3" start=400
	fixture_process 400 lower vm=90000 rss=40000 anon=40000 file=0 shmem=0 pte=40 swap=0 adj=-700 score="$4" start=500
}

@test "4.19: of equal processes the first is killed" {
	equals 4.19.0-27-amd64 10 0 0
	ranked pid,points
	assert_output '600 10011
900 10010
800 10010
700 10010
500 1
400 1'
	ranked pid,points -t 2
	assert_output '600 10011
900 10010'
}

@test "5.4: of equal processes the last is killed" {
	equals 5.4.0-216-generic 10 0 0
	ranked pid,points
	assert_output '600 10011
700 10010
800 10010
900 10010
400 1
500 1'
	ranked pid,points -t 2
	assert_output '600 10011
700 10010'
}

@test "6.1: negative points are sorted too" {
	# (1000 + 10) * 2 / 3, (1000 - 489) * 2 / 3, (1000 - 689) * 2 / 3
	equals 6.1.0-40-amd64 673 340 207
	ranked pid,points,score
	assert_output '600 10011 673
700 10010 673
800 10010 673
900 10010 673
500 -489990 340
400 -689990 207'
	ranked place,pid --all
	assert_line -n 0 '1 600'
	assert_line -n 5 '6 400'
	assert_line -n 6 '- 1'
	run fixture_oomctl get 400 800 -r --noheadings -o pid,place
	assert_output '400 6
800 3'
}

# Two processes whose order depends on the RSS counter; the kernel's score shows which one it uses.
two_counts() {
	fixture_new "$1"
	echo '1000 500 300 100 0 400 0' >"$fixture/self/statm"
	echo '5 (oomctl) R 1 1 1 0 -1 4194304 1 0 0 0 5 5 0 0 20 0 1 0 9 1 520 1 1 1 1 0 0 0 0 0 0 0 0 0 17 0 0 0' \
		>"$fixture/self/stat"
	system adj=0
	fixture_process 100 a vm=90000 rss=40000 anon=40000 file=0 shmem=0 pte=0 swap=0 adj=0 score="$2" stat_rss=8900
	fixture_process 200 b vm=90000 rss=38400 anon=38400 file=0 shmem=0 pte=0 swap=0 adj=0 score="$3" stat_rss=9700
}

@test "6.18: RSS is the approximate count of stat" {
	# (1000 + 8) * 2 / 3, (1000 + 9) * 2 / 3; with the counter of status they would be 673 and
	# 672.
	two_counts 6.18.5 672 672
	ranked pid,points,rss
	assert_output '200 9700 39731200
100 8900 36454400'
	run fixture_oomctl rank --format kernel --noheadings
	assert_line -n 0 '[    200]     0   200    22500     9700        -        -         -        0        0             0 b'
	# The same kernel with the exact sum backported: the scores show it, if there are enough of
	# them.
	two_counts 6.18.5 673 672
	ranked pid,points,rss
	assert_output '200 9700 39731200
100 8900 36454400'
	for pid in 101 102 103; do
		fixture_process "$pid" a vm=90000 rss=40000 anon=40000 file=0 shmem=0 pte=0 swap=0 adj=0 score=673 stat_rss=8900
	done
	ranked pid,points,rss 100 200
	assert_output '100 10000 40960000
200 9600 39321600'
}

@test "7.0: RSS is the exact sum again" {
	two_counts 7.0.3 673 672
	ranked pid,points
	assert_output '100 10000
200 9600'
	# If the scores do not show it, the version decides.
	two_counts 7.0.3 0 0
	ranked pid,points --all
	refute_output ''
}

@test "pages of 64 KiB" {
	fixture_page_size=65536
	fixture_new 5.14.0-570.el9.aarch64+64k
	system adj=0
	# 10000 + 3 + 100 * (62500 / 1000); (1000 + 259) * 2 / 3
	fixture_process 100 java vm=1280000 rss=640000 anon=600000 file=40000 shmem=0 pte=192 swap=0 adj=100 score=839
	fixture_process 200 small vm=12800 rss=6400 anon=6400 file=0 shmem=0 pte=64 swap=0 adj=0 score=667
	ranked place,pid,points,rss,pgtables,total_vm
	assert_output '1 100 16203 655360000 196608 1310720000
2 200 101 6553600 65536 13107200'
	run fixture_oomctl rank --format kernel --noheadings -t 1
	assert_output '[    100]     0   100    20000    10000   196608        0           100 java'
}

@test "swap counts, in points and in the total" {
	fixture_swap_kib=2000000
	fixture_new 6.1.0
	system adj=0
	# 10000 + 5000 + 10 + 10 * (1500000 / 1000); (1000 + 20) * 2 / 3
	fixture_process 100 a vm=90000 rss=40000 anon=40000 file=0 shmem=0 pte=40 swap=20000 adj=10 score=680
	ranked pid,points,swap,share
	assert_output '100 30010 20480000 2.0'
	run fixture_oomctl rank
	assert_line -n 0 'RAM 977M of 3.8G used, swap 1.4G of 1.9G'
}

@test "rank reports unusual settings and OOM kills" {
	fixture_swap_kib=2000000
	fixture_new 6.1.0
	echo 2 >"$fixture/sys/vm/panic_on_oom"
	echo 1 >"$fixture/sys/vm/oom_kill_allocating_task"
	echo 'oom_kill 7' >>"$fixture/vmstat"
	system adj=0
	run --separate-stderr fixture_oomctl rank
	assert_success
	assert_line -n 0 'vm.panic_on_oom is 2: the kernel panics instead of killing a process.'
	assert_line -n 1 'RAM 977M of 3.8G used, swap 1.4G of 1.9G, OOM kills since boot: 7, panic_on_oom=2, oom_kill_allocating_task=1'
	assert_equal "$stderr" 'oomctl: no killable process found'
}

@test "rank says whether the machine stays down after a panic, and strict overcommit" {
	[[ ! -e /sys/kernel/kexec_crash_loaded || $(</sys/kernel/kexec_crash_loaded) == 0 ]] || skip 'kdump is loaded here'
	fixture_new 6.1.0
	echo 1 >"$fixture/sys/vm/panic_on_oom"
	echo 2 >"$fixture/sys/vm/overcommit_memory"
	echo 0 >"$fixture/sys/kernel/panic"
	system adj=0
	run --separate-stderr fixture_oomctl rank
	[[ ${output//$'\n'/ } == 'vm.panic_on_oom is 1: '*'is out of memory; kernel.panic is 0, so the machine then stays down. RAM '* ]]
	assert_line --regexp '^RAM .*, panic_on_oom=1, panic=0, overcommit_memory=2$'
	echo 2 >"$fixture/sys/vm/panic_on_oom"
	run --separate-stderr fixture_oomctl get 1
	[[ ${output//$'\n'/ } == *'killing a process; kernel.panic is 0, so the machine then stays down.'* ]]
	for seconds in 10 -1; do
		echo "$seconds" >"$fixture/sys/kernel/panic"
		run --separate-stderr fixture_oomctl rank
		assert_line -n 0 'vm.panic_on_oom is 2: the kernel panics instead of killing a process.'
		refute_output --partial panic=0
	done
}

# With the mount option subset=pid. Free RAM is then from sysinfo(2).
@test "without /proc/meminfo, used RAM is marked as including the page cache" {
	fixture_new 6.1.0
	system adj=0
	run --separate-stderr fixture_oomctl rank
	refute_line -n 0 --partial cache
	rm "$fixture/meminfo"
	run --separate-stderr fixture_oomctl rank
	assert_line -n 0 --regexp '^RAM [0-9.]+[MG] of 3.8G used \(with page cache\), '
}

# On 6.1, with all its values; values that only other kernels print are unknown there.
known() {
	fixture_new 6.1.0-40-amd64
	system adj=0
	fixture_process 4242 chrome uid=1000 vm=493824 rss=31560 anon=28000 file=3200 shmem=360 pte=204 swap=1284 \
		adj=300 cpu=3 score=872 cgroup='0::/user.slice/app.scope\n'
	fixture_process 777 sshd vm=72304 rss=6408 anon=700 file=5700 shmem=8 pte=144 swap=0 adj=-1000 cpu=1 \
		score=0 cgroup='3:memory:/system.slice/ssh.service\n0::/x\n'
	# Its first thread has exited, another one holds the memory.
	fixture_process 900 gone uid=33 state='Z (zombie)' threads=2 adj=0 score=667
	mkdir -p "$fixture/900/task"
	fixture_process 901 worker uid=33 vm=40000 rss=4000 anon=4000 file=0 shmem=0 pte=40 swap=0 threads=2 adj=0 \
		cpu=2 start=900 tgid=900
	mv "$fixture/901" "$fixture/900/task/"
	mkdir "$fixture/900/task/900"
	cp "$fixture/900/status" "$fixture/900/stat" "$fixture/900/task/900/"
}

expect_dump() {
	run --separate-stderr fixture_oomctl rank --format "kernel=$1"
	assert_success
	assert_equal "$stderr" ''
	assert_output "$(cat)"
}

@test "the complete task dump of any kernel version" {
	known
	expect_dump 2.6.25 <<-'END'
		[ pid ]   uid  tgid total_vm      rss cpu oom_adj name
		[ 4242]  1000  4242   123456     7890   3       5 chrome
		[  901]    33   900    10000     1000   2       0 worker
		[  777]     0   777    18076     1602   1     -17 sshd
	END
	expect_dump 2.6.32-220.el6.x86_64 <<-'END'
		[ pid ]   uid  tgid total_vm      rss cpu oom_adj oom_score_adj name
		[ 4242]  1000  4242   123456     7890   3       5           300 chrome
		[  901]    33   900    10000     1000   2       0             0 worker
		[  777]     0   777    18076     1602   1     -17         -1000 sshd
	END
	expect_dump 3.0 <<-'END'
		[ pid ]   uid  tgid total_vm      rss cpu oom_adj oom_score_adj name
		[ 4242]  1000  4242   123456     7890   3       5           300 chrome
		[  901]    33   900    10000     1000   2       0             0 worker
		[  777]     0   777    18076     1602   1     -17         -1000 sshd
	END
	expect_dump 3.6 <<-'END'
		[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name
		[ 4242]  1000  4242   123456     7890       -      321           300 chrome
		[  901]    33   900    10000     1000       -        0             0 worker
		[  777]     0   777    18076     1602       -        0         -1000 sshd
	END
	expect_dump 4.0 <<-'END'
		[ pid ]   uid  tgid total_vm      rss nr_ptes nr_pmds swapents oom_score_adj name
		[ 4242]  1000  4242   123456     7890       -       -      321           300 chrome
		[  901]    33   900    10000     1000       -       -        0             0 worker
		[  777]     0   777    18076     1602       -       -        0         -1000 sshd
	END
	expect_dump 4.15 <<-'END'
		[ pid ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
		[ 4242]  1000  4242   123456     7890   208896      321           300 chrome
		[  901]    33   900    10000     1000    40960        0             0 worker
		[  777]     0   777    18076     1602   147456        0         -1000 sshd
	END
	expect_dump 6.1 <<-'END'
		Tasks state (memory values in pages):
		[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
		[   4242]  1000  4242   123456     7890   208896      321           300 chrome
		[    901]    33   900    10000     1000    40960        0             0 worker
		[    777]     0   777    18076     1602   147456        0         -1000 sshd
	END
	expect_dump 6.18.44 <<-'END'
		Tasks state (memory values in pages):
		[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name
		[   4242]  1000  4242   123456     7890     7000      800        90   208896      321           300 chrome
		[    901]    33   900    10000     1000     1000        0         0    40960        0             0 worker
		[    777]     0   777    18076     1602      175     1425         2   147456        0         -1000 sshd
	END
	# The running kernel's own.
	own=$(fixture_oomctl rank --format kernel)
	assert_equal "$own" "$(fixture_oomctl rank --format kernel=6.1.0)"
}

@test "every column on a fixture" {
	known
	ranked place,pid,tgid,ppid,uid,name,state,threads,score,adj,oom_score_adj,oom_adj,points,total_vm,rss,rss_anon,rss_file,rss_shmem,swap,pgtables,unit,cgroup 4242
	assert_output '1 4242 4242 1 1000 chrome S 1 872 300 300 5 308262 505675776 32317440 28672000 3276800 368640 1314816 208896 app.scope /user.slice/app.scope'
	run fixture_oomctl rank -q -r --noheadings -o place,pid,tgid,name,state,threads,score,points,rss 900
	assert_success
	assert_output '2 901 900 worker Z 2 667 1010 4096000'
	ranked place,pid,score,adj,points,unit,cgroup,reason 777
	assert_output '- 777 0 -1000 - ssh.service /system.slice/ssh.service adj\x20-1000:\x20never\x20killed'
}

@test "names that the kernel escapes in status" {
	fixture_new 6.1.0
	system adj=0
	fixture_process 100 'a\\nb' vm=9000 rss=4000 anon=4000 file=0 shmem=0 pte=40 swap=0 adj=0 score=667
	printf 'Name:\ta\\nb\\\\c) R\n' >"$fixture/100/status.new"
	tail -n +2 "$fixture/100/status" >>"$fixture/100/status.new"
	mv "$fixture/100/status.new" "$fixture/100/status"
	run fixture_oomctl get 100 -J -o name
	assert_equal "$(json '.processes[0].name')" "$(printf 'a\nb\\c) R')"
	ranked name 100
	assert_output 'a\x0ab\c)\x20R'
}

@test "invalid content of files does no harm" {
	known
	for pid in 4242 777; do
		for file in status stat oom_score oom_score_adj cgroup; do
			for text in '' 'x' '\n\n\n' ':::' '-99999999999999999999\n' '\0\0\0' \
				'Name:\t\nVmRSS:\t99999999999999999999999 kB\nThreads:\t-1\n'; do
				cp "$fixture/$pid/$file" "$fixture/kept"
				printf '%b' "$text" >"$fixture/$pid/$file"
				for form in 'rank --all -r --output-all' "get $pid" 'rank --format kernel'; do
					# shellcheck disable=SC2086 # words
					run fixture_oomctl $form
					((status <= 1)) || {
						echo "$file '$text' $form: $status"
						return 1
					}
					refute_output --partial runtime
					refute_output --partial Sanitizer
				done
				mv "$fixture/kept" "$fixture/$pid/$file"
			done
		done
	done
}

@test "invalid values of the machine do no harm" {
	known
	for file in meminfo vmstat sys/kernel/osrelease sys/vm/panic_on_oom; do
		for text in '' 'x' '\n' '99999999999999999999999999\n' '-1\n'; do
			cp "$fixture/$file" "$fixture/kept"
			printf '%b' "$text" >"$fixture/$file"
			run fixture_oomctl rank -r --noheadings -o tgid,points
			assert_success
			assert_line '4242 308262'
			mv "$fixture/kept" "$fixture/$file"
		done
	done
}

@test "--cgroup finds a process whose cgroup path is longer than any buffer" {
	fixture_new 6.12.0
	fixture_process 100 deep vm=23400 rss=4100 adj=0 score=670 cgroup="0::/u$(printf '/%0200d' {1..25})\n"
	fixture_process 200 other vm=23400 rss=4100 adj=0 score=670 cgroup='0::/v\n'
	run fixture_oomctl rank --cgroup /u -r --noheadings -o pid
	assert_success
	assert_output 100
}
