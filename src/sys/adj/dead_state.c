/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dead_state: files in /run/oomctl of PID namespaces that have ended. */
#include "sys/adj/dead_state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "sys/adj/saved_adj.h"
#include "sys/proc/machine.h"
#include "sys/proc/procfs.h"

#define MAX_FILES 256 /* in one run */

struct dead_file {
	char name[48];
	unsigned int ns;
	bool is_alive;
};

struct dead_files {
	int proc;
	struct dead_file list[MAX_FILES];
	size_t n;
};

/* The number after '@' at the end of a name; 0: it has none. */
static unsigned int read_ns(const char *name)
{
	const char *at = strrchr(name, '@');
	char *end;
	unsigned long ns;

	if (!at || at[1] < '1' || at[1] > '9')
		return 0;
	errno = 0;
	ns = strtoul(at + 1, &end, 10);
	return *end || errno || ns > UINT32_MAX ? 0 : (unsigned int)ns;
}

static void list_files(int dir, struct dead_files *f)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *d;

	if (!stream && copy >= 0)
		close(copy);
	while (stream && f->n < MAX_FILES && (d = readdir(stream))) {
		struct dead_file *file = &f->list[f->n];

		file->ns = read_ns(d->d_name);
		if (!file->ns || strlen(d->d_name) >= sizeof(file->name))
			continue;
		text_copy(file->name, sizeof(file->name), d->d_name, strlen(d->d_name));
		file->is_alive = false;
		f->n++;
	}
	if (stream)
		closedir(stream);
}

/* Marks the files of the process's namespace. A negative errno: that cannot be read. */
static int mark(void *arg, pid_t pid)
{
	struct dead_files *f = arg;
	char name[32];
	unsigned int ns;

	snprintf(name, sizeof(name), "%d/ns/pid", (int)pid);
	ns = machine_read_ns(f->proc, name);
	/* It can have exited meanwhile. */
	if (!ns)
		return errno == ENOENT || errno == ESRCH ? 0 : -EACCES;
	for (size_t i = 0; i < f->n; i++)
		f->list[i].is_alive |= f->list[i].ns == ns;
	return 0;
}

void dead_state_remove(int proc)
{
	static struct dead_files f;
	int dir;
	/* Who can read this of init sees all processes, whatever hidepid is. */
	if (!machine_read_ns(proc, "1/ns/pid") || !machine_is_initial_pidns(proc) ||
	    machine_read_pidns(proc))
		return;
	dir = saved_adj_open_dir(false);
	if (dir < 0)
		return;
	f.proc = proc;
	f.n = 0;
	list_files(dir, &f);
	if (f.n && procfs_each(proc, mark, &f, NULL))
		f.n = 0;
	for (size_t i = 0; i < f.n; i++)
		if (!f.list[i].is_alive)
			unlinkat(dir, f.list[i].name, 0);
	close(dir);
}
