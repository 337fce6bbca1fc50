/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * machine: a preloaded library that shows the program another machine. It mounts the directory
 * FIXTURE_PROC over /proc, in a namespace that its caller made, and makes libc return
 * FIXTURE_PAGE_SIZE, FIXTURE_RAM_KIB, FIXTURE_SWAP_KIB and FIXTURE_CPUS. A sanitizer needs the real /proc and the
 * real page size when it starts, so this happens when libraries are loaded, and only for the
 * program. With CLI_ALONE, processes outside the PID namespace are not counted. With FIXTURE_KMSG,
 * a file of records, /dev/kmsg has these records.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/vfs.h>
#include <unistd.h>

/* The names that glibc gives these with files of 64 bits, and on 32-bit machines times, too. */
#if __TIMESIZE == 32
#define FSTAT "__fstat64_time64"
#else
#define FSTAT "fstat64"
#endif
#define OPEN "open64"

__attribute__((constructor)) static void cover_proc(void)
{
	const char *dir = getenv("FIXTURE_PROC");

	if (dir && mount(dir, "/proc", NULL, MS_BIND, NULL)) {
		perror("machine: cannot cover /proc");
		_exit(99);
	}
}

static bool is_program(const void *caller)
{
	Dl_info program, from;

	return dladdr((void *)getauxval(AT_ENTRY), &program) && dladdr(caller, &from) &&
	       program.dli_fbase == from.dli_fbase;
}

static unsigned long told(const char *name, unsigned long otherwise)
{
	const char *value = getenv(name);

	return value && *value ? strtoul(value, NULL, 10) : otherwise;
}

long sysconf(int name)
{
	static long (*real)(int);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "sysconf");
	if (name == _SC_PAGESIZE && is_program(__builtin_return_address(0)))
		return (long)told("FIXTURE_PAGE_SIZE", (unsigned long)real(name));
	if (name == _SC_NPROCESSORS_CONF && is_program(__builtin_return_address(0)))
		return (long)told("FIXTURE_CPUS", (unsigned long)real(name));
	return real(name);
}

int sysinfo(struct sysinfo *info)
{
	static int (*real)(struct sysinfo *);
	int err;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "sysinfo");
	err = real(info);
	if (err || !getenv("FIXTURE_RAM_KIB") || !is_program(__builtin_return_address(0)))
		return err;
	/* As in the kernel, the numbers of a 32-bit machine with more than 4 GiB fit. */
	info->mem_unit = 1024;
	info->totalram = told("FIXTURE_RAM_KIB", 0);
	info->freeram = info->totalram / 2;
	info->bufferram = 0;
	info->totalswap = told("FIXTURE_SWAP_KIB", 0);
	info->freeswap = info->totalswap / 4;
	return 0;
}

/* The link count of /proc includes all processes of the machine; 0 means that it is unknown. */
int fstat(int fd, struct stat *st)
{
	static int (*real)(int, struct stat *);
	struct statfs fs;
	int err;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, FSTAT);
	err = real(fd, st);
	if (!err && getenv("CLI_ALONE") && S_ISDIR(st->st_mode) && st->st_ino == 1 &&
	    is_program(__builtin_return_address(0)) && fstatfs(fd, &fs) == 0 &&
	    fs.f_type == PROC_SUPER_MAGIC)
		st->st_nlink = 0;
	return err;
}

/*
 * As in the kernel, each read returns one record, and after the last a read would block: a packet
 * pipe with a writer.
 */
static int open_kmsg(const char *path)
{
	FILE *records = fopen(path, "r");
	char record[4096];
	int ends[2];

	/* As on a machine without the device. */
	if (!records)
		return -1;
	if (pipe2(ends, O_DIRECT | O_NONBLOCK | O_CLOEXEC)) {
		perror("machine: cannot make a kernel log");
		_exit(99);
	}
	fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
	while (fgets(record, sizeof(record), records))
		if (write(ends[1], record, strlen(record)) < 0)
			_exit(99);
	fclose(records);
	return ends[0];
}

int open(const char *path, int flags, ...)
{
	static int (*real)(const char *, int, ...);
	const char *records = getenv("FIXTURE_KMSG");
	unsigned mode = 0;
	va_list arguments;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, OPEN);
	if (records && strcmp(path, "/dev/kmsg") == 0 && is_program(__builtin_return_address(0)))
		return open_kmsg(records);
	if (flags & (O_CREAT | O_TMPFILE)) {
		va_start(arguments, flags);
		mode = va_arg(arguments, unsigned);
		va_end(arguments);
	}
	return real(path, flags, mode);
}
