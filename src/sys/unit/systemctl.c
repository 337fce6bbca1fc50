/* SPDX-License-Identifier: GPL-2.0-or-later */
/* systemctl: what a systemd manager says, by its own program systemctl. */
#include "sys/unit/systemctl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/num.h"
#include "oom/rules/adj.h"
#include "sys/unit/internal.h"

#define PROPERTIES                                                         \
	"Id,LoadState,LoadError,ControlGroup,FragmentPath,"                \
	"DropInPaths,Transient,OOMScoreAdjust,OOMPolicy,KillMode,MainPID," \
	"Names,NeedDaemonReload,User"

#define SYSTEM_DIRECTORY "/etc/systemd/system"

bool systemctl_is_booted(void)
{
	struct stat st;

	return lstat("/run/systemd/system", &st) == 0 && S_ISDIR(st.st_mode);
}

/* Cuts text at its next line feed; NULL: no more lines. */
static char *next_line(char **text)
{
	char *line = *text && **text ? strsep(text, "\n") : NULL;

	return line;
}

/* The value of a line KEY=VALUE; NULL: another key. */
static char *value_of(char *line, const char *key)
{
	size_t len = strlen(key);

	return strncmp(line, key, len) == 0 && line[len] == '=' ? line + len + 1 : NULL;
}

/*
 * Splits a list of paths at its blanks, in place: each gets a NUL, and an empty one ends them. This
 * takes a byte more than the list has, so it begins at the '=' before it. systemctl quotes a path
 * with special characters, and escapes some by a backslash.
 */
static char *split_paths(char *value)
{
	char *list = value - 1, *to = list, *from = value;

	while (*from) {
		bool is_quoted = *from == '"';
		char *start = to;

		from += is_quoted;
		while (*from && *from != (is_quoted ? '"' : ' ')) {
			from += is_quoted && *from == '\\' && from[1];
			*to++ = *from++;
		}
		from += is_quoted && *from;
		from += *from == ' ';
		if (to > start)
			*to++ = '\0';
	}
	*to = '\0';
	return list;
}

static void take_line(struct systemctl_unit *u, char *line)
{
	char *value;
	int64_t number;

	if ((value = value_of(line, "Id")))
		u->id = value;
	else if ((value = value_of(line, "Names")))
		u->names = value;
	else if ((value = value_of(line, "NeedDaemonReload")))
		u->needs_reload = strcmp(value, "yes") == 0;
	else if ((value = value_of(line, "LoadState")))
		u->load_state = value;
	else if ((value = value_of(line, "LoadError")))
		u->load_error = value;
	else if ((value = value_of(line, "ControlGroup")))
		u->cgroup = value;
	else if ((value = value_of(line, "FragmentPath")))
		u->fragment = value;
	else if ((value = value_of(line, "Transient")))
		u->is_transient = strcmp(value, "yes") == 0;
	else if ((value = value_of(line, "OOMPolicy")))
		u->oom_policy = value;
	else if ((value = value_of(line, "KillMode")))
		u->kill_mode = value;
	else if ((value = value_of(line, "User")))
		u->user = value;
	else if ((value = value_of(line, "DropInPaths")))
		u->dropins = split_paths(value);
	else if ((value = value_of(line, "MainPID")) && !num_parse(value, 1, INT_MAX, &number))
		u->main_pid = (pid_t)number;
	else if ((value = value_of(line, "OOMScoreAdjust")) &&
		 !num_parse(value, ADJ_NEVER, ADJ_MAX, &number)) {
		u->adj = (int)number;
		u->has_adj = true;
	}
}

/* Units are separated by empty lines. */
int systemctl_parse(char *text, struct systemctl_units *found)
{
	static const struct systemctl_unit none = { .load_state = "",
						    .load_error = "",
						    .cgroup = "",
						    .fragment = "",
						    .oom_policy = "",
						    .kill_mode = "",
						    .names = "",
						    .dropins = "" };
	struct systemctl_unit u = none;
	char *line;
	int err;

	do {
		line = next_line(&text);
		if (line && *line) {
			take_line(&u, line);
			continue;
		}
		if (!u.id)
			continue;
		err = array_grow(&found->list, &found->room, found->n + 1);
		if (err)
			return err;
		found->list[found->n++] = u;
		u = none;
	} while (line);
	return 0;
}

static int seconds_of(const struct systemctl *m)
{
	return m->is_brief ? SYSTEMCTL_SHOW_S : SYSTEMCTL_WAIT_S;
}

int systemctl_show(const struct systemctl *m, const char *name, struct systemctl_units *found,
		   char why[SYSTEMCTL_WHY])
{
	const char *args[] = { "show", "--property=" PROPERTIES, "--", name, NULL };
	int err;

	*found = (struct systemctl_units){ .n = 0 };
	err = systemctl_run(m, args, seconds_of(m), &found->text, why);
	if (err)
		return err;
	err = systemctl_parse(found->text, found);
	if (err)
		snprintf(why, SYSTEMCTL_WHY, "%s", strerror(-err));
	return err;
}

void systemctl_free(struct systemctl_units *found)
{
	free(found->list);
	free(found->text);
	*found = (struct systemctl_units){ .n = 0 };
}

/*
 * A user manager knows where the user's own files are, by its HOME and XDG_CONFIG_HOME: the first
 * directory that does not belong to systemctl edit --runtime or set-property.
 */
static const char *find_directory(const struct systemctl *m, const char *paths)
{
	static const char user[] = "/systemd/user";

	for (const char *p = paths; *p; p += strlen(p) + 1) {
		size_t len = strlen(p), n = sizeof(user) - 1;

		if (!m->is_user && strcmp(p, SYSTEM_DIRECTORY) == 0)
			return p;
		if (m->is_user && *p == '/' && len > n && strcmp(p + len - n, user) == 0)
			return p;
	}
	return NULL;
}

static void keep_paths(struct systemctl_manager *manager, const char *paths)
{
	char *to = manager->unit_path, *end = to + sizeof(manager->unit_path) - 1;

	for (size_t len; *paths && (len = strlen(paths) + 1) < (size_t)(end - to); paths += len) {
		memcpy(to, paths, len);
		to += len;
	}
	*to = '\0';
}

int systemctl_read_manager(const struct systemctl *m, struct systemctl_manager *manager,
			   char why[SYSTEMCTL_WHY])
{
	const char *args[] = { "show", "--property=UnitPath,DefaultOOMScoreAdjust", NULL };
	const char *directory = NULL;
	char *text = NULL, *rest, *line, *value;
	int64_t number;
	int err = systemctl_run(m, args, seconds_of(m), &text, why);

	*manager = (struct systemctl_manager){ .default_adj = 0 };
	rest = text;
	while (!err && (line = next_line(&rest))) {
		if ((value = value_of(line, "UnitPath")))
			keep_paths(manager, split_paths(value));
		else if ((value = value_of(line, "DefaultOOMScoreAdjust")) &&
			 !num_parse(value, ADJ_NEVER, ADJ_MAX, &number)) {
			manager->default_adj = (int)number;
			manager->has_default_adj = true;
		}
	}
	if (!err)
		directory = find_directory(m, manager->unit_path);
	if (!err && (!directory || strlen(directory) >= sizeof(manager->directory))) {
		snprintf(why, SYSTEMCTL_WHY, "it reads no unit files in %s",
			 m->is_user ? "a directory of the user" : SYSTEM_DIRECTORY);
		err = -ENOTSUP;
	}
	if (!err)
		memcpy(manager->directory, directory, strlen(directory) + 1);
	free(text);
	return err;
}

int systemctl_reload(const struct systemctl *m, char why[SYSTEMCTL_WHY])
{
	const char *args[] = { "daemon-reload", NULL };
	char *text = NULL;
	int err = systemctl_run(m, args, SYSTEMCTL_RELOAD_S, &text, why);

	free(text);
	return err;
}

/* Each line begins with a name. Keeps only the names; to is at most from. */
static char *keep_names(char *to, char *from)
{
	char *line;

	while ((line = next_line(&from))) {
		size_t len = strcspn(line, " ");

		if (!len)
			continue;
		memmove(to, line, len);
		to += len;
		*to++ = '\n';
	}
	return to;
}

int systemctl_list(const struct systemctl *m, const char *pattern, char **names,
		   char why[SYSTEMCTL_WHY])
{
	const char *units[] = { "list-units",  "--all", "--full", "--plain",
				"--no-legend", "--",    pattern,  NULL };
	const char *files[] = { "list-unit-files", "--full", "--plain", "--no-legend", "--",
				pattern,           NULL };
	char *loaded = NULL, *installed = NULL, *end;
	int err = systemctl_run(m, units, seconds_of(m), &loaded, why);

	*names = NULL;
	if (!err)
		err = systemctl_run(m, files, seconds_of(m), &installed, why);
	/* Without a match it exits with 1. */
	if (err == -ENODATA && (installed = calloc(1, 1)))
		err = 0;
	if (!err)
		*names = malloc(strlen(loaded) + strlen(installed) + 3);
	if (*names) {
		end = keep_names(*names, loaded);
		end = keep_names(end, installed);
		*end = '\0';
	} else if (!err) {
		snprintf(why, SYSTEMCTL_WHY, "%s", strerror(ENOMEM));
		err = -ENOMEM;
	}
	free(loaded);
	free(installed);
	return err;
}
