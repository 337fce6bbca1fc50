/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pod: the container and the Kubernetes pod in a cgroup's path. */
#include "oom/report/pod.h"

#include <string.h>

#include "base/text.h"

#define ID 64 /* hexadecimal digits of a container */

/* "kubepods-burstable-pod0e1f_....slice", or "pod0e1f-..." without systemd */
static void read_pod(const char *part, size_t len, struct pod *pod)
{
	const char *at = memmem(part, len, "pod", 3);

	while (at && at > part && at[-1] != '-')
		at = memmem(at + 3, len - (size_t)(at + 3 - part), "pod", 3);
	if (!at || *pod->uid)
		return;
	len -= (size_t)(at + 3 - part);
	if (len > 6 && memcmp(at + 3 + len - 6, ".slice", 6) == 0)
		len -= 6;
	if (!len || strspn(at + 3, "0123456789abcdef-_") < len)
		return;
	text_copy(pod->uid, sizeof(pod->uid), at + 3, len);
	for (char *c = pod->uid; *c; c++)
		if (*c == '_')
			*c = '-';
}

/* "cri-containerd-ID.scope", "docker-ID.scope", "ID" */
static void read_container(const char *part, size_t len, struct pod *pod)
{
	const char *id = part;

	if (len > 6 && memcmp(part + len - 6, ".scope", 6) == 0)
		len -= 6;
	if (len < ID)
		return;
	id += len - ID;
	if (strspn(id, "0123456789abcdef") < ID || (id > part && id[-1] != '-'))
		return;
	text_copy(pod->container, sizeof(pod->container), id, ID);
	if (strncmp(part, "docker-", 7) == 0)
		pod->runtime = "docker";
	else if (strncmp(part, "libpod-", 7) == 0)
		pod->runtime = "podman";
}

void pod_find(const char *path, struct pod *pod)
{
	*pod = (struct pod){ .is_kubernetes = strstr(path, "/kubepods") != NULL };
	for (const char *p = path + strspn(path, "/"); *p; p += strspn(p, "/")) {
		size_t len = strcspn(p, "/");

		if (pod->is_kubernetes)
			read_pod(p, len, pod);
		read_container(p, len, pod);
		/* Docker without systemd: /docker/ID */
		if (*pod->container && p - path == 8 && strncmp(path, "/docker/", 8) == 0)
			pod->runtime = "docker";
		p += len;
	}
	if (pod->is_kubernetes && *pod->uid)
		pod->qos = strstr(path, "burstable")    ? "burstable"
			   : strstr(path, "besteffort") ? "besteffort"
							: "guaranteed";
	if (pod->is_kubernetes)
		pod->runtime = NULL;
}

void pod_find_victim(const struct report *r, struct pod *pod)
{
	pod_find(*r->task_memcg ? r->task_memcg : r->memcg, pod);
	if (!*pod->container)
		memcpy(pod->container, r->container, sizeof(pod->container));
}
