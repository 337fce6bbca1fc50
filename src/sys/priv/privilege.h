/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * privilege: the privileges of the program, recorded once at the start and only reduced later.
 *
 * AT_SECURE is set if the program has more privileges than its caller, by a file capability or
 * setuid root. These are borrowed, as is the capability of the file for user 0 with SECBIT_NOROOT;
 * root, or a caller with a capability, uses its own.
 *
 * Every function that changes privileges reads them back. If they are wrong, it returns -EPERM or
 * the system's error, and the program MUST exit with ST_BROKEN before it does anything else
 * (tests/lab/privilege-failures.bats).
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The most that a command can need, known before its arguments are parsed. */
enum privilege_need {
	PRIVILEGE_NONE,  /* reads only what every user can read: no capability */
	PRIVILEGE_OWN,   /* none borrowed; the caller's own until privilege_keep_none() */
	PRIVILEGE_WRITE, /* CAP_SYS_RESOURCE; of its own also CAP_DAC_OVERRIDE, CAP_SYS_PTRACE */
	/* Borrowed as PRIVILEGE_WRITE, of its own all: for processes that then keep less */
	PRIVILEGE_LIVE,
	/* CAP_SYS_RESOURCE until privilege_become_caller(); then COMMAND is executed */
	PRIVILEGE_RUN,
	/* As PRIVILEGE_WRITE, and CAP_NET_ADMIN, CAP_IPC_LOCK; nothing borrowed */
	PRIVILEGE_DAEMON,
};

struct privilege {
	enum privilege_need need;
	bool is_borrowed; /* the program has more privileges than its caller */
	bool can_raise;   /* CAP_SYS_RESOURCE is permitted, in the initial user namespace */
	bool is_checked;  /* the kernel has confirmed or denied can_raise */
	bool had_raise;   /* can_raise at the start, even if the command does not need it */
	uid_t uid;        /* the caller's: real, effective, saved and file system uid */
	gid_t gid;
	uint64_t own_effective; /* the caller's own at the start, a bit for each capability */
	char **environment;     /* the caller's; NULL: it was not changed */
	sigset_t blocked;       /* by the caller, while privilege_open_self() blocks all */
};

/*
 * The first statement of main. Opens 0, 1 and 2 if they are closed. With borrowed privileges it
 * closes all other descriptors (except for PRIVILEGE_RUN: they are COMMAND's), reduces the
 * environment to a few harmless variables, and sets all ids to the caller's. Then only the
 * capabilities that need allows are permitted. Effective are at most a caller's own
 * CAP_DAC_OVERRIDE and, if /proc hides processes, CAP_SYS_PTRACE. *what: the step that failed; if a
 * borrowed capability might still be effective, the program exits silently instead.
 */
int privilege_begin(struct privilege *p, enum privilege_need need, int argc, char **argv,
		    const char **what);

/* Closes all descriptors but 0, 1 and 2. 0 or a negative errno. */
int privilege_close_descriptors(void);

/* Whether the caller's own capabilities permit bpf(2); borrowed ones never do. */
bool privilege_can_use_bpf(const struct privilege *p);

/*
 * With PRIVILEGE_WRITE and PRIVILEGE_DAEMON, drops what bpf(2) needs, before processes are changed.
 * 0 or an errno.
 */
int privilege_drop_bpf(struct privilege *p);

/* With PRIVILEGE_LIVE: keeps what PRIVILEGE_WRITE allows, and is then the same. */
int privilege_become_writer(struct privilege *p);

/* With PRIVILEGE_LIVE: keeps only the caller's own capabilities for bpf(2). */
int privilege_keep_bpf(struct privilege *p);

/* With PRIVILEGE_OWN, for root: keeps its own capabilities that PRIVILEGE_WRITE allows. */
int privilege_keep_writing(struct privilege *p);

/* Drops all that PRIVILEGE_NONE never has, also the caller's own, after all files are open. */
int privilege_keep_none(struct privilege *p);

/*
 * Before untrusted text is parsed: drops every capability permanently and, as root, changes ids and
 * groups to the unprivileged user 65534. -EINVAL, -EPERM: the capabilities are dropped, but the ids
 * could not be changed, as in a container without this user. -ENOTRECOVERABLE: a capability is
 * left: exit.
 */
int privilege_become_nobody(struct privilege *p);

/* The same, but as root changes to this user, without its groups. */
int privilege_become_user(struct privilege *p, uid_t uid);

/*
 * can_raise, confirmed once by a system call with the capability effective: the caller can have
 * mounted its own /proc, from which the user namespace was read. MUST be true before anything is
 * logged (tests/lab/privilege-hostile.bats).
 */
bool privilege_may_raise(struct privilege *p);

/*
 * One write(2) with CAP_SYS_RESOURCE effective only during the call (tests/lab/privilege.bats). If
 * it cannot be lowered again, the program exits silently at once. The length, or the errno of
 * capset(2) or write(2); -EPERM without can_raise.
 */
ssize_t privilege_write(struct privilege *p, int fd, const void *buf, size_t len);

/*
 * With borrowed privileges the process is not dumpable, so its files in /proc belong to root. This
 * makes them the caller's until privilege_close_self(), only with PRIVILEGE_RUN. Signals are
 * blocked, because the caller could make the kernel dump core. The caller still cannot trace the
 * process, which has a permitted capability that the caller lacks (security/commoncap.c,
 * cap_ptrace_access_check()). With own privileges it changes nothing.
 */
int privilege_open_self(struct privilege *p);

/* MUST follow, also after an error of privilege_open_self(). */
int privilege_close_self(const struct privilege *p);

/*
 * Before another program is executed: drops borrowed privileges, then restores the caller's
 * environment and its own effective capabilities. Only for PRIVILEGE_RUN.
 */
int privilege_become_caller(struct privilege *p);

/* Whether the process is in another user namespace, where no capability applies to adj. */
bool privilege_is_in_userns(void);

/* Whether CAP_SYS_RESOURCE is permitted and applies to adj. */
bool privilege_has_sys_resource(void);
