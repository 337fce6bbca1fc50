/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of this folder share. */
#pragma once

#include "oom/rules/unit_effect.h"
#include "sys/unit/systemctl.h"
#include "sys/unit/unit_name.h"
#include "sys/unit/unit_settings.h"

/*
 * Runs systemctl with args, which end with NULL. *out: what it printed, which the caller frees.
 * Errors as for systemctl_show(), with the reason in why.
 */
int systemctl_run(const struct systemctl *m, const char *const *args, int seconds, char **out,
		  char why[SYSTEMCTL_WHY]);

/* Parses the output of systemctl show; the units refer to text. 0 or -ENOMEM. Pure. */
int systemctl_parse(char *text, struct systemctl_units *found);

/*
 * Reads the settings of a service or scope over D-Bus. It may not end: only for a process that is
 * killed at a deadline, and that has no privileges. is_root: as user 0. name: complete. 0; -ENOENT:
 * the manager has no such unit; -EINVAL: another type of unit; -ELIBACC: no libsystemd; others as
 * sd_bus_start(3) and sd_bus_get_property(3).
 */
int bus_read_unit(const struct systemctl *m, bool is_root, const char *name,
		  struct unit_effect_settings *s);

/* Lists the units of a slice in the same way, see unit_settings_ask_slice(). */
int bus_list_units(const struct systemctl *m, bool is_root, const char *slice,
		   struct unit_settings_units *found);
