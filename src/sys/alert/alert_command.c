/* SPDX-License-Identifier: GPL-2.0-or-later */
/* alert_command: runs a command in the background. */
#include "sys/alert/alert_command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/priv/privilege.h"

static void reset_signals(void)
{
	sigset_t none;

	/* Some cannot be changed. */
	for (int n = 1; n < NSIG; n++)
		signal(n, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void become(const char *path, char *const *words, char *const *environment)
{
	int null = open("/dev/null", O_RDONLY);

	setsid();
	if (null > 0 && (dup2(null, 0) || close(null)))
		_exit(126);
	if (null < 0 || privilege_close_descriptors())
		_exit(126);
	/* Last, so that no signal ends it before. */
	reset_signals();
	execve(path, words, environment);
	_exit(errno == ENOENT ? 127 : 126);
}

pid_t alert_command_start(const char *path, char *const *words, char *const *environment)
{
	pid_t pid = fork();

	if (pid == 0)
		become(path, words, environment);
	return pid < 0 ? -errno : pid;
}

void alert_command_signal(pid_t pid, int signal)
{
	/* Until setsid(), there is no such group. */
	if (kill(-pid, signal))
		kill(pid, signal);
}

pid_t alert_command_find_ended(int *status)
{
	siginfo_t info = { .si_pid = 0 };

	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT))
		return 0;
	*status = info.si_code == CLD_EXITED ? info.si_status & 255 : 256 + info.si_status;
	return info.si_pid;
}

void alert_command_reap(pid_t pid)
{
	waitpid(pid, NULL, 0);
}
