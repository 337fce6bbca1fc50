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
	size_t n_processes; /* now; 0: unknown */
};

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
 * The unit that decides for a process with this cgroup path, as cgroup_path_read_both() reads it,
 * with its settings. NULL: it has no unit, or there is no systemd. Call it while the caller's
 * capabilities are in effect. The result stays valid until unit_effects_end().
 */
const struct unit_effects_unit *unit_effects_find(struct unit_effects *u, const char *path);

/* The same for a process. proc: a handle of /proc. */
const struct unit_effects_unit *unit_effects_find_pid(struct unit_effects *u, int proc, pid_t pid);

/* The effect of a kill. unit->err must be 0. */
struct unit_effect unit_effects_of(const struct unit_effects_unit *unit,
				   enum unit_effect_main main);

/* One sentence, without escapes and full stop. unit->err can be anything. Returns buf. */
#define UNIT_EFFECTS_TEXT 1024
const char *unit_effects_format(const struct unit_effects_unit *unit, enum unit_effect_main main,
				char buf[UNIT_EFFECTS_TEXT]);

/* The member "systemd": an object, or null if unit is NULL. */
void unit_effects_write(struct json_writer *j, const struct unit_effects_unit *unit,
			enum unit_effect_main main);
