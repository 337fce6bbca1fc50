/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * policy_file: reads the policy, and tells whom its names mean. It is read with the caller's ids.
 */
#pragma once

#include <sys/types.h>

#include "oom/policy.h"

/* The file of that name, whatever the program is called. */
#define POLICY_FILE_PATH "/etc/oomctl.conf"

/*
 * The whole file into buf, of POLICY_MAX_BYTES + 1. is_trusted: it is to decide, so it MUST be a
 * regular file, no link, of root's, and writable by nobody else; it counts as absent otherwise
 * (tests/lab/privilege-policy.bats). Nor does it where root alone can read it, as root is told. Not
 * trusted: somebody's draft. -EPERM: it is not so, and *why says what is wrong (static). Else what
 * the system gave, -ENOENT if there is none; never a part of a file.
 */
int policy_file_read(const char *path, bool is_trusted, char *buf, size_t *len, const char **why);

/* Whether it is the policy, in whatever words its path is given. */
bool policy_file_is(const char *path);

/* Who calls: the ids that a rule is compared with. */
struct policy_file_caller {
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* supplementary, as the kernel has them */
	size_t n_groups;
	int err; /* of the last name whose number is unknown, as policy_file_find_id() gave it */
};

int policy_file_caller_read(struct policy_file_caller *c);

void policy_file_caller_free(struct policy_file_caller *c);

/* policy_ask() for a struct policy_file_caller. */
enum policy_match policy_file_ask(void *caller, const struct policy_rule *rule);

/* The number that WHO of a rule is or has, as user_find_local(). */
int policy_file_find_id(const struct policy_rule *rule, uint32_t *id);
