/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a program in a terminal of its own, and measures the CPU time of each of its refreshes, with
 * that of the processes that it started.
 *
 *	refresh NAME INTERVAL_MS REFRESHES COMMAND...
 *
 * The first refreshes, in which it fills its tables, are not measured. Output: as of measure. Exit:
 * 0 measured, 1 could not, 2 wrong usage.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROWS = 40, COLUMNS = 120, SETTLE = 3, MAX_REFRESHES = 100, MAX_PROCESSES = 16 };

static int fail(const char *what)
{
	perror(what);
	return 1;
}

static int64_t to_ns(const struct timespec *t)
{
	return t->tv_sec * 1000000000LL + t->tv_nsec;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return to_ns(&now);
}

/* 0: it has ended. */
static int64_t cpu_ns(pid_t pid)
{
	struct timespec used;
	clockid_t clock;

	return clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &used) ? 0 : to_ns(&used);
}

/* The program and its children. */
static size_t find_processes(pid_t pid, pid_t *pids)
{
	char path[64];
	size_t n = 0;
	FILE *list;
	int child;

	pids[n++] = pid;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	list = fopen(path, "re");
	while (list && n < MAX_PROCESSES && fscanf(list, "%d", &child) == 1)
		pids[n++] = child;
	if (list)
		fclose(list);
	return n;
}

static int64_t all_cpu_ns(const pid_t *pids, size_t n)
{
	int64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += cpu_ns(pids[i]);
	return sum;
}

static long peak_kib(pid_t pid)
{
	char path[64], line[256];
	long kib = 0;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	status = fopen(path, "re");
	while (status && fgets(line, sizeof(line), status))
		sscanf(line, "VmHWM: %ld", &kib);
	if (status)
		fclose(status);
	return kib;
}

/* Reads what the program writes, for so long. -1: it has ended. */
static int drain(int terminal, int64_t until_ns)
{
	char buf[65536];

	for (;;) {
		struct pollfd fd = { .fd = terminal, .events = POLLIN };
		int64_t left = until_ns - now_ns();

		if (left <= 0)
			return 0;
		if (poll(&fd, 1, (int)(left / 1000000) + 1) > 0 &&
		    read(terminal, buf, sizeof(buf)) <= 0)
			return -1;
	}
}

static void run(const char *slave, char **argv)
{
	const struct winsize size = { .ws_row = ROWS, .ws_col = COLUMNS };
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	setsid();
	fd = open(slave, O_RDWR);
	if (fd < 0 || ioctl(fd, TIOCSWINSZ, &size) || dup2(fd, 0) < 0 || dup2(fd, 1) < 0)
		_exit(127);
	setenv("TERM", "xterm-256color", 1);
	execv(argv[0], argv);
	_exit(127);
}

static int compare(const void *va, const void *vb)
{
	const double *a = va, *b = vb;

	return (*a > *b) - (*a < *b);
}

static int measure(int terminal, pid_t pid, const char *name, int64_t interval_ns, long refreshes)
{
	pid_t pids[MAX_PROCESSES];
	double ms[MAX_REFRESHES];
	/* Between two refreshes. */
	int64_t next = now_ns() + SETTLE * interval_ns + interval_ns / 2, before;
	size_t n;

	if (drain(terminal, next))
		return -1;
	n = find_processes(pid, pids);
	before = all_cpu_ns(pids, n);
	for (long i = 0; i < refreshes; i++) {
		int64_t after;

		next += interval_ns;
		if (drain(terminal, next))
			return -1;
		after = all_cpu_ns(pids, n);
		ms[i] = (double)(after - before) / 1e6;
		before = after;
	}
	qsort(ms, (size_t)refreshes, sizeof(ms[0]), compare);
	printf("%s\t%.3f\t%.3f\t%ld\t0\n", name, ms[refreshes / 2], ms[0], peak_kib(pid));
	return 0;
}

int main(int argc, char **argv)
{
	int64_t interval_ns = argc > 4 ? strtol(argv[2], NULL, 10) * 1000000LL : 0;
	long refreshes = argc > 4 ? strtol(argv[3], NULL, 10) : 0;
	int terminal, err;
	pid_t pid;

	if (interval_ns <= 0 || refreshes < 1 || refreshes > MAX_REFRESHES) {
		fputs("usage: refresh NAME INTERVAL_MS REFRESHES COMMAND...\n", stderr);
		return 2;
	}
	terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (terminal < 0 || grantpt(terminal) || unlockpt(terminal))
		return fail("no terminal");
	pid = fork();
	if (pid == 0)
		run(ptsname(terminal), argv + 4);
	if (pid < 0)
		return fail("fork");
	err = measure(terminal, pid, argv[1], interval_ns, refreshes);
	if (err)
		fputs("refresh: the program has ended\n", stderr);
	kill(pid, SIGTERM);
	/* Nothing must make it wait for its terminal. */
	close(terminal);
	waitpid(pid, NULL, 0);
	return err ? 1 : 0;
}
