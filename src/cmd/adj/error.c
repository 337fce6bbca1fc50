/* SPDX-License-Identifier: GPL-2.0-or-later */
/* error: explains why an adj can't be set. */
#include "cmd/adj/error.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/msg.h"
#include "sys/priv/privilege.h"

enum hint {
	HINT_NONE,
	HINT_OTHERS,
	HINT_NOT_DUMPABLE,
	HINT_READ_ONLY,
	HINT_FLOOR,
	HINT_FLOOR_ROOT,
	HINT_USERNS,
	HINT_OLD_FILE,
	HINT_NO_MEMORY,
};

static const char *const hints[] = {
	[HINT_OTHERS] = "only its owner and root may set the adj of a process",
	[HINT_NOT_DUMPABLE] =
		"its files in /proc belong to root, because it is not dumpable (setuid, setcap "
		"or prctl(2))",
	[HINT_READ_ONLY] = "/proc is mounted read-only here, as in many containers",
	[HINT_FLOOR] = "lowering below its floor needs CAP_SYS_RESOURCE: run it as root, or see "
		       "PRIVILEGES in " PROGRAM_NAME "(8)",
	[HINT_FLOOR_ROOT] =
		"lowering below its floor needs CAP_SYS_RESOURCE, which this root lacks (a "
		"container?)",
	[HINT_USERNS] =
		"lowering below its floor needs CAP_SYS_RESOURCE in the first user namespace: "
		"root of another one does not count",
	[HINT_OLD_FILE] =
		"oom_adj can't be lowered below its present value without CAP_SYS_RESOURCE",
	[HINT_NO_MEMORY] = "before Linux 4.8 a kernel thread or a zombie takes no adj",
};

static enum hint find_hint(const struct pidref *ref, bool is_old, bool was_opened, int err)
{
	if (err == -EROFS)
		return HINT_READ_ONLY;
	if (err == -EINVAL && was_opened)
		return HINT_NO_MEMORY;
	if (err != -EACCES && err != -EPERM)
		return HINT_NONE;
	if (!was_opened)
		return ref->uid == geteuid() ? HINT_NOT_DUMPABLE : HINT_OTHERS;
	if (is_old)
		return HINT_OLD_FILE;
	if (privilege_is_in_userns())
		return HINT_USERNS;
	return geteuid() == 0 ? HINT_FLOOR_ROOT : HINT_FLOOR;
}

enum status adj_error_say(const struct pidref *ref, int wanted, bool is_old, bool was_opened,
			  int err, const char *floor_hint)
{
	static unsigned int said; /* a bit a hint: ten thousand refusals need it once */
	const char *file = is_old ? "oom_adj" : "adj";
	enum hint hint = find_hint(ref, is_old, was_opened, err);
	const char *text = *floor_hint && was_opened ? floor_hint : hints[hint];

	if (ref->name[0])
		msg_error("pid %d (%s): cannot set %s to %d: %s", (int)ref->pid, ref->name, file,
			  wanted, strerror(-err));
	else
		msg_error("pid %d: cannot set %s to %d: %s", (int)ref->pid, file, wanted,
			  strerror(-err));
	if (hint != HINT_NONE && !(said & 1U << hint))
		msg_error("%s", text);
	said |= 1U << hint;
	return status_of_error(err, ST_MISSED);
}
