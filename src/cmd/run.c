/* SPDX-License-Identifier: GPL-2.0-or-later */
/* run: sets its own adj and becomes COMMAND, of which nothing else is changed. */
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

enum { OPT_PROTECT = OPT_LONG, OPT_NEVER, OPT_BEST_EFFORT };

static const struct opt opts[] = {
	{ 'n', "adjust", "ADJ", "the adj, -1000 to 1000" },
	{ OPT_PROTECT, "protect", NULL, "adj -999: killed only when nothing else is left" },
	{ OPT_NEVER, "never", NULL, "adj -1000: never killed" },
	{ OPT_BEST_EFFORT, "best-effort", NULL, "run COMMAND also where adj can't be set" },
	{ 0, NULL, NULL, NULL },
};

struct wishes {
	int adj, adj_key; /* adj_key: the option that gave it; 0: none has */
	bool is_best_effort;
};

static int take_adj(struct wishes *w, const struct args *a, int key)
{
	long value = key == OPT_NEVER ? ADJ_NEVER : ADJ_LAST;

	if (w->adj_key && w->adj_key != key) {
		args_error(a, "run: --adjust, --protect and --never exclude each other");
		return -1;
	}
	if (key == 'n' && num_parse(a->value, ADJ_NEVER, ADJ_MAX, &value)) {
		args_error(a, "adj must be %d to %d, not '%s'", ADJ_NEVER, ADJ_MAX, a->value);
		return -1;
	}
	if (value == OLD_ADJ_NEVER)
		msg_warn("adj -17 makes next to no difference: 'never' is -1000");
	w->adj_key = key;
	w->adj = (int)value;
	return 1;
}

static enum status parse(struct wishes *w, struct args *a)
{
	long value;
	int key;

	while ((key = args_next(a)) > 0) {
		if (key == OPT_BEST_EFFORT)
			w->is_best_effort = true;
		else if ((key == 'n' || key == OPT_PROTECT || key == OPT_NEVER) &&
			 take_adj(w, a, key) < 0)
			return ST_RUN_FAILED;
	}
	if (w->adj_key)
		return ST_OK;
	if (a->n_operands && num_parse(a->operands[0], ADJ_NEVER, ADJ_MAX, &value) == 0)
		args_error(a, "run: which adj? For %s give -n %s", a->operands[0], a->operands[0]);
	else
		args_error(a, "run: which adj? Give -n ADJ, --protect or --never");
	return ST_RUN_FAILED;
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
		err = adj_file_open(self.dir, "", true, &file);
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
		msg_error("wrote adj %d, but it is %d now: the kernel made that of it, or somebody else "
			  "has written it",
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
	/* With a borrowed right the file is root's until this. */
	err = privilege_open_self(p);
	if (!err)
		err = set_own(proc, adj, &r);
	privileged_write_end(&r);
	close(proc);
	return err;
}

/* The kernel says of a script or program what is true of its interpreter or loader. */
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

/*
 * What the kernel does not know execvp(3) gives to the shell, which takes the bytes of a program
 * for commands.
 */
static enum status become(char **words)
{
	char path[PATH_MAX];

	if (exec_check_find_elf(words[0], path))
		execv(path, words);
	else
		execvp(words[0], words);
	return say_not_run(words[0], errno);
}

static enum status run(struct ctx *cx, struct args *a)
{
	struct wishes w = { .adj = 0 };
	enum status st = parse(&w, a);

	if (st != ST_OK)
		return st;
	if (set_adj(w.adj, cx->privilege)) {
		if (!w.is_best_effort)
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
	.min_args = 1,
	.max_args = CMD_ANY_NUMBER,
	.flags = CMD_WRITES | CMD_WRAPPER,
	.run = run,
};
