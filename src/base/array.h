/* SPDX-License-Identifier: GPL-2.0-or-later */
/* array: growing arrays on the heap. */
#pragma once

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

typedef void *__attribute__((may_alias)) array_pointer;

/* list: the address of a pointer of any type. Use array_grow(). */
static inline int array_grow_bytes(void *list, size_t *room, size_t n, size_t size)
{
	size_t more = *room < SIZE_MAX / 2 ? 2 * *room : n;
	array_pointer *pointer = list;
	void *grown;

	if (n <= *room)
		return 0;
	if (more < 16)
		more = 16;
	if (more < n)
		more = n;
	grown = reallocarray(*pointer, more, size);
	if (!grown)
		return -ENOMEM;
	*pointer = grown;
	*room = more;
	return 0;
}

/* Makes room for n elements in *list, which has room for *room. -ENOMEM: nothing has changed. */
#define array_grow(list, room, n) array_grow_bytes((list), (room), (n), sizeof(**(list)))
