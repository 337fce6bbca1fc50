/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sysctl_table: the sysctls of the OOM killer, and the meaning of their values. Pure. */
#pragma once

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#define SYSCTL_TABLE_N 8 /* settings */

/* Committed memory is near its limit from this share on. */
#define SYSCTL_TABLE_COMMIT_PERCENT 90

struct sysctl_setting {
	const char *dir;         /* its directory below /proc/sys, and its prefix: vm or kernel */
	const char *name;        /* without the prefix */
	int64_t min, max;        /* the values that are accepted */
	const char *meanings[3]; /* of 0, 1 and 2; NULL: the value is an amount */
	const char *rival;       /* set to 0 by the kernel when this is written; NULL: none */
};

/* The setting of this name, with or without its prefix, such as "vm." or "vm/"; NULL: none. */
const struct sysctl_setting *sysctl_table_find(const char *name, size_t len);

/* All SYSCTL_TABLE_N settings. */
const struct sysctl_setting *sysctl_table_table(size_t *n);

#define SYSCTL_TABLE_TEXT 128

/* What the kernel does with the value. Returns text. */
const char *sysctl_table_meaning(const struct sysctl_setting *s, int64_t value,
				 char text[SYSCTL_TABLE_TEXT]);

/* Memory of the machine in KiB; -1: unknown. */
struct sysctl_memory {
	int64_t ram, available, swap, committed;
	int64_t hugetlb; /* part of ram that is reserved for huge pages */
};

/* The commit limit in KiB with these settings (mm/util.c, vm_commit_limit()); -1: unknown. */
int64_t sysctl_table_commit_limit(const struct sysctl_memory *m, int64_t ratio, int64_t kbytes);

/* "Setting this too high will OOM your machine instantly" (admin-guide/sysctl/vm.rst). */
enum sysctl_min_free {
	SYSCTL_MIN_FREE_OK,
	SYSCTL_MIN_FREE_LOW,   /* below 1024: the kernel can deadlock (the same document) */
	SYSCTL_MIN_FREE_HIGH,  /* above 5 percent of RAM */
	SYSCTL_MIN_FREE_SHARE, /* above a quarter of RAM */
	/*
	 * The high watermark, half as much again (mm/page_alloc.c, __setup_per_zone_wmarks()),
	 * would rise by more than the available memory.
	 */
	SYSCTL_MIN_FREE_NOW,
};

/* Judges a value of min_free_kbytes; before: the present one, negative if unknown. */
enum sysctl_min_free sysctl_table_check_min_free(const struct sysctl_memory *m, int64_t before,
						 int64_t value);

/*
 * The text of a sysctl.d(5) file with this value of s: replaces the lines that set it by one, or
 * adds one at the end. old NULL: a new file. The caller frees it; NULL: no memory.
 */
char *sysctl_table_edit(const char *old, const struct sysctl_setting *s, int64_t value);

/*
 * 0 and *value: the line of a sysctl.d(5) file sets s to it; -ENOENT: it does not. A line for the
 * rival sets s to 0; if the rival is not 0, s is not in effect, and *value is SYSCTL_TABLE_RIVAL.
 */
#define SYSCTL_TABLE_RIVAL INT64_MIN
int sysctl_table_parse_line(const char *line, size_t len, const struct sysctl_setting *s,
			    int64_t *value);
