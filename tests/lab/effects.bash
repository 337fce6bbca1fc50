# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Shared by the tests of what systemd does after a kill: units with a process that can be made to exceed their limit.

# shellcheck source=tests/lab/persist.bash
. "${BASH_SOURCE[0]%/*}/persist.bash"

effects_setup() {
	systemd_only
	reports_are_printed
	names=()
}

effects_cleanup() {
	persist_cleanup
	systemctl reset-failed
	as_user systemctl --user stop 'lab-user-*'
	as_user systemctl --user reset-failed
}

# effect_unit NAME main|child [LINE]...: a service of two processes, of which one, the main process or its child, grows
# above the limit after SIGUSR1. LINEs are added to [Service].
effect_unit() {
	local hog='/run/lab/hog --anon 4M --grow 60M --ready /dev/null' dir=$units script

	[[ $1 != lab-user-* ]] || dir=$user_units
	script="$hog & exec sleep 1000"
	[[ $2 == child ]] || script="sleep 1000 & exec $hog"
	mkdir -p "$dir"
	printf '%s\n' '[Service]' Type=exec "ExecStart=/bin/bash -c '$script'" MemoryMax=20M MemorySwapMax=0 "${@:3}" \
		>"$dir/$1.service"
	names+=("$1.service")
}

is_large() {
	[[ $(<"/proc/$1/comm") == hog && $(awk '/^VmRSS/ { print $2 }' "/proc/$1/status") -gt 4000 ]]
}

# units_start: starts names; sets cgroups, a path for each name, and hogs, the PIDs of the processes that grow.
units_start() {
	local name

	declare -gA cgroups=() hogs=()
	manager_ctl daemon-reload
	# The start of a service of the type oneshot ends with the service.
	manager_ctl start --no-block "${names[@]}"
	for name in "${names[@]}"; do
		eventually has_cgroup "$name"
		eventually find_hog "$name"
	done
	((${#hogs[@]} == ${#names[@]}))
}

has_cgroup() {
	cgroups[$1]=$(manager_ctl show -p ControlGroup --value "$1")
	[[ ${cgroups[$1]} ]]
}

# find_hog NAME: sets hogs[NAME] when both processes of the unit are what they will be.
find_hog() {
	local cgroup=/sys/fs/cgroup${cgroups[$1]} pid n=0

	hogs[$1]=''
	while read -r pid; do
		is_large "$pid" && hogs[$1]=$pid
		[[ $(<"/proc/$pid/comm") != bash ]] && n=$((n + 1))
	done <"$cgroup/cgroup.procs"
	[[ ${hogs[$1]} && $n == 2 ]]
}

manager_ctl() {
	case ${names[0]} in
	lab-user-*) as_user systemctl --user "$@" ;;
	*) systemctl "$@" ;;
	esac
}

# said: for each hog a line "NAME EFFECT RESTARTED PROCESSES RESULT" from the JSON of explain.
said() {
	"$OOMCTL" explain -J "${hogs[@]}" >"$BATS_TEST_TMPDIR/explain"
	sed -nE 's/.*"systemd":\{"unit":"([^"]*)",.*"effect":"([a-z]*)","result":"?([a-z-]*)"?,"processes":([0-9]*),.*"restarted":([a-z]*)\}.*/\1 \2 \5 \4 \3/p' \
		"$BATS_TEST_TMPDIR/explain"
}

# outcome: for each unit a line "NAME ActiveState NRestarts Result PROCESSES", without the latter two after a restart.
outcome() {
	local Id ActiveState NRestarts Result key value n

	while IFS='=' read -r key value; do
		if [[ $key ]]; then
			printf -v "$key" %s "$value"
			continue
		fi
		if ((NRestarts)); then
			# A service of the type oneshot is activating while it runs.
			echo "$Id ${ActiveState/activating/active} $NRestarts"
		else
			n=$(grep -c . "/sys/fs/cgroup${cgroups[$Id]}/cgroup.procs" 2>/dev/null) || n=0
			echo "$Id $ActiveState 0 $Result $n"
		fi
	done < <(manager_ctl show -p Id,ActiveState,NRestarts,Result "${names[@]}"; echo)
}

# meaning NAME EFFECT RESTARTED STATE RESULT: the outcome, if STATE is that of a unit that ended.
meaning() {
	case "$2 $3" in
	'stopped false' | 'killed false' | 'ended false') echo "$1 $4 0 $5 0" ;;
	'continues false') echo "$1 active 0 ${5/null/success} 1" ;;
	*true) echo "$1 active 1" ;;
	esac
}

has_outcome() {
	[[ $(outcome | LC_ALL=C sort) == "$1" ]]
}

has_result() {
	[[ $(systemctl show -p Result --value "$1") == "$2" ]]
}

# kill_all: kills all hogs by the limits, and compares what explain said with what systemd did.
kill_all() {
	local name effect restarted processes result state n=0 wanted=''

	said >"$BATS_TEST_TMPDIR/said"
	while read -r name effect restarted processes result; do
		[[ $processes == 2 ]]
		# With RestartSec=infinity it waits.
		state=failed
		[[ $name != lab-infinity.service ]] || state=activating
		wanted+=$(meaning "$name" "$effect" "$restarted" "$state" "$result")$'\n'
		n=$((n + 1))
	done <"$BATS_TEST_TMPDIR/said"
	((n == ${#names[@]}))
	wanted=$(LC_ALL=C sort <<<"${wanted%$'\n'}")
	# In turn: together they would exhaust the guest.
	for name in "${names[@]}"; do
		kill -USR1 "${hogs[$name]}"
		eventually pid_has_ended "${hogs[$name]}"
	done
	eventually has_outcome "$wanted" || {
		diff <(echo "$wanted") <(outcome | LC_ALL=C sort)
		return 1
	}
	cat "$BATS_TEST_TMPDIR/said"
}

has_substate() {
	[[ $(systemctl show -p SubState --value "$1") == "$2" ]]
}
