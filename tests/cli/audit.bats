#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# audit: each check on a fixture of a machine with the problem, and on one without it. tests/lab/systemd-audit.bats has
# real cgroups and systemd.

# bats, cli.bash and fixture.bash set these; the inner shells expand theirs.
# shellcheck disable=SC2154,SC2016,SC2030,SC2031

load cli
load fixture

# A stock server: nothing to find.
setup() {
	local hierarchy=$BATS_TEST_TMPDIR/hierarchy

	fixture_or_skip
	fixture_new 6.12.1
	user_1000=$(id -un 1000 2>/dev/null || echo 1000)
	run_dir=$BATS_TEST_TMPDIR/run
	mkdir -m 755 "$run_dir" "$hierarchy" "$BATS_TEST_TMPDIR/proc"
	ln -s "$BATS_TEST_TMPDIR/proc/self/fd" "$fixture/self/fd"
	echo memory >"$hierarchy/cgroup.controllers"
	echo "cgroup2 ${hierarchy// /\\040} cgroup2 rw 0 0" >"$fixture/self/mounts"
	mkdir -p "$fixture/self/ns"
	ln -s 'pid:[4026531836]' "$fixture/self/ns/pid"
	echo 1 >"$fixture/sys/vm/oom_dump_tasks"
	echo 0 >"$fixture/sys/vm/overcommit_memory"
	echo 0 >"$fixture/sys/kernel/panic"
	# Of systemd, the tests would need /run/systemd: see unit.
	fixture_process 1 init rss=4000 vm=9000 anon=4000 adj=0 score=0 cgroup='0::/init.scope\n'
	fixture_process 2 kthreadd ppid=0 adj=0
	process 10 sshd adj=-1000 score=0 cgroup='0::/system.slice/ssh.service\n'
	process 11 sshd ppid=10 cgroup='0::/user.slice/user-1000.slice/session-3.scope\n'
	process 12 bash ppid=11 uid=1000 cgroup='0::/user.slice/user-1000.slice/session-3.scope\n'
	process 13 systemd-udevd adj=-1000 score=0 cgroup='0::/system.slice/systemd-udevd.service/udev\n'
	process 14 dbus-daemon adj=-900 uid=100 cgroup='0::/system.slice/dbus.service\n'
	process 15 cron cgroup='0::/system.slice/cron.service\n'
	process 16 systemd uid=1000 adj=100 cgroup='0::/user.slice/user-1000.slice/user@1000.service/init.scope\n'
	process 17 firefox ppid=16 uid=1000 adj=200 \
		cgroup='0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-x.scope\n'
	process 18 'Web Content' ppid=17 uid=1000 adj=300 \
		cgroup='0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-x.scope\n'
	process 19 java uid=1001 rss=300000 anon=300000 vm=900000 cgroup='0::/system.slice/app.service\n'
}

process() {
	fixture_process "$1" "$2" vm=9000 rss=4000 anon=4000 file=0 shmem=0 pte=40 swap=0 adj=0 score=667 "${@:3}"
	echo "$2" >"$fixture/$1/comm"
}

# group PATH [KEY=VALUE]...: a cgroup with these files; its processes are those that are in it or below.
group() {
	local dir=$BATS_TEST_TMPDIR/hierarchy$1 pair file

	mkdir -p "$dir"
	for file in "$fixture"/[0-9]*/cgroup; do
		[[ $(<"$file") != "0::$1" ]] || basename "${file%/cgroup}"
	done >"$dir/cgroup.procs"
	echo 4096000 >"$dir/memory.current"
	echo max >"$dir/memory.max"
	for pair in "${@:2}"; do
		echo "${pair#*=}" >"$dir/${pair%%=*}"
	done
}

# rules LINE...: a file of standing rules.
rules() {
	rules_or_skip
	mkdir -p "$run_dir/oomctl.rules.d"
	chmod 755 "$run_dir/oomctl.rules.d"
	printf '%s\n' "$@" >"$run_dir/oomctl.rules.d/test.rules"
}

# unit NAME MAIN POLICY [FILE-LINE]...: a unit as systemctl shows it, and its file if there are lines.
unit() {
	[[ -x /usr/bin/systemctl ]] || skip 'needs systemctl, to put another in its place'
	[[ ! -e /etc/systemd/system/$1 && ! -e /usr/lib/systemd/system/$1 ]] || fail "$1 exists"
	mkdir -p "$run_dir/systemd/system"
	printf '%s\n' "Id=$1" LoadState=loaded "MainPID=$2" "OOMPolicy=$3" OOMScoreAdjust=0 '' >>"$run_dir/units"
	printf '#!/bin/sh\ncat /run/units\n' >"$run_dir/systemctl"
	chmod 755 "$run_dir/systemctl"
	((${#} < 4)) || printf '%s\n' '[Service]' "${@:4}" >"$run_dir/systemd/system/$1"
}

# audit WORD...: on that machine, with /run of its own.
audit() {
	timeout -k 5 60 "${fixture_unshare[@]:?}" bash -c 'mount --rbind /proc "$1" && mount --bind "$2" /run &&
		{ [[ ! -e $2/systemctl ]] || mount --bind "$2/systemctl" /usr/bin/systemctl; } && shift 2 && exec "$@"' \
		- "$BATS_TEST_TMPDIR/proc" "$run_dir" env LD_PRELOAD="$cli_helpers/machine.so" \
		ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0" FIXTURE_PROC="$fixture" FIXTURE_PAGE_SIZE="$fixture_page_size" \
		FIXTURE_RAM_KIB="$fixture_ram_kib" FIXTURE_SWAP_KIB="$fixture_swap_kib" "$OOMCTL" audit "$@"
}

# finds NAME SUBJECT FIX REASON: exactly this, and the command is one that oomctl accepts.
finds() {
	run --separate-stderr audit -J
	assert_equal "$stderr" ''
	assert_failure 1
	assert_equal "$(json '.findings[] | .name, .subject, .fix, .reason')" "$1
$2
$3
$4"
	accepts "$3"
	run --separate-stderr audit -J --ignore "$1"
	assert_success
	assert_equal "$(json '.findings | length')" 0
}

# accepts FIX: a command of oomctl has no usage error; it runs on the real machine, without any effect.
accepts() {
	local words

	[[ $1 == oomctl\ * ]] || return 0
	eval "words=($1)"
	case ${words[1]} in
	set | protect | sysctl | apply) words+=(--dry-run) ;;
	esac
	run timeout 60 "$OOMCTL" "${words[@]:1}"
	[[ $status != 2 ]] || fail "$1: $output"
}

finds_nothing() {
	run --separate-stderr audit -J
	assert_equal "$stderr" ''
	assert_equal "$(json '.findings')" '[]'
	assert_success
}

@test "audit: a stock server" {
	finds_nothing
	run audit
	assert_success
	assert_output ''
	run audit -o name,subject
	assert_success
	assert_output ''
}

@test "audit inherited-protection: a user's processes have the adj of root's" {
	process 15 cron adj=-1000 score=0 cgroup='0::/system.slice/cron.service\n'
	process 30 sh ppid=15 uid=1000 adj=-1000 score=0 cgroup='0::/system.slice/cron.service\n'
	process 31 job ppid=30 uid=1000 adj=-1000 score=0 cgroup='0::/system.slice/cron.service\n'
	finds inherited-protection 'pid 15 (cron)' 'oomctl set 0 30 31' \
		"its adj -1000 is inherited by 2 processes of user $user_1000, such as pid 30 (sh): the user can fill memory with unkillable processes"
}

@test "audit inherited-protection: the command changes many processes, and no others" {
	local i

	process 15 cron adj=-999 cgroup='0::/system.slice/cron.service\n'
	for i in {30..50}; do
		process "$i" job ppid=15 uid=1000 adj=-999 cgroup='0::/system.slice/cron.service\n'
	done
	run audit -o fix --noheadings
	assert_output 'oomctl set 0 --unit cron.service --user 1000 --with-adj -999..-999'
	accepts "$output"
	# In several units, if no other process of the user has the value.
	process 30 job ppid=15 uid=1000 adj=-999 cgroup='0::/user.slice/user-1000.slice/session-3.scope\n'
	run audit -o fix --noheadings
	assert_output 'oomctl set 0 --user 1000 --with-adj -999..-999'
	# A database that runs as the user, and is protected by its unit.
	process 60 database uid=1000 adj=-999 cgroup='0::/system.slice/audit-test.service\n'
	unit audit-test.service 60 continue OOMScoreAdjust=-999
	run audit -o fix --noheadings
	assert_output "oomctl set 0 $(echo {30..50})"
	process 30 job ppid=15 uid=1000 adj=-999 cgroup='0::/system.slice/cron.service\n'
	run audit -o fix --noheadings
	assert_output 'oomctl set 0 --unit cron.service --user 1000 --with-adj -999..-999'
	# In the same unit.
	process 60 database ppid=13 uid=1000 adj=-999 cgroup='0::/system.slice/cron.service\n'
	run audit -o fix --noheadings
	assert_output "oomctl set 0 $(echo {30..50})"
}

@test "audit inherited-protection: wherever the process is, and whatever its parents have" {
	local why="it is of user $user_1000 and has adj -1000, which needs privilege to set: the user can fill memory with unkillable processes"
	local manager='0::/user.slice/user-1000.slice/user@1000.service'

	[[ ! -e /etc/systemd/system/user@1000.service ]] || fail 'exists'
	unit user@1000.service 16 continue
	# Moved to a scope of the user's own manager.
	process 30 job ppid=1 uid=1000 adj=-1000 score=0 cgroup="$manager/app.slice/hidden.scope\\n"
	finds inherited-protection 'pid 30 (job)' 'oomctl set 0 30' "$why"
	# The user has raised the adj of the parent.
	process 30 job ppid=12 uid=1000 adj=-1000 score=0 cgroup="$manager/app.slice/hidden.scope\\n"
	finds inherited-protection 'pid 30 (job)' 'oomctl set 0 30' "$why"
	process 30 job ppid=12 uid=1000 adj=-1000 score=0 cgroup='0::/\n'
	finds inherited-protection 'pid 30 (job)' 'oomctl set 0 30' "$why"
	# A scope of the user that has the name of a container.
	process 30 job ppid=1 uid=1000 adj=-1000 score=0 \
		cgroup="$manager/app.slice/docker-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope\\n"
	finds inherited-protection 'pid 30 (job)' 'oomctl set 0 30' "$why"
	# The manager itself and its helper.
	unit user@1000.service 16 continue OOMScoreAdjust=-900
	process 16 systemd uid=1000 adj=-900 cgroup="$manager/init.scope\\n"
	process 30 '(sd-pam)' ppid=16 uid=1000 adj=-900 cgroup="$manager/init.scope\\n"
	finds_nothing
	# One that has less than its manager.
	process 30 job ppid=16 uid=1000 adj=-901 cgroup="$manager/app.slice/a.service\\n"
	finds inherited-protection 'pid 30 (job)' 'oomctl set 0 30' \
		"it is of user $user_1000 and has adj -901, which needs privilege to set: other work is killed before them"
}

@test "audit inherited-protection: the parents have ended" {
	local session='0::/user.slice/user-1000.slice/session-4.scope\n' why

	why="it and 1 other process of user $user_1000 have adj -1000, which needs privilege to set: the user can fill memory with unkillable processes"
	process 30 job ppid=1 uid=1000 adj=-1000 score=0 cgroup="$session"
	process 31 job ppid=30 uid=1000 adj=-1000 score=0 cgroup="$session"
	finds inherited-protection 'pid 30 (job)' 'oomctl set 0 30 31' "$why"
	# In a service of root.
	process 30 job ppid=1 uid=1000 adj=-1000 score=0 cgroup='0::/system.slice/audit-test.service\n'
	process 32 cron adj=-1000 score=0 cgroup='0::/system.slice/audit-test.service\n'
	unit audit-test.service 32 continue OOMScoreAdjust=-1000
	finds inherited-protection 'pid 30 (job)' 'oomctl set 0 30 31' "$why"
	# A service of the user.
	process 32 server uid=1000 adj=-1000 score=0 cgroup='0::/system.slice/audit-test.service\n'
	finds_nothing
	# The service has no main process, as after a stop with KillMode=process; it is root's, or the user's.
	rm -r "${fixture:?}/32"
	sed -i s/MainPID=32/MainPID=0/ "$run_dir/units"
	finds_nothing
	for user in '' root 0; do
		sed -i "/^User/d; s/^Id=.*/&\nUser=$user/" "$run_dir/units"
		finds inherited-protection 'pid 30 (job)' 'oomctl set 0 30 31' "$why"
	done
	sed -i s/^User=.*/User=someone/ "$run_dir/units"
	finds_nothing
}

@test "audit inherited-protection: not what is set for a process, a service or a container" {
	local id=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

	# Set for the process: its parent has another.
	process 30 server uid=1000 adj=-900 cgroup='0::/system.slice/a.service\n'
	process 31 server ppid=30 uid=1000 adj=-900 cgroup='0::/system.slice/a.service\n'
	# Of a guaranteed pod, whose first process is root's.
	process 32 pause adj=-997 cgroup="0::/kubepods.slice/cri-containerd-$id.scope\n"
	process 33 app ppid=32 uid=1000 adj=-997 cgroup="0::/kubepods.slice/cri-containerd-$id.scope\n"
	# Of dynamic and system users.
	process 34 master adj=-900 cgroup='0::/system.slice/b.service\n'
	process 35 worker ppid=34 uid=33 adj=-900 cgroup='0::/system.slice/b.service\n'
	process 36 worker ppid=34 uid=61200 adj=-900 cgroup='0::/system.slice/b.service\n'
	process 37 worker ppid=34 uid=65534 adj=-900 cgroup='0::/system.slice/b.service\n'
	# Not far below 0.
	process 38 master adj=-499 cgroup='0::/system.slice/c.service\n'
	process 39 worker ppid=38 uid=1000 adj=-499 cgroup='0::/system.slice/c.service\n'
	finds_nothing
}

@test "audit unkillable-cgroup: the largest process is named, and the topmost cgroup" {
	process 30 big adj=-1000 score=0 rss=8000 anon=8000 cgroup='0::/box/in\n'
	process 31 small adj=-1000 score=0 cgroup='0::/box\n'
	group /box memory.max=104857600
	group /box/in memory.max=52428800
	finds unkillable-cgroup 'cgroup /box' 'oomctl set -999 30' \
		'its memory is limited to 100M, and all of its processes are unkillable: at the limit the kernel finds no victim, and allocations stall'
}

@test "audit unkillable-cgroup: not with a killable or unknown process, or without a limit or a process" {
	process 30 a adj=-1000 score=0 cgroup='0::/mixed\n'
	process 31 b cgroup='0::/mixed/below\n'
	group /mixed memory.max=104857600
	group /mixed/below
	process 32 a adj=-1000 score=0 cgroup='0::/unlimited\n'
	group /unlimited
	group /empty memory.max=104857600
	# More than RAM.
	process 35 a adj=-1000 score=0 cgroup='0::/huge\n'
	group /huge memory.max=$((fixture_ram_kib * 1024))
	process 33 a adj=-1000 score=0 cgroup='0::/unknown\n'
	group /unknown memory.max=104857600
	echo 4242 >>"$BATS_TEST_TMPDIR/hierarchy/unknown/cgroup.procs"
	# Of another PID namespace.
	process 34 a adj=-1000 score=0 cgroup='0::/outside\n'
	group /outside memory.max=104857600
	echo 0 >>"$BATS_TEST_TMPDIR/hierarchy/outside/cgroup.procs"
	finds_nothing
}

@test "audit unkillable-memory: more than half of RAM" {
	# 1001000 + 1001000 + 4000 + 4000 of 4000000 kB.
	process 30 one adj=-1000 score=0 vm=2000000 rss=1001000 anon=1001000
	process 31 two adj=-1000 score=0 vm=2000000 rss=1000900 anon=1000900
	process 32 killable rss=900000 anon=900000 vm=900000
	finds unkillable-memory 'pid 30 (one)' 'oomctl set -999 30' \
		'unkillable processes use 1.9G of 3.8G RAM, and this one uses most: kills can free little'
	# Without 10,000 kB each it is less than half, and others are killable and as large.
	process 30 one adj=-1000 score=0 vm=2000000 rss=991000 anon=991000
	process 31 two adj=-1000 score=0 vm=2000000 rss=990900 anon=990900
	finds_nothing
	# Pages that are shared are counted once, those of files not at all.
	process 30 one adj=-1000 score=0 vm=2000000 rss=1500000 anon=500000 shmem=1000000
	process 31 two adj=-1000 score=0 vm=2000000 rss=1600000 anon=400000 shmem=1000000 file=200000
	finds_nothing
}

@test "audit unkillable-memory: everything large is unkillable" {
	process 19 java uid=1001 rss=300000 anon=300000 vm=900000 cgroup='0::/system.slice/app.service\n'
	process 30 one adj=-1000 score=0 vm=2000000 rss=500000 anon=500000
	finds unkillable-memory 'pid 30 (one)' 'oomctl set -999 30' \
		'it is unkillable, and uses more than all killable processes together: kills can free little'
	# Killable processes have more together, though each is small.
	process 31 java uid=1001 rss=300000 anon=300000 vm=900000
	finds_nothing
	# One of them is large.
	rm -r "${fixture:?}"/{19,31}
	process 31 java uid=1001 rss=400000 anon=400000 vm=900000
	finds_nothing
	# Below a tenth of RAM nothing is large.
	process 30 one adj=-1000 score=0 vm=2000000 rss=399000 anon=391000
	rm -r "${fixture:?}/31"
	finds_nothing
}

@test "audit remote-access: a listener without protection" {
	process 10 sshd rss=5000 anon=5000 cgroup='0::/system.slice/ssh.service\n'
	# Later: sshd 11, bash, cron with 4000 kB, and dbus-daemon. First: java, and what has an adj above 0.
	finds remote-access 'pid 10 (sshd)' 'oomctl set -1000 10' \
		'no server for remote logins is protected: this one has adj 0, and 4 processes are killed later'
	# A second one, protected.
	process 20 dropbear adj=-999 score=0
	finds_nothing
	# Of a container, of an ordinary user; with socket activation there is no listener.
	rm -r "${fixture:?}"/{10,11,20}
	process 20 sshd uid=1000
	process 21 dropbear cgroup='0::/lxc/one\n'
	finds_nothing
	# One connection each.
	process 22 sshd cgroup='0::/system.slice/system-ssh.slice/ssh@1-2.service\n'
	process 23 sshd cgroup='0::/user.slice/user-1000.slice/session-3.scope\n'
	finds_nothing
	# A session that the server has left, before the server in kill order.
	process 24 sshd rss=4400 anon=4400 cgroup='0::/system.slice/audit-test.service\n'
	process 25 sshd cgroup='0::/system.slice/audit-test.service\n'
	unit audit-test.service 25 continue
	run audit -o subject,fix --noheadings
	assert_output 'pid 25 (sshd) oomctl set -1000 25'
	rm -r "${fixture:?}/25" "$run_dir/units"
	unit audit-test.service 15 continue
	process 15 cron cgroup='0::/system.slice/audit-test.service\n'
	finds_nothing
}

@test "audit remote-access: sessions of dropbear would inherit its adj, so a rule protects it" {
	local file rule

	# The program has been built with this folder.
	rule="mkdir -p /etc/oomctl.rules.d && echo 'protect name ^dropbear\$ user root children 0' >>/etc/oomctl.rules.d/dropbear.rules"
	rm -r "${fixture:?}"/{10,11}
	process 20 dropbear rss=5000 anon=5000
	finds remote-access 'pid 20 (dropbear)' "$rule && systemctl enable --now oomctl-watch" \
		"no server for remote logins is protected: this one has adj 0, and 3 processes are killed later; its sessions inherit its adj, so a rule is needed"
	# Without systemd.
	for file in "$fixture"/[0-9]*/cgroup; do
		echo 0::/ >"$file"
	done
	run audit -r --noheadings -o fix
	assert_output --partial 'oomctl\x20watch'
	refute_output --partial systemctl
}

@test "audit panic-stays-down" {
	echo 1 >"$fixture/sys/vm/panic_on_oom"
	[[ $(cat /sys/kernel/kexec_crash_loaded 2>/dev/null) != 1 ]] || skip 'a kdump kernel is loaded here'
	finds panic-stays-down panic_on_oom 'oomctl sysctl panic=10 --persist' \
		'it is 1, kernel.panic is 0, and no kdump kernel is loaded: after a panic the machine stays down until it is reset'
	for panic in 10 -1; do
		echo "$panic" >"$fixture/sys/kernel/panic"
		finds_nothing
	done
}

@test "audit kill-allocating-task and no-task-dump" {
	echo 1 >"$fixture/sys/vm/oom_kill_allocating_task"
	finds kill-allocating-task oom_kill_allocating_task 'oomctl sysctl oom_kill_allocating_task=0 --persist' \
		'it is 1: the process that requests memory is killed, whatever its points; only adj -1000 counts'
	echo 0 >"$fixture/sys/vm/oom_kill_allocating_task"
	echo 0 >"$fixture/sys/vm/oom_dump_tasks"
	finds no-task-dump oom_dump_tasks 'oomctl sysctl oom_dump_tasks=1 --persist' \
		'it is 0: OOM reports do not list the processes, so that the reason for a kill cannot be found later'
}

@test "audit commit-limit" {
	echo 2 >"$fixture/sys/vm/overcommit_memory"
	printf '%s\n' 'CommitLimit:     1000000 kB' 'Committed_AS:     900000 kB' >>"$fixture/meminfo"
	finds commit-limit overcommit_memory 'oomctl sysctl overcommit_memory=0 --persist' \
		'it is 2, and 879M of at most 977M are committed: allocations fail soon, whatever memory is free'
	# Other modes have no limit.
	echo 1 >"$fixture/sys/vm/overcommit_memory"
	finds_nothing
	echo 2 >"$fixture/sys/vm/overcommit_memory"
	sed -i 's/ 900000 kB/ 899999 kB/' "$fixture/meminfo"
	finds_nothing
}

@test "audit first-victim: a main process, not its children, or what is first by intention" {
	process 30 mariadbd uid=100 rss=1500000 anon=1500000 vm=1500000 cgroup='0::/system.slice/mariadb.service\n'
	finds first-victim 'pid 30 (mariadbd)' 'oomctl protect 30' \
		'the main process of a database or a hypervisor is killed first'
	process 30 mariadbd uid=100 rss=1500000 anon=1500000 vm=1500000 adj=300
	finds_nothing
	# Any user can choose a name.
	process 30 mariadbd uid=1000 rss=1500000 anon=1500000 vm=1500000 cgroup='0::/system.slice/audit-test.service\n'
	finds_nothing
	unit audit-test.service 30 continue
	finds first-victim 'pid 30 (mariadbd)' 'oomctl protect --unit audit-test.service --persist' \
		'the main process of a database or a hypervisor is killed first'
	rm -r "$run_dir"/systemctl "$run_dir/systemd"
	process 30 postgres uid=100 adj=-900
	process 31 postgres uid=100 ppid=30 rss=1500000 anon=1500000 vm=1500000
	finds_nothing
	# Second.
	process 30 mariadbd uid=100 rss=200000 anon=200000 vm=900000
	rm -r "${fixture:?}/31"
	finds_nothing
}

@test "audit old-scale: with the value that corresponds" {
	process 30 server adj=-17 cgroup='0::/system.slice/a.service\n'
	process 31 worker ppid=30 adj=-17 cgroup='0::/system.slice/a.service\n'
	finds old-scale 'pid 30 (server)' 'oomctl set -1000 30 31' \
		'adj -17 counts as only 1.7% of memory; on the old scale, -17 is -1000 (2 processes have it)'
	process 30 server adj=10 rss=5000 anon=5000 cgroup='0::/system.slice/a.service\n'
	process 31 worker ppid=1 adj=10 cgroup='0::/system.slice/a.service\n'
	finds old-scale 'pid 30 (server)' 'oomctl set 588 30 31' \
		'adj 10 counts as only 1.0% of memory; on the old scale, 10 is 588 (2 processes have it)'
}

@test "audit old-scale: one finding for a unit, and for all cgroups without a unit" {
	local i

	# The youngest is first in kill order.
	for i in {30..50}; do
		process "$i" worker adj=12 rss=$((5000 + i)) cgroup="0::/jobs/$i\\n"
	done
	for i in {60..81}; do
		process "$i" server adj=12 rss=$((6000 + i)) cgroup="0::/system.slice/a.service/$i\\n"
	done
	run audit -o subject,fix --noheadings
	assert_output "pid 30 (worker) oomctl set 705 $(echo {30..50})
pid 60 (server) oomctl set 705 --unit a.service --with-adj 12..12"
	for i in "${lines[@]}"; do
		accepts "${i#*) }"
	done
	# A process in the unit that is not part of the finding.
	process 82 server ppid=83 adj=12 cgroup='0::/system.slice/a.service\n'
	process 83 server adj=12 cgroup='0::/lxc/one\n'
	run audit -o subject,fix --noheadings
	assert_line "pid 60 (server) oomctl set 705 $(echo {60..81})"
	# What a user has of it is not protected with the others.
	rm -r "${fixture:?}"/{3,4,5,6,7,8}?
	process 30 server adj=-17 cgroup='0::/system.slice/a.service\n'
	process 31 worker ppid=30 uid=1000 adj=-17 cgroup='0::/system.slice/a.service\n'
	run audit -J
	assert_equal "$(json '.findings[] | .subject, .fix')" $'pid 30 (server)\noomctl set -1000 30\npid 31 (worker)\noomctl set 0 31'
}

@test "audit old-scale: no command protects what a user may have started" {
	process 30 mine uid=1000 adj=-5
	run audit -J
	assert_failure 1
	assert_equal "$(json '.findings[] | .name, .subject, .fix')" $'old-scale\npid 30 (mine)\noomctl set 0 30'
}

@test "audit old-scale: not just outside of it, or in a container" {
	local id=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

	process 30 server adj=-18
	process 31 server adj=16
	# Kubernetes gives a burstable pod 1000 minus the share of memory that it requests.
	process 32 server adj=3 cgroup="0::/kubepods.slice/cri-containerd-$id.scope\n"
	finds_nothing
}

@test "audit declared-adj: a unit file, and the main process" {
	process 30 server adj=0 cgroup='0::/system.slice/audit-test.service\n'
	unit audit-test.service 30 continue OOMScoreAdjust=-900
	run --separate-stderr audit -J
	assert_equal "$stderr" ''
	assert_failure 1
	assert_equal "$(json '.findings[] | .name, .subject, .fix, (.reason | split(": ")[0])')" "declared-adj
unit audit-test.service
oomctl set -900 30
/run/systemd/system/audit-test.service sets OOMScoreAdjust=-900, but the main process, pid 30 (server), has adj 0"
	# A lower value may be what the program set itself.
	process 30 server adj=-1000 score=0 cgroup='0::/system.slice/audit-test.service\n'
	finds declared-adj 'unit audit-test.service' 'systemctl edit audit-test.service' \
		'/run/systemd/system/audit-test.service sets OOMScoreAdjust=-900, but the main process, pid 30 (server), has adj -1000: it, or something else, changed it after its start; to keep it, write OOMScoreAdjust=-1000 in the section [Service]'
	# Known programs do, if they run as root.
	process 30 sshd adj=-1000 score=0 cgroup='0::/system.slice/audit-test.service\n'
	finds_nothing
	process 30 sshd adj=-999 score=0 cgroup='0::/system.slice/audit-test.service\n'
	run audit -r --noheadings -o name
	assert_output declared-adj
	process 30 sshd uid=33 adj=-1000 score=0 cgroup='0::/system.slice/audit-test.service\n'
	run audit -r --noheadings -o name
	assert_output declared-adj
	# Other processes of the unit may have another; and what systemd does not know as its main process.
	process 30 server adj=-900 cgroup='0::/system.slice/audit-test.service\n'
	process 31 worker ppid=30 adj=0 cgroup='0::/system.slice/audit-test.service\n'
	finds_nothing
	process 31 worker adj=0 cgroup='0::/system.slice/other.service\n'
	unit audit-test.service 31 continue OOMScoreAdjust=-900
	finds_nothing
}

@test "audit: the commands of two checks do not undo each other" {
	# -999 is what unkillable-cgroup and unkillable-memory propose for -1000.
	process 30 server adj=-999 score=1 cgroup='0::/system.slice/audit-test.service\n'
	unit audit-test.service 30 continue OOMScoreAdjust=-1000
	finds_nothing
	process 30 server adj=-998 score=1 cgroup='0::/system.slice/audit-test.service\n'
	run audit -r --noheadings -o name,fix
	assert_output 'declared-adj oomctl\x20set\x20-1000\x2030'
	# What a unit declares is not guessed from the old scale.
	process 30 server adj=-17 cgroup='0::/system.slice/audit-test.service\n'
	unit audit-test.service 30 continue OOMScoreAdjust=-500
	run audit -r --noheadings -o name,fix
	assert_output 'declared-adj oomctl\x20set\x20-500\x2030'
}

@test "audit: a value that is declared is changed with --persist, where it is declared" {
	process 30 server adj=-17 cgroup='0::/system.slice/audit-test.service\n'
	unit audit-test.service 30 continue OOMScoreAdjust=-17
	finds old-scale 'pid 30 (server)' 'oomctl set -1000 --unit audit-test.service --persist' \
		'adj -17 counts as only 1.7% of memory; on the old scale, -17 is -1000'
}

@test "audit group-kill: OOMPolicy= of units with many processes" {
	local i

	for i in {30..48}; do
		process "$i" worker cgroup='0::/system.slice/audit-test.service/sub\n'
	done
	unit audit-test.service 30 stop
	finds_nothing
	process 49 worker cgroup='0::/system.slice/audit-test.service\n'
	finds group-kill 'unit audit-test.service' 'systemctl edit audit-test.service' \
		'OOMPolicy=stop: if one of its 20 processes is killed, systemd stops all; to keep the others, write OOMPolicy=continue in the section [Service]'
	sed -i s/=stop/=kill/ "$run_dir/units"
	finds group-kill 'unit audit-test.service' 'systemctl edit audit-test.service' \
		'OOMPolicy=kill: all of its 20 processes are killed together; to kill only one, write OOMPolicy=continue in the section [Service]'
	sed -i s/=kill/=continue/ "$run_dir/units"
	finds_nothing
}

@test "audit group-kill: not if a stop leaves other processes, or none can be killed" {
	local i mode

	for i in {30..49}; do
		process "$i" worker cgroup='0::/system.slice/audit-test.service\n'
	done
	unit audit-test.service 30 stop
	for mode in none process; do
		sed -i "s/^Id=.*/&\nKillMode=$mode/" "$run_dir/units"
		finds_nothing
		sed -i /KillMode/d "$run_dir/units"
	done
	# The kernel and systemd kill all, whatever KillMode= is.
	sed -i 's/=stop/=kill/; s/^Id=.*/&\nKillMode=process/' "$run_dir/units"
	run audit -r --noheadings -o name
	assert_output group-kill
	sed -i 's/=kill/=stop/; /KillMode/d' "$run_dir/units"
	for i in {30..49}; do
		process "$i" worker adj=-1000 score=0 cgroup='0::/system.slice/audit-test.service\n'
	done
	finds_nothing
	# One that can be killed is enough.
	process 49 worker cgroup='0::/system.slice/audit-test.service\n'
	run audit -r --noheadings -o name
	assert_output group-kill
}

@test "audit group-kill: memory.oom.group leaves unkillable processes" {
	local i

	for i in {30..48}; do
		process "$i" worker cgroup='0::/jobs\n'
	done
	process 49 worker adj=-1000 score=0 cgroup='0::/jobs\n'
	group /jobs memory.oom.group=1
	finds_nothing
}

@test "audit group-kill: memory.oom.group of other cgroups, not of containers" {
	local i id=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

	for i in {30..49}; do
		process "$i" worker cgroup='0::/jobs/one\n'
	done
	group /jobs memory.oom.group=1
	group /jobs/one memory.oom.group=1
	finds group-kill 'cgroup /jobs' 'oomctl group off --cgroup /jobs' \
		'memory.oom.group is 1: all of its 20 processes are killed together'
	rm -r "${fixture:?}/49"
	finds_nothing
	for i in {30..59}; do
		process "$i" worker cgroup="0::/docker-$id.scope\n"
	done
	group "/docker-$id.scope" memory.oom.group=1
	finds_nothing
}

@test "audit oom-daemon: by unit, or by name" {
	process 30 earlyoom uid=61184 adj=-100 cgroup='0::/system.slice/earlyoom.service\n'
	run audit -J
	assert_failure 1
	assert_equal "$(json '.findings[] | .severity, .name, .subject, .fix')" "low
oom-daemon
pid 30 (earlyoom)
systemctl disable --now earlyoom.service"
	process 30 python3 cgroup='0::/system.slice/nohang-desktop.service\n'
	run audit -r --noheadings -o name,fix
	assert_output 'oom-daemon systemctl\x20disable\x20--now\x20nohang-desktop.service'
	# The program has the name of another service.
	process 30 nohang cgroup='0::/system.slice/nohang-desktop.service\n'
	run audit -r --noheadings -o name,fix
	assert_output 'oom-daemon systemctl\x20disable\x20--now\x20nohang-desktop.service'
	process 30 systemd-oomd uid=990 cgroup='0::/system.slice/systemd-oomd.service\n'
	finds oom-daemon 'pid 30 (systemd-oomd)' 'systemctl disable --now systemd-oomd.service' \
		'it kills whole cgroups before the kernel does, by memory pressure and use of swap: adj does not count, but ManagedOOMPreference= does; if it is wanted, skip this check'
	process 30 uresourced cgroup='0::/system.slice/uresourced.service\n'
	run audit -r --noheadings -o name,fix
	assert_output 'oom-daemon systemctl\x20disable\x20--now\x20uresourced.service'
	rm "$fixture/30/cgroup"
	process 30 earlyoom
	run audit -r --noheadings -o name,fix
	assert_output 'oom-daemon kill\x2030'
	# Of root, started by hand.
	process 30 earlyoom ppid=12 cgroup='0::/user.slice/user-1000.slice/session-3.scope\n'
	run audit -r --noheadings -o name,fix
	assert_output 'oom-daemon kill\x2030'
	# Of a user, or of a user's manager.
	process 30 earlyoom uid=1000
	process 31 earlyoom uid=1000 cgroup='0::/user.slice/user-1000.slice/user@1000.service/app.slice/earlyoom.service\n'
	finds_nothing
}

@test "audit rule-error" {
	rules 'adj 2000 name x'
	finds rule-error /run/oomctl.rules.d/test.rules:1 '${EDITOR:-vi} +1 /run/oomctl.rules.d/test.rules' \
		"its rules have no effect: adj must be a number from -999 to 1000, not '2000'"
}

@test "audit rule-error: what others can change is looked at before it is trusted" {
	local unsafe='ignored, because users other than root can change or replace it'

	rules 'adj 0 name ^cron$'
	chmod 666 "$run_dir/oomctl.rules.d/test.rules"
	finds rule-error /run/oomctl.rules.d/test.rules \
		'install -m 600 /run/oomctl.rules.d/test.rules /run/oomctl.rules.d/test.rules.new && ${EDITOR:-vi} /run/oomctl.rules.d/test.rules.new && chmod 644 /run/oomctl.rules.d/test.rules.new && mv /run/oomctl.rules.d/test.rules.new /run/oomctl.rules.d/test.rules' \
		"its rules have no effect: $unsafe"
	# It fixes that, also if the file is a link to what others can change.
	mv "$run_dir/oomctl.rules.d/test.rules" "$run_dir/theirs"
	ln -s ../theirs "$run_dir/oomctl.rules.d/test.rules"
	run --separate-stderr audit -J
	fix=$(json '.findings[0].fix')
	# The link can lead to a secret: until root has looked, only root can read the copy.
	EDITOR='false' run -1 bash -c "${fix//\/run/$run_dir}"
	assert_equal "$(stat -c %a "$run_dir/oomctl.rules.d/test.rules.new")" 600
	(umask 022 && EDITOR=true bash -c "${fix//\/run/$run_dir}")
	finds_nothing
	chmod 777 "$run_dir/oomctl.rules.d"
	finds rule-error /run/oomctl.rules.d 'chown root /run/oomctl.rules.d && chmod go-w /run/oomctl.rules.d' \
		"its rules have no effect: $unsafe"
}

@test "audit rule-error: not what only root can read" {
	mounts_or_skip
	rules 'adj 0 name ^cron$'
	chmod 600 "$run_dir/oomctl.rules.d/test.rules"
	chmod 755 "$BATS_TEST_TMPDIR"
	# On the real machine, which may have other findings.
	run --separate-stderr unshare -m bash -c 'mount --bind "$1" /run && shift && exec "$@"' - "$run_dir" \
		setpriv --reuid 65534 --regid 65534 --clear-groups "$OOMCTL" audit -J
	assert_failure 3
	assert_equal "$(json '.findings[] | select(.name | startswith("rule"))')" ''
	assert_equal "${stderr_lines[0]}" 'oomctl: not all of the rules could be read: Permission denied; these checks are incomplete: rule-error, rule-contradiction, rule-not-in-effect, rule-unmatched'
}

@test "audit rule-unmatched, rule-contradiction, rule-not-in-effect" {
	rules 'adj 0 name ^cron$' 'adj 5 name ^missing$'
	finds rule-unmatched /run/oomctl.rules.d/test.rules:2 '${EDITOR:-vi} +2 /run/oomctl.rules.d/test.rules' 'no process matches it now'
	rules 'adj 100 name ^cron$' 'adj 0 name ^cron$'
	finds rule-contradiction /run/oomctl.rules.d/test.rules:1 '${EDITOR:-vi} +1 /run/oomctl.rules.d/test.rules' \
		'/run/oomctl.rules.d/test.rules:2 has the same conditions and another value, and decides'
	# The same user, by name and by number.
	rules 'adj 100 name ^cron$ user root' 'adj 0 user 0 name ^cron$'
	finds rule-contradiction /run/oomctl.rules.d/test.rules:1 '${EDITOR:-vi} +1 /run/oomctl.rules.d/test.rules' \
		'/run/oomctl.rules.d/test.rules:2 has the same conditions and another value, and decides'
	# An exception in the wrong order.
	rules 'adj 100 name ^cron$ user 0' 'adj 0 name ^cron$'
	finds rule-contradiction /run/oomctl.rules.d/test.rules:1 '${EDITOR:-vi} +1 /run/oomctl.rules.d/test.rules' \
		'/run/oomctl.rules.d/test.rules:2 comes later, matches all of its processes, and has another value: this rule never decides'
	rules 'adj 5 name ^cron$ user 0' 'adj 0 name ^cron$ user 1'
	run audit -r --noheadings -o name
	refute_output --partial rule-contradiction
	# An exception, and the same value again.
	rules 'adj 0 user root' 'leave name ^(sshd|systemd-udevd)$' 'adj 0 name ^cron$' 'adj 0 name ^cron$'
	finds_nothing
	rules 'adj 100 name ^cron$'
	finds rule-not-in-effect /run/oomctl.rules.d/test.rules:1 'oomctl apply' \
		'1 process does not have its value: the rules were not applied'
	process 15 cron adj=100 cgroup='0::/system.slice/cron.service\n'
	finds_nothing
}

@test "audit: what a rule sets is wanted" {
	process 15 cron adj=-1000 score=0 cgroup='0::/system.slice/cron.service\n'
	process 30 job ppid=15 uid=1000 adj=-1000 score=0 cgroup='0::/system.slice/cron.service\n'
	rules 'never name ^(cron|job)$'
	finds_nothing
	rules 'never name ^cron$'
	run audit -r --noheadings -o name
	assert_output inherited-protection
}

@test "audit: the most severe findings first, as paragraphs, table, raw and JSON" {
	echo 0 >"$fixture/sys/vm/oom_dump_tasks"
	echo 1 >"$fixture/sys/vm/oom_kill_allocating_task"
	process 10 sshd cgroup='0::/system.slice/ssh.service\n'
	run audit -r -o severity,name
	assert_output 'SEVERITY NAME
high remote-access
medium kill-allocating-task
low no-task-dump'
	run audit --ignore remote-access
	assert_failure 1
	assert_output 'medium kill-allocating-task
    oom_kill_allocating_task: it is 1: the process that requests memory is killed, whatever its points; only adj -1000 counts
    oomctl sysctl oom_kill_allocating_task=0 --persist

low no-task-dump
    oom_dump_tasks: it is 0: OOM reports do not list the processes, so that the reason for a kill cannot be found later
    oomctl sysctl oom_dump_tasks=1 --persist'
	run audit -o name,subject --ignore remote-access
	assert_output 'NAME                 SUBJECT
kill-allocating-task oom_kill_allocating_task
no-task-dump         oom_dump_tasks'
	run audit --ignore remote-access,no-task-dump --ignore kill-allocating-task
	assert_success
	assert_output ''
}

@test "audit: findings of one check are in the order of their subjects" {
	local i adj=3

	for i in 1000 30 200 9; do
		process "$i" server adj=$((adj++)) rss=$((8000 + i))
	done
	run audit -o subject --noheadings
	assert_output 'pid 9 (server)
pid 30 (server)
pid 200 (server)
pid 1000 (server)'
}

@test "audit: the help says where the names of the checks are" {
	run oomctl help audit
	assert_output --partial 'see the manual'
}

@test "audit: systemd runs, but is not visible" {
	fixture_process 1 systemd rss=4000 vm=9000 anon=4000 adj=0 score=0 cgroup='0::/init.scope\n'
	run --separate-stderr audit -J
	assert_failure 4
	assert_equal "$(json '.incomplete | join(" ")')" 'inherited-protection declared-adj group-kill'
	assert_equal "$stderr" 'oomctl: not all of the units could be read: systemd runs, but /run/systemd/system is not visible here; these checks are incomplete: inherited-protection, declared-adj, group-kill'
}

@test "audit: --ignore refuses unknown names" {
	run --separate-stderr oomctl audit --ignore no-task-dumb
	assert_failure 2
	assert_equal "$output" ''
	assert_equal "${stderr_lines[0]}" "oomctl: unknown check 'no-task-dumb'; did you mean 'no-task-dump'?"
	for words in '' ',' 'old-scale,' ',old-scale' 'old-scale,,oom-daemon'; do
		run --separate-stderr oomctl audit --ignore "$words"
		assert_failure 2
		assert_equal "${stderr_lines[0]}" "oomctl: unknown check ''"
	done
	run oomctl audit 1
	assert_failure 2
}

@test "audit: names of processes and cgroups are escaped, and quoted in commands" {
	local i

	process 30 $'a\e[1m;x' adj=-17
	run audit -o subject,fix
	assert_failure 1
	refute_output --partial $'\e'
	assert_line 'pid 30 (a\x1b[1m;x) oomctl set -1000 30'
	rm -r "${fixture:?}/30"
	for i in {30..49}; do
		process "$i" worker cgroup='0::/a$(x)b;\n'
	done
	group '/a$(x)b;' memory.oom.group=1
	run --separate-stderr audit -J
	assert_equal "$(json '.findings[] | .subject, .fix')" $'cgroup /a$(x)b;\noomctl group off --cgroup \'/a$(x)b;\''
}

@test "audit: what could not be read is reported" {
	rm -r "$fixture/sys/vm"
	run --separate-stderr audit -J
	assert_failure 4
	assert_equal "$(json '.findings')" '[]'
	assert_equal "$(json '.incomplete | join(" ")')" 'panic-stays-down commit-limit kill-allocating-task no-task-dump'
	assert_equal "$stderr" "oomctl: not all of the settings could be read: /proc does not contain the settings; these checks are incomplete: panic-stays-down, commit-limit, kill-allocating-task, no-task-dump"
	run --separate-stderr audit --ignore panic-stays-down,commit-limit,kill-allocating-task,no-task-dump
	assert_success
	assert_equal "$stderr" ''
}

@test "audit: a systemctl that does not answer is not waited for" {
	local start=$SECONDS

	process 30 server cgroup='0::/system.slice/audit-test.service\n'
	unit audit-test.service 30 continue
	printf '#!/bin/sh\nexec sleep 100\n' >"$run_dir/systemctl"
	run --separate-stderr audit
	assert_failure 4
	assert_equal "$stderr" 'oomctl: not all of the units could be read: no answer within 5 seconds; these checks are incomplete: inherited-protection, declared-adj, group-kill'
	((SECONDS - start < 15))
	# One that is slow but prints is.
	printf '#!/bin/sh\nfor i in 1 2 3; do sleep 1; echo; done; cat /run/units\n' >"$run_dir/systemctl"
	run --separate-stderr audit
	assert_success
	assert_equal "$stderr" ''
}

@test "audit: a systemctl that fails is reported" {
	process 30 server cgroup='0::/system.slice/audit-test.service\n'
	unit audit-test.service 30 continue
	printf '#!/bin/sh\necho no bus >&2\nexit 1\n' >"$run_dir/systemctl"
	run --separate-stderr audit
	assert_failure 4
	assert_equal "$output" ''
	assert_equal "$stderr" 'oomctl: not all of the units could be read: no bus; these checks are incomplete: inherited-protection, declared-adj, group-kill'
}
