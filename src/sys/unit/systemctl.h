/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * systemctl: asks a systemd manager, by its own program systemctl, which is executed by an absolute
 * path with an environment of its own (docs/decisions/10-systemctl.md). Every call ends within
 * SYSTEMCTL_WAIT_S or, for a reload, SYSTEMCTL_RELOAD_S seconds.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define SYSTEMCTL_WAIT_S   30
#define SYSTEMCTL_SHOW_S   5 /* if is_brief */
#define SYSTEMCTL_RELOAD_S 120

/* For a command that only shows facts: to start a program takes long where memory is short. */
#define SYSTEMCTL_SILENCE_S 5

#define SYSTEMCTL_WHY 256 /* bytes of a reason, from systemctl itself if it printed one */

/* A manager: of the system, or of the user who runs the program. */
struct systemctl {
	bool is_user;
	bool is_only_shown; /* waits at most SYSTEMCTL_SILENCE_S seconds for the next output */
	uid_t uid;
	bool is_brief; /* nothing will be changed: do not wait long */
};

/* Whether systemd is the first process, as in sd_booted(3). */
bool systemctl_is_booted(void);

/* A unit as the manager has loaded it. Texts belong to struct systemctl_units. */
struct systemctl_unit {
	const char *id;         /* its name; an alias has the name of its unit */
	const char *load_state; /* "loaded", "not-found", "masked", ... */
	const char *load_error; /* "": none */
	const char *cgroup;     /* "": it has no processes */
	const char *names;      /* all, separated by blanks */
	const char *fragment;   /* path of its unit file; "": none */
	const char *dropins; /* paths, each with its NUL, in the order of reading; "" ends them */
	const char *oom_policy; /* OOMPolicy=; "": its type, or this systemd, has none */
	const char *kill_mode;  /* KillMode=; "": its type has none */
	const char *user;       /* User=; "": root; NULL: its type has none */
	bool is_transient;
	bool needs_reload; /* its files were changed since the manager read them */
	bool has_adj;      /* its type has OOMScoreAdjust= */
	int adj;           /* the declared one, or the manager's default */
	pid_t main_pid;
};

struct systemctl_units {
	struct systemctl_unit *list;
	size_t n, room;
	char *text;
};

/*
 * Loads and describes units. name: complete; or a pattern, which finds loaded units. 0; -ENOENT: no
 * systemctl; -ETIMEDOUT: no answer; -EIO: it failed; -ENODATA: it failed without a message; others
 * as fork(2). why: the reason. Free found in any case.
 */
int systemctl_show(const struct systemctl *m, const char *name, struct systemctl_units *found,
		   char why[SYSTEMCTL_WHY]);

void systemctl_free(struct systemctl_units *found);

struct systemctl_manager {
	char unit_path[4 * PATH_MAX]; /* its directories, each with its NUL, by priority; "" ends */
	char directory[PATH_MAX];     /* of the administrator's or the user's own unit files */
	bool has_default_adj;         /* since systemd 250 */
	int default_adj;              /* of units without OOMScoreAdjust= */
};

/* Describes the manager itself. -ENOTSUP: it reads no such directory. Others as above. */
int systemctl_read_manager(const struct systemctl *m, struct systemctl_manager *manager,
			   char why[SYSTEMCTL_WHY]);

/* Makes the manager read all unit files again, and waits for it. Errors as above. */
int systemctl_reload(const struct systemctl *m, char why[SYSTEMCTL_WHY]);

/*
 * The names of all units and unit files that match a pattern, one per line, which the caller frees.
 * Errors as above.
 */
int systemctl_list(const struct systemctl *m, const char *pattern, char **names,
		   char why[SYSTEMCTL_WHY]);
