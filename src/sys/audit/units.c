/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What systemd and its unit files say about the units that have processes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "sys/audit/internal.h"
#include "sys/cgroup/path.h"
#include "sys/cgroup/unit_file.h"
#include "sys/proc/task.h"
#include "sys/unit/systemctl.h"
#include "sys/unit/unit_name.h"
#include "sys/unit/unit_settings.h"

/* So many are asked about one by one. */
#define MAX_STOPPED 16

#define TRANSIENT "/run/systemd/transient/"

/*
 * A systemctl that reaches the manager of another machine, as in some containers, shows main
 * processes that are not in these units.
 */
static void take_unit(struct evidence *e, const struct systemctl_unit *from)
{
	struct audit_unit *u = evidence_find_unit(e, from->id);
	size_t main = u && from->main_pid ? evidence_find(e, from->main_pid) : AUDIT_NONE;

	if (u && !from->main_pid && from->user && e->facts.is_host) {
		u->is_known = true;
		u->is_of_root = !*from->user || strcmp(from->user, "root") == 0 ||
				strcmp(from->user, "0") == 0;
	}
	if (main == AUDIT_NONE || e->facts.processes[main].unit != (size_t)(u - e->facts.units))
		return;
	u->is_known = true;
	u->main = main;
	u->policy = strcmp(from->oom_policy, "stop") == 0   ? AUDIT_POLICY_STOP
		    : strcmp(from->oom_policy, "kill") == 0 ? AUDIT_POLICY_KILL
							    : AUDIT_POLICY_OTHER;
	u->keeps_others = strcmp(from->kill_mode, "process") == 0 ||
			  strcmp(from->kill_mode, "none") == 0;
}

/* Whether the file was written after the main process started. */
static bool is_newer(struct evidence *e, struct task_reader *reader, uint64_t boot, size_t main,
		     const struct unit_file *file)
{
	struct task t = *e->facts.processes[main].task;

	return !task_stat(reader, &t) && task_has(&t, TASK_START) &&
	       unit_file_is_newer(file, boot, t.start_ticks);
}

/* boot: machine_read_boot(), which takes long with many CPUs. */
static int read_file(struct evidence *e, struct task_reader *reader, uint64_t boot,
		     struct audit_unit *u)
{
	struct unit_file file;

	if (u->main == AUDIT_NONE || unit_file_read_adj(u->name, false, &file))
		return 0;
	u->file = strdup(file.path);
	if (!u->file)
		return -ENOMEM;
	u->declared = file.adj;
	u->is_transient = strncmp(file.path, TRANSIENT, sizeof(TRANSIENT) - 1) == 0;
	u->is_changed = is_newer(e, reader, boot, u->main, &file);
	return 0;
}

/*
 * The policy of a scope or of a unit of a user's manager, if it has many processes: systemctl shows
 * only the services of the system. The managers of other users answer root alone.
 */
static int ask_policy(struct evidence *e, const struct privilege *p, struct audit_unit *u)
{
	struct systemctl m = { .is_user = u->owner != AUDIT_NONE };
	bool is_scope = strcmp(unit_name_type(u->name), "scope") == 0;
	struct unit_effect_settings s;
	char name[UNIT_NAME_SIZE];
	const char *why;
	int err;

	/* A user can name a cgroup like a unit. */
	if (unit_name_complete(u->name, name, &why))
		return 0;
	if (u->n < AUDIT_MANY ||
	    (!is_scope && (!m.is_user || strcmp(unit_name_type(u->name), "service") != 0)))
		return 0;
	if (m.is_user && (!cgroup_path_is_user_manager(e->facts.units[u->owner].name, &m.uid) ||
			  (geteuid() && geteuid() != m.uid)))
		return 0;
	err = unit_settings_read(p, &m, u->name, &s);
	if (err)
		return err == -ENOENT ? 0 : err;
	u->policy = s.policy == OOM_POLICY_STOP   ? AUDIT_POLICY_STOP
		    : s.policy == OOM_POLICY_KILL ? AUDIT_POLICY_KILL
						  : AUDIT_POLICY_OTHER;
	u->keeps_others = s.keeps_others;
	return 0;
}

static void note_silence(struct evidence *e, size_t owner, int err)
{
	char late[32];
	const char *why = err == -ELIBACC     ? "libsystemd.so.0 cannot be loaded"
			  : err == -ETIMEDOUT ? late
					      : strerror(-err);

	snprintf(late, sizeof(late), "no answer within %d seconds", UNIT_SETTINGS_WAIT_S);
	if (owner == AUDIT_NONE || err == -ELIBACC) {
		evidence_fail(e, AUDIT_POLICIES, err, why);
	} else if (!e->n_silent++) {
		e->silent = owner;
		e->silence.err = err;
		snprintf(e->silence.why, sizeof(e->silence.why), "%s", why);
	}
}

/*
 * A manager that does not answer is not asked again, nor that of a user which took long for all of
 * its units: it could delay every audit. 0 or -ENOMEM.
 */
static int ask_policies(struct evidence *e, const struct privilege *p)
{
	struct audit_facts *f = &e->facts;
	/* The last one is the system's. */
	int64_t *spent_ms = calloc(f->n_units + 1, sizeof(*spent_ms));

	if (!spent_ms)
		return -ENOMEM;
	for (size_t i = 0; i < f->n_units; i++) {
		size_t owner = f->units[i].owner;
		int64_t *spent = &spent_ms[owner == AUDIT_NONE ? f->n_units : owner];
		int64_t start = clock_ms();
		int err = *spent < 0 ? 0 : ask_policy(e, p, &f->units[i]);

		if (*spent < 0)
			continue;
		*spent += clock_ms() - start;
		if (!err && owner != AUDIT_NONE && *spent >= UNIT_SETTINGS_WAIT_S * 1000)
			err = -ETIMEDOUT;
		if (!err)
			continue;
		*spent = -1;
		note_silence(e, owner, err);
	}
	free(spent_ms);
	return 0;
}

/*
 * A unit that is not active, and so is not loaded, can have processes that a stop has left. By its
 * name systemd loads it.
 */
static int show_others(struct evidence *e, const struct systemctl *manager)
{
	struct audit_facts *f = &e->facts;
	char why[SYSTEMCTL_WHY];
	int err = 0;

	for (size_t i = 0, n = 0; f->is_host && i < f->n_units && n < MAX_STOPPED; i++) {
		struct systemctl_units found;

		if (f->units[i].owner != AUDIT_NONE || f->units[i].is_known ||
		    strcmp(unit_name_type(f->units[i].name), "service") != 0)
			continue;
		err = systemctl_show(manager, f->units[i].name, &found, why);
		for (size_t k = 0; !err && k < found.n; k++)
			take_unit(e, &found.list[k]);
		systemctl_free(&found);
		n++;
		if (err == -ENOMEM || err == -ETIMEDOUT)
			break;
	}
	if (err == -ETIMEDOUT)
		evidence_fail(e, AUDIT_UNITS, err, why);
	return err == -ENOMEM ? err : 0;
}

/* Its files and sockets are hidden here, as by a mount on /run. */
static void say_unreachable(struct evidence *e)
{
	evidence_fail(e, AUDIT_UNITS, -ENOTCONN,
		      "systemd runs, but /run/systemd/system is not visible here");
}

int evidence_read_units(struct evidence *e, const struct privilege *p, bool policies)
{
	const struct systemctl manager = { .is_only_shown = true };
	size_t init = evidence_find(e, 1);
	struct systemctl_units found;
	struct task_reader *reader;
	char why[SYSTEMCTL_WHY];
	uint64_t boot;
	int err;

	if (!e->facts.n_units)
		return 0;
	if (!systemctl_is_booted()) {
		if (init != AUDIT_NONE &&
		    strcmp(e->facts.processes[init].task->name, "systemd") == 0)
			say_unreachable(e);
		return 0;
	}
	err = systemctl_show(&manager, "*.service", &found, why);
	if (err && err != -ENOMEM)
		evidence_fail(e, AUDIT_UNITS, err, why);
	for (size_t i = 0; !err && i < found.n; i++)
		take_unit(e, &found.list[i]);
	systemctl_free(&found);
	if (err)
		return err == -ENOMEM ? err : 0;
	err = show_others(e, &manager);
	if (err)
		return err;
	reader = task_new(e->s.proc, &e->s.machine);
	if (!reader)
		return -ENOMEM;
	boot = machine_read_boot(e->s.proc);
	for (size_t i = 0; !err && i < e->facts.n_units; i++)
		err = read_file(e, reader, boot, &e->facts.units[i]);
	free(reader);
	return err || !policies ? err : ask_policies(e, p);
}
