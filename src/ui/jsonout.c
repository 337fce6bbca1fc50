/* SPDX-License-Identifier: GPL-2.0-or-later */
/* jsonout: writes nested JSON piece by piece. */
#include "ui/jsonout.h"

#include <inttypes.h>
#include <stddef.h>

/* The length of the UTF-8 character at p; 0: it is none. */
static size_t utf8_length(const unsigned char *p)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t min;
	} forms[] = { { 0x80, 0, 0 },
		      { 0xe0, 0xc0, 0x80 },
		      { 0xf0, 0xe0, 0x800 },
		      { 0xf8, 0xf0, 0x10000 } };

	for (size_t n = 0; n < sizeof(forms) / sizeof(forms[0]); n++) {
		uint32_t c = p[0] & (unsigned char)~forms[n].mask;
		size_t i;

		if ((p[0] & forms[n].mask) != forms[n].lead)
			continue;
		for (i = 1; i <= n && (p[i] & 0xc0) == 0x80; i++)
			c = c << 6 | (p[i] & 0x3f);
		if (i <= n || c < forms[n].min || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
			return 0;
		return n + 1;
	}
	return 0;
}

static void put_string(FILE *out, const char *text)
{
	putc('"', out);
	for (const unsigned char *p = (const unsigned char *)text; *p;) {
		size_t n = utf8_length(p);

		if (n == 0)
			fputs("\xef\xbf\xbd", out);
		else if (*p == '"' || *p == '\\')
			fprintf(out, "\\%c", *p);
		else if (*p < 0x20 || *p == 0x7f)
			fprintf(out, "\\u%04x", *p);
		else
			fwrite(p, 1, n, out);
		p += n ? n : 1;
	}
	putc('"', out);
}

static void begin(struct jsonout *j, const char *key)
{
	if (j->has_member)
		putc(',', j->out);
	j->has_member = true;
	if (key) {
		put_string(j->out, key);
		putc(':', j->out);
	}
}

void jsonout_open(struct jsonout *j, const char *key, char bracket)
{
	begin(j, key);
	putc(bracket, j->out);
	j->has_member = false;
}

void jsonout_close(struct jsonout *j, char bracket)
{
	putc(bracket, j->out);
	j->has_member = true;
}

void jsonout_number(struct jsonout *j, const char *key, int64_t value)
{
	begin(j, key);
	fprintf(j->out, "%" PRId64, value);
}

void jsonout_bool(struct jsonout *j, const char *key, bool value)
{
	begin(j, key);
	fputs(value ? "true" : "false", j->out);
}

void jsonout_null(struct jsonout *j, const char *key)
{
	begin(j, key);
	fputs("null", j->out);
}

void jsonout_text(struct jsonout *j, const char *key, const char *value)
{
	begin(j, key);
	put_string(j->out, value);
}
