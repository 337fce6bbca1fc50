/* SPDX-License-Identifier: GPL-2.0-or-later */
/* search: reports are found anywhere in a file, and a file can end anywhere. */
#include "unit.h"

#include <glob.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report_feed.h"
#include "report_whole.h"
#include "sys/log/search.h"

#define MIB (1024 * 1024)

static size_t n_hidden; /* messages in the file that was scanned last */

/* Scans a file of these bytes. */
static void scan(const char *bytes, size_t len, void (*done)(void *, struct report *), void *arg)
{
	struct report_options o = { .done = done, .arg = arg };
	struct report_parser *p = report_begin(&o);
	int fd = memfd_create("log", MFD_CLOEXEC);
	struct log_file *f;
	char path[64];

	assert_non_null(p);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_int_equal(log_file_open(path, &f), 0);
	assert_int_equal(log_search_run(f, p), 0);
	log_file_close(f);
	close(fd);
	report_flush(p);
	n_hidden = report_hidden(p);
	report_end(p);
}

static void ends_at_every_byte(void **state)
{
	static const char *const logs[] = { "2.6.32-el6-classic", "4.19-oom-group", "5.4-bytes" };

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(logs); i++) {
		feed_load(logs[i]);
		scan(feed_text, feed_len, keep_whole, NULL);
		for (size_t len = 0; len < feed_len; len++)
			scan(feed_text, len, check_cut, NULL);
	}
}

static void begins_at_every_byte(void **state)
{
	static const char *const logs[] = { "4.19-oom-group", "5.4-bytes" };
	static char text[2 * FEED_MAX];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(logs); i++) {
		size_t len = 0;

		/* With a time stamp: a bare name that lost its beginning cannot be detected. */
		feed_load(logs[i]);
		for (size_t at = 0; at < feed_len; at += strcspn(feed_text + at, "\n") + 1)
			len += (size_t)snprintf(text + len, sizeof(text) - len,
						"<6>[   10.000000] %.*s\n",
						(int)strcspn(feed_text + at, "\n"), feed_text + at);
		scan(text, len, keep_whole, NULL);
		for (size_t at = 0; at < len; at++) {
			/* The same for what follows the stamp of the first line. */
			size_t column =
				at -
				(size_t)(at ? (const char *)memrchr(text, '\n', at) + 1 - text > 0
							 ? (const char *)memrchr(text, '\n', at) +
								   1 - text
							 : 0
					    : 0);

			if (column < 18)
				scan(text + at, len - at, check_cut, NULL);
		}
	}
}

struct found {
	size_t n;
	int64_t pid;
	size_t rows;
	enum report_reaped reaped;
};

static void take_found(void *arg, struct report *r)
{
	struct found *f = arg;
	const struct report_kill *k = report_victim(r);

	f->n++;
	f->pid = k ? k->pid : -1;
	f->rows = r->n_rows;
	f->reaped = k ? k->reaped : REPORT_NOT_SEEN;
}

/* Ordinary lines of 64 bytes. */
static void fill(char *buf, size_t len)
{
	static const char line[] =
		"Apr 18 16:56:16 host kernel: skilled kilns oom kilo zoom, ok ok\n";

	for (size_t at = 0; at < len; at += sizeof(line) - 1)
		memcpy(buf + at, line, len - at < sizeof(line) - 1 ? len - at : sizeof(line) - 1);
	if (len)
		buf[len - 1] = '\n';
}

static void report_anywhere(void **state)
{
	/* Positions around the ends of the chunks in which a file is read. */
	static const size_t places[] = {
		0,         1,        63,      64,  65,      MIB - 3000,    MIB - 1000,
		MIB - 100, MIB - 10, MIB - 1, MIB, MIB + 1, 2 * MIB - 500, 3 * MIB - 2000
	};
	char *buf = malloc(4 * MIB);

	(void)state;
	assert_non_null(buf);
	feed_load("5.10-memcg-v2");
	for (size_t i = 0; i < UNIT_LENGTH(places); i++) {
		struct found f = { 0 };

		fill(buf, 4 * MIB);
		if (places[i])
			buf[places[i] - 1] = '\n';
		memcpy(buf + places[i], feed_text, feed_len);
		scan(buf, 4 * MIB, take_found, &f);
		unit_number("reports", (int64_t)f.n, 1);
		unit_number("pid", f.pid, 771);
		unit_number("rows", (int64_t)f.rows, 3);
		unit_number("reaped", f.reaped, REPORT_REAPED);
	}
	free(buf);
}

/* Lines of any length before, inside and behind a report. */
static void long_lines(void **state)
{
	const size_t lengths[] = { 16383, 16384, 16385, 70000, MIB, MIB + 70000 };
	size_t room = 4 * MIB;
	char *buf = malloc(room);

	(void)state;
	assert_non_null(buf);
	feed_load("5.14-sysrq");
	for (size_t i = 0; i < UNIT_LENGTH(lengths); i++) {
		const char *middle = strstr(feed_text, "Tasks state");
		size_t head = (size_t)(middle - feed_text), at = 0;
		struct found f = { 0 };

		memset(buf, 'k', lengths[i]);
		at += lengths[i];
		buf[at++] = '\n';
		memcpy(buf + at, feed_text, head);
		at += head;
		memset(buf + at, 'x', lengths[i]);
		at += lengths[i];
		buf[at++] = '\n';
		memcpy(buf + at, middle, feed_len - head);
		at += feed_len - head;
		scan(buf, at, take_found, &f);
		unit_number("reports", (int64_t)f.n, 1);
		unit_number("pid", f.pid, 651);
		unit_number("rows", (int64_t)f.rows, 2);
	}
	free(buf);
}

/* The first line is missing; the rest is before the line that the search finds. */
static void without_first_line(void **state)
{
	struct found f = { 0 };
	const char *at;

	(void)state;
	feed_load("6.8-global");
	at = strstr(feed_text, "Mem-Info");
	assert_non_null(at);
	scan(at, strlen(at), take_found, &f);
	unit_number("reports", (int64_t)f.n, 1);
	unit_number("rows", (int64_t)f.rows, 4);
	unit_number("pid", f.pid, 2200);
}

/* What a reader sees of the reports of a log. */
struct digest {
	char text[8000];
	size_t len;
};

__attribute__((format(printf, 2, 3))) static void add(struct digest *d, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	d->len += (size_t)vsnprintf(d->text + d->len, sizeof(d->text) - d->len, fmt, args);
	va_end(args);
	assert_true(d->len < sizeof(d->text));
}

static void add_digest(void *arg, struct report *r)
{
	struct digest *d = arg;
	char time[64];

	add(d, "%zu at %s by %s %s in %s %s rows %zu stats %zu %zu\n", r->nr,
	    timestamp_format(&r->time, time, sizeof(time)), r->by ? r->by : "kernel", r->asker,
	    r->memcg, r->task_memcg, r->n_rows, r->n_stats, r->n_zones);
	for (size_t i = 0; i < r->n_kills; i++)
		add(d, "  %" PRId64 " %s %d\n", r->kills[i].pid, r->kills[i].name,
		    r->kills[i].reaped);
}

/* The search finds what the parser finds if it reads each line, also far from both ends. */
static void finds_what_reading_finds(void **state)
{
	static struct digest all, found;
	const size_t far = 3 * MIB / 2;
	char *buf = malloc(2 * far + FEED_MAX), *plain = malloc(FEED_MAX);
	glob_t logs;

	(void)state;
	assert_non_null(buf);
	assert_non_null(plain);
	fill(buf, 2 * far + FEED_MAX);
	memcpy(plain, buf + far, FEED_MAX);
	assert_int_equal(glob("tests/logs/*.log", 0, NULL, &logs), 0);
	assert_int_equal(glob("tests/logs/forms/*.log", GLOB_APPEND, NULL, &logs), 0);
	assert_true(logs.gl_pathc > 80);
	for (size_t i = 0; i < logs.gl_pathc; i++) {
		const char *path = logs.gl_pathv[i];

		feed_load_path(path);
		/* The parser reads no UTF-16. */
		if (memchr(feed_text, '\0', feed_len))
			continue;
		all.len = found.len = 0;
		all.text[0] = found.text[0] = '\0';
		feed_as_file(feed_text, feed_len, add_digest, &all);
		scan(feed_text, feed_len, add_digest, &found);
		unit_text(path, found.text, all.text);

		memcpy(buf + far, feed_text, feed_len);
		found.len = 0;
		found.text[0] = '\0';
		scan(buf, 2 * far + feed_len, add_digest, &found);
		unit_text(path, found.text, all.text);
		memcpy(buf + far, plain, feed_len);
	}
	globfree(&logs);
	free(plain);
	free(buf);
}

/*
 * Among bytes that are searched for in no line, each line that matters is found by itself, at any
 * place in the registers that compare many bytes.
 */
static void finds_each_entry(void **state)
{
	static struct digest all, found;
	char buf[4096];
	size_t n = 0;
	glob_t logs;

	(void)state;
	assert_int_equal(glob("tests/logs/*.log", 0, NULL, &logs), 0);
	assert_int_equal(glob("tests/logs/forms/*.log", GLOB_APPEND, NULL, &logs), 0);
	for (size_t i = 0; i < logs.gl_pathc; i++) {
		feed_load_path(logs.gl_pathv[i]);
		for (char *line = feed_text, *end; line < feed_text + feed_len; line = end + 1) {
			size_t len = strcspn(line, "\n"), at = 700 + n * 7 % 256;

			end = line + len;
			if (len > 2048 || !report_is_entry(line, len))
				continue;
			n++;
			feed_text[end - feed_text] = '\0';
			all.len = found.len = 0;
			all.text[0] = found.text[0] = '\0';
			memset(buf, '.', sizeof(buf));
			buf[at - 1] = buf[at + len] = '\n';
			memcpy(buf + at, line, len);
			feed_as_file(buf, sizeof(buf), add_digest, &all);
			scan(buf, sizeof(buf), add_digest, &found);
			unit_text(logs.gl_pathv[i], found.text, all.text);
		}
	}
	assert_true(n > 150);
	globfree(&logs);
}

/* The same with the instructions of processors that lack these. */
static void finds_each_entry_on_any_processor(void **state)
{
	static const char *const missing[] = { "-AVX512BW", "-AVX512BW,-AVX2" };
	char tunables[64];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(missing); i++) {
		int status;
		pid_t pid = fork();

		if (pid == 0) {
			snprintf(tunables, sizeof(tunables), "glibc.cpu.hwcaps=%s", missing[i]);
			setenv("GLIBC_TUNABLES", tunables, 1);
			dup2(STDERR_FILENO, STDOUT_FILENO);
			execl("/proc/self/exe", "search", "finds_each_entry", NULL);
			_exit(127);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		unit_number(missing[i], status, 0);
	}
}

/* A message that journalctl did not show is counted wherever it is. */
static void finds_hidden_messages(void **state)
{
	static const char line[] = "\nNov 29 04:47:42 lab kernel: [93B blob data]\n";
	char buf[4096];

	(void)state;
	memset(buf, '.', sizeof(buf));
	memcpy(buf + 1000, line, sizeof(line) - 1);
	scan(buf, sizeof(buf), keep_whole, NULL);
	unit_number("hidden", (int64_t)n_hidden, 1);
}

static void no_file(void **state)
{
	struct log_file *f;

	(void)state;
	assert_int_equal(log_file_open("/nonexistent", &f), -2);
	assert_int_equal(log_file_open("/", &f), -21);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_at_every_byte),
		cmocka_unit_test(begins_at_every_byte),
		cmocka_unit_test(report_anywhere),
		cmocka_unit_test(long_lines),
		cmocka_unit_test(without_first_line),
		cmocka_unit_test(no_file),
		cmocka_unit_test(finds_what_reading_finds),
		cmocka_unit_test(finds_each_entry),
		cmocka_unit_test(finds_each_entry_on_any_processor),
		cmocka_unit_test(finds_hidden_messages),
	};

	return UNIT_RUN(argc, argv, tests);
}
