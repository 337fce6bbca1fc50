# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Shared by the tests of set, protect and unprotect --persist: units with files in a guest with systemd.

# shellcheck source=tests/lab/systemd.bash
. "${BASH_SOURCE[0]%/*}/systemd.bash"
units=/etc/systemd/system
user_units=/run/lab/home/.config/systemd/user

# unit_make NAME [LINE]...: a service whose main process records its own adj before it does anything else, in
# /run/lab/first.NAME; LINEs are added to [Service]. systemd reads it when it is first asked about it.
unit_make() {
	local file=$units/$1

	[[ $1 != lab-user-* ]] || file=$user_units/$1
	printf '%s\n' '[Service]' \
		"ExecStart=/bin/bash -c 'read -r a </proc/self/oom_score_adj; echo \$\$a \$\$\$\$ >\"/run/lab/first.%n\"; exec sleep 1000'" \
		"${@:2}" >"$file"
}

# dropin UNIT [NAME]: the path of a drop-in.
dropin() {
	local dir=$units

	[[ $1 != lab-user-* ]] || dir=$user_units
	echo "$dir/$1.d/${2:-60-oomctl.conf}"
}

# other_dropin UNIT NAME VALUE: one that oomctl did not write.
other_dropin() {
	mkdir -p "$units/$1.d"
	printf '[Service]\nOOMScoreAdjust=%s\n' "$3" >"$units/$1.d/$2"
	systemctl daemon-reload
}

declared() {
	ctl "$1" show -p OOMScoreAdjust --value
}

has_started() {
	[[ -s /run/lab/first.$1 ]]
}

# start_unit NAME: (re)starts a service; sets first to the adj that its main process had at its start, and service_pid
# to that process.
start_unit() {
	rm -f "/run/lab/first.$1"
	ctl "$1" restart || return 1
	eventually has_started "$1" || return 1
	read -r first service_pid <"/run/lab/first.$1"
	eventually is_asleep "$service_pid"
}

is_asleep() {
	[[ $(<"/proc/$1/comm") == sleep ]]
}

# snapshot: all of the files, and of the settings and processes of units of tests, to compare.
snapshot() {
	local pid

	find "$units" -printf '%P %y %m %u %l\n' | LC_ALL=C sort
	find "$units" -type f -exec cat {} + | LC_ALL=C sort
	systemctl show -p Id,OOMScoreAdjust,DropInPaths,MainPID 'lab-*.service' | LC_ALL=C sort | tee /run/lab/snapshot
	while read -r pid; do
		[[ $pid == 0 ]] || echo "$pid $(cat "/proc/$pid/oom_score_adj" 2>/dev/null)"
	done < <(sed -n 's/^MainPID=//p' /run/lab/snapshot)
}

# fake_systemctl SCRIPT: with_fake COMMAND... is then in a mount namespace where systemctl is SCRIPT of bash; "$real" is
# the program.
# shellcheck disable=SC2016 # the inner shell expands it
with_fake=(unshare -m bash -c 'mount --bind /run/lab/fake /usr/bin/systemctl && exec "$@"' -)
fake_systemctl() {
	cp -n /usr/bin/systemctl /run/lab/systemctl
	printf '%s\n' '#!/bin/bash' 'real=/run/lab/systemctl' "$1" >/run/lab/fake
	chmod 755 /run/lab/fake
}

# with_systemctl SCRIPT COMMAND...
with_systemctl() {
	fake_systemctl "$1"
	"${with_fake[@]}" "${@:2}"
}

# matches_schema NAME: the JSON in output, if python3 has jsonschema.
# shellcheck disable=SC2154 # bats sets output
matches_schema() {
	python3 -c 'import jsonschema' 2>/dev/null || return 0
	python3 -W ignore -c 'import json, jsonschema, sys
jsonschema.validate(json.load(sys.stdin), json.load(open(sys.argv[1])))' "docs/json-schema/$1.json" <<<"$output"
}

# proposed TEXT: runs, as root, the command in quotes behind TEXT in output, as a reader would copy it.
# shellcheck disable=SC2154 # bats sets output
proposed() {
	local line

	line=$(grep -F -m 1 "$1" <<<"$output") || return 1
	line=${line##*"$1"}
	line=${line#*"'"}
	(
		PATH=${OOMCTL%/*}:$PATH
		eval "${line%"'"*}"
	)
}

persist_cleanup() {
	[[ $(</proc/1/comm) == systemd ]] || return 0
	systemctl stop 'lab-*.service' 'lab-*.socket'
	find "$units" -mindepth 1 -maxdepth 1 -name '*lab-*' -exec rm -rf {} +
	rm -rf "$units"/.60* "$user_units" /run/systemd/system/lab-* /run/lab/first.*
	systemctl daemon-reload
	systemd_cleanup
}
