/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scene_forecast: the prediction of a scene, read from the command's JSON. */
#ifndef LAB_SCENE_FORECAST_H
#define LAB_SCENE_FORECAST_H

#include "scene.h"

#include <spawn.h>

#define FORECAST_OUTPUT 65536

#define FORECAST_KILLS 5

/* The prediction. */
struct forecast {
	bool is_certain, has_margin;
	long long points, margin;
	char doubt[32], rivals[256];
	struct {
		pid_t pid; /* the thread that holds the memory */
		bool is_certain;
		pid_t set[SCENE_PIDS];
		int n_set;
	} kills[FORECAST_KILLS];
	int n;
};

/* The output of a command. */
static inline void forecast_run(char *const argv[], char *out)
{
	posix_spawn_file_actions_t actions;
	int fds[2], status;
	size_t at = 0;
	ssize_t n;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		scene_die("pipe");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fds[1], 1);
	errno = posix_spawn(&pid, argv[0], &actions, NULL, argv, environ);
	if (errno)
		scene_die(argv[0]);
	posix_spawn_file_actions_destroy(&actions);
	close(fds[1]);
	while ((n = read(fds[0], out + at, FORECAST_OUTPUT - 1 - at)) > 0)
		at += (size_t)n;
	out[at] = '\0';
	close(fds[0]);
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) > 1)
		scene_die(argv[0]);
}

/* The value of "KEY" in a row of JSON; NULL: null. */
static inline const char *forecast_value(const char *row, const char *key)
{
	char pattern[48];
	const char *at;

	snprintf(pattern, sizeof(pattern), "\"%s\":", key);
	at = strstr(row, pattern);
	if (!at)
		scene_die(key);
	at += strlen(pattern);
	return strncmp(at, "null", 4) ? at : NULL;
}

static inline void forecast_copy(const char *v, char *to, size_t size)
{
	if (v)
		snprintf(to, size, "%.*s", (int)strcspn(v + 1, "\"]"), v + 1);
}

static inline void forecast_add(struct forecast *f, const char *row)
{
	const char *set = forecast_value(row, "kill_set") + 1;
	char *end;

	f->kills[f->n].pid = (pid_t)strtol(forecast_value(row, "pid"), NULL, 10);
	f->kills[f->n].is_certain = strncmp(forecast_value(row, "sure"), "\"certain\"", 9) == 0;
	f->kills[f->n].n_set = 0;
	for (; *set != ']'; set = end + (*end == ','))
		f->kills[f->n].set[f->kills[f->n].n_set++] = (pid_t)strtol(set, &end, 10);
	f->n++;
}

/* scan: the option that says how the processes are read. */
static inline void forecast_read(const char *command, const char *scan, const struct scene *s,
				 struct forecast *f, char *out)
{
	char *machine[] = { (char *)command, "predict", "-J", (char *)scan, NULL };
	char *cgroup[] = { (char *)command, "predict", "-J", (char *)scan, "--cgroup", NULL, NULL };
	const char *row;

	memset(f, 0, sizeof(*f));
	if (s->of_cgroup)
		cgroup[5] = (char *)s->groups[s->domain].path;
	forecast_run(s->of_cgroup ? cgroup : machine, out);
	for (row = strstr(out, "\n{"); row && f->n < FORECAST_KILLS; row = strstr(row + 1, "\n{"))
		forecast_add(f, row);
	if (!f->n)
		return;
	row = strstr(out, "\n{");
	f->points = strtoll(forecast_value(row, "points"), NULL, 10);
	f->has_margin = forecast_value(row, "margin");
	if (f->has_margin)
		f->margin = strtoll(forecast_value(row, "margin"), NULL, 10);
	f->is_certain = f->kills[0].is_certain;
	forecast_copy(forecast_value(row, "doubt"), f->doubt, sizeof(f->doubt));
	snprintf(f->rivals, sizeof(f->rivals), "%.*s",
		 (int)strcspn(forecast_value(row, "rivals"), "]"),
		 forecast_value(row, "rivals") + 1);
}

#endif
