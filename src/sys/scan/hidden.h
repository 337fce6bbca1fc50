/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hidden: counts the processes that the caller cannot see. */
#pragma once

#include <stddef.h>

/* How many processes hidepid or a PID namespace hides from the caller. proc: a handle of /proc. */
size_t hidden_count(int proc);

/* How many of them have a PID here: hidepid hides them, not a PID namespace. */
size_t hidden_count_here(int proc);
