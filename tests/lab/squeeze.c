/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a command repeatedly while the machine has almost no free memory, and prints: "runs N failed
 * N killed N slowest_ms N typical_ms N holders N".
 *
 * squeeze PAGES RUNS COMMAND...: a child, the holder, allocates and frees memory so that PAGES stay
 * free above the mark at which the kernel begins to kill. It is killed first when the command needs
 * more, and is then replaced.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RUNS_MOST 1000
#define RUN_MS    30000 /* a run that takes longer is ended and has failed */

static long page_bytes;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "squeeze: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void set_adj(const char *adj)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, adj, strlen(adj)) < 0)
		die("/proc/self/oom_score_adj");
	close(fd);
}

/*
 * Free pages of all zones above their lowest watermark and their lowmem reserve
 * (__zone_watermark_ok()).
 */
static long pages_left(int zoneinfo)
{
	static char text[64 * 1024];
	long left = 0, free = 0, mark = 0, kept = 0;
	size_t at = 0;
	ssize_t n;

	while ((n = pread(zoneinfo, text + at, sizeof(text) - 1 - at, (off_t)at)) > 0)
		at += (size_t)n;
	text[at] = '\0';
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		char *last = strrchr(line, ' ');

		if (sscanf(line, " pages free %ld", &free) == 1 ||
		    sscanf(line, " min %ld", &mark) == 1)
			continue;
		if (strstr(line, "protection:") && last) {
			kept = strtol(last, NULL, 10);
			if (free > mark + kept)
				left += free - mark - kept;
			free = 0;
		}
	}
	return left;
}

/* Holds memory forever; reports when only the wanted amount is free. */
static _Noreturn void hold(long wanted, int ready)
{
	size_t most = (size_t)sysconf(_SC_PHYS_PAGES), held = 0;
	int zoneinfo = open("/proc/zoneinfo", O_RDONLY | O_CLOEXEC);
	char *memory = mmap(NULL, most * (size_t)page_bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (zoneinfo < 0 || memory == MAP_FAILED)
		die("hold");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	set_adj("1000");
	for (;;) {
		long over = pages_left(zoneinfo) - wanted;

		for (long i = 0; i < over && i < 1024 && held < most; i++)
			memory[held++ * (size_t)page_bytes] = 1;
		for (long i = 0; i < -over - wanted / 2 && held; i++)
			madvise(memory + --held * (size_t)page_bytes, (size_t)page_bytes,
				MADV_DONTNEED);
		if (over > 0 && over > wanted / 2)
			continue;
		if (ready >= 0 && write(ready, "", 1) == 1) {
			close(ready);
			ready = -1;
		}
		usleep(2000);
	}
}

static pid_t start_holder(long wanted)
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe(ready))
		die("pipe");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0) {
		close(ready[0]);
		hold(wanted, ready[1]);
	}
	close(ready[1]);
	/* A holder that was killed before it was ready has filled memory too. */
	while (read(ready[0], &byte, 1) < 0 && errno == EINTR)
		;
	close(ready[0]);
	return pid;
}

/* One run; its status as waitpid() gives it. */
static int run(char **command, uint64_t *ms)
{
	uint64_t begun = now_ms();
	pid_t pid = fork(), ended;
	int status;

	if (pid < 0)
		return -1;
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		set_adj("0");
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		execv(command[0], command);
		_exit(127);
	}
	while ((ended = waitpid(pid, &status, WNOHANG)) == 0) {
		if (now_ms() - begun > RUN_MS)
			kill(pid, SIGKILL);
		usleep(500);
	}
	*ms = now_ms() - begun;
	return ended == pid ? status : -1;
}

static int compare(const void *va, const void *vb)
{
	const uint64_t *a = va, *b = vb;

	return (*a > *b) - (*a < *b);
}

int main(int argc, char **argv)
{
	uint64_t ms[RUNS_MOST] = { 0 };
	long wanted, runs, failed = 0, killed = 0, holders = 0;
	pid_t holder = 0;

	page_bytes = sysconf(_SC_PAGESIZE);
	if (argc < 4 || !getenv("LAB")) {
		fputs("usage: squeeze PAGES RUNS COMMAND..., in a guest of the lab only\n", stderr);
		return 2;
	}
	wanted = strtol(argv[1], NULL, 10);
	runs = strtol(argv[2], NULL, 10);
	if (wanted < 1 || runs < 1 || runs > RUNS_MOST)
		return 2;
	set_adj("-1000");
	if (mlockall(MCL_CURRENT))
		die("mlockall");
	for (long i = 0; i < runs; i++) {
		int status;

		if (!holder || waitpid(holder, NULL, WNOHANG) == holder) {
			holder = start_holder(wanted);
			holders++;
		}
		status = run(argv + 3, &ms[i]);
		failed += status != 0;
		killed += status >= 0 && WIFSIGNALED(status);
	}
	kill(holder, SIGKILL);
	waitpid(holder, NULL, 0);
	qsort(ms, (size_t)runs, sizeof(*ms), compare);
	printf("runs %ld failed %ld killed %ld slowest_ms %lu typical_ms %lu holders %ld\n", runs,
	       failed, killed, (unsigned long)ms[runs - 1], (unsigned long)ms[runs / 2], holders);
	return 0;
}
