#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# sysctl without changing the machine's settings; tests/lab has the rest.

# bats and cli.bash set these; the inner shells expand theirs.
# shellcheck disable=SC2154,SC2016

load cli

names=(panic_on_oom oom_kill_allocating_task oom_dump_tasks)

values() {
	cat /proc/sys/vm/{panic_on_oom,oom_kill_allocating_task,oom_dump_tasks}
}

# No test may change the machine.
setup() {
	before=$(values)
}

teardown() {
	cli_end
	assert_equal "$(values)" "$before"
}

# on_other_settings PANIC ALLOCATING DUMP COMMAND...: with other files in place of the settings.
on_other_settings() {
	local i

	for i in 0 1 2; do
		echo "${@:i+1:1}" >"$BATS_TEST_TMPDIR/${names[i]}"
	done
	shift 3
	DIR=$BATS_TEST_TMPDIR unshare -m bash -c '
		for name in panic_on_oom oom_kill_allocating_task oom_dump_tasks; do
			mount --bind "$DIR/$name" "/proc/sys/vm/$name" || exit 99
		done
		exec "$@"' _ "$@"
}

@test "sysctl shows each setting with value, meaning, and effect" {
	run oomctl sysctl
	assert_success
	for name in "${names[@]}"; do
		assert_line --regexp "^$name +$(<"/proc/sys/vm/$name")  [a-z]"
	done
	assert_equal "$(grep -c '^ *now: ' <<<"$output")" 3
	run oomctl sysctl -o name,value,meaning,now
	assert_line -n 0 --regexp '^NAME +VALUE +MEANING +NOW'
	assert_equal "${#lines[@]}" 4
	run oomctl sysctl -r --noheadings -o name,value
	assert_output "panic_on_oom $(</proc/sys/vm/panic_on_oom)
oom_kill_allocating_task $(</proc/sys/vm/oom_kill_allocating_task)
oom_dump_tasks $(</proc/sys/vm/oom_dump_tasks)"
	run oomctl sysctl -J
	assert_equal "$(json '.settings | length')" 3
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
	for bad in overcommit_memory overcommit_memory=1 x '' =1 panic PANIC_ON_OOM=1 kernel.panic_on_oom=1; do
		run --separate-stderr oomctl sysctl "$bad"
		assert_failure 2
		[[ $stderr == *"unknown setting '${bad%%=*}'"* ]]
		# The valid names.
		[[ $stderr == *'panic_on_oom, oom_kill_allocating_task, oom_dump_tasks'* ]]
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
