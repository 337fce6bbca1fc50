# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Converts the reports of guests to one TAP stream, with numbers, the kernel's label before each
# name, counts, and skips. A file that prints no TAP is one test, passed if its status is 0.
#
# The host adds marks to those of the guest (see init), also after \001 at the start of a line:
#   K label of the next kernel    X reason: the guest ended too early    N file that was not run
#   P text: a comment

tap_init() {
	tap_label='' tap_version='' tap_file='' tap_total=0 tap_failed=0
	tap_skips=()
	declare -gA tap_counts=()
	tap_kernels=()
}

# tap_result ok|not NAME [DIRECTIVE]
tap_result() {
	local kind=passed word=ok directive=${3:-}

	[[ $1 == not ]] && word='not ok' kind=failed
	if [[ $1 == ok && ${directive,,} == '# skip'* ]]; then
		kind=skipped
		tap_skips+=("$tap_label: $2: ${directive:7}")
	fi
	[[ $kind == failed ]] && tap_failed=$((tap_failed + 1))
	tap_total=$((tap_total + 1))
	tap_counts[$tap_label.$kind]=$((${tap_counts[$tap_label.$kind]:-0} + 1))
	printf '%s %d %s: %s%s\n' "$word" "$tap_total" "$tap_label" "$2" "${directive:+ $directive}"
}

tap_begin() {
	tap_file=$1 tap_plan='' tap_seen=0 tap_bad=0 tap_began=$SECONDS
}

tap_end() {
	local status=$1 why=''

	case $status in
	124 | 137) why='ended by the watchdog' ;;
	*) why="exit status $status" ;;
	esac
	if [[ -z $tap_plan && $tap_seen == 0 ]]; then
		if [[ $status == 0 ]]; then
			tap_result ok "$tap_file"
		else
			tap_result not "$tap_file: $why"
		fi
	elif [[ $tap_plan != "$tap_seen" ]]; then
		tap_result not "$tap_file: ${tap_plan:-none} planned, $tap_seen ran, $why"
	elif [[ $status != 0 && $tap_bad == 0 ]]; then
		tap_result not "$tap_file: $why"
	fi
	echo "# took $((SECONDS - tap_began)) s: $tap_label: $tap_file"
	tap_file=''
}

tap_test() {
	local word=${1% } rest=$2 directive=''

	if [[ $rest =~ ^(.*[^ ])?\ *(#\ *[Ss][Kk][Ii][Pp].*)$ ]]; then
		rest=${BASH_REMATCH[1]} directive=${BASH_REMATCH[2]}
	fi
	tap_seen=$((tap_seen + 1))
	[[ $word == not ]] && tap_bad=1
	tap_result "$word" "$rest" "$directive"
}

tap_mark() {
	case $1 in
	K) tap_label=$2 tap_version='' && tap_kernels+=("$2") ;;
	V) [[ -n $tap_version ]] || echo "# kernel $tap_label: $2" && tap_version=$2 ;;
	B) tap_begin "$2" ;;
	E) tap_end "$2" ;;
	P) echo "# $2" ;;
	N) tap_result not "$2: not run" ;;
	X) tap_result not "${tap_file:+$tap_file: }the guest ended too early: $2" && tap_file='' ;;
	esac
}

tap_line() {
	if [[ $1 == $'\001'[A-Z]* ]]; then
		tap_mark "${1:1:1}" "${1:3}"
	elif [[ -z $1 ]]; then
		return 0
	elif [[ -z $tap_file ]]; then
		echo "# ${1#\# }"
	elif [[ $1 =~ ^1\.\.([0-9]+)(\ *#\ *[Ss][Kk][Ii][Pp]\ *(.*))?$ ]]; then
		tap_plan=$((10#${BASH_REMATCH[1]}))
		[[ $tap_plan == 0 ]] && tap_result ok "$tap_file" "# skip ${BASH_REMATCH[3]:-no test in it}"
	elif [[ $1 =~ ^(not\ )?ok(\ +[0-9]+)?\ *(-\ )?(.*)$ ]]; then
		tap_test "${BASH_REMATCH[1]:-ok}" "${BASH_REMATCH[4]}"
	else
		echo "# ${1#\# }"
	fi
	return 0
}

tap_summary() {
	local label kind line skip

	echo "1..$tap_total"
	for skip in "${tap_skips[@]}"; do
		echo "# skipped: $skip"
	done
	for label in "${tap_kernels[@]}"; do
		line="# $label:"
		for kind in passed failed skipped; do
			line+=" ${tap_counts[$label.$kind]:-0} $kind,"
		done
		echo "${line%,}"
	done
}

# Reads reports to their end; fails if a test failed, or none ran.
tap_stream() {
	local line

	tap_init
	while IFS= read -r line || [[ -n $line ]]; do
		line=${line%$'\r'}
		if [[ $line == $'\001'* ]]; then
			line=$'\001'${line//[[:cntrl:]]/}
		else
			line=${line//[[:cntrl:]]/}
		fi
		tap_line "$line"
	done
	tap_summary
	((tap_failed == 0 && tap_total > 0))
}
