/* SPDX-License-Identifier: GPL-2.0-or-later */
/* privilege: the rights of the program; only this file uses capabilities. */
#include "sys/priv/privilege.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/status.h"
#include "sys/priv/descriptors.h"
#include "sys/priv/environment.h"

/* The inode number of the first user namespace (include/linux/proc_ns.h, PROC_USER_INIT_INO). */
#define INITIAL_USERNS "user:[4026531837]"

bool privilege_is_in_userns(void)
{
	char link[64];
	ssize_t n = readlink("/proc/self/ns/user", link, sizeof(link) - 1);

	if (n <= 0)
		return false;
	link[n] = '\0';
	return strcmp(link, INITIAL_USERNS) != 0;
}

#define MAX_CAPS 64
#define NOBODY   65534 /* the kernel's overflowuid (kernel/sys.c) */

static uint64_t bit(unsigned int cap)
{
	return 1ULL << cap;
}

/* A bit for each capability. */
struct caps {
	uint64_t permitted, effective, inheritable;
};

/* By capget(2), as the library caches its own calls. */
static int read_caps(struct caps *c)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	/* Data that the kernel did not fill must not look like "none". */
	memset(data, 0xff, sizeof(data));
	if (syscall(SYS_capget, &header, data))
		return -errno;
	c->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	c->effective = data[0].effective | (uint64_t)data[1].effective << 32;
	c->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
	return 0;
}

bool privilege_has_sys_resource(void)
{
	struct caps c;

	/* The kernel asks for it in the first user namespace (fs/proc/base.c, __set_oom_adj()). */
	return !read_caps(&c) && c.permitted & bit(CAP_SYS_RESOURCE) && !privilege_is_in_userns();
}

static void choose(capng_type_t type, uint64_t caps)
{
	for (unsigned int cap = 0; cap < MAX_CAPS; cap++)
		if (caps & bit(cap))
			capng_update(CAPNG_ADD, type, cap);
}

static int apply_caps(const struct caps *c)
{
	capng_clear(CAPNG_SELECT_CAPS);
	choose(CAPNG_PERMITTED, c->permitted);
	choose(CAPNG_EFFECTIVE, c->effective);
	choose(CAPNG_INHERITABLE, c->inheritable);
	return capng_apply(CAPNG_SELECT_CAPS) ? -EPERM : 0;
}

/*
 * Sets exactly these of those that are permitted now, and reads them back. Inheritable ones stay:
 * they belong to the caller and COMMAND.
 */
static int set_caps(uint64_t permitted, uint64_t effective)
{
	struct caps now, c;
	int err = read_caps(&now);

	if (err)
		return err;
	c = now;
	c.permitted &= permitted;
	c.effective = effective & c.permitted;
	if (c.permitted == now.permitted && c.effective == now.effective)
		return 0;
	err = apply_caps(&c);
	if (!err)
		err = read_caps(&now);
	if (err)
		return err;
	return c.permitted == now.permitted && c.effective == now.effective ? 0 : -EPERM;
}

/* Sets all ids to the caller's. keep: keeps permitted capabilities, but no effective ones. */
static int take_caller_ids(const struct privilege *p, bool keep)
{
	uid_t real_uid = (uid_t)-1, uid = real_uid, saved_uid = real_uid;
	gid_t real_gid = (gid_t)-1, gid = real_gid, saved_gid = real_gid;

	if (prctl(PR_SET_KEEPCAPS, keep ? 1UL : 0UL, 0UL, 0UL, 0UL))
		return -errno;
	if (setresgid(p->gid, p->gid, p->gid) || setresuid(p->uid, p->uid, p->uid))
		return -errno;
	if (prctl(PR_SET_KEEPCAPS, 0UL, 0UL, 0UL, 0UL))
		return -errno;
	if (getresuid(&real_uid, &uid, &saved_uid) || getresgid(&real_gid, &gid, &saved_gid))
		return -errno;
	/* setfsuid(2) of an invalid id returns the present one. */
	if (real_uid != p->uid || uid != p->uid || saved_uid != p->uid ||
	    (uid_t)setfsuid((uid_t)-1) != p->uid)
		return -EPERM;
	if (real_gid != p->gid || gid != p->gid || saved_gid != p->gid ||
	    (gid_t)setfsgid((gid_t)-1) != p->gid)
		return -EPERM;
	return 0;
}

static int begin_borrowed(struct privilege *p, int argc, char **argv, const char **what)
{
	bool keeps = p->need >= PRIVILEGE_WRITE;
	int err = 0;

	*what = "close the caller's descriptors";
	if (p->need == PRIVILEGE_RUN)
		descriptors_mark_fill();
	else
		err = descriptors_close_others();
	if (err)
		return err;
	*what = "set the environment aside";
	if (p->need == PRIVILEGE_RUN)
		err = environment_find(argc, argv, &p->environment);
	if (err)
		return err;
	environment_unmark(p->environment);
	environment_replace();
	*what = "take the caller's ids";
	err = take_caller_ids(p, keeps && p->can_raise);
	if (err)
		return err;
	*what = "give up capabilities";
	return set_caps(keeps ? bit(CAP_SYS_RESOURCE) : 0, 0);
}

/* With hidepid, root without CAP_SYS_PTRACE sees no other processes. */
static bool is_proc_hiding(void)
{
	int fd = open("/proc/1/stat", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return true;
	close(fd);
	return false;
}

/*
 * Reduces a caller's own rights to keep, permit, which are not effective, and what is needed to see
 * processes.
 */
static int shrink_own(const struct privilege *p, uint64_t keep, uint64_t permit)
{
	/* Whether CAP_SYS_PTRACE is needed shows without any. */
	int err = set_caps(~0ULL, 0);

	if (err)
		return err;
	if (is_proc_hiding())
		keep |= bit(CAP_SYS_PTRACE);
	keep &= p->own_effective;
	return set_caps(keep | permit, keep);
}

/* kcmp(2) tells whether two processes share memory, if the caller may trace both. */
static uint64_t writer_rights(void)
{
	return bit(CAP_DAC_OVERRIDE) | bit(CAP_SYS_PTRACE);
}

static int begin_own(struct privilege *p, uint64_t permitted, const char **what)
{
	*what = "give up capabilities";
	if (!permitted)
		return 0;
	switch (p->need) {
	case PRIVILEGE_NONE:
		return shrink_own(p, 0, 0);
	case PRIVILEGE_WRITE:
		return shrink_own(p, writer_rights() | bit(CAP_BPF) | bit(CAP_PERFMON),
				  bit(CAP_SYS_RESOURCE));
	case PRIVILEGE_RUN:
		return shrink_own(p, bit(CAP_DAC_OVERRIDE), ~0ULL);
	default:
		return 0;
	}
}

static int begin(struct privilege *p, int argc, char **argv, const char **what)
{
	struct caps caps;
	int err;

	*what = "fill closed standard descriptors";
	if (descriptors_fill())
		return -EBADF;
	*what = "read capabilities";
	err = read_caps(&caps);
	if (err)
		return err;
	p->own_effective = p->is_borrowed ? 0 : caps.effective;
	/* In another user namespace it lowers no adj. privilege_may_raise() confirms it later. */
	p->had_raise = caps.permitted & bit(CAP_SYS_RESOURCE) && !privilege_is_in_userns();
	p->can_raise = p->had_raise && p->need >= PRIVILEGE_WRITE;
	if (p->is_borrowed)
		return begin_borrowed(p, argc, argv, what);
	return begin_own(p, caps.permitted, what);
}

/* Without message or flush: nothing must be written to the caller's files by a borrowed right. */
static _Noreturn void end_at_once(const struct privilege *p)
{
	_exit(p->need == PRIVILEGE_RUN ? ST_RUN_FAILED : ST_BROKEN);
}

int privilege_begin(struct privilege *p, enum privilege_need need, int argc, char **argv,
		    const char **what)
{
	struct caps c;
	int err;

	memset(p, 0, sizeof(*p));
	p->need = need;
	p->is_borrowed = getauxval(AT_SECURE) != 0;
	p->uid = getuid();
	p->gid = getgid();
	err = begin(p, argc, argv, what);
	if (err && p->is_borrowed && (take_caller_ids(p, false) || read_caps(&c) || c.effective))
		end_at_once(p);
	return err;
}

bool privilege_can_use_bpf(const struct privilege *p)
{
	uint64_t both = bit(CAP_BPF) | bit(CAP_PERFMON);
	struct caps now;

	if (p->is_borrowed || read_caps(&now))
		return false;
	return (now.effective & bit(CAP_SYS_ADMIN)) || (now.effective & both) == both;
}

int privilege_drop_bpf(struct privilege *p)
{
	if (p->is_borrowed || p->need != PRIVILEGE_WRITE)
		return 0;
	return shrink_own(p, writer_rights(), bit(CAP_SYS_RESOURCE));
}

int privilege_keep_none(struct privilege *p)
{
	p->can_raise = false;
	return p->is_borrowed ? set_caps(0, 0) : shrink_own(p, 0, 0);
}

static int raise_caps(struct caps *before)
{
	struct caps raised;

	if (read_caps(before))
		return -EPERM;
	raised = *before;
	raised.effective |= bit(CAP_SYS_RESOURCE);
	return apply_caps(&raised);
}

/* Lowers at once; set_caps() reads back afterwards. */
static void lower_caps(const struct privilege *p, const struct caps *before)
{
	if (apply_caps(before) || set_caps(before->permitted, before->effective))
		end_at_once(p);
}

bool privilege_may_raise(struct privilege *p)
{
	struct caps before;
	int err;

	if (!p->can_raise || p->was_asked)
		return p->can_raise;
	p->was_asked = true;
	p->can_raise = false;
	if (raise_caps(&before))
		return false;
	/* Needs the capability in the first user namespace; with this address it has no effect. */
	err = prctl(PR_SET_MM, PR_SET_MM_START_CODE, ~0UL, 0UL, 0UL) ? errno : 0;
	lower_caps(p, &before);
	p->can_raise = err == EINVAL;
	return p->can_raise;
}

int privilege_become_nobody(struct privilege *p)
{
	const struct privilege nobody = { .uid = NOBODY, .gid = NOBODY };
	int err = 0;

	p->can_raise = false;
	if (p->uid == 0)
		err = setgroups(0, NULL) ? -errno : take_caller_ids(&nobody, false);
	/* Other processes of nobody must not trace it. */
	if (p->uid == 0 && !err && prctl(PR_SET_DUMPABLE, 0UL, 0UL, 0UL, 0UL))
		err = -errno;
	return set_caps(0, 0) ? -ENOTRECOVERABLE : err;
}

ssize_t privilege_write(struct privilege *p, int fd, const void *buf, size_t len)
{
	struct caps before;
	ssize_t n;

	if (!privilege_may_raise(p) || raise_caps(&before))
		return -EPERM;
	n = write(fd, buf, len);
	if (n < 0)
		n = -errno;
	lower_caps(p, &before);
	return n;
}

int privilege_open_self(struct privilege *p)
{
	sigset_t all;

	if (!p->is_borrowed || p->need != PRIVILEGE_RUN)
		return 0;
	sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, &p->blocked))
		return -errno;
	return prctl(PR_SET_DUMPABLE, 1UL, 0UL, 0UL, 0UL) ? -errno : 0;
}

int privilege_close_self(const struct privilege *p)
{
	if (!p->is_borrowed || p->need != PRIVILEGE_RUN)
		return 0;
	if (prctl(PR_SET_DUMPABLE, 0UL, 0UL, 0UL, 0UL) ||
	    sigprocmask(SIG_SETMASK, &p->blocked, NULL))
		return -errno;
	return 0;
}

int privilege_become_caller(struct privilege *p)
{
	int err = p->is_borrowed ? set_caps(0, 0) : set_caps(~0ULL, p->own_effective);

	p->can_raise = false;
	if (!err && p->environment)
		environ = p->environment;
	return err;
}
