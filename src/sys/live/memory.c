/* SPDX-License-Identifier: GPL-2.0-or-later */
/* memory: how much memory is used, and at which mark the kernel begins to kill. */
#include "sys/live/memory.h"

#include <stdlib.h>
#include <string.h>

#include "sys/proc/procfs.h"

static uint64_t subtract(uint64_t from, uint64_t what)
{
	return from > what ? from - what : 0;
}

/* "some avg10=1.53 avg60=0.87 avg300=0.73 total=1067963" */
int memory_parse_pressure(const char *text, const char *what)
{
	size_t len = strlen(what);
	const char *line = text;
	int64_t whole, hundredths = 0;
	char *end;

	while (line && strncmp(line, what, len) != 0) {
		line = strchr(line, '\n');
		line += line != NULL;
	}
	if (!line || strncmp(line + len, " avg10=", 7) != 0)
		return -1;
	whole = strtol(line + len + 7, &end, 10);
	if (*end == '.' && end[1] >= '0' && end[1] <= '9' && end[2] >= '0' && end[2] <= '9')
		hundredths = (end[1] - '0') * 10 + end[2] - '0';
	return whole < 0 || whole > 100 ? -1 : (int)(whole * 100 + hundredths);
}

static void read_pressure(int dir, const char *name, struct memory *mem)
{
	char buf[512];

	mem->some_percent_hundredths = mem->full_percent_hundredths = -1;
	if (procfs_read(dir, name, buf, sizeof(buf)) <= 0)
		return;
	mem->some_percent_hundredths = memory_parse_pressure(buf, "some");
	mem->full_percent_hundredths = memory_parse_pressure(buf, "full");
}

uint64_t memory_read_min_free(int proc)
{
	int64_t kib;

	return procfs_read_number(proc, "sys/vm/min_free_kbytes", &kib) == 0 && kib > 0
		       ? (uint64_t)kib
		       : 0;
}

static void set_left(struct memory *mem)
{
	mem->left_bytes = (int64_t)subtract(mem->mark_bytes, mem->used_bytes) +
			  (int64_t)subtract(mem->swap_total_bytes, mem->swap_used_bytes);
}

void memory_read_machine(int proc, const struct machine *m, uint64_t min_free_kib,
			 struct memory *mem)
{
	*mem = (struct memory){ .total_bytes = m->ram_bytes,
				.used_bytes = m->unreclaimable_bytes,
				.mark_bytes = subtract(m->ram_bytes, min_free_kib * 1024),
				.swap_total_bytes = m->swap_bytes,
				.swap_used_bytes = m->swap_used_bytes };
	read_pressure(proc, "pressure/memory", mem);
	set_left(mem);
}

/* Swap that the cgroup can still use, and what it uses. */
static void read_cgroup_swap(const struct memcg_tree *tree, int dir, const struct machine *m,
			     struct memory *mem)
{
	uint64_t limit = UINT64_MAX, used = 0, both = UINT64_MAX, usage = 0;
	uint64_t free_bytes = subtract(m->swap_bytes, m->swap_used_bytes);

	if (tree->is_v1) {
		/* One limit for memory and swap together. */
		memcg_read_bytes(dir, "memory.memsw.limit_in_bytes", &both);
		memcg_read_bytes(dir, "memory.memsw.usage_in_bytes", &usage);
		memcg_read_bytes(dir, "memory.usage_in_bytes", &used);
		used = subtract(usage, used);
		limit = both == UINT64_MAX ? both : subtract(both, mem->mark_bytes);
	} else {
		memcg_read_bytes(dir, "memory.swap.max", &limit);
		memcg_read_bytes(dir, "memory.swap.current", &used);
	}
	if (limit > used + free_bytes)
		limit = used + free_bytes;
	mem->swap_total_bytes = limit;
	mem->swap_used_bytes = used < limit ? used : limit;
}

int memory_read_cgroup(const struct memcg_tree *tree, int dir, const struct machine *m,
		       struct memory *mem)
{
	uint64_t usage = 0, limit = 0, files = 0;
	char buf[PROCFS_BUF];
	int err = memcg_read_own_limit(tree, dir, &limit);

	if (!err)
		err = memcg_read_bytes(dir,
				       tree->is_v1 ? "memory.usage_in_bytes" : "memory.current",
				       &usage);
	if (err)
		return err;
	if (limit > m->ram_bytes)
		limit = m->ram_bytes;
	if (procfs_read_all(dir, "memory.stat", buf, sizeof(buf)) > 0) {
		const char *const keys[2][3] = {
			{ "active_file", "inactive_file", "slab_reclaimable" },
			{ "total_active_file", "total_inactive_file", "total_slab_reclaimable" },
		};

		for (size_t i = 0; i < 3; i++) {
			uint64_t bytes = 0;

			procfs_find_number(buf, keys[tree->is_v1][i], &bytes);
			files += bytes;
		}
	}
	*mem = (struct memory){ .total_bytes = limit,
				.used_bytes = subtract(usage, files),
				.mark_bytes = limit };
	read_cgroup_swap(tree, dir, m, mem);
	if (tree->is_v1)
		mem->some_percent_hundredths = mem->full_percent_hundredths = -1;
	else
		read_pressure(dir, "memory.pressure", mem);
	set_left(mem);
	return 0;
}
