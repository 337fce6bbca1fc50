/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rights: what this process may do, as far as a refusal has to be explained or foretold. */
#include "sys/priv/rights.h"

#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/proc/procfs.h"

/* The inode number of the first user namespace (include/linux/proc_ns.h, PROC_USER_INIT_INO). */
#define INITIAL_USERNS "user:[4026531837]"

bool rights_are_in_userns(void)
{
	char link[64];
	ssize_t n = readlink("/proc/self/ns/user", link, sizeof(link) - 1);

	if (n <= 0)
		return false;
	link[n] = '\0';
	return strcmp(link, INITIAL_USERNS) != 0;
}

void rights_read(int proc, struct rights *r)
{
	char buf[PROCFS_BUF];
	const char *caps;

	memset(r, 0, sizeof(*r));
	if (procfs_read(proc, "self/status", buf, sizeof(buf)) > 0) {
		caps = strstr(buf, "\nCapPrm:");
		if (caps)
			r->has_sys_resource = strtoull(caps + strlen("\nCapPrm:"), NULL, 16) >>
						      CAP_SYS_RESOURCE &
					      1;
	}
	r->is_in_userns = rights_are_in_userns();
	/* The kernel asks for it in the first user namespace (fs/proc/base.c, __set_oom_adj()). */
	r->has_sys_resource = r->has_sys_resource && !r->is_in_userns;
}
