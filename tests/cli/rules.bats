#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Standing rules: files and their errors, what each condition matches on a fixture of another machine, and what apply
# writes. Real kernels and privileges are tested in tests/lab/rules.bats.

# bats, cli.bash and fixture.bash set these; the inner shells expand theirs.
# shellcheck disable=SC2154,SC2016,SC2030,SC2031

load cli
load fixture

setup() {
	dir=$BATS_TEST_TMPDIR/rules.d
	mkdir -m 755 "$dir"
}

# rules_file NAME LINE...: a file of rules.
rules_file() {
	rules_or_skip
	printf '%s\n' "${@:2}" >"$dir/$1"
}

# as_root WORD...: as root of a mount namespace with an empty /run, perhaps of a user namespace too.
as_root() {
	timeout -k 5 60 "${fixture_unshare[@]:?}" bash -c 'mount -t tmpfs -o mode=755 none /run && exec "$@"' - "$@"
}

# machine_oomctl WORD...: oomctl on the fixture. Files are opened again by /proc/self/fd, as on a live machine.
machine_oomctl() {
	mkdir -p "$BATS_TEST_TMPDIR/proc"
	ln -sfn "$BATS_TEST_TMPDIR/proc/self/fd" "$fixture/self/fd"
	as_root bash -c 'mount --rbind /proc "$1" && shift && exec "$@"' - "$BATS_TEST_TMPDIR/proc" \
		env LD_PRELOAD="$cli_helpers/machine.so" ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0" \
		FIXTURE_PROC="$fixture" FIXTURE_PAGE_SIZE="$fixture_page_size" FIXTURE_RAM_KIB="$fixture_ram_kib" \
		FIXTURE_SWAP_KIB="$fixture_swap_kib" "$OOMCTL" "$@"
}

process() {
	fixture_process "$1" "$2" vm=9000 rss=4000 anon=4000 file=0 shmem=0 pte=40 swap=0 adj=0 score=667 "${@:3}"
	echo "$2" >"$fixture/$1/comm"
}

args() {
	printf '%s\0' "${@:2}" >"$fixture/$1/cmdline"
}

id=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

machine() {
	fixture_or_skip
	fixture_new 6.12.1
	fixture_process 1 systemd rss=4000 vm=9000 adj=0 score=0 cgroup='0::/init.scope\n'
	echo systemd >"$fixture/1/comm"
	fixture_process 2 kthreadd ppid=0 adj=0
	fixture_process 3 kworker/0:1 ppid=2 adj=0
	fixture_process 4 dead state='Z (zombie)' adj=0
	process 10 sshd cgroup='0::/system.slice/ssh.service\n'
	ln -s /usr/sbin/sshd "$fixture/10/exe"
	process 11 sshd ppid=10 cgroup='0::/system.slice/ssh.service\n'
	ln -s /usr/sbin/sshd "$fixture/11/exe"
	process 12 bash ppid=11 uid=1000 cgroup='0::/user.slice/user-1000.slice/session-3.scope\n'
	ln -s '/bin/bash (deleted)' "$fixture/12/exe"
	process 13 'Web Content' ppid=12 uid=1000 adj=300 cgroup='0::/user.slice/user-1000.slice/session-3.scope\n'
	process 20 java uid=1000 cgroup='0::/system.slice/kafka.service\n'
	args 20 java -cp /opt/a.jar org.example.Main
	process 21 java uid=1000 cgroup='0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-x.service\n'
	args 21 java -cp /opt/b.jar org.example.Other
	process 30 redis cgroup="0::/system.slice/docker-$id.scope\n"
	process 31 pod cgroup='0::/kubepods.slice/kubepods-besteffort.slice/pod1/c1\n'
	process 32 a-very-long-nam cgroup='0::/\n'
	ln -s /opt/a-very-long-name-of-a-program "$fixture/32/exe"
}

# matches PIDS CONDITION...: a rule with these conditions would change these processes.
matches() {
	rules_file one.rules "adj 777 ${*:2}"
	run --separate-stderr machine_oomctl apply --dry-run --dir "$dir"
	assert_equal "${*:2}: $(sed -n 's/^pid \([0-9]*\) .*/\1/p' <<<"$output" | sort -n | paste -sd ' ')" "${*:2}: $1"
}

# Root of a container or of a user namespace may not lower adj.
any_root() {
	output=$(sed 's/ (dry run: below its floor this needs CAP_SYS_RESOURCE)/ (dry run)/' <<<"$output")
}

@test "each condition selects as its option does; never init, kernel threads and zombies" {
	machine
	matches '10 11 12 13 20 21 30 31 32' name .
	matches '10 11' name '^sshd$'
	matches '10 11 12' name '(sshd|bash)'
	matches 13 name '^(firefox|Web Content)$'
	matches 13 name '"^Web Content$"'
	matches '' name dead
	matches '' name kworker
	matches '' name systemd
	matches 32 name 'name-of-a'
	matches '' name '^a-very-long-name$'
	matches 32 name '^a-very-long-name-of-a-program$'
	matches '12 13 20 21' user 1000
	matches '10 11 30 31 32' user root
	matches '10 20 21 30 31 32' parent init
	matches 11 parent '^sshd$' user root
	matches '' parent '^init$'
	matches '10 11' exe /usr/sbin/sshd
	matches '10 11' exe '/usr/*/ssh?'
	matches '' exe '/usr/*'
	matches 12 exe /bin/bash
	matches 12 exe "'/bin/bash (deleted)'"
	ln -s "$dir" "$BATS_TEST_TMPDIR/link"
	ln -sf "$(realpath "$dir")/app" "$fixture/10/exe"
	matches 10 exe "$BATS_TEST_TMPDIR/link/app"
	matches 10 exe "'$BATS_TEST_TMPDIR/link/a??'"
	matches '10 11' unit ssh
	matches '10 11' unit 'ss*.service'
	# What a user has named matches only with this user.
	matches '' unit app-x.service
	matches 21 unit app-x.service user 1000
	matches '' unit app-x.service user 2000
	matches '' unit 'app*'
	matches '20 21' unit '*.service' user 1000
	matches '10 11 20 21' unit '*.service'
	matches 21 unit user@1000
	matches '' unit ss
	matches '12 13 21' unit user.slice
	matches '12 13 21' cgroup /user.slice
	matches '12 13 21' cgroup '/user.slice/*'
	matches '12 13' cgroup '/user.slice/*/session-*'
	matches 31 cgroup '/kubepods.slice/*'
	matches '' cgroup /kubepods
	matches '' cgroup '/*/session-*'
	matches '12 13' cgroup '/sys/fs/cgroup/user.slice/user-1000.slice/session-3.scope'
	matches 30 container '*'
	matches 30 container "${id:0:12}"
	matches 30 container '0123*'
	matches '' container "${id:0:11}"
	matches 20 cmdline 'org.example.Main$'
	matches '20 21' cmdline "'java -cp /opt/[ab]'"
	process 40 fake uid=1000 cgroup="0::/user.slice/user-1000.slice/user@1000.service/app.slice/docker-$id.scope\\n"
	process 41 fake uid=1001 cgroup="0::/user.slice/user-1000.slice/user@1000.service/app.slice/docker-$id.scope\\n"
	process 42 fake uid=1000 cgroup="0::/system.slice/docker-$id.scope/system.slice/kafka.service\\n"
	matches '30 42' container '*'
	matches '30 42' container "${id:0:12}"
	matches '40 42' container '*' user 1000
	# The user of the process is not the one who has chosen the name.
	matches '' container '*' user 1001
	matches 20 unit kafka
	matches 20 unit kafka user 1000
	rm -r "$fixture"/4[012]
	matches 20 name '^java$' user 1000 unit kafka cmdline Main
	matches '' name '^java$' user root cmdline Main
	# What is longer than what is compared does not end there.
	args 13 "$(printf 'a%.0s' {1..5000})!"
	matches 13 cmdline '^aaa'
	matches '' cmdline '^(a|aa)+$'
	matches '' cmdline aaa$
}

@test "metrics counts the rules that are not in effect, and the errors" {
	machine
	rules_file a.rules 'adj 0 name ^sshd$' 'adj 7 name ^Web' 'adj 5 name ^java$' 'adj 9 name nothing'
	rules_file b.rules 'adj many name x'
	run --separate-stderr machine_oomctl metrics --dir "$dir"
	assert_line 'oomctl_rules 4'
	assert_line 'oomctl_rules_errors 1'
	assert_line 'oomctl_rules_not_in_effect 2'
	assert_line 'oomctl_rules_unmatched 1'
	assert_line 'oomctl_rules_differing_processes 3'
	assert_line 'oomctl_rules_changed_processes 0'
	assert_line 'oomctl_rules_unread_processes 0'
	assert_line 'oomctl_collector_success{collector="rules"} 1'
}

@test "children: what a match forks, unless another rule matches it" {
	machine
	rules_file a.rules 'adj -800 exe /usr/sbin/sshd parent init children 5' 'adj 7 name ^Web'
	run --separate-stderr machine_oomctl apply --dry-run --dir "$dir"
	assert_line --partial 'pid 10 (sshd): adj 0 -> -800 by'
	assert_line --partial 'pid 11 (sshd): adj 0 -> 5 by children of'
	# It still has the adj of the match, so it was forked before.
	assert_line --partial 'pid 12 (bash): adj 0 -> 5 by children of'
	assert_line --partial 'pid 13 (Web Content): adj 300 -> 7 by'
	assert_line '4 processes would be changed, 0 had the adj of the rules, 0 changed by others'
	# The same rule matches the child too.
	rules_file a.rules 'adj -800 exe /usr/sbin/sshd children 5' 'leave name bash'
	run --separate-stderr machine_oomctl apply --dry-run --dir "$dir"
	assert_line --partial 'pid 11 (sshd): adj 0 -> 5 by children of'
	refute_output --partial 'pid 12 '
	# Below a child that has another adj, nothing is changed.
	rules_file a.rules 'adj -800 exe /usr/sbin/sshd parent init children 5'
	echo 100 >"$fixture/12/oom_score_adj"
	run --separate-stderr machine_oomctl apply --dry-run --dir "$dir"
	refute_output --partial 'pid 12 '
	run --separate-stderr machine_oomctl rules --dir "$dir" -r --noheadings -o matches,decides,forked,differ
	assert_output '1 1 1 2'
	run --separate-stderr machine_oomctl rules --dir "$dir"
	assert_line --index 0 --regexp '^FILE +LINE +MATCHES +DECIDES +FORKED +DIFFER +CHANGED +RULE$'
	# PIDs have wrapped around: a child can have a lower one than its parent.
	process 90 top
	process 50 middle ppid=90
	process 60 low ppid=50
	process 40 lowest ppid=60
	rules_file a.rules 'adj 100 name ^top$ children 5'
	run --separate-stderr machine_oomctl apply --dry-run --dir "$dir"
	assert_line --partial 'pid 50 (middle): adj 0 -> 5 by children of'
	assert_line --partial 'pid 60 (low): adj 0 -> 5 by children of'
	assert_line --partial 'pid 40 (lowest): adj 0 -> 5 by children of'
	assert_line '4 processes would be changed, 0 had the adj of the rules, 0 changed by others'
}

@test "the last matching rule decides, by the names of files and then by lines" {
	machine
	rules_file 10.rules 'adj 1 name ^sshd$' 'adj 2 name ^sshd$ parent init' 'leave name bash'
	rules_file 20.rules 'adj 3 name bash'
	rules_file 05.rules 'adj 4 name ^sshd$' 'adj 5 name redis'
	rules_file 99.conf 'adj 6 name .'
	rules_file .hidden.rules 'adj 6 name .'
	run --separate-stderr machine_oomctl apply --dry-run --dir "$dir"
	assert_output - <<-END
		pid 10 (sshd): adj 0 -> 2 by $dir/10.rules:2 (dry run)
		pid 11 (sshd): adj 0 -> 1 by $dir/10.rules:1 (dry run)
		pid 12 (bash): adj 0 -> 3 by $dir/20.rules:1 (dry run)
		pid 30 (redis): adj 0 -> 5 by $dir/05.rules:2 (dry run)
		4 processes would be changed, 0 had the adj of the rules, 0 changed by others
	END
	run --separate-stderr machine_oomctl rules --dir "$dir" -r --noheadings -o line,matches,decides,differ,rule
	assert_output - <<-'END'
		1 2 0 0 adj\x204\x20name\x20^sshd$
		2 1 1 1 adj\x205\x20name\x20redis
		1 2 1 1 adj\x201\x20name\x20^sshd$
		2 1 1 1 adj\x202\x20name\x20^sshd$\x20parent\x20init
		3 1 0 0 leave\x20name\x20bash
		1 1 1 1 adj\x203\x20name\x20bash
	END
}

@test "a file masks those with its name in later directories, a link to /dev/null disables them" {
	local other=$BATS_TEST_TMPDIR/other.d

	mkdir -m 755 "$other"
	rules_file a.rules 'adj 1 name a'
	rules_file b.rules
	ln -s /dev/null "$dir/c.rules"
	for name in a b c d; do
		echo "adj 2 name $name" >"$other/$name.rules"
	done
	run --separate-stderr oomctl rules --dir "$dir" --dir "$other" -r --noheadings -o file,adj
	assert_success
	assert_output "$dir/a.rules 1"$'\n'"$other/d.rules 2"
	assert_equal "$stderr" ''
	run --separate-stderr oomctl rules --dir "$other" --dir "$dir" -r --noheadings -o file
	assert_output "$(printf '%s\n' "$other"/{a,b,c,d}.rules)"
	mkdir -m 755 "$BATS_TEST_TMPDIR/none"
	run --separate-stderr oomctl rules --dir "$BATS_TEST_TMPDIR/none"
	assert_success
	assert_output ''
	assert_equal "$stderr" 'oomctl: there are no rules'
}

@test "an error disables its file only, and names file, line, column and reason" {
	rules_file a.rules 'adj 1 name a' '' 'adj 5 nmae x' 'adj 1 name (' 'adj 1 name a{2,1} user root' 'adj 1 name x(y)\1'
	rules_file b.rules 'adj 1 name b'
	rules_file c.rules 'adj 1 name a{2,1} user root' 'adj 1 parent x(y)\1'
	run --separate-stderr oomctl rules --dir "$dir" -r --noheadings -o rule
	assert_failure 2
	assert_output 'adj\x201\x20name\x20b'
	assert_equal "$stderr" "oomctl: $dir/a.rules:3:7: unknown condition 'nmae'; did you mean 'name'?
oomctl: $dir/a.rules:4:12: there is no ')' for this '('
oomctl: $dir/c.rules:1:12: name: Invalid content of \\{\\}
oomctl: $dir/c.rules:2:14: parent: back-references are not supported
oomctl: files with an error have no effect"
	run oomctl rules --check --dir "$dir"
	assert_failure 2
	refute_output --partial 'no errors'
	run oomctl rules --check "$dir/b.rules"
	assert_success
	assert_output 'no errors, 1 rule'
	run oomctl rules --check "$dir/b.rules" "$dir/c.rules" "$dir/none"
	assert_failure 2
	assert_line "oomctl: $dir/none: No such file or directory"
	run oomctl rules --check "$dir"
	assert_failure 2
	assert_output --partial 'is not a regular file'
	run --separate-stderr oomctl rules --dir "$dir" -J
	assert_failure 2
	assert_equal "$(json '.rules | length')" 1
}

@test "--check warns of rules that give a negative adj to what any user can start" {
	local line open closed=('adj 5 name a' 'leave name a' 'adj 5 name a children 7' 'adj -5 name a user root' 'never unit a'
		'adj -5 cgroup /kubepods.slice/*' 'adj -5 container *' 'adj -5 unit user@1000' 'adj -5 unit * user root'
		'adj -5 cgroup /user.slice/user-1000.slice' 'adj -5 unit user-1000.slice' 'adj -5 unit postgresql@*.service'
		'adj 0 unit app-*.service children -5' 'leave cgroup /system.slice/a.service children -5')

	open=('adj -5 name a' 'protect exe /a' 'never parent init cmdline a' 'adj 50 name x children -50'
		'leave name x children -900' 'adj -5 name x cgroup /' 'adj -5 unit *' 'protect unit *.scope' 'adj -5 unit session-*.scope'
		'adj -5 unit user@*.service' 'adj -5 unit user@5* children 0' 'adj -5 unit user.slice' 'adj -5 unit user-*.slice'
		'adj -5 cgroup /user.slice' 'adj -5 cgroup /user.slice/*/session-*' 'adj -5 cgroup /* name a' 'adj -5 unit cron'
		'adj -5 unit user@300[0-9].service' 'adj -5 unit crond.service exe /a' 'adj -5 cgroup /user.slice/user-7*')
	rules_file a.rules "${closed[@]}"
	run --separate-stderr oomctl rules --check "$dir/a.rules"
	assert_success
	assert_output "no errors, ${#closed[@]} rules"
	assert_equal "$stderr" ''
	for line in "${open[@]}"; do
		rules_file a.rules "$line"
		run --separate-stderr oomctl rules --check "$dir/a.rules"
		assert_success
		assert_equal "$line: $stderr" "$line: oomctl: $dir/a.rules:1: any user can start a process that gets a negative adj; add a condition user, or a unit or cgroup without such processes"
	done
	rules_file a.rules 'adj -5 user no-such-user'
	run --separate-stderr oomctl rules --check "$dir/a.rules"
	assert_equal "$stderr" "oomctl: $dir/a.rules:1:13: no such user: 'no-such-user': the rule matches nothing"
}

@test "warnings are no errors, however many" {
	local lines=() i

	for i in {1..300}; do
		lines+=("adj 5 user no-such-$i")
	done
	rules_file a.rules "${lines[@]}"
	run --separate-stderr oomctl rules --check "$dir/a.rules"
	assert_success
	assert_output 'no errors, 300 rules'
	assert_equal "$(tail -n 1 <<<"$stderr")" 'oomctl: 44 more problems'
	rules_file b.rules 'adj 5 usr root'
	run --separate-stderr oomctl rules --dir "$dir" -r --noheadings
	assert_failure 2
}

@test "on a kernel without cgroups, rules that depend on them match nothing, with a warning" {
	fixture_or_skip
	fixture_new 6.12.1
	# --check reads it without capabilities.
	chmod 755 "$fixture"
	rules_file a.rules 'adj 5 name ^sshd$ unit a.service' 'adj 6 container *' 'adj 7 cgroup /a' 'adj 8 name ^sshd$'
	run --separate-stderr machine_oomctl rules --check "$dir/a.rules"
	assert_success
	assert_output 'no errors, 4 rules'
	assert_equal "$stderr" "oomctl: $dir/a.rules:1:24: this kernel has no cgroups (CONFIG_CGROUPS): the rule matches nothing
oomctl: $dir/a.rules:2:17: this kernel has no cgroups (CONFIG_CGROUPS): the rule matches nothing
oomctl: $dir/a.rules:3:14: this kernel has no cgroups (CONFIG_CGROUPS): the rule matches nothing"
	: >"$fixture/self/cgroup"
	run --separate-stderr machine_oomctl rules --check "$dir/a.rules"
	assert_equal "$stderr" ''
}

@test "wrong usage" {
	local words
	while read -r words; do
		# shellcheck disable=SC2086 # words
		run oomctl $words
		assert_failure 2
	done <<-END
		rules file
		rules --check -J
		rules --check --dir . file
		rules -o nope
		apply file
		apply --dir
	END
}

@test "what other users could have written is ignored" {
	[[ $(id -u) == 0 ]] || skip 'needs root, to give files to another user'
	rules_file a.rules 'adj 1 name a'
	rules_file b.rules 'adj 1 name b'
	rules_file c.rules 'adj 1 name c'
	rules_file d.rules 'adj 1 name d'
	chown 65534 "$dir/a.rules"
	chmod g+w "$dir/b.rules"
	mkdir "$BATS_TEST_TMPDIR/theirs"
	chown 65534 "$BATS_TEST_TMPDIR/theirs"
	echo 'adj 1 name e' >"$BATS_TEST_TMPDIR/theirs/e"
	ln -s "$BATS_TEST_TMPDIR/theirs/e" "$dir/e.rules"
	mkfifo "$dir/f.rules"
	ln -s /nowhere "$dir/g.rules"
	chown -h 65534 "$dir/g.rules"
	mkdir "$dir/h.rules"
	run --separate-stderr oomctl rules --dir "$dir" -r --noheadings -o file
	assert_failure 2
	assert_output "$dir/c.rules"$'\n'"$dir/d.rules"
	for name in a b e; do
		grep -qF "$dir/$name.rules: ignored, because users other than root can change or replace it" <<<"$stderr"
	done
	grep -qF "$dir/f.rules: ignored: it is not a regular file" <<<"$stderr"
	grep -qF "$dir/g.rules: ignored: " <<<"$stderr"
	grep -qF "$dir/h.rules: ignored: it is not a regular file" <<<"$stderr"
	# In a sticky one others can make files, such as one that hides a file of a later directory.
	for mode in o+w o+wt; do
		chmod "$mode" "$dir"
		run --separate-stderr oomctl rules --dir "$dir" -r --noheadings -o file
		assert_failure 2
		assert_output ''
		grep -qF "$dir: ignored, because users other than root can change or replace it" <<<"$stderr"
	done
	# But they cannot replace what is root's there.
	mkdir -m 755 "$dir/own"
	echo 'adj 1 name f' >"$dir/own/f.rules"
	ln -s "$dir/c.rules" "$dir/own/g.rules"
	run --separate-stderr oomctl rules --dir "$dir/own" -r --noheadings -o rule
	assert_success
	assert_output 'adj\x201\x20name\x20f'$'\n''adj\x201\x20name\x20c'
}

@test "a directory that was named must exist" {
	local words

	run --separate-stderr oomctl rules --dir "$dir/none"
	assert_failure 2
	assert_equal "$stderr" "oomctl: $dir/none: there is no such directory"
	rules_file a.rules 'adj 1 name a'
	for words in rules 'rules --check'; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr oomctl $words --dir "$dir" --dir "$dir/none"
		assert_failure 2
		assert_equal "${stderr_lines[0]}" "oomctl: $dir/none: there is no such directory"
	done
	[[ $(id -u) == 0 ]] || return 0
	run --separate-stderr oomctl apply --dry-run --dir "$dir" --dir "$dir/none"
	assert_failure 2
	assert_equal "$output" ''
	assert_equal "$stderr" "oomctl: $dir/none: there is no such directory"
}

@test "a rule is shown as it is in its file" {
	rules_file a.rules "adj 5  exe '/a b'	name \"x\" enforce children 3  user root # why"
	run --separate-stderr oomctl rules --dir "$dir" --noheadings -J -o rule
	assert_success
	assert_equal "$(json '.rules[0].rule')" "adj 5 exe '/a b' name \"x\" enforce children 3 user root"
}

@test "hostile files: bytes, lengths, numbers of rules, files and errors" {
	rules_or_skip
	local i

	head -c 300000 /dev/zero >"$dir/zero.rules"
	head -c 100000 /dev/urandom >"$dir/random.rules"
	yes 'adj 1 name x' | head -n 10000 >"$dir/many.rules"
	yes 'adj 1 name x' | head -n 100000 >"$dir/more.rules"
	printf 'adj 1 name %02000d\n' 1 >"$dir/long.rules"
	printf 'adj 1 name \e[31mx\n' >"$dir/escape.rules"
	printf '\e[31mx\xff y\n' >"$dir/"$'\e[31m\xff.rules'
	for i in {1..300}; do
		echo 'bad' >"$dir/bad-$i.rules"
	done
	echo 'adj 1 name good' >"$dir/zz.rules"
	run --separate-stderr oomctl rules --dir "$dir" -r --noheadings -o rule
	assert_failure 2
	assert_output 'adj\x201\x20name\x20good'
	assert_equal "$(LC_ALL=C tr -d '\n -~' <<<"$stderr" | wc -c)" 0
	(($(wc -l <<<"$stderr") < 300))
	rm "$dir"/*
	for i in {1..20}; do
		for _ in {1..100}; do echo "adj 1 name x$i"; done >"$dir/$((100 + i)).rules"
	done
	run --separate-stderr oomctl rules --dir "$dir" -r --noheadings -o rule
	assert_failure 2
	assert_equal "${#lines[@]}" 1000
	grep -qF "$dir/111.rules:25:1: more than 1024 rules in all files" <<<"$stderr"
	for i in {1..1100}; do : >"$dir/x$i.rules"; done
	run --separate-stderr oomctl rules --dir "$dir"
	assert_failure 2
	grep -qF "$dir: ignored: it contains more than 1024 files" <<<"$stderr"
}

@test "expensive regular expressions are refused, or their sum is limited" {
	local i

	rules_file a.rules 'adj 1 name (((a{9}){9}){9}){9}'
	rules_file b.rules 'adj 1 cmdline (a)\1'
	for i in {1..60}; do
		echo 'adj 1 name (a|b|c|d)[a-z]{1,60}x'
	done >"$dir/c.rules"
	echo 'adj 1 name good' >"$dir/d.rules"
	run --separate-stderr oomctl rules --dir "$dir" -r --noheadings -o rule
	assert_failure 2
	assert_output 'adj\x201\x20name\x20good'
	grep -qF 'a.rules:1:12: name: the pattern repeats too much' <<<"$stderr"
	grep -qF 'b.rules:1:15: cmdline: back-references are not supported' <<<"$stderr"
	grep -qE 'c.rules:[0-9]+:12: the regular expressions of all files are too long' <<<"$stderr"
}

@test "a process that ends while its command line blocks is no error" {
	machine
	rules_file a.rules 'adj 7 cmdline nothing'
	mkfifo "$fixture/11/cmdline"
	run --separate-stderr machine_oomctl apply --dry-run --dir "$dir"
	assert_failure 1
	grep -q 'pid 11 .*cannot be compared' <<<"$stderr"
	# The read is waited for 500 ms.
	(sleep 0.3 && mv "$fixture/11" "$fixture/ended" && rm "$fixture/ended/stat") 3>&- &
	run --separate-stderr machine_oomctl apply --dry-run --dir "$dir"
	assert_success
	assert_equal "$stderr" ''
}

@test "a text with too many ways to match: the process is left as it is, and others are changed" {
	machine
	args 10 "c$(printf 'a%.0s' {1..200})"
	args 11 short
	rules_file a.rules 'adj 7 name sshd' 'adj 5 name sshd cmdline a.{100}c|short'
	run --separate-stderr machine_oomctl apply --dry-run --dir "$dir"
	assert_failure 1
	assert_output --partial 'pid 11 (sshd): adj 0 -> 5'
	refute_output --partial 'pid 10 '
	grep -qF "pid 10 (sshd): unchanged: it cannot be compared with $dir/a.rules:2: the regular expression has too many ways to match it" <<<"$stderr"
}

@test "a failed lookup of a user is no unknown user: nothing is applied" {
	strace_or_skip
	fixture_or_skip
	rules_file a.rules 'adj 7 name .' 'adj 5 user daemon'
	run --separate-stderr strace -o /dev/null -P /etc/passwd -e trace=openat -e inject=openat:error=EMFILE \
		"$OOMCTL" rules --dir "$dir" -r --noheadings
	assert_failure 4
	assert_output ''
	assert_equal "$stderr" 'oomctl: cannot look up the users of the rules: Too many open files'
	run --separate-stderr as_root strace -o /dev/null -P /etc/passwd -e trace=openat -e inject=openat:error=EIO \
		"$OOMCTL" apply --dry-run --dir "$dir"
	assert_failure 4
	assert_output ''
	run --separate-stderr oomctl rules --dir "$dir" -r --noheadings
	assert_success
	assert_equal "${#lines[@]}" 2
}

@test "explain: after a failed lookup of a user no rule is said to decide" {
	strace_or_skip
	mounts_or_skip
	fixture_find_unshare
	actor_start crowd 0
	run --separate-stderr as_root bash -c '
		mkdir -m 755 /run/oomctl.rules.d
		echo "adj 2 name actor" >/run/oomctl.rules.d/a.rules
		echo "adj 3 user daemon" >/run/oomctl.rules.d/b.rules
		"$0" explain "$1" | grep -c "rule:"
		strace -o /dev/null -P /etc/passwd -e trace=openat -e inject=openat:error=EMFILE "$0" explain "$1"' \
		"$OOMCTL" "$actor_pid"
	assert_success
	assert_line -n 0 1
	refute_output --partial 'rule:'$'\n'
	assert_equal "$stderr" 'oomctl: no rule is shown: cannot look up the users of the rules: Too many open files'
}

@test "regular expressions: what POSIX leaves undefined is refused" {
	rules_file a.rules 'adj 1 name a+?' 'adj 1 name \d' 'adj 1 name a{,2}' 'adj 1 cmdline a))'
	run --separate-stderr oomctl rules --check "$dir/a.rules"
	assert_failure 2
	assert_equal "$(sed -n 's/.*a.rules://p' <<<"$stderr")" "1:12: name: a repetition of a repetition needs parentheses
2:12: name: a backslash must precede a special character, or w, W, s or S
3:12: name: '{' must be written \\{, or begin {N}, {N,} or {N,M}
4:15: cmdline: there is no '(' for a ')', which can be written \\)"
}

@test "only root applies rules; others see what they match" {
	[[ $(id -u) == 0 ]] || skip 'needs root, to become another user'
	rules_file a.rules 'adj 1 exe /nowhere' 'adj 2 name bash'
	chmod 755 "$BATS_TEST_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR" 2>/dev/null || true
	run --separate-stderr setpriv --reuid 65534 --clear-groups "$OOMCTL" apply --dir "$dir"
	assert_failure 3
	assert_equal "$stderr" "oomctl: only root can apply rules; 'oomctl rules' shows what they match"
	assert_output ''
	run --separate-stderr setpriv --reuid 65534 --clear-groups "$OOMCTL" apply --dry-run --dir "$dir"
	assert_failure 3
}

@test "apply gives a value once; a later change is respected and reported once" {
	alone_or_skip
	mounts_or_skip
	fixture_find_unshare
	actor_start crowd 2
	rules_file a.rules 'adj 50 name ^actor$ children 20'
	run --separate-stderr as_root bash -c '
		set -e
		"$0" apply --dir "$1"
		echo 300 >/proc/"$2"/oom_score_adj
		"$0" apply --dir "$1"
		"$0" apply --dir "$1"
		"$0" rules --dir "$1" -r --noheadings -o matches,decides,forked,differ,changed
		echo 51 >/proc/"$2"/oom_score_adj
		sed -i "s/20/25/" "$1"/a.rules
		"$0" apply --dir "$1"
		"$0" apply --enforce --dir "$1"
		"$0" apply --dir "$1"' "$OOMCTL" "$dir" "$actor_pid"
	assert_success
	assert_output - <<-END
		pid $actor_pid (actor): adj 0 -> 50 by $dir/a.rules:1
		pid ${actor_ids[0]} (actor): adj 0 -> 20 by children of $dir/a.rules:1
		pid ${actor_ids[1]} (actor): adj 0 -> 20 by children of $dir/a.rules:1
		3 processes changed, 0 had the adj of the rules, 0 changed by others
		0 processes changed, 2 had the adj of the rules, 1 changed by others
		0 processes changed, 2 had the adj of the rules, 1 changed by others
		3 1 2 0 1
		pid ${actor_ids[0]} (actor): adj 20 -> 25 by children of $dir/a.rules:1
		pid ${actor_ids[1]} (actor): adj 20 -> 25 by children of $dir/a.rules:1
		2 processes changed, 0 had the adj of the rules, 1 changed by others
		pid $actor_pid (actor): adj 51 -> 50 by $dir/a.rules:1
		1 process changed, 2 had the adj of the rules, 0 changed by others
		0 processes changed, 3 had the adj of the rules, 0 changed by others
	END
	# 51 is another change than 300.
	assert_equal "$stderr" "oomctl: pid $actor_pid (actor): adj 300 stays, not 50 as $dir/a.rules:1 says: something else changed it later
oomctl: pid $actor_pid (actor): adj 51 stays, not 50 as $dir/a.rules:1 says: something else changed it later"
	[ "$(cat "/proc/$actor_pid/oom_score_adj")" = 50 ]
	[ "$(cat "/proc/${actor_ids[0]}/oom_score_adj")" = 25 ]
}

@test "children that share the memory of a match are left, which is reported once" {
	alone_or_skip
	mounts_or_skip
	fixture_find_unshare
	actor_start share 2
	rules_file a.rules 'adj 50 name ^actor$ children 20'
	run --separate-stderr as_root bash -c '
		set -e
		"$0" apply --dir "$1"
		"$0" apply --dir "$1"
		"$0" rules --dir "$1" -r --noheadings -o matches,decides,forked,differ,changed
		mkdir -m 755 /run/oomctl.rules.d
		cp "$1"/a.rules /run/oomctl.rules.d
		"$0" explain "$3" | grep "adj 20"
		"$0" explain -J "$3" | jq -c ".processes[].rule | [.adj, .state]"' "$OOMCTL" "$dir" "$actor_pid" "${actor_ids[0]}"
	assert_success
	assert_output - <<-END
		pid $actor_pid (actor): adj 0 -> 50 by $dir/a.rules:1
		1 process changed, 0 had the adj of the rules, 0 changed by others
		0 processes changed, 1 had the adj of the rules, 0 changed by others
		3 1 2 0 0
		  adj 20: unchanged: it shares memory with the process that forked it
		[20,"shared"]
	END
	assert_equal "$(cat "/proc/$actor_pid/oom_score_adj" "/proc/${actor_ids[0]}/oom_score_adj" | xargs)" '50 50'
	assert_equal "$stderr" "$(for pid in "${actor_ids[@]}"; do
		echo "oomctl: pid $pid (actor): adj 50 stays, not 20 as children of $dir/a.rules:1 says: it shares memory with the process that forked it, so both have the same adj"
	done)"
}

@test "links in directories that are only visible to init are followed" {
	local app=$BATS_TEST_TMPDIR/app

	[[ $(id -u) == 0 ]] && unshare -m true 2>/dev/null || skip 'needs a mount namespace'
	alone_or_skip
	mkdir -p "$app/releases/1"
	ln -s releases/1 "$app/current"
	ln -s "$app/../app/./current" "$app/live"
	ln -s loop "$app/again"
	ln -s again "$app/loop"
	cp "$(command -v sleep)" "$app/releases/1/own-sleep"
	"$app/current/own-sleep" 1000 3>&- &
	cli_pids+=("$!")
	until grep -qx own-sleep "/proc/$!/comm"; do sleep 0.05; done
	rules_file a.rules "adj 1 exe $app/current/own-sleep" "adj 2 exe /$app//live/own*" \
		"adj 3 exe $app/releases/../live/../1/own-sleep" "adj 4 exe $app/loop/own-sleep" "adj 5 exe $app/none/own-sleep"
	for mount in true 'mount -t tmpfs none "$1"'; do
		run unshare -m bash -c "$mount"' && exec "$OOMCTL" rules --dir "$2" -r --noheadings -o matches' - "$app" "$dir"
		assert_output $'1\n1\n1\n0\n0'
	done
}

@test "enforce restores the value of a match, not of its children; a dry run changes nothing" {
	alone_or_skip
	mounts_or_skip
	fixture_find_unshare
	actor_start crowd 1
	rules_file a.rules 'adj 50 name ^actor$ children 20 enforce'
	run --separate-stderr as_root bash -c '
		set -e
		"$0" apply --dry-run --dir "$1"
		[ ! -e /run/oomctl ]
		cat /proc/"$2"/oom_score_adj
		"$0" apply -q --dir "$1"
		echo 300 | tee /proc/"$2"/oom_score_adj /proc/"$3"/oom_score_adj
		"$0" apply --dry-run --dir "$1" || :
		"$0" apply --dir "$1"' "$OOMCTL" "$dir" "$actor_pid" "${actor_ids[0]}"
	assert_success
	any_root
	assert_output - <<-END
		pid $actor_pid (actor): adj 0 -> 50 by $dir/a.rules:1 (dry run)
		pid ${actor_ids[0]} (actor): adj 0 -> 20 by children of $dir/a.rules:1 (dry run)
		2 processes would be changed, 0 had the adj of the rules, 0 changed by others
		0
		300
		pid $actor_pid (actor): adj 300 -> 50 by $dir/a.rules:1 (dry run)
		1 process would be changed, 0 had the adj of the rules, 1 changed by others
		pid $actor_pid (actor): adj 300 -> 50 by $dir/a.rules:1
		1 process changed, 0 had the adj of the rules, 1 changed by others
	END
}

@test "an error in a file does not make apply forget changes by others" {
	alone_or_skip
	mounts_or_skip
	fixture_find_unshare
	actor_start crowd 1
	rules_file a.rules 'adj 50 name ^actor$'
	run --separate-stderr as_root bash -c '
		"$0" apply -q --dir "$1"
		echo 300 >/proc/"$2"/oom_score_adj
		echo typo >>"$1"/a.rules
		"$0" apply --dir "$1"
		sed -i /typo/d "$1"/a.rules
		"$0" apply --dir "$1"' "$OOMCTL" "$dir" "$actor_pid"
	assert_success
	assert_output - <<-END
		0 processes changed, 0 had the adj of the rules, 0 changed by others
		0 processes changed, 1 had the adj of the rules, 1 changed by others
	END
}

@test "records that others could have written, or that are damaged, are not used" {
	alone_or_skip
	mounts_or_skip
	fixture_find_unshare
	actor_start crowd 1
	rules_file a.rules 'adj 50 name ^actor$'
	run --separate-stderr as_root bash -c '
		"$0" apply -q --dir "$1"
		file=$(echo /run/oomctl/rules*)
		stat -c "%a %u" "$file"
		echo 300 >/proc/"$2"/oom_score_adj
		for damage in "5" "1 2 3 4 5 6 7" "x" "1 1 2000 1 0 0" "-1 1 1 1 0 0"; do
			echo "$damage" >"$file"
			"$0" apply --dir "$1" --dry-run | tail -n 1
		done
		"$0" apply --dir "$1" --dry-run | tail -n 1
		rm "$file"
		chmod o+w /run/oomctl
		"$0" apply --dir "$1" --dry-run | tail -n 1
		"$0" apply --dir "$1"
		echo $?' "$OOMCTL" "$dir" "$actor_pid"
	assert_output - <<-END
		644 0
		1 process would be changed, 1 had the adj of the rules, 0 changed by others
		1 process would be changed, 1 had the adj of the rules, 0 changed by others
		1 process would be changed, 1 had the adj of the rules, 0 changed by others
		1 process would be changed, 1 had the adj of the rules, 0 changed by others
		1 process would be changed, 1 had the adj of the rules, 0 changed by others
		1 process would be changed, 1 had the adj of the rules, 0 changed by others
		1 process would be changed, 1 had the adj of the rules, 0 changed by others
		pid $actor_pid (actor): adj 300 -> 50 by $dir/a.rules:1
		1 process changed, 1 had the adj of the rules, 0 changed by others
		1
	END
	assert_equal "$(grep -c "is damaged, or users other than root can write to it" <<<"$stderr")" 8
}

@test "explain names the rule that decides and those that it overrides" {
	alone_or_skip
	mounts_or_skip
	fixture_find_unshare
	actor_start crowd 1
	run --separate-stderr as_root bash -c '
		mkdir -m 755 /run/oomctl.rules.d
		printf "%s\n" "adj 1 name ^actor$" "leave user bin" "adj 2 name actor children 3" >/run/oomctl.rules.d/a.rules
		"$0" explain "$1" | sed -n "/rule:/,\$p"
		"$0" explain -J "$1" "$2" | jq -c ".processes[].rule"' "$OOMCTL" "$actor_pid" "${actor_ids[0]}"
	assert_success
	assert_output - <<-END
		Standing rule:
		  adj 2 name actor children 3
		  /run/oomctl.rules.d/a.rules:3 decides
		  adj 2: 'oomctl apply' would set it
		  overrides /run/oomctl.rules.d/a.rules:1: adj 1 name ^actor$
		{"file":"/run/oomctl.rules.d/a.rules","line":3,"rule":"adj 2 name actor children 3","by_parent":false,"adj":2,"state":"differs","overrides":[{"file":"/run/oomctl.rules.d/a.rules","line":1,"rule":"adj 1 name ^actor$"}]}
		{"file":"/run/oomctl.rules.d/a.rules","line":3,"rule":"adj 2 name actor children 3","by_parent":true,"adj":3,"state":"differs","overrides":[{"file":"/run/oomctl.rules.d/a.rules","line":1,"rule":"adj 1 name ^actor$"}]}
	END
	assert_equal "$stderr" ''
}

# The rules in the manual's examples, for users that there are.
examples() {
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' man/oomctl.rules.5 | sed -n '/^\.Bd/,/^\.Ed/p' |
		grep -E '^(adj|protect|never|leave) ' | sed 's/\\e/\\/g; s/user kafka/user 2000/; s/user batch/user 3000/'
}

@test "the examples of the manual have no errors" {
	examples >"$dir/a.rules"
	sed -n '/^\.Ss Syntax/,/^\.Ss Actions/p' man/oomctl.rules.5 | sed -n '/^\.Bd/,/^\.Ed/p' |
		grep -v '^\.' | sed 's/user alice/user 1000/' >>"$dir/a.rules"
	(($(grep -c . "$dir/a.rules") >= 13))
	run --separate-stderr oomctl rules --check "$dir/a.rules"
	assert_success
	assert_equal "$stderr" ''
}

@test "the examples do what users of sshd, PostgreSQL, nginx, a JVM and browsers need" {
	rules_or_skip
	local app=0::/user.slice/user-1000.slice/user@1000.service/app.slice

	fixture_or_skip
	fixture_new 6.12.1
	fixture_process 1 systemd rss=4000 vm=9000 adj=0 score=0
	echo systemd >"$fixture/1/comm"
	# sshd has set -1000 itself; a session, and a shell that was forked when the daemon had it too.
	process 10 sshd adj=-1000 cgroup='0::/system.slice/ssh.service\n'
	process 11 sshd-session ppid=10 adj=-1000 cgroup='0::/system.slice/ssh.service\n'
	process 12 bash ppid=11 uid=1000 adj=-1000 cgroup='0::/user.slice/user-1000.slice/session-3.scope\n'
	process 13 job ppid=12 uid=1000 adj=500 cgroup='0::/user.slice/user-1000.slice/session-3.scope\n'
	ln -s /usr/sbin/sshd "$fixture/10/exe"
	process 20 postgres uid=100 cgroup='0::/system.slice/system-postgresql.slice/postgresql@16-main.service\n'
	process 21 postgres uid=100 ppid=20 cgroup='0::/system.slice/system-postgresql.slice/postgresql@16-main.service\n'
	process 30 nginx cgroup='0::/system.slice/nginx.service\n'
	process 31 nginx uid=33 ppid=30 cgroup='0::/system.slice/nginx.service\n'
	process 40 java uid=2000 cgroup='0::/system.slice/kafka.service\n'
	args 40 java -cp /opt/kafka.jar kafka.Kafka /etc/kafka.properties
	process 41 java uid=2000 cgroup='0::/system.slice/kafka.service\n'
	args 41 java -cp /opt/kafka.jar kafka.tools.Console
	process 50 systemd uid=1000 adj=100 cgroup="$app/init.scope\\n"
	process 51 chrome uid=1000 ppid=50 adj=200 cgroup="$app/app-chrome.scope\\n"
	process 52 chrome uid=1000 ppid=51 adj=200 cgroup="$app/app-chrome.scope\\n"
	process 53 chrome uid=1000 ppid=52 adj=300 cgroup="$app/app-chrome.scope\\n"
	process 54 firefox uid=1000 ppid=50 adj=200 cgroup="$app/app-firefox.scope\\n"
	process 55 'Isolated Web Co' uid=1000 ppid=54 adj=233 cgroup="$app/app-firefox.scope\\n"
	process 60 job uid=3000 adj=-17
	examples >"$dir/a.rules"
	run --separate-stderr machine_oomctl apply --dry-run --dir "$dir"
	assert_equal "$(sed -n 's/^pid \([0-9]*\) (.*): adj \(.*\) by .*/\1 \2/p' <<<"$output")" '10 -1000 -> -800
11 -1000 -> 0
12 -1000 -> 0
20 0 -> -900
21 0 -> 100
30 0 -> -500
40 0 -> -300
51 200 -> 100
54 200 -> 100
60 -17 -> 800'
	run --separate-stderr machine_oomctl rules --dir "$dir" -r --noheadings -o decides,forked,differ
	assert_success
}
