/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hidden: counts the processes that the caller cannot see. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* How many processes hidepid or a PID namespace hides from the caller. proc: a handle of /proc. */
size_t hidden_count(int proc);

/* Whether one of them can have a PID here, which is so with hidepid only. */
bool hidden_can_have_pid(int proc);
