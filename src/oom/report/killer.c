/* SPDX-License-Identifier: GPL-2.0-or-later */
/* killer: kills that other programs did or saw, such as earlyoom and kubelet, in their messages. */
#include "oom/report/internal.h"

#include <ctype.h>
#include <errno.h>

#include "base/text.h"

#define MIB_KIB 1024

/* sending SIGTERM to process 6322 uid 1000 "chrome": badness 802, VmRSS 1440 MiB; to 1.5 no uid */
static bool read_earlyoom(struct report_parser *p, struct report *r, struct slice s)
{
	struct report_kill *k = r->kills;
	const char *end;
	int64_t mib;

	(void)p;
	if (!slice_read_number(&s, &k->pid) ||
	    (slice_skip_text(&s, " uid ") && !slice_read_number(&s, &k->uid)) ||
	    !slice_skip_text(&s, " \""))
		return false;
	end = slice_find(&s, "\": ");
	if (!end)
		return false;
	slice_copy_name(k->name, sizeof(k->name), s.p, (size_t)(end - s.p));
	s = slice_from(&s, end);
	mib = slice_number_after(&s, "VmRSS ");
	k->rss_kib = mib >= 0 && mib < REPORT_MAX / MIB_KIB ? mib * MIB_KIB : REPORT_ABSENT;
	k->adj = slice_number_after(&s, "oom_score_adj ");
	return true;
}

/*
 * Killed /user.slice/... due to memory pressure for /user.slice being 68.26% > 50.00%, or since 258
 * Marked /user.slice/... for killing due to...
 */
static bool read_oomd(struct report_parser *p, struct report *r, struct slice s)
{
	static const char pressure[] = " due to memory pressure for ";
	const char *due = slice_find(&s, " due to memory "), *being, *end;
	struct slice limit;

	(void)p;
	if (!due)
		return false;
	end = slice_find(&s, " for killing due to ");
	end = end ? end : due;
	text_copy(r->task_memcg, sizeof(r->task_memcg), s.p - 1, (size_t)(end - s.p) + 1);
	limit = slice_from(&s, due);
	if (!slice_skip_text(&limit, pressure) || !(being = slice_find(&limit, " being ")))
		return true;
	r->kind = REPORT_MEMCG;
	text_copy(r->memcg, sizeof(r->memcg), limit.p, (size_t)(being - limit.p));
	return true;
}

/* Kill 'com.example.app' (3456), uid 10057, oom_score_adj 935 to free 100692kB rss, 0kB swap */
static bool read_lmkd(struct report_parser *p, struct report *r, struct slice s)
{
	struct report_kill *k = r->kills;
	const char *end = slice_find(&s, "' (");

	(void)p;
	if (!end)
		return false;
	slice_copy_name(k->name, sizeof(k->name), s.p, (size_t)(end - s.p));
	s = slice_from(&s, end + 3);
	if (!slice_read_number(&s, &k->pid))
		return false;
	k->uid = slice_number_after(&s, ", uid ");
	k->adj = slice_number_after(&s, ", adj ");
	if (k->adj == REPORT_ABSENT)
		k->adj = slice_number_after(&s, "oom_score_adj ");
	k->rss_kib = slice_kib_after(&s, " to free ");
	return true;
}

/* An earlier line has: PID: 903309, name: mysqld, badness: 849 */
static bool read_nohang(struct report_parser *p, struct report *r, struct slice s)
{
	(void)s;
	r->kills->pid = p->candidate_pid;
	memcpy(r->kills->name, p->candidate, sizeof(p->candidate));
	p->candidate_pid = REPORT_ABSENT;
	p->candidate[0] = '\0';
	return true;
}

/* send sigkill to 4321 (.android.browser), adj 9, size 5120 */
static bool read_old_lmk(struct report_parser *p, struct report *r, struct slice s)
{
	struct report_kill *k = r->kills;
	const char *end = slice_find(&s, "), adj ");

	(void)p;
	if (!end || !slice_read_number(&s, &k->pid) || !slice_skip_text(&s, " ("))
		return false;
	slice_copy_name(k->name, sizeof(k->name), s.p, (size_t)(end - s.p));
	return true;
}

/* Reason:       OOMKilled */
static bool read_state(struct report_parser *p, struct report *r, struct slice s)
{
	(void)p;
	(void)r;
	slice_skip_blanks(&s);
	return slice_starts(&s, "OOMKilled");
}

/* The first 64 hexadecimal digits in s. */
static void read_container(struct report *r, struct slice s)
{
	const size_t digits = sizeof(r->container) - 1;
	size_t n = 0, at = 0;

	for (; at < s.len && n < digits; at++)
		n = isxdigit((unsigned char)s.p[at]) ? n + 1 : 0;
	if (n == digits)
		text_copy(r->container, sizeof(r->container), s.p + at - n, n);
}

/* TaskOOM event container_id:"1f0e...", or of older versions &TaskOOM{ContainerID:1f0e...,} */
static bool read_task_oom(struct report_parser *p, struct report *r, struct slice s)
{
	(void)p;
	read_container(r, s);
	return slice_starts(&s, "container_id:") || slice_starts(&s, "&TaskOOM{");
}

/* container oom 1f0e... (image=web, name=web-1) */
static bool read_docker(struct report_parser *p, struct report *r, struct slice s)
{
	(void)p;
	read_container(r, s);
	return *r->container && slice_starts(&s, r->container);
}

/* /tasks/oom {"container_id":"1f0e..."} */
static bool read_topic(struct report_parser *p, struct report *r, struct slice s)
{
	(void)p;
	read_container(r, s);
	return true;
}

/* System OOM encountered, victim process: java, pid: 7134; before 1.16 without a process */
static bool read_kubelet(struct report_parser *p, struct report *r, struct slice s)
{
	struct report_kill *k = r->kills;
	const char *pid;

	(void)p;
	if (!slice_skip_text(&s, ", victim process: "))
		return !s.len || strchr("\"'\\", *s.p);
	pid = slice_find_last(&s, ", pid: ");
	if (!pid)
		return false;
	slice_copy_name(k->name, sizeof(k->name), s.p, (size_t)(pid - s.p));
	k->pid = slice_number_after(&s, ", pid: ");
	return k->pid >= 0;
}

/* Killed process 71 (ruby) total-vm:90210kB, ...: the kernel's text inside another message */
static bool read_detector(struct report_parser *p, struct report *r, struct slice s)
{
	const char *killed = slice_find(&s, "Killed process ");
	struct slice rest = killed ? slice_from(&s, killed) : s;
	struct kill_line first, k;
	struct timestamp time = r->kills->time;

	(void)p;
	if (!read_kill_line(&s, &first) || !read_kill_line(&rest, &k) ||
	    (k.type != KILL_KILLED && k.type != KILL_CHOSEN))
		return false;
	r->kind = first.kind;
	*r->kills = k.kill;
	r->kills->time = time;
	r->kills->is_killed = true;
	return true;
}

static bool read_any(struct report_parser *p, struct report *r, struct slice s)
{
	(void)p;
	(void)r;
	return !s.len || !strchr("abcdefghijklmnopqrstuvwxyz", *s.p);
}

static const struct killer {
	const char *by, *program, *text;
	bool (*read)(struct report_parser *p, struct report *r, struct slice s);
	bool is_relay; /* reports what the kernel did */
} killers[] = {
	{ "earlyoom", "earlyoom", "sending SIGTERM to process ", read_earlyoom, false },
	{ "earlyoom", "earlyoom", "sending SIGKILL to process ", read_earlyoom, false },
	{ "systemd-oomd", "systemd-oomd", "Killed /", read_oomd, false },
	{ "systemd-oomd", "systemd-oomd", "Marked /", read_oomd, false },
	{ "nohang", "nohang", " SIGTERM to the victim", read_nohang, false },
	{ "nohang", "nohang", " SIGKILL to the victim", read_nohang, false },
	{ "lmkd", "lowmemorykiller", "Kill '", read_lmkd, false },
	{ "lmkd", "lowmemorykiller", "Killing '", read_lmkd, false },
	{ "container", "", "eason: OOMKilled", read_any, true },
	{ "container", "", "eason=OOMKilled", read_any, true },
	{ "container", "", "eason:  ", read_state, true },
	{ "kubelet", "", "System OOM encountered", read_kubelet, true },
	{ "containerd", "", "TaskOOM event ", read_task_oom, true },
	{ "containerd", "", "/tasks/oom {", read_topic, true },
	{ "docker", "", "container oom ", read_docker, true },
	{ "node-problem-detector", "", "Reason:OOMKilling Message:", read_detector, true },
	{ "lmkd", "lowmemorykiller", "send sigkill to ", read_old_lmk, false },
};

static const struct killer event = { "node-problem-detector", "", "", read_detector, true };

/* If the log names the program, only that program's form of message counts. */
static bool is_by(const struct killer *k, const struct logline *l)
{
	size_t len = strlen(k->program);

	if (*l->program)
		return strncmp(l->program, k->program, len) == 0;
	return !l->has_tag || strcmp(k->by, "lmkd") == 0;
}

static void remember_candidate(struct report_parser *p, const struct logline *l)
{
	struct slice s = l->s;
	const char *at = slice_find(&s, "PID: "), *end;

	if (!at || (*l->program && strncmp(l->program, "nohang", 6) != 0))
		return;
	s = slice_from(&s, at + 5);
	if (!slice_read_number(&s, &p->candidate_pid) || !slice_skip_text(&s, ", name: "))
		return;
	end = slice_find(&s, ", badness");
	slice_copy_name(p->candidate, sizeof(p->candidate), s.p, end ? (size_t)(end - s.p) : s.len);
}

/* The kill that a line is about. */
static const struct killer *find_killer(const struct logline *l, const char **at)
{
	*at = l->s.p;
	if (l->is_event)
		return &event;
	for (size_t i = 0; i < sizeof(killers) / sizeof(killers[0]); i++) {
		*at = slice_find(&l->s, killers[i].text);
		if (*at && is_by(&killers[i], l))
			return &killers[i];
	}
	return NULL;
}

int killer_take(struct report_parser *p, const struct logline *l)
{
	const struct killer *killer;
	const char *at;
	struct report *r;

	remember_candidate(p, l);
	killer = find_killer(l, &at);
	if (!killer)
		return 0;
	r = open_reports_new(l);
	if (!r || assign_add_kill(r, l)) {
		report_free(r);
		return -ENOMEM;
	}
	if (!killer->read(p, r, slice_from(&l->s, at + strlen(killer->text))) ||
	    (r->kills->pid >= 0 && r->kills->pid == p->other.pid &&
	     open_reports_is_kill_of(p, &p->other, l->host, &l->time))) {
		report_free(r);
		return 0;
	}
	/* A second signal to the same process is the same kill. */
	open_reports_note(p, r, r->kills, &p->other);
	r->by = killer->by;
	r->is_relayed = killer->is_relay;
	open_reports_push(p, r);
	return 1;
}
