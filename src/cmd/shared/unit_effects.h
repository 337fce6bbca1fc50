/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit_effects: what systemd does with the unit of a process that the OOM killer kills, as text and
 * JSON. Managers are asked only after the victims are known, never to rank them, and about
 * UNIT_EFFECTS_MAX units at most; after UNIT_EFFECTS_WAIT_S seconds no more questions begin.
 */
#pragma once

#include <stdio.h>
#include <time.h>

#include "oom/rules/unit_effect.h"
#include "sys/cgroup/memcg.h"
#include "sys/cgroup/path.h"
#include "sys/priv/privilege.h"
#include "ui/json.h"

#define UNIT_EFFECTS_MAX    100
#define UNIT_EFFECTS_WAIT_S 5

/* A unit, by its cgroup path. */
struct unit_effects_unit {
	char *path;                   /* of its cgroup */
	char name[CGROUP_PATH_NAME];  /* as systemd has it */
	char owner[CGROUP_PATH_NAME]; /* user@UID.service; "": a unit of the system */
	int err;                      /* 0: its settings are known */
	struct unit_effect_settings settings;
	bool sees_kills, is_v1;
	bool is_running;    /* of a kill in a log: settings.last_main_pid is its main process now */
	size_t n_processes; /* now; 0: unknown */
};

/* A unit, and a kill that includes some of its processes. */
struct unit_effects_kill {
	const struct unit_effects_unit *unit;
	size_t n; /* these processes */
	enum unit_effect_main main;
	bool is_unsure; /* a log does not have the units of all processes: perhaps not this one */
};

/* The units of all processes that one kill includes; the victim's comes first. */
struct unit_effects_kills {
	struct unit_effects_kill *list; /* owned */
	size_t n, n_more;               /* n_more: not asked about */
};

/* In text, so many are named. */
#define UNIT_EFFECTS_SHOWN 8

/* The units of one run. */
struct unit_effects {
	const struct privilege *privilege;
	const struct memcg_tree *tree; /* NULL: the host's kernel log names the victims */
	int socket;                    /* of unit_settings_serve(); -1: none */
	bool is_off;                   /* no systemd, or it does not answer */
	time_t asked_first;            /* by CLOCK_MONOTONIC; 0: not yet */
	bool is_v1;
	struct unit_effects_unit **list;
	size_t n;
};

/* tree: of the memory cgroups, which must stay open. Nothing is asked yet. */
void unit_effects_begin(struct unit_effects *u, const struct privilege *p,
			const struct memcg_tree *tree);

/*
 * The same, for victims in the kernel log, before the program enters a sandbox that allows writing
 * to u->socket. Without effect if the log can be that of another system: in a PID or cgroup
 * namespace.
 */
void unit_effects_begin_log(struct unit_effects *u, const struct privilege *p);

void unit_effects_end(struct unit_effects *u);

/*
 * Adds the unit that decides for a process that a kill includes, if it has one and there is
 * systemd; the victim first. proc: a handle of /proc. Call it while the caller's capabilities are
 * in effect. The units stay valid until unit_effects_end().
 */
void unit_effects_add(struct unit_effects *u, int proc, pid_t pid, struct unit_effects_kills *k);

/*
 * The same for a kill in the kernel log, by the cgroup path of the victim as it is in systemd's
 * hierarchy; and for the cgroup that was killed as a group: adds the units of a slice as the
 * manager knows them now. The caller sets main and is_unsure of each kill.
 */
void unit_effects_add_path(struct unit_effects *u, const char *path, struct unit_effects_kills *k);
void unit_effects_add_below(struct unit_effects *u, const char *top, struct unit_effects_kills *k);

/* The effect of a kill. k->unit->err must be 0. */
struct unit_effect unit_effects_of(const struct unit_effects_kill *k);

/* Whether there are more than UNIT_EFFECTS_SHOWN, and then their number as text. */
#define UNIT_EFFECTS_MORE 48
bool unit_effects_have_more(const struct unit_effects_kills *k, char buf[UNIT_EFFECTS_MORE]);

/* One sentence, without escapes and full stop. unit->err can be anything. Returns buf. */
#define UNIT_EFFECTS_TEXT 1024
const char *unit_effects_format(const struct unit_effects_kill *k, char buf[UNIT_EFFECTS_TEXT]);

/*
 * The members "systemd", an object for the victim's unit, or null if there is none; and
 * "other_units", an array of such objects; and "more_units", how many it lacks.
 */
void unit_effects_write(struct json_writer *j, const struct unit_effects_kills *k);
