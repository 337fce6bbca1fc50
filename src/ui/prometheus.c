/* SPDX-License-Identifier: GPL-2.0-or-later */
/* prometheus: metrics in Prometheus' text format, version 0.0.4. */
#include "ui/prometheus.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

void prometheus_family(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void prometheus_write_value(FILE *out, const char *value)
{
	for (size_t left = strlen(value), n; left; value += n, left -= n) {
		uint32_t code = 0;

		n = text_decode(value, left, &code);
		if (*value == '\\' || *value == '"')
			fprintf(out, "\\%c", *value);
		else if (*value == '\n')
			fputs("\\n", out);
		else if (n && text_is_printable(code))
			fwrite(value, 1, n, out);
		else
			for (size_t i = 0; i < (n ? n : 1); i++)
				fprintf(out, "\\\\x%02x", (unsigned char)value[i]);
		n += !n;
	}
}

void prometheus_sample(FILE *out, const char *name, const struct prometheus_label *labels, size_t n,
		       int64_t value)
{
	fputs(name, out);
	for (size_t i = 0; i < n; i++) {
		fprintf(out, "%c%s=\"", i ? ',' : '{', labels[i].name);
		prometheus_write_value(out, labels[i].value);
		fputc('"', out);
	}
	fprintf(out, "%s %" PRId64 "\n", n ? "}" : "", value);
}

void prometheus_metric(FILE *out, const char *name, const char *type, const char *help,
		       int64_t value)
{
	prometheus_family(out, name, type, help);
	prometheus_sample(out, name, NULL, 0, value);
}

/* Moves *at behind word; false: it is not there. */
static bool skip(const char **at, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(*at, word, len) != 0)
		return false;
	*at += len;
	return true;
}

/* Up to the closing quote. */
static bool read_value(const char **at, char *value, size_t size)
{
	for (; **at && **at != '\n' && **at != '"'; (*at)++) {
		char c = **at;

		if (c == '\\') {
			c = *++*at;
			if (c != '\\' && c != '"' && c != 'n')
				return false;
			c = c == 'n' ? '\n' : c;
		}
		if (size <= 1)
			return false;
		*value++ = c;
		size--;
	}
	*value = '\0';
	return skip(at, "\"");
}

int prometheus_read_sample(const char *line, const char *name, const char *const *labels, size_t n,
			   char **values, size_t size, uint64_t *value)
{
	unsigned long long number;
	char *end;

	if (!skip(&line, name) || (*line != ' ' && *line != '{'))
		return -ENOENT;
	for (size_t i = 0; i < n; i++)
		if (!skip(&line, i ? "," : "{") || !skip(&line, labels[i]) || !skip(&line, "=\"") ||
		    !read_value(&line, values[i], size))
			return -EINVAL;
	if (!skip(&line, n ? "} " : " ") || *line < '0' || *line > '9')
		return -EINVAL;
	errno = 0;
	number = strtoull(line, &end, 10);
	if (errno || number > INT64_MAX || (*end && *end != '\n'))
		return -EINVAL;
	*value = number;
	return 0;
}
