/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json: writes nested JSON directly to a stream. */
#include "ui/json.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

/* If the locale is not UTF-8, only ASCII is written as it is; escapes mean the same in JSON. */
static bool is_plain(uint32_t code, bool is_utf8)
{
	return code != '"' && code != '\\' && (code < 0x80 || is_utf8) && text_is_printable(code);
}

static void put_string(FILE *out, const char *text)
{
	const char *plain = text, *end = text + strlen(text);
	bool is_utf8 = text_is_utf8();
	uint32_t code = 0;

	putc('"', out);
	for (size_t n; text < end; text += n) {
		bool is_invalid = (n = text_decode(text, (size_t)(end - text), &code)) == 0;

		n += is_invalid;
		code = is_invalid ? 0xfffd : code;
		if (!is_invalid && is_plain(code, is_utf8))
			continue;
		fwrite(plain, 1, (size_t)(text - plain), out);
		plain = text + n;
		if (code == '"' || code == '\\')
			fprintf(out, "\\%c", (char)code);
		else if (is_plain(code, is_utf8))
			fputs("\xef\xbf\xbd", out);
		else if (code < 0x10000)
			fprintf(out, "\\u%04x", code);
		else
			fprintf(out, "\\u%04x\\u%04x", 0xd7c0 + (code >> 10),
				0xdc00 + (code & 0x3ff));
	}
	fwrite(plain, 1, (size_t)(end - plain), out);
	putc('"', out);
}

static void begin(struct json_writer *j, const char *key)
{
	if (j->has_member)
		putc(',', j->out);
	j->has_member = true;
	if (key) {
		put_string(j->out, key);
		putc(':', j->out);
	}
}

void json_write_open(struct json_writer *j, const char *key, char bracket)
{
	begin(j, key);
	putc(bracket, j->out);
	j->has_member = false;
}

void json_write_close(struct json_writer *j, char bracket)
{
	putc(bracket, j->out);
	j->has_member = true;
}

void json_write_number(struct json_writer *j, const char *key, int64_t value)
{
	begin(j, key);
	fprintf(j->out, "%" PRId64, value);
}

void json_write_tenths(struct json_writer *j, const char *key, int64_t tenths)
{
	begin(j, key);
	fprintf(j->out, "%.1f", (double)tenths / 10);
}

void json_write_bool(struct json_writer *j, const char *key, bool value)
{
	begin(j, key);
	fputs(value ? "true" : "false", j->out);
}

void json_write_null(struct json_writer *j, const char *key)
{
	begin(j, key);
	fputs("null", j->out);
}

void json_write_text(struct json_writer *j, const char *key, const char *value)
{
	begin(j, key);
	put_string(j->out, value);
}
