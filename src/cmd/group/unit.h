/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit: the systemd unit of group: its cgroup, and its OOMPolicy= in a drop-in. */
#pragma once

#include "cmd/shared/manager.h"
#include "sys/unit/unit_name.h"

/* The unit that --unit names. Zeroed at first, with file.dir, base.dir and base.lock -1. */
struct group_unit {
	struct systemctl manager;
	struct systemctl_manager about;
	char name[UNIT_NAME_SIZE];
	struct systemctl_units loaded; /* it alone */
	struct dropin_base base;
	struct dropin file;
	char before[16]; /* its OOMPolicy= */
	bool is_changed; /* a drop-in was written or removed, and is not kept yet */
};

/* Checks the name alone. ST_USAGE: reported. */
enum status group_unit_check(const char *word, bool is_persistent, const struct args *a);

/*
 * Finds the unit that word names. is_brief: nothing will be changed. ST_MISSED: there is none;
 * others as manager_find().
 */
enum status group_unit_find(struct group_unit *u, const struct ctx *cx, const char *word,
			    bool is_brief);

/* The path of its cgroup, until group_unit_store(); NULL: it has no processes. */
const char *group_unit_cgroup(const struct group_unit *u);

/*
 * Makes OOMPolicy=kill, or, if is_on is false, the former value or stop, the unit's policy from now
 * on: writes or removes the drop-in, and reloads systemd; with is_dry_run only reports it.
 * group_unit_keep() or group_unit_undo() must follow. Reports errors, and undoes what was done.
 */
enum status group_unit_store(struct group_unit *u, const struct ctx *cx, bool is_on,
			     bool is_dry_run);

void group_unit_keep(struct group_unit *u);

/* Restores files and systemd; reports it. */
void group_unit_undo(struct group_unit *u);

void group_unit_free(struct group_unit *u, bool is_failed);
