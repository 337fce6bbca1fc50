/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rights: what this process may do, as far as a refusal has to be explained or foretold. Changes nothing. */
#pragma once

#include <stdbool.h>

struct rights {
	bool has_sys_resource; /* CAP_SYS_RESOURCE is permitted, and counts for adj */
	bool is_in_userns; /* in a user namespace of its own: there no capability counts for adj */
};

/* proc: a handle of /proc. What can't be read counts as not there. */
void rights_read(int proc, struct rights *r);

/* The same as is_in_userns, as /proc tells it; needs no descriptor. */
bool rights_are_in_userns(void);
