/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * usurper: ends processes of one user while a program writes to them, and gives their PIDs at once to processes of
 * another: usurper RACES OWNER NEWCOMER PROGRAM [ARG]... calls PROGRAM as OWNER with ARGs and, behind them, the PIDs
 * of OWNER's processes, again and again, until so many have been replaced. As root; needs clone3() with set_tid (Linux
 * 5.5). Prints how many the program had reached before they were, and fails when a newcomer's adj is not 0.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUND 250
#define BATCH 50

static uid_t owner, newcomer;
static pid_t pids[ROUND];

static void become(uid_t uid)
{
	if (setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		_exit(1);
}

/* wanted 0: any PID. The child becomes uid and sleeps; *ready ends when it has. -1: it could not be made. */
static pid_t start(uid_t uid, pid_t wanted, int *ready)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	int fds[2];
	pid_t pid;

	if (wanted) {
		args.set_tid = (uintptr_t)&wanted;
		args.set_tid_size = 1;
	}
	if (pipe2(fds, O_CLOEXEC))
		return -1;
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0) {
		become(uid);
		/* Otherwise its files were root's, and no program would try. */
		prctl(PR_SET_DUMPABLE, 1);
		close(fds[1]);
		for (;;)
			pause();
	}
	close(fds[1]);
	*ready = fds[0];
	if (pid < 0)
		close(fds[0]);
	return pid;
}

static int wait_ready(int ready)
{
	char go;
	ssize_t n = read(ready, &go, 1);

	close(ready);
	return n == 0 ? 0 : -1;
}

/* PROGRAM itself may have the PID for a moment. */
static int start_as(pid_t pid, int *ready)
{
	for (int i = 0; i < 1000; i++) {
		if (start(newcomer, pid, ready) == pid)
			return 0;
		if (errno != EEXIST)
			return -1;
		usleep(1000);
	}
	return -1;
}

/* Some at a time: every wait gives PROGRAM the processor for a while. */
static int replace(const pid_t *some)
{
	int ready[BATCH], err = 0;

	for (int i = 0; i < BATCH; i++)
		kill(some[i], SIGKILL);
	for (int i = 0; i < BATCH; i++) {
		waitpid(some[i], NULL, 0);
		if (start_as(some[i], &ready[i]))
			return -1;
	}
	for (int i = 0; i < BATCH; i++)
		err |= wait_ready(ready[i]);
	return err;
}

static int read_adj(pid_t pid)
{
	char path[64];
	int adj = INT32_MIN;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", (int)pid);
	in = fopen(path, "re");
	if (in && fscanf(in, "%d", &adj) != 1)
		adj = INT32_MIN;
	if (in)
		fclose(in);
	return adj;
}

/* Calls it until it is killed; a process group of its own. */
static pid_t call_always(char **words, int n_words)
{
	static char numbers[ROUND][16];
	char *argv[64 + ROUND + 1];
	int n = 0, null;
	pid_t pid;

	for (int i = 0; i < n_words && n < 64; i++)
		argv[n++] = words[i];
	for (int i = 0; i < ROUND; i++) {
		snprintf(numbers[i], sizeof(numbers[i]), "%d", (int)pids[i]);
		argv[n++] = numbers[i];
	}
	argv[n] = NULL;
	pid = fork();
	if (pid)
		return pid;
	setpgid(0, 0);
	null = open("/dev/null", O_RDWR);
	dup2(null, 1);
	dup2(null, 2);
	become(owner);
	for (;;) {
		pid = fork();
		if (pid == 0) {
			execv(argv[0], argv);
			_exit(127);
		}
		waitpid(pid, NULL, 0);
	}
}

/* 0, or -1: a newcomer was written to, or a round went wrong. */
static int race(char **words, int n_words, int *n_reached)
{
	int wrong = 0, ready;
	pid_t program;

	for (int i = 0; i < ROUND; i++) {
		pids[i] = start(owner, 0, &ready);
		if (pids[i] < 0 || wait_ready(ready))
			return -1;
	}
	program = call_always(words, n_words);
	if (program < 0)
		return -1;
	for (int tries = 0; tries < 5000 && read_adj(pids[0]) == 0; tries++)
		usleep(1000);
	for (int i = 0; i < ROUND; i += BATCH) {
		for (int k = i; k < i + BATCH; k++)
			*n_reached += read_adj(pids[k]) != 0;
		if (replace(pids + i))
			return -1;
	}
	kill(-program, SIGKILL);
	waitpid(program, NULL, 0);
	for (int i = 0; i < ROUND; i++) {
		if (read_adj(pids[i]) != 0) {
			printf("pid %d: a newcomer has adj %d\n", (int)pids[i], read_adj(pids[i]));
			wrong = -1;
		}
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	return wrong;
}

int main(int argc, char **argv)
{
	int races, done = 0, reached = 0;

	if (argc < 5)
		return 2;
	races = atoi(argv[1]);
	owner = (uid_t)atoi(argv[2]);
	newcomer = (uid_t)atoi(argv[3]);
	for (; done < races; done += ROUND) {
		if (race(argv + 4, argc - 4, &reached)) {
			printf("failed after %d: %s\n", done, strerror(errno));
			return 1;
		}
	}
	printf("%d replaced, %d of them after the program had reached them\n", done, reached);
	/* Where none was reached there was no race. */
	return reached == 0;
}
