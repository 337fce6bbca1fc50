/* SPDX-License-Identifier: GPL-2.0-or-later */
/* manager: the systemd manager whose units a user can change. */
#include "cmd/shared/manager.h"

#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/msg.h"

enum status manager_find(const struct ctx *cx, const char *option, bool is_brief,
			 struct systemctl *m, struct systemctl_manager *about)
{
	char why[SYSTEMCTL_WHY];
	int err;

	if (cx->privilege->is_borrowed) {
		msg_error("%s is refused with raised privileges: run it as root", option);
		msg_error("for a unit of your user manager: 'systemctl --user edit NAME'");
		return ST_DENIED;
	}
	if (!systemctl_is_booted()) {
		msg_error("%s needs systemd, which does not run here: there is no "
			  "/run/systemd/system",
			  option);
		return ST_BROKEN;
	}
	*m = (struct systemctl){ .is_user = geteuid() != 0,
				 .uid = geteuid(),
				 .is_brief = is_brief };
	err = mem_check(systemctl_read_manager(m, about, why));
	if (!err)
		return ST_OK;
	msg_error("cannot use the %s: %s",
		  m->is_user ? "systemd manager of this user" : "systemd manager", why);
	if (m->is_user)
		msg_error("for a unit of the system, run this as root");
	return ST_BROKEN;
}

bool manager_reads_dropin(const struct systemctl_unit *unit, const struct dropin *d)
{
	for (const char *p = unit->dropins; *p; p += strlen(p) + 1)
		if (dropin_is_at(d, p))
			return true;
	return false;
}

void manager_hold_signals(sigset_t *before)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
	sigset_t some;

	sigemptyset(&some);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&some, signals[i]);
	sigprocmask(SIG_BLOCK, &some, before);
}
