/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inject: makes system calls inside another process, as a fault of a parser could: inject PID FILE.
 * Prints each call and its result. FILE is the file to open and execute; the process must wait in a
 * system call. For x86-64.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef __x86_64__
int main(void)
{
	puts("not for this processor");
	return 77;
}
#else

#define TEXT (-1L) /* stands for the address of FILE in the other process */

static const struct {
	const char *name;
	long nr, args[6];
} calls[] = {
	{ "read it", SYS_openat, { AT_FDCWD, TEXT, O_RDONLY } },
	{ "write it", SYS_openat, { AT_FDCWD, TEXT, O_WRONLY } },
	{ "open", SYS_open, { TEXT, O_RDONLY } },
	{ "openat2", SYS_openat2, { AT_FDCWD, TEXT, TEXT, 24 } },
	{ "unlink", SYS_unlink, { TEXT } },
	{ "chmod", SYS_chmod, { TEXT, 04777 } },
	{ "execve", SYS_execve, { TEXT, 0, 0 } },
	{ "execveat", SYS_execveat, { AT_FDCWD, TEXT, 0, 0, 0 } },
	{ "fork", SYS_clone, { SIGCHLD, 0, 0, 0, 0 } },
	{ "socket", SYS_socket, { AF_INET, SOCK_STREAM, 0 } },
	{ "a write elsewhere", SYS_write, { 3, TEXT, 1 } },
	{ "pwrite", SYS_pwrite64, { 1, TEXT, 1, 0 } },
	{ "kill", SYS_kill, { 1, 0 } },
	{ "ptrace", SYS_ptrace, { PTRACE_TRACEME, 0, 0, 0 } },
	{ "prctl", SYS_prctl, { 4, 1, 0, 0, 0 } },
	{ "setuid", SYS_setuid, { 0 } },
	{ "mount", SYS_mount, { TEXT, TEXT, 0, 0, 0 } },
	{ "terminal input", SYS_ioctl, { 0, 0x5412, TEXT } },
	{ "memory to execute",
	  SYS_mmap,
	  { 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -2, 0 } },
	{ "mprotect", SYS_mprotect, { 0, 4096, PROT_READ | PROT_EXEC } },
	{ "io_uring", SYS_io_uring_setup, { 1, 0 } },
	{ "x32", 0x40000000 | SYS_open, { TEXT, 0 } },
};

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(1);
}

/* One call, made where the process stopped: the instruction before is that of its system call. */
static long call(pid_t pid, const struct user_regs_struct *saved, size_t n, long text)
{
	struct user_regs_struct r = *saved;
	long args[6];
	int status;

	for (int i = 0; i < 6; i++)
		args[i] = calls[n].args[i] == TEXT ? text : calls[n].args[i];
	r.orig_rax = (unsigned long)-1;
	r.rax = (unsigned long)calls[n].nr;
	r.rip -= 2;
	r.rdi = (unsigned long)args[0];
	r.rsi = (unsigned long)args[1];
	r.rdx = (unsigned long)args[2];
	r.r10 = (unsigned long)args[3];
	r.r8 = (unsigned long)args[4];
	r.r9 = (unsigned long)args[5];
	if (ptrace(PTRACE_SETREGS, pid, 0, &r) || ptrace(PTRACE_SINGLESTEP, pid, 0, 0) ||
	    waitpid(pid, &status, 0) != pid)
		die("call");
	if (!WIFSTOPPED(status)) {
		printf("%s: ended it\n", calls[n].name);
		exit(1);
	}
	if (ptrace(PTRACE_GETREGS, pid, 0, &r))
		die("PTRACE_GETREGS");
	return (long)r.rax;
}

int main(int argc, char **argv)
{
	pid_t pid = argc == 3 ? atoi(argv[1]) : 0;
	struct user_regs_struct saved;
	struct iovec from, to;
	int status;
	long text;

	if (!pid)
		return 2;
	if (ptrace(PTRACE_ATTACH, pid, 0, 0) || waitpid(pid, &status, 0) != pid ||
	    ptrace(PTRACE_GETREGS, pid, 0, &saved))
		die("attach");
	if ((long)saved.orig_rax < 0) {
		puts("the process is not in a system call");
		return 1;
	}
	/* Far below the red zone. */
	text = (long)(saved.rsp - 4096) & ~15L;
	from = (struct iovec){ argv[2], strlen(argv[2]) + 1 };
	to = (struct iovec){ (void *)text, from.iov_len };
	if (process_vm_writev(pid, &from, 1, &to, 1, 0) != (ssize_t)from.iov_len)
		die("process_vm_writev");
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		long result = call(pid, &saved, i, text);

		printf("%s: %s\n", calls[i].name,
		       result < 0 ? strerrorname_np((int)-result) : "done");
		fflush(stdout);
	}
	ptrace(PTRACE_SETREGS, pid, 0, &saved);
	ptrace(PTRACE_DETACH, pid, 0, 0);
	return 0;
}

#endif
