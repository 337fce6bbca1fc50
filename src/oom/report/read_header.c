/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * read_header: who asked for memory, on which kernel, and the summary line with the limit that was
 * hit.
 */
#include <ctype.h>
#include <string.h>

#include "oom/report/internal.h"

#define COMM_MAX 15 /* bytes of a process's name */

static const char invoked[] = " invoked oom-killer";

/*
 * At most 15 bytes, or four times that with the escapes of /dev/kmsg: what is longer has an unknown
 * prefix.
 */
static void read_asker(struct report *r, const char *p, size_t len, bool has_prefix)
{
	struct slice w = { p, len };
	const char *colon = slice_find_last(&w, ": ");

	/*
	 * The rest of a stamp that was cut off is no part of a name. The line "CPU:" will tell it.
	 */
	if (!has_prefix && len <= COMM_MAX && (colon || slice_find(&w, "] ")))
		return;
	slice_copy_name(r->asker, sizeof(r->asker), p, len);
	if (strlen(r->asker) <= COMM_MAX && len <= 4 * COMM_MAX)
		return;
	r->asker[0] = '\0';
	if (colon && len - (size_t)(colon + 2 - p) <= COMM_MAX)
		slice_copy_name(r->asker, sizeof(r->asker), colon + 2,
				len - (size_t)(colon + 2 - p));
}

static void read_gfp(struct report *r, const struct slice *w)
{
	const char *at = slice_find(w, "gfp_mask=0x"), *end = w->p + w->len, *close;

	if (!at)
		return;
	at = slice_number(at + 9, end, &r->gfp_mask);
	if (!at || at >= end || *at != '(')
		return;
	close = memchr(at, ')', (size_t)(end - at));
	if (close)
		slice_copy(r->gfp_text, sizeof(r->gfp_text), at + 1, (size_t)(close - at - 1));
}

static void read_word_after(const struct slice *w, const char *key, char *dst, size_t size)
{
	const char *at = slice_find(w, key), *end = w->p + w->len, *stop;

	if (!at)
		return;
	at += strlen(key);
	for (stop = at; stop < end && *stop != ' ' &&
			(*stop != ',' || (stop + 1 < end && isdigit((unsigned char)stop[1])));
	     stop++)
		;
	slice_copy(dst, size, at, (size_t)(stop - at));
}

bool report_read_invoked(struct report *r, const struct slice *w, bool has_prefix)
{
	static const char bare[] = "oom-killer: gfp_mask=";
	const char *at = slice_find(w, invoked);
	size_t len;

	if (at) {
		len = (size_t)(at - w->p) + sizeof(invoked) - 1;
		if (at == w->p || (w->len > len && w->p[len] != ':'))
			return false;
		read_asker(r, w->p, (size_t)(at - w->p), has_prefix);
	} else if (!slice_start(w, bare)) {
		return false;
	}
	r->has_header = r->is_sure = true;
	read_gfp(r, w);
	r->order = slice_number_after(w, "order=");
	r->is_sysrq = r->order == -1;
	read_word_after(w, "nodemask=", r->nodemask, sizeof(r->nodemask));
	r->asker_adj = slice_number_after(w, "oom_score_adj=");
	r->asker_old_adj = slice_number_after(w, "oom_adj=");
	if (r->asker_old_adj == REPORT_ABSENT)
		r->asker_old_adj = slice_number_after(w, "oomkilladj=");
	return true;
}

/*
 * The release in "Comm: sed Not tainted 3.10.0-514.6.1.el7.x86_64 #1" or "Tainted: G W 5.8.2 #1".
 */
static const char *find_release(const struct slice *w, const char *from, size_t *len)
{
	const char *end = w->p + w->len, *p = from;

	while (p < end) {
		const char *stop = memchr(p, ' ', (size_t)(end - p));
		size_t n = (size_t)((stop ? stop : end) - p);
		const char *dot = n ? memchr(p, '.', n) : NULL;

		if (dot && dot > p && dot + 1 < p + n && isdigit((unsigned char)*p) &&
		    isdigit((unsigned char)dot[1])) {
			*len = n;
			return p;
		}
		p += n + 1;
	}
	return NULL;
}

/*
 * A name stands before "Not tainted", "Tainted:" or "Kdump: loaded"; "Comm: %.20s" would hold all
 * of it.
 */
static size_t find_name_end(const char *comm, size_t len)
{
	static const char *const behind[] = { " Kdump: ", " Not tainted", " Tainted: " };
	const char *first = NULL;

	for (size_t i = 0; i < sizeof(behind) / sizeof(behind[0]); i++) {
		const char *at = memmem(comm, len, behind[i], strlen(behind[i]));

		if (at && (!first || at < first))
			first = at;
	}
	return first ? (size_t)(first - comm) : len;
}

/*
 * "CPU: 1 PID: 5241 Comm: x Not tainted 5.3.0" or, to 3.9, "Pid: 4903, comm: x Not tainted 2.6.32"
 */
static bool read_cpu(struct report *r, const struct slice *w)
{
	const char *comm = slice_find(w, "Comm: "), *end = w->p + w->len, *stop, *release;
	int64_t pid = slice_number_after(w, "PID: ");
	char name[TASK_NAME_MAX];
	size_t len;

	if (!comm)
		comm = slice_find(w, "comm: ");
	if (pid == REPORT_ABSENT)
		pid = slice_number_after(w, "Pid: ");
	if (!comm || pid == REPORT_ABSENT || (!slice_start(w, "CPU: ") && !slice_start(w, "Pid: ")))
		return false;
	comm += 6;
	stop = memmem(comm, (size_t)(end - comm), "ainted", 6);
	if (r->asker_pid != REPORT_ABSENT || r->n_kills)
		return true;
	len = find_name_end(comm, (size_t)(end - comm));
	slice_copy_name(name, sizeof(name), comm, len);
	if (*r->asker && strcmp(name, r->asker) != 0)
		return true;
	if (r->has_header && stop)
		slice_copy(r->asker, sizeof(r->asker), name, strlen(name));
	r->asker_pid = pid;
	release = stop ? find_release(w, stop, &len) : NULL;
	if (release && len < sizeof(r->release))
		slice_copy(r->release, sizeof(r->release), release, len);
	return true;
}

static bool read_cpuset(struct report *r, const struct slice *w)
{
	const char *set = slice_find(w, " cpuset="), *mems = slice_find_last(w, " mems_allowed=");

	if (!set || !mems || mems < set || slice_start(w, "oom-kill:"))
		return false;
	slice_copy(r->cpuset, sizeof(r->cpuset), set + 8, (size_t)(mems - set) - 8);
	slice_copy(r->mems, sizeof(r->mems), mems + 14, (size_t)(w->p + w->len - mems) - 14);
	return true;
}

/* "memory: usage 524288kB, limit 524288kB, failcnt 660235" */
static bool read_limit(struct report *r, const struct slice *w, const char *key,
		       struct report_limit *limit)
{
	if (!slice_start(w, key) || !slice_find(w, ": usage "))
		return false;
	r->kind = REPORT_MEMCG;
	limit->usage_kib = slice_kib_after(w, "usage ");
	limit->limit_kib = slice_kib_after(w, "limit ");
	limit->failcnt = slice_number_after(w, "failcnt ");
	return true;
}

/* "Task in /a killed as a result of limit of /b", from 3.15 to 3.17 in three records. */
static bool read_task_in(struct report *r, const struct slice *w)
{
	static const char in[] = "Task in ", of[] = "killed as a result of limit of ",
			  reached[] = "Memory limit reached of cgroup ";
	const char *limit = slice_find_last(w, of), *end = w->p + w->len;
	const char *begin = w->p + sizeof(in) - 1;
	const char *stop = limit && limit > begin ? limit - 1 : end;

	if (slice_start(w, reached)) {
		slice_copy(r->memcg, sizeof(r->memcg), w->p + sizeof(reached) - 1,
			   w->len - sizeof(reached) + 1);
	} else if (slice_start(w, "Task in /")) {
		slice_copy(r->task_memcg, sizeof(r->task_memcg), begin, (size_t)(stop - begin));
		if (limit)
			slice_copy(r->memcg, sizeof(r->memcg), limit + sizeof(of) - 1,
				   (size_t)(end - limit) - sizeof(of) + 1);
	} else if (limit == w->p) {
		slice_copy(r->memcg, sizeof(r->memcg), limit + sizeof(of) - 1,
			   w->len - sizeof(of) + 1);
	} else {
		return false;
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

/*
 * ",task=NAME,pid=N,uid=N": the name may hold commas, so it is what lies between, at most 15 bytes
 * of it.
 */
static void read_chosen(struct report *r, const struct slice *w)
{
	const char *pid = slice_find_last(w, ",pid="), *end = w->p + w->len, *task = NULL;
	struct slice name;

	if (!pid)
		return;
	slice_number(pid + 5, end, &r->chosen_pid);
	name = (struct slice){ pid, (size_t)(end - pid) };
	r->chosen_uid = slice_number_after(&name, ",uid=");
	for (const char *p = w->p; p < pid; p = task + 1) {
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
 * oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/g,task_memcg=/g/a,...
 */
static bool read_summary(struct report *r, const struct slice *w)
{
	static const char *const keys[] = { "oom-kill:constraint=", ",nodemask=",  ",cpuset=",
					    ",mems_allowed=",       ",oom_memcg=", ",global_oom",
					    ",task_memcg=",         ",task=",      ",pid=" };
	enum { N_KEYS = sizeof(keys) / sizeof(keys[0]) };
	struct slice values[N_KEYS] = { 0 };
	const char *at = w->p, *end = w->p + w->len;
	size_t last = 0;
	char constraint[32];

	if (!slice_start(w, keys[0]))
		return false;
	for (size_t i = 0; i < N_KEYS; i++) {
		const char *found = memmem(at, (size_t)(end - at), keys[i], strlen(keys[i]));

		if (!found)
			continue;
		values[last].len = values[last].p ? (size_t)(found - values[last].p) : 0;
		at = found + strlen(keys[i]);
		values[i].p = at;
		values[i].len = (size_t)(end - at);
		last = i;
	}
	r->is_sure = true;
	slice_copy(constraint, sizeof(constraint), values[0].p, values[0].len);
	if (values[1].p)
		slice_copy(r->nodemask, sizeof(r->nodemask), values[1].p, values[1].len);
	if (values[2].p)
		slice_copy(r->cpuset, sizeof(r->cpuset), values[2].p, values[2].len);
	if (values[3].p)
		slice_copy(r->mems, sizeof(r->mems), values[3].p, values[3].len);
	if (values[4].p)
		slice_copy(r->memcg, sizeof(r->memcg), values[4].p, values[4].len);
	if (values[6].p)
		slice_copy(r->task_memcg, sizeof(r->task_memcg), values[6].p, values[6].len);
	/* 5.0 and 5.1 print CONSTRAINT_NONE for memory cgroups too. */
	if (r->kind != REPORT_MEMCG)
		r->kind = values[4].p ? REPORT_MEMCG : find_constraint(constraint);
	read_chosen(r, w);
	return true;
}

bool report_read_head(struct report *r, const struct slice *w)
{
	if (slice_start(w, "Workqueue: ") && slice_find(w, "moom_callback")) {
		r->is_sysrq = true;
		return true;
	}
	return read_cpu(r, w) || read_summary(r, w) || read_task_in(r, w) ||
	       read_limit(r, w, "memory:", &r->memory) ||
	       read_limit(r, w, "memory+swap:", &r->memsw) || read_limit(r, w, "kmem:", &r->kmem) ||
	       read_limit(r, w, "swap:", &r->swap) || read_cpuset(r, w);
}
