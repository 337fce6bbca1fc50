/* SPDX-License-Identifier: GPL-2.0-or-later */
/* user: names and numbers of users. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Longest name that is shown whole. */
#define USER_NAME_MAX 33

/* The name of uid, or its number if it has none. */
void user_name(uid_t uid, char *name, size_t size);

/*
 * The same, but looked up once per user and kept in *names, which is NULL at first: a directory
 * service may be slow where memory is short. Valid until user_free_names(). NULL: out of memory.
 */
const char *user_cached_name(void **names, uid_t uid);
void user_free_names(void *names);

/*
 * Starts a process that looks up names for user_name(), before this one loses the right to open
 * files and sockets. Returns the socket to it, or a negative errno: names are numbers then.
 */
int user_serve(void);

/*
 * The number of a user by name or by a number of only digits; -ENOENT: no such name. Others: the
 * lookup failed.
 */
int user_find(const char *name, uid_t *uid);

/* The number of a group by its name; -ENOENT. Not thread-safe. */
int user_find_group(const char *name, gid_t *gid);

#define USER_USERS  "/etc/passwd"
#define USER_GROUPS "/etc/group"

/*
 * The number of a name in USER_USERS or USER_GROUPS. It does not use name services: the caller's
 * limits can make one fail, so that another answers. 0; -ENOENT: no such name, or no file; -EINVAL:
 * no valid number; others: unreadable.
 */
int user_find_local(bool is_group, const char *name, uint32_t *id);

/* The first name of a number in USER_USERS, cut to size. Results as above. */
int user_name_local(uid_t uid, char *name, size_t size);
