/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kernel_text: whether a text has the form of a line of the kernel's report. Pure. */
#pragma once

#include "oom/logline/slice.h"

/* A complete line that only the OOM killer writes. */
bool kernel_text_is_sure(const struct slice *s);

/* Any line that does not begin with the name of a process. */
bool kernel_text_is_fixed(const struct slice *s);

/* "NAME invoked oom-killer: gfp_mask=", "NAME cpuset=... mems_allowed=" */
bool kernel_text_is_named(const struct slice *s);

/* Whether s begins like a line of counters of memory. */
bool kernel_text_is_mem_info(const struct slice *s);

/* Whether s begins with the name of a process and verb. */
bool kernel_text_has_verb(const struct slice *s, const char *verb);
