#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The manual and the README agree with the program's tables.

bats_require_minimum_version 1.5.0
bats_load_library bats-support
bats_load_library bats-assert

manual=man/oomctl.8

setup_file() {
	export tables=$BATS_FILE_TMPDIR/tables
	"$OOMCTL" help --tables >"$tables"
}

# Two lists must be equal; lines in only one of them are shown.
assert_same() {
	run diff <(sort <<<"$1") <(sort <<<"$2")
	assert_output ''
}

table_commands() {
	awk -F '\t' '$1 == "command" { print $2 }' "$tables"
}

# COMMAND OPTIONS ARGUMENT, as "rank -t,--top N".
table_options() {
	awk -F '\t' '$1 == "option" { print $2, ($3 == "" ? "" : $3 ",") $4, $5 }' "$tables" |
		sed 's/ *$//'
}

# table_columns COMMAND: "NAME UNIT" of each.
table_columns() {
	awk -F '\t' -v command="$1" '$1 == "column" && $2 == command { print $3, $4 }' "$tables"
}

# The lines of a section or subsection of the manual.
section() {
	awk -v name="$1" '/^\.S[hs] / { inside = substr($0, 5) == name; next } inside' "$manual"
}

# The options that a section explains: "-t,--top N".
section_options() {
	section "$1" | sed -n -E 's/^\.It Fl/Fl/p' |
		sed -E 's/Fl -/--/g; s/Fl /-/g; s/ , /,/g; s/ Ar / /; s/ Oo Ns = Ns Ar (.*) Oc/ [\1]/'
}

# The sections whose options a command accepts too, as COMMANDS lists them.
references() {
	echo 'COMMON OPTIONS'
	section COMMANDS | sed -n -E "s/^\.It Cm (.* )?$1( .*)? Ta Sx //p" | sed 's/ , Sx /\n/g'
}

manual_commands() {
	awk '/^\.Sh / { inside = $2 == "COMMANDS" } inside && /^\.Ss / { print $2 }' "$manual"
}

manual_options() {
	local command
	for command in $(manual_commands); do
		{
			section_options "$command"
			references "$command" | while read -r name; do section_options "$name"; done
		} | sed "s/^/$command /"
	done
}

# manual_columns SECTION: "NAME UNIT" of each column that it explains.
manual_columns() {
	section "$1" | sed -n -E 's/^\.It Cm ([a-z_]+) Ta ([a-z]+) Ta .*/\1 \2/p'
}

@test "the manual has the commands of the tables, in their order" {
	assert_equal "$(manual_commands)" "$(table_commands)"
}

# The first sentence of each command's section, without macros.
manual_summaries() {
	local command
	for command in $(manual_commands); do
		echo "$command $(section "$command" | sed -E 's/^\.[A-Z][a-z] //; s/ No / /g; s/ \.$/./' | tr '\n' ' ' | sed 's/\. .*//')"
	done
}

# Summaries have at most 60 characters and no full stop.
@test "manual, README, and completions have the summaries of the commands" {
	local command summary summaries
	summaries=$(awk -F '\t' '$1 == "command" { print $2, $4 }' "$tables")
	refute grep -E '^[a-z]+ (.{61}|.*\.$|[a-z])' <<<"$summaries"
	assert_same "$(manual_summaries)" "$summaries"
	while read -r command summary; do
		grep -qF -e "-a $command -d '$summary'" -e "-a $command -d \"$summary\"" completions/oomctl.fish ||
			fail "fish: $command"
		grep -qF "'$command:${summary,}'" <(sed "s/'\\\\''/'/" completions/_oomctl) || fail "zsh: $command"
	done <<<"$summaries"
}

@test "manual and help list the aliases" {
	local command
	[ "$(grep -c '^alias' "$tables")" -ge 3 ]
	for command in rank get; do
		run awk -F '\t' -v c="$command" '$1 == "alias" && $2 == c { print $3 }' "$tables"
		assert_equal "$(section "$command" | sed -n '/^Alias/ { n; s/^\.Cm //; s/ [,.]/ /gp }' | xargs -n 1)" "$output"
		# shellcheck disable=SC2154 # run sets it
		list=$(paste -sd , <<<"$output" | sed 's/,/, /g')
		run "$OOMCTL" help "$command"
		assert_line "Aliases: $list."
		run "$OOMCTL" help
		assert_line --regexp "^  $command, $list +[A-Z]"
	done
}

@test "every usage line has [OPTION]..." {
	refute grep -P '^command\t[a-z]+\t(?!\[OPTION\]\.\.\.)' "$tables"
}

@test "the manual has the options of the tables, each with its command" {
	[ "$(table_options | wc -l)" -gt 20 ]
	assert_same "$(manual_options)" "$(table_options)"
}

@test "the manual's synopsis agrees with the program" {
	local shown
	shown=$(MANWIDTH=200 mandoc -T ascii -O width=200 "$manual" | col -b |
		sed -n '/^SYNOPSIS/,/^DESCRIPTION/ s/^ \{1,\}//p')
	assert_same "$shown" "$(awk -F '\t' '$1 == "command" { print "oomctl " $2, $3 }' "$tables" |
		sed 's/ *$//')"
}

@test "the manual has the columns of the tables, in their order" {
	local command
	[ "$(table_columns rank | wc -l)" -gt 20 ]
	assert_equal "$(manual_columns Columns)" "$(table_columns rank)"
	assert_equal "$(table_columns get)" "$(table_columns rank)"
	for command in predict sysctl log rules audit; do
		assert_equal "$(manual_columns "$command")" "$(table_columns "$command")"
	done
}

@test "-o help shows the columns of each list and does nothing else" {
	local command name unit help
	for command in rank get predict sysctl log rules audit; do
		run --separate-stderr "$OOMCTL" "$command" -o help
		assert_success
		# shellcheck disable=SC2154 # run sets it
		assert_equal "$stderr" ''
		assert_equal "${#lines[@]}" "$(table_columns "$command" | wc -l)"
		while IFS=$'\t' read -r _ _ name unit help; do
			assert_line --regexp "^$name +$unit +[^ ]"
			assert_line --partial "  $help"
		done < <(grep -P "^column\t$command\t" "$tables")
		run "$OOMCTL" "$command" --output=help nonsense
		assert_success
	done
	assert_equal "$("$OOMCTL" predict -o help | sed -n 1p)" 'place           number   number of the kill'
	run "$OOMCTL" log -o help --nope
	assert_failure 2
	run "$OOMCTL" rank -o help,pid
	assert_failure 2
}

@test "a column of bytes has a unit only without -b, the others are the same in both" {
	local name unit human plain
	while read -r name unit; do
		human=$("$OOMCTL" rank -o "$name" --noheadings "$$")
		plain=$("$OOMCTL" rank -o "$name" --noheadings --bytes "$$")
		case $name:$unit in
		swap:bytes) continue ;;
		*:bytes | *:points)
			[[ $human =~ ^\ *[0-9.]+[KMGTP]\ *$ && $plain =~ ^\ *[0-9]+\ *$ ]] ||
				fail "$name: '$human' and '$plain'"
			;;
		bar:percent) ;;
		*:percent) [[ $human == *[0-9]% ]] || fail "$name: $human" ;;
		*:number) [[ $human =~ ^\ *-?[0-9]+\ *$ ]] || fail "$name: $human" ;;
		*:text) ;;
		*) fail "$name: unknown unit $unit" ;;
		esac
	done < <(manual_columns Columns | grep -vE '^rss_(anon|file|shmem) ')
}

@test "a text is a string in JSON and all else a number" {
	local name unit
	run "$OOMCTL" rank --json --output-all "$$"
	assert_success
	while read -r name unit; do
		[[ $output =~ \"$name\":(null|\"|-?[0-9]) ]] || fail "no $name in $output"
		case $unit:${BASH_REMATCH[1]} in
		*:null | text:\") ;;
		text:* | *:\") fail "$name is $unit: $output" ;;
		esac
	done < <(manual_columns Columns)
}

@test "the manual has every exit status of a command" {
	local status
	for status in 0 1 2 3 4; do
		section 'EXIT STATUS' | grep -qx ".It $status" || fail "no status $status"
	done
}

# The program's messages as regular expressions; values match anything.
messages() {
	tr '\0' '\n' <"$OOMCTL" | LC_ALL=C grep -a '^[ -~]*%[ -~]*$' |
		sed -E 's/[][()*.^$?+{}|\\]/\\&/g; s/%\\\.?\\?\*?[a-z]+|%[a-z]+/.+/g; s/.*/^&$/'
}

@test "the messages that the manual explains are those of the program" {
	local text count=0
	messages >"$BATS_TEST_TMPDIR/messages"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/messages")" -gt 20 ]
	while read -r text; do
		grep -qEf <(grep -vx '\^\.+\$' "$BATS_TEST_TMPDIR/messages" | grep '[a-z ]\{8\}') <<<"$text" ||
			fail "the program has no such message: $text"
		count=$((count + 1))
	done < <(section DIAGNOSTICS | sed -n -E 's/^\.It "(.*)"$/\1/p')
	[ "$count" -ge 4 ]
}

@test "every exit status of run alone is in the manual" {
	local status
	for status in 125 126 127; do
		section 'EXIT STATUS' | grep -qx ".It $status" || fail "no status $status"
	done
}

@test "the manual explains the settings that sysctl knows" {
	local settings
	settings=$("$OOMCTL" sysctl nonsense 2>&1 | sed -n 's/^oomctl: settings: //p' | tr -d ' ' | tr , '\n')
	[ -n "$settings" ]
	assert_equal "$(section sysctl | sed -n 's/^\.It Va //p')" "$settings"
}

# The names of the checks of audit, in their order.
checks() {
	"$OOMCTL" audit --ignore nonsense 2>&1 | sed -n 's/^oomctl: checks: //p' | sed 's/, /\n/g'
}

@test "the manual has a paragraph for each check of audit, with its severity" {
	[ "$(checks | wc -l)" -ge 17 ]
	assert_equal "$(section audit | sed -n '/^The checks:/,$ s/^\.It Cm //p')" "$(checks)"
	assert_equal "$(section audit | grep -cxE '(High|Medium|Low)\.')" "$(checks | wc -l)"
}

# The examples, changed so that they write nothing and run no other program.
tame() {
	# shellcheck disable=SC2016 # the shell of the line expands it
	sed -E 's/^oomctl (set|protect|unprotect|sysctl) /&--dry-run /; s/^(oomctl run .*) -- .*/\1 -- true/
		s/^oomctl/"$OOMCTL"/; s/--user alice/--user root/'
}

@test "the program accepts every example of the manual" {
	local line count=0
	while read -r line; do
		run bash -c "$line"
		refute_output --partial "see 'oomctl help"
		count=$((count + 1))
	done < <(section EXAMPLES | sed -n -E 's/^\.Dl [$#] (oomctl[^|]*).*/\1/p' | tame)
	[ "$count" -ge 10 ]
}

@test "the README's table of commands agrees with the program" {
	assert_equal "$(sed -n '/^| Command | /,/^$/p' README.md | sed '1,2d; /^$/d')" \
		"$(awk -F '\t' '$1 == "command" {
			usage = $2 ($3 == "" ? "" : " " $3)
			gsub(/\|/, "\\|", usage)
			print "| `" usage "` | " $4 " |"
		}' "$tables")"
}

# In the last column of its tables: FILE `TEST`, `TEST`; unit `FUNCTION`; `make fuzz F=NAME`.
# shellcheck disable=SC2016 # Markdown's quotes
@test "the tests that SECURITY.md names exist" {
	local file='' word count=0

	while read -r word; do
		if [[ $word != '`'* ]]; then
			file=$word
			continue
		fi
		word=${word//\`/}
		case $file:$word in
		*:'make fuzz F='*) [[ -f tests/fuzz/${word#*=}.c ]] || fail "$word" ;;
		unit:*) grep -rqF "cmocka_unit_test($word)" tests/unit || fail "unit: $word" ;;
		*) grep -qxF -e "@test \"$word\" {" -e "@test \"privilege: $word\" {" "tests/$file.bats" || fail "$file: $word" ;;
		esac
		count=$((count + 1))
	done < <(sed -n '/^## Trust/,/^## What/ s/^|.*| \(.*\) |$/\1/p' SECURITY.md | grep -oE '`[^`]+`|(lab|cli|house)/[a-z-]+|unit')
	[ "$count" -ge 80 ]
}
