/* SPDX-License-Identifier: GPL-2.0-or-later */
/* procfs: reads /proc without heap memory, and no file that takes the mmap lock. */
#include "sys/proc/procfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "base/num.h"

pid_t procfs_self(int proc)
{
	char self[16] = "";

	return readlinkat(proc, "self", self, sizeof(self) - 1) > 0 ? (pid_t)strtol(self, NULL, 10)
								    : 0;
}

int procfs_open(void)
{
	int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? -ENODEV : -errno;
	/* Mounted with subset=pid it has only processes. */
	if (faccessat(fd, "sys/kernel/osrelease", F_OK, 0) && faccessat(fd, "self", F_OK, 0)) {
		close(fd);
		return -ENODEV;
	}
	return fd;
}

int procfs_check_regular(const struct stat *st)
{
	return S_ISREG(st->st_mode) ? 0 : -EINVAL;
}

int procfs_reopen(int held, int (*check)(const struct stat *st))
{
	char path[32];
	struct stat st;
	int fd;

	if (held < 0)
		return -errno;
	fd = fstatat(held, "", &st, AT_EMPTY_PATH) ? -errno : check(&st);
	if (fd == 0) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", held);
		fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		if (fd < 0)
			fd = errno == ENOENT ? -ENODEV : -errno;
	}
	close(held);
	return fd;
}

/* More than the size of 65,536 groups. */
#define MAX_TOTAL (2 * 1024 * 1024)

/* Empties the lines of a status file that can be longer than any buffer. Returns the new length. */
static size_t drop_lists(char *buf, size_t len)
{
	static const char *const keys[] = { "\nGroups:", "\nCpus_allowed_list:" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		char *p = memmem(buf, len, keys[i], strlen(keys[i])), *end;

		if (!p)
			continue;
		p += strlen(keys[i]);
		end = memchr(p, '\n', len - (size_t)(p - buf));
		if (!end)
			return (size_t)(p - buf);
		memmove(p, end, len - (size_t)(end - buf));
		len -= (size_t)(end - p);
	}
	return len;
}

static ssize_t read_file(int dir, const char *name, char *buf, size_t size, bool to_end)
{
	size_t at = 0, total = 0;
	ssize_t n, err = 0;
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return -errno;
	do {
		n = read(fd, buf + at, size - 1 - at);
		if (n < 0) {
			err = errno == EINTR ? 0 : -errno;
			continue;
		}
		at += (size_t)n;
		total += (size_t)n;
		if (at < size - 1)
			continue;
		at = drop_lists(buf, at);
		if (at == size - 1 || total > MAX_TOTAL)
			err = -EFBIG;
	} while (!err && (n < 0 || (n > 0 && (to_end || total >= size - 1))));
	close(fd);
	buf[at] = '\0';
	return err ? err : (ssize_t)at;
}

ssize_t procfs_read(int dir, const char *name, char *buf, size_t size)
{
	return read_file(dir, name, buf, size, false);
}

ssize_t procfs_read_all(int dir, const char *name, char *buf, size_t size)
{
	return read_file(dir, name, buf, size, true);
}

/* Writes the digits of n: snprintf(3) takes longer than the system call that follows. */
static char *put_number(char *p, pid_t n)
{
	char digits[12];
	size_t at = 0;

	do {
		digits[at++] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	while (at > 0)
		*p++ = digits[--at];
	return p;
}

ssize_t procfs_read_pid(int proc, pid_t pid, pid_t tid, const char *name, char *buf, size_t size)
{
	char path[64], *p = put_number(path, pid);

	if (tid) {
		p = stpcpy(p, "/task/");
		p = put_number(p, tid);
	}
	*p++ = '/';
	memccpy(p, name, '\0', (size_t)(path + sizeof(path) - p) - 1);
	path[sizeof(path) - 1] = '\0';
	return read_file(proc, path, buf, size, false);
}

int procfs_each_number(int dir, const char *name, int (*found)(void *arg, pid_t n), void *arg)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOCTTY), stop = 0;
	bool is_within = false;
	char buf[4096];
	pid_t number = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	while (!stop && (n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno != EINTR)
			stop = -errno;
		for (ssize_t i = 0; !stop && i < n; i++) {
			if (buf[i] >= '0' && buf[i] <= '9') {
				number = number > INT_MAX / 10 - 1 ? INT_MAX
								   : number * 10 + (buf[i] - '0');
				is_within = true;
			} else if (is_within) {
				stop = found(arg, number);
				is_within = false;
				number = 0;
			}
		}
	}
	if (!stop && is_within)
		stop = found(arg, number);
	close(fd);
	return stop;
}

int procfs_read_number(int dir, const char *name, int64_t *value)
{
	char buf[32];
	ssize_t n = procfs_read(dir, name, buf, sizeof(buf));

	if (n < 0)
		return (int)n;
	buf[strcspn(buf, "\n")] = '\0';
	return num_parse(buf, INT64_MIN, INT64_MAX, value) ? -EINVAL : 0;
}

bool procfs_find_number(const char *text, const char *key, uint64_t *value)
{
	size_t len = strlen(key);

	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, len) == 0 && strchr(": \t", line[len]) && line[len]) {
			const char *p = line + len + strspn(line + len, ": \t");

			if (*p < '0' || *p > '9')
				return false;
			*value = strtoull(p, NULL, 10);
			return true;
		}
	}
	return false;
}

int procfs_each(int dir, int (*found)(void *arg, pid_t id), void *arg, size_t *n_others)
{
	/* Large, so that few calls are needed; on the stack, as several threads may list. */
	_Alignas(struct dirent64) char buf[32 * 1024];
	int stop = 0;
	ssize_t n;
	int64_t id;

	if (lseek(dir, 0, SEEK_SET) < 0)
		return -errno;
	while (!stop && (n = getdents64(dir, (void *)buf, sizeof(buf))) != 0) {
		if (n < 0)
			return -errno;
		for (ssize_t at = 0; !stop && at < n;) {
			const struct dirent64 *d = (const struct dirent64 *)(buf + at);

			/* Without sign and leading zeros. */
			if (*d->d_name >= '1' && *d->d_name <= '9' &&
			    num_parse(d->d_name, 1, INT_MAX, &id) == 0)
				stop = found(arg, (pid_t)id);
			else if (n_others && d->d_type == DT_DIR && d->d_name[0] != '.')
				(*n_others)++;
			at += d->d_reclen;
		}
	}
	return stop;
}

/* Of the machine. lxcfs replaces the file; the number of the system call has 16 bits. */
static size_t count_threads(int proc)
{
	struct sysinfo info;
	size_t n = sysinfo(&info) ? 0 : info.procs;
	unsigned long listed;
	char buf[128];

	if (procfs_read(proc, "loadavg", buf, sizeof(buf)) > 0 &&
	    sscanf(buf, "%*s %*s %*s %*u/%lu", &listed) == 1 && listed > n)
		n = listed;
	return n;
}

/*
 * /proc has a link for each of its own directories and each process (proc_root_getattr()). Some
 * kernels count processes that do not exist, but no process is without a thread.
 */
size_t procfs_count_all(int proc, size_t n_others)
{
	size_t n, n_threads;
	struct stat st;

	if (fstat(proc, &st) || st.st_nlink <= n_others + 2)
		return 0;
	n = st.st_nlink - n_others - 2;
	n_threads = count_threads(proc);
	return n_threads && n_threads < n ? n_threads : n;
}

int procfs_each_thread(int proc, pid_t pid, int (*found)(void *arg, pid_t tid), void *arg)
{
	char path[32];
	int dir, stop;

	snprintf(path, sizeof(path), "%d/task", (int)pid);
	dir = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	stop = procfs_each(dir, found, arg, NULL);
	close(dir);
	return stop;
}
