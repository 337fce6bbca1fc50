/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kills: OOM kills during the run. */
#include "cmd/top/kills.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/msg.h"
#include "base/text.h"
#include "ui/format.h"

/* The command ends when nothing reads its output any more. */
static _Noreturn void run_log(struct ctx *cx, int out)
{
	char *argv[] = { "log",           "--follow",
			 "--since",       "now",
			 "--raw",         "--noheadings",
			 "--output",      "time,pid,name,rss,adj",
			 "--color=never", NULL };
	struct ctx own = { .out = stdout, .privilege = cx->privilege };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	enum status st;

	/* The terminal's signals are for the process that has it. */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGTSTP, SIG_IGN);
	/* Nothing borrowed: log never gets it. */
	if (cx->privilege->is_borrowed && privilege_keep_none(cx->privilege))
		_exit(ST_BROKEN);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(out, STDERR_FILENO) < 0 || privilege_close_descriptors())
		_exit(ST_BROKEN);
	msg_width = 0;
	mem_lock();
	st = cmd_dispatch(&own, (int)(sizeof(argv) / sizeof(argv[0])) - 1, argv);
	fflush(stdout);
	_exit((int)st);
}

int kills_follow_begin(struct kills_follow *k, struct ctx *cx)
{
	int ends[2], err;

	k->fd = -1;
	k->n = k->len = 0;
	k->has_failed = false;
	k->counted = -1;
	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	k->pid = fork();
	if (k->pid == 0)
		run_log(cx, ends[1]);
	err = k->pid < 0 ? -errno : 0;
	close(ends[1]);
	k->fd = ends[0];
	fcntl(k->fd, F_SETFL, O_NONBLOCK);
	if (err)
		kills_follow_end(k);
	return err;
}

/* "2024-05-26\x2006:17:33": only the time of the day is shown. */
static const char *time_of_day(const char *word)
{
	const char *blank = strstr(word, "\\x20");

	return blank ? blank + 4 : word;
}

void kills_follow_add(struct kills_follow *k, const char *line)
{
	char copy[512], *rest = copy, *words[5] = { NULL }, size[FORMAT_TEXT_MAX];
	char *text = k->texts[k->n % KILLS_FOLLOW_MAX];
	size_t n = 0;

	text_copy(copy, sizeof(copy), line, strlen(line));
	while (n < 5 && (words[n] = strsep(&rest, " ")))
		n++;
	/* Messages of the command, such as that the log cannot be read. */
	if (n < 5 || strncmp(line, PROGRAM_NAME ": ", sizeof(PROGRAM_NAME) + 1) == 0)
		return;
	if (strcmp(words[3], "-") == 0)
		snprintf(size, sizeof(size), "size unknown");
	else
		format_format(strtoll(words[3], NULL, 10), size);
	snprintf(text, KILLS_FOLLOW_TEXT, "%.8s killed: pid %.10s (%.60s), %s, adj %.6s",
		 strcmp(words[0], "-") ? time_of_day(words[0]) : "", words[1], words[2], size,
		 words[4]);
	k->n++;
}

bool kills_follow_read(struct kills_follow *k)
{
	size_t before = k->n;

	while (k->fd >= 0) {
		ssize_t n = read(k->fd, k->line + k->len, sizeof(k->line) - 1 - k->len);
		char *newline;

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n <= 0) {
			close(k->fd);
			k->fd = -1;
			k->has_failed = true;
			break;
		}
		k->len += (size_t)n;
		k->line[k->len] = '\0';
		while ((newline = memchr(k->line, '\n', k->len))) {
			*newline++ = '\0';
			kills_follow_add(k, k->line);
			k->len -= (size_t)(newline - k->line);
			memmove(k->line, newline, k->len);
		}
		/* A longer line is no kill. */
		if (k->len == sizeof(k->line) - 1)
			k->len = 0;
	}
	return k->n != before;
}

const char *kills_follow_text(const struct kills_follow *k, size_t nth, size_t n)
{
	size_t kept = k->n < KILLS_FOLLOW_MAX ? k->n : KILLS_FOLLOW_MAX;

	if (n > kept)
		n = kept;
	return nth < n ? k->texts[(k->n - n + nth) % KILLS_FOLLOW_MAX] : NULL;
}

bool kills_follow_count(struct kills_follow *k, int64_t counter)
{
	bool is_more = k->has_failed && k->counted >= 0 && counter > k->counted;

	if (is_more)
		snprintf(k->texts[k->n++ % KILLS_FOLLOW_MAX], KILLS_FOLLOW_TEXT,
			 "killed: %lld %s; which, the kernel's log would show",
			 (long long)(counter - k->counted),
			 counter - k->counted == 1 ? "process" : "processes");
	/* Kills before the log failed were shown. */
	k->counted = counter;
	return is_more;
}

void kills_follow_end(struct kills_follow *k)
{
	if (k->fd >= 0)
		close(k->fd);
	k->fd = -1;
}
