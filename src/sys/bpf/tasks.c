/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasks: all processes of the machine at one moment, by a BPF program. */
#include "sys/bpf/tasks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include <linux/magic.h>

#include "base/clock.h"
#include "oom/rules/version.h"
#include "sys/bpf/internal.h"
#include "sys/proc/identity.h"
#include "sys/proc/machine.h"
#include "sys/proc/procfs.h"

#define MAX_PROCESSES 8000000 /* twice the highest number of PIDs */
#define MAX_TRIES     4
#define MAX_WAITS     20
#define MAX_READS     1000 /* without output, before a growing task list is given up */
#define LOG_SIZE      65536
#define WORDS         240 /* of the verifier's message, with the NUL */

#define NO_BPF "this kernel has no bpf(2) (CONFIG_BPF_SYSCALL)"
#define NO_BTF "no BTF in this kernel (CONFIG_DEBUG_INFO_BTF)"

static const char *const ways[N_PROG_VARIANTS] = {
	[PROG_WALK] = "one walk in fork order",
	[PROG_CAST] = "an iterator over all threads",
	[PROG_PROBE] = "an iterator over all threads, by probes",
};

static int fail_proc(char words[BPF_TASKS_WORDS], int err)
{
	if (err == -ENODEV)
		snprintf(words, BPF_TASKS_WORDS, "there is no /proc");
	else
		snprintf(words, BPF_TASKS_WORDS, "cannot read /proc: %s", strerror(-err));
	return err;
}

int bpf_tasks_check(size_t *n, char words[BPF_TASKS_WORDS])
{
	const char *why = NULL;
	int proc = procfs_open();
	struct statfs fs;
	struct stat st;

	if (proc < 0)
		return fail_proc(words, proc);
	/* In a /proc of another PID namespace this process has another PID, or none. */
	if (fstatfs(proc, &fs) || fs.f_type != PROC_SUPER_MAGIC || procfs_self(proc) != getpid())
		why = "/proc belongs to another PID namespace";
	else if (!machine_is_initial_pidns(proc))
		why = "this is not the initial PID namespace";
	else if (fstat(proc, &st))
		why = "the processes in /proc cannot be counted";
	else /* The link count includes about ten of its own directories, and each process. */
		*n = (size_t)st.st_nlink;
	close(proc);
	snprintf(words, BPF_TASKS_WORDS, "%s", why ? why : "");
	return why ? -ENOTSUP : 0;
}

/* The state of one attempt, and its error message. */
struct attempt {
	struct prog prog;
	struct bpf_asm code;
	pid_t parent; /* of this process, when it began */
	char verifier[WORDS];
	char *words;
};

static int fail(struct attempt *a, const char *step, int err)
{
	snprintf(a->words, BPF_TASKS_WORDS, "%s: %s%s%s", step,
		 err == -ENOSYS ? NO_BPF : strerror(-err), *a->verifier ? ": " : "", a->verifier);
	return err;
}

static int call(int command, union bpf_attr *attr)
{
	long result = syscall(SYS_bpf, command, attr, sizeof(*attr));

	return result < 0 ? -errno : (int)result;
}

static bool has_bpf(void)
{
	return syscall(SYS_bpf, -1, NULL, 0) == 0 || errno != ENOSYS;
}

/* The reason and the instruction before it: the log ends with statistics. */
static void take_words(char *log, char words[WORDS])
{
	char *lines[2] = { NULL, NULL }, *rest = log, *line;

	while ((line = strsep(&rest, "\n"))) {
		if (!*line || strncmp(line, "processed ", 10) == 0 ||
		    strncmp(line, "verification time", 17) == 0 ||
		    strncmp(line, "stack depth", 11) == 0)
			continue;
		lines[0] = lines[1];
		lines[1] = line;
	}
	if (lines[1])
		snprintf(words, WORDS, "%.110s%s%.110s", lines[0] ? lines[0] : "",
			 lines[0] ? ": " : "", lines[1]);
}

/* A descriptor, or a negative errno, with the verifier's last message, if there is one. */
static int load(struct attempt *a, enum prog_variant variant)
{
	union bpf_attr attr;
	char *log;
	int fd;

	if (a->code.error)
		return a->code.error;
	memset(&attr, 0, sizeof(attr));
	if (variant == PROG_WALK) {
		attr.prog_type = BPF_PROG_TYPE_SYSCALL;
		attr.prog_flags = BPF_F_SLEEPABLE;
	} else {
		attr.prog_type = BPF_PROG_TYPE_TRACING;
		attr.expected_attach_type = BPF_TRACE_ITER;
		attr.attach_btf_id = a->prog.ids[ID_ITER_TASK].id;
	}
	attr.insns = (uintptr_t)a->code.code;
	attr.insn_cnt = (uint32_t)a->code.n;
	/* The functions that it calls require this licence; see COPYING. */
	attr.license = (uintptr_t) "GPL";
	memcpy(attr.prog_name, "oomctl_scan", sizeof("oomctl_scan"));
	fd = call(BPF_PROG_LOAD, &attr);
	if (fd >= 0 || fd == -EPERM)
		return fd;
	/* Tries again with a log, which takes time. */
	log = calloc(1, LOG_SIZE);
	if (!log)
		return fd;
	attr.log_buf = (uintptr_t)log;
	attr.log_size = LOG_SIZE - 1;
	attr.log_level = 1;
	fd = call(BPF_PROG_LOAD, &attr);
	if (fd < 0)
		take_words(log, a->verifier);
	free(log);
	return fd;
}

/* Runs the program: once, or for each thread by reading from an iterator. */
static int run(int program, enum prog_variant variant)
{
	union bpf_attr attr;
	int link, iter, err;
	char buf[64];

	memset(&attr, 0, sizeof(attr));
	if (variant == PROG_WALK) {
		attr.test.prog_fd = (uint32_t)program;
		return call(BPF_PROG_TEST_RUN, &attr);
	}
	attr.link_create.prog_fd = (uint32_t)program;
	attr.link_create.attach_type = BPF_TRACE_ITER;
	link = call(BPF_LINK_CREATE, &attr);
	if (link < 0)
		return link;
	memset(&attr, 0, sizeof(attr));
	attr.iter_create.link_fd = (uint32_t)link;
	iter = call(BPF_ITER_CREATE, &attr);
	err = iter < 0 ? iter : -ETIMEDOUT;
	/* The program has no output: a read returns only the end. */
	for (int i = 0; iter >= 0 && err == -ETIMEDOUT && i < MAX_READS; i++) {
		ssize_t n = read(iter, buf, sizeof(buf));

		/* EAGAIN: a million tasks without output (bpf_iter.c, bpf_seq_read()). */
		if (n == 0)
			err = 0;
		else if (n < 0 && errno != EAGAIN && errno != EINTR)
			err = -errno;
	}
	if (iter >= 0)
		close(iter);
	close(link);
	return err;
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

/* -EAGAIN: there are more processes than rows; c->n says how many. */
static int count_in(struct bpf_tasks *c, struct attempt *a, enum prog_variant variant, size_t n,
		    int map)
{
	int program, err;

	prog_write(&a->prog, variant, map, -1, &a->code);
	a->verifier[0] = '\0';
	program = load(a, variant);
	if (program < 0)
		return fail(a, "the kernel rejects the program", program);
	c->taken_ms = (uint64_t)clock_ms();
	a->parent = getppid();
	err = run(program, variant);
	close(program);
	if (err)
		return fail(a, "the program cannot run", err);
	/* Mapped rows count as memory of this process: maps only those that were filled. */
	err = map_rows(c, 0, map);
	if (!err) {
		c->n = (size_t)c->rows[-1].n;
		bpf_tasks_free(c);
		err = map_rows(c, c->n < n ? c->n : n, map);
	}
	if (err)
		return fail(a, "the rows cannot be read", err);
	c->is_fork_order = variant == PROG_WALK;
	c->has_cpu = a->prog.has_cpu;
	c->way = ways[variant];
	if (c->n > n)
		return -EAGAIN;
	return c->n ? 0 : fail(a, "the program finds no processes", -ENODATA);
}

/* An array of n elements. A descriptor, or a negative errno. */
static int make_array(size_t n, size_t size, uint32_t flags)
{
	const struct timespec pause = { .tv_nsec = 25 * 1000000 };
	union bpf_attr attr;
	int map;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_ARRAY;
	attr.key_size = sizeof(uint32_t);
	attr.value_size = (uint32_t)size;
	attr.max_entries = (uint32_t)n;
	attr.map_flags = flags;
	map = call(BPF_MAP_CREATE, &attr);
	/* In a small memory cgroup: waits until the kernel has freed an earlier map, by RCU. */
	for (int i = 0; map == -ENOMEM && i < MAX_WAITS; i++) {
		nanosleep(&pause, NULL);
		map = call(BPF_MAP_CREATE, &attr);
	}
	return map;
}

/* Rows, for mmap(2). */
static int make_map(size_t n)
{
	return make_array(n, sizeof(struct prog_row), BPF_F_MMAPABLE);
}

static int count_with(struct bpf_tasks *c, struct attempt *a, enum prog_variant variant, size_t n)
{
	int err = -EAGAIN;

	for (int i = 0; err == -EAGAIN && i < MAX_TRIES; i++) {
		int map;

		/* Extra rows for processes that start meanwhile. */
		n = n + n / 8 + 64;
		if (n > MAX_PROCESSES)
			return fail(a, "too many processes", -E2BIG);
		map = make_map(n + 1);
		if (map < 0)
			return fail(a, "cannot create a BPF map", map);
		err = count_in(c, a, variant, n, map);
		close(map);
		n = c->n;
		if (err)
			bpf_tasks_free(c);
	}
	return err == -EAGAIN ? fail(a, "too many new processes during the scan", err) : err;
}

/* Compares the row of this process with /proc. 0, or a negative errno and words. */
static int compare_own(const struct bpf_tasks *c, pid_t parent, char words[BPF_TASKS_WORDS])
{
	const char *why = NULL;
	uint64_t ns_per_tick = 1000000000ULL / (uint64_t)sysconf(_SC_CLK_TCK);
	const struct prog_row *own = NULL;
	struct identity id = { 0 };
	int proc = procfs_open(), err, shift_err = 0;
	uint64_t shift = 0;

	err = proc < 0 ? proc : identity_read_stat(proc, "self/stat", &id);
	if (!err)
		shift_err = identity_start_to_host(proc, &shift);
	if (proc >= 0)
		close(proc);
	if (err || (shift_err && shift_err != -ENOTSUP))
		return fail_proc(words, err ? err : shift_err);
	for (size_t i = c->n; !own && i > 0; i--)
		if (c->rows[i - 1].pid == getpid())
			own = &c->rows[i - 1];
	if (shift_err || shift)
		why = "this is not the initial time namespace";
	/* The parent may have changed before or after the count. */
	else if (!own || own->start_ns / ns_per_tick != id.start ||
		 (own->ppid != parent && own->ppid != getppid()))
		why = "the scan contradicts /proc for this process";
	snprintf(words, BPF_TASKS_WORDS, "%s", why ? why : "");
	return why ? -ENOTSUP : 0;
}

/* Finds the layout of the kernel's structs. 0, or a negative errno and words. */
static int prepare(struct attempt *a, enum bpf_tasks_kind kind)
{
	const struct btf_field *missing;
	int proc, version, err;

	/* For a 32-bit kernel prog_find() misses total_vm, which has half the size there. */
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
	return fail(a, "only little-endian machines are supported", -ENOTSUP);
#endif
	proc = procfs_open();
	version = proc < 0 ? proc : machine_read_version(proc);
	if (proc >= 0)
		close(proc);
	if (version < 0)
		return fail_proc(a->words, version);
	/* From 7.0 on the OOM killer adds the per-CPU parts of counters (__mm_counter_sum()). */
	err = prog_find(&a->prog, kind, version >= VERSION(7, 0, 0), &missing);
	if (err == -ENOENT) {
		/* A kernel without bpf(2) has no BTF either. */
		snprintf(a->words, BPF_TASKS_WORDS, "%s", has_bpf() ? NO_BTF : NO_BPF);
		return err;
	}
	if (err)
		return fail(a, BTF_KERNEL, err);
	if (missing) {
		snprintf(a->words, BPF_TASKS_WORDS,
			 "%s: member of struct %s with unknown layout: %s", BTF_KERNEL,
			 a->prog.ids[missing->in].name, missing->path);
		return -ENOTSUP;
	}
	return 0;
}

int bpf_tasks_take(struct bpf_tasks *c, size_t n, char words[BPF_TASKS_WORDS])
{
	struct attempt a = { .words = words };
	int err;

	memset(c, 0, sizeof(*c));
	err = prepare(&a, BPF_TASKS_MEMORY);
	if (err)
		return err;
	err = fail(&a, "the kernel has no task iterator", -ENOTSUP);
	for (enum prog_variant v = PROG_WALK; err && v < N_PROG_VARIANTS; v++)
		if (prog_can(&a.prog, v))
			err = count_with(c, &a, v, n);
	if (err)
		return err;
	return compare_own(c, a.parent, words);
}

/* Loads one variant with its map, and maps all rows. */
static int keep(struct bpf_tasks_program *p, struct attempt *a, enum prog_variant variant)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *rows;
	int ahead;

	p->map = make_map(p->room + 1);
	if (p->map < 0)
		return fail(a, "cannot create a BPF map", p->map);
	/* The program keeps it. */
	ahead = make_array(p->room / AHEAD_GROUP + 1, sizeof(struct ahead_group), 0);
	if (ahead < 0)
		return fail(a, "cannot create a BPF map", ahead);
	prog_write(&a->prog, variant, p->map, ahead, &a->code);
	a->verifier[0] = '\0';
	p->program = load(a, variant);
	close(ahead);
	/* Another kernel may reject what is only faster. */
	if (p->program < 0 && p->program != -EPERM) {
		prog_write(&a->prog, variant, p->map, -1, &a->code);
		p->program = load(a, variant);
	}
	if (p->program < 0)
		return fail(a, "the kernel rejects the program", p->program);
	p->size = ((p->room + 1) * sizeof(struct prog_row) + page - 1) & ~(page - 1);
	rows = mmap(NULL, p->size, PROT_READ | PROT_WRITE, MAP_SHARED, p->map, 0);
	if (rows == MAP_FAILED)
		return fail(a, "the rows cannot be read", -errno);
	p->rows = rows;
	p->variant = (int)variant;
	p->has_cpu = a->prog.has_cpu;
	return 0;
}

int bpf_tasks_load(struct bpf_tasks_program *p, enum bpf_tasks_kind kind, size_t room,
		   char words[BPF_TASKS_WORDS])
{
	struct attempt a = { .words = words };
	struct bpf_tasks c;
	uint64_t taken_ms = 0;
	int err;

	*p = (struct bpf_tasks_program){ .program = -1, .map = -1, .room = room };
	err = room > MAX_PROCESSES ? fail(&a, "too many processes", -E2BIG) : prepare(&a, kind);
	if (err)
		return err;
	err = fail(&a, "the kernel has no task iterator", -ENOTSUP);
	for (enum prog_variant v = PROG_WALK; err && v < N_PROG_VARIANTS; v++) {
		if (!prog_can(&a.prog, v))
			continue;
		bpf_tasks_unload(p);
		err = keep(p, &a, v);
		a.parent = getppid();
		if (!err) {
			err = bpf_tasks_run(p, &taken_ms);
			if (err)
				fail(&a, "the program cannot run", err);
		}
	}
	if (err)
		return err;
	bpf_tasks_view(p, taken_ms, &c);
	return compare_own(&c, a.parent, words);
}

int bpf_tasks_run(const struct bpf_tasks_program *p, uint64_t *taken_ms)
{
	size_t used = p->rows->n < p->room ? (size_t)p->rows->n : p->room;

	/* The program does not write members that are 0. */
	memset(p->rows, 0, (used + 1) * sizeof(*p->rows));
	*taken_ms = (uint64_t)clock_ms();
	return run(p->program, (enum prog_variant)p->variant);
}

size_t bpf_tasks_view(const struct bpf_tasks_program *p, uint64_t taken_ms, struct bpf_tasks *c)
{
	size_t n = (size_t)p->rows->n, used = n < p->room ? n : p->room;

	*c = (struct bpf_tasks){
		.rows = p->rows + 1,
		.n = used,
		.taken_ms = taken_ms,
		.is_fork_order = p->variant == PROG_WALK,
		.has_cpu = p->has_cpu,
		.way = ways[p->variant],
	};
	return n - used;
}

void bpf_tasks_unload(struct bpf_tasks_program *p)
{
	if (p->rows)
		munmap(p->rows, p->size);
	if (p->program >= 0)
		close(p->program);
	if (p->map >= 0)
		close(p->map);
	p->rows = NULL;
	p->program = p->map = -1;
}

void bpf_tasks_free(struct bpf_tasks *c)
{
	if (c->map)
		munmap(c->map, c->map_size);
	c->map = NULL;
	c->rows = NULL;
}
