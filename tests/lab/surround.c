/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * surround: starts a program in surroundings that no shell can make: surround HOW PROGRAM [ARG]...
 *   no-args        without any argument, not even its name
 *   alarm          with SIGALRM pending and blocked
 *   env-junk       with entries in the environment that are no variables, twice the same, and very many
 *   stopper        is stopped and continued all the time
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
	while (n < MANY)
		env[n++] = (char *)"GLIBC_TUNABLES=glibc.malloc.check=3:glibc.malloc.check=3";
	execve(argv[0], argv, env);
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

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(char **argv);
	} hows[] = {
		{ "no-args", run_without_args },
		{ "alarm", run_with_alarm },
		{ "env-junk", run_with_junk },
		{ "stopper", run_and_stop },
	};

	for (size_t i = 0; argc > 2 && i < sizeof(hows) / sizeof(hows[0]); i++)
		if (strcmp(argv[1], hows[i].name) == 0)
			return hows[i].run(argv + 2);
	fprintf(stderr, "surround HOW PROGRAM [ARG]...\n");
	return 2;
}
