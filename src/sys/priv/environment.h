/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * environment: the caller's environment. With borrowed rights the C library removes variables such
 * as TMPDIR and LD_PRELOAD from environ before main; the kernel's strings are still complete,
 * between the last argument and the name of the program.
 */
#pragma once

#include <stddef.h>

/*
 * *env: a new vector of all strings that the kernel has, or of environ's if the kernel's layout is
 * not recognized. The caller frees the vector, not the strings. 0 or -ENOMEM.
 */
int environment_find(int argc, char **argv, char ***env);

/* The same for strings from begin to end, each with its NUL. Pure. */
int environment_split(char *begin, const char *end, char ***env);

/*
 * The launcher puts a mark before each string of env, so that the dynamic loader, which runs as
 * root before the program, knows none of them. The new strings stay allocated. 0 or -ENOMEM.
 */
int environment_mark(char **env);

/*
 * The program takes the marks away while it still has the launcher's ids; strings of which one has
 * no mark are left as they are. env may be NULL.
 */
void environment_unmark(char **env);

/* Reduces environ, unmarked, to harmless variables: language, terminal, width, colour. */
void environment_replace(void);
