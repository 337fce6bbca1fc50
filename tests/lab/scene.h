/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scene: random processes in random memory cgroups, all from one seed, set up and taken down by their common parent. For
 * the lab's guests alone: it takes itself and all that is there out of the kernel's choice.
 */
#ifndef LAB_SCENE_H
#define LAB_SCENE_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SCENE_ROOT      "/sys/fs/cgroup/scene"
#define SCENE_PROCESSES 40
#define SCENE_GROUPS    5
#define SCENE_PIDS      (2 * SCENE_PROCESSES + 2)
#define PAGE_BYTES      4096UL

struct shape {
	unsigned anon, file, shm, paged_out; /* pages */
	int adj, group;                      /* group: -1: none */
	unsigned uid, threads;
	bool has_dead_leader, has_sharer, has_vfork;
};

struct group {
	char path[256];
	int parent;     /* -1: the scene's root */
	int child;      /* one of those below; -1: none */
	bool delegates; /* those below have the memory controller; then it has no processes itself */
	bool has_memory, kills_together;
};

struct scene {
	uint64_t random;
	bool has_swap, of_cgroup;
	struct group groups[SCENE_GROUPS];
	int n_groups, domain; /* the group that runs out of memory */
	struct shape shapes[SCENE_PROCESSES];
	int n;
	unsigned budget;        /* pages that are left for further processes */
	unsigned swap_max;      /* pages, of the domain */
	pid_t pids[SCENE_PIDS]; /* of all that were made, children too */
	bool is_vforked[SCENE_PIDS];
	int n_pids;
	pid_t grower;
	int grow_fd; /* a byte makes the grower begin */
};

static inline _Noreturn void scene_die(const char *what)
{
	fprintf(stderr, "scenes: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* splitmix64: from one seed the same scene for ever. */
static inline uint64_t scene_random(struct scene *s)
{
	uint64_t z = s->random += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static inline unsigned scene_below(struct scene *s, unsigned n)
{
	return (unsigned)(scene_random(s) % n);
}

static inline bool scene_one_in(struct scene *s, unsigned n)
{
	return scene_below(s, n) == 0;
}

static inline bool scene_is_vforked(const struct scene *s, pid_t pid)
{
	for (int i = 0; i < s->n_pids; i++)
		if (s->pids[i] == pid)
			return s->is_vforked[i];
	return false;
}

static inline int scene_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));

	if (fd >= 0)
		close(fd);
	return n < 0 ? -1 : 0;
}

static inline void scene_must_write(const char *dir, const char *name, const char *text)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (scene_write(path, text))
		scene_die(path);
}

/* Many equal, some at the ends, some anywhere. */
static inline int scene_adj(struct scene *s)
{
	static const int usual[] = { 0, 0, 0, 0, -1, 1, 5, 100, -100, 500, -999, 999, 1000, -1000 };

	if (scene_one_in(s, 3))
		return (int)scene_below(s, 2001) - 1000;
	return usual[scene_below(s, sizeof(usual) / sizeof(usual[0]))];
}

/* A group that may hold processes, at or below this one. */
static inline int scene_leaf(const struct scene *s, int group)
{
	while (group >= 0 && s->groups[group].delegates)
		group = s->groups[group].child;
	return group;
}

static inline void scene_shape(struct scene *s, struct shape *p)
{
	/* Sizes of all magnitudes, from a page to 48 MiB. */
	*p = (struct shape){
		.anon = scene_below(s, scene_one_in(s, 4) ? 12000 : 32u << scene_below(s, 7))
	};
	if (p->anon > s->budget)
		p->anon %= 32;
	s->budget -= p->anon > 32 ? p->anon : 0;
	if (scene_one_in(s, 4))
		p->file = scene_below(s, 300);
	if (scene_one_in(s, 4))
		p->shm = scene_below(s, 300);
	if (s->has_swap && scene_one_in(s, 2))
		p->paged_out = scene_below(s, p->anon + 1);
	p->adj = scene_adj(s);
	p->group = s->n_groups ? (int)scene_below(s, (unsigned)s->n_groups + 1) - 1 : -1;
	if (s->of_cgroup && p->group < 0 && !scene_one_in(s, 4))
		p->group = s->domain;
	p->group = scene_leaf(s, p->group);
	if (scene_one_in(s, 4))
		p->uid = 1000 + scene_below(s, 3);
	if (scene_one_in(s, 5))
		p->threads = 1 + scene_below(s, 3);
	p->has_dead_leader = scene_one_in(s, 12);
	p->has_sharer = scene_one_in(s, 12);
	p->has_vfork = !p->has_dead_leader && !p->has_sharer && scene_one_in(s, 12);
}

/* Who has the memory controller, and which of them is the domain. */
static inline void scene_delegate(struct scene *s)
{
	for (int i = 0; i < s->n_groups; i++) {
		struct group *g = &s->groups[i];
		struct group *parent = g->parent < 0 ? NULL : &s->groups[g->parent];

		g->delegates = !scene_one_in(s, 3);
		g->has_memory = !parent || (parent->delegates && parent->has_memory);
		g->kills_together &= g->has_memory;
		if (parent)
			parent->child = i;
	}
	for (int i = 0; i < s->n_groups; i++)
		s->groups[i].delegates &= s->groups[i].has_memory && s->groups[i].child >= 0;
	if (!s->of_cgroup)
		return;
	do
		s->domain = (int)scene_below(s, (unsigned)s->n_groups);
	while (!s->groups[s->domain].has_memory);
}

/* An exact tie, if there is memory for it. */
static inline void scene_copy(struct scene *s, int to, int from)
{
	if (s->shapes[from].anon > s->budget)
		return;
	s->shapes[to] = s->shapes[from];
	s->budget -= s->shapes[from].anon;
}

static inline void scene_plan(struct scene *s, uint64_t seed, bool has_swap)
{
	*s = (struct scene){ .random = seed,
			     .has_swap = has_swap,
			     .grow_fd = -1,
			     .domain = -1,
			     .budget = 28000 };
	s->of_cgroup = scene_one_in(s, 2);
	s->n_groups = (int)scene_below(s, SCENE_GROUPS + 1);
	if (s->of_cgroup && !s->n_groups)
		s->n_groups = 1;
	for (int i = 0; i < s->n_groups; i++) {
		struct group *g = &s->groups[i];

		g->child = -1;
		g->parent = i ? (int)scene_below(s, (unsigned)i + 1) - 1 : -1;
		g->kills_together = scene_one_in(s, 4);
		snprintf(g->path, sizeof(g->path), "%s/g%d",
			 g->parent < 0 ? SCENE_ROOT : s->groups[g->parent].path, i);
	}
	scene_delegate(s);
	s->swap_max = has_swap && scene_one_in(s, 2) ? scene_below(s, 600) : 0;
	s->n = 3 + (int)scene_below(s, scene_one_in(s, 2) ? 8 : SCENE_PROCESSES - 2);
	for (int i = 0; i < s->n; i++) {
		scene_shape(s, &s->shapes[i]);
		if (i && scene_one_in(s, 5))
			scene_copy(s, i, (int)scene_below(s, (unsigned)i));
	}
}

/* What a process of the scene does; nothing of it returns. */

static inline void *scene_sleep(void *arg)
{
	(void)arg;
	for (;;)
		pause();
	return NULL;
}

static inline int scene_child(void *arg)
{
	const int *ready = arg;

	if (*ready >= 0) {
		pid_t pid = getpid();

		if (write(*ready, &pid, sizeof(pid)) < 0)
			_exit(1);
	}
	scene_sleep(NULL);
	return 0;
}

static inline char *scene_hold(unsigned pages, int flags, int fd)
{
	char *p;

	if (!pages)
		return NULL;
	p = mmap(NULL, pages * PAGE_BYTES, PROT_READ | PROT_WRITE, flags | MAP_POPULATE, fd, 0);
	if (p == MAP_FAILED)
		scene_die("mmap");
	return p;
}

static inline int scene_open_file(unsigned pages)
{
	char path[128];
	int fd;

	if (!pages)
		return -1;
	snprintf(path, sizeof(path), "%s/scene.XXXXXX", getenv("LAB_FILES") ?: "/tmp");
	fd = mkstemp(path);
	if (fd < 0 || unlink(path) || ftruncate(fd, (off_t)(pages * PAGE_BYTES)))
		scene_die(path);
	return fd;
}

static inline void scene_clone(int flags, int ready)
{
	static char stack[64 * 1024] __attribute__((aligned(16)));
	static int fd;

	fd = ready;
	if (clone(scene_child, stack + sizeof(stack), CLONE_VM | flags | SIGCHLD, &fd) < 0)
		scene_die("clone");
}

struct scene_leader {
	int ready;
	bool has_sharer;
};

/* Speaks when the first thread is gone. */
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
		scene_clone(0, l->ready);
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

static inline _Noreturn void scene_process(const struct scene *s, const struct shape *p, int ready)
{
	static struct scene_leader leader;
	char adj[16], *anon;
	pid_t pid = getpid();
	int file;

	if (p->group >= 0)
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
		madvise(anon, p->paged_out * PAGE_BYTES, MADV_PAGEOUT);
	for (unsigned i = 0; i < p->threads; i++)
		scene_thread(scene_sleep, NULL);
	if (p->has_dead_leader) {
		leader = (struct scene_leader){ ready, p->has_sharer };
		scene_thread(scene_outlive, &leader);
		pthread_exit(NULL);
	}
	if (p->has_sharer)
		scene_clone(0, ready);
	if (write(ready, &pid, sizeof(pid)) < 0)
		_exit(1);
	if (p->has_vfork)
		scene_clone(CLONE_VFORK, ready);
	scene_sleep(NULL);
	_exit(0);
}

/* How often the domain has had somebody killed, or anybody at all. */
static inline long scene_kills(int events)
{
	char buf[512], *at;
	ssize_t n = pread(events, buf, sizeof(buf) - 1, 0);

	buf[n < 0 ? 0 : n] = '\0';
	at = strstr(buf, "oom_kill ");
	return at ? strtol(at + 9, NULL, 10) : 0;
}

/* Takes memory until the kernel has killed somebody; itself it can't be. */
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
	for (size_t at = 0; at < most; at += PAGE_BYTES) {
		p[at] = (char)(at >> 12 | 1);
		if (scene_kills(events) != before)
			break;
	}
	scene_sleep(NULL);
	_exit(0);
}

#endif
