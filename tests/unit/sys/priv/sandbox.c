/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sandbox: only reading open files and printing is allowed; tested in a child process. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/calls.h"
#include "sys/priv/sandbox.h"

#define SKIPPED 77

static int is_refused(long result)
{
	return result < 0 && errno == EPERM;
}

/* The number of the first check that fails; 0: none. */
static int try_inside(int in, int out, int socket, int second)
{
	char byte;
	time_t now = 1700000000;
	struct tm before = { 0 }, after = { 0 };
	int err;

	sandbox_prepare();
	localtime_r(&now, &before);
	err = sandbox_enter(socket, second);
	if (err)
		return err == -ENOSYS || err == -EINVAL ? SKIPPED : 1;
	if (!is_refused(open("/dev/null", O_RDONLY)) || !is_refused(open("/dev/null", O_WRONLY)))
		return 2;
	if (!is_refused(execl("/bin/true", "true", (char *)NULL)) || !is_refused(fork()))
		return 3;
	if (!is_refused(kill(getpid(), SIGKILL)) || !is_refused(dup(1)) || !is_refused(unlink("/")))
		return 4;
	if (!is_refused(write(out, "x", 1)) || !is_refused(calls_send(out, "x", 1, 0)))
		return 5;
	if (mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
	    MAP_FAILED)
		return 6;
	/* What log does afterwards. */
	if (read(in, &byte, 1) != 1 || calls_send(socket, "x", 1, MSG_NOSIGNAL) != 1 ||
	    calls_send(second, "x", 1, MSG_NOSIGNAL) != 1)
		return 7;
	if (write(STDOUT_FILENO, "", 0) || write(STDERR_FILENO, "", 0))
		return 8;
	if (mktime(&before) != now || !localtime_r(&now, &after) || after.tm_hour != before.tm_hour)
		return 9;
	free(malloc(10000000));
	return 0;
}

static void only_reading_and_printing_is_allowed(void **state)
{
	int pipes[2], ends[2], seconds[2], others[2], status;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(pipes) | socketpair(AF_UNIX, SOCK_STREAM, 0, ends) |
				 socketpair(AF_UNIX, SOCK_STREAM, 0, seconds) |
				 socketpair(AF_UNIX, SOCK_STREAM, 0, others),
			 0);
	assert_int_equal(write(pipes[1], "x", 1), 1);
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(try_inside(pipes[0], others[0], ends[0], seconds[0]));
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == SKIPPED)
		skip();
	unit_number("what failed", WEXITSTATUS(status), 0);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_reading_and_printing_is_allowed),
	};

	return UNIT_RUN(argc, argv, tests);
}
