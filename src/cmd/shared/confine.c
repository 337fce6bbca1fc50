/* SPDX-License-Identifier: GPL-2.0-or-later */
/* confine: takes all rights from a process that is going to parse a log. */
#include "cmd/shared/confine.h"

#include <errno.h>
#include <string.h>

#include "base/msg.h"
#include "sys/priv/sandbox.h"
#include "sys/proc/user.h"

enum status confine_enter(const struct ctx *cx, bool serves_users, int socket)
{
	struct privilege *p = cx->privilege;
	bool is_root = p->uid == 0;
	int ids = privilege_become_nobody(p), names = serves_users ? user_serve() : -1, calls;

	sandbox_prepare();
	calls = sandbox_enter(names, socket);
	if (ids == -ENOTRECOVERABLE || (ids && calls && is_root)) {
		msg_error("cannot give up root's rights to read a log: %s", strerror(-ids));
		return ST_BROKEN;
	}
	if (ids)
		msg_detail("cannot change to uid 65534: %s; system calls are restricted",
			   strerror(-ids));
	if (calls)
		msg_detail("cannot restrict system calls: %s", strerror(-calls));
	return ST_OK;
}
