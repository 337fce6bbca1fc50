/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasks: all processes of the machine at one moment, by a BPF program. */
#include "sys/bpf/tasks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "oom/rules/version.h"
#include "sys/proc/machine.h"
#include "sys/proc/procfs.h"

#define MAX_PROCESSES 8000000 /* twice the highest number of PIDs */
#define MAX_TRIES     4
#define MAX_WAITS     20

static const char *const ways[N_PROG_VARIANTS] = {
	[PROG_WALK] = "one walk in the order of forks",
	[PROG_CAST] = "an iterator over all threads",
	[PROG_PROBE] = "an iterator over all threads, by probes",
};

/* What a try needs, and the message of its failure. */
struct attempt {
	struct prog prog;
	struct bpf_asm code;
	char verifier[BPF_SYSCALL_WORDS];
	char *words;
};

static int fail(struct attempt *a, const char *step, int err)
{
	snprintf(a->words, BPF_CHECK_WORDS, "%s: %s%s%s", step, strerror(-err),
		 *a->verifier ? ": " : "", a->verifier);
	return err;
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Maps n rows after the first, which is the number of rows. */
static int map_rows(struct bpf_tasks *c, size_t n, int map)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *rows;

	c->map_size = ((n + 1) * sizeof(struct prog_row) + page - 1) & ~(page - 1);
	rows = mmap(NULL, c->map_size, PROT_READ, MAP_SHARED, map, 0);
	if (rows == MAP_FAILED)
		return -errno;
	c->map = rows;
	c->rows = (const struct prog_row *)rows + 1;
	return 0;
}

/* Mapped rows count as memory of this process: maps only those that were filled. */
static int map_filled(struct bpf_tasks *c, size_t n, int map)
{
	int err = map_rows(c, 0, map);

	if (err)
		return err;
	c->n = (size_t)c->rows[-1].n;
	bpf_tasks_free(c);
	return map_rows(c, c->n < n ? c->n : n, map);
}

/* -EAGAIN: there are more processes than rows; c->n says how many. */
static int count_in(struct bpf_tasks *c, struct attempt *a, enum prog_variant variant, size_t n,
		    int map)
{
	int program, err;

	prog_write(&a->prog, variant, map, &a->code);
	program = bpf_syscall_load(prog_way(variant), prog_iter(&a->prog), &a->code, a->verifier);
	if (program < 0)
		return fail(a, "the kernel does not load the program", program);
	c->taken_ms = now_ms();
	c->parent = getppid();
	err = bpf_syscall_run(prog_way(variant), program);
	close(program);
	if (err)
		return fail(a, "the program does not run", err);
	err = map_filled(c, n, map);
	if (err)
		return fail(a, "the rows cannot be read", err);
	c->is_fork_order = variant == PROG_WALK;
	c->has_cpu = prog_has_cpu(&a->prog);
	c->way = ways[variant];
	if (c->n > n)
		return -EAGAIN;
	return c->n ? 0 : fail(a, "the program finds no process", -ENODATA);
}

/* In a small memory cgroup: waits until the kernel has freed an earlier map, by RCU. */
static int make_map(size_t n)
{
	const struct timespec pause = { .tv_nsec = 25 * 1000000 };
	int map = bpf_syscall_make_map(n, sizeof(struct prog_row));

	for (int i = 0; map == -ENOMEM && i < MAX_WAITS; i++) {
		nanosleep(&pause, NULL);
		map = bpf_syscall_make_map(n, sizeof(struct prog_row));
	}
	return map;
}

static int count_with(struct bpf_tasks *c, struct attempt *a, enum prog_variant variant, size_t n)
{
	int err = -EAGAIN;

	for (int i = 0; err == -EAGAIN && i < MAX_TRIES; i++) {
		int map;

		/* Some start meanwhile. */
		n = n + n / 8 + 64;
		if (n > MAX_PROCESSES)
			return fail(a, "too many processes", -E2BIG);
		map = make_map(n + 1);
		if (map < 0)
			return fail(a, "the kernel makes no map", map);
		err = count_in(c, a, variant, n, map);
		close(map);
		n = c->n;
		if (err)
			bpf_tasks_free(c);
	}
	return err == -EAGAIN ? fail(a, "processes are born faster than they are counted", err)
			      : err;
}

/* From 7.0 on the OOM killer adds the per-CPU parts of counters (__mm_counter_sum()). */
static bool adds_up(void)
{
	int proc = procfs_open(), version = proc < 0 ? proc : machine_read_version(proc);

	if (proc >= 0)
		close(proc);
	return version < 0 || version >= VERSION(7, 0, 0);
}

static int take(struct bpf_tasks *c, size_t n, struct attempt *a)
{
	const struct btf_field *missing;
	int err = prog_find(&a->prog, adds_up());

	if (err)
		return fail(a, BTF_KERNEL, err);
	missing = prog_missing(&a->prog);
	if (missing) {
		snprintf(a->words, BPF_CHECK_WORDS, "%s: struct %s has another %s than is known",
			 BTF_KERNEL, missing->type, missing->path);
		return -ENOTSUP;
	}
	err = fail(a, "no iterator over tasks", -ENOTSUP);
	for (enum prog_variant v = PROG_WALK; err && v < N_PROG_VARIANTS; v++)
		if (prog_can(&a->prog, v))
			err = count_with(c, a, v, n);
	return err;
}

int bpf_tasks_take(struct bpf_tasks *c, size_t n, char words[BPF_CHECK_WORDS])
{
	struct attempt *a = calloc(1, sizeof(*a));
	int err;

	memset(c, 0, sizeof(*c));
	words[0] = '\0';
	if (!a)
		return -ENOMEM;
	a->words = words;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && __SIZEOF_POINTER__ == 8
	err = take(c, n, a);
#else
	err = fail(a, "written for 64 bits and little endian", -ENOTSUP);
#endif
	free(a);
	if (!err)
		words[0] = '\0';
	return err;
}

void bpf_tasks_free(struct bpf_tasks *c)
{
	if (c->map)
		munmap(c->map, c->map_size);
	c->map = NULL;
	c->rows = NULL;
}
