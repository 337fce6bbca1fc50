/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * environment: the caller's environment. With a borrowed capability the C library removes variables
 * such as TMPDIR and LD_PRELOAD from environ before main. The strings of the kernel are complete,
 * between the last argument and the name of the program.
 */
#pragma once

/*
 * *env: a new vector of all strings from the kernel, or from environ if the kernel's layout is not
 * recognized. The caller frees the vector, not the strings. 0 or -ENOMEM.
 */
int environment_find(int argc, char **argv, char ***env);

/*
 * The launcher prepends a mark to each string of env, so that the dynamic loader, which runs as
 * root before the program, recognizes none. The new strings stay allocated. 0 or -ENOMEM.
 */
int environment_mark(char **env);

/*
 * The program, executed by the launcher, removes the marks while it still has the launcher's ids.
 * If one string has no mark, all are left unchanged. env can be NULL.
 */
void environment_unmark(char **env);

/* Reduces environ, unmarked, to harmless variables: language, terminal, width, colour. */
void environment_replace(void);
