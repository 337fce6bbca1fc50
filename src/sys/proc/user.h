/* SPDX-License-Identifier: GPL-2.0-or-later */
/* user: names and numbers of users, as the system's directory knows them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Longest name that is shown whole. */
#define USER_NAME_MAX 33

/* The name of uid, or its number where it has none. */
void user_name(uid_t uid, char *name, size_t size);

/*
 * The same, but looked up once per user and kept in *names, which is NULL at first: a directory
 * service may be slow where memory is short. Valid until user_free_names(). NULL: out of memory.
 */
const char *user_cached_name(void **names, uid_t uid);
void user_free_names(void *names);

/*
 * From here on a process of its own looks up the names that user_name() is asked for: this one is
 * about to lose the right to open files and sockets. Returns the socket that goes there, or a
 * negative errno: names are numbers then.
 */
int user_serve(void);

/* The number of a user given by name or number, of digits alone; -ENOENT: there is no such name. */
int user_find(const char *name, uid_t *uid);

/* The number of a group given by its name; -ENOENT. One thread alone may call it. */
int user_find_group(const char *name, gid_t *gid);

#define USER_USERS  "/etc/passwd"
#define USER_GROUPS "/etc/group"

/*
 * The number that USER_USERS or USER_GROUPS itself has for a name. No name service is asked: the
 * caller's limits can make one fail, and another then answers instead. 0; -ENOENT: there is no such
 * name, or no file; others: it cannot be read, or has no valid number (-EINVAL).
 */
int user_find_local(bool is_group, const char *name, uint32_t *id);

/* The first name that USER_USERS has for a number, cut to size; results as above. */
int user_name_local(uid_t uid, char *name, size_t size);
