/* SPDX-License-Identifier: GPL-2.0-or-later */
/* task_table: the processes of a snapshot as a list: its rows, their order, their colours. */
#include "cmd/shared/task_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/shared/taskcells.h"
#include "oom/rules/kill_order.h"

/* The next to die stands out, the protected and the exposed have a colour of their own. */
static const char *tint(const void *arg, size_t row)
{
	const struct tasklist *tl = arg;
	const struct task *t = tl->rows[row];
	int adj = task_has(t, TASK_OOM_ADJ) ? t->oom_adj : t->adj;

	if (t->place == 1)
		return VIEW_TINT_ALARM;
	if (t->spared != SPARED_NOT)
		return VIEW_TINT_DIM;
	return adj < 0 ? VIEW_TINT_GOOD : adj > 0 ? VIEW_TINT_WARN : NULL;
}

void tasklist_init(struct tasklist *tl, const struct snapshot *s)
{
	memset(tl, 0, sizeof(*tl));
	tl->snapshot = s;
	tl->most = s->scan.n_tasks ? s->scan.tasks[0].points : 0;
	tl->list = tasklist_columns;
	tl->list.arg = tl;
	tl->list.cell = taskcells_fill;
	tl->list.tint = tint;
}

int tasklist_add(struct tasklist *tl, const struct task *t)
{
	/* Doubles at each power of two. */
	if ((tl->n_rows & (tl->n_rows - 1)) == 0) {
		const struct task **grown =
			reallocarray(tl->rows, tl->n_rows ? tl->n_rows * 2 : 1, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		tl->rows = grown;
	}
	tl->rows[tl->n_rows++] = t;
	tl->list.n_rows = tl->n_rows;
	return 0;
}

static int compare_rows_by_age(const void *va, const void *vb, void *arg)
{
	const struct tasklist *tl = arg;
	const size_t *a = va, *b = vb;

	return victim_compare_age(tl->rows[*a], tl->rows[*b]);
}

int tasklist_sort_by_age(const struct tasklist *tl, bool falls, size_t **order)
{
	size_t *rows = calloc(tl->n_rows + 1, sizeof(*rows)), n = tl->n_rows;

	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		rows[i] = i;
	qsort_r(rows, n, sizeof(*rows), compare_rows_by_age, (void *)(uintptr_t)tl);
	for (size_t i = 0; falls && i < n / 2; i++) {
		size_t last = rows[n - 1 - i];

		rows[n - 1 - i] = rows[i];
		rows[i] = last;
	}
	*order = rows;
	return 0;
}

void tasklist_free(struct tasklist *tl)
{
	free(tl->rows);
	memset(tl, 0, sizeof(*tl));
}
