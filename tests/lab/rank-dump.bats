#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# rank against the kernel: every field of the kernel's task dump, and its victims.
# bats file_tags=version

# bats and lib.bash set these, each test in a shell of its own; the inner shells expand theirs.
# shellcheck disable=SC2154,SC2030,SC2031,SC2016

load lib

setup() {
	lab_only
	# The shells of the tests are unkillable. Processes that they start inherit that, so each
	# hog sets its own adj.
	protect_shells
	# Hogs of other users create files there too.
	chmod 1777 "$LAB_FILES"
	RANDOM=${SEED:-$$}
	echo "# seed: ${SEED:-$$}"
}

teardown() {
	lab_cleanup
}

# Not init and kernel threads: these are unkillable anyway, and new processes and threads would
# inherit the value.
protect_shells() {
	local file

	for file in /proc/[0-9]*/oom_score_adj; do
		[[ $file == /proc/1/* || ! -e ${file%/*}/exe ]] || echo -1000 >"$file" || true
	done
} 2>/dev/null

# pick WORD...: one of them.
pick() {
	picked=${!#}
	shift $((RANDOM % $#))
	picked=$1
}

# random_hog: any size, kind, user, adj and shape.
random_hog() {
	local options=()

	pick 1 2 3 5 8
	options+=(--anon "${picked}M")
	pick 0 0 1 3
	options+=(--file "${picked}M")
	pick 0 0 1 2
	options+=(--shm "${picked}M")
	pick 0 0 -100 -999 -1000 50 400
	options+=(--adj "$picked")
	pick '' '--uid 1234' '--uid 2000000000'
	# shellcheck disable=SC2206 # no word, or two
	options+=($picked)
	pick '' '' '--threads 3' --dead-leader --clone-vm
	# shellcheck disable=SC2206
	options+=($picked)
	pick 'a) b' ' blanks ' 'x,y=(z' plain
	options+=(--name "$picked")
	hog_start "${options[@]}"
}

# rows <LIST: the rows of a task dump as "pid rest", without the text before them.
rows() {
	sed -n 's/^\[ *\([0-9]*\)\] *\(.*\)/\1 \2/p'
}

# mask OURS THEIRS: since 6.8 there are columns for each kind of memory. Before 7.0 the kernel
# counts these per CPU and prints approximate values, while user space sees only exact sums. Values
# that differ by less than 32 pages per CPU (percpu_counter_batch) count as equal: in both files
# they become "~". The sum of the three, in the column before, must be exactly equal.
mask() {
	awk -v bound=$((32 * $(nproc))) '
		# Sets cut to the first number of a line and the blanks before it, rest to what
		# follows.
		function first_of(line) {
			match(line, /^ *[^ ]+/)
			cut = substr(line, 1, RLENGTH)
			rest = substr(line, RLENGTH + 1)
			return cut + 0
		}
		NR == FNR { ours[FNR] = $0; next }
		{
			line = ours[FNR]; other = $0; a = b = ""
			for (i = 1; i <= 8; i++) {
				x = first_of(line); xs = cut; line = rest
				y = first_of(other); ys = cut; other = rest
				# A dash is a value that user space cannot see.
				if (i > 5 && (xs ~ /^ *-$/ || (x - y < bound && y - x < bound)))
					xs = ys = " ~"
				a = a xs; b = b ys
			}
			print a line >(ARGV[1] ".masked")
			print b other >(ARGV[2] ".masked")
		}
	' "$1" "$2"
	mv "$1.masked" "$1"
	mv "$2.masked" "$2"
}

# whole_kib COLUMN FILE: of the size of page tables, as /proc has it: on ppc64el they are multiples of
# 256 bytes. Points do not depend on it.
whole_kib() {
	awk -v column="$1" '{
		head = ""
		rest = $0
		for (i = 1; i <= column; i++) {
			match(rest, /^ *[^ ]+/)
			field = substr(rest, 1, RLENGTH)
			rest = substr(rest, RLENGTH + 1)
			head = head (i < column ? field : sprintf("%" RLENGTH "d", field - field % 1024))
		}
		print head rest
	}' "$2" >"$2.kib"
	mv "$2.kib" "$2"
}

# kill_and_compare: runs rank, makes the kernel kill, and compares the dumps. Sets victim.
kill_and_compare() {
	lab_needs log
	local report=$BATS_TEST_TMPDIR/report dir=$BATS_TEST_TMPDIR mark shells=" $$ $BASHPID "

	# Running processes change meanwhile: this shell, and the programs that it starts.
	echo 1 >/proc/sys/kernel/sysrq
	mark=$(kernel_log_mark)
	"$OOMCTL" rank --format kernel --sort start >"$dir/rank"
	first=$("$OOMCTL" rank -t 1 -r --noheadings -o tgid)
	echo f >/proc/sysrq-trigger
	oom_report "$mark" >"$report"
	rows <"$dir/rank" >"$dir/rank.rows"
	rows <"$report" >"$dir/kernel.rows"
	[ -s "$dir/kernel.rows" ]
	# The heading is the kernel's too.
	grep -F '[  pid  ]' "$report" | cmp - <(grep -F '[  pid  ]' "$dir/rank")
	awk -v shells="$shells" 'NR == FNR { theirs[$1]; next }
		$1 in theirs && index(shells, " " $1 " ") == 0' "$dir/kernel.rows" "$dir/rank.rows" >"$dir/ours"
	awk -v shells="$shells" 'NR == FNR { ours[$1]; next }
		$1 in ours && index(shells, " " $1 " ") == 0' "$dir/rank.rows" "$dir/kernel.rows" >"$dir/theirs"
	[ "$(wc -l <"$dir/ours")" = "$(wc -l <"$dir/theirs")" ]
	if grep -q ' rss_anon ' "$report"; then
		mask "$dir/ours" "$dir/theirs"
		whole_kib 9 "$dir/theirs"
	else
		whole_kib 6 "$dir/theirs"
	fi
	# Same rows, same fields, same order.
	diff "$dir/ours" "$dir/theirs"
	compared=$(wc -l <"$dir/theirs")
	victim=$(sed -n 's/^oom-kill:.*,pid=\([0-9]*\),uid=.*/\1/p' "$report" | head -n 1)
	[ "$victim" = "$first" ]
}

@test "rank-dump: random hogs, field by field and victim by victim" {
	lab_needs swap
	swap_on
	for _ in {1..10}; do
		random_hog
	done
	hog_start --adj 0 --anon 9M
	hog_start --adj 0 --anon 7M
	for _ in {1..3}; do
		kill_and_compare
		[ "$compared" -ge 8 ]
		hog_start --adj 0 --anon 3M
	done
}

@test "rank-dump: of equal processes the youngest is killed, as rank predicts" {
	ids=$BATS_TEST_TMPDIR/ids
	# Forked by one process, so that their sizes are equal.
	"$BUILD/tests/cli/actor" crowd 4 >"$ids" 3>&- &
	lab_pids+=("$!")
	eventually grep -q ready "$ids"
	mapfile -t pids < <(grep -v ready "$ids")
	lab_pids+=("${pids[@]}")
	"$OOMCTL" set -q 900 "${pids[@]}"
	for round in 3 2; do
		kill_and_compare
		[ "$victim" = "${pids[round]}" ]
		pid_wait "$victim"
	done
	kill -0 "${pids[0]}"
}

@test "rank-dump: adj makes a small process first, and -1000 a large one unkillable" {
	hog_start --adj 0 --anon 20M
	big=$hog_pid
	hog_start --adj 0 --anon 10M
	middle=$hog_pid
	hog_start --adj 0 --anon 2M
	small=$hog_pid
	"$OOMCTL" set -q 700 "$small"
	"$OOMCTL" set -q -1000 "$big"
	kill_and_compare
	[ "$victim" = "$small" ]
	kill_and_compare
	[ "$victim" = "$middle" ]
	kill -0 "$big"
}

is_stopped() {
	[[ $(sed 's/.*) //' "/proc/$1/stat") == T* ]]
}

@test "rank: a process whose first thread has exited keeps its age" {
	local older way start ready=$BATS_TEST_TMPDIR/ready

	# The pauses are longer than a tick of start times, 10 ms.
	bash -c 'kill -STOP $$; exec "$@"' _ "$lab_helpers/hog" --anon 1M --dead-leader --ready "$ready" >/dev/null 3>&- &
	older=$!
	lab_pids+=("$older")
	eventually is_stopped "$older"
	sleep 0.1
	hog_start --anon 1M
	sleep 0.1
	kill -CONT "$older"
	eventually test -s "$ready"
	# Only the thread is younger than the other hog.
	start=$(cut -d ' ' -f 22 "/proc/$hog_pid/stat")
	[ "$(cut -d ' ' -f 22 "/proc/$older/stat")" -lt "$start" ]
	[ "$(cat /proc/"$older"/task/*/stat | cut -d ' ' -f 22 | sort -n | tail -n 1)" -gt "$start" ]
	for way in proc auto; do
		run "$OOMCTL" rank -q --scan="$way" -r --noheadings -o tgid --sort start "$older" "$hog_pid"
		[ "$output" = "$older"$'\n'"$hog_pid" ]
	done
	if "$OOMCTL" rank -t 1 --scan=bpf >/dev/null 2>&1; then
		run "$OOMCTL" rank -q --scan=bpf -r --noheadings -o tgid --sort start "$older" "$hog_pid"
		[ "$output" = "$older"$'\n'"$hog_pid" ]
	fi
}

# hidden HIDEPID WORD...: oomctl as an unprivileged user, in its own /proc that hides other users'
# processes.
hidden() {
	local hidepid=$1

	shift
	unshare -m bash -c 'mount -t proc -o "hidepid=$1" proc /proc || exit 99
		shift
		exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"' _ "$hidepid" "$OOMCTL" "$@"
}

# In the guest, only the test's own shells and kernel workers start and exit.
@test "hidepid: invisible processes are counted, and only visible ones are ranked" {
	local hidepid n unseen seen out=$BATS_TEST_TMPDIR/out

	for _ in {1..20}; do
		hog_start
	done
	for hidepid in 1 2; do
		n=$(printf '%s\n' /proc/[0-9]* | wc -l)
		hidden "$hidepid" rank --all -r --noheadings -o tgid,uid >"$out" 2>"$out.err"
		# The caller's only process is oomctl itself, which is not ranked.
		seen=$(wc -l <"$out")
		((seen == 0))
		[[ $(<"$out.err") =~ ^oomctl:\ ([0-9]+)\ more\ processes\ are\ not\ visible\ here:\ only\ visible\ processes\ are\ ranked$ ]]
		unseen=${BASH_REMATCH[1]}
		echo "hidepid=$hidepid: $unseen unseen, $seen seen, $n before"
		((unseen >= n - 6))
		# UML's kernel counts some processes in the links of /proc that do not exist.
		[[ $LAB_KERNEL == uml ]] || ((unseen + seen <= n + 5))
	done
	hidden 2 rank -q >"$out" 2>"$out.err"
	[ ! -s "$out.err" ]
}
