/* SPDX-License-Identifier: GPL-2.0-or-later */
/* undo: what apply changed, for commands that change everything or nothing. */
#pragma once

#include "cmd/shared/targets.h"
#include "sys/adj/saved_adj.h"

struct undo_entry {
	struct identity id;
	int before; /* adj */
	bool has_saved;
	struct saved_adj_change saved;
};

/* Zeroed at first. */
struct undo {
	struct undo_entry *list;
	size_t n;
};

/*
 * A target, which must be pinned, had adj before and was changed. saved: what saved_adj_save() did
 * for it; NULL: nothing.
 */
void undo_add(struct undo *u, const struct target *target, const struct pidref *ref, int before,
	      const struct saved_adj_change *saved);

/* Sets all processes to their earlier adj, and restores what was saved for unprotect. */
enum status undo_restore(struct ctx *cx, struct undo *u);

/* The changes are final. is_unprotect: removes the values that they restored. */
void undo_keep(struct undo *u, bool is_unprotect);

/* After unprotect: removes the saved value of a process. */
void undo_forget_saved(int proc, const struct pidref *ref, int value);
