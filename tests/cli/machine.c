/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * machine: preloaded, puts the program on another machine. It mounts the directory FIXTURE_PROC over /proc, in a
 * namespace that its caller made, and has libc tell of FIXTURE_PAGE_SIZE, FIXTURE_RAM_KIB and FIXTURE_SWAP_KIB. A
 * sanitizer needs the true /proc when it begins, and the true size of a page: so this comes when libraries are
 * loaded, and what is told is told to the program alone.
 */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mount.h>
#include <sys/sysinfo.h>
#include <unistd.h>

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

	return value ? strtoul(value, NULL, 10) : otherwise;
}

long sysconf(int name)
{
	static long (*real)(int);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "sysconf");
	if (name == _SC_PAGESIZE && is_program(__builtin_return_address(0)))
		return (long)told("FIXTURE_PAGE_SIZE", (unsigned long)real(name));
	return real(name);
}

int sysinfo(struct sysinfo *info)
{
	static int (*real)(struct sysinfo *);
	int err;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "sysinfo");
	err = real(info);
	if (err || !is_program(__builtin_return_address(0)))
		return err;
	info->mem_unit = 1;
	info->totalram = told("FIXTURE_RAM_KIB", 0) * 1024;
	info->freeram = info->totalram / 2;
	info->totalswap = told("FIXTURE_SWAP_KIB", 0) * 1024;
	info->freeswap = info->totalswap / 4;
	return 0;
}
