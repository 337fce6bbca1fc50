/* SPDX-License-Identifier: GPL-2.0-or-later */
/* policy_file: reads the policy, with the caller's ids, and resolves its names. */
#pragma once

#include <sys/types.h>

#include "oom/policy.h"

/* The same whatever the name of the program is. */
#define POLICY_FILE_PATH SYSCONFDIR "/oomctl.conf"

/*
 * Reads the whole file into buf, of POLICY_MAX_BYTES + 1. is_trusted: the file decides, so it MUST
 * be a regular file, no link, owned by root and writable only by root
 * (tests/lab/privilege-policy.bats); root gets an error if only root can read it. Not trusted: a
 * draft. -EPERM: *why says what is wrong (static). Else the system's error, such as -ENOENT; never
 * part of a file.
 */
int policy_file_read(const char *path, bool is_trusted, char *buf, size_t *len, const char **why);

/* Whether path leads to the policy. */
bool policy_file_is(const char *path);

/* The caller's ids, which are compared with the rules. */
struct policy_file_caller {
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* supplementary, as the kernel has them */
	size_t n_groups;
	int err; /* from policy_file_find_id(), of the last name without an ID */
};

int policy_file_caller_read(struct policy_file_caller *c);

void policy_file_caller_free(struct policy_file_caller *c);

/* policy_ask() for a struct policy_file_caller. */
enum policy_match policy_file_ask(void *caller, const struct policy_rule *rule);

/* The ID of a rule's user or group, as user_find_local(). */
int policy_file_find_id(const struct policy_rule *rule, uint32_t *id);
