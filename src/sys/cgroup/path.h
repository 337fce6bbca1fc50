/* SPDX-License-Identifier: GPL-2.0-or-later */
/* path: which memory cgroup and which systemd unit a process belongs to. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* More than the longest path of a cgroup that the kernel shows. */
#define CGROUP_PATH_MAX 4096

/*
 * The path of the memory cgroup of the process whose /proc/PID dir is, "/" for the root: that of
 * the version 1 hierarchy with the memory controller, else that of the version 2 hierarchy.
 * -ENODATA: it has none. Or what reading gave.
 */
int cgroup_path_read(int dir, char *path, size_t size);

/* The same of process pid; proc: a handle of /proc. */
int cgroup_path_read_pid(int proc, pid_t pid, char *path, size_t size);

/* The same, from the text of /proc/PID/cgroup; -ENAMETOOLONG: it does not fit into path. Pure. */
int cgroup_path_parse(const char *text, char *path, size_t size);

/*
 * The unit in a path that systemd laid out: the last component that ends in .service, .scope or
 * another kind of unit that holds processes. 0, or -ENODATA if there is none. Pure.
 */
int cgroup_path_find_unit(const char *path, char *unit, size_t size);

/* The same, but the short name of a container first, such as "docker-0123456789ab". Pure. */
int cgroup_path_find_container_or_unit(const char *path, char *name, size_t size);

/*
 * People name a cgroup by its directory, too: the path within the hierarchy, which is path where it
 * is no directory.
 */
const char *cgroup_path_strip_mount(const char *path);

/* Whether the cgroup at path is top, or lies below it. */
bool cgroup_path_is_below(const char *path, const char *top);
