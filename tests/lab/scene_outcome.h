/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scene_outcome: what the kernel did, from its log and from which processes are dead. */
#ifndef LAB_SCENE_OUTCOME_H
#define LAB_SCENE_OUTCOME_H

#include "scene_dump.h"
#include "scene_forecast.h"

#define OUTCOME_LOG 65536

/* What the kernel did. */
struct outcome {
	pid_t killed[SCENE_PIDS]; /* as its log names them */
	int n_killed;
	bool is_refused; /* no process was killed */
	pid_t dead[SCENE_PIDS];
	int n_dead;
	struct dump dump; /* if the kernel printed one */
	char log[OUTCOME_LOG];
	size_t log_len;
};

static inline uint64_t outcome_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static inline void outcome_take(struct outcome *o, const char *line)
{
	const char *at = strstr(line, "Killed process ");
	size_t room = sizeof(o->log) - o->log_len;
	int len = snprintf(o->log + o->log_len, room, "%s", line);

	o->log_len += len > 0 && (size_t)len < room ? (size_t)len : 0;
	if (at && o->n_killed < SCENE_PIDS)
		o->killed[o->n_killed++] = (pid_t)strtol(at + 15, NULL, 10);
	dump_take(&o->dump, line);
	o->is_refused |= !o->n_killed && (strstr(line, "No task eligible") ||
					  strstr(line, "no killable processes"));
}

/*
 * Adds what the kernel has logged since the last call: "6,339,5140900,-;line", and "\n KEY=value"
 * more. Bounded: while a victim exits, allocations find no other process to kill, and the kernel
 * reports each try.
 */
static inline void outcome_read_log(int kmsg, struct outcome *o)
{
	char record[8192], *line;
	ssize_t n = 1;

	for (int i = 0; i < 2000 && (n > 0 || errno == EPIPE); i++) {
		n = read(kmsg, record, sizeof(record) - 1);
		record[n > 0 ? n : 0] = '\0';
		line = strchr(record, ';');
		if (line)
			outcome_take(o, line + 1);
	}
}

static inline bool outcome_is_in(const pid_t *set, int n, pid_t pid)
{
	for (int i = 0; i < n; i++)
		if (set[i] == pid)
			return true;
	return false;
}

/*
 * All processes of the first predicted kill have exited, those of a later one that the log names,
 * and all that the log names, which can be more.
 */
static inline bool outcome_is_complete(const struct forecast *f, const struct outcome *o)
{
	for (int k = 0; k < f->n; k++) {
		if (k && !outcome_is_in(o->killed, o->n_killed, f->kills[k].pid))
			continue;
		for (int i = 0; i < f->kills[k].n_set; i++)
			if (!outcome_is_in(o->dead, o->n_dead, f->kills[k].set[i]))
				return false;
	}
	for (int i = 0; i < o->n_killed; i++)
		if (kill(o->killed[i], 0) == 0)
			return false;
	return o->n_killed > 0;
}

/*
 * Waits for the kernel's report, for the predicted processes to exit, and for kills that follow
 * immediately.
 */
static inline void outcome_watch(int kmsg, const struct forecast *f, struct outcome *o)
{
	uint64_t end = outcome_now_ms() + 10000;

	while (outcome_now_ms() < end && !o->is_refused) {
		pid_t pid = waitpid(-1, NULL, WNOHANG | __WALL);

		outcome_read_log(kmsg, o);
		if (pid > 0)
			o->dead[o->n_dead++] = pid;
		else
			usleep(500);
		if (outcome_is_complete(f, o) && end > outcome_now_ms() + 12)
			end = outcome_now_ms() + 12;
		else if (o->n_killed && end > outcome_now_ms() + 8000)
			end = outcome_now_ms() + 8000;
	}
	/* The kernel logs before it kills. */
	outcome_read_log(kmsg, o);
}

/* If the first thread has exited, the log names another one; the rival dies nevertheless. */
static inline bool outcome_is_named(const struct forecast *f, const struct outcome *o)
{
	const char *p = f->rivals;
	char *end;

	if (o->killed[0] == f->kills[0].pid)
		return true;
	for (; *p; p = end + (*end == ',')) {
		pid_t rival = (pid_t)strtol(p, &end, 10);

		if (end == p)
			break;
		if (rival == o->killed[0] || outcome_is_in(o->dead, o->n_dead, rival))
			return true;
	}
	return false;
}

#endif
