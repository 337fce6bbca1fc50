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

/* Larger than any machine's memory; sums and products of smaller counts do not overflow. */
#define MAX_COUNT (1ULL << 50)

static uint64_t bounded(uint64_t v)
{
	return v < MAX_COUNT ? v : MAX_COUNT;
}

enum line_kind { NAME, STATE, NUMBER, PAGES, RSS_PART, PAGE_TABLES, PENDING, CAPS };

static const struct status_line {
	const char *key;
	enum line_kind kind;
	size_t offset; /* of the member of struct task: 32 bits of a NUMBER, 64 bits of pages */
	uint32_t has;
} lines[] = {
	{ "Name", NAME, 0, 0 },
	{ "State", STATE, 0, 0 },
	{ "PPid", NUMBER, offsetof(struct task, ppid), 0 },
	{ "Uid", NUMBER, offsetof(struct task, uid), TASK_UID },
	{ "VmSize", PAGES, offsetof(struct task, total_vm), TASK_TOTAL_VM },
	{ "VmRSS", PAGES, offsetof(struct task, rss), TASK_RSS },
	{ "RssAnon", RSS_PART, offsetof(struct task, rss_anon), 0 },
	{ "RssFile", RSS_PART, offsetof(struct task, rss_file), 0 },
	{ "RssShmem", RSS_PART, offsetof(struct task, rss_shmem), 0 },
	{ "VmPTE", PAGE_TABLES, offsetof(struct task, nr_ptes), TASK_PTES },
	{ "VmPMD", PAGES, offsetof(struct task, nr_pmds), TASK_PMDS },
	{ "VmSwap", PAGES, offsetof(struct task, swap), TASK_SWAP },
	{ "Threads", NUMBER, offsetof(struct task, threads), 0 },
	{ "SigPnd", PENDING, 0, 0 },
	{ "ShdPnd", PENDING, 0, 0 },
	{ "CapEff", CAPS, 0, TASK_ADMIN_KNOWN },
};

/* The kernel writes a newline as \n and a backslash as \\ (fs/proc/array.c, proc_task_name()). */
static void take_name(struct task *t, const char *p)
{
	size_t at = 0;

	p += *p == '\t';
	for (; *p && *p != '\n' && at < sizeof(t->name) - 1; p++) {
		if (*p == '\\' && (p[1] == 'n' || p[1] == '\\'))
			t->name[at++] = *++p == 'n' ? '\n' : '\\';
		else
			t->name[at++] = *p;
	}
	t->name[at] = '\0';
}

#define N_LINES (sizeof(lines) / sizeof(lines[0]))

static void take_line(const struct status_line *line, const char *p, int version, uint64_t page_kib,
		      struct task *t, int *rss_parts)
{
	char *member = (char *)t + line->offset;
	uint64_t v;
	uint32_t number;

	if (line->kind == NAME) {
		take_name(t, p);
		return;
	}
	p += strspn(p, " \t");
	if (line->kind == STATE) {
		if (*p && *p != '\n')
			t->state = *p;
	} else if (line->kind == PENDING) {
		t->is_dying |= (strtoull(p, NULL, 16) & SIGKILL_BIT) != 0;
	} else if (line->kind == CAPS) {
		t->is_admin = strtoull(p, NULL, 16) & CAP_SYS_ADMIN_BIT;
		t->has |= line->has;
	} else if (*p >= '0' && *p <= '9') {
		v = bounded(strtoull(p, NULL, 10));
		number = (uint32_t)v;
		if (line->kind == PAGE_TABLES && version >= VERSION(4, 15, 0)) {
			t->pgtables_bytes = v * 1024;
			t->has |= TASK_PGTABLES;
			return;
		}
		v /= page_kib;
		if (line->kind == NUMBER)
			memcpy(member, &number, sizeof(number));
		else
			memcpy(member, &v, sizeof(v));
		t->has |= line->has;
		if (line->kind == RSS_PART && ++*rss_parts == 3)
			t->has |= TASK_RSS_SPLIT;
	}
}

bool parse_status(const char *text, int version, uint64_t page_size, struct task *t)
{
	const char *end;
	size_t next = 0;
	int rss_parts = 0;

	/*
	 * The kernel writes the lines in the table's order: the search goes on where it ended. A
	 * line without an end is torn, its number may lack digits.
	 */
	for (const char *line = text; (end = strchr(line, '\n')); line = end + 1) {
		const char *colon = memchr(line, ':', (size_t)(end - line));
		size_t len;

		if (!colon)
			continue;
		len = (size_t)(colon - line);
		for (size_t i = 0; i < N_LINES; i++) {
			const struct status_line *l = &lines[(next + i) % N_LINES];

			if (*l->key == *line && strlen(l->key) == len &&
			    memcmp(l->key, line, len) == 0) {
				take_line(l, colon + 1, version, page_size / 1024, t, &rss_parts);
				next = (size_t)(l - lines) + 1;
				break;
			}
		}
	}
	return task_has(t, TASK_RSS);
}

/* Fields of /proc/PID/stat, counted as in proc_pid_stat(5). */
enum { STAT_STATE = 3, STAT_FLAGS = 9, STAT_START = 22, STAT_RSS = 24, STAT_CPU = 39 };

#define PF_KTHREAD 0x00200000ULL

bool parse_stat(const char *text, struct task *t, bool *is_kthread)
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
