/* SPDX-License-Identifier: GPL-2.0-or-later */
/* user: names and numbers of users, as the system's directory knows them. */
#ifndef SYS_USER_H
#define SYS_USER_H

#include <stddef.h>
#include <sys/types.h>

/* Longest name that is shown whole. */
#define USER_NAME_MAX 33

/* The name of uid, or its number where it has none. */
void user_name(uid_t uid, char *name, size_t size);

/* The number of a user given by name or number, of digits alone; -ENOENT: there is no such name. */
int user_find(const char *name, uid_t *uid);

/* The number of a group given by its name; -ENOENT. */
int user_find_group(const char *name, gid_t *gid);

#endif
