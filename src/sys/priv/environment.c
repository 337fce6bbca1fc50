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
#define MARK      '~' /* no variable of the loader or the C library begins with it */

/* The look of the output; nothing that names a file or a library. */
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

/* The launcher's ids, and those of the program that it starts, until they are the caller's. */
static bool is_behind_launcher(void)
{
	return getuid() != geteuid();
}

int environment_mark(char **env)
{
	size_t len, size = 0;
	char *p;

	if (!is_behind_launcher())
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
	if (!env || !is_behind_launcher())
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

int environment_split(char *begin, const char *end, char ***env)
{
	size_t n = 0;

	for (const char *p = begin; p < end; p += strlen(p) + 1)
		n++;
	*env = calloc(n + 1, sizeof(**env));
	if (!*env)
		return -ENOMEM;
	n = 0;
	for (char *p = begin; p < end; p += strlen(p) + 1)
		(*env)[n++] = p;
	return 0;
}

static int copy_vector(char **from, char ***env)
{
	size_t n = 0;

	while (from && from[n])
		n++;
	*env = calloc(n + 1, sizeof(**env));
	if (!*env)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		(*env)[i] = from[i];
	return 0;
}

static bool is_between(const char *p, const char *begin, const char *end)
{
	return (uintptr_t)p >= (uintptr_t)begin && (uintptr_t)p < (uintptr_t)end;
}

int environment_find(int argc, char **argv, char ***env)
{
	const char *end = (const char *)getauxval(AT_EXECFN);
	char *begin = argc > 0 && argv[argc - 1] ? argv[argc - 1] + strlen(argv[argc - 1]) + 1
						 : NULL;
	size_t n_foreign = 0;

	/* The arguments, the environment and the program's name are adjacent (fs/exec.c). */
	if (!begin || !end || (uintptr_t)begin > (uintptr_t)end || end[-1])
		return copy_vector(environ, env);
	/* The C library may copy one string, GLIBC_TUNABLES. */
	for (char **e = environ; e && *e; e++)
		n_foreign += !is_between(*e, begin, end);
	if (n_foreign > 1)
		return copy_vector(environ, env);
	return environment_split(begin, end, env);
}
