/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks of the kernel's settings. */
#include <errno.h>

#include "oom/audit/internal.h"
#include "oom/rules/sysctl_table.h"

static int add_if(bool is_found, enum audit_check check, struct audit_findings *found)
{
	return !is_found || audit_add(found, check) ? 0 : -ENOMEM;
}

/* kernel.panic 0: the machine waits forever; below 0: it reboots at once. kdump reboots too. */
int audit_check_panic(const struct audit_facts *f, struct audit_findings *found)
{
	return add_if(f->panic_on_oom > 0 && f->panic == 0 && !f->has_kdump, AUDIT_PANIC, found);
}

int audit_check_allocating(const struct audit_facts *f, struct audit_findings *found)
{
	return add_if(f->kill_allocating > 0, AUDIT_ALLOCATING, found);
}

int audit_check_no_dump(const struct audit_facts *f, struct audit_findings *found)
{
	return add_if(f->dump_tasks == 0, AUDIT_NO_DUMP, found);
}

/* The limit applies only with overcommit_memory=2. */
int audit_check_commit(const struct audit_facts *f, struct audit_findings *found)
{
	return add_if(f->overcommit == 2 && f->commit_limit_kib &&
			      f->commit_kib >=
				      f->commit_limit_kib / 100 * SYSCTL_TABLE_COMMIT_PERCENT,
		      AUDIT_COMMIT, found);
}
