/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kernel_text: whether a text has the form of a line of the kernel. */
#include "oom/logline/kernel_text.h"

#include <ctype.h>

#define COMM_MAX 15 /* bytes of a process's name */

/* Lines that only the OOM killer writes. */
static const char *const sure[] = { "oom-kill:constraint=",
				    "Out of memory",
				    "Out of Memory: ",
				    "Memory cgroup out of memory",
				    "Memory limit reached of cgroup ",
				    "Memory cgroup stats",
				    "Task in /",
				    "Tasks in /",
				    "killed as a result of limit of /",
				    "Killed process ",
				    "Kill process ",
				    "kill process ",
				    "No available memory ",
				    "oom-killer: gfp_mask=",
				    "oom_reaper: ",
				    "Kernel panic - not syncing: ",
				    "Tasks state (memory",
				    NULL };

/* Its other lines, whose first words are less distinctive. */
static const char *const likely[] = { "CPU: ",
				      "Pid: ",
				      "memory: usage ",
				      "memory+swap: usage ",
				      "kmem: usage ",
				      "swap: usage ",
				      "Mem-Info:",
				      "Mem-info:",
				      "lowmem_reserve[]:",
				      "Free swap",
				      "Total swap = ",
				      "[ pid ]",
				      "[  pid  ]",
				      NULL };

bool kernel_text_is_mem_info(const struct slice *s)
{
	static const char *const begins[] = { "active_anon:",
					      "active_file:",
					      "unevictable:",
					      "slab_reclaimable:",
					      "mapped:",
					      "sec_pagetables:",
					      "kernel_misc_reclaimable:",
					      "free:",
					      "Active:",
					      "inactive_dirty:",
					      "Active_anon:",
					      NULL };

	return slice_starts_any(s, begins);
}

bool kernel_text_has_verb(const struct slice *s, const char *verb)
{
	const char *at = slice_find(s, verb);
	char name[4 * COMM_MAX + 1];

	/* A longer text, or one with a cgroup, is no name; in /dev/kmsg names are escaped. */
	if (!at || at == s->p || at - s->p > 4 * COMM_MAX ||
	    memmem(s->p, (size_t)(at - s->p), " cpuset=", 8))
		return false;
	slice_copy_name(name, sizeof(name), s->p, (size_t)(at - s->p));
	return strlen(name) <= COMM_MAX;
}

bool kernel_text_is_named(const struct slice *s)
{
	return (kernel_text_has_verb(s, " invoked oom") && slice_find(s, ": gfp_mask=")) ||
	       (kernel_text_has_verb(s, " cpuset=") && slice_find(s, " mems_allowed="));
}

/* "[ 1532]  1020  1532", "12345 pages RAM", "Node 0", "DMA32 free:", "anon 534147072" */
static bool is_row(const struct slice *s)
{
	static const char *const zones[] = { "DMA", "Normal", "HighMem", "Movable", NULL };
	static const char *const counts[] = { " pages", " total pagecache", " reserved pages",
					      NULL };
	size_t digits = slice_count_digits(s, 0), at = 1 + slice_count_blanks(s, 1);
	struct slice rest = *s;

	if (slice_starts(s, "["))
		return slice_count_digits(s, at) &&
		       slice_at(s, at + slice_count_digits(s, at)) == ']';
	slice_skip(&rest, digits);
	if (digits)
		return slice_starts_any(&rest, counts);
	if (slice_starts(s, "Node "))
		return slice_is_digit(slice_at(s, 5));
	if (slice_starts_any(s, zones))
		return slice_find(s, " free:") || slice_find(s, ": ");
	while (rest.len &&
	       (islower((unsigned char)*rest.p) || *rest.p == '_' || slice_is_digit(*rest.p)))
		slice_skip(&rest, 1);
	return rest.len > 1 && rest.len < s->len && *rest.p == ' ' &&
	       slice_count_digits(&rest, 1) == rest.len - 1;
}

/* Whether only text follows that the kernel prints after a name. */
static bool is_exact(const struct slice *s)
{
	const char *close = memrchr(s->p, ')', s->len);
	struct slice tail = slice_from(s, close ? close : s->p);

	if (slice_starts(s, "oom-kill:"))
		return true;
	for (; tail.len; slice_skip(&tail, 1))
		if (strchr("=/{}\\", *tail.p))
			return false;
	return true;
}

bool kernel_text_is_sure(const struct slice *s)
{
	return slice_starts_any(s, sure) && is_exact(s);
}

bool kernel_text_is_fixed(const struct slice *s)
{
	return slice_starts_any(s, sure) || slice_starts_any(s, likely) ||
	       kernel_text_is_mem_info(s) || is_row(s);
}
