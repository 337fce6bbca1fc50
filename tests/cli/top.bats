#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# top in a real terminal, by tmux.

# bats, cli.bash and terminal.bash set these.
# shellcheck disable=SC2154

load cli

load terminal

setup() {
	terminal_or_skip "${BATS_TEST_TMPDIR:?}"
}

teardown() {
	terminal_end
	cli_end
	[ -z "${group_dir-}" ] || eventually remove_group
}

remove_group() {
	rmdir "$group_dir/below" "$group_dir" 2>/dev/null || [ ! -e "$group_dir" ]
}

# The terminal has the settings from before, shows the ordinary screen, and the cursor.
is_restored() {
	eventually [ -s "$terminal/after" ]
	diff "$terminal/before" "$terminal/after" &&
		[ "$(tmux_do display-message -p '#{alternate_on} #{cursor_flag}')" = '0 1' ]
}

@test "it opens in 60 columns and 15 rows, and q quits" {
	actor_start name "$(hex opened)"
	top_start 60 15
	filter opened
	until_screen '^Mem +\[[^]]*\|[^]]*\] .* of .*, kills from '
	until_screen '^Victim: [0-9]+ \('
	until_screen '^ +# +PID NAME +ADJ POINTS +RSS '
	until_screen ' opened '
	until_screen '^\? help  q quit'
	[ "$(screen | wc -l)" = 15 ]
	[ "$(tmux_do display-message -p '#{alternate_on}')" = 1 ]
	keys q
	until_screen 'status 0\.'
	is_restored
}

@test "it refreshes: a new process appears, and its exit is seen" {
	top_start 60 15
	filter newcomer
	actor_start name "$(hex newcomer)"
	until_screen ' newcomer '
	kill "$actor_pid"
	until_not_screen ' newcomer '
}

@test "the terminal is restored by each signal that ends it" {
	local name number
	for name in TERM:143 INT:130 HUP:129 QUIT:131 USR1:138 PIPE:141 ALRM:142 XCPU:152 PWR:158 TRAP:133 RTMAX:192; do
		number=${name#*:}
		top_start 80 24
		kill "-${name%:*}" "$(top_pid)"
		until_screen "status $number\\."
		is_restored
	done
}

@test "the terminal is restored after a fault" {
	local name
	for name in SEGV:139 ABRT:134; do
		top_start 80 24
		kill "-${name%:*}" "$(top_pid)"
		until_screen "status ${name#*:}\\."
		is_restored
	done
}

@test "no process of it remains" {
	local pid children
	top_start 80 24
	pid=$(top_pid)
	children=$(pgrep -P "$pid")
	[ "$(wc -w <<<"$children")" -ge 1 ]
	kill "$pid"
	until_screen 'status 143\.'
	for child in $children; do
		eventually gone "$child"
	done
}

gone() {
	! kill -0 "$1" 2>/dev/null || grep -q '^State:.*Z' "/proc/$1/status"
}

@test "Ctrl-Z stops it, and fg continues it" {
	start 80 24 bash --norc --noprofile -i
	keys -l "PS1='ready> '; '$OOMCTL' top -d 0.3"
	keys Enter
	until_screen 'POINTS'
	keys C-z
	until_screen 'Stopped'
	[ "$(tmux_do display-message -p '#{alternate_on}')" = 0 ]
	keys -l "stty -a | grep -o '[-]*icanon'"
	keys Enter
	until_screen '^icanon'
	keys -l fg
	keys Enter
	until_screen 'POINTS'
	keys q
	until_not_screen 'POINTS'
	[ "$(tmux_do display-message -p '#{alternate_on}')" = 0 ]
}

alternate_is() {
	[ "$(tmux_do display-message -p '#{alternate_on}')" = "$1" ]
}

# Reading is slow, so that most keys come while it refreshes.
@test "Ctrl-Z stops it during a refresh, too" {
	local i

	strace_or_skip
	[ -e /proc/pressure/memory ] || skip 'needs /proc/pressure'
	start 80 24 bash --norc --noprofile -i
	keys -l "strace -D -qq -o /dev/null -P /proc/pressure/memory -e inject=read,pread64:delay_enter=250000 '$OOMCTL' top -d 0.3"
	keys Enter
	until_screen 'POINTS'
	for i in {1..10}; do
		sleep "0.$i"
		keys C-z
		eventually alternate_is 0
		keys fg Enter
		eventually alternate_is 1
	done
	keys q
	eventually alternate_is 0
}

@test "a signal while it starts restores the terminal" {
	local signal pid

	strace_or_skip
	for signal in QUIT HUP USR1 TERM; do
		start 60 15 strace -qq -o /dev/null -e trace=mlockall -e inject=mlockall:delay_enter=2000000:when=1 \
			"$OOMCTL" top
		eventually alternate_is 1
		pid=$(pgrep -o -P "$(top_pid)")
		kill "-$signal" "$pid"
		until_screen "status $((128 + $(kill -l "$signal")))\\."
		is_restored
	done
}

@test "the number of a prompt is for the process at which it began" {
	local first other

	actor_start name "$(hex numbered)"
	first=$actor_pid
	echo 500 >"/proc/$first/oom_score_adj"
	actor_start name "$(hex numbered)"
	other=$actor_pid
	top_start 80 24
	filter numbered
	until_screen " 1 +$first "
	keys g n
	until_screen 'adj, -1000 to 1000:'
	kill "$first"
	until_not_screen " $first "
	keys -l 77
	keys Enter
	until_screen "pid $first: no such process"
	adj_is "$other" 0
}

@test "it starts on the text console, whose size terminfo does not have" {
	start 61 15 env TERM=linux LINES=9 COLUMNS=200 "$OOMCTL" top -d 0.3
	until_screen POINTS
	until_not_screen USER
	[ "$(screen | wc -l)" = 15 ]
	until_screen '^\? help  q quit'
	screen | tail -n 1 | grep -q 'help'
}

@test "it follows the size of the terminal" {
	top_start 60 15
	until_not_screen 'USER'
	tmux_do resize-window -x 120 -y 40
	until_screen 'PID USER +NAME .* UNIT'
	tmux_do resize-window -x 60 -y 15
	until_not_screen 'USER'
	until_screen '^\? help  q quit'
	tmux_do resize-window -x 10 -y 3
	until_not_screen 'POINTS'
	tmux_do resize-window -x 60 -y 15
	until_screen 'POINTS'
}

@test "a new size of the terminal is no key" {
	top_start 60 15
	keys '?'
	until_screen '^Keys \(lines 1 to 14 '
	tmux_do resize-window -x 80 -y 20
	until_screen '^Keys \(lines 1 to 19 '
	keys q /
	until_screen '^Search name:'
	keys -l abc
	tmux_do resize-window -x 60 -y 15
	until_not_screen USER
	until_screen '^Search name: abc$'
}

@test "search goes to a process, filter shows only some" {
	actor_start name "$(hex needle-one)"
	actor_start name "$(hex needle-two)"
	actor_start name "$(hex haystack)"
	top_start 80 24
	filter needle
	until_screen 'needle-one'
	until_screen 'needle-two'
	until_not_screen 'haystack'
	until_screen '^Shown: 2 of [0-9]+, name has needle$'
	enter / 'Search name' TWO
	keys Space
	until_screen '^\*.* needle-two'
	keys "\\"
	until_screen 'Filter by name'
	keys BSpace BSpace BSpace BSpace BSpace BSpace Enter
	until_screen 'haystack'
	until_screen '^Shown: [0-9]+ of [0-9]+, 1 tagged$'
	filter nothing-has-this
	until_screen 'No name has nothing-has-this'
}

@test "keys move, sort, and make a tree" {
	actor_start name "$(hex sorted)"
	top_start 80 24
	keys s
	until_screen 'Sorted by PID'
	keys s s
	until_screen 'Sorted by name'
	keys End
	keys Home
	keys PgDn
	keys t
	filter sorted
	until_screen ' sorted '
	until_screen '^Shown: 1 of [0-9]+, name has sorted, by name, as a tree$'
	keys '?'
	until_screen '^Keys \(lines 1 to'
	until_screen 'go to the process above'
	keys q
	until_screen 'POINTS'
	keys e
	until_screen '^Explanation'
	until_screen "$actor_pid \\(sorted\\)"
	keys Escape
	until_screen 'POINTS'
}

@test "the adj of tagged processes: +, -, a number, and undo" {
	local first
	actor_start name "$(hex change-one)"
	first=$actor_pid
	actor_start name "$(hex change-two)"
	top_start 80 24
	filter change-
	until_screen 'change-two'
	keys Space Space
	keys +
	until_screen "pid $first \\(change-one\\): adj 0 -> 100"
	adj_is "$first" 100
	adj_is "$actor_pid" 100
	until_screen 'change-one +100'
	enter n 'adj, -1000 to 1000' 350
	adj_is "$first" 350
	adj_is "$actor_pid" 350
	until_screen 'adj 100 -> 350'
	enter n 'adj, -1000 to 1000:' 2000
	until_screen "adj must be -1000 to 1000, not '2000'"
	keys U
	adj_is "$first" 100
	adj_is "$actor_pid" 100
	until_screen 'adj 350 -> 100'
	keys -l -
	adj_is "$first" 0
	until_screen 'adj 100 -> 0'
	keys U
	adj_is "$first" 100
	until_screen 'adj 0 -> 100'
	keys U
	adj_is "$first" 0
	until_screen 'adj 100 -> 0'
	keys U
	until_screen 'There is nothing to undo'
	# Without a tag, the process at the cursor.
	keys Home Space Space
	keys Home
}

@test "tags that are not shown are counted, and T removes them" {
	local first
	actor_start name "$(hex tag-one)"
	first=$actor_pid
	actor_start name "$(hex tag-two)"
	top_start 80 24
	filter tag-
	until_screen 'tag-two'
	keys Space Space
	filter tag-nothing
	until_screen '^Shown: 0 of [0-9]+, 2 tagged, name has tag-nothing$'
	keys n
	until_screen '^2 tagged: adj, -1000 to 1000:'
	keys Escape
	keys +
	adj_is "$first" 100
	adj_is "$actor_pid" 100
	keys T
	until_screen '^Shown: 0 of [0-9]+, name has tag-nothing$'
	keys +
	until_screen 'There is no process to change'
	adj_is "$first" 100
}

@test "prompts: typing replaces the former text, Ctrl-U clears, a long text shows its end" {
	top_start 60 15
	filter first
	keys "\\"
	until_screen '^Filter by name \(empty: all\): first$'
	keys -l x
	until_screen '^Filter by name \(empty: all\): x$'
	keys Escape "\\"
	until_screen ': first$'
	keys BSpace
	keys -l y
	until_screen ': firsy$'
	keys C-u
	keys -l 0123456789abcdefghijklmnopqrstuvwxyz
	until_screen '^Filter by name \(empty: all\): .*xyz$'
	assert_equal "$(screen | grep -c 0123)" 0
	keys C-u Enter
	until_not_screen '^Shown: '
	keys n
	keys -l ' 7'
	keys Enter
	until_screen "adj must be -1000 to 1000, not ' 7'"
}

@test "a long name hides neither how certain the victim is nor options that top lacks" {
	actor_start name "$(hex '\001\002\003\004\005\006\007\010\011\013\014\015\016\017\020')"
	echo 1000 >"/proc/$actor_pid/oom_score_adj"
	top_start 60 15
	until_screen "^Victim: $actor_pid \\(.x01.*\\), (certain|close)"
	# Without a saved adj.
	filter x01
	keys P
	until_screen 'no saved value: adj 1000 is unchanged'
	until_not_screen '--reset'
}

@test "a refused change is explained" {
	[ "$(id -u)" = 0 ] || skip 'needs root, to become another user'
	actor_start name "$(hex of-root)"
	start 60 15 setpriv --reuid 65534 --regid 65534 --clear-groups "$OOMCTL" top -d 0.3
	until_screen POINTS
	filter of-root
	until_screen ' of-root '
	keys +
	until_screen "pid $actor_pid \\(of-root\\): cannot set adj to 100"
	until_screen 'only its owner and root can set the adj'
	adj_is "$actor_pid" 0
	keys Down
	until_not_screen 'cannot set adj'
}

@test "it says why memory cannot be locked" {
	[[ $OOMCTL != */asan/* ]] || skip 'sanitizers ignore the request'
	[ "$(id -u)" = 0 ] || skip 'needs root, to become another user'
	start 80 24 prlimit --memlock=65536:65536 setpriv --reuid 65534 --regid 65534 --clear-groups "$OOMCTL" top -d 0.3
	until_screen 'Memory cannot be locked \(RLIMIT_MEMLOCK is 64.0K\)'
	keys Down
	until_not_screen 'cannot be locked'
}

@test "an ordinary user changes a process of theirs" {
	[ "$(id -u)" = 0 ] || skip 'needs root, to become another user'
	actor_by='setpriv --reuid 65534 --regid 65534 --clear-groups' actor_start name "$(hex of-user)"
	start 60 15 setpriv --reuid 65534 --regid 65534 --clear-groups "$OOMCTL" top -d 0.3
	until_screen POINTS
	filter of-user
	until_screen ' of-user '
	keys +
	adj_is "$actor_pid" 100
	until_screen 'adj 0 -> 100'
}

# is_owner USER PID: the files of the process in /proc are the user's.
is_owner() {
	[ "$(stat -c %u "/proc/$2/oom_score_adj")" = "$1" ]
}

@test "a refused undo can be tried again, before the changes that were made earlier" {
	[ "$(id -u)" = 0 ] || skip 'needs root, to become another user'
	local first
	actor_by='setpriv --reuid 65534 --regid 65534 --clear-groups' actor_start shy "$(hex shy-one)"
	first=$actor_pid
	actor_by='setpriv --reuid 65534 --regid 65534 --clear-groups' actor_start shy "$(hex shy-two)"
	start 80 24 setpriv --reuid 65534 --regid 65534 --clear-groups "$OOMCTL" top -d 0.3
	until_screen POINTS
	filter shy-
	until_screen ' shy-two '
	keys Space Space
	keys +
	until_screen "$actor_pid \(shy-two\): adj 0 -> 100"
	keys +
	until_screen "$actor_pid \(shy-two\): adj 100 -> 200"
	kill -USR1 "$first"
	eventually is_owner 0 "$first"
	keys U
	until_screen "pid $first \(shy-one\): cannot set adj to 100"
	adj_is "$actor_pid" 100
	adj_is "$first" 200
	kill -USR1 "$first"
	eventually is_owner 65534 "$first"
	keys U
	until_screen "pid $first \(shy-one\): adj 200 -> 100"
	adj_is "$actor_pid" 100
	keys U
	adj_is "$first" 0
	adj_is "$actor_pid" 0
	until_screen 'adj 100 -> 0'
	keys U
	until_screen 'There is nothing to undo'
}

@test "processes of one user" {
	[ "$(id -u)" = 0 ] || skip 'needs root, to become another user'
	actor_start name "$(hex of-root)"
	actor_by='setpriv --reuid 65534 --regid 65534 --clear-groups' actor_start name "$(hex of-user)"
	top_start 80 24
	until_screen of-root
	enter u 'User \(empty: all\)' 65534
	until_not_screen of-root
	until_screen of-user
	keys u
	until_screen 'User \(empty: all\): 65534'
	keys BSpace BSpace BSpace BSpace BSpace
	keys -l no-such-user
	keys Enter
	until_screen 'There is no user no-such-user'
}

@test "names are escaped" {
	actor_start name "$(hex 'x\033]0;title\007y')"
	top_start 120 24
	until_screen 'x\\x1b\]0;title\\x07y'
	[ "$(tmux_do display-message -p '#{pane_title}')" != title ]
	filter title
	keys +
	until_screen "pid $actor_pid \\(x\\\\x1b\\]0;title\\\\x07y\\): adj 0 -> 100"
	# What only looks like an escape is told from one.
	actor_start name "$(hex 'z\\x1bz')"
	filter z
	until_screen 'z\\x5cx1bz'
	keys +
	until_screen "pid $actor_pid \\(z\\\\x5cx1bz\\): adj 0 -> 100"
}

@test "colour, unless it is turned off" {
	top_start 80 24
	keys Space
	until_screen '^\*'
	screen_with_colors | grep -q $'\033\[32m'
	for words in 'env NO_COLOR=1' 'env TERM=vt100'; do
		# shellcheck disable=SC2086 # words
		start 80 24 $words "$OOMCTL" top -d 0.3
		until_screen POINTS
		keys Space
		until_screen '^\*'
		run screen_with_colors
		refute_output --regexp $'\033\\[3[0-8]m'
		# The heading is in reverse.
		assert_output --partial $'\033[7m'
	done
	top_start 80 24 --color=never
	keys Space
	until_screen '^\*'
	run screen_with_colors
	refute_output --regexp $'\033\\[3[0-8]m'
}

@test "without UTF-8 it is ASCII" {
	start 80 24 env LC_ALL=C "$OOMCTL" top -d 0.3
	until_screen POINTS
	until_screen '^Mem +\[#* *\|'
	[ "$(screen | LC_ALL=C grep -c '[^ -~]')" = 0 ]
}

@test "it needs a terminal that can move its cursor" {
	run oomctl top </dev/null
	assert_failure 2
	assert_line --index 0 "oomctl: top needs a terminal; for a list, use 'oomctl rank'"
	start 80 24 env TERM=dumb "$OOMCTL" top
	until_screen 'the terminal type dumb is unknown or cannot move its cursor'
	until_screen 'status 4\.'
	# The library keeps memory of the attempt.
	start 80 24 env TERM=no-such-terminal ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0" "$OOMCTL" top
	until_screen 'the terminal type no-such-terminal is unknown'
	until_screen 'status 4\.'
}

@test "delays out of range and unknown cgroups are errors" {
	for delay in 0 0.05 3601 x 1x '' 1.2.3; do
		run oomctl top -d "$delay"
		assert_failure 2
		assert_line --index 0 "oomctl: --delay must be 0.1 to 3600 seconds, not '$delay'"
	done
	start 80 24 "$OOMCTL" top --cgroup /there/is/none
	until_screen 'no such memory cgroup|no memory cgroups|outside of this cgroup'
}

# cgroup_for PATH: makes a memory cgroup with a limit, and one below it with a process, if that is possible here.
cgroup_for() {
	local top=/sys/fs/cgroup/memory

	if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
		top=/sys/fs/cgroup
	fi
	mkdir -p "$top$1/below" 2>/dev/null || return
	group_dir=$top$1
	echo 100M 2>/dev/null >"$group_dir/memory.max" || echo 100M >"$group_dir/memory.limit_in_bytes" || return
	actor_start name "$(hex below)"
	echo "$actor_pid" >"$group_dir/below/cgroup.procs"
}

@test "a limit that falls is no growth" {
	local group=/oomctl-top-$$ limit file seen=
	cgroup_for "$group" || skip 'a memory cgroup with a limit cannot be made here'
	file=$group_dir/memory.max
	[ -e "$file" ] || file=$group_dir/memory.limit_in_bytes
	top_start 80 24 -d 0.1 --cgroup "$group"
	until_screen '\+/1s'
	for limit in 95 90 85 80 75 70 65 60 55 50 45 40; do
		echo "${limit}M" >"$file"
		sleep 0.15
		seen+=$(screen | grep 'Full in' || true)
	done
	until_screen 'kills from 40.0M'
	assert_equal "$seen" ''
	keys e
	until_screen '^Explanation for the whole machine \('
}

# Refreshes are counted by the heading of the growth, which names the seconds.
@test "a refresh allocates no memory" {
	[[ $OOMCTL != */asan/* ]] || skip 'a build with sanitizers has an allocator of its own'
	local count=$terminal/count before words group=/oomctl-top-$$
	for words in '--scan auto' '--scan proc' "--scan auto --cgroup $group" "--scan proc --cgroup $group"; do
		if [[ $words == *--cgroup* ]] && ! cgroup_for "$group"; then
			continue
		fi
		rm -f "$count"
		# shellcheck disable=SC2086 # words
		start 80 24 env LD_PRELOAD="$cli_helpers/heap.so" HEAP_COUNT="$count" "$OOMCTL" top -d 0.1 $words
		# The first refreshes look up names and fill buffers.
		until_screen '\+/2s'
		before=$(od -An -tu8 "$count")
		((before > 50))
		until_screen '\+/3s'
		until_not_screen '\+/2s'
		assert_equal "$(od -An -tu8 "$count")" "$before"
		# The count works: a message allocates.
		keys s
		until_screen 'Sorted by'
		(($(od -An -tu8 "$count") > before))
	done
}

@test "a process that replaces another under its PID is not changed" {
	skip_unless_pid_can_be_chosen
	local pid name
	name=$(hex newcomer)
	# Not by actor_start: this shell must reap it.
	"$cli_helpers/actor" name "$(hex victim-of-reuse)" >/dev/null 3>&- &
	pid=$!
	until_asleep "$pid" victim-of-reuse
	# No refresh comes before the key.
	start 80 24 "$OOMCTL" top -d 3600
	until_screen POINTS
	filter victim-of-reuse
	until_screen ' victim-of-reuse '
	kill "$pid"
	wait "$pid" || true
	# No other process may start in between.
	echo $((pid - 1)) >/proc/sys/kernel/ns_last_pid
	actor_start name "$name"
	assert_equal "$actor_pid" "$pid"
	keys +
	until_screen "pid $pid: no such process"
	adj_is "$pid" 0
}

skip_unless_pid_can_be_chosen() {
	[ -w /proc/sys/kernel/ns_last_pid ] || skip 'the next PID cannot be chosen here'
	alone_or_skip
}
