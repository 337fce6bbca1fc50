#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# sysctl without changing the machine's settings; tests/lab has the rest.

# bats and cli.bash set these; the inner shells expand theirs.
# shellcheck disable=SC2154,SC2016

load cli

names=(panic_on_oom oom_kill_allocating_task oom_dump_tasks)
more=(panic overcommit_memory overcommit_ratio overcommit_kbytes min_free_kbytes)

values() {
	cat /proc/sys/vm/{panic_on_oom,oom_kill_allocating_task,oom_dump_tasks} /proc/sys/kernel/panic \
		/proc/sys/vm/{overcommit_memory,overcommit_ratio,overcommit_kbytes,min_free_kbytes}
}

# No test may change the machine.
setup() {
	before=$(values)
}

teardown() {
	cli_end
	assert_equal "$(values)" "$before"
}

# on_other_settings PANIC ALLOCATING DUMP COMMAND...: with other files in place of the settings. Those of others are in
# the array other, as "vm/overcommit_ratio=80", and of files such as meminfo.
other=()
on_other_settings() {
	local i pair

	other+=(kernel/panic=5)
	for pair in "${other[@]}"; do
		mkdir -p "$BATS_TEST_TMPDIR/other/$(dirname "${pair%%=*}")"
		[[ -e $BATS_TEST_TMPDIR/other/${pair%%=*} ]] || printf '%b\n' "${pair#*=}" >"$BATS_TEST_TMPDIR/other/${pair%%=*}"
	done

	for i in 0 1 2; do
		echo "${@:i+1:1}" >"$BATS_TEST_TMPDIR/${names[i]}"
	done
	shift 3
	DIR=$BATS_TEST_TMPDIR unshare -m bash -c '
		for name in panic_on_oom oom_kill_allocating_task oom_dump_tasks; do
			mount --bind "$DIR/$name" "/proc/sys/vm/$name" || exit 99
		done
		cd "$DIR/other"
		for name in vm/* kernel/* meminfo; do
			place=/proc/sys/$name
			[[ $name != meminfo ]] || place=/proc/meminfo
			[[ ! -e $name ]] || mount --bind "$name" "$place" || exit 99
		done
		exec "$@"' _ "$@"
}

@test "sysctl shows each setting with value, meaning, and effect" {
	run oomctl sysctl
	assert_success
	for name in "${names[@]}"; do
		assert_line --regexp "^$name +$(<"/proc/sys/vm/$name")  [a-z]"
	done
	assert_line --regexp "^panic +$(</proc/sys/kernel/panic)  after a panic"
	assert_equal "$(grep -c '^ *now: ' <<<"$output")" 8
	run oomctl sysctl -o name,value,meaning,now
	assert_line -n 0 --regexp '^NAME +VALUE +MEANING +NOW'
	assert_equal "${#lines[@]}" 9
	run oomctl sysctl -r --noheadings -o name,value "${names[@]}"
	assert_output "panic_on_oom $(</proc/sys/vm/panic_on_oom)
oom_kill_allocating_task $(</proc/sys/vm/oom_kill_allocating_task)
oom_dump_tasks $(</proc/sys/vm/oom_dump_tasks)"
	run oomctl sysctl -J
	assert_equal "$(json '[.settings[].name] | join(" ")')" "${names[*]} ${more[*]}"
	assert_equal "$(json '[.settings[].value | tostring] | join(" ")')" "$(values | paste -sd " ")"
	assert_equal "$(json '.settings[0] | .name, .value | tostring')" "panic_on_oom
$(</proc/sys/vm/panic_on_oom)"
	assert_equal "$(json '[.settings[].meaning | length > 0] | all')" true
}

@test "sysctl: some settings, by each form of the name" {
	for name in oom_dump_tasks vm.oom_dump_tasks vm/oom_dump_tasks; do
		run oomctl sysctl -r --noheadings -o name,value "$name"
		assert_success
		assert_output "oom_dump_tasks $(</proc/sys/vm/oom_dump_tasks)"
	done
	run oomctl sysctl -r --noheadings -o name oom_dump_tasks panic_on_oom
	assert_output $'oom_dump_tasks\npanic_on_oom'
}

@test "sysctl: effects of the values" {
	mounts_or_skip
	run on_other_settings 0 0 1 "$OOMCTL" sysctl -J
	assert_success
	[[ $(json '.settings[1].now') == 'pid '*' would be killed first' ]]
	run on_other_settings 0 1 0 "$OOMCTL" sysctl -J
	assert_equal "$(json '.settings[0].now')" 'any process can be killed'
	assert_equal "$(json '.settings[1].now')" 'any process can be killed'
	assert_equal "$(json '.settings[2].value')" 0
	for panic in 1 2; do
		run on_other_settings "$panic" 1 1 "$OOMCTL" sysctl -J
		assert_equal "$(json '.settings[0].value')" "$panic"
		[[ $(json '.settings[0].now') == *'the machine would panic' ]]
		[[ $(json '.settings[1].now') == *'the machine would panic' ]]
	done
	# A newer kernel can have more values.
	run on_other_settings 7 0 1 "$OOMCTL" sysctl -J
	assert_success
	assert_equal "$(json '.settings[0] | .value, .meaning | tostring')" $'7\nunknown'
}

@test "sysctl: an unreadable value is null, not 0" {
	mounts_or_skip
	run on_other_settings x 0 1 "$OOMCTL" sysctl -J
	assert_success
	assert_equal "$(json '.settings[0].value')" null
	run on_other_settings '' 0 1 "$OOMCTL" sysctl -r --noheadings -o value panic_on_oom
	assert_output -- -
}

@test "sysctl: a bad name or value is reported, status 2" {
	for bad in panic_on_oom=3 panic_on_oom=-1 panic_on_oom= panic_on_oom=x 'panic_on_oom= 1' panic_on_oom=1x \
		panic_on_oom=99999999999999999999 oom_dump_tasks=2 oom_kill_allocating_task=2; do
		run --separate-stderr oomctl sysctl "$bad"
		assert_failure 2
		assert_equal "$output" ''
		[[ $stderr == *"${bad%%=*} must be 0 to "*"not '${bad#*=}'"* ]]
	done
	for bad in vm.panic vm.panic=1 kernel.overcommit_memory=1 x '' =1 swappiness=1 PANIC_ON_OOM=1 kernel.panic_on_oom=1; do
		run --separate-stderr oomctl sysctl "$bad"
		assert_failure 2
		[[ $stderr == *"unknown setting '${bad%%=*}'"* ]]
		# The valid names.
		[[ $stderr == *'panic_on_oom, oom_kill_allocating_task, oom_dump_tasks, panic, '* ]]
	done
	run oomctl sysctl panic_on_oom=1 oom_dump_tasks
	assert_failure 2
	run oomctl sysctl --persist
	assert_failure 2
	run oomctl sysctl --dry-run panic_on_oom
	assert_failure 2
}

@test "sysctl: output and scan options are refused with a value to set" {
	for option in -J -r -b '-o name' --output-all --noheadings --scan=proc; do
		# shellcheck disable=SC2086 # two words
		run oomctl sysctl --dry-run $option panic_on_oom=1
		assert_failure 2
		assert_line -n 0 "oomctl: output and scan options cannot be used with '=VALUE'"
	done
}

@test "sysctl --dry-run shows what would change" {
	[[ $(id -u) == 0 ]] || skip 'needs root, which alone can change settings'
	run oomctl sysctl --dry-run panic_on_oom=2 vm.oom_dump_tasks=0 --persist
	assert_success
	assert_equal "${#lines[@]}" 3
	assert_line -n 2 --partial /etc/sysctl.d/60-oomctl.conf
	assert_line -n 0 --regexp "^panic_on_oom $(</proc/sys/vm/panic_on_oom) -> 2: .+ \(dry run\)\$"
	assert_line -n 1 --regexp "^oom_dump_tasks $(</proc/sys/vm/oom_dump_tasks) -> 0: .+ \(dry run\)\$"
}

@test "sysctl: only root can change settings" {
	[[ $(id -u) == 0 ]] || skip 'needs root, to change the user ID'
	setpriv --reuid 65534 --regid 65534 --clear-groups test -x "$OOMCTL" ||
		skip 'other users cannot reach the program: a directory above it is closed to them'
	run setpriv --reuid 65534 --regid 65534 --clear-groups "$OOMCTL" sysctl "panic_on_oom=$(</proc/sys/vm/panic_on_oom)"
	assert_failure 3
	assert_line -n 0 'oomctl: cannot set panic_on_oom: Permission denied'
	assert_line -n 1 'oomctl: only root can change kernel settings'
	run setpriv --reuid 65534 --regid 65534 --clear-groups "$OOMCTL" sysctl
	assert_success
}

@test "sysctl: the other settings, their meanings and effects" {
	mounts_or_skip
	# RAM 1000000, 100000 of it for huge pages: 80 percent of 900000 plus 50000 swap are 770000 KiB, 752M.
	meminfo='meminfo=MemTotal: 1000000 kB\nMemAvailable: 500000 kB\nSwapTotal: 50000 kB\nCommitted_AS: 512000 kB\nHugetlb: 100000 kB'
	other=(vm/overcommit_memory=2 vm/overcommit_ratio=80 vm/overcommit_kbytes=0 vm/min_free_kbytes=20000 "$meminfo")
	run on_other_settings 0 0 1 "$OOMCTL" sysctl -J
	assert_success
	assert_equal "$(json '.settings[3:][] | "\(.value) \(.meaning); \(.now)"')" "5 after a panic, reboot in 5 seconds; a panic would reboot the machine
2 refuse requests above the commit limit; 500M of the limit of 752M committed
80 the commit limit is 80% of RAM, plus swap; 500M of the limit of 752M committed
0 the commit limit is set by overcommit_ratio; not in effect: overcommit_ratio is set
20000 keep 20000 KiB free for urgent requests; 2.0% of RAM"
	rm -r "$BATS_TEST_TMPDIR/other"
	other=(vm/overcommit_memory=0 vm/overcommit_ratio=0 vm/overcommit_kbytes=400000 kernel/panic=0 "$meminfo")
	run on_other_settings 2 0 1 "$OOMCTL" sysctl -J
	assert_equal "$(json '.settings[0].now')" 'the machine would panic and stay down'
	# 450000 KiB are 439M.
	assert_equal "$(json '.settings[3:7][] | "\(.value) \(.meaning); \(.now)"')" "0 after a panic, stay down until a reset; an OOM panic would leave the machine down
0 refuse only requests for more than RAM plus swap; 500M of the limit of 439M committed, not enforced
0 the commit limit is 0% of RAM, plus swap; not in effect: overcommit_kbytes is set
400000 the commit limit is 400000 KiB, plus swap; 500M of the limit of 439M committed, not enforced"
	rm -r "$BATS_TEST_TMPDIR/other"
	other=(kernel/panic=-1 vm/overcommit_memory=1)
	run on_other_settings 0 0 1 "$OOMCTL" sysctl -J panic vm/overcommit_memory
	assert_equal "$(json '.settings[].meaning')" 'after a panic, reboot immediately
refuse no request'
}

@test "sysctl -r prints lines for sysctl -p, and comments for what is unknown or not in effect" {
	mounts_or_skip
	other=(vm/overcommit_memory=0 vm/overcommit_ratio=0 vm/overcommit_kbytes=9000 vm/min_free_kbytes=x kernel/panic=-1)
	run on_other_settings 1 0 1 "$OOMCTL" sysctl -r
	assert_output 'vm.panic_on_oom = 1
vm.oom_kill_allocating_task = 0
vm.oom_dump_tasks = 1
kernel.panic = -1
vm.overcommit_memory = 0
# vm.overcommit_ratio = 0: not in effect: overcommit_kbytes is set
vm.overcommit_kbytes = 9000
# vm.min_free_kbytes: not visible here'
}

@test "sysctl -n and -w as in sysctl(8)" {
	run oomctl sysctl -n panic_on_oom kernel.panic vm.min_free_kbytes
	assert_output "$(cat /proc/sys/vm/panic_on_oom /proc/sys/kernel/panic /proc/sys/vm/min_free_kbytes)"
	for bad in '-w' '-w panic_on_oom' '-w panic=1 panic_on_oom'; do
		# shellcheck disable=SC2086 # words
		run oomctl sysctl $bad
		assert_failure 2
		assert_line -n 0 'oomctl: --write needs SETTING=VALUE'
	done
	for bad in '-J' '-o name' '--output-all'; do
		# shellcheck disable=SC2086 # words
		run oomctl sysctl -n $bad
		assert_failure 2
	done
	[[ $(id -u) == 0 ]] || skip 'needs root, which alone can change settings'
	run oomctl sysctl -nw --dry-run panic=7 oom_dump_tasks=0
	assert_output $'7\n0'
}

@test "sysctl: dangerous values are refused or warned of" {
	mounts_or_skip
	[[ ! -e /sys/kernel/kexec_crash_loaded || $(</sys/kernel/kexec_crash_loaded) == 0 ]] || skip 'kdump is loaded here'
	meminfo='meminfo=MemTotal: 1000000 kB\nMemAvailable: 150000 kB\nSwapTotal: 0 kB\nCommitted_AS: 500000 kB'
	other=(kernel/panic=0 vm/overcommit_memory=0 vm/overcommit_ratio=50 vm/overcommit_kbytes=0 vm/min_free_kbytes=10000 "$meminfo")
	for bad in panic_on_oom=1 panic_on_oom=2; do
		run --separate-stderr on_other_settings 0 0 1 "$OOMCTL" sysctl --dry-run "$bad"
		assert_success
		assert_equal "$stderr" "oomctl: $bad without kernel.panic: after an OOM panic the machine would stay down; set panic=10 too, to reboot it"
	done
	run --separate-stderr on_other_settings 1 0 1 "$OOMCTL" sysctl --dry-run panic=0
	[[ $stderr == *'panic_on_oom=1 without kernel.panic'* ]]
	for good in 'panic_on_oom=1 panic=10' 'panic_on_oom=1 panic=-1' panic_on_oom=0 panic=0 oom_dump_tasks=0; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr on_other_settings 0 0 1 "$OOMCTL" sysctl --dry-run $good
		assert_success
		assert_equal "$stderr" ''
	done
	# Available 150000: an increase of 100000, with a half added. 5 percent of RAM are 50000.
	run --separate-stderr on_other_settings 0 0 1 "$OOMCTL" sysctl --dry-run min_free_kbytes=110001
	assert_failure 2
	[[ $stderr == *'min_free_kbytes=110001 is refused: with a half added, its increase is more than the available memory, 150000 KiB'* ]]
	run --separate-stderr on_other_settings 0 0 1 "$OOMCTL" sysctl --dry-run min_free_kbytes=110000
	assert_success
	[[ $stderr == *'more than 5% of RAM'* ]]
	run --separate-stderr on_other_settings 0 0 1 "$OOMCTL" sysctl --dry-run min_free_kbytes=50000
	assert_equal "$stderr" ''
	run --separate-stderr on_other_settings 0 0 1 "$OOMCTL" sysctl --dry-run min_free_kbytes=1023
	assert_equal "$stderr" 'oomctl: min_free_kbytes is below 1024: the kernel can deadlock'
	run --separate-stderr on_other_settings 0 0 1 "$OOMCTL" sysctl --dry-run min_free_kbytes=250001
	assert_failure 2
	[[ $stderr == *'more than a quarter of RAM, 250000 KiB'* ]]
}

@test "sysctl: overcommit_ratio and overcommit_kbytes exclude each other" {
	run --separate-stderr oomctl sysctl --dry-run overcommit_ratio=50 overcommit_kbytes=5
	assert_failure 2
	[[ $stderr == *'overcommit_ratio and overcommit_kbytes are mutually exclusive'* ]]
	mounts_or_skip
	other=(vm/overcommit_memory=0 vm/overcommit_ratio=0 vm/overcommit_kbytes=9000)
	run on_other_settings 0 0 1 "$OOMCTL" sysctl --dry-run overcommit_ratio=60
	assert_line -n 0 'overcommit_ratio 0 -> 60: the commit limit is 60% of RAM, plus swap (dry run)'
	assert_line -n 1 'overcommit_kbytes 9000 -> 0: overcommit_ratio is used instead (dry run)'
	# Then the limit is that of the ratio, 600000, not 9000.
	rm -r "$BATS_TEST_TMPDIR/other"
	other=(vm/overcommit_memory=2 vm/overcommit_ratio=0 vm/overcommit_kbytes=9000
		'meminfo=MemTotal: 1000000 kB\nSwapTotal: 0 kB\nCommitted_AS: 500000 kB')
	run --separate-stderr on_other_settings 0 0 1 "$OOMCTL" sysctl --dry-run overcommit_ratio=60
	assert_success
	assert_equal "$stderr" ''
}

# try SETTING=VALUE...: a dry run, with other files in place of the settings.
try() {
	run --separate-stderr on_other_settings 0 0 1 "$OOMCTL" sysctl --dry-run "$@"
}

@test "sysctl: a commit limit that is reached is refused, one that is nearly reached is warned of" {
	mounts_or_skip
	# With 50 percent the limit is 500000, and as much is committed.
	meminfo='meminfo=MemTotal: 1000000 kB\nMemAvailable: 150000 kB\nSwapTotal: 0 kB\nCommitted_AS: 500000 kB'
	other=(vm/overcommit_memory=0 vm/overcommit_ratio=50 vm/overcommit_kbytes=0 vm/min_free_kbytes=10000 "$meminfo")
	for bad in 'overcommit_memory=2 500000' 'overcommit_memory=2,overcommit_kbytes=499999 499999' \
		'overcommit_ratio=1,overcommit_memory=2 10000' 'overcommit_memory=2,overcommit_kbytes=0 0'; do
		read -r changes limit <<<"$bad"
		# shellcheck disable=SC2086 # words
		try ${changes/,/ }
		assert_failure 2
		assert_equal "$output" ''
		[[ $stderr == "oomctl: ${changes%,*} is refused: 500000 KiB are committed, and the commit limit would be $limit KiB: no process could be started, not even to undo it"* ]]
	done
	# Nearly is 90 percent: of 555555 and 555600 KiB, 499950 and 500040 (whole percents).
	for good in overcommit_ratio=1 'overcommit_memory=1 overcommit_kbytes=5' 'overcommit_memory=2 overcommit_ratio=60' \
		'overcommit_memory=2 overcommit_kbytes=555600'; do
		# shellcheck disable=SC2086 # words
		try $good
		assert_success
		assert_equal "$stderr" ''
	done
	# 519999 KiB are 508M.
	try overcommit_memory=2 overcommit_kbytes=519999
	assert_success
	assert_equal "$stderr" 'oomctl: overcommit_memory=2: 488M committed, and the limit is 508M: requests for memory can soon fail'
	try overcommit_memory=2 overcommit_kbytes=555555
	[[ $stderr == *'can soon fail' ]]

	# Where it is reached already, a change must not make it worse.
	rm -r "$BATS_TEST_TMPDIR/other"
	other=(vm/overcommit_memory=2 vm/overcommit_ratio=40 vm/overcommit_kbytes=0 "$meminfo")
	try overcommit_ratio=39
	assert_failure 2
	[[ $stderr == *'overcommit_ratio=39 is refused'* ]]
	for good in overcommit_ratio=40 overcommit_ratio=45 overcommit_kbytes=450000; do
		try "$good"
		assert_success
		[[ $stderr == *'requests for memory fail' ]]
	done
	try overcommit_memory=0
	assert_success
	assert_equal "$stderr" ''
}

@test "sysctl: overcommit_kbytes=0 does not set overcommit_ratio again" {
	mounts_or_skip
	warning='oomctl: overcommit_ratio and overcommit_kbytes are both 0: with overcommit_memory=2 only swap can be committed; set one of them'
	meminfo='meminfo=MemTotal: 1000000 kB\nSwapTotal: 900000 kB\nCommitted_AS: 500000 kB'
	other=(vm/overcommit_memory=0 vm/overcommit_ratio=0 vm/overcommit_kbytes=400000 "$meminfo")
	try overcommit_kbytes=0
	assert_success
	assert_output 'overcommit_kbytes 400000 -> 0: the commit limit is only swap (dry run)'
	assert_equal "$stderr" "$warning"
	try overcommit_memory=1
	assert_equal "$stderr" ''
	rm -r "$BATS_TEST_TMPDIR/other"
	other=(vm/overcommit_memory=0 vm/overcommit_ratio=50 vm/overcommit_kbytes=0 "$meminfo")
	try overcommit_memory=2 overcommit_kbytes=0
	assert_success
	assert_output 'overcommit_memory 0 -> 2: refuse requests above the commit limit (dry run)
overcommit_kbytes 0 -> 0: the commit limit is only swap (dry run)
overcommit_ratio 50 -> 0: writing overcommit_kbytes clears it (dry run)'
	assert_equal "$stderr" "$warning"
	try overcommit_ratio=0
	assert_output 'overcommit_ratio 50 -> 0: the commit limit is only swap (dry run)'
	assert_equal "$stderr" "$warning"
}
