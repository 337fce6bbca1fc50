/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A preloaded library for the UML binary: passes complete register sets to the host, where UML
 * passes short ones.
 *
 * UML up to 6.1 stores 2,696 bytes of extended registers per guest process. A host kernel refuses
 * (EFAULT) sets that are smaller than the CPU's, 11,008 bytes with AMX, so UML exits before its
 * init runs. Registers that UML does not know keep the host's values.
 */
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>

typedef long (*ptrace_fn)(int request, pid_t pid, void *addr, void *data);

static ptrace_fn next_ptrace;

__attribute__((constructor)) static void find_ptrace(void)
{
	void *sym = dlsym(RTLD_NEXT, "ptrace");

	memcpy(&next_ptrace, &sym, sizeof(sym));
}

static long set_whole_xstate(pid_t pid, void *addr, const struct iovec *given)
{
	/* Static: a UML kernel stack has 16 KiB. UML has no preemption and no threads here. */
	static unsigned char set[64 * 1024] __attribute__((aligned(64)));
	struct iovec whole = { set, sizeof(set) };
	long ret = next_ptrace(PTRACE_GETREGSET, pid, addr, &whole);

	if (ret < 0)
		return ret;
	memcpy(set, given->iov_base,
	       given->iov_len < whole.iov_len ? given->iov_len : whole.iov_len);
	return next_ptrace(PTRACE_SETREGSET, pid, addr, &whole);
}

long ptrace(enum __ptrace_request request, ...)
{
	va_list ap;

	va_start(ap, request);
	pid_t pid = va_arg(ap, pid_t);
	void *addr = va_arg(ap, void *);
	void *data = va_arg(ap, void *);
	va_end(ap);

	if (request == PTRACE_SETREGSET && (size_t)addr == NT_X86_XSTATE)
		return set_whole_xstate(pid, addr, data);
	return next_ptrace((int)request, pid, addr, data);
}
