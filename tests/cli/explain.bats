#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# explain: on fixtures with 1,000,000 pages of memory, and on the live machine.

# bats, cli.bash and fixture.bash set these, and use those.
# shellcheck disable=SC2154,SC2034,SC2030,SC2031

load cli
load fixture

setup() {
	fixture_or_skip
}

# big 100000 + 100 pages; mid 50000 + 100 * 1000; small 10000 - 200 * 1000.
machine() {
	fixture_new "${1-6.1.0-test}"
	fixture_process 1 init rss=4000 vm=20000 anon=2000 file=2000 shmem=0 ppid=0 adj=0 score=667
	fixture_process 2 kthreadd ppid=0 adj=0
	fixture_process 4190001 big vm=500000 rss=400000 anon=390000 file=10000 shmem=0 pte=400 swap=0 adj=0 \
		score=733 start=100
	fixture_process 4190002 mid vm=300000 rss=200000 anon=200000 file=0 shmem=0 pte=0 swap=0 adj=100 \
		score=766 start=200 ppid=4190006
	fixture_process 4190003 small vm=100000 rss=40000 anon=40000 file=0 shmem=0 pte=0 swap=0 adj=-200 \
		score=540 start=300 ppid=4190002
	fixture_process 4190004 never vm=90000 rss=80000 anon=80000 file=0 shmem=0 pte=0 swap=0 adj=-1000 start=400
	fixture_process 4190005 dead state='Z (zombie)' adj=0
	fixture_process 4190006 parent vm=30000 rss=4000 anon=4000 file=0 shmem=0 pte=0 swap=0 adj=100 score=734 start=150
}

# explained WORD...: the output with single spaces.
explained() {
	run --separate-stderr fixture_oomctl explain "$@"
	assert_success
	assert_equal "$stderr" ''
	for line in "${lines[@]}"; do
		((${#line} <= 80))
	done
	output=$(tr -s ' \n' ' ' <<<"$output")
}

@test "the computation, one line per step" {
	machine
	explained 4190001
	assert_output --partial '4190001 (big), user root: ranked 3 of 4 killable processes.'
	assert_output --partial '97500 381M anonymous memory'
	assert_output --partial '+ 2500 9.8M file-backed memory'
	assert_output --partial '+ 0 0 shared memory'
	assert_output --partial '+ 0 0 swap'
	assert_output --partial '+ 100 400K page tables'
	assert_output --partial '= 100100 391M total memory'
	assert_output --partial '+ 0 0 adj 0: each unit adds 3.9M, a thousandth of RAM plus swap, 3.8G'
	assert_output --partial '= 100100 391M points (the highest is killed first)'
	assert_output --partial 'Its score, 733 in /proc/4190001/oom_score, is (1000 + points * 1000 / 1000000) * 2 / 3.'
	explained 4190003
	assert_output --partial '- 200000 781M adj -200'
	assert_output --partial '= -190000 -742M points'
}

@test "an adj of -17 to -1 looks like a value of the old scale" {
	machine
	while read -r adj score new; do
		fixture_process 4190003 small vm=100000 rss=40000 anon=40000 file=0 shmem=0 pte=0 swap=0 adj="$adj" \
			score="$score" start=300 ppid=4190002
		explained 4190003
		if [[ $new ]]; then
			assert_output --partial "$adj looks like a value of the old scale; it corresponds to $new"
		else
			refute_output --partial 'old scale'
		fi
	done <<-'END'
		-17 682 -1000
		-16 682 -941
		-1 692 -58
		-18 681
		0 693
		15 703
	END
}

# mid, the first, has 150000: big needs 49900 pages or 49.9 units more. With equal points, only the younger is first.
@test "adj and growth to rank first, below the first, and last" {
	machine
	explained 4190001
	assert_output --partial 'first adj 50 or more or 195M (49901 pages) more memory'
	assert_output --partial 'below 4190002 (mid), currently first: adj 49 or less'
	# small has -190000: 100100 - 291 * 1000 is below.
	assert_output --partial 'last adj -291 or less unkillable adj -1000'
	explained 4190002
	assert_output --partial 'first adj 51 or more (as now)'
	assert_output --partial 'below 4190006 (parent), currently second: adj 50 or less'
	refute_output --partial 'more memory'
	# With equal points, the younger is first: 10000 + 140 * 1000 is 150000; below big's 100100 it is with 10000 + 90 * 1000.
	explained 4190003
	assert_output --partial 'first adj 140 or more or 1.3G (340000 pages) more memory'
	assert_output --partial 'last adj 90 or less'
}

@test "why a process is unkillable" {
	machine
	for case in '1:init:It is init' '2:kthreadd:It is a kernel thread' \
		'4190004:never:Its adj is -1000: oom_badness() skips it since Linux 2.6.36' \
		'4190005:dead:It has exited and holds no memory'; do
		IFS=: read -r pid name why <<<"$case"
		explained "$pid"
		assert_output --partial "$pid ($name), user root, is unkillable. $why"
		refute_output --partial 'To change its rank'
	done
	# Only the score, 0, shows it.
	echo 0 >"$fixture/4190002/oom_score"
	explained 4190002
	assert_output --partial 'The kernel skips it for now'
}

@test "the origin of adj: parent, explicit, default, old scale" {
	machine
	explained 4190002
	assert_output --partial 'Possible origin of its adj, 100: inherited from its parent 4190006 (parent), which has the same value'
	explained 4190003
	assert_output --partial 'its adj, -200: differs from its parent'\''s: it was set explicitly, or inherited from a process that has ended or has another value since'
	explained 4190001
	assert_output --partial 'its adj, 0: 0 is the default'
	echo -16 >"$fixture/4190001/oom_score_adj"
	explained 4190001
	assert_output --partial '-16 looks like a value of the old scale; it corresponds to -941'
}

@test "another count of resident memory, and another era's rules" {
	machine 4.16.0
	sed -i 's/^CapEff:.*/CapEff:\t0000003fffffffff/' "$fixture/4190002/status"
	echo 148 >"$fixture/4190002/oom_score"
	echo 100 >"$fixture/4190001/oom_score"
	echo 0 >"$fixture/4190003/oom_score"
	echo 101 >"$fixture/4190006/oom_score"
	explained 4190002
	assert_output --partial '- 1500 5.9M 3 % discount for root'
	assert_output --partial '= 148500 580M points'
	assert_output --partial 'Its score, 148 in /proc/4190002/oom_score, is points * 1000 / 1000000.'
	explained 4190003
	assert_output --partial '= 1 4.0K points (at least 1)'
}

@test "several targets and selectors, in turn" {
	machine
	run --separate-stderr fixture_oomctl explain 4190002 4190001
	assert_success
	assert_equal "$(grep -c '^419000[12] (' <<<"$output")" 2
	[[ $output == '4190002 (mid), '*$'\n\n4190001 (big), '* ]]
	first=$(fixture_oomctl explain 4190002) second=$(fixture_oomctl explain --name '^big$')
	assert_equal "$output" "$first"$'\n\n'"$second"
	run --separate-stderr fixture_oomctl explain --with-adj 1.. --parent 4190006
	[[ $output == '4190002 (mid), '* ]]
	run --separate-stderr fixture_oomctl explain 4189999 4190001
	assert_failure 1
	[[ $output == '4190001 (big), '* ]]
	assert_equal "$stderr" 'oomctl: pid 4189999: no such process'
}

@test "no PID, or a PID that is invalid or does not exist" {
	machine
	run fixture_oomctl explain
	assert_failure 2
	assert_line 'oomctl: explain: no process specified'
	run fixture_oomctl explain x
	assert_failure 2
	run fixture_oomctl explain 4189999
	assert_failure 1
	assert_output 'oomctl: pid 4189999: no such process'
	run --separate-stderr fixture_oomctl explain 4190001 4189999 -p 4190004
	assert_failure 1
	assert_equal "$stderr" 'oomctl: pid 4189999: no such process'
	assert_line '4190001 (big), user root: ranked 3 of 4 killable processes.'
	assert_line '4190004 (never), user root, is unkillable.'
	assert_equal "$(grep -c '^Possible origin' <<<"$output")" 2
}

@test "-J: an array with all numbers of the text" {
	machine
	run --separate-stderr fixture_oomctl explain -J 4190001 4190004 4190002
	assert_success
	assert_equal "$(json '.processes | length')" 3
	assert_equal "$(json '.processes[0] | [.decided_by, .place, .count, .pid, .name, .reason, .adj, .points, .rss_anon, .pgtables, .adj_unit, .next, .adj_first, .adj_below, .adj_last, .growth, .cgroups, .origin.kind] | tojson')" \
		'["points",3,4,4190001,"big",null,0,100100,399360000,409600,4096000,4190002,50,49,-291,204394496,[],"default"]'
	assert_equal "$(json '.processes[1] | [.place, .points, .next, .adj_first, .reason] | tojson')" \
		'[null,null,null,null,"adj -1000: never killed"]'
	assert_equal "$(json '.processes[2] | [.place, .growth, .origin.kind, .origin.ancestor] | tojson')" \
		'[1,0,"inherited",4190006]'
	# What a zombie has is not known to be 0.
	run --separate-stderr fixture_oomctl explain -J 4190005
	assert_equal "$(json '.processes[0] | [.rss, .rss_anon, .swap, .pgtables, .points] | tojson')" '[null,null,null,null,null]'
	run --separate-stderr fixture_oomctl explain -J 4189999
	assert_failure 1
	assert_equal "$(json '.processes | length')" 0
}

# origin CGROUP ADJ: of a process there.
origin() {
	echo "0::$1" >"$fixture/4190001/cgroup"
	echo "$2" >"$fixture/4190001/oom_score_adj"
	explained 4190001
	output=${output#*Possible origin}
}

@test "the origin of adj: user managers and containers" {
	machine
	origin /user.slice/user-1000.slice/user@1000.service/app.slice/web.service 200
	assert_output --partial 'unit web.service of user@1000.service: systemd sets 100 for user managers, and these add 100 for units'
	origin /user.slice/user-1000.slice/user@1000.service/init.scope 100
	assert_output --partial 'unit init.scope of user@1000.service: systemd sets 100 for user managers'
	refute_output --partial 'add 100'
	origin /user.slice/user-1000.slice/user@1000.service/app.slice/web.service 300
	assert_output --partial 'unit web.service of user@1000.service'
	refute_output --partial 'systemd sets'
	origin "/system.slice/docker-$(printf '%064x' 7).scope" 500
	assert_output --partial 'container 000000000000: its runtime sets adj at the start'
	# Units of a systemd inside of a container, and of a container of a user.
	origin "/system.slice/docker-$(printf '%064x' 7).scope/system.slice/cron.service" 500
	assert_output --partial 'container 000000000000: its runtime'
	origin "/user.slice/user@1000.service/user.slice/libpod-$(printf '%064x' 8).scope/container" 200
	assert_output --partial 'container 000000000000: its runtime'
	refute_output --partial 'systemd sets'
	origin /lxc.payload.box/init.scope 5
	assert_output --partial 'container box: its runtime'
	refute_output --partial OOMScoreAdjust
}

# with_units FILE=TEXT...: oomctl on a machine with only these files of units.
with_units() {
	local word units=$BATS_TEST_TMPDIR/units wrapper=$BATS_TEST_TMPDIR/with_units dir

	rm -rf "$units"
	mkdir -p "$units"/{etc,usr}/{system,user}
	for word; do
		mkdir -p "$(dirname "$units/${word%%=*}")"
		printf '%b' "${word#*=}" >"$units/${word%%=*}"
	done
	{
		echo '#!/bin/bash'
		for dir in etc/systemd usr/lib/systemd; do
			printf 'mount --bind %q /%s || exit 99\n' "$units/${dir%%/*}" "$dir"
		done
		printf 'exec %q "$@"\n' "$build_oomctl"
	} >"$wrapper"
	chmod +x "$wrapper"
	OOMCTL=$wrapper
}

# declares VALUE FILE UNIT: explain says that FILE, below /etc/systemd/system, declares VALUE for UNIT.
declares() {
	origin "/system.slice/$3" "$1"
	assert_output --partial "OOMScoreAdjust=$1 in /etc/systemd/system/$2"
	refute_output --partial 'not in effect'
}

@test "the origin of adj: drop-ins for a name's beginning, continuation lines, sections" {
	[[ -d /etc/systemd && -d /usr/lib/systemd ]] || skip 'there are no directories of systemd'
	[[ $OOMCTL != */asan/* ]] || skip 'a sanitized build cannot be started by a script on a fixture'
	local build_oomctl=$OOMCTL s='[Service]\nOOMScoreAdjust=' d=etc/system
	machine
	printf 'btime 1000000000\n' >"$fixture/stat"
	# From the least to the most specific name; of equal file names, the most specific takes effect.
	with_units $d/service.d/a.conf="${s}1"
	declares 1 service.d/a.conf a-b-x@c-d.service
	for name in a-@ a-@c-d a-b-@ a-b-@c-d a- a-b- a-b-x@ a-b-x@c-d; do
		value=$((value + 10))
		mkdir -p "$BATS_TEST_TMPDIR/units/$d/$name.service.d"
		printf '%b' "$s$value" >"$BATS_TEST_TMPDIR/units/$d/$name.service.d/a.conf"
		declares "$value" "$name.service.d/a.conf" a-b-x@c-d.service
	done
	declares 60 a-b-.service.d/a.conf a-b-c.service
	declares 50 a-.service.d/a.conf a-b.service
	declares 1 service.d/a.conf b-a.service
	with_units $d/web.service='[Service]\nOOMScoreAdjust=\\\n# a comment\n -20 \\\n\n#\\\n[Unit]\nOOMScoreAdjust=-30\n'
	declares -20 web.service web.service
	with_units $d/web.service='[Service]\n# OOMScoreAdjust=-40 \\\nOOMScoreAdjust=-50 \n[Install]\nOOMScoreAdjust=\n'
	declares -50 web.service web.service
}

@test "the origin of adj: the declared value of a unit, and why it has no effect" {
	[[ -d /etc/systemd && -d /usr/lib/systemd ]] || skip 'there are no directories of systemd'
	[[ $OOMCTL != */asan/* ]] || skip 'a sanitized build cannot be started by a script on a fixture'
	local build_oomctl=$OOMCTL
	machine
	printf 'btime 1000000000\n' >"$fixture/stat"
	with_units usr/system/web.service='[Service]\nOOMScoreAdjust=-500\n' usr/user/app.service='[Service]\nOOMScoreAdjust = -500\n'
	origin /system.slice/web.service -500
	assert_output --partial 'OOMScoreAdjust=-500 in /usr/lib/systemd/system/web.service'
	refute_output --partial 'not in effect'
	# The file is from now, the process from 2001.
	origin /system.slice/web.service 0
	assert_output --partial 'OOMScoreAdjust=-500 in /usr/lib/systemd/system/web.service is not in effect: the file was changed after the process started; restart the unit'
	# The time that a package manager sets is no change.
	touch -d @900000000 "$BATS_TEST_TMPDIR/units/usr/system/web.service"
	origin /system.slice/web.service 0
	assert_output --partial 'the file was changed after the process started'
	# That is certain only of the value that a start without the file gives, init's.
	origin /system.slice/web.service -50
	uncertain='is not in effect: the file was changed after the process started, or the process, or something else, changed its adj later'
	assert_output --partial "web.service $uncertain"
	run fixture_oomctl explain -J 4190001
	assert_output --partial '"declared_is":"uncertain"'
	origin /user.slice/user@1000.service/app.slice/app.service 200
	assert_output --partial 'app.service is not in effect: the user manager cannot lower adj'
	printf '[Service]\nOOMScoreAdjust=300\n' >"$BATS_TEST_TMPDIR/units/usr/user/app.service"
	origin /user.slice/user@1000.service/app.slice/app.service 200
	assert_output --partial 'app.service is not in effect: the file was changed after the process started; restart the unit'
	run fixture_oomctl explain -J 4190001
	assert_output --partial '"declared_is":"not_restarted"'
	origin /user.slice/user@1000.service/app.slice/app.service 0
	assert_output --partial "app.service $uncertain"
	printf '[Service]\nOOMScoreAdjust=-500\n' >"$BATS_TEST_TMPDIR/units/usr/user/app.service"
	# With its own file, --persist changed the process too.
	mkdir -p "$BATS_TEST_TMPDIR/units/etc/system/web.service.d"
	printf '[Service]\nOOMScoreAdjust=-20\n' >"$BATS_TEST_TMPDIR/units/etc/system/web.service.d/60-oomctl.conf"
	origin /system.slice/web.service 0
	assert_output --partial "60-oomctl.conf $uncertain"
	rm -r "$BATS_TEST_TMPDIR/units/etc/system/web.service.d"
	# The process is from the second of the file, or the next; btime and the start are rounded down.
	changed=$(stat -c %Z "$BATS_TEST_TMPDIR/units/usr/system/web.service")
	ticks=$(cut -d ' ' -f 22 "$fixture/4190001/stat")
	printf 'btime %d\n' $((changed - 1 - ticks / $(getconf CLK_TCK))) >"$fixture/stat"
	origin /system.slice/web.service 0
	assert_output --partial 'is not in effect: the process, or something else, changed its adj later'
	# The process is from 2065.
	printf 'btime 3000000000\n' >"$fixture/stat"
	origin /system.slice/web.service 0
	assert_output --partial 'is not in effect: the process, or something else, changed its adj later'
	origin /user.slice/user@1000.service/app.slice/app.service 100
	assert_output --partial 'in /usr/lib/systemd/user/app.service is not in effect: the user manager cannot lower adj'
	# It can raise it, so this was changed later.
	printf '[Service]\nOOMScoreAdjust=300\n' >"$BATS_TEST_TMPDIR/units/usr/user/app.service"
	origin /user.slice/user@1000.service/app.slice/app.service 500
	assert_output --partial 'is not in effect: the process, or something else, changed its adj later'
	# What the administrator set for user managers.
	with_units etc/system/user@.service.d/a.conf='[Service]\nOOMScoreAdjust=50\n' usr/user/app.service='[Service]\nOOMScoreAdjust=40\n'
	origin /user.slice/user@1000.service/app.slice/app.service 150
	assert_output --partial 'systemd sets 50 for user managers, and these add 100 for units'
	assert_output --partial 'the user manager cannot lower adj'
	# The last drop-in by name overrides; of equal names, that in /etc. An empty value cancels.
	with_units usr/system/web@.service='[Service]\nOOMScoreAdjust=-500\n' etc/system/web@1.service.d/50-b.conf='[Service]\nOOMScoreAdjust=70\n' \
		usr/system/web@1.service.d/50-b.conf='[Service]\nOOMScoreAdjust=60\n' usr/system/service.d/10-a.conf='[Service]\nOOMScoreAdjust=50\n'
	origin /system.slice/web@1.service 0
	assert_output --partial 'OOMScoreAdjust=70 in /etc/systemd/system/web@1.service.d/50-b.conf is not'
	origin /system.slice/web@2.service 0
	assert_output --partial 'OOMScoreAdjust=50 in /usr/lib/systemd/system/service.d/10-a.conf is not'
	with_units usr/system/web.service='OOMScoreAdjust=-500\n' etc/system/web.service.d/a.conf='OOMScoreAdjust=\n'
	origin /system.slice/web.service 0
	refute_output --partial OOMScoreAdjust
}

# The memory controller has version 1, and no unit in its path.
@test "the origin of adj: with cgroup version 1, the unit is in systemd's hierarchy" {
	machine
	origin_hybrid() {
		printf '4:memory:/\n1:name=systemd:%s\n' "$1" >"$fixture/4190001/cgroup"
		echo "$2" >"$fixture/4190001/oom_score_adj"
		explained 4190001
		output=${output#*Possible origin}
	}
	origin_hybrid /user.slice/user-1000.slice/user@1000.service/app.slice/web.service 200
	assert_output --partial 'unit web.service of user@1000.service: systemd sets 100'
	origin_hybrid "/docker/$(printf '%064x' 7)" 5
	assert_output --partial 'container 000000000000: its runtime'
}

@test "on the live machine: a child with its own adj" {
	actor_start crowd 1
	echo 300 >"/proc/${actor_ids[0]}/oom_score_adj"
	run oomctl explain "${actor_ids[0]}"
	assert_success
	assert_line --partial "${actor_ids[0]} (actor), user"
	assert_output --partial 'adj 300: each unit adds'
	assert_output --partial 'differs from its parent'
	points=$(oomctl rank -r --noheadings -o points "${actor_ids[0]}")
	assert_output --regexp "= +$points "
}

# Three processes share memory and rank first.
@test "processes that share its memory are not compared with it" {
	actor_start share 2
	first=${actor_ids[0]}
	echo 1000 >"/proc/$actor_pid/oom_score_adj"
	assert_equal "$(<"/proc/$first/oom_score_adj")" 1000
	for pid in "$actor_pid" "${actor_ids[@]}"; do
		run oomctl explain "$pid"
		assert_success
		[[ $output != *'kcmp(2) cannot'* ]] || skip 'no kcmp(2) here'
		assert_line '2 other processes share memory with it, have the same adj, and are killed with'
		for other in "$actor_pid" "${actor_ids[@]}"; do
			refute_output --regexp "(below|enough:) +$other "
		done
	done
}

@test "processes that may share its memory are reported" {
	machine
	fixture_process 4190007 twin vm=500000 rss=400000 anon=390000 file=10000 shmem=0 pte=400 swap=0 adj=0 \
		score=733 start=500
	explained 4190001
	assert_output --partial '1 other process may share memory with it; kcmp(2) cannot confirm it, so this is ignored here.'
	explained 4190003
	refute_output --partial 'share memory'
}
