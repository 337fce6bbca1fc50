/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The standing rules, and what they match now. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/audit/internal.h"
#include "sys/standing/pass.h"

/* A process that is younger may not have been reached yet by watch. */
#define YOUNG_S 2

struct evidence_count {
	struct evidence *e;
	int64_t young; /* start time, in ticks; later ones are young */
};

static void count(void *arg, const struct pass_result *r)
{
	struct evidence_count *c = arg;
	struct audit_rule *rule = r->rule == MATCH_NONE ? NULL : &c->e->facts.rules[r->rule];
	size_t nth = evidence_find(c->e, r->pid);
	bool is_young = r->start && (int64_t)r->start >= c->young;

	if (!rule)
		return;
	if (r->outcome == PASS_UNKNOWN || r->outcome == PASS_FAILED)
		rule->n_unknown++;
	else if (nth != AUDIT_NONE && r->outcome != PASS_NONE)
		c->e->facts.processes[nth].is_ruled = true;
	rule->n_differ += r->outcome == PASS_WRITTEN && !is_young;
	rule->n_changed += r->outcome == PASS_CHANGED;
}

static int count_matches(struct evidence *e)
{
	struct evidence_count c = { e, identity_clock() - YOUNG_S * sysconf(_SC_CLK_TCK) };
	size_t n = e->rules.set.n;
	struct command_reader reader = { 0 };
	struct records records = { 0 };
	struct pass *p = calloc(1, sizeof(*p));
	int err = p ? records_init(&records, RECORDS_MAX) : -ENOMEM;

	if (!err) {
		p->proc = e->s.proc;
		p->set = &e->rules.set;
		p->is_dry_run = p->has_workers = true;
		p->reader = &reader;
		p->n_matches = calloc(n, sizeof(*p->n_matches));
		err = p->n_matches ? 0 : -ENOMEM;
	}
	if (!err && records_load(&records, e->s.proc) == 0)
		p->records = &records;
	if (!err)
		err = pass_all(p, count, &c);
	for (size_t i = 0; !err && i < n; i++)
		e->facts.rules[i].n_matches = p->n_matches[i];
	command_close(&reader);
	records_free(&records);
	if (p) {
		free(p->n_matches);
		pass_free(p);
	}
	free(p);
	return err;
}

/* The caller cannot read a file or directory that root can: its rules may well be in effect. */
static bool is_hidden(const struct rule_files_problem *p)
{
	return !p->err.line && faccessat(AT_FDCWD, p->path, R_OK, AT_EACCESS) && errno == EACCES;
}

/* A problem that is only a warning leaves the rule in use. */
static int take_problems(struct evidence *e)
{
	const struct rule_files *r = &e->rules;
	struct audit_facts *f = &e->facts;
	size_t n = r->n_problems < RULE_FILES_MAX_PROBLEMS ? r->n_problems
							   : RULE_FILES_MAX_PROBLEMS;

	f->problems = calloc(n + 1, sizeof(*f->problems));
	if (!f->problems)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (is_hidden(&r->problems[i]))
			evidence_fail(e, AUDIT_RULES, -EACCES, NULL);
		else if (!r->problems[i].is_warning)
			f->problems[f->n_problems++] =
				(struct audit_problem){ .file = r->problems[i].path,
							.what = r->problems[i].err.what,
							.line = r->problems[i].err.line,
							.is_unsafe = r->problems[i].is_unsafe,
							.is_dir = r->problems[i].is_dir };
	return 0;
}

static int take_rules(struct evidence *e)
{
	const struct rule_files *r = &e->rules;
	struct audit_facts *f = &e->facts;

	f->rules = calloc(r->set.n + 1, sizeof(*f->rules));
	if (!f->rules)
		return -ENOMEM;
	f->n_rules = r->set.n;
	for (size_t i = 0; i < r->set.n; i++) {
		f->rules[i].rule = &r->set.rules[i].rule;
		f->rules[i].has_uid = r->set.rules[i].has_user;
		f->rules[i].uid = r->set.rules[i].uid;
		f->rules[i].file = r->files[f->rules[i].rule->file].path;
	}
	return r->set.n ? count_matches(e) : 0;
}

int evidence_read_rules(struct evidence *e)
{
	static const char *const dirs[RULE_FILES_N_DIRS] = RULE_FILES_DIRS;
	int err = rule_files_load(&e->rules, dirs, RULE_FILES_N_DIRS, false, NULL);

	if (!err)
		err = take_problems(e);
	if (!err)
		err = take_rules(e);
	if (!err || err == -ENOMEM)
		return err;
	e->facts.n_rules = 0;
	evidence_fail(e, AUDIT_RULES, err, NULL);
	return 0;
}

void evidence_free_rules(struct evidence *e)
{
	free(e->facts.rules);
	free(e->facts.problems);
	rule_files_free(&e->rules);
}
