/* SPDX-License-Identifier: GPL-2.0-or-later */
/* user: names and numbers of users, as the system's directory knows them. */
#include "sys/user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/num.h"

/* Enough for any entry of a real directory; a larger one counts as none. */
#define ENTRY_MAX 16384

/* A group's has all its members. */
#define GROUP_MAX (1024 * 1024)

void user_name(uid_t uid, char *name, size_t size)
{
	struct passwd entry, *found = NULL;
	char buf[ENTRY_MAX];

	if (getpwuid_r(uid, &entry, buf, sizeof(buf), &found) == 0 && found)
		snprintf(name, size, "%s", found->pw_name);
	else
		snprintf(name, size, "%u", (unsigned int)uid);
}

int user_find(const char *name, uid_t *uid)
{
	struct passwd entry, *found = NULL;
	char buf[ENTRY_MAX];
	long number;

	if (getpwnam_r(name, &entry, buf, sizeof(buf), &found) == 0 && found) {
		*uid = found->pw_uid;
		return 0;
	}
	/* With a sign it is a name. The largest number is no user: it means "none" in the kernel's calls. */
	if (*name == '+' || *name == '-' || num_parse(name, 0, 0xfffffffeL, &number))
		return -ENOENT;
	*uid = (uid_t)number;
	return 0;
}

int user_find_group(const char *name, gid_t *gid)
{
	struct group entry, *found = NULL;
	char *buf = malloc(GROUP_MAX);

	if (buf && getgrnam_r(name, &entry, buf, GROUP_MAX, &found) == 0 && found)
		*gid = found->gr_gid;
	free(buf);
	return found ? 0 : -ENOENT;
}
