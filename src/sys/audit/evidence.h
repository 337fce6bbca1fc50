/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * evidence: reads the facts of an audit, each source once: processes, their cgroups, units,
 * settings, and the standing rules. Memory grows with the number of processes and their cgroups.
 */
#pragma once

#include "oom/audit/audit.h"
#include "sys/scan/snapshot.h"
#include "sys/standing/rule_files.h"

#define EVIDENCE_WHY 256 /* bytes of a reason */

/* Why a source could not be read, or not all of it. */
struct evidence_failure {
	int err; /* a negative errno; 0: none */
	char why[EVIDENCE_WHY];
};

struct privilege;

struct evidence {
	struct snapshot s;
	struct audit_facts facts;
	struct evidence_failure failures[AUDIT_N_SOURCES];
	struct rule_files rules;
	bool lacks_own; /* some processes that a container would show are hidden or unreadable */
	/* Users' managers that did not answer, which users can cause; the first one, and why. */
	size_t n_silent, silent;
	struct evidence_failure silence;
	/* Own data. */
	size_t *by_pid; /* indices of the processes, sorted by PID */
	void *group_index, *unit_index;
	size_t groups_room, units_room;
};

/*
 * sources: a bit for each enum audit_source that is wanted; processes are always read. 0; -ENOMEM,
 * or the error of snapshot_take(): there are no facts. Other failures are in failures. Executes
 * systemctl if systemd runs here and AUDIT_UNITS is wanted, and with AUDIT_POLICIES asks managers
 * over D-Bus about units with many processes, see unit_settings_read(). p: of this process. e must
 * not be moved; free it by evidence_free(), also after an error.
 */
int evidence_read(struct evidence *e, const struct privilege *p, unsigned int sources);

void evidence_free(struct evidence *e);
