/* SPDX-License-Identifier: GPL-2.0-or-later */
/* path: which memory cgroup and which systemd unit a process belongs to. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Longer than any path of a cgroup that the kernel shows. */
#define CGROUP_PATH_MAX 4096

/*
 * The path of a process's memory cgroup, "/" for the root: in the version 1 hierarchy with the
 * memory controller, else in the version 2 hierarchy. dir: a handle of /proc/PID. -ENODATA: it has
 * none; others from reading.
 */
int cgroup_path_read(int dir, char *path, size_t size);

/* The same for process pid; proc: a handle of /proc. */
int cgroup_path_read_pid(int proc, pid_t pid, char *path, size_t size);

/* The same, from the text of /proc/PID/cgroup; -ENAMETOOLONG: path has only its beginning. Pure. */
int cgroup_path_parse(const char *text, char *path, size_t size);

/*
 * The systemd unit in a path: the last component that ends in .service, .scope or another kind of
 * unit with processes. 0, or -ENODATA: there is none. Pure.
 */
int cgroup_path_find_unit(const char *path, char *unit, size_t size);

/* The same, but the short name of a container first, such as "docker-0123456789ab". Pure. */
int cgroup_path_find_container_or_unit(const char *path, char *name, size_t size);

/* Removes the mount point, if the path is that of a cgroup's directory. */
const char *cgroup_path_strip_mount(const char *path);

/* Whether the cgroup at path is top, or lies below it. */
bool cgroup_path_is_below(const char *path, const char *top);
