/* SPDX-License-Identifier: GPL-2.0-or-later */
/* run: sets its own adj and executes COMMAND. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/msg.h"
#include "base/num.h"
#include "cmd/cmd.h"
#include "cmd/adj/privileged_write.h"
#include "cmd/adj/write_error.h"
#include "oom/rules/adj.h"
#include "sys/adj/adj_file.h"
#include "sys/proc/exec_check.h"
#include "sys/proc/procfs.h"

struct run_options {
	const struct opt *adj_option; /* the option that gave adj; NULL: none */
	int adj;
	bool is_best_effort;
};

static enum status take_adj(void *target, const struct args *a)
{
	struct run_options *o = target;
	int64_t value = strcmp(a->option->name, "never") == 0 ? ADJ_NEVER : ADJ_LAST;

	if (o->adj_option && o->adj_option != a->option)
		return args_error(a, "run: --adjust, --protect and --never are mutually exclusive");
	if (a->value && num_parse(a->value, ADJ_NEVER, ADJ_MAX, &value))
		return args_error(a, "adj must be %d to %d, not '%s'", ADJ_NEVER, ADJ_MAX,
				  a->value);
	if (value == OLD_ADJ_NEVER)
		msg_warn("adj -17 has almost no effect; did you mean -1000?");
	o->adj_option = a->option;
	o->adj = (int)value;
	return ST_OK;
}

static const struct opt opts[] = {
	OPT_CALL('n', "adjust", "ADJ", "set adj to ADJ, -1000 to 1000", take_adj),
	OPT_CALL(0, "protect", NULL, "set adj to -999: killed last", take_adj),
	OPT_CALL(0, "never", NULL, "set adj to -1000: never killed", take_adj),
	OPT_FLAG(0, "best-effort", "run COMMAND even if adj cannot be set", struct run_options,
		 is_best_effort),
	OPT_END,
};

static int open_own(struct privilege *p, int dir, struct adj_file *file)
{
	int err = privilege_open_self(p), closed;

	if (!err)
		err = adj_file_open(dir, 0, true, file);
	closed = privilege_close_self(p);
	return err ? err : closed;
}

/* Writes adj, reads it back, and reports errors. */
static int set_adj(int adj, struct privilege *p)
{
	struct adj_change c = { .value = adj };
	struct adj_file file = { .fd = -1 };
	struct privileged_write r;
	struct pidref self;
	bool is_clamped, was_opened = false;
	int proc = procfs_open(), err, wanted = adj, before = 0, after = adj;

	if (proc < 0) {
		msg_error("/proc is not mounted: cannot set adj");
		return proc;
	}
	privileged_write_begin(&r, p);
	err = pidref_open(proc, getpid(), &self);
	if (!err)
		err = open_own(p, self.dir, &file);
	if (!err)
		err = adj_file_read(&file, &before);
	if (!err) {
		was_opened = true;
		wanted = adj_resolve(&c, 0, file.is_old, &is_clamped);
		err = adj_file_write(&file, wanted, NULL);
	}
	if (err == -EACCES && was_opened)
		err = privileged_write_write(&r, &self, &file, before, wanted);
	if (!err)
		err = adj_file_read(&file, &after);
	if (err)
		write_error_say(&self, wanted, file.is_old, was_opened, err, r.hint);
	else if (after != wanted)
		write_error_say_differs(&self, wanted, after);
	adj_file_close(&file);
	pidref_close(&self);
	privileged_write_end(&r);
	close(proc);
	return err ? err : after == wanted ? 0 : -EIO;
}

static enum status become(char **words)
{
	char path[PATH_MAX];
	struct exec_check in;
	int err, fault;

	/* execvp(3) starts a shell for an unknown format; a damaged program must not reach it. */
	if (exec_check_find_elf(words[0], path))
		execv(path, words);
	else
		execvp(words[0], words);
	err = errno;
	/* The kernel returns the error of the interpreter or loader as the error of the file. */
	fault = exec_check_find_command_fault(words[0], &in);
	if (err == ENOEXEC)
		msg_error("cannot run '%s': built for another architecture, or damaged", words[0]);
	else if (fault == -err)
		msg_error("cannot run '%s': its %s '%s': %s", words[0],
			  in.is_loader ? "loader" : "interpreter", in.name, strerror(err));
	else
		msg_error("cannot run '%s': %s", words[0], strerror(err));
	return err == ENOENT ? ST_RUN_NOT_FOUND : ST_RUN_NO_EXEC;
}

static enum status run(struct ctx *cx, struct args *a, void *options)
{
	const struct run_options *o = options;
	const char *word = a->operands[0];
	int64_t value;

	if (!o->adj_option) {
		if (num_parse(word, ADJ_NEVER, ADJ_MAX, &value) == 0)
			args_error(a, "run: no adj specified: for adj %s use -n %s", word, word);
		else
			args_error(a, "run: no adj specified: use -n ADJ, --protect or --never");
		return ST_RUN_FAILED;
	}
	if (set_adj(o->adj, cx->privilege)) {
		if (!o->is_best_effort)
			return ST_RUN_FAILED;
		msg_warn("%s: running it with unchanged adj (--best-effort)", word);
	}
	if (privilege_become_caller(cx->privilege)) {
		msg_error("cannot drop capabilities");
		return ST_RUN_FAILED;
	}
	return become(a->operands);
}

const struct cmd cmd_run_wrapper = {
	.name = "run",
	.synopsis = "[OPTION]... [--] COMMAND [ARG]...",
	.summary = "Run COMMAND with a given adj",
	.opts = opts,
	.options_size = sizeof(struct run_options),
	.min_args = 1,
	.max_args = CMD_ANY_NUMBER,
	.flags = CMD_WRITES | CMD_WRAPPER,
	.run = run,
};
