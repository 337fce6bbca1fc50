/* SPDX-License-Identifier: GPL-2.0-or-later */
/* systemctl_run: executes systemctl for a bounded time. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "sys/unit/internal.h"

#define MAX_ARGS   16
#define MAX_OUTPUT (4 << 20)

static const char *const places[] = { "/usr/bin/systemctl", "/bin/systemctl" };

/* A pipe from systemctl: of its output or its errors. */
struct stream {
	int fd; /* -1: closed */
	char *text;
	size_t n, room;
};

static int start(const char *path, const struct systemctl *m, const char *const *args, int out,
		 int err, pid_t *child)
{
	char runtime[64];
	char *env[] = { (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", (char *)"LC_ALL=C",
			m->is_user ? runtime : NULL, NULL };
	char *argv[MAX_ARGS + 5] = { (char *)path, (char *)"--no-pager",
				     (char *)"--no-ask-password",
				     (char *)(m->is_user ? "--user" : "--system") };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int result;

	for (size_t i = 0; i < MAX_ARGS && args[i]; i++)
		argv[4 + i] = (char *)args[i];
	snprintf(runtime, sizeof(runtime), "XDG_RUNTIME_DIR=/run/user/%u", (unsigned int)m->uid);
	sigemptyset(&none);
	sigfillset(&all);
	result = posix_spawn_file_actions_init(&files);
	if (result)
		return -result;
	result = posix_spawnattr_init(&attributes);
	if (result) {
		posix_spawn_file_actions_destroy(&files);
		return -result;
	}
	/* Its own group: an interrupt from the terminal must not end it halfway. */
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
						      POSIX_SPAWN_SETSIGDEF);
	result = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	if (!result)
		result = posix_spawn_file_actions_adddup2(&files, out, 1);
	if (!result)
		result = posix_spawn_file_actions_adddup2(&files, err, 2);
	if (!result)
		result = posix_spawn(child, path, &files, &attributes, argv, env);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return -result;
}

/* Reads what there is. 0 or a negative errno; the end closes the stream. */
static int take(struct stream *s)
{
	ssize_t n;
	int err;

	if (s->n > MAX_OUTPUT)
		return -EFBIG;
	err = array_grow(&s->text, &s->room, s->n + 4096);
	if (err)
		return err;
	n = read(s->fd, s->text + s->n, s->room - s->n - 1);
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -errno;
	s->n += (size_t)n;
	s->text[s->n] = '\0';
	if (n == 0) {
		close(s->fd);
		s->fd = -1;
	}
	return 0;
}

/* Until both streams end. -ETIMEDOUT: later than the deadline, or after a silence so long. */
static int take_all(struct stream streams[2], int64_t deadline, int64_t silence)
{
	while (streams[0].fd >= 0 || streams[1].fd >= 0) {
		struct pollfd fds[] = { { streams[0].fd, POLLIN, 0 },
					{ streams[1].fd, POLLIN, 0 } };
		int64_t left = deadline - clock_ms(), wait = left < silence ? left : silence;
		int err = 0, n = wait > 0 ? poll(fds, 2, (int)wait) : 0;

		if (n == 0)
			return -ETIMEDOUT;
		if (n < 0 && errno != EINTR)
			return -errno;
		for (size_t i = 0; !err && n > 0 && i < 2; i++)
			if (fds[i].revents)
				err = take(&streams[i]);
		if (err)
			return err;
	}
	return 0;
}

/* false: it still runs at the deadline. */
static bool wait_for(pid_t child, int64_t deadline, int *status)
{
	const struct timespec step = { .tv_nsec = 5000000 };
	pid_t ended;

	while ((ended = waitpid(child, status, WNOHANG)) != child) {
		if ((ended < 0 && errno != EINTR) || clock_ms() >= deadline)
			return false;
		nanosleep(&step, NULL);
	}
	return true;
}

/* The first line that it printed as its error, or the status: then -ENODATA, if it exited. */
static int explain(char why[SYSTEMCTL_WHY], const char *path, const char *text, int status)
{
	if (text && *text && *text != '\n')
		snprintf(why, SYSTEMCTL_WHY, "%.*s", (int)strcspn(text, "\n"), text);
	else if (WIFSIGNALED(status))
		snprintf(why, SYSTEMCTL_WHY, "%s was killed by signal %d", path, WTERMSIG(status));
	else
		snprintf(why, SYSTEMCTL_WHY, "%s exited with status %d", path, WEXITSTATUS(status));
	return WIFEXITED(status) && !(text && *text) ? -ENODATA : -EIO;
}

/* Runs the program at path. *status: how it ended, if the result is 0. */
static int run(const char *path, const struct systemctl *m, const char *const *args, int seconds,
	       struct stream streams[2], int *status)
{
	int silence = m->is_only_shown ? SYSTEMCTL_SILENCE_S : seconds;
	int64_t deadline = clock_ms() + (int64_t)seconds * 1000;
	int out[2], err[2], result;
	pid_t child;

	if (pipe2(out, O_CLOEXEC))
		return -errno;
	if (pipe2(err, O_CLOEXEC)) {
		result = -errno;
		close(out[0]);
		close(out[1]);
		return result;
	}
	result = start(path, m, args, out[1], err[1], &child);
	close(out[1]);
	close(err[1]);
	streams[0].fd = out[0];
	streams[1].fd = err[0];
	if (result)
		return result;
	result = take_all(streams, deadline, (int64_t)silence * 1000);
	if (!result && wait_for(child, deadline, status))
		return 0;
	kill(child, SIGKILL);
	wait_for(child, clock_ms() + 1000, status);
	return result ? result : -ETIMEDOUT;
}

int systemctl_run(const struct systemctl *m, const char *const *args, int seconds, char **out,
		  char why[SYSTEMCTL_WHY])
{
	struct stream streams[2] = { { .fd = -1 }, { .fd = -1 } };
	const char *path = NULL;
	int status = 0, result = -ENOENT;

	*out = NULL;
	for (size_t i = 0; !path && i < sizeof(places) / sizeof(places[0]); i++)
		if (access(places[i], X_OK) == 0)
			path = places[i];
	if (path)
		result = run(path, m, args, seconds, streams, &status);
	if (!result && (!WIFEXITED(status) || WEXITSTATUS(status)))
		result = -EIO;
	if (!path)
		snprintf(why, SYSTEMCTL_WHY, "%s is not installed", places[0]);
	else if (result == -EIO)
		result = explain(why, path, streams[1].text, status);
	else if (result == -ETIMEDOUT)
		snprintf(why, SYSTEMCTL_WHY, "no answer within %d seconds",
			 m->is_only_shown ? SYSTEMCTL_SILENCE_S : seconds);
	else if (result)
		snprintf(why, SYSTEMCTL_WHY, "%s: %s", path, strerror(-result));
	for (size_t i = 0; i < 2; i++)
		if (streams[i].fd >= 0)
			close(streams[i].fd);
	free(streams[1].text);
	if (result)
		free(streams[0].text);
	else
		*out = streams[0].text;
	return result;
}
