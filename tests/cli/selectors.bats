#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Selectors: which processes each option selects, on fixtures of other machines and on the live /proc.

# bats, cli.bash and fixture.bash set these; the inner shells expand theirs.
# shellcheck disable=SC2154,SC2016,SC2030,SC2031

load cli
load fixture

# process PID NAME [KEY=VALUE]...: a process with memory; see fixture_process.
process() {
	fixture_process "$1" "$2" vm=9000 rss=4000 anon=4000 file=0 shmem=0 pte=40 swap=0 adj=0 score=667 "${@:3}"
}

# args PID WORD...: its command line.
args() {
	printf '%s\0' "${@:2}" >"$fixture/$1/cmdline"
}

# selects PIDS WORD...: the options select these processes, in any order.
selects() {
	local wanted=$1

	shift
	run --separate-stderr fixture_oomctl get -r --noheadings -o tgid "$@"
	[[ "$(sort -n <<<"$output" | paste -sd ' ')" == "$wanted" ]] || fail "$*: '$output' not '$wanted': $stderr"
	if [[ $wanted ]]; then
		assert_success
		assert_equal "$stderr" ''
	else
		assert_failure 1
		[[ $stderr == *'no process matches'* ]]
	fi
	# rank selects the same.
	if [[ $wanted ]]; then
		run --separate-stderr fixture_oomctl rank -r --noheadings -o tgid "$@"
		assert_equal "$(sort -n <<<"$output" | paste -sd ' ')" "$wanted"
	fi
}

id=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
id2=fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210

# A machine with units and containers, version 2.
machine() {
	fixture_new 6.12.1
	fixture_process 1 systemd rss=4000 vm=9000 adj=0 score=0 cgroup='0::/init.scope\n'
	fixture_process 2 kthreadd ppid=0 adj=0
	process 10 sshd adj=-1000 score=0 cgroup='0::/system.slice/ssh.service\n'
	process 11 nginx cgroup='0::/system.slice/web.service\n'
	process 12 nginx uid=33 ppid=11 adj=100 cgroup='0::/system.slice/web.service/worker\n'
	process 13 agetty cgroup='0::/system.slice/system-getty.slice/getty@tty1.service\n'
	process 20 systemd uid=1000 adj=100 cgroup='0::/user.slice/user-1000.slice/user@1000.service/init.scope\n'
	process 21 editor uid=1000 ppid=20 adj=200 \
		cgroup='0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-editor.service\n'
	process 22 bash uid=1000 cgroup='0::/user.slice/user-1000.slice/session-3.scope\n'
	process 23 cgrouped cgroup='0::/system.slice/_memory.service\n'
	process 30 redis cgroup="0::/system.slice/docker-$id.scope\n"
	process 31 conmon cgroup="0::/machine.slice/libpod-conmon-$id2.scope\n"
	process 32 pod cgroup="0::/machine.slice/libpod-$id2.scope/container\n"
	process 33 k8s cgroup="0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-${id/0123/aaaa}.scope\n"
	process 34 crio cgroup="0::/kubepods.slice/kubepods-pod2.slice/crio-${id/0123/bbbb}.scope\n"
	process 35 lxc cgroup='0::/lxc.payload.web/system.slice/nginx.service\n'
	process 36 monitor cgroup='0::/lxc.monitor.web\n'
	process 37 nspawn cgroup='0::/machine.slice/machine-my\\x2dbox.scope/payload\n'
	process 38 qemu cgroup='0::/machine.slice/machine-qemu\\x2d1\\x2dvm.scope\n'
	process 39 oldlxc cgroup='0::/lxc/old/ns\n'
}

@test "--unit: by whole name, without .service, by glob, system and user units" {
	fixture_or_skip
	machine
	selects 10 --unit ssh.service
	selects 10 --unit ssh
	selects '11 12' --unit web
	selects '10 11 12' --unit ssh --unit web
	selects '13' --unit 'getty@*'
	selects 13 --unit 'getty@tty?.service'
	selects '20 21' --unit user@1000
	selects 21 --unit app-editor
	selects 21 --unit 'app-*'
	selects 22 --unit session-3.scope
	selects 23 --unit memory
	selects 35 --unit nginx
	selects '' --unit session-3
	selects '' --unit ss
	selects '' --unit 'WEB'
	selects '' --unit payload
	selects '37 38' --unit 'machine-*.scope'
	selects 37 --unit 'machine-my\x2dbox.scope'
	selects 30 --unit "docker-$id.scope"
}

@test "--unit: a slice by its own name only" {
	fixture_or_skip
	machine
	selects '20 21 22' --unit user.slice
	selects '20 21 22' --unit 'user-*.slice'
	run --separate-stderr fixture_oomctl get --unit '*' -r --noheadings -o tgid
	refute_line 31x
	assert_line 10
	selects '' --unit 'user*slic?'
}

@test "--container: docker, podman, CRI, LXC and nspawn, by ID, short ID and name" {
	fixture_or_skip
	machine
	selects 30 --container "$id"
	selects 30 --container "${id:0:12}"
	selects 30 --container "${id:0:13}"
	selects '' --container "${id:0:11}"
	selects '' --container "${id:1:20}"
	selects 32 --container "${id2:0:12}"
	selects 33 --container aaaa456789ab
	selects 34 --container bbbb456789ab
	selects 35 --container web
	selects 37 --container my-box
	selects 39 --container old
	selects '' --container qemu-1-vm
	selects '30 35' --container web --container "${id:0:12}"
}

@test "the unit that a list shows is one that --unit takes" {
	local unit kind
	fixture_or_skip
	machine
	process 50 disk cgroup='0::/system.slice/mnt-my\\x20disk-\\xc3\\xa9.mount\n'
	process 51 device cgroup='0::/system.slice/dev-disk-by\\x2did.swap\n'
	for pid in 37 38 50 51; do
		for kind in '' -r; do
			unit=$(fixture_oomctl get --noheadings $kind -o unit "$pid")
			selects "$pid" --unit "$unit"
		done
	done
	# As systemd writes it.
	run fixture_oomctl get --noheadings -o unit 51
	assert_output 'dev-disk-by\x2did.swap'
	selects 50 --unit 'mnt-my\x20disk-\xc3\xa9.mount'
}

@test "the columns unit and container" {
	fixture_or_skip
	machine
	run --separate-stderr fixture_oomctl get -r --noheadings -o tgid,unit,container 12 21 23 30 31 32 33 35 37 38 39
	assert_success
	assert_output "12 web.service -
21 app-editor.service -
23 memory.service -
30 docker-$id.scope ${id:0:12}
31 libpod-conmon-$id2.scope -
32 libpod-$id2.scope ${id2:0:12}
33 cri-containerd-${id/0123/aaaa}.scope aaaa456789ab
35 nginx.service web
37 machine-my\\x2dbox.scope my-box
38 machine-qemu\\x2d1\\x2dvm.scope -
39 - old"
}

# with_files: /var/lib and /run are directories of the test, in its own mount namespace; sets varlib and run_dir.
with_files() {
	[[ ${fixture_unshare[1]} == -m ]] || skip 'the files of other users than root are not read'
	varlib=$BATS_TEST_TMPDIR/varlib run_dir=$BATS_TEST_TMPDIR/run
	mkdir "$varlib" "$run_dir"
	fixture_unshare+=(bash -c 'mount --bind "$1" /var/lib && mount --bind "$2" /run && exec "${@:3}"' _ "$varlib" "$run_dir")
}

# file PATH TEXT: writes a file, and its directories.
file() {
	mkdir -p "${1%/*}"
	printf '%s' "$2" >"$1"
}

@test "--container and the column container: names from the files of docker, podman and CRI-O" {
	local storage=storage/overlay-containers

	fixture_or_skip
	machine
	with_files
	file "$varlib/docker/containers/$id/config.v2.json" \
		"{\"State\":{},\"ID\":\"$id\",\"Config\":{\"Labels\":{\"Name\":\"/label\",\"x\":\"\\\"Name\\\":\\\"/quoted\"}},\"Name\":\"/cache\",\"MountPoints\":{\"/d\":{\"Name\":\"vol\"}}}"
	file "$varlib/containers/$storage/containers.json" \
		"[{\"id\":\"$id\",\"layer\":\"x\"},{\"id\":\"$id2\",\"names\":[\"db\"],\"image\":\"y\"},{\"id\":\"${id/0123/aaaa}\",\"names\":[\"k8s_other_pod_default_1-2_0\"]}]"
	# podman run --rm
	file "$varlib/containers/$storage/volatile-containers.json" "[{\"id\":\"${id/0123/bbbb}\",\"names\":[\"brief\"]}]"
	selects 30 --container cache
	selects 32 --container db
	selects 33 --container other
	selects 33 --container k8s_other_pod_default_1-2_0
	selects 34 --container brief
	selects 30 --container "${id:0:12}"
	for name in label quoted vol x pod k8s_other; do
		selects '' --container "$name"
	done
	run --separate-stderr fixture_oomctl get -r --noheadings -o container 30 32 33 34
	assert_output $'cache\ndb\nother\nbrief'
	# transient_store
	mkdir -p "$run_dir/containers/$storage"
	mv "$varlib/containers/$storage/volatile-containers.json" "$run_dir/containers/$storage"
	selects 34 --container brief
	# A file that another user owns, or that is not regular, is not read.
	chown 1234 "$varlib/docker/containers/$id/config.v2.json"
	rm "$varlib/containers/$storage/containers.json"
	mkfifo "$varlib/containers/$storage/containers.json"
	selects '' --container cache
	selects '' --container db
}

@test "--container: names from the files of containerd, k3s and nerdctl" {
	local task=containerd/io.containerd.runtime.v2.task names

	fixture_or_skip
	machine
	with_files
	names=$varlib/nerdctl/1935db59/names/default
	file "$run_dir/$task/k8s.io/${id/0123/aaaa}/config.json" \
		'{"annotations":{"io.kubernetes.cri.container-name":"web1","io.kubernetes.cri.sandbox-name":"pod1"}}'
	file "$run_dir/k3s/$task/k8s.io/${id/0123/bbbb}/config.json" '{"annotations":{"io.kubernetes.cri.container-name":"web2"}}'
	file "$run_dir/$task/default/$id/config.json" '{"annotations":{"nerdctl/name":"before"}}'
	selects 33 --container web1
	selects 34 --container web2
	selects 30 --container before
	selects '' --container pod1
	# nerdctl's own list has the new name after "nerdctl rename".
	file "$names/after" "$id"
	file "$names/other" "${id2/f/0}"
	file "$names/longer" "${id2}0"
	selects 30 --container after
	selects '' --container before
	selects '' --container other
	selects '' --container longer
	file "$varlib/nerdctl/1935db59/names/job/batch" "$id2"
	selects 32 --container batch
	run --separate-stderr fixture_oomctl get -r --noheadings -o container 30 32 33 34
	assert_output $'after\nbatch\nweb1\nweb2'
}

@test "--container: a name that the caller cannot read is an error" {
	fixture_or_skip
	[[ $OOMCTL != */asan/* ]] || skip 'a sanitized build cannot be started by a script on a fixture'
	machine
	with_files
	file "$varlib/docker/containers/$id/config.v2.json" '{"Name":"/cache"}'
	chmod 710 "$varlib/docker"
	chmod 755 "$BATS_TEST_TMPDIR" "$varlib" "$run_dir" "$fixture"
	# The fixture is there when the shell has begun.
	printf '#!/bin/bash\nexec env -u LD_PRELOAD setpriv --reuid 65534 --regid 65534 --clear-groups %q "$@"\n' "$OOMCTL" \
		>"$BATS_TEST_TMPDIR/as_nobody"
	chmod +x "$BATS_TEST_TMPDIR/as_nobody"
	OOMCTL=$BATS_TEST_TMPDIR/as_nobody
	run --separate-stderr fixture_oomctl get -r --noheadings -o tgid --container cache
	assert_failure 3
	assert_equal "$output" ''
	[[ $stderr == *"oomctl: 4 processes skipped, cannot read the container's name: permission denied"* ]] || fail "$stderr"
	# IDs are in the path of the cgroup.
	selects 30 --container "${id:0:12}"
}

@test "cgroup version 1 and hybrid: the unit is in systemd's hierarchy, and --cgroup finds it there" {
	local text

	fixture_or_skip
	for text in '4:memory:/\n1:name=systemd:/system.slice/ssh.service\n' \
		'1:name=systemd:/system.slice/ssh.service\n4:cpu,memory:/user.slice\n0::/\n' \
		'4:memory:/user.slice\n1:name=systemd:/system.slice/ssh.service\n0::/system.slice/ssh.service\n'; do
		fixture_new 5.10.0
		process 10 sshd cgroup="$text"
		process 11 other cgroup='4:memory:/system.slice/x.service\n1:name=systemd:/system.slice/web.service\n'
		process 12 box cgroup="4:memory:/docker/$id\n1:name=systemd:/\n0::/\n"
		selects 10 --unit ssh
		selects 10 --cgroup /system.slice/ssh.service
		selects 10 --cgroup /sys/fs/cgroup/systemd/system.slice/ssh.service
		selects 11 --unit web
		selects '' --unit x
		selects 11 --cgroup /system.slice/x.service
		selects 12 --container "${id:0:12}"
		run --separate-stderr fixture_oomctl get -r --noheadings -o unit,container 10 11 12
		assert_output "ssh.service -
web.service -
- ${id:0:12}"
	done
}

@test "--exe: a path or a glob, also of a deleted file; a * does not match /" {
	fixture_or_skip
	machine
	ln -s /usr/sbin/sshd "$fixture/10/exe"
	ln -s /usr/sbin/nginx "$fixture/11/exe"
	ln -s '/usr/sbin/nginx (deleted)' "$fixture/12/exe"
	ln -s $'/tmp/a\nb' "$fixture/13/exe"
	ln -s '/opt/[x]/bin' "$fixture/21/exe"
	selects 10 --exe /usr/sbin/sshd
	selects '11 12' --exe /usr/sbin/nginx
	selects 12 --exe '/usr/sbin/nginx (deleted)'
	selects '10 11 12' --exe '/usr/sbin/*'
	selects '10 11 12' --exe /usr/sbin/sshd --exe '/*/*/ngin?'
	selects 13 --exe '/tmp/a*b'
	selects 21 --exe '/opt/[x]/bin'
	selects '' --exe '/usr/*'
	run --separate-stderr fixture_oomctl get -r --noheadings -o exe 10 12 13 22
	assert_success
	assert_output '/usr/sbin/sshd
/usr/sbin/nginx\x20(deleted)
/tmp/a\x0ab
-'
	selects 10 --name sshd --exe /usr/sbin/sshd
	selects '' --name nginx --exe /usr/sbin/sshd
}

@test "--cmdline: over the arguments with blanks between them, as pgrep -f" {
	fixture_or_skip
	machine
	args 10 /usr/sbin/sshd -D
	args 11 'nginx: master process'
	args 12 nginx -g 'daemon off;'
	args 21 java "$(printf 'x%.0s' {1..5000})" Main
	: >"$fixture/22/cmdline"
	selects 10 --cmdline '^/usr/sbin/sshd -D$'
	selects '11 12' --cmdline nginx
	selects 12 --cmdline 'nginx.*daemon off;$'
	selects 21 --cmdline 'java.*Main$'
	selects '10 21' --cmdline Main --cmdline sshd
	selects '' --cmdline 'sshd  -D'
	# A process without a command line never matches.
	selects '10 11 12 21' --cmdline '.*'
	run --separate-stderr fixture_oomctl get -J -o cmdline 11 22
	assert_equal "$(json '.processes[] | .cmdline')" $'nginx: master process\nnull'
}

@test "--cmdline: the end is not where a long command line is cut" {
	fixture_or_skip
	machine
	args 10 "$(printf 'a%.0s' {1..131069})"
	args 11 "$(printf 'a%.0s' {1..131070})" '!'
	selects '10 11' --cmdline '^aa*'
	selects 10 --cmdline 'a$'
}

@test "--cmdline: a process whose command line blocks is skipped with a message, in a bounded time" {
	local pid start

	fixture_or_skip
	machine
	args 10 sshd -D
	mkfifo "$fixture/11/cmdline"
	start=$SECONDS
	run --separate-stderr fixture_oomctl get -r --noheadings -o tgid --cmdline sshd
	assert_failure 1
	assert_output 10
	assert_equal "$stderr" 'oomctl: 1 process skipped, cannot read the command line: the read blocks'
	run --separate-stderr fixture_oomctl rank --all -r --noheadings -o tgid,cmdline
	assert_success
	assert_line '10 sshd\x20-D'
	assert_line '11 -'
	[[ $stderr == *'command lines not shown, because the read blocks: 1' ]]
	# Without the option and the column it is not read.
	run --separate-stderr fixture_oomctl get -r --noheadings -o tgid --name nginx
	assert_equal "$stderr" ''
	for pid in 13 20 21 22 23 30 31 32 33 34 35 36 37; do
		mkfifo "$fixture/$pid/cmdline"
	done
	run --separate-stderr fixture_oomctl get -r --noheadings -o tgid --cmdline sshd
	assert_failure 1
	assert_output 10
	assert_equal "$stderr" 'oomctl: 14 processes skipped, cannot read the command line: the read blocks'
	((SECONDS - start < 30))
	# No process keeps the output open, and no process remains.
	fixture_oomctl get --cmdline sshd 2>/dev/null | cat >/dev/null
	run --separate-stderr fixture_oomctl set 5 --dry-run --cmdline nginx
	assert_failure 1
	[[ $stderr == *'no process matches' ]]
}

@test "--parent selects the children, not the process; it accepts a list" {
	fixture_or_skip
	machine
	selects 12 --parent 11
	selects '12 21' --parent 11,20
	selects '12 21' --parent 11 --parent 20
	selects '' --parent 12
	selects '12 21' --parent 11,20 --with-adj 100..
	selects 21 --parent 11,20 --user 1000
	# Kernel threads are never selected.
	selects '' --parent 2
	for word in x '' 0 '1,' 1,,2 -5 4194305; do
		run --separate-stderr fixture_oomctl get --parent "$word"
		assert_failure 2
	done
}

@test "--with-adj: a range with two limits, one limit, or a single value" {
	fixture_or_skip
	machine
	selects 10 --with-adj=-1000
	selects 10 --with-adj ..-1
	selects 10 --with-adj -1000..-500
	selects '12 20 21' --with-adj 1..
	selects '12 20' --with-adj 50..150
	selects '10 21' --with-adj ..-500 --with-adj 200
	selects '12 20 21' --with-adj 100..200
	selects '' --with-adj 900..1000
	for word in '' .. x 5..1 -1001 0..1001 1...2 0..x; do
		run --separate-stderr fixture_oomctl get --with-adj "$word"
		assert_failure 2
		assert_equal "$output" ''
	done
}

@test "--with-adj on a kernel that has only oom_adj" {
	fixture_or_skip
	fixture_new 2.6.30
	fixture_process 10 a vm=9000 rss=4000 old_adj=-17 score=0
	fixture_process 11 b vm=9000 rss=4000 old_adj=8 score=500
	fixture_process 12 c vm=9000 rss=4000 old_adj=0 score=500
	selects 10 --with-adj -1000
	selects 11 --with-adj 1..
	selects 12 --with-adj 0
}

@test "-p and operands: lists of PIDs" {
	fixture_or_skip
	machine
	selects '10 11 12' -p 11,10 12
	selects '10 11' 10,11
	selects '10 11' --pid=10,11,10
	run --separate-stderr fixture_oomctl get -p 10,x,11 -r --noheadings -o tgid
	assert_failure 2
	assert_output $'10\n11'
	assert_equal "$stderr" "oomctl: 'x' is not a PID"
	run --separate-stderr fixture_oomctl get -p 10, -r --noheadings -o tgid
	assert_failure 2
	assert_equal "$stderr" "oomctl: '' is not a PID"
}

@test "kinds combine with AND, selectors of a kind with OR; PIDs add their processes" {
	fixture_or_skip
	machine
	selects '11 12' --name nginx
	selects 12 --name nginx --user 33
	selects '10 11' --name nginx --name sshd --user 0
	selects '' --name nginx --user 1000
	selects 11 --unit web --user 0 --with-adj 0
	selects '10 12' --name nginx --user 33 10
	selects '20 21' --user 1000 --unit 'user@*' --with-adj 1..
}

@test "a pidfile is a selector: its process must match the others" {
	local file=$BATS_TEST_TMPDIR/pid words command

	actor_start hold 1
	echo "$actor_pid" >"$file"
	for words in '' '--name ^actor$' "--user $(id -u) --name actor"; do
		# shellcheck disable=SC2086 # words
		run oomctl get -r --noheadings -o tgid --pidfile "$file" $words
		assert_output "$actor_pid"
	done
	for words in '--name sshd' '--user 12345' '--unit no-such' '--with-adj 5'; do
		for command in get rank 'set 5 --dry-run' 'protect --dry-run'; do
			# shellcheck disable=SC2086 # words
			run --separate-stderr oomctl $command --pidfile "$file" $words
			assert_failure 1
			assert_equal "$output" ''
			assert_equal "$stderr" "oomctl: pidfile $file: pid $actor_pid (actor): does not match the selectors"
		done
	done
}

@test "no selector selects init, kernel threads or oomctl; a PID does" {
	fixture_or_skip
	machine
	for word in --user=0 --name=. --unit=init.scope --with-adj=0 --cgroup=/; do
		run --separate-stderr fixture_oomctl get -r --noheadings -o tgid "$word"
		refute_line 1
		refute_line 2
	done
	run --separate-stderr fixture_oomctl get --name '^(kthreadd|systemd)$' --user 0
	assert_failure 1
	assert_equal "$stderr" 'oomctl: no process matches except init, kernel threads, or oomctl, which only a PID selects'
	selects '1 2' 1 2
	run --separate-stderr oomctl get --name '^oomctl$' --parent $$ -r --noheadings -o tgid
	assert_failure 1
	run --separate-stderr oomctl get --cmdline 'oomctl get --cmdline' --name '^oomctl$'
	assert_failure 1
	assert_equal "$output" ''
}

@test "a name of more than 15 bytes matches the executable's name" {
	fixture_or_skip
	fixture_new 6.12.1
	process 10 systemd-timesyn
	process 11 systemd-timesyn
	process 12 systemd-timesyn
	process 13 systemd-time
	ln -s /usr/lib/systemd/systemd-timesyncd "$fixture/10/exe"
	ln -s '/usr/lib/systemd/systemd-timesync2 (deleted)' "$fixture/11/exe"
	ln -s /usr/bin/python3 "$fixture/12/exe"
	ln -s /usr/bin/systemd-timesyncd "$fixture/13/exe"
	selects '10' --name '^systemd-timesyncd$'
	selects '11' --name timesync2
	selects '10 11' --name systemd-timesync
	selects '10 11 12' --name '^systemd-timesyn$'
	selects '' --name python3
	run --separate-stderr fixture_oomctl get --name unattended-upgrade-shutdown
	assert_failure 1
	[[ $stderr == *'names of more than 15 bytes match executables only: for a script, use --cmdline' ]]
}

@test "a cgroup is found however its slashes are written" {
	fixture_or_skip
	fixture_new 6.12.1
	process 10 one
	process 11 two
	process 12 three
	echo 0::/lab1 >"$fixture/10/cgroup"
	echo 0::/lab1/in >"$fixture/11/cgroup"
	echo 0::/lab12 >"$fixture/12/cgroup"
	for path in /lab1 //lab1 /lab1/ ///lab1// /./lab1 /lab1/.; do
		selects '10 11' --cgroup "$path"
	done
	selects '11' --cgroup //lab1//in
	selects '' --cgroup /lab1/./i
}

# actor_named NAME: starts an actor whose executable has this name.
actor_named() {
	local actor_by=$BATS_TEST_TMPDIR/execute

	cp "$cli_helpers/actor" "$BATS_TEST_TMPDIR/$1"
	printf '#!/bin/bash\nexec "%s" "${@:2}"\n' "$BATS_TEST_TMPDIR/$1" >"$actor_by"
	chmod +x "$actor_by"
	actor_start hold 1
}

# The name's 15th byte is the first of two.
@test "live: a name that the kernel cut inside a character matches the executable's name" {
	local word

	actor_named 'vierzehnbytes1äöprog'
	for word in '^vierzehnbytes1äöprog$' 'äöp' "^vierzehnbytes1"; do
		run --separate-stderr oomctl get -r --noheadings -o tgid --name "$word"
		assert_success
		assert_output "$actor_pid"
	done
	run --separate-stderr oomctl set 100 --name '^vierzehnbytes1ä.prog$'
	assert_success
	assert_output "pid $actor_pid (vierzehnbytes1\\xc3): adj 0 -> 100"
	run --separate-stderr oomctl get --name '^vierzehnbytes1ö'
	assert_failure 1
}

@test "live: if an executable cannot be read, a name that it may continue is reported" {
	local as=(setpriv --reuid 65534 --regid 65534 --clear-groups -- "$OOMCTL" get -r --noheadings -o tgid) word

	((UID == 0)) || skip 'needs root, for another user'
	actor_named a.very.long.name.of.a.program
	for word in a.very.long.name.of.a.program '^a\.very\.long\.name' '^(x|a.very.long.namer)$'; do
		run --separate-stderr "${as[@]}" --name "$word"
		assert_failure 3
		assert_equal "$output" ''
		assert_equal "$stderr" 'oomctl: 1 process skipped, cannot read the full name, that of the executable: permission denied
oomctl: no process matches'
	done
	# Excluded by another selector, surely no match, and matched by the 15 bytes.
	run --separate-stderr "${as[@]}" --name a.very.long.name.of.a.program --with-adj 999
	assert_failure 1
	run --separate-stderr "${as[@]}" --name '^a.very.long.nx'
	assert_failure 1
	assert_equal "$stderr" 'oomctl: no process matches'
	# The part that is cut may match: a hint, as this is true of every other name.
	for word in 'program$' '^(zz|a.*program$)' a.very.long.nax; do
		run --separate-stderr "${as[@]}" --name "$word"
		assert_failure 1
		assert_equal "$stderr" 'oomctl: no process matches
oomctl: 1 name is cut to 15 bytes, and the whole one is unknown: cannot read the executable: permission denied'
	done
	run --separate-stderr "${as[@]}" --name '^a.very.long.nam$'
	assert_success
	assert_output "$actor_pid"
	assert_equal "$stderr" ''
}

# The kernel shows the path of an executable without symbolic links, as with /bin, a link to usr/bin.
@test "--exe: links in the directories of a path and before the first special character of a glob" {
	local real="$BATS_TEST_TMPDIR/r[e]al" link=$BATS_TEST_TMPDIR/link

	fixture_or_skip
	machine
	mkdir -p "$real/bin"
	ln -s 'r[e]al' "$link"
	ln -s "$(realpath "$real")/bin/web" "$fixture/11/exe"
	ln -s "$(realpath "$real")/bin/wet" "$fixture/12/exe"
	ln -s "$link/bin/web" "$fixture/13/exe"
	selects '11 13' --exe "$link/bin/web"
	selects '11 12 13' --exe "$link/bin/we?"
	selects '11 12 13' --exe "$link/b*/we?"
	selects 12 --exe "$link/bin/../bin//wet"
	selects '' --exe "$link/bin/*/web"
	selects '' --exe "$link/none/web"
	selects '' --exe "$link"
	# The last part is not followed: links to one file with several programs differ in it.
	ln -s web "$real/bin/other"
	selects '' --exe "$link/bin/other"
}

@test "unit, container and exe: empty or impossible values" {
	local word

	for word in --unit= --unit=/a --container= --container=a/b --exe= --exe=nginx --cmdline= '--cmdline=(' \
		--cgroup=x; do
		run --separate-stderr oomctl get "$word"
		assert_failure 2
		assert_equal "$output" ''
	done
}

# fnmatch(3) calls itself for each asterisk, without a bound of its own.
@test "a glob of more than 256 bytes is refused, one of 256 bytes ends" {
	local long

	fixture_or_skip
	machine
	printf -v long '/*%.0s' {1..128}
	ln -s "/$(printf 'a/%.0s' {1..1900})a" "$fixture/10/exe"
	run --separate-stderr fixture_oomctl get --exe "$long*"
	assert_failure 2
	[[ $stderr == *'longer than 256 bytes'* ]]
	for word in "--exe=$long" "--exe=/${long//\//a}" "--unit=${long//\//a}"; do
		run --separate-stderr fixture_oomctl get "${word:0:240}"
		assert_failure 1
		[[ $stderr == *'no process matches' ]]
	done
}

@test "more than 64 selectors of a kind" {
	local option value words

	for option in name=x cmdline=x user=0 unit=x container=x cgroup=/ exe=/ with-adj=0 pid=1 pidfile=/; do
		words=()
		for _ in {1..65}; do
			words+=("--$option")
		done
		run --separate-stderr oomctl get "${words[@]}"
		assert_failure 2
		[[ $stderr == *'more than 64 selectors of a kind'* ]]
	done
	value=$(seq -s , 4194200 4194264)
	run --separate-stderr oomctl get --parent "$value"
	assert_failure 2
	run --separate-stderr oomctl get --parent "${value%,*}"
	assert_failure 1
}

@test "live: --exe, --cmdline and --parent" {
	local copy=$BATS_TEST_TMPDIR/copied-actor

	cp "$cli_helpers/actor" "$copy"
	cli_helpers=$BATS_TEST_TMPDIR
	ln -s "$copy" "$BATS_TEST_TMPDIR/actor"
	actor_start crowd 3
	run --separate-stderr oomctl get -r --noheadings -o tgid --parent "$actor_pid"
	assert_success
	assert_equal "$(sort <<<"$output")" "$(printf '%s\n' "${actor_ids[@]}" | sort)"
	for words in "--exe $copy" "--exe $BATS_TEST_TMPDIR/copied-*" "--cmdline ^$BATS_TEST_TMPDIR/actor.crowd.3$"; do
		set -f
		# shellcheck disable=SC2086 # words
		run --separate-stderr oomctl get -r --noheadings -o tgid --user "$(id -u)" $words
		assert_success
		assert_equal "$stderr" ''
		assert_equal "$(sort <<<"$output")" "$(printf '%s\n' "$actor_pid" "${actor_ids[@]}" | sort)"
	done
	rm "$copy"
	run --separate-stderr oomctl get -r --noheadings -o tgid,exe,cmdline --user "$(id -u)" --exe "$copy" \
		--parent $$
	assert_success
	assert_output "$actor_pid $copy\\x20(deleted) $BATS_TEST_TMPDIR/actor\\x20crowd\\x203"
}

@test "live: --exe by another user reports what it cannot read" {
	((UID == 0)) || skip 'needs root, for another user'
	actor_start hold 1
	run --separate-stderr setpriv --reuid 65534 --regid 65534 --clear-groups -- "$OOMCTL" get --parent $$ --exe /x
	assert_failure 3
	assert_equal "$output" ''
	[[ $stderr =~ ^oomctl:\ [0-9]+\ process(es)?\ skipped,\ cannot\ read\ the\ executable:\ permission\ denied ]]
	run --separate-stderr setpriv --reuid 65534 --regid 65534 --clear-groups -- "$OOMCTL" get --user 65534 --exe /x
	assert_failure 1
	assert_equal "$stderr" 'oomctl: no process matches'
	run --separate-stderr oomctl get -r --noheadings -o exe "$actor_pid"
	assert_output "$(readlink -f "$cli_helpers/actor")"
	run --separate-stderr oomctl rank --sort exe -r --noheadings -o exe "$actor_pid"
	assert_output "$(readlink -f "$cli_helpers/actor")"
	run --separate-stderr setpriv --reuid 65534 --regid 65534 --clear-groups -- "$OOMCTL" get -r --noheadings \
		-o exe "$actor_pid"
	assert_success
	assert_output -- -
}

@test "if nothing is selected by unit, container or cgroup, a kernel without cgroups is the reason" {
	fixture_or_skip
	fixture_new 6.1.0
	fixture_process 10 sshd rss=4000 score=0 adj=0
	for words in '--unit sshd' '--container web' '--cgroup /'; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr fixture_oomctl get $words
		assert_failure 1
		assert_equal "$stderr" 'oomctl: this kernel has no cgroups (CONFIG_CGROUPS), so neither units nor containers can be selected
oomctl: no process matches'
	done
	run --separate-stderr fixture_oomctl get --name nginx
	assert_equal "$stderr" 'oomctl: no process matches'
	: >"$fixture/self/cgroup"
	run --separate-stderr fixture_oomctl get --unit sshd
	assert_equal "$stderr" 'oomctl: no process matches'
}
