# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Shared by the tests that need systemd as the first process: services of the system and of a user.
# A file that loads it has the line "# lab: systemd", and calls systemd_only in its setup and systemd_cleanup in its
# teardown. Units of tests are named lab-*.

# shellcheck source=tests/lab/lib.bash
. "${BASH_SOURCE[0]%/*}/lib.bash"
bats_load_library bats-support
bats_load_library bats-assert
services=()

setup_file() {
	[[ -z ${LAB-} || $(</proc/1/comm) != systemd ]] || user_manager_start
}

systemd_only() {
	lab_only
	[[ $(</proc/1/comm) == systemd ]] || skip 'runs only in a guest with systemd'
}

# as_user COMMAND...: as the user labuser, with a connection to that user's manager.
as_user() {
	XDG_RUNTIME_DIR=/run/user/5000 setpriv --reuid 5000 --regid 5000 --clear-groups "$@"
}

# user_manager_start: the user labuser, its manager user@5000.service, and a hog that it can reach.
# This takes seconds, so call it once per file.
user_manager_start() {
	cp "$lab_helpers/hog" /run/lab/
	grep -q '^labuser:' /etc/passwd || echo 'labuser:x:5000:5000::/run/lab/home:/bin/sh' >>/etc/passwd
	install -d -o 5000 -g 5000 /run/lab/home
	systemctl start user@5000
}

# ctl NAME COMMAND...: systemctl of the user manager if NAME begins with lab-user-, else of the
# system.
ctl() {
	case $1 in
	lab-user-*) as_user systemctl --user "${@:2}" "$1" ;;
	*) systemctl "${@:2}" "$1" ;;
	esac
}

# service_start NAME [-p PROPERTY=VALUE]... COMMAND...: a service, of labuser if its name begins with lab-user-.
# Sets service_pid to its main process, which is COMMAND already.
service_start() {
	local name=$1

	shift
	services+=("$name")
	case $name in
	lab-user-*) as_user systemd-run --user -q --unit="$name" -p Type=exec "$@" ;;
	*) systemd-run -q --unit="$name" -p Type=exec "$@" ;;
	esac || return 1
	service_pid=$(main_pid "$name")
}

# main_pid NAME: the main process as systemd knows it, the last one if it has ended.
main_pid() {
	ctl "$1" show -p ExecMainPID --value
}

# Reads the kernel's file, without oomctl.
adj_of() {
	cat "/proc/$1/oom_score_adj"
}

# watch_install: the service oomctl-watch as it is installed, not enabled.
watch_install() {
	(cd "$LAB_REPO" && DESTDIR=/run/lab/watch tools/install install)
	# /usr is read-only here, and the service does not see /tmp and /home, where it may have been built.
	mkdir -p /run/systemd/system
	sed 's,^ExecStart=.*,ExecStart=/run/lab/watch/usr/local/bin/oomctl watch --interval 1,' \
		/run/lab/watch/usr/local/lib/systemd/system/oomctl-watch.service >/run/systemd/system/oomctl-watch.service
	systemctl daemon-reload
	services+=(oomctl-watch)
}

systemd_cleanup() {
	local name

	[[ $(</proc/1/comm) == systemd ]] || return 0
	echo 0 >/proc/1/oom_score_adj
	for name in "${services[@]}"; do
		ctl "$name" stop
	done
	rm -rf /run/lab/watch /run/systemd/system/oomctl-watch.service
	lab_cleanup
}
