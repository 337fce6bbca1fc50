/* SPDX-License-Identifier: GPL-2.0-or-later */
/* path: the memory cgroup and the systemd unit of a process. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* More than the longest path that the kernel shows. */
#define CGROUP_PATH_MAX 4096

/*
 * Whether the kernel has cgroups (CONFIG_CGROUPS), of any kind; true if that cannot be known. proc:
 * a handle of /proc.
 */
bool cgroup_path_is_supported(int proc);

/* Bytes of one component of a path, with the NUL. */
#define CGROUP_PATH_NAME 256

/*
 * Reads the path of a process's memory cgroup, "/" for the root: from the version 1 hierarchy with
 * the memory controller, else from version 2. dir: a handle of /proc; if pid is 0, of /proc/PID.
 * -ENODATA: none; others as reading.
 */
int cgroup_path_read_pid(int dir, pid_t pid, char *path, size_t size);

/*
 * The same, and in unit the path that contains the systemd unit: from systemd's own version 1
 * hierarchy if there is one. -ENAMETOOLONG: one of them is truncated.
 */
int cgroup_path_read_both(int dir, pid_t pid, char memory[CGROUP_PATH_MAX],
			  char unit[CGROUP_PATH_MAX]);

enum cgroup_path_kind { CGROUP_PATH_MEMORY, CGROUP_PATH_UNIT };

/* The same, from the text of /proc/PID/cgroup; -ENAMETOOLONG: path is truncated. Pure. */
int cgroup_path_parse(const char *text, enum cgroup_path_kind kind, char *path, size_t size);

/* Takes the next component off *path, without systemd's escape character. false: no more. Pure. */
bool cgroup_path_next(const char **path, char name[CGROUP_PATH_NAME]);

/*
 * Finds the systemd unit in a path: the last component that ends in .service, .scope or another
 * type of unit with processes. 0, or -ENODATA: none. Pure.
 */
int cgroup_path_find_unit(const char *path, char *unit, size_t size);

/*
 * The bytes of the path whose names the service manager of the system has chosen: its slices and
 * the first unit below them. What follows can have been named by the user of that unit. Pure.
 */
size_t cgroup_path_managed_len(const char *path);

/*
 * Finds the unit of the service manager whose cgroup is the top of the path: the first component
 * that is no slice, as systemd's cg_path_get_unit() does. *len: the bytes of path that end with it;
 * below are the unit's own cgroups, or the units of a manager in it. -ENODATA: none. Pure.
 */
int cgroup_path_find_managed(const char *path, char unit[CGROUP_PATH_NAME], size_t *len);

/*
 * Whether the unit is the service manager of a user, user@UID.service; *uid is this user. Pure.
 */
bool cgroup_path_is_user_manager(const char *unit, uid_t *uid);

/*
 * Whether a unit in the path matches: pattern is a name, a name without .service, or a glob. Slices
 * match only a pattern that ends in .slice. A name can be escaped by text_escape(). Pure.
 */
bool cgroup_path_has_unit(const char *path, const char *pattern);

/* Finds the short name of a container, such as "docker-0123456789ab", else the unit. Pure. */
int cgroup_path_find_container_or_unit(const char *path, char *name, size_t size);

/* Removes the mount point, if the path is that of a cgroup's directory. */
const char *cgroup_path_strip_mount(const char *path);

/* Whether the cgroup at path is top or below it. */
bool cgroup_path_is_below(const char *path, const char *top);
