/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scan: reads the processes of the machine, as much of each as was asked for. */
#include "sys/scan/scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "oom/rules/version.h"
#include "sys/proc/procfs.h"
#include "sys/scan/internal.h"

static int add_pid(void *arg, pid_t pid)
{
	struct scan_run *r = arg;
	struct scan *s = r->s;

	if (array_grow(&s->scores, &r->scores_room, s->n_scores + 1))
		return -ENOMEM;
	s->sees_init |= pid == 1;
	s->scores[s->n_scores++] = (struct scan_score){ .pid = pid };
	return 0;
}

/*
 * /proc has a link for each of its own directories and for each process of the machine, whatever
 * hidepid or a PID namespace hides (fs/proc/root.c, proc_root_getattr()).
 */
static int list_processes(struct scan_run *r)
{
	size_t n_own = 0;
	struct stat st;
	int err = procfs_each(r->proc, add_pid, r, &n_own);

	if (!err && fstat(r->proc, &st) == 0 && st.st_nlink > n_own + 2)
		r->s->n_machine = st.st_nlink - n_own - 2;
	return err;
}

int scan_read(int proc, const struct machine *m, const struct scan_want *want, struct scan *s)
{
	struct scan_run r = { .proc = proc, .m = m, .want = want, .s = s };
	int err;

	memset(s, 0, sizeof(*s));
	if (want->census)
		return scan_bpf(&r);
	err = list_processes(&r);
	if (err)
		return err;
	if (want->top == SCAN_ALL && m->version >= VERSION(5, 9, 0))
		err = scan_all(&r);
	else
		err = scan_top(&r);
	s->unseen_error = r.error;
	return !err && s->n_seen == s->n_unseen ? r.error : err;
}

void scan_free(struct scan *s)
{
	free(s->scores);
	free(s->tasks);
	memset(s, 0, sizeof(*s));
}
