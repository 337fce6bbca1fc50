/* SPDX-License-Identifier: GPL-2.0-or-later */
/* logstory: one report in words: what happened, in the order in which one would ask. */
#include "cmd/logstory.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/text.h"
#include "cmd/logevents.h"
#include "oom/gfp.h"
#include "oom/version.h"
#include "ui/size.h"

#define INDENT 2

void logstory_head(const struct logstory *s, const char *text)
{
	fprintf(s->out, "\n%s\n", text);
}

/* Columns that the first len bytes take. */
static size_t columns_of(const char *text, size_t len)
{
	size_t columns = 0;

	while (len) {
		mbstate_t state = { 0 };
		wchar_t c;
		size_t n = mbrtowc(&c, text, len, &state);

		if (n == (size_t)-1 || n == (size_t)-2 || n == 0)
			n = 1;
		else
			columns += (size_t)(wcwidth(c) > 0 ? wcwidth(c) : 0);
		text += n;
		len -= n;
	}
	return columns;
}

/* To the next blank; a word that fits no line ends behind one of its marks. */
static size_t word_length(const char *p, size_t line)
{
	size_t len = strcspn(p, " "), most = line - 2 * INDENT;

	if (columns_of(p, len) <= most)
		return len;
	for (size_t i = most; i > most / 4; i--)
		if (strchr("|/,.-", p[i - 1]))
			return i;
	return len;
}

void logstory_say(const struct logstory *s, const char *fmt, ...)
{
	char raw[4096], shown[4 * sizeof(raw)];
	size_t column = 0;
	int indent = INDENT;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	text_escape(shown, sizeof(shown), raw, strlen(raw), 0);
	for (const char *p = shown; *p;) {
		size_t len = word_length(p, s->width), width = columns_of(p, len);
		/* The rest of a word that had to be cut follows on its own line. */
		bool is_rest = p > shown && p[-1] != ' ';

		if (column && (is_rest || column + 1 + width > s->width)) {
			putc('\n', s->out);
			column = 0;
		}
		column += (size_t)fprintf(s->out, "%*s", column ? 1 : indent, "");
		/* The rest of an item stands below its text. */
		if (p == shown && *p == '-' && len == 1)
			indent += 2;
		fprintf(s->out, "%.*s", (int)len, p);
		column += width;
		p += len;
		p += strspn(p, " ");
	}
	putc('\n', s->out);
}

char *logstory_who(const char *name, int64_t pid, char *buf)
{
	if (*name && pid != REPORT_ABSENT)
		snprintf(buf, LOGSTORY_WHO, "%s (pid %lld)", name, (long long)pid);
	else if (*name)
		snprintf(buf, LOGSTORY_WHO, "%s", name);
	else if (pid != REPORT_ABSENT)
		snprintf(buf, LOGSTORY_WHO, "process %lld", (long long)pid);
	else
		snprintf(buf, LOGSTORY_WHO, "a process");
	return buf;
}

char *logstory_bar(int64_t thousandths, int cells, char *buf)
{
	static const char *const blocks[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█" };
	int64_t eighths = (thousandths * cells * 8 + 500) / 1000;
	size_t at = 0;

	if (thousandths > 0 && eighths == 0)
		eighths = 1;
	for (int i = 0; i < cells; i++, eighths -= 8) {
		int64_t own = eighths < 0 ? 0 : eighths > 8 ? 8 : eighths;
		const char *block = MB_CUR_MAX > 1 ? blocks[own] : own >= 4 ? "#" : "";

		at += (size_t)snprintf(buf + at, LOGSTORY_BAR - at, "%s", *block ? block : " ");
	}
	return buf;
}

int64_t logstory_share(int64_t part, int64_t whole)
{
	if (part <= 0 || whole <= 0)
		return 0;
	return part >= whole ? 1000 : (int64_t)((double)part * 1000 / (double)whole);
}

char *logstory_size(int64_t kib, char *buf)
{
	if (kib == REPORT_ABSENT || kib > INT64_MAX / 1024 || kib < INT64_MIN / 1024)
		snprintf(buf, SIZE_TEXT_MAX, "-");
	else
		size_format(kib * 1024, buf);
	return buf;
}

int64_t logstory_kib(const struct logstory *s, int64_t pages)
{
	int64_t kib;

	if (pages == REPORT_ABSENT ||
	    __builtin_mul_overflow(pages, (int64_t)(s->w->totals.page_size / 1024), &kib))
		return REPORT_ABSENT;
	return kib;
}

static const char *reason(const struct report *r, char *buf, size_t size)
{
	if (r->is_sysrq)
		snprintf(buf, size, "Someone asked the kernel by sysrq-f to kill a process");
	else if (r->kind == REPORT_MEMCG && *r->memcg)
		snprintf(buf, size, "The memory cgroup %s was at its limit", r->memcg);
	else if (r->kind == REPORT_MEMCG)
		snprintf(buf, size, "A memory cgroup was at its limit");
	else if (r->kind == REPORT_CPUSET)
		snprintf(buf, size, "The memory nodes of cpuset %s%s%s ran out", r->cpuset,
			 *r->mems ? ", " : "", r->mems);
	else if (r->kind == REPORT_MEMPOLICY)
		snprintf(buf, size, "The memory nodes of a program's own choice ran out");
	else if (r->kind == REPORT_GLOBAL)
		snprintf(buf, size, "The machine ran out of memory");
	else
		snprintf(buf, size, "Memory ran out");
	return buf;
}

static void print_outcome(const struct logstory *s)
{
	const struct report *r = s->r;
	const struct report_kill *k = report_victim(r);
	char why[1200], who[LOGSTORY_WHO], freed[SIZE_TEXT_MAX], chosen[LOGSTORY_WHO];

	reason(r, why, sizeof(why));
	if (!k && *r->panic)
		logstory_say(s, "%s, and the kernel stopped the machine: %s.", why, r->panic);
	else if (!k && r->has_no_victim)
		logstory_say(s, "%s, and there was no process that the kernel could have killed.",
			     why);
	else if (!k)
		logstory_say(s,
			     "%s. The report says of no process that it was killed: its end is missing, or somebody "
			     "was dying already.",
			     why);
	else if (!k->is_killed)
		logstory_say(s,
			     "%s, and the kernel chose %s to be killed. The line that would confirm it is missing.",
			     why, logstory_who(k->name, k->pid, who));
	else if (k->chosen_pid != REPORT_ABSENT)
		logstory_say(s, "%s. The kernel chose %s, and killed its child %s in its place.",
			     why, logstory_who(k->chosen_name, k->chosen_pid, chosen),
			     logstory_who(k->name, k->pid, who));
	else if (report_resident_kib(k) != REPORT_ABSENT)
		logstory_say(s, "%s, so the kernel killed %s, which had %s of memory.", why,
			     logstory_who(k->name, k->pid, who),
			     logstory_size(report_resident_kib(k), freed));
	else
		logstory_say(s, "%s, so the kernel killed %s.", why,
			     logstory_who(k->name, k->pid, who));
}

static void print_others(const struct logstory *s)
{
	const struct report *r = s->r;
	size_t n[3] = { 0, 0, 0 };
	char who[LOGSTORY_WHO];

	for (size_t i = 0; i < r->n_kills; i++)
		n[r->kills[i].role] += !r->kills[i].is_repeated;
	if (r->is_group)
		logstory_say(s,
			     "All processes of %s had to die with it (memory.oom.group): %zu more%s",
			     r->group_memcg, n[REPORT_GROUP], n[REPORT_GROUP] ? ":" : ".");
	if (n[REPORT_SHARER])
		logstory_say(s, "It shared its memory with %zu more, which had to die too:",
			     n[REPORT_SHARER]);
	for (size_t i = 0, shown = 0; i < r->n_kills; i++) {
		const struct report_kill *k = &r->kills[i];

		if (k->role == REPORT_VICTIM || k->is_repeated)
			continue;
		if (++shown > 10) {
			logstory_say(s, "and more.");
			break;
		}
		logstory_say(s, "%s", logstory_who(k->name, k->pid, who));
	}
}

static void print_aftermath(const struct logstory *s)
{
	const struct report_kill *k = report_victim(s->r);
	char left[SIZE_TEXT_MAX];

	for (size_t i = 0; k && i < s->r->n_kills; i++)
		if (s->r->kills[i].pid == k->pid && s->r->kills[i].reaped)
			k = &s->r->kills[i];
	if (k && k->reaped == REPORT_REAPED)
		logstory_say(s, "Its memory was taken back at once%s%s%s.",
			     k->left_kib > 0 ? ", but for " : "",
			     k->left_kib > 0 ? logstory_size(k->left_kib, left) : "",
			     k->left_kib > 0 ? " that others use or that was locked" : "");
	else if (k && k->reaped == REPORT_STUCK)
		logstory_say(s,
			     "Its memory could not be taken back: it was stuck inside the kernel.");
}

static void print_title(const struct logstory *s)
{
	const struct report *r = s->r;
	char when[64], unit[256], title[512];

	stamp_format(&r->stamp, when, sizeof(when));
	snprintf(title, sizeof(title), "Report %zu%s%s%s%s%s%s%s", r->nr, *when ? ", " : "", when,
		 *when && !r->stamp.has_date && !*r->stamp.text ? " s after boot" : "",
		 *r->host ? ", on " : "", r->host, *r->release ? ", Linux " : "", r->release);
	/* No indent, and the same escapes as everything else. */
	text_escape(unit, sizeof(unit), title, strlen(title), 0);
	fprintf(s->out, "%s\n\n", unit);
}

static void print_unit(const struct logstory *s)
{
	const struct report *r = s->r;
	char unit[256];

	if (!report_victim(r) || !*r->task_memcg || strcmp(r->task_memcg, "/") == 0)
		return;
	if (logevents_unit(r->task_memcg, unit, sizeof(unit)))
		logstory_say(s, "It belonged to %s (cgroup %s).", unit, r->task_memcg);
	else if (strcmp(r->task_memcg, r->memcg) != 0)
		logstory_say(s, "It belonged to the cgroup %s.", r->task_memcg);
}

static void print_request(const struct logstory *s)
{
	const struct report *r = s->r;
	char who[LOGSTORY_WHO], gfp[256], size[SIZE_TEXT_MAX], amount[96] = "memory";
	const char *purpose;
	int version = 0;

	if (!r->has_header)
		return;
	logstory_head(s, "What was asked for");
	version_parse(r->release, &version);
	gfp_spell(r->gfp_mask, version, gfp, sizeof(gfp));
	if (*r->gfp_text)
		snprintf(gfp, sizeof(gfp), "%s", r->gfp_text);
	purpose = gfp_purpose(gfp);
	if (!*gfp && r->gfp_mask != REPORT_ABSENT)
		snprintf(gfp, sizeof(gfp), "gfp_mask 0x%llx", (unsigned long long)r->gfp_mask);
	if (r->is_sysrq) {
		logstory_say(
			s,
			"Nothing: the kill was ordered, by sysrq-f (or writing f to /proc/sysrq-trigger).");
		return;
	}
	if (r->order == 0)
		snprintf(amount, sizeof(amount), "one page%s%s", s->w->assumes_4k ? "" : " of ",
			 s->w->assumes_4k ? "" : logstory_size(logstory_kib(s, 1), size));
	else if (r->order > 0 && r->order < 16)
		snprintf(amount, sizeof(amount), "%lld pages in one piece (%s, order %lld)",
			 1LL << r->order,
			 logstory_size(logstory_kib(s, (int64_t)1 << r->order), size),
			 (long long)r->order);
	logstory_say(s, "%s asked for %s%s%s%s%s%s.", logstory_who(r->asker, r->asker_pid, who),
		     amount, *purpose ? ", for " : "", purpose, *gfp ? " (" : "", gfp,
		     *gfp ? ")" : "");
}

void logstory_print(const struct logstory *s)
{
	print_title(s);
	print_outcome(s);
	print_unit(s);
	print_others(s);
	print_aftermath(s);
	print_request(s);
	logstory_print_limits(s);
	logstory_print_memory(s);
	logstory_print_zones(s);
	logstory_print_tasks(s);
	logstory_print_why(s);
	logstory_print_advice(s);
}
