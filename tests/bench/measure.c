/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs commands in turn, round after round, and prints how long each took and how much memory.
 *
 *	measure [-r ROUNDS] [-f FIRST] [-t SECONDS] [-p PIDFILE] [-d] NAME COMMAND... [ ';;' ... ]
 *
 * The order is rotated from round to round, so that no command always runs first. An argument @pids
 * stands for all PIDs of PIDFILE; @n for a number that starts with FIRST and increases by one with
 * each run of any command. Standard output goes to /dev/null, with -d into a pipe that is drained.
 * Output: a line of NAME, median ms, least ms, peak KiB, last exit status that was not 0 (128 +
 * signal as in a shell) for each command, separated by tabs. Exit: 0 measured, 1 could not, 2 wrong
 * usage, 130 stopped.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_COMMANDS = 16, MAX_ROUNDS = 1000, MAX_PIDS = 40000, MAX_SECONDS = 600 };

struct command {
	const char *name;
	char **argv; /* expanded, ends with NULL */
	double ms[MAX_ROUNDS];
	long peak_kib;
	int status;
};

struct settings {
	long rounds;
	long number;
	long seconds;
	bool drain;
	const char *pidfile;
};

static struct command commands[MAX_COMMANDS];
static int command_count;
static char number_text[24];
static char *pids[MAX_PIDS];
static size_t pid_count;

static volatile sig_atomic_t running;
static volatile sig_atomic_t stopped;

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "measure: %s: %s\n", what, why);
	return 1;
}

/* Kills here, not after the interrupted wait: a signal just before the wait must not be lost. */
static void on_signal(int signal)
{
	stopped = signal;
	if (running > 0)
		kill((pid_t)-running, SIGKILL);
}

static sigset_t catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGALRM };
	sigset_t mask;

	sigemptyset(&mask);
	for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++) {
		sigaction(caught[i], &action, NULL);
		sigaddset(&mask, caught[i]);
	}
	return mask;
}

static int read_pids(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[32];

	if (!file)
		return fail(path, strerror(errno));
	while (pid_count < MAX_PIDS && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		pids[pid_count] = strdup(line);
		if (!pids[pid_count])
			break;
		pid_count++;
	}
	fclose(file);
	return pid_count > 0 ? 0 : fail(path, "no PIDs");
}

/* Adds the command of `count` words; they must stay valid until the program ends. */
static int add_command(char **words, int count)
{
	struct command *command = &commands[command_count];
	size_t size = (size_t)count + 1;
	size_t used = 0;

	if (command_count == MAX_COMMANDS || count < 2)
		return fail(words[0], "a name and a command are needed, for 16 at most");
	for (int i = 1; i < count; i++)
		if (strcmp(words[i], "@pids") == 0)
			size += pid_count;
	command->name = words[0];
	command->argv = calloc(size, sizeof(char *));
	if (!command->argv)
		return fail(words[0], strerror(errno));
	for (int i = 1; i < count; i++) {
		if (strcmp(words[i], "@pids") == 0) {
			memcpy(command->argv + used, pids, pid_count * sizeof(char *));
			used += pid_count;
		} else {
			command->argv[used++] = strcmp(words[i], "@n") == 0 ? number_text
									    : words[i];
		}
	}
	command_count++;
	return 0;
}

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static _Noreturn void become(char **argv, int output, const sigset_t *mask, double *start_ms)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	dup2(output, STDOUT_FILENO);
	sigprocmask(SIG_UNBLOCK, mask, NULL);
	*start_ms = now_ms();
	execvp(argv[0], argv);
	fprintf(stderr, "measure: %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/*
 * One run. The child starts the clock just before exec. fork, not vfork: ru_maxrss includes the
 * memory that a process had before exec, which is little after fork, and all memory of this program
 * after vfork.
 */
static int run_once(struct command *command, const sigset_t *mask, bool drain, long seconds,
		    double *start_ms, double *ms)
{
	int ends[2] = { -1, -1 };
	struct rusage usage;
	int output;
	int status;
	pid_t pid;

	if (drain && pipe2(ends, O_CLOEXEC) != 0)
		return fail("pipe", strerror(errno));
	output = drain ? ends[1] : open("/dev/null", O_WRONLY | O_CLOEXEC);
	sigprocmask(SIG_BLOCK, mask, NULL);
	pid = stopped ? -1 : fork();
	if (pid == 0)
		become(command->argv, output, mask, start_ms);
	if (pid > 0)
		setpgid(pid, pid);
	running = pid;
	sigprocmask(SIG_UNBLOCK, mask, NULL);
	close(output);
	if (pid < 0)
		return fail(command->name, stopped ? "stopped" : strerror(errno));
	alarm((unsigned int)seconds);
	if (drain) {
		static char buffer[64 * 1024];

		while (read(ends[0], buffer, sizeof(buffer)) > 0)
			;
		close(ends[0]);
	}
	while (wait4(pid, &status, 0, &usage) < 0)
		if (errno != EINTR)
			return fail(command->name, strerror(errno));
	*ms = now_ms() - *start_ms;
	running = 0;
	alarm(0);
	if (stopped)
		return fail(command->name, stopped == SIGALRM ? "took too long" : "stopped");
	if (usage.ru_maxrss > command->peak_kib)
		command->peak_kib = usage.ru_maxrss;
	if (status != 0)
		command->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return 0;
}

static int compare_ms(const void *a, const void *b)
{
	double left = *(const double *)a;
	double right = *(const double *)b;

	return (left > right) - (left < right);
}

static int run_all(struct settings *settings, const sigset_t *mask)
{
	double *start_ms = mmap(NULL, sizeof(*start_ms), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (start_ms == MAP_FAILED)
		return fail("mmap", strerror(errno));
	for (long round = 0; round < settings->rounds; round++) {
		for (int i = 0; i < command_count; i++) {
			struct command *command = &commands[(round + i) % command_count];

			snprintf(number_text, sizeof(number_text), "%ld", settings->number++);
			if (run_once(command, mask, settings->drain, settings->seconds, start_ms,
				     &command->ms[round]) != 0)
				return stopped && stopped != SIGALRM ? 130 : 1;
		}
	}
	return 0;
}

static void print_all(long rounds)
{
	for (int i = 0; i < command_count; i++) {
		struct command *command = &commands[i];
		double *ms = command->ms;

		qsort(ms, (size_t)rounds, sizeof(*ms), compare_ms);
		printf("%s\t%.3f\t%.3f\t%ld\t%d\n", command->name,
		       (ms[(rounds - 1) / 2] + ms[rounds / 2]) / 2, ms[0], command->peak_kib,
		       command->status);
	}
}

static bool number(const char *text, long max, long *value)
{
	char *end;

	errno = 0;
	*value = strtol(text, &end, 10);
	return end != text && *end == '\0' && errno == 0 && *value > 0 && *value <= max;
}

static bool settings_parse(int argc, char **argv, struct settings *settings)
{
	int opt;

	/* "+": options of the commands are not parsed here. */
	while ((opt = getopt(argc, argv, "+r:f:t:p:d")) != -1) {
		bool ok = true;

		if (opt == 'r')
			ok = number(optarg, MAX_ROUNDS, &settings->rounds);
		else if (opt == 'f')
			ok = number(optarg, 1000000, &settings->number);
		else if (opt == 't')
			ok = number(optarg, MAX_SECONDS, &settings->seconds);
		else if (opt == 'p')
			settings->pidfile = optarg;
		else if (opt == 'd')
			settings->drain = true;
		else
			ok = false;
		if (!ok)
			return false;
	}
	return optind < argc;
}

int main(int argc, char **argv)
{
	struct settings settings = { .rounds = 9, .number = 1, .seconds = 120 };
	sigset_t mask;
	int status;

	if (!settings_parse(argc, argv, &settings)) {
		fputs("usage: measure [-r ROUNDS] [-f FIRST] [-t SECONDS] [-p PIDFILE] [-d]"
		      " NAME COMMAND... [ ';;' NAME COMMAND... ]...\n",
		      stderr);
		return 2;
	}
	if (settings.pidfile && read_pids(settings.pidfile) != 0)
		return 1;
	for (int first = optind; first < argc;) {
		int end = first;

		while (end < argc && strcmp(argv[end], ";;") != 0)
			end++;
		if (add_command(argv + first, end - first) != 0)
			return 2;
		first = end + 1;
	}
	mask = catch_signals();
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	status = run_all(&settings, &mask);
	if (status == 0)
		print_all(settings.rounds);
	return status;
}
