/* SPDX-License-Identifier: GPL-2.0-or-later */
/* deciding: which standing rule decides for a process, and which ones it overrides. */
#include "cmd/explain/deciding.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/msg.h"
#include "ui/wrap.h"

void deciding_begin(struct deciding *d, int proc)
{
	static const char *const dirs[RULE_FILES_N_DIRS] = RULE_FILES_DIRS;
	int err = mem_check(rule_files_load(&d->files, dirs, RULE_FILES_N_DIRS, false, NULL));

	if (err) {
		/* One that was not loaded could decide. */
		rule_files_free(&d->files);
		msg_warn("no rule is shown: cannot look up the users of the rules: %s",
			 strerror(-err));
	}
	if (d->files.n_errors)
		msg_warn("files of rules have errors; see '" PROGRAM_NAME " rules'");
	d->pass = mem_alloc(1, sizeof(*d->pass));
	d->pass->proc = proc;
	d->pass->set = &d->files.set;
	d->pass->is_dry_run = true;
	d->pass->reader = &d->reader;
	d->pass->n_matches = mem_alloc(d->files.set.n, sizeof(*d->pass->n_matches));
	if (!d->files.set.n)
		return;
	mem_check(records_init(&d->records, RECORDS_MAX));
	if (records_load(&d->records, proc) == 0)
		d->pass->records = &d->records;
}

void deciding_end(struct deciding *d)
{
	command_close(&d->reader);
	records_free(&d->records);
	if (d->pass) {
		free(d->pass->n_matches);
		pass_free(d->pass);
	}
	free(d->pass);
	rule_files_free(&d->files);
}

void deciding_find(struct deciding *d, pid_t pid, struct deciding_result *result)
{
	size_t n = d->files.set.n, *matches = d->pass->n_matches;

	memset(result, 0, sizeof(*result));
	result->r.rule = MATCH_NONE;
	if (!n)
		return;
	memset(matches, 0, n * sizeof(*matches));
	pass_process(d->pass, pid, &result->r);
	result->overridden = mem_alloc(n, sizeof(*result->overridden));
	for (size_t i = n; i-- > 0;)
		if (matches[i] && i != result->r.rule)
			result->overridden[result->n_overridden++] = i;
}

static const struct standing_rule *rule_of(const struct deciding *d, size_t at,
					   char text[STANDING_TEXT_MAX])
{
	const struct standing_rule *s = &d->files.set.rules[at].rule;

	standing_format(s, text, STANDING_TEXT_MAX);
	return s;
}

static bool has_value(const struct pass_result *r)
{
	return r->outcome == PASS_KEPT || r->outcome == PASS_WRITTEN ||
	       r->outcome == PASS_CHANGED || r->outcome == PASS_SHARED;
}

/* What follows from the rule. */
static const char *describe(const struct pass_result *r)
{
	switch (r->outcome) {
	case PASS_KEPT:
		return "it has this adj";
	case PASS_WRITTEN:
		return "'" PROGRAM_NAME " apply' would set it";
	case PASS_CHANGED:
		return "something else changed it later, which is respected";
	case PASS_SHARED:
		return "unchanged: it shares memory with the process that forked it";
	case PASS_UNKNOWN:
		return "it is unknown whether the process matches";
	case PASS_FAILED:
		return "its adj cannot be read";
	case PASS_NONE:
	case PASS_ENDED:
	case PASS_EXCLUDED:
		break;
	}
	return "its adj is left as it is";
}

void deciding_print(FILE *out, const struct deciding *d, const struct deciding_result *result)
{
	const struct pass_result *r = &result->r;
	const struct standing_rule *s;
	char text[STANDING_TEXT_MAX];

	if (r->rule == MATCH_NONE)
		return;
	s = rule_of(d, r->rule, text);
	fputs(r->outcome == PASS_UNKNOWN ? "\nPossible standing rule:\n" : "\nStanding rule:\n",
	      out);
	wrap_prose_print(out, "  ", "%s", text);
	wrap_prose_print(out, "  ", "%s:%u%s", d->files.files[s->file].path, s->line,
			 r->is_child ? " decides, because the parent matches it" : " decides");
	if (has_value(r))
		wrap_prose_print(out, "  ", "adj %d: %s", r->wanted, describe(r));
	else
		wrap_prose_print(out, "  ", "%s", describe(r));
	for (size_t i = 0; i < result->n_overridden; i++) {
		s = rule_of(d, result->overridden[i], text);
		wrap_prose_print(out, "  ", "overrides %s:%u: %s", d->files.files[s->file].path,
				 s->line, text);
	}
}

static void write_rule(struct json_writer *j, const struct deciding *d, size_t at)
{
	char text[STANDING_TEXT_MAX];
	const struct standing_rule *s = rule_of(d, at, text);

	json_write_text(j, "file", d->files.files[s->file].path);
	json_write_number(j, "line", s->line);
	json_write_text(j, "rule", text);
}

void deciding_write(struct json_writer *j, const struct deciding *d,
		    const struct deciding_result *result)
{
	static const char *const states[] = {
		[PASS_NONE] = "left",       [PASS_KEPT] = "kept",     [PASS_WRITTEN] = "differs",
		[PASS_CHANGED] = "changed", [PASS_ENDED] = "unknown", [PASS_UNKNOWN] = "unknown",
		[PASS_FAILED] = "unknown",  [PASS_EXCLUDED] = "left", [PASS_SHARED] = "shared",
	};
	const struct pass_result *r = &result->r;

	if (r->rule == MATCH_NONE) {
		json_write_null(j, "rule");
		return;
	}
	json_write_open(j, "rule", '{');
	write_rule(j, d, r->rule);
	json_write_bool(j, "by_parent", r->is_child);
	if (has_value(r))
		json_write_number(j, "adj", r->wanted);
	else
		json_write_null(j, "adj");
	json_write_text(j, "state", states[r->outcome]);
	json_write_open(j, "overrides", '[');
	for (size_t i = 0; i < result->n_overridden; i++) {
		json_write_open(j, NULL, '{');
		write_rule(j, d, result->overridden[i]);
		json_write_close(j, '}');
	}
	json_write_close(j, ']');
	json_write_close(j, '}');
}
