/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * privilege: what the program may do beyond its caller, recorded once at the start and only
 * shrinking from then on.
 *
 * AT_SECURE is set when the program was started with more than its caller has: a file capability,
 * setuid root. Such rights are borrowed; a caller who is root, or has a capability of its own, uses
 * its own.
 *
 * Every function that changes rights reads back what it made: what can't be made so is -EPERM, or
 * what the system gave, and the program MUST then end with ST_BROKEN before it does anything else
 * (tests/lab/privilege-failures.bats).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The most that a command can need, known before its words are looked at. */
enum privilege_need {
	PRIVILEGE_NONE,  /* looks at what everybody may see: no capability */
	PRIVILEGE_OWN,   /* none that is borrowed; the caller's own until privilege_keep_none() */
	PRIVILEGE_WRITE, /* CAP_SYS_RESOURCE; of its own also CAP_DAC_OVERRIDE, CAP_SYS_PTRACE */
	/* CAP_SYS_RESOURCE until privilege_become_caller(), behind which stands COMMAND */
	PRIVILEGE_RUN,
};

struct privilege {
	enum privilege_need need;
	bool is_borrowed; /* AT_SECURE */
	bool can_raise;   /* CAP_SYS_RESOURCE is permitted, in the first user namespace */
	bool was_asked;   /* the kernel was asked whether it is so */
	bool had_raise;   /* it was at the start, whether the command needs it or not */
	uid_t uid; /* the caller's: real, effective, saved and of the file system from now on */
	gid_t gid;
	uint64_t own_effective; /* of a caller's own rights, as they were: a bit a capability */
	char **environment;     /* the caller's, as it was given; NULL: it was not touched */
};

/*
 * The first statement of main. Fills 0, 1 and 2 where they are closed. Borrowed rights: closes all
 * other descriptors (not for PRIVILEGE_RUN: they are COMMAND's), sets the environment aside and
 * replaces it by a few harmless variables, makes all ids the caller's. Then permitted is what need
 * says and effective nothing of it, but for a caller's own CAP_DAC_OVERRIDE and, where /proc hides
 * processes, CAP_SYS_PTRACE. *what: the step that failed; where a borrowed right may still be
 * effective, it ends the program instead, silently.
 */
int privilege_begin(struct privilege *p, enum privilege_need need, int argc, char **argv,
		    const char **what);

/*
 * Whether bpf(2) may be asked to look into the kernel: by the caller's own rights, never by
 * borrowed ones.
 */
bool privilege_can_use_bpf(const struct privilege *p);

/*
 * Gives up what bpf(2) takes, of a PRIVILEGE_WRITE: from here on processes are changed. 0, or a
 * negative errno.
 */
int privilege_drop_bpf(struct privilege *p);

/*
 * Gives up what PRIVILEGE_NONE never has, of the caller's own too: all that needs it has been
 * opened.
 */
int privilege_keep_none(struct privilege *p);

/*
 * Before what strangers wrote is parsed: gives up every capability and, as root, root's ids and
 * groups for those of nobody, for good. -EINVAL, -EPERM: the capabilities are gone, but the ids
 * could not be changed, as in a container where nobody is no user. -ENOTRECOVERABLE: there is still
 * a capability: end the program.
 */
int privilege_become_nobody(struct privilege *p);

/*
 * can_raise, and once asks the kernel for the capability, effective for this call alone: /proc,
 * which told the user namespace at the start, may be of the caller's making. MUST be so before
 * anything is logged (tests/lab/privilege-hostile.bats).
 */
bool privilege_may_raise(struct privilege *p);

/*
 * One write(2) with CAP_SYS_RESOURCE effective, which it is neither before nor behind it
 * (tests/lab/privilege.bats). If it cannot be lowered again, this ends the program at once,
 * silently. The length, or what capset(2) or write(2) gave; -EPERM without can_raise.
 */
ssize_t privilege_write(struct privilege *p, int fd, const void *buf, size_t len);

/*
 * The files in /proc of a program with borrowed rights are root's, because it is not dumpable: this
 * makes those of this process the caller's. Nobody can trace it all the same: it has a permitted
 * capability that its caller lacks (security/commoncap.c, cap_ptrace_access_check()). Own rights:
 * changes nothing.
 */
int privilege_open_self(const struct privilege *p);

/*
 * Before another program is executed: no borrowed right is left, and then the caller's environment
 * and its own effective capabilities are back. Only for PRIVILEGE_RUN.
 */
int privilege_become_caller(struct privilege *p);

/* Whether the process is in a user namespace of its own, where no capability counts for adj. */
bool privilege_is_in_userns(void);

/* Whether CAP_SYS_RESOURCE is permitted and counts for adj. */
bool privilege_has_sys_resource(void);
