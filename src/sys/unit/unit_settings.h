/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit_settings: what a systemd manager says about a unit. Each question is asked over D-Bus by a
 * process of its own, which has no privileges, reads only properties, and is killed at a deadline:
 * a manager that does not answer delays the program by at most UNIT_SETTINGS_WAIT_S seconds
 * (tests/cli/units.bats). The manager of a user is asked with the rights of that user.
 */
#pragma once

#include "oom/rules/unit_effect.h"
#include "sys/priv/privilege.h"
#include "sys/unit/systemctl.h"
#include "sys/unit/unit_name.h"

#define UNIT_SETTINGS_WAIT_S 2

/* So many units of a slice are named. */
#define UNIT_SETTINGS_UNITS 32

struct unit_settings_units {
	char names[UNIT_SETTINGS_UNITS][UNIT_NAME_SIZE];
	size_t n, n_more; /* n_more: not named */
};

/*
 * p: of this process, which keeps its privileges. name: complete. 0; -ENOENT: the manager has no
 * such unit; -ETIMEDOUT: no answer; -ELIBACC: no libsystemd.so.0; -EINVAL: no service or scope;
 * -EACCES, -EPERM: this user cannot ask it; others as connect(2) and fork(2).
 */
int unit_settings_read(const struct privilege *p, const struct systemctl *m, const char *name,
		       struct unit_effect_settings *s);

/*
 * Starts a process that asks for this one, which then can enter a sandbox that allows writing to
 * the socket returned. It ends with the other end of the socket. Or a negative errno.
 */
int unit_settings_serve(const struct privilege *p);

/* Asks through that socket. Errors as unit_settings_read(). */
int unit_settings_ask(int socket, const struct systemctl *m, const char *name,
		      struct unit_effect_settings *s);

/*
 * The same for the services and scopes of a slice and of the slices below it that are not inactive:
 * they run, start, stop, or have failed.
 */
int unit_settings_ask_slice(int socket, const struct systemctl *m, const char *slice,
			    struct unit_settings_units *found);
