/* SPDX-License-Identifier: GPL-2.0-or-later */
/* read_kill: the lines about victims, of every kernel since 2.6.9. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "oom/report/internal.h"

/*
 * Skips what the kernel writes before "Kill process" or "Killed process". It is compared from the
 * beginning of the line: users choose the names of cgroups further to the right.
 */
static void read_cause(struct kill_line *k, struct slice *s)
{
	static const struct {
		const char *text;
		enum report_kind kind;
		bool is_allocating;
	} causes[] = {
		{ "Out of memory: ", REPORT_GLOBAL, false },
		{ "Out of Memory: ", REPORT_GLOBAL, false },
		{ "Out of memory (oom_kill_allocating_task): ", REPORT_GLOBAL, true },
		{ "Memory cgroup out of memory: ", REPORT_MEMCG, false },
		{ "Memory cgroup out of memory (oom_kill_allocating_task): ", REPORT_MEMCG, true },
		{ "No available memory (MPOL_BIND): ", REPORT_MEMPOLICY, false },
		{ "No available memory in cpuset: ", REPORT_CPUSET, false },
	};

	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		if (slice_skip_text(s, causes[i].text)) {
			k->kind = causes[i].kind;
			k->is_allocating = causes[i].is_allocating;
			return;
		}
	}
}

/* The last occurrence of one of the texts after a name, because the name can contain them too. */
static const char *find_tail(const struct slice *s, const char *const *tails)
{
	const char *best = NULL;

	for (; *tails; tails++) {
		const char *at = slice_find_last(s, *tails);

		if (at && (!best || at > best))
			best = at;
	}
	return best;
}

/* What follows a name that ends here: "...", or a key and a number, if others were omitted. */
static bool is_rest(struct slice s)
{
	if (!slice_skip_text(&s, ") ") || slice_starts(&s, "..."))
		return s.len > 0;
	while (s.len && (islower((unsigned char)*s.p) || *s.p == '-'))
		slice_skip(&s, 1);
	return slice_starts(&s, ":") && slice_is_digit(slice_at(&s, 1));
}

/* "24894 (big_mm)", or RHEL 6's "24894, UID 55120, (big_mm)"; s becomes what follows. */
static bool read_process(struct slice *s, const char *const *tails, struct report_kill *kill)
{
	const char *end = s->p + s->len, *stop;
	struct slice rest = *s;

	if (!slice_read_number(&rest, &kill->pid) || kill->pid < 0)
		return false;
	if (slice_skip_text(&rest, ", UID ") &&
	    (!slice_read_number(&rest, &kill->uid) || !slice_skip_text(&rest, ",")))
		return false;
	if (!slice_skip_text(&rest, " ("))
		return false;
	stop = find_tail(&rest, tails);
	if (!stop && slice_ends(&rest, ").")) /* to 2.6.19 */
		stop = end - 2;
	if (!stop && slice_ends(&rest, ")"))
		stop = end - 1;
	for (const char *p = end; !stop && p-- > rest.p;)
		if (*p == ')' && is_rest(slice_from(&rest, p)))
			stop = p;
	/* Without it, the line is truncated, or a newline in the name ended it. */
	if (stop)
		slice_copy_name(kill->name, sizeof(kill->name), rest.p, (size_t)(stop - rest.p));
	*s = slice_from(s, stop ? stop : end);
	return true;
}

/* ") in VE "1234"", the victim's container, of a later OpenVZ */
static void read_ve(struct kill_line *k, struct slice s)
{
	const char *end;

	if (!slice_skip_text(&s, ") in VE \"") || !(end = memchr(s.p, '"', s.len)))
		return;
	text_copy(k->text, sizeof(k->text), s.p, (size_t)(end - s.p));
}

/* ") total-vm:2301932kB, anon-rss:2228452kB, ..., UID:0 pgtables:4kB oom_score_adj:0" */
static bool read_killed(struct slice *s, struct kill_line *k)
{
	static const char *const tails[] = { ") total-vm:", "), UID ", ") vsz:", ") in VE \"",
					     NULL };
	struct report_kill *kill = &k->kill;

	if (!read_process(s, tails, kill))
		return false;
	kill->is_killed = true;
	kill->total_vm_kib = slice_kib_after(s, "total-vm:");
	if (kill->total_vm_kib == REPORT_ABSENT)
		kill->total_vm_kib = slice_kib_after(s, "vsz:");
	kill->anon_kib = slice_kib_after(s, "anon-rss:");
	kill->file_kib = slice_kib_after(s, "file-rss:");
	kill->shmem_kib = slice_kib_after(s, "shmem-rss:");
	kill->pgtables_kib = slice_kib_after(s, "pgtables:");
	kill->adj = slice_number_after(s, "oom_score_adj:");
	if (kill->uid == REPORT_ABSENT)
		kill->uid = slice_number_after(s, "UID:");
	if (kill->uid == REPORT_ABSENT)
		kill->uid = slice_number_after(s, "), UID ");
	read_ve(k, *s);
	return true;
}

static bool read_chosen(struct slice *s, struct kill_line *k)
{
	static const char *const tails[] = { ") score ", ") sharing same memory", NULL };

	if (!read_process(s, tails, &k->kill))
		return false;
	k->type = slice_starts(s, ") sharing") ? KILL_SHARER : KILL_CHOSEN;
	k->kill.score = slice_number_after(s, ") score ");
	return true;
}

/* "Out of memory in UB 1234: OOM killed process 21 (php-cgi) score 0 vm:8kB, rss:4kB, swap:0kB" */
static bool read_openvz(struct slice s, struct kill_line *k)
{
	static const char *const tails[] = { ") score ", NULL };
	int64_t container;

	if (!slice_skip_text(&s, "Out of memory in UB ") || !slice_read_number(&s, &container) ||
	    !slice_skip_text(&s, ": OOM killed process ") || !read_process(&s, tails, &k->kill))
		return false;
	k->type = KILL_KILLED;
	k->kind = REPORT_MEMCG;
	k->is_openvz = true;
	k->kill.is_killed = true;
	k->kill.score = slice_number_after(&s, ") score ");
	k->kill.total_vm_kib = slice_kib_after(&s, " vm:");
	k->kill.rss_kib = slice_kib_after(&s, " rss:");
	k->kill.swap_kib = slice_kib_after(&s, " swap:");
	snprintf(k->text, sizeof(k->text), "%" PRId64, container);
	return true;
}

static bool read_kill(const struct slice *s, struct kill_line *k)
{
	struct slice rest = *s;

	if (read_openvz(rest, k))
		return true;
	read_cause(k, &rest);
	k->type = KILL_KILLED;
	if (slice_skip_text(&rest, "Killed process "))
		return read_killed(&rest, k);
	return (slice_skip_text(&rest, "Kill process ") ||
		slice_skip_text(&rest, "kill process ")) &&
	       read_chosen(&rest, k);
}

/* "oom_reaper: reaped process 5701 (oom-torture), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB" */
static bool read_reaper(const struct slice *s, struct kill_line *k)
{
	static const struct {
		const char *text;
		enum kill_line_type type;
	} forms[] = {
		{ "oom_reaper: reaped process ", KILL_REAPED },
		{ "oom_reaper: reaped process :", KILL_REAPED }, /* 4.6 */
		{ "oom_reaper: unable to reap pid:", KILL_STUCK },
		{ "oom_reaper: giving up pid:", KILL_STUCK }, /* 4.8 */
	};
	static const char *const tails[] = { "), now anon-rss:", ") anon-rss:", NULL };

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct slice rest = *s;
		int64_t anon, file, shmem;

		if (!slice_skip_text(&rest, forms[i].text) || !read_process(&rest, tails, &k->kill))
			continue;
		k->type = forms[i].type;
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
static bool read_group(const struct slice *s, struct kill_line *k)
{
	struct slice rest = *s;
	const char *end;

	if (!slice_skip_text(&rest, "Tasks in "))
		return false;
	end = slice_find_last(&rest, " are going to be killed due to memory.oom.group set");
	if (!end)
		return false;
	text_copy(k->text, sizeof(k->text), rest.p, (size_t)(end - rest.p));
	k->type = KILL_GROUP;
	return true;
}

static bool read_panic(const struct slice *s, struct kill_line *k)
{
	struct slice rest = *s;

	if (slice_skip_text(&rest, "Kernel panic - not syncing: ") &&
	    (slice_find(s, "ut of memory") || slice_find(s, "deadlocked on memory"))) {
		text_copy(k->text, sizeof(k->text), rest.p, rest.len);
		k->type = KILL_PANIC;
		return true;
	}
	k->type = KILL_NONE_KILLABLE;
	return slice_starts(s, "Out of memory and no killable processes");
}

bool read_kill_line(const struct slice *s, struct kill_line *k)
{
	/* "Out of", "Memory cgroup", "No available", "Kill", "kill", "oom_reaper", "Tasks in" */
	if (!s->len || !strchr("OMNKkoT", *s->p))
		return false;
	memset(k, 0, sizeof(*k));
	report_kill_clear(&k->kill);
	return read_kill(s, k) || read_reaper(s, k) || read_group(s, k) || read_panic(s, k);
}
