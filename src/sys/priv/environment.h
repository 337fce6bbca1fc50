/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * environment: the environment as the caller gave it. When rights are borrowed the C library takes
 * variables such as TMPDIR and LD_PRELOAD out of environ before main; the kernel's strings lie
 * untouched between the last argument and the name of the program.
 */
#pragma once

#include <stddef.h>

/*
 * *env: a new vector of all strings that the kernel was given, in their order, ended by NULL; of
 * environ's where the kernel's layout is not to be recognized. The vector is the caller's to free,
 * the strings are not. -ENOMEM.
 */
int environment_find(int argc, char **argv, char ***env);

/* The same from begin to end, strings one behind the other, each with its NUL. Pure. */
int environment_split(char *begin, const char *end, char ***env);

/*
 * Replaces environ by those of its variables that can do no harm: language, terminal, width,
 * colour.
 */
void environment_replace(void);
