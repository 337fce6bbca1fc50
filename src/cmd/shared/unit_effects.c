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

/* is_listed: its manager has named it, so that its path does not matter. */
static void ask(struct unit_effects *u, struct unit_effects_unit *unit, uid_t owner, bool is_listed)
{
	const struct systemctl m = { .is_user = *unit->owner, .uid = owner };

	unit->err = u->tree ? unit_settings_read(u->privilege, &m, unit->name, &unit->settings)
			    : unit_settings_ask(u->socket, &m, unit->name, &unit->settings);
	/* What it does now is what followed the kill in the log, and other processes do it. */
	if (!u->tree) {
		unit->is_running = unit->settings.main_pid &&
				   unit->settings.main_pid == unit->settings.last_main_pid;
		unit->settings.state = UNIT_RUNS;
		unit->settings.control_pid = 0;
		unit->settings.limit_burst = 0;
		unit->settings.main_pid = unit->settings.last_main_pid;
		strcpy(unit->settings.result, "success");
	}
	/* The same name in a container is another unit. */
	if (!unit->err && !is_listed && *unit->settings.cgroup &&
	    strcmp(unit->settings.cgroup, unit->path) != 0)
		unit->err = -ENOENT;
	if (unit->err != -ETIMEDOUT && unit->err != -ELIBACC)
		return;
	u->is_off = true;
	msg_warn("cannot ask systemd what it does after a kill: %s",
		 unit->err == -ELIBACC ? "libsystemd.so.0 cannot be loaded" : "no answer");
}

/* path: up to the unit. */
static const struct unit_effects_unit *find_unit(struct unit_effects *u, const char *path,
						 const char *name, const char *owner, uid_t uid,
						 bool is_listed)
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
	ask(u, unit, uid, is_listed);
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

/* The unit that decides for a process with this cgroup path; NULL: none. */
static const struct unit_effects_unit *find_path(struct unit_effects *u, const char *path)
{
	char name[CGROUP_PATH_NAME], inner[CGROUP_PATH_NAME], part[CGROUP_PATH_MAX];
	const struct unit_effects_unit *outer;
	size_t len, below;
	uid_t uid;

	if (cgroup_path_find_managed(path, name, &len) || len >= sizeof(part))
		return NULL;
	snprintf(part, sizeof(part), "%.*s", (int)len, path);
	outer = has_policy(name) ? find_unit(u, part, name, "", 0, false) : NULL;
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
	return has_policy(inner) ? find_unit(u, part, inner, name, uid, false) : NULL;
}

static struct unit_effects_kill *find_kill(struct unit_effects_kills *k,
					   const struct unit_effects_unit *unit)
{
	for (size_t i = 0; i < k->n; i++)
		if (k->list[i].unit == unit)
			return &k->list[i];
	k->list = mem_grow(k->list, k->n, sizeof(*k->list));
	k->list[k->n] = (struct unit_effects_kill){ .unit = unit };
	return &k->list[k->n++];
}

void unit_effects_add(struct unit_effects *u, int proc, pid_t pid, struct unit_effects_kills *k)
{
	char memory[CGROUP_PATH_MAX], path[CGROUP_PATH_MAX];
	const struct unit_effects_unit *unit;
	struct unit_effects_kill *kill;

	if (u->is_off || cgroup_path_read_both(proc, pid, memory, path))
		return;
	unit = find_path(u, path);
	if (!unit)
		return;
	kill = find_kill(k, unit);
	kill->n++;
	if (pid == unit->settings.main_pid)
		kill->main = MAIN_YES;
	else if (pid == unit->settings.control_pid && kill->main == MAIN_NO)
		kill->main = MAIN_CONTROL;
	if (kill->n == unit->n_processes && kill->main != MAIN_CONTROL &&
	    (kill->main == MAIN_YES || !unit->settings.main_pid))
		kill->main = MAIN_ALL;
}

void unit_effects_add_path(struct unit_effects *u, const char *path, struct unit_effects_kills *k)
{
	const struct unit_effects_unit *unit = u->is_off ? NULL : find_path(u, path);

	if (unit)
		find_kill(k, unit);
}

/*
 * Finds the slice that path is, and its manager: the user's, owner, or that of the system, "".
 * false: it is no slice.
 */
static bool find_slice(const char *path, char slice[CGROUP_PATH_NAME], char owner[CGROUP_PATH_NAME],
		       struct systemctl *m)
{
	char other[CGROUP_PATH_NAME];
	size_t len;

	*owner = *slice = '\0';
	*m = (struct systemctl){ .is_user = false };
	if (cgroup_path_find_managed(path, owner, &len) == 0) {
		path += len;
		m->is_user = cgroup_path_is_user_manager(owner, &m->uid);
		if (!m->is_user || cgroup_path_find_managed(path, other, &len) == 0)
			return false;
	} else {
		*owner = '\0';
	}
	while (cgroup_path_next(&path, other))
		snprintf(slice, CGROUP_PATH_NAME, "%s", other);
	return strcmp(unit_name_type(slice), "slice") == 0;
}

static bool has_unit(const struct unit_effects_kills *k, const char *name, const char *owner)
{
	for (size_t i = 0; i < k->n; i++)
		if (strcmp(k->list[i].unit->name, name) == 0 &&
		    strcmp(k->list[i].unit->owner, owner) == 0)
			return true;
	return false;
}

void unit_effects_add_below(struct unit_effects *u, const char *top, struct unit_effects_kills *k)
{
	char slice[CGROUP_PATH_NAME], owner[CGROUP_PATH_NAME], path[2 * CGROUP_PATH_MAX];
	const struct unit_effects_unit *unit;
	struct unit_settings_units found;
	struct systemctl m;
	int err;

	if (u->is_off || !find_slice(top, slice, owner, &m))
		return;
	err = unit_settings_ask_slice(u->socket, &m, slice, &found);
	if (err) {
		msg_warn("cannot ask systemd for the units of %s: %s", slice, strerror(-err));
		return;
	}
	for (size_t i = 0; i < found.n; i++) {
		if (has_unit(k, found.names[i], owner))
			continue;
		snprintf(path, sizeof(path), "%s/%s", top, found.names[i]);
		unit = find_unit(u, path, found.names[i], owner, m.uid, true);
		if (!unit)
			return;
		find_kill(k, unit);
	}
	k->n_more = found.n_more;
}

struct unit_effect unit_effects_of(const struct unit_effects_kill *k)
{
	return unit_effect_find(&k->unit->settings, k->unit->sees_kills, k->main);
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
	else if (e->doubt == RESTART_BY_RESULT)
		snprintf(buf + at, size - at, "how its main process ended (Restart=%s)", value);
	else if (e->doubt == RESTART_BY_OTHERS)
		snprintf(buf + at, size - at, "whether all processes end (SendSIGKILL=no)");
	else if (e->doubt == RESTART_BY_LIMIT)
		snprintf(buf + at, size - at, "its earlier starts (StartLimitBurst=%u)",
			 (unsigned int)s->limit_burst);
	if (e->doubt != RESTART_CERTAIN)
		return;
	/* The exit status of the main process decides only if it is known. */
	is_forced &= e->kind == UNIT_KILLED || main == MAIN_YES || main == MAIN_ALL ||
		     e->kind == UNIT_ENDED_MAYBE;
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

bool unit_effects_have_more(const struct unit_effects_kills *k, char buf[UNIT_EFFECTS_MORE])
{
	size_t n = (k->n > UNIT_EFFECTS_SHOWN ? k->n - UNIT_EFFECTS_SHOWN : 0) + k->n_more;

	snprintf(buf, UNIT_EFFECTS_MORE, "and %zu more unit%s", n, n == 1 ? "" : "s");
	return n > 0;
}

static void format_known(const struct unit_effects_kill *k, char *buf, size_t size)
{
	const struct unit_effects_unit *unit = k->unit;
	enum unit_effect_main main = k->main;
	const struct unit_effect_settings *s = &unit->settings;
	char name[2 * CGROUP_PATH_NAME + 8], restart[256], reason[64], number[64] = "";
	const char *policy, *process = unit_effect_ends_with_last(s, main) ? "last" : "main";
	struct unit_effect e;

	snprintf(name, sizeof(name), "%s%s%s", unit->name, *unit->owner ? " of " : "", unit->owner);
	if (unit->err) {
		snprintf(buf, size, "what systemd does with %s is unknown: %s", name,
			 unit->err == -ENOENT      ? "it has no such unit now"
			 : unit->err == -ELIBACC   ? "libsystemd.so.0 cannot be loaded"
			 : unit->err == -ETIMEDOUT ? "no answer"
						   : strerror(-unit->err));
		return;
	}
	e = unit_effects_of(k);
	policy = explain_policy(unit, reason);
	format_restart(s, &e, main, restart, sizeof(restart));
	if (unit->n_processes)
		snprintf(number, sizeof(number), "%zu process%s, ", unit->n_processes,
			 unit->n_processes == 1 ? "" : "es");
	if (e.kind == UNIT_CHANGES)
		snprintf(buf, size, "%s is being %s: what systemd does is unknown", name,
			 s->state == UNIT_STOPS ? "stopped already" : "reloaded");
	else if (e.kind == UNIT_CONTINUES)
		snprintf(buf, size, "%s continues (%s)", name, policy);
	else if (e.kind == UNIT_ENDED_MAYBE)
		snprintf(buf, size, "%s ends if %s its %s process (%s)%s%s; else it continues",
			 name, k->is_unsure ? "this included" : "this was", process, policy,
			 *restart ? "; then " : "", restart);
	else if (e.kind == UNIT_ENDED && main == MAIN_CONTROL)
		snprintf(buf, size, "the start of %s fails with this process (%s)%s%s", name,
			 policy, *restart ? "; " : "", restart);
	else if (e.kind == UNIT_ENDED)
		snprintf(buf, size, "%s ends with its %s process (%s)%s%s", name, process, policy,
			 *restart ? "; " : "", restart);
	else
		snprintf(buf, size, "%s %s (%s%s)%s%s%s",
			 e.kind == UNIT_STOPPED ? "systemd stops"
						: "the kernel and systemd kill all of",
			 name, number, policy,
			 e.kind == UNIT_STOPPED && s->keeps_others
				 ? ", but KillMode= leaves other processes"
				 : "",
			 *restart ? "; " : "", restart);
}

const char *unit_effects_format(const struct unit_effects_kill *k, char buf[UNIT_EFFECTS_TEXT])
{
	size_t at = 0;

	if (k->is_unsure && !k->unit->err)
		at = (size_t)snprintf(buf, UNIT_EFFECTS_TEXT,
				      "%s: if its processes were killed too, ", k->unit->name);
	format_known(k, buf + at, UNIT_EFFECTS_TEXT - at);
	return buf;
}

static void write_text(struct json_writer *j, const char *key, const char *text)
{
	if (text && *text)
		json_write_text(j, key, text);
	else
		json_write_null(j, key);
}

static void write_kill(struct json_writer *j, const char *key, const struct unit_effects_kill *k)
{
	const struct unit_effects_unit *unit = k->unit;
	const struct unit_effect_settings *s = &unit->settings;
	struct unit_effect e = { .kind = UNIT_ENDED_MAYBE };

	if (!unit->err && !k->is_unsure)
		e = unit_effects_of(k);
	json_write_open(j, key, '{');
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

void unit_effects_write(struct json_writer *j, const struct unit_effects_kills *k)
{
	if (k->n)
		write_kill(j, "systemd", &k->list[0]);
	else
		json_write_null(j, "systemd");
	json_write_open(j, "other_units", '[');
	for (size_t i = 1; i < k->n; i++)
		write_kill(j, NULL, &k->list[i]);
	json_write_close(j, ']');
	json_write_number(j, "more_units", (int64_t)k->n_more);
}
