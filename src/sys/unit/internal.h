/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of this folder share. */
#pragma once

#include "sys/unit/systemctl.h"

/*
 * Runs systemctl with args, which end with NULL. *out: what it printed, which the caller frees.
 * Errors as for systemctl_show(), with the reason in why.
 */
int systemctl_run(const struct systemctl *m, const char *const *args, int seconds, char **out,
		  char why[SYSTEMCTL_WHY]);

/* Parses the output of systemctl show; the units refer to text. 0 or -ENOMEM. Pure. */
int systemctl_parse(char *text, struct systemctl_units *found);
