/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dropin: the file UNIT.d/60-oomctl.conf, which sets OOMScoreAdjust= of a systemd unit, and
 * 60-oomctl-group.conf, which sets OOMPolicy=. A link in its path is never followed, and a file
 * that this program did not write, or that was edited since, is never changed
 * (tests/cli/persist.bats). A change can be undone until it is kept.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#define DROPIN_FILE       "60-oomctl.conf"
#define DROPIN_GROUP_FILE "60-oomctl-group.conf"

/* What a drop-in sets: one line. */
struct dropin_setting {
	const char *file;
	const char *key;
	const char *mark;         /* what its first line calls it */
	const char *const *words; /* the texts of its values; NULL: they are numbers */
	int min, max;             /* values */
};

extern const struct dropin_setting dropin_adj;    /* OOMScoreAdjust= */
extern const struct dropin_setting dropin_policy; /* OOMPolicy=, enum unit_effect_policy */

#define DROPIN_WHY 320 /* bytes of a reason */

/* The directory of the unit files of a manager, such as /etc/systemd/system. */
struct dropin_base {
	char path[PATH_MAX];
	uid_t owner; /* 0: only root may be able to write to the directories of the path */
	int dir;     /* its handle; -1: it does not exist */
	int n_made;  /* how many directories at the end of the path were made */
	int lock;    /* -1: none */
};

struct dropin {
	const struct dropin_base *base;
	const struct dropin_setting *setting;
	const char *section;     /* such as "Service" */
	char unit[NAME_MAX + 1]; /* its directory: "UNIT.d" */
	char path[PATH_MAX + NAME_MAX + sizeof(DROPIN_GROUP_FILE) + 2];
	char shown[2 * PATH_MAX]; /* the path for messages, as text_quote() writes it */
	int dir;                  /* handle of UNIT.d; -1: it does not exist */
	bool has_file;            /* one of this program */
	int value;                /* in that file */
	bool was_interrupted;     /* a run that changed it was killed */
	int earlier_value;        /* then: in the file before that run */
	bool owns_dir;            /* this program made UNIT.d, now or earlier */
	bool is_made, is_saved, is_written, is_removed; /* what dropin_undo() must undo */
};

/*
 * Opens the directory, which must belong to owner. 0, also if it does not exist, or a negative
 * errno with the reason in why.
 */
int dropin_base_open(struct dropin_base *b, const char *path, uid_t owner, char why[DROPIN_WHY]);

/*
 * Makes the directory if it does not exist, and locks it against other runs; waits up to 5 s.
 * Errors as above; -EBUSY: another run holds the lock.
 */
int dropin_base_lock(struct dropin_base *b, char why[DROPIN_WHY]);

/* Unlocks and closes it. undo: removes the directories that were made, if they are empty. */
void dropin_base_close(struct dropin_base *b, bool undo);

/* Its copy during a change, left over if the program was killed. systemd reads only ".conf". */
#define DROPIN_OLD ".old"

/*
 * Looks for the file of a unit, and with a lock ends the change of a run that was killed; section:
 * see unit_name_section(). 0, also if there is none. -EEXIST: there is another file, which must not
 * be changed. Others as the system gives them. why: the reason.
 */
int dropin_open(struct dropin *d, const struct dropin_base *b, const struct dropin_setting *setting,
		const char *unit, const char *section, char why[DROPIN_WHY]);

/* Whether path, as systemd prints it, perhaps without links, is that of the file. */
bool dropin_is_at(const struct dropin *d, const char *path);

/* Predicts whether the file could be written or removed: 0 or a negative errno. */
int dropin_try(const struct dropin *d);

/* Writes the file, with mode 0644; a reader never sees part of it. 0 or a negative errno. */
int dropin_write(struct dropin *d, int value);

/* Removes the file. 0 or a negative errno. */
int dropin_remove(struct dropin *d);

/* Restores what was there before dropin_write() or dropin_remove(), also after their failure. */
int dropin_undo(struct dropin *d);

/* Keeps the change. After a removal: removes the directory too if this program made it. */
void dropin_keep(struct dropin *d);

void dropin_close(struct dropin *d);
