/* SPDX-License-Identifier: GPL-2.0-or-later */
/* parse: parses the text of /proc/PID/status and /proc/PID/stat. */
#include "sys/proc/parse.h"

#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "oom/rules/version.h"

#define SIGKILL_BIT       (1ULL << (SIGKILL - 1))
#define CAP_SYS_ADMIN_BIT (1ULL << 21)

/* What is summed up over the lines of one file. */
struct parse {
	struct task *t;
	uint64_t page_kib;
	int version;
	unsigned int rss_parts;
	bool has_rss;
};

/* Larger than any machine's memory; sums and products of what stays below it do not overflow. */
#define MAX_COUNT (1ULL << 50)

static uint64_t bounded(uint64_t v)
{
	return v < MAX_COUNT ? v : MAX_COUNT;
}

static bool parse_decimal(const char *p, uint64_t *v)
{
	p += strspn(p, " \t");
	if (*p < '0' || *p > '9')
		return false;
	*v = bounded(strtoull(p, NULL, 10));
	return true;
}

/* The kernel writes a newline as \n and a backslash as \\ (fs/proc/array.c, proc_task_name()). */
static void take_name(struct parse *ps, const char *p)
{
	size_t at = 0;

	p += *p == '\t';
	for (; *p && *p != '\n' && at < sizeof(ps->t->name) - 1; p++) {
		if (*p == '\\' && (p[1] == 'n' || p[1] == '\\'))
			ps->t->name[at++] = *++p == 'n' ? '\n' : '\\';
		else
			ps->t->name[at++] = *p;
	}
	ps->t->name[at] = '\0';
}

static void take_state(struct parse *ps, const char *p)
{
	p += strspn(p, " \t");
	if (*p && *p != '\n')
		ps->t->state = *p;
}

static void take_ppid(struct parse *ps, const char *p)
{
	uint64_t v;

	if (parse_decimal(p, &v))
		ps->t->ppid = (int32_t)v;
}

static void take_uid(struct parse *ps, const char *p)
{
	uint64_t v;

	if (!parse_decimal(p, &v))
		return;
	ps->t->uid = (uint32_t)v;
	ps->t->has |= TASK_UID;
}

static void take_threads(struct parse *ps, const char *p)
{
	uint64_t v;

	if (parse_decimal(p, &v))
		ps->t->threads = (uint32_t)v;
}

static bool take_pages(struct parse *ps, const char *p, uint64_t *pages)
{
	uint64_t kib;

	if (!parse_decimal(p, &kib))
		return false;
	*pages = kib / ps->page_kib;
	return true;
}

static void take_size(struct parse *ps, const char *p)
{
	if (take_pages(ps, p, &ps->t->total_vm))
		ps->t->has |= TASK_TOTAL_VM;
}

static void take_rss(struct parse *ps, const char *p)
{
	if (!take_pages(ps, p, &ps->t->rss))
		return;
	ps->t->has |= TASK_RSS;
	ps->has_rss = true;
}

static void take_rss_part(struct parse *ps, const char *p, uint64_t *part)
{
	if (take_pages(ps, p, part) && ++ps->rss_parts == 3)
		ps->t->has |= TASK_RSS_SPLIT;
}

static void take_rss_anon(struct parse *ps, const char *p)
{
	take_rss_part(ps, p, &ps->t->rss_anon);
}

static void take_rss_file(struct parse *ps, const char *p)
{
	take_rss_part(ps, p, &ps->t->rss_file);
}

static void take_rss_shmem(struct parse *ps, const char *p)
{
	take_rss_part(ps, p, &ps->t->rss_shmem);
}

static void take_swap(struct parse *ps, const char *p)
{
	if (take_pages(ps, p, &ps->t->swap))
		ps->t->has |= TASK_SWAP;
}

static void take_pte(struct parse *ps, const char *p)
{
	uint64_t kib;

	if (!parse_decimal(p, &kib))
		return;
	if (ps->version >= VERSION(4, 15, 0)) {
		ps->t->pgtables_bytes = kib * 1024;
		ps->t->has |= TASK_TABLES;
	} else {
		ps->t->nr_ptes = kib / ps->page_kib;
		ps->t->has |= TASK_PTES;
	}
}

static void take_pmd(struct parse *ps, const char *p)
{
	if (take_pages(ps, p, &ps->t->nr_pmds))
		ps->t->has |= TASK_PMDS;
}

static void take_pending(struct parse *ps, const char *p)
{
	if (strtoull(p, NULL, 16) & SIGKILL_BIT)
		ps->t->is_dying = true;
}

static void take_caps(struct parse *ps, const char *p)
{
	ps->t->is_admin = strtoull(p, NULL, 16) & CAP_SYS_ADMIN_BIT;
	ps->t->has |= TASK_ADMIN_KNOWN;
}

static const struct {
	const char *key;
	void (*take)(struct parse *ps, const char *value);
} lines[] = {
	{ "Name", take_name },        { "State", take_state },      { "PPid", take_ppid },
	{ "Uid", take_uid },          { "VmSize", take_size },      { "VmRSS", take_rss },
	{ "RssAnon", take_rss_anon }, { "RssFile", take_rss_file }, { "RssShmem", take_rss_shmem },
	{ "VmPTE", take_pte },        { "VmPMD", take_pmd },        { "VmSwap", take_swap },
	{ "Threads", take_threads },  { "SigPnd", take_pending },   { "ShdPnd", take_pending },
	{ "CapEff", take_caps },
};

#define N_LINES (sizeof(lines) / sizeof(lines[0]))

bool parse_parse(const char *text, int version, uint64_t page_size, struct task *t)
{
	struct parse ps = { .t = t, .page_kib = page_size / 1024, .version = version };
	const char *end;
	size_t next = 0;

	/*
	 * The kernel writes the lines in the table's order, so that the search begins where it
	 * ended. A line without an end is torn: its number may lack digits.
	 */
	for (const char *line = text; (end = strchr(line, '\n')); line = end + 1) {
		const char *colon = memchr(line, ':', (size_t)(end - line));
		size_t len;

		if (!colon)
			continue;
		len = (size_t)(colon - line);
		for (size_t i = 0; i < N_LINES; i++) {
			size_t at = (next + i) % N_LINES;

			if (*lines[at].key == *line && strlen(lines[at].key) == len &&
			    memcmp(lines[at].key, line, len) == 0) {
				lines[at].take(&ps, colon + 1);
				next = at + 1;
				break;
			}
		}
	}
	return ps.has_rss;
}

/* Fields of /proc/PID/stat, counted as in proc_pid_stat(5). */
enum { STAT_STATE = 3, STAT_FLAGS = 9, STAT_START = 22, STAT_RSS = 24, STAT_CPU = 39 };

#define PF_KTHREAD 0x00200000ULL

bool parse_parse_stat(const char *text, struct task *t, bool *is_kthread)
{
	const char *p = strrchr(text, ')');
	uint64_t v;
	char *end;
	int field;

	if (!p || p[1] != ' ' || !p[2])
		return false;
	t->state = p[2];
	p += 2;
	for (field = STAT_STATE; (p = strchr(p, ' '));) {
		p++;
		field++;
		v = strtoull(p, &end, 10);
		/* Torn: there may be more digits. */
		if (!*end)
			return false;
		if (field == STAT_FLAGS) {
			*is_kthread = v & PF_KTHREAD;
		} else if (field == STAT_START) {
			t->start_ticks = v;
			t->has |= TASK_START;
		} else if (field == STAT_RSS) {
			t->rss_stat = (int64_t)v > 0 ? bounded(v) : 0;
			t->has |= TASK_RSS_STAT;
		} else if (field == STAT_CPU) {
			t->cpu = (int32_t)v;
			t->has |= TASK_CPU;
			break;
		}
	}
	return field >= STAT_RSS;
}
