/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unwrap: lines that mail or a terminal wrapped are put together again. */
#include "oom/report/internal.h"

#include <ctype.h>
#include <string.h>

bool report_may_be_wrapped(struct report_parser *p, const struct logline *l)
{
	static const char *const begins[] = { "CPU: ",          "Node ",
					      "active_anon:",   "oom_reaper: ",
					      "Out of memory",  "Memory cgroup out of memory",
					      "Killed process", "Kill process",
					      "oom-kill:" };
	struct slice w = { l->text, l->len };
	struct slot *s;

	if (!l->len || slice_end(&w, " invoked") || slice_find(&w, " invoked oom-killer") ||
	    slice_find(&w, " free:"))
		return true;
	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (slice_start(&w, begins[i]))
			return true;
	if (*l->text != '[')
		return isupper((unsigned char)*l->text) && slice_find(&w, "kB (");
	s = report_find_slot(p, l);
	return (slice_find(&w, " pid ") && !slice_end(&w, " name")) ||
	       (s && report_row_is_cut(s->r, &w));
}

/* "free_cma:0kB", "26*512kB", "(UMEH)", "= 30176kB" */
static bool is_amount(const struct slice *w)
{
	size_t n = 0;

	if (slice_start(w, "(") || slice_start(w, "= "))
		return true;
	while (n < w->len && isdigit((unsigned char)w->p[n]))
		n++;
	if (n && n < w->len)
		return w->p[n] == '*' || slice_start(&(struct slice){ w->p + n, w->len - n }, " (");
	while (n < w->len && (isalpha((unsigned char)w->p[n]) || strchr("_()-", w->p[n])))
		n++;
	return n && n + 1 < w->len && w->p[n] == ':' &&
	       (isdigit((unsigned char)w->p[n + 1]) || w->p[n + 1] == ' ');
}

bool report_continues(const struct report_parser *p, const struct logline *l)
{
	static const char *const begins[] = {
		"invoked oom-killer", "oom-killer:", "oom-kill:",    "gfp_mask=",
		"nodemask=",          "order=",      "oom_adj=",     "oom_score_adj=",
		"process ",           "score ",      "or sacrifice", "total-vm:",
		"now anon-rss:"
	};
	const struct logline *before = &p->held.line;
	struct slice w = { l->text, l->len }, head = { before->text, before->len };

	if (!l->len)
		return false;
	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (slice_start(&w, begins[i]))
			return true;
	if (slice_start(&head, "CPU: "))
		return slice_find(&head, "omm: ") && !slice_find(&head, " #");
	if (slice_start(&head, "["))
		return true;
	return before->len && is_amount(&w);
}
