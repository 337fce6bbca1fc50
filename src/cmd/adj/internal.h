/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of apply and of persist share. */
#pragma once

#include "cmd/adj/apply.h"
#include "cmd/adj/privileged_write.h"
#include "sys/adj/adj_file.h"
#include "sys/adj/mm_sharers.h"
#include "sys/proc/pidref.h"
#include "sys/unit/dropin.h"
#include "sys/unit/systemctl.h"
#include "sys/unit/unit_name.h"

/* One run over all targets. */
struct apply_run {
	struct ctx *cx;
	const struct apply *ap;
	struct targets *t;
	int proc;
	bool has_sys_resource; /* for a dry run */
	struct privileged_write raise;
	struct mm_sharers watched; /* might share memory with a target; not with -q */
	size_t n_changed;
	size_t n_first;       /* targets found before the first write; the others are new */
	size_t n_late;        /* new targets that still had the old value */
	size_t n_unsaved;     /* of unprotect: targets without a saved value that can be trusted */
	bool has_inheritable; /* a change that matters for later children */
	enum status status;
};

/* One target. */
struct apply_work {
	struct target *target;
	const struct target *parent; /* a changed target that it might have inherited from */
	struct pidref ref;
	struct adj_file file;
	int before, wanted, after;
	int first; /* before any target was changed, which can change it if they share memory */
	bool is_clamped;
};

void apply_note(struct apply_run *r, enum status st);

/* "pid 4242 (name): adj 0 -> -999", on both scales if the old one is used, and a remark. */
void apply_say_change(const struct apply_run *r, const struct apply_work *w, const char *remark);

/* The end of a named target is an error. */
void apply_say_ended(struct apply_run *r, const struct target *target);

/* Chooses the adj to write. false: the target is done, or cannot be changed, as reported. */
bool apply_choose(struct apply_run *r, struct apply_work *w);

/* A name of a unit as text_quote() writes it, for a command to copy. */
#define PERSIST_WORD_MAX (4 * UNIT_NAME_SIZE + 4)

struct persist_unit {
	char name[UNIT_NAME_SIZE];    /* without aliases; of a template "a@.service" */
	char shown[PERSIST_WORD_MAX]; /* the name for messages and commands */
	char sample[UNIT_NAME_SIZE];  /* the same, or an instance that shows its settings */
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
	char **texts; /* that the descriptions of units use */
	size_t n_texts;
};

/* Whether the unit has a cgroup of its own, and so perhaps processes. */
bool persist_runs(const struct systemctl_unit *unit);

/*
 * What is appended to the cgroup of a unit for the processes that the unit itself starts. Below a
 * user manager are also that user's units, which get their adj from the manager.
 */
const char *persist_own_part(const struct systemctl_unit *unit);

/*
 * An error message that begins with lead, followed by "'oomctl COMMAND --cgroup PATH'" for what
 * runs now of the unit, or of each instance; none if nothing runs. A cgroup, because other managers
 * can have units with the same name.
 */
void persist_say_running(const struct persist_unit *u, const char *lead, const char *command);

/*
 * For a unit of a user whose processes have a floor above the adj: what root has to do before the
 * command is repeated.
 */
void persist_say_floor(const struct persist *p, const struct persist_unit *u);

/* Checks the names alone. ST_USAGE: reported. */
enum status persist_check_names(const struct find_patterns *m, const struct args *a);

/* Finds the units that m names, and checks that each can be changed. Reports all errors. */
enum status persist_find_units(struct persist *p, const struct find_patterns *m);

/* Reads u->loaded and u->running again. Reports an error; false: there was one. */
bool persist_read_loaded(const struct persist *p, struct persist_unit *u);

/*
 * Of a unit whose files were changed since systemd read them, replaces what systemd says about them
 * by what it will say after the reload.
 */
void persist_read_changed(struct persist *p, struct persist_unit *u);

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
