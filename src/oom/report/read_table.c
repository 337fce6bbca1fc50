/* SPDX-License-Identifier: GPL-2.0-or-later */
/* read_table: the task dump; its heading names the columns, unknown ones are kept as numbers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "oom/report/internal.h"

#define MIN_COLUMNS 6
#define COMM_MAX    15 /* bytes of a process's name */

enum column_id {
	COL_UID,
	COL_TGID,
	COL_TOTAL_VM,
	COL_RSS,
	COL_ANON,
	COL_FILE,
	COL_SHMEM,
	COL_PTES,
	COL_PMDS,
	COL_TABLES,
	COL_SWAP,
	COL_CPU,
	COL_OLD_ADJ,
	COL_ADJ,
	COL_EXTRA, /* and one for each further new column */
	COL_DROPPED = 255,
};

static const struct {
	const char *name;
	unsigned int has;
} columns[] = {
	[COL_UID] = { "uid", TASK_UID },
	[COL_TGID] = { "tgid", 0 },
	[COL_TOTAL_VM] = { "total_vm", TASK_TOTAL_VM },
	[COL_RSS] = { "rss", TASK_RSS },
	[COL_ANON] = { "rss_anon", 0 },
	[COL_FILE] = { "rss_file", 0 },
	[COL_SHMEM] = { "rss_shmem", TASK_RSS_SPLIT },
	[COL_PTES] = { "nr_ptes", TASK_PTES },
	[COL_PMDS] = { "nr_pmds", TASK_PMDS },
	[COL_TABLES] = { "pgtables_bytes", TASK_PGTABLES },
	[COL_SWAP] = { "swapents", TASK_SWAP },
	[COL_CPU] = { "cpu", TASK_CPU },
	[COL_OLD_ADJ] = { "oom_adj", TASK_OOM_ADJ },
	[COL_ADJ] = { "oom_score_adj", TASK_ADJ },
};

/* Removes the next word from s. */
static struct slice next_word(struct slice *s)
{
	struct slice word;

	slice_skip_blanks(s);
	word = (struct slice){ s->p, slice_count_word(s, 0) };
	slice_skip(s, word.len);
	return word;
}

static unsigned char find_column(struct report *r, const struct slice *name)
{
	for (size_t i = 0; i < COL_EXTRA; i++) {
		if (strlen(columns[i].name) == name->len && slice_starts(name, columns[i].name)) {
			r->columns |= columns[i].has;
			return (unsigned char)i;
		}
	}
	if (r->n_extra == REPORT_MAX_EXTRA)
		return COL_DROPPED;
	text_copy(r->extra_names[r->n_extra], sizeof(r->extra_names[0]), name->p, name->len);
	return (unsigned char)(COL_EXTRA + r->n_extra++);
}

/* What follows "name" is no part of the kernel's line, and follows each row too. */
static struct slice find_tail(const struct slice *s)
{
	const char *name = slice_find_last(s, " name");

	return slice_from(s, name ? name + 5 : s->p + s->len);
}

/* The row without what follows each line of this log: blanks, or what follows the heading. */
static struct slice trim_row(const struct report *r, struct slice s)
{
	if (!*r->row_tail)
		return s;
	if (slice_ends(&s, r->row_tail))
		s.len -= strlen(r->row_tail);
	while (s.len && s.p[s.len - 1] == ' ')
		s.len--;
	return s;
}

/* "[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name" */
static bool read_heading(struct report *r, const struct slice *s)
{
	const char *bracket = s->len && *s->p == '[' ? memchr(s->p, ']', s->len < 16 ? s->len : 16)
						     : NULL;
	struct slice rest = *s, word, tail;

	if (!bracket || !slice_find(&(struct slice){ s->p, (size_t)(bracket - s->p) }, " pid "))
		return false;
	r->has_table = true;
	/* A heading inside a table belongs to another report, or is repeated. */
	if (r->n_rows)
		return true;
	r->columns = 0;
	r->n_columns = r->n_extra = 0;
	tail = find_tail(s);
	text_copy(r->heading, sizeof(r->heading), s->p, s->len - tail.len);
	text_copy(r->row_tail, sizeof(r->row_tail), tail.p, tail.len);
	slice_skip(&rest, (size_t)(bracket + 1 - s->p));
	rest.len -= tail.len < rest.len ? tail.len : rest.len;
	while ((word = next_word(&rest)).len && !(word.len == 4 && slice_starts(&word, "name")))
		if (r->n_columns < sizeof(r->column_ids))
			r->column_ids[r->n_columns++] = find_column(r, &word);
	return true;
}

static int32_t to_pid(int64_t value)
{
	return value >= 0 && value <= INT32_MAX ? (int32_t)value : -1;
}

static void set_value(struct report_row *row, unsigned char id, int64_t v)
{
	struct task *t = &row->task;
	uint64_t max = id == COL_TABLES ? REPORT_MAX : REPORT_MAX_PAGES; /* bytes, pages */
	uint64_t value = v < 0 ? 0 : (uint64_t)v < max ? (uint64_t)v : max;
	uint64_t *const places[COL_EXTRA] = {
		[COL_TOTAL_VM] = &t->total_vm, [COL_RSS] = &t->rss,
		[COL_ANON] = &t->rss_anon,     [COL_FILE] = &t->rss_file,
		[COL_SHMEM] = &t->rss_shmem,   [COL_PTES] = &t->nr_ptes,
		[COL_PMDS] = &t->nr_pmds,      [COL_TABLES] = &t->pgtables_bytes,
		[COL_SWAP] = &t->swap,
	};

	if (id == COL_UID)
		t->uid = (uint32_t)v;
	else if (id == COL_TGID)
		t->pid = to_pid(v);
	else if (id == COL_CPU)
		t->cpu = to_pid(v);
	else if (id == COL_OLD_ADJ)
		t->oom_adj = (int16_t)(v < -17 ? -17 : v > 15 ? 15 : v);
	else if (id == COL_ADJ)
		t->adj = (int16_t)(v < -1000 ? -1000 : v > 1000 ? 1000 : v);
	else if (id < COL_EXTRA)
		*places[id] = value;
	else if (id < COL_EXTRA + REPORT_MAX_EXTRA)
		row->extra[id - COL_EXTRA] = v;
}

/* Removes "[ 123]" from s. */
static bool read_pid(struct slice *s, int64_t *pid)
{
	struct slice rest = *s;

	if (!slice_skip_text(&rest, "["))
		return false;
	while (slice_skip_text(&rest, " "))
		;
	if (!slice_read_number(&rest, pid) || *pid < 0 || !slice_skip_text(&rest, "]"))
		return false;
	*s = rest;
	return true;
}

/* "[ 1532]  1020  1532   410347   398810     788        0             0 badsysprogram" */
static bool parse_row(const struct report *r, const struct slice *s, struct report_row *row)
{
	struct slice rest = *s;
	int64_t value;

	if (!read_pid(&rest, &value))
		return false;
	memset(row, 0, sizeof(*row));
	row->task.mm_pid = row->task.pid = to_pid(value);
	row->task.has = r->columns;
	for (size_t i = 0; i < r->n_columns; i++) {
		slice_skip_blanks(&rest);
		if (!slice_read_number(&rest, &value) || (rest.len && !memchr(" \t", *rest.p, 2)))
			return false;
		set_value(row, r->column_ids[i], value);
	}
	/* One blank, then the name, which can begin and end with blanks. */
	if (!rest.len || *rest.p != ' ')
		return false;
	slice_copy_name(row->task.name, sizeof(row->task.name), rest.p + 1, rest.len - 1);
	/* Blanks after a name of the maximum length are not part of it. */
	for (size_t n = strlen(row->task.name); n > COMM_MAX && row->task.name[n - 1] == ' ';)
		row->task.name[--n] = '\0';
	return true;
}

static int add_row(struct report *r, const struct slice *s, struct report_row *row, bool keeps_text)
{
	size_t len = s->len < UINT16_MAX ? s->len : UINT16_MAX;

	if (r->n_rows == REPORT_MAX_ROWS) {
		r->n_rows_dropped++;
		return 1;
	}
	if (array_grow(&r->rows, &r->rows_room, r->n_rows + 1))
		return -ENOMEM;
	if (keeps_text) {
		if (r->n_texts + len > UINT32_MAX ||
		    array_grow(&r->texts, &r->texts_room, r->n_texts + len))
			return -ENOMEM;
		memcpy(r->texts + r->n_texts, s->p, len);
		row->text = (uint32_t)r->n_texts;
		row->text_len = (uint16_t)len;
		r->n_texts += len;
	}
	r->rows[r->n_rows++] = *row;
	return 1;
}

bool read_table_is_bare(const struct slice *s)
{
	struct slice rest = *s, word;
	int64_t value;
	int n = 0;

	if (!read_pid(&rest, &value))
		return false;
	while ((word = next_word(&rest)).len && slice_read_number(&word, &value) && !word.len)
		n++;
	return n >= MIN_COLUMNS && word.len;
}

int read_table_line(struct report *r, const struct slice *s, bool keeps_text)
{
	struct slice trimmed = trim_row(r, *s);
	struct report_row row;

	if (r->n_columns && parse_row(r, &trimmed, &row))
		return add_row(r, &trimmed, &row, keeps_text);
	if (slice_starts(s, "Tasks state (memory values in pages):")) {
		r->has_table = true;
		return 1;
	}
	if (read_heading(r, s))
		return 1;
	if (!r->n_columns && read_table_is_bare(s)) {
		r->n_bare_rows++;
		return 1;
	}
	return 0;
}

bool read_table_is_row(const struct report *r, const struct slice *s, bool *is_cut)
{
	struct slice rest = *s, number;
	struct report_row row;
	int64_t value;

	if (!r->n_columns || !read_pid(&rest, &value))
		return false;
	number = rest;
	slice_skip_blanks(&number);
	if (number.len && !slice_read_number(&number, &value))
		return false;
	/* Backwards: most rows end with a name. */
	while (rest.len && strchr("0123456789- ", rest.p[rest.len - 1]))
		rest.len--;
	*is_cut = !rest.len && !parse_row(r, s, &row);
	return true;
}
