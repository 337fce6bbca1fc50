/* SPDX-License-Identifier: GPL-2.0-or-later */
/* read_kill: the lines about victims, of every kernel since 2.6.9. */
#include <string.h>

#include "oom/report/internal.h"

/* The words before "Kill process" or "Killed process", and what they tell. */
static bool read_cause(struct kill_words *k, const char *p, size_t len)
{
	static const struct {
		const char *words;
		enum report_kind kind;
		bool is_allocating;
	} causes[] = {
		{ "", REPORT_UNKNOWN, false },
		{ "Out of memory: ", REPORT_GLOBAL, false },
		{ "Out of Memory: ", REPORT_GLOBAL, false },
		{ "Out of memory (oom_kill_allocating_task): ", REPORT_GLOBAL, true },
		{ "Memory cgroup out of memory: ", REPORT_MEMCG, false },
		{ "Memory cgroup out of memory (oom_kill_allocating_task): ", REPORT_MEMCG, true },
		{ "No available memory (MPOL_BIND): ", REPORT_MEMPOLICY, false },
		{ "No available memory in cpuset: ", REPORT_CPUSET, false },
	};

	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		struct slice w = { p, len };
		size_t n = strlen(causes[i].words);

		if (len >= n && slice_end(&w, causes[i].words) && (i > 0 || len == 0)) {
			k->kind = causes[i].kind;
			k->is_allocating = causes[i].is_allocating;
			return true;
		}
	}
	return false;
}

/* The last tail of those that can stand behind a name, so that a name may hold any of them. */
static const char *find_tail(const struct slice *w, const char *const *tails)
{
	const char *best = NULL;

	for (; *tails; tails++) {
		const char *at = slice_find_last(w, *tails);

		if (at && (!best || at > best))
			best = at;
	}
	return best;
}

/*
 * "24894 (big_mm)", or RHEL 6's "24894, UID 55120, (big_mm)"; what is behind the name is left in w.
 */
static bool read_who(struct slice *w, const char *const *tails, struct report_kill *kill)
{
	const char *end = w->p + w->len, *p, *stop;
	struct slice rest;

	p = slice_number(w->p, end, &kill->pid);
	if (!p || kill->pid < 0)
		return false;
	rest = (struct slice){ p, (size_t)(end - p) };
	if (slice_start(&rest, ", UID ")) {
		p = slice_number(p + 6, end, &kill->uid);
		if (!p || p == end || *p != ',')
			return false;
		rest = (struct slice){ p + 1, (size_t)(end - p) - 1 };
	}
	if (!slice_start(&rest, " ("))
		return false;
	slice_skip(&rest, 2);
	stop = find_tail(&rest, tails);
	if (!stop && slice_end(&rest, ").")) /* to 2.6.19 */
		stop = end - 2;
	if (!stop && slice_end(&rest, ")"))
		stop = end - 1;
	/* The line was cut, or a newline in the name ended it: who it is stays known. */
	if (!stop) {
		*w = (struct slice){ end, 0 };
		return true;
	}
	slice_copy_name(kill->name, sizeof(kill->name), rest.p, (size_t)(stop - rest.p));
	*w = (struct slice){ stop, (size_t)(end - stop) };
	return true;
}

static void clear_kill(struct report_kill *k)
{
	memset(k, 0, sizeof(*k));
	k->pid = k->uid = k->adj = k->score = k->total_vm_kib = k->anon_kib = k->file_kib =
		REPORT_ABSENT;
	k->shmem_kib = k->pgtables_kib = k->left_kib = k->chosen_pid = k->row = REPORT_ABSENT;
}

/*
 * ") total-vm:2301932kB, anon-rss:2228452kB, file-rss:24kB, shmem-rss:0kB, UID:0 pgtables:4kB
 * oom_score_adj:0"
 */
static bool read_killed(struct slice *w, struct kill_words *k)
{
	static const char *const tails[] = { ") total-vm:", "), UID ", ") vsz:", NULL };
	struct report_kill *kill = &k->kill;

	if (!read_who(w, tails, kill))
		return false;
	kill->is_killed = true;
	kill->total_vm_kib = slice_kib_after(w, "total-vm:");
	if (kill->total_vm_kib == REPORT_ABSENT)
		kill->total_vm_kib = slice_kib_after(w, "vsz:");
	kill->anon_kib = slice_kib_after(w, "anon-rss:");
	kill->file_kib = slice_kib_after(w, "file-rss:");
	kill->shmem_kib = slice_kib_after(w, "shmem-rss:");
	kill->pgtables_kib = slice_kib_after(w, "pgtables:");
	kill->adj = slice_number_after(w, "oom_score_adj:");
	if (kill->uid == REPORT_ABSENT)
		kill->uid = slice_number_after(w, "UID:");
	if (kill->uid == REPORT_ABSENT)
		kill->uid = slice_number_after(w, "), UID ");
	return true;
}

static bool read_chosen(struct slice *w, struct kill_words *k)
{
	static const char *const tails[] = { ") score ", ") sharing same memory", NULL };

	if (!read_who(w, tails, &k->kill))
		return false;
	k->line = slice_start(w, ") sharing") ? KILL_SHARER : KILL_CHOSEN;
	k->kill.score = slice_number_after(w, ") score ");
	return true;
}

static bool read_kill_words(const struct slice *w, struct kill_words *k)
{
	static const char *const verbs[] = { "Killed process ", "Kill process ", "kill process " };
	const char *first = NULL;
	struct slice rest = *w;
	size_t verb = 0;

	/* The first one: a later one may be in the name. */
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		const char *at = slice_find(w, verbs[i]);

		if (at && (!first || at < first)) {
			first = at;
			verb = i;
		}
	}
	if (!first || !read_cause(k, w->p, (size_t)(first - w->p)))
		return false;
	slice_skip(&rest, (size_t)(first - w->p) + strlen(verbs[verb]));
	k->line = KILL_KILLED;
	return verb == 0 ? read_killed(&rest, k) : read_chosen(&rest, k);
}

/* "oom_reaper: reaped process 5701 (oom-torture), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB" */
static bool read_reaper(const struct slice *w, struct kill_words *k)
{
	static const struct {
		const char *words;
		enum kill_line line;
	} forms[] = {
		{ "oom_reaper: reaped process ", KILL_REAPED },
		{ "oom_reaper: reaped process :", KILL_REAPED }, /* 4.6 */
		{ "oom_reaper: unable to reap pid:", KILL_STUCK },
		{ "oom_reaper: giving up pid:", KILL_STUCK }, /* 4.8 */
	};
	static const char *const tails[] = { "), now anon-rss:", ") anon-rss:", NULL };

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct slice rest = *w;
		int64_t anon, file, shmem;

		if (!slice_start(w, forms[i].words))
			continue;
		slice_skip(&rest, strlen(forms[i].words));
		if (!read_who(&rest, tails, &k->kill))
			continue;
		k->line = forms[i].line;
		anon = slice_kib_after(&rest, "anon-rss:");
		file = slice_kib_after(&rest, "file-rss:");
		shmem = slice_kib_after(&rest, "shmem-rss:");
		if (anon >= 0 && file >= 0 && shmem >= 0)
			k->kill.left_kib = report_add(report_add(anon, file), shmem);
		return true;
	}
	return false;
}

/* "Tasks in /g are going to be killed due to memory.oom.group set" */
static bool read_group(const struct slice *w, struct kill_words *k)
{
	static const char in[] = "Tasks in ";
	const char *end = slice_find_last(w, " are going to be killed due to memory.oom.group set");

	if (!end || !slice_start(w, in))
		return false;
	slice_copy(k->text, sizeof(k->text), w->p + sizeof(in) - 1,
		   (size_t)(end - w->p) - sizeof(in) + 1);
	k->line = KILL_GROUP;
	return true;
}

static bool read_panic(const struct slice *w, struct kill_words *k)
{
	static const char panic[] = "Kernel panic - not syncing: ";

	if (slice_start(w, panic) &&
	    (slice_find(w, "ut of memory") || slice_find(w, "deadlocked on memory"))) {
		slice_copy(k->text, sizeof(k->text), w->p + sizeof(panic) - 1,
			   w->len - sizeof(panic) + 1);
		k->line = KILL_PANIC;
		return true;
	}
	if (slice_start(w, "Out of memory and no killable processes")) {
		k->line = KILL_NOBODY;
		return true;
	}
	return false;
}

bool report_read_kill(const struct slice *w, struct kill_words *k)
{
	/* "Out of", "Memory cgroup", "No available", "Kill", "kill", "oom_reaper", "Tasks in" */
	if (!w->len || !strchr("OMNKkoT", *w->p))
		return false;
	memset(k, 0, sizeof(*k));
	clear_kill(&k->kill);
	return read_kill_words(w, k) || read_reaper(w, k) || read_group(w, k) || read_panic(w, k);
}
