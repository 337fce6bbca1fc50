/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What systemd and its unit files say about the units that have processes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/audit/internal.h"
#include "sys/cgroup/unit_file.h"
#include "sys/proc/task.h"
#include "sys/unit/systemctl.h"

#define TRANSIENT "/run/systemd/transient/"

static struct audit_unit *find_unit(struct audit_facts *f, const char *name, size_t *index)
{
	for (*index = 0; *index < f->n_units; ++*index)
		if (strcmp(f->units[*index].name, name) == 0)
			return &f->units[*index];
	return NULL;
}

/*
 * A systemctl that reaches the manager of another machine, as in some containers, shows main
 * processes that are not in these units.
 */
static void take_unit(struct evidence *e, const struct systemctl_unit *from)
{
	size_t index;
	struct audit_unit *u = find_unit(&e->facts, from->id, &index);
	size_t main = u && from->main_pid ? evidence_find(e, from->main_pid) : AUDIT_NONE;

	if (main == AUDIT_NONE || e->facts.processes[main].unit != index)
		return;
	u->main = main;
	u->policy = strcmp(from->oom_policy, "stop") == 0   ? AUDIT_POLICY_STOP
		    : strcmp(from->oom_policy, "kill") == 0 ? AUDIT_POLICY_KILL
							    : AUDIT_POLICY_OTHER;
	u->keeps_others = strcmp(from->kill_mode, "process") == 0 ||
			  strcmp(from->kill_mode, "none") == 0;
}

/* Whether the file was written after the main process started. */
static bool is_newer(struct evidence *e, struct task_reader *reader, size_t main,
		     const struct unit_file *file)
{
	struct task t = *e->facts.processes[main].task;

	return !task_stat(reader, &t) && task_has(&t, TASK_START) &&
	       unit_file_is_newer(file, machine_read_boot(e->s.proc), t.start_ticks);
}

static int read_file(struct evidence *e, struct task_reader *reader, struct audit_unit *u)
{
	struct unit_file file;

	if (u->main == AUDIT_NONE || unit_file_read_adj(u->name, false, &file))
		return 0;
	u->file = strdup(file.path);
	if (!u->file)
		return -ENOMEM;
	u->declared = file.adj;
	u->is_transient = strncmp(file.path, TRANSIENT, sizeof(TRANSIENT) - 1) == 0;
	u->is_changed = is_newer(e, reader, u->main, &file);
	return 0;
}

int evidence_read_units(struct evidence *e)
{
	const struct systemctl manager = { .is_user = false };
	struct systemctl_units found;
	struct task_reader *reader;
	char why[SYSTEMCTL_WHY];
	int err;

	if (!e->facts.n_units || !systemctl_is_booted())
		return 0;
	err = systemctl_show(&manager, "*.service", &found, why);
	if (err && err != -ENOMEM)
		evidence_fail(e, AUDIT_UNITS, err, why);
	for (size_t i = 0; !err && i < found.n; i++)
		take_unit(e, &found.list[i]);
	systemctl_free(&found);
	if (err)
		return err == -ENOMEM ? err : 0;
	reader = task_new(e->s.proc, &e->s.machine);
	if (!reader)
		return -ENOMEM;
	for (size_t i = 0; !err && i < e->facts.n_units; i++)
		err = read_file(e, reader, &e->facts.units[i]);
	free(reader);
	return err;
}
