/* SPDX-License-Identifier: GPL-2.0-or-later */
/* calls: system calls that a C library lacks, or replaces by another call. */
#pragma once

#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Closes all descriptors from first on. musl 1.2.3 has no close_range(2). */
static inline int calls_close_from(int first)
{
	return (int)syscall(SYS_close_range, (unsigned int)first, ~0U, 0U);
}

/*
 * As send(2), for which glibc uses socketcall(2) on i386. Its arguments are in memory, where the
 * filter of sys/priv/sandbox.c cannot see them.
 */
static inline ssize_t calls_send(int socket, const void *data, size_t size, int flags)
{
	return syscall(SYS_sendto, socket, data, size, flags, NULL, 0);
}
