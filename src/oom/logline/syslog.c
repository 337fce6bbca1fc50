/* SPDX-License-Identifier: GPL-2.0-or-later */
/* syslog: the date, the host and the program at the beginning of a line. */
#include "oom/logline/syslog.h"

#include <ctype.h>

#include "base/text.h"
#include "oom/logline/around.h"
#include "oom/logline/kernel_text.h"

bool syslog_read_date(struct logline *l)
{
	struct slice rest = l->s;
	struct timestamp found;
	size_t n;

	timestamp_clear(&found);
	/* A host may precede the inner one. */
	if (l->time.has_date && !*l->host) {
		slice_skip(&rest, slice_count_word(&rest, 0));
		slice_skip_blanks(&rest);
		n = timestamp_parse(rest.p, rest.len, &found);
		if (n && found.has_date)
			l->s = rest;
		else
			timestamp_clear(&found);
	}
	n = *l->host ? 0 : timestamp_parse(l->s.p, l->s.len, &found);
	if (!n || (l->time.has_date && !found.has_date))
		return false;
	timestamp_keep_clock(&found, &l->time);
	/* A collector's date has the year that syslog omits. */
	if (found.has_date && !found.has_year && l->time.has_year && l->time.month == found.month) {
		found.year = l->time.year;
		found.has_year = true;
	}
	l->time = found;
	l->may_name_host = found.has_date;
	l->has_prefix = true;
	slice_skip(&l->s, n);
	return true;
}

/* The length of a word that may be a tag; some logs have no blank after "kernel:". */
static size_t count_tag(const struct slice *s)
{
	static const char kernel[] = "kernel:";

	return slice_starts(s, kernel) ? sizeof(kernel) - 1 : slice_count_word(s, 0);
}

bool syslog_read_tag(struct logline *l)
{
	size_t n = count_tag(&l->s);
	const char *comma = memchr(l->s.p, ',', n);

	if (comma)
		n = (size_t)(comma - l->s.p) + 1;
	if (n < 2 || !strchr(":,", l->s.p[n - 1]) || !logline_is_kernel_tag(l->s.p, n - 1))
		return false;
	slice_skip(&l->s, n);
	if (comma && slice_skip_text(&l->s, "\""))
		l->quote = '"';
	l->has_tag = true;
	return true;
}

bool syslog_read_host(struct logline *l)
{
	size_t host = slice_count_word(&l->s, 0), len, tag, n;
	const char *machine = l->s.p, *name;
	struct slice rest = l->s;
	bool is_kernel, is_5424 = false;

	/* A port follows an address only: a name with a number can be a program's. */
	len = host && strchr("[0123456789", *machine) ? around_count_host(&machine, host) : host;
	slice_skip(&rest, host);
	slice_skip_blanks(&rest);
	name = rest.p;
	tag = n = count_tag(&rest);
	/* A device without a name is "(none)". */
	if (*l->host || !host || host > 255 || !tag ||
	    (memchr(l->s.p, '(', host) && !slice_starts(&l->s, "(none) ")) ||
	    (memchr(machine, ':', len) && !around_is_address(machine, len)) ||
	    memchr(machine, '=', len))
		return false;
	/* "kern.warn kernel:" of small systems, "warning kernel:" of others */
	if (around_is_facility(&rest, tag)) {
		slice_skip(&rest, tag);
		slice_skip_blanks(&rest);
		name = rest.p;
		tag = n = count_tag(&rest);
		if (!tag)
			return false;
	}
	if (name[tag - 1] != ':') {
		for (int i = 0; i < 3 && n; i++) {
			slice_skip(&rest, n);
			slice_skip_blanks(&rest);
			n = slice_count_word(&rest, 0);
		}
		is_5424 = l->is_5424 && n && (*rest.p == '[' || (n == 1 && *rest.p == '-'));
		if (!is_5424)
			return false;
		if (*rest.p == '[' && memchr(rest.p, ']', rest.len))
			n = (size_t)((const char *)memchr(rest.p, ']', rest.len) + 1 - rest.p);
	}
	is_kernel = logline_is_kernel_tag(name, tag - !is_5424);
	/* dmesg -T shows no host. */
	if (tag < 2 || tag > 64 || (!is_kernel && !l->may_name_host))
		return false;
	slice_skip(&rest, n);
	slice_skip_blanks(&rest);
	slice_skip_text(&rest, LOGLINE_BOM);
	l->is_foreign |= !is_kernel;
	if (!is_kernel)
		text_copy(l->program, sizeof(l->program), name, strcspn(name, "[: "));
	/* "kern.warn kernel:" of small systems shows none. */
	if (!slice_starts(&l->s, "kern."))
		text_copy(l->host, sizeof(l->host), machine, len);
	l->s = rest;
	l->has_tag = true;
	return true;
}

bool syslog_is_date(const struct slice *s)
{
	size_t digits = slice_count_digits(s, 0);

	return !digits || (digits == 4 && strchr("-/", slice_at(s, 4))) ||
	       (digits == 2 && slice_at(s, 2) == '-' && slice_count_digits(s, 3) == 2);
}

/* "Apr 18 16:56:16 web1 kernel: ", which cannot be another prefix. */
static bool read_prefix(struct logline *l)
{
	if (kernel_text_is_fixed(&l->s) || !syslog_is_date(&l->s) || !syslog_read_date(l))
		return false;
	slice_skip_blanks(&l->s);
	return isalpha((unsigned char)slice_at(&l->s, 0)) && !kernel_text_is_fixed(&l->s) &&
	       !memchr(l->s.p, ',', slice_count_word(&l->s, 0)) && syslog_read_host(l) &&
	       !l->is_foreign;
}

void syslog_skip_prefix(struct logline *l, struct syslog_prefix *last)
{
	struct logline rest = *l;
	size_t n;

	if (last->len && l->s.len >= last->len && memcmp(l->s.p, last->text, last->len) == 0) {
		*l = last->line;
		l->s = rest.s;
		slice_skip(&l->s, last->len);
		return;
	}
	if (!l->s.len || !read_prefix(&rest))
		return;
	n = l->s.len - rest.s.len;
	last->len = n <= sizeof(last->text) ? n : 0;
	memcpy(last->text, l->s.p, last->len);
	last->line = rest;
	*l = rest;
}
