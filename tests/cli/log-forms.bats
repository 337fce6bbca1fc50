#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# log: a short log for each form of logs; the expected results were worked out by hand.

# shellcheck disable=SC2154 # bats sets them.

setup() {
	forms=$BATS_TEST_DIRNAME/../logs/forms
	export TZ=UTC LC_ALL=C.UTF-8
}

# The rows of a log in the form of the file "expected".
rows() {
	"$OOMCTL" log -r --noheadings -o time,host,where,asked,order,pid,name,uid,rss_anon,task_cgroup,result \
		"$forms/$1.log" 2>/dev/null | sed -E 's/\\x20/_/g; s/__+/_/g' | sort
}

@test "each form of a log is read" {
	wrong=''
	n=0
	for log in "$forms"/*.log; do
		name=$(basename "$log" .log)
		want=$(sed -n "s/^$name\( \|\$\)//p" "$forms/expected" | sed '/^$/d' | sort)
		grep -q "^$name\( \|\$\)" "$forms/expected"
		n=$((n + 1))
		got=$(rows "$name")
		[ "$got" = "$want" ] || wrong+="$name
got:  $got
want: $want
"
	done
	echo "$wrong"
	[ -z "$wrong" ]
	[ "$n" -ge 40 ]
}

@test "reports show only what follows from their lines" {
	n=0
	while read -r name sign words; do
		[ "$name" != '#' ] || continue
		n=$((n + 1))
		text=$("$OOMCTL" log --show 1 "$forms/$name.log" | tr -s ' \n' ' ')
		case "$sign$text" in
		+*"$words"*) ;;
		-*"$words"*)
			echo "$name has '$words': $text"
			false
			;;
		-*) ;;
		*)
			echo "$name lacks '$words': $text"
			false
			;;
		esac
	done <"$forms/expected-text"
	[ "$n" -ge 10 ]
}

@test "the program that reported a kill is named, and the kernel's own report counts once" {
	[ "$("$OOMCTL" log -r --noheadings -o pid,by "$forms/relays.log" 2>/dev/null | tr '\n' ';')" = \
		'7001 kubelet;71 kernel;- containerd;- containerd;72 kernel;73 node-problem-detector;' ]
	# By their first lines; --show finds the same kill.
	[ "$("$OOMCTL" log -r --noheadings -o nr "$forms/relays.log" | tr '\n' ' ')" = '1 2 3 4 5 6 ' ]
	[[ $("$OOMCTL" log --show 2 "$forms/relays.log") == *'ruby (pid 71)'* ]]
	[[ $("$OOMCTL" log "$forms/relays.log") == *'2 kills '*'containerd 2, kubelet 1, node-problem-detector 1'* ]]
	n=0
	for log in events-docker events-docker-json events-containerd; do
		for id in $("$OOMCTL" log -r --noheadings -o by,container "$forms/$log.log" | tr ' ' :); do
			case $n$id in
			0docker:"$(printf '0a1b%.0s' {1..16})") ;;
			1docker:"$(printf '3a1b%.0s' {1..16})") ;;
			2docker:"$(printf '4a1b%.0s' {1..16})") ;;
			3containerd:"$(printf '5a1b%.0s' {1..16})") ;;
			4containerd:-) ;;
			*) false ;;
			esac
			n=$((n + 1))
		done
	done
	[ "$n" -eq 5 ]
}

@test "an event of node-problem-detector is its own, unless the log has the kernel's report" {
	[ "$("$OOMCTL" log -r --noheadings -o pid,by "$forms/kubectl.log" | tr '\n' ';')" = \
		'71 node-problem-detector;72 node-problem-detector;' ]
	[ "$("$OOMCTL" log -r --noheadings -o pid,by "$forms/events-json.log" | tr '\n' ';')" = \
		'71 node-problem-detector;72 kernel;' ]
}

@test "what a kill line shows only in part is listed" {
	[ "$("$OOMCTL" log -r --noheadings -o rss,rss_file "$forms/name-left-out.log")" = '2147483648 -' ]
	[ "$("$OOMCTL" log -r --noheadings -o where,cgroup,container,rss,swap "$forms/openvz.log")" = \
		'OpenVZ\x20container\x20204 - 204 30720000 12288' ]
	[[ $("$OOMCTL" log -J --show 1 "$forms/openvz.log") == *'"cgroup":null'*'"container":"204"'*'"swap":12288'* ]]
	[ "$("$OOMCTL" log -r --noheadings -o cgroup,container "$forms/openvz-cgroup.log")" = '- 204' ]
	# A further process has the place of the report, and no container of its own.
	run "$OOMCTL" log -r --noheadings -o pid,where,container - <<-'END'
		[  100.000000] hog invoked oom-killer: gfp_mask=0x201da, order=0, oom_score_adj=0
		[  100.000002] Out of memory in UB 101: OOM killed process 4242 (hog) score 500 vm:200000kB, rss:100000kB, swap:0kB
		[  100.000004] Kill process 4244 (hog3) sharing same memory
	END
	[ "$output" = '4242 OpenVZ\x20container\x20101 101
4244 OpenVZ\x20container\x20101 -' ]
}

@test "points are a number only where they are known" {
	[ "$("$OOMCTL" log -r --noheadings -o points "$forms/hidden-by-adj.log")" = 1 ]
	[ "$("$OOMCTL" log -r --noheadings -o points "$forms/points-unknown.log")" = - ]
	[[ $("$OOMCTL" log -J --show 1 "$forms/panic-deadlock.log") == *'"no_victim":true'* ]]
	[[ $("$OOMCTL" log -J --show 1 "$forms/panic-other.log") == *'"no_victim":false'* ]]
}

@test "values that a program printed in an older form are read" {
	[ "$("$OOMCTL" log -r --noheadings -o by,rss,adj "$forms/others-old.log" 2>/dev/null | tr '\n' ';')" = \
		'earlyoom 753926144 -;systemd-oomd - -;lmkd 103108608 900;' ]
}

@test "each log is read the same on processors without AVX-512 and AVX2" {
	n=0
	for log in "$forms"/*.log "$forms"/../*.log; do
		want=$("$OOMCTL" log -J "$log") || true
		for missing in -AVX512BW -AVX512BW,-AVX2; do
			got=$(GLIBC_TUNABLES=glibc.cpu.hwcaps=$missing "$OOMCTL" log -J "$log") || true
			[ "$got" = "$want" ]
		done
		n=$((n + 1))
	done
	[ "$n" -ge 80 ]
}
