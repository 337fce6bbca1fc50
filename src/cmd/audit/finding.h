/* SPDX-License-Identifier: GPL-2.0-or-later */
/* finding: what a finding of the audit says: subject, reason, and the command that fixes it. */
#pragma once

#include "oom/audit/audit.h"

struct finding {
	const char *severity, *name;
	char *subject, *reason;
	char *fix; /* a line for a shell */
	enum audit_check check;
};

/* Fills t, to be freed by finding_free(). */
void finding_describe(const struct audit_facts *f, const struct audit_finding *from,
		      struct finding *t);
void finding_free(struct finding *t);
