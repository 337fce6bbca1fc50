#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The manual and the README say what the program's own tables say: no more, no less.

bats_require_minimum_version 1.5.0
bats_load_library bats-support
bats_load_library bats-assert

manual=man/oomctl.8

setup_file() {
	export tables=$BATS_FILE_TMPDIR/tables
	"$OOMCTL" help --tables >"$tables"
}

# Two lists must be the same: each line that is in one alone is shown.
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

# The names in the sentence of a command's section that lists its columns.
sentence_columns() {
	section "$1" | tr '\n' ' ' |
		sed -E 's/.*The columns are \.Cm ([a-z_ ,]+) , and \.Cm ([a-z_]+) ;.*/\1 \2/; s/ ,//g' | tr ' ' '\n'
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

# The sections to whose options a command's section refers.
references() {
	section "$1" | sed -n '/^Also takes the options of$/,/\.$/ s/^\.Sx \(.*[^ .,]\) *[.,]*$/\1/p'
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

# "NAME UNIT" of each column that the manual explains.
manual_columns() {
	section Columns | sed -n -E 's/^\.It Cm ([a-z_]+) Pq ([a-z]+)$/\1 \2/p'
}

@test "the manual has the commands of the tables, in their order" {
	assert_equal "$(manual_commands)" "$(table_commands)"
}

@test "the manual has the options of the tables, each with its command" {
	[ "$(table_options | wc -l)" -gt 20 ]
	assert_same "$(manual_options)" "$(table_options)"
}

@test "the manual's synopsis is that of the tables" {
	local shown
	shown=$(MANWIDTH=200 mandoc -T ascii -O width=200 "$manual" | col -b |
		sed -n '/^SYNOPSIS/,/^DESCRIPTION/ s/^ \{1,\}//p')
	assert_same "$shown" "$(awk -F '\t' '$1 == "command" { print "oomctl " $2, $3 }' "$tables" |
		sed 's/ *$//')"
}

@test "the manual has the columns of the tables, in their order" {
	local command
	[ "$(table_columns rank | wc -l)" -gt 20 ]
	assert_equal "$(manual_columns)" "$(table_columns rank)"
	assert_equal "$(table_columns get)" "$(table_columns rank)"
	for command in predict sysctl; do
		assert_equal "$(sentence_columns "$command")" "$(table_columns "$command" | cut -d ' ' -f 1)"
	done
	assert_same "$(section log | awk '/^\.It Cm / { gsub(/,/, ""); for (i = 3; i <= NF; i++) print $i }' | sort -u)" \
		"$(table_columns log | cut -d ' ' -f 1)"
}

@test "-o help shows the columns of each list, and nothing else is done" {
	local command name unit help
	for command in rank get predict sysctl log; do
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
	assert_equal "$("$OOMCTL" predict -o help | sed -n 1p)" 'place           number   which kill this is'
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
		swapents:bytes) continue ;;
		*:bytes)
			[[ $human =~ ^\ *[0-9.]+[KMGTP]\ *$ && $plain =~ ^\ *[0-9]+\ *$ ]] ||
				fail "$name: '$human' and '$plain'"
			;;
		bar:percent) ;;
		*:percent) [[ $human == *[0-9]% ]] || fail "$name: $human" ;;
		*:number) [[ $human =~ ^\ *-?[0-9]+\ *$ ]] || fail "$name: $human" ;;
		*:text) ;;
		*) fail "$name: unknown unit $unit" ;;
		esac
	done < <(manual_columns | grep -vE '^rss_(anon|file|shmem) ')
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
	done < <(manual_columns)
}

@test "the manual has every exit status that a command can have" {
	local status
	for status in 0 1 2 3 4; do
		section 'EXIT STATUS' | grep -qx ".It $status" || fail "no status $status"
	done
}

# The program's messages as expressions: what is filled in can be anything.
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

# The example lines, as they can be tried: nothing is written, and nothing else is run.
tame() {
	# shellcheck disable=SC2016 # it is the line's shell that expands it
	sed -E 's/^oomctl (set|protect|unprotect|sysctl) /&--dry-run /; s/^(oomctl run .*) -- .*/\1 -- true/
		s/^oomctl/"$OOMCTL"/; s/--user alice/--user root/'
}

@test "every example of the manual is a command line that the program takes" {
	local line count=0
	while read -r line; do
		run bash -c "$line"
		refute_output --partial "see 'oomctl help"
		count=$((count + 1))
	done < <(section EXAMPLES | sed -n -E 's/^\.Dl [$#] (oomctl[^|]*).*/\1/p' | tame)
	[ "$count" -ge 10 ]
}

@test "the README's table of commands is that of the tables" {
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
