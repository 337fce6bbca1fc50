/* SPDX-License-Identifier: GPL-2.0-or-later */
/* persist: stores an adj in a drop-in of a systemd unit, and changes its processes. */
#pragma once

#include "cmd/adj/apply.h"

/*
 * For set, protect and unprotect --persist: writes or removes the drop-ins of the units that
 * t selects, reloads systemd, and changes the running processes, or changes nothing. Root changes
 * units of the system, other users units of their own manager. Returns ST_USAGE, ST_MISSED: no such
 * unit, or nothing to remove; ST_DENIED; ST_BROKEN: no systemd, or it fails.
 */
enum status persist_run(struct ctx *cx, const struct apply *ap, const struct targets *t,
			struct args *a);
