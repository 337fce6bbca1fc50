/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * privileged_write: writes an adj that the kernel refuses without CAP_SYS_RESOURCE. The program
 * must have it, and the caller too, unless the policy permits the value. Each such write is first
 * logged in syslog (authpriv); a borrowed capability is not used if that fails.
 */
#pragma once

#include "cmd/adj/caller_policy.h"
#include "sys/adj/adj_file.h"
#include "sys/priv/authlog.h"
#include "sys/proc/pidref.h"
#include "sys/priv/privilege.h"

struct privileged_write {
	struct privilege *privilege;
	struct caller_policy policy; /* last read by privileged_write_allowed() */
	bool is_logged;              /* the log is open */
	int no_log;                  /* a negative errno: why it is not open; 0: not tried */
	struct authlog log;
	unsigned long n_refused; /* by the policy */
	char hint[512];          /* why the last write was refused, and the remedy; "": none */
};

void privileged_write_begin(struct privileged_write *r, struct privilege *p);

/* Logs how many refusals were not logged individually, and closes the log. */
void privileged_write_end(struct privileged_write *r);

/* Whether this program permits lowering adj to value. If not, it fills hint. */
bool privileged_write_allowed(struct privileged_write *r, int value);

/* Whether privileged_write_write() needs an open ref, not only the file. */
bool privileged_write_would_help(struct privileged_write *r);

/*
 * Writes wanted, of oom_adj if f is that file, after a plain write gave -EACCES. -EACCES: refused,
 * with the reason in hint. A borrowed capability is used only for the caller's processes. Other
 * results as for adj_file_write(). Ends the program if the capability cannot be lowered again.
 */
int privileged_write_write(struct privileged_write *r, const struct pidref *ref,
			   const struct adj_file *f, int before, int wanted);
