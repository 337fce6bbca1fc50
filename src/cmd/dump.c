/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dump: runs systemd-oomd's oomctl with the caller's own rights. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/msg.h"
#include "cmd/cmd.h"

static const char *const places[] = { "/usr/bin/oomctl", "/bin/oomctl" };

/* Set in the environment of what dump starts, so that two copies of this program never loop. */
#define STARTED "OOMCTL_DUMP_STARTED"

/* By device and inode: on merged /usr both places are one file, and it may be this program. */
static bool is_self(const char *path)
{
	struct stat self, st;

	return stat("/proc/self/exe", &self) ||
	       (stat(path, &st) == 0 && st.st_dev == self.st_dev && st.st_ino == self.st_ino);
}

static enum status run(struct ctx *cx, struct args *a, void *options)
{
	(void)a;
	(void)options;
	if (cx->privilege->is_borrowed) {
		msg_error("dump: refused with raised privileges; run /usr/bin/oomctl dump instead");
		return ST_DENIED;
	}
	for (size_t i = 0; !getenv(STARTED) && i < sizeof(places) / sizeof(places[0]); i++) {
		char *argv[] = { (char *)places[i], (char *)"dump", NULL };

		if (is_self(places[i]))
			continue;
		if (setenv(STARTED, "1", 1) == 0)
			execv(places[i], argv);
		if (errno != ENOENT) {
			msg_error("dump: cannot run %s: %s", places[i], strerror(errno));
			return ST_BROKEN;
		}
	}
	msg_error("dump: systemd-oomd's oomctl is not installed (Debian package: systemd-oomd)");
	msg_error("for the processes in kill order: '" PROGRAM_NAME " rank'");
	return ST_MISSED;
}

const struct cmd cmd_dump = {
	.name = "dump",
	.synopsis = "[OPTION]...",
	.summary = "Run systemd-oomd's oomctl dump",
	.flags = CMD_OWN,
	.run = run,
};
