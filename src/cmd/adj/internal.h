/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of persist share. */
#pragma once

#include "cmd/adj/apply.h"
#include "sys/unit/dropin.h"
#include "sys/unit/systemctl.h"
#include "sys/unit/unit_name.h"

struct persist_unit {
	char name[UNIT_NAME_SIZE];   /* without aliases; of a template "a@.service" */
	char sample[UNIT_NAME_SIZE]; /* the same, or an instance that shows its settings */
	bool is_template;
	bool is_kept;      /* its settings need no change */
	int before, after; /* the OOMScoreAdjust= that a start has */
	struct dropin file;
	struct systemctl_units loaded;  /* the unit or the sample, one */
	struct systemctl_units running; /* of a template: its loaded instances */
};

struct persist {
	struct ctx *cx;
	const struct apply *ap;
	int adj; /* to store; not of unprotect */
	struct systemctl manager;
	struct systemctl_manager about;
	struct dropin_base base;
	struct persist_unit *units;
	size_t n;
};

/* Checks the names alone. ST_USAGE: reported. */
enum status persist_check_names(const struct find_patterns *m, const struct args *a);

/* Finds the units that m names, and checks that each can be changed. Reports all errors. */
enum status persist_find_units(struct persist *p, const struct find_patterns *m);

/* Reads u->loaded and u->running again. Reports an error; false: there was one. */
bool persist_read_loaded(const struct persist *p, struct persist_unit *u);

/*
 * The file that is read after the unit's own and sets another adj, or none; NULL: there is none.
 * found: the unit or an instance of it, as loaded.
 */
const char *persist_find_override(const struct persist *p, const struct persist_unit *u,
				  const struct systemctl_unit *found);

/* Reports that file. */
void persist_say_override(const struct persist *p, const struct persist_unit *u, const char *path);

/* The adj that the unit would have without the file of this program. */
int persist_predict_removal(const struct persist *p, const struct persist_unit *u,
			    const struct systemctl_unit *found);
