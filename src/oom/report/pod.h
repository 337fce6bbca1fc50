/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pod: the container and the Kubernetes pod in a cgroup's path. Pure. */
#pragma once

#include <stdbool.h>

#include "oom/report/report.h"

struct pod {
	bool is_kubernetes;
	const char *qos;     /* "guaranteed", "burstable", "besteffort"; NULL: no pod */
	char uid[64];        /* of the pod; "" */
	char container[65];  /* its full id; "" */
	const char *runtime; /* "docker" or "podman", which can change its limit; or NULL */
};

/* path: of the cgroup whose limit was hit, or of a process. */
void pod_find(const char *path, struct pod *pod);

/* Of the victim; if its cgroup is unknown, of the limit. */
void pod_find_victim(const struct report *r, struct pod *pod);
