/* SPDX-License-Identifier: GPL-2.0-or-later */
/* origin: where the adj of a process comes from, as far as it is visible. */
#pragma once

#include <stdio.h>

#include "sys/cgroup/path.h"
#include "sys/cgroup/unit_file.h"
#include "sys/predict/candidates.h"
#include "sys/standing/pass.h"
#include "ui/json.h"

enum origin_kind {
	ORIGIN_UNKNOWN,
	ORIGIN_SAVED,
	ORIGIN_DEFAULT,
	ORIGIN_INHERITED,
	ORIGIN_EXPLICIT,
	ORIGIN_RULE, /* a standing rule set it */
};

/* Whether a declared value is in effect, or why not. */
enum origin_declared {
	DECLARED_EFFECTIVE,
	DECLARED_REFUSED,       /* a user manager cannot lower adj */
	DECLARED_RULE,          /* a standing rule set adj */
	DECLARED_NOT_RESTARTED, /* adj is what a start without the file gives */
	DECLARED_CHANGED,       /* adj was changed after the start */
	DECLARED_UNCERTAIN,     /* one of the last two */
};

struct origin {
	enum origin_kind kind;
	const struct task *t;
	int before;                  /* ORIGIN_SAVED: the adj before protect */
	const struct task *ancestor; /* ORIGIN_INHERITED */
	char unit[256];              /* "": none */
	char manager[256]; /* user@UID.service, if that manages the unit; "": the system */
	int manager_adj;   /* what systemd sets for the manager */
	char container[CGROUP_PATH_NAME]; /* its name or short ID; "": none */
	size_t n_unit, n_same;            /* processes of the unit, and those with this adj */
	bool is_declared;
	struct unit_file declared;
	enum origin_declared declared_is;
};

/* The origin of the adj of the nth candidate. */
void origin_find(const struct candidates *a, size_t nth, struct origin *o);

/* The decision of a standing rule: it can be the origin, or why a declared value has no effect. */
void origin_note_rule(struct origin *o, const struct pass_result *rule);

void origin_print(FILE *out, const struct origin *o);
void origin_write(struct json_writer *j, const struct origin *o);
