/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bpf_row: turns a row of the BPF program into a task as /proc shows it. */
#include <signal.h>
#include <string.h>

#include "sys/scan/internal.h"

/* Bits of task_struct and mm_struct that have had the same place since before 5.8. */
#define PF_WORKER     0x00000020U /* PF_WQ_WORKER */
#define PF_KTHREAD    0x00200000U
#define STATE_REPORT  0x7fU
#define STATE_IDLE    0x402U  /* TASK_UNINTERRUPTIBLE | TASK_NOLOAD */
#define STATE_HIDDEN  0x9000U /* TASK_RTLOCK_WAIT, TASK_FROZEN */
#define MM_OOM_SKIP   (1U << 21)
#define SIGKILL_BIT   (1U << (SIGKILL - 1))
#define SYS_ADMIN_BIT (1U << 21)

/* As get_task_state() of fs/proc/array.c: the highest bit has the letter. */
static char state_letter(const struct prog_row *row)
{
	static const char letters[] = "RSDTtXZP";
	uint32_t state = (row->state | row->exit_state) & STATE_REPORT;
	size_t at = 0;

	if ((row->state & STATE_IDLE) == STATE_IDLE && !row->exit_state)
		return 'I';
	if (row->state & STATE_HIDDEN)
		return 'D';
	for (; state; state >>= 1)
		at++;
	return letters[at];
}

static uint64_t pages(int64_t count)
{
	return count > 0 ? (uint64_t)count : 0;
}

/* A kernel thread can borrow memory, but has none of its own (get_task_mm()). */
static bool has_memory(const struct prog_row *row)
{
	return row->mm && !(row->flags & PF_KTHREAD);
}

/* Skipped by the OOM killer for a reason that only the score 0 shows in /proc. */
static bool is_skipped(const struct bpf_row_reader *r, const struct prog_row *row)
{
	int64_t score;

	if (row->is_vfork)
		return true;
	return (row->mm_flags & MM_OOM_SKIP) &&
	       (task_score(r->reader, row->pid, &score) || score == 0);
}

/* If the first thread has ended: the row of a thread with memory. Else the row itself. */
static const struct prog_row *find_thread(const struct bpf_tasks *c, const struct prog_row *row)
{
	if (c->is_fork_order || row->mm || row->threads < 2)
		return row;
	for (size_t i = 0; i < c->n; i++)
		if (c->rows[i].pid == row->pid && c->rows[i].mm)
			return &c->rows[i];
	return row;
}

static void take_row(const struct bpf_row_reader *r, const struct prog_row *row, struct task *t)
{
	t->pid = row->pid;
	t->mm_pid = row->mm_pid;
	t->ppid = row->ppid;
	t->uid = row->uid;
	t->threads = row->threads;
	t->adj = row->adj;
	t->is_admin = row->caps & SYS_ADMIN_BIT;
	t->is_dying = (row->pending | row->shared_pending) & SIGKILL_BIT;
	t->has = TASK_UID | TASK_ADJ | TASK_START | TASK_ADMIN_KNOWN;
	if (r->census->has_cpu) {
		t->cpu = row->cpu;
		t->has |= TASK_CPU;
	}
	memcpy(t->name, row->name, sizeof(row->name));
	if (has_memory(row)) {
		t->mm_id = row->mm;
		t->total_vm = row->total_vm;
		t->rss_file = pages(row->counts[COUNT_FILE]);
		t->rss_anon = pages(row->counts[COUNT_ANON]);
		t->rss_shmem = pages(row->counts[COUNT_SHMEM]);
		t->rss = t->rss_file + t->rss_anon + t->rss_shmem;
		t->swap = pages(row->counts[COUNT_SWAP]);
		t->pgtables_bytes = row->pgtables_bytes;
		t->has |= TASK_TOTAL_VM | TASK_RSS | TASK_RSS_SPLIT | TASK_SWAP | TASK_COLUMNSS;
	}
	t->spared = (uint8_t)task_read_killable(r->m, t, has_memory(row));
	if (t->spared == KILLABLE && is_skipped(r, row))
		t->spared = UNKILLABLE_KERNEL;
}

bool bpf_row_take(const struct bpf_row_reader *r, size_t nth, struct task *t)
{
	const struct bpf_tasks *census = r->census;
	const struct prog_row *row = &census->rows[nth];

	/* PID 0 is the idle task of a CPU. */
	if (row->pid <= 0 || (!census->is_fork_order && row->pid != row->mm_pid))
		return false;
	memset(t, 0, sizeof(*t));
	t->state = state_letter(row);
	take_row(r, find_thread(census, row), t);
	t->start_ticks = row->start_ns / r->m->ns_per_tick;
	if (census->is_fork_order) {
		t->fork_id = nth + 1;
		t->has |= TASK_FORK_ID;
	}
	return true;
}

static bool has_moved(const struct bpf_row_reader *r, const struct task *t)
{
	const struct rules *rules = rules_find(r->m->version);
	const struct totals *of = &r->m->totals;
	int64_t then, now_points;
	struct task now;

	return task_read(r->reader, t->pid, &now) ||
	       rules_points(rules, RSS_STATUS, t, of, &then) ||
	       rules_points(rules, RSS_STATUS, &now, of, &now_points) ||
	       rules_score(rules, then, of) != rules_score(rules, now_points, of);
}

void bpf_row_take_score(const struct bpf_row_reader *r, struct task *t)
{
	size_t n_evidence;
	int64_t score;

	/* A process that has ended since then has a score of 0, too, which tells nothing. */
	if (task_score(r->reader, t->pid, &score) || score <= 0)
		return;
	task_take_score(r->m, t, score);
	if (rules_explained(rules_find(r->m->version), t, 1, &r->m->totals, &n_evidence) <
		    n_evidence &&
	    has_moved(r, t))
		t->has |= TASK_MOVED;
}

/* kernel/kthread.c, get_kthread_comm() */
void bpf_row_name(const struct bpf_row_reader *r, const struct prog_row *row, struct task *t)
{
	char *buf = r->reader->buf;
	ssize_t n;

	if (!(row->flags & PF_KTHREAD) ||
	    (!(row->flags & PF_WORKER) && strlen(t->name) < sizeof(row->name) - 1))
		return;
	n = procfs_read_pid(r->reader->proc, t->pid, 0, "comm", buf, sizeof(r->reader->buf));
	if (n <= 1)
		return;
	buf[n - 1] = '\0';
	buf[TASK_NAME_MAX - 1] = '\0';
	memcpy(t->name, buf, strlen(buf) + 1);
}

/* If stat and status have different counts of RSS, the OOM killer reads that of stat. */
int bpf_row_other(const struct bpf_row_reader *r, pid_t pid, struct task *t)
{
	bool had_stat = r->reader->stat;
	int err;

	r->reader->stat = true;
	err = task_read(r->reader, pid, t);
	r->reader->stat = had_stat;
	if (!err && task_has(t, TASK_RSS_STAT) && t->rss_stat != t->rss) {
		t->rss = t->rss_stat;
		t->has &= ~(uint32_t)TASK_RSS_SPLIT;
	}
	t->has &= ~(uint32_t)TASK_RSS_STAT;
	return err;
}
