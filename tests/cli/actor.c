/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * actor: starts processes for the command tests: actor ROLE [ARGUMENT]. It prints the ids of the
 * processes of its role, one per line, then "ready", and runs until SIGTERM. Its children exit with
 * it; all exit after five minutes at most.
 *   crowd N      N children with equal numbers
 *   share N      N children that share its memory
 *   hold MIB [N] touches that much memory, and has N groups
 *   threads N [HEX [HEX]]  N more threads; their name is the first HEX, that of the first thread the second
 *   headless MIB its first thread has exited, another one holds the memory
 *   zombie       a child that has exited and is not waited for
 *   flip N OTHER N children; itself executes OTHER, a copy of it, and this one again, until it ends
 *   name HEX     sets its name to these bytes
 *   shy HEX      the same; at SIGUSR1 its files in /proc become root's, and at the next its user's again
 *   storm        children that exit immediately
 *   brood MS [HEX [KIND]]  forks a child every MS milliseconds until it ends; their ids are not printed
 */
#include <errno.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIFE_SECONDS 300
#define MOST         2000
#define LARGE_MIB    256

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void announce(void)
{
	puts("ready");
	fflush(stdout);
}

/* Does not return: every role ends here. */
static void stay(void)
{
	announce();
	for (;;)
		pause();
}

static void touch(size_t mib)
{
	size_t size = mib << 20;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		fail("mmap");
	for (size_t at = 0; at < size; at += 4096)
		p[at] = 1;
}

static void join_groups(size_t n)
{
	gid_t *groups = calloc(n + 1, sizeof(*groups));

	for (size_t i = 0; groups && i < n; i++)
		groups[i] = 100000 + (gid_t)i;
	if (!groups || setgroups(n, groups))
		fail("setgroups");
	free(groups);
}

static int pause_in_child(void *arg)
{
	(void)arg;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
	return 0;
}

static pid_t begin_sharer(void)
{
	size_t size = 64 << 10;
	char *stack = malloc(size);
	pid_t child = stack ? clone(pause_in_child, stack + size, CLONE_VM | SIGCHLD, NULL) : -1;

	if (child < 0)
		fail("clone");
	return child;
}

static pid_t begin_child(void)
{
	pid_t parent = getpid(), child = fork();

	if (child < 0)
		fail("fork");
	if (child == 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent))
		_exit(1);
	return child;
}

/* Waited for here: without a reaper of orphans they would stay zombies. */
static void end_children(const pid_t *children, long n)
{
	for (long i = 0; i < n; i++)
		kill(children[i], SIGKILL);
	while (wait(NULL) > 0)
		;
	exit(0);
}

static void block_term(sigset_t *term)
{
	sigemptyset(term);
	sigaddset(term, SIGTERM);
	sigprocmask(SIG_BLOCK, term, NULL);
}

/* Nothing is printed before all children exist: a used buffer would make them differ. */
static void crowd(long n, bool is_sharing)
{
	static pid_t children[MOST];
	sigset_t term;
	int got;

	block_term(&term);
	for (long i = 0; i < n; i++) {
		children[i] = is_sharing ? begin_sharer() : begin_child();
		while (children[i] == 0)
			pause();
	}
	for (long i = 0; i < n; i++)
		printf("%d\n", (int)children[i]);
	announce();
	sigwait(&term, &got);
	end_children(children, n);
}

static void flip(const char *self, const char *other)
{
	usleep(150);
	execl(other, other, "flipped", self, NULL);
	fail(other);
}

static void breed_and_flip(const char *self, long n, const char *other)
{
	for (long i = 0; i < n; i++) {
		pid_t child = begin_child();

		while (child == 0)
			pause();
		printf("%d\n", (int)child);
	}
	announce();
	flip(self, other);
}

static void take_name(const char *hex)
{
	char name[16] = { 0 };

	for (size_t i = 0; i < sizeof(name) - 1 && hex[2 * i] && hex[2 * i + 1]; i++) {
		const char digits[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

		name[i] = (char)strtol(digits, NULL, 16);
	}
	if (prctl(PR_SET_NAME, name))
		fail("prctl");
}

static void change_owner(int number)
{
	(void)number;
	prctl(PR_SET_DUMPABLE, !prctl(PR_GET_DUMPABLE));
}

static sem_t told;

static void *sleep_in_thread(void *arg)
{
	printf("%ld\n", syscall(SYS_gettid));
	fflush(stdout);
	sem_post(&told);
	if (arg) {
		while (pthread_tryjoin_np(*(pthread_t *)arg, NULL) == EBUSY)
			usleep(1000);
		stay();
	}
	for (;;)
		pause();
	return NULL;
}

static void begin_thread(pthread_t *first)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, sleep_in_thread, first))
		fail("pthread_create");
}

static void threads(long n, const char *first_name)
{
	for (long i = 0; i < n; i++)
		begin_thread(NULL);
	/* Each prints its id before "ready". */
	for (long i = 0; i < n; i++)
		while (sem_wait(&told))
			;
	if (first_name)
		take_name(first_name);
	stay();
}

static void headless(long mib)
{
	static pthread_t first;

	first = pthread_self();
	touch((size_t)mib);
	begin_thread(&first);
	pthread_exit(NULL);
}

static void zombie(void)
{
	siginfo_t info;
	pid_t child = begin_child();

	if (child == 0)
		_exit(0);
	if (waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT))
		fail("waitid");
	printf("%d\n", (int)child);
	stay();
}

static void storm(void)
{
	const struct timespec none = { 0, 0 };
	sigset_t term;

	block_term(&term);
	announce();
	while (sigtimedwait(&term, NULL, &none) < 0) {
		for (int i = 0; i < 8; i++)
			if (begin_child() == 0)
				_exit(0);
		usleep(300);
		while (wait(NULL) > 0)
			;
	}
	exit(0);
}

/* Forks and exits, so that the child has another parent. It exits before long. */
static void orphan_child(bool has_session)
{
	if (has_session)
		setsid();
	if (fork())
		_exit(0);
	alarm(10);
	while (pause())
		;
}

/* kind: "", "orphans", "daemons" (orphans in their own sessions), or "outside": only children get the name. */
static void brood(long ms, const char *hex, const char *kind)
{
	const struct timespec pause_time = { 0, ms * 1000000 };
	static pid_t children[MOST];
	sigset_t term;
	int n = 0;

	bool is_outside = strcmp(kind, "outside") == 0, is_large = strcmp(kind, "large") == 0;

	if (is_large) {
		/* A fork copies one page table per 2 MiB, which takes long. */
		prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
		touch(LARGE_MIB);
		kind = "";
	}
	if (*hex && !is_outside)
		take_name(hex);
	block_term(&term);
	announce();
	while (sigtimedwait(&term, NULL, &pause_time) < 0) {
		if (n == MOST)
			continue;
		children[n] = begin_child();
		if (children[n] == 0 && is_outside)
			take_name(hex);
		while (children[n] == 0 && (!*kind || is_outside))
			pause();
		if (children[n] == 0)
			orphan_child(strcmp(kind, "daemons") == 0);
		if (*kind && !is_outside)
			waitpid(children[n], NULL, 0);
		else
			n++;
	}
	end_children(children, n);
}

int main(int argc, char **argv)
{
	const char *role = argc > 1 ? argv[1] : "", *argument = argc > 2 ? argv[2] : "";
	long n = strtol(argument, NULL, 10);

	alarm(LIFE_SECONDS);
	if (n < 0 || n > MOST)
		n = MOST;
	if (strcmp(role, "crowd") == 0)
		crowd(n, false);
	if (strcmp(role, "share") == 0)
		crowd(n, true);
	if (strcmp(role, "flip") == 0)
		breed_and_flip(argv[0], n, argc > 3 ? argv[3] : "");
	if (strcmp(role, "flipped") == 0)
		flip(argv[0], argument);
	if (strcmp(role, "hold") == 0) {
		if (argc > 3)
			join_groups(strtoul(argv[3], NULL, 10));
		touch((size_t)n);
		stay();
	}
	if (strcmp(role, "threads") == 0) {
		if (argc > 3)
			take_name(argv[3]);
		threads(n, argc > 4 ? argv[4] : NULL);
	}
	if (strcmp(role, "headless") == 0)
		headless(n);
	if (strcmp(role, "zombie") == 0)
		zombie();
	if (strcmp(role, "name") == 0) {
		take_name(argument);
		stay();
	}
	if (strcmp(role, "shy") == 0) {
		signal(SIGUSR1, change_owner);
		take_name(argument);
		stay();
	}
	if (strcmp(role, "storm") == 0)
		storm();
	if (strcmp(role, "brood") == 0)
		brood(n, argc > 3 ? argv[3] : "", argc > 4 ? argv[4] : "");
	fprintf(stderr, "actor: unknown role '%s'\n", role);
	return 2;
}
