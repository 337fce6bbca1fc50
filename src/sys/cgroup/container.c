/* SPDX-License-Identifier: GPL-2.0-or-later */
/* container: the containers in the cgroup path of a process, by ID and by name. */
#include "sys/cgroup/container.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#define ID_MIN    32        /* minimum digits of an ID; runtimes use 64 */
#define FILE_MAX  (4 << 20) /* more than the state of hundreds of containers */
#define MAX_NAMES 4096      /* of nerdctl */

/*
 * ID_MIN or more hexadecimal digits, alone or as in docker-ID.scope. Monitor processes are outside
 * the container.
 */
static bool take_id(const char *part, char *id)
{
	size_t len = strcspn(part, "."), digits = 0;

	while (digits < len && isxdigit((unsigned char)part[len - 1 - digits]))
		digits++;
	if (digits < ID_MIN || (part[len] && strcmp(part + len, ".scope") != 0) ||
	    (digits < len && part[len - digits - 1] != '-') || strstr(part, "conmon-"))
		return false;
	text_copy(id, CGROUP_PATH_NAME, part + len - digits, digits);
	return true;
}

/* A machine of systemd-nspawn, as in machine-NAME.scope. systemd writes '-' as "\x2d". */
static bool take_machine(const char *part, const char *before, const char *after, char *id)
{
	size_t len = strlen(part), prefix = strlen(before), suffix = strlen(after), n = 0;
	unsigned int code;

	if (len <= prefix + suffix || strncmp(part, before, prefix) != 0 ||
	    strcmp(part + len - suffix, after) != 0 ||
	    /* Virtual machines of libvirt have such scopes, too. */
	    strncmp(part + prefix, "qemu\\x2d", 8) == 0)
		return false;
	for (const char *p = part + prefix; p < part + len - suffix; p++) {
		bool is_code = p[0] == '\\' && p[1] == 'x' && isxdigit((unsigned char)p[2]) &&
			       isxdigit((unsigned char)p[3]) && sscanf(p + 2, "%2x", &code) == 1 &&
			       code;

		id[n++] = is_code ? (char)code : *p;
		p += is_code ? 3 : 0;
	}
	id[n] = '\0';
	return true;
}

bool container_next(const char **path, char id[CGROUP_PATH_NAME])
{
	static const char payload[] = "lxc.payload.";
	char part[CGROUP_PATH_NAME];

	while (cgroup_path_next(path, part)) {
		if (strcmp(part, "lxc") == 0 || strcmp(part, "lxc.payload") == 0)
			return cgroup_path_next(path, id);
		if (strncmp(part, payload, strlen(payload)) == 0 && part[strlen(payload)]) {
			text_copy(id, CGROUP_PATH_NAME, part + strlen(payload),
				  strlen(part) - strlen(payload));
			return true;
		}
		if (take_id(part, id) || take_machine(part, "machine-", ".scope", id) ||
		    take_machine(part, "systemd-nspawn@", ".service", id))
			return true;
	}
	return false;
}

/* Where runtimes keep names. A quote inside a JSON string has a backslash, so keys are found. */
static const struct source {
	const char *before, *after; /* before, ID, after; after NULL: one file for all containers */
	const char *key;            /* the member that contains the name */
	bool is_last;               /* the last member with this key, because labels come before */
} sources[] = {
	{ "/var/lib/docker/containers/", "/config.v2.json", "\"Name\":\"/", true },
	/* podman and CRI-O; the second has those of "podman run --rm", the third all of a store
	 * with "transient_store". */
	{ "/var/lib/containers/storage/overlay-containers/containers.json", NULL, "\"names\":[\"",
	  false },
	{ "/var/lib/containers/storage/overlay-containers/volatile-containers.json", NULL,
	  "\"names\":[\"", false },
	{ "/run/containers/storage/overlay-containers/volatile-containers.json", NULL,
	  "\"names\":[\"", false },
	/* containerd for Kubernetes, also of k3s and RKE2; nerdctl with another data directory */
	{ "/run/containerd/io.containerd.runtime.v2.task/k8s.io/", "/config.json",
	  "\"io.kubernetes.cri.container-name\":\"", false },
	{ "/run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io/", "/config.json",
	  "\"io.kubernetes.cri.container-name\":\"", false },
	{ "/run/containerd/io.containerd.runtime.v2.task/default/", "/config.json",
	  "\"nerdctl/name\":\"", false },
};

/* The directories are a hash of containerd's socket, and a namespace. A file contains an ID. */
#define NERDCTL_NAMES "/var/lib/nerdctl/*/names/*/*"

/* Reads a file of root into *text, which the caller frees. -EACCES: it may not be read. */
static int read_file(const char *path, char **text)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	ssize_t n = -1;

	*text = NULL;
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == 0 && st.st_size < FILE_MAX)
		*text = malloc((size_t)st.st_size + 1);
	if (*text)
		n = read(fd, *text, (size_t)st.st_size);
	if (*text)
		(*text)[n > 0 ? n : 0] = '\0';
	close(fd);
	return *text ? 0 : -ENOENT;
}

/* A name with other than plain characters is ignored. */
static bool take_name(const char *text, char after, char name[CGROUP_PATH_NAME])
{
	size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789_.-");

	if (text[len] != after || len == 0 || len >= CGROUP_PATH_NAME)
		return false;
	text_copy(name, CGROUP_PATH_NAME, text, len);
	return true;
}

/* Finds the name in a runtime's file. */
static bool find_name(const struct source *s, char *text, const char *id, char *name)
{
	char own[CGROUP_PATH_NAME + sizeof("\"id\":\"\"")];
	char *at = text, *end = NULL, *next;

	if (!s->after) {
		snprintf(own, sizeof(own), "\"id\":\"%s\"", id);
		at = strstr(text, own);
		end = at ? strstr(at + strlen(own), "\"id\":\"") : NULL;
	}
	if (end)
		*end = '\0';
	at = at ? strstr(at, s->key) : NULL;
	while (at && s->is_last && (next = strstr(at + 1, s->key)))
		at = next;
	return at && take_name(at + strlen(s->key), '"', name);
}

/* The functions below return 0, -ENOENT, or -EACCES: the name may not be read. */

static int read_nerdctl_name(const char *id, char name[CGROUP_PATH_NAME])
{
	size_t len = strlen(id);
	int err = -ENOENT;
	glob_t found;

	if (glob(NERDCTL_NAMES, GLOB_NOSORT, NULL, &found) == 0) {
		for (size_t i = 0; err && i < found.gl_pathc && i < MAX_NAMES; i++) {
			const char *path = found.gl_pathv[i];
			char *text;

			if (read_file(path, &text) == 0 && strncmp(text, id, len) == 0 &&
			    text[len + strspn(text + len, " \r\n")] == '\0' &&
			    take_name(strrchr(path, '/') + 1, '\0', name))
				err = 0;
			free(text);
		}
	}
	globfree(&found);
	return err;
}

static int read_name(const char *id, char name[CGROUP_PATH_NAME])
{
	char path[3 * CGROUP_PATH_NAME], *text;
	int err, result;

	/* The ID becomes a part of a path. */
	if (strlen(id) < ID_MIN || id[strspn(id, "0123456789abcdef")])
		return -ENOENT;
	/* This is first, because the annotation keeps the name from before a change. */
	result = read_nerdctl_name(id, name);
	for (size_t i = 0; result && i < sizeof(sources) / sizeof(sources[0]); i++) {
		const struct source *s = &sources[i];

		snprintf(path, sizeof(path), "%s%s%s", s->before, s->after ? id : "",
			 s->after ? s->after : "");
		err = read_file(path, &text);
		if (!err && find_name(s, text, id, name))
			result = 0;
		else if (err == -EACCES)
			result = err;
		free(text);
	}
	return result;
}

/* The kubelet names containers of docker and CRI-O k8s_NAME_POD_NAMESPACE_UID_N. */
static bool find_pod_name(const char *name, char short_name[CGROUP_PATH_NAME])
{
	static const char prefix[] = "k8s_";
	const char *begin = name + strlen(prefix);
	size_t len;

	if (strncmp(name, prefix, strlen(prefix)) != 0)
		return false;
	len = strcspn(begin, "_");
	text_copy(short_name, CGROUP_PATH_NAME, begin, len);
	return len && begin[len];
}

static bool is_name(const char *name, const char *glob)
{
	return strcmp(name, glob) == 0 || fnmatch(glob, name, 0) == 0;
}

/* The same as read_name(), from names or into it. */
static int find_known(const char *id, struct container_names *names, char name[CGROUP_PATH_NAME])
{
	size_t at = 0;

	if (!names)
		return read_name(id, name);
	while (at < CONTAINER_NAMES && strcmp(names->list[at].id, id) != 0)
		at++;
	if (at == CONTAINER_NAMES) {
		at = names->next;
		names->next = (at + 1) % CONTAINER_NAMES;
		text_copy(names->list[at].id, CGROUP_PATH_NAME, id, strlen(id));
		names->list[at].err = read_name(id, names->list[at].name);
	}
	if (!names->list[at].err)
		text_copy(name, CGROUP_PATH_NAME, names->list[at].name,
			  strlen(names->list[at].name));
	return names->list[at].err;
}

int container_matches_known(const char *path, const char *wanted, struct container_names *names)
{
	size_t len = strlen(wanted);
	bool is_short = len >= CONTAINER_SHORT && !wanted[strspn(wanted, "0123456789abcdef")];
	char id[CGROUP_PATH_NAME], name[CGROUP_PATH_NAME], short_name[CGROUP_PATH_NAME];
	int result = 0;

	while (container_next(&path, id)) {
		int err;

		if (is_name(id, wanted) ||
		    (is_short && strlen(id) >= ID_MIN && strncmp(id, wanted, len) == 0))
			return 1;
		err = find_known(id, names, name);
		if (!err && (is_name(name, wanted) ||
			     (find_pod_name(name, short_name) && is_name(short_name, wanted))))
			return 1;
		if (err == -EACCES && !is_short)
			result = err;
	}
	return result;
}

int container_matches(const char *path, const char *wanted)
{
	return container_matches_known(path, wanted, NULL);
}

int container_find(const char *path, char name[CGROUP_PATH_NAME])
{
	char id[CGROUP_PATH_NAME] = "", full[CGROUP_PATH_NAME];

	while (container_next(&path, id))
		;
	if (!*id)
		return -ENODATA;
	if (read_name(id, full) == 0) {
		if (!find_pod_name(full, name))
			text_copy(name, CGROUP_PATH_NAME, full, strlen(full));
	} else {
		bool is_id = strlen(id) >= ID_MIN && !id[strspn(id, "0123456789abcdefABCDEF")];

		text_copy(name, CGROUP_PATH_NAME, id, is_id ? CONTAINER_SHORT : strlen(id));
	}
	return 0;
}
