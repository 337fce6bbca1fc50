#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The JSON of every command matches its schema: lists by the units of their columns, other JSON by docs/json-schema.

# bats and cli.bash set these.
# shellcheck disable=SC2154

load cli

# validate SCHEMA: each JSON value in output against it.
validate() {
	python3 -W ignore -c 'if 1:
		import json, jsonschema, sys
		schema = json.load(open(sys.argv[1]))
		jsonschema.Draft202012Validator.check_schema(schema)
		text, decoder = sys.stdin.read().lstrip(), json.JSONDecoder()
		while text:
			value, end = decoder.raw_decode(text)
			jsonschema.validate(value, schema, jsonschema.Draft202012Validator)
			text = text[end:].lstrip()' "$1" <<<"$output"
}

# list_schema COMMAND ARRAY: the schema of a list, by the units in the manual.
list_schema() {
	oomctl help --tables | awk -F '\t' -v c="$1" '$1 == "column" && $2 == c { print $3, $4 }' |
		jq -Rn --arg array "$2" '
		{ text: { type: ["string", "null"] }, number: { type: ["integer", "null"] },
			bytes: { type: ["integer", "null"] }, points: { type: ["integer", "null"] },
			percent: { type: ["number", "null"] },
			boolean: { type: ["boolean", "null"] },
			pids: { type: "array", items: { type: "integer" } } } as $types |
		[inputs | split(" ") | { (.[0]): $types[.[1]] }] | add |
		{ type: "object", additionalProperties: false, required: [$array],
			properties: { ($array): { type: "array", items: { type: "object",
				properties: ., additionalProperties: false } } } } |
		if $array != "processes" then . else .required += ["decided_by"] |
			.properties.decided_by = { enum: ["points", "panic_on_oom", "oom_kill_allocating_task"] } end |
		if $array != "findings" then . else .required += ["incomplete"] |
			.properties.incomplete = { type: "array", items: { type: "string" } } end' >"$BATS_TEST_TMPDIR/$2.json"
	[ "$(jq '[.properties[].items.properties // empty | length] | add' "$BATS_TEST_TMPDIR/$2.json")" -ge 4 ]
}

setup() {
	python3 -c 'import jsonschema' 2>/dev/null || skip 'python3-jsonschema is not installed'
}

# lists_match <LIST, a line being ARRAY WORD...: the JSON of these commands fits the schema of the array's list.
lists_match() {
	local array words

	while read -r array words; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr oomctl $words
		assert_success
		((${#output} > 40))
		validate "$BATS_TEST_TMPDIR/$array.json" || fail "$words: $output"
	done
}

@test "the JSON of lists matches the units of their columns" {
	list_schema rank processes
	list_schema predict victims
	list_schema sysctl settings
	list_schema log log
	lists_match <<-END
		processes rank -J
		processes rank -J --all --output-all
		processes get -J $$ 1
		processes get -J --output-all $$ 1
		victims predict -J
		victims predict -J --output-all
		victims predict -J --if $$=500
		settings sysctl -J
		log log -J tests/logs/6.8-global.log tests/logs/4.19-oom-group.log tests/logs/5.10-memcg-v2.log
	END
	list_schema audit findings
	run --separate-stderr oomctl audit -J
	validate "$BATS_TEST_TMPDIR/findings.json"
	run oomctl predict -J --kills 1
	assert_equal "$(json '.victims[0] | .kill_set, .rivals | type' | sort -u)" array
	run oomctl log -J tests/logs/6.8-global.log
	assert_equal "$(json '.log[0].largest')" true
}

@test "the JSON of rules matches the units of its columns" {
	local rules=$BATS_TEST_TMPDIR/rules.d

	rules_or_skip
	list_schema rules rules
	mkdir -m 755 "$rules"
	echo 'adj 5 name . children 3' >"$rules/a.rules"
	lists_match <<-END
		rules rules -J --dir $rules
		rules rules -J --output-all --dir $rules
	END
}

@test "the JSON of each report matches its schema" {
	local file all=''
	for file in tests/logs/*.log; do
		run --separate-stderr oomctl log --show 1 -J "$file"
		assert_success
		all+=$output$'\n'
	done
	output=$all
	(($(wc -l <<<"$output") > 20))
	validate docs/json-schema/report.json
	run oomctl log --show 1 -J tests/logs/6.8-global.log
	grep -qF 'nodemask=(null)' tests/logs/6.8-global.log
	assert_equal "$(json '.report[0].nodemask')" null
}

@test "the JSON of explain matches its schema" {
	run --separate-stderr oomctl explain -J $$ 1 "$BASHPID"
	validate docs/json-schema/explain.json
	assert_equal "$(json '.processes | map(.tgid) | .[0]')" $$
}

@test "the JSON of policy matches its schema" {
	run --separate-stderr oomctl policy -J
	[[ $status != [34] ]]
	validate docs/json-schema/policy.json
	if [[ $(id -u) == 0 ]]; then
		assert_equal "$(json '.policy[0].limited')" false
		run --separate-stderr setpriv --reuid 65534 --regid 65534 --clear-groups "$OOMCTL" policy -J
		validate docs/json-schema/policy.json
		assert_equal "$(json '.policy[0].limited')" true
	fi
	run oomctl policy -J --check /dev/null
	assert_failure 2
}

@test "without a match, the JSON array is empty" {
	local array words
	while read -r array words; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr oomctl $words
		assert_failure 1
		assert_equal "$(jq -c . <<<"$output")" "{\"$array\":[]}"
	done <<-END
		processes rank -J 4194304
		processes rank -J --name ^there-is-no-such$
		processes get -J 4194304
		processes get -J --name ^there-is-no-such$
		victims predict -J --if-gone 4194304
		victims predict -J --cgroup /there-is-no-such
		processes explain -J 4194304
		log log -J /dev/null
		log log -J --pid 1 tests/logs/6.8-global.log
		report log -J --show 9 tests/logs/6.8-global.log
	END
}

@test "words that are no PID: get, rank and explain print no JSON" {
	for command in get rank explain; do
		run --separate-stderr oomctl "$command" -J abc
		assert_failure 2
		assert_equal "$output" ''
		[[ ${stderr_lines[0]} == "oomctl: 'abc' is not a PID" ]]
		# The others are shown.
		run --separate-stderr oomctl "$command" -J abc $$
		assert_failure 2
		assert_equal "$(json '.processes | length')" 1
	done
}

@test "a column that is named twice is one key, and two columns of a table" {
	run --separate-stderr oomctl get -J -o pid,adj,PID,pid $$
	assert_success
	assert_equal "$(grep -o '"[a-z]*":[0-9-]' <<<"$output" | tr -d '\n')" '"pid":'"${$:0:1}"'"adj":'"$(head -c 1 /proc/self/oom_score_adj)"
	run oomctl get -r -o pid,adj,pid $$
	assert_line -n 0 'PID ADJ PID'
}
