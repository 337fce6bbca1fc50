/* SPDX-License-Identifier: GPL-2.0-or-later */
/* open_reports: the reports that are being read or wait for their reaper's line. */
#include "oom/report/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "oom/logline/kernel_text.h"
#include "oom/report/pod.h"

#define MAX_GAP_USEC (120 * 1000000LL) /* a serial console may need a minute for a long table */
/* A process can be stuck after its kill, and another program can report it late. */
#define MAX_DYING_USEC (3600 * 1000000LL)

static void clear_limit(struct report_limit *limit)
{
	limit->usage_kib = limit->limit_kib = limit->failcnt = REPORT_ABSENT;
}

struct report *open_reports_new(const struct logline *l)
{
	struct report *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->time = l->time;
	memcpy(r->host, l->host, sizeof(r->host));
	memcpy(r->caller, l->caller, sizeof(r->caller));
	r->asker_pid = r->asker_adj = r->asker_old_adj = r->gfp_mask = r->order = REPORT_ABSENT;
	clear_limit(&r->memory);
	clear_limit(&r->memsw);
	clear_limit(&r->kmem);
	clear_limit(&r->swap);
	r->ram_pages = r->reserved_pages = r->highmem_pages = r->pagecache_pages =
		r->swapcache_pages = REPORT_ABSENT;
	r->swap_free_kib = r->swap_total_kib = r->kernel_stack_kib = r->huge_kib = r->page_kib =
		REPORT_ABSENT;
	r->chosen_pid = r->chosen_uid = REPORT_ABSENT;
	return r;
}

void report_free(struct report *r)
{
	if (!r)
		return;
	free(r->kills);
	free(r->rows);
	free(r->texts);
	free(r);
}

void report_kill_clear(struct report_kill *k)
{
	memset(k, 0, sizeof(*k));
	k->pid = k->uid = k->adj = k->score = REPORT_ABSENT;
	k->total_vm_kib = k->anon_kib = k->file_kib = k->shmem_kib = REPORT_ABSENT;
	k->rss_kib = k->swap_kib = k->pgtables_kib = k->left_kib = k->chosen_pid = k->row =
		REPORT_ABSENT;
}

bool report_is_pending(const struct report_parser *p)
{
	return p->n_open || report_wants_lines(p);
}

uint64_t report_n_used(const struct report_parser *p)
{
	return p->n_used;
}

static uint64_t pid_bit(int64_t pid)
{
	return (uint64_t)pid % REPORT_PID_BITS;
}

void open_reports_note(const struct report_parser *p, const struct report *r,
		       const struct report_kill *k, struct seen_victim *v)
{
	struct pod pod;

	pod_find(r->task_memcg, &pod);
	*v = (struct seen_victim){ .pid = k->pid, .time = k->time, .file = p->n_files };
	memcpy(v->name, k->name, sizeof(v->name));
	memcpy(v->container, pod.container, sizeof(v->container));
	memcpy(v->host, r->host, sizeof(v->host));
}

static void remember(struct report_parser *p, const struct report *r, const struct report_kill *k)
{
	open_reports_note(p, r, k, &p->recent[p->n_recent++ % REPORT_RECENT]);
	p->recent_pids[pid_bit(k->pid) / 64] |= 1ULL << pid_bit(k->pid) % 64;
}

static bool is_far(int64_t a, int64_t b, int64_t gap)
{
	return b - a > gap || b < a - gap;
}

/*
 * Whether a line is of the same machine and time as a victim. Two files can be of two machines or
 * boots with the same PIDs and uptimes: only a date shows that one continues the other.
 */
static bool is_near(const struct report_parser *p, const struct seen_victim *v, const char *host,
		    const struct timestamp *time, int64_t gap)
{
	bool is_same_file = v->file == p->n_files;
	int64_t between = timestamp_between(&v->time, time);

	if (strcmp(v->host, host) != 0 && (!is_same_file || (*v->host && *host)))
		return false;
	if (is_same_file && v->time.uptime_usec != TIMESTAMP_ABSENT &&
	    time->uptime_usec != TIMESTAMP_ABSENT)
		return !is_far(v->time.uptime_usec, time->uptime_usec, gap);
	return between == TIMESTAMP_ABSENT ? is_same_file : between <= gap;
}

bool open_reports_is_kill_of(const struct report_parser *p, const struct seen_victim *v,
			     const char *host, const struct timestamp *time)
{
	return is_near(p, v, host, time, MAX_GAP_USEC);
}

static bool was_killed(const struct report_parser *p, const struct report *r, int64_t pid,
		       const char *name)
{
	/* Asked for each row of each table. */
	if (!(p->recent_pids[pid_bit(pid) / 64] >> pid_bit(pid) % 64 & 1))
		return false;
	for (size_t i = 0; i < REPORT_RECENT && i < p->n_recent; i++)
		if (p->recent[i].pid == pid && strcmp(p->recent[i].name, name) == 0 &&
		    is_near(p, &p->recent[i], r->host, &r->time, MAX_DYING_USEC))
			return true;
	return false;
}

static bool is_same_victim(const struct report *relayed, const struct report *r)
{
	const struct report_kill *k = relayed->kills;
	bool is_same_host = !*relayed->host || !*r->host || strcmp(relayed->host, r->host) == 0;

	for (size_t i = 0; is_same_host && i < r->n_kills; i++)
		if (k->pid >= 0 && r->kills[i].pid == k->pid &&
		    strcmp(r->kills[i].name, k->name) == 0)
			return true;
	return *relayed->container && strstr(r->task_memcg, relayed->container);
}

/* Whether the log has the kernel's own report of what another program reports. */
static bool is_known(const struct report_parser *p, const struct report *r)
{
	if (r->kills->pid >= 0 && was_killed(p, r, r->kills->pid, r->kills->name))
		return true;
	for (size_t i = 0; *r->container && i < REPORT_RECENT && i < p->n_recent; i++)
		if (strcmp(p->recent[i].container, r->container) == 0)
			return true;
	for (size_t i = 0; i < p->n_open; i++)
		if (!p->open[i].r->is_relayed && is_same_victim(r, p->open[i].r))
			return true;
	return false;
}

/* A row counts pages, the line about the same process KiB. */
static void find_page_size(struct report *r, const struct report_kill *k, const struct task *t)
{
	int64_t kib;

	if (r->page_kib != REPORT_ABSENT || !task_has(t, TASK_TOTAL_VM) || t->total_vm == 0 ||
	    k->total_vm_kib <= 0)
		return;
	kib = k->total_vm_kib / (int64_t)t->total_vm;
	if ((kib == 4 || kib == 8 || kib == 16 || kib == 32 || kib == 64) &&
	    k->total_vm_kib % kib == 0 && k->total_vm_kib / kib == (int64_t)t->total_vm)
		r->page_kib = kib;
}

/*
 * 5.4 printed bytes and called them kB (fixed by 941f762bcb2, in 5.5); no correct value is a
 * multiple of 4 MiB there.
 */
static void fix_tables(const struct report *r, struct report_kill *k)
{
	bool is_bytes = strncmp(r->release, "5.4.", 4) == 0;

	if (k->pgtables_kib < 4096 || k->pgtables_kib % 4096)
		return;
	if (k->row != REPORT_ABSENT && (r->columns & TASK_PGTABLES))
		is_bytes = (int64_t)r->rows[k->row].task.pgtables_bytes == k->pgtables_kib;
	if (is_bytes || (k->total_vm_kib != REPORT_ABSENT && k->pgtables_kib > k->total_vm_kib))
		k->pgtables_kib /= 1024;
}

static int compare_pids(const void *a, const void *b)
{
	const struct report_kill *x = *(struct report_kill *const *)a,
				 *y = *(struct report_kill *const *)b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static void set_row(struct report_kill *const *by_pid, size_t n, int32_t pid, size_t row)
{
	struct report_kill key = { .pid = pid };
	const struct report_kill *wanted = &key;
	struct report_kill *const *found =
		bsearch(&wanted, by_pid, n, sizeof(*by_pid), compare_pids);

	if (found && (*found)->row == REPORT_ABSENT)
		(*found)->row = (int64_t)row;
}

/* The line's PID is that of the thread with the memory, or of its process. */
static void find_rows(struct report *r)
{
	struct report_kill **by_pid = r->n_kills ? calloc(r->n_kills, sizeof(*by_pid)) : NULL;
	size_t n = 0;

	if (!by_pid)
		return;
	for (size_t i = 0; i < r->n_kills; i++)
		if (!r->kills[i].is_repeated)
			by_pid[n++] = &r->kills[i];
	qsort(by_pid, n, sizeof(*by_pid), compare_pids);
	for (size_t i = 0; i < r->n_rows; i++) {
		set_row(by_pid, n, r->rows[i].task.mm_pid, i);
		set_row(by_pid, n, r->rows[i].task.pid, i);
	}
	free(by_pid);
}

/* Completes a victim from other lines, if its own line lacks values or is missing. */
static void complete_victim(struct report *r)
{
	struct report_kill *k = (struct report_kill *)report_victim(r);
	const struct report_row *row;

	if (!k && r->chosen_pid != REPORT_ABSENT && !r->is_exiting &&
	    array_grow(&r->kills, &r->kills_room, r->n_kills + 1) == 0) {
		k = &r->kills[r->n_kills++];
		report_kill_clear(k);
		k->pid = r->chosen_pid;
		k->time = r->time;
		memcpy(k->name, r->chosen_name, sizeof(k->name));
	}
	if (!k)
		return;
	if (k->uid == REPORT_ABSENT && k->pid == r->chosen_pid)
		k->uid = r->chosen_uid;
	if (k->chosen_pid == REPORT_ABSENT || !r->n_rows || r->n_rows_dropped ||
	    strcmp(k->name, k->chosen_name) != 0)
		return;
	/* The table lists every process, so a PID that is not in it is a thread's. */
	for (row = r->rows; row < r->rows + r->n_rows; row++)
		if (row->task.pid == k->chosen_pid || row->task.mm_pid == k->chosen_pid)
			return;
	k->chosen_pid = REPORT_ABSENT;
	k->chosen_name[0] = '\0';
}

/* In records of /dev/kmsg a backslash, and what is not printable, is \xNN; names are decoded. */
static void decode_paths(struct report *r)
{
	char *const paths[] = { r->memcg, r->task_memcg, r->group_memcg };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		slice_copy_name(paths[i], strlen(paths[i]) + 1, paths[i], strlen(paths[i]));
}

static bool is_known_time(const struct timestamp *t)
{
	return t->has_date || *t->text || t->epoch_usec != TIMESTAMP_ABSENT ||
	       t->uptime_usec != TIMESTAMP_ABSENT;
}

static void finish(struct report_parser *p, struct report *r)
{
	if (r->time.record != TIMESTAMP_ABSENT)
		decode_paths(r);
	complete_victim(r);
	for (size_t i = 0; i < r->n_rows; i++)
		r->rows[i].was_killed = was_killed(p, r, r->rows[i].task.pid, r->rows[i].task.name);
	find_rows(r);
	for (size_t i = 0; i < r->n_kills; i++) {
		struct report_kill *k = &r->kills[i];

		if (k->row != REPORT_ABSENT) {
			const struct task *t = &r->rows[k->row].task;

			find_page_size(r, k, t);
			if (k->uid == REPORT_ABSENT && task_has(t, TASK_UID))
				k->uid = t->uid;
		}
		fix_tables(r, k);
		if (k->is_killed)
			remember(p, r, k);
	}
	if (r->n_kills && is_known_time(&r->kills[0].time))
		r->time = r->kills[0].time;
}

/* Whether a report has only its kill, and s is of the memory that is shown before. */
static bool is_memory_behind(const struct open_report *o, const struct slice *s)
{
	static const char *const begins[] = { "Free swap",
					      "Total swap = ",
					      "lowmem_reserve[]:",
					      "Node 0 ",
					      "Normal",
					      "HighMem",
					      "DMA",
					      NULL };
	static const char *const counts[] = { " pages", " reserved pages", " total pagecache",
					      NULL };
	const struct report *r = o->r;
	struct slice rest = *s;

	slice_skip(&rest, slice_count_digits(s, 0));
	return o->idle == 1 && !r->n_counts && !r->n_zones && r->ram_pages == REPORT_ABSENT &&
	       r->swap_total_kib == REPORT_ABSENT && r->swap_free_kib == REPORT_ABSENT &&
	       (rest.len < s->len ? slice_starts_any(&rest, counts)
				  : kernel_text_is_fixed(s) && slice_starts_any(s, begins));
}

bool open_reports_is_reversed(const struct report_parser *p, const struct open_report *o,
			      const struct logline *l)
{
	const struct slice *s = &l->s;
	const struct report_kill *k;
	const char *pid;
	struct kill_line chosen;

	if (!o || !o->is_done || p->is_replaying || o->r->has_header || o->r->has_table)
		return false;
	if (l->time.uptime_usec != TIMESTAMP_ABSENT &&
	    l->time.uptime_usec > o->r->time.uptime_usec &&
	    o->r->time.uptime_usec != TIMESTAMP_ABSENT)
		return false;
	k = report_victim(o->r);
	if (read_table_is_bare(s))
		return k || *o->r->panic;
	/* A panic is followed by the processor's state, not by memory information. */
	if (*o->r->panic)
		return kernel_text_is_fixed(s) && !kernel_text_is_sure(s) &&
		       !slice_starts(s, "CPU: ") && !slice_starts(s, "Pid: ");
	if (!k || !k->is_killed)
		return false;
	if (is_memory_behind(o, s))
		return true;
	pid = slice_find_last(s, ",pid=");
	if (slice_starts(s, "oom-kill:constraint=") && pid) {
		struct slice rest = slice_from(s, pid);

		return slice_number_after(&rest, ",pid=") == k->pid;
	}
	/* Until 5.0, the line about the chosen process precedes one without a cause. */
	return k->score == REPORT_ABSENT && read_kill_line(s, &chosen) &&
	       chosen.type == KILL_CHOSEN &&
	       (chosen.kill.pid == k->pid || o->r->kind == REPORT_UNKNOWN);
}

int open_reports_keep_line(struct report_parser *p, const struct logline *l, bool is_first)
{
	if (is_first)
		p->n_lines = p->n_texts = 0;
	if (array_grow(&p->lines, &p->lines_room, p->n_lines + 1) ||
	    array_grow(&p->texts, &p->texts_room, p->n_texts + l->s.len))
		return -ENOMEM;
	memcpy(p->texts + p->n_texts, l->s.p, l->s.len);
	p->lines[p->n_lines++] = (struct kept_line){ *l, p->n_texts };
	p->n_texts += l->s.len;
	return 0;
}

void open_reports_drop(struct report_parser *p, struct open_report *o)
{
	struct open_report *end = p->open + --p->n_open;

	if (p->last == o->r)
		p->last = NULL;
	p->n_rows -= o->r->n_rows;
	report_free(o->r);
	memmove(o, o + 1, (size_t)(end - o) * sizeof(*o));
}

void open_reports_emit_first(struct report_parser *p)
{
	struct report *r = p->open[0].r;

	p->n_open--;
	memmove(p->open, p->open + 1, p->n_open * sizeof(p->open[0]));
	p->n_rows -= r->n_rows;
	if (p->last == r)
		p->last = NULL;
	if ((r->is_sure || r->n_rows) && !(r->is_relayed && is_known(p, r))) {
		r->nr = ++p->next_nr;
		finish(p, r);
		p->options.done(p->options.arg, r);
	}
	if (!r->is_taken)
		report_free(r);
}

static bool is_too_late(const struct timestamp *a, const struct timestamp *b)
{
	if (a->uptime_usec != TIMESTAMP_ABSENT && b->uptime_usec != TIMESTAMP_ABSENT)
		return is_far(a->uptime_usec, b->uptime_usec, MAX_GAP_USEC);
	return a->epoch_usec != TIMESTAMP_ABSENT && b->epoch_usec != TIMESTAMP_ABSENT &&
	       is_far(a->epoch_usec, b->epoch_usec, MAX_GAP_USEC);
}

struct open_report *open_reports_find(struct report_parser *p, const struct logline *l)
{
	for (size_t i = p->n_open; i-- > 0;) {
		struct open_report *o = &p->open[i];

		if (!o->is_open || is_too_late(&o->r->time, &l->time))
			continue;
		/* A line without a prefix belongs to the report of the previous line. */
		if (!l->has_prefix && (!p->last || p->last == o->r))
			return o;
		if (l->has_prefix && strcmp(o->r->caller, l->caller) == 0 &&
		    (!*l->host || !*o->r->host || strcmp(o->r->host, l->host) == 0))
			return o;
	}
	return NULL;
}

struct open_report *open_reports_add(struct report_parser *p, const struct logline *l)
{
	struct open_report *o = open_reports_find(p, l);
	struct report *r;

	if (o)
		o->is_open = false;
	r = open_reports_new(l);
	if (!r)
		return NULL;
	open_reports_push(p, r);
	o = &p->open[p->n_open - 1];
	o->is_open = true;
	o->is_done = false;
	p->last = r;
	return o;
}

void open_reports_push(struct report_parser *p, struct report *r)
{
	if (p->n_open == REPORT_MAX_OPEN)
		open_reports_emit_first(p);
	p->open[p->n_open++] = (struct open_report){ .r = r, .is_done = true };
}
