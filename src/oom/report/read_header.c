/* SPDX-License-Identifier: GPL-2.0-or-later */
/* read_header: the process that asked for memory, its kernel, the limit, and the summary line. */
#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "oom/logline/kernel_text.h"
#include "oom/report/internal.h"

#define COMM_MAX 15 /* bytes of a process's name */

static void read_asker(struct report *r, const char *p, size_t len, bool has_prefix)
{
	struct slice s = { p, len };

	/* It can begin with the rest of a truncated time; the line "CPU:" has the name too. */
	if (has_prefix || (!slice_find(&s, ": ") && !slice_find(&s, "] ")))
		slice_copy_name(r->asker, sizeof(r->asker), p, len);
}

static void read_gfp(struct report *r, const struct slice *s)
{
	const char *at = slice_find(s, "gfp_mask=0x"), *close;
	struct slice rest;

	if (!at)
		return;
	rest = slice_from(s, at + 9);
	if (!slice_read_number(&rest, &r->gfp_mask) || !slice_skip_text(&rest, "("))
		return;
	close = slice_find(&rest, ")");
	if (close)
		text_copy(r->gfp_text, sizeof(r->gfp_text), rest.p, (size_t)(close - rest.p));
}

/* "0-1,3": a comma before a digit is part of it. */
static void read_nodemask(struct report *r, const struct slice *s)
{
	const char *at = slice_find(s, "nodemask="), *end = s->p + s->len, *stop;

	if (!at)
		return;
	at += 9;
	for (stop = at; stop < end && *stop != ' ' &&
			(*stop != ',' || (stop + 1 < end && isdigit((unsigned char)stop[1])));
	     stop++)
		;
	text_copy(r->nodemask, sizeof(r->nodemask), at, (size_t)(stop - at));
}

bool read_header_request(struct report *r, const struct slice *s, bool has_prefix, bool has_time)
{
	static const char invoked[] = " invoked oom";
	bool is_whole = slice_find(s, " invoked oom-killer: gfp_mask=") ||
			slice_find(s, " invoked oom: gfp_mask=");

	/* A line without its end is accepted if it has the kernel's time. */
	if (!slice_starts(s, "Task in /") && kernel_text_has_verb(s, invoked) &&
	    (is_whole || (has_time && slice_ends(s, " invoked oom-killer"))))
		read_asker(r, s->p, (size_t)(slice_find(s, invoked) - s->p), has_prefix);
	else if (!slice_starts(s, "oom-killer: gfp_mask="))
		return false;
	r->has_header = r->is_sure = true;
	read_gfp(r, s);
	r->order = slice_number_after(s, "order=");
	r->is_sysrq = r->order == -1;
	read_nodemask(r, s);
	r->asker_adj = slice_number_after(s, "oom_score_adj=");
	r->asker_old_adj = slice_number_after(s, "oom_adj=");
	if (r->asker_old_adj == REPORT_ABSENT)
		r->asker_old_adj = slice_number_after(s, "oomkilladj=");
	return true;
}

/* The release in "ainted 3.10.0-514.6.1.el7.x86_64 #1" or "ainted: G W 5.8.2 #1". */
static const char *find_release(const char *p, const char *end, size_t *len)
{
	while (p < end) {
		const char *stop = memchr(p, ' ', (size_t)(end - p));
		size_t n = (size_t)((stop ? stop : end) - p);
		const char *dot = n ? memchr(p, '.', n) : NULL;

		if (dot && dot > p && dot + 1 < p + n && isdigit((unsigned char)*p) &&
		    isdigit((unsigned char)dot[1])) {
			*len = n;
			/* Where it was wrapped, the rest of it follows. */
			return !stop || stop + 1 == end || stop[1] == '#' ? p : NULL;
		}
		p += n + 1;
	}
	return NULL;
}

/* "CPU: 1 PID: 5241 Comm: x Not tainted 5.3.0"; to 3.9 "Pid: 4903, comm: x Not tainted 2.6.32" */
static bool read_cpu(struct report *r, const struct slice *s)
{
	/* What can follow the name. */
	static const char *const ends[] = { " Kdump: ", " Not tainted", " Tainted: ", NULL };
	const char *comm = slice_find(s, "Comm: "), *end, *taint, *release;
	int64_t pid = slice_number_after(s, "PID: ");
	char name[TASK_NAME_MAX];
	struct slice rest;
	size_t len, which;

	if (!comm)
		comm = slice_find(s, "comm: ");
	if (pid == REPORT_ABSENT)
		pid = slice_number_after(s, "Pid: ");
	if (!comm || pid == REPORT_ABSENT ||
	    (!slice_starts(s, "CPU: ") && !slice_starts(s, "Pid: ")))
		return false;
	rest = slice_from(s, comm + 6);
	if (r->asker_pid != REPORT_ABSENT || r->n_kills)
		return true;
	end = slice_find_any(&rest, ends, &which);
	slice_copy_name(name, sizeof(name), rest.p, end ? (size_t)(end - rest.p) : rest.len);
	if (*r->asker && strcmp(name, r->asker) != 0)
		return true;
	taint = slice_find(&rest, "ainted");
	if (r->has_header && taint)
		memcpy(r->asker, name, sizeof(r->asker));
	r->asker_pid = pid;
	release = taint ? find_release(taint, s->p + s->len, &len) : NULL;
	if (release && len < sizeof(r->release))
		text_copy(r->release, sizeof(r->release), release, len);
	return true;
}

static bool read_cpuset(struct report *r, const struct slice *s)
{
	const char *set = slice_find(s, " cpuset="), *mems = slice_find_last(s, " mems_allowed=");

	if (!set || !mems || mems < set || !kernel_text_has_verb(s, " cpuset="))
		return false;
	text_copy(r->cpuset, sizeof(r->cpuset), set + 8, (size_t)(mems - set) - 8);
	text_copy(r->mems, sizeof(r->mems), mems + 14, (size_t)(s->p + s->len - mems) - 14);
	return true;
}

/* "memory: usage 524288kB, limit 524288kB, failcnt 660235" */
static bool read_limit(struct report *r, const struct slice *s, const char *key,
		       struct report_limit *limit)
{
	if (!slice_starts(s, key) || !slice_find(s, ": usage "))
		return false;
	r->kind = REPORT_MEMCG;
	limit->usage_kib = slice_kib_after(s, "usage ");
	limit->limit_kib = slice_kib_after(s, "limit ");
	limit->failcnt = slice_number_after(s, "failcnt ");
	return true;
}

/* "Task in /a killed as a result of limit of /b", from 3.15 to 3.17 in three records. */
static bool read_task_in(struct report *r, const struct slice *s)
{
	static const char of[] = "killed as a result of limit of ";
	struct slice memcg = *s, task = *s;
	const char *limit = NULL;

	if (!slice_skip_text(&memcg, "Memory limit reached of cgroup ")) {
		limit = slice_find_last(s, of);
		if (limit != s->p && !slice_starts(s, "Task in /"))
			return false;
		if (limit)
			memcg = slice_from(s, limit + sizeof(of) - 1);
	}
	if (memcg.p != s->p)
		text_copy(r->memcg, sizeof(r->memcg), memcg.p, memcg.len);
	if (slice_skip_text(&task, "Task in ")) {
		if (limit)
			task.len = (size_t)(limit - task.p) - 1;
		else if (slice_find_last(&task, " killed as"))
			task.len = (size_t)(slice_find_last(&task, " killed as") - task.p);
		text_copy(r->task_memcg, sizeof(r->task_memcg), task.p, task.len);
	}
	r->kind = REPORT_MEMCG;
	return true;
}

static enum report_kind find_constraint(const char *word)
{
	static const struct {
		const char *name;
		enum report_kind kind;
	} constraints[] = {
		{ "CONSTRAINT_NONE", REPORT_GLOBAL },
		{ "CONSTRAINT_CPUSET", REPORT_CPUSET },
		{ "CONSTRAINT_MEMORY_POLICY", REPORT_MEMPOLICY },
		{ "CONSTRAINT_MEMCG", REPORT_MEMCG },
	};

	for (size_t i = 0; i < sizeof(constraints) / sizeof(constraints[0]); i++)
		if (strcmp(word, constraints[i].name) == 0)
			return constraints[i].kind;
	return REPORT_UNKNOWN;
}

/* ",task=NAME,pid=N,uid=N": the name can contain commas, but has at most 15 bytes. */
static void read_chosen(struct report *r, const struct slice *s)
{
	const char *pid = slice_find_last(s, ",pid="), *task = NULL;
	struct slice rest;

	if (!pid)
		return;
	rest = slice_from(s, pid + 5);
	slice_read_number(&rest, &r->chosen_pid);
	r->chosen_uid = slice_number_after(&rest, ",uid=");
	for (const char *p = s->p; p < pid; p = task + 1) {
		task = memmem(p, (size_t)(pid - p), ",task=", 6);
		if (!task)
			return;
		slice_copy_name(r->chosen_name, sizeof(r->chosen_name), task + 6,
				(size_t)(pid - task) - 6);
		if (strlen(r->chosen_name) <= COMM_MAX)
			return;
	}
	r->chosen_name[0] = '\0';
}

/*
 * oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/g,
 * task_memcg=/g/a,task=...: a value ends where the next key begins. With "global_oom" there is no
 * "oom_memcg=" but in the path of the victim's cgroup, which users choose.
 */
static bool read_summary(struct report *r, const struct slice *s)
{
	char constraint[32];
	const struct {
		const char *key;
		char *dst; /* NULL: only ends the value before it */
		size_t size;
	} fields[] = {
		{ "oom-kill:constraint=", constraint, sizeof(constraint) },
		{ ",nodemask=", r->nodemask, sizeof(r->nodemask) },
		{ ",cpuset=", r->cpuset, sizeof(r->cpuset) },
		{ ",mems_allowed=", r->mems, sizeof(r->mems) },
		{ ",oom_memcg=", r->memcg, sizeof(r->memcg) },
		{ ",global_oom", NULL, 0 },
		{ ",task_memcg=", r->task_memcg, sizeof(r->task_memcg) },
		{ ",task=", NULL, 0 },
		{ ",pid=", NULL, 0 },
	};
	const size_t n = sizeof(fields) / sizeof(fields[0]);
	const char *global = slice_find(s, ",global_oom");
	struct slice rest = *s;
	size_t last = 0;

	if (!slice_skip_text(&rest, fields[0].key))
		return false;
	for (size_t i = 1; i <= n; i++) {
		const char *next = i < n ? slice_find(&rest, fields[i].key) : s->p + s->len;

		if (!next || (i < n && fields[i].dst == r->memcg && global && global < next))
			continue;
		if (fields[last].dst)
			text_copy(fields[last].dst, fields[last].size, rest.p,
				  (size_t)(next - rest.p));
		/* 5.0 and 5.1 print CONSTRAINT_NONE for memory cgroups too. */
		if (fields[last].dst == r->memcg)
			r->kind = REPORT_MEMCG;
		/* A path at the end of the line is truncated. */
		if (i == n && (fields[last].dst == r->memcg || fields[last].dst == r->task_memcg))
			fields[last].dst[0] = '\0';
		rest = slice_from(s, next);
		slice_skip(&rest, i < n ? strlen(fields[i].key) : 0);
		last = i;
	}
	r->is_sure = true;
	if (r->kind != REPORT_MEMCG)
		r->kind = find_constraint(constraint);
	read_chosen(r, s);
	return true;
}

bool read_header_line(struct report *r, const struct slice *s)
{
	/* since 5.9 */
	if (slice_find(s, ": OOM victim ") &&
	    slice_ends(s, " is already exiting. Skip killing the task")) {
		r->is_exiting = true;
		return true;
	}
	if (slice_starts(s, "Workqueue: ") && slice_find(s, "moom_callback")) {
		r->is_sysrq = true;
		return true;
	}
	return read_cpu(r, s) || read_summary(r, s) || read_task_in(r, s) ||
	       read_limit(r, s, "memory:", &r->memory) ||
	       read_limit(r, s, "memory+swap:", &r->memsw) || read_limit(r, s, "kmem:", &r->kmem) ||
	       read_limit(r, s, "swap:", &r->swap) || read_cpuset(r, s);
}
