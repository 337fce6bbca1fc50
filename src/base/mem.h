/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mem: memory for cmd and ui. A failure ends the program; oom and sys return -ENOMEM instead. */
#pragma once

#include <stddef.h>

#include "base/status.h"

/* Sets the exit status without memory; the default is ST_BROKEN. */
void mem_set_status(enum status status);

/* n zeroed elements; never NULL, even if n is 0. */
void *mem_alloc(size_t n, size_t size);

/* Returns list, perhaps moved, with room for n elements. */
void *mem_resize(void *list, size_t n, size_t size);

/*
 * Returns list, perhaps moved, with room for one more than its n elements. Every element must be
 * added this way, because the room is computed from n. NULL, 0: a new list.
 */
void *mem_grow(void *list, size_t n, size_t size);

char *mem_copy(const char *text);

/* The formatted text, of which the caller frees the memory. */
__attribute__((format(printf, 1, 2))) char *mem_print(const char *fmt, ...);

/*
 * Locks the memory of the process, and what it allocates later, unless a limit could make that
 * fail. 0 or a negative errno.
 */
int mem_lock(void);

/* Returns err; ends the program if it is -ENOMEM. */
int mem_check(int err);
