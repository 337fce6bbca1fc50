/* SPDX-License-Identifier: GPL-2.0-or-later */
/* live: all processes with their growth, read again and again. */
#include "sys/live/live.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "sys/cgroup/path.h"
#include "sys/live/internal.h"
#include "sys/proc/identity.h"
#include "sys/proc/procfs.h"

/* There is room for twice the processes at the start, and for this many more. */
#define ROOM_MORE 2048

/* Settings of the kernel are read at each so many refreshes, memory at all. */
#define SETTINGS_EACH 5

static int count(void *arg, pid_t pid)
{
	(void)pid;
	++*(size_t *)arg;
	return 0;
}

size_t live_choose_room(void)
{
	int proc = procfs_open();
	size_t n = 0;

	if (proc < 0)
		return ROOM_MORE;
	procfs_each(proc, count, &n, NULL);
	close(proc);
	return 2 * n + ROOM_MORE;
}

static int allocate(struct live *l)
{
	size_t hashes = 1;

	while (hashes < l->room)
		hashes *= 2;
	l->hash_mask = hashes - 1;
	l->tasks = calloc(l->room, sizeof(*l->tasks));
	l->sorted = calloc(l->room, sizeof(*l->sorted));
	l->ranks = calloc(l->room, sizeof(*l->ranks));
	l->rows = calloc(l->room, sizeof(*l->rows));
	l->moving = calloc(l->room, sizeof(*l->moving));
	l->seen = calloc(l->room, sizeof(*l->seen));
	l->next = calloc(l->room, sizeof(*l->next));
	l->growth.room = l->room;
	l->growth.sizes = calloc(l->room * GROWTH_SIZES, sizeof(*l->growth.sizes));
	l->growth.first = calloc(l->room, sizeof(*l->growth.first));
	l->spare = calloc(l->room, sizeof(*l->spare));
	l->keys = calloc(l->room, sizeof(*l->keys));
	l->ages = calloc(l->room, sizeof(*l->ages));
	l->places = calloc(l->room + 1, sizeof(*l->places));
	l->heads = malloc(hashes * sizeof(*l->heads));
	l->reader = task_new(l->proc, &l->machine);
	if (!l->tasks || !l->sorted || !l->ranks || !l->rows || !l->moving || !l->seen ||
	    !l->next || !l->growth.sizes || !l->growth.first || !l->spare || !l->keys || !l->ages ||
	    !l->places || !l->heads || !l->reader)
		return -ENOMEM;
	memset(l->heads, 0xff, hashes * sizeof(*l->heads));
	for (size_t i = 0; i < l->room; i++)
		l->next[i] = i + 1 < l->room ? (uint32_t)i + 1 : ORDER_NONE;
	return candidates_reserve(&l->top, l->cgroup ? l->room : LIVE_TOP_MAX);
}

/* The rules of this kernel, found once by the scores of all processes. */
static int find_rules(struct live *l)
{
	const struct scan_want want = { .top = SCAN_ALL, .unkillable = true };
	struct snapshot s;
	int err = snapshot_take(&want, &s);

	if (!err) {
		l->rules = s.rules;
		l->proc_rss = s.rss;
		l->machine = s.machine;
	}
	snapshot_free(&s);
	return err;
}

static int open_cgroup(struct live *l)
{
	struct candidates *c = &l->top;

	c->is_cgroup = true;
	c->path = l->cgroup;
	c->memcg.members = calloc(l->room, sizeof(*c->memcg.members));
	c->memcg.room = c->memcg.members ? l->room : 0;
	l->is_member = calloc(LIVE_PIDS / 64, sizeof(*l->is_member));
	return c->memcg.members && l->is_member ? memcg_open(l->proc, &c->tree) : -ENOMEM;
}

int live_begin(struct live *l, const char *cgroup, size_t room)
{
	int err;

	memset(l, 0, sizeof(*l));
	l->cgroup = cgroup;
	l->room = room;
	l->top.tree.root = l->top.s.proc = -1;
	l->proc = procfs_open();
	err = l->proc < 0 ? l->proc : find_rules(l);
	if (!err)
		err = allocate(l);
	if (!err && cgroup)
		err = open_cgroup(l);
	if (err)
		return err;
	l->reader->stat = true;
	l->min_free_kib = memory_read_min_free(l->proc);
	return 0;
}

int live_use_counter(struct live *l, struct counter *c)
{
	int err = counted_allocate(l);

	if (!err)
		l->counter = c;
	return err;
}

static void add(struct live *l, const struct task *t)
{
	bool is_new;
	uint32_t row = table_take(l, t->pid, t->start_ticks, &is_new);

	if (row == ORDER_NONE)
		return;
	l->tasks[row].task = *t;
	table_update(l, row, is_new);
}

static int add_pid(void *arg, pid_t pid)
{
	struct live *l = arg;
	struct task t;
	int err = task_read(l->reader, pid, &t);

	if (!err)
		add(l, &t);
	else if (err != -ESRCH)
		l->n_unseen++;
	return 0;
}

/* Which of the first the kernel skips shows only their score. */
static void read_scores(struct live *l)
{
	for (size_t i = 0; i < l->n && i < LIVE_SCORES; i++) {
		struct task *t = &l->tasks[l->rows[i]].task;
		int64_t score;

		if (t->unkillable == KILLABLE && task_score(l->reader, t->pid, &score) == 0)
			task_take_score(&l->machine, t, score);
	}
}

/* From /proc. As in snapshot_take(), hidden processes are those that the kernel counts more. */
static int read_proc(struct live *l)
{
	size_t n_others = 0, n_machine;
	int err = procfs_each(l->proc, add_pid, l, &n_others);

	if (err)
		return err;
	n_machine = procfs_count_all(l->proc, n_others);
	if ((!l->sees_init || !l->machine.is_initial_pidns) && n_machine > l->n_seen + l->n_unseen)
		l->n_unseen = n_machine - l->n_seen;
	return 0;
}

/* From /proc. */
static int read_members(struct live *l)
{
	const struct memcg_state *group = &l->top.memcg;
	size_t n_gone = 0;

	for (size_t i = 0; i < group->n; i++) {
		struct task t;
		int err = group->members[i].pid ? task_read(l->reader, group->members[i].pid, &t)
						: -EACCES;

		if (!err)
			add(l, &t);
		n_gone += err == -ESRCH;
		l->n_unseen += err && err != -ESRCH;
	}
	/* Hidden ones look as if they had exited. */
	if (n_gone && faccessat(l->proc, "1", F_OK, 0))
		l->n_unseen += n_gone;
	return 0;
}

/* The limits of the cgroup, and which processes it has. */
static int read_group(struct live *l, int dir)
{
	struct candidates *c = &l->top;
	int err = memcg_state_read_again(l->proc, &c->tree, dir, l->machine.swap_bytes,
					 l->machine.totals.page_size, &c->memcg);

	if (err)
		return err;
	c->s.machine = l->machine;
	l->machine.totals = candidates_totals(c);
	memset(l->is_member, 0, LIVE_PIDS / 8);
	for (size_t i = 0; i < c->memcg.n; i++) {
		size_t pid = (size_t)c->memcg.members[i].pid;

		if (pid < LIVE_PIDS)
			l->is_member[pid / 64] |= 1ULL << pid % 64;
	}
	return 0;
}

static int read_all(struct live *l, int64_t *begun_ms)
{
	struct bpf_tasks tasks;
	size_t n_missing = 0;
	int err = l->counter ? counter_run(l->counter, &tasks, &n_missing) : -ENOTSUP;

	/* It has ended or been stopped: /proc is read from now on. */
	if (err)
		l->counter = NULL;
	table_begin(l, *begun_ms);
	l->has_bpf = !err;
	/* The rows of a BPF scan have the counts that the kernel reads. */
	l->rss = err ? l->proc_rss : RSS_STATUS;
	if (l->has_bpf) {
		*begun_ms = (int64_t)tasks.taken_ms;
		counted_read(l, &tasks);
		l->n_missing += n_missing;
		err = 0;
	} else {
		err = l->cgroup ? read_members(l) : read_proc(l);
	}
	table_finish(l);
	if (!err && !l->has_bpf)
		read_scores(l);
	return err;
}

static int refresh_machine(struct live *l)
{
	int64_t begun_ms = clock_ms();
	int err = read_all(l, &begun_ms);

	memory_read_machine(l->proc, &l->machine, l->min_free_kib, &l->memory);
	if (!err)
		live_victim_find(l, begun_ms);
	return err;
}

static int refresh_cgroup(struct live *l)
{
	const struct memcg_tree *tree = &l->top.tree;
	int64_t begun_ms = clock_ms();
	/* By its path: a unit that starts again has a new cgroup. */
	int dir = memcg_open_group(tree, l->cgroup), err = dir < 0 ? dir : read_group(l, dir);

	if (!err)
		err = read_all(l, &begun_ms);
	if (!err)
		err = memory_read_cgroup(tree, dir, &l->top.s.machine, &l->memory);
	if (!err)
		live_victim_find(l, begun_ms);
	if (dir >= 0)
		close(dir);
	return err;
}

int live_refresh(struct live *l)
{
	const struct machine before = l->machine;
	int64_t now_ms = clock_ms();
	uint32_t ago;
	int err;

	l->clock = identity_clock();
	err = l->refresh % SETTINGS_EACH == 0 ? machine_read(l->proc, &l->machine)
					      : machine_read_memory(l->proc, &l->machine);
	if (err)
		l->machine = before;
	else
		err = l->cgroup ? refresh_cgroup(l) : refresh_machine(l);
	if (err)
		return err;
	live_later_find(l, now_ms);
	ago = l->refresh < LIVE_TIMES ? l->refresh - 1 : GROWTH_WINDOW;
	l->window_ms =
		l->times_ms[l->refresh % LIVE_TIMES] - l->times_ms[(l->refresh - ago) % LIVE_TIMES];
	return 0;
}

int live_read_unit(const struct live *l, struct live_task *t, char path[CGROUP_PATH_MAX])
{
	char memory[CGROUP_PATH_MAX], unit[CGROUP_PATH_MAX];
	int err = cgroup_path_read_both(l->proc, t->task.pid, memory, unit);

	t->has_unit = true;
	t->unit[0] = '\0';
	if (err)
		return err;
	cgroup_path_find_container_or_unit(unit, t->unit, sizeof(t->unit));
	if (path)
		text_copy(path, CGROUP_PATH_MAX, memory, strlen(memory));
	return 0;
}

bool live_identify(const struct live *l, const struct live_task *t, struct identity *id)
{
	*id = (struct identity){ .pid = t->task.pid,
				 .ppid = t->task.ppid,
				 .start = t->task.start_ticks };
	return identity_is_settled(id, l->clock);
}

void live_end(struct live *l)
{
	/* The handle of /proc is that of l->top too. */
	l->top.s.proc = -1;
	candidates_free(&l->top);
	free(l->is_member);
	if (l->proc >= 0)
		close(l->proc);
	free(l->tasks);
	free(l->sorted);
	free(l->ranks);
	free(l->rows);
	counted_free(l);
	free(l->moving);
	free(l->seen);
	free(l->next);
	free(l->growth.sizes);
	free(l->growth.first);
	free(l->spare);
	free(l->keys);
	free(l->ages);
	free(l->places);
	free(l->heads);
	free(l->reader);
	memset(l, 0, sizeof(*l));
}
