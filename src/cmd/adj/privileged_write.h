/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * privileged_write: writes an adj that the kernel refuses without CAP_SYS_RESOURCE, where the
 * program has it and the caller may use it: a caller who has the capability, or whom the policy
 * permits the value. Each such write leaves a line in syslog (authpriv) before it is done: a
 * borrowed right whose use can't be logged is not used.
 */
#pragma once

#include "cmd/adj/caller_policy.h"
#include "sys/adj/adj_file.h"
#include "sys/priv/authlog.h"
#include "sys/proc/pidref.h"
#include "sys/priv/privilege.h"

struct privileged_write {
	struct privilege *privilege;
	bool has_verdict;
	struct caller_policy verdict;
	bool has_log, is_logged; /* it was tried to open the log; it is open */
	struct authlog log;
	unsigned long n_refused; /* by the policy */
	/* why the last one was refused and what would allow it; "": nothing to say */
	char hint[512];
};

void privileged_write_begin(struct privileged_write *r, struct privilege *p);

/* Logs how many refusals were not logged one by one, and closes the log. */
void privileged_write_end(struct privileged_write *r);

/* Whether adj may be lowered to value, as far as it depends on this program. Fills hint if not. */
bool privileged_write_allowed(struct privileged_write *r, int value);

/*
 * Whether privileged_write_write() has to know whose process it is and what it is called, and not
 * the file alone.
 */
bool privileged_write_would_help(struct privileged_write *r);

/*
 * Writes wanted, of oom_adj if f is that file, after a plain write gave -EACCES. -EACCES: refused,
 * hint says why; no other process than one of the caller's is ever written with a borrowed right.
 * Else as adj_file_write(). Ends the program if the capability can't be lowered again.
 */
int privileged_write_write(struct privileged_write *r, const struct pidref *ref,
			   const struct adj_file *f, int before, int wanted);
