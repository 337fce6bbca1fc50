/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * privileged_write: writes an adj that the kernel refuses without CAP_SYS_RESOURCE, if the program
 * has it and the caller has it too, or the policy permits the value to the caller. Each such write
 * is logged in syslog (authpriv) before it is done: a borrowed right whose use can't be logged is
 * not used.
 */
#pragma once

#include "cmd/adj/caller_policy.h"
#include "sys/adj/adj_file.h"
#include "sys/priv/authlog.h"
#include "sys/proc/pidref.h"
#include "sys/priv/privilege.h"

struct privileged_write {
	struct privilege *privilege;
	struct caller_policy policy; /* as privileged_write_allowed() read it last */
	bool is_logged;              /* the log is open */
	int no_log;                  /* a negative errno: why it is not; 0: not tried */
	struct authlog log;
	unsigned long n_refused; /* by the policy */
	char hint[512]; /* why the last one was refused, what would allow it; "": nothing to say */
};

void privileged_write_begin(struct privileged_write *r, struct privilege *p);

/* Logs how many refusals were not logged one by one, and closes the log. */
void privileged_write_end(struct privileged_write *r);

/* Whether adj may be lowered to value, as far as it depends on this program. Fills hint if not. */
bool privileged_write_allowed(struct privileged_write *r, int value);

/* Whether privileged_write_write() needs ref to be open, and not the file alone. */
bool privileged_write_would_help(struct privileged_write *r);

/*
 * Writes wanted, of oom_adj if f is that file, after a plain write gave -EACCES. -EACCES: refused,
 * hint says why. With a borrowed right only the caller's processes are written. Else as
 * adj_file_write(). Ends the program if the capability can't be lowered again.
 */
int privileged_write_write(struct privileged_write *r, const struct pidref *ref,
			   const struct adj_file *f, int before, int wanted);
