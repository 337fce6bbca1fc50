/* SPDX-License-Identifier: GPL-2.0-or-later */
/* run: sets its own adj and executes COMMAND, for which nothing else changes. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/msg.h"
#include "base/num.h"
#include "cmd/cmd.h"
#include "cmd/adj/privileged_write.h"
#include "cmd/adj/error.h"
#include "oom/rules/adj.h"
#include "sys/adj/adj_file.h"
#include "sys/proc/exec_check.h"
#include "sys/proc/procfs.h"

struct run_options {
	const struct opt *adj_option; /* which one gave the adj; NULL: none */
	int adj;
	bool is_best_effort;
};

static enum status take_adj(void *target, const struct args *a)
{
	struct run_options *o = target;
	long value = strcmp(a->option->name, "never") == 0 ? ADJ_NEVER : ADJ_LAST;

	if (o->adj_option && o->adj_option != a->option)
		return args_error(a, "run: --adjust, --protect and --never exclude each other");
	if (a->value && num_parse(a->value, ADJ_NEVER, ADJ_MAX, &value))
		return args_error(a, "adj must be %d to %d, not '%s'", ADJ_NEVER, ADJ_MAX,
				  a->value);
	if (value == OLD_ADJ_NEVER)
		msg_warn("adj -17 makes next to no difference: 'never' is -1000");
	o->adj_option = a->option;
	o->adj = (int)value;
	return ST_OK;
}

static const struct opt opts[] = {
	OPT_CALL('n', "adjust", "ADJ", "the adj, -1000 to 1000", take_adj),
	OPT_CALL(0, "protect", NULL, "adj -999: killed only when nothing else is left", take_adj),
	OPT_CALL(0, "never", NULL, "adj -1000: never killed", take_adj),
	OPT_FLAG(0, "best-effort", "run COMMAND also where adj can't be set", struct run_options,
		 is_best_effort),
	OPT_END,
};

static enum status say_no_adj(const struct args *a)
{
	const char *word = a->operands[0];
	long value;

	if (num_parse(word, ADJ_NEVER, ADJ_MAX, &value) == 0)
		args_error(a, "run: which adj? For %s give -n %s", word, word);
	else
		args_error(a, "run: which adj? Give -n ADJ, --protect or --never");
	return ST_RUN_FAILED;
}

static int open_own(struct privilege *p, int dir, struct adj_file *file)
{
	int err = privilege_open_self(p), closed;

	if (!err)
		err = adj_file_open(dir, "", true, file);
	closed = privilege_close_self(p);
	return err ? err : closed;
}

/* Writes and reads back; says what went wrong. */
static int set_own(int proc, int adj, struct privileged_write *r)
{
	struct adj_change c = { .value = adj };
	struct adj_file file = { .fd = -1 };
	struct pidref self;
	bool is_clamped, was_opened = false;
	int err, wanted = adj, before = 0, after = adj;

	err = pidref_open(proc, getpid(), &self);
	if (!err)
		err = open_own(r->privilege, self.dir, &file);
	if (!err)
		err = adj_file_read(&file, &before);
	if (!err) {
		was_opened = true;
		wanted = adj_resolve(&c, 0, file.is_old, &is_clamped);
		err = adj_file_write(&file, wanted);
	}
	if (err == -EACCES && was_opened)
		err = privileged_write_write(r, &self, &file, before, wanted);
	if (!err)
		err = adj_file_read(&file, &after);
	if (err)
		adj_error_say(&self, wanted, file.is_old, was_opened, err, r->hint);
	else if (after != wanted)
		msg_error("wrote adj %d, but it is %d now: the kernel made that of it, or "
			  "somebody else has written it",
			  wanted, after);
	adj_file_close(&file);
	pidref_close(&self);
	return err ? err : after == wanted ? 0 : -EIO;
}

static int set_adj(int adj, struct privilege *p)
{
	int proc = procfs_open(), err;
	struct privileged_write r;

	if (proc < 0) {
		msg_error("there is no /proc here: adj can't be set");
		return proc;
	}
	privileged_write_begin(&r, p);
	err = set_own(proc, adj, &r);
	privileged_write_end(&r);
	close(proc);
	return err;
}

/* For a script or program the kernel returns the error of its interpreter or loader. */
static enum status say_not_run(const char *command, int err)
{
	struct exec_check in;
	int fault = exec_check_find_fault(command, &in);

	if (err == ENOEXEC)
		msg_error("cannot run '%s': a program for another machine, or a damaged one",
			  command);
	else if (fault == -err)
		msg_error("cannot run '%s': its %s '%s': %s", command,
			  in.is_loader ? "loader" : "interpreter", in.name, strerror(err));
	else
		msg_error("cannot run '%s': %s", command, strerror(err));
	return err == ENOENT ? ST_RUN_NOT_FOUND : ST_RUN_NO_EXEC;
}

/* execvp(3) runs an unknown format by the shell, which must not get a damaged program. */
static enum status become(char **words)
{
	char path[PATH_MAX];

	if (exec_check_find_elf(words[0], path))
		execv(path, words);
	else
		execvp(words[0], words);
	return say_not_run(words[0], errno);
}

static enum status run(struct ctx *cx, struct args *a, void *options)
{
	const struct run_options *o = options;

	if (!o->adj_option)
		return say_no_adj(a);
	if (set_adj(o->adj, cx->privilege)) {
		if (!o->is_best_effort)
			return ST_RUN_FAILED;
		msg_warn("%s: runs all the same, with the adj it has (--best-effort)",
			 a->operands[0]);
	}
	if (privilege_become_caller(cx->privilege)) {
		msg_error("cannot give up capabilities");
		return ST_RUN_FAILED;
	}
	return become(a->operands);
}

const struct cmd cmd_run_wrapper = {
	.name = "run",
	.synopsis = "[OPTION]... [--] COMMAND [ARG]...",
	.summary = "Set adj, then become COMMAND",
	.opts = opts,
	.options_size = sizeof(struct run_options),
	.min_args = 1,
	.max_args = CMD_ANY_NUMBER,
	.flags = CMD_WRITES | CMD_WRAPPER,
	.run = run,
};
