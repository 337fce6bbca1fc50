/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit_effects: what systemd does with the unit of a process that the OOM killer kills. */
#include "cmd/shared/unit_effects.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/msg.h"
#include "sys/proc/procfs.h"
#include "sys/unit/unit_name.h"
#include "sys/unit/unit_settings.h"

/* Numbers of the first namespaces (include/linux/proc_ns.h, PROC_*_INIT_INO). */
#define FIRST_PID_NAMESPACE    0xeffffffcUL
#define FIRST_CGROUP_NAMESPACE 0xeffffffbUL

static bool is_in_first_namespaces(void)
{
	struct stat pids, cgroups;

	return stat("/proc/self/ns/pid", &pids) == 0 && pids.st_ino == FIRST_PID_NAMESPACE &&
	       stat("/proc/self/ns/cgroup", &cgroups) == 0 &&
	       cgroups.st_ino == FIRST_CGROUP_NAMESPACE;
}

void unit_effects_begin(struct unit_effects *u, const struct privilege *p,
			const struct memcg_tree *tree)
{
	*u = (struct unit_effects){ .privilege = p, .tree = tree, .socket = -1 };
	u->is_off = !systemctl_is_booted();
	u->is_v1 = tree && tree->is_v1;
}

void unit_effects_begin_log(struct unit_effects *u, const struct privilege *p)
{
	struct memcg_tree tree = { .root = -1 };
	int proc;

	unit_effects_begin(u, p, NULL);
	u->is_off |= !is_in_first_namespaces();
	if (u->is_off)
		return;
	proc = procfs_open();
	if (proc >= 0 && memcg_open(proc, &tree) == 0)
		u->is_v1 = tree.is_v1;
	memcg_close(&tree);
	if (proc >= 0)
		close(proc);
	u->socket = unit_settings_serve(p);
	u->is_off = u->socket < 0;
}

void unit_effects_end(struct unit_effects *u)
{
	for (size_t i = 0; i < u->n; i++) {
		free(u->list[i]->path);
		free(u->list[i]);
	}
	free(u->list);
	if (u->socket >= 0)
		close(u->socket);
	*u = (struct unit_effects){ .socket = -1, .is_off = true };
}

static int count_one(void *arg, pid_t pid)
{
	(void)pid;
	++*(size_t *)arg;
	return 0;
}

/* Without the memory controller there is no memory.events, and systemd sees no kill. */
static void read_cgroup(const struct unit_effects *u, struct unit_effects_unit *unit)
{
	int dir = u->tree ? memcg_open_group(u->tree, unit->path) : -ENOENT;

	unit->is_v1 = u->is_v1;
	unit->sees_kills = !u->is_v1;
	if (!u->tree)
		return;
	unit->sees_kills &= dir >= 0 && faccessat(dir, "memory.events", F_OK, 0) == 0;
	if (dir >= 0)
		close(dir);
	if (memcg_each_process(u->tree, unit->path, count_one, &unit->n_processes))
		unit->n_processes = 0;
}

/* Turns off what takes too long for this run. */
static void check_time(struct unit_effects *u)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!u->asked_first)
		u->asked_first = now.tv_sec;
	if (now.tv_sec - u->asked_first <= UNIT_EFFECTS_WAIT_S && u->n < UNIT_EFFECTS_MAX)
		return;
	u->is_off = true;
	msg_warn("what systemd does after a kill is shown for the first %zu units only", u->n);
}

static void ask(struct unit_effects *u, struct unit_effects_unit *unit, uid_t owner)
{
	const struct systemctl m = { .is_user = *unit->owner, .uid = owner };

	unit->err = u->tree ? unit_settings_read(u->privilege, &m, unit->name, &unit->settings)
			    : unit_settings_ask(u->socket, &m, unit->name, &unit->settings);
	/* What it does now is what followed the kill in the log, and other processes do it. */
	if (!u->tree) {
		unit->settings.state = UNIT_RUNS;
		unit->settings.control_pid = 0;
		unit->settings.limit_burst = 0;
	}
	/* The same name in a container is another unit. */
	if (!unit->err && *unit->settings.cgroup && strcmp(unit->settings.cgroup, unit->path) != 0)
		unit->err = -ENOENT;
	if (unit->err != -ETIMEDOUT && unit->err != -ELIBACC)
		return;
	u->is_off = true;
	msg_warn("cannot ask systemd what it does after a kill: %s",
		 unit->err == -ELIBACC ? "libsystemd.so.0 cannot be loaded" : "no answer");
}

/* path: up to the unit. */
static const struct unit_effects_unit *find_unit(struct unit_effects *u, const char *path,
						 const char *name, const char *owner, uid_t uid)
{
	struct unit_effects_unit *unit;

	for (size_t i = 0; i < u->n; i++)
		if (strcmp(u->list[i]->path, path) == 0)
			return u->list[i];
	if (!u->is_off)
		check_time(u);
	if (u->is_off)
		return NULL;
	unit = mem_alloc(1, sizeof(*unit));
	unit->path = mem_copy(path);
	snprintf(unit->name, sizeof(unit->name), "%s", name);
	snprintf(unit->owner, sizeof(unit->owner), "%s", owner);
	u->list = mem_grow(u->list, u->n, sizeof(*u->list));
	u->list[u->n++] = unit;
	ask(u, unit, uid);
	if (!unit->err)
		read_cgroup(u, unit);
	return unit;
}

static bool ends_unit(const struct unit_effects_unit *unit)
{
	return !unit->err && unit->sees_kills &&
	       (unit->settings.policy == OOM_POLICY_STOP ||
		unit->settings.policy == OOM_POLICY_KILL);
}

/* Other units have processes only for moments, and no OOMPolicy=. */
static bool has_policy(const char *name)
{
	const char *type = unit_name_type(name);

	return strcmp(type, "service") == 0 || strcmp(type, "scope") == 0;
}

const struct unit_effects_unit *unit_effects_find(struct unit_effects *u, const char *path)
{
	char name[CGROUP_PATH_NAME], inner[CGROUP_PATH_NAME], part[CGROUP_PATH_MAX];
	const struct unit_effects_unit *outer;
	size_t len, below;
	uid_t uid;

	if (cgroup_path_find_managed(path, name, &len) || len >= sizeof(part))
		return NULL;
	snprintf(part, sizeof(part), "%.*s", (int)len, path);
	outer = has_policy(name) ? find_unit(u, part, name, "", 0) : NULL;
	if (!outer || !cgroup_path_is_user_manager(name, &uid) ||
	    cgroup_path_find_managed(path + len, inner, &below) || len + below >= sizeof(part))
		return outer;
	/*
	 * A kill counts in all cgroups above: what ends the user's manager ends its units. In
	 * init.scope is the manager itself, the main process of its service.
	 */
	if (ends_unit(outer) || strcmp(inner, "init.scope") == 0)
		return outer;
	snprintf(part, sizeof(part), "%.*s", (int)(len + below), path);
	return has_policy(inner) ? find_unit(u, part, inner, name, uid) : NULL;
}

const struct unit_effects_unit *unit_effects_find_pid(struct unit_effects *u, int proc, pid_t pid)
{
	char memory[CGROUP_PATH_MAX], path[CGROUP_PATH_MAX];

	if (u->is_off || cgroup_path_read_both(proc, pid, memory, path))
		return NULL;
	return unit_effects_find(u, path);
}

struct unit_effect unit_effects_of(const struct unit_effects_unit *unit, enum unit_effect_main main)
{
	return unit_effect_find(&unit->settings, unit->sees_kills, main);
}

static const char *format_delay(uint64_t usec, char buf[64])
{
	if (usec == 0)
		snprintf(buf, 64, "at once");
	else if (usec % 1000000)
		snprintf(buf, 64, "after %" PRIu64 " ms", (usec + 999) / 1000);
	else
		snprintf(buf, 64, "after %" PRIu64 " s", usec / 1000000);
	return buf;
}

/* "and restarts it after 5 s (Restart=always)"; "": no service. */
static void format_restart(const struct unit_effect_settings *s, const struct unit_effect *e,
			   enum unit_effect_main main, char *buf, size_t size)
{
	bool is_forced = s->kill_prevents || s->kill_forces;
	const char *value = unit_effect_restart_text(s->restart);
	char delay[64];
	size_t at = 0;

	*buf = '\0';
	if (!s->is_service || e->doubt == RESTART_BY_SETTING || e->doubt == RESTART_BY_STATE)
		return;
	if (e->doubt != RESTART_CERTAIN) {
		snprintf(buf, size, "whether systemd restarts it depends on ");
		at = strlen(buf);
	}
	if (e->doubt == RESTART_BY_STATUS)
		snprintf(buf + at, size - at, "the exit status of its main process (Restart%s=)",
			 e->is_restarted ? "PreventExitStatus" : "ForceExitStatus");
	else if (e->doubt == RESTART_BY_OTHERS)
		snprintf(buf + at, size - at, "whether all processes end (SendSIGKILL=no)");
	else if (e->doubt == RESTART_BY_LIMIT)
		snprintf(buf + at, size - at, "its earlier starts (StartLimitBurst=%u)",
			 (unsigned int)s->limit_burst);
	if (e->doubt != RESTART_CERTAIN)
		return;
	/* The exit status of the main process decides only if it is known. */
	is_forced &= e->kind == UNIT_KILLED || main == MAIN_YES || e->kind == UNIT_ENDED_MAYBE;
	snprintf(buf, size, "systemd %s it%s%s (Restart%s%s)",
		 e->is_restarted ? "restarts" : "does not restart", e->is_restarted ? " " : "",
		 e->is_restarted ? format_delay(s->restart_usec, delay) : "",
		 !is_forced         ? "="
		 : s->kill_prevents ? "PreventExitStatus="
				    : "ForceExitStatus=",
		 !is_forced && value ? value : "SIGKILL");
}

/* Why nothing happens. */
static const char *explain_policy(const struct unit_effects_unit *unit, char buf[64])
{
	const char *policy = unit_effect_policy_text(unit->settings.policy);

	if (!policy)
		return unit->settings.is_service ? "this systemd has no OOMPolicy="
						 : "this systemd has no OOMPolicy= of scopes";
	if (unit->is_v1)
		return "with cgroup version 1, OOMPolicy= has no effect";
	if (!unit->sees_kills)
		return "without the memory controller, OOMPolicy= has no effect";
	snprintf(buf, 64, "OOMPolicy=%s", policy);
	return buf;
}

const char *unit_effects_format(const struct unit_effects_unit *unit, enum unit_effect_main main,
				char buf[UNIT_EFFECTS_TEXT])
{
	const struct unit_effect_settings *s = &unit->settings;
	char name[2 * CGROUP_PATH_NAME + 8], restart[256], reason[64], number[64] = "";
	const char *policy;
	struct unit_effect e;

	snprintf(name, sizeof(name), "%s%s%s", unit->name, *unit->owner ? " of " : "", unit->owner);
	if (unit->err) {
		snprintf(buf, UNIT_EFFECTS_TEXT, "what systemd does with %s is unknown: %s", name,
			 unit->err == -ENOENT      ? "it has no such unit now"
			 : unit->err == -ELIBACC   ? "libsystemd.so.0 cannot be loaded"
			 : unit->err == -ETIMEDOUT ? "no answer"
						   : strerror(-unit->err));
		return buf;
	}
	e = unit_effects_of(unit, main);
	policy = explain_policy(unit, reason);
	format_restart(s, &e, main, restart, sizeof(restart));
	if (unit->n_processes)
		snprintf(number, sizeof(number), "%zu process%s, ", unit->n_processes,
			 unit->n_processes == 1 ? "" : "es");
	if (e.kind == UNIT_CHANGES)
		snprintf(buf, UNIT_EFFECTS_TEXT, "%s is being %s: what systemd does is unknown",
			 name, s->state == UNIT_STOPS ? "stopped already" : "reloaded");
	else if (e.kind == UNIT_CONTINUES)
		snprintf(buf, UNIT_EFFECTS_TEXT, "%s continues (%s)", name, policy);
	else if (e.kind == UNIT_ENDED_MAYBE)
		snprintf(buf, UNIT_EFFECTS_TEXT,
			 "%s ends if this was its main process (%s)%s%s; else it continues", name,
			 policy, *restart ? "; then " : "", restart);
	else if (e.kind == UNIT_ENDED && main == MAIN_CONTROL)
		snprintf(buf, UNIT_EFFECTS_TEXT, "the start of %s fails with this process (%s)%s%s",
			 name, policy, *restart ? "; " : "", restart);
	else if (e.kind == UNIT_ENDED)
		snprintf(buf, UNIT_EFFECTS_TEXT, "%s ends with its main process (%s)%s%s", name,
			 policy, *restart ? "; " : "", restart);
	else
		snprintf(buf, UNIT_EFFECTS_TEXT, "%s %s (%s%s)%s%s%s",
			 e.kind == UNIT_STOPPED ? "systemd stops"
						: "the kernel and systemd kill all of",
			 name, number, policy,
			 e.kind == UNIT_STOPPED && s->keeps_others
				 ? ", but KillMode= leaves other processes"
				 : "",
			 *restart ? "; " : "", restart);
	return buf;
}

static void write_text(struct json_writer *j, const char *key, const char *text)
{
	if (text && *text)
		json_write_text(j, key, text);
	else
		json_write_null(j, key);
}

void unit_effects_write(struct json_writer *j, const struct unit_effects_unit *unit,
			enum unit_effect_main main)
{
	const struct unit_effect_settings *s;
	struct unit_effect e = { .kind = UNIT_ENDED_MAYBE };

	if (!unit) {
		json_write_null(j, "systemd");
		return;
	}
	s = &unit->settings;
	if (!unit->err)
		e = unit_effects_of(unit, main);
	json_write_open(j, "systemd", '{');
	json_write_text(j, "unit", unit->name);
	write_text(j, "manager", unit->owner);
	write_text(j, "oom_policy", unit_effect_policy_text(s->policy));
	write_text(j, "effect", unit_effect_kind_text(e.kind));
	write_text(j, "result", e.result);
	if (unit->n_processes)
		json_write_number(j, "processes", (int64_t)unit->n_processes);
	else
		json_write_null(j, "processes");
	if (s->is_service) {
		write_text(j, "restart", unit_effect_restart_text(s->restart));
		json_write_number(j, "restart_usec",
				  s->restart_usec > INT64_MAX ? INT64_MAX
							      : (int64_t)s->restart_usec);
	} else {
		json_write_null(j, "restart");
		json_write_null(j, "restart_usec");
	}
	if (s->is_service && e.doubt == RESTART_CERTAIN && e.kind != UNIT_ENDED_MAYBE)
		json_write_bool(j, "restarted", e.is_restarted);
	else
		json_write_null(j, "restarted");
	json_write_close(j, '}');
}
