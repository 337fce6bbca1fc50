/* SPDX-License-Identifier: GPL-2.0-or-later */
/* counted: the rows of a BPF scan; those that are as before need not be looked at again. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sys/live/internal.h"

int counted_allocate(struct live *l)
{
	struct counted *c = &l->counted;

	c->copies = calloc(l->room, sizeof(*c->copies));
	c->order = calloc(l->room, sizeof(*c->order));
	return c->copies && c->order ? 0 : -ENOMEM;
}

void counted_free(struct live *l)
{
	free(l->counted.copies);
	free(l->counted.order);
}

/*
 * The row of a process that had the PID before, or ORDER_NONE. The kernel adds new processes at the
 * end of its list, so what is skipped here has ended, and after a new one all are new.
 */
static uint32_t find_next(const struct counted *c, const struct prog_row *r, size_t *at)
{
	while (*at < c->n) {
		uint32_t row = c->order[(*at)++];

		if (c->copies[row].pid == r->pid)
			return row;
	}
	return ORDER_NONE;
}

static bool is_same(const struct counted *c, uint32_t row, const struct prog_row *r)
{
	return memcmp(&c->copies[row], r, sizeof(*r)) == 0 && scan_bpf_is_settled(r);
}

/* The row of a process that is new or has changed; ORDER_NONE: none. */
static uint32_t take(struct live *l, const struct bpf_tasks *tasks, size_t nth)
{
	const struct prog_row *r = &tasks->rows[nth];
	uint64_t fork_id;
	struct task *t;
	bool is_new;
	uint32_t row;

	row = table_take(l, r->pid, r->start_ns / l->machine.ns_per_tick, &is_new);
	if (row == ORDER_NONE)
		return row;
	t = &l->tasks[row].task;
	fork_id = is_new ? ++l->counted.n_forks : t->fork_id;
	scan_bpf_task(tasks, nth, l->reader, t);
	/* Its place in the list changes when others end. */
	t->fork_id = fork_id;
	table_update(l, row, is_new);
	l->counted.copies[row] = *r;
	return row;
}

void counted_read(struct live *l, const struct bpf_tasks *tasks)
{
	struct counted *c = &l->counted;
	/* Points depend on the totals, too. */
	bool are_same = memcmp(&c->totals, &l->machine.totals, sizeof(c->totals)) == 0;
	size_t at = 0, n = 0;

	for (size_t i = 0; i < tasks->n; i++) {
		const struct prog_row *r = &tasks->rows[i];
		uint32_t row;

		/* PID 0 is the idle task of a CPU. Threads can have rows of their own. */
		if (r->pid <= 0 || (!tasks->is_fork_order && r->pid != r->mm_pid) ||
		    !live_is_wanted(l, r->pid))
			continue;
		row = tasks->is_fork_order ? find_next(c, r, &at) : ORDER_NONE;
		if (row != ORDER_NONE && are_same && is_same(c, row, r))
			table_keep(l, row, r->pid);
		else
			row = take(l, tasks, i);
		/* n is never beyond what was read. */
		if (row != ORDER_NONE)
			c->order[n++] = row;
	}
	c->n = n;
	c->totals = l->machine.totals;
}
