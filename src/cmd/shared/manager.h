/* SPDX-License-Identifier: GPL-2.0-or-later */
/* manager: the systemd manager whose units a user can change, for commands; reports errors. */
#pragma once

#include <signal.h>

#include "cmd/cmd.h"
#include "sys/unit/dropin.h"
#include "sys/unit/systemctl.h"

/*
 * Finds the manager: for root that of the system, for others their own. option: what needs it, for
 * messages, such as "--persist". is_brief: nothing will be changed. ST_DENIED: with raised
 * privileges; ST_BROKEN: there is none.
 */
enum status manager_find(const struct ctx *cx, const char *option, bool is_brief,
			 struct systemctl *m, struct systemctl_manager *about);

/* Whether the manager has read the drop-in for this unit. */
bool manager_reads_dropin(const struct systemctl_unit *unit, const struct dropin *d);

/* Blocks signals such as an interrupt: they must not leave half of a change. Restore before. */
void manager_hold_signals(sigset_t *before);
