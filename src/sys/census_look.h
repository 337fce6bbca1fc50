/* SPDX-License-Identifier: GPL-2.0-or-later */
/* census_look: whether what a census counts are the processes that /proc shows, under the same PIDs. */
#ifndef SYS_CENSUS_LOOK_H
#define SYS_CENSUS_LOOK_H

#include "sys/census.h"

/* Before a census. 0, and *n is about how many processes there are; or a negative errno, and in words why it must not be. */
int census_look(size_t *n, char words[CENSUS_WORDS]);

/* After it: whether this process is in it, as /proc shows it. 0, or a negative errno and words. */
int census_check(const struct census *c, char words[CENSUS_WORDS]);

#endif
