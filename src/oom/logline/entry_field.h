/* SPDX-License-Identifier: GPL-2.0-or-later */
/* entry_field: what a field of an entry means: its message, time, host or author. Pure. */
#pragma once

#include "oom/logline/entry.h"

enum entry_field {
	FIELD_NONE,
	FIELD_MESSAGE,
	FIELD_TIME,
	FIELD_HOST,
	FIELD_AUTHOR,
	FIELD_FACILITY,
	FIELD_PRIORITY,
	FIELD_CALLER
};

/* By the last part of a name, in any case. */
enum entry_field entry_field_find(const char *name);

/* Stores a field in e; the message is the caller's. */
void entry_field_put(struct entry *e, const char *name, const char *value);
