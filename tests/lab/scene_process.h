/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scene_process: creates the processes of a scene; what each of them does. */
#ifndef LAB_SCENE_PROCESS_H
#define LAB_SCENE_PROCESS_H

#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "scene.h"

/* The main functions of processes; they do not return. */

static inline void *scene_sleep(void *arg)
{
	(void)arg;
	for (;;)
		pause();
	return NULL;
}

/*
 * A process that shares another's memory: the descriptor to report to, and the cgroup to enter;
 * NULL: none.
 */
struct scene_child {
	int ready;
	const char *group;
};

static inline int scene_child(void *arg)
{
	const struct scene_child *c = arg;
	pid_t pid = getpid();

	if (c->group)
		scene_must_write(c->group, "cgroup.procs", "0");
	if (write(c->ready, &pid, sizeof(pid)) < 0)
		_exit(1);
	scene_sleep(NULL);
	return 0;
}

static inline char *scene_hold(unsigned units, int flags, int fd)
{
	char *p;

	if (!units)
		return NULL;
	p = mmap(NULL, units * UNIT_BYTES, PROT_READ | PROT_WRITE, flags | MAP_POPULATE, fd, 0);
	if (p == MAP_FAILED)
		scene_die("mmap");
	return p;
}

static inline int scene_open_file(unsigned units)
{
	char path[128];
	int fd;

	if (!units)
		return -1;
	snprintf(path, sizeof(path), "%s/scene.XXXXXX", getenv("LAB_FILES") ?: "/tmp");
	fd = mkstemp(path);
	if (fd < 0 || unlink(path) || ftruncate(fd, (off_t)(units * UNIT_BYTES)))
		scene_die(path);
	return fd;
}

static inline void scene_clone(int flags, int ready, const char *group)
{
	static char stack[64 * 1024] __attribute__((aligned(16)));
	static struct scene_child child;

	child = (struct scene_child){ ready, group };
	if (clone(scene_child, stack + sizeof(stack), CLONE_VM | flags | SIGCHLD, &child) < 0)
		scene_die("clone");
}

struct scene_leader {
	int ready;
	bool has_sharer;
	const char *sharer_group;
};

/* Reports when the first thread has exited. */
static inline void *scene_outlive(void *arg)
{
	const struct scene_leader *l = arg;
	char buf[256];
	pid_t pid = getpid();

	for (;;) {
		int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
		ssize_t n = read(fd, buf, sizeof(buf) - 1);

		close(fd);
		buf[n < 0 ? 0 : n] = '\0';
		if (strstr(buf, ") Z "))
			break;
		usleep(500);
	}
	if (l->has_sharer)
		scene_clone(0, l->ready, l->sharer_group);
	if (write(l->ready, &pid, sizeof(pid)) < 0)
		_exit(1);
	return scene_sleep(NULL);
}

static inline void scene_thread(void *(*body)(void *), void *arg)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 * 1024);
	errno = pthread_create(&thread, &attr, body, arg);
	if (errno)
		scene_die("pthread_create");
}

/*
 * A child that starts in its cgroup (clone3(2), since 5.7): a move would wait for an RCU grace
 * period, most of the time of a scene. Without that call, or for a child that migrates, the child
 * must move itself: *is_there is false then.
 */
static inline pid_t scene_fork(const struct scene *s, const struct shape *p, bool *is_there)
{
	struct clone_args args = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD };
	int dir = -1;
	long pid = -1;

	if (p && p->group >= 0 && !p->migrates)
		dir = open(s->groups[p->group].path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir >= 0) {
		args.cgroup = (unsigned int)dir;
		pid = syscall(SYS_clone3, &args, sizeof(args));
		close(dir);
	}
	*is_there = pid >= 0;
	return pid >= 0 ? (pid_t)pid : fork();
}

static inline _Noreturn void scene_process(const struct scene *s, const struct shape *p,
					   bool is_in_group, int ready)
{
	static struct scene_leader leader;
	const char *sharer_group = p->sharer_group < 0 ? NULL : s->groups[p->sharer_group].path;
	char adj[16], *anon;
	pid_t pid = getpid();
	int file;

	if (p->group >= 0 && !is_in_group)
		scene_must_write(s->groups[p->group].path, "cgroup.procs", "0");
	snprintf(adj, sizeof(adj), "%d", p->adj);
	scene_must_write("/proc/self", "oom_score_adj", adj);
	file = scene_open_file(p->file);
	if (p->uid && (setresgid(p->uid, p->uid, p->uid) || setresuid(p->uid, p->uid, p->uid)))
		scene_die("setresuid");
	anon = scene_hold(p->anon, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	scene_hold(p->file, MAP_SHARED, file);
	close(file);
	scene_hold(p->shm, MAP_SHARED | MAP_ANONYMOUS, -1);
	if (p->paged_out)
		madvise(anon, p->paged_out * UNIT_BYTES, MADV_PAGEOUT);
	for (unsigned i = 0; i < p->threads; i++)
		scene_thread(scene_sleep, NULL);
	if (p->has_dead_leader) {
		leader = (struct scene_leader){ ready, p->has_sharer, sharer_group };
		scene_thread(scene_outlive, &leader);
		pthread_exit(NULL);
	}
	if (p->has_sharer)
		scene_clone(0, ready, sharer_group);
	if (write(ready, &pid, sizeof(pid)) < 0)
		_exit(1);
	if (p->has_vfork)
		scene_clone(CLONE_VFORK, ready, NULL);
	scene_sleep(NULL);
	_exit(0);
}

/* The number of OOM kills in the domain, or on the machine. */
static inline long scene_kills(int events)
{
	char buf[512], *at;
	ssize_t n = pread(events, buf, sizeof(buf) - 1, 0);

	buf[n < 0 ? 0 : n] = '\0';
	at = strstr(buf, "oom_kill ");
	return at ? strtol(at + 9, NULL, 10) : 0;
}

/* Allocates memory until the kernel has killed a process; this one is unkillable. */
static inline _Noreturn void scene_grow(const struct scene *s, int ready, int go)
{
	const size_t most = 64UL << 20;
	char path[512], *p, byte;
	pid_t pid = getpid();
	int events;
	long before;

	snprintf(path, sizeof(path), "%s/memory.events", s->groups[s->domain].path);
	events = open(path, O_RDONLY | O_CLOEXEC);
	p = mmap(NULL, most, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (events < 0 || p == MAP_FAILED)
		scene_die(path);
	madvise(p, most, MADV_NOHUGEPAGE);
	before = scene_kills(events);
	scene_must_write(s->groups[scene_leaf(s, s->domain)].path, "cgroup.procs", "0");
	if (write(ready, &pid, sizeof(pid)) < 0 || read(go, &byte, 1) != 1)
		_exit(1);
	for (size_t at = 0; at < most; at += UNIT_BYTES) {
		p[at] = (char)(at >> 12 | 1);
		if (scene_kills(events) != before)
			break;
	}
	scene_sleep(NULL);
	_exit(0);
}

#endif
