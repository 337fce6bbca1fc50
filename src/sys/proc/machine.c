/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine: memory, settings and version of the kernel. */
#include "sys/proc/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "oom/rules/version.h"
#include "sys/proc/procfs.h"
#include "sys/proc/parse.h"

/* The inode number of the first PID namespace (include/linux/proc_ns.h, PROC_PID_INIT_INO). */
#define INITIAL_PIDNS 4026531836U

unsigned int machine_read_ns(int proc, const char *name)
{
	char link[64];
	ssize_t n = readlinkat(proc, name, link, sizeof(link) - 1);

	if (n <= 5)
		return 0;
	link[n] = '\0';
	return (unsigned int)strtoul(link + 5, NULL, 10);
}

bool machine_is_initial_pidns(int proc)
{
	unsigned int ns = machine_read_ns(proc, "self/ns/pid");

	return ns == 0 || ns == INITIAL_PIDNS;
}

unsigned int machine_read_pidns(int proc)
{
	/* /proc can show an outer namespace: that of its init, if it is readable. */
	unsigned int ns = machine_read_ns(proc, "1/ns/pid");

	if (!ns)
		ns = machine_read_ns(proc, "self/ns/pid");
	return ns == INITIAL_PIDNS ? 0 : ns;
}

static int read_release(int proc, char *release, size_t size, int *version)
{
	ssize_t n = procfs_read(proc, "sys/kernel/osrelease", release, size);
	struct utsname un;

	if (n == -ENOENT && uname(&un) == 0)
		n = snprintf(release, size, "%s", un.release);
	if (n < 0)
		return (int)n;
	if ((size_t)n >= size)
		n = (ssize_t)size - 1;
	release[strcspn(release, "\n")] = '\0';
	/* Without a version the newest rules are assumed. */
	if (version_parse(release, version))
		*version = VERSION(255, 0, 0);
	return 0;
}

int machine_read_version(int proc)
{
	char release[72];
	int version, err = read_release(proc, release, sizeof(release), &version);

	return err ? err : version;
}

/* What the kernel still reclaims before it kills; MemAvailable leaves a part of it out. */
static uint64_t find_reclaimable(const char *meminfo)
{
	static const char *const keys[] = { "MemFree", "Active(file)", "Inactive(file)" };
	uint64_t sum = 0, kib;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (procfs_find_number(meminfo, keys[i], &kib))
			sum += kib;
	/* Since 4.20; before, of the slabs alone. */
	if (procfs_find_number(meminfo, "KReclaimable", &kib) ||
	    procfs_find_number(meminfo, "SReclaimable", &kib))
		sum += kib;
	return sum * 1024;
}

int machine_read_memory(int proc, struct machine *m)
{
	char buf[PROCFS_BUF];
	struct sysinfo si;
	uint64_t available, reclaimable, free_kib = 0, buffers = 0, cached = 0, kills;

	if (sysinfo(&si))
		return -errno;
	m->totals.page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	m->ns_per_tick = 1000000000ULL / (uint64_t)sysconf(_SC_CLK_TCK);
	m->ram_bytes = (uint64_t)si.totalram * si.mem_unit;
	m->swap_bytes = (uint64_t)si.totalswap * si.mem_unit;
	m->swap_used_bytes = m->swap_bytes - (uint64_t)si.freeswap * si.mem_unit;
	m->totals.total_pages = (m->ram_bytes + m->swap_bytes) / m->totals.page_size;
	/* MemAvailable; an estimate before 3.14 and without meminfo. */
	if (procfs_read_all(proc, "meminfo", buf, sizeof(buf)) <= 0) {
		available = ((uint64_t)si.freeram + si.bufferram) * si.mem_unit;
		m->is_used_with_cache = true;
		buf[0] = '\0';
	} else if (procfs_find_number(buf, "MemAvailable", &available)) {
		available *= 1024;
	} else {
		procfs_find_number(buf, "MemFree", &free_kib);
		procfs_find_number(buf, "Buffers", &buffers);
		procfs_find_number(buf, "Cached", &cached);
		available = (free_kib + buffers + cached) * 1024;
	}
	m->ram_used_bytes = available < m->ram_bytes ? m->ram_bytes - available : 0;
	reclaimable = *buf ? find_reclaimable(buf) : available;
	m->unreclaimable_bytes = reclaimable < m->ram_bytes ? m->ram_bytes - reclaimable : 0;
	m->oom_kills = -1;
	if (procfs_read_all(proc, "vmstat", buf, sizeof(buf)) > 0 &&
	    procfs_find_number(buf, "oom_kill", &kills))
		m->oom_kills = (int64_t)kills;
	return 0;
}

uint64_t machine_read_boot(int proc)
{
	/* The line follows those of thousands of CPUs; pages that are not filled are not used. */
	const size_t size = 4 * 1024 * 1024;
	char *buf = malloc(size);
	uint64_t boot = 0;

	if (buf && procfs_read_all(proc, "stat", buf, size) > 0)
		procfs_find_number(buf, "btime", &boot);
	free(buf);
	return boot;
}

bool machine_has_crash_kernel(void)
{
	int64_t is_loaded;

	return procfs_read_number(AT_FDCWD, "/sys/kernel/kexec_crash_loaded", &is_loaded) == 0 &&
	       is_loaded > 0;
}

int machine_read(int proc, struct machine *m)
{
	int64_t seconds;
	int err;

	memset(m, 0, sizeof(*m));
	err = read_release(proc, m->release, sizeof(m->release), &m->version);
	if (err)
		return err;
	if (procfs_read_number(proc, "sys/vm/panic_on_oom", &m->panic_on_oom))
		m->panic_on_oom = -1;
	if (procfs_read_number(proc, "sys/vm/oom_kill_allocating_task", &m->kill_allocating))
		m->kill_allocating = -1;
	if (procfs_read_number(proc, "sys/vm/overcommit_memory", &m->overcommit_memory))
		m->overcommit_memory = -1;
	m->stays_down = procfs_read_number(proc, "sys/kernel/panic", &seconds) == 0 &&
			seconds == 0 && !machine_has_crash_kernel();
	m->is_initial_pidns = machine_is_initial_pidns(proc);
	m->has_score_adj = m->version >= VERSION(2, 6, 36);
	return machine_read_memory(proc, m);
}

static bool rss_differs_now(int proc)
{
	char buf[PROCFS_BUF];
	struct task t = { 0 };
	bool is_kthread;
	uint64_t resident;

	if (procfs_read(proc, "self/statm", buf, sizeof(buf)) <= 0 || !strchr(buf, ' '))
		return false;
	resident = strtoull(strchr(buf, ' '), NULL, 10);
	if (procfs_read(proc, "self/stat", buf, sizeof(buf)) <= 0 ||
	    !parse_stat(buf, &t, &is_kthread))
		return false;
	return t.rss_stat != resident;
}

bool machine_has_two_rss(int proc)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	bool differs = rss_differs_now(proc);
	char *p;

	/* They can be equal by chance; after touching one more page they are not. */
	p = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return differs;
	*(volatile char *)p = 1;
	differs = differs || rss_differs_now(proc);
	munmap(p, page);
	return differs;
}
