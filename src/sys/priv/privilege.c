/* SPDX-License-Identifier: GPL-2.0-or-later */
/* privilege: the privileges of the program; only this file uses capabilities. */
#include "sys/priv/privilege.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/calls.h"
#include "base/status.h"
#include "sys/priv/environment.h"
#include "sys/proc/procfs.h"

/* The inode number of the initial user namespace (include/linux/proc_ns.h, PROC_USER_INIT_INO). */
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

/* With capget(2), because the library caches its own calls. */
static int read_caps(struct caps *c)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	/* Data that the kernel did not fill must not mean "none". */
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

	/* Needed in the initial user namespace (fs/proc/base.c, __set_oom_adj()). */
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
 * Reduces the capabilities to these, as far as they are permitted now, and reads them back.
 * Inheritable ones do not change: they belong to the caller and COMMAND.
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
	/* setfsuid(2) of an invalid id returns the current id. */
	if (real_uid != p->uid || uid != p->uid || saved_uid != p->uid ||
	    (uid_t)setfsuid((uid_t)-1) != p->uid)
		return -EPERM;
	if (real_gid != p->gid || gid != p->gid || saved_gid != p->gid ||
	    (gid_t)setfsgid((gid_t)-1) != p->gid)
		return -EPERM;
	return 0;
}

/* Opened like this, the usual use of 0, 1 and 2 fails. */
static const int wrong_way[] = { O_WRONLY, O_RDONLY, O_RDONLY };

/*
 * Opens 0, 1 and 2 if they are closed; otherwise a file opened later would get the number and be
 * written to. Reads and writes fail, and exec closes them. 0 or -EBADF.
 */
static int fill_descriptors(void)
{
	for (int fd = 0; fd < 3; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		if (errno != EBADF || open("/dev/null", wrong_way[fd] | O_CLOEXEC) != fd)
			return -EBADF;
	}
	return 0;
}

/*
 * With a borrowed capability glibc opens them before main (csu/check_fds.c). Recognizes these, and
 * lets exec close them.
 */
static void mark_filled_descriptors(void)
{
	struct stat st;

	for (int fd = 0; fd < 3; fd++) {
		int flags = fcntl(fd, F_GETFL);

		if (flags >= 0 && (flags & O_ACCMODE) == wrong_way[fd] && flags & O_NOFOLLOW &&
		    fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && major(st.st_rdev) == 1)
			fcntl(fd, F_SETFD, FD_CLOEXEC);
	}
}

struct closing {
	int dir;
	size_t n;
};

static int close_one(void *arg, pid_t fd)
{
	struct closing *c = arg;

	if (fd > 2 && fd != c->dir && close(fd) == 0)
		c->n++;
	return 0;
}

int privilege_close_descriptors(void)
{
	struct closing c = { .n = 1 };
	int dir, err = 0;

	if (calls_close_from(3) == 0)
		return 0;
	if (errno != ENOSYS)
		return -errno;
	/* Before Linux 5.9: closes all that /proc lists, until it lists no more. */
	dir = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	c.dir = dir;
	while (!err && c.n) {
		c.n = 0;
		err = procfs_each(dir, close_one, &c, NULL);
	}
	close(dir);
	return err;
}

static int begin_borrowed(struct privilege *p, int argc, char **argv, const char **what)
{
	bool keeps = p->need >= PRIVILEGE_WRITE;
	int err = 0;

	*what = "close the caller's descriptors";
	if (p->need == PRIVILEGE_RUN)
		mark_filled_descriptors();
	else
		err = privilege_close_descriptors();
	if (err)
		return err;
	*what = "save the environment";
	if (p->need == PRIVILEGE_RUN)
		err = environment_find(argc, argv, &p->environment);
	if (err)
		return err;
	environment_unmark(p->environment);
	environment_replace();
	*what = "switch to the caller's ids";
	err = take_caller_ids(p, keeps && p->can_raise);
	if (err)
		return err;
	*what = "drop capabilities";
	return set_caps(keeps ? bit(CAP_SYS_RESOURCE) : 0, 0);
}

/*
 * Reduces a caller's own capabilities to keep, permit, which are not effective, and what is needed
 * to see processes.
 */
static int shrink_own(const struct privilege *p, uint64_t keep, uint64_t permit)
{
	/* Without any capability, it shows whether CAP_SYS_PTRACE is needed. */
	int fd, err = set_caps(~0ULL, 0);

	if (err)
		return err;
	/* With hidepid, root without CAP_SYS_PTRACE sees no other processes. */
	fd = open("/proc/1/stat", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		keep |= bit(CAP_SYS_PTRACE);
	else
		close(fd);
	keep &= p->own_effective;
	return set_caps(keep | permit, keep);
}

/* Until privilege_drop_bpf(). */
static uint64_t bpf_caps(void)
{
	return bit(CAP_BPF) | bit(CAP_PERFMON);
}

/* kcmp(2) compares the memory of two processes if the caller is allowed to trace both. */
static uint64_t writer_caps(void)
{
	return bit(CAP_DAC_OVERRIDE) | bit(CAP_SYS_PTRACE);
}

/* The proc connector needs the first, memory that stays in RAM the second. */
static uint64_t daemon_caps(void)
{
	return writer_caps() | bit(CAP_NET_ADMIN) | bit(CAP_IPC_LOCK);
}

static int begin(struct privilege *p, int argc, char **argv, const char **what)
{
	struct caps caps;
	int err;

	*what = "open closed standard descriptors";
	if (fill_descriptors())
		return -EBADF;
	*what = "read capabilities";
	err = read_caps(&caps);
	if (err)
		return err;
	p->own_effective = p->is_borrowed ? 0 : caps.effective;
	/* Useless in another user namespace. privilege_may_raise() confirms it later. */
	p->had_raise = caps.permitted & bit(CAP_SYS_RESOURCE) && !privilege_is_in_userns();
	p->can_raise = p->had_raise && p->need >= PRIVILEGE_WRITE;
	if (p->is_borrowed)
		return begin_borrowed(p, argc, argv, what);
	*what = "drop capabilities";
	if (!caps.permitted || p->need == PRIVILEGE_OWN || p->need == PRIVILEGE_LIVE)
		return 0;
	if (p->need == PRIVILEGE_WRITE)
		return shrink_own(p, writer_caps() | bpf_caps(), bit(CAP_SYS_RESOURCE));
	if (p->need == PRIVILEGE_DAEMON)
		return shrink_own(p, daemon_caps() | bpf_caps(), bit(CAP_SYS_RESOURCE));
	return p->need == PRIVILEGE_RUN ? shrink_own(p, bit(CAP_DAC_OVERRIDE), ~0ULL)
					: shrink_own(p, 0, 0);
}

/*
 * For user 0 the kernel never sets AT_SECURE because of a file capability. With SECBIT_NOROOT user
 * 0 has no other capability than that and ambient ones, which such a file clears
 * (security/commoncap.c, cap_bprm_creds_from_file()).
 */
static bool has_capability_of_file(void)
{
	int bits = prctl(PR_GET_SECUREBITS, 0UL, 0UL, 0UL, 0UL);
	struct caps c;

	if (bits >= 0 && !(bits & SECBIT_NOROOT))
		return false;
	return read_caps(&c) ||
	       (c.permitted & bit(CAP_SYS_RESOURCE) &&
		prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_SYS_RESOURCE, 0UL, 0UL) != 1);
}

/* Without message or flush: a borrowed capability must not write to the caller's files. */
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
	p->uid = getuid();
	p->gid = getgid();
	p->is_borrowed = getauxval(AT_SECURE) || (p->uid == 0 && has_capability_of_file());
	/* Nothing is borrowed for as long as a daemon runs. */
	if (p->is_borrowed && need == PRIVILEGE_DAEMON)
		p->need = PRIVILEGE_NONE;
	err = begin(p, argc, argv, what);
	if (err && p->is_borrowed && (take_caller_ids(p, false) || read_caps(&c) || c.effective))
		end_at_once(p);
	return err;
}

bool privilege_can_use_bpf(const struct privilege *p)
{
	uint64_t both = bit(CAP_BPF) | bit(CAP_PERFMON);
	struct caps now;

	if (p->is_borrowed || read_caps(&now) || privilege_is_in_userns())
		return false;
	return (now.effective & bit(CAP_SYS_ADMIN)) || (now.effective & both) == both;
}

int privilege_drop_bpf(struct privilege *p)
{
	if (p->is_borrowed || (p->need != PRIVILEGE_WRITE && p->need != PRIVILEGE_DAEMON))
		return 0;
	return shrink_own(p, p->need == PRIVILEGE_DAEMON ? daemon_caps() : writer_caps(),
			  bit(CAP_SYS_RESOURCE));
}

int privilege_become_writer(struct privilege *p)
{
	p->need = PRIVILEGE_WRITE;
	if (p->is_borrowed)
		return set_caps(bit(CAP_SYS_RESOURCE), 0);
	return shrink_own(p, writer_caps(), bit(CAP_SYS_RESOURCE));
}

int privilege_keep_bpf(struct privilege *p)
{
	uint64_t both = bit(CAP_BPF) | bit(CAP_PERFMON);

	p->can_raise = false;
	if (p->is_borrowed)
		return set_caps(0, 0);
	return shrink_own(p, (p->own_effective & both) == both ? both : bit(CAP_SYS_ADMIN), 0);
}

int privilege_keep_writing(struct privilege *p)
{
	if (p->is_borrowed)
		return set_caps(0, 0);
	p->can_raise = p->had_raise;
	return shrink_own(p, writer_caps(), p->own_effective & bit(CAP_SYS_RESOURCE));
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

	if (!p->can_raise || p->is_checked)
		return p->can_raise;
	p->is_checked = true;
	p->can_raise = false;
	if (raise_caps(&before))
		return false;
	/* Needs the capability in the initial user namespace; has no effect with this address. */
	err = prctl(PR_SET_MM, PR_SET_MM_START_CODE, ~0UL, 0UL, 0UL) ? errno : 0;
	lower_caps(p, &before);
	p->can_raise = err == EINVAL;
	return p->can_raise;
}

int privilege_become_user(struct privilege *p, uid_t uid)
{
	const struct privilege user = { .uid = uid, .gid = NOBODY };
	int err = 0;

	p->can_raise = false;
	if (p->uid == 0)
		err = setgroups(0, NULL) ? -errno : take_caller_ids(&user, false);
	/* Other processes with this uid must not trace it. */
	if (p->uid == 0 && !err && prctl(PR_SET_DUMPABLE, 0UL, 0UL, 0UL, 0UL))
		err = -errno;
	return set_caps(0, 0) ? -ENOTRECOVERABLE : err;
}

int privilege_become_nobody(struct privilege *p)
{
	return privilege_become_user(p, NOBODY);
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
