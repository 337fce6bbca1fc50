/* SPDX-License-Identifier: GPL-2.0-or-later */
/* write_error: explains why an adj can't be set. */
#include "cmd/adj/write_error.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/msg.h"
#include "sys/priv/privilege.h"

/* The reason or the remedy; NULL: unknown. */
static const char *find_hint(const struct pidref *ref, bool is_old, bool was_opened, int err)
{
	if (err == -EROFS)
		return "/proc is mounted read-only, as in many containers";
	if (err == -EINVAL && was_opened)
		return "before Linux 4.8, kernel threads and zombies accept no adj";
	if (err != -EACCES && err != -EPERM)
		return NULL;
	if (!was_opened && ref->uid != geteuid())
		return "only its owner and root can set the adj of a process";
	if (!was_opened)
		return "its files in /proc belong to root because it is not dumpable (setuid, "
		       "setcap or prctl(2))";
	if (is_old)
		return "lowering oom_adj needs CAP_SYS_RESOURCE on this kernel";
	if (privilege_is_in_userns())
		return "lowering adj below its floor needs CAP_SYS_RESOURCE in the initial user "
		       "namespace";
	if (geteuid() == 0)
		return "lowering adj below its floor needs CAP_SYS_RESOURCE, which root lacks "
		       "here (in a container?)";
	return "lowering adj below its floor needs CAP_SYS_RESOURCE: run as root, or see "
	       "PRIVILEGES in " PROGRAM_NAME "(8)";
}

enum status write_error_say(const struct pidref *ref, int wanted, bool is_old, bool was_opened,
			    int err, const char *floor_hint)
{
	static const char *said[8]; /* each hint is printed once */
	const char *hint = find_hint(ref, is_old, was_opened, err),
		   *file = is_old ? "oom_adj" : "adj";
	size_t n = 0;

	if (ref->name[0])
		msg_error("pid %d (%s): cannot set %s to %d: %s", (int)ref->pid, ref->name, file,
			  wanted, strerror(-err));
	else
		msg_error("pid %d: cannot set %s to %d: %s", (int)ref->pid, file, wanted,
			  strerror(-err));
	while (n < sizeof(said) / sizeof(said[0]) && said[n] && said[n] != hint)
		n++;
	if (hint && n < sizeof(said) / sizeof(said[0]) && !said[n]) {
		said[n] = hint;
		msg_error("%s", *floor_hint && was_opened ? floor_hint : hint);
	}
	return status_of_error(err, ST_MISSED);
}

void write_error_say_differs(const struct pidref *ref, int wanted, int adj)
{
	msg_error("pid %d (%s): wrote adj %d, but it is now %d: the kernel or another process "
		  "changed it",
		  (int)ref->pid, ref->name, wanted, adj);
}
