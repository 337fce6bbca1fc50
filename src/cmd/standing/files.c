/* SPDX-License-Identifier: GPL-2.0-or-later */
/* files: the rules files for a command: options, loading, and messages. */
#include "cmd/standing/files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/msg.h"
#include "cmd/shared/processes.h"
#include "sys/proc/procfs.h"

static enum status take_dir(void *target, const struct args *a)
{
	struct files_options *o = target;

	if (o->n_dirs == FILES_MAX_DIRS)
		return args_error(a, "more than %d directories", FILES_MAX_DIRS);
	if (!*a->value)
		return args_error(a, "--dir: the name is empty");
	o->dirs[o->n_dirs++] = a->value;
	return ST_OK;
}

static const struct opt rows[] = {
	OPT_CALL(0, "dir", "DIR", "read rules from DIR, not those of the system", take_dir),
	OPT_END,
};

const struct cmd_group files_group = { .rows = rows };

enum status files_check_dirs(const struct files_options *o)
{
	for (size_t i = 0; i < o->n_dirs; i++) {
		if (faccessat(AT_FDCWD, o->dirs[i], F_OK, AT_EACCESS) == 0 || errno != ENOENT)
			continue;
		msg_error("%s: there is no such directory", o->dirs[i]);
		return ST_USAGE;
	}
	return ST_OK;
}

enum status files_say_problems(const struct rule_files *r)
{
	size_t n = r->n_problems < RULE_FILES_MAX_PROBLEMS ? r->n_problems
							   : RULE_FILES_MAX_PROBLEMS;

	for (size_t i = 0; i < n; i++) {
		const struct rule_files_problem *p = &r->problems[i];
		enum msg_level level = p->is_warning ? MSG_WARN : MSG_ERROR;

		if (p->err.line)
			msg_print(level, "%s:%u:%u: %s", p->path, p->err.line, p->err.column,
				  p->err.what);
		else
			msg_print(level, "%s: %s", p->path, p->err.what);
	}
	if (r->n_problems > n)
		msg_error("%zu more problems", r->n_problems - n);
	return r->n_errors ? ST_USAGE : ST_OK;
}

enum status files_load(const struct files_options *o, struct rule_files *r)
{
	static const char *const standard[RULE_FILES_N_DIRS] = RULE_FILES_DIRS;
	const char *const *dirs = o->n_dirs ? o->dirs : standard;
	size_t n = o->n_dirs ? o->n_dirs : RULE_FILES_N_DIRS;
	int proc = procfs_open(), err;
	enum status st;

	/* Files are checked through it. */
	if (proc < 0)
		return processes_say_unreadable(proc);
	close(proc);
	err = mem_check(rule_files_load(r, dirs, n, o->n_dirs > 0, NULL));
	st = files_say_problems(r);
	if (err) {
		msg_error("cannot look up the users of the rules: %s", strerror(-err));
		rule_files_free(r);
		return ST_BROKEN;
	}
	if (st != ST_OK && r->n_files)
		msg_error("files with an error have no effect");
	return st;
}

char *files_place(const struct rule_files *r, size_t rule, char *text, size_t size)
{
	const struct standing_rule *s = &r->set.rules[rule].rule;

	snprintf(text, size, "%s:%u", r->files[s->file].path, s->line);
	return text;
}
