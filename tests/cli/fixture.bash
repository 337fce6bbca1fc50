# SPDX-License-Identifier: GPL-2.0-or-later
# fixture: a /proc of another machine, in a directory that is bind-mounted over /proc in its own
# mount namespace. The command reads /proc as usual. The preloaded machine.so mounts it, and makes
# libc return that machine's page size, RAM and swap. The inner shells expand theirs.
# shellcheck shell=bash disable=SC2016

fixture_page_size=4096
fixture_ram_kib=4000000
fixture_swap_kib=0
fixture_cpus=

# fixture_new RELEASE: an empty machine, without a process.
fixture_new() {
	fixture=$(mktemp -d -p "$BATS_TEST_TMPDIR")
	mkdir -p "$fixture/sys/kernel" "$fixture/sys/vm" "$fixture/self"
	echo "$1" >"$fixture/sys/kernel/osrelease"
	echo 0 >"$fixture/sys/vm/panic_on_oom"
	echo 0 >"$fixture/sys/vm/oom_kill_allocating_task"
	cat >"$fixture/meminfo" <<-END
		MemTotal:       $fixture_ram_kib kB
		MemFree:        1000000 kB
		MemAvailable:   3000000 kB
		Buffers:           1000 kB
		Cached:          500000 kB
		SwapTotal:      $fixture_swap_kib kB
	END
	echo 'pgfault 12345' >"$fixture/vmstat"
}

# fixture_process PID NAME [KEY=VALUE]...: a process with these lines in its files; other lines are
# missing. Sizes in KiB (vm rss anon file shmem pte pmd swap), or as in the files (score adj old_adj
# uid ppid state threads cpu start utime stime nice euid caps shdpnd); stat_rss in pages. Without
# rss it has no memory, like a kernel thread or a zombie.
fixture_process() {
	local pid=$1 name=$2 dir=$fixture/$1 key
	local -A v=([ppid]=1 [uid]=0 [state]='S (sleeping)' [threads]=1 [cpu]=0 [start]=$1 [score]=0
		[caps]=0000000000000000 [shdpnd]=0000000000000000)

	shift 2
	for key in "$@"; do
		v[${key%%=*}]=${key#*=}
	done
	mkdir -p "$dir"
	{
		printf 'Name:\t%s\nState:\t%s\nTgid:\t%s\nPid:\t%s\nPPid:\t%s\n' "$name" "${v[state]}" \
			"${v[tgid]-$pid}" "$pid" "${v[ppid]}"
		printf 'TracerPid:\t0\nUid:\t%s\t%s\t0\t0\nGid:\t0\t0\t0\t0\n' "${v[uid]}" "${v[euid]-0}"
		fixture_line VmSize "${v[vm]-}"
		fixture_line VmRSS "${v[rss]-}"
		fixture_line RssAnon "${v[anon]-}"
		fixture_line RssFile "${v[file]-}"
		fixture_line RssShmem "${v[shmem]-}"
		fixture_line VmPTE "${v[pte]-}"
		fixture_line VmPMD "${v[pmd]-}"
		fixture_line VmSwap "${v[swap]-}"
		printf 'Threads:\t%s\nSigPnd:\t0000000000000000\nShdPnd:\t%s\nCapEff:\t%s\n' \
			"${v[threads]}" "${v[shdpnd]}" "${v[caps]}"
	} >"$dir/status"
	# Fields 4 to 8, then flags to 21, start, vsize, rss, 25 to 38, cpu, the rest.
	printf '%s (%b) %s %s 1 1 0 -1 4194304 1 0 0 0 %s %s 0 0 20 %s 1 0 %s 1 %s 1 1 1 1 0 0 0 0 0 0 0 0 0 17 %s 0 0\n' \
		"$pid" "$name" "${v[state]%% *}" "${v[ppid]}" "${v[utime]-5}" "${v[stime]-5}" \
		"${v[nice]-0}" "${v[start]}" \
		"${v[stat_rss]-$((${v[rss]-0} * 1024 / fixture_page_size))}" "${v[cpu]}" >"$dir/stat"
	echo "${v[score]}" >"$dir/oom_score"
	if [[ -n ${v[adj]-} ]]; then
		echo "${v[adj]}" >"$dir/oom_score_adj"
	fi
	if [[ -n ${v[old_adj]-} ]]; then
		echo "${v[old_adj]}" >"$dir/oom_adj"
	fi
	if [[ -n ${v[cgroup]-} ]]; then
		printf '%b' "${v[cgroup]}" >"$dir/cgroup"
	fi
}

# fixture_copies PID COUNT: more processes with the files of PID, under the next PIDs; stat and status
# name these, and each starts one tick after the one before.
fixture_copies() {
	seq -f "$fixture/%.0f" $(($1 + 1)) $(($1 + $2)) | xargs mkdir
	awk -v dir="$fixture" -v from="$1" -v count="$2" '
		BEGIN {
			split("status stat oom_score oom_score_adj", names)
			for (i in names) {
				while ((getline line < (dir "/" from "/" names[i])) > 0)
					text[i] = text[i] line "\n"
			}
			for (n = 1; n <= count; n++) {
				for (i in names) {
					file = dir "/" from + n "/" names[i]
					copy = text[i]
					if (names[i] == "status")
						gsub("id:\t" from "\n", "id:\t" from + n "\n", copy)
					if (names[i] == "stat") {
						count_of = split(copy, field, " ")
						field[1] = from + n
						field[22] += n
						copy = field[1]
						for (k = 2; k <= count_of; k++)
							copy = copy " " field[k]
						copy = copy "\n"
					}
					printf "%s", copy > file
					close(file)
				}
			}
		}'
}

fixture_line() {
	if [[ -n $2 ]]; then
		printf '%s:\t%8s kB\n' "$1" "$2"
	fi
}

# The unshare(1) command with which /proc can be covered; fixture_unshare is empty if there is none.
fixture_unshare=()
fixture_find_unshare() {
	local try

	for try in '-m' '-rm'; do
		if unshare "$try" bash -c 'mount --bind "$1" /proc' _ "$BATS_TEST_TMPDIR" 2>/dev/null; then
			fixture_unshare=(unshare "$try")
			return
		fi
	done
}

fixture_or_skip() {
	fixture_find_unshare
	((${#fixture_unshare[@]})) || skip 'no mount namespace in which /proc can be covered (unshare -m, unshare -rm)'
}

# fixture_oomctl WORD...: oomctl on that machine. Leak detection is off, because it needs the real
# /proc.
fixture_oomctl() {
	timeout -k 5 60 "${fixture_unshare[@]:?}" env LD_PRELOAD="$cli_helpers/machine.so" \
		ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0" FIXTURE_PROC="$fixture" \
		FIXTURE_PAGE_SIZE="$fixture_page_size" FIXTURE_RAM_KIB="$fixture_ram_kib" \
		FIXTURE_SWAP_KIB="$fixture_swap_kib" FIXTURE_CPUS="$fixture_cpus" "$OOMCTL" "$@"
}
