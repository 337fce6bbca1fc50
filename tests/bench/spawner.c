/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Starts idle processes, and a few of ordinary size, and keeps them until its standard input is
 * closed.
 *
 *	spawner [-a MIB] [-o COUNT] [-m MIB] [-M MIB] [-t SECONDS] COUNT PIDFILE
 *
 * COUNT idle processes are started, then those of -o that hold touched memory, in even steps from
 * -m to -M MiB; -a is the available memory, if it is less than the kernel reports. Their PIDs go to
 * PIDFILE, one per line, the idle ones first; then "ready" is printed. At the end of standard
 * input, on a signal, or after -t seconds, all are killed by PID and reaped. Exit: 0, 1 failed, 2
 * wrong usage, 3 refused because memory would be short.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	MAX_IDLE = 100000,
	MAX_ORDINARY = 100,
	MAX_ORDINARY_MIB = 16384,
	MAX_SECONDS = 3600,
	/* Measured on 6.18, x86-64: about 125 KiB of stacks, page tables and slab for each. */
	IDLE_KIB = 192,
	START_SECONDS = 120,
};

struct plan {
	long idle;
	long ordinary;
	long min_mib;
	long max_mib;
	long seconds;
	long available_mib;
	const char *pidfile;
};

static int usage(void)
{
	fputs("usage: spawner [-a MIB] [-o COUNT] [-m MIB] [-M MIB] [-t SECONDS] COUNT PIDFILE\n",
	      stderr);
	return 2;
}

static bool number(const char *text, long max, long *value)
{
	char *end;

	errno = 0;
	*value = strtol(text, &end, 10);
	return end != text && *end == '\0' && errno == 0 && *value >= 0 && *value <= max;
}

static bool plan_parse(int argc, char **argv, struct plan *plan)
{
	int opt;

	while ((opt = getopt(argc, argv, "a:o:m:M:t:")) != -1) {
		bool ok = false;

		if (opt == 'a')
			ok = number(optarg, LONG_MAX / 1024, &plan->available_mib);
		else if (opt == 'o')
			ok = number(optarg, MAX_ORDINARY, &plan->ordinary);
		else if (opt == 'm')
			ok = number(optarg, MAX_ORDINARY_MIB, &plan->min_mib);
		else if (opt == 'M')
			ok = number(optarg, MAX_ORDINARY_MIB, &plan->max_mib);
		else if (opt == 't')
			ok = number(optarg, MAX_SECONDS, &plan->seconds);
		if (!ok)
			return false;
	}
	if (argc - optind != 2 || plan->min_mib > plan->max_mib)
		return false;
	plan->pidfile = argv[optind + 1];
	return number(argv[optind], MAX_IDLE, &plan->idle);
}

static long ordinary_mib(const struct plan *plan, long nth)
{
	if (plan->ordinary < 2)
		return plan->max_mib;
	return plan->min_mib + (plan->max_mib - plan->min_mib) * nth / (plan->ordinary - 1);
}

/* MemAvailable of /proc/meminfo in KiB, -1 if the kernel does not show it. */
static int64_t available_kib(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	int64_t kib = -1;
	char line[128];

	if (!file)
		return -1;
	while (kib < 0 && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %" SCNd64 " kB", &kib) != 1)
			kib = -1;
	fclose(file);
	return kib;
}

/* Half of the available memory stays free for other users of the machine. */
static bool memory_suffices(const struct plan *plan)
{
	int64_t available = available_kib();
	int64_t need = (int64_t)plan->idle * IDLE_KIB;

	if (available > (int64_t)plan->available_mib * 1024)
		available = (int64_t)plan->available_mib * 1024;
	for (long i = 0; i < plan->ordinary; i++)
		need += (int64_t)ordinary_mib(plan, i) * 1024;
	if (available >= 0 && need <= available / 2)
		return true;
	fprintf(stderr,
		"spawner: refused: %" PRId64 " MiB needed, more than half of the %" PRId64
		" MiB available\n",
		need / 1024, available / 1024);
	return false;
}

/* The main function of each process. Only a signal ends it. */
static _Noreturn void be_process(pid_t parent, int ready, const sigset_t *mask, bool idle, long nth,
				 long mib)
{
	char name[32]; /* the kernel keeps 15 bytes */
	size_t size = (size_t)mib << 20;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(1);
	setpgid(0, 0);
	snprintf(name, sizeof(name), "%s%ld", idle ? "idle" : "ordinary", nth);
	prctl(PR_SET_NAME, name);
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	sigprocmask(SIG_UNBLOCK, mask, NULL);
	if (size > 0) {
		void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				    -1, 0);

		if (memory == MAP_FAILED)
			_exit(1);
		memset(memory, 1, size);
	}
	if (write(ready, "", 1) != 1)
		_exit(1);
	close(ready);
	for (;;)
		pause();
}

/* Starts the processes in turn; returns their number, which is too low after an error. */
static long start_all(const struct plan *plan, const sigset_t *mask, int ready[2], pid_t *pids)
{
	pid_t self = getpid();
	long total = plan->idle + plan->ordinary;

	for (long i = 0; i < total; i++) {
		bool idle = i < plan->idle;
		long nth = idle ? i : i - plan->idle;
		pid_t pid = fork();

		if (pid < 0) {
			fprintf(stderr, "spawner: fork of process %ld: %s\n", i + 1,
				strerror(errno));
			return i;
		}
		if (pid == 0) {
			close(ready[0]);
			be_process(self, ready[1], mask, idle, nth,
				   idle ? 0 : ordinary_mib(plan, nth));
		}
		pids[i] = pid;
	}
	return total;
}

/* Waits until each process has written its byte. */
static bool all_ready(int ready, int signals, long total)
{
	struct pollfd fds[] = { { .fd = ready, .events = POLLIN },
				{ .fd = signals, .events = POLLIN } };
	long seen = 0;

	while (seen < total) {
		char bytes[4096];
		ssize_t got;
		int n = poll(fds, 2, START_SECONDS * 1000);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || fds[1].revents != 0)
			break;
		got = read(ready, bytes, sizeof(bytes));
		if (got <= 0)
			break;
		seen += got;
	}
	if (seen < total)
		fprintf(stderr, "spawner: only %ld of %ld processes came up\n", seen, total);
	return seen >= total;
}

/* The file appears complete or not at all. */
static bool write_pids(const char *path, const pid_t *pids, long total)
{
	char temporary[4096];
	FILE *file;
	bool ok;

	if ((size_t)snprintf(temporary, sizeof(temporary), "%s.new", path) >= sizeof(temporary))
		return false;
	file = fopen(temporary, "we");
	ok = file;
	for (long i = 0; ok && i < total; i++)
		ok = fprintf(file, "%d\n", pids[i]) > 0;
	if (file && fclose(file) != 0)
		ok = false;
	if (!ok || rename(temporary, path) != 0) {
		fprintf(stderr, "spawner: %s: %s\n", path, strerror(errno));
		return false;
	}
	return true;
}

/* Returns at the end of standard input, at a signal or when the time is over. */
static void wait_for_end(int signals, long seconds)
{
	struct pollfd fds[] = { { .fd = STDIN_FILENO, .events = POLLIN },
				{ .fd = signals, .events = POLLIN } };

	for (;;) {
		char bytes[256];
		int n = poll(fds, 2, (int)seconds * 1000);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || fds[1].revents != 0)
			return;
		if (read(STDIN_FILENO, bytes, sizeof(bytes)) <= 0)
			return;
	}
}

/* No PID can have been recycled: no child has been reaped. */
static bool end_all(const pid_t *pids, long total)
{
	bool early = false;

	for (long i = 0; i < total; i++) {
		siginfo_t info = { 0 };

		waitid(P_PID, (id_t)pids[i], &info, WEXITED | WNOHANG | WNOWAIT);
		early = early || info.si_pid != 0;
		kill(pids[i], SIGKILL);
	}
	for (long i = 0; i < total; i++)
		while (waitpid(pids[i], NULL, 0) < 0 && errno == EINTR)
			;
	if (early)
		fputs("spawner: a process had ended before its time\n", stderr);
	return !early;
}

int main(int argc, char **argv)
{
	static pid_t pids[MAX_IDLE + MAX_ORDINARY];
	struct plan plan = { .min_mib = 24,
			     .max_mib = 120,
			     .seconds = 900,
			     .available_mib = LONG_MAX / 1024 };
	int ready[2];
	int signals;
	long total;
	sigset_t mask;
	bool ok;

	if (!plan_parse(argc, argv, &plan))
		return usage();
	if (!memory_suffices(&plan))
		return 3;
	sigemptyset(&mask);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGHUP);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	/* Even if no process reads "ready", all processes must be ended before exit. */
	signal(SIGPIPE, SIG_IGN);
	signals = signalfd(-1, &mask, SFD_CLOEXEC);
	if (signals < 0 || pipe(ready) != 0) {
		fprintf(stderr, "spawner: %s\n", strerror(errno));
		return 1;
	}
	total = start_all(&plan, &mask, ready, pids);
	close(ready[1]);
	ok = total == plan.idle + plan.ordinary && all_ready(ready[0], signals, total) &&
	     write_pids(plan.pidfile, pids, total);
	if (ok) {
		puts("ready");
		ok = fflush(stdout) == 0;
	}
	if (ok)
		wait_for_end(signals, plan.seconds);
	return end_all(pids, total) && ok ? 0 : 1;
}
