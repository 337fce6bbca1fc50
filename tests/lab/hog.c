/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process of a given shape for the OOM killer: it allocates memory, prints "ready PID [CHILD]",
 * and sleeps until it is killed. After SIGUSR1 it grows and prints "grown PID".
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <limits.h>
#include <linux/mempolicy.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CHILD_STACK_BYTES (64 * 1024)

static struct {
	size_t anon_bytes, file_bytes, shm_bytes, grow_bytes;
	const char *adj, *cgroup, *name, *ready;
	long uid, threads, node, groups;
	bool dead_leader, clone_vm, vfork, not_dumpable;
} shape = { .uid = -1, .node = -1 };

static int ready_fd = STDOUT_FILENO;

static const char usage[] =
	"usage: hog [OPTION]...\n"
	"  --anon SIZE      anonymous memory (SIZE: bytes, or with K, M, G)\n"
	"  --file SIZE      pages of a file, mapped; in $LAB_FILES or /tmp\n"
	"  --shm SIZE       shared anonymous memory\n"
	"  --grow SIZE      more anonymous memory at each SIGUSR1\n"
	"  --adj N          its own oom_score_adj\n"
	"  --cgroup DIR     joins this cgroup before it allocates\n"
	"  --node N         its memory comes from this node alone (set_mempolicy(2))\n"
	"  --uid N          becomes this user and group\n"
	"  --groups N       is in N groups\n"
	"  --name NAME      its command name\n"
	"  --not-dumpable   so that its files in /proc are root's\n"
	"  --threads N      more threads, asleep\n"
	"  --dead-leader    the first thread ends, another lives on\n"
	"  --clone-vm       a child that shares its memory\n"
	"  --vfork          a vfork child, asleep, before its exec\n"
	"  --ready FD|FILE  where \"ready\" goes (default: standard output)\n";

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "hog: %s: %s\n", what, strerror(errno));
	exit(1);
}

static _Noreturn void bad(const char *option, const char *value)
{
	fprintf(stderr, "hog: --%s: bad value '%s'\n", option, value);
	exit(2);
}

static long parse_number(const char *option, const char *text)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	if (errno || end == text || *end || number < 0 || number > INT_MAX)
		bad(option, text);
	return number;
}

static size_t parse_size(const char *option, const char *text)
{
	static const char units[] = "KMG";
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	if (errno || end == text || number < 0 || number > LONG_MAX >> 30)
		bad(option, text);
	if (*end) {
		const char *unit = strchr(units, *end);

		if (!unit || end[1])
			bad(option, text);
		number <<= 10 * (unit - units + 1);
	}
	return (size_t)number;
}

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		die(path);
	close(fd);
}

static void say(const char *word, pid_t pid, pid_t child)
{
	char line[64];
	int length =
		snprintf(line, sizeof(line), child ? "%s %d %d\n" : "%s %d\n", word, pid, child);

	if (write(ready_fd, line, (size_t)length) != length)
		_exit(1);
}

static void open_ready(const char *where)
{
	char *end;
	long fd = strtol(where, &end, 10);

	if (*where && !*end && fd >= 0 && fd <= INT_MAX)
		ready_fd = (int)fd;
	else
		ready_fd = open(where, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (ready_fd < 0)
		die(where);
}

/* Touches each page, by a write if permitted, so that it is resident and private. */
static void hold(size_t bytes, int prot, int flags, int fd)
{
	const size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	volatile char *memory;

	if (!bytes)
		return;
	memory = mmap(NULL, bytes, prot, flags, fd, 0);
	if (memory == MAP_FAILED)
		die("mmap");
	for (size_t at = 0; at < bytes; at += page_bytes) {
		if (prot & PROT_WRITE)
			memory[at] = 1;
		else
			(void)memory[at];
	}
}

static void hold_anon(size_t bytes)
{
	hold(bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

static void hold_file(size_t bytes)
{
	const char *dir = getenv("LAB_FILES");
	char path[PATH_MAX];
	int fd;

	if (!bytes)
		return;
	snprintf(path, sizeof(path), "%s/hog.XXXXXX", dir ? dir : "/tmp");
	fd = mkstemp(path);
	if (fd < 0 || unlink(path) < 0 || ftruncate(fd, (off_t)bytes) < 0)
		die(path);
	hold(bytes, PROT_READ, MAP_SHARED, fd);
	close(fd);
}

static void become(void)
{
	if (shape.cgroup) {
		char path[PATH_MAX];

		snprintf(path, sizeof(path), "%s/cgroup.procs", shape.cgroup);
		write_text(path, "0");
	}
	if (shape.adj)
		write_text("/proc/self/oom_score_adj", shape.adj);
	if (shape.node >= 0) {
		const unsigned long node = 1UL << (shape.node & 63);

		if (syscall(SYS_set_mempolicy, MPOL_BIND, &node, 8 * sizeof(node)) < 0)
			die("set_mempolicy");
	}
	if (shape.groups > 0) {
		const size_t n = (size_t)shape.groups;
		gid_t *groups = calloc(n, sizeof(*groups));

		for (size_t i = 0; groups && i < n; i++)
			groups[i] = 100000 + (gid_t)i;
		if (!groups || setgroups(n, groups) < 0)
			die("groups");
		free(groups);
	}
	if (shape.uid >= 0) {
		const uid_t id = (uid_t)shape.uid;

		if (setgroups(0, NULL) < 0 || setresgid(id, id, id) < 0 ||
		    setresuid(id, id, id) < 0)
			die("uid");
		/*
		 * After a change of ids without exec, its files in /proc would still belong to
		 * root.
		 */
		prctl(PR_SET_DUMPABLE, 1);
	}
	if (shape.not_dumpable)
		prctl(PR_SET_DUMPABLE, 0);
	if (shape.name)
		prctl(PR_SET_NAME, shape.name);
}

static int child_main(void *arg)
{
	(void)arg;
	/* The parent of a vfork child is suspended, so the child prints. */
	if (shape.vfork)
		say("ready", getppid(), getpid());
	for (;;)
		pause();
	return 0;
}

static pid_t start_child(int flags)
{
	static char stack[CHILD_STACK_BYTES] __attribute__((aligned(16)));
	pid_t pid = clone(child_main, stack + sizeof(stack), flags | CLONE_VM | SIGCHLD, NULL);

	if (pid < 0)
		die("clone");
	return pid;
}

static void *sleep_for_ever(void *arg)
{
	(void)arg;
	for (;;)
		pause();
	return NULL;
}

static void *serve(void *arg)
{
	const pid_t child = *(const pid_t *)arg;
	sigset_t usr1;
	int signal_number;

	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	say("ready", getpid(), child);
	for (;;) {
		if (sigwait(&usr1, &signal_number) != 0)
			continue;
		hold_anon(shape.grow_bytes);
		say("grown", getpid(), 0);
	}
	return NULL;
}

static void start_thread(void *(*body)(void *), void *arg)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, body, arg);
	if (errno)
		die("thread");
}

enum kind { SIZE, NUMBER, TEXT, FLAG };

static const struct {
	const char *name;
	enum kind kind;
	void *value;
} rows[] = {
	{ "anon", SIZE, &shape.anon_bytes },
	{ "file", SIZE, &shape.file_bytes },
	{ "shm", SIZE, &shape.shm_bytes },
	{ "grow", SIZE, &shape.grow_bytes },
	{ "uid", NUMBER, &shape.uid },
	{ "groups", NUMBER, &shape.groups },
	{ "threads", NUMBER, &shape.threads },
	{ "node", NUMBER, &shape.node },
	{ "adj", TEXT, &shape.adj },
	{ "cgroup", TEXT, &shape.cgroup },
	{ "name", TEXT, &shape.name },
	{ "ready", TEXT, &shape.ready },
	{ "dead-leader", FLAG, &shape.dead_leader },
	{ "clone-vm", FLAG, &shape.clone_vm },
	{ "vfork", FLAG, &shape.vfork },
	{ "not-dumpable", FLAG, &shape.not_dumpable },
};
#define ROWS (sizeof(rows) / sizeof(*rows))

static void take(const char *name, enum kind kind, void *value)
{
	switch (kind) {
	case SIZE:
		*(size_t *)value = parse_size(name, optarg);
		break;
	case NUMBER:
		*(long *)value = parse_number(name, optarg);
		break;
	case TEXT:
		*(const char **)value = optarg;
		break;
	case FLAG:
		*(bool *)value = true;
		break;
	}
}

static void parse(int argc, char **argv)
{
	struct option options[ROWS + 1] = { 0 };
	int key;

	for (size_t i = 0; i < ROWS; i++)
		options[i] = (struct option){ rows[i].name, rows[i].kind != FLAG, NULL, (int)i };
	while ((key = getopt_long(argc, argv, "", options, NULL)) != -1 && key != '?')
		take(rows[key].name, rows[key].kind, rows[key].value);
	if (key == '?' || optind < argc) {
		fputs(usage, stderr);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	static pid_t child;
	sigset_t usr1;

	parse(argc, argv);
	if (shape.ready)
		open_ready(shape.ready);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &usr1, NULL);

	become();
	hold_anon(shape.anon_bytes);
	hold_file(shape.file_bytes);
	hold(shape.shm_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1);
	for (long i = 0; i < shape.threads; i++)
		start_thread(sleep_for_ever, NULL);
	if (shape.clone_vm)
		child = start_child(0);
	if (shape.vfork)
		start_child(CLONE_VFORK);
	if (shape.dead_leader) {
		/* Now the ages of the thread and of the process differ. */
		usleep(500000);
		start_thread(serve, &child);
		pthread_exit(NULL);
	}
	serve(&child);
	return 0;
}
