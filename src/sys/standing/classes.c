/* SPDX-License-Identifier: GPL-2.0-or-later */
/* classes: processes with equal facts, so that the rules are compared with one of them. */
#include "sys/standing/classes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "sys/proc/workers.h"

_Static_assert(sizeof(struct class_group_key) == 32 && sizeof(struct class_key) == 40,
	       "no padding");

int classes_reserve(struct classes *c, size_t n)
{
	const void *random = (const void *)getauxval(AT_RANDOM); /* 16 bytes of the kernel */
	size_t room = n + 1, n_places = 16;

	if (c->room)
		return 0;
	while (n_places < 2 * room)
		n_places *= 2;
	*c = (struct classes){
		.list = calloc(room, sizeof(*c->list)),
		.groups = calloc(room, sizeof(*c->groups)),
		.places = calloc(n_places, sizeof(*c->places)),
		.group_places = calloc(n_places, sizeof(*c->group_places)),
		.rows = calloc(room, sizeof(*c->rows)),
		.of = calloc(room, sizeof(*c->of)),
		.n_places = n_places,
		.room = room,
	};
	if (random)
		memcpy(&c->seed, random, sizeof(c->seed));
	if (c->list && c->groups && c->places && c->group_places && c->rows && c->of)
		return 0;
	classes_free(c);
	return -ENOMEM;
}

void classes_free(struct classes *c)
{
	free(c->list);
	free(c->groups);
	free(c->places);
	free(c->group_places);
	free(c->rows);
	free(c->of);
	*c = (struct classes){ .list = NULL };
}

static int compare_rows(const void *va, const void *vb)
{
	const struct prog_row *const *a = va, *const *b = vb;

	return ((*a)->pid > (*b)->pid) - ((*a)->pid < (*b)->pid);
}

static void list_rows(struct classes *c, const struct bpf_tasks *tasks)
{
	bool is_sorted = true;

	c->n_rows = 0;
	for (size_t i = 0; i < tasks->n && c->n_rows < c->room; i++) {
		const struct prog_row *row = &tasks->rows[i];

		if (!bpf_tasks_is_process(tasks, row))
			continue;
		is_sorted = is_sorted && (!c->n_rows || c->rows[c->n_rows - 1]->pid < row->pid);
		c->rows[c->n_rows++] = row;
	}
	if (!is_sorted)
		qsort(c->rows, c->n_rows, sizeof(*c->rows), compare_rows);
}

/* Rules never apply to it: a kernel thread or a zombie. */
static bool is_excluded(const struct prog_row *row)
{
	return row->flags & BPF_TASKS_KTHREAD || (!row->mm && row->threads <= 1);
}

/* What follows the NUL does not count. */
static void copy_name(char to[FACTS_NAME], const char name[FACTS_NAME])
{
	memcpy(to, name, strnlen(name, FACTS_NAME));
}

/* false: it is not known. */
static bool find_parent(const struct classes *c, const struct prog_row *row, char name[FACTS_NAME])
{
	const struct prog_row wanted = { .pid = row->ppid }, *key = &wanted;
	const struct prog_row *const *found;

	if (row->ppid <= 0)
		return true;
	found = bsearch(&key, c->rows, c->n_rows, sizeof(*c->rows), compare_rows);
	/* The name of a kernel thread can be longer than a row holds. */
	if (!found || (*found)->flags & BPF_TASKS_KTHREAD)
		return false;
	copy_name(name, (*found)->name);
	return true;
}

/* The place of a key that begins an element of list, or the empty one where it would be. */
static uint32_t *place_of(const struct classes *c, uint32_t *places, const void *list, size_t size,
			  const void *key, size_t key_size)
{
	uint64_t hash = c->seed, word;
	size_t at;

	for (size_t i = 0; i < key_size; i += sizeof(word)) {
		memcpy(&word, (const char *)key + i, sizeof(word));
		hash = (hash ^ word) * 0x9e3779b97f4a7c15U;
		hash ^= hash >> 32;
	}
	at = (size_t)hash & (c->n_places - 1);
	while (places[at] &&
	       memcmp((const char *)list + (places[at] - 1) * size, key, key_size) != 0)
		at = (at + 1) & (c->n_places - 1);
	return &places[at];
}

/* Returns 1 and the index; 0: there is none, and it is not added. */
static uint32_t find_group(struct classes *c, const struct prog_row *row, bool is_first)
{
	const struct class_group_key key = { row->cgroups, row->exe_mount, row->exe_entry,
					     row->uid };
	uint32_t *place =
		place_of(c, c->group_places, c->groups, sizeof(*c->groups), &key, sizeof(key));
	struct class_group *group;

	if (!*place && is_first) {
		c->groups[c->n_groups] = (struct class_group){ .key = key,
							       .pid = row->pid,
							       .start_ns = row->start_ns,
							       .exec_id = row->exec_before };
		*place = (uint32_t)++c->n_groups;
	}
	group = *place ? &c->groups[*place - 1] : NULL;
	/* It may have executed another program and then this one again. */
	if (group && !is_first && group->pid == row->pid && group->start_ns == row->start_ns &&
	    group->exec_id == row->exec_after)
		group->is_confirmed = true;
	return *place;
}

static uint32_t find_class(struct classes *c, const struct class_key *key, bool is_first)
{
	uint32_t *place = place_of(c, c->places, c->list, sizeof(*c->list), key, sizeof(*key));
	struct class_group *group = &c->groups[key->group];

	if (!*place && is_first) {
		c->list[c->n] = (struct class){ .key = *key, .next = group->first };
		*place = group->first = (uint32_t)++c->n;
	}
	return *place;
}

void classes_take(struct classes *c, const struct bpf_tasks *tasks, bool needs_parent,
		  bool is_first)
{
	if (is_first) {
		memset(c->places, 0, c->n_places * sizeof(*c->places));
		memset(c->group_places, 0, c->n_places * sizeof(*c->group_places));
		c->n = c->n_groups = 0;
	}
	list_rows(c, tasks);
	for (size_t i = 0; i < c->n_rows; i++) {
		const struct prog_row *row = c->rows[i];
		struct class_key key = { .is_of_init = row->ppid == 1 };
		uint32_t group;

		c->of[i] = CLASSES_NONE;
		/* Without memory, as if the first thread has ended, its files tell more. */
		if (!row->mm || is_excluded(row))
			continue;
		group = find_group(c, row, is_first);
		if (!group || (needs_parent && !find_parent(c, row, key.parent)))
			continue;
		key.group = group - 1;
		copy_name(key.name, row->name);
		c->of[i] = find_class(c, &key, is_first) - 1;
	}
}

struct class_job {
	int proc;
	const struct match_set *set;
	struct classes *c;
	bool counts;
};

/* Finds the rules that match. What cannot be compared here leaves none, and SURVEY_LOOK. */
static void compare(const struct class_job *job, struct facts *f,
		    const struct match_candidate *list, size_t n, struct class *class)
{
	size_t at;
	int err;

	facts_rename(f, class->key.name, class->key.parent, class->key.is_of_init ? 1 : 0);
	at = match_last_of(job->set, list, &n, f, &err);
	class->kind = err || at != MATCH_NONE ? SURVEY_LOOK : SURVEY_NONE;
	while (!err && at != MATCH_NONE && class->n_matches < CLASSES_MATCHES) {
		class->matches[class->n_matches++] = (uint32_t)at;
		at = job->counts ? match_last_of(job->set, list, &n, f, &err) : MATCH_NONE;
	}
	if (err || at != MATCH_NONE)
		class->n_matches = 0;
	if (class->n_matches)
		class->program = match_hash_program(f);
}

static void compare_groups(void *arg, size_t first, size_t end)
{
	const struct class_job *job = arg;
	struct match_candidate list[STANDING_MAX_RULES];
	struct facts f;

	memset(&f.names, 0, sizeof(f.names));
	for (size_t i = first; i < end; i++) {
		const struct class_group *group = &job->c->groups[i];
		size_t n;

		facts_begin(&f, job->proc, group->pid, (uint32_t)group->key.uid);
		n = match_narrow(job->set, &f, list);
		for (uint32_t at = group->first; at; at = job->c->list[at - 1].next)
			compare(job, &f, list, n, &job->c->list[at - 1]);
	}
}

static int run(const struct bpf_tasks_program *program, struct bpf_tasks *tasks)
{
	uint64_t taken_ms;
	int err = bpf_tasks_run(program, &taken_ms);

	if (!err && bpf_tasks_view(program, taken_ms, tasks))
		err = -ENOBUFS;
	return err;
}

int classes_read(struct classes *c, const struct bpf_tasks_program *program, int proc,
		 const struct match_set *s, enum classes_flags flags)
{
	struct class_job job = { proc, s, c, flags & CLASSES_COUNT };
	bool needs_parent = false;
	struct bpf_tasks tasks;
	int err = 0;

	if (!(flags & CLASSES_SCANNED))
		err = run(program, &tasks);
	else if (bpf_tasks_view(program, 0, &tasks))
		err = -ENOBUFS;
	if (err)
		return err;
	for (size_t i = 0; i < s->n; i++)
		needs_parent |= s->rules[i].rule.values[STANDING_PARENT] && !s->rules[i].needs_init;
	classes_take(c, &tasks, needs_parent, true);
	if (flags & CLASSES_WORKERS)
		workers_run(c->n_groups, compare_groups, &job);
	else if (c->n_groups)
		compare_groups(&job, 0, c->n_groups);
	err = run(program, &tasks);
	if (!err)
		classes_take(c, &tasks, needs_parent, false);
	return err;
}

const struct class *classes_find(const struct classes *c, size_t nth)
{
	const struct class *class = c->of[nth] == CLASSES_NONE ? NULL : &c->list[c->of[nth]];

	return class && c->groups[class->key.group].is_confirmed ? class : NULL;
}

struct survey_result classes_result(const struct classes *c, size_t nth)
{
	const struct prog_row *row = c->rows[nth];
	const struct class *class = classes_find(c, nth);

	return (struct survey_result){
		.ppid = row->ppid,
		.kind = is_excluded(row) ? SURVEY_SKIP
			: class          ? class->kind
					 : SURVEY_LOOK,
	};
}
