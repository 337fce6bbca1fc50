/* SPDX-License-Identifier: GPL-2.0-or-later */
/* privilege: what the program may do beyond its caller; the one file that knows capabilities. */
#include "sys/privilege.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "sys/callerenv.h"
#include "sys/procfs.h"

#define MAX_CAPS 64

static uint64_t bit(unsigned int cap)
{
	return 1ULL << cap;
}

/* What is wished, or what the kernel has: a bit a capability. */
struct caps {
	uint64_t permitted, effective, inheritable;
};

/* From the kernel itself, not from what the library remembers of its own calls. */
static int read_caps(struct caps *c)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &header, data))
		return -errno;
	c->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	c->effective = data[0].effective | (uint64_t)data[1].effective << 32;
	c->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
	return 0;
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
 * Exactly these, of those that are permitted now; made and read back. The inheritable ones stay as they are: they are
 * the caller's, and COMMAND's.
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

static const int wrong_way[] = { O_WRONLY, O_RDONLY, O_RDONLY };

/*
 * With 0, 1 or 2 closed the next file that is opened would take its place, and be written to by mistake. What is
 * put there fails when it is used the wrong way, so that nothing is lost in silence, and is closed again for COMMAND.
 */
static int fill_standard_descriptors(void)
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
 * The C library does so itself before main where rights are borrowed (glibc, csu/check_fds.c): known by the way in
 * which it opens, they too are closed again for COMMAND.
 */
static void mark_library_fill(void)
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

/* Before Linux 5.9: what /proc lists, until a listing finds nothing more. */
static int close_listed(void)
{
	int dir = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;
	struct closing c = { .dir = dir, .n = 1 };

	if (dir < 0)
		return -errno;
	while (!err && c.n) {
		c.n = 0;
		err = procfs_each(dir, close_one, &c, NULL);
	}
	close(dir);
	return err;
}

static int close_others(void)
{
	if (close_range(3, ~0U, 0) == 0)
		return 0;
	return errno == ENOSYS ? close_listed() : -errno;
}

/* All ids the caller's; the permitted capabilities outlive it if keep says so, the effective ones do not. */
static int take_caller_ids(const struct privilege *p, bool keep)
{
	uid_t real_uid, uid, saved_uid;
	gid_t real_gid, gid, saved_gid;

	if (prctl(PR_SET_KEEPCAPS, keep ? 1UL : 0UL, 0UL, 0UL, 0UL))
		return -errno;
	if (setresgid(p->gid, p->gid, p->gid) || setresuid(p->uid, p->uid, p->uid))
		return -errno;
	if (prctl(PR_SET_KEEPCAPS, 0UL, 0UL, 0UL, 0UL))
		return -errno;
	if (getresuid(&real_uid, &uid, &saved_uid) || getresgid(&real_gid, &gid, &saved_gid))
		return -errno;
	/* An id that can't be is not set, and the present one returned. */
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
		mark_library_fill();
	else
		err = close_others();
	if (err)
		return err;
	*what = "set the environment aside";
	if (p->need == PRIVILEGE_RUN)
		err = callerenv_find(argc, argv, &p->environment);
	if (err)
		return err;
	callerenv_replace();
	*what = "take the caller's ids";
	err = take_caller_ids(p, keeps && p->can_raise);
	if (err)
		return err;
	*what = "give up capabilities";
	return set_caps(keeps ? bit(CAP_SYS_RESOURCE) : 0, 0);
}

/* hidepid: who may not trace process 1 does not see it, or not into it, so that root without this would be blind. */
static bool is_proc_hiding(void)
{
	int fd = open("/proc/1/stat", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return true;
	close(fd);
	return false;
}

static int begin_own(struct privilege *p, uint64_t permitted, const char **what)
{
	uint64_t keep = 0;
	int err;

	*what = "give up capabilities";
	if (p->need == PRIVILEGE_OWN || !permitted)
		return 0;
	/* Asked without any: whether the one is needed. */
	err = set_caps(permitted, 0);
	if (err)
		return err;
	if (is_proc_hiding())
		keep |= bit(CAP_SYS_PTRACE);
	if (p->need >= PRIVILEGE_WRITE)
		keep |= bit(CAP_DAC_OVERRIDE);
	keep &= p->own_effective;
	if (p->need == PRIVILEGE_RUN)
		return set_caps(permitted, keep);
	return set_caps(p->need == PRIVILEGE_WRITE ? keep | bit(CAP_SYS_RESOURCE) : keep, keep);
}

int privilege_begin(struct privilege *p, enum privilege_need need, int argc, char **argv,
		    const char **what)
{
	struct caps caps;
	int err;

	memset(p, 0, sizeof(*p));
	p->need = need;
	p->is_borrowed = getauxval(AT_SECURE) != 0;
	p->uid = getuid();
	p->gid = getgid();
	*what = "fill closed standard descriptors";
	if (fill_standard_descriptors())
		return -EBADF;
	*what = "read capabilities";
	err = read_caps(&caps);
	if (err)
		return err;
	p->own_effective = p->is_borrowed ? 0 : caps.effective;
	p->had_raise = caps.permitted & bit(CAP_SYS_RESOURCE);
	p->can_raise = p->had_raise && need >= PRIVILEGE_WRITE;
	if (p->is_borrowed)
		return begin_borrowed(p, argc, argv, what);
	return begin_own(p, caps.permitted, what);
}

int privilege_keep_none(struct privilege *p)
{
	p->can_raise = false;
	return set_caps(0, 0);
}

ssize_t privilege_write(struct privilege *p, int fd, const void *buf, size_t len)
{
	struct caps before, raised;
	ssize_t n;

	if (!p->can_raise || read_caps(&before))
		return -EPERM;
	raised = before;
	raised.effective |= bit(CAP_SYS_RESOURCE);
	if (apply_caps(&raised))
		return -EPERM;
	n = write(fd, buf, len);
	if (n < 0)
		n = -errno;
	/* Nothing between, not even the reading back, which set_caps() does when it is lowered. */
	if (apply_caps(&before) || set_caps(before.permitted, before.effective))
		return -ENOTRECOVERABLE;
	return n;
}

int privilege_open_self(const struct privilege *p)
{
	if (!p->is_borrowed)
		return 0;
	return prctl(PR_SET_DUMPABLE, 1UL, 0UL, 0UL, 0UL) ? -errno : 0;
}

int privilege_become_caller(struct privilege *p)
{
	p->can_raise = false;
	if (!p->is_borrowed)
		return set_caps(~0ULL, p->own_effective);
	if (p->environment)
		environ = p->environment;
	return set_caps(0, 0);
}
