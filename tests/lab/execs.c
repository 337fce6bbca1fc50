/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Executes a program many times, at a rate, and tells how each fared:
 * "execs N per_second N missed N slow N median_us N worst_us N median_looks N".
 *
 * execs COUNT PER_SECOND PATH [ADJ]: PATH is a link to this program, whose name processes then have. With a rate of 0 each
 * starts when the one before has ended. Without ADJ they end at once. With ADJ each waits until its oom_score_adj is ADJ,
 * for a minute at most; missed counts those that never had it, slow those that waited for more than 50 ms. They look each
 * 0.5 ms; where the host of a guest is busy, all of this lasts longer, but the number of looks is similar. The status is 1
 * if any was missed.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COUNT_MOST 100000
#define ALIVE_MOST 4000
#define WAIT_NS    60000000000LL
#define SLOW_US    50000
#define RESULTS_FD 9

/* What became of a process. */
struct result {
	bool has_adj;
	uint32_t us, looks; /* until it had its adj */
};

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "execs: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* The executed program: waits for the value, and leaves its result in its place. */
static int wait_for(int adj, off_t place)
{
	const struct timespec pause = { .tv_nsec = 500000 };
	int64_t begun = now_ns(), end = begun + WAIT_NS;
	int fd = open("/proc/self/oom_score_adj", O_RDONLY | O_CLOEXEC);
	struct result r = { 0 };
	char text[16];
	ssize_t n;

	while (!r.has_adj && now_ns() < end) {
		n = pread(fd, text, sizeof(text) - 1, 0);
		text[n > 0 ? n : 0] = '\0';
		r.looks++;
		r.has_adj = n > 0 && atoi(text) == adj;
		if (!r.has_adj)
			nanosleep(&pause, NULL);
	}
	r.us = (uint32_t)((now_ns() - begun) / 1000);
	return pwrite(RESULTS_FD, &r, sizeof(r), place) == sizeof(r) ? 0 : 1;
}

static int compare(const void *va, const void *vb)
{
	const struct result *a = va, *b = vb;

	/* The missed come last. */
	if (a->has_adj != b->has_adj)
		return b->has_adj - a->has_adj;
	return (a->us > b->us) - (a->us < b->us);
}

/* Takes the ended ones; with all, waits for every one. */
static long reap(long alive, int all)
{
	while (alive && waitpid(-1, NULL, all || alive >= ALIVE_MOST ? 0 : WNOHANG) > 0)
		alive--;
	return alive;
}

int main(int argc, char **argv)
{
	long count, rate, alive = 0, missed = 0, slow = 0, n_ok;
	int64_t begun, took;
	struct result *results;
	size_t size;
	int fd;

	if (argc == 4 && strcmp(argv[1], "--wait") == 0)
		return wait_for(atoi(argv[2]), (off_t)atol(argv[3]));
	if (argc == 2 && strcmp(argv[1], "--end") == 0)
		return 0;
	if (argc < 4 || argc > 5)
		return 2;
	count = strtol(argv[1], NULL, 10);
	rate = strtol(argv[2], NULL, 10);
	if (count < 1 || count > COUNT_MOST || rate < 0)
		return 2;
	size = (size_t)count * sizeof(*results);
	fd = memfd_create("execs", 0);
	if (fd < 0 || ftruncate(fd, (off_t)size) || dup2(fd, RESULTS_FD) < 0)
		die("memfd");
	results = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (results == MAP_FAILED)
		die("mmap");
	begun = now_ns();
	for (long i = 0; i < count; i++) {
		char number[16];
		char *wait[] = { argv[3], (char *)"--wait", argv[4], number, NULL };
		char *end[] = { argv[3], (char *)"--end", NULL };
		int64_t ahead = rate ? begun + i * 1000000000LL / rate - now_ns() : 0;
		struct timespec pause = { ahead / 1000000000LL, ahead % 1000000000LL };
		pid_t pid;

		if (ahead > 0)
			nanosleep(&pause, NULL);
		snprintf(number, sizeof(number), "%zu", (size_t)i * sizeof(*results));
		if (posix_spawn(&pid, argv[3], NULL, NULL, argc == 5 ? wait : end, NULL))
			die(argv[3]);
		alive = reap(alive + 1, rate == 0);
	}
	took = now_ns() - begun;
	reap(alive, 1);
	if (argc == 5) {
		qsort(results, (size_t)count, sizeof(*results), compare);
		for (long i = 0; i < count; i++) {
			missed += !results[i].has_adj;
			slow += results[i].has_adj && results[i].us > SLOW_US;
		}
	}
	n_ok = count - missed;
	printf("execs %ld per_second %ld missed %ld slow %ld median_us %u worst_us %u median_looks %u\n",
	       count, (long)(count * 1000000000LL / (took ? took : 1)), missed, slow,
	       n_ok ? results[n_ok / 2].us : 0, n_ok ? results[n_ok - 1].us : 0,
	       n_ok ? results[n_ok / 2].looks : 0);
	return missed != 0;
}
