/* SPDX-License-Identifier: GPL-2.0-or-later */
/* environment: the caller's environment, and its harmless part. */
#include "sys/priv/environment.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#define MAX_VALUE 64
#define TUNABLES  "GLIBC_TUNABLES="
#define MARK      '~' /* no variable of the loader or the C library begins with it */

/* These affect only how output looks; none names a file or a library. */
static const char *const harmless[] = {
	"LANG", "LC_ALL", "LC_CTYPE", "LC_MESSAGES", "TERM", "COLUMNS", "NO_COLOR",
};

#define N_HARMLESS (sizeof(harmless) / sizeof(harmless[0]))

static bool is_harmless(const char *entry, const char *name)
{
	size_t len = strlen(name);

	/* A slash would make a locale or a terminal a path. */
	return strncmp(entry, name, len) == 0 && entry[len] == '=' &&
	       strnlen(entry + len + 1, MAX_VALUE + 1) <= MAX_VALUE && !strchr(entry + len, '/');
}

/* True in the launcher, and in the program that it starts until that takes the caller's ids. */
static bool has_launcher_ids(void)
{
	return geteuid() == 0 && getuid() != 0;
}

/* The launcher executes a descriptor, which the kernel names so (fs/exec.c, alloc_bprm()). */
static bool is_executed_by_descriptor(void)
{
	const char *name = (const char *)getauxval(AT_EXECFN);

	return name && strncmp(name, "/dev/fd/", 8) == 0;
}

int environment_mark(char **env)
{
	size_t len, size = 0;
	char *p;

	if (!has_launcher_ids())
		return 0;
	for (char **e = env; *e; e++)
		size += strlen(*e) + 2;
	p = malloc(size + 1);
	if (!p)
		return -ENOMEM;
	for (char **e = env; *e; e++) {
		len = strlen(*e) + 1;
		*p = MARK;
		memcpy(p + 1, *e, len);
		*e = p;
		p += len + 1;
	}
	return 0;
}

void environment_unmark(char **env)
{
	if (!env || !has_launcher_ids() || !is_executed_by_descriptor())
		return;
	for (char **e = env; *e; e++)
		if (**e != MARK)
			return;
	for (char **e = env; *e; e++)
		++*e;
}

void environment_replace(void)
{
	static char *kept[N_HARMLESS + 1];
	size_t n = 0;

	environment_unmark(environ);
	for (size_t i = 0; i < N_HARMLESS; i++) {
		for (char **e = environ; e && *e; e++) {
			if (is_harmless(*e, harmless[i])) {
				kept[n++] = *e;
				break;
			}
		}
	}
	kept[n] = NULL;
	environ = kept;
}

int environment_find(int argc, char **argv, char ***env)
{
	const char *end = (const char *)getauxval(AT_EXECFN);
	char *begin = argc > 0 && argv[argc - 1] ? argv[argc - 1] + strlen(argv[argc - 1]) + 1
						 : NULL;
	bool is_known;
	size_t n = 0;

	/* The arguments, the environment and the program's name are adjacent (fs/exec.c). */
	is_known = begin && end && (uintptr_t)begin <= (uintptr_t)end && !end[-1];
	/* The C library may put copies of these in place of the kernel's strings. */
	for (char **e = environ; is_known && e && *e; e++)
		is_known = ((uintptr_t)*e >= (uintptr_t)begin && (uintptr_t)*e < (uintptr_t)end) ||
			   strncmp(*e, TUNABLES, sizeof(TUNABLES) - 1) == 0;
	for (const char *p = begin; is_known && p < end; p += strlen(p) + 1)
		n++;
	while (!is_known && environ && environ[n])
		n++;
	*env = calloc(n + 1, sizeof(**env));
	if (!*env)
		return -ENOMEM;
	for (size_t i = 0; !is_known && i < n; i++)
		(*env)[i] = environ[i];
	for (size_t i = 0; is_known && i < n; i++) {
		(*env)[i] = begin;
		begin += strlen(begin) + 1;
	}
	return 0;
}
