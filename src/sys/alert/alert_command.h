/* SPDX-License-Identifier: GPL-2.0-or-later */
/* alert_command: runs a command in the background, in a session and process group of its own. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/*
 * Executes path with these words and this environment, without a shell. It has no signal blocked or
 * ignored, and only the descriptors 0, of /dev/null, 1 and 2. Returns its PID or a negative errno.
 * If it cannot be executed, it exits with status 127 (it does not exist) or 126.
 */
pid_t alert_command_start(const char *path, char *const *words, char *const *environment);

/* Signals its process group; call it before alert_command_reap(), which frees its number. */
void alert_command_signal(pid_t pid, int signal);

/*
 * Finds a child process that has ended, which remains a zombie, and so keeps its PID; 0: none.
 * *status: 0 to 255, or 256 and the number of the signal that killed it.
 */
pid_t alert_command_find_ended(int *status);

void alert_command_reap(pid_t pid);
