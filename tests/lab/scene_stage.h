/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scene_stage: sets up a scene in a lab guest and removes it. Only for lab guests: it makes itself
 * and all existing processes unkillable.
 */
#ifndef LAB_SCENE_STAGE_H
#define LAB_SCENE_STAGE_H

#include <dirent.h>
#include <poll.h>

#include "scene_process.h"

/* Earlier processes, and their adj. */
static struct {
	pid_t pid;
	char adj[16];
} others[512];
static size_t n_others;

/* Only processes of the scene may be killed. */
static inline void stage_protect(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *d;
	char path[300];

	while (proc && (d = readdir(proc)) && n_others < 512) {
		int fd;
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/%s/oom_score_adj", d->d_name);
		if (d->d_name[0] < '1' || d->d_name[0] > '9' ||
		    (fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
			continue;
		n = read(fd, others[n_others].adj, sizeof(others[0].adj) - 1);
		close(fd);
		if (n > 0 && scene_write(path, "-1000") == 0)
			others[n_others++].pid = (pid_t)strtol(d->d_name, NULL, 10);
	}
	if (proc)
		closedir(proc);
}

static inline void stage_unprotect(void)
{
	char path[64];

	for (size_t i = 0; i < n_others; i++) {
		snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", others[i].pid);
		scene_write(path, others[i].adj);
	}
}

static inline void stage_groups(const struct scene *s)
{
	for (int i = 0; i < s->n_groups; i++) {
		const struct group *g = &s->groups[i];

		if (mkdir(g->path, 0755))
			scene_die(g->path);
		if (g->delegates)
			scene_must_write(g->path, "cgroup.subtree_control", "+memory");
		if (g->kills_together)
			scene_must_write(g->path, "memory.oom.group", "1");
	}
}

static inline void stage_await(struct scene *s, int ready, int wanted)
{
	struct pollfd p = { .fd = ready, .events = POLLIN };
	pid_t pid;

	while (wanted-- > 0) {
		errno = ETIMEDOUT;
		if (poll(&p, 1, 20000) != 1 || read(ready, &pid, sizeof(pid)) != sizeof(pid))
			scene_die("a process of the scene did not become ready");
		s->pids[s->n_pids++] = pid;
	}
}

static inline void stage_start(struct scene *s)
{
	int ready[2], go[2];

	if (pipe(ready) || pipe(go))
		scene_die("pipe");
	for (int i = 0; i <= s->n; i++) {
		const struct shape *p = i < s->n ? &s->shapes[i] : NULL;
		bool is_there;
		pid_t pid;

		if (!p && !s->of_cgroup)
			break;
		pid = scene_fork(s, p, &is_there);
		if (pid < 0)
			scene_die("fork");
		if (pid == 0 && p)
			scene_process(s, p, is_there, ready[1]);
		if (pid == 0)
			scene_grow(s, ready[1], go[0]);
		stage_await(s, ready[0], p ? 1 + p->has_sharer + p->has_vfork : 1);
		s->is_vforked[s->n_pids - 1] = p && p->has_vfork;
		if (!p)
			s->grower = pid;
	}
	close(ready[0]);
	close(ready[1]);
	close(go[0]);
	s->grow_fd = go[1];
}

/* Leaves room for now, so that only the grower reaches the limit. */
static inline void stage_limit(const struct scene *s)
{
	const char *dir = s->groups[s->domain].path;
	char path[512], text[64];
	long used;
	FILE *f;

	snprintf(path, sizeof(path), "%s/memory.current", dir);
	f = fopen(path, "re");
	if (!f || fscanf(f, "%ld", &used) != 1)
		scene_die(path);
	fclose(f);
	if (s->has_swap) {
		snprintf(text, sizeof(text), "%lu", s->swap_max * UNIT_BYTES);
		scene_must_write(dir, "memory.swap.max", text);
	}
	snprintf(text, sizeof(text), "%ld", used + (1L << 20));
	scene_must_write(dir, "memory.max", text);
}

static inline void stage_end(const struct scene *s)
{
	for (int i = 0; i < s->n_pids; i++)
		kill(s->pids[i], SIGKILL);
	while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR)
		;
	close(s->grow_fd);
	for (int i = s->n_groups - 1; i >= 0; i--)
		for (int tries = 0; rmdir(s->groups[i].path) && errno != ENOENT; tries++) {
			if (tries > 2000)
				scene_die(s->groups[i].path);
			usleep(1000);
		}
}

#endif
