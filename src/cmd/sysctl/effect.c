/* SPDX-License-Identifier: GPL-2.0-or-later */
/* effect: what the settings mean for this machine now, and which values are dangerous. */
#include "cmd/sysctl/effect.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/msg.h"
#include "cmd/shared/processes.h"
#include "sys/proc/machine.h"
#include "ui/format.h"

void effect_read(struct effect *e, int proc)
{
	size_t n;
	const struct sysctl_setting *all = sysctl_table_table(&n);

	for (size_t i = 0; i < n; i++) {
		e->errors[i] = sysctl_read(proc, &all[i], &e->values[i]);
		if (!e->errors[i] && all[i].min == 0 && e->values[i] < 0)
			e->errors[i] = -EINVAL;
	}
	sysctl_read_memory(proc, &e->memory);
	e->has_crash_kernel = machine_has_crash_kernel();
}

static size_t index_of(const char *name)
{
	size_t n;

	return (size_t)(sysctl_table_find(name, strlen(name)) - sysctl_table_table(&n));
}

int64_t effect_value(const struct effect *e, const char *name, int64_t otherwise)
{
	size_t i = index_of(name);

	return e->errors[i] ? otherwise : e->values[i];
}

bool effect_has_rival(const struct effect *e, const struct sysctl_setting *s)
{
	return s->rival && effect_value(e, s->rival, 0) > 0;
}

/* An OOM panic that nothing follows. */
static bool stays_down(const struct effect *e)
{
	return effect_value(e, "panic", -1) == 0 && !e->has_crash_kernel;
}

/* In KiB; -1: unknown. */
static int64_t commit_limit(const struct effect *e)
{
	return sysctl_table_commit_limit(&e->memory, effect_value(e, "overcommit_ratio", -1),
					 effect_value(e, "overcommit_kbytes", 0));
}

/* How the kernel would choose. */
static void describe_kill(const struct effect *e, const struct snapshot *s, char *text, size_t size)
{
	const struct scan *scan = &s->scan;
	const struct task *first = scan->n_tasks && scan->tasks[0].place == 1 ? &scan->tasks[0]
									      : NULL;

	if (s->machine.panic_on_oom > 0)
		snprintf(text, size, "the machine would panic%s",
			 stays_down(e) ? " and stay down" : "");
	else if (s->machine.kill_allocating > 0)
		snprintf(text, size, "any process can be killed");
	else if (!first && scan->n_unseen)
		snprintf(text, size, "no visible process is killable");
	else if (!first)
		snprintf(text, size, "no process is killable: the machine would panic%s",
			 stays_down(e) ? " and stay down" : "");
	else
		snprintf(text, size, "pid %d (%s) would be killed first%s", (int)first->pid,
			 first->name, scan->n_unseen ? " (visible processes only)" : "");
}

static void describe_dump(const struct snapshot *s, bool is_listed, char *text, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < s->scan.n_tasks; i++)
		n += processes_is_dumped(&s->scan.tasks[i]);
	snprintf(text, size, "%zu %s would%s be listed%s", n, n == 1 ? "process" : "processes",
		 is_listed ? "" : " not", s->scan.n_unseen ? " (visible processes only)" : "");
}

static void describe_panic(const struct effect *e, char *text, size_t size)
{
	snprintf(text, size, "%s panic would %s",
		 effect_value(e, "panic_on_oom", 0) > 0 ? "an OOM" : "a",
		 e->has_crash_kernel ? "start the crash kernel (kdump)"
		 : stays_down(e)     ? "leave the machine down"
				     : "reboot the machine");
}

static void describe_commit(const struct effect *e, const struct sysctl_setting *setting,
			    char *text, size_t size)
{
	int64_t mode = effect_value(e, "overcommit_memory", -1);
	char used[FORMAT_TEXT_MAX], limit[FORMAT_TEXT_MAX];
	int64_t limit_kib = commit_limit(e);

	if (effect_has_rival(e, setting)) {
		snprintf(text, size, "not in effect: %s is set", setting->rival);
		return;
	}
	if (limit_kib < 0 || e->memory.committed < 0)
		return;
	format_format(e->memory.committed * 1024, used);
	format_format(limit_kib * 1024, limit);
	snprintf(text, size, "%s of the limit of %s committed%s", used, limit,
		 mode != 2                          ? ", not enforced"
		 : e->memory.committed >= limit_kib ? ": requests fail"
						    : "");
}

void effect_describe(const struct effect *e, const struct snapshot *s,
		     const struct sysctl_setting *setting, char *text, size_t size)
{
	const char *name = setting->name;
	int64_t value = effect_value(e, name, -1);

	*text = '\0';
	if (e->errors[index_of(name)])
		return;
	if (strcmp(name, "oom_dump_tasks") == 0)
		describe_dump(s, value, text, size);
	else if (strcmp(name, "panic") == 0)
		describe_panic(e, text, size);
	else if (strncmp(name, "overcommit_", 11) == 0)
		describe_commit(e, setting, text, size);
	else if (strcmp(name, "min_free_kbytes") != 0)
		describe_kill(e, s, text, size);
	else if (e->memory.ram > 0)
		snprintf(text, size, "%.1f%% of RAM", (double)value * 100 / (double)e->memory.ram);
}

void effect_apply(struct effect *e, const struct sysctl_change *changes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t at = index_of(changes[i].setting->name);

		e->values[at] = changes[i].value;
		e->errors[at] = 0;
		if (changes[i].setting->rival)
			e->values[index_of(changes[i].setting->rival)] = 0;
	}
}

/* The first change of a setting whose name begins with this. */
static const struct sysctl_change *find(const struct sysctl_change *changes, size_t n,
					const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strncmp(changes[i].setting->name, name, strlen(name)) == 0)
			return &changes[i];
	return NULL;
}

static enum status check_min_free(const struct effect *before, const struct args *a, int64_t value)
{
	enum sysctl_min_free is =
		sysctl_table_check_min_free(&before->memory,
					    effect_value(before, "min_free_kbytes", -1), value);

	if (is == SYSCTL_MIN_FREE_SHARE)
		return args_error(a,
				  "min_free_kbytes=%" PRId64
				  " is refused: it is more than a quarter of "
				  "RAM, %lld KiB: the machine would run out of memory",
				  value, (long long)before->memory.ram / 4);
	if (is == SYSCTL_MIN_FREE_NOW)
		return args_error(a,
				  "min_free_kbytes=%" PRId64
				  " is refused: with a half added, its increase "
				  "is more than the available memory, %lld KiB: the machine would "
				  "run out of memory",
				  value, (long long)before->memory.available);
	return ST_OK;
}

/* In KiB; -1: there is none, or it is unknown. */
static int64_t enforced_limit(const struct effect *e)
{
	return effect_value(e, "overcommit_memory", -1) == 2 ? commit_limit(e) : -1;
}

/*
 * Above the limit not even a fork(2) succeeds (mm/util.c, __vm_enough_memory()). What makes it no
 * worse is permitted.
 */
static enum status check_commit(const struct effect *before, const struct effect *after,
				const struct args *a, const struct sysctl_change *c)
{
	int64_t limit_kib = enforced_limit(after), before_kib = enforced_limit(before);

	if (limit_kib < 0 || after->memory.committed < limit_kib ||
	    (before_kib >= 0 && limit_kib >= before_kib))
		return ST_OK;
	return args_error(a,
			  "%s=%" PRId64
			  " is refused: %lld KiB are committed, and the commit limit would "
			  "be %lld KiB: no process could be started, not even to undo it",
			  c->setting->name, c->value, (long long)after->memory.committed,
			  (long long)limit_kib);
}

enum status effect_check(const struct effect *before, const struct args *a,
			 const struct sysctl_change *changes, size_t n)
{
	const struct sysctl_change *min_free = find(changes, n, "min_free_kbytes");
	const struct sysctl_change *commit = find(changes, n, "overcommit_");
	struct effect after = *before;
	enum status st = ST_OK;

	effect_apply(&after, changes, n);
	if (commit)
		st = check_commit(before, &after, a, commit);
	if (st == ST_OK && min_free)
		st = check_min_free(before, a, min_free->value);
	return st;
}

static void warn_of_min_free(const struct effect *e, int64_t value)
{
	/* Only the share of RAM: what is available was checked before. */
	enum sysctl_min_free is = sysctl_table_check_min_free(&e->memory, value, value);

	if (is == SYSCTL_MIN_FREE_HIGH || is == SYSCTL_MIN_FREE_SHARE)
		msg_warn("min_free_kbytes is more than 5%% of RAM: too much makes the machine run "
			 "out of memory");
	else if (is == SYSCTL_MIN_FREE_LOW)
		msg_warn("min_free_kbytes is below 1024: the kernel can deadlock");
}

static void warn_of_commit(const struct effect *e)
{
	int64_t limit_kib = enforced_limit(e), committed_kib = e->memory.committed;
	char used[FORMAT_TEXT_MAX], limit[FORMAT_TEXT_MAX];

	if (effect_value(e, "overcommit_ratio", -1) == 0 &&
	    effect_value(e, "overcommit_kbytes", -1) == 0)
		msg_warn("overcommit_ratio and overcommit_kbytes are both 0: with "
			 "overcommit_memory=2 only swap can be committed; set one of them");
	if (limit_kib >= 0 && committed_kib >= limit_kib / 100 * SYSCTL_TABLE_COMMIT_PERCENT)
		msg_warn("overcommit_memory=2: %s committed, and the limit is %s: requests for "
			 "memory %s",
			 format_format(committed_kib * 1024, used),
			 format_format(limit_kib * 1024, limit),
			 committed_kib >= limit_kib ? "fail" : "can soon fail");
}

void effect_warn(const struct effect *e, const struct sysctl_change *changes, size_t n)
{
	const struct sysctl_change *min_free = find(changes, n, "min_free_kbytes");
	int64_t panic_on_oom = effect_value(e, "panic_on_oom", 0);

	if (find(changes, n, "panic") && panic_on_oom > 0 && stays_down(e))
		msg_warn("panic_on_oom=%" PRId64
			 " without kernel.panic: after an OOM panic the machine "
			 "would stay down; set panic=10 too, to reboot it",
			 panic_on_oom);
	if (find(changes, n, "overcommit_"))
		warn_of_commit(e);
	if (min_free)
		warn_of_min_free(e, min_free->value);
}
