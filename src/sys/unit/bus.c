/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bus: reads properties of a unit over D-Bus, by libsystemd, which is loaded when it is needed. */
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "oom/rules/adj.h"
#include "sys/unit/internal.h"

/* A C library for which systemd is not built, such as musl, has no libsystemd either. */
#if __has_include(<systemd/sd-bus.h>)
#include <systemd/sd-bus.h>

#define MANAGER "org.freedesktop.systemd1"
#define UNIT    MANAGER ".Unit"

/* Longer texts of a manager are cut: no value that is compared has this length. */
#define VALUE_MAX PATH_MAX

static struct {
	__typeof__(&sd_bus_new) new;
	__typeof__(&sd_bus_set_address) set_address;
	__typeof__(&sd_bus_set_bus_client) set_client;
	__typeof__(&sd_bus_start) start;
	__typeof__(&sd_bus_get_property) get;
	__typeof__(&sd_bus_call_method) call;
	__typeof__(&sd_bus_message_read_basic) read;
	__typeof__(&sd_bus_message_enter_container) enter;
	__typeof__(&sd_bus_message_exit_container) leave;
	__typeof__(&sd_bus_message_skip) skip;
	__typeof__(&sd_bus_message_read_array) read_array;
	__typeof__(&sd_bus_path_encode) encode;
} bus;

static int load(void)
{
	static const struct {
		void **function;
		const char *name;
	} functions[] = {
		{ (void **)&bus.new, "sd_bus_new" },
		{ (void **)&bus.set_address, "sd_bus_set_address" },
		{ (void **)&bus.set_client, "sd_bus_set_bus_client" },
		{ (void **)&bus.start, "sd_bus_start" },
		{ (void **)&bus.get, "sd_bus_get_property" },
		{ (void **)&bus.call, "sd_bus_call_method" },
		{ (void **)&bus.read, "sd_bus_message_read_basic" },
		{ (void **)&bus.enter, "sd_bus_message_enter_container" },
		{ (void **)&bus.leave, "sd_bus_message_exit_container" },
		{ (void **)&bus.skip, "sd_bus_message_skip" },
		{ (void **)&bus.read_array, "sd_bus_message_read_array" },
		{ (void **)&bus.encode, "sd_bus_path_encode" },
	};
	void *library = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);

	for (size_t i = 0; library && i < sizeof(functions) / sizeof(functions[0]); i++) {
		*functions[i].function = dlsym(library, functions[i].name);
		if (!*functions[i].function)
			return -ELIBACC;
	}
	return library ? 0 : -ELIBACC;
}

/* A unit in a connection; the process ends after it, which frees everything. */
struct bus_unit {
	sd_bus *bus;
	char *path;
	const char *interface;
};

/* is_direct: a manager's own socket, without a bus daemon. */
static int connect_to(const char *address, bool is_direct, sd_bus **b)
{
	int err = bus.new(b);

	if (err >= 0)
		err = bus.set_address(*b, address);
	if (err >= 0)
		err = bus.set_client(*b, !is_direct);
	return err < 0 ? err : bus.start(*b);
}

/*
 * A manager's own socket accepts root and the manager's user; the bus of the system accepts every
 * user.
 */
static int connect_manager(const struct systemctl *m, bool is_root, sd_bus **b)
{
	char direct[128] = "unix:path=/run/systemd/private";
	char daemon[128] = "unix:path=/run/dbus/system_bus_socket";
	int err = -EACCES;

	if (m->is_user) {
		snprintf(direct, sizeof(direct), "unix:path=/run/user/%u/systemd/private",
			 (unsigned int)m->uid);
		snprintf(daemon, sizeof(daemon), "unix:path=/run/user/%u/bus",
			 (unsigned int)m->uid);
	}
	if (m->is_user || is_root)
		err = connect_to(direct, true, b);
	if (err < 0)
		err = connect_to(daemon, false, b);
	/* -ENOENT is of a unit. */
	return err == -ENOENT ? -ECONNREFUSED : err;
}

static int get(const struct bus_unit *u, const char *interface, const char *name, const char *type,
	       sd_bus_message **reply)
{
	return bus.get(u->bus, MANAGER, u->path, interface, name, NULL, reply, type);
}

/* "": there is no such property. A value that is a text: its type is given. */
static int read_text(const struct bus_unit *u, const char *interface, const char *name,
		     char value[VALUE_MAX])
{
	sd_bus_message *reply = NULL;
	const char *text;
	int err = get(u, interface, name, "s", &reply);

	*value = '\0';
	if (err >= 0)
		err = bus.read(reply, 's', &text);
	if (err >= 0)
		snprintf(value, VALUE_MAX, "%s", text);
	return err < 0 ? err : 0;
}

/* type: b, u, or t. 0: there is no such property. */
static uint64_t read_number(const struct bus_unit *u, const char *interface, const char *name,
			    char type)
{
	const char types[] = { type, '\0' };
	sd_bus_message *reply = NULL;
	uint32_t small = 0;
	uint64_t large = 0;

	if (get(u, interface, name, types, &reply) < 0 ||
	    bus.read(reply, type, type == 't' ? (void *)&large : (void *)&small) < 0)
		return 0;
	return type == 't' ? large : small;
}

/* The adj of a start, also if it is the manager's default. */
static bool read_adj(const struct bus_unit *u, int *adj)
{
	sd_bus_message *reply = NULL;
	int32_t value;

	if (get(u, u->interface, "OOMScoreAdjust", "i", &reply) < 0 ||
	    bus.read(reply, 'i', &value) < 0 || value < ADJ_NEVER || value > ADJ_MAX)
		return false;
	*adj = value;
	return true;
}

/* Whether a set of exit statuses and signals contains SIGKILL; *has_any: or anything. */
static bool has_kill(const struct bus_unit *u, const char *name, bool *has_any)
{
	sd_bus_message *reply = NULL;
	const int32_t *signals = NULL;
	const void *list = NULL;
	size_t n_statuses = 0, size = 0;

	*has_any = false;
	if (get(u, u->interface, name, "(aiai)", &reply) < 0 || bus.enter(reply, 'r', "aiai") < 0 ||
	    bus.read_array(reply, 'i', &list, &n_statuses) < 0 ||
	    bus.read_array(reply, 'i', &list, &size) < 0)
		return false;
	*has_any = n_statuses || size;
	signals = list;
	for (size_t i = 0; i < size / sizeof(*signals); i++)
		if (signals[i] == SIGKILL)
			return true;
	return false;
}

struct bus_command {
	bool is_found;
	bool is_ignored; /* it has "-" */
	bool is_last;
};

/*
 * Finds the command of a list, such as ExecStart=, that runs or ran as this process. Not found:
 * is_ignored is that of the first one, which started the main process if it forks.
 */
static void find_command(const struct bus_unit *u, const char *name, pid_t pid,
			 struct bus_command *c)
{
	sd_bus_message *reply = NULL;
	uint32_t at = 0;
	int ignored = 0;
	size_t n = 0;

	if (c->is_found || !pid || get(u, u->interface, name, "a(sasbttttuii)", &reply) < 0 ||
	    bus.enter(reply, 'a', "(sasbttttuii)") < 0)
		return;
	while (bus.enter(reply, 'r', "sasbttttuii") > 0) {
		if (bus.skip(reply, "sas") < 0 || bus.read(reply, 'b', &ignored) < 0 ||
		    bus.skip(reply, "tttt") < 0 || bus.read(reply, 'u', &at) < 0 ||
		    bus.skip(reply, "ii") < 0 || bus.leave(reply) < 0)
			return;
		c->is_last = !c->is_found;
		if (!n++)
			c->is_ignored = ignored != 0;
		if ((pid_t)at == pid)
			*c = (struct bus_command){ true, ignored != 0, true };
	}
}

static enum unit_effect_state parse_state(const char *text)
{
	static const struct {
		const char *start;
		enum unit_effect_state state;
	} states[] = {
		{ "condition", UNIT_STARTS }, { "start", UNIT_STARTS }, { "exited", UNIT_EXITED },
		{ "reload", UNIT_RELOADS },   { "stop", UNIT_STOPS },   { "final", UNIT_STOPS },
	};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strncmp(text, states[i].start, strlen(states[i].start)) == 0)
			return states[i].state;
	return UNIT_RUNS;
}

static void read_limit(const struct bus_unit *u, struct unit_effect_settings *s)
{
	uint64_t started = read_number(u, UNIT, "InactiveExitTimestampMonotonic", 't'), now;
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	now = (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
	s->since_start_usec = now > started ? now - started : 0;
	s->limit_interval_usec = read_number(u, UNIT, "StartLimitIntervalUSec", 't');
	s->limit_burst = (uint32_t)read_number(u, UNIT, "StartLimitBurst", 'u');
	s->n_restarts = (uint32_t)read_number(u, u->interface, "NRestarts", 'u');
}

/* The processes, and whether the commands that they run have "-". */
static void read_processes(const struct bus_unit *u, struct unit_effect_settings *s)
{
	static const char *const starts[] = { "ExecCondition", "ExecStartPre", "ExecStart",
					      "ExecStartPost" };
	struct bus_command main = { .is_last = true }, control = { .is_last = true };

	s->main_pid = (pid_t)read_number(u, u->interface, "MainPID", 'u');
	s->last_main_pid = (pid_t)read_number(u, u->interface, "ExecMainPID", 'u');
	s->control_pid = (pid_t)read_number(u, u->interface, "ControlPID", 'u');
	find_command(u, "ExecStart", s->last_main_pid, &main);
	s->ignores_main = main.is_ignored;
	s->has_next = main.is_found && !main.is_last;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		find_command(u, starts[i], s->control_pid, &control);
	s->ignores_control = control.is_found && control.is_ignored;
}

static void read_service(const struct bus_unit *u, struct unit_effect_settings *s)
{
	sd_bus_message *reply = NULL;
	char value[VALUE_MAX];
	bool has_any;

	s->is_service = true;
	s->has_adj = read_adj(u, &s->adj);
	s->restart = RESTART_UNKNOWN;
	if (read_text(u, u->interface, "Restart", value) == 0)
		s->restart = unit_effect_parse_restart(value);
	s->is_ended_by_cgroup = read_text(u, u->interface, "ExitType", value) == 0 &&
				strcmp(value, "cgroup") == 0;
	s->keeps_others = read_text(u, u->interface, "KillMode", value) == 0 &&
			  (strcmp(value, "process") == 0 || strcmp(value, "none") == 0);
	s->sends_no_kill = get(u, u->interface, "SendSIGKILL", "b", &reply) >= 0 &&
			   !read_number(u, u->interface, "SendSIGKILL", 'b');
	if (read_text(u, u->interface, "Result", value) == 0)
		snprintf(s->result, sizeof(s->result), "%.23s", value);
	s->stays_active = read_number(u, u->interface, "RemainAfterExit", 'b');
	s->kill_is_success = has_kill(u, "SuccessExitStatus", &has_any);
	s->kill_prevents = has_kill(u, "RestartPreventExitStatus", &s->has_prevents);
	s->kill_forces = has_kill(u, "RestartForceExitStatus", &s->has_forces);
	/* Since systemd 254, with RestartSteps=, it grows. */
	s->restart_usec = read_number(u, u->interface, "RestartUSecNext", 't');
	if (!s->restart_usec)
		s->restart_usec = read_number(u, u->interface, "RestartUSec", 't');
	read_processes(u, s);
	read_limit(u, s);
}

/* NULL: its type has no OOMPolicy=. */
static const char *find_interface(const char *name)
{
	const char *type = unit_name_type(name);

	return strcmp(type, "service") == 0 ? MANAGER ".Service"
	       : strcmp(type, "scope") == 0 ? MANAGER ".Scope"
					    : NULL;
}

/* Of a-b.slice, a-b-c.slice is below it. */
static bool is_in_slice(const char *slice, const char *top)
{
	size_t len = strlen(top) - strlen(".slice");

	return strncmp(slice, top, len) == 0 && (slice[len] == '-' || slice[len] == '.');
}

static void add_unit(const struct bus_unit *u, const char *slice, const char *name,
		     struct unit_settings_units *found)
{
	struct bus_unit unit = { .bus = u->bus, .interface = find_interface(name) };
	char value[VALUE_MAX];

	if (!unit.interface || strlen(name) >= UNIT_NAME_SIZE ||
	    bus.encode("/org/freedesktop/systemd1/unit", name, &unit.path) < 0 ||
	    read_text(&unit, unit.interface, "Slice", value) || !is_in_slice(value, slice))
		return;
	if (found->n < UNIT_SETTINGS_UNITS)
		snprintf(found->names[found->n++], UNIT_NAME_SIZE, "%s", name);
	else
		found->n_more++;
}

int bus_list_units(const struct systemctl *m, bool is_root, const char *slice,
		   struct unit_settings_units *found)
{
	struct bus_unit u = { .bus = NULL };
	sd_bus_message *reply = NULL;
	const char *name, *state;
	int err = load();

	memset(found, 0, sizeof(*found));
	if (!err)
		err = connect_manager(m, is_root, &u.bus);
	if (err >= 0)
		err = bus.call(u.bus, MANAGER, "/org/freedesktop/systemd1", MANAGER ".Manager",
			       "ListUnitsByPatterns", NULL, &reply, "asas", 0, 2, "*.service",
			       "*.scope");
	if (err >= 0)
		err = bus.enter(reply, 'a', "(ssssssouso)");
	while (err >= 0 && (err = bus.enter(reply, 'r', "ssssssouso")) > 0) {
		err = bus.read(reply, 's', &name);
		if (err >= 0)
			err = bus.skip(reply, "ss");
		if (err >= 0)
			err = bus.read(reply, 's', &state);
		if (err >= 0)
			err = bus.skip(reply, "ssouso");
		if (err >= 0)
			err = bus.leave(reply);
		if (err >= 0 && strcmp(state, "inactive") != 0)
			add_unit(&u, slice, name, found);
	}
	return err < 0 ? err : 0;
}

int bus_read_unit(const struct systemctl *m, bool is_root, const char *name,
		  struct unit_effect_settings *s)
{
	struct bus_unit u = { .interface = find_interface(name) };
	char value[VALUE_MAX];
	int err = load();

	memset(s, 0, sizeof(*s));
	if (!u.interface)
		return -EINVAL;
	if (!err)
		err = bus.encode("/org/freedesktop/systemd1/unit", name, &u.path);
	if (err >= 0)
		err = connect_manager(m, is_root, &u.bus);
	if (err >= 0)
		err = read_text(&u, UNIT, "LoadState", value);
	if (err < 0)
		return err;
	if (strcmp(value, "loaded") != 0)
		return -ENOENT;
	if (read_text(&u, u.interface, "OOMPolicy", value) == 0)
		s->policy = unit_effect_parse_policy(value);
	if (read_text(&u, u.interface, "ControlGroup", value) == 0)
		snprintf(s->cgroup, sizeof(s->cgroup), "%s", value);
	if (read_text(&u, UNIT, "SubState", value) == 0)
		s->state = parse_state(value);
	if (strcmp(unit_name_type(name), "service") == 0)
		read_service(&u, s);
	return 0;
}

#else

int bus_read_unit(const struct systemctl *m, bool is_root, const char *name,
		  struct unit_effect_settings *s)
{
	(void)m;
	(void)is_root;
	(void)name;
	memset(s, 0, sizeof(*s));
	return -ELIBACC;
}

int bus_list_units(const struct systemctl *m, bool is_root, const char *slice,
		   struct unit_settings_units *found)
{
	(void)m;
	(void)is_root;
	(void)slice;
	memset(found, 0, sizeof(*found));
	return -ELIBACC;
}

#endif
