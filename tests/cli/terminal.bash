# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A real terminal for a command, by tmux; for tests of the command and of the lab, which load wait.bash. Set terminal to a
# directory for its files, and call terminal_end in the teardown.

terminal_or_skip() {
	command -v tmux >/dev/null || skip 'tmux is not installed'
	terminal=${1:?}
	terminal_n=0
	export TMUX_TMPDIR=$terminal
	unset TMUX
}

# The program quits, if it can, so that tests/coverage counts its lines.
terminal_end() {
	local i

	[[ -n ${terminal-} ]] || return 0
	if tmux_do send-keys q q 2>/dev/null; then
		for ((i = 0; i < 20; i++)); do
			[[ ! -s $terminal/after ]] || break
			sleep 0.1
		done
	fi
	tmux_do kill-server 2>/dev/null || true
}

tmux_do() {
	tmux -L "top$terminal_n" -f /dev/null "$@"
}

# start COLUMNS ROWS WORD...: runs WORD... in a new terminal. Then it prints its status and waits. The settings of the
# terminal are saved before and after it.
start() {
	local columns=$1 rows=$2 words

	shift 2
	# A server of its own: one that is ending accepts connections for a moment.
	terminal_end
	terminal_n=$((terminal_n + 1))
	printf -v words '%q ' "$@"
	rm -f "$terminal/after"
	tmux_do new-session -d -x "$columns" -y "$rows" \
		"stty -g >'$terminal/before'; LC_ALL=C.UTF-8 $words; echo \"status \$?.\"; stty -g >'$terminal/after'; exec sleep 300"
}

# top_start COLUMNS ROWS WORD...
top_start() {
	local columns=$1 rows=$2

	shift 2
	start "$columns" "$rows" "$OOMCTL" top -d 0.3 "$@"
	until_screen 'POINTS'
}

screen() {
	tmux_do capture-pane -p
}

# The same with the sequences for colours and other attributes.
screen_with_colors() {
	tmux_do capture-pane -pe
}

screen_matches() {
	screen | grep -qE -- "$1"
}

screen_lacks() {
	! screen_matches "$1"
}

# For a failed test: the screen, what runs on the terminal, and the terminal's settings.
show_terminal() {
	local tty

	screen
	tty=$(tmux_do display-message -p '#{pane_tty}')
	ps -o pid,ppid,pgid,tpgid,stat,ignored,blocked,pending,args -t "$tty" || true
	stty -a -F "$tty"
}

# until_screen REGEX: waits until the screen has a match; else it fails.
until_screen() {
	eventually screen_matches "$1" || {
		echo "no match of $1 on:"
		show_terminal
		return 1
	}
}

until_not_screen() {
	eventually screen_lacks "$1" || {
		echo "still a match of $1 on:"
		show_terminal
		return 1
	}
}

keys() {
	tmux_do send-keys "$@"
}

# enter KEY PROMPT TEXT: answers the prompt of a key.
enter() {
	keys "$1"
	until_screen "$2"
	keys -l -- "$3"
	keys Enter
	until_not_screen "^$2"
}

# filter TEXT: shows only processes with the text in their name.
filter() {
	enter "\\" 'Filter by name' "$1"
}

# The PID of top: the child of the terminal's shell.
top_pid() {
	pgrep -o -P "$(tmux_do display-message -p '#{pane_pid}')"
}

has_adj_now() {
	[ "$(cat "/proc/$1/oom_score_adj")" = "$2" ]
}

adj_is() {
	eventually has_adj_now "$@" || {
		echo "adj of $1: $(cat "/proc/$1/oom_score_adj"), not $2"
		screen
		return 1
	}
}
