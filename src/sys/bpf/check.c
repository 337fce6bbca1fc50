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

static bool is_procfs(int proc)
{
	struct statfs fs;

	return fstatfs(proc, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
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

static int count_links(int proc, size_t *n, char words[BPF_CHECK_WORDS])
{
	struct stat st;

	if (!is_procfs(proc) || !shows_self(proc))
		return refuse(words, "/proc is not that of this process");
	if (!machine_is_initial_pidns(proc))
		return refuse(words, "this is not the initial PID namespace");
	if (fstat(proc, &st))
		return refuse(words, "/proc cannot be counted");
	/* A link for each of its own directories, some ten, and for each process of the machine. */
	*n = (size_t)st.st_nlink;
	return 0;
}

int bpf_check_before(size_t *n, char words[BPF_CHECK_WORDS])
{
	int proc = procfs_open(), err;

	if (proc < 0)
		return refuse(words, "there is no /proc");
	err = count_links(proc, n, words);
	close(proc);
	return err;
}

static const struct prog_row *find(const struct bpf_tasks *c, pid_t pid)
{
	for (size_t i = c->n; i > 0; i--)
		if (c->rows[i - 1].pid == pid)
			return &c->rows[i - 1];
	return NULL;
}

/* The parent may have changed before or after the count. */
static bool has_parent(const struct bpf_tasks *c, const struct prog_row *own)
{
	return own->ppid == c->parent || own->ppid == getppid();
}

static bool is_shifted(int proc)
{
	uint64_t ticks = 0;

	return timens_start_to_host(proc, &ticks) || ticks;
}

int bpf_check_after(const struct bpf_tasks *c, char words[BPF_CHECK_WORDS])
{
	const struct prog_row *own = find(c, getpid());
	uint64_t ns_per_tick = 1000000000ULL / (uint64_t)sysconf(_SC_CLK_TCK);
	struct task t = { .pid = 0 };
	char buf[PROCFS_BUF];
	bool is_kthread;
	int proc = procfs_open();
	bool shifted;
	ssize_t n;

	if (proc < 0)
		return refuse(words, "there is no /proc");
	n = procfs_read(proc, "self/stat", buf, sizeof(buf));
	shifted = is_shifted(proc);
	close(proc);
	if (shifted)
		return refuse(words, "this is another time namespace than the initial one");
	if (!own || n <= 0 || !parse_stat(buf, &t, &is_kthread) ||
	    own->start_ns / ns_per_tick != t.start_ticks || !has_parent(c, own))
		return refuse(words, "what was counted is not what /proc shows of this process");
	return 0;
}
