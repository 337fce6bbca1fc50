/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * surround: starts a program in an environment that no shell can create: surround HOW PROGRAM
 * [ARG]...
 *   no-args        without any argument, not even its name
 *   alarm          with SIGALRM pending and blocked
 *   env-junk       with invalid, duplicate and very many environment entries
 *   socket N       with a socket of address family N as standard error; 0: with a file of memfd_create(2)
 *   stopper        is stopped and continued all the time
 *   limits N FILE  N times, with limits of files and memory that change while it runs; FILE is an
 *                  oom_score_adj, which is reset to 0 after each run. Prints how often it had
 *                  changed, and the lowest value
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MANY 2000

static int run_without_args(char **argv)
{
	char *none[] = { NULL };

	execv(argv[0], none);
	return 127;
}

static int run_with_alarm(char **argv)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	kill(getpid(), SIGALRM);
	execv(argv[0], argv);
	return 127;
}

static int run_with_junk(char **argv)
{
	static char *env[MANY + 8];
	size_t n = 0;

	env[n++] = (char *)"";
	env[n++] = (char *)"=";
	env[n++] = (char *)"no-sign";
	env[n++] = (char *)"TERM=a";
	env[n++] = (char *)"TERM=b";
	env[n++] = (char *)"LC_ALL=../../../../tmp/locale";
	env[n++] = (char *)"LD_LIBRARY_PATH=/nowhere";
	while (n < MANY)
		env[n++] = (char *)"GLIBC_TUNABLES=glibc.malloc.check=3:glibc.malloc.check=3";
	execve(argv[0], argv, env);
	return 127;
}

static int run_with_socket(char **argv)
{
	int family = atoi(argv[0]);
	int fd = family ? socket(family, SOCK_DGRAM, 0) : memfd_create("surround", 0);

	if (fd < 0 || dup2(fd, STDERR_FILENO) < 0 || close(fd))
		return 126;
	execv(argv[1], argv + 1);
	return 127;
}

static int run_and_stop(char **argv)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		execv(argv[0], argv);
		_exit(127);
	}
	for (int i = 0; i < 2000; i++) {
		kill(pid, SIGSTOP);
		usleep(200);
		kill(pid, SIGCONT);
		usleep(300);
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
	kill(pid, SIGKILL);
	return 124;
}

/* Until it ends: alternates between no limit and limits that permit no open(2) or mmap(2). */
static int run_under_limits(char **argv, unsigned int seed)
{
	static const struct rlimit files[] = { { 1024, 1024 }, { 0, 1024 } };
	static const struct rlimit sizes[] = { { RLIM_INFINITY, RLIM_INFINITY },
					       { 1, RLIM_INFINITY } };
	unsigned int which = seed % 3; /* files, memory, both */
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		setrlimit(RLIMIT_NOFILE, &files[0]);
		execv(argv[0], argv);
		_exit(127);
	}
	srand(seed);
	for (int i = 0; i < 10000; i++) {
		if (which != 1)
			prlimit(pid, RLIMIT_NOFILE, &files[i % 2], NULL);
		if (which != 0)
			prlimit(pid, RLIMIT_AS, &sizes[i % 2], NULL);
		usleep((unsigned int)rand() % (i % 2 ? 500 : 3000));
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return -1;
}

static int run_with_limits(char **argv)
{
	int n = atoi(argv[0]), fd = open(argv[1], O_RDWR | O_CLOEXEC), n_changed = 0, lowest = 0;
	char text[16] = "";

	for (int i = 0; i < n; i++) {
		if (run_under_limits(argv + 2, (unsigned int)i) < 0 ||
		    pread(fd, text, sizeof(text) - 1, 0) <= 0)
			return 1;
		n_changed += atoi(text) != 0;
		lowest = atoi(text) < lowest ? atoi(text) : lowest;
		if (atoi(text) && write(fd, "0", 1) != 1)
			return 1;
	}
	printf("%d calls, %d changed, the lowest %d\n", n, n_changed, lowest);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(char **argv);
	} hows[] = {
		{ "no-args", run_without_args }, { "alarm", run_with_alarm },
		{ "env-junk", run_with_junk },   { "stopper", run_and_stop },
		{ "limits", run_with_limits },   { "socket", run_with_socket },
	};

	for (size_t i = 0; argc > 2 && i < sizeof(hows) / sizeof(hows[0]); i++)
		if (strcmp(argv[1], hows[i].name) == 0)
			return hows[i].run(argv + 2);
	fprintf(stderr, "surround HOW PROGRAM [ARG]...\n");
	return 2;
}
