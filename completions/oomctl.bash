# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of oomctl for bash, with or without the package bash-completion.

_oomctl_commands='rank get set protect unprotect run explain predict sysctl log rules apply watch audit policy metrics policy group top help dump'

# The columns of each list.
_oomctl_columns='place pid tgid ppid user uid name state threads score adj oom_score_adj oom_adj
	points bar share total_vm rss rss_anon rss_file rss_shmem swap pgtables unit container cgroup exe
	cmdline start reason'
_oomctl_setting_columns='name value meaning now'
_oomctl_log_columns='nr time where asked pid name user unit rss adj largest result by seconds uptime
	file host kernel kind cgroup task_cgroup cpuset pod qos container asked_pid asked_adj order gfp uid rss_anon rss_file rss_shmem swap
	pgtables total_vm score points place tasks chosen chosen_pid limit usage reaped'

_oomctl_victim_columns='place pid tgid user name adj points margin next dies kill_set frees sure doubt
	 rivals chosen cgroup unit oom_policy unit_effect restart restarted other_units decided_by was_pid
	 was_name was_points was_sure'

_oomctl_rule_columns='file line action adj children enforce matches decides forked differ changed rule'

_oomctl_finding_columns='severity name subject reason fix'
_oomctl_checks='inherited-protection unkillable-cgroup unkillable-memory remote-access panic-stays-down
	rule-error first-victim old-scale declared-adj group-kill commit-limit kill-allocating-task
	rule-contradiction rule-not-in-effect rule-unmatched oom-daemon no-task-dump'

_oomctl_adjs='-1000 -999 -500 -100 0 100 500 1000'

# The options of a command.
_oomctl_options() {
	local common='--color -q --quiet -v --verbose -h --help -V --version'
	local targets='-p --pid --name --user --unit --container --cgroup --exe --cmdline --parent --with-adj --pidfile
		--tree'
	local list='-o --output --output-all --noheadings -r --raw -J --json -b --bytes'

	case $1 in
	rank | ls | list) echo "-t --top -a --all --sort --format --scan $targets $list $common" ;;
	get | show) echo "--scan $targets $list $common" ;;
	set) echo "-n --adjust --by --oom-adj --persist --dry-run --force $targets $common" ;;
	protect) echo "-n --adjust --never --persist --dry-run --force $targets $common" ;;
	unprotect) echo "--reset --persist --dry-run --force $targets $common" ;;
	run) echo "-n --adjust --protect --never --best-effort $common" ;;
	explain) echo "-J --json --scan $targets $common" ;;
	predict) echo "--kills --cgroup --if --if-gone --if-grows --kernel --scan $list $common" ;;
	sysctl) echo "--persist -w --write -n --values --dry-run --scan $list $common" ;;
	log)
		echo "-s --show --kernel-table -p --pid --name --cgroup --since --until --last --worst" \
			"--histogram -f --follow --exec --timeout --state $list $common"
		;;
	rules) echo "--check --dir --scan $list $common" ;;
	apply) echo "--dry-run --enforce --dir --scan $common" ;;
	watch) echo "--interval --buffer --dir $common" ;;
	audit) echo "--ignore $list $common" ;;
	metrics) echo "--write --dir --scan $common" ;;
	policy) echo "-J --json --check $common" ;;
	group) echo "--cgroup --unit --persist --dry-run -J --json $common" ;;
	top) echo "-d --delay --cgroup --scan $common" ;;
	help) echo "--tables $common" ;;
	dump) echo "$common" ;;
	esac
}

# Completes cur with the output of compgen.
_oomctl_reply() {
	mapfile -t COMPREPLY < <(compgen "$@" -- "$cur")
}

# Completes cur with names that any user can choose. Readline inserts a word unchanged, and compgen -W would expand it, so
# only plain words are offered, and with systemd's backslash, quoted.
_oomctl_offer() {
	local LC_ALL=C word

	COMPREPLY=()
	for word; do
		if [[ $word != [-~]* && $word != *[!a-zA-Z0-9_./@%+:,\\-]* ]]; then
			word=${word//\\/\\\\}
			[[ $word != "$cur"* ]] || COMPREPLY+=("$word")
		fi
	done
}

# Completes cur with names that compgen finds, except files.
_oomctl_offer_found() {
	local found

	mapfile -t found < <(compgen "$@" -- "$cur")
	_oomctl_offer "${found[@]}"
}

# Sets options of readline; without readline nothing happens.
_oomctl_mode() {
	compopt "$@" 2>/dev/null || :
}

# Completes the last column of a list, without the columns it has. The first can follow a sign.
_oomctl_column() {
	local done='' columns=$_oomctl_columns column left=''

	if [[ $cur == *,* ]]; then
		done=${cur%,*},
	elif [[ $cur == [+-]* ]]; then
		done=${cur:0:1}
	fi
	case $command in
	sysctl) columns=$_oomctl_setting_columns ;;
	log) columns=$_oomctl_log_columns ;;
	predict) columns=$_oomctl_victim_columns ;;
	rules) columns=$_oomctl_rule_columns ;;
	audit) columns=$_oomctl_finding_columns ;;
	esac
	cur=${cur#"$done"}
	for column in $columns; do
		if [[ ,${done#[+-]}, != *,$column,* ]]; then
			left+=" $column"
		fi
	done
	_oomctl_reply -W "$left"
	COMPREPLY=("${COMPREPLY[@]/#/$done}")
}

_oomctl_pids() {
	local pids=(/proc/[0-9]*)

	_oomctl_offer "${pids[@]#/proc/}"
}

_oomctl_names() {
	local names

	mapfile -t names < <(cat /proc/[0-9]*/comm 2>/dev/null | LC_ALL=C sort -u |
		LC_ALL=C grep -x '[[:alnum:]_.-]*')
	_oomctl_offer "${names[@]}"
}

# _oomctl_cgroup_parts SCRIPT: the plain names that the sed script prints for the components of all cgroup paths.
_oomctl_cgroup_parts() {
	local names

	mapfile -t names < <(cat /proc/[0-9]*/cgroup 2>/dev/null | LC_ALL=C tr / '\n' | LC_ALL=C sed -nE "$1" |
		LC_ALL=C grep -x '[[:alnum:]_.@\-]*' | LC_ALL=C sort -u)
	_oomctl_offer "${names[@]}"
}

_oomctl_units() {
	_oomctl_cgroup_parts 's/^_?(.+\.(service|scope|socket|mount|swap))$/\1/p'
}

# Short IDs, and names that are in the path.
_oomctl_containers() {
	_oomctl_cgroup_parts '/conmon-/d; s/^([a-z-]*-)?([0-9a-f]{12})[0-9a-f]{20,52}(\.scope)?$/\2/p
		s/^lxc\.payload\.(.+)$/\1/p; s/^machine-([^\]+)\.scope$/\1/p'
}

# Paths as in /proc/PID/cgroup, or below the mount point.
_oomctl_cgroups() {
	local top=/sys/fs/cgroup path=${cur:-/} dirs

	[[ -e $top/cgroup.controllers ]] || top=$top/memory
	[[ $path != /sys/fs/cgroup* ]] || top=
	path=${path//\\\\/\\}
	dirs=("$top$path"*/)
	_oomctl_offer "${dirs[@]#"$top"}"
	_oomctl_mode -o nospace
}

# _oomctl_value OPTION: completes its argument; fails if it takes none.
_oomctl_value() {
	case $1 in
	--color) _oomctl_reply -W 'auto always never' ;;
	--scan) _oomctl_reply -W 'auto proc bpf' ;;
	--ignore) _oomctl_reply -W "$_oomctl_checks" ;;
	-s | --show) _oomctl_reply -W last ;;
	--since | --until) _oomctl_reply -W 'today yesterday 1h 1d' ;;
	--format)
		_oomctl_reply -W 'kernel kernel='
		_oomctl_mode -o nospace
		;;
	-o | --output)
		_oomctl_column
		_oomctl_mode -o nospace
		;;
	--sort) _oomctl_column ;;
	-n | --adjust)
		[[ $command != sysctl ]] || return 1
		_oomctl_reply -W "$_oomctl_adjs"
		;;
	-p | --pid | --parent | --if-gone) _oomctl_pids ;;
	--if | --if-grows)
		_oomctl_pids
		_oomctl_mode -o nospace
		COMPREPLY=("${COMPREPLY[@]/%/=}")
		;;
	--name) _oomctl_names ;;
	--user) _oomctl_offer_found -u ;;
	--cgroup) _oomctl_cgroups ;;
	--unit) _oomctl_units ;;
	--container) _oomctl_containers ;;
	--dir)
		_oomctl_reply -d
		_oomctl_mode -o filenames
		;;
	--pidfile | --check | --exe | --write)
		_oomctl_reply -f
		_oomctl_mode -o filenames
		;;
	--histogram) _oomctl_reply -W 'hour day name unit cgroup' ;;
	-t | --top | -d | --delay | --by | --cmdline | --with-adj | --last | --kills | --kernel | --timeout | --state) ;;
	*) return 1 ;;
	esac
}

# Completes what follows = within an argument, as in --format kernel=5.10, which readline splits; fails for other words.
_oomctl_second_half() {
	local i=$((COMP_CWORD - 1))

	if [[ $cur != = ]]; then
		if [[ $prev != = ]]; then
			return 1
		fi
		((i--))
	fi
	((i--))
	if [[ ${COMP_WORDS[i]} == = ]]; then
		((i--))
	fi
	((i > 0)) || return 1
	case ${COMP_WORDS[i]} in
	--format | --if-grows) ;;
	--if)
		cur=${cur#=}
		_oomctl_reply -W "$_oomctl_adjs"
		;;
	*) return 1 ;;
	esac
}

# Sets at to the index of the first operand or of the current word, has_adj if an option replaces the first operand of set,
# has_ended after "--".
_oomctl_find_operand() {
	has_adj='' has_ended=''
	for ((at = first; at < COMP_CWORD; at++)); do
		case ${COMP_WORDS[at]} in
		--)
			has_ended=1
			((at++))
			return
			;;
		-n* | --adjust | --by) has_adj=1 ;;&
		-n | --adjust | --by | -[dtops] | --delay | --top | --sort | --format | --scan | --show | --since | --until | --last | --histogram | --pid | --name | --user | \
			--unit | --container | --exe | --cmdline | --parent | --with-adj | --cgroup | --pidfile | --check | --dir | --write | --interval | --buffer | --output | --color | --kills | --if | --if-gone | --if-grows | --kernel)
			if [[ ${COMP_WORDS[at + 1]} == = ]]; then
				((at++))
			fi
			((at++))
			;;
		-[0-9]*) return ;;
		-*) ;;
		*) return ;;
		esac
	done
}

# Sets at to the index of COMMAND after --exec; fails if there is none.
_oomctl_find_exec() {
	local i

	for ((i = first; i < COMP_CWORD; i++)); do
		if [[ ${COMP_WORDS[i]} == --exec ]]; then
			at=$((i + 1))
			if [[ ${COMP_WORDS[at]} == = ]] && ((at < COMP_CWORD)); then
				((at++))
			fi
			return 0
		fi
	done
	return 1
}

# Completes COMMAND of run or --exec and its arguments with their own completion.
_oomctl_wrapped() {
	if declare -F _comp_command_offset >/dev/null; then
		_comp_command_offset "$at"
	elif declare -F _command_offset >/dev/null; then
		_command_offset "$at"
	elif ((at == COMP_CWORD)); then
		_oomctl_offer_found -c
	else
		_oomctl_reply -f
		_oomctl_mode -o filenames
	fi
}

_oomctl_setting() {
	local word=${COMP_WORDS[COMP_CWORD]} name=${COMP_WORDS[COMP_CWORD - 1]}

	# Readline splits panic_on_oom=1 into three words.
	if [[ $word == = || $name == = ]]; then
		if [[ $name == = ]]; then
			name=${COMP_WORDS[COMP_CWORD - 2]}
		fi
		case ${name#vm.} in
		panic_on_oom | overcommit_memory) _oomctl_reply -W '0 1 2' ;;
		oom_kill_allocating_task | oom_dump_tasks) _oomctl_reply -W '0 1' ;;
		panic | kernel.panic) _oomctl_reply -W '0 10' ;;
		esac
	else
		_oomctl_reply -W 'panic_on_oom oom_kill_allocating_task oom_dump_tasks panic overcommit_memory
			overcommit_ratio overcommit_kbytes min_free_kbytes'
		_oomctl_mode -o nospace
	fi
}

_oomctl_operand() {
	case $command in
	rank | ls | list | get | show | protect | unprotect | explain) _oomctl_pids ;;
	set)
		if [[ -z $has_adj ]] && ((at == COMP_CWORD)); then
			_oomctl_reply -W "$_oomctl_adjs"
		else
			_oomctl_pids
		fi
		;;
	sysctl) _oomctl_setting ;;
	log | rules)
		_oomctl_reply -f
		_oomctl_mode -o filenames
		;;
	group) _oomctl_reply -W 'on off' ;;
	help) _oomctl_reply -W "$_oomctl_commands" ;;
	esac
}

_oomctl() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command=rank
	local at has_adj has_ended first=1

	COMPREPLY=()
	if ((COMP_CWORD == 1)) && [[ $cur != -* ]]; then
		_oomctl_reply -W "$_oomctl_commands"
		return
	fi
	if [[ ${COMP_WORDS[1]} != -* ]]; then
		command=${COMP_WORDS[1]}
		first=2
	fi
	_oomctl_find_operand
	if [[ $command == log ]] && _oomctl_find_exec; then
		_oomctl_wrapped
		return
	fi
	if [[ $command == run ]] && ((at < COMP_CWORD || (at == COMP_CWORD && ${#has_ended}))); then
		_oomctl_wrapped
		return
	fi
	if [[ -z $has_ended ]] && _oomctl_second_half; then
		return
	fi
	# Readline splits --color=always into three words.
	if [[ $cur == = ]]; then
		cur=
	elif [[ $prev == = ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	if [[ -n $has_ended ]]; then
		_oomctl_operand
	elif [[ $command$prev != rules--check ]] && _oomctl_value "$prev"; then
		:
	elif [[ $cur == -* && $cur != -[0-9]* ]]; then
		_oomctl_reply -W "$(_oomctl_options "$command")"
	elif [[ $command == run ]]; then
		_oomctl_wrapped
	else
		_oomctl_operand
	fi
}

complete -F _oomctl oomctl
