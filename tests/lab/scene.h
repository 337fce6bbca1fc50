/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scene: random processes in random memory cgroups, and definitions that all parts of the scenes
 * use.
 */
#ifndef LAB_SCENE_H
#define LAB_SCENE_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SCENE_ROOT      "/sys/fs/cgroup/scene"
#define SCENE_PROCESSES 40
#define SCENE_GROUPS    5
#define SCENE_PIDS      (2 * SCENE_PROCESSES + 2)
#define UNIT_BYTES      4096UL /* of sizes, whatever the size of a page */

struct shape {
	unsigned anon, file, shm, paged_out; /* units */
	int adj, group;                      /* group: -1: none */
	unsigned uid, threads;
	bool has_dead_leader, has_sharer, has_vfork;
	bool migrates;    /* into its group; others are created there */
	int sharer_group; /* to which its sharer moves; -1: it stays */
};

struct group {
	char path[256];
	int parent;     /* -1: the scene's root */
	int child;      /* a cgroup below; -1: none */
	bool delegates; /* cgroups below have the memory controller, and it has no processes */
	bool has_memory, kills_together;
};

struct scene {
	uint64_t random;
	bool has_swap, of_cgroup;
	struct group groups[SCENE_GROUPS];
	int n_groups, domain; /* the group that runs out of memory */
	struct shape shapes[SCENE_PROCESSES];
	int n;
	unsigned budget;        /* units left for further processes */
	unsigned swap_max;      /* units, of the domain */
	pid_t pids[SCENE_PIDS]; /* of all created processes, children included */
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

/* splitmix64: one seed always gives the same scene. */
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

/* A group that may hold processes, at or below this one. */
static inline int scene_leaf(const struct scene *s, int group)
{
	while (group >= 0 && s->groups[group].delegates)
		group = s->groups[group].child;
	return group;
}

#endif
