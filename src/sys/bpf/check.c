/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check: whether the BPF program counts the processes that /proc shows, under the same PIDs. */
#include "sys/bpf/check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "sys/proc/machine.h"
#include "sys/proc/parse.h"
#include "sys/proc/procfs.h"
#include "sys/proc/timens.h"

static int refuse(char words[BPF_CHECK_WORDS], const char *why)
{
	snprintf(words, BPF_CHECK_WORDS, "%s", why);
	return -ENOTSUP;
}

/* In a /proc of another PID namespace this process has another PID, or none. */
static bool shows_self(int proc)
{
	char link[16];
	ssize_t n = readlinkat(proc, "self", link, sizeof(link) - 1);

	if (n <= 0)
		return false;
	link[n] = '\0';
	return strtol(link, NULL, 10) == getpid();
}

int bpf_check_before(size_t *n, char words[BPF_CHECK_WORDS])
{
	const char *why = NULL;
	int proc = procfs_open();
	struct statfs fs;
	struct stat st;

	if (proc < 0)
		return refuse(words, "there is no /proc");
	if (fstatfs(proc, &fs) || fs.f_type != PROC_SUPER_MAGIC || !shows_self(proc))
		why = "/proc is not that of this process";
	else if (!machine_is_initial_pidns(proc))
		why = "this is not the initial PID namespace";
	else if (fstat(proc, &st))
		why = "/proc cannot be counted";
	else /* A link for each of its own directories, some ten, and for each process. */
		*n = (size_t)st.st_nlink;
	close(proc);
	return why ? refuse(words, why) : 0;
}

static const struct prog_row *find(const struct bpf_tasks *c, pid_t pid)
{
	for (size_t i = c->n; i > 0; i--)
		if (c->rows[i - 1].pid == pid)
			return &c->rows[i - 1];
	return NULL;
}

int bpf_check_after(const struct bpf_tasks *c, char words[BPF_CHECK_WORDS])
{
	const struct prog_row *own = find(c, getpid());
	uint64_t ns_per_tick = 1000000000ULL / (uint64_t)sysconf(_SC_CLK_TCK);
	struct task t = { .pid = 0 };
	uint64_t shift = 0;
	char buf[PROCFS_BUF];
	bool is_kthread;
	int proc = procfs_open();
	bool is_shifted;
	ssize_t n;

	if (proc < 0)
		return refuse(words, "there is no /proc");
	n = procfs_read(proc, "self/stat", buf, sizeof(buf));
	is_shifted = timens_start_to_host(proc, &shift) || shift;
	close(proc);
	if (is_shifted)
		return refuse(words, "this is another time namespace than the initial one");
	/* The parent may have changed before or after the count. */
	if (!own || n <= 0 || !parse_stat(buf, &t, &is_kthread) ||
	    own->start_ns / ns_per_tick != t.start_ticks ||
	    (own->ppid != c->parent && own->ppid != getppid()))
		return refuse(words, "what was counted is not what /proc shows of this process");
	return 0;
}
