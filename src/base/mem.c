/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mem: memory for cmd and ui; without memory the program ends here. */
#include "base/mem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "base/msg.h"

#define LEAST 16 /* minimum number of elements of a list */

static enum status end_status = ST_BROKEN;

void mem_set_status(enum status status)
{
	end_status = status;
}

static void *check(void *got)
{
	if (got)
		return got;
	msg_error("out of memory");
	exit((int)end_status);
}

void *mem_alloc(size_t n, size_t size)
{
	return check(calloc(n ? n : 1, size));
}

void *mem_resize(void *list, size_t n, size_t size)
{
	return check(reallocarray(list, n ? n : 1, size));
}

void *mem_grow(void *list, size_t n, size_t size)
{
	if (n && (n < LEAST || n & (n - 1)))
		return list;
	return mem_resize(list, n ? 2 * n : LEAST, size);
}

char *mem_copy(const char *text)
{
	return check(strdup(text));
}

char *mem_print(const char *fmt, ...)
{
	char *text = NULL;
	va_list arguments;
	int n;

	va_start(arguments, fmt);
	n = vasprintf(&text, fmt, arguments);
	va_end(arguments);
	return check(n < 0 ? NULL : text);
}

int mem_check(int err)
{
	if (err == -ENOMEM)
		check(NULL);
	return err;
}

int mem_lock(void)
{
	struct rlimit limit;
	int flags = MCL_CURRENT;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY)
		flags |= MCL_FUTURE;
	return mlockall(flags) ? -errno : 0;
}
