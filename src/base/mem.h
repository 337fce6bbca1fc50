/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mem: memory for cmd and ui, which never fails: where there is none the program says so and ends.
 * oom and sys return -ENOMEM instead; mem_check() ends the program for them.
 */
#pragma once

#include <stddef.h>

#include "base/status.h"

/* The status to end with; ST_BROKEN unless it is set. */
void mem_set_status(enum status status);

/* n zeroed elements; never NULL, even if n is 0. */
void *mem_alloc(size_t n, size_t size);

/* Returns list, or where it was moved to, with room for n elements. */
void *mem_resize(void *list, size_t n, size_t size);

/*
 * Returns list, or where it was moved to, with room for one element behind its n. Every element
 * must be added this way: the room follows from n. NULL, 0: a new list.
 */
void *mem_grow(void *list, size_t n, size_t size);

char *mem_copy(const char *text);

/* Returns err; -ENOMEM ends the program. */
int mem_check(int err);
