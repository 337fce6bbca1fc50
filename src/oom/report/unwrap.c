/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unwrap: finds lines that mail or a terminal wrapped. */
#include "oom/report/internal.h"

#include <ctype.h>
#include <string.h>

bool unwrap_may_continue(struct report_parser *p, const struct logline *l)
{
	static const char *const begins[] = { "CPU: ",          "Node ",
					      "active_anon:",   "oom_reaper: ",
					      "Out of memory",  "Memory cgroup out of memory",
					      "Killed process", "Kill process",
					      "oom-kill:",      NULL };
	struct slice s = { l->text, l->len };
	struct open_report *o;

	if (!l->len || slice_ends(&s, " invoked") || slice_find(&s, " invoked oom-killer") ||
	    slice_find(&s, " free:") || slice_starts_any(&s, begins))
		return true;
	if (*l->text != '[')
		return isupper((unsigned char)*l->text) && slice_find(&s, "kB (");
	o = open_reports_find(p, l);
	return (slice_find(&s, " pid ") && !slice_ends(&s, " name")) ||
	       (o && read_table_row_is_cut(o->r, &s));
}

/* "free_cma:0kB", "26*512kB", "(UMEH)", "= 30176kB" */
static bool is_amount(const struct slice *s)
{
	struct slice rest;
	size_t n = 0;

	if (slice_starts(s, "(") || slice_starts(s, "= "))
		return true;
	while (n < s->len && isdigit((unsigned char)s->p[n]))
		n++;
	rest = slice_from(s, s->p + n);
	if (n && rest.len)
		return *rest.p == '*' || slice_starts(&rest, " (");
	while (n < s->len && (isalpha((unsigned char)s->p[n]) || strchr("_()-", s->p[n])))
		n++;
	return n && n + 1 < s->len && s->p[n] == ':' &&
	       (isdigit((unsigned char)s->p[n + 1]) || s->p[n + 1] == ' ');
}

bool unwrap_is_rest(const struct report_parser *p, const struct logline *l)
{
	static const char *const begins[] = {
		"invoked oom-killer", "oom-killer:", "oom-kill:",    "gfp_mask=",
		"nodemask=",          "order=",      "oom_adj=",     "oom_score_adj=",
		"process ",           "score ",      "or sacrifice", "total-vm:",
		"now anon-rss:",      NULL
	};
	struct slice s = { l->text, l->len }, held = { p->held.line.text, p->held.line.len };

	if (!s.len)
		return false;
	if (slice_starts_any(&s, begins))
		return true;
	if (slice_starts(&held, "CPU: "))
		return slice_find(&held, "omm: ") && !slice_find(&held, " #");
	return slice_starts(&held, "[") || (held.len && is_amount(&s));
}
