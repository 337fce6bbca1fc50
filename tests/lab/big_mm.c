/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The classic memory hog: takes a block, touches it, sleeps 0.1 s, and repeats this until it is
 * killed.
 *
 * usage: big_mm [-v] [BLOCK_MIB [MAX_MIB]] (defaults: 64, no maximum. At the maximum it stops
 * growing.)
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static size_t parse_mib(const char *text)
{
	char *end;
	unsigned long long mib;

	errno = 0;
	mib = strtoull(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || mib == 0 || mib > 1u << 20) {
		fprintf(stderr, "big_mm: %s is no number of MiB\n", text);
		exit(2);
	}
	return (size_t)mib;
}

int main(int argc, char **argv)
{
	const struct timespec nap = { 0, 100000000 };
	size_t block_mib = 64, max_mib = 0, held_mib = 0;
	int verbose = 0, opt;

	while ((opt = getopt(argc, argv, "v")) != -1) {
		if (opt != 'v')
			return 2;
		verbose = 1;
	}
	if (optind < argc)
		block_mib = parse_mib(argv[optind++]);
	if (optind < argc)
		max_mib = parse_mib(argv[optind++]);

	while (!max_mib || held_mib + block_mib <= max_mib) {
		char *block = malloc(block_mib << 20);

		if (block) {
			memset(block, 1, block_mib << 20);
			held_mib += block_mib;
		}
		if (verbose) {
			printf("%zu MiB%s\n", held_mib, block ? "" : ", no more to be had");
			fflush(stdout);
		}
		nanosleep(&nap, NULL);
	}
	for (;;)
		pause();
}
