#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# predict against the kernel: processes that are killed with the victim.
# bats file_tags=version

# lib.bash sets the variables of hogs and cgroups; a test is a subshell.
# shellcheck disable=SC2154,SC2030,SC2031
load lib

setup() {
	lab_only
}

teardown() {
	lab_cleanup
}

# dies_first PIDS [WORD]...: predict's first kill has exactly these processes.
dies_first() {
	local wanted set

	wanted=$(tr ' ' '\n' <<<"$1" | sort -n | paste -sd ' ')
	set=$("$OOMCTL" predict -r --noheadings --kills 1 -o kill_set "${@:2}" | sed 's/\\x20/\n/g' | sort -n |
		paste -sd ' ')
	echo "predicted: $set; expected: $wanted"
	"$OOMCTL" predict "${@:2}"
	[ "$set" = "$wanted" ]
}

all_ended() {
	local pid

	for pid; do
		pid_wait "$pid" || return 1
	done
}

@test "memory.oom.group at two levels: the topmost for the machine, the cgroup's own within it" {
	lab_needs log
	cgroup_make pair memory.oom.group=1 cgroup.subtree_control=+memory
	cgroup_make pair/left memory.oom.group=1
	left=$cgroup_path
	cgroup_make pair/right
	hog_start --anon 5M
	outside=$hog_pid
	hog_start --anon 10M --cgroup "$cgroup_path"
	right=$hog_pid
	hog_start --anon 5M --cgroup "$left"
	small=$hog_pid
	hog_start --anon 30M --grow 40M --cgroup "$left"
	big=$hog_pid
	echo 60M >"$left/memory.max"
	dies_first "$right $small $big"
	dies_first "$small $big" --cgroup /pair/left
	# The cgroup's limit.
	kill -USR1 "$big"
	all_ended "$small" "$big"
	kill -0 "$right" && kill -0 "$outside"
	# The whole machine, on which the right cgroup's process is the largest.
	hog_start --anon 5M --cgroup "$left"
	small=$hog_pid
	dies_first "$right $small"
	[ "$(sysrq_oom | oom_victim)" = "$right" ]
	all_ended "$right" "$small"
	kill -0 "$outside"
}

@test "a process in another cgroup that shares memory with the victim is killed with it" {
	lab_needs log
	cgroup_make elsewhere
	elsewhere=$cgroup_path
	cgroup_make box memory.max=60M
	hog_start --anon 20M --grow 60M --clone-vm --cgroup "$cgroup_path"
	victim=$hog_pid
	echo "$hog_child" >"$elsewhere/cgroup.procs"
	if [[ $LAB_KERNEL == uml ]]; then
		# UML has neither kcmp(2) nor lists of children.
		[ "$("$OOMCTL" predict -r --noheadings --kills 1 -o sure,doubt --cgroup /box)" = 'close sharers' ]
		return
	fi
	dies_first "$victim $hog_child" --cgroup /box
	run "$OOMCTL" predict --cgroup /box
	[[ $(tr -s ' \n' ' ' <<<"$output") == *"also killed: $hog_child (hog) (shared memory)"* ]]
	kill -USR1 "$victim"
	all_ended "$victim" "$hog_child"
	# The same if the first thread of the other process has exited.
	hog_start --anon 20M --dead-leader --clone-vm --cgroup "$elsewhere"
	victim=$hog_pid
	echo "$hog_child" >"$cgroup_path/cgroup.procs"
	dies_first "$victim $hog_child" --cgroup /box
	sysrq_oom >/dev/null
	all_ended "$victim" "$hog_child"
}

# predict_box COMMAND...: sure and doubt of predict for /box, run by COMMAND.
predict_box() {
	"$@" "$OOMCTL" predict -r --noheadings --kills 1 -o sure,doubt --cgroup /box
}

@test "if some members of a cgroup are not visible, no choice is certain" {
	cgroup_make box memory.max=60M
	hog_start --anon 5M --uid 1234 --cgroup "$cgroup_path"
	hog_start --anon 30M --cgroup "$cgroup_path"
	[[ $(predict_box env) == 'certain '* ]]
	# The largest is root's; hidepid hides it from other users.
	# shellcheck disable=SC2016 # the inner shell expands it
	[ "$(predict_box unshare -m sh -c 'mount -t proc -o hidepid=2 proc /proc &&
		exec setpriv --reuid 1234 --regid 1234 --clear-groups --inh-caps -all --bounding-set -all "$@"' sh)" = \
		'close unseen' ]
	# In a new PID namespace, only one process is inside.
	# shellcheck disable=SC2016
	run unshare -pf --mount-proc sh -c '
		sleep 600 & echo $! >"$1/cgroup.procs"
		"$2" predict -r --noheadings --kills 1 -o sure,doubt --cgroup /box; kill $!' sh "$cgroup_path" "$OOMCTL"
	echo "$output"
	[ "$output" = 'close unseen' ]
}

# deep_make NAME CONTROLLED: creates 700 nested cgroups below the last one; only CONTROLLED of them
# have the memory controller, because creating these is slow.
deep_make() {
	local i path=$cgroup_path

	deep_part=$(printf "$1/%.0s" {1..100})
	for ((i = 0; i < $2; i++)); do
		mkdir -p "$path/$1" && echo +memory >"$path/cgroup.subtree_control" || return 1
		path+=/$1
	done
	deep_enter -p
}

# deep_enter [-p]: enters the last of them, or creates it.
deep_enter() {
	cd "$cgroup_path" || return 1
	for _ in {1..7}; do
		[[ ! ${1-} ]] || mkdir -p "./$deep_part" || return 1
		cd "./$deep_part" || return 1
	done
	[[ ! ${1-} ]] || cd /
}

deep_remove() {
	echo 1 >"$cgroup_path/cgroup.kill"
	eventually deep_is_gone
}

deep_is_gone() {
	find "$cgroup_path" -depth -type d -delete 2>/dev/null
	[[ ! -d $cgroup_path ]]
}

# deep_hog OPTION...: starts a hog in the last cgroup.
deep_hog() {
	deep_enter && hog_start "$@" --cgroup . && cd /
}

@test "cgroups are read to any depth, with any length of path" {
	local name top path

	for name in d directory; do
		cgroup_make deep memory.max=100M
		top=$cgroup_path
		if [[ $name == d ]]; then
			deep_make d 70
		else
			deep_make directory 1
		fi
		deep_hog --anon 30M
		deep=$hog_pid
		[ "$("$OOMCTL" predict --cgroup /deep -r --noheadings -o pid,sure)" = "$deep certain" ]
		# A cgroup whose name begins with a dot is read too.
		mkdir "$top/.leaf"
		hog_start --anon 20M --cgroup "$top/.leaf"
		leaf=$hog_pid
		[ "$("$OOMCTL" predict --cgroup /deep -r --noheadings -o pid,sure)" = "$deep certain"$'\n'"$leaf certain" ]
		run "$OOMCTL" protect --never --dry-run "$leaf"
		[[ $output != *'no killable process'* ]]
		run "$OOMCTL" protect --never --dry-run "$leaf" "$deep"
		[[ $output == *'cgroup /deep'*' has a limit and would contain no killable process'* || $name == directory ]]
		# They are killed together, in any cgroup.
		echo 1 >"$top/memory.oom.group"
		dies_first "$leaf $deep" --cgroup /deep
		if [[ $name == d ]]; then
			dies_first "$leaf $deep"
			path=$top$(printf '/d%.0s' {1..70})
			echo 40M >"$path/memory.max"
			run "$OOMCTL" predict
			[[ $output == *"40.0M  ${path#/sys/fs/cgroup}"* ]]
		else
			# The kernel does not show a path of more than 4 KiB.
			[ "$("$OOMCTL" predict --kills 1 -r --noheadings -o pid,sure,doubt)" = "$deep close unseen" ]
			run "$OOMCTL" protect --never --dry-run "$deep"
			[[ $output == *"pid $deep: cannot read its cgroup: File name too long"* ]]
		fi
		deep_remove
	done
}

# few COUNT WORD...: oomctl with a limit of COUNT descriptors.
few() {
	output=$(prlimit --nofile="$1:$1" "$OOMCTL" "${@:2}" 2>&1 3>&-) && status=0 || status=$?
	echo "$*: $status: $output"
}

@test "with too few descriptors, no false report about a cgroup" {
	local n worked=0 failed=0 doubted=0

	cgroup_make box memory.max=100M
	deep_make d 0
	deep_hog --anon 30M
	deep=$hog_pid
	mkdir "$cgroup_path/leaf"
	hog_start --anon 20M --cgroup "$cgroup_path/leaf"
	leaf=$hog_pid
	for ((n = 4; n < 20; n++)); do
		few "$n" predict --cgroup /box --scan=proc -r --noheadings -o pid,sure
		[[ $output != *'no killable process in this cgroup'* ]]
		case $status:$output in
		"0:$deep certain"$'\n'"$leaf certain") worked=$n && break ;;
		*certain*) return 1 ;;
		0:* | *'could not be read'*) ((doubted += 1)) ;;
		*) ((failed += 1)) && [[ -n $output ]] ;;
		esac
		few "$n" protect --never --dry-run "$leaf"
		[[ $output != *'would contain no killable process'* ]]
	done
	echo "it takes $worked descriptors; with fewer $failed failed, $doubted had doubts"
	((worked > 0 && worked < 14 && failed > 0 && doubted > 0))
	deep_remove
}

# Each of three processes has 8 MB, which they share by copy-on-write after fork.
@test "a cgroup never frees more than it uses: forked processes" {
	cgroup_make cow memory.oom.group=1 memory.max=200M
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	bash -c 'echo "$$" >"$1/cgroup.procs"; exec 3<>"$2"; x=$(head -c 8000000 /dev/zero | tr "\0" x)
		for i in 1 2; do (read -r _ <&3; echo "$x") & done; wait' . "$cgroup_path" "$BATS_TEST_TMPDIR/fifo" 3>&- &
	lab_pids+=("$!")
	eventually forked
	read -r dies frees <<<"$("$OOMCTL" predict --cgroup /cow -r --noheadings --kills 1 -o dies,frees)"
	used=$(<"$cgroup_path/memory.current")
	rss=$(while read -r pid; do sed -n 's/^RssAnon:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status"; done <"$cgroup_path/cgroup.procs" |
		awk '{ kib += $1 } END { print kib * 1024 }')
	echo "dies $dies, frees $frees, used $used, sum of anonymous memory $rss"
	((dies == 3 && frees <= used && frees > used / 2 && rss > 20000000 && rss > used))
	read -r dies frees <<<"$("$OOMCTL" predict -r --noheadings --kills 1 -o dies,frees)"
	((dies == 3 && frees <= used))
	echo 1 >"$cgroup_path/cgroup.kill"
}

# Small processes: what the counters keep per CPU or thread is much of their memory.
@test "frees is not below the sum of a process's counts, by either reader" {
	local ways=(proc) n=0 pid frees sum

	[[ ! -r /sys/kernel/btf/vmlinux ]] || ways+=(bpf)
	for _ in {1..12}; do
		sleep 1000 3>&- &
		lab_pids+=("$!")
	done
	sleep 1
	for way in "${ways[@]}"; do
		"$OOMCTL" predict --scan="$way" -r --noheadings --kills 1000 -o tgid,frees >"$BATS_TEST_TMPDIR/rows"
		while read -r pid frees; do
			[[ " ${lab_pids[*]} " == *" $pid "* ]] || continue
			n=$((n + 1))
			sum=$(awk '/^(RssAnon|VmSwap|VmPTE):/ { kib += $2 } END { print kib * 1024 }' "/proc/$pid/status")
			echo "$way: $pid frees at most $frees of $sum"
			((frees >= sum && sum > 0))
		done <"$BATS_TEST_TMPDIR/rows"
	done
	((n == 12 * ${#ways[@]}))
}

# Three processes have the 8 MB; head and tr never do.
forked() {
	local pid n=0

	while read -r pid; do
		[[ $(sed -n 's/^RssAnon:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status") -lt 7500 ]] || n=$((n + 1))
	done <"$cgroup_path/cgroup.procs"
	((n == 3))
}
