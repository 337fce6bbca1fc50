/* SPDX-License-Identifier: GPL-2.0-or-later */
/* victims: the list of predicted kills. */
#pragma once

#include "cmd/predict/text.h"
#include "ui/list.h"

enum victims_needs {
	VICTIMS_NEEDS_USER = 1,
	VICTIMS_NEEDS_CGROUP = 2,
	VICTIMS_NEEDS_KILL_SET = 4,
	VICTIMS_NEEDS_UNIT = 8, /* units of struct predict_text_kills */
};

extern const struct list victims_columns;

/* was: the kills without the assumed changes; empty without changes. */
void victims_print(const struct list_view *v, const struct candidates *a,
		   const struct predict_text_kills *now, const struct predict_text_kills *was);
