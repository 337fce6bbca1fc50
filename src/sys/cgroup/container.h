/* SPDX-License-Identifier: GPL-2.0-or-later */
/* container: the containers in the cgroup path of a process, by ID and by name. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sys/cgroup/path.h"

/*
 * Takes the next container off *path, the outermost first: the ID that docker, podman, containerd,
 * CRI-O or nerdctl gave it, or the name that LXC or systemd-nspawn gave it. false: no more. Pure.
 */
bool container_next(const char **path, char id[CGROUP_PATH_NAME]);

/*
 * Whether the process is in this container: a glob over its name or ID, or the first digits of its
 * ID, at least CONTAINER_SHORT. 1, 0, or -EACCES: this user cannot read the name.
 */
int container_matches(const char *path, const char *wanted);

/* Names by ID, for many comparisons: each is read from a file of its runtime. Zeroed at first. */
#define CONTAINER_NAMES 16
struct container_names {
	struct {
		char id[CGROUP_PATH_NAME], name[CGROUP_PATH_NAME];
		int err; /* 0: it has this name */
	} list[CONTAINER_NAMES];
	size_t next; /* the one that is replaced next */
};

/* The same, with names that were read before; names can be NULL. */
int container_matches_known(const char *path, const char *wanted, struct container_names *names);

/* Digits of an ID that runtimes print. */
#define CONTAINER_SHORT 12

/* The name of the innermost container, if it can be read, else its short ID; -ENODATA: none. */
int container_find(const char *path, char name[CGROUP_PATH_NAME]);
