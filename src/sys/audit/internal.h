/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of this folder share. */
#pragma once

#include "sys/audit/evidence.h"

/* Keeps the first failure of a source; why NULL: the text for err. */
void evidence_fail(struct evidence *e, enum audit_source source, int err, const char *why);

/* The process with this PID; AUDIT_NONE: none was read. */
size_t evidence_find(const struct evidence *e, pid_t pid);

/* Adds the processes of the snapshot, with their parents. 0 or -ENOMEM. */
int evidence_read_processes(struct evidence *e);

/* Adds cgroups and units of the processes. limits: also read their limits. 0 or -ENOMEM. */
int evidence_read_groups(struct evidence *e, bool limits);
void evidence_free_groups(struct evidence *e);

/* The unit of the system manager with this name; NULL: it has no process. */
struct audit_unit *evidence_find_unit(const struct evidence *e, const char *name);

/*
 * What systemd and its unit files say about the units. policies: also asks managers about scopes
 * and the units of users. 0 or -ENOMEM.
 */
int evidence_read_units(struct evidence *e, const struct privilege *p, bool policies);

/* The rules, and what they match. 0 or -ENOMEM. */
int evidence_read_rules(struct evidence *e);
void evidence_free_rules(struct evidence *e);
