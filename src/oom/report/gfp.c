/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gfp: the flags of an allocation, from include/linux/gfp.h of each version. */
#include "oom/report/gfp.h"

#include <stdio.h>
#include <string.h>

#include "oom/rules/version.h"

struct gfp_flag {
	uint32_t bits;
	const char *name;
	int since, until; /* first VERSION() with it, first without; 0: unlimited */
};

#define WAIT_KERNEL 0xd0
#define RECLAIM     0x2400000 /* direct and kswapd, 4.4 and 4.5 */

/* Combined flags first, larger ones before their parts. */
static const struct gfp_flag flags[] = {
	{ 0x200da, "GFP_HIGHUSER_MOVABLE", VERSION(2, 6, 31), VERSION(4, 4, 0) },
	{ 0x1200d2, "GFP_HIGHUSER_MOVABLE", VERSION(2, 6, 24), VERSION(2, 6, 31) },
	{ 0x200d2, "GFP_HIGHUSER", 0, VERSION(4, 4, 0) },
	{ 0x200d0, "GFP_USER", 0, VERSION(4, 4, 0) },
	{ WAIT_KERNEL, "GFP_KERNEL", 0, VERSION(4, 4, 0) },
	{ 0x50, "GFP_NOFS", 0, VERSION(4, 4, 0) },
	{ 0x10, "GFP_NOIO", 0, VERSION(4, 4, 0) },
	{ 0x20, "GFP_ATOMIC", 0, VERSION(4, 4, 0) },
	{ RECLAIM | 0x200ca, "GFP_HIGHUSER_MOVABLE", VERSION(4, 4, 0), 0 },
	{ RECLAIM | 0x200c2, "GFP_HIGHUSER", VERSION(4, 4, 0), 0 },
	{ RECLAIM | 0x200c0, "GFP_USER", VERSION(4, 4, 0), 0 },
	{ RECLAIM | 0xc0, "GFP_KERNEL", VERSION(4, 4, 0), 0 },
	{ RECLAIM | 0x40, "GFP_NOFS", VERSION(4, 4, 0), 0 },
	{ RECLAIM, "GFP_NOIO", VERSION(4, 4, 0), 0 },
	{ 0x2080020, "GFP_ATOMIC", VERSION(4, 4, 0), 0 },
	{ 0x1, "GFP_DMA", 0, 0 },
	{ 0x2, "__GFP_HIGHMEM", 0, 0 },
	{ 0x4, "GFP_DMA32", VERSION(2, 6, 15), 0 },
	{ 0x8, "__GFP_MOVABLE", VERSION(2, 6, 31), 0 },
	{ 0x10, "__GFP_WAIT", 0, VERSION(4, 4, 0) },
	{ 0x10, "__GFP_RECLAIMABLE", VERSION(4, 4, 0), 0 },
	{ 0x20, "__GFP_HIGH", 0, 0 },
	{ 0x40, "__GFP_IO", 0, 0 },
	{ 0x80, "__GFP_FS", 0, 0 },
	{ 0x100, "__GFP_COLD", 0, 0 },
	{ 0x200, "__GFP_NOWARN", 0, 0 },
	{ 0x400, "__GFP_REPEAT", 0, 0 },
	{ 0x800, "__GFP_NOFAIL", 0, 0 },
	{ 0x1000, "__GFP_NORETRY", 0, 0 },
	{ 0x2000, "__GFP_MEMALLOC", VERSION(3, 6, 0), 0 },
	{ 0x4000, "__GFP_COMP", 0, 0 },
	{ 0x8000, "__GFP_ZERO", VERSION(2, 6, 11), 0 },
	{ 0x10000, "__GFP_NOMEMALLOC", VERSION(2, 6, 12), 0 },
	{ 0x20000, "__GFP_HARDWALL", VERSION(2, 6, 14), 0 },
	{ 0x40000, "__GFP_THISNODE", VERSION(2, 6, 19), 0 },
	{ 0x80000, "__GFP_RECLAIMABLE", VERSION(2, 6, 24), VERSION(4, 4, 0) },
	{ 0x80000, "__GFP_ATOMIC", VERSION(4, 4, 0), 0 },
	{ 0x100000, "__GFP_MOVABLE", VERSION(2, 6, 23), VERSION(2, 6, 31) },
	{ 0x200000, "__GFP_NOTRACK", VERSION(2, 6, 31), 0 },
	{ 0x800000, "__GFP_OTHER_NODE", VERSION(2, 6, 38), 0 },
	{ 0x1000000, "__GFP_WRITE", VERSION(3, 3, 0), 0 },
	{ 0x400000, "__GFP_DIRECT_RECLAIM", VERSION(4, 4, 0), 0 },
	{ 0x2000000, "__GFP_KSWAPD_RECLAIM", VERSION(4, 4, 0), 0 },
};

char *gfp_spell(int64_t mask, int version, char *buf, size_t size)
{
	uint64_t left = (uint64_t)mask;
	size_t at = 0;

	buf[0] = '\0';
	if (!version || version >= VERSION(4, 6, 0) || mask < 0)
		return buf;
	for (size_t i = 0; left && i < sizeof(flags) / sizeof(flags[0]); i++) {
		const struct gfp_flag *f = &flags[i];

		if ((left & f->bits) != f->bits || version < f->since ||
		    (f->until && version >= f->until))
			continue;
		at += (size_t)snprintf(buf + at, size - at, "%s%s", at ? "|" : "", f->name);
		left &= ~(uint64_t)f->bits;
		if (at >= size)
			return buf;
	}
	if (left)
		snprintf(buf + at, size - at, "%s0x%llx", at ? "|" : "", (unsigned long long)left);
	return buf;
}

char *gfp_names(const struct report *r, char *buf, size_t size)
{
	int version = 0;

	version_parse(r->release, &version);
	gfp_spell(r->gfp_mask, version, buf, size);
	if (*r->gfp_text)
		snprintf(buf, size, "%s", r->gfp_text);
	return buf;
}

const char *gfp_purpose(const char *names)
{
	static const struct {
		const char *name, *with, *purpose;
	} purposes[] = {
		{ "GFP_HIGHUSER_MOVABLE", "__GFP_ZERO", "new memory of a program" },
		{ "GFP_HIGHUSER_MOVABLE", "__GFP_COLD", "a file that a program reads" },
		{ "GFP_HIGHUSER_MOVABLE", "", "memory of a program, or file data" },
		{ "GFP_TRANSHUGE", "", "a huge page of a program" },
		{ "GFP_HIGHUSER", "", "program data that the kernel cannot move" },
		{ "GFP_USER", "", "file data, or another request of a program" },
		{ "GFP_KERNEL_ACCOUNT", "", "kernel data structures of a program" },
		{ "GFP_KERNEL", "", "kernel data structures" },
		{ "GFP_NOFS", "", "a file system" },
		{ "GFP_NOIO", "", "a disk or network driver" },
		{ "GFP_ATOMIC", "", "an interrupt handler, which cannot wait" },
		{ "GFP_NOWAIT", "", "a request that cannot wait" },
	};

	for (size_t i = 0; i < sizeof(purposes) / sizeof(purposes[0]); i++) {
		size_t len = strlen(purposes[i].name);

		if (strncmp(names, purposes[i].name, len) == 0 &&
		    (names[len] == '\0' || names[len] == '|') && strstr(names, purposes[i].with))
			return purposes[i].purpose;
	}
	return "";
}
