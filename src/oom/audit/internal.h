/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of this folder share: the checks, and how they add findings. */
#pragma once

#include "oom/audit/audit.h"

/* A finding with all indices AUDIT_NONE. NULL: no memory, which audit_run() returns. */
struct audit_finding *audit_add(struct audit_findings *found, enum audit_check check);

/* Orders findings of one check; 0: the same subject. */
typedef int audit_order(const struct audit_facts *f, const struct audit_finding *a,
			const struct audit_finding *b);

/*
 * Of the findings from first on, which have a member each, keeps one for each subject, that of the
 * lowest PID, and gives it the members of the others. 0 or -ENOMEM.
 */
int audit_merge(const struct audit_facts *f, struct audit_findings *found, size_t first,
		audit_order *order);

/* Whether the process has memory of its own: no kernel thread or zombie. */
bool audit_has_memory(const struct task *t);

/* Whether it is a program of root, by its name, that sets its own adj to -1000. */
bool audit_sets_own(const struct task *t);

/* Whether the main process of a unit has another adj than its file declares. */
bool audit_is_undeclared(const struct audit_facts *f, size_t unit);

/* Each returns 0 or -ENOMEM. */
int audit_check_inherited(const struct audit_facts *f, struct audit_findings *found);
int audit_check_unkillable_cgroup(const struct audit_facts *f, struct audit_findings *found);
int audit_check_unkillable_memory(const struct audit_facts *f, struct audit_findings *found);
int audit_check_remote_access(const struct audit_facts *f, struct audit_findings *found);
int audit_check_panic(const struct audit_facts *f, struct audit_findings *found);
int audit_check_rule_error(const struct audit_facts *f, struct audit_findings *found);
int audit_check_first_victim(const struct audit_facts *f, struct audit_findings *found);
int audit_check_old_scale(const struct audit_facts *f, struct audit_findings *found);
int audit_check_declared(const struct audit_facts *f, struct audit_findings *found);
int audit_check_group_kill(const struct audit_facts *f, struct audit_findings *found);
int audit_check_commit(const struct audit_facts *f, struct audit_findings *found);
int audit_check_allocating(const struct audit_facts *f, struct audit_findings *found);
int audit_check_rule_contradiction(const struct audit_facts *f, struct audit_findings *found);
int audit_check_rule_effect(const struct audit_facts *f, struct audit_findings *found);
int audit_check_rule_unmatched(const struct audit_facts *f, struct audit_findings *found);
int audit_check_daemon(const struct audit_facts *f, struct audit_findings *found);
int audit_check_no_dump(const struct audit_facts *f, struct audit_findings *found);
