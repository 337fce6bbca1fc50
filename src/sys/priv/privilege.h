/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * privilege: the rights of the program, recorded once at the start and only reduced from then on.
 *
 * AT_SECURE is set if the program has more rights than its caller, by a file capability or setuid
 * root. Such rights are borrowed; root, or a caller with a capability, uses its own.
 *
 * Every function that changes rights reads them back: if they are not as they should be, it returns
 * -EPERM or the system's error, and the program MUST end with ST_BROKEN before it does anything
 * else (tests/lab/privilege-failures.bats).
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The most that a command can need, known before its arguments are parsed. */
enum privilege_need {
	PRIVILEGE_NONE,  /* reads what every user can read: no capability */
	PRIVILEGE_OWN,   /* none borrowed; the caller's own until privilege_keep_none() */
	PRIVILEGE_WRITE, /* CAP_SYS_RESOURCE; of its own also CAP_DAC_OVERRIDE, CAP_SYS_PTRACE */
	/* CAP_SYS_RESOURCE until privilege_become_caller(); then COMMAND is executed */
	PRIVILEGE_RUN,
};

struct privilege {
	enum privilege_need need;
	bool is_borrowed; /* AT_SECURE */
	bool can_raise;   /* CAP_SYS_RESOURCE is permitted, in the first user namespace */
	bool was_asked;   /* the kernel has confirmed or denied can_raise */
	bool had_raise;   /* can_raise at the start, even if the command does not need it */
	uid_t uid;        /* the caller's: real, effective, saved and file system uid */
	gid_t gid;
	uint64_t own_effective; /* the caller's own at the start, a bit for each capability */
	char **environment;     /* the caller's; NULL: it was not changed */
	sigset_t blocked;       /* by the caller, while privilege_open_self() blocks all */
};

/*
 * The first statement of main. Opens 0, 1 and 2 if they are closed. With borrowed rights it closes
 * all other descriptors (but for PRIVILEGE_RUN: they are COMMAND's), replaces the environment by a
 * few harmless variables, and sets all ids to the caller's. Then only what need says is permitted,
 * and nothing is effective but a caller's own CAP_DAC_OVERRIDE and, if /proc hides processes,
 * CAP_SYS_PTRACE. *what: the step that failed; if a borrowed right may still be effective, the
 * program ends silently instead.
 */
int privilege_begin(struct privilege *p, enum privilege_need need, int argc, char **argv,
		    const char **what);

/* Whether the caller's own rights permit bpf(2); borrowed ones never do. */
bool privilege_can_use_bpf(const struct privilege *p);

/* Drops what bpf(2) needs, with PRIVILEGE_WRITE, before processes are changed. 0 or an errno. */
int privilege_drop_bpf(struct privilege *p);

/* Drops what PRIVILEGE_NONE never has, also the caller's own: all that needs it is open. */
int privilege_keep_none(struct privilege *p);

/*
 * Before untrusted text is parsed: drops every capability and, as root, changes ids and groups to
 * those of nobody, for good. -EINVAL, -EPERM: the capabilities are dropped, but the ids could not
 * be changed, as in a container without nobody. -ENOTRECOVERABLE: there is still a capability: end
 * the program.
 */
int privilege_become_nobody(struct privilege *p);

/*
 * can_raise, confirmed once by a system call with the capability effective: the caller may have
 * mounted its own /proc, which told the user namespace. MUST be true before anything is logged
 * (tests/lab/privilege-hostile.bats).
 */
bool privilege_may_raise(struct privilege *p);

/*
 * One write(2) with CAP_SYS_RESOURCE effective only during the call (tests/lab/privilege.bats). If
 * it cannot be lowered again, the program ends silently at once. The length, or the errno of
 * capset(2) or write(2); -EPERM without can_raise.
 */
ssize_t privilege_write(struct privilege *p, int fd, const void *buf, size_t len);

/*
 * With borrowed rights the process is not dumpable, so that its files in /proc belong to root: this
 * makes them the caller's, for PRIVILEGE_RUN alone, until privilege_close_self(). Signals are
 * blocked, as one of the caller's could make the kernel dump core. The caller still cannot trace
 * it, as it lacks a permitted capability of it (security/commoncap.c, cap_ptrace_access_check()).
 * Own rights: changes nothing.
 */
int privilege_open_self(struct privilege *p);

/* MUST follow, also after an error of the above. */
int privilege_close_self(const struct privilege *p);

/*
 * Before another program is executed: drops borrowed rights, then restores the caller's environment
 * and its own effective capabilities. Only for PRIVILEGE_RUN.
 */
int privilege_become_caller(struct privilege *p);

/* Whether the process is in a user namespace of its own, where no capability counts for adj. */
bool privilege_is_in_userns(void);

/* Whether CAP_SYS_RESOURCE is permitted and counts for adj. */
bool privilege_has_sys_resource(void);
