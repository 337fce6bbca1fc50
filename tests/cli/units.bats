#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What systemd does after a kill, as far as it needs no systemd: a manager that does not answer. The
# rest is in tests/lab/systemd-effects.bats.

# shellcheck disable=SC2154,SC2016,SC2030,SC2031 # bats sets these; the inner shells expand theirs

load cli
load fixture

# machine MODE: two processes of a.service, and a socket of systemd that behaves so; "none": there is none.
machine() {
	fixture_or_skip
	fixture_new 6.1.0
	fixture_process 1 init rss=4000 score=0 adj=0
	fixture_process 700 first rss=300000 anon=300000 file=0 shmem=0 swap=0 score=700 adj=0 \
		cgroup='0::/system.slice/a.service\n'
	fixture_process 701 second rss=200000 anon=200000 file=0 shmem=0 swap=0 score=690 adj=0 \
		cgroup='0::/system.slice/a.service\n'
	mode=$1 masks=()
}

# on_machine WORD...: oomctl there. It ends within seconds, whatever the socket does.
on_machine() {
	timeout -k 5 60 "${fixture_unshare[@]:?}" bash -c '
		mount -t tmpfs none /run && mkdir -p /run/systemd/system || exit 99
		if [[ $1 != none ]]; then
			"$2" /run/systemd/private "$1" >/run/ready 3>&- &
			busd=$!
			until grep -qs ready /run/ready; do sleep 0.1; done
		fi
		shift 2
		"$@"
		status=$?
		[[ ! ${busd-} ]] || kill "$busd"
		exit "$status"' - "$mode" "$cli_helpers/busd" \
		timeout -k 1 10 env "${masks[@]}" LD_PRELOAD="$cli_helpers/machine.so" ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0" \
		FIXTURE_PROC="$fixture" FIXTURE_PAGE_SIZE="$fixture_page_size" FIXTURE_RAM_KIB="$fixture_ram_kib" \
		FIXTURE_SWAP_KIB="$fixture_swap_kib" "$OOMCTL" "$@"
}

@test "units: a systemd that does not answer delays predict and explain by seconds" {
	local begin command n=0

	machine hangs
	for command in predict 'predict -J' 'explain 700' 'explain -J 700 701'; do
		begin=$SECONDS
		# shellcheck disable=SC2086 # words
		run --separate-stderr on_machine $command
		assert_success
		((SECONDS - begin < 8))
		assert_output --partial first
		[[ $stderr == *'cannot ask systemd what it does after a kill: no answer'* ]]
		[ "$(grep -c 'no answer' <<<"$stderr")" = 1 ]
		n=$((n + 1))
	done
	((n == 4))
}

@test "units: the caller's signal mask and actions do not stop the timeout" {
	machine hangs
	masks=(--block-signal=ALRM --ignore-signal=ALRM)
	run --separate-stderr on_machine predict
	assert_success
	[[ $stderr == *'no answer'* ]]
}

@test "units: a socket that closes, floods or is missing" {
	machine closes
	run --separate-stderr on_machine predict
	assert_success
	assert_output --partial 'what systemd does with a.service is unknown: '
	machine floods
	run --separate-stderr on_machine predict
	assert_success
	assert_output --partial first
	machine none
	run --separate-stderr on_machine predict
	assert_success
	assert_output --partial 'what systemd does with a.service is unknown: Connection refused'
	run --separate-stderr on_machine explain -J 700
	assert_success
	assert_output --partial '"systemd":{"unit":"a.service","manager":null,"oom_policy":null,"effect":null,"result":null,"processes":null,"restart":null,"restart_usec":null,"restarted":null}'
}

@test "units: rank asks no manager, and lists ask only for their columns" {
	local command

	machine hangs
	for command in rank 'get 700' 'rank -J --output-all' 'predict -r -o pid' 'predict --noheadings'; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr on_machine $command
		assert_success
		assert_equal "$stderr" ''
	done
	run --separate-stderr on_machine predict -r -o pid,unit
	assert_success
	[[ $stderr == *'no answer'* ]]
}

@test "units: without systemd nothing is asked" {
	machine hangs
	run --separate-stderr fixture_oomctl explain -J 700
	assert_success
	[[ -d /run/systemd/system ]] || assert_output --partial '"systemd":null'
}
