/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sandbox: a seccomp filter. Landlock would add nothing: no file can be opened. */
#include "sys/priv/sandbox.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "base/calls.h"

void sandbox_prepare(void)
{
	/* With a name, the file is not checked again for each date. */
	setenv("TZ", ":/etc/localtime", 0);
	tzset();
	/* A character set other than UTF-8 can need a library. */
	mbrtowc(NULL, "\x80", 1, &(mbstate_t){ 0 });
}

/* A sanitizer needs other system calls. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

#if defined(__SANITIZE_ADDRESS__)
#elif defined(__x86_64__) && defined(__LP64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && defined(__LP64__) && defined(__AARCH64EL__)
#define ARCH AUDIT_ARCH_AARCH64
#elif defined(__i386__)
#define ARCH AUDIT_ARCH_I386
#elif defined(__arm__) && defined(__ARM_EABI__) && defined(__ARMEL__)
#define ARCH AUDIT_ARCH_ARM
#endif

#ifdef ARCH

/* With any arguments. */
static const unsigned short harmless[] = {
	SYS_read,         SYS_lseek,        SYS_close,     SYS_fstat,           SYS_brk,
	SYS_munmap,       SYS_mremap,       SYS_madvise,   SYS_ppoll,           SYS_clock_gettime,
	SYS_gettimeofday, SYS_getrandom,    SYS_sysinfo,   SYS_getpid,          SYS_rt_sigreturn,
	SYS_exit,         SYS_exit_group,   SYS_futex,     SYS_restart_syscall, SYS_rt_sigprocmask,
#ifdef SYS_newfstatat
	SYS_newfstatat,
#endif
#ifdef SYS_poll
	SYS_poll,
#endif
#ifdef SYS_time
	SYS_time,
#endif
#ifdef SYS_mmap2 /* of 32 bits: the C library uses these for sizes and times of 64 bits */
	SYS__llseek,      SYS_fstat64,      SYS_fstatat64, SYS_statx,           SYS_clock_gettime64,
	SYS_ppoll_time64, SYS_futex_time64, SYS_sigreturn,
#endif
};

#ifdef SYS_mmap2 /* mmap(2) of i386 has its arguments in memory, where no filter sees them */
#define MAP_CALL SYS_mmap2
#else
#define MAP_CALL SYS_mmap
#endif

#define N_HARMLESS (sizeof(harmless) / sizeof(harmless[0]))
#define N_CHECKED  10

/* The lower half of an argument: the kernel ignores the rest of the arguments tested here. */
#define LOW(arg) offsetof(struct seccomp_data, args[arg])

struct filter {
	struct sock_filter steps[8 + N_HARMLESS * 2 + N_CHECKED * 5];
	unsigned short n;
};

static void add(struct filter *f, unsigned int code, size_t k, unsigned char yes, unsigned char no)
{
	f->steps[f->n++] = (struct sock_filter){ (unsigned short)code, yes, no, (unsigned int)k };
}

static void answer(struct filter *f, unsigned int action)
{
	add(f, BPF_RET | BPF_K, action, 0, 0);
}

/* Allows call if the argument is value or, for BPF_JSET, has none of its bits. */
static void allow_if(struct filter *f, int call, int arg, unsigned int test, size_t value)
{
	unsigned char is_mask = test == BPF_JSET;

	add(f, BPF_JMP | BPF_JEQ | BPF_K, (size_t)call, 0, 4);
	add(f, BPF_LD | BPF_W | BPF_ABS, LOW(arg), 0, 0);
	add(f, BPF_JMP | test | BPF_K, value, is_mask, (unsigned char)!is_mask);
	answer(f, SECCOMP_RET_ALLOW);
	add(f, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
}

int sandbox_enter(int socket, int other)
{
	struct filter f = { .n = 0 };
	struct sock_fprog program = { .filter = f.steps };

	/* i386 has this call since Linux 4.3. */
	if (calls_send(-1, NULL, 0, 0) < 0 && errno == ENOSYS)
		return -ENOSYS;
	/* Another architecture has other numbers; the x32 numbers are not in the list. */
	add(&f, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
	add(&f, BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
	answer(&f, SECCOMP_RET_KILL_PROCESS);
	add(&f, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
	for (size_t i = 0; i < N_HARMLESS; i++) {
		add(&f, BPF_JMP | BPF_JEQ | BPF_K, harmless[i], 0, 1);
		answer(&f, SECCOMP_RET_ALLOW);
	}
	for (size_t fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
		allow_if(&f, SYS_write, 0, BPF_JEQ, fd);
		allow_if(&f, SYS_writev, 0, BPF_JEQ, fd);
	}
	if (socket >= 0)
		allow_if(&f, SYS_sendto, 0, BPF_JEQ, (size_t)socket);
	if (other >= 0)
		allow_if(&f, SYS_sendto, 0, BPF_JEQ, (size_t)other);
	/* Whether a stream is a terminal: one of glibc, one of musl. */
	allow_if(&f, SYS_ioctl, 1, BPF_JEQ, TCGETS);
	allow_if(&f, SYS_ioctl, 1, BPF_JEQ, TIOCGWINSZ);
	allow_if(&f, MAP_CALL, 2, BPF_JSET, PROT_EXEC);
	allow_if(&f, SYS_mprotect, 2, BPF_JSET, PROT_EXEC);
	answer(&f, SECCOMP_RET_ERRNO | EPERM);
	program.len = f.n;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		return -errno;
	return 0;
}

#else

int sandbox_enter(int socket, int other)
{
	(void)socket;
	(void)other;
	return -ENOSYS;
}

#endif
