#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# predict against the kernel: who dies with the victim.

# shellcheck disable=SC2154 # The variables of hogs and cgroups are set by lib.bash.
load lib

setup() {
	lab_only
}

teardown() {
	lab_cleanup
}

# dies_first PIDS [WORD]...: the first kill is of these.
dies_first() {
	local wanted set

	wanted=$(tr ' ' '\n' <<<"$1" | sort -n | paste -sd ' ')
	set=$("$OOMCTL" predict -r --noheadings --kills 1 -o kill_set "${@:2}" | sed 's/\\x20/\n/g' | sort -n |
		paste -sd ' ')
	echo "foretold: $set; to be: $wanted"
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
	# The whole machine, to which the right one is the largest.
	hog_start --anon 5M --cgroup "$left"
	small=$hog_pid
	dies_first "$right $small"
	[ "$(sysrq_oom | oom_victim)" = "$right" ]
	all_ended "$right" "$small"
	kill -0 "$outside"
}

@test "who shares the victim's memory dies with it from another cgroup" {
	cgroup_make elsewhere
	elsewhere=$cgroup_path
	cgroup_make box memory.max=60M
	hog_start --anon 20M --grow 60M --clone-vm --cgroup "$cgroup_path"
	victim=$hog_pid
	echo "$hog_child" >"$elsewhere/cgroup.procs"
	if [[ $LAB_KERNEL == uml ]]; then
		# There neither kcmp(2) nor the list of children is built in.
		[ "$("$OOMCTL" predict -r --noheadings --kills 1 -o sure,doubt --cgroup /box)" = 'close sharers' ]
		return
	fi
	dies_first "$victim $hog_child" --cgroup /box
	run "$OOMCTL" predict --cgroup /box
	[[ $(tr -s ' \n' ' ' <<<"$output") == *"with it die $hog_child (hog): they share its memory"* ]]
	kill -USR1 "$victim"
	all_ended "$victim" "$hog_child"
	# And where the first thread of the other has ended.
	hog_start --anon 20M --dead-leader --clone-vm --cgroup "$elsewhere"
	victim=$hog_pid
	echo "$hog_child" >"$cgroup_path/cgroup.procs"
	dies_first "$victim $hog_child" --cgroup /box
	sysrq_oom >/dev/null
	all_ended "$victim" "$hog_child"
}

# predict_box COMMAND...: what predict says of /box where the command has taken it: sure and doubt.
predict_box() {
	"$@" "$OOMCTL" predict -r --noheadings --kills 1 -o sure,doubt --cgroup /box
}

@test "nothing is certain of a cgroup of which not all members can be seen" {
	cgroup_make box memory.max=60M
	hog_start --anon 5M --uid 1234 --cgroup "$cgroup_path"
	hog_start --anon 30M --cgroup "$cgroup_path"
	[[ $(predict_box env) == 'certain '* ]]
	# The largest is root's, which hidepid keeps from others.
	# shellcheck disable=SC2016 # a word of the inner shell
	[ "$(predict_box unshare -m sh -c 'mount -t proc -o hidepid=2 proc /proc &&
		exec setpriv --reuid 1234 --regid 1234 --clear-groups --inh-caps -all --bounding-set -all "$@"' sh)" = \
		'close unseen' ]
	# All are outside of a PID namespace of its own, but for one.
	# shellcheck disable=SC2016
	run unshare -pf --mount-proc sh -c '
		sleep 600 & echo $! >"$1/cgroup.procs"
		"$2" predict -r --noheadings --kills 1 -o sure,doubt --cgroup /box; kill $!' sh "$cgroup_path" "$OOMCTL"
	echo "$output"
	[ "$output" = 'close unseen' ]
}

# deep_make NAME CONTROLLED: below the cgroup that was made last one in the other, 700 times, so many of them with the
# memory controller: each of these takes a while to be made.
deep_make() {
	local i path=$cgroup_path

	deep_part=$(printf "$1/%.0s" {1..100})
	for ((i = 0; i < $2; i++)); do
		mkdir -p "$path/$1" && echo +memory >"$path/cgroup.subtree_control" || return 1
		path+=/$1
	done
	deep_enter -p
}

# deep_enter [-p]: goes to the last of them, or makes it.
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
	eventually 10 deep_is_gone
}

deep_is_gone() {
	find "$cgroup_path" -depth -type d -delete 2>/dev/null
	[[ ! -d $cgroup_path ]]
}

# deep_hog OPTION...: in the last cgroup.
deep_hog() {
	deep_enter && hog_start "$@" --cgroup . && cd /
}

@test "cgroups are looked at to any depth, whatever their path is long" {
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
		# Hidden ones are no others.
		mkdir "$top/.leaf"
		hog_start --anon 20M --cgroup "$top/.leaf"
		leaf=$hog_pid
		[ "$("$OOMCTL" predict --cgroup /deep -r --noheadings -o pid,sure)" = "$deep certain"$'\n'"$leaf certain" ]
		run "$OOMCTL" protect --never --dry-run "$leaf"
		[[ $output != *'nothing killable'* ]]
		run "$OOMCTL" protect --never --dry-run "$leaf" "$deep"
		[[ $output == *'cgroup /deep'*' has a limit and would hold nothing killable'* || $name == directory ]]
		# They die together, wherever they are.
		echo 1 >"$top/memory.oom.group"
		dies_first "$leaf $deep" --cgroup /deep
		if [[ $name == d ]]; then
			dies_first "$leaf $deep"
			path=$top$(printf '/d%.0s' {1..70})
			echo 40M >"$path/memory.max"
			run "$OOMCTL" predict
			[[ $output == *"40.0M  ${path#/sys/fs/cgroup}"* ]]
		else
			# The kernel does not tell a path of more than 4 KiB.
			[ "$("$OOMCTL" predict --kills 1 -r --noheadings -o pid,sure,doubt)" = "$deep close unseen" ]
			run "$OOMCTL" protect --never --dry-run "$deep"
			[[ $output == *"pid $deep: cannot look at its cgroup: File name too long"* ]]
		fi
		deep_remove
	done
}

# few COUNT WORD...: oomctl with so many descriptors.
few() {
	output=$(prlimit --nofile="$1:$1" "$OOMCTL" "${@:2}" 2>&1 3>&-) && status=0 || status=$?
	echo "$*: $status: $output"
}

@test "with too few descriptors nothing false is said of a cgroup" {
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
		[[ $output != *'in this cgroup can be killed'* ]]
		case $status:$output in
		"0:$deep certain"$'\n'"$leaf certain") worked=$n && break ;;
		*certain*) return 1 ;;
		0:* | *'cannot look at all'*) ((doubted += 1)) ;;
		*) ((failed += 1)) && [[ -n $output ]] ;;
		esac
		few "$n" protect --never --dry-run "$leaf"
		[[ $output != *'would hold nothing killable'* ]]
	done
	echo "it takes $worked descriptors; with fewer $failed failed, $doubted had doubts"
	((worked > 0 && worked < 14 && failed > 0 && doubted > 0))
	deep_remove
}
